"""Follows the log of one controller pod, even when its stream is cut.

A followed stream that ends does not mean that the log is over: kubelets end streams after hours,
proxies after idle minutes, restarts at once. So it is opened again from its newest line on, with
overlap, for as long as the pod is wanted. Where lines may be missing, a Gap is recorded.
"""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlencode

from wvatui.clock import Backoff, Clock
from wvatui.core.events import Event, Gap, Log, Notice
from wvatui.core.lines import LINE_LIMIT, decode, rfc3339, split
from wvatui.errors import ClusterError, DeniedError
from wvatui.kube.answers import lacking
from wvatui.kube.client import ApiError, Client
from wvatui.kube.rights import RightRetry
from wvatui.sources.log.container import Container, choose, look
from wvatui.sources.log.overlap import Overlap

SOURCE = "log"
PREVIOUS_LIMIT_BYTES = 64 * 1024 * 1024
PREVIOUS_TRIES = 3
LIVELY_S = 5.0
"""A stream that lasted at least this many seconds is opened again at once."""
_KEPT = LINE_LIMIT + 1
"""Bytes of an unfinished line that are kept: one more than the limit, to know where it is cut."""


class Health(NamedTuple):
    """Health of the log, in the terms of `events.Source`."""

    status: str
    text: str = ""
    retry_at: float | None = None
    verb: str = ""
    resource: str = ""


