"""The chart of ITL over running requests: points, the line fitted to them, the controller's."""

import msgspec
import pytest

from tests.core.folding import recorded
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts import charts
from wvatui.core.queries.charts.itl_fit import itl_points
from wvatui.core.queries.pods.demand import demand
from wvatui.core.queries.pods.engine_figures import Unfit, figures
from wvatui.core.queries.pods.pod_links import watched_of
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.rules.wva.model.perf import regression
from wvatui.core.state.state import EMPTY, State

TUNED = (
    '{"level":"DEBUG","ts":"2025-12-10T03:48:07.506Z","msg":"Using state vals from VA status to '
    'tune variant decode: alpha= 7.5, beta= 0.06, gamma= 16.4, delta= 0.0002"}'
)


def looks(alpha: float, beta: float, running: list[int], spacing_s: float = 2.0) -> list[ev.Event]:
    """Scrapes of a pod with an ITL of alpha + beta × running, in ms; ten tokens between two."""
    found: list[ev.Event] = [ev.Engine(0.0, pod="a", model="m")]
    total_s, count = 0.0, 0
    for index, now in enumerate(running):
        if index:
            total_s += 10 * (alpha + beta * (running[index - 1] + now) / 2) / 1000
            count += 10
        raw = msgspec.Raw(msgspec.json.encode([1, total_s, count, 0, 0]))
        found.append(ev.Scrape(100.0 + spacing_s * index, pod="a", running=now, itl=raw))
    return found


def session(*more: ev.Event, running: tuple[int, ...] = (0, 10, 40, 80, 120, 60, 30)) -> State:
    return fold(EMPTY, [*looks(8.4, 0.22, list(running)), *more])


def chart(state: State, since: float = 0.0, until: float = 1000.0) -> ChartView:
    return charts.chart(state, "itl_fit", since=since, until=until, columns=80)


def line(view: ChartView, name: str) -> SeriesView:
    return next(series for series in view.series if series.name == name)


def test_the_points_are_points_and_the_line_is_fitted_to_them() -> None:
    view = chart(session())
    points, fit = view.series
    assert (points.style, len(points.points)) == ("points", 6)
    assert (view.across, view.unit) == ("running", "ms")
    (x0, y0), (x1, y1) = fit.points
    assert (x0, y0) == (0.0, pytest.approx(8.4))
    assert x1 == view.until >= 100.0
    assert y1 == pytest.approx(8.4 + 0.22 * x1)
    assert view.legend == ("fit 8.4 + 0.22 × running, r² 1.00, 6 points",)


def test_the_controllers_own_line_stands_beside_it_with_what_it_explains() -> None:
    view = chart(session(ev.Log(110.0, line=TUNED)))
    own = line(view, "WVA")
    assert own.points[0] == (0.0, 7.5)
    assert own.points[1][1] == pytest.approx(7.5 + 0.06 * view.until)
    assert view.legend[1].startswith("WVA 7.5 + 0.06 × running, r² ")
    assert "below 0" in view.legend[1]


def test_only_what_was_observed_in_the_window_counts() -> None:
    assert len(chart(session(), since=102.0, until=108.0).series[0].points) == 3
    empty = chart(session(), since=500.0)
    assert (empty.series, empty.legend) == ((), ())
    assert empty.note == "no tokens in this window"


def test_points_that_fix_no_line_say_so() -> None:
    view = chart(session(running=(5, 5, 5, 5)))
    assert [series.style for series in view.series] == ["points"]
    assert view.legend == ("no line: 3 points, all at about 5 running",)


def test_a_line_is_cut_where_it_would_fall_below_nothing() -> None:
    view = chart(fold(EMPTY, looks(-2.0, 0.5, [10, 20, 40, 60])))
    assert line(view, "fit").points[0] == (pytest.approx(4.0), 0.0)


def test_without_pods_it_says_why_there_is_nothing() -> None:
    assert chart(EMPTY).note == "no model pods found yet"


# --- the points themselves ----------------------------------------------------------------


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


def test_pods_are_of_a_model_by_its_label_too_whatever_their_engines_call_it() -> None:
    label = {"llm-d.ai/model": "short"}
    pod = ev.Pod(0.0, name="a", namespace="ns", role="model", labels=label)
    other = ev.Pod(0.0, name="b", namespace="ns", role="model", labels={"llm-d.ai/model": "else"})
    state = session(pod, other, ev.Engine(0.0, pod="b", model="z"), ev.Scrape(100.0, pod="b"))
    assert list(watched_of(state, "short")) == list(watched_of(state, "m")) == ["a"]
    assert list(watched_of(state, "else")) == ["b"]
    assert list(watched_of(state, "")) == ["a", "b"]
    assert watched_of(state, "nobody's") == {}
    assert itl_points(state, "short") == itl_points(state, "m") != ()


def test_a_recording_whose_label_is_not_what_the_engines_serve_is_calibrated_all_the_same() -> None:
    state = recorded("keda-queue.jsonl")
    assert not isinstance(figures(state, "llama-8b"), Unfit)
    assert demand(state, "llama-8b") == demand(state) != ()
