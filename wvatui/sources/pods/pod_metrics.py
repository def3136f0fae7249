"""Polls the metrics pages of all model pods, once per interval.

A pod that does not answer yet gives a ScrapeFailure with its reason, never a zero. A missing right
is reported once for all pods of a namespace.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import (
    Engine,
    Event,
    Notice,
    PollRound,
    RankScrape,
    ScrapeFailure,
)
from wvatui.core.metrics.engine_page import EnginePage, read_engines
from wvatui.core.metrics.metrics_table import BY_ID
from wvatui.core.metrics.scrape import BoundsBook, PortPage, look_events
from wvatui.sources.pods.endpoints import (
    METRICS_PATH,
    MODEL_PORTS,
    EndpointBook,
    PageEndpoint,
)
from wvatui.sources.pods.page_fetch import Fetch
from wvatui.sources.pods.poll_health import PolledSource, PollHealth
from wvatui.sources.pods.poller import PollAnswer, Poller, PollTarget
from wvatui.sources.pods.probe import Probe, ProbeResult
from wvatui.sources.pods.ranks import Candidate, RankBook, process_of
from wvatui.sources.source import Emit, all_set, nowhere

SOURCE = "pods"
MODEL_PODS = PolledSource(SOURCE, ("waiting", "no model pods yet"), "no engine answers yet")

RUNNING = frozenset({"Running", "Unknown", ""})
"""Phases in which a pod may answer; one that is pending or has ended is not polled."""

_MISS = {"unreachable": "error", "other": "error"}
"""Reasons in `Fetched.why` for which `events.ScrapeFailure` has another word."""


def page_timeout_s(interval_s: float) -> float:
    """Time-out for a page, seconds: long enough for a slow pod, while a dead one costs only a few
    rounds."""
    return min(10.0, max(5.0, 2 * interval_s))


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
        after: Sequence[asyncio.Event] = (),
        places: Sequence[str] = ("",),
        usual: Iterable[int] = MODEL_PORTS,
        polled: PolledSource = MODEL_PODS,
    ) -> None:
        """`targets`: returns the model pods known at the moment, in any order; `after`: set once
        they can be known. `places`: the namespaces whose health is reported separately. `usual`:
        ports to try beside those that a pod declares."""
        self.ready = asyncio.Event()
        self._fetch, self._clock, self._targets = fetch, clock, targets
        self._interval_s, self._after = interval_s, after
        self._probe = Probe(fetch, EndpointBook(usual), self._read, "model server")
        self._ranks = RankBook()
        self._percent: dict[str, set[str]] = {}
        self._bounds = BoundsBook()
        self._engines: dict[str, Engine] = {}
        self._emit: Emit = nowhere
        self._health = PollHealth(polled, clock, places)

    def retry(self) -> None:
        """Poll again in the next round, even where a right was missing."""
        self._health.retry()

    async def run(self, emit: Callable[[Event], None]) -> None:
        """Poll until cancelled."""
        self._emit = emit
        self._health.start(emit)
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

    # --- which pods are polled

    def _askable(self) -> Sequence[PollTarget]:
        targets = [target for target in self._targets() if target.phase in RUNNING]
        names = {target.pod for target in targets}
        self._ranks.keep(names)
        members = {member.pod for target in targets for member in target.group}
        self._probe.book.keep(names | members)
        for pod in self._percent.keys() - names - members:
            del self._percent[pod]
        for pod in self._engines.keys() - names:
            del self._engines[pod]
        return self._health.askable(targets)

    # --- one look ---------------------------------------------------------------------------

    async def _ask(self, target: PollTarget) -> PollAnswer:
        asked = self._clock.now()
        look = await self._probe.look(target)
        # A round of many pods is spread over time, which may begin only when this is ready.
        self.ready.set()
        if look.page is None:
            return PollAnswer([self._miss(target, look, asked)], False)
        self._health.answered(target)
        pages = [PortPage(look.page, look.endpoint.port)]
        others, silent = await self._others(target, look)
        pages += others
        now = self._clock.now()
        events = look_events(
            pages,
            at=now,
            pod=target.pod,
            took_ms=round((now - asked) * 1000),
            bounds=self._bounds,
            model=target.model,
            silent=silent,
        )
        told = [*self._found(target, look), *self._percentages(target, pages)]
        events = [self._located(event, look.endpoint) for event in events]
        news = [event for event in events if self._is_news(event, bool(silent))]
        return PollAnswer([*told, *news], True)

    async def _others(
        self, target: PollTarget, look: ProbeResult[EnginePage]
    ) -> tuple[list[PortPage], list[RankScrape]]:
        """(pages of the pod's other engines, engines that answered before and do not now)."""
        candidates = self._ranks.candidates(target, look.endpoint, self._clock.now())
        if not candidates:
            return [], []
        looks = await asyncio.gather(*[self._rank(candidate) for candidate in candidates])
        seen = [process_of(look.body)]
        pages: list[PortPage] = []
        silent: list[RankScrape] = []
        for candidate, found in zip(candidates, looks, strict=True):
            pod = candidate.target.pod if candidate.target.pod != target.pod else ""
            process = process_of(found.body)
            if found.page is None and self._ranks.is_rank(target, candidate):
                why = _MISS.get(found.why, found.why)
                port = found.endpoint.port
                silent.append(RankScrape(port=port, pod=pod, why=why, text=found.text))
            elif found.page is None:
                why = found.why
                self._ranks.is_no_rank(target.pod, candidate, self._clock.now(), why)
            elif process and process in seen:
                self._ranks.is_no_rank(target.pod, candidate, self._clock.now(), "twin")
            else:
                self._ranks.answered(target.pod, candidate)
                seen.append(process)
                pages.append(PortPage(found.page, found.endpoint.port, pod))
        return pages, silent

    async def _rank(self, candidate: Candidate) -> ProbeResult[EnginePage]:
        if candidate.endpoint is None:
            return await self._probe.look(candidate.target)
        return await self._probe.ask(candidate.target, candidate.endpoint)

    def _read(self, page: bytes, target: PollTarget) -> EnginePage | None:
        """The engines' metrics on the page; None when it has none."""
        refused = self._percent.get(target.pod, ())
        return read_engines(page, model=target.model, refused=refused)

    def _percentages(self, target: PollTarget, pages: Sequence[PortPage]) -> list[Event]:
        """Report gauges that turn out to be percentages. From then on they are not read, as a small
        percentage cannot be told from a ratio."""
        told: list[Event] = []
        for part in pages:
            known = self._percent.setdefault(part.pod or target.pod, set())
            for name, value in part.page.percent.items():
                if name not in known:
                    known.add(name)
                    text = (
                        f"{part.pod or target.pod}: {BY_ID[name].title} is {value:g} on port"
                        f" {part.port}: a percentage where a ratio from 0 to 1 is meant; it is not"
                        " used"
                    )
                    told.append(Notice(self._clock.now(), source=SOURCE, code="percent", text=text))
        return told

    def _located(self, event: Event, endpoint: PageEndpoint) -> Event:
        """An engine event with its page's endpoint, where that is not the usual one."""
        if not isinstance(event, Engine) or endpoint == PageEndpoint(endpoint.port):
            return event
        return msgspec.structs.replace(
            event,
            path=endpoint.path if endpoint.path != METRICS_PATH else "",
            scheme=endpoint.scheme if endpoint.scheme != "http" else "",
        )

    def _is_news(self, event: Event, is_partial: bool) -> bool:
        """Whether an engine event says anything new; a rank that does not answer leaves the others
        unchanged."""
        if not isinstance(event, Engine):
            return True
        known = self._engines.get(event.pod)
        if known is not None and (
            is_partial or msgspec.structs.replace(known, at=event.at) == event
        ):
            return False
        self._engines[event.pod] = event
        return True

    def _found(self, target: PollTarget, look: ProbeResult[EnginePage]) -> list[Event]:
        """A notice of where the page is, when other endpoints were tried in vain."""
        if not look.is_new or not look.failed:
            return []
        text = f"{target.pod}: metrics on port {look.endpoint.words} ({look.in_vain})"
        return [Notice(at=self._clock.now(), source=SOURCE, code="port-found", text=text)]

    def _miss(
        self, target: PollTarget, look: ProbeResult[EnginePage], asked: float
    ) -> ScrapeFailure:
        self._health.missed(target, look.why, look.text)
        now = self._clock.now()
        why = _MISS.get(look.why, look.why)
        took_ms = round((now - asked) * 1000)
        return ScrapeFailure(at=now, pod=target.pod, why=why, text=look.text, took_ms=took_ms)

    def _round_over(self, round_: PollRound) -> None:
        self.ready.set()
        counted = self._health.counted(round_)
        if counted is not None:
            self._emit(counted)
        self._health.round_over(self._emit)
