"""Polls many pods concurrently, in rounds.

Each pod is polled by itself: one that hangs is not polled again before it has answered or timed
out, and delays no other. Rounds start on a fixed grid, so lateness does not add up; a round is
skipped when every pod is still busy with the one before. The events of pods polled at one moment
are emitted in a fixed order, whichever answered first, so that a simulated cluster gives the same
recording twice.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from wvatui.clock import Clock
from wvatui.core.events import Event, PollRound
from wvatui.core.kube_object import bare
from wvatui.sources.pods.endpoints import PageEndpoint

CONCURRENT = 64
PODS_A_SLOT = 8
"""Pods polled at one moment: more would wait for each other, here and in the API server."""
SLOT = 0.025
"""Time between two slots, as a part of the interval."""
SLOTS = 24
"""Most slots: the last one is at 0.6 of the interval, so that slow answers still fit in."""
GATE_S = 0.1
"""Seconds of the clock that a quick answer waits for the others of its moment."""


@dataclass(frozen=True, slots=True)
class PollTarget:
    """A pod to poll."""

    pod: str
    """Its id in the session: see `SessionWindow.id_of`."""
    namespace: str
    ip: str = ""
    ports: tuple[int, ...] = ()
    """Declared ports, the named or annotated metrics port first."""
    path: str = ""
    """Declared path of its metrics; empty: none."""
    scheme: str = ""
    """Declared scheme, http or https; empty: none."""
    ranks: tuple[tuple[int, ...], ...] = ()
    """Groups of ports that may serve one engine each."""
    asked: tuple[int, ...] = ()
    """Ports on which an engine must listen, as its arguments request them."""
    group: tuple["PollTarget", ...] = ()
    """Pods of its group that may also run engines: the workers of a LeaderWorkerSet."""
    hints: tuple[PageEndpoint, ...] = ()
    """Endpoints of its page according to monitors and the gateway's pool."""
    model: str = ""
    """The model that its variant declares."""
    workload: str = ""
    """The workload whose replica it is; its replicas answer on the same port."""
    phase: str = "Running"
    """Only pods that run, or may run, are polled."""
    ready: bool = False

    @property
    def name(self) -> str:
        """The pod's name in Kubernetes."""
        return bare(self.pod)


class PollAnswer(NamedTuple):
    """The result of one poll: events in order, and whether the pod answered with metrics."""

    events: list[Event]
    answered: bool


class Poller:
    """Polls in rounds. `ask` never raises for an error that a pod may cause."""

    def __init__(
        self,
        clock: Clock,
        interval_s: float,
        targets: Callable[[], Sequence[PollTarget]],
        ask: Callable[[PollTarget], Awaitable[PollAnswer]],
        *,
        emit: Callable[[Event], None],
        closed: Callable[[PollRound], None],
    ) -> None:
        """`closed` is called with each finished round, even one without pods."""
        self._clock, self._interval_s = clock, interval_s
        self._targets, self._ask, self._emit, self._closed = targets, ask, emit, closed
        self._busy: set[str] = set()
        self._limit = asyncio.Semaphore(CONCURRENT)
        self._round: _OpenRound | None = None
        self._skipped = 0

    async def run(self) -> None:
        """Poll until cancelled."""
        base, count = self._clock.now(), 0
        async with asyncio.TaskGroup() as group:
            while True:
                planned = base + count * self._interval_s
                await self._clock.sleep(planned - self._clock.now())
                self._begin(group, planned)
                passed = math.floor((self._clock.now() - base) / self._interval_s)
                self._skipped += max(0, passed - count)
                count = max(count, passed) + 1

    def _begin(self, group: asyncio.TaskGroup, planned: float) -> None:
        now = self._clock.now()
        targets = sorted(self._targets(), key=lambda target: target.pod)
        free = [target for target in targets if target.pod not in self._busy]
        if targets and not free:
            self._skipped += 1
            return
        self._close()
        late_ms = max(0, round((now - planned) * 1000))
        self._round = _OpenRound(now, len(targets), len(free), late_ms, self._skipped)
        self._skipped = 0
        self._busy.update(target.pod for target in free)
        for offset_s, batch in self._slots(free, len(targets)):
            group.create_task(self._batch(group, self._round, batch, offset_s))
        if not free:
            self._close()

    def _slots(self, targets: list[PollTarget], pods: int) -> list[tuple[float, list[PollTarget]]]:
        """The pods by the moment at which they are polled; a pod keeps its place in the round."""
        count = min(SLOTS, math.ceil(pods / PODS_A_SLOT))
        slots: dict[int, list[PollTarget]] = {}
        for target in targets:
            slots.setdefault(crc32(target.pod.encode()) % count, []).append(target)
        return [(self._interval_s * SLOT * slot, slots[slot]) for slot in sorted(slots)]

    async def _batch(
        self,
        group: asyncio.TaskGroup,
        round_: "_OpenRound",
        batch: list[PollTarget],
        offset_s: float,
    ) -> None:
        if offset_s:
            await self._clock.sleep(offset_s)
        gate = Gate([target.pod for target in batch], self._emit)
        for target in batch:
            group.create_task(self._one(round_, gate, target))
        try:
            async with self._clock.timeout(GATE_S):
                await gate.full.wait()
        except TimeoutError:
            gate.open()

    async def _one(self, round_: "_OpenRound", gate: "Gate", target: PollTarget) -> None:
        async with self._limit:
            answer = await self._ask(target)
        self._busy.discard(target.pod)
        gate.put(target.pod, answer.events)
        round_.left -= 1
        round_.answered += answer.answered
        if round_.left == 0 and round_ is self._round:
            self._close()

    def _close(self) -> None:
        """End the round: all pods have answered, or the next round begins."""
        open_, self._round = self._round, None
        if open_ is None:
            return
        now = self._clock.now()
        self._closed(
            PollRound(
                at=now,
                pods=open_.pods,
                answered=open_.answered,
                took_ms=round((now - open_.begun) * 1000),
                late_ms=open_.late_ms,
                skipped=open_.skipped,
            )
        )


@dataclass(slots=True)
class _OpenRound:
    begun: float
    pods: int
    left: int
    late_ms: int
    skipped: int
    answered: int = 0


class Gate:
    """Holds back the answers of one moment until all have arrived (or it is opened), then emits
    them in the order in which the pods were polled."""

    def __init__(self, pods: Sequence[str], emit: Callable[[Event], None]) -> None:
        self.full = asyncio.Event()
        self._waiting: dict[str, list[Event] | None] = dict.fromkeys(pods)
        self._emit = emit
        self._is_open = False

    def put(self, pod: str, events: list[Event]) -> None:
        """Take the events of one answer."""
        if self._is_open:
            self._tell(events)
            return
        self._waiting[pod] = events
        if all(held is not None for held in self._waiting.values()):
            self.open()
            self.full.set()

    def open(self) -> None:
        """Stop waiting: emit the answers so far, and the rest as they arrive."""
        self._is_open = True
        for held in self._waiting.values():
            self._tell(held or [])
        self._waiting.clear()

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._emit(event)
