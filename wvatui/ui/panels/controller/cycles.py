"""The controller's cycles as a table, the newest first, with outcome and decisions of each."""

from collections.abc import Callable

from wvatui.core.explain import why_rows
from wvatui.core.lines import many, told_apart
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows import cycle_rows
from wvatui.core.rows.cycle_views import AnalysisRow, CycleRow
from wvatui.core.rows.scaling_rows import DECIDERS
from wvatui.core.rows.views import DecisionRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, dimmed
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, Panel, TablePanel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.controller import absent

ID = "cycles"
SIGNS = {"scale-up": "up", "scale-down": "down"}
SORTS = ("time", "state", "took", "moves", "analysis", "errors", "lines")
"""Ids of the columns by which the table can be sorted."""
STATES = {"ok": ("ok", "ok"), "failed": ("bad", "failed"), "no end": ("warn", "no end")}


def key_of(row: CycleRow) -> str:
    """The key of a cycle: `cycle:` and its start."""
    return f"cycle:{row.at!r}"


def _all_columns(vm: ViewModel) -> tuple[Column[CycleRow], ...]:
    names = told_apart(sorted({vm.called(d) for row in vm.cycles for d in row.decisions}))
    several = any(len(row.analyses) > 1 for row in vm.cycles)
    because = "because (+n: analyses)" if several else "because"

    def called(decision: DecisionRow) -> str:
        return names[vm.called(decision)] if len(names) > 1 else ""

    def decided(row: CycleRow, symbols: Symbols) -> Line:
        line = moves(row, called, symbols)
        return dimmed(line) if row.context else line

    return (
        Column("time", "time", 8, lambda r, s: (vm.time(r.at), ""), lambda r: r.at),
        Column("state", "ended", 8, _state, lambda r: r.state),
        Column("moves", "decided", 13, decided, lambda r: r.ups + r.downs, grows=True),
        Column("analysis", because, 23, _analysis, _weight, wide=57),
        Column("took", "took", 5, _took, lambda r: r.duration_s, right=True, wide=68),
        Column("errors", "errs", 4, _errors, lambda r: r.errors, right=True, wide=74),
        Column("lines", "lines", 5, _lines, lambda r: r.lines, right=True, wide=80),
    )


def state_span(row: CycleRow, symbols: Symbols) -> Span:
    """The outcome of a cycle, with a symbol."""
    if row.state == "running":
        return (f"{symbols.play} running", "info")
    style, text = STATES[row.state]
    return (f"{symbols.level[style]} {text}", f"bold {style}" if style == "bad" else style)


def _state(row: CycleRow, symbols: Symbols) -> Span:
    if row.context:
        return (state_span(row, symbols)[0], "muted")
    if row.state == "ok" and row.errors:
        return (f"{symbols.level['warn']} {many(row.errors, 'err')}", "warn")
    text, style = state_span(row, symbols)
    return (text.replace("running", "runs"), style)


def moves(row: CycleRow, called: Callable[[DecisionRow], str], symbols: Symbols) -> Line:
    """The changes of a cycle, then the number of variants that stay.

    `called` returns the short name of a decision's variant; empty where there is only one.
    """
    spans: list[Span] = []
    for decision in row.decisions:
        if decision.action in SIGNS:
            sign = getattr(symbols, SIGNS[decision.action])
            name = sanitize(called(decision), 60)
            words_ = (sign, name, change(decision, symbols))
            spans += [("  " if spans else "", ""), (" ".join(w for w in words_ if w), "bold info")]
    if row.holds and len(row.decisions) == 1:
        only = row.decisions[0]
        at = "" if only.target is None else f" at {only.target}"
        spans.append((f"{symbols.hold} stays{at}", "muted"))
    elif row.holds:
        stay = "stays" if row.holds == 1 else "stay"
        spans += [("  " if spans else "", ""), (f"{symbols.hold} {row.holds} {stay}", "muted")]
    return tuple(s for s in spans if s[0]) or ((f"{symbols.missing} nothing", "muted"),)


def change(row: DecisionRow, symbols: Symbols) -> str:
    """The change of replicas, `3→4`; a dash for an unknown number."""
    current = symbols.missing if row.current is None else str(row.current)
    target = symbols.missing if row.target is None else str(row.target)
    return f"{current}{'→' if symbols.unicode else '>'}{target}"


def _weight(row: CycleRow) -> float | None:
    """A key to sort by need: the highest utilisation, or 1 minus the least spare KV."""
    used = [a.utilization for a in row.analyses if a.utilization is not None]
    spare = [1.0 - a.spare_kv for a in row.analyses if a.spare_kv is not None]
    return max((*used, *spare), default=None)


def _analysis(row: CycleRow, symbols: Symbols) -> Line:
    if not row.analyses and row.arrivals_per_min is not None:
        line: Line = ((f"{format.arrivals(row.arrivals_per_min)} arrive", ""),)
        return dimmed(line) if row.context else line
    if not row.analyses:
        return ((symbols.missing, "muted"),)
    first = max(row.analyses, key=lambda a: (a.vote == "up", a.utilization or 0.0))
    more = f" +{len(row.analyses) - 1}" if len(row.analyses) > 1 else ""
    text = in_short(first, symbols)
    line = ((text, "info" if first.vote == "up" else ""), (more, "muted"))
    return dimmed(line) if row.context else line


