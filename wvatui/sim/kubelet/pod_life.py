"""The life of one pod that ends by itself: scheduled, pulled, initialised, run, ended."""

import random
from functools import partial
from typing import TYPE_CHECKING

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet import commands, pod_record
from wvatui.sim.kubelet.commands import argv
from wvatui.sim.kubelet.failures import BACKOFF_S, Failure, cannot_be_pulled, failed_pull
from wvatui.sim.kubelet.kubelet import CACHED_S, RETRY_S, SCHEDULE_S, START_S, find_node, why_not
from wvatui.sim.kubelet.pod_record import PodRecord
from wvatui.sim.kubelet.tekton_spec import SEQUENTIAL
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pod_json import key_of, unschedulable
from wvatui.sim.run.box import Box, Files, Process, Signal, Sleep, Steps
from wvatui.sim.run.volumes import MissingVolume
from wvatui.sim.store import Store

if TYPE_CHECKING:
    from wvatui.sim.kubelet.runner import PodRunner

PULL_S = (4.0, 9.0)


class Life:
    """One pod, from its creation to the end of its last container."""

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        logbook: LogBook,
        around: "PodRunner",
        pod: Object,
        rng: random.Random,
    ) -> None:
        self.name = str(pod["metadata"]["name"])
        self.volumes: dict[str, Files] = {}
        """Volumes that its containers share, by name."""
        self._timeline, self._store, self._logbook = timeline, store, logbook
        self._around, self._rng = around, rng
        self._key = key_of(pod)
        self._record = PodRecord(timeline, store, logbook, self._key)
        self._policy = pod["spec"].get("restartPolicy", "Always")
        self._processes: dict[str, Process] = {}
        self._evicted = Signal()

    # --- the whole of it -------------------------------------------------------------------

    def steps(self) -> Steps:
        """The steps of its life."""
        yield Sleep(SCHEDULE_S)
        failure = self._around.failures.of(self._record.pod)
        yield from self._schedule(failure)
        volumes: dict[str, Files] | None = None
        while volumes is None:
            try:
                volumes = self._around.volumes.of(self._record.pod)
            except MissingVolume as missing:
                self._record.told("FailedMount", str(missing), kind="Warning")
                yield Sleep(RETRY_S)
        self.volumes = volumes
        for container in self._record.pod["spec"].get("initContainers") or []:
            code = yield from self._run(container, volumes, None, is_init=True)
            if code:
                self._record.finish("Failed", initialized=False)
                return 0
        self._record.initialized()
        code = yield from self._mains(volumes, failure)
        if not self._evicted.is_fired:
            self._record.finish("Failed" if code else "Succeeded", initialized=True)
        return 0

    def terminated(self) -> None:
        """End its processes, as the pod is being deleted."""
        now = rfc3339.seconds(self._timeline.now)
        running = [name for name in self._record.containers if self._record.is_running(name)]
        for name in running:
            self._record.told("Killing", f"Stopping container {name}")
        self.kill()

        def change(pod: Object) -> None:
            for name in running:
                pod_record.ended(pod, name, now, 143)
            if pod["status"].get("phase") in ("Pending", "Running"):
                pod["status"]["phase"] = "Failed"

        self._record.change(change)

    def broken(self, text: str) -> None:
        """Fail the pod, as it cannot be run as specified."""
        self.kill()
        self._record.told("FailedCreatePodSandBox", text, kind="Warning")

        failed = {"phase": "Failed", "reason": "UnexpectedAdmissionError", "message": text}
        self._record.change(lambda pod: pod["status"].update(failed))

    def kill(self) -> None:
        """End everything in the pod at once."""
        for name, process in self._processes.items():
            process.kill()
            self._logbook.flush(*self._key, name)
        self._processes.clear()

    # --- before anything runs --------------------------------------------------------------

    def _schedule(self, failure: Failure | None) -> Steps:
        while True:
            pod = self._record.pod
            node = (
                "" if failure and failure.kind == "unschedulable" else find_node(self._store, pod)
            )
            text = self._unclaimed(pod)
            if node and not text:
                break
            text = text or why_not(self._store, pod)
            self._record.told("FailedScheduling", text, "default-scheduler", "Warning")
            self._record.change(lambda pod, text=text: unschedulable(pod, text, self._timeline.now))  # type: ignore[misc]
            yield Sleep(RETRY_S)
        address = self._around.address()

        def bind(pod: Object) -> None:
            pod["spec"]["nodeName"] = node
            pod["status"] |= {
                "phase": "Pending",
                "hostIP": "10.0.0.1",
                "podIP": address,
                "podIPs": [{"ip": address}],
                "startTime": rfc3339.seconds(self._timeline.now),
            }
            pod_record.first_states(pod)
            initialized, why = not pod["spec"].get("initContainers"), "ContainersNotReady"
            pod_record.conditions(
                pod, self._timeline.now, initialized=initialized, ready=False, reason=why
            )

        self._record.change(bind)
        text = f"Successfully assigned {self._key[0]}/{self.name} to {node}"
        self._record.told("Scheduled", text, "default-scheduler")
        return 0

    def _unclaimed(self, pod: Object) -> str:
        for volume in pod["spec"].get("volumes") or []:
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if name and self._store.get("PersistentVolumeClaim", self._key[0], name) is None:
                nodes = len(self._store.list("Node"))
                return f'0/{nodes} nodes are available: persistentvolumeclaim "{name}" not found.'
        return ""

    def _pull(self, container: Object, failure: Failure | None) -> Steps:
        image, name = str(container.get("image", "")), container["name"]
        node = self._record.pod["spec"]["nodeName"]
        if cannot_be_pulled(image) or (failure is not None and failure.kind == "image-pull"):
            yield from failed_pull(
                image,
                lambda reason, text, kind: self._record.told(reason, text, kind=kind),
                lambda reason, text: self._record.waits(name, reason, text),
                lambda: True,
            )
        if (node, image) in self._around.pulled:
            self._record.told("Pulled", f'Container image "{image}" already present on machine')
            yield Sleep(CACHED_S)
            return 0
        self._record.told("Pulling", f'Pulling image "{image}"')
        pull_s = self._rng.uniform(*PULL_S)
        yield Sleep(pull_s)
        self._around.pulled.add((node, image))
        self._record.told("Pulled", f'Successfully pulled image "{image}" in {pull_s:.3f}s')
        return 0

    # --- containers ------------------------------------------------------------------------

    def _mains(self, volumes: dict[str, Files], failure: Failure | None) -> Steps:
        """Run all containers concurrently; returns the highest exit code."""
        codes: dict[str, int] = {}
        over = Signal()
        containers = self._record.pod["spec"]["containers"]
        if SEQUENTIAL in (self._record.pod["metadata"].get("annotations") or {}):
            return (yield from self._in_turn(containers, volumes, failure))

        def leave(name: str, code: int) -> None:
            codes[name] = code
            if len(codes) == len(containers):
                over.fire()

        keepers = []
        for container in containers:
            steps = self._kept(container, volumes, failure)
            keepers.append(Process(self._timeline, steps, partial(leave, container["name"])))
            keepers[-1].start()
        try:
            yield over
        finally:
            for keeper in keepers:
                keeper.kill()
        return max(codes.values(), default=0)

    def _kept(self, container: Object, volumes: dict[str, Files], failure: Failure | None) -> Steps:
        """Run one container; one that cannot be run fails only its pod."""
        try:
            return (yield from self._run(container, volumes, failure))
        except commands.UNREADABLE as error:
            self.broken(f"{type(error).__name__}: {error}")
            return 1

    def _in_turn(
        self, containers: list[Object], volumes: dict[str, Files], failure: Failure | None
    ) -> Steps:
        """Run one container after the other, up to the first that fails; the others are skipped."""
        code = 0
        for container in containers:
            if code:
                self._record.ended(container["name"], 1)
                continue
            code = yield from self._run(container, volumes, failure)
        return code

    def _run(
        self,
        container: Object,
        volumes: dict[str, Files],
        failure: Failure | None,
        *,
        is_init: bool = False,
    ) -> Steps:
        """Run one container, restarted by the pod's restartPolicy; returns its last exit code."""
        wait_s = BACKOFF_S[0]
        while True:
            yield from self._pull(container, failure)
            yield Sleep(START_S)
            code = yield from self._once(container, volumes, failure)
            if self._evicted.is_fired:
                return code
            again = self._policy == "Always" and not is_init
            again = again or (code != 0 and self._policy != "Never")
            if not again:
                return code
            name = container["name"]
            pod, place = self._record.pod, f"{self.name}_{self._key[0]}"
            text = (
                f"back-off {wait_s:.0f}s restarting failed container={name} "
                f"pod={place}({pod['metadata']['uid']})"
            )
            back = f"Back-off restarting failed container {name} in pod {place}"
            self._record.told("BackOff", back, kind="Warning")
            self._record.waits(name, "CrashLoopBackOff", text)
            yield Sleep(wait_s)
            wait_s = min(2 * wait_s, BACKOFF_S[1])
            self._logbook.restart(*self._key, name)

    def _once(self, container: Object, volumes: dict[str, Files], failure: Failure | None) -> Steps:
        name = container["name"]
        env: dict[str, str] | None = None
        while env is None:
            try:
                env = self._around.volumes.environment(self._record.pod, container)
            except MissingVolume as missing:
                text = str(missing)
                self._record.told("Failed", f"Error: {text}", kind="Warning")
                self._record.waits(name, "CreateContainerConfigError", text)
                yield Sleep(RETRY_S)
        box = self._box(container, env, self._around.volumes.mounted(container, volumes))
        self._record.told("Created", f"Created container: {name}")
        self._record.told("Started", f"Started container {name}")
        self._record.started(name)
        ended, codes = Signal(), [0]
        reasons = [""]

        def leave(code: int) -> None:
            codes[0] = code
            ended.fire()

        process = Process(self._timeline, commands.run(box, argv(container, env)), leave)
        self._processes[name] = process
        process.start()
        if failure is not None and failure.kind in ("exit", "oom", "evicted"):

            def fail() -> None:
                if process.is_over:
                    return
                process.kill()
                codes[0] = failure.code if failure.kind == "exit" else 137
                reasons[0] = "OOMKilled" if failure.kind == "oom" else ""
                if failure.kind == "evicted":
                    self._evict()
                ended.fire()

            self._timeline.call_after(failure.after_s, fail)
        try:
            yield ended
        finally:
            process.kill()
        self._logbook.flush(*self._key, name)
        self._record.ended(name, codes[0], reasons[0])
        return codes[0]

    def _evict(self) -> None:
        """Evict the pod, as when its node runs out of memory."""
        text = (
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: "
            "61184Ki. Container load was using 7981Mi, request is 4Gi, has larger consumption "
            "of memory. "
        )
        self._evicted.fire()
        self._record.told("Evicted", text, kind="Warning")

        def change(pod: Object) -> None:
            pod["status"] |= {"phase": "Failed", "reason": "Evicted", "message": text}
            pod_record.conditions(
                pod, self._timeline.now, initialized=True, ready=False, reason="PodFailed"
            )

        self._record.change(change)

    def _box(self, container: Object, env: dict[str, str], files: Files) -> Box:
        return Box(
            self._timeline,
            self._around.network,
            files,
            self._rng,
            partial(self._logbook.write, *self._key, container["name"]),
            namespace=self._key[0],
            pod=self.name,
            image=str(container.get("image", "")),
            env=env,
            folder=str(container.get("workingDir") or "/"),
        )
