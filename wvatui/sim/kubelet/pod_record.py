"""The object of one pod that is being run: its status as it goes on, and its Events."""

from collections.abc import Callable

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet import pod_status
from wvatui.sim.logbook import LogBook
from wvatui.sim.store import Store


class PodRecord:
    """One pod in the store, by its namespace and name."""

    def __init__(
        self, timeline: Timeline, store: Store, logbook: LogBook, key: tuple[str, str]
    ) -> None:
        self._timeline, self._store, self._logbook = timeline, store, logbook
        self._key = key

    @property
    def pod(self) -> Object:
        """As it is now; it must be there."""
        pod = self._store.get("Pod", *self._key)
        assert pod is not None, "a life ends with its pod"
        return pod

    def change(self, change: Callable[[Object], None]) -> None:
        """Change it."""
        self._store.patch("Pod", *self._key, change)

    def told(
        self, reason: str, text: str, component: str = "kubelet", kind: str = "Normal"
    ) -> None:
        """An Event about it."""
        self._store.event(self.pod, kind, reason, text, component)

    @property
    def containers(self) -> list[str]:
        """Names of its containers, those that initialise it first."""
        spec = self.pod["spec"]
        return [
            str(one["name"]) for one in (*(spec.get("initContainers") or []), *spec["containers"])
        ]

    def is_running(self, name: str) -> bool:
        """Whether a container runs."""
        try:
            return "running" in pod_status.container_of(self.pod, name)["state"]
        except StopIteration:
            return False

    def waits(self, name: str, reason: str, text: str) -> None:
        """A container waits for a reason."""
        self.change(lambda pod: pod_status.waits(pod, name, reason, text))

    def ended(self, name: str, code: int, reason: str = "") -> None:
        """A container ended now."""
        now = rfc3339.seconds(self._timeline.now)
        self.change(lambda pod: pod_status.ended(pod, name, now, code, reason))

    def initialized(self) -> None:
        """All that initialises it has run."""
        self.change(lambda pod: self._conditions(pod, ready=False))

    def started(self, name: str) -> None:
        """A container runs."""

        def change(pod: Object) -> None:
            pod_status.runs(pod, name, rfc3339.seconds(self._timeline.now))
            if any(one["name"] == name for one in pod["spec"]["containers"]):
                pod["status"]["phase"] = "Running"
                ready = all(one["ready"] for one in pod["status"]["containerStatuses"])
                self._conditions(pod, ready=ready)

        self.change(change)

    def finish(self, phase: str, *, initialized: bool) -> None:
        """It is over."""

        def change(pod: Object) -> None:
            pod["status"]["phase"] = phase
            reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
            pod_status.conditions(
                pod, self._timeline.now, initialized=initialized, ready=False, reason=reason
            )

        self.change(change)
        for name in self.containers:
            self._logbook.end(*self._key, name)

    def _conditions(self, pod: Object, *, ready: bool) -> None:
        pod_status.conditions(
            pod, self._timeline.now, initialized=True, ready=ready, reason="ContainersNotReady"
        )
