"""A live session without a cluster: the test emits its events and moves its clock."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.waiting import until
from wvatui.clock import WallClock
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import Writer
from wvatui.session.live import LiveSession, Wired

START = 1_764_359_265.0
HEADER = ev.Header(START, started_at=START, namespace="ns", interval_s=2.0)


class HandClock(WallClock):
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(3600 if seconds > 0 else 0)


class Cluster:
    """The only source of the session: one polled pod, and an autoscaler's log."""

    name = title = "by hand"

    def __init__(self, clock: HandClock) -> None:
        self.ready = asyncio.Event()
        self.told: list[ev.Event] = [HEADER, ev.Tick(START)]
        """All events so far, in order."""
        self._clock = clock
        self._emit: Callable[[ev.Event], None] | None = None

    async def run(self, emit: Callable[[ev.Event], None]) -> None:
        self._emit = emit
        self.ready.set()
        await asyncio.Event().wait()

    def say(self, *events: ev.Event) -> None:
        """Emit `events`, and move the clock to them."""
        assert self._emit is not None
        for event in events:
            self._clock.at = max(self._clock.at, event.at)
            self.told.append(event)
            self._emit(event)

    def live(self, seconds: int) -> None:
        """Let `seconds` pass: a tick each second, a scrape each 2 s, a pod each 10 s, a decision
        each 30 s."""
        for _ in range(seconds):
            at = self._clock.at + 1.0
            second = round(at - START)
            if second % 2 == 0:
                self.say(ev.Scrape(at, pod="pod-a", kv=second % 100 / 100, waiting=second % 7))
            if second % 10 == 3:
                self.say(ev.Pod(at, name="pod-a", namespace="ns", restarts=second))
            if second % 30 == 0:
                self.say(ev.Log(at, line=decision(at, second // 30)))
            self.say(ev.Tick(at))

    def then(self, at: float) -> State:
        """The State of all events up to the moment `at`."""
        return fold(EMPTY, [event for event in self.told if event.at <= at])


def decision(at: float, target: int) -> str:
    """A line of the controller's log with a scale-up to `target`."""
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    text = f"variant=v, action=scale-up, current={target - 1}→target={target}"
    return f'{{"level":"INFO","ts":"{stamp}","msg":"Processing decision: {text}"}}'


@asynccontextmanager
async def by_hand(
    path: Path | None, *, max_bytes: int | None = None
) -> AsyncIterator[tuple[LiveSession, Cluster]]:
    """A running session, recorded in `path`, with its cluster."""
    clock = HandClock()
    cluster = Cluster(clock)

    async def nothing() -> None:
        pass

    async def connect(session: LiveSession) -> Wired:
        writer = None
        if path is not None:
            writer = Writer(path, HEADER, max_bytes=max_bytes, known=session.known)
        return Wired(HEADER, clock, writer, [cluster], nothing)

    session = LiveSession(connect, namespace="ns")
    run = asyncio.create_task(session.run())
    await until(lambda: cluster.ready.is_set() and session.latest.events == 2)
    try:
        yield session, cluster
    finally:
        session.stop("test")
        await run
        await session.aclose()


async def seen(session: LiveSession, cluster: Cluster) -> None:
    """Wait until the session has folded all events of the cluster."""
    await until(lambda: session.latest.events == len(cluster.told))


def since(session: LiveSession) -> float:
    """The moment shown, in seconds since the start."""
    return session.status.shown_at - START


def frames(session: LiveSession, count: int) -> Callable[[], bool]:
    """A function that returns True once the session has notified its listeners `count` times."""
    left = count
    before = session.tell

    def counted() -> None:
        nonlocal left
        left -= 1
        before()

    session.tell = counted  # type: ignore[method-assign]
    return lambda: left <= 0
