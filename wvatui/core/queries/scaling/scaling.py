"""How long scaling took over a session: changes with their lags, statistics, and open gaps."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil

from wvatui.core.lines import clean
from wvatui.core.queries.scaling.scale_events import scale_events
from wvatui.core.rows.scale_views import (
    DOWN,
    OF_PODS,
    UP,
    Direction,
    GapWindow,
    LagRow,
    ScaleEvent,
    Scaling,
)
from wvatui.core.state.state import State

WHOLE: tuple[tuple[Direction, str, str], ...] = (
    ("up", "decision", "ready"),
    ("up", "onset", "served"),
    ("up", "crossing", "ready"),
    ("up", "crossing", "served"),
    ("down", "crossing", "drained"),
    ("down", "decision", "drained"),
)
"""Lags over several steps that are shown."""
SHOWN = 60
"""Changes of each variant that the screen shows."""


def scaling(state: State, limit: int | None = SHOWN) -> Scaling:
    """The newest changes of replicas, with the statistics over them."""
    events = scale_events(state, limit)
    return Scaling(tuple(map(_clean, events)), lag_rows(events), gap_windows(state))


def _clean(event: ScaleEvent) -> ScaleEvent:
    return replace(
        event,
        variant=clean(event.variant),
        namespace=clean(event.namespace),
        reason=clean(event.reason),
        pods=tuple(replace(pod, pod=clean(pod.pod)) for pod in event.pods),
    )


def lag_rows(events: Iterable[ScaleEvent]) -> tuple[LagRow, ...]:
    """Mean, p95 and max of each step, where it and the one before it were seen.

    Steps of replicas count once per replica, the others once per change.
    """
    chosen = list(events)
    rows: list[LagRow] = []
    orders: tuple[tuple[Direction, Sequence[str]], ...] = (("up", UP), ("down", DOWN))
    for direction, order in orders:
        mine = [event for event in chosen if event.direction == direction]
        for name in order:
            if name in OF_PODS:
                steps = [s for e in mine for p in e.pods for s in p.steps if s.id == name]
            else:
                steps = [s for e in mine for s in e.steps if s.id == name]
            lags = [s.lag_s for s in steps if s.lag_s is not None and s.direct]
            if lags:
                rows.append(_row(direction, name, lags))
        for way, first, last in WHOLE:
            spans = [lag for e in mine if (lag := e.lag(first, last)) is not None]
            if way == direction and spans:
                rows.append(_row(direction, f"{first} {last}", spans))
    return tuple(rows)


def _row(direction: Direction, step: str, lags: Sequence[float]) -> LagRow:
    ordered = sorted(lags)
    rank = max(1, ceil(0.95 * len(ordered)))  # nearest rank: an actual value
    return LagRow(
        direction, step, len(ordered), sum(ordered) / len(ordered), ordered[rank - 1], ordered[-1]
    )


def gap_windows(state: State) -> tuple[GapWindow, ...]:
    """Stretches in which more replicas were wanted than ready, newest first; by the spec where no
    wish of an HPA or of WVA is known."""
    windows: list[GapWindow] = []
    for (namespace, name), ring in state.ladder.items():
        since: float | None = None
        lacking, by = 0, ""
        for rung in ring:
            wishes = {"HPA": rung.desired, "WVA": rung.target, "the spec": rung.spec}
            asks = next((who for who, wish in wishes.items() if wish is not None), "")
            wish = wishes.get(asks)
            lacks = None if wish is None or rung.ready is None else wish - rung.ready
            if lacks is not None and lacks > 0:
                if since is None:
                    since, lacking = rung.at, 0
                    by = asks
                lacking = max(lacking, lacks)
            elif since is not None:
                windows.append(_window(name, namespace, since, rung.at, lacking, by, is_open=False))
                since = None
        if since is not None:
            windows.append(_window(name, namespace, since, state.now, lacking, by, is_open=True))
    return tuple(sorted(windows, key=lambda window: window.since, reverse=True))


def _window(
    name: str, namespace: str, since: float, until: float, lacking: int, by: str, *, is_open: bool
) -> GapWindow:
    return GapWindow(clean(name), clean(namespace), since, until, lacking, by, is_open)
