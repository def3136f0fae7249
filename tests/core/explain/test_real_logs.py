"""Every cycle of real controllers' logs is explained: 2025 (V1, model-based) and 2026 (V2)."""

from pathlib import Path

import pytest

from tests.core.log.test_golden_logs import folded
from tests.fixtures import FIXTURES, shared
from tests.sweeps import sampled
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.to_json import share
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession

RUNS = sorted(p.name for p in (FIXTURES / "wva-experiments-2025").glob("*-based-*"))


def cycles(path: Path) -> tuple[CycleExplained, ...]:
    return explained(folded(path))


OLDEST = "capacity-based-high-parallel-20251128-145238"


# Every fifth log, sorted by mode, so that each mode is among them.
@pytest.mark.parametrize("run", sampled(RUNS or [OLDEST], RUNS[::5] or [OLDEST]))
def test_every_cycle_of_2025_is_explained(run: str) -> None:
    found = cycles(shared(f"wva-experiments-2025/{run}/wva-controller-logs.jsonl"))
    numbers = share(found)
    assert numbers["cycles"] >= 11
    assert numbers["explained"] == numbers["cycles"], numbers["mismatched_cycles"]
    if run.startswith("capacity"):
        kv = {e.case.limits.kv.value for one in found for e in one.explanations}
        assert kv == {0.5}  # the release's default is 0.8


def test_all_87_cycles_of_the_ladder_are_explained() -> None:
    found = cycles(shared("wva-2026/ladder-controller.log"))
    assert len(found) == 87
    assert {one.verdict for one in found} == {"agrees"}
    sentences = [one.sentence for one in found]
    assert "1→3: the throughput analyzer needs 668 tok/s more, a replica gives 343" in sentences


def test_an_altered_target_of_a_real_log_is_found(tmp_path: Path) -> None:
    text = shared("wva-2026/ladder-controller.log").read_text(encoding="utf-8")
    altered = text.replace('"curr":1,"tgt":3', '"curr":1,"tgt":2', 1)
    altered = altered.replace('"current": 1, "target": 3', '"current": 1, "target": 2', 1)
    assert altered != text
    (tmp_path / "a.log").write_text(altered, encoding="utf-8")
    wrong = [one for one in cycles(tmp_path / "a.log") if one.verdict != "agrees"]
    assert wrong[0].verdict == "mismatch"
    assert "the rule gives 3" in wrong[0].sentence


def test_an_altered_average_of_a_real_log_is_found(tmp_path: Path) -> None:
    run = "capacity-based-high-parallel-20251128-145238"
    path = shared(f"wva-experiments-2025/{run}/wva-controller-logs.jsonl")
    text = path.read_text(encoding="utf-8")
    altered = text.replace("avgSpareKv=0.299", "avgSpareKv=0.399")
    assert altered != text
    (tmp_path / "a.jsonl").write_text(altered, encoding="utf-8")
    wrong = [one for one in cycles(tmp_path / "a.jsonl") if one.verdict != "agrees"]
    assert len(wrong) == 1
    assert "mean spare KV" in {c.quantity for e in wrong[0].explanations for c in e.differing}


EXCEPTIONS = {
    # v0.4.2 does not print which values it keeps when Prometheus does not answer.
    ("v0.4.2.jsonl", 3): ("what stays advertised without an analysis",),
}
"""(log, cycle) → what is missing. All other cycles of released versions are explained."""


def test_every_cycle_of_every_release_is_explained_but_for_known_exceptions() -> None:
    unexplained = {}
    for path in sorted(shared("wva-log-samples").iterdir()):
        if path.name == "cycle-log-documented.jsonl":
            continue  # an example of the documentation, whose numbers are not consistent
        for one in cycles(path):
            assert one.verdict != "mismatch", (path.name, one.sentence)
            if one.verdict == "unexplained":
                lacking = tuple(m for e in one.explanations for m in e.missing)
                unexplained[path.name, one.number] = lacking
    assert unexplained == EXCEPTIONS


REAL = ("wva-v0.4.2.log.gz", "wva-v0.8.0-debug.log.gz", "head-load-faults.jsonl.gz")


@pytest.mark.parametrize("name", REAL)
def test_every_cycle_of_a_real_cluster_of_2026_is_explained(name: str) -> None:
    path = shared(f"real-cluster-2026/{name}")
    found = explained(ReplaySession(open_recording(path), play=False).load())
    assert found
    assert [one.sentence for one in found if one.verdict != "agrees"] == []
