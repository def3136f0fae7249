"""Notes added to a recording later: the file beside it, and their place among the events."""

import os
from pathlib import Path
from threading import Thread

import pytest

from tests.core.folding import RECORDINGS
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.errors import RecordingError, UsageError
from wvatui.recording import Writer, list_sessions, open_recording
from wvatui.recording.changes import notes_file
from wvatui.recording.changes.notes_file import (
    Notes,
    add_mark,
    change_notes,
    new_mark,
    notes_path,
    read_notes,
)
from wvatui.recording.library import deciders_of, delete_session, marks_of, session_info

AT = 1_788_249_600.0


def recording(folder: Path, *, at: float = AT, name: str = "run.jsonl") -> Path:
    path = folder / name
    events = [
        ev.Header(at, started_at=at, session=f"s{at}", namespace="ns", label="hpa"),
        ev.Mark(at + 5, note="of the session"),
        *(ev.Tick(at + second) for second in range(6, 60)),
        ev.Footer(at + 60),
    ]
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    return path


def read(path: Path) -> tuple[list[ev.Event], list[str]]:
    reader = open_recording(path)
    return list(reader.events()), reader.notices


def test_a_folder_that_is_named_from_inside_has_its_notes_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in (".", "inner/.."):
        assert notes_path(Path(name)) == notes_path(tmp_path.resolve())


def test_a_mark_stands_among_the_events_at_its_time_and_the_file_is_as_it_was(
    tmp_path: Path,
) -> None:
    path = recording(tmp_path)
    before = path.read_bytes()
    for offset in (30.5, 60, 0, 30):
        add_mark(path, AT, new_mark(AT + offset, f"at {offset}"))
    events, notices = read(path)
    assert path.read_bytes() == before
    assert notices == []
    times = [event.at - AT for event in events]
    assert times == sorted(times)
    notes = [event.note for event in events if isinstance(event, ev.Mark)]
    assert notes == ["at 0", "of the session", "at 30", "at 30.5", "at 60"]
    (info,) = list_sessions(tmp_path)
    assert [mark.note for mark in marks_of(info)] == notes


def test_a_mark_at_a_moment_of_a_later_part_stands_among_its_events(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = Writer(path, ev.Header(AT, started_at=AT, session="s"), max_bytes=800)
    for second in range(1, 90):
        writer.write([ev.Tick(AT + second)])
    writer.close("quit")
    assert len(writer.parts) > 2
    for offset in (1, 40.5, 89, 500):
        add_mark(path, AT, new_mark(AT + offset, f"at {offset}"))
    reader = open_recording(path, parts=True)
    events = list(reader.events())
    times = [event.at - AT for event in events]
    assert times == sorted(times)
    notes = [event.note for event in events if isinstance(event, ev.Mark)]
    assert notes == ["at 1", "at 40.5", "at 89"]
    assert [notice for notice in reader.notices if "mark" in notice] == [
        "a mark lies after the end of the recording (run.jsonl.notes.json)"
    ]


def test_a_label_is_another_one_everywhere_until_it_is_taken_back(tmp_path: Path) -> None:
    path = recording(tmp_path)
    change_notes(path, AT, lambda _: Notes(started_at=AT, label="wva"))
    header = read(path)[0][0]
    assert isinstance(header, ev.Header)
    assert (header.label, list_sessions(tmp_path)[0].label) == ("wva", "wva")
    change_notes(path, AT, lambda _: Notes(started_at=AT))
    assert list_sessions(tmp_path)[0].label == "hpa"
    assert not notes_path(path).exists()


def test_notes_about_another_recording_of_the_same_name_are_not_heeded(tmp_path: Path) -> None:
    path = recording(tmp_path)
    change_notes(path, AT, lambda notes: Notes(started_at=AT, label="wva"))
    add_mark(path, AT, new_mark(AT + 9, "of the old one"))
    recording(tmp_path, at=AT + 5_000)
    events, notices = read(path)
    assert [event.note for event in events if isinstance(event, ev.Mark)] == ["of the session"]
    assert notices == ["run.jsonl.notes.json is about another recording: not heeded"]
    (info,) = list_sessions(tmp_path)
    assert (info.label, len(marks_of(info))) == ("hpa", 1)
    add_mark(path, AT + 5_000, new_mark(AT + 5_010, "of the new one"))
    assert [mark.note for mark in read_notes(path).marks] == ["of the new one"]


@pytest.mark.parametrize("offset", [-100.0, 100.0])
def test_a_mark_outside_of_the_recording_is_told_and_lengthens_nothing(
    tmp_path: Path, offset: float
) -> None:
    path = recording(tmp_path)
    add_mark(path, AT, new_mark(AT + offset, "elsewhere"))
    events, notices = read(path)
    assert (events[0].at, events[-1].at, len(notices)) == (AT, AT + 60, 1)
    assert "a mark lies" in notices[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"marks":[{"k":"tick","at":3}]}',
        '{"marks":[{"k":"mark","at":-1}]}',
        '{"version":2}',
        '{"label":7}',
        "[" * 100_000,
        '{"started_at":1e999}',
    ],
)
def test_a_damaged_sidecar_costs_its_marks_and_is_not_written_over(
    tmp_path: Path, text: str
) -> None:
    path = recording(tmp_path)
    notes_path(path).write_text(text)
    events, (notice,) = read(path)
    assert len(events) == 57
    assert "run.jsonl.notes.json: " in notice
    assert list_sessions(tmp_path)[0].label == "hpa"
    with pytest.raises(RecordingError, match=r"run\.jsonl\.notes\.json"):
        add_mark(path, AT, new_mark(AT + 1, "x"))
    assert notes_path(path).read_text() == text


