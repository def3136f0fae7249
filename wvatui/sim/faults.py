"""What goes wrong on purpose: a plan of faults that requests run into.

A fault chooses requests by method and by a regular expression over path and query, and among the
chosen ones by count (`nth`, `every`, `times`) and by time (`until`). What it does is its kind:

    401 403 404 410 429 500 503   that answer, as a real API server writes it
    expire        410 as an ERROR inside a watch that was answered with 200
    hang          never answers
    reset         the connection is torn down after `after_bytes` of the body
    close         the connection is closed there, in the middle of the body
    eof           a stream ends there, cleanly
    idle          a stream says nothing after `after_bytes`, and stays open
    slow          the body comes at `bytes_per_s`
    split         a character of several bytes comes in two chunks

Mishaps happen to a cluster rather than to a request: restarts, new leaders, endless lines.
"""

import re
from dataclasses import dataclass, field, fields
from typing import Any

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


ANSWERS = ("401", "403", "404", "410", "429", "500", "503")
KINDS = (*ANSWERS, "expire", "hang", "reset", "close", "eof", "idle", "slow", "split")


@dataclass
class Fault:
    """One fault. Raises ValueError for a kind, an expression or a number that cannot be."""

    kind: str
    path: str = ""
    """Regular expression, searched in path and query; empty: every request."""
    method: str = ""
    nth: int = 1
    """The first chosen request that is hit, counted from 1."""
    every: int = 1
    """After that, each so many-th."""
    times: int | None = 1
    """Hits after which it is over; None: never."""
    until: float | None = None
    """Over at this time of the simulated clock, UTC epoch seconds."""
    after_bytes: int = 0
    bytes_per_s: float = 1000.0
    """Per second of the wall clock."""
    retry_after_s: int = 1
    seen: int = field(default=0, compare=False)
    hits: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join(KINDS)}")
        if self.nth < 1 or self.every < 1 or self.bytes_per_s <= 0:
            raise ValueError("nth and every count from 1, bytes_per_s is above 0")
        try:
            self._path = re.compile(self.path)
        except re.error as error:
            raise ValueError(f"fault path {self.path!r}: {error}") from error

    def strikes(self, method: str, path: str, now: float) -> bool:
        """Whether this request is hit; counts it."""
        if self.method and self.method.upper() != method:
            return False
        if not self._path.search(path):
            return False
        if self.until is not None and now >= self.until:
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.seen += 1
        if self.seen < self.nth or (self.seen - self.nth) % self.every:
            return False
        self.hits += 1
        return True


class Faults:
    """The plan. The first fault that strikes is the one that happens."""

    def __init__(self) -> None:
        self._plan: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Plan one more; its `hits` tell later how often it happened."""
        self._plan.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take it off the plan, when it is on it."""
        self._plan = [planned for planned in self._plan if planned is not fault]

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._plan.clear()

    def strike(self, method: str, path: str, now: float) -> Fault | None:
        """The fault that this request runs into."""
        return next((fault for fault in self._plan if fault.strikes(method, path, now)), None)

    def told(self) -> list[dict[str, Any]]:
        """The plan with its counts, as JSON."""
        names = [field.name for field in fields(Fault)]
        return [{name: getattr(fault, name) for name in names} for fault in self._plan]


_NUMBERS = {
    "nth": int,
    "every": int,
    "times": int,
    "until": float,
    "after_bytes": int,
    "bytes_per_s": float,
    "retry_after_s": int,
}


def parse(text: str) -> Fault:
    """`KIND[,key=value…]`, as `--fault` takes it; `times=always` never ends. Raises ValueError.

    A comma inside `path` is written as `\\,`.
    """
    kind, *parts = [part.replace("\\,", ",") for part in re.split(r"(?<!\\),", text)]
    return from_mapping({"kind": kind, **dict(_pair(part) for part in parts)})


def _pair(part: str) -> tuple[str, str]:
    key, equals, value = part.partition("=")
    if not equals:
        raise ValueError(f"expected key=value, got {part!r}")
    return key.strip(), value


def from_mapping(given: dict[str, Any]) -> Fault:
    """A fault from JSON or from `parse`. Raises ValueError, naming what is wrong."""
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key in ("kind", "path", "method"):
            values[key] = str(value)
        elif key == "times" and value in (None, "always"):
            values[key] = None
        elif key in _NUMBERS:
            values[key] = None if value is None else _NUMBERS[key](value)
        else:
            raise ValueError(f"a fault has no {key!r}")
    if "kind" not in values:
        raise ValueError("a fault needs its kind")
    return Fault(**values)
