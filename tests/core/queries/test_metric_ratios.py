"""Metrics of an HPA compared with their targets, without WVA: chart, header, ladder, and the onset
of a change."""

from typing import Any

import pytest

from tests.findings.test_holding import ACTIVE, NO_LIMIT, WINDOW, hpa, seen
from wvatui.core import events as ev
from wvatui.core import structs
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.charts import chart
from wvatui.core.queries.charts.downsample import steps
from wvatui.core.queries.scaling.scale_events import scale_events
from wvatui.core.queries.session.session_rows import header
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.rows.scale_views import ScaleStep
from wvatui.core.rows.views import ChartView, LimitLine
from wvatui.core.rules.keda.trigger_names import names_of_metrics, trigger_names, triggers_told
from wvatui.core.state.state import State

READY = ev.Condition("AbleToScale", "True", "ReadyForNewScale")
SCALED = ev.Condition("AbleToScale", "True", "SucceededRescale")
ASLEEP = ev.Condition("ScalingActive", "False", "ScalingDisabled")


def read(at: float, size: int, queue: str, *more: ev.Condition, **changes: Any) -> ev.Event:
    """A look that read `size` replicas and a queue of `queue` per replica; the target is 1."""
    metrics = (ev.MetricStatus("queue", "AverageValue", 1.0, float(queue)),)
    conditions = more or (READY, ACTIVE, NO_LIMIT)
    return hpa(at, size, *conditions, queue=queue, metrics=metrics, **changes)


def resized(at: float, size: int) -> ev.Event:
    state = seen(size)
    (target,) = state.workloads.values()
    return ev.Workload(**{**_fields(target), "at": target.at + at})