def test_a_sidecar_that_is_no_file_or_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recording(tmp_path)
    os.mkfifo(notes_path(path))
    with pytest.raises(RecordingError, match="is no file"):
        read_notes(path)
    notes_path(path).unlink()
    add_mark(path, AT, new_mark(AT + 1, "x" * 90))
    monkeypatch.setattr(notes_file, "LARGEST_BYTES", 80)
    with pytest.raises(RecordingError, match="larger than"):
        read_notes(path)


def test_two_who_mark_at_once_lose_nothing(tmp_path: Path) -> None:
    path = recording(tmp_path)

    def many(who: int) -> None:
        for number in range(15):
            add_mark(path, AT, new_mark(AT + who * 20 + number, f"{who} {number}"))

    threads = [Thread(target=many, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(read_notes(path).marks) == 30


def test_a_mark_holds_no_credential_and_only_whole_characters(tmp_path: Path) -> None:
    path = recording(tmp_path)
    add_mark(path, AT, new_mark(AT + 1, "password=hunter2 \udcff"))
    (mark,) = read_notes(path).marks
    assert mark.note == "password=*** \ufffd"
    assert notes_path(path).stat().st_mode & 0o77 == 0


def test_a_place_where_nothing_can_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        add_mark(tmp_path / "none" / "run.jsonl", AT, new_mark(AT, "x"))


def test_a_session_is_deleted_with_what_is_beside_it(tmp_path: Path) -> None:
    add_mark(recording(tmp_path), AT, new_mark(AT + 1, "x"))
    recording(tmp_path, at=AT + 900, name="other.jsonl")
    delete_session(list_sessions(tmp_path)[1])
    assert [path.name for path in tmp_path.iterdir()] == ["other.jsonl"]


@pytest.mark.parametrize(
    ("name", "deciders"),
    [
        ("hpa-cpu-and-queue", ("hpa",)),
        ("keda-queue", ("keda",)),
        ("spike", ("hpa", "wva")),
        ("two-variants-keda", ("keda", "wva")),
    ],
)
def test_who_decides_is_known_by_the_start_of_a_session(
    name: str, deciders: tuple[str, ...]
) -> None:
    info = session_info(RECORDINGS / f"{name}.jsonl")
    assert info is not None
    assert deciders_of(info) == deciders


def test_a_session_without_anything_that_decides_has_no_decider(tmp_path: Path) -> None:
    info = session_info(recording(tmp_path))
    assert info is not None
    assert deciders_of(info) == ()
