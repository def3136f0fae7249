"""Launches load in a live session of its own: the preview, the session, the results.

`load` and `estimate --in-cluster` share this, with different orders.

Before load is created, they and `run` look at the cluster, show the plan and ask. Each has its own
plan and its own checks. `live.carried_out` then runs the session and deletes what it created.
"""

import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from wvatui.cli.live import (
    WatchRequest,
    carried_out,
    connect,
    delete_made,
    opened,
    recording_writer,
)
from wvatui.cli.params import must_be_one
from wvatui.clock import Clock, WallClock
from wvatui.config import paths
from wvatui.core import events as ev
from wvatui.core.lines import clean
from wvatui.core.queries.load import load_rows, result_rows
from wvatui.core.queries.load.result_rows import result_lines
from wvatui.core.queries.session import session_rows
from wvatui.errors import DeniedError, OutputError, UsageError, WvatuiError
from wvatui.host import console, signals
from wvatui.kube.auth import Access
from wvatui.kube.client import Client
from wvatui.load.make.jobs import Jobs
from wvatui.load.make.launcher import Launcher, LaunchPlaces
from wvatui.load.make.objects import Leftover, leftovers
from wvatui.load.make.order import LaunchPreview, Option, Order
from wvatui.load.make.series import OrderSeries
from wvatui.load.make.target import completed
from wvatui.recording import Writer
from wvatui.session.live import LiveSession
from wvatui.sources.source import SourceRun

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a verb that launches load, whatever the load."""

    what: str
    """What the verb creates, with its article, for messages: "a load"."""
    yes: bool = False
    dry_run: bool = False
    watch: WatchRequest = field(default_factory=WatchRequest)
    """How the cluster is watched while the load runs."""


def of_the_screen(
    request: WatchRequest,
    client: Client,
    clock: Clock,
    header: ev.Header,
    session: LiveSession,
    namespace: str,
) -> Launcher:
    """The launcher for the screen, which creates load in `namespace` and deletes it."""
    jobs = Jobs(
        client,
        clock,
        session=header.session,
        namespaces=(namespace,),
        keep=request.keep_load,
    )
    return Launcher(
        client,
        clock,
        jobs,
        header.session,
        namespace,
        header.context,
        LaunchPlaces(paths.config_file(), paths.recent_loads()),
        leftovers=request.leftovers,
        names=lambda: (
            session_rows.served_models(session.newest) or session_rows.header(session.newest).models
        ),
    )


@dataclass(slots=True)
class Proposal:
    """The objects that would be created."""

    objects: str
    """In words: "Job steady", "3 jobs"."""
    namespaces: Sequence[str]
    context: str
    """Name of the kubeconfig's context; empty inside a cluster."""
    lines: Sequence[str] = ()
    """Lines of the plan, which goes to standard output."""
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()


def agreed(
    asked: Asked, look: Callable[[Client, Access], Awaitable[tuple[Proposal, T]]]
) -> T | None:
    """The second value that `look` returns, once the user has agreed; None after a dry run.

    Raises WvatuiError when `look` does, or when the user does not agree; nothing was created then.
    """
    if not asked.dry_run:
        _must_be_askable(asked)
    proposal, checked, left = signals.run(_looked(asked.watch, look))
    console.out(*proposal.lines)
    for words in proposal.notes:
        console.say(words)
    for words in proposal.warnings:
        console.say(f"warning: {words}")
    _about_leftovers(asked, left)
    if asked.dry_run:
        return None
    if not asked.yes and not console.ask(_question(proposal)):
        raise WvatuiError("not confirmed: nothing was made")
    return checked


def _must_be_askable(asked: Asked) -> None:
    """Raise UsageError where there is no terminal for the screen or for the question."""
    if not asked.watch.headless:
        console.must_show_a_screen("add --headless")
    if not asked.yes and not sys.stdin.isatty():
        raise UsageError(
            f"{asked.what} makes jobs in the cluster, and there is no terminal to ask on",
            hint="add --yes (or look first: --dry-run)",
        )


async def _looked(
    watch: WatchRequest, look: Callable[[Client, Access], Awaitable[tuple[Proposal, T]]]
) -> tuple[Proposal, T, list[Leftover]]:
    """The result of `look`, and the objects that earlier sessions created there and did not
    delete."""
    async with opened(watch) as (client, access):
        proposal, checked = await look(client, access)
        left: list[Leftover] = []
        for namespace in proposal.namespaces:
            left += await leftovers(client, namespace)
    return proposal, checked, left


def _question(proposal: Proposal) -> str:
    where = ", ".join(proposal.namespaces)
    context = proposal.context or "in the cluster"
    return f"Create {proposal.objects} in namespace {where}, context {context}?"


def _about_leftovers(asked: Asked, left: Sequence[Leftover]) -> None:
    """List the objects that earlier sessions left behind, and delete them where the user agrees."""
    for leftover in left:
        if leftover.alive is None:
            console.say(f"{leftover.made} was made by wvatui on another machine")
    dead = [leftover.made for leftover in left if leftover.alive is False]
    if not dead:
        return
    names = ", ".join(map(str, dead))
    console.say(f"an earlier session ended without deleting what it made: {names}")
    if asked.dry_run:
        return
    if asked.yes or console.ask(f"Delete {'it' if len(dead) == 1 else 'them'}?"):
        for words in signals.run(delete_made(asked.watch, dead)):
            console.say(words)


def sayer(watch: WatchRequest) -> Callable[[str], None]:
    """A function that prints a line of progress; it does nothing where a screen shows the
    progress."""
    if not watch.headless:
        return lambda line: None
    return lambda line: console.out(line, flush=True)


