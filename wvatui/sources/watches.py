"""A source that watches some kinds of objects and writes them into the book."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wvatui.clock import Clock
from wvatui.core.events import Event, Happening, Source, Workload
from wvatui.kube.client import Client
from wvatui.kube.paths import Kind
from wvatui.kube.watching import Changed, Listed, Trouble, watch
from wvatui.sources.book import Book, Identity, identity
from wvatui.sources.objects import decoder_of
from wvatui.sources.objects.config import is_controller_config
from wvatui.sources.objects.fields import Object, text, whole
from wvatui.sources.objects.lease import CONTROLLER_LEASE
from wvatui.sources.objects.variant import decode_declared
from wvatui.sources.objects.workload import role_of_template
from wvatui.sources.source import Emit

_WORST_FIRST = ("denied", "retrying", "waiting", "absent")
HEARD_EVENTS = 5_000


class Watched(NamedTuple):
    """One collection to watch."""

    kind: Kind
    namespace: str
    labels: str = ""
    """labelSelector."""

    @property
    def params(self) -> Mapping[str, str]:
        """The query."""
        return {"labelSelector": self.labels} if self.labels else {}


class Watches:
    """Watches several collections and tells how they fare as one source."""

    def __init__(
        self, name: str, title: str, client: Client, clock: Clock, book: Book,
        watched: Sequence[Watched],
    ) -> None:  # fmt: skip
        self.name = name
        self.title = title
        self.ready = asyncio.Event()
        self._client, self._clock, self._book = client, clock, book
        self._watched = list(watched)
        self._troubles: dict[int, Trouble | None] = {}
        self._told: tuple[str, str, float | None] | None = None

    async def run(self, emit: Emit) -> None:
        """Watch until cancelled."""
        self._book.emit = emit
        async with asyncio.TaskGroup() as group:
            for number, watched in enumerate(self._watched):
                group.create_task(self._follow(number, watched, emit))

    async def _follow(self, number: int, watched: Watched, emit: Emit) -> None:
        reader = Reader(self._book, watched, self._clock)
        path = watched.kind.path(watched.namespace)
        seen = watch(
            self._client, self._clock, path, params=watched.params, resource=watched.kind.resource
        )
        async for news in seen:
            if isinstance(news, Trouble):
                self._note(number, news, emit)
                continue
            if isinstance(news, Listed):
                reader.listed(news.items)
            elif isinstance(news, Changed):
                reader.changed(news.verb, news.object)
            self._note(number, None, emit)

    def _note(self, number: int, trouble: Trouble | None, emit: Emit) -> None:
        if number in self._troubles and self._troubles[number] == trouble:
            return
        self._troubles[number] = trouble
        if len(self._troubles) == len(self._watched):
            self.ready.set()
            self._tell(emit)

    def _tell(self, emit: Emit) -> None:
        """The worst of the collections; what is not installed counts when nothing else is."""
        worst: Trouble | None = None
        for status in _WORST_FIRST:
            found = [t for t in self._troubles.values() if t is not None and t.status == status]
            if status == "absent" and len(found) < len(self._watched):
                found = []
            if found:
                worst = found[0]
                break
        now = self._clock.now()
        if worst is None:
            source = Source(now, source=self.name, status="ok")
        elif worst.status == "absent":
            names = ", ".join(watched.kind.plural for watched in self._watched)
            source = Source(now, source=self.name, status="absent", text=f"no {names} here")
        else:
            source = Source(
                now,
                source=self.name,
                status=worst.status,
                text=worst.text,
                retry_at=worst.retry_at,
                verb=worst.verb,
                resource=worst.resource,
            )
        told = (source.status, source.text, source.retry_at)
        if told != self._told:
            self._told = told
            emit(source)


class Reader:
    """Reads the objects of one collection into the book."""

    def __init__(self, book: Book, watched: Watched, clock: Clock) -> None:
        self._book, self._watched, self._clock = book, watched, clock
        self._decode = decoder_of(watched.kind).decode
        self._known: dict[tuple[str, str], list[Identity]] = {}
        self._heard: dict[str, int] = {}

    def listed(self, items: Sequence[Object]) -> None:
        """All objects there are."""
        now = self._clock.now()
        before, self._known = self._known, {}
        events: list[Event] = []
        for item in items:
            events += self._read(item, now)
        kept = {who for known in self._known.values() for who in known}
        gone = [who for known in before.values() for who in known if who not in kept]
        self._book.put_all(events, gone)

    def changed(self, verb: str, item: Object) -> None:
        """One change."""
        key = (text(item, "metadata", "namespace"), text(item, "metadata", "name"))
        before = self._known.pop(key, [])
        if verb == "DELETED":
            self._book.put_all([], before)
            return
        events = self._read(item, self._clock.now())
        kept = self._known.get(key, [])
        self._book.put_all(events, [who for who in before if who not in kept])

    def _read(self, item: Object, now: float) -> list[Event]:
        """Events of one object; what is none of ours gives none."""
        key = (text(item, "metadata", "namespace"), text(item, "metadata", "name"))
        plural = self._watched.kind.plural
        if not key[1]:
            return []
        if plural == "events":
            self._hear(item, now)
            return []
        if plural == "configmaps" and not is_controller_config(key[1]):
            return []
        if plural == "leases" and not key[1].endswith(CONTROLLER_LEASE):
            return []
        event = self._decode(item, now)
        events = [event]
        if isinstance(event, Workload):
            self._book.template_role(event, role_of_template(item))
        if plural in ("horizontalpodautoscalers", "scaledobjects"):
            declared = decode_declared(self._watched.kind.kind, item, now)
            events += [declared] if declared is not None else []
        self._known[key] = [identity(each) for each in events]
        return events

    def _hear(self, item: Object, now: float) -> None:
        """A Kubernetes event, once for each time it is counted up."""
        who = text(item, "metadata", "uid") or text(item, "metadata", "name")
        event = self._decode(item, now)
        assert isinstance(event, Happening)
        count = (whole(item, "series", "count") or event.count) if who else 0
        if self._heard.get(who) == count:
            return
        if len(self._heard) >= HEARD_EVENTS:
            for old in list(self._heard)[: HEARD_EVENTS // 2]:
                del self._heard[old]
        self._heard[who] = count
        self._book.hear(event)
