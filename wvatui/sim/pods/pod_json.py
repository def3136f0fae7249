"""Objects in the form that the API server's controllers write: their parts, pods, Deployments."""

from typing import Any

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339


def new_object(api_version: str, kind: str, name: str, namespace: str = "", **rest: Any) -> Object:
    """An object. `metadata`: more of it; anything else is a part of the object."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    metadata |= rest.pop("metadata", {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def condition_of(obj: Object, kind: str) -> Object:
    """The condition of that type; {} while there is none."""
    rows: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return next((row for row in rows if row.get("type") == kind), {})


def has(obj: Object, kind: str) -> bool:
    """Whether the condition of that type is True."""
    return bool(condition_of(obj, kind).get("status") == "True")


def since(old: Object | None, status: str, now: str) -> str:
    """The transition time of a condition, which changes only with its status."""
    return str(old["lastTransitionTime"]) if old and old["status"] == status else now


def is_ready(pod: Object) -> bool:
    """Whether the pod's Ready condition is True."""
    return has(pod, "Ready")


def deletion_order(pod: Object) -> tuple[bool, float, str]:
    """Sort key of deletion: not ready before ready, then the youngest (a short form of the
    ReplicaSet's ranking)."""
    created = rfc3339.parse(pod["metadata"]["creationTimestamp"])
    return (is_ready(pod), -created, name_of(pod))


def key_of(obj: Object) -> tuple[str, str]:
    """(namespace, name)."""
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def name_of(obj: Object) -> str:
    """Its name."""
    return str(obj["metadata"]["name"])


def image_of(pod: Object) -> str:
    """Image of the first container."""
    return str(pod["spec"]["containers"][0].get("image", ""))


def letters(digest: str, count: int) -> str:
    """`count` characters, as in generated names, from a hexadecimal digest."""
    return "".join(
        "bcdfghjklmnpqrstvwxz2456789"[int(digest[i : i + 2], 16) % 27] for i in range(count)
    )


def owner_of(obj: Object) -> Object:
    """An owner reference to `obj`."""
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "name": name_of(obj),
        "uid": obj["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def new_pod(deployment: Object, replica_set: Object, grace_s: float) -> Object:
    """A new pod as a ReplicaSet's controller creates it."""
    template, name = deployment["spec"]["template"], name_of(replica_set)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{name}-",
            "namespace": deployment["metadata"]["namespace"],
            "labels": template["metadata"]["labels"]
            | {"pod-template-hash": name.rpartition("-")[2]},
            "annotations": (template["metadata"].get("annotations") or {})
            | {"sim.wvatui.dev/deployment": name_of(deployment)},
            "ownerReferences": [owner_of(replica_set)],
        },
        "spec": {
            **template["spec"],
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": int(grace_s),
            "schedulerName": "default-scheduler",
        },
        "status": {"phase": "Pending", "qosClass": "BestEffort"},
    }


def stages(obj: Object, now: str, **states: str) -> list[Object]:
    """Conditions of a pod; an unchanged one keeps its time."""
    before = {c["type"]: c for c in obj.get("status", {}).get("conditions", [])}
    conditions = []
    for kind, status in states.items():
        at = since(before.get(kind), status, now)
        conditions.append(
            {"type": kind, "status": status, "lastProbeTime": None, "lastTransitionTime": at}
        )
    return conditions


def unschedulable(obj: Object, text: str, now: float) -> None:
    obj["status"]["conditions"] = [
        {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": text,
            "lastProbeTime": None,
            "lastTransitionTime": rfc3339.seconds(now),
        }
    ]


def container_status(obj: Object, state: Object, *, ready: bool) -> Object:
    """The status of the first container, in `state`."""
    first = obj["spec"]["containers"][0]
    before = (obj.get("status", {}).get("containerStatuses") or [{}])[0]
    return {
        "name": first["name"],
        "state": state,
        "lastState": before.get("lastState", {}),
        "ready": ready,
        "restartCount": before.get("restartCount", 0),
        "image": first.get("image", ""),
        "imageID": "",
        "containerID": f"containerd://{obj['metadata']['uid']}",
        "started": "running" in state,
    }


def deployment_conditions(
    before: Object, available: bool, now: str, refused: str = ""
) -> list[Object]:
    """Conditions of a Deployment; an unchanged one keeps its time.

    `refused`: why the API server created no more pods; empty: it created all.
    """
    rows = [
        (
            "Available",
            available,
            "MinimumReplicasAvailable",
            "MinimumReplicasUnavailable",
            "Deployment has minimum availability.",
            "Deployment does not have minimum availability.",
        ),
        ("Progressing", True, "NewReplicaSetAvailable", "", "ReplicaSet has progressed.", ""),
    ]
    if refused:
        rows.append(("ReplicaFailure", True, "FailedCreate", "", refused, ""))
    conditions = []
    for kind, good, why, otherwise, text, text_not in rows:
        status = "True" if good else "False"
        at = since(before.get(kind), status, now)
        conditions.append(
            {
                "type": kind,
                "status": status,
                "lastUpdateTime": at,
                "lastTransitionTime": at,
                "reason": why if good else otherwise,
                "message": text if good else text_not,
            }
        )
    return conditions