def in_short(row: AnalysisRow, symbols: Symbols) -> str:
    """A short text of an analysis: `95% used, lacks 69k`, `spare KV 5%, queue 2.5`."""
    parts: list[str] = []
    if row.analyzer == "V1":
        if row.spare_kv is not None:
            parts.append(f"spare KV {format.percent(row.spare_kv)}")
        if row.spare_queue is not None:
            parts.append(f"queue {row.spare_queue:.3g}")
        if not parts and row.non_saturated is not None and row.total is not None:
            parts.append(f"{row.total - row.non_saturated} of {row.total} saturated")
    else:
        if row.utilization is not None:
            parts.append(f"{format.percent(row.utilization)} used")
        if row.required:
            parts.append(f"lacks {format.count(row.required)}")
        elif row.spare:
            parts.append(f"spare {format.count(row.spare)}")
    return ", ".join(parts) or symbols.missing


def _took(row: CycleRow, symbols: Symbols) -> Span:
    return (took(row), "muted")


def took(row: CycleRow) -> str:
    """The duration of a cycle; `<1s` for 0, since a log may have whole seconds only."""
    if row.duration_s is None:
        return format.MISSING
    return "<1s" if row.duration_s == 0 else format.latency(row.duration_s * 1000.0)


def _errors(row: CycleRow, symbols: Symbols) -> Span:
    text = symbols.missing if row.errors is None else str(row.errors)
    return (text, "bold bad" if row.errors else "muted")


def _lines(row: CycleRow, symbols: Symbols) -> Span:
    return (symbols.missing if row.lines is None else format.count(row.lines), "muted")


def _summary(vm: ViewModel) -> str:
    own = [row for row in vm.cycles if not row.context]
    failed = sum(row.state == "failed" for row in own)
    moved = sum(bool(row.ups or row.downs) for row in own)
    parts = [many(len(own), "cycle")] if vm.cycles else []
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{moved} ask{'s' * (moved == 1)} for another size"] if moved else []
    return ", ".join(parts)


def _selected(vm: ViewModel) -> str:
    return vm.view_state.selected.get(ID, "") or key_of(vm.cycles[0])


TABLE = TablePanel(
    id=ID,
    title="Cycles",
    records=lambda vm: vm.cycles,
    key=key_of,
    columns=_all_columns,
    summary=_summary,
    empty=lambda vm: f" {absent.no_cycle(vm)}",
    selected=_selected,
)


def _decision_columns(vm: ViewModel) -> tuple[Column[DecisionRow], ...]:
    """The columns for decisions of other scalers; ids are those of the cycles' columns with the
    same meaning, so that sorting works for both."""
    names = told_apart(sorted({vm.called(row) for row in vm.decisions}))

    def decided(row: DecisionRow, symbols: Symbols) -> Line:
        name = sanitize(names[vm.called(row)], 60) if len(names) > 1 else ""
        style = "bold info" if row.action in SIGNS else "muted"
        sign = getattr(symbols, SIGNS.get(row.action, "hold"))
        stays = change(row, symbols) if row.action in SIGNS else f"stays at {row.target}"
        line = ((" ".join(w for w in (sign, name, stays) if w), style),)
        return dimmed(line) if row.context else line

    whys = dict(zip((row.key for row in vm.decisions), vm.decision_whys, strict=True))

    def because(row: DecisionRow) -> tuple[str, ...]:
        return whys[row.key] or (row.reason,)

    return (
        Column("time", "time", 8, lambda r, s: (vm.time(r.at), ""), lambda r: r.at),
        Column("state", "by", 4, _by, lambda r: r.decider),
        Column("moves", "decided", 18 if len(names) > 1 else 12, decided, lambda r: r.action),
        Column("lines", "looks", 5, _looks, lambda r: r.repeats, right=True, wide=72),
        Column(
            "analysis",
            "because",
            20,
            _because,
            lambda r: r.reason,
            grows=True,
            wide=44,
            texts=because,
        ),
    )


def _by(row: DecisionRow, symbols: Symbols) -> Span:
    return (DECIDERS.get(row.decider, "?").removeprefix("by "), "")


def _looks(row: DecisionRow, symbols: Symbols) -> Span:
    return (str(row.repeats), "muted")


def _because(row: DecisionRow, symbols: Symbols) -> Span:
    return (sanitize(row.reason, 300), "")


def _decisions_summary(vm: ViewModel) -> str:
    own = [row for row in vm.decisions if not row.context]
    changes = sum(row.action in SIGNS for row in own)
    return f"{many(changes, 'change')} of {many(len(own), 'decision')}"


DECISIONS = TablePanel(
    id=ID,
    title="Decisions",
    records=lambda vm: vm.decisions,
    key=lambda row: row.key,
    columns=_decision_columns,
    summary=_decisions_summary,
    empty=lambda vm: "",
    selected=lambda vm: vm.decision.key if vm.decision is not None else "",
)


def _table(vm: ViewModel) -> TablePanel[CycleRow] | TablePanel[DecisionRow]:
    """The table of the controller's cycles; without any, that of the other scalers' decisions."""
    return TABLE if vm.cycles or not vm.decisions else DECISIONS


PANELS = (
    Panel(
        id="cycles",
        filters=True,
        title="Cycles",
        lines=lambda vm, width, height: _table(vm).lines(vm, width, height),
        rows=lambda vm: _table(vm).rows(vm),
        keys=lambda vm, width, height: _table(vm).keys(vm, width, height),
        pointed=lambda vm: _table(vm).pointed(vm),
        columns=SORTS,
        reads=(
            cycle_rows.cycles,
            session_rows.decisions,
            session_rows.header,
            variant_rows.variants,
            why_rows.decision_whys,
        ),
    ),
)
