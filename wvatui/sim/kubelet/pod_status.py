"""Status of a pod that runs to an end, as a kubelet writes it: phases, conditions, containers."""

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339
from wvatui.sim.pod_json import stages


def first_states(pod: Object) -> None:
    """Every container waits: the pod has just got its node."""
    spec, status = pod["spec"], pod["status"]
    inits = spec.get("initContainers") or []
    if inits:
        status["initContainerStatuses"] = [_waiting(pod, one, "PodInitializing") for one in inits]
    reason = "PodInitializing" if inits else "ContainerCreating"
    status["containerStatuses"] = [_waiting(pod, one, reason) for one in spec["containers"]]


def _waiting(pod: Object, container: Object, reason: str) -> Object:
    return {
        "name": container["name"],
        "state": {"waiting": {"reason": reason}},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": container.get("image", ""),
        "imageID": "",
        "started": False,
    }


def container_of(pod: Object, name: str) -> Object:
    """The status of one container."""
    status = pod["status"]
    every = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return next(one for one in every if one["name"] == name)


def waits(pod: Object, name: str, reason: str, message: str = "") -> None:
    """A container waits for a reason."""
    one = container_of(pod, name)
    if "terminated" in one["state"]:
        one["lastState"] = one["state"]
    one["state"] = {"waiting": {"reason": reason} | ({"message": message} if message else {})}
    one["ready"] = one["started"] = False


def runs(pod: Object, name: str, now: str) -> None:
    """A container has started."""
    one = container_of(pod, name)
    if "terminated" in one["state"]:
        one["lastState"] = one["state"]
    if one["lastState"]:
        one["restartCount"] += 1
    one["state"] = {"running": {"startedAt": now}}
    one["containerID"] = f"containerd://{pod['metadata']['uid']}#{name}{one['restartCount']}"
    is_main = any(c["name"] == name for c in pod["spec"]["containers"])
    one["ready"], one["started"] = is_main, True


def ended(pod: Object, name: str, now: str, code: int, reason: str = "") -> None:
    """A container has ended."""
    one = container_of(pod, name)
    begun = (one["state"].get("running") or {}).get("startedAt", now)
    one["state"] = {
        "terminated": {
            "exitCode": code,
            "reason": reason or ("Error" if code else "Completed"),
            "startedAt": begun,
            "finishedAt": now,
            "containerID": one.get("containerID", ""),
        }
    }
    is_init = any(c["name"] == name for c in pod["spec"].get("initContainers") or [])
    one["ready"], one["started"] = is_init and not code, False


def conditions(
    pod: Object, now: float, *, initialized: bool, ready: bool, reason: str = ""
) -> None:
    """The conditions that a kubelet keeps; `reason` says why a pod is not ready (any more)."""
    rows = stages(
        pod,
        rfc3339.seconds(now),
        PodScheduled="True",
        Initialized=_word(initialized),
        Ready=_word(ready),
        ContainersReady=_word(ready),
    )
    for row in rows:
        if row["type"] in ("Ready", "ContainersReady") and not ready and reason:
            row["reason"] = reason
    pod["status"]["conditions"] = rows


def _word(value: bool) -> str:
    return "True" if value else "False"
