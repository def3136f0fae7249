"""One look at one pod: its ports in turn, until one gives the page that is looked for."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from wvatui.core.events import Event
from wvatui.sources.pods.page_fetch import Fetch, Fetched
from wvatui.sources.pods.poller import PollTarget
from wvatui.sources.pods.ports import PortBook


class ProbeResult(NamedTuple):
    """What a look gave. Without `events` it failed, and `failed` is not empty."""

    events: Sequence[Event]
    port: int
    failed: list[tuple[int, Fetched]]
    """Ports that gave no such page, in the order of trying."""
    is_new_port: bool = False
    """The pod did not answer on this port before."""

    @property
    def why(self) -> str:
        """`Fetched.why` of the last port that failed."""
        return self.failed[-1][1].why

    @property
    def text(self) -> str:
        """Why it failed, in words."""
        if all(fetched.why == "refused" for _, fetched in self.failed):
            return "connection refused on port " + ", ".join(str(p) for p, _ in self.failed)
        return self.failed[-1][1].text

    @property
    def in_vain(self) -> str:
        """The ports that were tried before, with what became of them."""
        return ", ".join(f"{port} {fetched.why}" for port, fetched in self.failed)


class Probe:
    """Looks at pods and remembers their ports."""

    def __init__(self, fetch: Fetch, ports: PortBook) -> None:
        self._fetch = fetch
        self.ports = ports

    async def look(
        self, target: PollTarget, read: Callable[[bytes, int], Sequence[Event]], wanted: str
    ) -> ProbeResult:
        """`read(page, port)` gives no events for a page of something else.

        `wanted`: what is looked for, in words. A port that refuses, or where something else
        answers, is passed over at once; anything else ends the look.
        """
        failed: list[tuple[int, Fetched]] = []
        port = 0
        for port in self.ports.order(target.pod, target.workload, target.ports):
            fetched = await self._fetch(target.namespace, target.pod, target.ip, port)
            if not fetched.why:
                events = read(fetched.body, port)
                if events:
                    news = self.ports.remember(target.pod, target.workload, port)
                    return ProbeResult(events, port, failed, news)
                fetched = _no_page(fetched.body, port, wanted)
            failed.append((port, fetched))
            if fetched.why not in ("refused", "other"):
                break
        if failed[-1][1].why == "timeout":
            self.ports.suspect(target.pod, port)
        return ProbeResult((), port, failed)


def _no_page(page: bytes, port: int, wanted: str) -> Fetched:
    """Why a page is not the one: without a single sample, its program is not up yet.

    Booting servers answer with an empty page, comments only or a JSON error.
    """
    for line in page.split(b"\n"):
        if line and line[:1] not in (b"#", b"{", b"}", b"\r", b" ", b'"'):
            return Fetched("other", text=f"what answers on port {port} is no {wanted}")
    return Fetched("starting", text="it answers, but is not up yet")
