"""Explanations of V1: thresholds from the log, the rule recomputed, lies detected."""

import json
from typing import Any

import pytest

from tests.core.explain.logs import MODEL, capacity_cycle
from tests.core.folding import logged, recorded
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.explained import CycleExplained
from wvatui.core.explain.wva_v1.recompute_v1 import recompute_v1
from wvatui.core.rules.wva.thresholds import Settings

PODS = [
    [(0.1, 0)],
    [(0.2, 0)],
    [(0.45, 0)],
    [(0.6, 0)],
    [(0.6, 0), (0.1, 0)],
    [(0.3, 1), (0.32, 0)],
    [(0.1, 0), (0.05, 0)],
    [(0.1, 0)],
]


def cycles(*lies: tuple[int, dict[str, Any]], **settings: Any) -> tuple[CycleExplained, ...]:
    told = dict(lies)
    lines: list[str] = []
    for number, pods in enumerate(PODS):
        lines += capacity_cycle(number, pods, len(pods), **settings, **told.get(number, {}))
    return explained(logged("\n".join(lines)))


def test_every_cycle_of_an_honest_log_agrees() -> None:
    assert [one.verdict for one in cycles()] == ["agrees"] * len(PODS)


@pytest.mark.parametrize("kv", [0.5, 0.65, 0.8])
def test_the_kv_threshold_is_recovered_and_never_the_default(kv: float) -> None:
    case = cycles(kv=kv)[0].explanations[0].case
    assert (case.limits.kv.value, case.limits.kv.source) == (kv, "recovered")
    assert case.limits.queue.value == 5.0


def test_triggers_stated_in_one_cycle_hold_in_the_others() -> None:
    found = cycles(kv_up=0.15)
    known = {one.explanations[0].case.limits.kv_trigger.words for one in found}
    assert known == {"stated: in this cycle's lines", "stated: in the lines of 1 cycle of this log"}
    assert {one.explanations[0].case.limits.kv_trigger.value for one in found} == {0.15}


def test_a_wrong_average_is_a_mismatch_of_its_cycle_alone() -> None:
    found = cycles((1, {"spare_kv": 0.41}))
    assert [one.number for one in found if one.verdict != "agrees"] == [2]
    (check,) = found[1].explanations[0].differing
    assert check.quantity == "mean spare KV"
    assert check.logged == 0.41
    assert check.recomputed == pytest.approx(0.3)
    assert "contradicts itself" in found[1].sentence


def test_a_wrong_count_of_saturated_replicas_is_a_mismatch() -> None:
    found = cycles((5, {"free": 1}))
    assert [one.number for one in found if one.verdict == "mismatch"] == [6]


def test_a_wrong_target_is_a_mismatch_and_the_sentence_says_what_the_rule_gives() -> None:
    found = cycles((2, {"target": 5}))
    assert found[2].verdict == "mismatch"
    assert found[2].sentence.startswith("1→5, but the rule gives 2: spare KV 0.05 is below")


def test_without_means_the_thresholds_are_fitted_and_the_span_is_told() -> None:
    found = cycles(debug=False)
    assert [one.verdict for one in found] == ["agrees"] * len(PODS)
    kv = found[0].explanations[0].case.limits.kv
    assert kv.source == "fitted"
    assert kv.value is not None
    assert "8 of 8 analyses hold" in kv.where
    assert "fits" in kv.where


def test_a_log_without_any_pod_names_what_is_missing() -> None:
    cycle = capacity_cycle(0, [(0.1, 0)], 1, debug=False)
    lines = [line for line in cycle if "metric: pod" not in line]
    (one,) = explained(logged("\n".join(line for line in lines if "analysis" not in line)))
    assert one.verdict == "unexplained"
    assert one.explanations[0].missing == ("the analysis, and the pods' numbers",)


def test_a_configuration_that_changes_is_followed_after_three_cycles_that_say_so() -> None:
    lines: list[str] = []
    for number in range(10):
        kv = 0.5 if number < 5 else 0.7
        lines += capacity_cycle(number, [(0.1 + number / 100, 0)], 1, kv=kv)
    found = explained(logged("\n".join(lines)))
    assert [one.verdict for one in found] == ["agrees"] * 10
    values = [one.explanations[0].case.limits.kv.value for one in found]
    assert values == [0.5] * 5 + [0.7] * 5


def test_on_which_side_of_a_threshold_a_rounded_number_lay_is_left_open() -> None:
    lines = [line for n in range(3) for line in capacity_cycle(n, [(0.3, 0), (0.3, 0)], 2)]
    edge = capacity_cycle(3, [(0.4997, 0), (0.1, 0)], 2)  # printed as 0.500: saturated or not
    found = explained(logged("\n".join([*lines, *edge])))
    assert found[3].verdict == "agrees"
    made = found[3].explanations[0].recomputed
    assert made is not None
    assert getattr(made, "nudged") == ("v-0",)  # noqa: B009 - of one of three kinds


def test_the_same_inputs_under_other_thresholds_give_another_target() -> None:
    case = cycles()[1].explanations[0].case
    assert recompute_v1(case).targets == {"v": 1}
    tight = Settings(kv_cache_threshold=0.25, kv_spare_trigger=0.1)
    assert recompute_v1(case, tight).targets == {"v": 2}


