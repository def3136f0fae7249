"""Runs the pods of Deployments: scheduling, pull, start, probes until they serve, drain and end.

Each step creates an Event, as the real components do. A pod runs where a node has free GPUs and the
namespace's quota allows it.
"""

import random
from collections.abc import Callable
from typing import Any

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet.failures import cannot_be_pulled, failed_pull
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.pods.pod_json import (
    container_status,
    image_of,
    is_ready,
    key_of,
    new_object,
    stages,
    unschedulable,
)
from wvatui.sim.pods.programs import PodProgram, Starter
from wvatui.sim.run.box import Process, Steps
from wvatui.sim.store import Store


def gpus_of(pod: dict[str, Any]) -> int:
    """GPUs that a pod requests."""
    return sum(
        int((c.get("resources", {}).get("limits") or {}).get("nvidia.com/gpu", 0))
        for c in pod["spec"].get("containers", [])
    )


def find_node(store: Store, pod: dict[str, Any]) -> str:
    """The first node that fits, in order of their names; empty when none does."""
    chosen = pod["spec"].get("nodeSelector") or {}
    wanted = gpus_of(pod)
    # A pod without GPUs runs on a node without GPUs, as taints on GPU nodes require.
    nodes = store.list("Node")
    nodes = nodes if wanted else sorted(nodes, key=_gpus)
    for node in nodes:
        name = node["metadata"]["name"]
        labels = node["metadata"].get("labels") or {}
        if any(labels.get(key) != value for key, value in chosen.items()):
            continue
        room = _gpus(node)
        taken = sum(
            gpus_of(other) for other in store.list("Pod") if other["spec"].get("nodeName") == name
        )
        if taken + wanted <= room or not wanted:
            return str(name)
    return ""


def _gpus(node: dict[str, Any]) -> int:
    return int(node["status"]["allocatable"].get("nvidia.com/gpu", 0))


def why_not(store: Store, pod: dict[str, Any]) -> str:
    """The scheduler's message for a pod that fits on no node."""
    nodes = store.list("Node")
    chosen = pod["spec"].get("nodeSelector") or {}
    others = sum(
        any((n["metadata"].get("labels") or {}).get(k) != v for k, v in chosen.items())
        for n in nodes
    )
    parts = [f"{len(nodes) - others} Insufficient nvidia.com/gpu"]
    if others:
        parts.append(f"{others} node(s) didn't match Pod's node affinity/selector")
    return f"0/{len(nodes)} nodes are available: {', '.join(parts)}."


GPUS = "requests.nvidia.com/gpu"


def refusal(store: Store, namespace: str, template: Object) -> str:
    """Why the quota refuses one more pod of `template`; empty: it does not.

    Counts `pods` and `requests.nvidia.com/gpu`. Source: Kubernetes
    staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go.
    """
    for quota in store.list("ResourceQuota", namespace):
        hard = quota["spec"].get("hard") or {}
        alive = [
            pod
            for pod in store.list("Pod", namespace)
            if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        ]
        used = {GPUS: sum(map(gpus_of, alive)), "pods": len(alive)}
        asked = {GPUS: gpus_of(template), "pods": 1}
        over = [
            name
            for name in sorted(asked)
            if name in hard and asked[name] and used[name] + asked[name] > int(hard[name])
        ]
        if over:
            amounts = [",".join(f"{n}={of[n]}" for n in over) for of in (asked, used, hard)]
            return (
                f"exceeded quota: {quota['metadata']['name']}, requested: {amounts[0]},"
                f" used: {amounts[1]}, limited: {amounts[2]}"
            )
    return ""


def quota(name: str, namespace: str, **hard: str) -> Object:
    """A ResourceQuota with the limits `gpus` and `pods`."""
    names = {"gpus": GPUS}
    spec = {"hard": {names.get(key, key): value for key, value in hard.items()}}
    return new_object("v1", "ResourceQuota", name, namespace, spec=spec, status={})


def _stages(pod: Object, now: str, ready: str) -> list[Object]:
    """Conditions of a pod on a node."""
    done = "True"
    return stages(pod, now, PodScheduled=done, Initialized=done, ContainersReady=ready, Ready=ready)


