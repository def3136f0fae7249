"""The threshold in force, and how it is known: the same in all views, findings and verbs."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.core.explain.logs import MODEL, START, analyzer, capacity_cycle, token_cycle
from tests.core.explain.turned import turned
from tests.core.queries.few_pods import folded, look, namespace
from wvatui.core import events as ev
from wvatui.core.explain.cycle_detail import cycle_detail
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.limits import (
    limits_now,
    limits_over,
    limits_then,
    threshold_changes,
    thresholds,
    thresholds_over,
)
from wvatui.core.explain.thresholds.epochs import ThresholdReading, epochs
from wvatui.core.explain.thresholds.fit import FitSample, Fitted, fit
from wvatui.core.explain.to_json import cycle as told
from wvatui.core.findings.finding_rows import findings
from wvatui.core.findings.look import FindingContext
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.charts import chart
from wvatui.core.queries.session.variant_detail import variant_detail
from wvatui.core.rows.cycle_rows import cycles as cycle_rows
from wvatui.core.rows.views import LimitLine
from wvatui.core.rules.wva.thresholds import THRESHOLDS, Settings
from wvatui.core.state.scope import of_model
from wvatui.core.state.state import EMPTY, State
from wvatui.core.whatif.recorded.reading import recorded

BY_NAME = {one.name: one for one in THRESHOLDS}


def config(namespace: str = "wva", at: float = START - 5.0, **values: float) -> ev.Config:
    """A ConfigMap of the controller."""
    text = "\n".join(f"{key}: {value}" for key, value in values.items())
    return ev.Config(at, name="saturation", namespace=namespace, data={"default": text})


def state(lines: Iterable[str], *others: ev.Event) -> State:
    """The State of one variant with these lines of its controller's log."""
    head = [
        ev.Header(START - 10.0, started_at=START - 10.0, namespace="ns"),
        ev.Variant(START - 9.0, name="v", namespace="ns", source="VariantAutoscaling", model=MODEL),
        ev.Workload(START - 9.0, kind="Deployment", name="v", namespace="ns", spec=2, ready=2),
    ]
    logged = [ev.Log(START + 300.0 + n, line=line) for n, line in enumerate(lines)]
    return fold(EMPTY, [*head, *others, *logged])


def cycles(count: int, **how: Any) -> list[str]:
    """V1 cycles of a variant with two replicas."""
    return [line for n in range(count) for line in capacity_cycle(n, [(0.2, 0)] * 2, 2, **how)]


TOKENS = [
    line
    for n in range(3)
    for line in token_cycle(
        n, 2, 2, [analyzer("saturation", 2000.0, 1500.0, 1000.0, scaleUpThreshold=0.9)]
    )
]
NO_MEANS = cycles(9, debug=False)
UNTOLD = [line for line in cycles(3) if "metric: pod" not in line and "analysis" not in line]

ORIGINS = {
    "stated": (TOKENS, (), "scale_up", 0.9),
    "configured": (UNTOLD, (config(kvCacheThreshold=0.65),), "kv", 0.65),
    "recovered": (cycles(4, kv=0.55), (), "kv", 0.55),
    "fitted": (NO_MEANS, (), "kv", 0.8),
    "assumed": (UNTOLD, (), "kv", 0.8),
}
"""Origin → (log, other events, name of the threshold, its value)."""


def the_screen(found: State, name: str) -> tuple[float, str]:
    """The threshold and its origin in a variant's details and on a cycle's page."""
    detail = variant_detail(found, "ns/v")
    row = next(row for row in detail.limits if row.name == BY_NAME[name].short)
    page = cycle_detail(found, cycle_rows(found)[0].at)
    assert page is not None
    limit = next((x for x in page.limits if x.title == BY_NAME[name].title), None)
    if limit is not None:  # a cycle without an analysis needs none
        assert (limit.value, limit.source.partition(":")[0]) == (float(row.text), row.source)
    return float(row.text), row.source


def the_charts(found: State, name: str) -> tuple[float, str]:
    """The threshold and its origin in charts."""
    if name != "kv":
        known = thresholds(found, MODEL)
        return getattr(known, name), known.known[name].source
    drawn = chart(found, "kv", since=START, until=found.now, columns=60, scope="ns/v")
    (line,) = drawn.thresholds
    return line.value, line.name.partition(", ")[2] or "configured"


def the_findings(found: State, name: str) -> tuple[float, str]:
    """The threshold and its origin in findings."""
    known = FindingContext(found).limits(MODEL)
    return getattr(known, name), known.known[name].source


def explain(found: State, name: str) -> tuple[float, str]:
    """The threshold and its origin in `explain`, for the newest cycle."""
    newest = explained(found)[-1]
    known = told(newest)["explanations"][-1]["inputs"]["thresholds"][BY_NAME[name].key]
    return known["value"], known["source"]


