"""kube-state-metrics: what the API server has of scale targets and HPAs, as a metrics page.

Names and labels: kube-state-metrics docs/metrics/workload/deployment-metrics.md and
horizontalpodautoscaler-metrics.md.
"""

from collections.abc import Callable, Iterator, Mapping

from wvatui.core.kube_object import Object
from wvatui.sim.pods.exposition import CONTENT_TYPE, PodPage, PodPages, go_number, head
from wvatui.sim.pods.programs import Idle
from wvatui.sim.store import Store

KUBE_STATE_PORT = 8080


class KubeStateMetrics(Idle):
    """The program: a page of the API server's objects."""

    def __init__(self, pages: PodPages, store: Store) -> None:
        self._pages, self._store = pages, store

    def ready(self, pod: Object) -> None:
        """The port opens."""

        def answer(path: str) -> PodPage:
            return (200, CONTENT_TYPE, kube_state_page(self._store))

        metadata = pod["metadata"]
        self._pages.listen(metadata["namespace"], metadata["name"], KUBE_STATE_PORT, answer)

    def stop(self, pod: Object) -> None:
        """The port closes."""
        self._pages.close(pod["metadata"]["namespace"], pod["metadata"]["name"])


FieldReading = Callable[[Object], float]


def _status(name: str) -> FieldReading:
    return lambda obj: float((obj.get("status") or {}).get(name) or 0)


def _spec(name: str) -> FieldReading:
    return lambda obj: float(obj["spec"].get(name) or 0)


_FAMILIES: Mapping[str, tuple[str, Mapping[str, FieldReading]]] = {
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
            "spec_max_replicas": _spec("maxReplicas"),
            "spec_min_replicas": _spec("minReplicas"),
            "status_current_replicas": _status("currentReplicas"),
            "status_desired_replicas": _status("desiredReplicas"),
        },
    ),
}


def kube_state_page(store: Store) -> bytes:
    """The page now."""
    return ("\n".join(_lines(store)) + "\n").encode()


def _lines(store: Store) -> Iterator[str]:
    for kind, (short, numbers) in _FAMILIES.items():
        objects = store.list(kind)
        for metric, number in numbers.items():
            name = f"kube_{short}_{metric}"
            yield from head(name, f"{metric.replace('_', ' ')} of a {kind}.", "gauge")
            for obj in objects:
                metadata = obj["metadata"]
                labels = f'namespace="{metadata["namespace"]}",{short}="{metadata["name"]}"'
                yield f"{name}{{{labels}}} {go_number(number(obj))}"
