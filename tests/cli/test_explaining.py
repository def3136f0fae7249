"""`wvatui explain`, as a user runs it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from tests.core.explain.logs import capacity_cycle, token_cycle
from tests.core.explain.test_tokens import HUNGRY
from tests.small_logs import LOGS, old_cycle

ROOT = Path(__file__).resolve().parents[2]
RECORDING = str(ROOT / "recordings" / "burst-drain-v1.jsonl")
TWO_VARIANTS = str(ROOT / "recordings" / "two-variants-keda.jsonl")


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "controller.log"
    lines = [line for n in range(4) for line in capacity_cycle(n, [(0.3, 0)] * 2, 2)]
    lines += capacity_cycle(4, [(0.3, 0)] * 2, 2, target=7)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_the_summary_counts_and_tells_what_differs(log: str) -> None:
    done = run("explain", log, "--summary", "-o", "json")
    assert done.code == 0
    told = json.loads(done.out)
    counts = [told[key] for key in ("cycles", "explained", "mismatched", "unexplained")]
    assert counts == [5, 4, 1, 0]
    (wrong,) = told["mismatched_cycles"]
    assert wrong["cycle"] == 5
    assert {"quantity": "target", "logged": 7, "recomputed": 2}.items() <= wrong["differs"][
        0
    ].items()
    assert told["unexplained_cycles"] == []
    assert "4 of 5 cycles explained (80.0%)" in run("explain", log, "--summary").out


@pytest.mark.parametrize("release", LOGS)
def test_explain_and_summary_count_the_same_cycles(tmp_path: Path, release: str) -> None:
    path = tmp_path / "wva.log"
    path.write_text("\n".join(LOGS[release]), encoding="utf-8")
    must_count_alike(str(path))


def must_count_alike(path: str) -> dict[str, Any]:
    numbers = json.loads(run("summary", path, "-o", "json").out)
    told: dict[str, Any] = json.loads(run("explain", path, "--summary", "-o", "json").out)
    assert told["cycles"] == numbers["cycles"] > 0
    of_wva: dict[str, Any] = told["by_decider"]["wva"]
    counts = sum(of_wva[key] for key in ("explained", "mismatched", "unexplained"))
    assert counts == sum(told["rules"].values()) == told["cycles"]
    return {**told, **of_wva}


def test_a_cycle_of_two_variants_is_counted_for_each_and_one_that_failed_apart(
    tmp_path: Path,
) -> None:
    assert must_count_alike(TWO_VARIANTS)["explained"] == 62
    path = tmp_path / "wva.log"
    failed = old_cycle(7, 1, 1)[:1] + old_cycle(7, 1, 1)[-1:]
    path.write_text("\n".join([*LOGS["v0.4.2"], *failed]), encoding="utf-8")
    assert must_count_alike(str(path))["undecided"] == 1
    assert "; 1 of the controller's cycles decided nothing" in run("explain", str(path)).out


def test_the_changes_are_one_sentence_each(log: str) -> None:
    lines = run("explain", log).out.splitlines()
    assert lines[0].startswith("!     5  ")
    assert "2→7, but the rule gives 2" in lines[0]
    assert lines[-1] == "= 4 of 5 cycles explained (80.0%), ! 1 mismatched, ? 0 unexplained"
    assert (
        json.loads(run("explain", log, "--changes", "-o", "json").out)["changes"][0]["cycle"] == 5
    )


def test_one_cycle_is_told_as_arithmetic_with_thresholds_and_pods() -> None:
    out = run("explain", RECORDING, "--cycle", "10").out
    for words in (
        "cycle 10 of ",
        "Thresholds",
        "kvCacheThreshold 0.8 (configured: ConfigMap",
        "Replicas",
        "mean of all",
        "spare KV",
        "Tests",
        "Targets",
        "Polled by then",
    ):
        assert words in out, words


def test_one_cycle_as_json_has_inputs_checks_and_what_was_polled() -> None:
    told = json.loads(run("explain", RECORDING, "--at", "50%", "-o", "json").out)
    (one,) = told["explanations"]
    assert one["inputs"]["thresholds"]["kvCacheThreshold"]["source"] == "configured"
    assert one["inputs"]["replicas"][0]["pod"]
    assert {c["result"] for c in one["checks"]} == {"agrees"}
    assert one["decisions"][0]["recomputed_target"] == one["decisions"][0]["target"]
    assert told["beside"]["pods"][0]["polled_at"] is not None
    assert told["beside"]["stale_s"] is not None


def test_the_sentence_of_the_token_rule_stands_first(tmp_path: Path) -> None:
    path = tmp_path / "v2.log"
    path.write_text("\n".join(token_cycle(0, 1, 3, HUNGRY)) + "\n", encoding="utf-8")
    lines = run("explain", str(path), "--cycle", "1").out.splitlines()
    assert lines[1] == "1→3: the throughput analyzer needs 668 tok/s more, a replica gives 343"


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--cycle", "99"], 2, "there is no cycle 99: the file has 1 to 5"),
        (["--cycle", "1", "--summary"], 2, "exclude one another"),
        (["--at", "noon"], 2, "--at 'noon' is not a moment"),
    ],
)
def test_what_cannot_be_is_one_line(log: str, flags: list[str], code: int, words: str) -> None:
    done = run("explain", log, *flags)
    assert done.code == code
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_file_without_cycles_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.log"
    path.write_text('{"level":"INFO","ts":"2025-12-18T10:07:12.394Z","msg":"Starting manager"}\n')
    done = run("explain", str(path))
    assert done.code == 4
    assert "no cycle of a controller in it" in done.err


def test_a_name_that_is_no_file_may_be_an_object_s() -> None:
    done = run("explain", "llama")
    assert (done.code, done.err.splitlines()) == (
        4,
        [
            "wvatui: llama: No such file or directory",
            "        an HPA or a ScaledObject of a cluster: wvatui explain -n NAMESPACE llama",
        ],
    )
    assert len(run("explain", "llama.jsonl").err.splitlines()) == 1
