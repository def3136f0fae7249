"""Runs Jobs on a simulated cluster without HTTP, created as by the API."""

from typing import Any

from wvatui.sim.api.admission import defaulted
from wvatui.sim.cluster import Cluster

NS = "llm-d-sim"
TARGET = "http://infra-sim-inference-gateway-istio:80"
GUIDELLM = "ghcr.io/vllm-project/guidellm"
Object = dict[str, Any]


def job(
    name: str = "load",
    *,
    image: str = "busybox:1",
    args: list[str] | None = None,
    script: str = "",
    annotations: dict[str, str] | None = None,
    pod: Object | None = None,
    **spec: Any,
) -> Object:
    """A Job of one container: an image with arguments, or a shell script."""
    container: Object = {"name": "load", "image": image}
    if script:
        container |= {"command": ["/bin/sh", "-c"], "args": [script]}
    elif args:
        container["args"] = args
    inner = {"restartPolicy": "Never", "containers": [container]} | (pod or {})
    metadata = {"annotations": annotations} if annotations else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NS},
        "spec": {"backoffLimit": 0, **spec, "template": {"metadata": metadata, "spec": inner}},
    }


class Field:
    """A simulated cluster with little load of its own."""

    def __init__(self, **more: Any) -> None:
        self.cluster = Cluster(**({"scenario": "steady"} | more))

    def create(self, obj: Object) -> Object:
        """Create an object as a POST does."""
        store = self.cluster.store
        return store.apply(defaulted(obj["kind"], store.draft(obj)))

    def run(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.cluster.timeline.run_until(self.cluster.timeline.now + seconds)

    def job(self, name: str = "load", namespace: str = NS) -> Object:
        """The Job `name`, from the store."""
        found = self.cluster.store.get("Job", namespace, name)
        assert found is not None
        return found

    def pods(self, name: str = "load", namespace: str = NS) -> list[Object]:
        """The pods of a Job, the oldest first."""
        pods = self.cluster.store.list("Pod", namespace, {"job-name": name})
        return sorted(pods, key=lambda pod: int(pod["metadata"]["resourceVersion"]))

    def conditions(self, name: str = "load") -> list[tuple[str, str]]:
        """(type, reason) of a Job's conditions."""
        rows = self.job(name)["status"].get("conditions") or []
        return [(row["type"], row["reason"]) for row in rows]

    def log(self, pod: Object, container: str = "load") -> str:
        """The log of a container."""
        place = pod["metadata"]["namespace"], pod["metadata"]["name"], container
        lines = self.cluster.logbook.current(*place).read()
        return b"".join(line.wire(False) for line in lines).decode()

    def finished(self, obj: Object, limit_s: float = 1200.0) -> str:
        """Create a Job, wait for its end, and return the log of its last pod."""
        self.create(obj)
        name = obj["metadata"]["name"]
        for _ in range(int(limit_s / 5)):
            self.run(5)
            if {"Complete", "Failed"} & {kind for kind, _ in self.conditions(name)}:
                return self.log(self.pods(name)[-1])
        raise AssertionError("the job did not end")

    def events(self, name: str) -> list[tuple[str, str]]:
        """(reason, message) of the events about an object."""
        return [
            (event["reason"], event["message"])
            for event in self.cluster.store.list("Event")
            if event["involvedObject"]["name"] == name
        ]
