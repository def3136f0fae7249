"""The model-based parts of the simulated v0.4 controller: MODEL-ONLY mode, tuner, arbitration."""

import json
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from tests.fixtures import shared
from wvatui.core.log.facts import LoggedDecision, Prediction, SafetyNet, VariantMetrics
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.parser import parse
from wvatui.core.rules.wva.model.model_based import LatencyTargets, ModelLoad, allocate
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.engine.traffic import TrafficShape
from wvatui.errors import UsageError
from wvatui.sim.cluster import Cluster
from wvatui.sim.controllers.wva.wva_log import go_float32
from wvatui.sim.objects.model_objects import measured
from wvatui.sim.scenario import stages
from wvatui.sim.scenarios import SCENARIOS

RECORDED = "model-based-moderate-parallel-20251203-192044"
STARTS = ("Optimization solution", "Setting accelerator name")


def lines(cluster: Cluster) -> list[ParsedLine]:
    """The leader's log as a client reads it."""
    pod = cluster.controller.leader
    log = cluster.logbook.current(cluster.controller_namespace, pod, "manager")
    return [parse(f"{line.stamp} {line.text.decode()}") for line in log.read()]


def ran(minutes: float = 12, **more: Any) -> Cluster:
    cluster = Cluster(**({"scenario": "model-only"} | more))
    cluster.timeline.run_until(cluster.timeline.start + minutes * 60)
    return cluster


@cache
def story() -> tuple[Cluster, list[ParsedLine]]:
    cluster = ran()
    return cluster, lines(cluster)


def texts(found: list[ParsedLine], start: str) -> list[str]:
    return [line.message for line in found if line.message.startswith(start)]


# --- MODEL-ONLY ---------------------------------------------------------------------------


def test_every_line_of_it_is_known() -> None:
    assert [
        line.message for line in story()[1] if line.kind not in ("known", "continuation", "klog")
    ] == []


def test_its_targets_are_what_the_model_says_and_are_emitted() -> None:
    cluster, found = story()
    facts = [(line.at, fact) for line in found for fact in line.facts]
    predicted = {(at, f.variant): f.replicas for at, f in facts if isinstance(f, Prediction)}
    decided = {
        (at, f.variant): f.target
        for at, f in facts
        if isinstance(f, LoggedDecision) and f.stage == "applied"
    }
    assert len(predicted) == 25  # two a minute, for twelve minutes, and the first
    assert predicted == decided
    assert max(value or 0 for value in predicted.values()) > 2
    newest = max(predicted)
    assert cluster.controller.emitted[newest[1], cluster.namespace] == predicted[newest]


def test_its_log_holds_all_that_its_predictions_follow_from() -> None:
    """The predictions follow from the logged parameters, load and SLO."""
    found = story()[1]
    number = r"([-+.\de]+)"
    pattern = re.compile(
        rf"rate={number}; inTk=(\d+); outTk=(\d+); .*numRep=(\d+); .*itl={number}, ttft={number},"
        rf" rho={number}, maxRPM={number}}}; slo-itl={number}, slo-ttft={number}"
    )
    parameters = None
    checked = 0
    for line in found:
        named = re.search(
            rf"alpha={number}, beta={number}, gamma={number}, delta={number}", line.message
        )
        if line.message.startswith(("Model tuner results", "Updated SystemData")) and named:
            parameters = Parameters(*map(float, named.groups()))
        solved = pattern.search(line.message)
        if solved is None:
            continue
        assert parameters is not None
        rate, prompt, answer, replicas, itl, ttft, rho, most, slo_itl, slo_ttft = map(
            float, solved.groups()
        )
        again = allocate(
            parameters,
            ModelLoad(rate, prompt, answer),
            LatencyTargets(slo_ttft, slo_itl),
            cost=1.0,
            current=1,
        )
        assert again is not None
        assert again.replicas == replicas
        assert (again.itl_ms, again.ttft_ms) == pytest.approx((itl, ttft), rel=1e-3)
        assert (again.rho, again.max_per_min) == pytest.approx((rho, most), rel=1e-3)
        checked += 1
    assert checked == 25


def test_its_tuner_learns_and_rejects_outliers() -> None:
    cluster, found = story()
    rejected = texts(found, "Tuner NIS validation failed")
    assert len(rejected) > 3
    assert len(texts(found, "Tuner validation succeeded")) > 3
    assert "exceeds threshold 7.38) - Keeping previous state: alpha=" in rejected[0]
    kept = cluster.store.get("VariantAutoscaling", cluster.namespace, "llama-8b-h100")
    assert kept is not None
    learned = kept["status"]["tunerPerfData"]["perfParms"]
    told = kept["spec"]["modelProfile"]["accelerators"][0]["perfParms"]
    assert learned != told
    assert float(learned["decodeParms"]["alpha"]) == pytest.approx(12, rel=0.2)


