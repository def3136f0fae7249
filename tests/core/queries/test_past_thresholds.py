"""The past is judged by the thresholds, and drawn with the limits, that were in force then."""

import math
from typing import Any

import pytest

from tests.core.explain.logs import START
from tests.core.explain.turned import TURN_S, turned
from tests.core.queries.few_pods import START as BEGIN
from tests.core.queries.test_metric_ratios import read, resized
from tests.core.whatif.made import ASSUMED
from tests.findings.test_holding import seen
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.charts import chart
from wvatui.core.queries.charts.heat import heat
from wvatui.core.queries.pods.pod_detail import pod_detail
from wvatui.core.queries.pods.pods_then import pods_then
from wvatui.core.queries.scaling.scale_events import scale_events
from wvatui.core.rows.views import DecisionRow, LimitLine
from wvatui.core.state.state import EMPTY, State
from wvatui.core.whatif.alternative import OWN
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.core.whatif.run import real, run


def state(*given: Any, **how: Any) -> State:
    return fold(EMPTY, turned(*given, **how))


def grown(at: float) -> ev.Workload:
    """The variant's target with a third replica in its spec."""
    about = {"kind": "Deployment", "name": "v", "namespace": "ns", "selector": {"app": "v"}}
    return ev.Workload(START + at, spec=3, ready=2, **about)  # type: ignore[arg-type]


def moment(at: float) -> DecisionRow:
    """A decision for the variant."""
    return DecisionRow(START + at, "v", "", "no-change", 2, 2, "", 1, namespace="ns")


def began(found: State, step: str) -> float | None:
    """When a step of the change to more replicas was taken."""
    [change] = [each for each in scale_events(found) if each.direction == "up"]
    return next(each.at for each in change.steps if each.id == step)


BY_LOG = pytest.mark.parametrize("by_log", [False, True], ids=["ConfigMap", "log alone"])


@BY_LOG
def test_a_slot_of_the_strip_is_judged_by_the_threshold_of_its_time(*, by_log: bool) -> None:
    found = state(0.6, 0.8, by_log=by_log)
    view = heat(found, "kv", START, START + 600.0, 10)
    for row in view.rows:
        assert row.limits == (*(0.6,) * 5, *(0.8,) * 5)
    assert view.threshold == 0.8
    past = heat(found, "kv", START, START + 240.0, 4)
    assert (past.rows[0].limits, past.threshold) == ((0.6,) * 4, 0.6)


def test_a_slot_in_which_the_threshold_changed_is_judged_by_the_lower_one() -> None:
    for before, after in ((0.6, 0.8), (0.8, 0.6)):
        view = heat(state(before, after), "kv", START, START + 600.0, 3)
        assert view.rows[0].limits == (before, 0.6, after)


@BY_LOG
def test_what_was_saturated_before_a_change_of_size_stays_so_under_a_later_threshold(
    *, by_log: bool
) -> None:
    found = state(0.6, 0.8, grown(200.0), full_from=120.0, by_log=by_log)
    assert began(found, "onset") == START + 120.0


def test_a_pod_that_a_lower_threshold_makes_saturated_is_so_since_then() -> None:
    assert began(state(0.8, 0.6, grown(400.0)), "onset") == START + TURN_S


def test_the_pods_of_a_decision_are_judged_by_the_threshold_of_its_time() -> None:
    found = state(0.6, 0.8)
    for at, full in ((200.0, 1), (400.0, 0)):
        then = pods_then(found, moment(at))
        assert then is not None
        assert (then.measured, then.saturated) == (2, full)


def test_the_engines_of_a_pod_that_no_longer_answers_are_judged_as_at_its_last_page() -> None:
    events = [
        each
        for each in turned(0.6, 0.8)
        if not (isinstance(each, ev.Scrape) and each.pod == "v-0" and each.at > START + 200.0)
    ]
    ranks = (
        ev.RankScrape(port=8000, kv=0.7, waiting=0),
        ev.RankScrape(port=8001, kv=0.1, waiting=0),
    )
    page = ev.Scrape(START + 205.0, pod="v-0", kv=0.4, waiting=0, ranks=ranks)
    found = fold(EMPTY, sorted([*events, page], key=lambda each: each.at))
    assert [rank.saturated for rank in pod_detail(found, "v-0").ranks] == [True, False]


