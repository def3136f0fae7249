"""The heat strip: the highest value of each pod in each time slot; slots without data stay
empty."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.queries.few_pods import NAMESPACE, START, folded, look, namespace, pod
from tests.sweeps import examples, sampled
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.memo import Memo
from wvatui.core.queries.charts import charts, heat
from wvatui.core.queries.pods import replica_rows
from wvatui.core.rows.views import ChartView, HeatRow, HeatView
from wvatui.core.state.state import State


def strip(state: State, since: float, until: float, columns: int, metric: str = "kv") -> HeatView:
    return heat.heat(state, metric, START + since, START + until, columns)


def row(view: HeatView, pod: str) -> HeatRow:
    return next(row for row in view.rows if row.pod == pod)


def test_a_slot_shows_its_highest_value_and_nothing_where_nothing_was_measured() -> None:
    state = folded(
        *namespace("a", "b"),
        look("a", 1, 0.2),
        look("a", 59, 0.9),
        look("a", 61, 0.3),
        look("a", 200, 0.4),
        now=240,
    )
    view = strip(state, 0, 240, 4)
    assert row(view, "a").values == (0.9, 0.3, None, 0.4)
    assert row(view, "b").values == (None,) * 4
    assert [r.pod for r in view.rows] == ["a", "b"]
    assert view.unit == "ratio"


def test_rows_come_in_the_order_of_the_table() -> None:
    state = folded(*namespace("z", "m", "a"), now=10)
    assert [r.pod for r in strip(state, 0, 60, 4).rows] == [
        r.pod for r in replica_rows.replicas(state)
    ]


def test_zero_is_a_value_and_missing_is_none() -> None:
    state = folded(*namespace("a"), look("a", 5, 0.0), look("a", 65, None, running=3), now=120)
    assert row(strip(state, 0, 120, 2), "a").values == (0.0, None)
    assert row(strip(state, 0, 120, 2, "running"), "a").values == (None, 3)


def test_slots_shorter_than_the_looks_hold_a_value_but_never_over_a_silence() -> None:
    looks = [look("a", at, 0.1 * at) for at in (0, 2, 4)] + [look("a", 40, 0.7)]
    state = folded(*namespace("a"), *looks, now=45)
    values = row(strip(state, 0, 60, 60), "a").values
    assert values[:6] == (0.0, 0.0, 0.2, 0.2, 0.4, 0.4)
    assert values[14] == 0.4  # the last scrape holds for ten seconds
    assert values[15:40] == (None,) * 25
    assert values[45] == 0.7
    assert values[46:] == (None,) * 14  # the future


def test_the_slot_that_has_just_begun_holds_what_was() -> None:
    state = folded(*namespace("a"), look("a", 59, 0.6), now=61)
    assert row(strip(state, 0, 120, 4), "a").values == (None, 0.6, 0.6, None)
    state = folded(*namespace("a"), look("a", 40, 0.6), now=89)
    assert row(strip(state, 0, 120, 4), "a").values == (None, 0.6, None, None)


def test_a_pod_that_went_keeps_its_row_while_the_window_shows_it() -> None:
    state = folded(
        *namespace("a"),
        pod("late", 100.0),
        look("a", 10, 0.5),
        look("late", 110, 0.8),
        ev.Deleted(START + 70, kind="pod", name="a", namespace=NAMESPACE),
        now=300,
    )
    view = strip(state, 0, 300, 5)
    assert (row(view, "a").gone, row(view, "late").born) == (START + 70, START + 100)
    assert row(view, "late").values == (None, 0.8, None, None, None)
    assert [r.pod for r in strip(state, 90, 300, 5).rows] == ["late"]
    assert [r.pod for r in strip(state, 0, 80, 5).rows] == ["a"]


def test_thresholds_are_those_of_the_controller_and_running_has_none() -> None:
    state = folded(*namespace("a"), look("a", 1, 0.9, waiting=7), now=10)
    kv, waiting = strip(state, 0, 60, 4), strip(state, 0, 60, 4, "waiting")
    assert (kv.threshold, kv.threshold_source) == (0.8, "assumed")
    assert row(kv, "a").limits == (0.8,) * 4
    assert (waiting.threshold, waiting.unit, row(waiting, "a").values[0]) == (5.0, "requests", 7)
    assert strip(state, 0, 60, 4, "running").threshold is None


def test_gaps_of_the_polling_are_told_and_those_of_other_sources_are_not() -> None:
    state = folded(
        *namespace("a"),
        look("a", 1, 0.9),
        ev.Gap(START + 30, source="pods", since=START + 20, until=START + 30),
        ev.Gap(START + 30, source="log", since=START + 5, until=START + 30),
        now=60,
    )
    assert strip(state, 25, 60, 4).gaps == ((START + 25, START + 30),)


def test_what_there_is_not_is_said_in_words() -> None:
    assert strip(folded(*namespace(), now=1), 0, 60, 4).note == "no model pods found yet"
    state = folded(*namespace("a"), now=1)
    assert strip(state, 0, 60, 4).note == "no samples yet: no pod has answered"
    state = folded(*namespace("a"), look("a", 1), now=400)
    assert strip(state, 300, 400, 4).note == "no samples in this window"
    with pytest.raises(KeyError):
        strip(state, 0, 60, 4, "nonsense")


def test_only_one_variant_can_be_shown() -> None:
    state = folded(*namespace("a"), look("a", 1), now=10)
    view = heat.heat(state, "kv", START, START + 60, 4, "qwen")
    assert [r.variant for r in view.rows] == ["qwen"]
    assert heat.heat(state, "kv", START, START + 60, 4, "other").rows == ()


def test_summarised_minutes_are_shown_too() -> None:
    looks = [look("a", at, 0.9 if at == 130 else 0.2) for at in range(0, 9000, 10)]
    state = folded(*namespace("a"), *looks, now=9000)
    assert state.watched["a"].history.old
    assert row(strip(state, 0, 9000, 150), "a").values[1:4] == (0.2, 0.9, 0.2)
    fine = row(strip(state, 120, 240, 8), "a").values
    assert fine == (0.9,) * 4 + (0.2,) * 4  # the value of a minute holds for all of it


def test_a_log_without_pods_shows_the_controllers_own_samples() -> None:
    lines = (
        '{"level":"INFO","ts":"2026-09-01T08:00:30Z","msg":"KV cache metric: '
        'pod=ms-decode-abc, usage=0.512 (51.2%)"}',
        '{"level":"INFO","ts":"2026-09-01T08:01:30Z","msg":"KV cache metric: '
        'pod=ms-decode-abc, usage=0.712 (71.2%)"}',
    )
    logged = [ev.Log(START + 30 + 60 * n, line=line) for n, line in enumerate(lines)]
    view = strip(folded(*logged, now=180), 0, 180, 3)
    assert [r.pod for r in view.rows] == ["ms-decode-abc"]
    assert view.rows[0].values == (0.512, 0.712, 0.712)


# --- caches never change a result


def afresh(state: State) -> State:
    """A copy of the State, for which nothing is cached."""
    return replace(state, of_state=Memo(), of_session=Memo())


def drawn(state: State, since: float, until: float, columns: int) -> tuple[HeatView, ChartView]:
    """A strip, and the band of all pods with the line of the fullest."""
    since, until = START + since, START + until
    band = charts.chart(state, "kv", since=since, until=until, columns=2 * columns, pod="")
    return heat.heat(state, "kv", since, until, columns), band


LOOKS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]), st.integers(0, 12_000), st.none() | st.floats(0, 1)
    ),
    max_size=60,
)


@settings(max_examples=examples(60))
@given(LOOKS, st.integers(0, 60), st.sampled_from([7, 60, 100]))
def test_what_is_remembered_is_what_would_be_read_afresh(
    looks: list[tuple[str, int, float | None]], cut: int, columns: int
) -> None:
    ordered = sorted((look(name, at, kv) for name, at, kv in looks), key=lambda e: e.at)
    early = folded(*namespace("a", "b", "c"), *ordered[:cut], now=12_000)
    later = fold(early, ordered[cut:])
    for state in (early, later, early):
        warm = drawn(state, 0, 12_000, columns)
        assert drawn(afresh(state), 0, 12_000, columns) == warm


# Columns of several minutes; those within a minute are read from samples, as above.
@pytest.mark.parametrize("columns", sampled([40, 100, 700], [40]))
def test_what_is_remembered_is_right_while_minutes_are_sealed_and_summarised(columns: int) -> None:
    state = folded(*namespace("a", "b", "c"), now=0)
    for minute in range(190):
        looks = [
            look(name, 60 * minute + at, ((minute * 7 + at * (n + 1)) % 50) / 50)
            for at in (3, 21, 47)
            for n, name in enumerate("ab" if minute % 9 == 4 else "abc")
        ]
        state = fold(state, [*looks, ev.Tick(START + 60 * minute + 59)])
        for since in (0, 60 * minute - 1800):
            warm = drawn(state, since, since + 11_400, columns)
            if minute % 20 == 0 or minute > 180:
                assert drawn(afresh(state), since, since + 11_400, columns) == warm
                assert [line.style for line in warm[1].series][:1] == ["band"]


def test_minutes_that_were_sealed_while_a_band_was_not_drawn_count_once() -> None:
    state = folded(*namespace("a", "b", "c"), now=0)
    for minute in range(130):
        looks = [look(name, 60 * minute + 3, minute / 130) for name in "abc"]
        state = fold(state, [*looks, ev.Tick(START + 60 * minute + 59)])
        if minute == 60:
            drawn(state, 0, 11_400, 1)
    assert drawn(state, 0, 11_400, 1) == drawn(afresh(state), 0, 11_400, 1)


def test_a_slot_is_the_same_in_a_window_that_has_moved_by_whole_slots() -> None:
    looks = [look("a", at, (at % 97) / 97) for at in range(0, 1200, 2)]
    state = folded(*namespace("a"), *looks, now=1200)
    first = row(strip(state, 0, 900, 100), "a").values
    moved = row(strip(state, 9 * 7, 900 + 9 * 7, 100), "a").values
    assert first[7:] == moved[:93]


def test_strips_and_charts_are_of_engines_where_no_cluster_is_watched() -> None:
    endpoints = (ev.EngineEndpoint("gpu-box", "http://gpu-box:8000"),)
    state = folded(ev.Header(0.0, endpoints=endpoints), now=1)
    assert strip(state, 0, 60, 4).title == "KV cache by engine"
    assert strip(folded(*namespace(), now=1), 0, 60, 4).title == "KV cache by pod"