def _fields(event: ev.Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def drawn(state: State) -> ChartView:
    since = state.first_at
    return chart(state, "utilization", since=since, until=since + 60.0, columns=120)


def test_each_metric_is_drawn_over_its_target_with_what_is_tolerated() -> None:
    chart = drawn(seen(2, read(15.0, 2, "0.8"), read(30.0, 2, "1.5")))
    assert chart.title == "Metrics ÷ target"
    assert chart.thresholds == (LimitLine("up above", 1.1), LimitLine("down below", 0.9))
    [line] = chart.series
    assert line.name == "queue"
    assert [value for _, value in line.points] == [0.8, 1.5, 1.5]


def test_the_tolerance_is_the_hpas_own_where_its_release_has_one() -> None:
    own: Any = {"scaleUp": {"tolerance": "0.3"}, "scaleDown": {"tolerance": "50m"}}
    chart = drawn(seen(2, read(15.0, 2, "0.8", behavior=own)))
    assert chart.thresholds == (
        LimitLine("up above", pytest.approx(1.3)),  # type: ignore[arg-type]
        LimitLine("down below", 0.95),
    )


def test_a_look_that_reads_nothing_leaves_a_hole_and_not_what_was_read_before() -> None:
    """A scaled-to-zero HPA keeps the values of an earlier look in its status."""
    chart = drawn(seen(0, read(15.0, 1, "0.8"), read(30.0, 0, "0.8", READY, ASLEEP)))
    assert [value for _, value in chart.series[0].points][-1] is None


def test_a_trigger_goes_by_the_name_that_it_has_in_the_scaled_object() -> None:
    asked: Any = ({"type": "prometheus", "name": "epp-queue", "metadata": {}},)
    keda = ev.ScaledObject(
        seen(1).now - 61.0,
        name="qwen",
        namespace="llm-d-sim",
        target_kind="Deployment",
        target_name="qwen",
        asked=asked,
        triggers=("prometheus epp-queue",),
    )
    metrics = (ev.MetricStatus("s0-prometheus", "AverageValue", 1.0, 0.5),)
    look = hpa(15.0, 1, READY, ACTIVE, scaled_object="qwen", metrics=metrics)
    state = seen(1, keda, look)
    assert [line.name for line in drawn(state).series] == ["epp-queue"]
    assert header(state).scalers == ("KEDA (1 trigger)", "HPA")


@pytest.mark.parametrize(
    ("health", "measured", "served"),
    [
        ({"s0-prometheus": "Failing", "s1-prometheus": "Happy"}, {"queue": None, "run": 1.5}, 1.0),
        ({"s0-prometheus": "Failing", "s1-prometheus": "Failing"}, {}, 1.5),
        ({}, {}, 1.5),
    ],
)
def test_what_keda_serves_as_a_fallback_is_drawn_apart_from_what_was_measured(
    health: dict[str, str], measured: dict[str, float | None], served: float
) -> None:
    now = seen(1).now - 61.0
    told: Any = {name: {"status": status} for name, status in health.items()}
    asked: Any = [{"type": "prometheus", "name": name, "metadata": {}} for name in ("queue", "run")]
    keda = ev.ScaledObject(
        now,
        name="qwen",
        namespace="llm-d-sim",
        target_kind="Deployment",
        target_name="qwen",
        asked=tuple(asked),
    )
    falls = (ev.Condition("Fallback", "True", "FallbackExists"),)
    fallen = structs.replace(keda, at=now + 20.0, conditions=falls, health=told)

    def look(at: float, *values: float) -> ev.Event:
        metrics = tuple(
            ev.MetricStatus(f"s{place}-prometheus", "AverageValue", 1.0, value)
            for place, value in enumerate(values)
        )
        return hpa(at, 1, READY, ACTIVE, scaled_object="qwen", metrics=metrics)

    view = drawn(seen(1, keda, look(15.0, 0.2, 0.4), fallen, look(30.0, 1.0, 1.5)))
    last = {line.name: line.points[-1][1] for line in view.series}
    assert last.pop("fallback") == served
    assert {name: value for name, value in last.items() if name in measured} == measured
    assert all(value is None for name, value in last.items() if name not in measured)
    assert [line.style for line in view.series] == ["step", "step", "stand-in"]


@pytest.mark.parametrize(
    ("triggers", "names"),
    [
        ([{"name": "a"}, {"name": "b"}], ("a", "b")),
        (["sum(llm_d_epp_request_running) or vector(0)"], ("request_running",)),
        (["max(vllm:kv_cache_usage_perc{a=~'x'})"], ("kv_cache_usage_perc",)),
        (["epp:saturation:smoothed"], ("saturation:smoothed",)),
        (["sum(a) / sum(b)"], ("a, b",)),
        (["sum(a)", "avg(a)"], ("a (s0)", "a (s1)")),
        (["sum("], ("prometheus",)),
        (
            [{"type": "kafka", "metadata": {"topic": "jobs"}}, {"type": "cron"}],
            ("kafka jobs", "cron"),
        ),
    ],
)
def test_a_trigger_without_a_name_is_called_by_what_it_reads(
    triggers: list[Any], names: tuple[str, ...]
) -> None:
    asked = [
        {"type": "prometheus", "metadata": {"query": each}} if isinstance(each, str) else each
        for each in triggers
    ]
    assert trigger_names(asked) == names
    metrics = [f"s{place}-x" for place in range(len(asked))]
    served = names_of_metrics(asked, [*metrics, "s9-x", "cpu", "composite-metric"])
    assert served == dict(zip(metrics, names, strict=True)) | {"composite-metric": "formula"}


def test_a_trigger_of_an_older_session_is_called_by_the_name_in_its_text() -> None:
    told = triggers_told(("prometheus queue 5", "prometheus queue", "prometheus 500m", "cron"))
    served = names_of_metrics(told, ["s0-prometheus", "s2-prometheus", "s3-cron"])
    assert served == {
        "s0-prometheus": "queue (s0)",
        "s2-prometheus": "s2-prometheus",
        "s3-cron": "s3-cron",
    }


def wants(*events: ev.Event, size: int = 1) -> list[tuple[float, float | None]]:
    state = seen(size, *events)
    since = state.first_at
    view = chart(state, "replicas", since=since, until=since + 62.0, columns=120)
    [line] = [each for each in view.series if each.name == "wants"]
    return [(at - since, value) for at, value in line.points]


def test_what_the_metrics_want_is_drawn_look_by_look_with_gaps_where_they_were_not_read() -> None:
    unread = ev.Condition("ScalingActive", "False", "FailedGetExternalMetric")
    drawn = wants(
        read(15.0, 1, "0.8"),
        read(25.0, 1, "2.5"),
        hpa(35.0, 1, READY, unread, metrics=(ev.MetricStatus("queue", "AverageValue", 1.0),)),
        read(45.0, 1, "0.5"),
    )
    values = dict(drawn)
    assert [values[at] for at in (15.0, 25.0, 35.0, 45.0)] == [1, 3, None, 1]
    gone = ev.Deleted(seen(1).now - 21.0, kind="hpa", name="qwen-hpa", namespace="llm-d-sim")
    paused = ev.ScaledObject(
        seen(1).now - 61.0,
        name="qwen",
        namespace="llm-d-sim",
        target_kind="Deployment",
        target_name="qwen",
        paused="paused",
    )
    assert wants(paused, read(15.0, 1, "2.5"), gone)[-1] == (62.0, None)


def test_the_replicas_chart_ends_with_what_the_objects_say_now_between_two_ticks() -> None:
    ticked = seen(1, read(15.0, 1, "0.8"))
    state = fold(ticked, [read(ticked.now - ticked.first_at, 1, "3", SCALED, desired=3)])
    view = chart(state, "replicas", since=state.first_at, until=state.now, columns=120)
    [line] = [each for each in view.series if each.name == "desired"]
    assert line.points[-1][1] == 3
    assert next(iter(state.hpas.values())).desired == 3


def test_steps_that_are_reduced_keep_their_gaps() -> None:
    points = [(float(at), None if at == 70 else float(at % 2)) for at in range(100)]
    reduced = steps(points, 0.0, 100.0, 10)
    assert len(reduced) < len(points) / 2
    assert [at for at, value in reduced if value is None] == [70.0]


def test_without_wva_the_header_names_who_decides_and_by_how_many_metrics() -> None:
    state = seen(1, read(15.0, 1, "0.8"))
    assert (header(state).with_wva, header(state).scalers) == (False, ("HPA (1 metric)",))


def test_the_first_rung_is_what_the_metrics_want_before_windows_and_limits() -> None:
    state = seen(3, *(read(at, 3, "0", WINDOW, ACTIVE, NO_LIMIT) for at in (15.0, 30.0)))
    [row] = variants(state)
    assert row.by_metrics == 0
    assert (row.action, row.decision_age_s) == ("held", 46.0)
    assert row.reason.startswith("HPA: queue wants 0")
    assert "a higher recommendation of the last 300 s holds it" in row.reason


def test_a_change_begins_where_the_metric_crossed_its_target() -> None:
    state = seen(
        1,
        read(5.0, 1, "2"),
        read(15.0, 1, "0.8"),
        read(30.0, 1, "2"),
        read(45.0, 1, "3"),
        ev.Tick(seen(1).now - 11.0),
        resized(60.0, 3),
        read(60.5, 1, "3", SCALED, ACTIVE, NO_LIMIT, desired=3),
        ev.Tick(seen(1).now + 1.0),
    )
    [change] = scale_events(state)
    assert [step.id for step in change.steps][:3] == ["crossing", "desired", "spec"]
    assert change.begin - state.first_at == 30.0


def test_a_metric_that_asked_for_it_when_the_session_began_was_not_seen_to_cross() -> None:
    state = seen(
        1,
        *(read(at, 1, "3") for at in (2.0, 17.0, 32.0)),
        ev.Tick(seen(1).now - 11.0),
        resized(60.0, 3),
        read(60.5, 1, "3", SCALED, ACTIVE, NO_LIMIT, desired=3),
        ev.Tick(seen(1).now + 1.0),
    )
    [change] = scale_events(state)
    assert change.steps[0] == ScaleStep("crossing")


def test_of_several_steps_down_each_begins_where_the_one_before_it_ended() -> None:
    """While one metric cannot be read an HPA removes nothing, whatever the others ask for."""
    now = seen(1).now
    unread = (ev.MetricStatus("q", "AverageValue", 1.0, 0.5), ev.MetricStatus("r", "Value", 1.0))
    state = seen(
        3,
        hpa(10.0, 3, READY, ACTIVE, NO_LIMIT, metrics=unread),
        *(read(at, 3, "0.5") for at in (15.0, 30.0)),
        ev.Tick(now - 16.0),
        resized(45.0, 2),
        *(read(at, 2, "0.5") for at in (45.5, 50.0)),
        ev.Tick(now - 6.0),
        resized(55.0, 1),
        read(55.5, 1, "0.5"),
        ev.Tick(now + 1.0),
    )
    second, first = scale_events(state)
    assert first.steps[0].id == "crossing"
    assert first.begin - state.first_at == 15.0
    assert second.begin - state.first_at == 55.5
