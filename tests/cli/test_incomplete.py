"""An incomplete recording: every verb says so, and ends with exit code 5."""

import asyncio
import errno
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.by_hand import HEADER, START, HandClock, by_hand, frames, seen
from tests.patience import MAIN, PATIENT
from tests.recording.test_full_disk import Limited
from tests.ui.terminal import terminal
from tests.waiting import until
from wvatui.core import events as ev
from wvatui.core.events.codec import decode
from wvatui.errors import ClusterError
from wvatui.recording import Writer, list_sessions
from wvatui.session.base import Leaving
from wvatui.session.headless import run_headless
from wvatui.session.live import LiveSession, Wired

LIMIT = 24_000
"""The greatest size of a file, in bytes."""


# No bytecode is written: Python would keep the half of a file that fits into the limit.
LIMITED = f"""
import resource, sys
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_FSIZE, ({LIMIT}, {LIMIT}))
"""
HANGS = """
import time
from wvatui.ui.app import start
start._end = lambda app, leaving: time.sleep(600)
"""
"""Code for a program whose session does not end after its screen."""


def wvatui(*arguments: str, limited: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", (LIMITED if limited else "") + MAIN, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The recording of a demo that did not fit into the file, and the demo's messages."""
    path = tmp_path_factory.mktemp("incomplete") / "run.jsonl"
    done = wvatui("demo", "--headless", "--duration", "1m", "--record", str(path), limited=True)
    assert done.returncode == 5, done.stderr
    return path, done.stderr


def test_the_end_line_the_footer_and_the_code_agree_on_what_is_missing(
    incomplete: tuple[Path, str],
) -> None:
    path, said = incomplete
    events = [decode(line) for line in path.read_bytes().splitlines()]
    *_, gap, footer = events
    assert isinstance(gap, ev.Gap)
    assert isinstance(footer, ev.Footer)
    kept = sum(not isinstance(event, ev.Gap | ev.Footer) for event in events)
    last = said.splitlines()[-1]
    assert f": {kept + footer.missing} events over 1m00s, " in last
    assert f", RECORDING INCOMPLETE: {footer.missing} events are missing " in last
    assert last.endswith("08:01:00 UTC") or "08:01:00 UTC: File too large" in last
    assert "wvatui: recording paused: File too large; what happens now is not recorded" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["summary"],
        ["summary", "-o", "json"],
        ["replay", "--headless"],
        ["replay", "--plain"],
        ["export"],
        ["export", "--at", "20s"],
        ["explain"],
        ["check"],
        ["check", "--at", "20s"],
        ["check", "-o", "json"],
        ["whatif"],
    ],
    ids=" ".join,
)
def test_every_verb_that_reads_it_says_what_is_missing(
    incomplete: tuple[Path, str], arguments: list[str]
) -> None:
    path, _ = incomplete
    verb, *flags = arguments
    done = wvatui(verb, str(path), *flags)
    footer = decode(path.read_bytes().splitlines()[-1])
    assert isinstance(footer, ev.Footer)
    told = f"wvatui: {path}: incomplete: {footer.missing} events are missing "
    [line] = [line for line in done.stderr.splitlines() if line.startswith(told)]
    assert "08:01:00 UTC" in line
    if arguments == ["summary"]:
        assert f"INCOMPLETE       {footer.missing} events are missing " in done.stdout
    if arguments == ["summary", "-o", "json"]:
        assert json.loads(done.stdout)["incomplete"]["events"] == footer.missing


def test_the_list_of_sessions_names_it(incomplete: tuple[Path, str]) -> None:
    [info] = list_sessions(incomplete[0].parent)
    assert info.ended == "incomplete"


@pytest.mark.parametrize("hangs", [False, True])
def test_the_screen_ends_with_what_is_missing_and_with_code_5(tmp_path: Path, hangs: bool) -> None:
    path = tmp_path / "run.jsonl"
    with terminal(
        "demo",
        "--speed",
        "30",
        "--record",
        str(path),
        home=tmp_path,
        size=(120, 40),
        program=("-c", LIMITED + (HANGS if hangs else PATIENT) + MAIN),
    ) as screen:
        screen.until(b"recording paused: ")
        screen.until(b"events are missing")
        screen.type(b"q")
        assert screen.ends()[0] == 5
        assert b"File too large" in screen.shown
        told = b" ".join(screen.last_words.split())
    footer = decode(path.read_bytes().splitlines()[-1])
    words = f"recorded in {path}, incomplete: "
    if hangs:
        words = f"left at once; {words}"
    else:
        assert isinstance(footer, ev.Footer)
        assert footer.missing
        words += f"{footer.missing} events are missing "
    assert words.encode() in told


async def test_a_full_disk_is_told_on_the_screen_while_it_lasts_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with by_hand(tmp_path / "run.jsonl") as (session, cluster):
        cluster.live(10)
        disk = Limited(monkeypatch, 0, errno.ENOSPC)
        cluster.live(10)
        await seen(session, cluster)
        status = session.status
        assert status.recording_state == "paused: No space left on device"
        assert status.incomplete.startswith("16 events are missing from 2025-11-28 ")
        disk.limit = 1_000_000
        cluster.live(10)
        await until(frames(session, 2))
        assert session.status.recording_state == "recording"
        assert session.status.incomplete == status.incomplete.replace("19:48:05", "19:48:06")
        assert session.status.recording_news.startswith("the recording goes on: 16 events are")


@pytest.mark.parametrize("renamed", [False, True])
async def test_a_recording_that_is_taken_away_is_noticed_within_a_second(
    tmp_path: Path, renamed: bool
) -> None:
    path = tmp_path / "run.jsonl"
    async with by_hand(path) as (session, cluster):
        cluster.live(10)
        await seen(session, cluster)
        if renamed:
            path.rename(tmp_path / "kept.jsonl")
        else:
            path.unlink()
        # Ten frames take a second, in which nothing happens.
        await until(frames(session, 10))
        assert session.status.recording == tmp_path / "run.2.jsonl"
        assert session.status.recording_news.startswith(f"{path} was ")
        assert bool(session.status.incomplete) is not renamed
        cluster.live(10)
        await seen(session, cluster)
        assert await session.seek("15") == START + 15


async def test_a_session_that_the_cluster_ends_still_says_what_was_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Ends:
        """A source that emits three events which cannot be recorded, and ends."""

        name = title = "ends"

        def __init__(self) -> None:
            self.ready = asyncio.Event()

        async def run(self, emit: Callable[[ev.Event], None]) -> None:
            with monkeypatch.context() as patched:
                Limited(patched, 0, errno.EROFS)
                for second in range(3):
                    emit(ev.Tick(START + 1 + second))
            raise ClusterError("the API server is gone")

    async def nothing() -> None:
        pass

    async def connect(session: LiveSession) -> Wired:
        writer = Writer(tmp_path / "run.jsonl", HEADER, known=session.known)
        return Wired(HEADER, HandClock(), writer, [Ends()], nothing)

    session = LiveSession(connect, namespace="ns")
    with pytest.raises(ClusterError):
        await run_headless(session, Leaving(lambda: ()))
    said = capsys.readouterr().err
    assert (
        "wvatui: the recording is incomplete: 4 events are missing from 2025-11-28 " in said
    )  # and a tick
    assert "UTC: Read-only file system" in said
