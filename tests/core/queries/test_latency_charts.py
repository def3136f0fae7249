"""Charts of latency, throughput and gateway: percentiles of summed histograms, gaps without
data."""

import random
from dataclasses import replace

import msgspec
import pytest

from tests.core.folding import recorded
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.memo import MOST_WINDOWS, Memo
from wvatui.core.queries.charts import charts
from wvatui.core.queries.charts.chart_parts import (
    MarksInWindow,
    StagesInWindow,
    marks,
    stages_in,
)
from wvatui.core.queries.charts.slots import MOST, Slots, WindowPairs, pairs_of
from wvatui.core.rows.views import ChartView, LimitLine
from wvatui.core.state.state import EMPTY, State

LE = (0.1, 0.2, 0.4, 0.8)
START = 6_000.0


def raw(*counts: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([1, 0.0, *counts]))


def look(at: float, pod: str, *counts: int, done: int = 0, made: int = 0) -> ev.Scrape:
    found = raw(*counts)
    return ev.Scrape(
        at,
        pod=pod,
        kv=0.5,
        running=3,
        success={"stop": done, "length": done},
        generation_tokens=made,
        ttft=found,
        itl=found,
        e2e=found,
    )


def cluster(*variants: str, model: str = "m") -> list[ev.Event]:
    events: list[ev.Event] = [
        ev.Header(START, started_at=START, interval_s=2.0),
        ev.Bounds(START, id=1, le=LE),
    ]
    for name in variants:
        labels = {"app": name}
        events += [
            ev.Variant(
                START,
                name=name,
                namespace="ns",
                source="VariantAutoscaling",
                model=model if model else name,
                target_name=name,
            ),
            ev.Workload(START, kind="Deployment", name=name, namespace="ns", selector=labels),
            *(
                ev.Pod(START, name=f"{name}-{n}", namespace="ns", role="model", labels=labels)
                for n in (1, 2)
            ),
        ]
    return events


def drawn(state: State, name: str, variant: str | None = None) -> ChartView:
    return charts.chart(state, name, since=START, until=START + 600, columns=100, scope=variant)


def test_percentiles_of_several_pods_are_those_of_their_summed_histograms() -> None:
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            look(START + 1, "a-1", 0, 0, 0, 0, 0),
            look(START + 1, "a-2", 0, 0, 0, 0, 0),
            look(START + 9, "a-1", 90, 0, 0, 0, 0),
            look(START + 9, "a-2", 0, 0, 0, 10, 0),
            ev.Tick(START + 11),
        ],
    )
    p95, p50 = drawn(state, "ttft").series
    assert (p95.name, p50.name) == ("p95", "p50")
    # 95 of 100 are reached in the middle of the fourth bucket; the mean of two p95 would be 0.44 s.
    assert p95.points[0] == (START + 5, pytest.approx(600.0))
    assert p50.points[0] == (START + 5, pytest.approx(100 * 50 / 90))


def test_a_slot_in_which_nothing_was_observed_is_a_hole() -> None:
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            *(
                look(START + t, "a-1", 5 if t > 8 else 0, 0, 0, 0, 9 if t > 38 else 0)
                for t in range(0, 60, 2)
            ),
        ],
    )
    values = [value for _, value in drawn(state, "e2e").series[0].points]
    assert values[0] is not None
    assert values[1:3] == [None, None]
    assert values[3] == 800.0


def test_a_pod_that_was_not_looked_at_is_a_hole_and_no_line_is_drawn_across() -> None:
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            *(look(START + t, "a-1", t, 0, 0, 0, 0, done=t, made=10 * t) for t in range(0, 40, 2)),
            # What was counted during a gap belongs to no slot.
            *(
                look(START + t, "a-1", t, 0, 0, 0, 0, done=t, made=10 * t + 9000)
                for t in range(203, 240, 2)
            ),
        ],
    )
    by_time = dict(drawn(state, "ttft").series[0].points)
    assert by_time[START + 15] is not None
    assert all(by_time[START + t] is None for t in range(65, 195, 10))
    tokens = dict(drawn(state, "tokens").series[0].points)
    assert tokens[START + 15] == pytest.approx(10.0)
    assert tokens[START + 105] is None
    assert tokens[START + 205] == pytest.approx(10.0)


