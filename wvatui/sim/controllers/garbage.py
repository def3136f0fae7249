"""The garbage collector: deletes objects whose owner is gone."""

from wvatui.core.kube_object import Object
from wvatui.sim.kubelet.runner import PodRunner
from wvatui.sim.pods.pod_json import key_of
from wvatui.sim.store import Store

OWNERS = ("Job", "PipelineRun", "TaskRun")
"""Kinds whose dependents are collected here; the kubelet module does it for Deployments."""
DEPENDENTS = ("TaskRun", "Job", "Pod", "ConfigMap", "Secret", "PersistentVolumeClaim")


class GarbageCollector:
    """Deletes dependents in the background, or orphans them."""

    def __init__(self, store: Store, runner: PodRunner) -> None:
        self._store, self._runner = store, runner
        store.on_change(self._changed)

    def _changed(self, verb: str, obj: Object) -> None:
        if verb == "DELETED" and obj["kind"] in OWNERS:
            for dependent in dependents(self._store, obj):
                if dependent["kind"] == "Pod":
                    self._runner.terminate(*key_of(dependent))
                else:
                    self._store.delete(dependent["kind"], *key_of(dependent))


def dependents(store: Store, owner: Object) -> list[Object]:
    """The objects that name `owner` as their owner."""
    uid, namespace = owner["metadata"]["uid"], owner["metadata"].get("namespace")
    return [
        obj
        for kind in DEPENDENTS
        for obj in store.list(kind, namespace)
        if any(each.get("uid") == uid for each in obj["metadata"].get("ownerReferences") or [])
    ]


def orphan(store: Store, owner: Object) -> None:
    """Remove `owner` from the owner references of its dependents."""
    uid = owner["metadata"]["uid"]

    def change(obj: Object) -> None:
        kept = [owner for owner in obj["metadata"]["ownerReferences"] if owner.get("uid") != uid]
        obj["metadata"]["ownerReferences"] = kept
        if not kept:
            del obj["metadata"]["ownerReferences"]

    for dependent in dependents(store, owner):
        store.patch(dependent["kind"], *key_of(dependent), change)