def test_a_finding_counts_how_long_replicas_are_saturated_from_the_lower_threshold_on() -> None:
    [found] = (
        each
        for each in findings(state(0.8, 0.6, other=0.7, until=450.0))
        if each.rule == "undecided"
    )
    assert "saturated for 150 s" in found.title


def test_pods_that_only_the_log_names_are_judged_by_the_threshold_of_their_time() -> None:
    events = [each for each in turned(0.6, 0.8) if isinstance(each, ev.Header | ev.Config | ev.Log)]
    view = heat(fold(EMPTY, events), "kv", START, START + 600.0, 10)
    assert {row.limits for row in view.rows} == {(*(0.6,) * 5, *(0.8,) * 5)}


def test_what_if_counts_saturated_time_by_the_thresholds_of_each_time() -> None:
    for before, after in ((0.6, 0.8), (0.8, 0.6)):
        (model,) = recorded(state(before, after))
        figures, _ = real(model)
        assert figures.saturated == pytest.approx(0.5, abs=0.02)
        assert run(model, OWN, ASSUMED).figures.saturated == figures.saturated


# --- limits of an HPA


def test_the_maximum_of_an_hpa_steps_where_its_object_was_changed() -> None:
    found = seen(4, read(0.0, 4, "0.8", max=4), read(30.0, 4, "0.9", max=6))
    drawn = chart(found, "replicas", since=BEGIN, until=BEGIN + 60.0, columns=60)
    assert drawn.thresholds == (
        LimitLine("", 4, until=BEGIN + 30.0),
        LimitLine("max", 6, since=BEGIN + 30.0),
    )
    before = chart(found, "replicas", since=BEGIN, until=BEGIN + 20.0, columns=60)
    assert before.thresholds == (LimitLine("max", 4, until=BEGIN + 30.0),)


def test_a_maximum_that_changes_between_two_looks_steps_at_its_change() -> None:
    looks = [read(0.0, 4, "0.8", max=4), read(20.0, 4, "0.8", max=6), read(30.0, 4, "0.9", max=6)]
    drawn = chart(seen(4, *looks), "replicas", since=BEGIN, until=BEGIN + 60.0, columns=60)
    assert [(line.value, line.since) for line in drawn.thresholds] == [
        (4, -math.inf),
        (6, BEGIN + 20.0),
    ]


def test_the_maximum_of_an_hpa_begins_where_it_was_made() -> None:
    made = [
        read(at, 4, q, max=5, created_at=BEGIN + 20.0) for at, q in ((20.0, "0.8"), (30.0, "0.9"))
    ]
    drawn = chart(seen(4, *made), "replicas", since=BEGIN, until=BEGIN + 60.0, columns=60)
    assert [(line.value, line.since) for line in drawn.thresholds] == [(5, BEGIN + 20.0)]


def test_the_tolerances_of_an_hpa_step_and_a_change_is_held_against_those_of_its_time() -> None:
    wide: Any = {"scaleUp": {"tolerance": "0.9"}}
    looks = [read(at, 2, q) for at, q in ((0.0, "0.8"), (15.0, "1.5"))]
    later = [read(at, 3, q, behavior=wide) for at, q in ((40.0, "1.1"), (55.0, "1.2"))]
    ticks = [ev.Tick(BEGIN + at) for at in (15.5, 16.5)]
    found = seen(2, *looks, ticks[0], resized(16.0, 3), ticks[1], *later)
    drawn = chart(found, "utilization", since=BEGIN, until=BEGIN + 60.0, columns=60)
    assert drawn.thresholds == (
        LimitLine("", 1.1, until=BEGIN + 40.0),
        LimitLine("up above", pytest.approx(1.9), since=BEGIN + 40.0),  # type: ignore[arg-type]
        LimitLine("down below", 0.9),
    )
    assert began(found, "crossing") == BEGIN + 15.0
