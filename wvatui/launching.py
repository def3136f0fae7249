"""Load in a session of its own: what it would be, the question, the session, its results.

`load` and `estimate --in-cluster` are this, with different orders.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wvatui import console, paths
from wvatui.asking import ask, must_be_askable, word
from wvatui.capture import LiveSession
from wvatui.clock import Clock, WallClock
from wvatui.core import events as ev
from wvatui.core import load_rows, result_rows
from wvatui.core.lines import clean
from wvatui.core.result_lines import result_lines
from wvatui.errors import DeniedError, OutputError, UsageError, WvatuiError
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.launch.completed import completed
from wvatui.launch.launcher import Launcher, Places
from wvatui.launch.order import Draft, Option, Order
from wvatui.launch.series import Series
from wvatui.live import Request, connect, default_recording, delete_made, leaving_of, show, sweep
from wvatui.load.jobs import Jobs
from wvatui.load.objects import Leftover, leftovers
from wvatui.recording import Writer
from wvatui.sources.source import SourceRun
from wvatui.unseen import run_unseen

Choose = Callable[[Sequence[Option]], Sequence[Order]]
"""The orders, from the loads that there are. Raises UsageError."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, beside the orders."""

    what: str
    """The verb with its article, for the words that refuse it: "a load"."""
    yes: bool = False
    dry_run: bool = False
    tail_s: float = 60.0
    watch: Request = field(default_factory=Request)
    """How the cluster is watched meanwhile."""


@dataclass(slots=True)
class Ended:
    """How it went."""

    code: int
    session: LiveSession | None = None
    """None: only a plan was asked for."""
    drafts: tuple[Draft, ...] = ()
    troubles: tuple[str, ...] = ()


@dataclass(slots=True)
class Prepared:
    """What is to be asked about."""

    drafts: tuple[Draft, ...]
    left: tuple[Leftover, ...]


def launched(asked: Asked, choose: Choose) -> Ended:
    """Draft, show, ask, run. Raises WvatuiError, and then nothing was made."""
    if not asked.dry_run:
        must_be_askable(asked.what, headless=asked.watch.headless, yes=asked.yes)
    session = f"{int(time.time())}-{os.getpid()}"
    watch = replace(asked.watch, session=session, allow_write=True)
    prepared = asyncio.run(prepare(watch, choose))
    drafts = prepared.drafts
    watch = replace(watch, namespace=drafts[0].namespace)
    for draft in drafts:
        console.out(*draft_text(draft))
    for draft in drafts:
        for words in draft.warnings:
            word(f"warning: {words}")
    _about_leftovers(asked, watch, prepared.left)
    if asked.dry_run:
        return Ended(0, drafts=drafts)
    if not asked.yes and not ask(_question(drafts)):
        raise WvatuiError("not launched: nothing was made")
    return _Run(replace(asked, watch=watch), drafts).run()


async def prepare(watch: Request, choose: Choose) -> Prepared:
    """Everything that only reads, or is a dry run. Raises WvatuiError."""
    access = await open_access(watch.kubeconfig or None, watch.context or None)
    clock = WallClock()
    client = Client(access, clock, request_timeout_s=watch.request_timeout)
    try:
        namespace = watch.namespace or access.namespace
        if not namespace:
            raise UsageError("no namespace", hint="say one: -n NAMESPACE")
        jobs = Jobs(client, clock, session=watch.session, namespaces=(namespace,))
        launcher = Launcher(
            client, clock, jobs, watch.session, namespace, access.context,
            Places(paths.config_file(), paths.recent_loads()),
        )  # fmt: skip
        orders = choose(launcher.options())
        found = await launcher.look()
        if found.denied:
            raise DeniedError(
                f"not allowed in namespace {namespace}: {', '.join(found.denied)}",
                hint="deploy/role-load.yaml has the rights",
            )
        ready = [await completed(client, order, namespace, found.targets) for order in orders]
        drafts = tuple([await launcher.draft(order) for order in ready])
        return Prepared(drafts, tuple(await leftovers(client, namespace)))
    finally:
        await client.aclose()


