"""Where a cycle of the controller begins and ends: decided here, and nowhere else.

A cycle begins with the line that starts a full reconcile or, where no such line was logged, with
the first line that only a cycle writes. What the controller wrote just before (its mode, its
configuration) belongs to it. It ends with the line that ends it and what follows at once (the
objects that the controller then touches), or where the next cycle begins. Some builds reconcile
twice at once: that is one cycle of two reconciles. Other lines belong to no cycle.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wvatui.core import events as ev
from wvatui.core.kube_object import NamespacedName
from wvatui.core.log import facts as fc
from wvatui.core.state.links import Link
from wvatui.core.state.state import Analysed, Cycle, LogEntry, Reconcile

APART_S = 10.0
"""Seconds of silence that end a cycle whose start no line marks. The controller's default is a
cycle every 30 s, and no recorded controller was silent for so long within a cycle."""
COALESCE_S = 2.0
"""Repeats of one decision, analysis or reconcile are at most this far apart, seconds."""
BEFORE_S = 0.5
"""Lines at most this long before a cycle's start belong to it, seconds."""
BEFORE_LINES = 6
"""At most this many lines before the start: what a controller logs while it starts up is no part
of its first cycle."""
MOST_LINES = 4_000
"""Lines of one cycle whose facts are kept."""


@dataclass(slots=True)
class Growing:
    """A `Cycle` that may change; owned by one fold at a time. `was`: the Cycle, if unchanged."""

    at: float
    last_at: float
    first_line: int
    links: tuple[Link, ...]
    configs: dict[NamespacedName, ev.Config]
    context: bool = False
    was: Cycle | None = None
    stop_line: int | None = None
    lines: int = 0
    errors: int = 0
    end_at: float | None = None
    ok: bool = True
    analyses: list[Analysed] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    kv: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    over: list[Reconcile] = field(default_factory=list)
    """All reconciles but the newest; the next fields hold the newest."""
    facts: list[fc.Fact] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unread: int = 0
    verbose: bool = False

    @classmethod
    def of(cls, cycle: Cycle) -> "Growing":
        """A changeable copy of `cycle`."""
        *over, newest = cycle.reconciles
        return cls(
            at=cycle.at,
            last_at=cycle.last_at,
            first_line=cycle.first_line,
            links=cycle.links,
            configs=dict(cycle.configs),
            context=cycle.context,
            was=cycle,
            stop_line=cycle.stop_line,
            lines=cycle.lines,
            errors=cycle.errors,
            end_at=cycle.end_at,
            ok=cycle.ok,
            analyses=list(cycle.analyses),
            decided=list(cycle.decided),
            kv=dict(cycle.kv),
            waiting=dict(cycle.waiting),
            over=over,
            facts=list(newest.facts),
            places=list(newest.places) or [""] * len(newest.facts),
            failed=list(newest.errors),
            unread=newest.unread,
            verbose=newest.verbose,
        )

    def sealed(self) -> Cycle:
        """The immutable Cycle as it is now."""
        if self.was is None:
            self.was = Cycle(
                at=self.at,
                last_at=self.last_at,
                first_line=self.first_line,
                links=self.links,
                configs=self.configs,
                context=self.context,
                stop_line=self.stop_line,
                lines=self.lines,
                errors=self.errors,
                end_at=self.end_at,
                ok=self.ok,
                analyses=tuple(self.analyses),
                decided=tuple(self.decided),
                kv=dict(self.kv),
                waiting=dict(self.waiting),
                reconciles=(*self.over, self._reconcile()),
            )
        return self.was

    def _reconcile(self) -> Reconcile:
        places = tuple(self.places) if any(self.places) else ()
        return Reconcile(tuple(self.facts), tuple(self.failed), self.unread, self.verbose, places)

    def touch(self, at: float) -> None:
        """Note a change at `at` (UTC epoch seconds); call it whenever a field is changed."""
        self.was = None
        self.last_at = max(at, self.last_at)

    # --- lines

    def passes(self, entry: LogEntry) -> None:
        """Close the cycle at this line, where the line comes too long after the cycle's end."""
        end_at = self.end_at
        if self.stop_line is None and end_at is not None and abs(entry.at - end_at) > COALESCE_S:
            self.was, self.stop_line = None, entry.index

    def take(self, entry: LogEntry) -> None:
        """Add the cycle's next line, with all its facts."""
        if self.stop_line is not None:
            return
        self.was = None
        self.lines += 1
        failed = entry.is_error and not entry.is_non_fatal
        self.errors += failed
        if self.lines > MOST_LINES:
            return
        if failed:
            self.failed.append(": ".join(t for t in (entry.message, entry.error) if t))
        self.unread += entry.kind == "unknown"
        self.verbose |= _verbose(entry)
        for fact in entry.content.facts:
            if isinstance(fact, fc.CycleStart) and self._started():
                self.over.append(self._reconcile())
                self.facts, self.places, self.failed, self.unread = [], [], [], 0
            self.facts.append(fact)
            self.places.append(entry.namespace)

    @property
    def has_start(self) -> bool:
        """Whether the line that starts the cycle was seen."""
        return bool(self.over) or self._started()

    def _started(self) -> bool:
        return any(isinstance(fact, fc.CycleStart) for fact in self.facts)

    def stop(self, first: int, taken: Sequence[LogEntry]) -> None:
        """End before line `first`, where the next cycle begins, and give up the lines `taken`."""
        if self.stop_line is not None and self.stop_line <= first:
            return
        for entry in reversed(taken):
            if self.stop_line is not None and entry.index >= self.stop_line:
                continue
            if entry.index < self.first_line:
                break
            self._give(entry)
        self.was, self.stop_line = None, first

    def _give(self, entry: LogEntry) -> None:
        """Remove the newest line, which belongs to the next cycle after all."""
        failed = entry.is_error and not entry.is_non_fatal
        self.errors -= failed
        self.lines -= 1
        if self.lines >= MOST_LINES:
            return
        if failed and self.failed:
            self.failed.pop()
        self.unread -= entry.kind == "unknown"
        for _ in entry.content.facts:
            if not self.facts and self.over:
                before = self.over.pop()
                self.facts, self.failed = list(before.facts), list(before.errors)
                self.places = list(before.places) or [""] * len(before.facts)
                self.unread = before.unread
            if self.facts:
                self.facts.pop()
                self.places.pop()


def ends(entry: LogEntry) -> bool:
    """Whether a line ends a cycle."""
    return any(isinstance(fact, fc.CycleEnd) for fact in entry.content.facts)


def _verbose(entry: LogEntry) -> bool:
    """A line that the default verbosity hides; DEBUG is shown from v0.5.0 on."""
    if entry.level == "DEBUG":
        return not entry.template.startswith("b/") and entry.raw.startswith("{")
    return entry.level in ("V(3)", "V(4)", "V(5)")
