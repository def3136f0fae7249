"""From a Deployment to pods that serve: replica set, scheduler, kubelet.

A pod is created, scheduled, its image pulled, its container started; its readiness probe fails
while the model loads; when it is deleted it drains first. Each step is an event in the API, as
the real components write them.
"""

import hashlib
import random
from collections.abc import Callable

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet.failures import cannot_be_pulled
from wvatui.sim.kubelet.pulling import FailedPull
from wvatui.sim.kubelet.quota import refusal
from wvatui.sim.kubelet.scheduler import find_node, gpus_of, why_not
from wvatui.sim.logbook import LogBook
from wvatui.sim.pod_json import (
    container_status,
    deletion_order,
    deployment_conditions,
    image_of,
    is_ready,
    key_of,
    letters,
    name_of,
    new_pod,
    owner_of,
    stages,
    unschedulable,
)
from wvatui.sim.pods.programs import PodProgram, Starter
from wvatui.sim.store import Store

SCHEDULE_S = 0.4
PULL_S = (6.0, 12.0)
"""The first pull of an image on a node; later ones find it there."""
CACHED_S = 0.8
START_S = 1.2
PROBE_S = 10.0
GRACE_S = 30.0
DRAIN_CHECK_S = 1.0
RETRY_S = 5.0


class Kubelet:
    """Keeps the pods of every Deployment of a store as the Deployments want them."""

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
        """By the pod's uid."""
        self._pulled: set[tuple[str, str]] = set()
        self._due: set[tuple[str, str]] = set()
        self._refused: dict[tuple[str, str], str] = {}
        """Why the API server refuses further pods of a Deployment."""
        self._addresses = 10
        self._warm = True
        store.on_change(self._changed)

    def settle(self) -> None:
        """Bring up at once what is wanted now, as if it had been up for long."""
        for deployment in self._store.list("Deployment"):
            self._reconcile(deployment["metadata"]["namespace"], deployment["metadata"]["name"])
        self._warm = False

    # --- Deployment and ReplicaSet -----------------------------------------------------------

    def _changed(self, verb: str, obj: Object) -> None:
        if obj["kind"] == "Deployment":
            self._later(obj["metadata"]["namespace"], obj["metadata"]["name"])
        elif obj["kind"] == "Pod":
            owner = (obj["metadata"].get("labels") or {}).get("app.kubernetes.io/instance", "")
            name = (obj["metadata"].get("annotations") or {}).get(
                "sim.wvatui.dev/deployment", owner
            )
            if verb == "DELETED":
                self._forget(obj)
            if name:
                self._later(obj["metadata"]["namespace"], name)

    def _later(self, namespace: str, name: str) -> None:
        """Reconcile soon; many changes of one moment are one reconcile."""
        if self._warm or (namespace, name) in self._due:
            return
        self._due.add((namespace, name))

        def run() -> None:
            self._due.discard((namespace, name))
            self._reconcile(namespace, name)

        self._timeline.call_after(0.1, run)

    def _reconcile(self, namespace: str, name: str) -> None:
        deployment = self._store.get("Deployment", namespace, name)
        if deployment is None:
            for pod in self._pods(namespace, name):
                self._delete(pod)
            for owned in self._store.list("ReplicaSet", namespace):
                owners = owned["metadata"].get("ownerReferences") or []
                if any(o["kind"] == "Deployment" and o["name"] == name for o in owners):
                    self._store.delete("ReplicaSet", *key_of(owned))
            return
        replica_set = self._replica_set(deployment)
        wanted = int(deployment["spec"].get("replicas", 1))
        pods = self._pods(namespace, name)
        alive = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        if int(replica_set["spec"]["replicas"]) != wanted:
            self._scale(deployment, replica_set, int(replica_set["spec"]["replicas"]), wanted)
        self._refused.pop((namespace, name), None)
        for _ in range(wanted - len(alive)):
            if not self._create(deployment, replica_set):
                break
        surplus = len(alive) - wanted
        if surplus > 0:
            for pod in sorted(alive, key=deletion_order)[:surplus]:
                self._told(
                    replica_set,
                    "SuccessfulDelete",
                    f"Deleted pod: {name_of(pod)}",
                    "replicaset-controller",
                )
                self._delete(pod)
        self._write_status(namespace, name)

    def _replica_set(self, deployment: Object) -> Object:
        metadata = deployment["metadata"]
        digest = hashlib.sha256(repr(deployment["spec"]["template"]).encode()).hexdigest()
        name = f"{metadata['name']}-{letters(digest, 9)}"
        found = self._store.get("ReplicaSet", metadata["namespace"], name)
        if found is not None:
            return found
        return self._store.apply(
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "metadata": {
                    "name": name,
                    "namespace": metadata["namespace"],
                    "labels": dict(deployment["spec"]["template"]["metadata"]["labels"]),
                    "ownerReferences": [owner_of(deployment)],
                },
                "spec": {
                    "replicas": int(deployment["spec"].get("replicas", 1)),
                    "selector": deployment["spec"]["selector"],
                    "template": deployment["spec"]["template"],
                },
                "status": {"replicas": 0},
            }
        )

    def _scale(self, deployment: Object, replica_set: Object, before: int, after: int) -> None:
        def change(obj: Object) -> None:
            obj["spec"]["replicas"] = after

        self._store.patch("ReplicaSet", *key_of(replica_set), change)
        way = "up" if after > before else "down"
        text = f"Scaled {way} replica set {name_of(replica_set)} from {before} to {after}"
        self._told(deployment, "ScalingReplicaSet", text, "deployment-controller")

    def _pods(self, namespace: str, deployment: str) -> list[Object]:
        return [
            pod
            for pod in self._store.list("Pod", namespace)
            if (pod["metadata"].get("annotations") or {}).get("sim.wvatui.dev/deployment")
            == deployment
        ]

    def _write_status(self, namespace: str, name: str) -> None:
        deployment = self._store.get("Deployment", namespace, name)
        if deployment is None:
            return
        pods = [
            pod
            for pod in self._pods(namespace, name)
            if not pod["metadata"].get("deletionTimestamp")
        ]
        ready = sum(is_ready(pod) for pod in pods)
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            wanted = int(obj["spec"].get("replicas", 1))
            status: Object = {"observedGeneration": obj["metadata"].get("generation", 1)}
            counts = {
                "replicas": len(pods),
                "updatedReplicas": len(pods),
                "readyReplicas": ready,
                "availableReplicas": ready,
                "unavailableReplicas": wanted - ready,
            }
            status |= {key: value for key, value in counts.items() if value > 0}
            before = {c["type"]: c for c in obj.get("status", {}).get("conditions", [])}
            refused = self._refused.get((namespace, name), "")
            status["conditions"] = deployment_conditions(before, ready >= wanted, now, refused)
            obj["status"] = status

        self._store.patch("Deployment", namespace, name, change)

    # --- one pod -----------------------------------------------------------------------------

    def _create(self, deployment: Object, replica_set: Object) -> bool:
        """One more pod; False: it was refused, and will be tried again."""
        template = deployment["spec"]["template"]
        name = name_of(replica_set)
        if why := refusal(self._store, key_of(deployment)[0], template):
            pod_name = f"{name}-{letters(hashlib.sha256(name.encode()).hexdigest(), 5)}"
            text = f'pods "{pod_name}" is forbidden: {why}'
            self._refused[key_of(deployment)] = text
            self._told(
                replica_set,
                "FailedCreate",
                f"Error creating: {text}",
                "replicaset-controller",
                "Warning",
            )
            self._timeline.call_after(RETRY_S, lambda: self._later(*key_of(deployment)))
            return False
        pod = self._store.apply(new_pod(deployment, replica_set, GRACE_S))
        if self._warm:
            self._bring_up(pod)
            return True
        self._told(
            replica_set, "SuccessfulCreate", f"Created pod: {name_of(pod)}", "replicaset-controller"
        )
        self._timeline.call_after(SCHEDULE_S, lambda: self._schedule(*key_of(pod)))
        return True

    def _bring_up(self, pod: Object) -> None:
        """All steps at once, without a word: it has been there since long before the start."""
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
        self._told(
            pod,
            "Scheduled",
            f"Successfully assigned {namespace}/{name} to {node}",
            "default-scheduler",
        )
        image = image_of(pod)
        if cannot_be_pulled(image):
            FailedPull(
                self._timeline, lambda: self._alive(namespace, name), self._set, self._told
            ).start()
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

    def _bind(self, pod: Object, node: str) -> Object:
        self._addresses += 1
        address = f"10.128.{self._addresses // 250}.{self._addresses % 250 + 1}"
        now = rfc3339.seconds(self._timeline.now)

        def change(obj: Object) -> None:
            obj["spec"]["nodeName"] = node
            obj["status"] = {
                "phase": "Pending",
                "conditions": stages(
                    obj,
                    now,
                    PodScheduled="True",
                    Initialized="True",
                    ContainersReady="False",
                    Ready="False",
                ),
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
        """The readiness probe of a server that loads its model."""
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
            status["conditions"] = stages(
                obj,
                now,
                PodScheduled="True",
                Initialized="True",
                ContainersReady="True",
                Ready="True",
            )

        self._programs[pod["metadata"]["uid"]].ready(pod)
        self._set(pod, change)

    def _delete(self, pod: Object) -> None:
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

    def _forget(self, pod: Object) -> None:
        program = self._programs.pop(pod["metadata"].get("uid", ""), None)
        if program is not None:
            program.stop(pod)
        self._logbook.remove(*key_of(pod))

    # --- small things ------------------------------------------------------------------------

    def _alive(self, namespace: str, name: str) -> Object | None:
        pod = self._store.get("Pod", namespace, name)
        return None if pod is None or pod["metadata"].get("deletionTimestamp") else pod

    def _set(self, pod: Object, change: Callable[[Object], None]) -> Object:
        return self._store.patch("Pod", *key_of(pod), change)

    def _told(
        self, obj: Object, reason: str, text: str, component: str = "kubelet", kind: str = "Normal"
    ) -> None:
        self._store.event(obj, kind, reason, text, component)
