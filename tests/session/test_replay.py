"""A replay can move through time in every way, and always shows the State of the fold."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.canonical import canonical
from tests.core.strategies import sessions
from tests.sweeps import examples
from tests.waiting import until
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.errors import UsageError
from wvatui.recording import open_recording
from wvatui.session.player import PIECE, Playhead
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment

START = 1_764_359_265.0


class Tape:
    """A recording in memory."""

    path: Path | None = None
    redact = False

    def __init__(self, events: list[ev.Event]) -> None:
        self.events = events
        self.notices: list[str] = []
        self.later: list[ev.Event] = []

    def batches(self, count: int) -> Iterable[list[ev.Event]]:
        for begin in range(0, len(self.events), count):
            yield self.events[begin : begin + count]

    def poll(self) -> list[ev.Event]:
        new, self.later = self.later, []
        return new


def hour() -> list[ev.Event]:
    """An hour with a tick per second, a mark each ten minutes, and a decision at 30 minutes."""
    events: list[ev.Event] = [ev.Header(START, started_at=START, namespace="ns")]
    for second in range(3601):
        at = START + second
        if second % 600 == 300:
            events.append(ev.Mark(at, note=f"mark {second}"))
        if second == 1800:
            events.append(
                ev.Log(
                    at,
                    line='{"level":"INFO","ts":"2025-11-28T20:17:45.000Z","msg":"Processing '
                    'decision: variant=v, action=scale-up, current=1→target=2"}',
                )
            )
        events.append(ev.Tick(at))
    return events


def loaded(events: list[ev.Event]) -> ReplaySession:
    session = ReplaySession(Tape(events), play=False)
    session.load()
    return session


@settings(max_examples=examples(60))
@given(sessions(60), st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_wherever_one_seeks_the_state_is_the_fold_of_the_events_so_far(
    events: list[ev.Event], shares: list[int]
) -> None:
    session = loaded(events)
    assert canonical(session.latest) == canonical(fold(EMPTY, events))
    for share in shares:
        if events:
            asyncio.run(session.seek(f"{share}%"))
            shown = session.status.shown_at
            assert canonical(session.state) == canonical(
                fold(EMPTY, [e for e in events if e.at <= shown])
            )


async def test_next_and_previous_stop_at_decisions_and_marks() -> None:
    session = loaded(hour())
    session.show(START)
    seen = []
    while (row := await session.jump(1)) is not None:
        seen.append((row.kind, round(row.at - START)))
        assert session.status.shown_at == row.at
    assert seen == [
        ("mark", 300),
        ("mark", 900),
        ("mark", 1500),
        ("decision", 1800),
        ("mark", 2100),
        ("mark", 2700),
        ("mark", 3300),
    ]
    back = await session.jump(-1)
    assert back is not None
    assert round(back.at - START) == 2700


async def test_a_step_goes_to_the_next_event_that_is_no_tick() -> None:
    session = loaded(hour())
    session.show(START + 10)
    await session.step(1)
    assert session.status.shown_at == START + 300
    await session.step(1)
    assert session.status.shown_at == START + 900
    await session.step(-1)
    assert session.status.shown_at == START + 300


def test_playing_skips_a_stretch_without_anything_new() -> None:
    playhead = Playhead()
    playhead.take(hour())
    playhead.show(START + 10)
    playhead.advance(0.1)
    assert playhead.shown_at == START + 299


def test_without_skipping_a_replay_keeps_the_recorded_pace() -> None:
    playhead = Playhead(speed=4.0, skip_idle=False)
    playhead.take(hour())
    playhead.show(START + 10)
    playhead.advance(0.5)
    assert playhead.shown_at == START + 12


async def test_a_file_that_is_still_written_is_followed() -> None:
    tape = Tape(hour()[:100])
    session = ReplaySession(tape, follow=True, speed=0.0, start="100%")
    run = asyncio.create_task(session.run())
    end = START + 5000
    tape.later = [ev.Mark(end, note="later"), ev.Tick(end)]
    await until(lambda: session.latest.now == end)
    session.stop("test")
    await run
    assert session.latest.marks[-1].note == "later"


async def following(tape: Tape) -> tuple[ReplaySession, asyncio.Task[None]]:
    """A session that follows the newest moment of a recording that is being written."""
    session = ReplaySession(tape, follow=True, start="100%")
    run = asyncio.create_task(session.run())
    await until(lambda: session.status.live)
    return session, run


async def test_at_the_edge_of_a_growing_recording_the_newest_is_shown_however_fast_it_grows() -> (
    None
):
    tape = Tape(hour()[:100])
    session, run = await following(tape)
    assert session.status.recording_state == "recording"
    for minute in range(1, 6):
        # A minute of the recording at once: at the speed of a replay it would fall behind.
        end = START + 1000 + 60 * minute
        tape.later = [ev.Tick(end)]
        await until(lambda end=end: session.status.shown_at == end)  # type: ignore[misc]
        assert session.status.live
    session.stop("test")
    await run


async def test_who_looks_back_in_a_growing_recording_leaves_its_edge_and_can_return() -> None:
    session, run = await following(Tape(hour()[:400]))
    await session.jump(-1)
    assert not session.status.live
    assert session.status.shown_at == START + 300
    await session.seek("100%")
    assert session.status.live
    session.pause()
    assert not session.status.live
    session.play()
    assert session.status.live
    session.stop("test")
    await run


async def test_a_recording_that_has_ended_is_not_live() -> None:
    tape = Tape(hour()[:100])
    session, run = await following(tape)
    tape.later = [ev.Footer(START + 200, reason="quit")]
    await until(lambda: not session.status.live)
    assert session.status.recording_state == "finished"
    session.stop("test")
    await run


async def test_a_recording_to_which_nothing_is_added_is_not_live_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, run = await following(Tape(hour()[:100]))
    monkeypatch.setattr("wvatui.session.replay.QUIET_S", 0.0)
    assert not session.status.live
    session.stop("test")
    await run


def test_who_only_reads_gets_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = ReplaySession(Tape(hour()), play=False, read_only=True)
    session.load()
    assert not session.capabilities.can_write
    with pytest.raises(UsageError, match="only reads"):
        session.snapshot()
    with pytest.raises(UsageError, match="only reads"):
        session.export_table("all")
    assert list(tmp_path.glob("*.csv")) == []
    assert loaded(hour()).snapshot().exists()


def test_a_name_that_is_too_long_for_a_snapshot_is_told(tmp_path: Path) -> None:
    session = loaded(hour())
    session._recording.path = tmp_path / ("a" * 249 + ".jsonl")  # type: ignore[misc]
    with pytest.raises(UsageError, match="cannot be written: File name too long"):
        session.snapshot()


def test_speeds_go_from_a_half_to_as_fast_as_it_folds() -> None:
    session = loaded(hour())
    speeds = [session.slower()] + [session.faster() for _ in range(9)]
    assert speeds == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 0.0, 0.0]
    assert session.slower() == 64.0


def test_a_speed_of_ones_own_lies_between_the_usual_ones() -> None:
    playhead = Playhead(speed=10.0)
    assert playhead.change_speed(1) == 16.0
    playhead.speed = 100.0
    assert playhead.change_speed(1) == 0.0
    playhead.speed = 10.0
    assert playhead.change_speed(-1) == 8.0


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("12m30s", 750.0),
        ("T+90", 90.0),
        ("T+12:30", 750.0),
        ("T+1:00:05", 3605.0),
        ("T+90:00", 5400.0),
        ("4m30", 270.0),
        ("90", 90.0),
        ("50%", 1800.0),
        ("-30s", 3570.0),
        ("20:00:00", 735.0),
        ("2025-11-28T19:50:00Z", 135.0),
    ],
)
def test_a_moment_can_be_said_in_every_usual_way(text: str, offset: float) -> None:
    assert moment(text, START, START, START + 3600) - START == offset


@pytest.mark.parametrize(
    "text", ["", "later", "120%", "25:00:00", "T+", "T+1:90:00", "T+1:00:90", "12m90", "1h90m30"]
)
def test_what_is_no_moment_is_said_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="is not a moment"):
        moment(text, START, START, START + 3600)


async def test_the_newest_is_the_end_of_the_recording_wherever_one_looks() -> None:
    session = loaded(hour())
    assert session.status.at_edge
    await session.seek("10m")
    assert not session.status.at_edge
    assert session.state.now == START + 600
    assert session.newest.now == START + 3600
    session.to_live()
    assert session.status.at_edge
    assert session.state is session.newest


async def test_to_live_follows_again_a_file_that_is_still_written() -> None:
    tape = Tape(hour()[:100])
    session = ReplaySession(tape, follow=True, play=False)
    run = asyncio.create_task(session.run())
    await until(lambda: not session.status.loading)
    assert not session.status.at_edge
    session.to_live()
    tape.later = [ev.Mark(START + 5000, note="later"), ev.Tick(START + 5000)]
    await until(lambda: session.state.now == START + 5000)
    session.pause()
    session.play()
    assert session.status.shown_at == START + 5000
    session.stop("test")
    await run


async def test_who_moves_in_a_frozen_replay_sees_the_moment_asked_for() -> None:
    session = loaded(hour())
    session.freeze(True)
    assert not session.status.at_edge
    await session.seek("10m")
    assert not session.status.frozen
    assert session.state.now == START + 600
    session.freeze(True)
    session.toggle()
    assert session.status.playing
    assert not session.status.frozen


async def test_a_frozen_replay_stands_still() -> None:
    session = ReplaySession(Tape(hour()), skip_idle=False)
    session.freeze(True)
    run = asyncio.create_task(session.run())
    await until(lambda: not session.status.loading)
    assert session.status.playing
    session._frame(5.0)
    assert session.status.shown_at == START
    session.freeze(False)
    session._frame(5.0)
    assert session.status.shown_at >= START + 5
    session.stop("test")
    await run


def test_a_seek_folds_little_even_where_log_lines_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    playhead = Playhead(playing=False)
    monkeypatch.setattr("wvatui.session.player.CHECKPOINT_S", 0.0)  # every piece took long
    playhead.take(hour())
    folded = []
    monkeypatch.setattr(
        "wvatui.session.player.fold", lambda state, events: folded.append(len(events)) or state
    )
    for at in range(3600, 0, -77):
        playhead.show(START + at)
    assert max(folded) <= PIECE


async def test_much_is_let_go_of_a_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tidied = []
    monkeypatch.setattr("wvatui.session.player.gc.collect", lambda: tidied.append(True))
    playhead = Playhead(playing=False)
    playhead.take([ev.Tick(START + second) for second in range(60_000)])
    task = asyncio.create_task(playhead.let_go())
    sizes = []
    while not task.done():
        await asyncio.sleep(0)
        sizes.append(len(playhead.events))
    assert sorted(set(sizes), reverse=True) == [50_000, 40_000, 30_000, 20_000, 10_000, 0]
    assert playhead.state is playhead.newest is EMPTY
    assert tidied


def test_a_pipe_and_a_replay_that_only_reads_refuse_marks(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="read from a pipe"):
        loaded(hour()).mark("x")
    tape = Tape(hour())
    tape.path = tmp_path / "run.jsonl"
    session = ReplaySession(tape, play=False, read_only=True)
    session.load()
    with pytest.raises(UsageError, match="only reads"):
        session.mark("x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", [0.0, 299.5, 300.0, 1234.0, 3600.0])
def test_a_mark_of_a_replay_is_seen_as_if_it_had_been_recorded(
    tmp_path: Path, at: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wvatui.session.player.CHECKPOINT", 700)
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in hour()))
    before = path.read_bytes()
    session = ReplaySession(open_recording(path), play=False)
    session.load()
    session.show(START + at)
    session.mark("a later thought")
    assert session.state.marks[-1] == ev.Mark(START + at, note="a later thought")
    again = ReplaySession(open_recording(path), play=False)
    again.load()
    assert path.read_bytes() == before
    assert session.events == again.events
    for offset in (0.0, at, 1700.0, 1900.0, 3600.0):
        session.show(START + offset)
        again.show(START + offset)
        assert canonical(session.latest) == canonical(again.latest), offset
    assert canonical(session.newest) == canonical(again.newest)
    assert canonical(again.newest) == canonical(fold(EMPTY, again.events))


async def test_a_jump_stops_at_a_mark_that_was_set_in_the_replay(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in hour()))
    session = ReplaySession(open_recording(path), play=False)
    session.load()
    session.show(START + 1000)
    session.mark("here")
    session.show(START)
    await session.jump(1)
    await session.jump(1)
    row = await session.jump(1)
    assert row is not None
    assert (row.kind, row.text, session.status.shown_at) == ("mark", "here", START + 1000)


async def test_a_jump_shows_the_moment_at_which_a_decision_was_received() -> None:
    events = hour()
    late = next(n for n, event in enumerate(events) if isinstance(event, ev.Log))
    event = events.pop(late)
    # The line says 20:17:45; it was read four seconds later.
    received = next(n for n, e in enumerate(events) if e.at >= event.at + 4)
    line = ev.Log(events[received].at, line=event.line)  # type: ignore[attr-defined]
    events.insert(received, line)
    session = loaded(events)
    session.show(START + 1600)
    row = await session.jump(1)
    assert row is not None
    assert row.kind == "decision"
    assert session.latest.deciding
