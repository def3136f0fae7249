"""A State being made: mutable for the length of one fold, copied from only where something changes.

The previous State stays untouched: a mapping is copied at its first change, a trail gets its new
items at the end, all in `seal()`.
"""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from wvatui.core.cutting import Growing
from wvatui.core.dialects.anchors import Drift
from wvatui.core.events import Experiment, Footer, Header, Scrape
from wvatui.core.history import History
from wvatui.core.links import LINKED, Link, link
from wvatui.core.state import LogEntry, State, Watched
from wvatui.core.tally import Tally
from wvatui.core.trail import Trail

_FIELDS = tuple(f.name for f in fields(State))
_NOTHING = Watched(History())


class Draft:
    """See the module. Scalars are plain attributes; the rest is asked for by name."""

    nothing = _NOTHING

    def __init__(self, state: State) -> None:
        self._state = state
        self.now = state.now
        self.first_at = state.first_at
        self.events = state.events
        self.header: Header | None = state.header
        self.footer: Footer | None = state.footer
        self.experiment: Experiment | None = state.experiment
        self.mode = state.mode
        self.leader = state.leader
        self.unserved = state.unserved
        self._growing: Growing | None = None
        self.heard: dict[str, float] = {}
        self._mappings: dict[str, dict[Any, Any]] = {}
        self._trails: dict[str, list[Any]] = {}
        self._entries: dict[str, dict[Any, tuple[int, list[Any]]]] = {}
        self._replaced: dict[str, dict[Any, Trail[Any]]] = {}
        self._scrapes: dict[str, list[Scrape]] = {}
        self._links: tuple[Link, ...] | None = None
        self._tally: Tally | None = None
        self._drift: Drift | None = None

    # --- reading: what the fold has so far

    @property
    def gone(self) -> dict[str, float]:
        """Pods that are no more."""
        gone: dict[str, float] = self.peek("gone")
        return gone

    def peek(self, name: str) -> Any:
        """A mapping as it stands, to be read only."""
        mapping = self._mappings.get(name)
        return getattr(self._state, name) if mapping is None else mapping

    def newest(self, name: str) -> Any:
        """The newest item of a trail; None when it is empty."""
        added = self._trails.get(name)
        if added:
            return added[-1]
        trail = getattr(self._state, name)
        return trail[-1] if trail else None

    def newest_of(self, name: str, key: Any) -> Any:
        """The newest item of one trail in a mapping of trails; None when there is none."""
        entry = self._entries.get(name, {}).get(key)
        if entry is not None and entry[1]:
            return entry[1][-1]
        trail = self._replaced.get(name, {}).get(key, getattr(self._state, name).get(key))
        return trail[-1] if trail else None

    @property
    def log_total(self) -> int:
        """How many log lines there have been."""
        return self._state.log.total + len(self._trails.get("log", ()))

    @property
    def links(self) -> tuple[Link, ...]:
        """Which objects and pods belong to which variant, as things stand."""
        if self._links is None:
            self._links = link(*(self.peek(name) for name in LINKED))
        return self._links

    # --- changing

    def mapping(self, name: str) -> dict[Any, Any]:
        """A mapping that may be changed."""
        if name in LINKED:
            self._links = None
        mapping = self._mappings.get(name)
        if mapping is None:
            mapping = self._mappings[name] = dict(getattr(self._state, name))
        return mapping

    def trail(self, name: str) -> list[Any]:
        """The list of items to put at the end of a trail."""
        added = self._trails.get(name)
        if added is None:
            added = self._trails[name] = []
        return added

    def entry_trail(self, name: str, key: Any, cap: int) -> list[Any]:
        """The items to put at the end of one trail in a mapping of trails."""
        entries = self._entries.setdefault(name, {})
        entry = entries.get(key)
        if entry is None:
            entry = entries[key] = (cap, [])
        return entry[1]

    def replace_newest(self, name: str, key: Any, item: Any) -> None:
        """Put `item` in the place of the newest one of a trail in a mapping of trails."""
        cap, added = self._entries[name][key]
        if added:
            added[-1] = item
            return
        trail: Trail[Any] = getattr(self._state, name)[key]
        self._entries[name][key] = (cap, added)
        self._replaced.setdefault(name, {})[key] = trail.replace_last(item)

    def scrapes(self, pod: str) -> list[Scrape]:
        """The scrapes to put at the end of a pod's history."""
        rows = self._scrapes.get(pod)
        if rows is None:
            rows = self._scrapes[pod] = []
        return rows

    @property
    def tally(self) -> Tally:
        """The counts, ours to change."""
        if self._tally is None:
            self._tally = self._state.tally.copy()
        return self._tally

    @property
    def drift(self) -> Drift:
        """The format drift watch, ours to change."""
        if self._drift is None:
            self._drift = self._state.drift.copy()
        return self._drift

    @property
    def cycle(self) -> Growing | None:
        """The newest cycle, ours to change."""
        if self._growing is None and self._state.cycle is not None:
            self._growing = Growing.of(self._state.cycle)
        return self._growing

    def next_cycle(self, cycle: Growing) -> None:
        """Another cycle begins."""
        before = self.cycle
        if before is not None:
            self.trail("cycles").append(before.sealed())
        self._growing = cycle

    def newest_lines(self, count: int) -> list[LogEntry]:
        """The newest lines of the log, oldest first."""
        added = self._trails.get("log", [])[-count:]
        return [*self._state.log.last(count - len(added)), *added]

    def add_log(self, entry: LogEntry) -> None:
        """One more log line."""
        self.trail("log").append(entry)

    def latest_scrape(self, pod: str) -> Scrape | None:
        """The newest scrape of a pod, sealed or not."""
        rows = self._scrapes.get(pod)
        if rows:
            return rows[-1]
        watched: Watched | None = self.peek("watched").get(pod)
        return None if watched is None else watched.history.last

    def answering(self, pods: Iterable[str], since: float) -> int | None:
        """How many of these pods were looked at from `since` on; None: none of them ever was.

        It is asked for every variant at every tick: half of what a fold takes.
        """
        waiting, watched = self._scrapes, self.peek("watched")
        count: int | None = None
        last: Scrape | None
        for pod in pods:
            rows = waiting.get(pod)
            if rows:
                last = rows[-1]
            else:
                one = watched.get(pod)
                last = one.history.last if one is not None else None
            if last is not None:
                count = (count or 0) + (last.at >= since)
        return count

    def forget_pod(self, name: str) -> None:
        """Drop a pod that has been gone for long."""
        self._scrapes.pop(name, None)
        for table in ("gone", "pods", "watched", "log_kv", "log_waiting"):
            self._entries.get(table, {}).pop(name, None)
            if name in self.peek(table):
                del self.mapping(table)[name]

    def flush_scrapes(self, pod: str | None = None) -> None:
        """Put the waiting scrapes (of one pod) into their histories."""
        waiting = self._scrapes
        if not waiting or (pod is not None and pod not in waiting):
            return
        watched = self.mapping("watched")
        bounds = self.peek("bounds")
        for name in list(waiting) if pod is None else [pod]:
            rows = waiting.pop(name)
            if rows:
                before: Watched = watched.get(name) or _NOTHING
                # A look that worked ends the trouble before it.
                watched[name] = Watched(before.history.extend(rows, bounds), engine=before.engine)

    def seal(self) -> State:
        """The State that this draft has become."""
        self.flush_scrapes()
        old = self._state
        values: dict[str, Any] = {name: getattr(old, name) for name in _FIELDS}
        values.update(self._mappings)
        for name, added in self._trails.items():
            values[name] = values[name].extend(added)
        for name, entries in self._entries.items():
            table = dict(values[name])
            for key, (cap, added) in entries.items():
                before = self._replaced.get(name, {}).get(key, table.get(key))
                table[key] = (Trail(cap) if before is None else before).extend(added)
            values[name] = table
        if self._tally is not None:
            values["tally"] = self._tally
        if self._drift is not None:
            values["drift"] = self._drift
        if self.heard:
            values["heard"] = {**old.heard, **self.heard}
        del values["of_state"]
        if not old.events:
            del values["of_session"]  # another session begins
        values.update(
            now=self.now,
            first_at=self.first_at,
            events=self.events,
            header=self.header,
            footer=self.footer,
            experiment=self.experiment,
            mode=self.mode,
            leader=self.leader,
            unserved=self.unserved,
            cycle=old.cycle if self._growing is None else self._growing.sealed(),
        )
        return State(**values)
