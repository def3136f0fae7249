"""A pod's history: complete for two hours, by minutes before that, the same for any batching."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.canonical import plain
from wvatui.core.events import Scrape
from wvatui.core.metrics.polled_totals import polled_totals
from wvatui.core.state.history import FULL_MINUTES, History


def scrapes(times: list[float]) -> list[Scrape]:
    return [
        Scrape(at, pod="p", kv=(i % 10) / 10, waiting=i % 7, running=3, generation_tokens=i * 10)
        for i, at in enumerate(times)
    ]


@given(
    st.lists(st.floats(0.5, 400.0), min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=6),
)
def test_the_history_depends_on_the_scrapes_and_not_on_how_they_came(
    steps: list[float], cuts: list[int]
) -> None:
    at = 1_000_000.0
    times = [at := at + step for step in steps]
    rows = scrapes(times)
    whole = History().extend(rows, {})
    pieces, begin = History(), 0
    for cut in [*sorted(min(c, len(rows)) for c in cuts), len(rows)]:
        pieces = pieces.extend(rows[begin:cut], {}) if cut > begin else pieces
        begin = cut
    assert plain(pieces) == plain(whole)
    assert list(whole) == rows[-len(whole) :]


def test_minutes_older_than_two_hours_become_min_mean_and_max() -> None:
    times = [minute * 60.0 + second for minute in range(FULL_MINUTES + 11) for second in (0, 30)]
    history = History().extend(scrapes(times), {})
    assert len(history.old) == 10
    first = history.old[0]
    assert (first.at, first.count) == (0.0, 2)
    assert (first.kv_min, first.kv_mean, first.kv_max) == (0.0, 0.05, 0.1)
    assert (first.waiting_min, first.waiting_mean, first.waiting_max) == (0, 0.5, 1)
    assert first.tokens_per_s == 10 / 30
    assert len(history) == 2 * (FULL_MINUTES + 1)
    assert history.last is not None
    assert history.last.at == times[-1]


def test_an_older_view_keeps_its_scrapes_when_two_futures_follow() -> None:
    past = History().extend(scrapes([0.0, 2.0, 4.0]), {})
    one = past.extend(scrapes([6.0]), {})
    other = past.extend(scrapes([70.0]), {})
    assert [row.at for row in past] == [0.0, 2.0, 4.0]
    assert [row.at for row in one] == [0.0, 2.0, 4.0, 6.0]
    assert [row.at for row in other] == [0.0, 2.0, 4.0, 70.0]


@pytest.mark.parametrize("start", [0.0, 1_790_000_000.0])
def test_the_window_is_the_newest_scrape_and_the_one_a_minute_before_it(start: float) -> None:
    history = History().extend(scrapes([start + t * 2.0 for t in range(100)]), {})
    pair = history.window(start + 150.0, 60.0)
    assert pair is not None
    assert (pair[0].at, pair[1].at) == (start + 90.0, start + 150.0)
    assert History().extend(scrapes([5.0]), {}).window(150.0, 60.0) is None


def test_scrapes_since_a_moment_cross_sealed_minutes() -> None:
    history = History().extend(scrapes([t * 10.0 for t in range(30)]), {})
    assert [row.at for row in history.since(115.0)] == [t * 10.0 for t in range(12, 30)]
    assert history.since(1e9) == []


def test_the_points_of_a_column_are_those_of_its_scrapes() -> None:
    rows = [
        Scrape(2.0 * n, pod="p", kv=None if n % 7 == 0 else n / 200, waiting=n % 5, running=n % 3)
        for n in range(200)
    ]
    history = History().extend(rows, {})
    for since in (0.0, 61.0, 119.5, 120.0, 398.0, 500.0):
        for column in ("kv", "waiting", "running"):
            expected = [
                (row.at, getattr(row, column))
                for row in history.since(since)
                if getattr(row, column) is not None
            ]
            assert history.points(column, since) == expected
            assert history.points(column, since) == expected  # asked again


@given(
    st.lists(
        st.tuples(
            st.sampled_from((2.0, 30.0, 70.0, 3600.0)),
            st.none() | st.integers(0, 9),
            st.none() | st.integers(0, 9),
        ),
        max_size=60,
    )
)
def test_totals_by_minute_are_those_of_all_scrapes_together(
    steps: list[tuple[float, int | None, int | None]],
) -> None:
    """Also where counters and histograms are missing, or are reset, and where only totals are kept
    of the minutes before."""
    at, rows = 0.0, []
    for step, tokens, count in steps:
        at += step
        seen = {} if count is None else {"ttft": msgspec.Raw(b"[0,0.0,%d,1]" % count)}
        rows.append(Scrape(at, pod="p", kv=0.5, generation_tokens=tokens, **seen))
    assert History().extend(rows, {}).totals == polled_totals(rows)


def test_a_window_of_one_minute_alone_has_the_totals_of_its_scrapes() -> None:
    rows = scrapes([60.0 * minute + second for minute in range(3) for second in (10, 40)])
    history = History().extend(rows, {})
    for since, until, held in (
        (0.0, 59.0, rows[:2]),
        (60.0, 119.0, rows[2:4]),
        (60.0, 200.0, rows[2:]),
    ):
        assert history.totals_between(since, until) == polled_totals(held)


def test_a_window_and_what_was_counted_in_it_follow_the_moment_asked_for() -> None:
    history = History().extend(
        [
            Scrape(at, pod="p", ttft=msgspec.Raw(b"[1,0.5,%d,0]" % count), success={"stop": count})
            for at, count in ((0.0, 1), (60.0, 4), (120.0, 9))
        ],
        {},
    )
    for until, counted in ((60.0, 3), (120.0, 5), (60.0, 3), (0.0, None)):
        pair = history.window(until, 60.0)
        assert (pair and [look.at for look in pair]) == (counted and [until - 60.0, until])
        growth = history.grown("ttft", until, 60.0)
        assert growth == (counted and (1, [counted, 0]))
        assert history.grown("ttft", until, 60.0) is growth
        assert history.grown("itl", until, 60.0) is None