def test_an_engine_that_began_anew_counts_from_nothing() -> None:
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            look(START, "a-1", 900, 0, 0, 0, 0, done=900, made=9000),
            look(START + 5, "a-1", 0, 0, 4, 0, 0, done=1, made=10),
            look(START + 9, "a-1", 0, 0, 8, 0, 0, done=2, made=20),
            ev.Tick(START + 10),
        ],
    )
    assert dict(drawn(state, "ttft").series[1].points)[START + 5] == pytest.approx(300.0)
    assert drawn(state, "tokens").series == ()


def test_what_is_older_than_two_hours_is_told_by_the_minute() -> None:
    hours = 3 * 3600
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            *(
                look(START + t, "a-1", t, 0, 0, 0, 0, done=t, made=10 * t)
                for t in range(0, hours, 15)
            ),
        ],
    )
    for name, value in (("tokens", 10.0), ("ttft", 95.0), ("requests", 2.0)):
        found = charts.chart(state, name, since=START, until=START + hours, columns=200, scope=None)
        times = [at for at, at_value in found.series[0].points if at_value is not None]
        assert times == sorted(times)
        assert times[0] < START + 60
        assert times[-1] > START + hours - 60
        known = [v for _, v in found.series[0].points if v is not None]
        assert known == pytest.approx([value] * len(known))


def test_finished_requests_of_all_reasons_count() -> None:
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            *(look(START + t, f"a-{n}", 0, 0, 0, 0, 0, done=t) for t in range(20) for n in (1, 2)),
        ],
    )
    (line,) = drawn(state, "requests").series
    assert line.points[0] == (START + 5, pytest.approx(4.0))


def test_groups_are_variants_then_models_and_pods_of_the_one_chosen() -> None:
    def state(*names: str, model: str = "m") -> State:
        rows = (
            look(START + t, f"{name}-{n}", t, 0, 0, 0, 0, done=t, made=t)
            for t in range(20)
            for name in names
            for n in (1, 2)
        )
        return fold(EMPTY, [*cluster(*names, model=model), *rows])

    two = state("q-a", "q-b")
    assert [s.name for s in drawn(two, "ttft").series] == ["a p95", "a p50", "b p95", "b p50"]
    assert "by variant" in drawn(two, "ttft").title
    assert [s.name for s in drawn(two, "tokens").series] == ["a", "b"]
    for chosen in ("q-a", "ns/q-a"):
        assert [s.name for s in drawn(two, "ttft", chosen).series] == ["q-a-1", "q-a-2"]
        assert "by pod" in drawn(two, "ttft", chosen).title
    four = state("q-a", "q-b", "q-c", "q-d")
    assert [s.name for s in drawn(four, "itl").series] == ["a", "b", "c", "d"]
    many = state(*(f"q-{n}" for n in range(9)))
    assert [s.name for s in drawn(many, "itl").series] == ["m p95", "m p50"]


def test_the_gateway_has_its_queue_and_its_saturation_or_says_why_not() -> None:
    state = fold(
        EMPTY,
        [
            *cluster("a"),
            *(
                ev.Epp(START + t, pod="epp-1", queue=t / 2, running=t, saturation=0.1 * t)
                for t in range(20)
            ),
        ],
    )
    assert [s.name for s in drawn(state, "gateway").series] == ["in flight", "queued"]
    assert drawn(state, "pool").series[0].points[-1] == (START + 19, pytest.approx(1.9))
    without = fold(EMPTY, cluster("a"))
    assert drawn(without, "gateway").note == "no endpoint picker was read"
    assert drawn(without, "ttft").note == "no samples yet: no pod has answered"
    assert drawn(EMPTY, "tokens").note == "no model pods found yet"
    old = fold(EMPTY, [ev.Header(START, started_at=START, imported="metrics.csv")])
    assert drawn(old, "tokens").note == "no pods in what was imported"


def test_targets_that_the_log_names_are_drawn_with_their_latency() -> None:
    from wvatui.core.log import facts as fc

    state = fold(
        EMPTY,
        [
            *cluster("a"),
            *(look(START + t, "a-1", t, 0, 0, 0, 0) for t in range(20)),
        ],
    )
    object.__setattr__(state, "slo", {"m": fc.Slo(model="m", ttft_ms=500.0)})
    assert drawn(state, "ttft").thresholds == (LimitLine("target 500 ms", 500.0),)
    assert drawn(state, "itl").thresholds == ()


