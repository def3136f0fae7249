"""Checks whether the nodes have enough GPUs left for an experiment's largest number of replicas."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wvatui.core.kube_object import ReadObject, is_over, labels_of, object_name
from wvatui.core.lines import many
from wvatui.core.results.loose import at, rows, table, text
from wvatui.core.rules.quantities import quantity
from wvatui.kube.client import Client
from wvatui.kube.paths import POD, Kind

NODE = Kind("Node", "nodes")
MOST_NODES = 64
"""Most nodes whose pods are counted; a larger cluster is not checked."""
_GPU = re.compile(
    r"(?:nvidia|amd|intel|aliyun)\.com/.*(?:gpu|mig-)|gpu\.intel\.com/(?:i915|xe)\Z"
    r"|habana\.ai/|.*/tpu\Z"
)
"""Names of the device plugins' extended resources."""


async def gpu_words(
    client: Client, deployment: ReadObject, largest: int
) -> tuple[bool, str] | None:
    """Whether there are GPUs for `largest` replicas of a Deployment, and a description; None: it
    needs none.

    Only nodes that its node selector and tolerations admit count. Raises ClusterError, for instance
    where nodes or the pods of other namespaces may not be listed.
    """
    spec = table(at(deployment, "spec", "template", "spec"))
    wanted = _wanted(spec)
    more = largest - int(at(deployment, "status", "replicas") or 0)
    if not wanted or more <= 0:
        return None
    answer = await client.get_json(NODE.path())
    nodes = [node for node in map(table, rows(answer.get("items"))) if _admits(node, spec, wanted)]
    if len(nodes) > MOST_NODES:
        return True, f"GPUs are not counted: {len(nodes)} nodes have some"
    room = 0
    for node in nodes:
        params = {"fieldSelector": f"spec.nodeName={object_name(node)}"}
        pods = (await client.get_json(POD.path(), params)).get("items")
        room += _room(node, list(map(table, rows(pods))), wanted)
    name = object_name(deployment)
    each = " and ".join(f"{count:g} {resource}" for resource, count in sorted(wanted.items()))
    if room >= more:
        return True, f"GPUs for {many(largest, 'replica')} of {name} are free ({each} each)"
    return False, (
        f"{name} may want {many(largest, 'replica')}, {more} more than there are, and GPUs for "
        f"{room} more are free ({each} each): the others will not start"
    )


def _wanted(spec: ReadObject) -> dict[str, float]:
    """GPUs that one pod requests, by resource name."""
    wanted: dict[str, float] = {}
    for container in map(table, rows(spec.get("containers"))):
        asked = {**table(at(container, "resources", "requests"))}
        for resource, value in {**asked, **table(at(container, "resources", "limits"))}.items():
            if _GPU.match(resource) and (number := quantity(value)):
                wanted[resource] = wanted.get(resource, 0.0) + number
    return wanted


def _admits(node: ReadObject, spec: ReadObject, wanted: Mapping[str, float]) -> bool:
    """Whether a pod with this spec may be scheduled on a node with these resources."""
    allocatable = table(at(node, "status", "allocatable"))
    ready = any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in map(table, rows(at(node, "status", "conditions")))
    )
    labels = labels_of(node)
    return (
        ready
        and not at(node, "spec", "unschedulable")
        and all(quantity(allocatable.get(resource)) for resource in wanted)
        and all(labels.get(k) == v for k, v in table(spec.get("nodeSelector")).items())
        and all(
            _tolerated(taint, list(map(table, rows(spec.get("tolerations")))))
            for taint in map(table, rows(at(node, "spec", "taints")))
        )
    )


def _tolerated(taint: ReadObject, tolerations: Iterable[ReadObject]) -> bool:
    """Source: Kubernetes component-helpers, scheduling/corev1 `Toleration.ToleratesTaint`."""
    if taint.get("effect") == "PreferNoSchedule":
        return True
    return any(
        text(each.get("effect")) in ("", text(taint.get("effect")))
        and text(each.get("key")) in ("", text(taint.get("key")))
        and (
            each.get("operator") == "Exists" or text(each.get("value")) == text(taint.get("value"))
        )
        for each in tolerations
    )


def _room(node: ReadObject, pods: Sequence[ReadObject], wanted: Mapping[str, float]) -> int:
    """The number of further such pods for which a node has GPUs."""
    used: dict[str, float] = {}
    for pod in pods:
        for resource, count in _wanted(table(pod.get("spec"))).items() if not is_over(pod) else ():
            used[resource] = used.get(resource, 0.0) + count
    allocatable: Mapping[str, Any] = table(at(node, "status", "allocatable"))
    return min(
        int(max(0.0, (quantity(allocatable.get(r)) or 0.0) - used.get(r, 0.0)) // count)
        for r, count in wanted.items()
    )
