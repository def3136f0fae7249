"""The parsed commands of a shell script."""

from dataclasses import dataclass, field
from typing import NamedTuple

from wvatui.load.read.shell.lexer import Word


class Redirect(NamedTuple):
    """`>`, `>>`, `<<` (then `word` is the text) or `>&` of a file descriptor."""

    descriptor: int
    operator: str
    word: Word


@dataclass
class Simple:
    """Assignments, words, redirections."""

    assigned: list[tuple[str, Word]] = field(default_factory=list)
    arrays: list[tuple[str, list[Word]]] = field(default_factory=list)
    """`name=(a b c)` of bash."""
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)


@dataclass
class Chain:
    """Pipelines joined by && and ||: (operator before it, its commands); with & it runs in the
    background."""

    parts: "list[tuple[str, list[Command]]]"
    runs_beside: bool = False


@dataclass
class Body:
    """Commands in order: a script, the body of a loop, or the content of parentheses."""

    chains: list[Chain]


@dataclass
class For:
    """`for name in words`. `words` None: the positional parameters."""

    name: str
    words: list[Word] | None
    body: Body


@dataclass
class CountLoop:
    """`for ((begin; condition; step))` of bash."""

    begin: str
    condition: str
    step: str
    body: Body


@dataclass
class While:
    """`while condition`; with `until`, repeats as long as the condition fails."""

    condition: Body
    body: Body
    until: bool = False


@dataclass
class If:
    """`if … elif … else`: (condition, body) in order; the condition of `else` is None."""

    branches: list[tuple[Body | None, Body]]


@dataclass
class CaseOf:
    """`case subject in`: (patterns, body) in order."""

    subject: Word
    branches: list[tuple[list[Word], Body]]


@dataclass
class Group:
    """`{ …; }`: runs in the present shell, not in a subshell."""

    body: Body


@dataclass
class Definition:
    """`name() …`: the definition of a function."""

    name: str
    body: "Command"


@dataclass
class Negated:
    """`! command`."""

    command: "Command"


@dataclass
class Arithmetic:
    """`(( expression ))` of bash."""

    expression: str


@dataclass
class Redirected:
    """A compound command followed by redirections: `done > FILE`."""

    command: "Command"
    redirects: list[Redirect]


Compound = (
    For | CountLoop | While | If | CaseOf | Group | Definition | Negated | Arithmetic | Redirected
)
Command = Simple | Body | Compound
