"""The API server's objects: resourceVersions, generations, a window of history, watchers.

Objects are plain dicts in the API's JSON shape. A stored object is never changed in place: a change
stores a new object. `get` and `list` therefore return snapshots for reading; use `patch` to change
an object.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import NamedTuple

import msgspec

from wvatui.core.kube_object import Object
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339

HISTORY = 1000
"""Changes that are remembered; a watch that starts before them gets 410 Expired."""
EVENT_TTL_S = 3600.0
"""Seconds after its last occurrence that an Event lives (kube-apiserver --event-ttl)."""


# metadata.generation exists where a spec has an observer (seen on a 1.36 API server): pods have
# one since 1.33, HPAs have none.
_WITHOUT_GENERATION = frozenset(
    {
        "ConfigMap",
        "Event",
        "HorizontalPodAutoscaler",
        "Lease",
        "Namespace",
        "Node",
        "PersistentVolumeClaim",
        "Secret",
        "Service",
        "ServiceAccount",
    }
)
CLUSTER_SCOPED = frozenset({"Namespace", "Node"})


class Change(NamedTuple):
    """One change in history: ADDED, MODIFIED or DELETED, the object after it, and before it."""

    version: int
    verb: str
    obj: Object
    before: Object | None


class Expired(Exception):  # noqa: N818 - an answer of the API, not an error of the program
    """The history does not reach back far enough."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


