"""The object of one running pod: its changing status, and its Events."""

from collections.abc import Callable

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pod_json import stages
from wvatui.sim.store import Store


def first_states(pod: Object) -> None:
    """Set every container to waiting, as for a pod just assigned to a node."""
    spec, status = pod["spec"], pod["status"]
    if inits := spec.get("initContainers"):
        status["initContainerStatuses"] = [_waiting(each, "PodInitializing") for each in inits]
    reason = "PodInitializing" if inits else "ContainerCreating"
    status["containerStatuses"] = [_waiting(each, reason) for each in spec["containers"]]


def _waiting(container: Object, reason: str) -> Object:
    return {
        "name": container["name"],
        "state": {"waiting": {"reason": reason}},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": container.get("image", ""),
        "imageID": "",
        "started": False,
    }


def container_of(pod: Object, name: str) -> Object:
    """The status of one container."""
    status = pod["status"]
    every = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return next(container for container in every if container["name"] == name)


def _left(pod: Object, name: str) -> Object:
    """The status of a container that leaves its present state."""
    status = container_of(pod, name)
    if "terminated" in status["state"]:
        status["lastState"] = status["state"]
    return status


def ended(pod: Object, name: str, now: str, code: int, reason: str = "") -> None:
    """Set a container to terminated."""
    status = container_of(pod, name)
    begun = (status["state"].get("running") or {}).get("startedAt", now)
    status["state"] = {
        "terminated": {
            "exitCode": code,
            "reason": reason or ("Error" if code else "Completed"),
            "startedAt": begun,
            "finishedAt": now,
            "containerID": status.get("containerID", ""),
        }
    }
    is_init = any(c["name"] == name for c in pod["spec"].get("initContainers") or [])
    status["ready"], status["started"] = is_init and not code, False


def conditions(
    pod: Object, now: float, *, initialized: bool, ready: bool, reason: str = ""
) -> None:
    """Set the conditions that a kubelet maintains; `reason`: why a pod is not ready (any more)."""
    states = {"Initialized": initialized, "Ready": ready, "ContainersReady": ready}
    rows = stages(
        pod, rfc3339.seconds(now), PodScheduled="True", **{k: str(v) for k, v in states.items()}
    )
    for row in rows:
        if row["type"] in ("Ready", "ContainersReady") and not ready and reason:
            row["reason"] = reason
    pod["status"]["conditions"] = rows


class PodRecord:
    """One pod in the store, by its namespace and name."""

    def __init__(
        self, timeline: Timeline, store: Store, logbook: LogBook, key: tuple[str, str]
    ) -> None:
        self._timeline, self._store, self._logbook = timeline, store, logbook
        self._key = key

    @property
    def pod(self) -> Object:
        """The pod as it is now; it must exist."""
        pod = self._store.get("Pod", *self._key)
        assert pod is not None, "a life ends with its pod"
        return pod

    def change(self, change: Callable[[Object], None]) -> None:
        """Apply a change to the pod."""
        self._store.patch("Pod", *self._key, change)

    def told(
        self, reason: str, text: str, component: str = "kubelet", kind: str = "Normal"
    ) -> None:
        """Create an Event about the pod."""
        self._store.event(self.pod, kind, reason, text, component)

    @property
    def containers(self) -> list[str]:
        """Names of its containers, init containers first."""
        spec = self.pod["spec"]
        every = (*(spec.get("initContainers") or []), *spec["containers"])
        return [str(container["name"]) for container in every]

    def is_running(self, name: str) -> bool:
        """Whether a container is running."""
        try:
            return "running" in container_of(self.pod, name)["state"]
        except StopIteration:
            return False

    def waits(self, name: str, reason: str, text: str) -> None:
        """Set a container to waiting, for this reason."""

        def change(pod: Object) -> None:
            status = _left(pod, name)
            status["state"] = {"waiting": {"reason": reason} | ({"message": text} if text else {})}
            status["ready"] = status["started"] = False

        self.change(change)

    def ended(self, name: str, code: int, reason: str = "") -> None:
        """Set a container to terminated, now."""
        now = rfc3339.seconds(self._timeline.now)
        self.change(lambda pod: ended(pod, name, now, code, reason))

    def initialized(self) -> None:
        """Note that all init containers have ended."""
        self.change(lambda pod: self._conditions(pod, ready=False))

    def started(self, name: str) -> None:
        """Set a container to running, now."""

        def change(pod: Object) -> None:
            status = _left(pod, name)
            if status["lastState"]:
                status["restartCount"] += 1
            status["state"] = {"running": {"startedAt": rfc3339.seconds(self._timeline.now)}}
            run = f"{name}{status['restartCount']}"
            status["containerID"] = f"containerd://{pod['metadata']['uid']}#{run}"
            is_main = any(c["name"] == name for c in pod["spec"]["containers"])
            status["ready"], status["started"] = is_main, True
            if is_main:
                pod["status"]["phase"] = "Running"
                ready = all(container["ready"] for container in pod["status"]["containerStatuses"])
                self._conditions(pod, ready=ready)

        self.change(change)

    def finish(self, phase: str, *, initialized: bool) -> None:
        """Set the pod's final phase."""

        def change(pod: Object) -> None:
            pod["status"]["phase"] = phase
            reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
            conditions(pod, self._timeline.now, initialized=initialized, ready=False, reason=reason)

        self.change(change)
        for name in self.containers:
            self._logbook.end(*self._key, name)

    def _conditions(self, pod: Object, *, ready: bool) -> None:
        conditions(
            pod, self._timeline.now, initialized=True, ready=ready, reason="ContainersNotReady"
        )
