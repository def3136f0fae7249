"""The status of a Job, as the job controller of 1.36 writes it."""

from wvatui.core.kube_object import Object
from wvatui.sim import rfc3339

REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")
TOO_MANY = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
TOO_LONG = ("DeadlineExceeded", "Job was active longer than specified deadline")


def is_finished(job: Object) -> bool:
    """Whether it is complete or has failed for good."""
    return any(has(job, kind) for kind in ("Complete", "Failed"))


def has(job: Object, kind: str) -> bool:
    """Whether the condition is True."""
    rows = (job.get("status") or {}).get("conditions") or []
    return any(row["type"] == kind and row["status"] == "True" for row in rows)


def condition(kind: str, why: tuple[str, str], now: float, status: str = "True") -> Object:
    """One condition: (reason, message)."""
    stamp = rfc3339.seconds(now)
    return {
        "type": kind,
        "status": status,
        "lastProbeTime": stamp,
        "lastTransitionTime": stamp,
        "reason": why[0],
        "message": why[1],
    }


def add(job: Object, row: Object) -> None:
    """Set a condition; an equal one keeps its time."""
    status = job.setdefault("status", {})
    rows = status.setdefault("conditions", [])
    for place, old in enumerate(rows):
        if old["type"] == row["type"]:
            if old["status"] != row["status"]:
                rows[place] = row
            return
    rows.append(row)


def counted(
    job: Object, *, active: int, ready: int, succeeded: int, failed: int, terminating: int
) -> None:
    """Write the counts; zeros are left out where the real controller leaves them out."""
    status = job.setdefault("status", {})
    counts = {"active": active, "succeeded": succeeded, "failed": failed}
    for name in (*counts, "ready", "terminating", "uncountedTerminatedPods"):
        status.pop(name, None)
    status |= {name: count for name, count in counts.items() if count}
    status |= {"terminating": terminating, "uncountedTerminatedPods": {}, "ready": ready}
    job["status"] = {name: status[name] for name in _ORDER if name in status}


_ORDER = (
    "conditions",
    "startTime",
    "completionTime",
    "active",
    "succeeded",
    "failed",
    "terminating",
    "completedIndexes",
    "uncountedTerminatedPods",
    "ready",
)