SCHEDULE_S = 0.4
PULL_S = (6.0, 12.0)
"""Seconds of the first pull of an image on a node, least and most; later pods find it there."""
CACHED_S = 0.8
START_S = 1.2
PROBE_S = 10.0
GRACE_S = 30.0
DRAIN_CHECK_S = 1.0
RETRY_S = 5.0


class Kubelet:
    """Runs the pods of servers until they are deleted."""

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        logbook: LogBook,
        starter: Starter,
        rng: random.Random,
    ) -> None:
        self._timeline, self._store, self._logbook = timeline, store, logbook
        self._starter = starter
        self._rng = rng
        self._programs: dict[str, PodProgram] = {}
        """Programs by the pod's uid."""
        self._pulled: set[tuple[str, str]] = set()
        self._addresses = 10

    def run(self, pod: Object) -> None:
        """Take a new pod through its life."""
        self._timeline.call_after(SCHEDULE_S, lambda: self._schedule(*key_of(pod)))

    def bring_up(self, pod: Object) -> None:
        """Perform all steps at once without Events, for a pod that was running long before the
        start."""
        node = find_node(self._store, pod)
        self._bind(pod, node)
        self._pulled.add((node, image_of(pod)))
        self._start(*key_of(pod), quiet=True)
        self._become_ready(*key_of(pod))

    def _schedule(self, namespace: str, name: str) -> None:
        pod = self._alive(namespace, name)
        if pod is None:
            return
        node = find_node(self._store, pod)
        if not node:
            text = why_not(self._store, pod)
            self._told(pod, "FailedScheduling", text, "default-scheduler", "Warning")
            self._set(pod, lambda obj: unschedulable(obj, text, self._timeline.now))
            self._timeline.call_after(RETRY_S, lambda: self._schedule(namespace, name))
            return
        pod = self._bind(pod, node)
        text = f"Successfully assigned {namespace}/{name} to {node}"
        self._told(pod, "Scheduled", text, "default-scheduler")
        image = image_of(pod)
        if cannot_be_pulled(image):
            Process(self._timeline, self._failed_pull(pod), lambda code: None).start(at_once=True)
            return
        if (node, image) in self._pulled:
            pull_s = CACHED_S
            self._told(pod, "Pulled", f'Container image "{image}" already present on machine')
        else:
            pull_s = self._rng.uniform(*PULL_S)
            self._told(pod, "Pulling", f'Pulling image "{image}"')

        def pulled() -> None:
            if (node, image) not in self._pulled and self._alive(namespace, name) is not None:
                self._pulled.add((node, image))
                self._told(pod, "Pulled", f'Successfully pulled image "{image}" in {pull_s:.3f}s')
            self._timeline.call_after(START_S, lambda: self._start(namespace, name))

        self._timeline.call_after(pull_s, pulled)

    def _failed_pull(self, pod: Object) -> Steps:
        key = key_of(pod)

        def tell(reason: str, text: str, kind: str) -> None:
            if (alive := self._alive(*key)) is not None:
                self._told(alive, reason, text, kind=kind)

        def waits(reason: str, message: str) -> None:
            def change(obj: Object) -> None:
                state = {"waiting": {"reason": reason, "message": message}}
                obj["status"]["containerStatuses"] = [container_status(obj, state, ready=False)]

            if self._alive(*key) is not None:
                self._set(pod, change)

        return failed_pull(image_of(pod), tell, waits, lambda: self._alive(*key) is not None)

    def _bind(self, pod: Object, node: str) -> Object:
        self._addresses += 1
        address = f"10.128.{self._addresses // 250}.{self._addresses % 250 + 1}"
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            obj["spec"]["nodeName"] = node
            obj["status"] = {
                "phase": "Pending",
                "conditions": _stages(obj, now, "False"),
                "hostIP": "10.0.0.1",
                "podIP": address,
                "podIPs": [{"ip": address}],
                "startTime": now,
                "containerStatuses": [
                    container_status(obj, {"waiting": {"reason": "ContainerCreating"}}, ready=False)
                ],
                "qosClass": "BestEffort",
            }

        return self._set(pod, change)

    def _start(self, namespace: str, name: str, *, quiet: bool = False) -> None:
        pod = self._alive(namespace, name)
        if pod is None:
            return
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            obj["status"]["phase"] = "Running"
            obj["status"]["containerStatuses"] = [
                container_status(obj, {"running": {"startedAt": now}}, ready=False)
            ]

        pod = self._set(pod, change)
        program = self._programs[pod["metadata"]["uid"]] = self._starter(pod)
        program.start(pod)
        if quiet:
            return
        container = pod["spec"]["containers"][0]["name"]
        self._told(pod, "Created", f"Created container: {container}")
        self._told(pod, "Started", f"Started container {container}")
        if gpus_of(pod):
            self._timeline.call_after(PROBE_S, lambda: self._probe(namespace, name))
        self._timeline.call_after(program.startup_s, lambda: self._become_ready(namespace, name))

    def _probe(self, namespace: str, name: str) -> None:
        """The readiness probe of a server that is loading its model."""
        pod = self._alive(namespace, name)
        if pod is None or is_ready(pod):
            return
        address = pod["status"].get("podIP", "")
        status = self._programs[pod["metadata"]["uid"]].health()
        cause = f"HTTP probe failed with statuscode: {status}"
        if status is None:
            refused = f"dial tcp {address}:8000: connect: connection refused"
            cause = f'Get "http://{address}:8000/health": {refused}'
        self._told(pod, "Unhealthy", f"Readiness probe failed: {cause}", kind="Warning")
        self._timeline.call_after(PROBE_S, lambda: self._probe(namespace, name))

    def _become_ready(self, namespace: str, name: str) -> None:
        pod = self._alive(namespace, name)
        if pod is None:
            return
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            status = obj["status"]
            started = status["containerStatuses"][0]["state"]
            status["containerStatuses"] = [container_status(obj, started, ready=True)]
            status["conditions"] = _stages(obj, now, "True")

        self._programs[pod["metadata"]["uid"]].ready(pod)
        self._set(pod, change)

    def delete(self, pod: Object) -> None:
        """Drain a pod, then delete it."""
        if pod["metadata"].get("deletionTimestamp"):
            return
        ends = self._timeline.now + GRACE_S

        def change(obj: Object) -> None:
            obj["metadata"]["deletionTimestamp"] = rfc3339.seconds(ends)
            obj["metadata"]["deletionGracePeriodSeconds"] = int(GRACE_S)

        pod = self._set(pod, change)
        program = self._programs.get(pod["metadata"]["uid"])
        if program is None:
            self._store.delete("Pod", *key_of(pod))
            return
        container = pod["spec"]["containers"][0]["name"]
        self._told(pod, "Killing", f"Stopping container {container}")
        program.drain(pod)
        self._timeline.call_after(DRAIN_CHECK_S, lambda: self._drain(pod, program, ends))

    def _drain(self, pod: Object, program: PodProgram, ends: float) -> None:
        if self._store.get("Pod", *key_of(pod)) is None:
            return
        if self._timeline.now < ends and not program.is_idle():
            self._timeline.call_after(DRAIN_CHECK_S, lambda: self._drain(pod, program, ends))
            return
        self._store.delete("Pod", *key_of(pod))

    def forget(self, pod: Object) -> None:
        """Forget a pod that no longer exists."""
        program = self._programs.pop(pod["metadata"].get("uid", ""), None)
        if program is not None:
            program.stop(pod)
        self._logbook.remove(*key_of(pod))

    # --- helpers ------------------------------------------------------------------------------

    def _alive(self, namespace: str, name: str) -> Object | None:
        pod = self._store.get("Pod", namespace, name)
        return None if pod is None or pod["metadata"].get("deletionTimestamp") else pod

    def _set(self, pod: Object, change: Callable[[Object], None]) -> Object:
        return self._store.patch("Pod", *key_of(pod), change)

    def _told(
        self, obj: Object, reason: str, text: str, component: str = "kubelet", kind: str = "Normal"
    ) -> None:
        self._store.event(obj, kind, reason, text, component)
