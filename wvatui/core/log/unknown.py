"""The shape of a line that no row matches, so that unknown lines can be counted by kind."""

import re

WIDTH = 120
"""Longest template, characters."""
_READ = 600
"""How much of a line its template is made from."""

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"' r"|'[^']*'")
_ID = re.compile(
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|https?://\S+"
    r"|\b[a-z0-9]+(?:-[a-z0-9]+)*-[a-z0-9]{5,10}-[a-z0-9]{5}\b"
    r"|\b(?=[a-z]*\d)[0-9a-z]{5,}(?:-[0-9a-z]+)+\b"
    r"|\b0x[0-9a-fA-F]+\b"
)
_NAME = re.compile(
    r"((?:pod|variant|model|modelID|name|namespace|server|deployment)[=:] ?)[^\s,;|]+"
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def template(text: str) -> str:
    """`text` with what changes from line to line replaced by `#`, at most `WIDTH` long."""
    short = _UNSAFE.sub(" ", text[:_READ])
    short = _QUOTED.sub("#", short)
    short = _ID.sub("#", short)
    short = _NAME.sub(r"\1#", short)
    short = " ".join(_NUMBER.sub("#", short).split())
    return short[: WIDTH - 1] + "…" if len(short) > WIDTH else short
