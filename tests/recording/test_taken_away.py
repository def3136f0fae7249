"""A recording that is removed or changed while it is written is continued in a new file beside
it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recording.test_full_disk import mark
from tests.recording.test_writer import HEADER, FullDisk, lines
from wvatui.core import events as ev
from wvatui.recording import RunningRecording, Writer, list_sessions, open_recording

POD = ev.Pod(1.0, name="pod-a", namespace="ns")


def begun(folder: Path) -> Writer:
    """A writer whose recording has ten events, at 2.0 to 11.0."""
    writer = Writer(folder / "run.jsonl", HEADER, known=lambda: [POD])
    for second in range(10):
        writer.write([mark(2.0 + second)])
    return writer


def shorten(path: Path) -> None:
    os.truncate(path, len(b"".join(path.read_bytes().splitlines(keepends=True)[:5])) + 3)


def replace(path: Path) -> None:
    path.with_suffix(".new").write_text("precious\n")
    path.with_suffix(".new").rename(path)


LOSING: dict[str, tuple[Callable[[Path], None], int]] = {
    "deleted": (Path.unlink, 10),
    "shortened": (shorten, 6),
    "replaced": (replace, 10),
}


@pytest.mark.parametrize("how", LOSING)
def test_what_was_in_a_lost_file_is_told_in_the_one_that_is_begun(tmp_path: Path, how: str) -> None:
    writer = begun(tmp_path)
    act, count = LOSING[how]
    act(writer.path)
    left = writer.path.read_bytes() if writer.path.exists() else b""
    writer.write([mark(12.0)])
    assert writer.path == tmp_path / "run.2.jsonl"
    header, pod, gap, last = lines(writer.path)
    assert isinstance(header, ev.Header)
    assert (header.part, header.previous, header.started_at, header.at) == (2, "run.jsonl", 1.0, 12)
    assert isinstance(pod, ev.Pod)
    assert isinstance(gap, ev.Gap)
    assert (gap.missing, gap.until) == (count, 12.0)
    assert gap.since == (5.0 if how == "shortened" else 1.0)
    assert gap.reason == f"{count} events are missing: run.jsonl was {how}"
    assert last == mark(12.0)
    assert writer.news.startswith(
        f"{tmp_path}/run.jsonl was {how}: the recording goes on in run.2.jsonl; {count} events are"
    )
    # Nothing is overwritten, and the rest of the old file is followed by the new one.
    if how == "shortened":
        kept, _, footer = writer.first_path.read_bytes().rstrip(b"\n").rpartition(b"\n")
        assert kept == left
        assert b'"next":"run.2.jsonl"' in footer
    elif left:
        assert writer.first_path.read_bytes() == left
    writer.close("quit")
    footer = lines(writer.path)[-1]
    assert isinstance(footer, ev.Footer)
    assert footer.missing == count
    assert footer.events == 1 + 10 + 2 - count
    assert writer.incomplete.startswith(f"{count} events are missing from ")


def test_a_recording_that_is_renamed_leads_on_to_the_next_one_and_lacks_nothing(
    tmp_path: Path,
) -> None:
    writer = begun(tmp_path)
    writer.path.rename(tmp_path / "kept.jsonl")
    writer.look()  # between two events
    assert writer.path == tmp_path / "run.2.jsonl"
    writer.write([mark(12.0)])
    writer.close("quit", decisions=2)
    assert not writer.incomplete
    *_, last, footer = lines(tmp_path / "kept.jsonl")
    assert last == mark(11.0)
    assert isinstance(footer, ev.Footer)
    assert footer.next == "run.2.jsonl"
    header, _, again, _ = lines(writer.path)
    assert isinstance(header, ev.Header)
    assert again == mark(12.0)
    if "renamed to" in writer.news:  # on systems that report new names of open files
        assert header.previous == "kept.jsonl"
        [info] = list_sessions(tmp_path)
        assert (info.path.name, info.parts, info.ended) == ("kept.jsonl", 2, "clean")


def test_a_file_that_another_program_adds_to_is_left_to_it(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    with writer.path.open("a") as file:
        file.write("half a line of somebody")
    writer.write([mark(12.0)])
    assert [type(event) for event in lines(writer.path)] == [ev.Header, ev.Pod, ev.Mark]
    writer.close("quit")
    assert not writer.incomplete
    former = tmp_path / "run.jsonl"
    assert b"half a line of somebody\n" in former.read_bytes()
    reader = open_recording(former)
    assert [e for e in reader.events() if isinstance(e, ev.Mark)][-1] == mark(11.0)
    assert "goes on in run.2.jsonl" in reader.notices


def test_a_name_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "run.2.jsonl").write_text("precious\n")
    writer = begun(tmp_path)
    writer.path.unlink()
    writer.write([mark(12.0)])
    writer.close("quit")
    assert writer.path.name == "run.3.jsonl"
    assert (tmp_path / "run.2.jsonl").read_text() == "precious\n"


def test_a_folder_that_is_taken_away_is_made_again(tmp_path: Path) -> None:
    writer = begun(tmp_path / "sessions")
    writer.path.unlink()
    writer.path.parent.rmdir()
    writer.write([mark(12.0)])
    assert lines(tmp_path / "sessions" / "run.2.jsonl")[-1] == mark(12.0)
    writer.close("quit")


def test_where_no_file_can_be_begun_the_recording_pauses_and_counts_on(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    writer = begun(folder)
    writer.path.unlink()
    folder.rmdir()
    folder.write_text("a file is in the way")
    for second in range(10):
        writer.write([mark(12.0 + second)])
    assert writer.state.startswith("paused: ")
    assert writer.news.startswith(f"{folder}/run.jsonl was deleted; recording paused: ")
    folder.unlink()
    writer.write([mark(30.0)])
    assert writer.state == "recording"
    gap = lines(writer.path)[2]
    assert isinstance(gap, ev.Gap)
    assert (gap.missing, gap.since, gap.until) == (20, 1.0, 30.0)
    writer.close("quit")


def test_what_is_lost_on_a_full_disk_is_told_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = begun(tmp_path)
    disk = FullDisk(monkeypatch, room=0)
    writer.path.unlink()
    writer.write([mark(12.0)])
    (tmp_path / "run.2.jsonl").unlink()  # the file is still empty
    writer.write([mark(13.0)])
    disk.room = 1_000_000
    writer.write([mark(30.0)])
    _, _, gap, _ = lines(writer.path)
    assert isinstance(gap, ev.Gap)
    assert gap.missing == 12
    assert gap.reason.endswith("run.jsonl was deleted; No space left on device")
    writer.close("quit")


@pytest.mark.parametrize("how", LOSING)
def test_a_gap_in_a_lost_file_is_no_event_that_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    writer = Writer(tmp_path / "run.jsonl", HEADER)
    with monkeypatch.context() as patched:
        FullDisk(patched, room=0)
        writer.write([mark(2.0)])
    for second in range(9):
        writer.write([mark(8.0 + second)])
    LOSING[how][0](writer.path)
    writer.write([mark(20.0)])
    writer.close("quit")
    # Five lines are left of the one that was shortened: the header, the gap and three events.
    kept = 3 if how == "shortened" else 0
    assert writer.missing is not None
    assert writer.missing.events == 1 + 9 - kept


def test_the_session_is_found_by_the_first_part_that_is_left(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    writer.path.unlink()
    writer.write([mark(12.0)])
    writer.close("quit", decisions=1)
    [info] = list_sessions(tmp_path)
    assert (info.path.name, info.parts, info.ended) == ("run.2.jsonl", 1, "incomplete")
    assert info.started_at == 1.0


def test_who_follows_a_file_that_is_deleted_goes_on_in_the_next_one(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    reader = open_recording(writer.path, follow=True)
    assert len(list(reader.events())) == 11
    writer.path.unlink()
    writer.write([mark(12.0)])
    assert mark(12.0) in [*reader.poll(), *reader.poll()]
    reader.close()
    writer.close("quit")


@pytest.mark.parametrize("act", [Path.unlink, shorten, lambda path: os.truncate(path, 0)])
def test_who_comes_later_follows_the_file_that_was_begun(
    tmp_path: Path, act: Callable[[Path], None]
) -> None:
    writer = begun(tmp_path)
    act(writer.path)
    writer.write([mark(12.0)])
    reader = open_recording(writer.first_path, follow=True)
    seen = [*reader.events(), *reader.poll()]
    writer.write([mark(13.0)])
    assert [*seen, *reader.poll()][-2:] == [mark(12.0), mark(13.0)]
    assert reader.path == writer.path
    reader.close()
    writer.close("quit")


def test_who_follows_a_file_that_is_shortened_is_told(tmp_path: Path) -> None:
    writer = begun(tmp_path)
    reader = open_recording(writer.path, follow=True)
    list(reader.events())
    assert reader.poll() == []
    assert reader.notices == []
    shorten(writer.path)
    assert reader.poll() == []
    assert reader.notices == [
        "it became shorter while it was read: what came after that is not shown"
    ]
    reader.close()
    writer.close("quit")


@pytest.mark.parametrize("how", [*LOSING, "renamed"])
def test_who_goes_back_in_the_session_gets_all_that_is_left(tmp_path: Path, how: str) -> None:
    writer = begun(tmp_path)
    before = RunningRecording(writer)
    assert len([e for batch in before.batches(3) for e in batch]) == 11
    if how == "renamed":
        writer.path.rename(tmp_path / "kept.jsonl")
    else:
        LOSING[how][0](writer.path)
    writer.write([mark(12.0)])
    assert [e for e in before.poll() if isinstance(e, ev.Mark)] == [mark(12.0)]
    before.close()
    after = RunningRecording(writer)
    events = [e for batch in after.batches(3) for e in batch]
    assert events[-1] == mark(12.0)
    if how == "renamed" and "renamed to" in writer.news:
        assert [e for e in events if isinstance(e, ev.Mark)] == [mark(2.0 + n) for n in range(11)]
        assert not any(isinstance(e, ev.Pod) for e in events)
    elif how != "renamed":
        assert after.notices == [f"{tmp_path}/run.jsonl: was {how}"]
        assert any(isinstance(e, ev.Pod) for e in events)
    after.close()
    writer.close("quit")