def whatif(found: State, name: str) -> tuple[float, str]:
    """The threshold and its origin in `whatif`, at the end and in the newest cycle."""
    (one,) = recorded(found)
    field, settings = BY_NAME[name].field, one.settings_at(math.inf)
    if one.rounds:
        assert getattr(one.rounds[-1].settings, field) == getattr(settings, field)
    return getattr(settings, field), one.source


ASKERS = (the_screen, the_charts, the_findings, explain, whatif)


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_whoever_asks_is_told_the_same(
    origin: str, asker: Callable[[State, str], tuple[float, str]]
) -> None:
    lines, others, name, value = ORIGINS[origin]
    found = state(lines, *others)
    said, how = asker(found, name)
    assert said == value
    # What-if names the least certain of those that the rule needs.
    if asker is whatif and origin == "recovered":
        assert how == "fitted"
    else:
        assert how == origin


# --- where two origins disagree -----------------------------------------------------------


def test_what_the_numbers_determine_stands_before_what_a_config_map_says() -> None:
    found = limits_now(state(cycles(4, kv=0.55), config(kvCacheThreshold=0.7)), MODEL)
    assert (found.kv.value, found.kv.source) == (0.55, "recovered")
    assert "although ConfigMap saturation says 0.7" in found.kv.where


def test_a_config_map_that_is_changed_after_the_newest_cycle_holds_at_once() -> None:
    found = state(cycles(4, kv=0.55), config(kvCacheThreshold=0.55))
    assert limits_now(found, MODEL).kv.source == "configured"
    found = fold(found, [config(at=START + 900.0, kvCacheThreshold=0.7)])
    assert (limits_now(found, MODEL).kv.value, limits_now(found, MODEL).kv.source) == (
        0.7,
        "configured",
    )


def test_a_change_of_another_setting_leaves_what_the_log_has_shown() -> None:
    found = state(cycles(4, kv=0.55), config(kvCacheThreshold=0.7, kvSpareTrigger=0.1))

    def told(**values: float) -> list[tuple[float | None, str]]:
        limits = limits_now(fold(found, [config(at=START + 900.0, **values)]), MODEL)
        return [(each.value, each.source) for each in (limits.kv, limits.kv_trigger)]

    changed = (0.3, "configured")
    assert told(kvCacheThreshold=0.7, kvSpareTrigger=0.3) == [(0.55, "recovered"), changed]
    assert told(kvCacheThreshold=0.8, kvSpareTrigger=0.3) == [(0.8, "configured"), changed]


def test_thresholds_that_a_config_map_changes_are_told_from_the_next_cycle_on() -> None:
    lines, first = cycles(4, kv=0.55), len(cycles(2, kv=0.55))
    before = config(kvCacheThreshold=0.55, kvSpareTrigger=0.1)
    same = config(at=START + 301.0, kvCacheThreshold=0.55, kvSpareTrigger=0.1)
    after = config(at=START + 400.0, kvCacheThreshold=0.55, kvSpareTrigger=0.3)
    found = fold(state(lines[:first], before), [same])
    assert threshold_changes(found) == ()
    found = fold(found, [after, *(ev.Log(START + 410.0, line=line) for line in lines[first:])])
    under = [cycle.at for cycle in found.cycles if after in cycle.configs.values()]
    changed = ((under[0], "kvSpareTrigger 0.1→0.3"),)
    assert threshold_changes(found) == threshold_changes(found, of_model(MODEL)) == changed
    assert threshold_changes(found, of_model("another")) == (), "its chart has no mark of this"


def test_a_change_that_only_the_log_shows_is_told_and_the_line_of_charts_steps() -> None:
    lines = cycles(9, kv=0.55)
    first = len(cycles(4, kv=0.55))
    log = [*lines[:first], *cycles(9, kv=0.7)[first:]]
    found = state(log)
    turned = found.cycles[4].at
    changed = ((turned, "kvCacheThreshold 0.55→0.7"),)
    alone = fold(EMPTY, [ev.Log(START + 300.0 + n, line=line) for n, line in enumerate(log)])
    for each in (found, alone):
        assert threshold_changes(each) == threshold_changes(each, of_model(MODEL)) == changed
        assert threshold_changes(each, of_model("another")) == ()
    drawn = chart(found, "kv", since=START, until=found.now, columns=60, scope="ns/v")
    assert drawn.thresholds == (
        LimitLine("", 0.55, until=turned),
        LimitLine("saturated, recovered", 0.7, since=turned),
    )
    before = chart(found, "kv", since=START, until=turned - 1.0, columns=60, scope="ns/v")
    assert [(line.name, line.value) for line in before.thresholds] == [
        ("saturated, recovered", 0.55)
    ]


