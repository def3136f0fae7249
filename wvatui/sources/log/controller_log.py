"""The controller's log, live: that of the pod that holds the Lease, even when the holder
changes."""

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
"""Seconds for which the log of a former leader is still read: a Lease lasts 60 s (WVA v0.4.2
cmd/main.go:108), and losing it ends the process."""
FORMER_S = 10.0
"""Most seconds for which reading the logs of former leaders delays the present leader's."""
IDLE_S = 100.0
"""Seconds of silence after which a stream is opened again, in case not the controller but the
stream has stopped."""
SINCE_S = 600.0

LATE_S, FARTHEST_S = 15.0, 3_600.0
"""A Lease renewed longer ago than the first of these belongs to a leader that is dead or whose
clock is behind. The log is then requested from that much earlier, at most the second, as the
kubelet compares with its own stamps. Seconds."""

_WORST_FIRST = ("denied", "retrying", "waiting", "starting", "ok")


@dataclass(frozen=True, slots=True)
class Controllers:
    """The controller's pods and Lease, as known at one moment."""

    namespace: str = ""
    pods: tuple[str, ...] = ()
    """Names of the controller's pods."""
    holder: str = ""
    """Pod that holds the Lease; empty when the Lease cannot be read or has no holder."""
    acquired_at: float | None = None
    """When it took the Lease from another holder, UTC epoch seconds; None: unknown."""
    renewed_at: float | None = None
    """When it last renewed the Lease, UTC epoch seconds by its node's clock; None: unknown."""

    def behind_s(self, now: float) -> float:
        """Seconds by which the clock that stamps the log may be behind, as a living leader renews
        its Lease every few seconds."""
        late_s = 0.0 if self.renewed_at is None else now - self.renewed_at
        return late_s if LATE_S < late_s <= FARTHEST_S else 0.0

    @property
    def wanted(self) -> tuple[str, ...]:
        """The pods whose logs to follow: the leader.

        All controllers where there is no Lease, or where its holder is none of the pods: with
        hostNetwork the holder is the node's name, and a custom identity can be anything.
        """
        if self.holder in self.pods or (self.holder and not self.pods):
            return (self.holder,)
        return tuple(sorted(self.pods))


class ControllerLog:
    """A source: lines of the controller's log as they are written, preceded by some history.

    With a Lease only the pod that holds it is followed. Without one (denied, absent), or where the
    holder is not a known pod, all controller pods are followed, and each line names its pod: a
    standby writes little, and no decision may be missed.
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
        """`since_s`: seconds of history to begin with; `idle_s`: seconds of silence after which a
        stream is reopened; `poll_s`: seconds between two calls of `controllers`; all by the clock.
        `after`: set once `controllers` can be known."""
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

    # --- which pods are followed

    def _arrange(self, controllers: Controllers) -> None:
        """Start following wanted pods, and retire followers of pods that are no longer wanted."""
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
            # No log to read: the session must not wait for a controller that does not exist.
            self.ready.set()

    async def _read_former(self, controllers: Controllers) -> None:
        """When the lead changed within the requested history, read the other pods' logs to their
        ends, before the leader's own log."""
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
        """UTC epoch seconds from which a newly followed log is read.

        The first log begins with the requested history. A later one begins where its predecessor
        was last known to lead, or at its predecessor's last line if that is older.
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
        """Stop reading logs of pods that lost the lead long ago; re-raise the error of a failed
        task."""
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
        # Followers are kept: a pod that leads again continues at the line it had reached.

    # --- health

    def _hear(self, pod: str, health: Health) -> None:
        self._healths[pod] = health
        self.ready.set()
        self._publish()

    def _publish(self) -> None:
        """Report the worst health of the wanted logs, when it changed."""
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
