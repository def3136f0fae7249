"""Percentiles of one pod over the last minute, the window of the charts and the session."""

from random import Random
from typing import Any

import msgspec
import pytest

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.metrics.polled_totals import PolledTotals, polled_totals
from wvatui.core.queries.pods.polled import LatencyRow, pod_latencies
from wvatui.core.state.history import FULL_MINUTES, History
from wvatui.core.state.state import EMPTY, State

NOTHING = (None, None, None)


def histogram(*counts: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([0, 1.0, *counts]))


def look(at: float, *ttft: int) -> ev.Scrape:
    return ev.Scrape(at, pod="a", running=1, kv=0.1, ttft=histogram(*ttft))


def session(*looks: ev.Scrape, now: float) -> State:
    header = ev.Header(1000.0, started_at=1000.0, interval_s=5.0)
    bounds = ev.Bounds(1000.0, id=0, le=(0.1, 0.2))
    return fold(EMPTY, [header, bounds, *looks, ev.Tick(now)])


def ttft(state: State, since: float, until: float, pod: str = "a") -> LatencyRow:
    [row] = [row for row in pod_latencies(state, pod, since, until) if row.name == "ttft"]
    return row


def test_each_stretch_has_what_was_observed_in_it() -> None:
    state = session(
        look(1000.0, 0, 0, 0),
        look(1200.0, 100, 0, 0),
        look(1395.0, 100, 0, 0),
        look(1400.0, 100, 10, 0),  # before the window, so its growth does not count
        look(1500.0, 110, 10, 0),
        look(1535.0, 110, 10, 0),
        look(1600.0, 110, 30, 0),
        now=1600.0,
    )
    row = ttft(state, 1402.0, 1550.0)
    assert row.minute == pytest.approx((150.0, 195.0, 199.0))
    assert row.window == pytest.approx((50.0, 95.0, 99.0))
    assert row.session == pytest.approx((100 * 70 / 110, 100 + 100 * 23 / 30, 100 + 2860 / 30))


def test_a_restart_within_a_stretch_loses_nothing() -> None:
    state = session(
        look(1000.0, 1000, 0, 0),
        look(1010.0, 1010, 0, 0),
        look(1020.0, 0, 10, 0),
        now=1020.0,
    )
    row = ttft(state, 1000.0, 1020.0)
    assert row.minute == row.window == row.session == pytest.approx((100.0, 190.0, 198.0))


def test_nothing_observed_is_no_zero_and_a_hole_is_not_bridged() -> None:
    state = session(look(1000.0, 0, 0, 0), look(1300.0, 9, 0, 0), now=1300.0)
    row = ttft(state, 1200.0, 1300.0)
    assert row.minute == row.window == NOTHING
    assert row.session is not None
    assert row.session[0] == 50.0
    assert ttft(state, 1000.0, 1300.0, pod="nobody") == LatencyRow("ttft", *[NOTHING] * 3)


def test_a_window_of_which_only_summaries_are_kept_is_told_as_such() -> None:
    end = 1000.0 + 60.0 * (FULL_MINUTES + 10)
    looks = [look(1000.0 + n * 60.0, n, 0, 0) for n in range(FULL_MINUTES + 11)]
    state = session(*looks, now=end)
    assert ttft(state, 1000.0 + 60, end).window is None
    assert ttft(state, end - 3600.0, end).window == pytest.approx((50.0, 95.0, 99.0))
    whole = ttft(state, 900.0, end)
    assert whole.window == whole.session == pytest.approx((50.0, 95.0, 99.0))


def test_whole_minutes_added_up_once_give_what_all_looks_give() -> None:
    """Over every kind of boundary, with restarts and with scrapes that lack both numbers."""
    random = Random(7)
    counts, looks = [0, 0, 0], []
    for second in range(0, 900, 7):
        counts = [count + random.randrange(3) for count in counts]
        if random.random() < 0.03:
            counts = [0, 0, 0]
        lacks = random.random() < 0.02
        seen: dict[str, Any] = (
            {} if lacks else {"prompt_tokens": sum(counts), "ttft": histogram(*counts)}
        )
        looks.append(ev.Scrape(3000.0 + second, pod="a", **seen))
    history = History().extend(looks, {})
    for _ in range(200):
        since, until = sorted(random.uniform(2950.0, 3950.0) for _ in range(2))
        rows = [row for row in looks if since <= row.at <= until]
        assert _counted(history.totals_between(since, until)) == _counted(polled_totals(rows))


def _counted(totals: PolledTotals) -> object:
    known = {name: counts for name, counts in totals.observed.items() if counts}
    return totals.counters, {name: {k: list(v) for k, v in c.items()} for name, c in known.items()}


def test_a_silence_longer_than_what_is_kept_whole_is_no_time_without_requests() -> None:
    end = 1000.0 + 60.0 * (FULL_MINUTES + 60)
    looks = [look(1000.0 + n * 5.0, n, 0, 0) for n in range(13)]
    row = ttft(session(*looks, look(end, 20, 5, 0), now=end + 1.0), 1030.0, end)
    assert (row.minute, row.window) == (NOTHING, None)
    assert row.session == pytest.approx((62.5, 175.0, 195.0))
