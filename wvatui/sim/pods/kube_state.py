"""kube-state-metrics: the API server's scale targets, HPAs and pods as a metrics page.

Source: kube-state-metrics docs/metrics/workload/deployment-metrics.md,
horizontalpodautoscaler-metrics.md and pod-metrics.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339
from wvatui.sim.pods.exposition import CONTENT_TYPE, PodPage, PodPages, go_number, head
from wvatui.sim.pods.pod_json import condition_of, has, key_of
from wvatui.sim.pods.programs import Idle
from wvatui.sim.store import Store

KUBE_STATE_PORT = 8080


class KubeStateMetrics(Idle):
    """The program, which serves a page about the API server's objects."""

    def __init__(self, pages: PodPages, store: Store) -> None:
        self._pages, self._store = pages, store

    def ready(self, pod: Object) -> None:
        """Open the port."""

        def answer(path: str) -> PodPage:
            return (200, CONTENT_TYPE, kube_state_page(self._store))

        self._pages.listen(*key_of(pod), KUBE_STATE_PORT, answer)

    def stop(self, pod: Object) -> None:
        """Close the port."""
        self._pages.close(*key_of(pod))


ObjectSamples = Iterable[tuple[str, float]]
"""(further labels, each after a comma; value)."""
SamplesOf = Callable[[Object], ObjectSamples]


def _status(name: str) -> SamplesOf:
    return lambda obj: [("", float((obj.get("status") or {}).get(name) or 0))]


def _spec(name: str) -> SamplesOf:
    return lambda obj: [("", float(obj["spec"].get(name) or 0))]


def _labels(labels: Mapping[str, str]) -> str:
    return "".join(f',{name}="{value}"' for name, value in labels.items())


def _target(hpa: Object) -> ObjectSamples:
    target = hpa["spec"].get("scaleTargetRef") or {}
    labels = {f"scaletargetref_{key.lower()}": target.get(key, "") for key in ("kind", "name")}
    return [(_labels(labels), 1.0)]


def _info(pod: Object) -> ObjectSamples:
    owner: Object = next(iter(pod["metadata"].get("ownerReferences") or ()), {})
    labels = {
        "node": pod["spec"].get("nodeName", ""),
        "created_by_kind": owner.get("kind", ""),
        "created_by_name": owner.get("name", ""),
    }
    return [(_labels(labels), 1.0)]


def _created(pod: Object) -> ObjectSamples:
    return [("", rfc3339.parse(pod["metadata"]["creationTimestamp"]))]


def _phase(pod: Object) -> ObjectSamples:
    for phase in ("Pending", "Succeeded", "Failed", "Unknown", "Running"):
        yield _labels({"phase": phase}), float(pod["status"].get("phase") == phase)


def _ready(pod: Object) -> ObjectSamples:
    is_ready = condition_of(pod, "Ready").get("status", "False")
    for status in ("True", "False", "Unknown"):
        yield _labels({"condition": status.lower()}), float(is_ready == status)


def _since(condition: str) -> SamplesOf:
    def since(pod: Object) -> ObjectSamples:
        if has(pod, condition):
            yield "", rfc3339.parse(condition_of(pod, condition)["lastTransitionTime"])

    return since


def _restarts(pod: Object) -> ObjectSamples:
    for container in pod["status"].get("containerStatuses") or ():
        count = float(container.get("restartCount") or 0)
        yield _labels({"container": container["name"]}), count


_FAMILIES: Mapping[str, tuple[str, Mapping[str, SamplesOf]]] = {
    "Deployment": (
        "deployment",
        {
            "spec_replicas": _spec("replicas"),
            "status_replicas": _status("replicas"),
            "status_replicas_available": _status("availableReplicas"),
            "status_replicas_ready": _status("readyReplicas"),
            "status_replicas_unavailable": _status("unavailableReplicas"),
            "status_replicas_updated": _status("updatedReplicas"),
        },
    ),
    "HorizontalPodAutoscaler": (
        "horizontalpodautoscaler",
        {
            "info": _target,
            "spec_max_replicas": _spec("maxReplicas"),
            "spec_min_replicas": _spec("minReplicas"),
            "status_current_replicas": _status("currentReplicas"),
            "status_desired_replicas": _status("desiredReplicas"),
        },
    ),
    "Pod": (
        "pod",
        {
            "info": _info,
            "created": _created,
            "status_phase": _phase,
            "status_ready": _ready,
            "status_ready_time": _since("Ready"),
            "status_scheduled_time": _since("PodScheduled"),
            "container_status_restarts_total": _restarts,
        },
    ),
}


def kube_state_page(store: Store) -> bytes:
    """The present page."""
    return ("\n".join(_lines(store)) + "\n").encode()


def _lines(store: Store) -> Iterator[str]:
    for kind, (short, families) in _FAMILIES.items():
        objects = store.list(kind)
        for metric, samples in families.items():
            name = f"kube_{short}_{metric}"
            yield from head(name, f"{metric.replace('_', ' ')} of a {kind}.", "gauge")
            for obj in objects:
                metadata = obj["metadata"]
                own = f'namespace="{metadata["namespace"]}",{short}="{metadata["name"]}"'
                for more, value in samples(obj):
                    yield f"{name}{{{own}{more}}} {go_number(value)}"
