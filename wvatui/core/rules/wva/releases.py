"""Releases of the controller in the order they were made, which is not the order of their numbers.

v0.9.0-rc1 (2026-06-16) is an ancestor of v0.8.0 (2026-06-22), and today's main is v0.9.
"""

import re

HEAD = "HEAD"
"""The newest rules known: main after v0.8.0, from which v0.9.0 was made."""

_LINE = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(-rc\d*)?")
_WHOLE = re.compile(r"v?\d+\.\d+(\.(\d+|x))?(-[\w.]+)?")
_NEWEST = 1000


def rank(version: str) -> int:
    """Position of a release in the order of time, to be compared with other ranks only.

    Accepts "v0.4.2", "0.8.0", "v0.4.x", "v0.9", "v0.9.0-rc1" and "HEAD"; any other text counts as
    the newest. Source: the dates of tags in the controller's repository.
    """
    match = _LINE.match(version.strip())
    if match is None:
        return _NEWEST
    major, minor, patch = int(match[1]), int(match[2]), int(match[3] or 0)
    if (major, minor) == (0, 9):
        return 795 if match[4] else _NEWEST
    if major > 0 or minor > 9:
        return _NEWEST
    return minor * 100 + min(patch, 90)


def at_least(version: str, floor: str) -> bool:
    """Whether `version` is `floor` or was made after it."""
    return rank(version) >= rank(floor)


def beyond(version: str) -> bool:
    """Whether it is a release that is newer than the newest rules known."""
    match = _LINE.match(version.strip())
    return match is not None and (int(match[1]), int(match[2]), int(match[3] or 0)) > (0, 9, 0)


def is_release(version: str) -> bool:
    """Whether the text names a release or HEAD."""
    return version == HEAD or _WHOLE.fullmatch(version) is not None


def order(version: str) -> tuple[int, str]:
    """Sort key for versions in order of time; those of one rank by their text."""
    return rank(version), version