def test_another_leader_goes_on_with_what_was_learned() -> None:
    cluster = ran(5)
    gone = cluster.controller.leader
    cluster.store.delete("Pod", cluster.controller_namespace, gone)
    cluster.timeline.run_until(cluster.timeline.now + 180)
    assert cluster.controller.leader != gone
    [first, *_] = texts(lines(cluster), "[Tuner Config]")
    assert first.endswith("Has covariance=true")


def test_its_prediction_is_near_what_a_calm_replica_then_does() -> None:
    found = story()[1]
    facts = [(line.at, fact) for line in found for fact in line.facts]
    calm = [at for at, fact in facts if isinstance(fact, VariantMetrics) and at is not None][1:6]
    for at, after in pairwise(calm):
        said = next(f for when, f in facts if when == at and isinstance(f, Prediction))
        did = next(f for when, f in facts if when == after and isinstance(f, VariantMetrics))
        assert did.itl_ms == pytest.approx(said.itl_ms, rel=0.2)


def test_a_prometheus_that_refuses_leaves_the_replicas_as_they_were_wanted() -> None:
    cluster = ran(6)
    wanted = dict(cluster.controller.emitted)
    cluster.controller.prometheus_down = True
    cluster.timeline.run_until(cluster.timeline.now + 61)
    found = lines(cluster)
    nets = [fact for line in found for fact in line.facts if isinstance(fact, SafetyNet)]
    assert nets
    assert cluster.controller.emitted == wanted
    assert texts(found, "Model-based optimization failed")
    assert "mode=model-only, modelsProcessed=1, modelsFailed=1" in found[-1].message
    assert [line.message for line in found if line.kind == "unknown"] == []


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("service-classes-config", "failed to locate SLO for model"),
        ("accelerator-unit-costs", "variantAutoscaling missing accelerator cost in configMap"),
    ],
)
def test_a_setting_that_is_missing_is_an_error_in_its_words(config: str, words: str) -> None:
    cluster = Cluster(scenario="model-only")
    cluster.store.delete("ConfigMap", cluster.controller_namespace, config)
    cluster.timeline.run_until(cluster.timeline.start + 90)
    found = lines(cluster)
    assert texts(found, words)
    assert texts(found, "Both capacity and model-based failed, activating safety net")
    assert [line.message for line in found if line.kind == "unknown"] == []


def impossible() -> list[ParsedLine]:
    """The log of a run with a latency target that not even a single request can meet."""
    cluster = ran(2)
    data = {
        "premium.yaml": "name: Premium\npriority: 1\ndata:\n"
        f"  - model: {cluster.scenario.model}\n    slo-tpot: 3\n    slo-ttft: 9\n"
    }
    cluster.store.patch(
        "ConfigMap",
        cluster.controller_namespace,
        "service-classes-config",
        lambda one: one.update(data=data),
    )
    cluster.timeline.run_until(cluster.timeline.now + 45)
    return lines(cluster)


def test_a_target_that_nothing_keeps_is_no_allocation() -> None:
    found = impossible()
    assert texts(found, "No potential allocations found for server: llama-8b-h100:llm-d-sim")
    assert texts(found, "Safety net activated")[-1].endswith("fallbackSource=previous-desired")
    assert [line.message for line in found if line.kind == "unknown"] == []


@cache
def stopped() -> list[ParsedLine]:
    """The log of a run whose load ends."""
    shape = TrafficShape(stages((0, 2.0), (120, 0.0)))
    return lines(ran(6, scenario=replace(SCENARIOS["model-only"], shape=shape)))


def test_without_load_the_tuner_keeps_what_it_learned() -> None:
    found = stopped()
    failed = texts(found, "Tuner failed completely")[-1]
    assert "invalid environment: &{0 0 0 256 0 0 1}" in failed
    assert texts(found, "Using tuned parameters from status for variant llama-8b-h100/llm-d-sim")
    [known] = set(texts(found, "Updated SystemData")[-2:])
    assert known.partition("alpha=")[2] in texts(found, "Updated tuner status")[-1]


