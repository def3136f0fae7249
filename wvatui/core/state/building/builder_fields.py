"""The collections of a State while a fold changes them, copied at the first change.

The State that they are taken from stays untouched. `sealed()` gives the collection for the next.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from wvatui.core.events import KubeEvent
from wvatui.core.state.ring import Ring

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class TableBuilder(Generic[K, V]):
    """A mapping. `current`: its present content, to be read only; `changes` counts the changes."""

    __slots__ = ("_own", "changes", "current")

    def __init__(self, before: Mapping[K, V]) -> None:
        self.current = before
        self.changes = 0
        self._own: dict[K, V] | None = None

    def __contains__(self, key: K) -> bool:
        return key in self.current

    def __getitem__(self, key: K) -> V:
        return self.current[key]

    def get(self, key: K) -> V | None:
        """The value; None: there is none."""
        return self.current.get(key)

    def __setitem__(self, key: K, value: V) -> None:
        own = self._own
        if own is None:
            own = self._copied()
        own[key] = value
        self.changes += 1

    def discard(self, key: K) -> None:
        """Take a key out, if it is there."""
        if key in self.current:
            del (self._own if self._own is not None else self._copied())[key]
            self.changes += 1

    def _copied(self) -> dict[K, V]:
        own = self._own = dict(self.current)
        self.current = own
        return own

    def kept(self) -> Mapping[K, V]:
        """The present content, which later changes leave as it is."""
        self._own = None
        return self.current

    def sealed(self) -> Mapping[K, V]:
        """The finished collection."""
        return self.current


class RingBuilder(Generic[T]):
    """A ring; its new items wait until it is sealed."""

    __slots__ = ("_added", "_before")

    def __init__(self, before: Ring[T]) -> None:
        self._before = before
        self._added: list[T] = []

    def append(self, item: T) -> None:
        """Put an item at the end."""
        self._added.append(item)

    @property
    def total(self) -> int:
        """How many items there have been."""
        return self._before.total + len(self._added)

    def last(self, count: int) -> list[T]:
        """The newest `count` items, oldest first."""
        added = self._added[-count:]
        return [*self._before.last(count - len(added)), *added]

    def sealed(self) -> Ring[T]:
        """The finished collection."""
        return self._before.extend(self._added)


EVENTS_SEARCHED = 40
"""How many of the newest events are searched for those about an object."""


class EventsBuilder(RingBuilder[KubeEvent]):
    """The ring of Kubernetes events, which can be asked for the newest about an object."""

    __slots__ = ("_about", "_known")

    def __init__(self, before: Ring[KubeEvent]) -> None:
        super().__init__(before)
        self._known = -1
        self._about: dict[tuple[str, str], list[KubeEvent]] = {}

    def about(self, kind: str, name: str) -> Sequence[KubeEvent]:
        """Events about an object among the newest `EVENTS_SEARCHED` of all, oldest first."""
        if self._known != self.total:
            self._known, self._about = self.total, {}
            for event in self.last(EVENTS_SEARCHED):
                self._about.setdefault((event.kind, event.name), []).append(event)
        return self._about.get((kind, name), ())


class RingsBuilder(TableBuilder[K, Ring[T]]):
    """A mapping of rings of at most `cap` items; their new items wait until it is sealed."""

    __slots__ = ("_added", "_cap")

    def __init__(self, before: Mapping[K, Ring[T]], cap: int) -> None:
        # Without super(): a fold makes ten of these, however few its events are.
        self.current = before
        self.changes = 0
        self._own = None
        self._cap = cap
        self._added: dict[K, list[T]] = {}

    def append(self, key: K, item: T) -> None:
        """Put an item at the end of one ring."""
        added = self._added.get(key)
        if added is None:
            self._added[key] = [item]
        else:
            added.append(item)

    @property
    def names(self) -> set[K]:
        """Keys of all rings, including rings of which nothing is sealed yet."""
        return {*self.current, *self._added}

    def newest(self, key: K) -> T | None:
        """The newest item of one ring; None when there is none."""
        added = self._added.get(key)
        if added:
            return added[-1]
        ring = self.current.get(key)
        return ring[-1] if ring else None

    def replace_newest(self, key: K, item: T) -> None:
        """Put `item` in the place of the newest one."""
        added = self._added.get(key)
        if added:
            added[-1] = item
        else:
            self[key] = self.current[key].replace_last(item)

    def discard(self, key: K) -> None:
        """Drop one ring, with what waits for it."""
        self._added.pop(key, None)
        super().discard(key)

    def sealed(self) -> Mapping[K, Ring[T]]:
        """The finished rings."""
        for key, added in self._added.items():
            before = self.current.get(key)
            self[key] = (Ring(self._cap) if before is None else before).extend(added)
        self._added = {}
        return self.current