def exit_code(code: int, *, ok: bool) -> int:
    """The session's exit code; 1 where the session ended well but the load did not."""
    return 1 if code in (0, OutputError.exit_code) and not ok else code


Choose = Callable[[Sequence[Option]], Sequence[Order]]
"""Makes the orders from the available loads. Raises UsageError."""


@dataclass(slots=True)
class LoadEnded:
    """The result of a launched load."""

    code: int
    session: LiveSession | None = None
    """None: only a plan was asked for."""


def launched(asked: Asked, choose: Choose, *, tail_s: float) -> LoadEnded:
    """Preview, ask, run. Raises WvatuiError when nothing was created.

    `tail_s`: seconds to go on recording after the load.
    """
    watch = replace(
        asked.watch, session=f"{int(time.time())}-{os.getpid()}", allow_write=True, leftovers=False
    )

    async def look(client: Client, access: Access) -> tuple[Proposal, tuple[LaunchPreview, ...]]:
        drafts = await drafted(client, access, watch, choose)
        return _proposal(drafts), drafts

    drafts = agreed(replace(asked, watch=watch), look)
    if drafts is None:
        return LoadEnded(0)
    return _Run(replace(watch, namespace=drafts[0].namespace), drafts, tail_s).run()


async def drafted(
    client: Client, access: Access, watch: WatchRequest, choose: Choose
) -> tuple[LaunchPreview, ...]:
    """Previews of the orders, made by reads and dry runs only. Raises WvatuiError."""
    clock = WallClock()
    must_be_one(watch.namespace, "launching load")
    namespace = watch.namespace or access.namespace
    if not namespace:
        raise UsageError("no namespace", hint="say one: -n NAMESPACE")
    jobs = Jobs(client, clock, session=watch.session, namespaces=(namespace,))
    launcher = Launcher(
        client,
        clock,
        jobs,
        watch.session,
        namespace,
        access.context,
        LaunchPlaces(paths.config_file(), paths.recent_loads()),
    )
    orders = choose(launcher.options())
    view = await launcher.look()
    if view.denied:
        raise DeniedError(
            f"not allowed in namespace {namespace}: {', '.join(view.denied)}",
            hint="deploy/role-load.yaml has the rights",
        )
    ready = [await completed(client, order, namespace, view.targets) for order in orders]
    return tuple([await launcher.draft(order) for order in ready])


def _proposal(drafts: Sequence[LaunchPreview]) -> Proposal:
    return Proposal(
        objects=", ".join(f"{draft.kind} {draft.name}" for draft in drafts),
        namespaces=(drafts[0].namespace,),
        context=drafts[0].context,
        lines=[line for draft in drafts for line in draft_text(draft)],
        warnings=[words for draft in drafts for words in draft.warnings],
    )


def draft_text(draft: LaunchPreview) -> list[str]:
    """The preview as text: the target, the plan, the findings, and the object itself."""
    facts = [
        ("context", draft.context or "–"),
        ("server", draft.server),
        ("namespace", draft.namespace),
        ("object", f"{draft.kind} {draft.name}"),
    ]
    for number, stage in enumerate(draft.stages):
        rate = f"{stage.rate:g} req/s" if stage.rate is not None else stage.name or "?"
        name = f"{stage.name} " if stage.name and stage.rate is not None else ""
        length = "until it ends" if stage.duration_s is None else f"for {stage.duration_s:g} s"
        words = f"T+{stage.start_s:g}s {name}{rate} {length}"
        facts.append(("plan" if not number else "", words))
    lines = [clean(f"{draft.title}")] + [clean(f"  {key:<10} {value}") for key, value in facts]
    lines += [clean(f"  {note}") for note in draft.notes]
    return [*lines, *(f"    {line}" for line in draft.manifest)]


class _Run:
    """The orders, as an addition to a live session."""

    def __init__(
        self, watch: WatchRequest, drafts: tuple[LaunchPreview, ...], tail_s: float
    ) -> None:
        self._watch, self._drafts, self._tail_s = watch, drafts, tail_s
        self._series: OrderSeries | None = None

    def run(self) -> LoadEnded:
        watch = self._watch
        session = LiveSession(
            lambda session: connect(watch, session, self), namespace=watch.namespace
        )
        code = carried_out(watch, session)
        state = session.latest
        mine = {draft.title for draft in self._drafts}
        rows = [row for row in load_rows.jobs(state) if row.session and row.title in mine]
        keys = {row.key for row in rows}
        results = [row for row in result_rows.job_results(state) if row.key in keys]
        console.out(*(result_lines(results, rows) or ["no results"]))
        for words in self._series.troubles if self._series is not None else ():
            console.say(words)
        status = session.status
        if watch.headless and status.recording is not None:
            console.say(status.recorded)
        done = self._series is not None and self._series.ended == "finished"
        return LoadEnded(exit_code(code, ok=done), session)

    # --- the addition

    def header(self, header: ev.Header) -> ev.Header:
        """The recording's first line."""
        return header

    def writer(self, header: ev.Header, session: LiveSession) -> Writer | None:
        """The recording, as in any session."""
        return recording_writer(self._watch, header, session)

    def jobs(self, client: Client, clock: Clock, header: ev.Header) -> None:
        """None: the session's launcher creates the ordered load."""

    def sources(self, client: Client, clock: Clock, session: LiveSession) -> list[SourceRun]:
        """The series of orders; the session itself adds the launcher."""
        self._series = OrderSeries(
            self._drafts,
            lambda: session.launcher,
            clock,
            tail_s=self._tail_s,
            over=session.stop,
            say=sayer(self._watch),
            rows=lambda: load_rows.jobs(session.latest),
        )
        return [self._series]
