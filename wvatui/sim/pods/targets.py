"""The addresses of the cluster's metrics pages, in the form of Prometheus' `http_sd_configs`."""

from typing import Any

from wvatui.sim.pods.exposition import PodPages
from wvatui.sim.store import Store

TARGETS_PATH = "/wvatui/scrape-targets"
_NAMES = ("metrics", "http-metrics")


def scrape_targets(store: Store, pages: PodPages, address: str) -> list[dict[str, Any]]:
    """One target per page of each pod, behind the proxy of the API server at `address`
    (`host:port`).

    A port declared for metrics is a target even before anything listens there.
    """
    targets = []
    for pod in store.list("Pod"):
        metadata = pod["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        declared = {
            int(port["containerPort"])
            for container in pod["spec"]["containers"]
            for port in container.get("ports") or ()
            if port.get("name") in _NAMES
        }
        service = (metadata.get("labels") or {}).get("inferencepool", "")
        for port in sorted(declared | set(pages.ports(namespace, name))):
            scheme = "https:" if pages.speaks_https(namespace, name, port) else ""
            place = f"/api/v1/namespaces/{namespace}/pods/{scheme}{name}:{port}/proxy/metrics"
            labels = {"__metrics_path__": place, "namespace": namespace, "pod": name}
            labels |= {"service": service} if service else {}
            targets.append({"targets": [address], "labels": labels})
    return targets
