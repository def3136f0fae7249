"""The past of a live session comes from its own recording, whatever happens to the file."""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

import pytest

from tests.by_hand import START, by_hand, frames, seen, since
from tests.cluster import served
from tests.core.canonical import canonical
from tests.recording.test_writer import FullDisk
from tests.waiting import until
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import RecordingError, UsageError
from wvatui.export.snapshot import snapshot_csv
from wvatui.recording import open_recording
from wvatui.session import player
from wvatui.session.base import Capabilities
from wvatui.session.live import LiveSession
from wvatui.session.player import PIECE, Playhead


async def test_all_parts_of_a_recording_are_there_to_go_back_to(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl", max_bytes=2_000) as (session, cluster):
        cluster.live(90)
        await seen(session, cluster)
        assert len(list(tmp_path.glob("run*.jsonl"))) > 3
        for at in (0, 17, 50, 89):
            await session.seek(str(at))
            assert canonical(session.state) == canonical(cluster.then(START + at))
        cluster.live(90)  # new parts are begun meanwhile
        await seen(session, cluster)
        for at in (179, 100, 3):
            await until(frames(session, 2))
            await session.seek(str(at))
            assert canonical(session.state) == canonical(cluster.then(START + at))


async def test_a_part_that_is_lost_costs_only_what_was_in_it(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl", max_bytes=2_000) as (session, cluster):
        cluster.live(90)
        await seen(session, cluster)
        (tmp_path / "run.jsonl").unlink()
        assert await session.seek("0") > START
        await session.seek("80")
        assert since(session) == 80
        assert session.state.pods["pod-a"].restarts == 73


async def test_a_recording_that_is_gone_is_said_and_the_edge_stays(tmp_path: Path) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(20)
        await seen(session, cluster)
        (tmp_path / "run.jsonl").unlink()
        with pytest.raises(RecordingError, match=r"run\.jsonl: cannot be read"):
            await session.seek("10")
        with pytest.raises(RecordingError):
            session.toggle()
        assert session.status.at_edge
        cluster.live(1)
        await until(lambda: session.state.now == START + 21)


async def test_without_a_recording_there_is_nothing_to_go_back_to() -> None:
    async with by_hand(None) as (session, cluster):
        cluster.live(20)
        await seen(session, cluster)
        assert not session.capabilities.can_go_back
        for call in (session.seek("10"), session.step(-1), session.jump(-1)):
            with pytest.raises(UsageError, match=r"^not recorded: nothing to go back to$") as told:
                await call
            assert told.value.hint == "leave out --no-record"
        for press in (session.toggle, session.pause):
            with pytest.raises(UsageError, match="not recorded"):
                press()
        session.to_live()
        assert session.status.at_edge


async def test_before_it_is_connected_a_session_has_no_past() -> None:
    async def connect(session: LiveSession) -> None:
        raise AssertionError

    session = LiveSession(connect)  # type: ignore[arg-type]
    assert session.capabilities == Capabilities(can_record=True, ends=True)
    with pytest.raises(UsageError, match="not connected"):
        await session.seek("10")


async def test_a_full_disk_keeps_what_was_recorded_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(30)
        disk = FullDisk(monkeypatch, room=0)
        cluster.live(30)
        await seen(session, cluster)
        assert session.status.recording_state.startswith("paused")
        assert await session.seek("20") == START + 20
        assert await session.seek("50") == START + 30
        assert not session.status.at_edge
        session.play()  # there is nothing more to play: it has caught up
        await until(lambda: session.status.at_edge)
        await session.step(-1)
        assert since(session) == 28
        disk.room = 1_000_000
        cluster.live(10)
        await until(lambda: session.latest.now == START + 70)
        await until(frames(session, 2))
        assert await session.seek("65") == START + 65
        assert [gap.source for gap in session.state.gaps] == ["recording"]


async def test_a_disk_that_was_full_from_the_start_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FullDisk(monkeypatch, room=0)
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(5)
        await seen(session, cluster)
        with pytest.raises(UsageError, match=r"nothing is recorded.*No space left"):
            await session.seek("1")


@pytest.fixture
def playheads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """The number of playheads made since the test began that are still in memory."""
    alive: WeakSet[Playhead] = WeakSet()
    before = Playhead.__init__

    def noted(playhead: Playhead, **given: Any) -> None:
        alive.add(playhead)
        before(playhead, **given)

    def count() -> int:
        gc.collect()
        return len(alive)

    monkeypatch.setattr(Playhead, "__init__", noted)
    gc.freeze()  # a collection looks only through what the test makes, not through all before it
    return count


async def test_who_returns_lets_go_of_the_memory(
    tmp_path: Path, playheads: Callable[[], int]
) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        await session.seek("10")
        assert playheads() == 1
        session.to_live()
        await until(lambda: playheads() == 0)
        await session.seek("10")
        session.faster()
        for _ in range(9):
            session.faster()
        session.play()
        await until(lambda: session.status.at_edge)
        await until(lambda: playheads() == 0)
        await session.seek("10")
    await until(lambda: playheads() == 0)


async def test_who_returns_before_the_recording_is_read_is_at_the_edge(
    tmp_path: Path, playheads: Callable[[], int]
) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        asked = asyncio.create_task(session.seek("10"))
        stepped = asyncio.create_task(session.jump(-1))
        await asyncio.sleep(0)
        assert session.status.loading
        session.to_live()
        assert await asked == START + 60
        assert await stepped is None
        assert session.status.at_edge
        assert not session.status.loading
        await until(lambda: playheads() == 0)


async def test_a_long_recording_is_read_without_holding_up_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(player, "HOLD_S", 0.0)  # every piece counts as long work
    folded = []
    fold = player.fold
    monkeypatch.setattr(player, "fold", lambda s, e: folded.append(len(e)) or fold(s, e))  # type: ignore[func-returns-value]
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(4_000)
        await seen(session, cluster)
        turns = 0
        asked = asyncio.create_task(session.seek("10"))
        await asyncio.sleep(0)
        assert session.status.loading
        while session.status.loading:
            turns += 1
            await asyncio.sleep(0)
        await asked
        pieces = len(cluster.told) // PIECE
        assert max(folded) <= PIECE
        assert turns >= pieces > 10


async def simulated(
    folder: Path, *, max_size: int | None, goes_back: bool
) -> tuple[list[ev.Event], State, dict[float, State]]:
    """A minute of a simulated cluster: the recorded events, the newest State, the States shown."""
    folder.mkdir()
    path = folder / "run.jsonl"
    shown = {}
    async with served(folder, scenario="spike") as cluster:
        request = WatchRequest(
            kubeconfig=str(cluster.kubeconfig), headless=True, max_size=max_size, record=path
        )
        session = LiveSession(lambda session: connect(request, session), duration_s=60.0)
        run = asyncio.create_task(session.run())
        await until(lambda: run.done() or session.latest.events > 50)
        for _ in range(4 if goes_back else 0):
            enough = session.latest.events + 50
            for to in ("90%", "T+7", "-3s"):
                await session.seek(to)
                shown[session.status.shown_at] = session.state
            await session.jump(-1)
            await session.step(-1)
            session.to_live()
            await until(lambda: run.done() or session.latest.events > enough)  # noqa: B023
        await run
        await session.aclose()
    parts = sorted(folder.glob("run*.jsonl"), key=lambda path: (len(path.name), path.name))
    assert (len(parts) > 1) == (max_size is not None)
    return [e for part in parts for e in open_recording(part).events()], session.latest, shown


async def test_a_simulated_session_is_the_same_whether_or_not_somebody_goes_back(
    tmp_path: Path,
) -> None:
    never, one, _ = await simulated(tmp_path / "never", max_size=None, goes_back=False)
    often, other, whole = await simulated(tmp_path / "often", max_size=None, goes_back=True)
    _, _, in_parts = await simulated(tmp_path / "parts", max_size=20_000, goes_back=True)
    assert often[1:] == never[1:]  # the first line names the process
    assert snapshot_csv(other) == snapshot_csv(one)
    for shown in (whole, in_parts):
        assert len(shown) > 3
        then, before = EMPTY, 0.0
        for at, state in sorted(shown.items()):
            then = fold(then, [event for event in never if before < event.at <= at])
            before = at
            assert snapshot_csv(state) == snapshot_csv(then)
            assert state.events == then.events
