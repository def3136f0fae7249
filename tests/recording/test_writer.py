"""Writing a session: whole lines, at once, private, in parts, and through a full disk."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wvatui.core import events as ev
from wvatui.core.events.codec import decode
from wvatui.errors import UsageError
from wvatui.recording import Writer

HEADER = ev.Header(1.0, started_at=1.0, namespace="ns")


def lines(path: Path) -> list[ev.Event]:
    return [decode(line) for line in path.read_bytes().splitlines()]


def test_an_event_is_in_the_file_as_soon_as_it_is_written(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    writer.write([ev.Mark(2.0, note="now")])
    assert [type(event) for event in lines(tmp_path / "run.jsonl")] == [ev.Header, ev.Mark]
    assert writer.size == (tmp_path / "run.jsonl").stat().st_size
    writer.close("quit")


def test_the_footer_counts_the_events_and_stands_at_the_time_of_the_last(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    writer.write([ev.Tick(2.0), ev.Tick(9.0)])
    writer.close("duration", decisions=3)
    writer.close("again")
    footer = lines(tmp_path / "run.jsonl")[-1]
    assert footer == ev.Footer(9.0, reason="duration", events=3, decisions=3)
    assert writer.state == "finished"


def test_only_the_owner_can_read_a_recording_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sessions" / "run.jsonl"
    Writer(path, HEADER).close("quit")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text("precious\n")
    with pytest.raises(UsageError, match=r"run\.jsonl: exists already"):
        Writer(path, HEADER)
    assert path.read_text() == "precious\n"


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot record there"):
        Writer(tmp_path / "file" / "run.jsonl", HEADER)


class FullDisk:
    """A replacement of `os.write` for a disk with `room` more bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr("wvatui.recording.writer.os.write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        part = bytes(data)[: self.room]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(part)
        return self._write(fd, part)


def test_a_full_disk_pauses_the_recording_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, HEADER)
    disk = FullDisk(monkeypatch, room=10)
    writer.write([ev.Mark(2.0, note="does not fit")])
    assert writer.state == "paused: No space left on device"
    assert [type(event) for event in lines(path)] == [ev.Header]
    writer.write([ev.Tick(3.0)])
    disk.room = 1_000_000
    writer.write([ev.Tick(4.0)])  # too early to try again
    assert writer.state.startswith("paused")
    writer.write([ev.Mark(8.0, note="room again")])
    assert writer.state == "recording"
    _, gap, mark = lines(path)
    assert isinstance(gap, ev.Gap)
    assert (gap.source, gap.since, gap.until) == ("recording", 2.0, 8.0)
    assert "3 events" in gap.reason
    assert isinstance(mark, ev.Mark)
    writer.close("quit")


def test_a_recording_that_grows_too_big_goes_on_in_parts_that_open_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    pod = ev.Pod(1.0, name="pod-a", namespace="ns")
    writer = Writer(path, HEADER, max_bytes=2_000, known=lambda: [pod])
    for second in range(120):
        writer.write([ev.Tick(2.0 + second), ev.Mark(2.0 + second, note="x" * 20)])
    writer.close("quit")
    parts = sorted(tmp_path.glob("run*.jsonl"), key=lambda p: (len(p.name), p.name))
    assert [p.name for p in parts[:3]] == ["run.jsonl", "run.2.jsonl", "run.3.jsonl"]
    assert all(part.stat().st_size < 2_400 for part in parts)
    first, second = lines(parts[0]), lines(parts[1])
    assert isinstance(first[-1], ev.Footer)
    assert first[-1].next == "run.2.jsonl"
    header, again = second[:2]
    assert isinstance(header, ev.Header)
    assert (header.part, header.previous, header.started_at) == (2, "run.jsonl", 1.0)
    assert isinstance(again, ev.Pod)
    assert again.name == "pod-a"
    notes = [e for part in parts for e in lines(part) if isinstance(e, ev.Mark)]
    assert len(notes) == 120


def test_a_killed_recorder_loses_at_most_the_line_it_was_writing(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    program = """
import sys
from pathlib import Path
from wvatui.core import events as ev
from wvatui.recording import Writer
writer = Writer(Path(sys.argv[1]), ev.Header(1.0))
at = 1.0
while True:
    at += 1
    writer.write([ev.Mark(at, note="x" * 200)])
    if at == 200:
        print("enough", flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.wait()
    child.stdout.close()
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    times = [decode(line).at for line in whole.splitlines()]
    assert times == [float(n) for n in range(1, len(times) + 1)]
    assert len(times) >= 200
