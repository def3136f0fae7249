"""From a log's wording to the releases that may have written it."""

from collections.abc import Iterable

from wvatui.core.decisions.given import Case
from wvatui.core.log.versions import FAMILIES
from wvatui.core.rules.wva.releases import HEAD

_RELEASE = {
    "v0.0.x": "v0.4.2",
    "v0.0.5–v0.4.2": "v0.4.2",
    "fork 2025 (saturation)": "v0.4.2",
    "v0.5.x": "v0.5.1",
    "v0.6–v0.7": "v0.7.0",
    "v0.9.0-rc1": "v0.9.0-rc1",
    "v0.8.0": "v0.8.0",
    "v0.9 (HEAD)": HEAD,
}
"""The release whose rule a family follows; the fork of 2025 kept that of v0.4.2."""


def releases_of(family: str) -> tuple[str, ...]:
    """Releases of a `versions.family`: one for "v0.8.0", each for "v0.8.0 or v0.9 (HEAD)", all
    between for "A … B"; the newest first. All releases when the wording shows none."""
    if "…" in family:
        first, _, last = family.partition(" … ")
        names = list(FAMILIES[FAMILIES.index(first) : FAMILIES.index(last) + 1])
    else:
        names = [name for name in family.split(" or ") if name in _RELEASE]
    versions = [_RELEASE[name] for name in names or FAMILIES]
    return tuple(dict.fromkeys(reversed(versions)))


ZEROES = "v0.9.0-rc1"
"""This release prints required and spare before it computes them: 0 in every line (WVA v0.9.0-rc1
internal/engines/saturation/engine_v2.go:67)."""


def narrowed(versions: tuple[str, ...], cases: Iterable[Case]) -> tuple[str, ...]:
    """`versions` without `ZEROES`, where a line has another number than 0 for required or spare."""
    if ZEROES in versions and any(r.required or r.spare for c in cases for r in c.results):
        return tuple(version for version in versions if version != ZEROES)
    return versions
