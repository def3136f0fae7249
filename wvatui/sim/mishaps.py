"""What happens to a cluster rather than to a request: restarts, new leaders, endless lines."""

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339
from wvatui.sim.pods.logbook import LogBook
from wvatui.sim.store import Store


def restart_container(
    store: Store, logbook: LogBook, namespace: str, pod: str, container: str, *, exit_code: int = 1
) -> None:
    """The container ends and starts again at once: its log begins anew, the old is `previous`.

    KeyError when there is no such pod.
    """
    now = rfc3339.seconds(store.timeline.now)

    def change(obj: Object) -> None:
        for state in obj.get("status", {}).get("containerStatuses") or []:
            if state["name"] != container:
                continue
            started = (state.get("state", {}).get("running") or {}).get("startedAt", now)
            state["restartCount"] = int(state.get("restartCount", 0)) + 1
            state["lastState"] = {
                "terminated": {
                    "exitCode": exit_code,
                    "reason": "Error" if exit_code else "Completed",
                    "startedAt": started,
                    "finishedAt": now,
                    "containerID": state.get("containerID", ""),
                }
            }
            state["state"] = {"running": {"startedAt": now}}
            base = str(state.get("containerID", "containerd://0")).partition("#")[0]
            state["containerID"] = f"{base}#{state['restartCount']}"

    store.patch("Pod", namespace, pod, change)
    logbook.restart(namespace, pod, container)


def change_leader(store: Store, namespace: str, lease: str, holder: str) -> None:
    """Another holder takes the Lease. KeyError when there is none."""
    now = rfc3339.micro(store.timeline.now)

    def change(obj: Object) -> None:
        spec = obj.setdefault("spec", {})
        spec["leaseTransitions"] = int(spec.get("leaseTransitions", 0)) + 1
        spec.update(holderIdentity=holder, acquireTime=now, renewTime=now)

    store.patch("Lease", namespace, lease, change)


def long_line(
    logbook: LogBook, namespace: str, pod: str, container: str, *, size: int = 2_000_000
) -> None:
    """One line of `size` bytes in the log."""
    beginning = '{"level":"info","msg":"'
    logbook.append(namespace, pod, container, beginning + "x" * (size - len(beginning) - 2) + '"}')
