"""The job controller: creates pods for every Job until enough have succeeded or too many failed.

It writes the status as that of 1.36 does."""

from collections.abc import Callable
from dataclasses import dataclass, field

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.kubelet.runner import PodRunner
from wvatui.sim.pods.pod_json import condition_of, has, is_ready, key_of, name_of, owner_of
from wvatui.sim.store import Store

SYNC_S = 0.1
CONFIRM_S = 0.9
"""Seconds from the success criteria to the condition Complete, while the pods' finalizers are
removed."""
BACKOFF_S = (10.0, 600.0)
"""First and longest wait after a failed pod (kubernetes pkg/controller/job)."""
COMPONENT = "job-controller"
REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")
TOO_MANY = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
TOO_LONG = ("DeadlineExceeded", "Job was active longer than specified deadline")
SUSPENDED = ("JobSuspended", "Job suspended")
"""(reason, message) of conditions."""


@dataclass
class _Memory:
    """Facts about one Job beyond its status: pods that have ended, by uid."""

    succeeded: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    last_failure: float | None = None
    is_watched: bool = False
    """Its deadline is scheduled."""
    is_confirmed: bool = False
    is_expiring: bool = False
    """Its deletion is scheduled."""


class JobController:
    """Looks at a Job whenever it or one of its pods changes."""

    def __init__(self, timeline: Timeline, store: Store, runner: PodRunner) -> None:
        self._timeline, self._store, self._runner = timeline, store, runner
        self._memories: dict[str, _Memory] = {}
        self._due: set[tuple[str, str]] = set()
        store.on_change(self._changed)

    def _changed(self, verb: str, obj: Object) -> None:
        if obj["kind"] == "Job":
            if verb == "DELETED":
                self._memories.pop(obj["metadata"]["uid"], None)
            else:
                self._later(*key_of(obj))
        elif obj["kind"] == "Pod":
            owner = job_of(obj)
            if owner is None:
                return
            if verb == "DELETED" and (memory := self._memories.get(owner["uid"])) is not None:
                # A pod that disappeared before it ended counts as failed.
                uid = obj["metadata"]["uid"]
                if uid not in memory.succeeded and uid not in memory.failed:
                    memory.failed.add(uid)
            self._later(obj["metadata"]["namespace"], owner["name"])

    def _later(self, namespace: str, name: str, seconds: float = SYNC_S) -> None:
        key = (namespace, name)
        if seconds > SYNC_S:
            self._timeline.call_after(seconds, lambda: self._sync(*key))
            return
        if key in self._due:
            return
        self._due.add(key)

        def run() -> None:
            self._due.discard(key)
            self._sync(*key)

        self._timeline.call_after(seconds, run)

    def _sync(self, namespace: str, name: str) -> None:
        job = self._store.get("Job", namespace, name)
        if job is None or job["metadata"].get("deletionTimestamp"):
            return
        memory = self._memories.setdefault(job["metadata"]["uid"], _Memory())
        pods = self._pods(job)
        if has(job, "Complete") or has(job, "Failed"):
            self._expire(job)
            return
        now, spec = self._timeline.now, job["spec"]
        self._count(pods, memory)
        if has(job, "SuccessCriteriaMet") or has(job, "FailureTarget"):
            self._confirm(job, memory)
            return
        if not (job.get("status") or {}).get("startTime") and not spec.get("suspend"):
            job = self._patch(
                job, lambda obj: obj.setdefault("status", {}).update(startTime=rfc3339.seconds(now))
            )
        active = [pod for pod in pods if _is_active(pod)]
        if spec.get("suspend"):
            self._suspend(job, active, memory)
            return
        if self._deadline_passed(job, memory):
            self._fail(job, active, TOO_LONG)
            return
        restarts = sum(_restarts(pod) for pod in active)
        limit = int(spec.get("backoffLimit", 6))
        if len(memory.failed) > limit or (restarts > limit and restarts > 0):
            self._fail(job, active, TOO_MANY)
            return
        completions = spec.get("completions")
        succeeded = len(memory.succeeded)
        if succeeded >= int(completions) if completions is not None else succeeded and not active:
            self._succeed(job, active, memory)
            return
        self._top_up(job, active, memory)
        self._write(job, memory)

    # --- pods ------------------------------------------------------------------------------

    def _pods(self, job: Object) -> list[Object]:
        uid = job["metadata"]["uid"]
        return [
            pod
            for pod in self._store.list("Pod", job["metadata"]["namespace"])
            if (owner := job_of(pod)) is not None and owner["uid"] == uid
        ]

    def _count(self, pods: list[Object], memory: _Memory) -> None:
        for pod in pods:
            uid, phase = pod["metadata"]["uid"], pod["status"].get("phase")
            if phase == "Succeeded":
                memory.succeeded.add(uid)
            elif phase == "Failed" and uid not in memory.failed:
                memory.failed.add(uid)
                memory.last_failure = self._timeline.now

    def _top_up(self, job: Object, active: list[Object], memory: _Memory) -> None:
        spec = job["spec"]
        wanted = int(spec.get("parallelism", 1))
        if spec.get("completions") is not None:
            wanted = min(wanted, int(spec["completions"]) - len(memory.succeeded))
        elif memory.succeeded:
            wanted = len(active)
        surplus = len(active) - wanted
        for pod in sorted(active, key=lambda candidate: name_of(candidate))[: max(0, surplus)]:
            self._runner.terminate(*key_of(pod))
            self._told(job, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")
        if surplus >= 0:
            return
        if memory.last_failure is not None and memory.failed:
            wait_s = min(BACKOFF_S[0] * 2 ** (len(memory.failed) - 1), BACKOFF_S[1])
            left = memory.last_failure + wait_s - self._timeline.now
            if left > 1e-6:
                self._later(*key_of(job), max(left, 2 * SYNC_S))
                return
        for _ in range(-surplus):
            self._create(job, memory)

    def _create(self, job: Object, memory: _Memory) -> None:
        template = job["spec"]["template"]
        metadata = template.get("metadata") or {}
        made: Object = {
            "generateName": f"{name_of(job)}-",
            "namespace": job["metadata"]["namespace"],
            "labels": dict(metadata.get("labels") or {}),
            "ownerReferences": [owner_of(job)],
        }
        if annotations := metadata.get("annotations"):
            made["annotations"] = dict(annotations)
        spec = dict(template["spec"])
        if job["spec"].get("completionMode") == "Indexed":
            index = str(len(memory.succeeded) + len(self._pods(job)) - len(memory.failed))
            made["annotations"] = {
                **(made.get("annotations") or {}),
                "batch.kubernetes.io/job-completion-index": index,
            }
            variable = {"name": "JOB_COMPLETION_INDEX", "value": index}
            spec["containers"] = [
                {**container, "env": [*(container.get("env") or []), variable]}
                for container in spec["containers"]
            ]
        status = {"phase": "Pending", "qosClass": qos(spec)}
        head = {"apiVersion": "v1", "kind": "Pod", "metadata": made}
        pod = self._store.apply(head | {"spec": spec, "status": status})
        self._told(job, "SuccessfulCreate", f"Created pod: {name_of(pod)}")

    # --- ends ------------------------------------------------------------------------------

    def _deadline_passed(self, job: Object, memory: _Memory) -> bool:
        limit, begun = job["spec"].get("activeDeadlineSeconds"), job["status"].get("startTime")
        if limit is None or begun is None:
            return False
        ends = rfc3339.parse(begun) + float(limit)
        if self._timeline.now >= ends:
            return True
        if not memory.is_watched:
            memory.is_watched = True
            self._later(*key_of(job), max(ends - self._timeline.now, 2 * SYNC_S))
        return False

    def _suspend(self, job: Object, active: list[Object], memory: _Memory) -> None:
        self._stop(active)
        if not has(job, "Suspended"):
            self._told(job, "Suspended", SUSPENDED[1])
            self._patch(job, lambda obj: self._add(obj, "Suspended", SUSPENDED))
        self._write(job, memory)

    def _stop(self, pods: list[Object]) -> None:
        for pod in pods:
            self._runner.terminate(*key_of(pod))

    def _fail(self, job: Object, active: list[Object], why: tuple[str, str]) -> None:
        self._patch(job, lambda obj: self._add(obj, "FailureTarget", why))
        self._stop(active)
        self._later(*key_of(job), CONFIRM_S)

    def _succeed(self, job: Object, active: list[Object], memory: _Memory) -> None:
        def change(obj: Object) -> None:
            self._add(obj, "SuccessCriteriaMet", REACHED)
            obj["status"]["completionTime"] = rfc3339.seconds(self._timeline.now)

        self._patch(job, change)
        self._stop(active)
        self._write(job, memory)
        self._later(*key_of(job), CONFIRM_S)

    def _confirm(self, job: Object, memory: _Memory) -> None:
        """Set the last condition, once none of its pods runs any more."""
        if any(_is_active(pod) or _is_terminating(pod) for pod in self._pods(job)):
            self._later(*key_of(job), CONFIRM_S)
            return
        if memory.is_confirmed:
            return
        rows = job["status"]["conditions"]
        target = next(r for r in rows if r["type"] in ("SuccessCriteriaMet", "FailureTarget"))
        is_good = target["type"] == "SuccessCriteriaMet"
        since = rfc3339.parse(target["lastTransitionTime"])
        if is_good and self._timeline.now - since < CONFIRM_S:
            return  # it is scheduled already
        memory.is_confirmed = True
        why = (target["reason"], target["message"])
        kind = "Complete" if is_good else "Failed"
        job = self._patch(job, lambda obj: self._add(obj, kind, why))
        self._write(job, memory)
        if is_good:
            self._told(job, "Completed", "Job completed")
        else:
            self._told(job, why[0], why[1], "Warning")

    def _expire(self, job: Object) -> None:
        """Delete a finished Job, with its pods, after its time to live."""
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        if ttl is None:
            return
        rows = job["status"]["conditions"]
        ended = next(r for r in rows if r["type"] in ("Complete", "Failed"))
        ends = rfc3339.parse(ended["lastTransitionTime"]) + float(ttl)
        uid, key = job["metadata"]["uid"], key_of(job)
        memory = self._memories.setdefault(uid, _Memory())
        if self._timeline.now < ends:
            if not memory.is_expiring:
                memory.is_expiring = True
                self._later(*key, max(ends - self._timeline.now, 2 * SYNC_S))
            return
        self._store.delete("Job", *key)

    # --- status ----------------------------------------------------------------------------

    def _add(self, job: Object, kind: str, why: tuple[str, str]) -> None:
        """Set a condition, (reason, message); one that is True already keeps its time."""
        stamp = rfc3339.seconds(self._timeline.now)
        row = {
            "type": kind,
            "status": "True",
            "lastProbeTime": stamp,
            "lastTransitionTime": stamp,
            "reason": why[0],
            "message": why[1],
        }
        rows = job.setdefault("status", {}).setdefault("conditions", [])
        if not (old := condition_of(job, kind)):
            rows.append(row)
        elif old["status"] != row["status"]:
            rows[rows.index(old)] = row

    def _write(self, job: Object, memory: _Memory) -> None:
        """Write the counts; zeros are left out where the real controller leaves them out."""
        pods = self._pods(job)
        active = [pod for pod in pods if _is_active(pod)]
        counts = {
            "active": len(active),
            "succeeded": len(memory.succeeded),
            "failed": len(memory.failed),
        }

        def change(obj: Object) -> None:
            status = {k: v for k, v in (obj.get("status") or {}).items() if k not in counts}
            status |= {name: count for name, count in counts.items() if count}
            status |= {
                "terminating": sum(_is_terminating(pod) for pod in pods),
                "uncountedTerminatedPods": {},
                "ready": sum(is_ready(pod) for pod in active),
            }
            obj["status"] = {name: status[name] for name in _ORDER if name in status}

        self._patch(job, change)

    def _patch(self, job: Object, change: Callable[[Object], None]) -> Object:
        return self._store.patch("Job", *key_of(job), change)

    def _told(self, job: Object, reason: str, text: str, kind: str = "Normal") -> None:
        self._store.event(job, kind, reason, text, COMPONENT)


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


def job_of(pod: Object) -> Object | None:
    """The reference to a pod's Job; None when it has none."""
    owners = pod["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner["kind"] == "Job"), None)


def qos(spec: Object) -> str:
    """The quality-of-service class, simplified: Guaranteed needs limits equal to the requests."""
    resources = [container.get("resources") or {} for container in spec["containers"]]
    if not any(container.get("requests") or container.get("limits") for container in resources):
        return "BestEffort"
    is_exact = all(
        container.get("limits")
        and container.get("requests", container["limits"]) == container["limits"]
        for container in resources
    )
    return "Guaranteed" if is_exact else "Burstable"


def _is_active(pod: Object) -> bool:
    return _is_alive(pod) and not pod["metadata"].get("deletionTimestamp")


def _is_terminating(pod: Object) -> bool:
    return _is_alive(pod) and bool(pod["metadata"].get("deletionTimestamp"))


def _is_alive(pod: Object) -> bool:
    return pod["status"].get("phase") in ("Pending", "Running")


def _restarts(pod: Object) -> int:
    states = [
        *pod["status"].get("initContainerStatuses", []),
        *pod["status"].get("containerStatuses", []),
    ]
    return sum(int(state.get("restartCount", 0)) for state in states)
