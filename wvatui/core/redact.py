"""Command lines as they may be recorded: values of what is named like a credential are hidden."""

import re
from collections.abc import Iterable

from wvatui.core.results.reduced import HIDDEN, is_secret

_WORD = r"[\w.-]*?(?:key|token|secret|password|passwd|authorization)"
_QUOTED = r"\"[^\"]*\"|'[^']*'"
_FLAG = re.compile(rf"(?P<flag>--?{_WORD})(?P<between>=|\s+)(?:{_QUOTED}|[^\s-]\S*)", re.I)
_FIELD = re.compile(rf"(?P<name>[\"']?\b{_WORD}[\"']?\s*[=:]\s*)(?:{_QUOTED}|[^\s,;}}\"'&]+)", re.I)
_ADDRESS = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.I)
_BEARER = re.compile(r"(?P<word>\bbearer\s+)[\w.~+/=-]+", re.I)
LIMIT = 20_000
"""Characters of one argument that are kept."""


def redacted(arguments: Iterable[str]) -> tuple[str, ...]:
    """`arguments` of a container, each value of a credential replaced by `***`.

    Known are `--api-key V`, `--api-key=V`, `HF_TOKEN=V`, fields of JSON, `user:V@host`, and all
    of these inside a script that is one argument.
    """
    found: list[str] = []
    hide = False
    for word in arguments:
        if hide and not word.startswith("-"):
            found.append(HIDDEN)
        else:
            found.append(_inside(word[:LIMIT]))
        hide = word.startswith("-") and "=" not in word and is_secret(word)
    return tuple(found)


def _inside(text: str) -> str:
    """One argument, which may be a whole script."""
    text = _ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _BEARER.sub(rf"\g<word>{HIDDEN}", text)
    text = _FLAG.sub(rf"\g<flag>\g<between>{HIDDEN}", text)
    return _FIELD.sub(rf"\g<name>{HIDDEN}", text)