def test_a_default_that_was_assumed_is_no_change() -> None:
    found = state([*UNTOLD, *cycles(9, kv=0.7)[len(cycles(3)) :]])
    assert limits_now(found, MODEL).kv.source == "recovered"
    assert threshold_changes(found) == ()


def test_a_threshold_that_changes_for_one_of_two_models_is_told_with_its_model() -> None:
    lines, first = cycles(4, kv=0.55), len(cycles(2, kv=0.55))
    variant = ev.Variant(
        START - 9.0,
        name="w",
        namespace="ns",
        source="VariantAutoscaling",
        target_name="w",
        model="b/other",
    )
    other = (
        variant,
        ev.Workload(START - 9.0, kind="Deployment", name="w", namespace="ns", spec=2, ready=2),
    )
    own = "model_id: b/other\nnamespace: ns\nkvSpareTrigger: "
    before, after = (
        ev.Config(
            at,
            name="saturation",
            namespace="wva",
            data={"default": "kvSpareTrigger: 0.1", "other": f"{own}{value}"},
        )
        for at, value in ((START - 5.0, 0.1), (START + 400.0, 0.3))
    )
    later = [ev.Log(START + 410.0, line=line) for line in lines[first:]]
    found = fold(state(lines[:first], *other, before), [after, *later])
    words = "kvSpareTrigger 0.1→0.3"
    assert [text for _, text in threshold_changes(found)] == [f"{words} (b/other)"]
    assert [text for _, text in threshold_changes(found, of_model("b/other"))] == [words]
    assert threshold_changes(found, of_model(MODEL)) == ()


def test_a_threshold_that_a_line_states_anew_holds_from_that_line_on() -> None:
    readings = [ThresholdReading(float(n), 0.1, 0.1, stated=True) for n in range(3)]
    found = epochs([*readings, ThresholdReading(3.0, 0.2, 0.2, stated=True)])
    assert [(one.since, one.value, one.until) for one in found] == [
        (0.0, 0.1, 2.0),
        (3.0, 0.2, 3.0),
    ]


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_the_config_map_of_the_models_own_namespace_counts_before_a_foreign_one(
    names: tuple[str, str],
) -> None:
    own, foreign = (
        ev.Config(
            START - 5.0, name=name, namespace=space, data={"default": f"kvCacheThreshold: {value}"}
        )
        for name, space, value in zip(names, ("ns", "aaa"), (0.65, 0.35), strict=True)
    )
    for order in ((own, foreign), (foreign, own)):
        found = state(UNTOLD, *order)
        assert limits_now(found, MODEL).kv.value == 0.65
        (kv,) = {one.case.held.kv.value for c in explained(found) for one in c.explanations}
        assert kv == 0.65


# --- one list of them, one set of defaults ------------------------------------------------


def test_every_threshold_of_the_settings_has_its_row() -> None:
    numbers = {name for name, value in vars_of(Settings()).items() if type(value) is float} - {
        "priority"
    }
    assert {one.field for one in THRESHOLDS} == numbers
    assert vars_of(limits_now(EMPTY)).keys() == BY_NAME.keys()


