"""Since when a replica has been saturated, where not everything was measured."""

from dataclasses import replace
from math import inf

from wvatui.core.explain.limits import LimitSteps, thresholds_over
from wvatui.core.queries.scaling.saturated_spans import logged_looks, logged_saturated
from wvatui.core.state.history import HistoryPoint
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, State

T0 = 1_764_000_000.0
OVER: LimitSteps = ((-inf, thresholds_over(EMPTY)[0][1]),)
"""Saturated from a KV cache of 80 % or 5 waiting requests on."""


def logged(kv: dict[float, float], waiting: dict[float, float]) -> State:
    def ring(points: dict[float, float]) -> Ring[HistoryPoint]:
        return Ring[HistoryPoint](100).extend(
            [HistoryPoint(T0 + at, value) for at, value in points.items()]
        )

    return replace(EMPTY, first_at=T0, log_kv={"p": ring(kv)}, log_waiting={"p": ring(waiting)})


def since(state: State, at: float = 300.0) -> float | None:
    began = logged_saturated(state, "p", T0 + at, OVER)
    return None if began is None else began - T0


def test_a_replica_that_was_free_before_became_saturated_at_its_first_full_sample() -> None:
    assert since(logged({100: 0.2, 160: 0.9, 220: 0.95}, {100: 0, 160: 0, 220: 0})) == 160


def test_a_sample_without_its_queue_does_not_show_that_a_replica_was_free() -> None:
    """Its queue may have been full: the beginning of the saturation was not seen."""
    assert since(logged({0: 0.2, 60: 0.2, 120: 0.9}, {120: 0})) is None


def test_a_sample_without_its_queue_does_not_end_a_saturation() -> None:
    full = {0: 0.2, 60: 0.9, 120: 0.2, 180: 0.9}
    assert since(logged(full, {0: 0, 60: 0, 120: 0, 180: 0})) == 180
    assert since(logged(full, {0: 0, 60: 0, 180: 0})) == 60


def test_kv_and_queue_of_one_cycle_need_not_be_logged_in_the_same_millisecond() -> None:
    state = logged({0: 0.2, 60: 0.9, 120: 0.4}, {0.3: 1, 59.8: 2, 62: 3, 130: 4})
    times = [(at - T0, kv, queue) for at, kv, queue in logged_looks(state, "p")]
    assert times == [(0, 0.2, 1), (60, 0.9, 2), (120, 0.4, None)]
    assert since(logged({0: 0.2, 60: 0.9}, {0.3: 1, 60.3: 2})) == 60
