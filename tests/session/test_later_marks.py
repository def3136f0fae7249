"""Marks that another process adds meanwhile are shown, and the recording stays unchanged."""

import asyncio
from pathlib import Path

import pytest

from tests.analysis.runs.made import BEGIN, bundle, written
from tests.by_hand import START, by_hand, seen
from tests.waiting import until
from wvatui.core.state.state import State
from wvatui.recording import open_recording
from wvatui.recording.changes import later_marks
from wvatui.recording.changes.notes_file import add_mark, new_mark, notes_path
from wvatui.session.replay import ReplaySession


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of notes is read in every frame."""
    monkeypatch.setattr(later_marks, "EVERY_S", 0.0)


def notes(state: State) -> list[str]:
    return [mark.note for mark in state.marks]


async def test_a_replay_shows_a_mark_that_is_set_meanwhile_once(tmp_path: Path) -> None:
    path = written(tmp_path, bundle())
    add_mark(path, BEGIN, new_mark(BEGIN + 10, "before"))
    session = ReplaySession(open_recording(path), play=False, start="50%")
    task = asyncio.create_task(session.run())
    await until(lambda: notes(session.newest) == ["before"])
    add_mark(path, BEGIN, new_mark(BEGIN + 400, "later"))
    await until(lambda: len(session.newest.marks) == 2)
    add_mark(path, BEGIN, new_mark(BEGIN + 500, "last"))
    await until(lambda: notes(session.newest)[-1] == "last")
    assert notes(session.state) == ["before"]
    session.mark("my own")
    notes_path(path).write_text("{")  # an unreadable file removes nothing
    await asyncio.sleep(0)
    assert notes(session.newest) == ["before", "my own", "later", "last"]
    notes_path(path).unlink()
    add_mark(path, BEGIN + 9_000, new_mark(BEGIN + 100, "of another recording"))
    await session.seek("100%")
    assert notes(session.state) == ["before", "my own", "later", "last"]
    session.stop("over")
    await task


async def test_a_live_session_shows_a_mark_that_is_set_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    async with by_hand(path) as (session, cluster):
        cluster.live(60)
        await seen(session, cluster)
        add_mark(path, START, new_mark(START + 20, "by another shell"))
        await until(lambda: notes(session.newest) == ["by another shell"])
        # Back in time the mark is among the events, as is one that is set there meanwhile.
        await session.seek("10")
        assert notes(session.state) == []
        event = await session.jump(1, frozenset({"mark"}))
        assert event is not None
        assert (event.text, session.status.shown_at) == ("by another shell", START + 20)
        add_mark(path, START, new_mark(START + 15, "earlier"))
        await until(lambda: notes(session.state) == ["earlier", "by another shell"])
        size = path.stat().st_size
    assert b"another shell" not in path.read_bytes()
    assert path.stat().st_size > size
    session_then = ReplaySession(open_recording(path), play=False)
    assert notes(session_then.load()) == ["earlier", "by another shell"]
