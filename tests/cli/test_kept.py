"""Marks and labels added to a recording later; sessions found by them, and deleted ones."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from tests.cli.cli import Done, run
from tests.core.folding import RECORDINGS
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev
from wvatui.core.events.codec import encode

DAY_S = 86_400.0


@pytest.fixture
def spike(tmp_path: Path) -> str:
    return str(shutil.copy(RECORDINGS / "spike.jsonl", tmp_path / "spike.jsonl"))


def session(folder: Path, name: str, age_days: float, note: str = "", **header: object) -> Path:
    at = time.time() - age_days * DAY_S
    made = [ev.Header(at, started_at=at, session=name, namespace="team-a,team-b", **header)]  # type: ignore[arg-type]
    marks = [ev.Mark(at + 1, note=note)] if note else []
    path = folder / f"{name}.jsonl"
    path.write_bytes(
        b"".join(encode(event) + b"\n" for event in [*made, *marks, ev.Footer(at + 9)])
    )
    return path


def names(done: Done) -> set[str]:
    return {Path(row["path"]).stem for row in json.loads(done.out)}


def test_a_mark_is_listed_searched_and_shown_with_the_marks_of_the_session(spike: str) -> None:
    assert run("mark", spike, "1m30s", "load on").code == 0
    assert run("mark", spike, "08:05:00", "calm again").code == 0
    (first, second) = json.loads(run("mark", spike, "-o", "json").out)
    assert first == {
        "at": "2026-09-01T08:01:30.000Z",
        "t_plus_s": 90.0,
        "note": "load on",
        "added_later": True,
    }
    assert second["t_plus_s"] == 300.0
    assert run("mark", spike, "--search", "CALM").out.count("\n") == 1
    assert json.loads(run("summary", spike, "-o", "json").out)["marks"] == 2
    assert " mark load on" in run("replay", spike, "--plain").out
    listed = run("sessions", "--folder", str(Path(spike).parent), "--marked", "load")
    assert "1m30s  load on" in listed.out
    assert run("mark", spike, "1m30s", "--remove").code == 0
    assert [row["note"] for row in json.loads(run("mark", spike, "-o", "json").out)] == [
        "calm again"
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99m", "x"), "99m: that is after the end"),
        (("2020-01-01T00:00:00Z", "x"), "before the start"),
        (("soon", "x"), "'soon' is not a moment"),
        (("1m",), "1m: a mark needs a note"),
        (("1m", "--remove"), "no mark beside it"),
        (("--remove",), "--remove takes"),
    ],
)
def test_a_mark_that_cannot_be_is_one_clear_line(
    spike: str, arguments: tuple[str, ...], said: str
) -> None:
    done = run("mark", spike, *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert os.listdir(Path(spike).parent) == ["spike.jsonl"]


def test_of_two_marks_close_together_the_nearer_is_removed(spike: str) -> None:
    for moment, note in (("3s", "first"), ("T+3.5", "second")):
        assert run("mark", spike, moment, note).code == 0
    assert run("mark", spike, "3s", "--remove").code == 0
    listed = run("mark", spike).out
    assert "second" in listed
    assert "first" not in listed


def test_a_run_folder_is_marked_and_labelled_by_its_recording(spike: str) -> None:
    folder = Path(spike).parent
    assert run("mark", str(folder), "1m", "load on").code == 0
    assert run("relabel", str(folder), "wva").code == 0
    assert run("mark", str(folder)).out.endswith("load on  (added later)\n")
    assert set(os.listdir(folder)) == {"spike.jsonl", "spike.jsonl.notes.json"}
    opened = open_run(folder)
    assert (opened.label, [mark.note for mark in opened.state.marks]) == ("wva", ["load on"])


def test_standard_input_has_no_place_for_a_mark_or_a_label() -> None:
    done = run("mark", "-", "1m", "x")
    assert done.code == 2
    assert "name the file" in done.err


def test_a_label_that_is_given_afterwards_holds_everywhere(spike: str) -> None:
    assert run("relabel", spike).out == "\n"
    assert run("relabel", spike, "wva-tuned").code == 0
    assert run("relabel", spike).out == "wva-tuned\n"
    (row,) = json.loads(run("sessions", "--folder", str(Path(spike).parent), "-o", "json").out)
    assert row["label"] == "wva-tuned"
    assert run("relabel", spike, "--reset").code == 0
    assert run("relabel", spike).out == "\n"
    assert os.listdir(Path(spike).parent) == ["spike.jsonl"]


def test_all_parts_of_a_session_get_the_label(tmp_path: Path) -> None:
    first = session(tmp_path, "run", 1.0)
    at = time.time()
    header = ev.Header(at, started_at=at - DAY_S, session="run", part=2, previous="run.jsonl")
    (tmp_path / "run.2.jsonl").write_bytes(encode(header) + b"\n" + encode(ev.Footer(at + 1)))
    lines = first.read_bytes().splitlines()
    lines[-1] = encode(ev.Footer(at, next="run.2.jsonl"))
    first.write_bytes(b"\n".join(lines) + b"\n")
    assert run("relabel", str(first), "keda").code == 0
    assert [run("relabel", str(path)).out for path in sorted(tmp_path.glob("*.jsonl"))] == [
        "keda\n",
        "keda\n",
    ]


def test_sessions_are_found_by_label_namespace_decider_age_and_mark(tmp_path: Path) -> None:
    session(tmp_path, "old", 40, "slow start", label="wva", autoscaler="wva")
    session(tmp_path, "new", 1, label="hpa", autoscaler="hpa")
    session(tmp_path, "plain", 10)
    asked = {
        ("--label", "wva"): {"old"},
        ("--label", ""): {"plain"},
        ("--namespace", "team-b"): {"old", "new", "plain"},
        ("--namespace", "team"): set(),
        ("--decider", "hpa"): {"new"},
        ("--decider", "none"): {"plain"},
        ("--older-than", "30d"): {"old"},
        ("--newer-than", "7d"): {"new"},
        ("--older-than", "7d", "--newer-than", "30d"): {"plain"},
        ("--marked", "SLOW"): {"old"},
        ("--marked", "fast"): set(),
        ("--marked", ""): {"old"},
    }
    for arguments, expected in asked.items():
        done = run("sessions", "--folder", str(tmp_path), "-o", "json", *arguments)
        assert names(done) == expected, arguments


def test_pruning_deletes_what_is_listed_and_nothing_that_is_marked(tmp_path: Path) -> None:
    session(tmp_path, "marked", 40, "keep this")
    noted = session(tmp_path, "noted", 40)
    assert run("mark", str(noted), "3s", "keep this too").code == 0
    session(tmp_path, "gone", 40)
    session(tmp_path, "new", 1)
    (tmp_path / "gone.csv").write_text("a table of it")
    prune = ("sessions", "--folder", str(tmp_path), "--prune", "--older-than", "30d")
    done = run(*prune, "--keep-marked")
    assert (done.code, "no terminal" in done.err) == (2, True)
    done = run(*prune, "--keep-marked", "--yes")
    assert done.code == 0
    assert "deleted 1 session" in done.err
    left = {"marked.jsonl", "noted.jsonl", "noted.jsonl.notes.json", "new.jsonl", "gone.csv"}
    assert set(os.listdir(tmp_path)) == left
    assert run(*prune, "--yes").code == 0
    assert set(os.listdir(tmp_path)) == {"new.jsonl", "gone.csv"}


def test_one_damaged_file_of_notes_hides_no_session(tmp_path: Path) -> None:
    one = session(tmp_path, "one", 1)
    session(tmp_path, "two", 2)
    one.with_name(f"{one.name}.notes.json").write_text("{")
    done = run("sessions", "--folder", str(tmp_path), "-o", "json")
    assert len(json.loads(done.out)) == 2
    assert "one.jsonl.notes.json" in done.err
    pruned = run(
        "sessions",
        "--folder",
        str(tmp_path),
        "--prune",
        "--keep-marked",
        "--yes",
        "--older-than",
        "1h",
    )
    assert pruned.code == 4
    assert one.exists()


def test_pruning_everything_is_never_meant(tmp_path: Path) -> None:
    session(tmp_path, "new", 1)
    done = run("sessions", "--folder", str(tmp_path), "--prune", "--yes")
    assert (done.code, "say which" in done.err) == (2, True)
    done = run("sessions", "--folder", str(tmp_path), "--keep-marked")
    assert done.code == 2
    assert os.listdir(tmp_path) == ["new.jsonl"]


def test_what_the_configuration_file_says_for_other_verbs_deletes_and_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "wvatui").mkdir(parents=True)
    (tmp_path / "config" / "wvatui" / "config.toml").write_text('label = "wva"\nyes = true\n')
    session(tmp_path, "old", 40)
    arguments = ("sessions", "--folder", str(tmp_path))
    assert names(run(*arguments, "-o", "json")) == {"old"}
    assert run(*arguments, "--prune", "--older-than", "1d").code == 2
    assert (tmp_path / "old.jsonl").exists()


def test_a_session_that_is_being_written_stays(tmp_path: Path) -> None:
    import fcntl

    path = session(tmp_path, "live", 40)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run("sessions", "--folder", str(tmp_path), "--prune", "--older-than", "1d", "--yes")
    assert done.code == 0
    assert "still being written" in done.err
    assert path.exists()
