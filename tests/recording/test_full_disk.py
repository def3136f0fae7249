"""A full or failing disk, or a limit of file size: missing events are counted and reported."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.recording.test_writer import HEADER, FullDisk, lines
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.events.codec import decode
from wvatui.core.fold.fold import fold
from wvatui.core.queries.health.missing import Missing, missing_in
from wvatui.core.state.state import EMPTY
from wvatui.recording import Writer, open_recording
from wvatui.recording.part_file import END_BYTES, _fallocate

SECONDS = 400


class Limited:
    """A replacement of `os.write` for a file that cannot grow beyond `limit` bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, limit: int, error: int) -> None:
        self.limit, self.error = limit, error
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        part = bytes(data)[: max(0, self.limit - os.fstat(fd).st_size)]
        if not part:
            raise OSError(self.error, os.strerror(self.error))
        return self._write(fd, part)


def mark(at: float) -> ev.Mark:
    return ev.Mark(at, note=f"{at:020}")


def live(writer: Writer, begin: float = 2.0, seconds: int = SECONDS) -> list[ev.Event]:
    """Write a session of `seconds`, with an event each second; returns the events."""
    events: list[ev.Event] = [mark(begin + second) for second in range(seconds)]
    for event in events:
        writer.write([event])
    return events


def held(path: Path, happened: list[ev.Event], writer: Writer) -> tuple[ev.Gap, ev.Footer]:
    """The gap and the footer of a recording, after asserting that all events are there or in the
    gap."""
    *recorded, gap, footer = lines(path)
    assert isinstance(gap, ev.Gap)
    assert isinstance(footer, ev.Footer)
    kept = [event for event in recorded if isinstance(event, ev.Mark)]
    gaps = [event for event in [*recorded, gap] if isinstance(event, ev.Gap)]
    lost = [event for event in happened if event not in kept]
    assert len(lost) == sum(each.missing for each in gaps) == footer.missing
    assert all(any(g.since <= e.at <= g.until for g in gaps) for e in lost)
    assert footer.events == len(recorded) + 1
    assert writer.missing is not None
    assert (footer.missing_since, footer.missing_until) == writer.missing[1:3]
    return gap, footer


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_recording_on_a_disk_that_stays_full_ends_with_a_gap_and_a_footer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    path = tmp_path / "run.jsonl"
    Limited(monkeypatch, 6_000, error)
    writer = Writer(path, HEADER)
    happened = live(writer)
    assert writer.state == f"paused: {os.strerror(error)}"
    writer.close("duration", decisions=3)
    gap, footer = held(path, happened, writer)
    assert path.stat().st_size <= 6_000
    assert (footer.reason, footer.decisions) == ("duration", 3)
    assert gap.until == happened[-1].at
    assert writer.incomplete == (
        f"{gap.missing} events are missing from 1970-01-01 00:01:{gap.since - 60:02.0f} to "
        f"00:06:41 UTC: {os.strerror(error)}"
    )


@pytest.mark.parametrize("limit", range(1_200, 2_400, 31))
def test_the_numbers_agree_wherever_the_disk_becomes_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    disk = Limited(monkeypatch, limit, errno.ENOSPC)
    path = tmp_path / "run.jsonl"
    writer = Writer(path, HEADER)
    happened: list[ev.Event] = []
    for second in range(60):
        # A large one does not fit, a small one after it still does: several gaps.
        note = "x" * (300 if second % 7 == 3 else 0)
        disk.limit += 1_500 * (second == 40)  # makes room for some more
        happened.append(ev.Mark(2.0 + second, note=f"{second}{note}"))
        writer.write(happened[-1:])
    writer.close("quit")
    held(path, happened, writer)
    reader = open_recording(path)
    list(reader.events())
    assert reader.notices == [f"incomplete: {writer.incomplete}"]


def test_what_is_missing_is_counted_in_events_and_not_in_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    disk = FullDisk(monkeypatch, room=0)
    live(writer, 2.0, 100)  # with twenty more tries to write
    assert writer.missing == Missing(100, 2.0, 101.0, "No space left on device")
    disk.room = 1_000_000
    writer.write([mark(110.0)])
    *_, gap, last = lines(writer.path)
    assert gap == ev.Gap(
        110.0,
        source="recording",
        since=2.0,
        until=110.0,
        missing=100,
        reason="100 events are missing: No space left on device",
    )
    assert last == mark(110.0)
    assert writer.news.startswith("the recording goes on: 100 events are missing from ")
    writer.close("quit")
    footer = lines(writer.path)[-1]
    assert isinstance(footer, ev.Footer)
    assert (footer.events, footer.missing) == (3, 100)


