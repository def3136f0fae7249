"""Lines that continue an error: frames of a stack trace, a goroutine's dump.

github.com/llm-d/…/internal/engines/saturation.(*Engine).optimizeV1
<TAB>/workspace/internal/engines/saturation/engine.go:587
"""

import re

from wvatui.core.log.dialects.shape import Format, Stamp
from wvatui.core.log.parsed_line import Content, ParsedLine

NAME = "stack"
# Possessive quantifiers: otherwise a long run of dots would be tried in every possible way.
_FRAME = re.compile(
    r"(?:created by )?(?=[\w/~@-]*\.)[\w./~@-]++(?:\(\*?[\w\[\].…]++\)[\w.\[\]…]*+)*+"
    r"(?:\([^\n]{0,400}\))?(?: in goroutine \d+)?"
)
# A function of a package whose path has no slash, and no arguments behind it: main.main.
_BARE = re.compile(r"[a-z][a-z0-9_]*(?:\.[A-Za-z_]\w*)+", re.ASCII)
_RUN = re.compile(r"goroutine \d+(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[[^\]]*\]:|\[signal SIG.*\]")
_PANIC = re.compile(r"(?:panic|fatal error): ")
_AGAIN = "\tpanic: "
"""A panic that follows from the one before it."""


def sniff(line: str) -> bool:
    """Always true: `parse` decides."""
    return True


def parse(line: str, stamp: Stamp, year: int | None = None) -> ParsedLine | None:
    """None when it is no part of a stack trace."""
    if len(line) > 4_096:
        return None
    if _PANIC.match(line):
        return ParsedLine(Content("ERROR", line, "known", NAME, "go/panic"), stamp.seconds())
    named = _BARE.fullmatch(line) or (
        "." in line and ("/" in line or "(" in line) and _FRAME.fullmatch(line)
    )
    if named or line.startswith(_AGAIN) or _place(line) or _RUN.fullmatch(line):
        return ParsedLine(Content("ERROR", line, "continuation", NAME, "go/stack"), stamp.seconds())
    return None


def _place(line: str) -> bool:
    """Whether a line is a frame's place: `<TAB>/workspace/main.go:587 [+0x28b]`."""
    words = line.split() if line[:1].isspace() else []
    if not 1 <= len(words) <= 2 or (len(words) == 2 and not words[1].startswith("+0x")):
        return False
    file, _, number = words[0].rpartition(":")
    return file.endswith((".go", ".s")) and number.isdigit()


FORMAT = Format(NAME, "", sniff, parse, foreign=True)
