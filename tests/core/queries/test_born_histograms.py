"""A histogram that first appears in a scrape began at 0, so the first request has latencies."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from wvatui.core.events import RankScrape, Scrape
from wvatui.core.metrics.histogram import growths
from wvatui.core.metrics.metrics_table import BY_ID
from wvatui.core.metrics.polled_totals import polled_totals
from wvatui.core.queries.charts.slots import Slots, percentiles
from wvatui.core.queries.pods.window import pod_load
from wvatui.core.state.history import History, Sealed, summarise
from wvatui.core.state.state import EMPTY

BOUNDS = {0: (0.1, 0.2, 0.4)}


def observed(*counts: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([0, 1.5, *counts]))


def scrape(at: float, **fields: Any) -> Scrape:
    return Scrape(at, pod="p", **fields)


BORN = {"ttft": observed(0, 10, 0, 0), "itl": observed(10, 0, 0, 0)}


@pytest.mark.parametrize("success", [None, {"stop": 0}])
def test_latencies_appear_with_the_first_request(success: dict[str, int] | None) -> None:
    rows = [scrape(0.0, running=0, success=success), scrape(2.0, running=1, **BORN)]
    load = pod_load(History().extend(rows, BOUNDS), 2.0, BOUNDS)
    assert load.ttft_p95_ms == pytest.approx(195)
    assert load.itl_p95_ms == pytest.approx(95)


def test_charts_old_minutes_and_totals_of_a_session_have_the_first_requests_too() -> None:
    rows = [scrape(0.0), scrape(2.0, **BORN), scrape(4.0, ttft=observed(0, 10, 10, 0))]
    minute = summarise(Sealed(rows), BOUNDS)
    assert minute.ttft_p95_ms == pytest.approx(380)
    assert polled_totals(rows).observed["ttft"] == {0: [0, 10, 10, 0]}
    state = replace(EMPTY, bounds=BOUNDS)
    pairs = {"p": [(rows[0], rows[1])]}
    [values] = percentiles(state, pairs, Slots(0.0, 2.0, 2.0), BY_ID["ttft"], [0.95])
    assert values[0][1] == pytest.approx(195)


def test_a_histogram_that_one_look_lacks_is_not_born_anew() -> None:
    rows = [scrape(0.0, **BORN), scrape(2.0), scrape(4.0, ttft=observed(0, 10, 10, 0))]
    assert polled_totals(rows).observed["ttft"] == {0: [0, 0, 10, 0]}


@pytest.mark.parametrize(
    "fields",
    [
        {"bad": 1},
        {"success": {"stop": 40}},
        {"ranks": (RankScrape(port=8000), RankScrape(port=8001, why="timeout"))},
        {"ranks": (RankScrape(model="a"), RankScrape(model="b"))},
    ],
)
def test_a_histogram_that_a_look_lacks_for_another_reason_was_not_born(
    fields: dict[str, Any],
) -> None:
    rows = [scrape(0.0, **fields), scrape(2.0, **BORN)]
    load = pod_load(History().extend(rows, BOUNDS), 2.0, BOUNDS)
    assert (load.ttft_p95_ms, load.itl_p95_ms) == (None, None)
    assert polled_totals(rows).observed["ttft"] == {}


def test_the_first_look_of_a_session_says_nothing_of_what_was_before_it() -> None:
    history = History().extend([scrape(2.0, **BORN)], BOUNDS)
    assert pod_load(history, 2.0, BOUNDS).ttft_p95_ms is None


def test_between_two_restarts_a_histogram_counts_as_one_piece_and_a_restart_loses_nothing() -> None:
    counts = [(1, 0), (3, 1), (4, 4), (2, 5), (2, 6), (0, 1)]  # falls at the fourth and the sixth
    looks = [msgspec.Raw(msgspec.json.encode([7, 0.5, *each])) for each in counts]
    other = msgspec.Raw(msgspec.json.encode([8, 0.5, 9, 9]))
    pieces = [(layout, list(each)) for layout, each in growths([*looks, other, other])]
    assert pieces == [(7, [3, 4]), (7, [2, 5]), (7, [0, 1]), (7, [0, 1])]