def vars_of(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots."""
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


# --- the fit tells the same whatever was asked before --------------------------------------


def fitted(samples: list[FitSample], sizes: Iterable[int]) -> Fitted | None:
    """The fit of all `samples`, after fits of the first ones, of each of `sizes`, were
    requested."""
    found: Fitted | None = None
    for size in sizes:
        found = fit(samples[:size], {"queue": 5.0}, found)
    return fit(samples, {"queue": 5.0}, found)


@pytest.mark.parametrize("edge", [0.4, 0.9])
def test_a_fit_does_not_depend_on_what_was_asked_before(edge: float) -> None:
    loads = [0.05 * n for n in range(1, 15)]
    samples = [FitSample(((kv, 0.0),), 1 if kv < 0.6 else 0, edge - kv < 0.1, None) for kv in loads]
    alone = fitted(samples, ())
    assert alone is not None
    for sizes in (range(1, 14, 3), (3, 14, 11)):
        again = fitted(samples, sizes)
        assert again is not None
        assert (again.values, again.spans, again.broken) == (
            alone.values,
            alone.spans,
            alone.broken,
        )


# --- of several engines of a pod the fullest is judged --------------------------------------

FULL: dict[str, Any] = {"waiting": 8, "judged": {"waiting": 4}}
"""A pod in which eight requests wait, four in each of its two engines."""


def test_the_fullest_queue_of_a_pod_counts_wherever_it_is_held_against_a_threshold() -> None:
    polled = ev.Scrape(START + 119.0, pod="v-0", kv=0.3, **FULL)
    found = state(UNTOLD, polled)
    page = cycle_detail(found, cycle_rows(found)[0].at)
    assert page is not None
    assert [row.polled_waiting for row in page.samples if row.pod == "v-0"] == [4]
    looks = [look("a", at, **FULL) for at in range(0, 60, 2)]
    (one,) = recorded(folded(*namespace("a"), *looks, now=60.0))
    known = [load for moment in one.moments for load in moment.loads or ()]
    assert known
    assert {load.waiting for load in known} == {4.0}


@pytest.mark.parametrize(("fullest", "hot"), [(4, False), (6, True)])
def test_a_pod_is_hot_by_its_fullest_engine(fullest: int, *, hot: bool) -> None:
    full = {"waiting": 8, "judged": {"waiting": fullest}}
    looks = [look("a", at, kv=0.5, **full) for at in range(0, 600, 2)]
    looks += [look("b", at, kv=0.1, waiting=0) for at in range(0, 600, 2)]
    found = findings(folded(*namespace("a", "b"), *looks, now=600.0))
    assert ("hot-pod" in {one.rule for one in found}) == hot


def test_cycles_in_which_no_config_map_was_known_yet_stand_under_the_first_one() -> None:
    lines = [line for line in cycles(5) if "metric: pod" not in line and "analysis" not in line]
    first, third = len(lines) // 5, len(lines) // 5 * 3
    found = state(lines[:first])
    for at, value, more in ((400.0, 0.6, lines[first:third]), (600.0, 0.9, lines[third:])):
        read = config(at=START + at, kvCacheThreshold=value)
        found = fold(found, [read, *(ev.Log(START + at + 10.0, line=line) for line in more)])
    over = [(since, known.kv) for since, known in thresholds_over(found, MODEL)]
    assert over == [(-math.inf, 0.6), (found.cycles[-1].at, 0.9)]
    assert limits_over(found, MODEL)[-1][1] == limits_now(found, MODEL)


# --- the past under the thresholds of its time ---------------------------------------------


def held_kv(found: State) -> list[float | None]:
    """The KV threshold of each cycle, as it is explained."""
    return [one.case.held.kv.value for cycle in explained(found) for one in cycle.explanations]


def test_a_cycle_is_explained_by_the_first_config_map_not_the_newest_where_none_was_known() -> None:
    lines, cut = UNTOLD, len(UNTOLD) // 3
    found = state(lines[:cut])
    for at, value, more in ((400.0, 0.6, lines[cut : 2 * cut]), (600.0, 0.9, lines[2 * cut :])):
        read = config(at=START + at, kvCacheThreshold=value)
        found = fold(found, [read, *(ev.Log(START + at + 10.0, line=line) for line in more)])
    assert held_kv(found) == [0.6, 0.6, 0.9]


def test_a_config_map_of_the_models_own_namespace_that_comes_later_changes_no_earlier_cycle() -> (
    None
):
    cut = len(UNTOLD) // 3
    own = config(namespace="ns", at=START + 400.0, kvCacheThreshold=0.6)
    rest = [ev.Log(START + 410.0, line=line) for line in UNTOLD[cut:]]
    found = fold(state(UNTOLD[:cut], config(kvCacheThreshold=0.9)), [own, *rest])
    assert held_kv(found) == [0.9, 0.6, 0.6]
    over = [(since, known.kv) for since, known in thresholds_over(found, MODEL)]
    assert over == [(-math.inf, 0.9), (found.cycles[1].at, 0.6)]


def test_before_the_log_first_shows_a_value_a_config_map_that_was_changed_to_it_counts() -> None:
    """Of replicas that are all saturated, the numbers do not tell the threshold."""
    found = fold(EMPTY, turned(0.6, 0.8, other=0.7))
    assert held_kv(found) == [0.6] * 5 + [0.8] * 5
    assert [words for _, words in threshold_changes(found)] == ["kvCacheThreshold 0.6→0.8"]


def test_before_the_log_first_shows_a_value_it_counts_where_the_config_map_never_had_it() -> None:
    events = turned(0.8, 0.8, other=0.9, full=0.9, until=300.0)
    free = turned(0.8, 0.8)
    told = [
        *(each for each in events if not isinstance(each, ev.Config)),
        config(namespace="ns", at=START - 5.0, kvCacheThreshold=0.6),
        *(each for each in free if isinstance(each, ev.Log) and each.at > START + 300.0),
    ]
    found = fold(EMPTY, told)
    assert held_kv(found) == [0.8] * 10
    assert threshold_changes(found) == ()


def test_a_cycle_without_a_case_shows_the_thresholds_of_its_time() -> None:
    found = fold(EMPTY, turned(0.6, 0.8))
    for number, value in ((1, 0.6), (8, 0.8)):
        assert limits_then(found, found.cycles[number], "org/another").kv.value == value
