"""Points of (requests in flight, ITL) from what pods counted."""

import msgspec
import pytest

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.itl_points import itl_points
from wvatui.core.rules.wva.model.perf import regression
from wvatui.core.state.state import EMPTY


def looks(alpha: float, beta: float, running: list[int], spacing_s: float = 2.0) -> list[ev.Event]:
    """A pod whose ITL is alpha + beta × running, in ms, ten tokens between two looks."""
    found: list[ev.Event] = [ev.Engine(0.0, pod="a", model="m")]
    total_s, count = 0.0, 0
    for index, now in enumerate(running):
        if index:
            total_s += 10 * (alpha + beta * (running[index - 1] + now) / 2) / 1000
            count += 10
        raw = msgspec.Raw(msgspec.json.encode([1, total_s, count, 0, 0]))
        found.append(ev.Scrape(100.0 + spacing_s * index, pod="a", running=now, itl=raw))
    return found


def test_the_line_through_the_points_is_that_of_the_pod() -> None:
    state = fold(EMPTY, looks(8.4, 0.22, [0, 10, 40, 80, 120, 60, 30, 5]))
    points = itl_points(state)
    assert len(points) == 7
    found = regression(points)
    assert found is not None
    assert (found.line.base, found.line.slope) == pytest.approx((8.4, 0.22))
    assert found.r2 == pytest.approx(1.0)


def test_pods_of_another_model_and_looks_far_apart_give_no_point() -> None:
    assert itl_points(fold(EMPTY, looks(8.4, 0.22, [1, 2, 3])), model="other") == ()
    assert itl_points(fold(EMPTY, looks(8.4, 0.22, [1, 2, 3], 200.0))) == ()


def test_a_restart_gives_no_point() -> None:
    events = looks(8.4, 0.22, [10, 20])
    again = msgspec.Raw(msgspec.json.encode([1, 0.001, 1, 0, 0]))
    state = fold(EMPTY, [*events, ev.Scrape(104.0, pod="a", running=20, itl=again)])
    assert len(itl_points(state)) == 1


def test_a_long_session_is_thinned_and_says_the_same() -> None:
    state = fold(EMPTY, looks(8.4, 0.22, [n % 97 for n in range(3000)]))
    points = itl_points(state, points=200)
    assert 100 < len(points) < 320
    assert regression(itl_points(state)) is not None