@pytest.mark.parametrize("error", [errno.EIO, errno.EROFS, errno.ESTALE, errno.EPERM])
def test_any_failure_of_the_disk_pauses_the_recording_and_never_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    disk = Limited(monkeypatch, 0, error)
    live(writer, 2.0, 20)
    assert writer.state == f"paused: {os.strerror(error)}"
    assert writer.news == f"recording {writer.state}; what happens now is not recorded"
    disk.limit = 1_000_000
    live(writer, 30.0, 5)
    writer.close("quit")
    _, gap, *rest, footer = lines(writer.path)
    assert isinstance(gap, ev.Gap)
    assert (gap.missing, gap.since, gap.until) == (20, 2.0, 30.0)
    assert len(rest) == 5
    assert isinstance(footer, ev.Footer)


def test_half_a_line_that_cannot_be_taken_back_is_taken_back_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    size = writer.size
    disk = Limited(monkeypatch, size + 10, errno.EIO)
    cut = os.ftruncate

    def fails(fd: int, length: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "ftruncate", fails)
    writer.write([mark(2.0)])
    assert writer.path.stat().st_size == size + 10
    disk.limit = 1_000_000
    monkeypatch.setattr(os, "ftruncate", cut)
    writer.write([mark(8.0)])
    assert [type(event) for event in lines(writer.path)] == [ev.Header, ev.Gap, ev.Mark]
    writer.close("quit")


def test_a_disk_that_was_full_from_the_start_leaves_what_fits_with_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pod = ev.Pod(1.0, name="pod-a", namespace="ns")
    disk = FullDisk(monkeypatch, room=0)
    writer = Writer(tmp_path / "run.jsonl", HEADER, known=lambda: [pod])
    live(writer, 2.0, 10)
    assert writer.size == 0
    disk.room = 1_000_000
    writer.write([mark(20.0)])
    writer.close("quit")
    header, known, gap, _, footer = lines(writer.path)
    assert header == HEADER
    assert isinstance(known, ev.Pod)
    assert isinstance(gap, ev.Gap)
    assert gap.missing == 10
    assert isinstance(footer, ev.Footer)


def test_a_recording_that_could_never_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FullDisk(monkeypatch, room=0)
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    live(writer, 2.0, 10)
    writer.close("quit")
    assert writer.incomplete == (
        "10 events are missing from 1970-01-01 00:00:02 to 00:00:11 UTC: No space left on device; "
        "the recording has no end: No space left on device"
    )


@pytest.mark.parametrize("call", ["fsync", "close"])
def test_a_failure_that_is_told_only_at_the_end_makes_the_recording_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    happened = live(writer, seconds=5)
    real = getattr(os, call)

    def fails(fd: int) -> None:
        real(fd)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, fails)
    writer.close("quit")
    monkeypatch.undo()
    assert writer.incomplete == ("not all of run.jsonl may be on the disk: No space left on device")
    assert lines(writer.path)[1:-1] == happened


def test_room_for_the_end_is_reserved_before_each_line_and_given_back(tmp_path: Path) -> None:
    with (tmp_path / "other").open("wb") as other:
        if _fallocate(other.fileno(), 0, END_BYTES):
            pytest.skip("this file system reserves nothing beyond the end of a file")
    writer = Writer(tmp_path / "run.jsonl", HEADER)

    def reserved() -> int:
        return writer.path.stat().st_blocks * 512

    for second in range(2_000):
        writer.write([mark(2.0 + second)])
        assert reserved() >= writer.size + END_BYTES
        assert writer.path.stat().st_size == writer.size
    writer.close("quit")
    assert reserved() < writer.size + END_BYTES


def test_a_full_disk_begins_no_new_part_and_loses_nothing_by_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER, max_bytes=2_000)
    disk = Limited(monkeypatch, 1_000_000, errno.ENOSPC)
    inode = writer.path.stat().st_ino
    write = disk.write

    def only_there(fd: int, data: bytes) -> int:
        disk.limit = 1_000_000 if os.fstat(fd).st_ino == inode else 0
        return write(fd, data)

    monkeypatch.setattr(os, "write", only_there)
    happened = live(writer, seconds=100)
    assert lines(writer.path)[1:] == happened
    assert list(tmp_path.glob("run*")) == [writer.path]
    monkeypatch.setattr(os, "write", disk._write)
    happened += live(writer, 200.0, 10)
    writer.close("quit")
    assert [part.path.name for part in writer.parts] == ["run.jsonl", "run.2.jsonl"]
    assert not writer.incomplete
    found = [event for part in writer.parts for event in lines(part.path)]
    assert [event for event in found if isinstance(event, ev.Mark)] == happened


# --- real limits --------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_disk_that_is_full_holds_the_gap_and_the_footer(small_disk: Path) -> None:
    writer = Writer(small_disk / "run.jsonl", HEADER)
    happened = live(writer, seconds=3_000)
    writer.close("quit")
    held(writer.path, happened, writer)


