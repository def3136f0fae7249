"""Log levels of every encoder in one spelling: ERROR, WARN, INFO, DEBUG, V(n)."""

import re

_NAMES = {
    "debug": "DEBUG",
    "info": "INFO",
    "warn": "WARN",
    "warning": "WARN",
    "error": "ERROR",
    "dpanic": "ERROR",
    "panic": "ERROR",
    "fatal": "ERROR",
}
_VERBOSE = re.compile(r"level\((-?\d{1,3})\)", re.IGNORECASE | re.ASCII)

KNOWN: dict[str, str] = {
    spelling: level
    for name, level in _NAMES.items()
    for spelling in (name, name.upper(), name.capitalize())
}
KNOWN.update(
    {f"{word}(-{n})": f"V({n})" for word in ("LEVEL", "Level", "level") for n in range(2, 11)}
)


def normal(text: str) -> str:
    """The level in that spelling; empty when `text` is no level.

    logr's V(1) is zap's debug; `LEVEL(-2)` and `Level(-2)` are V(2) (WVA v0.8.0
    internal/logging/logger.go:11).
    """
    level = KNOWN.get(text)
    if level is not None:
        return level
    match = _VERBOSE.fullmatch(text)
    if match is None:
        return ""
    verbosity = -int(match[1])
    return f"V({verbosity})" if verbosity > 1 else "DEBUG" if verbosity == 1 else "INFO"
