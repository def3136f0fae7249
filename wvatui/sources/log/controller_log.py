"""The controller's log, live: the holder of the Lease is followed, also when it changes."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from wvatui.clock import Clock
from wvatui.core.events import Event, Notice, Source
from wvatui.kube.client import Client
from wvatui.sources.log.log_follower import SOURCE, Health, LogFollower
from wvatui.sources.source import Emit, all_set, nowhere

STREAM = "controller"
LINGER_S = 60.0
"""How long the log of a controller that leads no more is read on: a lease lasts 60 s
(WVA v0.4.2 cmd/main.go:108), and losing it ends the process."""
FORMER_S = 10.0
"""How long the logs of former leaders may keep the leader's waiting."""
IDLE_S = 100.0
"""Silence after which a stream is opened again, before it is taken for the controller's own."""
SINCE_S = 600.0

LATE_S, FARTHEST_S = 15.0, 3_600.0
"""A Lease that was renewed so long ago is of a leader that is dead or whose clock is behind; and so
much farther, at most, its log is asked for: the kubelet compares with its own stamps."""

_WORST_FIRST = ("denied", "retrying", "waiting", "starting", "ok")


@dataclass(frozen=True, slots=True)
class Controllers:
    """What is known of the controller's place at one moment."""

    namespace: str = ""
    pods: tuple[str, ...] = ()
    """Names of the controller's pods."""
    holder: str = ""
    """Pod that holds the Lease; empty when the Lease cannot be read or nobody holds it."""
    acquired_at: float | None = None
    """Since when it holds it, after another one, UTC epoch seconds; None: that is not known."""
    renewed_at: float | None = None
    """When it renewed it, by the clock of its node, UTC epoch seconds; None: that is not known."""

    def behind_s(self, now: float) -> float:
        """By how much the clock by which the log is stamped may be behind, seconds: a leader
        renews its Lease every few seconds, unless it is dead."""
        late_s = 0.0 if self.renewed_at is None else now - self.renewed_at
        return late_s if LATE_S < late_s <= FARTHEST_S else 0.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """Whose logs to follow: the leader's.

        Every controller's where there is no Lease, or where its holder is none of the pods: with
        hostNetwork it is the node, and an identity of one's own can be anything.
        """
        if self.holder in self.pods or (self.holder and not self.pods):
            return (self.holder,)
        return tuple(sorted(self.pods))