# --- modes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("off", "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only"),
        ("on", "Operating in MODEL-ONLY mode: model-based optimization only"),
        ("model-only", "Operating in MODEL-ONLY mode: model-based optimization only"),
        ("both", "No optimization mode enabled, defaulting to CAPACITY-ONLY mode"),
    ],
)
def test_the_mode_is_what_the_environment_says(value: str, line: str) -> None:
    cluster = Cluster(scenario="steady", wva="v0.4")
    name = "workload-variant-autoscaler-controller-manager"

    def name_it(one: dict[str, Any]) -> None:
        container = one["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [{"name": "EXPERIMENTAL_HYBRID_OPTIMIZATION", "value": value}]

    cluster.store.patch("Deployment", cluster.controller_namespace, name, name_it)
    cluster.timeline.run_until(cluster.timeline.start + 120)
    assert texts(lines(cluster), line)


def test_hybrid_mode_arbitrates_and_says_why() -> None:
    cluster = ran(14, scenario="burst-drain", wva="v0.4", mode="hybrid")
    found = lines(cluster)
    assert texts(found, "Operating in HYBRID mode")
    arbitrated = texts(found, "Variant decision arbitrated")
    reasons = [text.rpartition("reason")[2] for text in arbitrated]
    assert {reason.split(":")[0].split(" to ")[0] for reason in reasons} > {
        "no action needed",
        "model-based recommendation",
    }
    applied = [
        fact
        for line in found
        for fact in line.facts
        if isinstance(fact, LoggedDecision) and fact.stage == "applied"
    ]
    assert [fact.reason for fact in applied] == reasons
    assert [line.message for line in found if line.kind == "unknown"] == []


def test_a_mode_goes_with_v04_only() -> None:
    with pytest.raises(UsageError, match=r"v0\.9 has no modes"):
        Cluster(mode="model-only")
    with pytest.raises(UsageError, match="unknown mode 'x'"):
        Cluster(wva="v0.4", mode="x")
    assert Cluster(scenario="model-only").wva_version == "v0.4.2"


# --- numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (7.514, "7.514"),
        (676453.25, "676453.25"),
        (-100.0, "-100"),
        (1102.51, "1102.51"),
        (9.950129508972168, "9.9501295"),
        (2e-05, "2e-05"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
    ],
)
def test_floats_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert go_float32(value) == text


def test_what_is_measured_of_an_engine_fits_what_it_does() -> None:
    profile = SCENARIOS["model-only"].variants[0].profile
    found = measured(profile, 700.0, 330.0)
    assert found.alpha == profile.step_s * 1000
    assert 0.2 < found.beta < 1.0


# --- beside recorded controllers ----------------------------------------------------------


def templates(found: list[ParsedLine]) -> set[tuple[str, str]]:
    return {(line.level, line.template) for line in found if line.kind == "known"}


def test_it_says_what_the_recorded_controllers_of_its_build_say() -> None:
    path = shared("wva-experiments-2025") / RECORDED / "wva-controller-logs.jsonl"
    real = [parse(line) for line in path.read_text(errors="replace").splitlines()]
    calm = {line for line in templates(real) if line[1] not in templates_of_trouble(real)}
    own = templates(story()[1]) | templates(stopped()) | templates(impossible())
    # The only lines of the simulation that the recording lacks.
    assert {name for _, name in own - templates(real)} <= {
        "a/capacity-scaling-config-loaded",
        "a/capacity-scaling-configuration-loaded-successfully",
    }
    assert {name for _, name in calm - own} == set()


def templates_of_trouble(real: list[ParsedLine]) -> set[str]:
    """The templates of start-up lines, and of lines about a Deployment that did not exist yet."""
    begun = next(i for i, line in enumerate(real) if line.message.startswith("[Tuner Config]"))
    return {line.template for line in real[:begun]}


def test_its_numbers_have_the_form_of_the_recorded_ones() -> None:
    path = shared("wva-experiments-2025") / RECORDED / "wva-controller-logs.jsonl"
    real = [
        json.loads(line)["msg"]
        for line in path.read_text(errors="replace").splitlines()
        if line.startswith("{")
    ]

    def form(text: str) -> str:
        for name in ("unsloth/Meta-Llama-3.1-8B", SCENARIOS["model-only"].model):
            text = text.replace(name, "MODEL")
        for name in ("ms-inference-scheduling-llm-d-modelservice-decode", "llama-8b-h100"):
            text = text.replace(name, "VARIANT")
        for name in ("llm-d-inference-scheduler", "llm-d-sim"):
            text = text.replace(name, "PLACE")
        for name in ("NVIDIA-H100-80GB-HBM3", "H100"):
            text = text.replace(name, "GPU")
        return re.sub(r"-?\d+(\.\d+)?(e[-+]\d+)?", "0", text)

    for start in (
        *STARTS,
        "Metrics collected for VA",
        "[Tuner Config]",
        "Tuner validation",
        "Tuner NIS",
        "Model tuner results",
        "Updated tuner status",
        "Tuned performance",
        "Using state vals",
        "Keeping previous",
        "Tuner failed completely",
    ):
        forms = {form(text) for text in real if text.startswith(start)}
        own = {form(text) for text in texts([*story()[1], *stopped()], start)}
        assert own, start
        assert forms, start
        assert own <= forms, start
