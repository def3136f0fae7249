"""Asks many pods at once, again and again, and keeps count of the rounds.

Each pod has a slot of its own: one that hangs is not asked again before it has answered or timed
out, and delays nobody. Rounds lie on a fixed grid, so lateness does not add up; a round is left
out when every pod is still busy with the one before. Pods asked at one moment are told in one
order, whichever answered first, so that a simulated cluster gives the same recording twice.
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
"""How many are asked at one moment: more would wait for each other, here and in the API server."""
SLOT = 0.025
"""Part of the interval between two slots."""
SLOTS = 24
"""Slots at most: the last one lies at 0.6 of the interval, so that slow answers still fit in."""
GATE_S = 0.1
"""How long a quick answer waits for the others of its moment, seconds of the clock."""


@dataclass(frozen=True, slots=True)
class PollTarget:
    """A pod to be asked."""

    pod: str
    """By which the session knows it: see `SessionWindow.id_of`."""
    namespace: str
    ip: str = ""
    ports: tuple[int, ...] = ()
    """Ports it declares, the named or annotated metrics port first."""
    path: str = ""
    """Where it declares its metrics to be; empty: it does not."""
    scheme: str = ""
    """http or https, as it declares; empty: it does not."""
    ranks: tuple[tuple[int, ...], ...] = ()
    """Ports that serve an engine each, in groups that belong together."""
    asked: tuple[int, ...] = ()
    """Ports on which an engine must answer: its arguments ask for them."""
    group: tuple["PollTarget", ...] = ()
    """Pods of its group that may have engines too: the workers of a LeaderWorkerSet."""
    hints: tuple[PageEndpoint, ...] = ()
    """Where others say that its page is: monitors, the gateway's pool."""
    model: str = ""
    """The model that its variant declares."""
    workload: str = ""
    """Whose replica it is; replicas answer on the same port."""
    phase: str = "Running"
    """Only pods that run, or may, are asked."""
    ready: bool = False

    @property
    def name(self) -> str:
        """Its name in Kubernetes."""
        return bare(self.pod)


class PollAnswer(NamedTuple):
    """What one look gave: events in order, and whether the pod answered with metrics."""

    events: list[Event]
    answered: bool


class Poller:
    """Rounds of questions. `ask` never raises for what a pod may do."""

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
        """`closed` is told each round when it is over, one without pods included."""
        self._clock, self._interval_s = clock, interval_s
        self._targets, self._ask, self._emit, self._closed = targets, ask, emit, closed
        self._busy: set[str] = set()
        self._limit = asyncio.Semaphore(CONCURRENT)
        self._round: _OpenRound | None = None
        self._skipped = 0

    async def run(self) -> None:
        """Ask until cancelled."""
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
        """The pods by the moment at which they are asked; a pod keeps its place in the round."""
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
        """The round is over: all have answered, or the next one begins."""
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
    """Holds the answers of one moment until all are there (or it is opened), then tells them in
    the order in which the pods were asked."""

    def __init__(self, pods: Sequence[str], emit: Callable[[Event], None]) -> None:
        self.full = asyncio.Event()
        self._waiting: dict[str, list[Event] | None] = dict.fromkeys(pods)
        self._emit = emit
        self._is_open = False

    def put(self, pod: str, events: list[Event]) -> None:
        """An answer has come."""
        if self._is_open:
            self._tell(events)
            return
        self._waiting[pod] = events
        if all(held is not None for held in self._waiting.values()):
            self.open()
            self.full.set()

    def open(self) -> None:
        """Wait no longer: tell what is there, and the rest as it comes."""
        self._is_open = True
        for held in self._waiting.values():
            self._tell(held or [])
        self._waiting.clear()

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._emit(event)
