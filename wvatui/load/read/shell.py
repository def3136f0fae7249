"""The commands in a container's shell script, and when each of them begins.

Enough of a shell to read load jobs: `sleep 600; tool …`, `( … ) &`, `a && b`, variables of the
container. What it cannot follow it leaves out.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_OPERATORS = frozenset({";", "&", "&&", "||", "|", "\n", "(", ")", "{", "}"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PREFIXES = frozenset({"exec", "nohup", "command", "time", "then", "do", "else", "if", "while"})
_VARIABLE = re.compile(
    r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|\(([A-Za-z_][A-Za-z0-9_]*)\)|"
    r"([A-Za-z_][A-Za-z0-9_]*))"
)
SCRIPT_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One command: its words, and the seconds of sleep before it (None: after others)."""

    words: tuple[str, ...]
    delay_s: float


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with the variables that are known; the others stay as they are written."""

    def value(match: re.Match[str]) -> str:
        return variables.get(match[1] or match[2] or match[3], match[0])

    return _VARIABLE.sub(value, text)


def commands(script: str, variables: Mapping[str, str]) -> list[ShellCommand]:
    """The commands of `script` in their order; [] where it cannot be read.

    A command in the background takes no time; only sleeping does.
    """
    found: list[ShellCommand] = []
    words: list[str] = []
    stack: list[float] = []
    at = started = closed_from = 0.0
    before = ""
    for token in [*_tokens(script), "\n"]:
        if token not in _OPERATORS:
            words.append(token)
            continue
        if words:
            slept = _sleep(words)
            started = at
            if slept is None:
                plain = _without_prefixes([expand(word, variables) for word in words])
                if plain:
                    found.append(ShellCommand(tuple(plain), at))
            else:
                at += slept
            words = []
        if token in "({":
            stack.append(at)
        elif token in ")}" and stack:
            closed_from = stack.pop()
        elif token == "&":
            at = closed_from if before in (")", "}") else started
        before = token if token != "\n" else before
    return found


def _tokens(script: str) -> list[str]:
    text = script[:SCRIPT_LIMIT].replace("\\\n", " ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();&|\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    tokens: list[str] = []
    try:
        for token in lexer:
            # Runs of punctuation come as one word: `) &\n` is three.
            if token and set(token) <= set("();&|\n"):
                tokens += re.findall(r"&&|\|\||[();&|\n]", token)
            else:
                tokens.append(token)
    except ValueError:
        return tokens
    return tokens


def _sleep(words: list[str]) -> float | None:
    if len(words) != 2 or words[0].rpartition("/")[2] != "sleep":
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", words[1])
    if found is None:
        return 0.0
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def _without_prefixes(words: list[str]) -> list[str]:
    while words and (words[0] in _PREFIXES or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    if len(words) > 2 and words[0].rpartition("/")[2] == "timeout":
        return words[2:]
    return words
