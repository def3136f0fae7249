"""Polls the metrics page of every endpoint picker (EPP) of the namespace."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Epp, Event, PollRound
from wvatui.core.metrics.scrape import read_epp
from wvatui.sources.pods.endpoints import EPP_PORTS, EndpointBook
from wvatui.sources.pods.page_fetch import Fetch
from wvatui.sources.pods.pod_metrics import RUNNING
from wvatui.sources.pods.poll_health import PolledSource, PollHealth
from wvatui.sources.pods.poller import PollAnswer, Poller, PollTarget
from wvatui.sources.pods.probe import Probe
from wvatui.sources.source import Emit, all_set, nowhere

SOURCE = "epp"

PICKERS = PolledSource(
    SOURCE,
    ("absent", "no endpoint picker in this namespace"),
    guarded="the endpoint picker asks for a token of its own",
)


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
        places: Sequence[str] = ("",),
    ) -> None:
        """`targets`: returns the EPP pods known at the moment, in any order; `after`: set once they
        can be known. `places`: the namespaces whose health is reported separately."""
        self.ready = asyncio.Event()
        self._fetch, self._clock, self._targets = fetch, clock, targets
        self._interval_s, self._after = interval_s, after
        # An EPP declares its gRPC ports too; in every release its metrics have a port of their own.
        book = EndpointBook(EPP_PORTS, usual_first=True)
        self._probe = Probe(fetch, book, self._read, "endpoint picker")
        self._emit: Emit = nowhere
        self._health = PollHealth(PICKERS, clock, places)

    def retry(self) -> None:
        """Poll again in the next round, even where a right was missing."""
        self._health.retry()

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
        return self._health.askable(targets)

    async def _ask(self, target: PollTarget) -> PollAnswer:
        asked = self._clock.now()
        look = await self._probe.look(target)
        if look.page is None:
            self._health.missed(target, look.why, look.text)
            return PollAnswer([], False)
        self._health.answered(target)
        now = self._clock.now()
        took_ms = round((now - asked) * 1000)
        return PollAnswer([msgspec.structs.replace(look.page, at=now, took_ms=took_ms)], True)

    def _read(self, page: bytes, target: PollTarget) -> Epp | None:
        """The picker's metrics on the page; None when the page is from something else."""
        events = read_epp(page, at=self._clock.now(), pod=target.pod, took_ms=0)
        return events[0] if events else None

    def _round_over(self, round_: PollRound) -> None:
        self.ready.set()
        self._health.round_over(self._emit)
