"""A source that watches several kinds of objects and puts them into the inventory."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wvatui.clock import Clock
from wvatui.core.events import Event, Pod, Workload
from wvatui.core.kube_object import ReadObject
from wvatui.kube.client import Client
from wvatui.kube.paths import AUTOSCALER, CONFIG_MAP, EVENT, LEASE, SCALED_OBJECT, Kind
from wvatui.kube.watching import IDLE_S, Listed, ObjectChanged, watch
from wvatui.sources.inventory import Identity, Inventory, identity
from wvatui.sources.objects import decoder_of
from wvatui.sources.objects.config import is_controller_config
from wvatui.sources.objects.engine_ports import asked_ports, declared_ports
from wvatui.sources.objects.fields import items, text
from wvatui.sources.objects.kube_event import decode_kube_event
from wvatui.sources.objects.lease import CONTROLLER_LEASE
from wvatui.sources.objects.variant import decode_declared
from wvatui.sources.objects.workload import role_of_template
from wvatui.sources.source import Emit
from wvatui.sources.watch_health import WatchHealth

LEASE_IDLE_S = 40.0
"""A holder renews its Lease every 10 s (WVA v0.4.2 cmd/main.go:108-116): after this silence the
watch is checked before the holder is blamed."""


class WatchedKind(NamedTuple):
    """One collection to watch."""

    kind: Kind
    namespace: str
    labels: str = ""
    """labelSelector."""

    @property
    def params(self) -> Mapping[str, str]:
        """The query parameters."""
        return {"labelSelector": self.labels} if self.labels else {}


class Watches:
    """Watches several collections and reports their health as one source."""

    def __init__(
        self,
        name: str,
        title: str,
        client: Client,
        clock: Clock,
        book: Inventory,
        watched: Sequence[WatchedKind],
        *,
        namespace: str = "",
    ) -> None:
        """`namespace`: the one whose health it reports, where several are watched separately."""
        self.name = name
        self.title = title
        kinds = [each.kind for each in watched]
        self._health = WatchHealth(name, kinds, clock, namespace=namespace)
        self.ready = self._health.ready
        self._client, self._clock, self._book = client, clock, book
        self._watched = watched

    async def run(self, emit: Emit) -> None:
        """Watch until cancelled."""
        self._book.emit = emit
        async with asyncio.TaskGroup() as group:
            for number, watched in enumerate(self._watched):
                group.create_task(self._follow(number, watched, emit))

    async def _follow(self, number: int, watched: WatchedKind, emit: Emit) -> None:
        reader = ObjectReader(self._book, watched, self._clock)
        path = watched.kind.path(watched.namespace)
        seen = watch(
            self._client,
            self._clock,
            path,
            params=watched.params,
            resource=watched.kind.resource,
            idle_s=LEASE_IDLE_S if watched.kind is LEASE else IDLE_S,
        )
        async for news in seen:
            if isinstance(news, Listed | ObjectChanged):
                self._health.missed(news.unheard_since, emit)
            if isinstance(news, Listed):
                reader.listed(news.items)
            elif isinstance(news, ObjectChanged):
                reader.changed(news.verb, news.object)
            self._health.note(number, news, emit)


class ObjectReader:
    """Passes the objects of one collection to the inventory."""

    def __init__(self, book: Inventory, watched: WatchedKind, clock: Clock) -> None:
        self._book, self._watched, self._clock = book, watched, clock
        self._decode = decoder_of(watched.kind).decode
        self._known: dict[tuple[str, str], list[Identity]] = {}
        self._heard: dict[str, int] = {}

    def listed(self, items: Sequence[ReadObject]) -> None:
        """Take the complete list of objects."""
        if self._watched.kind is EVENT:
            self._hear_all(items)
            return
        now = self._clock.now()
        before, self._known = self._known, {}
        events: list[Event] = []
        for item in items:
            events += self._read(item, now)
        kept = {who for known in self._known.values() for who in known}
        gone = [who for known in before.values() for who in known if who not in kept]
        self._book.put_all(events, gone, (self._watched.kind.kind, self._watched.namespace))

    def changed(self, verb: str, item: ReadObject) -> None:
        """One change."""
        if self._watched.kind is EVENT:
            self._hear(item, verb)
            return
        key = (text(item, "metadata", "namespace"), text(item, "metadata", "name"))
        before = self._known.pop(key, [])
        if verb == "DELETED":
            self._book.put_all([], before)
            return
        events = self._read(item, self._clock.now())
        kept = self._known.get(key, [])
        self._book.put_all(events, [who for who in before if who not in kept])

    def _read(self, item: ReadObject, now: float) -> list[Event]:
        """The events of one object; none for an object that does not concern the session."""
        key = (text(item, "metadata", "namespace"), text(item, "metadata", "name"))
        kind = self._watched.kind
        if not key[1]:
            return []
        if kind is CONFIG_MAP and not is_controller_config(key[1]):
            return []
        if kind is LEASE and key[1] != CONTROLLER_LEASE:
            return []
        event = self._decode(item, now)
        events = [event]
        if isinstance(event, Pod):
            names = {
                n: port for c in items(item, "spec", "containers") for n, port in declared_ports(c)
            }
            self._book.learn_ports(event.namespace, event.name, names, asked_ports(item))
        if isinstance(event, Workload):
            self._book.template_role(event, role_of_template(item))
        if kind in (AUTOSCALER, SCALED_OBJECT):
            declared = decode_declared(kind.kind, item, now)
            events += [declared] if declared is not None else []
        self._known[key] = [identity(each) for each in events]
        return events

    def _hear_all(self, items: Sequence[ReadObject]) -> None:
        """Take listed Kubernetes events, which are sorted by name, in the order in which they
        happened."""
        told = {_uid(item): item for item in items}
        self._heard = {uid: count for uid, count in self._heard.items() if uid in told}
        for item in sorted(items, key=lambda item: _happened_at(item, self._clock.now())):
            self._hear(item)

    def _hear(self, item: ReadObject, verb: str = "ADDED") -> None:
        """Take a Kubernetes event, each time its count rises."""
        uid = _uid(item)
        if verb == "DELETED":  # expired in the cluster after an hour
            self._heard.pop(uid, None)
            return
        event = decode_kube_event(item, self._clock.now())
        if not uid or self._heard.get(uid) == event.count:
            return
        self._heard[uid] = event.count
        self._book.hear(event)


def _uid(item: ReadObject) -> str:
    return text(item, "metadata", "uid") or text(item, "metadata", "name")


def _happened_at(item: ReadObject, now: float) -> float:
    return decode_kube_event(item, now).last_at or now