class ControllerLog:
    """A source: lines of the controller's log as they are written, after a stretch of history.

    With a Lease only the pod that holds it is followed. Without one (denied, absent), or where
    the holder is no pod that is known, all controller pods are, each line naming its pod: the
    standby is quiet, and a decision must not be missed.
    """

    name = SOURCE
    title = "controller log"

    def __init__(
        self,
        client: Client,
        clock: Clock,
        controllers: Callable[[], Controllers],
        *,
        since_s: float = SINCE_S,
        poll_s: float = 2.0,
        idle_s: float = IDLE_S,
        container: str = "",
        after: Sequence[asyncio.Event] = (),
    ) -> None:
        """`since_s`: history to begin with; `idle_s`: silence after which a stream is reopened;
        `poll_s`: how often `controllers` is asked. Seconds of the clock. `after`: set when
        `controllers` can be known."""
        self.ready = asyncio.Event()
        self._client, self._clock, self._controllers = client, clock, controllers
        self._since_s, self._poll_s, self._idle_s = since_s, poll_s, idle_s
        self._container, self._after = container, after
        self._emit: Emit = nowhere
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._followers: dict[str, LogFollower] = {}
        self._retired_at: dict[str, float] = {}
        self._healths: dict[str, Health] = {}
        self._told: Health | None = None
        self._leader = ""
        self._checked_at: float | None = None

    async def run(self, emit: Callable[[Event], None]) -> None:
        """Follow until cancelled."""
        self._emit = emit
        self._publish()
        try:
            await all_set(self._after, self._clock, self._poll_s)
            while True:
                self._reap()
                controllers = self._controllers()
                await self._read_former(controllers)
                self._arrange(controllers)
                self._publish()
                await self._clock.sleep(self._poll_s)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    # --- who is followed --------------------------------------------------------------------

    def _arrange(self, controllers: Controllers) -> None:
        """Start what is wanted and not followed, retire what is followed and not wanted."""
        now = self._clock.now()
        wanted = controllers.wanted
        since = self._start_of(now) - controllers.behind_s(now)
        if controllers.holder:
            if self._leader and controllers.holder != self._leader:
                text = f"leader changed from {self._leader} to {controllers.holder}"
                self._emit(Notice(at=now, source=SOURCE, code="leader-change", text=text))
            self._leader = controllers.holder
        for pod in self._followers.keys() - set(wanted):
            if pod not in self._retired_at:
                self._retired_at[pod] = now
                self._followers[pod].retire()
        for pod in wanted:
            self._follow(controllers.namespace, pod, since)
        if wanted:
            self._checked_at = now
        else:
            # Nothing to list: the session must not wait for a controller that is not there.
            self.ready.set()

    async def _read_former(self, controllers: Controllers) -> None:
        """Where the lead changed within the history that is asked for, the rest of it is in other
        pods' logs: they are read to their ends, before the leader's own."""
        now, acquired_at = self._clock.now(), controllers.acquired_at
        since = now - self._since_s
        if self._checked_at is not None or acquired_at is None or acquired_at <= since:
            return
        former = [pod for pod in controllers.pods if pod != controllers.holder]
        if controllers.holder not in controllers.pods or not former:
            return
        for pod in former:
            self._retired_at[pod] = now
            self._followers[pod] = self._follower(controllers.namespace, pod, since)
            self._followers[pod].retire()
        with suppress(TimeoutError):
            async with self._clock.timeout(FORMER_S):
                await asyncio.gather(*(self._followers[pod].run() for pod in former))

    def _start_of(self, now: float) -> float:
        """From when on a log is wanted that was not followed before.

        The first one with the history asked for. A later one from where its predecessor was
        last known to lead, or from its predecessor's last line if that is older.
        """
        if self._checked_at is None:
            return now - self._since_s
        marks = [
            follower.newest
            for pod, follower in self._followers.items()
            if pod not in self._retired_at and follower.newest is not None
        ]
        return max(min([self._checked_at, *marks]), now - self._since_s)

    def _follow(self, namespace: str, pod: str, since: float) -> None:
        self._retired_at.pop(pod, None)
        follower = self._followers.get(pod)
        if follower is None:
            follower = self._followers[pod] = self._follower(namespace, pod, since)
        follower.employ()
        if pod not in self._tasks:
            self._tasks[pod] = asyncio.create_task(follower.run(), name=f"log of {pod}")

    def _follower(self, namespace: str, pod: str, since: float) -> LogFollower:
        return LogFollower(
            self._client,
            self._clock,
            namespace,
            pod,
            since=since,
            stream=STREAM,
            emit=self._emit,
            tell=self._hear,
            idle_s=self._idle_s,
            container=self._container,
        )

    def _reap(self) -> None:
        """End the reading of logs whose pods led long ago; pass on what a task died of."""
        now = self._clock.now()
        for pod, task in list(self._tasks.items()):
            retired_at = self._retired_at.get(pod)
            if task.done():
                if not task.cancelled():
                    task.result()
                del self._tasks[pod]
                self._healths.pop(pod, None)
            elif retired_at is not None and now - retired_at >= LINGER_S:
                task.cancel()
        # Followers stay: a pod that leads again goes on from the line it had come to.

    # --- how it goes ------------------------------------------------------------------------

    def _hear(self, pod: str, health: Health) -> None:
        self._healths[pod] = health
        self.ready.set()
        self._publish()

    def _publish(self) -> None:
        """Tell the worst of the logs that are wanted, when it changed."""
        told = [
            health
            for status in _WORST_FIRST
            for pod, health in self._healths.items()
            if health.status == status and pod not in self._retired_at
        ]
        if told:
            health = told[0]
        elif self._tasks.keys() - self._retired_at.keys() or not self.ready.is_set():
            health = Health("starting")
        else:
            health = Health("waiting", "no controller found yet")
        if health == self._told:
            return
        self._told = health
        self._emit(Source(at=self._clock.now(), source=SOURCE, **health._asdict()))
