"""What a session held, in one line: the last word of a run without a screen."""

from collections.abc import Sequence

from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import HeaderView
from wvatui.core.state.state import State
from wvatui.session.time_expressions import span


def outcome(state: State, name: str, incomplete: str = "") -> str:
    """One line that says what a session held, and what its recording does not hold of that."""
    total, head = session_rows.totals(state), session_rows.header(state)
    length = state.now - state.first_at
    parts = [
        f"{total.events} events over {span(length)}",
        f"{total.decisions} decisions ({total.ups} up, {total.downs} down)",
        _where(head),
    ]
    if total.drift:
        parts.append(f"FORMAT DRIFT: {total.drift}")
    if incomplete:
        parts.append(f"RECORDING INCOMPLETE: {incomplete}")
    return f"{name}: " + ", ".join(part for part in parts if part)


def odd(notices: Sequence[str], state: State) -> list[str]:
    """What was odd about a file, and about the log that was folded from it, a line each."""
    return [*notices, state.tally.out_of_range] if state.tally.beyond else list(notices)


def _where(head: HeaderView) -> str:
    return f"namespace {head.namespace}" if head.namespace else ""
