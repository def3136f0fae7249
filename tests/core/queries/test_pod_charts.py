"""Charts of one pod: its own values only, with thresholds, and a text where there are none."""

import json

import msgspec
import pytest

from tests.core.queries.few_pods import START, folded, look, namespace
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts import charts
from wvatui.core.rows.views import ChartView, LimitLine
from wvatui.core.state.state import State


def chart(state: State, name: str, pod: str) -> ChartView:
    return charts.chart(state, name, since=START, until=START + 120, columns=100, scope=pod)


def two_pods() -> State:
    looks = []
    for at in range(0, 100, 2):
        histogram = msgspec.Raw(b"[1,30.0,%d,%d,0]" % (5 * at, at))
        looks += [
            look(
                "a",
                at,
                at / 100,
                waiting=at // 10,
                running=9,
                generation_tokens=50 * at,
                ttft=histogram,
                itl=histogram,
            ),
            look("b", at, 0.1),
        ]
    bounds = ev.Bounds(START, id=1, le=(0.5, 1.0))
    return folded(*namespace("a", "b"), bounds, *looks, now=100)


def test_each_chart_is_of_that_pod_alone() -> None:
    state = two_pods()
    kv = chart(state, "pod_kv", "a")
    assert [line.name for line in kv.series] == ["KV cache"]
    assert max(v for _, v in kv.series[0].points if v is not None) == 0.98
    assert kv.thresholds == (LimitLine("saturated, assumed", 0.8),)
    assert [line.name for line in chart(state, "pod_waiting", "a").series] == ["waiting", "running"]
    (tokens,) = chart(state, "pod_tokens", "a").series
    assert all(v is None or abs(v - 50) < 1 for _, v in tokens.points)
    for name in ("pod_ttft", "pod_itl"):
        view = chart(state, name, "a")
        assert ([line.name for line in view.series], view.unit) == (["p95", "p50"], "ms")


def test_a_pod_without_a_number_has_no_line_and_says_why() -> None:
    state = two_pods()
    for name in ("pod_kv", "pod_waiting", "pod_ttft", "pod_itl", "pod_tokens"):
        view = chart(state, name, "nobody")
        assert (view.series, view.note) == ((), "this pod has not answered yet")
    assert chart(state, "pod_ttft", "b").note == "no samples in this window"


def test_a_silence_cuts_the_line() -> None:
    state = folded(*namespace("a"), look("a", 1, 0.2), look("a", 90, 0.4), now=100)
    values = [v for _, v in chart(state, "pod_kv", "a").series[0].points]
    assert values == [0.2, None, 0.4]


def test_three_pods_are_a_band_with_the_fullest_that_is_there_or_the_one_that_is_asked_for() -> (
    None
):
    looks = [
        look(name, at, kv)
        for at in range(0, 100, 2)
        for name, kv, until in (("a", 0.1, 100), ("b", 0.9, 50), ("c", 0.5, 100))
        if at < until
    ]
    state = folded(*namespace("a", "b", "c"), *looks, now=100)

    def lines(pod: str | None) -> list[tuple[str, str]]:
        view = charts.chart(
            state, "kv", since=START, until=START + 100, columns=100, scope=None, pod=pod
        )
        return [(line.name, line.style) for line in view.series]

    assert lines("") == [("2 pods", "band"), ("c", "line")], "b is gone, though it was fuller"
    assert lines("a") == [("2 pods", "band"), ("a", "line")]
    assert lines("nobody") == lines("")
    assert [name for name, _ in lines(None)] == ["a", "b", "c"], "a report has room for all"


def test_a_window_in_the_past_has_the_pods_and_the_fullest_of_its_own_end() -> None:
    looks = [
        *(look("a", at, 0.1 if at < 100 else 0.9) for at in range(0, 200, 2)),
        *(look("b", at, 0.9 if at < 100 else 0.1) for at in range(0, 200, 2)),
        *(look("c", at, 0.5) for at in range(0, 200, 2)),
        *(look("d", at, 0.5) for at in range(150, 200, 2)),
    ]
    state = folded(*namespace(*"abcd"), *looks, now=200)
    view = charts.chart(state, "kv", since=START, until=START + 99, columns=100, pod="")
    assert [line.name for line in view.series] == ["3 pods", "b"]


def test_a_band_counts_each_pod_once_by_its_mean_and_has_the_sample_at_its_very_end() -> None:
    looks = [
        *(look("a", at, 0.2) for at in (1, 3, 5, 7)),
        *(look("b", at, kv) for at, kv in ((2, 0.4), (4, 0.8))),
        *(look(name, 40, kv) for name, kv in (("a", 0.5), ("b", 0.1), ("c", 0.5))),
        look("c", 12, 0.9),
        look("a", 50, 1.0),
    ]
    state = folded(*namespace(*"abc"), *looks, now=50)
    view = charts.chart(state, "kv", since=START, until=START + 40, columns=8, pod="")
    band, fullest = view.series
    assert band.points == ((START + 5, 0.4), (START + 15, 0.9), (START + 35, (0.5 + 0.1 + 0.5) / 3))
    assert (band.low, band.high) == ((0.2, 0.9, 0.1), (0.8, 0.9, 0.5))
    assert fullest.name == "c", "as full as another, and fuller before"


def test_a_window_without_any_length_is_drawn_as_one_of_a_second() -> None:
    state = folded(*namespace(*"abc"), *(look(pod, 9, 0.5) for pod in "abc"), now=9)
    now = state.now
    for until in (now, now - 5.0):
        view = charts.chart(state, "kv", since=now, until=until, columns=8, pod="")
        assert (view.since, view.until) == (now, now + 1.0)
        assert view.series[0].points[0][1] == 0.5


def test_a_decision_after_the_newest_tick_is_drawn_though_its_line_names_no_namespace() -> None:
    message = "Processing decision: variant=qwen, action=scale-up, current=2→target=5"
    line = json.dumps({"level": "info", "ts": START + 9.5, "msg": message})
    state = fold(folded(*namespace("a"), now=9), [ev.Log(START + 9.5, line=line)])
    assert list(state.deciding) == [("", "qwen")]
    view = charts.chart(state, "replicas", since=START, until=state.now, columns=8)
    drawn = {line.name: line.points[-1][1] for line in view.series}
    assert drawn["decision"] == 5


def test_a_band_and_a_line_begin_with_the_same_summarised_minute() -> None:
    looks = [
        look(name, at, 0.9 if 60 <= at < 120 else 0.2)
        for at in range(0, 9000, 10)
        for name in "abc"
    ]
    state = folded(*namespace(*"abc"), *looks, now=9000)
    view = charts.chart(state, "kv", since=START + 80, until=START + 320, columns=8, pod="a")
    band, line = view.series
    assert [value for _, value in band.points] == pytest.approx([0.9, 0.2, 0.2, 0.2])
    assert line.points[0] == (START + 90, pytest.approx(0.9))