def draft_text(draft: Draft) -> list[str]:
    """Where it goes, what is planned, what was found, and the object itself."""
    facts = [
        ("context", draft.context or "–"), ("server", draft.server),
        ("namespace", draft.namespace), ("object", f"{draft.kind} {draft.name}"),
    ]  # fmt: skip
    for number, stage in enumerate(draft.stages):
        rate = f"{stage.rate:g} req/s" if stage.rate is not None else stage.name or "?"
        name = f"{stage.name} " if stage.name and stage.rate is not None else ""
        length = "until it ends" if stage.duration_s is None else f"for {stage.duration_s:g} s"
        words = f"T+{stage.start_s:g}s {name}{rate} {length}"
        facts.append(("plan" if not number else "", words))
    lines = [clean(f"{draft.title}")] + [clean(f"  {key:<10} {value}") for key, value in facts]
    lines += [clean(f"  {note}") for note in draft.notes]
    return [*lines, *(f"    {line}" for line in draft.manifest)]


def _question(drafts: Sequence[Draft]) -> str:
    names = ", ".join(f"{draft.kind} {draft.name}" for draft in drafts)
    where = f"namespace {drafts[0].namespace}, context {drafts[0].context or 'in the cluster'}"
    return f"Create {names} in {where}?"


def _about_leftovers(asked: Asked, watch: Request, left: Sequence[Leftover]) -> None:
    """What earlier sessions left is told, and deleted where that is wanted."""
    dead = [one.made for one in left if one.alive is False]
    if not dead:
        return
    word(f"an earlier session ended without deleting what it made: {', '.join(map(str, dead))}")
    # The screen asks by itself.
    if asked.dry_run or not watch.headless:
        return
    if asked.yes or ask(f"Delete {'it' if len(dead) == 1 else 'them'}?"):
        for words in asyncio.run(delete_made(watch, dead)):
            word(words)


class _Run:
    """The orders in a live session, as an addition to it."""

    def __init__(self, asked: Asked, drafts: tuple[Draft, ...]) -> None:
        self._asked, self._drafts = asked, drafts
        self._series: Series | None = None

    def run(self) -> Ended:
        watch = self._asked.watch
        session = LiveSession(
            lambda session: connect(watch, session, self), namespace=watch.namespace
        )
        if watch.headless:
            leaving = leaving_of(session)
            try:
                code = asyncio.run(run_unseen(session, leaving))
            finally:
                sweep(watch, session, leaving)
        else:
            code = show(watch, session)
        troubles = tuple(self._series.troubles) if self._series is not None else ()
        state = session.latest
        mine = {draft.title for draft in self._drafts}
        rows = [row for row in load_rows.jobs(state) if row.session and row.title in mine]
        keys = {row.key for row in rows}
        results = [row for row in result_rows.job_results(state) if row.key in keys]
        console.out(*(result_lines(results, rows) or ["no results"]))
        for words in troubles:
            word(words)
        status = session.status
        if watch.headless and status.recording is not None:
            lacks = f", incomplete: {status.incomplete}" if status.incomplete else ""
            word(f"recorded in {status.recording}{lacks}")
        done = self._series is not None and self._series.ended == "finished"
        if code in (0, OutputError.exit_code) and not done:
            code = 1
        return Ended(code, session, self._drafts, troubles)

    # --- the addition

    def header(self, header: ev.Header) -> ev.Header:
        """The recording's first line."""
        return header

    def writer(self, header: ev.Header, session: LiveSession) -> Writer | None:
        """The recording, as of any session."""
        watch = self._asked.watch
        if watch.no_record:
            return None
        path = watch.record or default_recording(header)
        return Writer(path, header, max_bytes=watch.max_size, known=session.known)

    def sources(
        self, client: Client, clock: Clock, header: ev.Header, session: LiveSession
    ) -> list[SourceRun]:
        """What makes the orders; the launcher itself is the session's."""

        def launcher() -> Launcher:
            assert session.launched is not None
            return session.launched

        self._series = Series(
            self._drafts, launcher, clock, tail_s=self._asked.tail_s, over=session.stop,
            say=self._say, rows=lambda: load_rows.jobs(session.latest),
        )  # fmt: skip
        return [self._series]

    def _say(self, line: str) -> None:
        if self._asked.watch.headless:
            console.out(line, flush=True)
