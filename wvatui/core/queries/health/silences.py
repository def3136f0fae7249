"""Silences of what is watched: the controller's log, pods, objects."""

from collections.abc import Iterable, Iterator

from wvatui.core.rows.cycle_rows import silences
from wvatui.core.rows.health_views import GapRow
from wvatui.core.state.replicas import is_of_pages
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.source_health import SilentStretch
from wvatui.core.state.state import State

WORDS = {
    "log": "the controller wrote of no cycle",
    "pods": "no metrics of {about}",
    "objects": "not watched: {about}",
}
NAMED = 3
"""How many of those that were silent together are named."""


def silent_rows(state: State) -> tuple[GapRow, ...]:
    """Silences, with overlapping ones of one kind joined; without those that a Gap explains.

    The log is silent where two cycles are further apart than charts join them, a pod where two
    scrapes are, objects while a watch that worked before is refused or unanswered.
    """
    spoken_for = [gap for gap in state.gaps if gap.is_of_recording]
    stretches = [SilentStretch("log", s.since, s.until, "") for s in silences(state)]
    stretches += [
        s
        for s in (*state.silent, *_going_on(state))
        if not any(gap.since < s.until and gap.until > s.since for gap in spoken_for)
    ]
    return tuple(
        row
        for kind in WORDS
        for row in _joined(kind, sorted((s for s in stretches if s.kind == kind), key=_since))
    )


def _going_on(state: State) -> Iterator[SilentStretch]:
    """Silences that have not ended."""
    limit_s = fresh_s(state.header)
    for name, watched in state.watched.items():
        last, pod = watched.history.last, state.pods.get(name)
        if last is None or pod is None or name in state.gone or pod.deleting_at is not None:
            continue
        if is_of_pages(pod):
            continue  # it may be gone
        if state.now - last.at > limit_s:
            yield SilentStretch("pods", last.at, state.now, name)
    for health in state.sources.values():
        if health.is_silent:
            yield SilentStretch("objects", health.since, state.now, health.source)


def _since(stretch: SilentStretch) -> float:
    return stretch.since


def _joined(kind: str, stretches: Iterable[SilentStretch]) -> Iterator[GapRow]:
    """Rows of the stretches, with touching ones joined; they are ordered by start."""
    since, until = 0.0, float("-inf")
    names: dict[str, None] = {}
    for stretch in stretches:
        if stretch.since > until:
            if names:
                yield _row(kind, since, until, names)
            since, until, names = stretch.since, stretch.until, {}
        until = max(until, stretch.until)
        names[stretch.about] = None
    if names:
        yield _row(kind, since, until, names)


def _row(kind: str, since: float, until: float, names: Iterable[str]) -> GapRow:
    listed = sorted(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    about = ", ".join(listed[:NAMED]) + more
    return GapRow(kind, since, until, WORDS[kind].format(about=about))
