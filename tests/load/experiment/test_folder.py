"""The folder of a run: its name, files that are never overwritten, and a full disk."""

import os
from pathlib import Path

import pytest

from tests.load.experiment.files import workload, write
from wvatui.analysis.summary import summary
from wvatui.cli import repetition
from wvatui.cli.launching import Asked
from wvatui.cli.repetition import Repeated, Repetition
from wvatui.core import events as ev
from wvatui.core.state.state import EMPTY
from wvatui.errors import UsageError
from wvatui.load.experiment.checks import Checked
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.folder import RunFolder, finish, folder_path, readme
from wvatui.load.experiment.outcome import RunReport
from wvatui.load.experiment.plan import plan
from wvatui.recording import Writer
from wvatui.recording.imports.run_folder import RAW_LOG
from wvatui.session.live import LiveSession

AT = 1_764_359_265.0


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, "high-20251128-194745"),
        ({"label": "wva"}, "high-20251128-194745-wva"),
        ({"repetition": 3}, "high-20251128-194745-r3"),
        ({"label": "hpa", "repetition": 1}, "high-20251128-194745-hpa-r1"),
    ],
)
def test_49_runs_of_one_experiment_differ_by_time_label_and_repetition(
    more: dict[str, object], name: str
) -> None:
    assert folder_path(Path("data"), "high", AT, **more) == Path("data") / name  # type: ignore[arg-type]


def test_a_folder_that_is_there_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    (path / "mine").write_text("x")
    with pytest.raises(UsageError, match="exists already"):
        RunFolder(path, b"name: x\n")
    assert [one.name for one in path.iterdir()] == ["mine"]


def test_a_base_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(UsageError):
        RunFolder(tmp_path / "data" / "run", b"")


def test_a_folder_in_which_nothing_has_run_is_taken_away(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a" / "run", b"name: x\n")
    folder.discard()
    assert not folder.path.exists()


def test_the_controllers_lines_are_kept_as_they_were_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", b"")
    folder.take(
        [
            ev.Log(AT, line='2025-11-28T19:47:45.600000000Z {"msg":"ä \\u2028 one"}'),
            ev.Log(AT, line="no stamp"),
            ev.Log(AT, line="a job's", stream="job/x"),
            ev.Tick(AT),
        ]
    )
    folder.close()
    text = (folder.path / RAW_LOG).read_text()
    assert text == '{"msg":"ä \\u2028 one"}\nno stamp\n'


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path / "run", b"")
    folder.write("metrics.csv", "a\n")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        folder.write("metrics.csv", "b\n")
    assert (folder.path / "metrics.csv").read_text() == "a\n"
    assert not [name for name in os.listdir(folder.path) if name.endswith(".part")]


@pytest.mark.parametrize(
    ("shown", "ended", "lacks", "code"),
    [
        (0, "finished", False, 0),
        (0, "finished", True, 5),
        (5, "finished", True, 5),
        (5, "stopped", True, 1),  # a failure takes precedence
        (130, "interrupted", True, 130),
    ],
)
def test_a_folder_that_is_not_whole_is_told_with_code_5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: int, ended: str, lacks: bool, code: int
) -> None:
    planned = plan(read_experiment(write(tmp_path, [workload("one", wait_completion=True)])))
    one = Repetition(Asked("a run"), Repeated(planned, tmp_path / "runs"), 0, Checked())
    report = one.report

    def carried_out(*_: object, **__: object) -> int:
        report.ended = ended
        return shown

    def end(session: LiveSession) -> None:
        assert one.folder is not None
        Writer(one.folder.session, ev.Header(AT)).close("quit")
        with monkeypatch.context() as patched:
            if lacks:
                patched.setattr(os, "replace", full)
            finish(one.folder, report, EMPTY)

    monkeypatch.setattr(repetition, "carried_out", carried_out)
    monkeypatch.setattr(one, "end", end)
    assert one.run() == code
    assert bool(report.troubles) is report.unwritten is lacks


def full(*_: object) -> None:
    """`os.replace` on a full disk."""
    raise OSError(28, "No space left on device")


def test_what_is_in_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", b"")
    assert (folder.path / RAW_LOG).stat().st_mode & 0o077 == 0


def test_two_runs_that_begin_in_the_same_second_have_a_folder_each(tmp_path: Path) -> None:
    first = folder_path(tmp_path, "high", AT, label="hpa", repetition=2)
    RunFolder(first, b"name: x\n")
    second = folder_path(tmp_path, "high", AT, label="hpa", repetition=2)
    assert second == folder_path(tmp_path, "high", AT + 1.0, label="hpa", repetition=2) != first
    RunFolder(second, b"name: x\n")


@pytest.mark.parametrize(("cycles", "words"), [(0, "0 cycles"), (1, "1 cycle"), (2, "2 cycles")])
def test_the_readme_counts_the_controllers_cycles(tmp_path: Path, cycles: int, words: str) -> None:
    report = RunReport(plan(read_experiment(write(tmp_path, [workload("one", duration=60)]))))
    numbers = summary(EMPTY, "session.jsonl") | {"cycles": cycles}
    text = readme(report, EMPTY, numbers)
    assert f"- decisions of the controller: {words} (0 up, 0 down)" in text.splitlines()