class Store:
    """All objects of a simulated cluster. Synchronous; notifies after each change."""

    def __init__(
        self, timeline: Timeline, observed: Iterable[str] = (), *, history: int = HISTORY
    ) -> None:
        """`observed`: kinds to give a metadata.generation in addition to those of 1.36."""
        self._without_generation = _WITHOUT_GENERATION - set(observed)
        self.timeline = timeline
        self.resource_version = 0
        self._objects: dict[str, dict[tuple[str, str], Object]] = {}
        self._history: list[Change] = []
        self._history_limit = history
        self._forgotten = 0
        self._created = 0
        self._callbacks: list[Callable[[str, Object], None]] = []
        self._events: dict[tuple[str, ...], tuple[str, str]] = {}

    # --- reading --------------------------------------------------------------------------

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """The stored object, read-only; None when there is none."""
        return self._objects.get(kind, {}).get((namespace, name))

    def list(
        self, kind: str, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Object]:
        """Objects of `kind`, of all namespaces when None, sorted by (namespace, name)."""
        objects = []
        for key, obj in sorted(self._objects.get(kind, {}).items(), key=lambda item: item[0]):
            if namespace is not None and key[0] != namespace:
                continue
            if labels:
                own = obj["metadata"].get("labels") or {}
                if any(own.get(name) != value for name, value in labels.items()):
                    continue
            objects.append(obj)
        return objects

    def changes(self, after: int) -> "Sequence[Change]":
        """History after the resourceVersion `after`, oldest first. Raises Expired."""
        if after < self._forgotten:
            raise Expired(after, self._forgotten)
        if after >= self.resource_version:
            return []  # the usual case for an open watch
        start = bisect_right(self._history, after, key=lambda change: change.version)
        return self._history[start:]

    @property
    def oldest_version(self) -> int:
        """The resourceVersion from which on all changes are still known."""
        return self._forgotten

    def forget_history(self) -> None:
        """Compact: every resourceVersion before the present one is expired."""
        self._history.clear()
        self._forgotten = self.resource_version

    def on_change(self, callback: Callable[[str, Object], None]) -> None:
        """Call back with (ADDED | MODIFIED | DELETED, object) after each change."""
        self._callbacks.append(callback)

    # --- changing -------------------------------------------------------------------------

    def apply(self, obj: Object) -> Object:
        """Create or replace an object. Fills uid, resourceVersion, creationTimestamp and
        generation.

        A name is generated where only `metadata.generateName` is given. An identical object stays
        as it is, without a new resourceVersion.
        """
        # Unlike a deep copy, JSON gives each place its own part, also where the maker shared one.
        new: Object = msgspec.json.decode(msgspec.json.encode(obj))
        metadata = new.setdefault("metadata", {})
        kind = new["kind"]
        if not metadata.get("name"):
            # A longer prefix would give an invalid name (apiserver names.go, 63 - 5).
            metadata["name"] = metadata["generateName"][:58] + self._suffix(kind)
        namespace = self._namespace(kind, metadata)
        old = self.get(kind, namespace, metadata["name"])
        return self._put(kind, (namespace, metadata["name"]), new, old)

    def draft(self, obj: Object) -> Object:
        """What `apply` would make of a new object, without storing it (a dry run)."""
        aside = Store(self.timeline)
        aside._created = self._created
        drafted = aside.apply(obj)
        del drafted["metadata"]["resourceVersion"]
        return drafted

    def patch(
        self, kind: str, namespace: str, name: str, change: Callable[[Object], None]
    ) -> Object:
        """Let `change` mutate a copy, which replaces the object. Raises KeyError when there is
        none."""
        old = self._objects.get(kind, {})[namespace, name]
        new = deepcopy(old)
        change(new)
        return self._put(kind, (namespace, name), new, old)

    def scale(self, kind: str, namespace: str, name: str, replicas: int) -> None:
        """Set the replicas that its spec wants. Raises KeyError when there is none."""
        self.patch(kind, namespace, name, lambda obj: obj["spec"].update(replicas=replicas))

    def delete(self, kind: str, namespace: str, name: str) -> None:
        """Remove an object at once. Raises KeyError when there is none."""
        old = self._objects.get(kind, {}).pop((namespace, name))
        gone = deepcopy(old)
        self._record("DELETED", gone, old)

    def event(
        self, involved: Object, type_: str, reason: str, message: str, component: str
    ) -> None:
        """Create a core/v1 Event about `involved`; a repeated one is counted up."""
        now = self.timeline.now
        metadata = involved["metadata"]
        key = (involved["kind"], metadata.get("uid", ""), type_, reason, message, component)
        known = self._events.get(key)
        if known is not None and self.get("Event", *known) is not None:
            self.patch("Event", *known, lambda event: _again(event, now))
            return
        # Real names end in the time in hexadecimal; the number distinguishes events of one moment.
        stamp = round(now * 1_000_000) * 1000 + self._created % 1000
        namespace = metadata.get("namespace", "default")
        name = f"{metadata['name']}.{stamp:016x}"
        self._events[key] = (namespace, name)
        self.apply(
            _event(namespace, name, involved, now)
            | {
                "reason": reason,
                "message": message,
                "source": {"component": component},
                "firstTimestamp": rfc3339.seconds(now),
                "lastTimestamp": rfc3339.seconds(now),
                "count": 1,
                "type": type_,
                "eventTime": None,
                "reportingComponent": component,
                "reportingInstance": "",
            }
        )
        self.timeline.call_at(now + EVENT_TTL_S, lambda: self._expire(key, namespace, name))

    # --- inside ---------------------------------------------------------------------------

    def _put(self, kind: str, key: tuple[str, str], new: Object, old: Object | None) -> Object:
        metadata = new["metadata"]
        own: Object = {"name": key[1]} | ({"namespace": key[0]} if key[0] else {})
        if old is None:
            self._created += 1
            own["uid"] = self._uid(kind, *key)
            own["creationTimestamp"] = rfc3339.seconds(self.timeline.now)
            generation = 1
        else:
            before = old["metadata"]
            own["uid"], own["creationTimestamp"] = before["uid"], before["creationTimestamp"]
            own["resourceVersion"] = before["resourceVersion"]
            generation = before.get("generation", 1)
        if kind not in self._without_generation:
            own["generation"] = generation + (old is not None and _observable(new, old))
        new["metadata"] = _ordered({**metadata, **own})
        if old is not None and new == old:
            return old
        self.resource_version += 1
        new["metadata"]["resourceVersion"] = str(self.resource_version)
        new["metadata"] = _ordered(new["metadata"])
        self._objects.setdefault(kind, {})[key] = new
        self._remember(Change(self.resource_version, "MODIFIED" if old else "ADDED", new, old))
        return new

    def _record(self, verb: str, obj: Object, before: Object | None) -> None:
        self.resource_version += 1
        obj["metadata"]["resourceVersion"] = str(self.resource_version)
        self._remember(Change(self.resource_version, verb, obj, before))

    def _remember(self, change: Change) -> None:
        self._history.append(change)
        if len(self._history) > 2 * self._history_limit:
            cut = len(self._history) - self._history_limit
            self._forgotten = self._history[cut - 1].version
            del self._history[:cut]
        for callback in self._callbacks:
            callback(change.verb, change.obj)

    def _expire(self, key: tuple[str, ...], namespace: str, name: str) -> None:
        event = self.get("Event", namespace, name)
        if event is None:
            self._events.pop(key, None)
            return
        ends = rfc3339.parse(event["lastTimestamp"]) + EVENT_TTL_S
        if ends > self.timeline.now:
            self.timeline.call_at(ends, lambda: self._expire(key, namespace, name))
            return
        self._events.pop(key, None)
        self.delete("Event", namespace, name)

    def _namespace(self, kind: str, metadata: Object) -> str:
        if kind in CLUSTER_SCOPED:
            metadata.pop("namespace", None)
            return ""
        return str(metadata.setdefault("namespace", "default"))

    def _uid(self, kind: str, namespace: str, name: str) -> str:
        text = f"{self._created} {kind} {namespace}/{name}"
        digits = hashlib.sha256(text.encode()).hexdigest()
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
        )

    def _suffix(self, kind: str) -> str:
        # The letters that `generateName` uses: no vowels, so that no words come out
        # (k8s.io/apimachinery/pkg/util/rand).
        digest = hashlib.sha256(f"{kind} {self._created}".encode()).digest()
        return "".join("bcdfghjklmnpqrstvwxz2456789"[byte % 27] for byte in digest[:5])


_FIRST = (
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
)


def _ordered(metadata: Object) -> Object:
    """The metadata in the order in which the API server writes it."""
    first = {name: metadata[name] for name in _FIRST if name in metadata}
    return first | {name: value for name, value in metadata.items() if name not in first}


def _observable(new: Object, old: Object) -> bool:
    """Whether a controller has a change to observe: of the spec, or a request for deletion."""
    if new.get("spec") != old.get("spec"):
        return True
    deleted = "deletionTimestamp"
    return deleted in new["metadata"] and deleted not in old["metadata"]


def _event(namespace: str, name: str, involved: Object, now: float) -> Object:
    metadata = involved["metadata"]
    reference = {
        "kind": involved["kind"],
        "namespace": metadata.get("namespace"),
        "name": metadata["name"],
        "uid": metadata.get("uid"),
        "apiVersion": involved["apiVersion"],
        "resourceVersion": metadata.get("resourceVersion"),
    }
    return {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": {key: value for key, value in reference.items() if value is not None},
    }


def _again(event: Object, now: float) -> None:
    event["count"] += 1
    event["lastTimestamp"] = rfc3339.seconds(now)
