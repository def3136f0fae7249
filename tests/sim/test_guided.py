"""Clusters scaled by the ScaledObjects and HPAs of llm-d's guides: their replicas over time."""

from typing import Any

import pytest

from tests.fixtures import shared
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.load.read import files
from wvatui.sim.cluster import Cluster
from wvatui.sim.objects.guides import GUIDES
from wvatui.sim.scenarios import SCENARIOS
from wvatui.sim.scenarios.guided import GUIDED

Object = dict[str, Any]


class Course:
    """A cluster in virtual time."""

    def __init__(self, scenario: str) -> None:
        self.cluster = Cluster(scenario=scenario)

    def at(self, second: float) -> list[int]:
        """`spec.replicas` of each variant at a second."""
        cluster = self.cluster
        cluster.timeline.run_until(cluster.timeline.start + second)
        targets = [
            cluster.store.get("Deployment", cluster.namespace, variant.name)
            for variant in cluster.scenario.variants
        ]
        return [int(target["spec"]["replicas"]) for target in targets if target is not None]

    def reason(self, kind: str, condition: str) -> str:
        obj = self.cluster.store.list(kind)[0]
        conditions: list[Object] = obj["status"]["conditions"]
        return next(str(c["reason"]) for c in conditions if c["type"] == condition)

    def metrics(self) -> list[Object]:
        (hpa,) = self.cluster.store.list("HorizontalPodAutoscaler")
        listed: list[Object] = hpa["status"]["currentMetrics"]
        return listed


def test_running_requests_over_sixteen_a_replica_bring_more_at_once() -> None:
    course = Course("keda-queue")
    assert course.at(70) == [1]
    assert course.at(130) == [4]
    asked = [m["external"]["current"]["averageValue"] for m in course.metrics()]
    assert asked[0] == "0"
    page = course.cluster.pages
    (pod,) = [
        p["metadata"]["name"]
        for p in course.cluster.store.list("Pod", course.cluster.namespace)
        if "epp" in p["metadata"]["name"]
    ]
    body = page.fetch(course.cluster.namespace, pod, 9090, "/metrics")[2]  # type: ignore[index]
    assert b"llm_d_epp_request_running" in body
    assert b"inference_" not in body.replace(b"inference_pool=", b"")


def test_a_window_on_the_way_up_makes_it_wait_for_five_minutes() -> None:
    course = Course("keda-queue-windows")
    assert course.at(360) == [1]
    assert course.reason("HorizontalPodAutoscaler", "AbleToScale") == "ScaleUpStabilized"
    assert course.at(420) == [3]


def test_the_guards_formula_reads_kube_state_metrics() -> None:
    course = Course("keda-queue-guard")
    assert course.at(120) == [4]
    assert [m["external"]["metric"]["name"] for m in course.metrics()] == ["composite-metric"]
    unavailable = course.cluster.prometheus.ask(
        'max(kube_deployment_status_replicas_unavailable{deployment="llama-8b-h100"})'
    )
    assert unavailable == [1.0]  # at the last scrape one of two booted; the other two came after


def test_prefill_and_decode_go_by_their_own_pods() -> None:
    course = Course("keda-pd-disaggregated")
    assert course.at(110) == [1, 2]  # prefill, decode


def test_latencies_reach_the_formula_by_recording_rules() -> None:
    course = Course("keda-slo-aware")
    assert course.at(60) == [3]
    assert 3 < course.at(180)[0] < 8
    assert course.cluster.prometheus.ask("epp:saturation:smoothed")[0] > 0.55


def test_an_hpa_on_cpu_and_queue_goes_by_the_metric_that_wants_most() -> None:
    course = Course("hpa-cpu-and-queue")
    assert course.at(110) == [4]
    cpu, queue = course.metrics()
    assert cpu["resource"]["current"]["averageUtilization"] > 0
    assert queue["external"]["metric"]["name"] == "vllm_num_requests_waiting"
    assert not course.cluster.store.list("ScaledObject")


def test_without_a_request_the_last_replica_sleeps_and_one_request_wakes_it() -> None:
    course = Course("keda-scale-to-zero")
    assert course.at(540)[0] == 1
    assert course.at(570) == [0]
    assert course.reason("HorizontalPodAutoscaler", "ScalingActive") == "ScalingDisabled"
    assert course.at(1220)[0] >= 1


def test_without_prometheus_triggers_fail_and_then_the_fallback_holds() -> None:
    course = Course("keda-fallback")
    course.at(239)
    held = course.at(250)
    assert course.reason("ScaledObject", "Fallback") == "NoFallbackFound"
    with pytest.raises(PromqlError, match="connection refused"):
        course.cluster.prometheus.ask("up")
    assert course.at(330) == held
    assert course.reason("ScaledObject", "Fallback") == "FallbackExists"
    course.at(520)
    assert course.reason("ScaledObject", "Fallback") == "NoFallbackFound"


def test_a_pause_of_scale_in_leaves_every_replica() -> None:
    course = Course("keda-paused-scale-in")
    assert course.at(560) == [4]  # with keda-queue there are two by then
    hpa = course.cluster.store.list("HorizontalPodAutoscaler")[0]
    assert hpa["spec"]["behavior"]["scaleDown"]["selectPolicy"] == "Disabled"
    assert course.reason("ScaledObject", "Paused") == "ScaledObjectPaused"


def test_a_formula_below_zero_asks_for_every_replica() -> None:
    course = Course("composite-below-zero")
    assert course.at(95) == [8]
    assert course.reason("HorizontalPodAutoscaler", "ScalingLimited") == "TooManyReplicas"


def test_every_guide_is_played_by_a_scenario() -> None:
    assert {scenario.guide for scenario in GUIDED} - {""} == GUIDES.keys()
    assert {"hpa-only", "keda-epp", "keda-queue"} <= SCENARIOS.keys()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("keda-queue", "queue-immediate-former"),
        ("keda-queue-windows", "queue-windows"),
        ("keda-queue-guard", "queue-guard"),
        ("keda-saturation", "saturation-windows"),
        ("keda-token-aware", "token-aware"),
        ("keda-slo-aware", "slo-aware"),
    ],
)
def test_a_scenarios_scaled_object_asks_for_what_the_guides_does(name: str, file: str) -> None:
    """They agree in all but namespaces: behavior, thresholds, names of triggers, their metrics."""
    guide = files.scaled_object(shared(f"hpa-keda/scaledobjects/{file}.yaml"))
    (ours,) = Cluster(scenario=name).store.list("ScaledObject")
    own = files.read_scaled_object(ours)
    assert (own.spec.up, own.spec.down) == (guide.spec.up, guide.spec.down)
    assert [t.names for t in own.triggers] == [t.names for t in guide.triggers]
    assert [t.target for t in own.triggers] == [t.target for t in guide.triggers]
    assert own.keda is not None
    assert guide.keda is not None
    assert own.keda.fallback == guide.keda.fallback
    assert bool(own.keda.formula) == bool(guide.keda.formula)
