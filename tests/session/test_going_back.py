"""In a live session a viewer can go back in time while recording goes on, and return to the end."""

import asyncio
from pathlib import Path

import pytest

from tests.by_hand import HEADER, START, by_hand, frames, seen, since
from tests.core.canonical import canonical
from tests.waiting import until
from wvatui.core import events as ev
from wvatui.core.queries.session import session_rows
from wvatui.errors import UsageError
from wvatui.export.snapshot import snapshot_csv
from wvatui.recording import open_recording


async def test_going_back_shows_what_was_known_then_while_capture_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with by_hand(path) as (session, cluster):
        cluster.live(120)
        await seen(session, cluster)
        assert await session.seek("45") == START + 45
        size = path.stat().st_size
        cluster.live(60)
        await seen(session, cluster)
        assert path.stat().st_size > size
        assert session.status.ended_at == session.newest.now == START + 180
        assert session.status.live
        assert not session.status.at_edge
        assert since(session) == 45
        assert canonical(session.state) == canonical(cluster.then(START + 45))
        assert canonical(session.newest) == canonical(cluster.then(START + 180))


async def test_whoever_went_back_returns_to_what_they_would_have_seen(tmp_path: Path) -> None:
    async with (
        by_hand(tmp_path / "a.jsonl") as (stayed, one),
        by_hand(tmp_path / "b.jsonl") as (went, other),
    ):
        for seconds, to in ((50, "10"), (70, "50%"), (5, "-20s"), (35, "0%")):
            one.live(seconds)
            other.live(seconds)
            await seen(went, other)
            await went.seek(to)
            await went.step(1)
            assert not went.status.at_edge
        went.to_live()
        await seen(stayed, one)
        await until(lambda: stayed.state is stayed.latest)
        assert went.status.at_edge
        assert went.state is went.latest
        assert canonical(went.state) == canonical(stayed.state)
        assert snapshot_csv(went.state) == snapshot_csv(stayed.state)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