class LineReader:
    """Turns chunks of bytes into whole lines, even where a chunk ends within a character."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropped = 0

    def feed(self, chunk: bytes) -> list[tuple[str, int]]:
        """The lines that `chunk` completes: (text, bytes cut from its end)."""
        raws, rest = split(self._rest + chunk)
        lines: list[tuple[str, int]] = []
        for raw in raws:
            text, cut = decode(raw)
            lines.append((text, cut + self._dropped))
            self._dropped = 0
        if len(rest) > _KEPT:
            self._dropped += len(rest) - _KEPT
            rest = rest[:_KEPT]
        self._rest = rest
        return lines

    @property
    def within_a_line(self) -> bool:
        """Whether the last chunk ended before its line did."""
        return bool(self._rest)


class _Restarted(Exception):  # noqa: N818 - a turn of events, not an error
    """The stream belongs to another container than the one that was being read."""


class _PodGoneError(ClusterError):
    """The pod does not exist, or not any more."""


class LogFollower:
    """One pod's log as events."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        namespace: str,
        pod: str,
        *,
        since: float,
        stream: str,
        emit: Callable[[Event], None],
        tell: Callable[[str, Health], None],
        idle_s: float,
        container: str = "",
        writer: str = "controller",
        tail: int = 0,
    ) -> None:
        """`since`: UTC epoch seconds from which the log is wanted.

        `tell(pod, health)` is called whenever the health changes; `container` is used where the pod
        has it. `writer`: the name of the program in notices of a restart. `tail`: number of lines
        to begin with; 0: all.
        """
        self.pod = pod
        self._writer, self._tail = writer, tail
        self.stream = stream
        self._client, self._clock, self._emit, self._tell = client, clock, emit, tell
        self._namespace, self._since, self._idle_s = namespace, since, idle_s
        self._preferred = container
        self._known: Container | None = None
        self._overlap = Overlap()
        self._retired = False
        self._previous_tries = 0
        self._backoff = Backoff()
        self._right = RightRetry()
        self._lines = 0

    @property
    def newest(self) -> float | None:
        """Stamp of the newest line read, UTC epoch seconds; None before the first."""
        return self._overlap.newest

    def retire(self) -> None:
        """Note that the pod leads no more: when its stream ends, read the rest once and end."""
        self._retired = True

    def employ(self) -> None:
        """Note that the pod leads again: go on reading."""
        self._retired = False

    async def run(self) -> None:
        """Read until cancelled; the log of a retired pod only until it ends."""
        while True:
            last = self._retired
            wait_s = await self._attempt(follow=not last)
            if last and self._retired:
                return
            if not self._retired:
                await self._client.retries.sleep(self._clock, wait_s)

    # --- successive streams

    async def _attempt(self, *, follow: bool) -> float:
        """Open and read one stream, reporting its failure; returns the seconds to wait before the
        next."""
        begun, lines = self._clock.now(), self._lines
        problem, text, asked_s = "", "", 0.0
        try:
            container = await self._meet()
            await self._read(follow=follow)
            if not container.running:
                problem, text = "waiting", f"the container of {self.pod} is not running"
        except _Restarted:
            return 0.0
        except DeniedError as error:
            wait_s = self._right.wait_s()
            retry_at = self._clock.now() + wait_s
            verb, resource = lacking(error.message) or ("get", "pods/log")
            self._tell(self.pod, Health("denied", error.message, retry_at, verb, resource))
            return wait_s
        except TimeoutError:
            pass  # silent for long: the controller, or a dead connection; reopening shows which
        except ClusterError as error:
            problem, text = self._problem(error)
            asked_s = (error.retry_after_s or 0.0) if isinstance(error, ApiError) else 0.0
        lasted_s = self._clock.now() - begun
        if self._lines > lines or lasted_s >= LIVELY_S:
            self._backoff.reset()
        wait_s = max(asked_s, 0.0 if lasted_s >= LIVELY_S else self._backoff.next())
        if problem:
            self._tell(self.pod, Health(problem, text, self._clock.now() + wait_s))
        return wait_s

    def _problem(self, error: ClusterError) -> tuple[str, str]:
        if isinstance(error, _PodGoneError) or (
            isinstance(error, ApiError) and error.status == 404
        ):
            return "waiting", f"pod {self.pod} is gone"
        if "waiting to start" in error.message or "PodInitializing" in error.message:
            return "waiting", error.message
        return "retrying", error.message

    async def _read(self, *, follow: bool) -> None:
        """Read one stream from the newest known line on, to its end."""
        since = self._begin()
        self._overlap.reopen(since)
        before = copy.deepcopy(self._overlap)
        params = self._params(since)
        if not follow:
            await self._take_all(params)
            return
        reader = LineReader()
        try:
            async with self._client.stream(
                self._path, params | {"follow": "true"}, idle_s=self._idle_s
            ) as chunks:
                self._right.worked()
                if self._known is None or self._known.running:
                    self._tell(self.pod, Health("ok", f"following {self.pod}"))
                async for chunk in chunks:
                    for text, cut in reader.feed(chunk):
                        await self._take(text, cut, before)
        except ApiError as error:
            if not self._choose(error):
                raise
            raise _Restarted from error

    async def _take_all(self, params: dict[str, str]) -> None:
        """Read a log that is not followed, to its last line.

        Raises ClusterError when it ends within a line, as kubelets end every line: it was cut.
        """
        reader = LineReader()
        query = urlencode(params)
        answer = await self._client.get_bytes(
            f"{self._path}?{query}", limit_bytes=PREVIOUS_LIMIT_BYTES
        )
        self._right.worked()
        for text, cut in reader.feed(answer.body):
            await self._take(text, cut, None)
        if reader.within_a_line:
            raise ClusterError(f"the log of {self.pod} was cut within a line")

    async def _take(self, text: str, cut: int, before: Overlap | None) -> None:
        """Emit a line that is new; `before`: the overlap as it was when the stream was opened."""
        fed = self._overlap.feed(text)
        if not fed.new:
            return
        if fed.gap is not None:
            if before is not None and await self._is_another():
                self._overlap = before
                raise _Restarted
            reason = "the newest known line was not in the log any more when it was opened again"
            since, until = fed.gap
            self._emit(
                Gap(at=self._clock.now(), source=SOURCE, since=since, until=until, reason=reason)
            )
        self._lines += 1
        self._emit(Log(at=self._clock.now(), line=text, stream=self.stream, pod=self.pod, cut=cut))

    # --- the container and its restarts -----------------------------------------------------

    async def _look(self) -> Container:
        """The container at present; one without a name where pods cannot be listed."""
        try:
            found = await look(self._client, self._namespace, self.pod, self._preferred)
        except DeniedError:
            return Container(name=self._preferred)
        if found is None:
            raise _PodGoneError(f"pod {self.pod} is gone")
        return found

    async def _is_another(self) -> bool:
        known = self._known
        try:
            found = await self._look()
        except ClusterError:
            return False
        return known is not None and differs(known, found)

    async def _meet(self) -> Container:
        """Read the container's state; when it has restarted, read the log of its previous run to
        the end first."""
        found, known = await self._look(), self._known
        if known is None:
            ended_at = rfc3339(found.ended_at)
            if found.restarts and ended_at is not None and ended_at >= self._since:
                await self._read_previous(found)
        elif differs(known, found):
            await self._read_previous(found)
        self._known = found
        self._previous_tries = 0
        return found

    async def _read_previous(self, found: Container) -> None:
        """Read the rest of the previous run's log, then emit the notice of the restart."""
        since = self._begin()
        self._overlap.reopen(since)
        proven = False
        try:
            await self._take_all(self._params(since, found.name) | {"previous": "true"})
            proven = self._overlap.proven
        except DeniedError:
            raise
        except ClusterError as error:
            # 400 and 404: that log is gone. Other errors may pass, but are not retried forever.
            self._previous_tries += 1
            gone = isinstance(error, ApiError) and error.status in (400, 404)
            if not gone and self._previous_tries < PREVIOUS_TRIES:
                raise
        self._overlap.renew(proven=proven)
        why = f" ({found.ended_why})" if found.ended_why else ""
        self._emit(
            Notice(
                at=self._clock.now(),
                source=SOURCE,
                code="restart",
                text=f"{self._writer} restarted{why}: {self.pod}",
                about=rfc3339(found.ended_at),
            )
        )

    # --- the request ------------------------------------------------------------------------

    @property
    def _path(self) -> str:
        return f"/api/v1/namespaces/{quote(self._namespace)}/pods/{quote(self.pod)}/log"

    def _begin(self) -> float:
        """UTC epoch seconds from which the log is wanted now."""
        newest = self._overlap.since()
        return self._since if newest is None else newest

    def _params(self, since: float, container: str = "") -> dict[str, str]:
        start = datetime.fromtimestamp(int(since), UTC)
        params = {"timestamps": "true", "sinceTime": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
        if self._tail and self._overlap.newest is None:
            params["tailLines"] = str(self._tail)
        name = container or (self._known.name if self._known else "") or self._preferred
        return params | {"container": name} if name else params

    def _choose(self, error: ApiError) -> bool:
        """Whether the server only demands the name of a container, which is then remembered."""
        name = choose(error.message) if error.status == 400 else ""
        if not name or name == self._preferred:
            return False
        self._preferred = name
        return True


def differs(known: Container, found: Container) -> bool:
    """Whether `found` is another run of the container than `known`."""
    if known.restarts is None or found.restarts is None:
        return False
    return found.uid != known.uid or found.restarts > known.restarts