def test_a_recording_goes_on_after_the_gap_when_a_real_disk_has_room_again(
    small_disk: Path,
) -> None:
    (small_disk / "other").write_bytes(b"x" * 40_000)
    writer = Writer(small_disk / "run.jsonl", HEADER)
    happened = live(writer, seconds=500)
    assert writer.state == "paused: No space left on device"
    (small_disk / "other").unlink()
    later = live(writer, 600.0, 20)
    assert writer.state == "recording"
    writer.close("quit")
    assert later == [e for e in lines(writer.path) if isinstance(e, ev.Mark)][-20:]
    assert writer.missing is not None
    kept = sum(event in happened for event in lines(writer.path))
    assert kept + writer.missing.events == len(happened)


def test_a_limit_on_the_size_of_files_leaves_a_recording_that_ends_well(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from tests.recording.test_full_disk import held, live, HEADER
from wvatui.recording import Writer
writer = Writer(Path(sys.argv[1]), HEADER)
happened = live(writer)
writer.close("quit")
held(writer.path, happened, writer)
"""
    path = tmp_path / "run.jsonl"
    # -B: otherwise Python would leave truncated bytecode files.
    subprocess.run(
        [sys.executable, "-B", "-c", program, str(path)],
        check=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000)),
    )
    assert 4_500 < path.stat().st_size <= 5_000


def test_a_device_that_takes_all_is_never_begun_anew_and_one_that_is_full_says_so() -> None:
    writer = Writer(Path("/dev/null"), HEADER)
    live(writer, seconds=20)
    writer.close("quit")
    assert (writer.path, writer.incomplete) == (Path("/dev/null"), "")
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    writer = Writer(Path("/dev/full"), HEADER)
    live(writer, seconds=20)
    writer.close("quit")
    assert writer.incomplete == (
        "20 events are missing from 1970-01-01 00:00:02 to 00:00:21 UTC: No space left on device; "
        "the recording has no end: No space left on device"
    )


def test_a_pipe_takes_a_recording(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb") as reading:
        writer = Writer(pipe, HEADER)
        happened = live(writer, seconds=5)
        writer.close("quit")
        assert not writer.incomplete
        assert [decode(line) for line in reading.read().splitlines()][1:-1] == happened


# --- its readers --------------------------------------------------------------------------


def test_who_reads_an_incomplete_recording_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    FullDisk(monkeypatch, room=0)
    live(writer, 2.0, 10)
    monkeypatch.undo()
    writer.close("quit")
    reader = open_recording(writer.path)
    state = fold(EMPTY, reader.events())
    assert reader.notices == [f"incomplete: {writer.incomplete}"]
    assert summary(state, "run")["incomplete"] == {
        "events": 10,
        "since_s": 1.0,
        "until_s": 10.0,
        "stretches": 1,
        "words": writer.incomplete,
    }


def test_a_whole_recording_says_nothing_and_is_written_as_ever(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    live(writer, seconds=1)
    writer.close("quit")
    reader = open_recording(writer.path)
    state = fold(EMPTY, reader.events())
    assert reader.notices == []
    assert "incomplete" not in summary(state, "run")
    assert writer.path.read_bytes().splitlines()[-1] == (b'{"k":"footer","at":2.0,"events":2}')


def test_a_gap_of_an_earlier_version_is_told_without_a_count() -> None:
    old = ev.Gap(9.0, source="recording", since=2.0, until=8.0, reason="the disk was full")
    assert str(missing_in([old])) == (
        "events are missing from 1970-01-01 00:00:02 to 00:00:08 UTC: the disk was full"
    )
    assert missing_in([ev.Gap(9.0, source="log", since=2.0, until=8.0)]) is None
    again = ev.Gap(9.0, source="recording", since=90_000.0, until=1e300)
    assert str(missing_in([old, again])) == (
        "events are missing in 2 stretches between 1970-01-01 00:00:02 and 1e+300 s UTC"
    )


def test_an_earlier_version_reads_the_gap_and_the_footer_of_today() -> None:
    class Gap(msgspec.Struct, tag_field="k", tag="gap"):
        at: float
        source: str
        since: float
        until: float
        reason: str = ""

    class Footer(msgspec.Struct, tag_field="k", tag="footer"):
        at: float
        reason: str = "quit"
        events: int = 0
        next: str = ""
        decisions: int | None = None

    gap = Missing(7, 1.0, 2.0, "No space left on device").gap(2.0)
    line = msgspec.json.encode(gap)
    assert msgspec.json.decode(line, type=Gap).reason == (
        "7 events are missing: No space left on device"
    )
    line = msgspec.json.encode(ev.Footer(2.0, events=4, missing=7, missing_since=1.0))
    assert msgspec.json.decode(line, type=Footer).events == 4