async def test_steps_lead_from_event_to_event_and_out_at_the_edge(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(9)
        await seen(session, cluster)
        await until(lambda: session.state is session.latest)
        stops = []
        for direction in (-1, -1, -1, 1, 1):
            await session.step(direction)
            stops.append(since(session))
        assert stops == [8, 6, 4, 6, 8]
        assert not session.status.playing
        await session.step(1)
        assert session.status.at_edge
        assert since(session) == 9
        await session.step(1)
        assert session.status.at_edge


async def test_previous_and_next_see_the_whole_recording(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(100)
        await seen(session, cluster)
        assert await session.jump(1) is None
        stops = []
        while (row := await session.jump(-1)) is not None:
            assert row.kind == "decision"
            assert session.state.deciding
            stops.append(since(session))
        assert stops == [90, 60, 30]
        # Later events are ahead on the time bar, although the State shown does not have them.
        cluster.live(30)
        await seen(session, cluster)
        stops = []
        while (row := await session.jump(1)) is not None:
            stops.append(since(session))
        assert stops == [60, 90, 120]
        known = session_rows.events(session.newest, frozenset({"decision"}))
        assert [row.at - START for row in known] == [30, 60, 90, 120]


async def test_a_jump_to_what_happens_now_ends_at_the_edge(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        await session.seek("50")
        row = await session.jump(1)
        assert row is not None
        assert row.at == session.latest.now
        assert session.status.at_edge
        assert session.state is session.latest


async def test_keys_pressed_while_the_recording_is_read_count_one_by_one(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(100)
        await seen(session, cluster)
        await until(lambda: session.state is session.latest)
        pressed = [asyncio.create_task(session.jump(-1)) for _ in range(3)]
        await asyncio.sleep(0)
        assert session.status.loading
        assert since(session) == 100
        assert not session.status.at_edge
        assert [row and row.at - START for row in await asyncio.gather(*pressed)] == [90, 60, 30]
        assert since(session) == 30
        assert not session.status.loading


@pytest.mark.parametrize("to", ["100%", "200", "-0s", "-0.000000001s"])
async def test_the_edge_and_what_lies_beyond_is_live(tmp_path: Path, to: str) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(100)
        await seen(session, cluster)
        await session.seek("10")
        assert await session.seek(to) == START + 100
        assert session.status.at_edge
        assert session.state is session.latest


async def test_a_moment_before_the_start_is_the_start(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(20)
        await seen(session, cluster)
        assert await session.seek("-1h") == START
        assert canonical(session.state) == canonical(cluster.then(START))
        await session.step(-1)
        assert since(session) == 0


async def test_what_is_no_moment_leaves_the_viewer_at_the_edge(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, _):
        with pytest.raises(UsageError, match="is not a moment"):
            await session.seek("yesterday")
        assert session.status.at_edge


@pytest.mark.parametrize("presses", [3, 9], ids=["8x", "as fast as it folds"])
async def test_playing_faster_catches_up_with_the_edge_and_is_live_again(
    tmp_path: Path, presses: int
) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        await session.seek("-3s")
        assert not session.status.playing
        for _ in range(presses):
            session.faster()
        assert session.status.speed == (8.0 if presses == 3 else 0.0)
        session.play()
        assert session.status.playing
        cluster.live(5)
        await until(lambda: session.status.at_edge)
        assert session.state is session.latest
        assert canonical(session.state) == canonical(cluster.then(START + 65))
        assert session.status.speed == 1.0
        cluster.live(5)
        await until(lambda: session.state.now == START + 70)


async def test_space_stands_still_and_plays_on_from_there(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        await until(lambda: session.state is session.latest)
        session.toggle()
        assert (session.status.playing, session.status.at_edge) == (False, False)
        cluster.live(60)
        await until(lambda: not session.status.loading)
        assert since(session) == 60
        assert canonical(session.state) == canonical(cluster.then(START + 60))
        session.toggle()
        assert session.status.playing
        await until(lambda: since(session) > 60)
        assert since(session) < 120
        assert not session.status.at_edge
        session.pause()
        assert not session.status.playing


async def test_at_the_edge_nothing_is_faster_or_slower(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, _):
        assert [session.faster(), session.slower()] == [1.0, 1.0]
        session.play()
        assert session.status.at_edge


async def test_from_a_frozen_view_one_goes_on_from_the_frozen_moment(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(40)
        await seen(session, cluster)
        await until(lambda: session.state is session.latest)
        session.freeze(True)
        cluster.live(40)
        await seen(session, cluster)
        assert not session.status.at_edge
        await session.step(-1)
        assert since(session) == 38
        assert not session.status.frozen
        session.to_live()
        assert since(session) == 80
        session.freeze(True)
        session.toggle()
        assert session.status.playing
        assert not session.status.frozen
        assert since(session) == 80
        session.to_live()
        session.freeze(True)
        session.to_live()
        assert session.status.at_edge
        assert not session.status.frozen


async def test_a_freeze_back_in_time_holds_what_plays(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(600)
        await seen(session, cluster)
        await session.seek("10")
        session.play()
        await until(lambda: since(session) > 10)
        session.freeze(True)
        state, at = session.state, since(session)
        cluster.live(1)
        told = len(cluster.told)
        await until(lambda: session.latest.events == told)
        await until(frames(session, 3))
        assert session.state is state
        assert since(session) == at
        session.freeze(False)
        await until(lambda: since(session) > at)
        assert not session.status.at_edge


async def test_a_csv_is_of_the_moment_shown(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        await session.seek("31")
        path = session.snapshot()
        assert path.parent == tmp_path
        assert path.read_text() == snapshot_csv(cluster.then(START + 31))


async def test_a_mark_is_written_now_and_is_about_the_moment_shown(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with by_hand(path) as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        await session.seek("40")
        session.mark("here it began")
        mark = ev.Mark(START + 60, note="here it began", about=START + 40)
        cluster.told.append(mark)
        await seen(session, cluster)
        assert not session.state.marks
        (row,) = session_rows.events(session.newest, frozenset({"mark"}))
        assert (row.at, row.text) == (START + 40, "here it began")
        session.to_live()
        session.mark("now")
        cluster.told.append(ev.Mark(START + 60, note="now"))
        await seen(session, cluster)
        await session.jump(-1, frozenset({"mark"}))
        assert since(session) == 40
    written = [event for event in open_recording(path).events() if isinstance(event, ev.Mark)]
    assert written == [mark, ev.Mark(START + 60, note="now")]


async def test_a_recorded_session_can_go_back_and_still_ends(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, _):
        able = session.capabilities
        assert (able.can_go_back, able.ends) == (True, True)
        assert session.status.started_at == HEADER.started_at
