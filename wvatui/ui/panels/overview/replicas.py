"""One replica (pod): as a line of the table, or as a chip, a few cells, where room is short."""

from collections.abc import Iterable

from rich.cells import cell_len

from wvatui.core.lines import many
from wvatui.core.queries.pods.replica_rows import SERVING
from wvatui.core.rows.views import ReplicaRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, width_of
from wvatui.ui.draw.sanitize import fit, fit_middle, fit_right, in_room, sanitize
from wvatui.ui.draw.symbols import bar
from wvatui.ui.model.view_model import ViewModel

STATE_STYLES = {
    "pending": "off",
    "creating": "info",
    "starting": "info",
    "not ready": "bad",
    "ok": "ok",
    "warm": "warn",
    "saturated": "bad",
    "unknown": "info",
    "unread": "info",
    "unreachable": "bad",
    "draining": "off",
    "gone": "off",
}
URGENCY = (
    "not ready",
    "unreachable",
    "saturated",
    "pending",
    "creating",
    "starting",
    "unread",
    "unknown",
    "draining",
    "warm",
    "ok",
    "gone",
)
"""States of replicas, the most urgent first: those stay where not all replicas fit."""


def replica_line(vm: ViewModel, row: ReplicaRow, name_width: int, width: int) -> Line:
    """The line of a replica: number, symbol, name, state, KV with a bar, queues, latencies."""
    symbols = vm.symbols
    style = STATE_STYLES[row.state]
    number = vm.keys.get(row.pod)
    key: Span = (str(number), f"bold s{number}") if number else (" ", "")
    numbers = _numbers(vm, row, width)
    room = max(12 if width >= 80 else 8, name_width - 4)
    if not vm.variants:
        # Without variants there are no columns to keep to, so a name may be longer.
        longest = max((cell_len(short_name(each)) for each in vm.replicas), default=room)
        room = max(room, min(longest, width - width_of(tuple(numbers)) - 8))
    name = fit_middle(short_name(row), room, symbols.ellipsis)
    head: list[Span] = [
        ("  ", ""),
        key,
        (" ", ""),
        (symbols.replica[row.state], style),
        (" ", ""),
        (name, "muted" if row.state == "gone" else ""),
        (" ", ""),
    ]
    if row.kv_ratio is None and row.state not in SERVING:
        return clip((*head, (state_words(row), style)), width, symbols.ellipsis)
    line: Line = (*head, *numbers)
    more, left = _more_words(row), width - width_of(line) - 2
    # A text cut to a few letters would be of no use, and one without its end may mislead.
    if more and left >= min(len(more), 14):
        clauses = more.split(", ")
        shorter = (", ".join(clauses[:n]) for n in range(len(clauses), 0, -1))
        line = (*line, (f"  {in_room(shorter, left, symbols.ellipsis)}", "muted"))
    return clip(line, width, symbols.ellipsis)


def late(vm: ViewModel, metric: str, p95_ms: float | None) -> bool:
    """Whether a pod's 95th percentile of `metric` (ttft or itl), in ms, misses an objective."""
    limits = (each.limit for each in vm.view_state.slo if each.name == f"{metric}_p95")
    return p95_ms is not None and any(p95_ms > limit for limit in limits)


def _latency(vm: ViewModel, metric: str, p95_ms: float | None) -> Span:
    """A latency; one that misses its objective is marked with `!` and a colour."""
    if late(vm, metric, p95_ms):
        return (fit_right(f"!{format.latency(p95_ms)}", 6), "bold bad")
    return (fit_right(format.latency(p95_ms), 6), "")


def _numbers(vm: ViewModel, row: ReplicaRow, width: int) -> list[Span]:
    symbols, style = vm.symbols, STATE_STYLES[row.state]
    wide = width >= 100
    spans: list[Span] = [
        (fit(row.state, 11, symbols.ellipsis), style),
        (" ", ""),
        (bar(row.kv_ratio, 12 if wide else 8, symbols), style),
        (fit_right(format.percent(row.kv_ratio), 5), ""),
        (fit_right(format.count(row.waiting), 5), _queue_style(row)),
        (" wait", "muted"),
        (fit_right(format.count(row.running), 5), ""),
        (" run", "muted"),
    ]
    if wide:
        spans += [
            ("  TTFT", "muted"),
            _latency(vm, "ttft", row.ttft_p95_ms),
            ("  ITL", "muted"),
            _latency(vm, "itl", row.itl_p95_ms),
        ]
    spans.append((fit_right(format.age(row.sample_age_s), 6), "muted"))
    if row.source == "log":
        spans.append((" log", "muted"))
    if row.restarts:
        spans.append((f"  {many(row.restarts, 'restart')}", "warn"))
    return spans


def _queue_style(row: ReplicaRow) -> str:
    return "bold bad" if row.saturated and row.waiting else ""


def _more_words(row: ReplicaRow) -> str:
    """The description of the state without the state's name."""
    text = sanitize(row.state_text, 120).strip()
    if text.lower().startswith(row.state):
        text = text[len(row.state) :].lstrip(" :,")
    return text


def state_words(row: ReplicaRow) -> str:
    """The name of the state, with its description if there is one."""
    text = sanitize(row.state_text, 200)
    if not text:
        return row.state
    return text if text.lower().startswith(row.state) else f"{row.state}: {text}"


def searched(row: ReplicaRow) -> str:
    """The text that a filter of pods is matched against."""
    return f"{row.pod} {row.variant} {row.namespace} {row.model} {row.node} {state_words(row)}"


def short_name(row: ReplicaRow) -> str:
    """A pod's name without the name of its variant in front."""
    name, variant = sanitize(row.name, 120), sanitize(row.variant, 120)
    rest = name.removeprefix(variant)
    return rest.lstrip("-") or name if rest != name and variant else name


def chips(vm: ViewModel, rows: Iterable[ReplicaRow], *, terse: bool = False) -> list[Line]:
    """Replicas in a few cells each: number, symbol, end of the name, and KV with queue, or the
    state in words (`terse`: in one word)."""
    symbols = vm.symbols
    out: list[Line] = []
    for row in rows:
        style = STATE_STYLES[row.state]
        number = vm.keys.get(row.pod)
        label = str(number) if number else ""
        tail = short_name(row)[-5:]
        line: list[Span] = []
        if label:
            line.append((label, f"bold s{number}"))
        line += [(f"{symbols.replica[row.state]} ", style), (f"{tail} ", "")]
        if row.kv_ratio is None and row.state not in SERVING:
            said = row.state if terse else state_words(row)
            line.append((fit(said, min(len(said), 44)), style))
        else:
            word = f"{row.state} " if row.state != "ok" else ""
            line.append((f"{word}{format.percent(row.kv_ratio)}", style))
            line.append((f" w{format.count(row.waiting)}", "muted"))
        out.append(tuple(line))
    return out
