"""Where a pod may run: GPUs that nodes have free, and what the namespace's quota leaves."""

from typing import Any

from wvatui.core.kube_object import Object
from wvatui.sim.store import Store


def gpus_of(pod: dict[str, Any]) -> int:
    """GPUs that a pod asks for."""
    return sum(
        int((c.get("resources", {}).get("limits") or {}).get("nvidia.com/gpu", 0))
        for c in pod["spec"].get("containers", [])
    )


def find_node(store: Store, pod: dict[str, Any]) -> str:
    """The first node that fits, in order of their names; empty when none does."""
    chosen = pod["spec"].get("nodeSelector") or {}
    wanted = gpus_of(pod)
    # What needs no GPU goes where there is none, as taints on GPU nodes have it.
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
    """The scheduler's words for a pod that fits nowhere."""
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
    """Why one more pod of `template` would be refused; empty: it would not be.

    Counted are `pods` and `requests.nvidia.com/gpu`. Source: Kubernetes
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
            told = [",".join(f"{n}={of[n]}" for n in over) for of in (asked, used, hard)]
            return (
                f"exceeded quota: {quota['metadata']['name']}, requested: {told[0]},"
                f" used: {told[1]}, limited: {told[2]}"
            )
    return ""


def quota(name: str, namespace: str, **hard: str) -> Object:
    """A ResourceQuota; `gpus` and `pods` are its limits."""
    names = {"gpus": GPUS}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"hard": {names.get(key, key): value for key, value in hard.items()}},
        "status": {},
    }
