"""Before load is created in a cluster: look at the cluster, show the plan, ask.

`load`, `estimate --in-cluster` and `run` share this. Each brings its own plan and its own checks.
`live.carried_out` then runs the session and deletes what it has made.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wvatui.cli.live import WatchRequest, delete_made, opened
from wvatui.errors import OutputError, WvatuiError
from wvatui.host import console, signals
from wvatui.kube.auth import Access
from wvatui.kube.client import Client
from wvatui.load.make.objects import Leftover, leftovers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, whatever the load."""

    what: str
    """What the verb makes, with its article, for messages: "a load"."""
    yes: bool = False
    dry_run: bool = False
    watch: WatchRequest = field(default_factory=WatchRequest)
    """How the cluster is watched meanwhile."""


@dataclass(slots=True)
class Proposal:
    """What would be created."""

    objects: str
    """In words: "Job steady", "3 jobs"."""
    namespaces: Sequence[str]
    context: str
    """Name of the kubeconfig's context; empty in a cluster."""
    lines: Sequence[str] = ()
    """The plan; it goes to standard output."""
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()


def agreed(
    asked: Asked, look: Callable[[Client, Access], Awaitable[tuple[Proposal, T]]]
) -> T | None:
    """The second value of `look`, once the user has agreed; None after a dry run.

    Raises WvatuiError when `look` does, or when the user does not agree: nothing was made then.
    """
    if not asked.dry_run:
        console.must_be_askable(asked.what, headless=asked.watch.headless, yes=asked.yes)
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


async def _looked(
    watch: WatchRequest, look: Callable[[Client, Access], Awaitable[tuple[Proposal, T]]]
) -> tuple[Proposal, T, list[Leftover]]:
    """The result of `look`, and what earlier sessions made there and did not delete."""
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
    """Tell what earlier sessions left, and delete it where the user wants that."""
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
    """What prints a line of progress; it does nothing where a screen shows the progress."""
    if not watch.headless:
        return lambda line: None
    return lambda line: console.out(line, flush=True)


def exit_code(code: int, *, ok: bool) -> int:
    """The session's exit code; 1 where the session ended well and the load did not."""
    return 1 if code in (0, OutputError.exit_code) and not ok else code
