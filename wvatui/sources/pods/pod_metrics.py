"""Polls the metrics page of every model pod, each interval, all at once.

A pod that does not answer yet gives a ScrapeFailure with its reason, never a zero. A missing right
is reported once for all pods.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Engine, Event, Notice, PollRound, ScrapeFailure, Source
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.kube.answers import lacking
from wvatui.sources.pods.page_fetch import Fetch
from wvatui.sources.pods.poller import PollAnswer, Poller, PollTarget
from wvatui.sources.pods.ports import PortBook
from wvatui.sources.pods.probe import Probe, ProbeResult
from wvatui.sources.source import Emit, nowhere

SOURCE = "pods"
DENIED_RETRY_S = 60.0
RUNNING = frozenset({"Running", "Unknown", ""})
"""Phases in which a pod may answer; one that is pending, or over, is not asked."""

_MISS = {"guarded": "denied", "unreachable": "error", "other": "error"}
"""How a `Fetched.why` is recorded, where `events.ScrapeFailure` has no such word."""


def page_timeout_s(interval_s: float) -> float:
    """How long a page may take: a slow pod is still measured, a dead one costs few rounds."""
    return min(10.0, max(5.0, 2 * interval_s))


class _Told(NamedTuple):
    """What the source last said of itself."""

    status: str
    text: str = ""
    retry_at: float | None = None
    verb: str = ""
    resource: str = ""


class PodMetrics:
    """A source of Scrape, ScrapeFailure, Engine, Bounds and PollRound events."""

    name = SOURCE
    title = "pod metrics"

    def __init__(
        self,
        fetch: Fetch,
        clock: Clock,
        targets: Callable[[], Sequence[PollTarget]],
        *,
        interval_s: float = 2.0,
    ) -> None:
        """`targets`: the model pods as they are known at the moment, in any order."""
        self.ready = asyncio.Event()
        self._fetch, self._clock, self._targets = fetch, clock, targets
        self._interval_s = interval_s
        self._probe = Probe(fetch, PortBook())
        self._bounds = BoundsBook()
        self._engines: dict[str, Engine] = {}
        self._emit: Emit = nowhere
        self._told: _Told | None = None
        self._denied_until: float | None = None
        self._denied = ""
        self._whys: dict[str, str] = {}
        self._trouble = ""

    async def run(self, emit: Callable[[Event], None]) -> None:
        """Poll until cancelled."""
        self._emit = emit
        self._tell(_Told("starting"))
        poller = Poller(
            self._clock,
            self._interval_s,
            self._askable,
            self._ask,
            emit=emit,
            closed=self._round_over,
        )
        try:
            await poller.run()
        finally:
            await self._fetch.aclose()

    # --- whom to ask ------------------------------------------------------------------------

    def _askable(self) -> Sequence[PollTarget]:
        targets = [target for target in self._targets() if target.phase in RUNNING]
        names = {target.pod for target in targets}
        self._probe.ports.keep(names)
        for known in (self._engines, self._whys):
            for pod in known.keys() - names:
                del known[pod]
        if self._denied_until is None:
            return targets
        if self._clock.now() < self._denied_until:
            return ()
        return targets[:1]  # one question is enough to see whether the right was given

    # --- one look ---------------------------------------------------------------------------

    async def _ask(self, target: PollTarget) -> PollAnswer:
        asked = self._clock.now()

        def read(page: bytes, port: int) -> Sequence[Event]:
            return self._read(target, page, port, asked)

        look = await self._probe.look(target, read, "model server")
        if not look.events:
            return PollAnswer([self._miss(target, look, asked)], False)
        self._whys.pop(target.pod, None)
        return PollAnswer([*self._found(target, look), *look.events], True)

    def _read(self, target: PollTarget, page: bytes, port: int, asked: float) -> Sequence[Event]:
        """What the page says; empty when it has no engine's metrics."""
        now = self._clock.now()
        took_ms = round((now - asked) * 1000)
        events = read_page(
            page, at=now, pod=target.pod, took_ms=took_ms, bounds=self._bounds, port=port
        )
        return [event for event in events if self._is_news(event)]

    def _is_news(self, event: Event) -> bool:
        """Engines are told when something about them changed."""
        if not isinstance(event, Engine):
            return True
        known = self._engines.get(event.pod)
        if known is not None and msgspec.structs.replace(known, at=event.at) == event:
            return False
        self._engines[event.pod] = event
        return True

    def _found(self, target: PollTarget, look: ProbeResult) -> list[Event]:
        """Say which port it is, where others were tried in vain."""
        if not look.is_new_port or not look.failed:
            return []
        text = f"{target.pod}: metrics on port {look.port} ({look.in_vain})"
        return [Notice(at=self._clock.now(), source=SOURCE, code="port-found", text=text)]

    def _miss(self, target: PollTarget, look: ProbeResult, asked: float) -> ScrapeFailure:
        if look.why == "denied":
            self._denied = look.text
        self._whys[target.pod] = look.why
        self._trouble = look.text
        now = self._clock.now()
        why = _MISS.get(look.why, look.why)
        took_ms = round((now - asked) * 1000)
        return ScrapeFailure(at=now, pod=target.pod, why=why, text=look.text, took_ms=took_ms)

    # --- how it goes ------------------------------------------------------------------------

    def _round_over(self, round_: PollRound) -> None:
        self.ready.set()
        now = self._clock.now()
        denied, self._denied = self._denied, ""
        if denied and not round_.answered:
            self._denied_until = now + DENIED_RETRY_S
            verb, resource = lacking(denied) or ("get", "pods/proxy")
            self._tell(_Told("denied", denied, self._denied_until, verb, resource))
            return
        if self._denied_until is not None and now < self._denied_until:
            return  # nobody was asked
        self._denied_until = None
        if round_.pods:
            self._emit(round_)
        self._tell(self._health(round_))

    def _health(self, round_: PollRound) -> _Told:
        if not round_.pods:
            return _Told("waiting", "no model pods yet")
        if round_.answered:
            return _Told("ok")
        whys = set(self._whys.values())
        if whys <= {"starting", "refused"}:
            return _Told("waiting", "no engine answers yet")
        return _Told("retrying", self._trouble or "no pod answered")

    def _tell(self, told: _Told) -> None:
        if told != self._told:
            self._told = told
            self._emit(Source(at=self._clock.now(), source=SOURCE, **told._asdict()))
