"""Nodes, and which of them has a GPU free."""

from typing import Any

from wvatui.sim.store import Store

PRODUCT = "nvidia.com/gpu.product"


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
