"""Puts a live session together and runs it: credentials, clock, client, recorder, sources."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import wvatui
from wvatui.cli.params import watched
from wvatui.clock import Clock, WallClock
from wvatui.config import paths
from wvatui.core import events as ev
from wvatui.core.events.redact_event import redacted
from wvatui.core.events.session_events import SKEW_S
from wvatui.core.findings.over_time import EACH_S
from wvatui.core.state.session_window import acts_in
from wvatui.core.state.state import State
from wvatui.errors import ClusterError, UsageError, WvatuiError
from wvatui.host import console, signals
from wvatui.recording import Writer
from wvatui.recording.library import default_recording
from wvatui.session.base import Leaving, SessionStatus
from wvatui.session.headless import outcome, run_headless
from wvatui.session.line_mode import PlainLines
from wvatui.session.live import LiveSession, Wired

if TYPE_CHECKING:
    from wvatui.analysis.compare.asked import Objective
    from wvatui.cli.outside import Outside
    from wvatui.core.queries.pods.replica_time import PriceList
    from wvatui.kube.auth import Access, CredentialChild
    from wvatui.kube.client import Client
    from wvatui.load.make.jobs import Jobs
    from wvatui.load.make.objects import CreatedObject
    from wvatui.sources.source import SourceRun

T = TypeVar("T")
SWEEP_S = 3.0
"""Wall seconds that deleting an ended session's objects may take."""


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """The options of a live session, from flags, environment and file."""

    namespace: str = ""
    """A namespace, or several with commas; `*`: the whole cluster; empty: the context's."""
    context: str = ""
    kubeconfig: str = ""
    request_timeout: float = 10.0
    selector: str = ""
    """Label selector of the watched model pods; empty: all of them."""
    controller_namespace: str = ""
    interval: float = 2.0
    metrics: str = "proxy"
    since: float = 600.0
    record: Path | None = None
    no_record: bool = False
    max_size: int | None = None
    redact_log: bool = False
    label: str = ""
    repetition: int = 0
    headless: bool = False
    plain: bool = False
    theme: str = ""
    ascii: bool = False
    no_mouse: bool = False
    slo: "tuple[Objective, ...]" = ()
    """Objectives against which the screen compares measurements."""
    prices: "PriceList" = ()
    duration: float | None = None
    allow_write: bool = False
    """Load may be launched."""
    keep_load: bool = False
    """Keep launched load running when the session ends."""
    leftovers: bool = True
    """Whether the screen asks about load that earlier sessions left, where load may be launched."""
    session: str = ""
    """Id of the session, where it is known before the session begins."""
    outside: "Outside | None" = None
    """Engines that are polled directly, without a cluster."""


class Addition(Protocol):
    """A verb's addition to a watched cluster: another recording, further sources."""

    def header(self, header: ev.Header) -> ev.Header:
        """The recording's first line."""

    def writer(self, header: ev.Header, session: LiveSession) -> Writer | None:
        """The recording; None: nothing is recorded."""

    def jobs(self, client: "Client", clock: Clock, header: ev.Header) -> "Jobs | None":
        """The load of this verb, in its own namespaces; None: that of any session."""

    def sources(self, client: "Client", clock: Clock, session: LiveSession) -> "list[SourceRun]":
        """Further sources."""


def watch(request: WatchRequest, asked: "CredentialChild | None" = None) -> int:
    """Watch until the user, the duration or a signal ends it; returns the exit code.

    `asked`: see `connect`.
    """
    if not (request.headless or request.plain):
        console.must_show_a_screen("add --headless or --plain")
    if request.interval < 0.1:
        raise UsageError(f"--interval {request.interval:g}s is too short: at least 100ms")
    session = LiveSession(
        lambda session: connect(request, session, asked=asked),
        namespace=request.namespace,
        duration_s=request.duration,
    )
    if request.plain:
        session.listen(_printer(request.prices))
    code = carried_out(request, session)
    if request.headless or request.plain:
        name = str(session.status.recording or "not recorded")
        console.err(outcome(session.latest, name, session.status.incomplete, request.prices))
    return code


