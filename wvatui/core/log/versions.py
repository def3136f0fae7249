"""Which release wrote a log, derived from its wording.

Releases are in the order in which they were made: v0.9.0-rc1 is an ancestor of v0.8.0.
"""

from collections.abc import Iterable

from wvatui.core.log.catalogue import BY_ID
from wvatui.core.log.reading import REWORDED

ORDER = (
    "v0.0.1",
    "v0.0.2",
    "v0.0.3",
    "v0.0.4",
    "v0.0.5",
    "v0.4.1",
    "v0.4.2",
    "fork",
    "v0.5.0",
    "v0.5.1",
    "v0.6.0",
    "v0.7.0",
    "v0.9.0-rc1",
    "v0.8.0",
    "HEAD",
)
"""Releases in the order in which they were made."""

FAMILIES = (
    "v0.0.x",
    "v0.0.5–v0.4.2",
    "fork 2025 (saturation)",
    "v0.5.x",
    "v0.6–v0.7",
    "v0.9.0-rc1",
    "v0.8.0",
    "v0.9 (HEAD)",
)
_FAMILY_OF = (0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 4, 5, 6, 7)
_INDEX = {release: index for index, release in enumerate(ORDER)}
_OLD, _FORK = 1, 2

_REFINED: dict[str, tuple[str, str]] = {
    "b/analysis": ("v0.5.0", "v0.5.1"),
    "b/analysis+spare": ("v0.6.0", "v0.7.0"),
    "b/analysis+role": ("v0.9.0-rc1", "HEAD"),
    "b/analysis-v2": ("v0.6.0", "v0.9.0-rc1"),
    "b/analysis-v2+thresholds": ("v0.8.0", "v0.8.0"),
    "b/kv": ("v0.5.0", "v0.7.0"),
    "b/kv+instance": ("v0.9.0-rc1", "HEAD"),
    "b/queue": ("v0.5.0", "v0.7.0"),
    "b/queue+instance": ("v0.9.0-rc1", "HEAD"),
    "b/variant-states": ("v0.5.0", "v0.5.1"),
    "b/variant-states+role": ("v0.6.0", "HEAD"),
    "b/transition+metrics": ("v0.5.0", "v0.9.0-rc1"),
    "b/transition+pending": ("v0.8.0", "HEAD"),
    "b/applied": ("v0.5.0", "v0.5.1"),
    "b/applied+namespace": ("v0.6.0", "HEAD"),
    "b/applied+v2": ("v0.8.0", "HEAD"),
}
"""First and last release of each form that a message has had."""


def families_of(template: str) -> frozenset[int]:
    """Indices into `FAMILIES` of the families that may have written a row; empty: not known."""
    if template.endswith(REWORDED):
        return frozenset()
    bounds = _REFINED.get(template)
    if bounds is None:
        row = BY_ID.get(template.partition("+")[0])
        if row is None or not row.since or not row.until:
            return frozenset()
        bounds = (row.since, row.until)
    first, last = _INDEX[bounds[0]], _INDEX[bounds[1]]
    families = set(_FAMILY_OF[first : last + 1])
    if _OLD in families and "capacity" not in template:
        # The fork kept all messages of v0.0.5–v0.4.2 except for the word capacity.
        families.add(_FORK)
    return frozenset(families)


def family(templates: Iterable[str]) -> str:
    """The family of releases whose wording `templates` (ids of rows seen) fit best.

    Empty when they show nothing; several names when they leave it open, as in
    "v0.8.0 or v0.9 (HEAD)".
    """
    score = [0] * len(FAMILIES)
    asked = 0
    for template in set(templates):
        families = families_of(template)
        if families and len(families) < len(FAMILIES):
            asked += 1
            for index in families:
                score[index] += 1
    if not asked:
        return ""
    best = max(score)
    names = [name for name, count in zip(FAMILIES, score, strict=True) if count == best]
    if len(names) == 1:
        return names[0]
    if len(names) == 2:
        return " or ".join(names)
    return f"{names[0]} … {names[-1]}"