def test_two_reconciles_at_once_tell_of_the_one_that_decided() -> None:
    first = capacity_cycle(0, [(0.1, 0)], 1) + capacity_cycle(1, [(0.1, 0)], 1)
    twice = capacity_cycle(2, [(0.45, 0)], 1)
    again = [line.replace(".000Z", ".100Z") for line in capacity_cycle(2, [(0.45, 0)], 1)]
    found = explained(logged("\n".join([*first, *twice, *again])))
    assert len(found) == 3
    assert [e.case.number for e in found[2].explanations] == [0, 1]
    assert found[2].verdict == "agrees"
    assert found[2].sentence.startswith("1→2: spare KV 0.05 is below the trigger")


@pytest.mark.parametrize(
    "name",
    ["burst-drain-v1.jsonl", "spike.jsonl", "stair-step-v2-hpa.jsonl", "two-variants-keda.jsonl"],
)
def test_every_cycle_of_a_bundled_recording_agrees(name: str) -> None:
    found = explained(recorded(name))
    assert len(found) > 20
    assert {one.verdict for one in found} == {"agrees"}


def test_on_which_side_of_its_trigger_a_rounded_spare_lay_is_as_the_log_says() -> None:
    """Two pods use 0.2000 and 0.1996, both printed as 0.200; one pod fewer leaves a spare of
    0.1004, and the trigger is 0.1."""
    lines = [line for n in range(3) for line in capacity_cycle(n, [(0.3, 0), (0.3, 0)], 2)]
    edge = capacity_cycle(3, [(0.2, 0), (0.1996, 0)], 2)
    found = explained(logged("\n".join([*lines, *edge])))
    assert [one.verdict for one in found] == ["agrees"] * 4
    (check,) = [c for c in found[3].explanations[0].checks if c.quantity == "fewer are safe"]
    assert check.note == "on the trigger, within the log's three decimals"


ARBITRATED = (
    # (KV use of each of three pods, the model's target, the decision, the logged reason)
    (0.75, 2, 3, "capacity veto: capacity needs scale-up (capacity=4, model-based=2)"),
    (0.5, 2, 3, "capacity safety block: scale-down unsafe (model-based wants 2)"),
    (0.5, 3, 3, "no action needed"),
    (0.75, 3, 4, "capacity-driven scale-up to 4"),
    (0.5, 5, 5, "model-based recommendation: scale-up to 5 (capacity allows)"),
)


def arbitrated(*, wrong: int = 0) -> str:
    """A log with a HYBRID cycle for each case, with the model's target but not its inputs."""
    lines: list[str] = []
    for number, (kv, model, target, _) in enumerate(ARBITRATED):
        cycle = capacity_cycle(number, [(kv, 1)] * 3, 3, kv=0.8, target=target + wrong)
        said = f"Model-based optimization completed for model: {MODEL} - model-based targets: "
        stated = json.loads(cycle[-1]) | {"msg": f"{said}map[v:{model}]"}
        cycle[-2:-2] = [json.dumps(stated)]
        lines += [line for line in cycle if "Capacity target" not in line]
    return "\n".join(lines).replace("CAPACITY-ONLY mode", "HYBRID mode")


def test_an_arbitration_is_explained_by_the_target_that_the_log_states_of_the_model() -> None:
    found = explained(logged(arbitrated()))
    assert [cycle.verdict for cycle in found] == ["agrees"] * len(ARBITRATED)
    for cycle, (_, model, _, reason) in zip(found, ARBITRATED, strict=True):
        taken = f"the model-based rule gives {model}, taken as logged; {reason}"
        assert cycle.sentence.endswith(taken)
    assert [cycle.sentence.partition(":")[0] for cycle in found][:2] == ["held at 3"] * 2


def test_a_decision_that_no_arbitration_gives_is_a_mismatch() -> None:
    first = explained(logged(arbitrated(wrong=1)))[0]
    assert (first.verdict, "but the rule gives 3" in first.sentence) == ("mismatch", True)


def test_a_variant_that_keeps_its_decision_is_not_told_as_the_one_that_moves() -> None:
    """v0.4.2 skips a variant that has not reached its previous target; the next one is scaled."""
    lines: list[str] = []
    for number, dear in enumerate((1, 2)):
        pods = [(0.75, 1), (0.75, 1)]
        cycle = capacity_cycle(number, pods, 1, kv=0.8, target=2, debug=False)
        said = "\n".join(cycle).replace("pod=v-1", "pod=w-1")
        own = [line for line in said.splitlines() if "Processing decision" in line]
        action = "scale-up" if dear > 1 else "no-change"
        other = f"Processing decision: variant=w, action={action}, current=1→target={dear}"
        text = json.dumps(json.loads(own[0]) | {"msg": other}, ensure_ascii=False)
        costs = [
            json.dumps(
                json.loads(cycle[0])
                | {
                    "msg": f"Variant analysis initialized: variant={name}, accelerator=H100,"
                    f" cost={cost}.00, replicaCount=1"
                }
            )
            for name, cost in (("v", 5), ("w", 20))
        ]
        lines += said.replace(own[0], "\n".join([own[0], text])).splitlines()
        lines[-3:-3] = costs
    first, second = explained(logged("\n".join(lines)))
    assert (first.verdict, second.verdict) == ("agrees", "agrees")
    assert first.sentence.endswith("v is the cheapest")
    assert second.sentence.endswith(
        "w is the cheapest of the others (v keeps 2: the decision before is not reached yet)"
    )
