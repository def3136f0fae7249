"""`wvatui whatif` from the outside."""

import csv
import io
import json
from pathlib import Path

from tests.cli import run
from tests.whatif.test_manifests import PASTED, written

RECORDING = str(Path(__file__).resolve().parents[2] / "recordings" / "burst-drain-v1.jsonl")


def test_the_table_has_what_happened_the_own_rule_and_each_alternative(tmp_path: Path) -> None:
    path = str(written(tmp_path, PASTED))
    done = run("whatif", RECORDING, "--set", "kvSpareTrigger=0.3", "--hpa", path, "--replicas", "4")
    assert done.code == 0, done.err
    labels = (
        "recorded",
        "own rule, recomputed",
        "kvSpareTrigger=0.3",
        "HPA object.yaml",
        "4 static",
    )
    lines = [line.strip() for line in done.out.splitlines()]
    at = [next(n for n, line in enumerate(lines) if line.startswith(label)) for label in labels]
    assert at == sorted(at)
    assert "29 of 29 decisions as recorded" in done.out
    assert "Open loop" in done.out
    assert "measured a new replica serves" in done.out


def test_json_carries_figures_courses_ranges_and_assumptions() -> None:
    done = run("whatif", RECORDING, "--replicas", "1", "-o", "json")
    (model,) = json.loads(done.out)["models"]
    rows = {row["alternative"]: row for row in model["rows"]}
    own, one = rows["own rule, recomputed"], rows["1 static"]
    assert own["reproduced"] == {"compared": 29, "same": 29, "not_modelled": 0, "differing": []}
    assert one["figures"]["peak"] == 1
    assert one["range"]["saturated"][0] <= one["figures"]["saturated"]
    assert one["replicas"][0][1:] == [1, 1, 1]
    assert {row["source"] for row in model["assumptions"]} <= {"measured", "assumed", "given"}


def test_csv_is_one_row_an_alternative() -> None:
    done = run("whatif", RECORDING, "--replicas", "1,2", "-o", "csv", "--limit", "kv=0.5")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["alternative"] for row in rows if row["loop"] != "closed"] == [
        "recorded", "own rule, recomputed", "1 static", "2 static",
    ]  # fmt: skip
    assert float(rows[0]["above"]) > 0


def test_what_cannot_be_told_is_said_in_its_row_and_the_others_are_told() -> None:
    done = run("whatif", RECORDING, "--set", "scaleUpThreshold=0.7", "--or", "--replicas", "2")
    assert done.code == 0
    assert "not possible: scaleUpThreshold belongs to the V2 rule" in done.out
    assert "2 static" in done.out


def test_a_wrong_question_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    for words in (("--set", "x=1"), ("--rule", "v9"), ("--hpa", str(tmp_path / "none.yaml")),
                  ("--model", "other"), ("--limit", "speed=3")):  # fmt: skip
        done = run("whatif", RECORDING, *words)
        assert done.code == 2, words
        assert done.out == ""
        assert len(done.err.strip().splitlines()) <= 2


def test_a_file_without_replicas_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_text("nothing of a controller\n" * 3)
    assert run("whatif", str(path)).code == 4
