"""The verb `rules`: its output and its exit codes."""

import json
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.core.decisions.watched import Watched, asked, bytes_of
from tests.core.rules.recorded import Json, every_kind


def written(folder: Path, *cases: Json) -> str:
    file = folder / "cases.json"
    file.write_text(json.dumps({"meta": {}, "cases": list(cases)}))
    return str(file)


def test_agreement_is_a_table_by_kind_and_release_and_exit_code_0(tmp_path: Path) -> None:
    done = run("rules", "verify", written(tmp_path, *every_kind()))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["KIND", "RELEASE", "OK", "FAILED", "NOT", "MODELLED"]
    assert lines[1].split() == ["v1.analyze", "v0.8.0", "1", "-", "-"]
    assert lines[-1].split() == ["all", "8", "0", "0"]


def test_a_case_that_comes_out_otherwise_is_shown_with_both_sides_and_exit_code_1(
    tmp_path: Path,
) -> None:
    wrong = every_kind()[1]
    wrong["output"]["cheap"] = 9
    done = run("rules", "verify", written(tmp_path, wrong))
    assert done.code == 1
    assert "FAILED  v1.targets/own/1 (v0.5.1)  own v1.targets" in done.out
    assert 'targets: {"cheap":3,"dear":1}, expected {"cheap":9,"dear":1}' in done.out
    assert done.err.startswith("wvatui: 1 case of 1 came out otherwise")


def test_json_has_the_totals_the_differences_and_the_reasons(tmp_path: Path) -> None:
    right, wrong, odd = every_kind()[:3]
    wrong["output"]["cheap"] = 9
    odd["kind"] = "v3.arbitrate"
    done = run("rules", "verify", written(tmp_path, right, wrong, odd), "-o", "json")
    data = json.loads(done.out)
    assert (done.code, data["ok"], data["failed"], data["not_modelled"]) == (1, 1, 1, 1)
    assert data["kinds"][0] == {
        "kind": "v1.analyze",
        "version": "v0.8.0",
        "ok": 1,
        "failed": 0,
        "not_modelled": 0,
    }
    assert data["failures"][0]["differences"] == [
        {"what": "targets", "got": {"cheap": 3, "dear": 1}, "expected": {"cheap": 9, "dear": 1}}
    ]
    assert data["unmodelled"][0]["reason"] == "unknown kind 'v3.arbitrate'"


def test_what_is_not_modelled_alone_is_no_failure(tmp_path: Path) -> None:
    odd = every_kind()[0]
    odd["kind"] = "v3.analyze"
    done = run("rules", "verify", written(tmp_path, odd))
    assert done.code == 0
    assert "1  v3.analyze: unknown kind 'v3.analyze'" in done.out


def test_a_newer_release_is_said_to_be_one(tmp_path: Path) -> None:
    newer = every_kind()[0]
    newer["versions"] = ["v0.11.0"]
    done = run("rules", "verify", written(tmp_path, newer))
    assert "v0.11.0: newer than the rules, which are those of HEAD" in done.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ('{"cases": [{"id": "a"}]}', "missing required field kind - at $.cases[0]"),
        ('{"cases": []}', "no cases in it"),
    ],
)
def test_a_file_without_cases_is_one_line_with_the_place_and_exit_code_2(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "cases.json"
    file.write_text(text)
    done = run("rules", "verify", str(file))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"wvatui: {file}: ")
    assert words in done.err.splitlines()[0]


def test_a_file_that_is_not_there_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = run("rules", "verify", str(tmp_path / "none.json"))
    assert (done.code, done.out) == (2, "")
    assert done.err == f"wvatui: {tmp_path / 'none.json'}: No such file or directory\n"


def test_text_of_a_case_cannot_steer_the_terminal(tmp_path: Path) -> None:
    hostile = every_kind()[1]
    hostile.update(id="a\x1b[2J", test="b\x1b]0;x\x07", output={"\x1b[31mcheap": 1})
    hostile["versions"] = ["v0.5.1", "\x1b[1m"]
    done = run("rules", "verify", written(tmp_path, hostile))
    assert "\x1b" not in done.out + done.err


def looks_of(folder: Path, *, lie: bool = False) -> str:
    watched = Watched(asked(), 2)
    for value in (2.0, 6.0, 6.0):
        watched.look(value)
    if lie:
        watched.lines[-1]["scale_after"] = 4
    file = folder / "looks.jsonl"
    file.write_bytes(bytes_of(watched.lines))
    return str(file)


def test_looks_over_time_are_verified_look_by_look(tmp_path: Path) -> None:
    done = run("rules", "verify", looks_of(tmp_path))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["KIND", "LOOKS", "OK", "FAILED", "NOT", "MODELLED"]
    assert lines[1].split() == ["look", "3", "3", "0", "0"]
    assert lines[2] == "winner wrong: 0, reason wrong: 0"
    data = json.loads(run("rules", "verify", looks_of(tmp_path), "-o", "json").out)
    assert {key: data[key] for key in ("looks", "ok", "failed", "not_modelled")} == {
        "looks": 3,
        "ok": 3,
        "failed": 0,
        "not_modelled": 0,
    }
    assert (data["winner_wrong"], data["reason_wrong"], data["failures"]) == (0, 0, [])
    assert data["kinds"] == [
        {"kind": "look", "version": "", "ok": 3, "failed": 0, "not_modelled": 0}
    ]


def test_a_look_that_does_not_follow_is_said_with_both_sides(tmp_path: Path) -> None:
    done = run("rules", "verify", looks_of(tmp_path, lie=True))
    assert done.code == 1
    assert "FAILED  at 30 s: size" in done.out
    assert "size: the account has 6, the controller 4" in done.out
    assert "        size: recomputed 6, seen 4" in done.out
    assert done.err.startswith("wvatui: 1 look of 3 came out otherwise: ")
    data = json.loads(run("rules", "verify", looks_of(tmp_path, lie=True), "-o", "json").out)
    assert data["failures"] == [
        {"t": 30.0, "wrong": ["size"], "differences": ["size: recomputed 6, seen 4"]}
    ]


def test_a_sequence_without_looks_or_with_a_broken_line_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "looks.jsonl"
    for text, words in (
        ('{"kind": "scenario"}', "no looks in it"),
        ('{"kind": "scenario"}\n{', "line 2: not JSON"),
    ):
        file.write_text(text)
        done = run("rules", "verify", str(file))
        assert (done.code, done.out) == (2, "")
        assert words in done.err.splitlines()[0]