def carried_out(
    request: WatchRequest,
    session: LiveSession,
    *,
    else_s: float = 0.0,
    trouble: Callable[[str], None] = console.say,
) -> int:
    """Run the session to its end, on the screen or without one; returns the exit code.

    Whatever ends the session, the objects that it created in the cluster are deleted; `trouble`
    receives a description of those that could not be. `else_s`: see `Leaving`.
    """
    leaving = Leaving(
        lambda: [str(made) for made in session.jobs.left] if session.jobs else (), else_s=else_s
    )
    try:
        if request.headless or request.plain:
            return asyncio.run(run_headless(session, leaving))
        from wvatui.ui.app.start import run_app

        screen = partial(run_app, session, theme=request.theme, ascii_only=request.ascii)
        screen = partial(screen, slo=request.slo, prices=request.prices)
        return screen(mouse=not request.no_mouse, leaving=leaving)
    finally:
        jobs = session.jobs
        if jobs and jobs.left and (words := _take_away(request, jobs, leaving)):
            trouble(words)
        for words in jobs.unscaled if jobs else ():
            trouble(words)


def _take_away(request: WatchRequest, jobs: "Jobs", leaving: Leaving) -> str:
    """Delete what a session that ended in a hurry left; returns what failed, in words."""
    trouble = leaving.last_words()
    if not leaving.given_up and not jobs.has_tried:
        try:
            for words in signals.run(_within(SWEEP_S, delete_made(request, jobs.left))):
                console.say(words)
            return ""
        except WvatuiError as error:
            trouble = f"{trouble} ({error.message})"
        except signals.Ended:
            trouble = f"{trouble} (interrupted)"
    return trouble


