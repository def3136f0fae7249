"""Creating load in a cluster, whatever verb does it: look, tell, ask.

`load`, `estimate --in-cluster` and `run` come this way: what they would create, and what of it they
find wrong beforehand, is their own. `live.carried_out` then runs the session and takes away what
it has made.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wvatui.cli.live import WatchRequest, delete_made, opened
from wvatui.errors import OutputError, WvatuiError
from wvatui.host import console, signals
from wvatui.host.asking import ask, must_be_askable, word
from wvatui.kube.auth import Access
from wvatui.kube.client import Client
from wvatui.load.make.objects import Leftover, leftovers

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for, whatever the load."""

    what: str
    """The verb with its article, for the words that refuse it: "a load"."""
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
    """What `look` gives beside the proposal, once it may be created; None: it was a dry run.

    Raises WvatuiError: what `look` does, or that nobody said yes. Nothing was made then.
    """
    if not asked.dry_run:
        must_be_askable(asked.what, headless=asked.watch.headless, yes=asked.yes)
    proposal, found, left = signals.run(_looked(asked.watch, look))
    console.out(*proposal.lines)
    for words in proposal.notes:
        word(words)
    for words in proposal.warnings:
        word(f"warning: {words}")
    _about_leftovers(asked, left)
    if asked.dry_run:
        return None
    if not asked.yes and not ask(_question(proposal)):
        raise WvatuiError("not confirmed: nothing was made")
    return found


async def _looked(
    watch: WatchRequest, look: Callable[[Client, Access], Awaitable[tuple[Proposal, T]]]
) -> tuple[Proposal, T, list[Leftover]]:
    """What `look` gives, and what earlier sessions made there and did not delete."""
    async with opened(watch) as (client, access):
        proposal, found = await look(client, access)
        left = [one for name in proposal.namespaces for one in await leftovers(client, name)]
    return proposal, found, left


def _question(proposal: Proposal) -> str:
    where = ", ".join(proposal.namespaces)
    context = proposal.context or "in the cluster"
    return f"Create {proposal.objects} in namespace {where}, context {context}?"


def _about_leftovers(asked: Asked, left: Sequence[Leftover]) -> None:
    """What earlier sessions left is told, and deleted where that is wanted."""
    for one in left:
        if one.alive is None:
            word(f"{one.made} was made by wvatui on another machine")
    dead = [one.made for one in left if one.alive is False]
    if not dead:
        return
    word(f"an earlier session ended without deleting what it made: {', '.join(map(str, dead))}")
    if asked.dry_run:
        return
    if asked.yes or ask(f"Delete {'it' if len(dead) == 1 else 'them'}?"):
        for words in signals.run(delete_made(asked.watch, dead)):
            word(words)


def sayer(watch: WatchRequest) -> Callable[[str], None]:
    """Takes a line of progress: printed where there is no screen to show it."""
    if not watch.headless:
        return lambda line: None
    return lambda line: console.out(line, flush=True)


def exit_code(code: int, *, ok: bool) -> int:
    """That of the session, or 1 where it has ended well and the load has not."""
    return 1 if code in (0, OutputError.exit_code) and not ok else code
