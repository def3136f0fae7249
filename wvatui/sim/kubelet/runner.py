"""Runs pods that end by themselves: those of Jobs and of TaskRuns, and bare ones."""

import random
from collections.abc import Callable

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet.commands import UNREADABLE
from wvatui.sim.kubelet.failures import Failures
from wvatui.sim.kubelet.pod_life import Life
from wvatui.sim.kubelet.tekton_spec import RESULTS
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pod_json import key_of
from wvatui.sim.run.box import Files, Network, Process, Steps
from wvatui.sim.run.volumes import Volumes
from wvatui.sim.store import Store

TERMINATION_S = 1.0
"""Seconds from the request to delete a pod until it is gone: load generators end at once."""
DEPLOYED = "sim.wvatui.dev/deployment"


class PodRunner:
    """Runs the pods that no other part of the simulation runs. `failures` holds the planned
    failures."""

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        logbook: LogBook,
        network: Network,
        dice: Callable[[str], random.Random],
    ) -> None:
        self.failures = Failures()
        self.network = network
        self.pulled: set[tuple[str, str]] = set()
        self.volumes = Volumes(store)
        self._timeline, self._store, self._logbook = timeline, store, logbook
        self._dice = dice
        self._lives: dict[str, tuple[Life, Process]] = {}
        self._addresses = 0
        store.on_change(self._changed)

    @property
    def running(self) -> list[str]:
        """Names of the pods that have not ended."""
        return [life.name for life, process in self._lives.values() if not process.is_over]

    def address(self) -> str:
        """The next pod's IP."""
        self._addresses += 1
        return f"10.129.{self._addresses // 250}.{self._addresses % 250 + 1}"

    def terminate(self, namespace: str, name: str) -> None:
        """Delete a pod as the API does: its processes are asked to end first. Does nothing when
        there is no such pod."""
        pod = self._store.get("Pod", namespace, name)
        if pod is None or pod["metadata"].get("deletionTimestamp"):
            return
        if not self.is_mine(pod) or pod["metadata"]["uid"] not in self._lives:
            self._store.delete("Pod", namespace, name)
            return
        ends = self._timeline.now + TERMINATION_S

        def change(obj: Object) -> None:
            obj["metadata"]["deletionTimestamp"] = rfc3339.seconds(ends)
            obj["metadata"]["deletionGracePeriodSeconds"] = 30

        pod = self._store.patch("Pod", namespace, name, change)
        life, process = self._lives[pod["metadata"]["uid"]]
        process.kill()
        life.terminated()

        def gone() -> None:
            stored = self._store.get("Pod", namespace, name)
            if stored is not None and stored["metadata"]["uid"] == pod["metadata"]["uid"]:
                self._store.delete("Pod", namespace, name)

        self._timeline.call_at(ends, gone)

    def files(self, pod: Object) -> Files | None:
        """Result files that the steps of a TaskRun wrote; None when they are no longer known."""
        life = self._lives.get(pod["metadata"]["uid"])
        return life[0].volumes.get(RESULTS) if life is not None else None

    @staticmethod
    def is_mine(pod: Object) -> bool:
        """Whether no Deployment and no other part of the simulation runs the pod."""
        return DEPLOYED not in (pod["metadata"].get("annotations") or {})

    def _changed(self, verb: str, obj: Object) -> None:
        if obj["kind"] != "Pod" or not self.is_mine(obj):
            return
        if verb == "DELETED":
            ended = self._lives.pop(obj["metadata"]["uid"], None)
            if ended is not None:
                ended[1].kill()
                ended[0].kill()
                self._logbook.remove(*key_of(obj))
        elif verb == "ADDED" and not obj["spec"].get("nodeName"):
            life = Life(
                self._timeline,
                self._store,
                self._logbook,
                self,
                obj,
                self._dice(f"pod/{obj['metadata']['name']}"),
            )
            process = Process(self._timeline, _whole(life), lambda code: None)
            self._lives[obj["metadata"]["uid"]] = (life, process)
            process.start()


def _whole(life: Life) -> Steps:
    """Run a life; a pod with an invalid specification fails, and nothing else does."""
    try:
        return (yield from life.steps())
    except UNREADABLE as error:
        life.broken(f"{type(error).__name__}: {error}")
        return 1
