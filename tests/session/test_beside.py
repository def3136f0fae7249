"""Two runs beside each other at the same time since the start of load, and missing data of one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.runs.made import BEGIN, bundle, written
from tests.small_logs import old_cycle
from tests.waiting import until
from wvatui.core.events import Event, Header, Scrape, Tick, Workload
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.overlaid import OVERLAID, overlaid, summed
from wvatui.core.rows.views import ChartView
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import RecordingError
from wvatui.recording import open_recording
from wvatui.session.beside import RunsBeside, SecondRun
from wvatui.session.replay import ReplaySession

LATER = 5_000.0
"""The seconds by which the second run is after the first."""


def shifted(value: Any) -> Any:
    """A bundle's data at another time."""
    if isinstance(value, dict):
        return {name: shifted(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shifted(each) for each in value]
    return value + LATER if isinstance(value, float) and value >= BEGIN else value


@asynccontextmanager
async def beside(first: Path, second: Path) -> AsyncIterator[ReplaySession]:
    """A paused replay of the first run, with the second one beside it."""
    session = ReplaySession(
        open_recording(first), play=False, beside=SecondRun(open_recording(second))
    )
    task = asyncio.create_task(session.run())
    try:
        await until(lambda: task.done() or session.beside is not None)
        if task.done():
            task.result()
        yield session
    finally:
        session.stop("over")
        await asyncio.wait([task])


def runs(session: ReplaySession) -> RunsBeside:
    assert session.beside is not None
    return session.beside


def ready(state: State) -> int | None:
    (ring,) = state.ladder.values()
    return ring[-1].ready


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """The same run twice, the second time with a load that began 30 s after its recording."""
    other = shifted(bundle())
    other["meta"]["harness_start_epoch"] += 30.0
    return written(tmp_path, bundle(), "a.json"), written(tmp_path, other, "b.json")


async def test_both_are_shown_at_the_same_time_of_load(two: tuple[Path, Path]) -> None:
    async with beside(*two) as session:
        await session.seek("T+160")
        assert runs(session).load_s == 160.0
        first, second = runs(session).states
        # 160 s after its start of load the second one is 190 s in, and has its second replica.
        assert (first.now - BEGIN, second.now - BEGIN - LATER) == (120.0, 180.0)
        assert (ready(first), ready(second)) == (1, 2)
        await session.seek("0%")
        assert ready(runs(session).second.state) == 1


async def test_what_plays_takes_the_other_one_along_and_a_freeze_holds_both(
    two: tuple[Path, Path],
) -> None:
    async with beside(*two) as session:
        await session.seek("T+100")
        session.freeze(True)
        held = runs(session)
        session.mark("meanwhile")
        assert runs(session) is held
        session.freeze(False)
        session.faster()
        session.play()
        await until(lambda: runs(session).at > held.at)
        assert runs(session).second.state.now >= held.second.state.now


async def test_the_table_is_that_of_compare_with_what_neither_has_last(
    two: tuple[Path, Path],
) -> None:
    async with beside(*two) as session:
        rows = {row[0]: row[1:] for row in runs(session).table}
        assert rows["replicas max"] == ("3", "3", "+0 (+0.0 %)")
        lacking = [row[1:3] == ("NO DATA", "NO DATA") for row in runs(session).table]
        assert any(lacking)
        assert lacking == sorted(lacking)


async def test_what_one_side_lacks_at_the_moment_shown_is_said(tmp_path: Path) -> None:
    short = shifted(bundle())
    short["replicas"] = short["replicas"][1:4]
    short["pods"] = {}
    files = written(tmp_path, bundle(), "a.json"), written(tmp_path, short, "b.json")
    async with beside(*files) as session:
        await session.seek("0%")
        assert runs(session).words[0] == "B begins 1m00s after this moment"
        await session.seek("100%")
        assert runs(session).words[0] == "B ended 7m00s before this moment"
    async with beside(files[1], files[0]) as session:
        assert "B goes on for 7m00s after the end of A" in runs(session).words


async def test_a_log_stands_beside_a_bundle(tmp_path: Path) -> None:
    log = tmp_path / "controller.log"
    log.write_text("\n".join(old_cycle(1, 1, 3) + old_cycle(2, 3, 3) + old_cycle(3, 3, 3)) + "\n")
    async with beside(written(tmp_path, bundle()), log) as session:
        await session.seek("100%")
        side = runs(session).second
        assert side.name == "controller"
        since, until = side.first_at - 60, side.last_at + 60
        view = overlaid(
            EMPTY, side.state, 0.0, "beside_replicas", since=since, until=until, columns=50
        )
        assert view.title == "Ready replicas (A: no data, B: by the log)"
        assert {value for _, value in view.series[1].points} == {1, 3, None}


async def test_what_is_no_run_ends_the_session_in_words(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"k":"pods"}\n')
    with pytest.raises(RecordingError):
        async with beside(written(tmp_path, bundle()), empty):
            pass


# --- charts -------------------------------------------------------------------------------


def drawn(name: str, first: State, second: State, shift_s: float = 0.0) -> ChartView:
    return overlaid(first, second, shift_s, name, since=1000.0, until=1100.0, columns=50)


def polled(begin: float, *samples: tuple[float, str, float]) -> State:
    """A State after (seconds, pod, KV ratio), each with ten times as many waiting."""
    events: list[Event] = [Header(begin, started_at=begin, namespace="ns", interval_s=2.0)]
    for at, pod, kv in samples:
        events.append(Scrape(begin + at, pod=pod, kv=kv, waiting=round(10 * kv), running=1))
    return fold(EMPTY, [*events, Tick(events[-1].at)])


def test_values_that_hold_are_summed_until_nobody_knows_them() -> None:
    steps = [[(1.0, 2), (5.0, None)], [(2.0, 3), (4.0, 1), (6.0, None)]]
    assert summed(steps) == [(1, 2, 1), (2, 5, 2), (4, 3, 2), (5, 1, 1), (6, None, 0)]


def test_a_line_is_of_all_pods_on_the_time_of_the_first_run() -> None:
    first = polled(1000.0, (1, "p", 0.2), (1, "q", 0.6), (3, "p", 0.4))
    second = polled(7000.0, (2, "r", 0.5))
    a, b = drawn("beside_kv", first, second, -6000.0).series
    assert [(at, round(v or 0, 3)) for at, v in a.points] == [(1001.0, 0.4), (1003.0, 0.5)]
    assert b.points == ((1002.0, 0.5),)
    waiting, _ = drawn("beside_waiting", first, second, -6000.0).series
    assert waiting.points == ((1001.0, 8), (1003.0, 10))


def test_a_pod_that_is_not_looked_at_any_more_leaves_the_line() -> None:
    first = polled(1000.0, (1, "gone", 0.9), *((n, "p", 0.1) for n in range(1, 60, 2)))
    line, _ = drawn("beside_kv", first, EMPTY).series
    assert line.points[0][1] == 0.5
    assert line.points[-1][1] == 0.1


def test_a_value_that_holds_ends_where_its_run_does() -> None:
    def scaled(until: float) -> State:
        workload = Workload(1000.0, kind="Deployment", name="d", namespace="ns", ready=2, spec=2)
        return fold(EMPTY, [Header(1000.0, started_at=1000.0), workload, Tick(until)])

    a, b = drawn("beside_replicas", scaled(1100.0), scaled(1040.0)).series
    assert (a.points[-1], b.points[-1]) == ((1100.0, 2), (1040.0, 2))


@pytest.mark.parametrize("name", OVERLAID)
def test_what_is_missing_is_said_and_is_never_zero(name: str) -> None:
    view = drawn(name, EMPTY, EMPTY)
    assert view.note == "neither run has data here"
    assert all(value is None for line in view.series for _, value in line.points)


def test_a_title_says_which_run_has_no_data() -> None:
    title = drawn("beside_kv", EMPTY, polled(1000.0, (1, "p", 0.2))).title
    assert title == "KV cache use, mean of pods (A: no data)"
