"""A session without a screen: run to its end and summarised in one line.

A signal ends it, after it has deleted what it created in the cluster.
"""

import asyncio
import contextlib
from collections.abc import Sequence

from wvatui.core.lines import clean, many, verb
from wvatui.core.queries.pods.replica_time import PriceList, RunningCost, running_cost
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.header_view import HeaderView
from wvatui.core.state.state import State
from wvatui.errors import WvatuiError
from wvatui.host import console, signals
from wvatui.session.base import Leaving, Listener, Session, SessionStatus
from wvatui.session.time_expressions import span

REASONS = {130: "interrupted", 143: "terminated", 129: "hung up"}
ENDING_S = 2.0
"""Wall seconds that an interrupted session gets in addition to the time for deleting its load."""


async def run_headless(session: Session, leaving: Leaving) -> int:
    """Run the session, close it and return the exit code: 0, or that of the signal that ended it.

    Changes of its recording's state go to standard error, one line each; when the recording is
    incomplete at the end, the code is 5 instead of 0. A second signal, or the end of the time that
    `leaving` allows, exits at once through `leaving.given_up`. Raises WvatuiError as the session
    does.
    """
    loop = asyncio.get_running_loop()
    code, failed = 0, False
    hurry = asyncio.Event()

    def leave(by: int) -> None:
        nonlocal code
        if code:
            hurry.set()
            return
        code = by
        if words := leaving.words():
            console.say(f"interrupted: {words}")
        loop.call_later(ENDING_S + leaving.more_s(), hurry.set)
        session.stop(REASONS[by])

    session.listen(_tell_news())
    with signals.heard(leave):
        running, hurried = asyncio.ensure_future(session.run()), asyncio.ensure_future(hurry.wait())
        try:
            await asyncio.wait((running, hurried), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        except WvatuiError:
            failed = True
            raise
        finally:
            leaving.given_up = not running.done()
            hurried.cancel()
            running.cancel()
            closing = asyncio.ensure_future(session.aclose())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ENDING_S if leaving.given_up else None):
                    await closing
            if failed and session.status.incomplete:
                console.say(f"the recording is incomplete: {session.status.incomplete}")
    return code or session.status.exit_code


def _tell_news() -> Listener:
    last = ""

    def tell(state: State, status: SessionStatus) -> None:
        nonlocal last
        if status.recording_news != last:
            last = status.recording_news
            console.say(last)

    return tell


# --- in one line ---------------------------------------------------------------------------


def outcome(state: State, name: str, incomplete: str = "", prices: PriceList = ()) -> str:
    """One line on what a session held, and on what its recording lacks of that; with any `prices`,
    also what it cost at them."""
    total, head = session_rows.totals(state), session_rows.header(state)
    length = state.now - state.first_at
    count = total.ups + total.downs
    decided = f"{many(total.decisions, 'decision')}, {many(count, 'change')}"
    parts = [
        f"{many(total.events, 'event')} over {span(length)}",
        # Nobody decides for engines outside a cluster.
        "" if head.endpoints else f"{decided} ({total.ups} up, {total.downs} down)",
        _where(state, head),
    ]
    if prices:
        parts.append(cost_words(running_cost(state, prices)))
    if total.drift:
        parts.append(f"FORMAT DRIFT: {total.drift}")
    if incomplete:
        parts.append(f"RECORDING INCOMPLETE: {incomplete}")
    return f"{name}: " + ", ".join(part for part in parts if part)


def cost_words(cost: RunningCost) -> str:
    """The cost so far and per hour, and the names of prices that match nothing in the session."""
    parts = [f"{cost.so_far:.4g}"] if cost.so_far is not None else []
    parts += [f"{cost.an_hour:.4g} an hour"] if cost.an_hour is not None else []
    text = f"cost {' at '.join(parts)}" if parts else "cost not known"
    return f"{text} (nothing is called {clean(' or '.join(cost.unused))})" if cost.unused else text


def odd(notices: Sequence[str], state: State) -> list[str]:
    """Notices about a file, and about the log that was folded from it, one line each."""
    totals = state.totals
    lines = [*notices, totals.out_of_range] if totals.beyond else list(notices)
    if totals.without_fields:
        few = totals.without_fields
        lines.append(
            f"{few} of {many(totals.lines, 'line')} {verb(few, 'have')} fields that are cut off or"
            f" damaged: {'it is' if few == 1 else 'they are'} not counted"
        )
    lines += [
        f"the clock of {clean(pod)} is {abs(off_s):.0f} s {'ahead' if off_s > 0 else 'behind'}: the"
        " times of its log are told by the cluster's clock"
        for pod, off_s in totals.clocks_off.items()
    ]
    strange = totals.dialects.get("none", 0)
    if strange and state.header is not None and state.header.imported:
        lines.append(
            f"{strange} of {many(totals.lines, 'line')} {verb(strange, 'were')} not understood:"
            f" {'it is' if strange == 1 else 'they are'} no controller's"
        )
    return lines


def _where(state: State, head: HeaderView) -> str:
    """Which namespaces the counts cover; a log may mention several that nobody selected."""
    if len(state.namespaces) > 1:
        return f"namespaces {', '.join(map(clean, state.namespaces))} together"
    if head.endpoints:
        return clean(head.place)
    return f"namespace {head.namespace}" if head.namespace else ""
