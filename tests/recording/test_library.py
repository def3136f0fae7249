"""The list of sessions, the newest first, with facts from their first and last lines."""

from contextlib import closing
from pathlib import Path

import pytest

from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.recording import Writer, list_sessions, open_recording


def write(folder: Path, name: str, at: float, *, close: bool = True) -> Writer:
    header = ev.Header(at, started_at=at, namespace="ns", label="wva", interval_s=2.0)
    writer = Writer(folder / name, header)
    writer.write([ev.Variant(at, name="v", namespace="ns", source="HPA", model="org/model")])
    writer.write([ev.Tick(at + 60)])
    if close:
        writer.close("quit", decisions=4)
    return writer


def test_sessions_are_listed_newest_first_with_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", 1000.0)
    write(tmp_path, "b.jsonl", 2000.0)
    newest, oldest = list_sessions(tmp_path)
    assert (newest.path.name, oldest.path.name) == ("b.jsonl", "a.jsonl")
    assert (newest.namespace, newest.model, newest.label) == ("ns", "org/model", "wva")
    assert (newest.length_s, newest.decisions, newest.ended) == (60.0, 4, "clean")
    assert newest.size_bytes == newest.path.stat().st_size


def test_a_session_that_is_still_written_and_one_that_was_cut_are_told_apart(
    tmp_path: Path,
) -> None:
    writer = write(tmp_path, "live.jsonl", 1000.0, close=False)
    assert list_sessions(tmp_path)[0].ended == "recording"
    writer.close("quit")
    path = tmp_path / "live.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    (info,) = list_sessions(tmp_path)
    assert (info.ended, info.decisions) == ("cut", None)


def test_the_parts_of_a_session_are_one_row(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "run.jsonl", ev.Header(1.0, started_at=1.0), max_bytes=500)
    for second in range(30):
        writer.write([ev.Mark(2.0 + second, note="x" * 40)])
    writer.close("quit", decisions=0)
    (info,) = list_sessions(tmp_path)
    assert info.parts == len(list(tmp_path.glob("*.jsonl")))
    assert info.size_bytes == sum(path.stat().st_size for path in tmp_path.glob("*.jsonl"))
    assert (info.length_s, info.decisions) == (30.0, 0)


def test_files_that_are_no_sessions_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("hello\n")
    (tmp_path / "empty.jsonl").write_text("")
    assert list_sessions(tmp_path) == []
    assert list_sessions(tmp_path / "nowhere") == []


@pytest.mark.parametrize("name", ["a\0b.jsonl", "../b.jsonl", "/etc/hosts", ".", "..", "x" * 999])
def test_what_is_no_name_of_a_file_beside_it_is_no_other_part(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.jsonl"
    header = ev.Header(1.0, started_at=1.0, session="s", previous=name)
    path.write_bytes(b"\n".join(map(encode, (header, ev.Footer(2.0, next=name)))) + b"\n")
    (info,) = list_sessions(tmp_path)
    assert (info.path, info.parts) == (path, 1)
    with closing(open_recording(path, follow=True)) as reader:
        assert [type(event) for event in reader.events()] == [ev.Header, ev.Footer]
