"""From a formula's text to its tokens."""

import re
from typing import NamedTuple


class FormulaError(ValueError):
    """A formula that is invalid, refused, or cannot be computed; the message says where and why."""


class NotComputed(FormulaError):  # noqa: N818 - an outcome, as NotModelled is
    """A formula that KEDA accepts, with a result that is not computed here."""


class ExprToken(NamedTuple):
    """One token. `kind`: number, name, text, sign, or end."""

    kind: str
    text: str
    at: int


_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/|//[^\n]*)
    |(?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
       |(?:\d[\d_]*)(?:\.(?!\.)[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||\?\?|\?\.|\.\.|::|[-+*/%^<>!?:(),\[\]{}|;\#.=])""",
    re.VERBOSE | re.DOTALL,
)
WORDS = frozenset(
    "in not or and matches contains startsWith endsWith let if else".split()  # noqa: SIM905
)
"""Names that are operators."""
_ALIASES = {"||": "or", "&&": "and", "^": "**"}


def tokens(text: str) -> list[ExprToken]:
    """All tokens, the end included. Raises FormulaError for an unknown character."""
    lexed, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormulaError(f"cannot read {text[at : at + 10]!r}")
        kind = match.lastgroup or ""
        if kind != "space":
            word = match[0]
            if kind == "name" and word in WORDS:
                kind = "sign"
            lexed.append(ExprToken(kind, _ALIASES.get(word, word) if kind == "sign" else word, at))
        at = match.end()
    lexed.append(ExprToken("end", "", len(text)))
    return lexed