async def _within(limit_s: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. Raises ClusterError when it takes more than `limit_s` wall seconds."""
    try:
        async with asyncio.timeout(limit_s):
            return await work
    except TimeoutError:
        raise ClusterError(f"no answer within {limit_s:g} s") from None


@asynccontextmanager
async def opened(request: WatchRequest) -> "AsyncIterator[tuple[Client, Access]]":
    """A client for requests outside a session. Raises UsageError, ConfigError, ClusterError."""
    from wvatui.kube.auth import open_access
    from wvatui.kube.client import Client

    access = await open_access(request.kubeconfig or None, request.context or None)
    client = Client(access, WallClock(), request_timeout_s=request.request_timeout)
    try:
        yield client, access
    finally:
        await client.aclose()


async def delete_made(request: WatchRequest, left: "Sequence[CreatedObject]") -> list[str]:
    """Delete what a session created; returns what was deleted, in words. Raises ClusterError."""
    from wvatui.load.make.objects import delete

    lines = []
    async with opened(request) as (client, _):
        for made in left:
            await delete(client, made)
            lines.append(f"deleted {made}")
    return lines


async def connect(
    request: WatchRequest,
    session: LiveSession,
    addition: Addition | None = None,
    *,
    asked: "CredentialChild | None" = None,
) -> Wired:
    """Credentials, clock, client, recorder and sources for `request`.

    `asked`: a child process already reading the credentials. Without a screen the cluster must
    answer at once; a screen retries. Raises UsageError, ConfigError, ClusterError.
    """
    if request.outside is not None:
        return await _without_a_cluster(request, request.outside, session)
    from wvatui.kube.auth import CredentialChild

    asked = asked or CredentialChild(request.kubeconfig, request.context)
    # Imported while the credentials are being read.
    from wvatui.kube.client import Client
    from wvatui.sources.log.pod_reader import PodReader
    from wvatui.sources.wiring import cluster_sources

    access = await asked.access()
    namespace = watched(request.namespace, access.namespace)
    clock = await access.open_clock(paced=not request.headless)
    client = Client(access, clock, request_timeout_s=request.request_timeout)
    header, writer = await _recorded_as(
        request, session, namespace, access, client, clock, addition
    )
    sources = cluster_sources(
        client,
        clock,
        namespace=namespace,
        controller_namespace=request.controller_namespace,
        selector=request.selector,
        interval_s=request.interval,
        direct=request.metrics == "direct",
        since_s=request.since,
        session=header.session,
    )
    launcher, jobs = None, None
    if addition is not None:
        jobs = addition.jobs(client, clock, header)
        sources += addition.sources(client, clock, session)
    if request.allow_write:
        from wvatui.cli.launching import of_the_screen

        launcher = of_the_screen(
            request, client, clock, header, session, acts_in(namespace, access.namespace)
        )
        jobs = launcher.jobs
        sources.append(launcher)
    how = (launcher, request.redact_log, jobs, client.retry_now, partial(PodReader, client, clock))
    return Wired(header, clock, writer, sources, client.aclose, *how)


async def _without_a_cluster(
    request: WatchRequest, engines: "Outside", session: LiveSession
) -> Wired:
    from wvatui.cli.outside import connected

    return await connected(
        engines,
        request.interval,
        lambda now: _header_at(request, now, now),
        lambda header: recording_writer(request, header, session),
        must_answer=request.headless or request.plain,
    )


async def _recorded_as(
    request: WatchRequest,
    session: LiveSession,
    namespace: str,
    access: "Access",
    client: "Client",
    clock: Clock,
    addition: Addition | None,
) -> tuple[ev.Header, Writer | None]:
    """The session's first event and its recorder; on failure, client and clock are closed."""
    try:
        header = await _header(request, namespace, access, client, clock)
        if addition is None:
            return header, recording_writer(request, header, session)
        header = addition.header(header)
        return header, addition.writer(header, session)
    except BaseException:
        await clock.aclose()
        await client.aclose()
        raise


async def api_release(client: "Client") -> tuple[str, float | None]:
    """The API server's release, and how far this machine's clock is ahead of its, seconds.

    Raises ClusterError.
    """
    from wvatui.kube.answers import ahead_of

    asked_at = time.time()
    answer = await client.get_bytes("/version")
    ahead_s = ahead_of(answer.headers.get("date", ""), asked_at, time.time())
    return str(client.decoded(answer, "/version").get("gitVersion", "")), ahead_s


def recording_writer(
    request: WatchRequest, header: ev.Header, session: LiveSession
) -> Writer | None:
    """The recording that the flags ask for; None: recording is off."""
    if request.no_record:
        return None
    path = request.record or default_recording(header, paths.sessions_dir())
    return Writer(path, header, max_bytes=request.max_size, known=session.known)


FIRST_ANSWER_S = 2.0
"""Wall seconds that a screen waits for the cluster's time before it begins without it."""
OWN_TIME_S = 60.0
"""A cluster whose clock is off the machine's by more than this has a time of its own."""


async def _header(
    request: WatchRequest, namespace: str, access: "Access", client: "Client", clock: Clock
) -> ev.Header:
    """The recording's first event; from then on `clock` gives the cluster's time.

    Raises ClusterError where the cluster must answer and does not.
    """
    server, ahead_s = "", None
    if request.headless or request.plain:
        server, ahead_s = await api_release(client)
    elif access.clock is None:
        with suppress(WvatuiError, TimeoutError):
            async with asyncio.timeout(FIRST_ANSWER_S):
                server, ahead_s = await api_release(client)
    if isinstance(clock, WallClock):
        if ahead_s is not None and abs(ahead_s) > SKEW_S:
            clock.set_back(ahead_s)
    else:  # a simulated cluster has a time of its own
        ahead_s = None
    return _header_at(
        request,
        clock.now(),
        time.time(),
        context=access.context,
        namespace=namespace,
        server=server,
        ahead_s=ahead_s,
    )


def _header_at(request: WatchRequest, now: float, own: float, **more: Any) -> ev.Header:
    """The header of a session that begins at `now`, which is `own` by this machine's clock."""
    asked = request.outside.addresses if request.outside is not None else ()
    header = ev.Header(
        at=now,
        tool=f"wvatui {wvatui.__version__}",
        session=request.session or f"{int(now)}-{os.getpid()}",
        started_at=now,
        recorded_at=own if abs(now - own) > OWN_TIME_S else 0.0,
        label=request.label,
        repetition=request.repetition,
        interval_s=request.interval,
        selector=request.selector,
        config=_settings_hash(request),
        log_lines="redacted" if request.redact_log else "raw",
        endpoints=tuple(each.told for each in asked),
        **more,
    )
    return redacted(header)


def _settings_hash(request: WatchRequest) -> str:
    """A short hash of the options that decide what is watched, not where it is recorded."""
    kept = (
        request.controller_namespace,
        request.interval,
        request.metrics,
        request.since,
        request.request_timeout,
    )
    return hashlib.sha256(repr(kept).encode()).hexdigest()[:12]


def _printer(prices: "PriceList") -> Callable[[State, SessionStatus], None]:
    lines = PlainLines(findings_each_s=EACH_S, prices=prices)

    def show(state: State, status: SessionStatus) -> None:
        console.out(*lines.changes(state), flush=True)

    return show