def test_a_log_alone_shows_the_controllers_own_means() -> None:
    line = (
        "Metrics collected for VA: variant=a, replicas=1, accelerator=H100, ttft=21.20ms,"
        " itl=10.74ms, cost=10.00, arrivalRate=120.00, avgInputLength=1.0, avgOutputLength=2.0"
    )
    log = f'{{"level":"INFO","ts":"1970-01-01T01:41:00.000Z","msg":"{line}"}}'
    idle = log.replace("01:41:00", "01:42:00").replace("21.20ms", "0.00ms")
    state = fold(EMPTY, [ev.Log(START + 60, line=log), ev.Log(START + 120, line=idle)])
    chart = drawn(state, "ttft")
    assert "the controller's mean" in chart.title
    assert chart.series[0].points == ((START + 60, 21.2),)


def afresh(state: State) -> State:
    """A copy of the State, for which nothing is cached."""
    return replace(state, of_state=Memo(), of_session=Memo())


def test_what_is_kept_of_slots_is_what_would_be_read_afresh() -> None:
    dice, count = random.Random(3), [0, 0]
    states = [fold(EMPTY, cluster("a"))]
    for second in range(2, 1200, 2):
        events: list[ev.Event] = []
        for n in (1, 2):
            if dice.random() < 0.8 and not 300 < second < 340 * n:
                count[n - 1] = count[n - 1] + dice.randrange(9) if dice.random() < 0.99 else 0
                events.append(look(START + second, f"a-{n}", count[n - 1], 0, 0, 0, 0))
        # At the tick a slot may have ended whose last scrapes arrive after it.
        states.append(fold(states[-1], [ev.Tick(START + second)]))
        states.append(fold(states[-1], events))
        if second % 40 == 0:
            # Two new States, one long before them, and a window that has moved.
            for back, since in ((-2, 0), (-1, 0), (-19, 0), (-1, second - 90)):
                state = states[back]
                span = {"since": START + since, "until": START + since + 600, "columns": 60}
                for name in ("ttft", "itl"):
                    warm = charts.chart(state, name, **span)
                    assert charts.chart(afresh(state), name, **span) == warm
            slots = Slots(START, START + 1200, states[-1].now)
            for watched in states[-1].watched.values():
                rows = list(watched.history)
                for end, pair in zip(slots.ends, slots.pairs(watched.history, 10.0), strict=True):
                    begin = end - slots.length_s
                    inside = [row for row in rows if begin - 10.0 <= row.at <= end]
                    older = max((r.at for r in inside if r.at <= begin), default=None)
                    edges = (
                        {inside[0].at if older is None else older, inside[-1].at} if inside else ()
                    )
                    assert ({look.at for look in pair} if pair else set()) == (
                        set(edges) if len(edges) > 1 else set()
                    )


def test_a_state_keeps_the_pairs_of_few_windows_however_often_one_zooms() -> None:
    state = fold(
        EMPTY, [*cluster("a"), *(look(START + at, "a-1", at, 0, 0, 0, 0) for at in (2, 60))]
    )
    state = afresh(state)
    for since in range(40):
        pairs_of(state, Slots(START + since, START + 600, state.now), ["a-1"])
        marks(state, START + since, START + 600)
        stages_in(state, START + since, START + 600)
    for kept in (WindowPairs, MarksInWindow, StagesInWindow):
        assert 0 < len(state.of_state.of(kept)) <= MOST_WINDOWS, kept


def test_slots_are_whole_multiples_of_their_length_and_few() -> None:
    for span in (60.0, 600.0, 3_600.0, 7_200.0, 1e6):
        slots = Slots(START + 0.3, START + span, START + span)
        assert len(slots.ends) <= MOST + 1
        assert all(end % slots.length_s < 1e-6 for end in slots.ends[:-1])
    assert Slots(START, START + 60, START - 5).ends == []


@pytest.mark.parametrize("name", ["spike.jsonl", "two-variants-keda.jsonl"])
def test_recordings_have_latencies_in_every_chart(name: str) -> None:
    state = recorded(name)
    for chart in ("ttft", "itl", "e2e", "tokens", "requests", "gateway", "pool"):
        found = charts.chart(state, chart, since=state.first_at, until=state.now, columns=200)
        assert found.series, chart
        for line in found.series:
            assert all(value is None or value >= 0 for _, value in line.points)
            times = [at for at, _ in line.points]
            assert times == sorted(set(times))
    p95, p50 = charts.chart(
        state, "ttft", since=state.first_at, until=state.now, columns=200
    ).series[:2]
    pairs = zip(p95.points, p50.points, strict=True)
    assert all(a[1] is None or (b[1] is not None and a[1] >= b[1]) for a, b in pairs)
