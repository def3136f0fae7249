"""`wvatui whatif` as a user runs it."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

from tests.analysis.whatif.test_manifests import REMARKED, written
from tests.cli.cli import run
from tests.fixtures import shared

RECORDING = str(Path(__file__).resolve().parents[3] / "recordings" / "burst-drain-v1.jsonl")


def test_the_table_has_what_happened_the_own_rule_and_each_alternative(tmp_path: Path) -> None:
    path = str(written(tmp_path, REMARKED))
    asked = ("--set", "kvSpareTrigger=0.3", "--hpa", path, "--replicas", "4", "--loop", "open")
    done = run("whatif", RECORDING, *asked)
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
    # `compare` has different figures with these names, so the output defines each.
    assert "any sat. all sat." in " ".join(done.out.split())
    assert "`compare` tells the share of all samples of pods" in " ".join(done.out.split())
    assert "`compare` holds each variant's wish" in " ".join(done.out.split())


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
    asked = ("--replicas", "1,2", "--loop", "open", "--limit", "kv=0.5")
    done = run("whatif", RECORDING, *asked, "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["alternative"] for row in rows] == [
        "recorded",
        "own rule, recomputed",
        "1 static",
        "2 static",
    ]
    assert float(rows[0]["above"]) > 0


def test_what_cannot_be_told_is_said_in_its_row_and_the_others_are_told() -> None:
    asked = ("--set", "scaleUpThreshold=0.7", "--or", "--replicas", "2", "--loop", "open")
    done = run("whatif", RECORDING, *asked)
    assert done.code == 0
    assert "not possible: scaleUpThreshold belongs to the V2 rule" in done.out
    assert "2 static" in done.out


def test_where_a_recording_lacks_what_its_autoscaler_reads_its_manifest_is_asked_for() -> None:
    path = shared("real-cluster-2026/keda-queue.jsonl.gz")
    done = run("whatif", str(path), "--set", "triggers[1].threshold=5")
    assert "or give the manifest (--hpa FILE, --scaledobject FILE)" in done.out


def test_a_wrong_question_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    for words in (
        ("--set", "x=1"),
        ("--rule", "v9"),
        ("--hpa", str(tmp_path / "none.yaml")),
        ("--model", "other"),
        ("--limit", "speed=3"),
    ):
        done = run("whatif", RECORDING, *words)
        assert done.code == 2, words
        assert done.out == ""
        assert len(done.err.strip().splitlines()) <= 2


def test_a_file_without_replicas_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.log"
    path.write_text("nothing of a controller\n" * 3)
    assert run("whatif", str(path)).code == 4


def cycle(number: int) -> list[str]:
    """One cycle of v0.4.2 with one idle replica, and as many other lines as in real logs."""
    at = 1_764_360_000 + 30 * number
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    texts = [
        "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only",
        "Grouped VAs by model: modelCount=1, totalVAs=1",
        "Processing model: modelID=m, variantCount=1",
        "Queue metric: pod=v-1, queueLength=0",
        "KV cache metric: pod=v-1, usage=0.200 (20.0%)",
        *("Collected capacity metrics: modelID=m, namespace=n, metricsCount=1" for _ in range(15)),
        "Capacity analysis completed: modelID=m, namespace=n, totalReplicas=1, nonSaturated=1, "
        "avgSpareKv=0.600, avgSpareQueue=5.0, shouldScaleUp=false, scaleDownSafe=false",
        "Processing decision: variant=v, action=no-change, current=1→target=1",
        "Reconciliation completed successfully: mode=capacity-only, modelsProcessed=1, "
        "decisionsApplied=1",
    ]
    return [f'{{"level":"INFO","ts":"{stamp}","msg":"{text}"}}' for text in texts]


def test_every_cycle_of_a_log_longer_than_what_is_kept_counts(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    lines = [line for number in range(450) for line in cycle(number)]
    assert len(lines) > 10_000
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = run("whatif", str(path), "--loop", "open", "-o", "json")
    (model,) = json.loads(done.out)["models"]
    own = next(row for row in model["rows"] if row["reproduced"])
    assert own["reproduced"]["compared"] == own["reproduced"]["same"] == 450
