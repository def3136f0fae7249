"""What shell text is made of: words, redirections, and commands that hold one another."""

from dataclasses import dataclass, field
from typing import NamedTuple


class ShellError(Exception):
    """The text cannot be read as shell."""


class WordPart(NamedTuple):
    """A piece of a word. kind: literal, quoted (expanded, not split) or plain (both)."""

    kind: str
    text: str


Word = tuple[WordPart, ...]


class Redirect(NamedTuple):
    """`>`, `>>`, `<`, `<<` (then `word` is the text) or `>&` of a file descriptor."""

    descriptor: int
    operator: str
    word: Word


@dataclass
class Simple:
    """Assignments, words, redirections."""

    assigned: list[tuple[str, Word]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass
class Pipeline:
    """Commands one into the other."""

    commands: "list[Command]"
    is_negated: bool = False


@dataclass
class Chain:
    """Pipelines joined by && and ||: (operator before it, pipeline); with & it runs beside."""

    parts: list[tuple[str, Pipeline]]
    runs_beside: bool = False


@dataclass
class Body:
    """Commands in order; in parentheses or braces it can be redirected."""

    chains: list[Chain]
    redirects: list[Redirect] = field(default_factory=list)
    is_apart: bool = False
    """In parentheses: a shell of its own."""


@dataclass
class If:
    """(condition, then) in order, the else last."""

    branches: list[tuple[Body, Body]]
    otherwise: Body | None


@dataclass
class While:
    """`while`, or with `until` its opposite."""

    condition: Body
    body: Body
    until: bool


@dataclass
class For:
    """`for name in words`."""

    name: str
    words: list[Word]
    body: Body


Command = Simple | Body | If | While | For
