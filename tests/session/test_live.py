"""A live session is recorded as it happens, and its replay has the same State and CSV."""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.canonical import canonical
from tests.core.secrets import FORMS, filled
from tests.core.strategies import sessions
from tests.sweeps import examples
from tests.waiting import until
from wvatui.clock import WallClock
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.errors import ClusterError
from wvatui.export.snapshot import snapshot_csv
from wvatui.recording import Writer, open_recording
from wvatui.session.live import LiveSession, Wired, known_objects
from wvatui.session.replay import ReplaySession

START = 1_764_359_265.0
HEADER = ev.Header(START, started_at=START, namespace="ns", interval_s=2.0)


class Script:
    """A source that emits the given events."""

    name = title = "script"

    def __init__(self, events: list[ev.Event]) -> None:
        self.ready = asyncio.Event()
        self._events = events

    async def run(self, emit: Callable[[ev.Event], None]) -> None:
        for event in self._events:
            emit(event)
        self.ready.set()
        await asyncio.Event().wait()


class Broken:
    """A source with a bug."""

    name = title = "broken"

    def __init__(self) -> None:
        self.ready = asyncio.Event()

    async def run(self, emit: Callable[[ev.Event], None]) -> None:
        raise ClusterError("the cluster is on fire")


class FrozenClock(WallClock):
    """A wall clock with long seconds, so that there is at most one tick during a test."""

    def now(self) -> float:
        return START

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(3600 if seconds > 0 else 0)


def live(path: Path, *sources: Script | Broken, redact_log: bool = False) -> LiveSession:
    async def nothing() -> None:
        pass

    async def connect(session: LiveSession) -> Wired:
        writer = Writer(path, HEADER, max_bytes=None, known=session.known)
        return Wired(HEADER, FrozenClock(), writer, list(sources), nothing, None, redact_log)

    return LiveSession(connect, namespace="ns")


async def run_for(session: LiveSession, script: Script) -> None:
    run = asyncio.create_task(session.run())
    await until(script.ready.is_set)
    session.stop("test")
    await run
    await session.aclose()


HOSTILE = st.sampled_from(
    [
        ev.Log(1.0, line="half a character \ud800 and \x00 and \x1b[2J"),
        ev.Mark(1.0, note="\udcff"),
        ev.Scrape(1.0, pod="p", kv=math.nan, running=1),
        ev.Scrape(1.0, pod="p", kv=math.inf, waiting=2),
        ev.Epp(1.0, pod="e", queue=-math.inf),
        ev.KubeEvent(1.0, message="[/nope] \u202e", reason="x\ud83d"),
        ev.KubeEvent(1.0, message="pull https://me:S3CR3T@host failed"),
        ev.Pod(1.0, name="p", namespace="n", labels={"hf-token": "S3CR3T"}),
    ]
)


@settings(
    max_examples=examples(60, share=6), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sessions(30), st.lists(HOSTILE, max_size=4))
def test_a_replay_ends_in_the_same_state_and_the_same_csv_as_the_live_run(
    tmp_path_factory: pytest.TempPathFactory, events: list[ev.Event], hostile: list[ev.Event]
) -> None:
    path = tmp_path_factory.mktemp("run") / "run.jsonl"
    # A session writes one header, which it makes itself.
    events = [event for event in events if not isinstance(event, ev.Header)]
    last = events[-1].at if events else START
    script = Script([*events, *(msgspec.structs.replace(event, at=last) for event in hostile)])
    session = live(path, script)
    asyncio.run(run_for(session, script))
    replay = ReplaySession(open_recording(path), play=False)
    replay.load()
    *shown, footer = replay.events
    assert isinstance(footer, ev.Footer)
    from wvatui.core.fold.fold import fold
    from wvatui.core.state.state import EMPTY

    again = fold(EMPTY, shown)
    assert canonical(again) == canonical(session.latest)
    assert snapshot_csv(again) == snapshot_csv(session.latest)


@pytest.mark.parametrize("redact_log", [False, True])
async def test_a_credential_is_recorded_in_raw_lines_alone_and_only_unless_asked_otherwise(
    tmp_path: Path, redact_log: bool
) -> None:
    path = tmp_path / "run.jsonl"
    kinds = [kind for kind in ev.EVENTS if kind not in (ev.Header, ev.Footer, ev.Unknown)]
    told = [filled(kind, text) for kind in kinds for text in FORMS]
    await run_for(session := live(path, script := Script(told), redact_log=redact_log), script)
    with_it = [line for line in path.read_bytes().splitlines() if b"S3CR3T" in line]
    assert [line for line in with_it if not line.startswith(b'{"k":"log"')] == []
    assert bool(with_it) is not redact_log
    assert not redact_log or b"S3CR3T" not in canonical(session.latest)


async def test_the_recording_grows_as_it_happens_and_ends_with_a_footer(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    script = Script([ev.Mark(5.0, note="hello")])
    session = live(path, script)
    run = asyncio.create_task(session.run())
    await until(script.ready.is_set)
    assert b'"hello"' in path.read_bytes()
    session.mark("by hand")
    assert b'"by hand"' in path.read_bytes()
    session.stop("quit")
    await run
    await session.aclose()
    lines = path.read_bytes().splitlines()
    assert b'"k":"header"' in lines[0]
    assert b'"k":"footer"' in lines[-1]
    assert session.status.recording_state == "finished"


async def test_a_frozen_view_stands_still_while_capture_goes_on(tmp_path: Path) -> None:
    script = Script([ev.Mark(5.0, note="one")])
    session = live(tmp_path / "run.jsonl", script)
    run = asyncio.create_task(session.run())
    await until(lambda: session.state.marks.total == 1)
    session.freeze(True)
    session.mark("two")
    await until(lambda: session.latest.marks.total == 2)
    assert session.state.marks.total == 1
    assert session.status.frozen
    session.freeze(False)
    assert session.state.marks.total == 2
    session.stop("test")
    await run
    await session.aclose()


async def test_an_expected_failure_of_a_source_ends_the_run_as_itself(tmp_path: Path) -> None:
    session = live(tmp_path / "run.jsonl", Broken())
    with pytest.raises(ClusterError, match="on fire"):
        await session.run()
    await session.aclose()


async def test_a_snapshot_lies_beside_the_recording_and_never_overwrites(tmp_path: Path) -> None:
    script = Script([])
    session = live(tmp_path / "run.jsonl", script)
    await run_for(session, script)
    first, second = session.snapshot(), session.snapshot()
    assert first.parent == second.parent == tmp_path
    assert first != second
    assert first.read_text().startswith("time,t_plus_s,level,")


def test_a_later_part_of_a_recording_knows_all_of_each_source() -> None:
    told = ev.Source(
        START,
        source="pods",
        status="ok",
        text="some answer",
        retry_at=START + 9,
        verb="get",
        resource="pods/proxy",
        kinds=("Pod",),
        namespace="a",
        guarded=("v-0",),
    )
    # Every field has a value of its own, so that a new one is added here too. What was missed
    # happened once: the later part begins with every object anew.
    assert all(getattr(told, name) for name in told.__struct_fields__ if name != "missed_since")
    (said,) = (e for e in known_objects(fold(EMPTY, [told])) if isinstance(e, ev.Source))
    assert said == told
