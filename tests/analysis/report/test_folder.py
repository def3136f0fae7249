"""A report's folder is written completely or not at all, and no other file is touched."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from wvatui.analysis.report.folder import LIST, listed, write_folder
from wvatui.errors import UsageError

KIND: dict[str, object] = {"kind": "wvatui report"}


def report(*names: str) -> list[tuple[str, str | bytes]]:
    return [*((name, f"new {name}") for name in names), (LIST, listed(KIND, names))]


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LIST
    }


def test_a_later_report_replaces_an_earlier_one_and_keeps_what_others_put_there(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "out"
    write_folder(folder, report("report.html", "pictures/kv.svg"))
    (folder / "note.txt").write_text("mine")
    paths = write_folder(folder, report("report.html"))
    assert paths == [folder / "report.html", folder / LIST]
    assert contents(folder) == {"report.html": "new report.html", "note.txt": "mine"}


def test_a_file_that_no_report_wrote_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(UsageError, match=r"report\.html: is there already, and no report wrote it"):
        write_folder(tmp_path, report("new.svg", "report.html"))
    assert contents(tmp_path) == {"report.html": "mine"}


def test_what_stands_in_place_of_a_folder_is_named_before_anything_is_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "pictures").write_text("mine")
    with pytest.raises(UsageError, match="pictures: is there already, and no report wrote it"):
        write_folder(tmp_path, report("report.html", "pictures/kv.svg"))
    assert contents(tmp_path) == {"pictures": "mine"}


def test_a_list_that_names_a_folder_or_no_file_at_all_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / LIST).write_text(json.dumps(KIND | {"files": ["kept", "a\0b", LIST]}))
    write_folder(tmp_path, report("report.html"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "report.html", LIST]


@pytest.mark.parametrize("files", [["../kept.txt"], ["/etc/passwd"], [7], "kept.txt"])
def test_a_list_that_names_files_elsewhere_takes_none_away(tmp_path: Path, files: object) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "kept.txt").write_text("mine")
    (folder / "kept.txt").write_text("mine")
    (folder / LIST).write_text(json.dumps(KIND | {"files": files}))
    with pytest.raises(UsageError, match="no report wrote it"):
        write_folder(folder, report("report.html"))
    assert (tmp_path / "kept.txt").exists()
    assert (folder / "kept.txt").exists()


def test_what_cannot_be_made_whole_leaves_nothing(tmp_path: Path) -> None:
    def files() -> Iterator[tuple[str, str | bytes]]:
        yield "report.html", "half"
        raise UsageError("it went wrong")

    with pytest.raises(UsageError, match="it went wrong"):
        write_folder(tmp_path / "out", files())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(UsageError, match="cannot be written"):
        write_folder(Path("/proc/none"), report("a"))
