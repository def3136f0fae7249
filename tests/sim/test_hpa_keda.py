"""HPA and KEDA act on objects of the store as the real controllers do, by the rules of core/wva."""

from collections.abc import Mapping
from typing import Any

import pytest

from wvatui.sim.hpa import HpaController, quantity, written
from wvatui.sim.keda import KedaController
from wvatui.sim.store import Store
from wvatui.sim.timeline import Timeline

START = 1_788_249_600.0
NS = "ns"


class Scene:
    """A Deployment whose replicas are all there at once, and a metric that the test sets."""

    def __init__(self, replicas: int = 1) -> None:
        self.timeline = Timeline(START)
        self.store = Store(self.timeline)
        self.value: float | None = 1.0
        self.store.apply({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "d", "namespace": NS},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "d"}}},
            "status": {"replicas": replicas},
        })  # fmt: skip
        self.store.on_change(self._follow)

    def _follow(self, verb: str, obj: dict[str, Any]) -> None:
        if obj["kind"] == "Deployment" and obj["status"].get("replicas") != self.spec:

            def change(new: dict[str, Any]) -> None:
                new["status"]["replicas"] = new["spec"]["replicas"]

            self.store.patch("Deployment", NS, "d", change)

    def external(self, metric: str, labels: Mapping[str, str]) -> float | None:
        return self.value

    @property
    def spec(self) -> int:
        deployment = self.store.get("Deployment", NS, "d")
        assert deployment is not None
        return int(deployment["spec"]["replicas"])

    def hpa(self, **spec: Any) -> None:
        self.store.apply({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "h", "namespace": NS},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
                "minReplicas": 1, "maxReplicas": 6,
                "metrics": [{"type": "External", "external": {
                    "metric": {"name": "wva_desired_replicas", "selector": {"matchLabels": {}}},
                    "target": {"type": "AverageValue", "averageValue": "1"}}}],
            } | spec,
        })  # fmt: skip

    def status(self, kind: str = "HorizontalPodAutoscaler", name: str = "h") -> dict[str, Any]:
        found = self.store.get(kind, NS, name)
        assert found is not None
        status: dict[str, Any] = found["status"]
        return status

    def after(self, seconds: float) -> int:
        self.timeline.run_until(START + seconds)
        return self.spec

    @property
    def reasons(self) -> list[str]:
        return [event["reason"] for event in self.store.list("Event")]


def condition(status: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in status["conditions"] if c["type"] == kind)
    return found


def test_the_hpa_follows_the_metric_up_at_once_and_down_after_its_window() -> None:
    scene = Scene()
    scene.hpa()
    HpaController(scene.timeline, scene.store, external=scene.external)
    scene.value = 3.0
    assert scene.after(16) == 3
    status = scene.status()
    assert (status["currentReplicas"], status["desiredReplicas"]) == (1, 3)
    assert status["currentMetrics"][0]["external"]["current"] == {"averageValue": "3"}
    assert "SuccessfulRescale" in scene.reasons
    scene.value = 1.0
    assert scene.after(250) == 3
    assert scene.after(400) == 1


def test_the_hpa_stops_at_its_maximum_and_says_so() -> None:
    scene = Scene()
    scene.hpa()
    HpaController(scene.timeline, scene.store, external=scene.external)
    scene.value = 40.0
    assert scene.after(120) == 6
    assert condition(scene.status(), "ScalingLimited")["reason"] == "TooManyReplicas"


def test_without_its_metric_the_hpa_holds_and_says_why() -> None:
    scene = Scene(replicas=2)
    scene.hpa()
    HpaController(scene.timeline, scene.store, external=scene.external)
    scene.value = None
    assert scene.after(60) == 2
    active = condition(scene.status(), "ScalingActive")
    assert (active["status"], active["reason"]) == ("False", "FailedGetExternalMetric")
    assert "FailedGetExternalMetric" in scene.reasons


def test_an_hpa_without_its_target_says_that_it_cannot_scale() -> None:
    scene = Scene()
    scene.hpa(scaleTargetRef={"kind": "Deployment", "name": "elsewhere"})
    HpaController(scene.timeline, scene.store, external=scene.external)
    scene.after(20)
    able = condition(scene.status(), "AbleToScale")
    assert (able["status"], able["reason"]) == ("False", "FailedGetScale")


def keda(scene: Scene, **spec: Any) -> tuple[KedaController, HpaController]:
    notes = spec.pop("annotations", {})
    scene.store.apply({
        "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject",
        "metadata": {"name": "s", "namespace": NS, "annotations": notes},
        "spec": {
            "scaleTargetRef": {"name": "d"}, "minReplicaCount": 0, "maxReplicaCount": 5,
            "pollingInterval": 10, "cooldownPeriod": 60,
            "triggers": [{"type": "prometheus", "metadata": {
                "metricName": "queue", "threshold": "1"}}],
        } | spec,
    })  # fmt: skip
    made = KedaController(scene.timeline, scene.store, external=scene.external)
    hpa = HpaController(
        scene.timeline, scene.store,
        external=lambda metric, labels: made.served(metric, labels),
    )  # fmt: skip
    return made, hpa


def test_keda_wakes_from_zero_lets_its_hpa_scale_and_goes_to_rest() -> None:
    scene = Scene(replicas=0)
    keda(scene)
    scene.value = 0.0
    assert scene.after(30) == 0
    scene.value = 3.0
    assert scene.after(41) == 1
    assert scene.after(70) == 3
    assert scene.status("ScaledObject", "s")["hpaName"] == "keda-hpa-s"
    made = scene.store.get("HorizontalPodAutoscaler", NS, "keda-hpa-s")
    assert made is not None
    assert made["metadata"]["ownerReferences"][0]["kind"] == "ScaledObject"
    assert condition(scene.status("ScaledObject", "s"), "Active")["status"] == "True"
    scene.value = 0.0
    assert scene.after(900) == 0
    assert {"KEDAScaleTargetActivated", "KEDAScaleTargetDeactivated"} <= set(scene.reasons)


def test_a_paused_scaled_object_holds_its_replicas() -> None:
    scene = Scene(replicas=1)
    keda(scene, annotations={"autoscaling.keda.sh/paused-replicas": "2"})
    scene.value = 5.0
    assert scene.after(12) == 2
    assert condition(scene.status("ScaledObject", "s"), "Paused")["status"] == "True"


def test_keda_falls_back_when_its_trigger_cannot_be_read() -> None:
    scene = Scene(replicas=1)
    keda(scene, minReplicaCount=1, fallback={"replicas": 4, "failureThreshold": 2})
    scene.value = None
    scene.after(60)
    assert condition(scene.status("ScaledObject", "s"), "Fallback")["status"] == "True"
    assert scene.spec == 4


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (0.5, "500m"), (1.3334, "1334m")])
def test_quantities_go_both_ways(value: float, text: str) -> None:
    assert written(value) == text
    assert quantity(text) == pytest.approx(value, abs=0.001)
