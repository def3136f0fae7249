"""A Deployment whose replicas are ready at once, and a metric that the test sets."""

from collections.abc import Mapping
from typing import Any

from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.tree import selectors
from wvatui.engine.timeline import Timeline
from wvatui.sim.controllers.hpa import HpaController
from wvatui.sim.controllers.keda import KedaController
from wvatui.sim.store import Store

START = 1_788_249_600.0
NS = "ns"
Object = dict[str, Any]


class Scene:
    """The scene. `value`: the answer of the metrics API; `asked`: its last request."""

    def __init__(self, replicas: int = 1) -> None:
        self.timeline = Timeline(START)
        self.store = Store(self.timeline)
        self.value: float | None = 1.0
        self.values: dict[str, float | None] = {}
        self.asked: tuple[str, dict[str, str]] = ("", {})
        self.store.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "d", "namespace": NS},
                "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "d"}}},
                "status": {"replicas": replicas},
            }
        )
        self.store.on_change(self._follow)

    def _follow(self, verb: str, obj: Object) -> None:
        if verb == "MODIFIED" and obj["kind"] == "Deployment":
            wanted = obj["spec"]["replicas"]
            if obj["status"].get("replicas") != wanted:
                self.store.patch(
                    "Deployment", NS, "d", lambda o: o["status"].update(replicas=wanted)
                )

    def external(self, metric: str, labels: Mapping[str, str]) -> float | None:
        self.asked = (metric, dict(labels))
        return self.values.get(metric, self.value)

    def ask(self, query: str) -> list[float]:
        """The answer of Prometheus to a query of one selector: empty where there is no value."""
        (selector,) = selectors(parse(query))
        labels = {matcher.label: matcher.value for matcher in selector.matchers}
        value = self.external(selector.name, labels)
        return [] if value is None else [value]

    @property
    def spec(self) -> int:
        deployment = self.store.get("Deployment", NS, "d")
        assert deployment is not None
        return int(deployment["spec"]["replicas"])

    def resize(self, replicas: int) -> None:
        self.store.patch("Deployment", NS, "d", lambda o: o["spec"].update(replicas=replicas))

    def hpa(self, **spec: Any) -> HpaController:
        """An HPA on the Deployment with min 1, max 6, one replica for each 1 of the metric."""
        self.store.apply(
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "metadata": {"name": "h", "namespace": NS},
                "spec": {
                    "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
                    "minReplicas": 1,
                    "maxReplicas": 6,
                    "metrics": [metric()],
                    "behavior": {
                        "scaleUp": {"stabilizationWindowSeconds": 0},
                        "scaleDown": {"stabilizationWindowSeconds": 300},
                    },
                }
                | spec,
            }
        )
        return HpaController(self.timeline, self.store, external=self.external)

    def keda(self, **spec: Any) -> tuple[KedaController, HpaController]:
        """A ScaledObject with min 0, max 5, a poll each 10 s and a cooldown of a minute."""
        metadata: Object = {"name": "s", "namespace": NS}
        metadata["annotations"] = spec.pop("annotations", {})
        self.store.apply(
            {
                "apiVersion": "keda.sh/v1alpha1",
                "kind": "ScaledObject",
                "metadata": metadata,
                "spec": {
                    "scaleTargetRef": {"name": "d"},
                    "minReplicaCount": 0,
                    "maxReplicaCount": 5,
                    "pollingInterval": 10,
                    "cooldownPeriod": 60,
                    "triggers": [prometheus()],
                }
                | spec,
            }
        )
        made = KedaController(
            self.timeline, self.store, external=self.external, prometheus=self.ask
        )
        return made, HpaController(self.timeline, self.store, external=made.served)

    def annotate(self, **notes: str) -> None:
        """Replace the ScaledObject's annotations; `_` in names stands for `-`."""
        named = {f"autoscaling.keda.sh/{k.replace('_', '-')}": v for k, v in notes.items()}

        def change(obj: Object) -> None:
            obj["metadata"]["annotations"] = named

        self.store.patch("ScaledObject", NS, "s", change)

    def status(self, kind: str = "HorizontalPodAutoscaler", name: str = "h") -> Object:
        found = self.store.get(kind, NS, name)
        assert found is not None
        status: Object = found["status"]
        return status

    def condition(
        self, type_: str, kind: str = "HorizontalPodAutoscaler", name: str = "h"
    ) -> Object:
        """A condition of the status, without its time."""
        found = next(c for c in self.status(kind, name)["conditions"] if c["type"] == type_)
        return {key: value for key, value in found.items() if key != "lastTransitionTime"}

    def after(self, seconds: float) -> int:
        """Let time pass until `seconds` after the start; returns `spec.replicas`."""
        self.timeline.run_until(START + seconds)
        return self.spec

    def events(self, reason: str = "") -> list[tuple[str, str]]:
        """(reason, message) of the Kubernetes events, each once, the oldest first."""
        found = sorted(self.store.list("Event"), key=lambda e: e["metadata"]["name"])
        return [(e["reason"], e["message"]) for e in found if reason in ("", e["reason"])]


def metric(
    name: str = "wva_desired_replicas", target: str = "1", kind: str = "AverageValue"
) -> Object:
    """One external metric of an HPA."""
    field = "averageValue" if kind == "AverageValue" else "value"
    return {
        "type": "External",
        "external": {
            "metric": {"name": name, "selector": {"matchLabels": {"variant_name": "v"}}},
            "target": {"type": kind, field: target},
        },
    }


def prometheus(**metadata: str) -> Object:
    """One prometheus trigger of a ScaledObject."""
    query = 'wva_desired_replicas{variant_name="v",namespace="ns"}'
    return {
        "type": "prometheus",
        "metadata": {"query": query, "threshold": "1", "activationThreshold": "0"} | metadata,
    }
