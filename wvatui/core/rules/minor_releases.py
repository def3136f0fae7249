"""Tables of how each minor release of a program decides, and the row of a version."""

import re
from collections.abc import Mapping
from typing import TypeVar

Release = TypeVar("Release")
_MINOR = re.compile(r"v?(\d{1,9})\.(\d{1,9})", re.ASCII)


def nearest(rows: Mapping[str, Release], version: str) -> tuple[Release, bool]:
    """The row of a version (`v1.35.4`), and whether it is assumed.

    `rows`: by minor release (`1.35`), the oldest first. A version older than all gets the first;
    one that is newer, or that cannot be read, gets the last.
    """
    names = list(rows)
    minor = _minor(version)
    if minor is None:
        return rows[names[-1]], True
    exact = rows.get(f"{minor[0]}.{minor[1]}")
    if exact is not None:
        return exact, False
    oldest = _minor(names[0])
    older = oldest is not None and minor < oldest
    return rows[names[0 if older else -1]], True


def _minor(version: str) -> tuple[int, int] | None:
    match = _MINOR.match(version)
    return None if match is None else (int(match[1]), int(match[2]))
