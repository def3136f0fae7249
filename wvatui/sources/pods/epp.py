"""Polls the metrics page of every endpoint picker (EPP) of the namespace."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Epp, Event, PollRound, Source
from wvatui.core.metrics.scrape import read_epp
from wvatui.kube.answers import lacking
from wvatui.kube.rights import RightRetry
from wvatui.sources.pods.endpoints import EPP_PORTS, EndpointBook
from wvatui.sources.pods.page_fetch import Fetch
from wvatui.sources.pods.pod_metrics import RUNNING
from wvatui.sources.pods.poller import PollAnswer, Poller, PollTarget
from wvatui.sources.pods.probe import Probe, ProbeResult
from wvatui.sources.source import Emit, HealthReporter, all_set, nowhere

SOURCE = "epp"

_STATUS = {"denied": "denied", "guarded": "guarded", "starting": "waiting", "refused": "waiting"}


class EppMetrics:
    """A source of Epp events. It gives no ScrapeFailure: an endpoint picker is no replica."""

    name = SOURCE
    title = "gateway (EPP)"

    def __init__(
        self,
        fetch: Fetch,
        clock: Clock,
        targets: Callable[[], Sequence[PollTarget]],
        *,
        interval_s: float = 2.0,
        after: Sequence[asyncio.Event] = (),
    ) -> None:
        """`targets`: the EPP pods as they are known at the moment, in any order; `after`: set
        when they can be known."""
        self.ready = asyncio.Event()
        self._fetch, self._clock, self._targets = fetch, clock, targets
        self._interval_s, self._after = interval_s, after
        # An EPP declares its gRPC ports too; the metrics have their own in every release.
        book = EndpointBook(EPP_PORTS, usual_first=True)
        self._probe = Probe(fetch, book, self._read, "endpoint picker")
        self._emit: Emit = nowhere
        self._reporter = HealthReporter()
        self._failed: ProbeResult[Epp] | None = None
        self._right = RightRetry()
        self._denied_until: float | None = None

    def retry(self) -> None:
        """Ask again in the next round, although a right was missing."""
        if self._denied_until is not None:
            self._denied_until = self._clock.now()

    async def run(self, emit: Callable[[Event], None]) -> None:
        """Poll until cancelled."""
        self._emit = emit
        poller = Poller(
            self._clock,
            self._interval_s,
            self._askable,
            self._ask,
            emit=emit,
            closed=self._round_over,
        )
        try:
            await all_set(self._after, self._clock, self._interval_s)
            await poller.run()
        finally:
            await self._fetch.aclose()

    def _askable(self) -> Sequence[PollTarget]:
        targets = [target for target in self._targets() if target.phase in RUNNING]
        self._probe.book.keep(target.pod for target in targets)
        if self._denied_until is not None and self._clock.now() < self._denied_until:
            return ()
        return targets

    async def _ask(self, target: PollTarget) -> PollAnswer:
        asked = self._clock.now()
        look = await self._probe.look(target)
        if look.page is None:
            self._failed = look
            return PollAnswer([], False)
        now = self._clock.now()
        took_ms = round((now - asked) * 1000)
        return PollAnswer([msgspec.structs.replace(look.page, at=now, took_ms=took_ms)], True)

    def _read(self, page: bytes, target: PollTarget) -> Epp | None:
        """What the page says; None when it is no picker's."""
        events = read_epp(page, at=self._clock.now(), pod=target.pod, took_ms=0)
        return events[0] if events else None

    # --- how it goes ------------------------------------------------------------------------

    def _round_over(self, round_: PollRound) -> None:
        self.ready.set()
        now = self._clock.now()
        if self._denied_until is not None and now < self._denied_until:
            return  # nobody was asked
        self._denied_until = None
        look, self._failed = self._failed, None
        if round_.answered:
            self._right.worked()
            self._reporter.report(Source(at=now, source=SOURCE, status="ok"), self._emit)
        elif not round_.pods:
            text = "no endpoint picker in this namespace"
            absent = Source(at=now, source=SOURCE, status="absent", text=text)
            self._reporter.report(absent, self._emit)
        elif look is not None:
            if look.why in ("denied", "guarded"):
                self._denied_until = now + self._right.wait_s()
            self._reporter.report(self._trouble(look), self._emit)

    def _trouble(self, look: ProbeResult[Epp]) -> Source:
        """What is wrong, in words; a guard of the pod's own is not a right in the cluster."""
        text, verb, resource = look.text, "", ""
        if look.why == "denied":
            verb, resource = lacking(text) or ("get", "pods/proxy")
        elif look.why == "guarded":
            text = f"the endpoint picker asks for a token of its own: {text}"
        return Source(
            at=self._clock.now(),
            source=SOURCE,
            status=_STATUS.get(look.why, "retrying"),
            text=text,
            retry_at=self._denied_until,
            verb=verb,
            resource=resource,
        )
