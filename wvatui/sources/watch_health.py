"""The health of several watched collections, reported as one source."""

import asyncio
from collections.abc import Sequence

import msgspec

from wvatui.clock import Clock
from wvatui.core.events import Source
from wvatui.kube.paths import Kind
from wvatui.kube.watching import TroubleOver, WatchNews, WatchTrouble
from wvatui.sources.source import Emit, HealthReporter

_WORST_FIRST = ("denied", "retrying", "absent")


class WatchHealth:
    """The worst trouble of the collections, reported whenever it changes."""

    def __init__(
        self,
        source: str,
        kinds: Sequence[Kind],
        clock: Clock,
        *,
        namespace: str = "",
        tells_kinds: bool = True,
    ) -> None:
        """`source`: the name to report. `kinds`: the kind in each collection; `tells_kinds`: an
        empty answer proves that no such objects exist. `namespace`: the collections', where several
        are watched separately."""
        self.ready = asyncio.Event()
        """Set when each collection was listed once, or has failed."""
        self._source, self._kinds, self._clock = source, kinds, clock
        self._tells_kinds, self._namespace = tells_kinds, namespace
        self._troubles: dict[int, WatchTrouble | None] = {}
        self._reporter = HealthReporter()

    def note(self, number: int, news: WatchNews, emit: Emit) -> None:
        """Take a report from the watch of collection `number`."""
        if isinstance(news, WatchTrouble):
            self._troubles[number] = news
        elif isinstance(news, TroubleOver) or number not in self._troubles:
            self._troubles[number] = None
        else:
            return
        if len(self._troubles) == len(self._kinds):
            self.ready.set()
            worst = msgspec.structs.replace(self._worst(), namespace=self._namespace)
            self._reporter.report(worst, emit)

    def missed(self, since: float | None, emit: Emit) -> None:
        """Report that changes may be missing, or come late, since the time `since`; None: none."""
        if since is not None:
            worst = self._worst()
            emit(msgspec.structs.replace(worst, namespace=self._namespace, missed_since=since))

    def _worst(self) -> Source:
        """The worst of the collections; kinds that are not installed count only when there is no
        other trouble."""
        by_status: dict[str, list[WatchTrouble]] = {}
        for _, trouble in sorted(self._troubles.items()):
            if trouble is not None:
                by_status.setdefault(trouble.status, []).append(trouble)
        if len(by_status.get("absent", ())) < len(self._kinds):
            by_status.pop("absent", None)
        return self._health(next((by_status[s] for s in _WORST_FIRST if s in by_status), []))

    def _health(self, troubles: Sequence[WatchTrouble]) -> Source:
        """The health for troubles of one status; without any trouble: ok."""
        now = self._clock.now()
        if not troubles:
            # A kind that is not installed has no objects: that is known too.
            kinds = tuple(dict.fromkeys(k.kind for k in self._kinds)) if self._tells_kinds else ()
            return Source(now, source=self._source, status="ok", kinds=kinds)
        first = troubles[0]
        if first.status == "absent":
            names = ", ".join(kind.plural for kind in self._kinds)
            return Source(now, source=self._source, status="absent", text=f"no {names} here")
        # Several rights may be missing at once; each is named.
        lacking = dict.fromkeys(t.resource for t in troubles if t.resource and t.verb == first.verb)
        return Source(
            now,
            source=self._source,
            status=first.status,
            text=first.text,
            retry_at=first.retry_at,
            verb=first.verb,
            resource=", ".join(lacking),
        )
