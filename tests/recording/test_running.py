"""A recording that is still being written is read as one stream, however many parts it has."""

from pathlib import Path

import pytest

from wvatui.core import events as ev
from wvatui.errors import RecordingError
from wvatui.recording import RunningRecording, Writer

HEADER = ev.Header(1.0, started_at=1.0, namespace="ns")
KNOWN = ev.Pod(1.0, name="pod-a", namespace="ns")


def second(number: int) -> list[ev.Event]:
    at = 2.0 + number
    return [ev.Mark(at, note="x" * 20), ev.Tick(at)]


def read(running: RunningRecording) -> list[ev.Event]:
    return [event for batch in running.batches(7) for event in batch]


def test_every_event_of_all_parts_is_there_once(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER, max_bytes=600, known=lambda: [KNOWN])
    written: list[ev.Event] = [HEADER]
    for number in range(60):
        written += second(number)
        writer.write(second(number))
    assert len(writer.parts) > 5
    assert [part.path for part in writer.parts] == sorted(
        tmp_path.glob("run*.jsonl"), key=lambda path: (len(path.name), path.name)
    )
    running = RunningRecording(writer)
    assert read(running) == written
    assert running.poll() == []
    assert running.notices == []
    assert running.path == writer.path
    running.close()
    writer.close("quit")


def test_what_is_written_later_comes_with_the_next_look_also_from_a_new_part(
    tmp_path: Path,
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER, max_bytes=600, known=lambda: [KNOWN])
    running = RunningRecording(writer)
    assert read(running) == [HEADER]
    for number in range(60):
        writer.write(second(number))
        assert running.poll() == second(number)
    assert len(writer.parts) > 5
    running.close()
    writer.close("quit")


def test_a_missing_part_is_told_and_the_next_one_stands_for_itself(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER, max_bytes=600, known=lambda: [KNOWN])
    for number in range(60):
        writer.write(second(number))
    (tmp_path / "run.2.jsonl").unlink()
    running = RunningRecording(writer)
    events = read(running)
    assert running.notices == [f"{tmp_path}/run.2.jsonl: cannot be read: No such file or directory"]
    # The third part begins with its own header and the objects known then.
    headers = [event.part for event in events if isinstance(event, ev.Header)]
    assert headers == [1, 3]
    assert sum(isinstance(event, ev.Pod) for event in events) == 1
    running.close()
    writer.close("quit")


def test_a_recording_without_a_readable_part_is_one_clear_line(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    (tmp_path / "run.jsonl").unlink()
    with pytest.raises(RecordingError, match=r"run\.jsonl: cannot be read: No such file"):
        RunningRecording(writer)
    writer.close("quit")
