"""The controllers of Deployments and ReplicaSets, which create a Deployment's pods."""

import hashlib

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet.kubelet import GRACE_S, RETRY_S, Kubelet, refusal
from wvatui.sim.pods.pod_json import (
    deletion_order,
    deployment_conditions,
    is_ready,
    key_of,
    letters,
    name_of,
    new_object,
    new_pod,
    owner_of,
)
from wvatui.sim.store import Store


class DeploymentController:
    """Keeps the number of pods that every Deployment in a store wants; the kubelet runs them."""

    def __init__(self, timeline: Timeline, store: Store, kubelet: Kubelet) -> None:
        self._timeline, self._store, self._kubelet = timeline, store, kubelet
        self._due: set[tuple[str, str]] = set()
        self._refused: dict[tuple[str, str], str] = {}
        """Why the API server refuses further pods of a Deployment."""
        self._warm = True
        store.on_change(self._changed)

    def settle(self) -> None:
        """Bring up all wanted pods at once, as if they had been running for long."""
        for deployment in self._store.list("Deployment"):
            self._reconcile(*key_of(deployment))
        self._warm = False

    def _changed(self, verb: str, obj: Object) -> None:
        if obj["kind"] == "Deployment":
            self._later(*key_of(obj))
        elif obj["kind"] == "Pod":
            owner = (obj["metadata"].get("labels") or {}).get("app.kubernetes.io/instance", "")
            name = (obj["metadata"].get("annotations") or {}).get(
                "sim.wvatui.dev/deployment", owner
            )
            if verb == "DELETED":
                self._kubelet.forget(obj)
            if name:
                self._later(obj["metadata"]["namespace"], name)

    def _later(self, namespace: str, name: str) -> None:
        """Reconcile soon; many changes of one moment cause one reconcile."""
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
                self._kubelet.delete(pod)
            for owned in self._store.list("ReplicaSet", namespace):
                owners = owned["metadata"].get("ownerReferences") or []
                if any(o["kind"] == "Deployment" and o["name"] == name for o in owners):
                    self._store.delete("ReplicaSet", *key_of(owned))
            return
        replica_set = self._replica_set(deployment)
        wanted = int(deployment["spec"].get("replicas", 1))
        alive = self._alive(namespace, name)
        if int(replica_set["spec"]["replicas"]) != wanted:
            self._scale(deployment, replica_set, int(replica_set["spec"]["replicas"]), wanted)
        self._refused.pop((namespace, name), None)
        for _ in range(wanted - len(alive)):
            if not self._create(deployment, replica_set):
                break
        surplus = len(alive) - wanted
        if surplus > 0:
            for pod in sorted(alive, key=deletion_order)[:surplus]:
                self._tell(replica_set, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
                self._kubelet.delete(pod)
        self._write_status(namespace, name)

    def _replica_set(self, deployment: Object) -> Object:
        metadata = deployment["metadata"]
        digest = hashlib.sha256(repr(deployment["spec"]["template"]).encode()).hexdigest()
        name = f"{metadata['name']}-{letters(digest, 9)}"
        stored = self._store.get("ReplicaSet", metadata["namespace"], name)
        if stored is not None:
            return stored
        template = deployment["spec"]["template"]
        return self._store.apply(
            new_object(
                "apps/v1",
                "ReplicaSet",
                name,
                metadata["namespace"],
                metadata={
                    "labels": template["metadata"]["labels"],
                    "ownerReferences": [owner_of(deployment)],
                },
                spec={
                    "replicas": int(deployment["spec"].get("replicas", 1)),
                    "selector": deployment["spec"]["selector"],
                    "template": template,
                },
                status={"replicas": 0},
            )
        )

    def _scale(self, deployment: Object, replica_set: Object, before: int, after: int) -> None:
        self._store.scale("ReplicaSet", *key_of(replica_set), after)
        way = "up" if after > before else "down"
        text = f"Scaled {way} replica set {name_of(replica_set)} from {before} to {after}"
        self._store.event(deployment, "Normal", "ScalingReplicaSet", text, "deployment-controller")

    def _pods(self, namespace: str, deployment: str) -> list[Object]:
        return [
            pod
            for pod in self._store.list("Pod", namespace)
            if (pod["metadata"].get("annotations") or {}).get("sim.wvatui.dev/deployment")
            == deployment
        ]

    def _alive(self, namespace: str, deployment: str) -> list[Object]:
        pods = self._pods(namespace, deployment)
        return [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]

    def _write_status(self, namespace: str, name: str) -> None:
        deployment = self._store.get("Deployment", namespace, name)
        if deployment is None:
            return
        pods = self._alive(namespace, name)
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

    def _create(self, deployment: Object, replica_set: Object) -> bool:
        """Create one more pod; False: it was refused, and will be tried again."""
        template = deployment["spec"]["template"]
        name = name_of(replica_set)
        if why := refusal(self._store, key_of(deployment)[0], template):
            pod_name = f"{name}-{letters(hashlib.sha256(name.encode()).hexdigest(), 5)}"
            text = f'pods "{pod_name}" is forbidden: {why}'
            self._refused[key_of(deployment)] = text
            self._tell(replica_set, "FailedCreate", f"Error creating: {text}", "Warning")
            self._timeline.call_after(RETRY_S, lambda: self._later(*key_of(deployment)))
            return False
        pod = self._store.apply(new_pod(deployment, replica_set, GRACE_S))
        if self._warm:
            self._kubelet.bring_up(pod)
            return True
        self._tell(replica_set, "SuccessfulCreate", f"Created pod: {name_of(pod)}")
        self._kubelet.run(pod)
        return True

    def _tell(self, replica_set: Object, reason: str, text: str, kind: str = "Normal") -> None:
        self._store.event(replica_set, kind, reason, text, "replicaset-controller")
