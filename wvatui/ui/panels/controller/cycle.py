"""One cycle in full: decisions, reasons, thresholds, and the numbers that they are based on."""

from collections import Counter

from rich.cells import cell_len

from wvatui.core.explain import cycle_detail, why_rows
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.core.lines import many, told_apart
from wvatui.core.queries.pods import pods_then, replica_rows
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows import cycle_rows
from wvatui.core.rows.cycle_views import AnalysisRow, CycleDetail, CycleVariant
from wvatui.core.rows.scaling_rows import DECIDERS
from wvatui.core.rows.views import DecisionRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import (
    Line,
    Section,
    Span,
    clip,
    cut,
    fitted,
    flow,
    rule,
    shortened,
    width_of,
    wrapped,
)
from wvatui.ui.draw.sanitize import fit, fit_middle, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.controller import absent, cycle_parts
from wvatui.ui.panels.controller.cycles import SIGNS, change, state_span, took
from wvatui.ui.panels.overview.logs import LEVELS, texts

ERROR_LINES = 3
VOTES = {"up": "wants more", "down": "fewer would do", "hold": "holds", "": "no vote"}


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title with the cycle's outcome, decisions, then sections; or a decision of a scaler."""
    detail = vm.cycle
    if detail is None and vm.decision is not None and vm.decision_why is not None:
        return _of_a_scaler(vm, vm.decision, vm.decision_why, width, height)
    if detail is None:
        text = f" {absent.to_come(vm)}"
        return [rule("Cycle", "", width, vm.symbols), ((text, "muted"),)]
    # Sentence and decisions need no titles: they stand below the panel's.
    why = vm.cycle_why
    explanation = cycle_parts.sentence(why, width, vm.symbols) if why is not None else []
    explanation = explanation[: max(1, height - 3)]
    room = max(2 if not explanation else 1, height // 2 - len(explanation))
    decided = cut(_decided(vm, detail, width), room, vm.symbols)
    decided = [*explanation, *decided]
    height -= 1 + len(decided)
    others = (
        Section("Errors", _errors(vm, detail, width), least=2),
        _reasons(vm, detail, width),
        Section(
            "Pods",
            cycle_parts.pod_lines(vm, detail, width),
            cycle_parts.pods_heading(detail),
            least=3,
        ),
    )
    # Log lines are wrapped if all of them fit, else cut.
    room = height - 1 - sum(1 + len(s.lines) for s in others if s.lines)
    log = _log(vm, detail, width, whole=True)
    if len(log) > room:
        log = _log(vm, detail, width, whole=False)
    sections = (*others, Section("Lines", log, _counted(detail), least=3))
    rest = fitted(sections, width, height, vm.symbols)
    return [_title(vm, detail, width), *decided, *rest]


def _of_a_scaler(
    vm: ViewModel, row: DecisionRow, why: CycleWhy, width: int, height: int
) -> list[Line]:
    """A decision by an HPA, by KEDA or by a person: its sentence, then its arithmetic."""
    end = cycle_parts.verdict(why, "what was seen")
    title = f"{DECIDERS[row.decider]} {vm.symbols.dot} {sanitize(vm.called(row), 80)}"
    title = f"{title} at {vm.time(row.at)}"
    room = min(len(title), max(8, width - 8))
    head = rule(fit_middle(title, room, vm.symbols.ellipsis), "", width, vm.symbols)
    sentence = cycle_parts.sentence(why, width, vm.symbols)[: max(1, height - 4)]
    sentence += cycle_parts.pods_of(vm, width)
    lines = cycle_parts.arithmetic(why, width, vm.symbols, replicas=True)
    section = Section("Why", lines, end if row.decider != "hand" else "", least=3)
    return [head, *sentence, *fitted((section,), width, height - 1 - len(sentence), vm.symbols)]


def _reasons(vm: ViewModel, detail: CycleDetail, width: int) -> Section:
    """The section of the arithmetic; without any, of the analyses as logged."""
    why = vm.cycle_why
    if why is None or not (why.steps or why.missing):
        return Section("Why", _why(vm, detail, width), least=4)
    lines = cycle_parts.arithmetic(why, width, vm.symbols, replicas=not detail.samples)
    for note in detail.notes:
        lines += _noted(note, width, vm.symbols)
    return Section("Why", lines, cycle_parts.verdict(why), least=3)


def _title(vm: ViewModel, detail: CycleDetail, width: int) -> Line:
    row = detail.row
    state, style = state_span(row, vm.symbols)
    parts = [state]
    if row.duration_s is not None:
        parts.append(f"took {took(row)}")
    if row.errors:
        parts.append(many(row.errors, "error"))
    title = f"Cycle of {vm.time(row.at)}"
    if detail.mode:
        title += f" {vm.symbols.dot} {sanitize(detail.mode, 40)}"
    end = ", ".join(parts)
    title = fit(title, min(len(title), max(8, width - len(end) - 8)), vm.symbols.ellipsis)
    return tuple(
        (text, style if state in text else span_style)
        for text, span_style in rule(title, end, width, vm.symbols)
    )


def _counted(detail: CycleDetail) -> str:
    count = detail.row.lines
    return "no longer kept" if count is None else many(count, "line")


# --- decisions ----------------------------------------------------------------------------


def _decided(vm: ViewModel, detail: CycleDetail, width: int) -> list[Line]:
    symbols = vm.symbols
    if not detail.variants:
        return [((f" {symbols.missing} nothing was decided", "muted"),)]
    out: list[Line] = []
    for variant in detail.variants:
        line, facts = _decision(variant, width, symbols), _facts(variant, symbols)
        if len(facts) == 1 and width_of(line) + width_of(facts[0]) + 2 <= width:
            line, facts = (*line, ("  ", ""), *facts[0]), []
        out.append(line)
        out += [((" " * 3, ""), *line) for line in flow(facts, width - 4, ("  ", ""))]
        for note in variant.notes:
            out += _noted(note, width, symbols)
    return out


def _decision(variant: CycleVariant, width: int, symbols: Symbols) -> Line:
    name = sanitize(variant.name, 120)
    decision = variant.decision
    if decision is None:
        return ((f" {symbols.missing} ", "muted"), (name, "bold"), ("  no decision", "muted"))
    moves = decision.action in SIGNS
    sign = getattr(symbols, SIGNS.get(decision.action, "hold"))
    style = "bold info" if moves else "muted"
    room = max(10, min(len(name), width - 40))
    line: Line = (
        (f" {sign} {fit(sanitize(decision.action, 10), 10)} ", style),
        (f"{change(decision, symbols)}", style),
        (f"  {fit_middle(name, room, symbols.ellipsis)}", "bold"),
        (f"  {sanitize(decision.reason, 400)}", "" if moves else "muted"),
    )
    return clip(shortened(line, width, symbols.ellipsis), width, symbols.ellipsis)


def _facts(variant: CycleVariant, symbols: Symbols) -> list[Line]:
    """The facts about a variant in the cycle, except its decision; missing ones are left out."""
    parts: list[tuple[str, str]] = []
    if variant.accelerator:
        parts.append(("on", sanitize(variant.accelerator, 40)))
    if variant.ready is not None:
        pending = f", {variant.pending} pending" if variant.pending else ""
        parts.append(("ready", f"{variant.ready}{pending}"))
    if variant.min is not None or variant.max is not None:
        low, high = (symbols.missing if v is None else str(v) for v in (variant.min, variant.max))
        parts.append(("from..to", f"{low}..{high}"))
    if variant.proposed is not None:
        parts.append(("proposed", str(variant.proposed)))
    if variant.cost is not None:
        parts.append(("cost", f"{variant.cost:g}"))
    if variant.arrival_per_min is not None:
        parts.append(("arrive", format.arrivals(variant.arrival_per_min)))
    for title, seen, expected in (
        ("TTFT", variant.ttft_ms, variant.predicted_ttft_ms),
        ("ITL", variant.itl_ms, variant.predicted_itl_ms),
    ):
        if seen is not None:
            then = f", {format.latency(expected)} expected" if expected is not None else ""
            parts.append((title, format.latency(seen) + then))
        elif expected is not None:
            parts.append((title, f"{format.latency(expected)} expected"))
    return [((f"{k} " if k else "", "muted"), (v, "")) for k, v in parts]


def _errors(vm: ViewModel, detail: CycleDetail, width: int) -> list[Line]:
    """The errors of the cycle; a repeated one is shown once with its count."""
    said = Counter(
        sanitize(row.text, 600)
        for row in detail.log
        if row.level == "ERROR" and row.kind != "continuation"
    )
    out: list[Line] = []
    for text, count in said.items():
        times = f"{count} times: " if count > 1 else ""
        pieces = wrapped(times + text, width - 4)
        more = len(pieces) > ERROR_LINES
        for number, piece in enumerate(pieces[:ERROR_LINES]):
            sign = "   " if number else f" {vm.symbols.error} "
            last = more and number == ERROR_LINES - 1
            out.append(((sign, "bad"), (piece + (vm.symbols.ellipsis if last else ""), "bad")))
    return out


def _noted(note: str, width: int, symbols: Symbols) -> list[Line]:
    pieces = wrapped(sanitize(note, 400), width - 6)
    sign = symbols.level["warn"]
    return [
        ((f"   {sign} " if not n else "     ", "warn"), (piece, "warn"))
        for n, piece in enumerate(pieces)
    ]


# --- analyses, thresholds -----------------------------------------------------------------


def _why(vm: ViewModel, detail: CycleDetail, width: int) -> list[Line]:
    symbols = vm.symbols
    out: list[Line] = []
    several = len({a.model for a in detail.row.analyses}) > 1
    for analysis in detail.row.analyses:
        out += _analysis(analysis, several, width, symbols)
    for note in detail.notes:
        out += _noted(note, width, symbols)
    out += _limits(detail, width)
    if not out:
        out = [((f" {symbols.missing} no analysis was logged", "muted"),)]
    return out


def _analysis(row: AnalysisRow, several: bool, width: int, symbols: Symbols) -> list[Line]:
    name = "V1 rule" if row.analyzer == "V1" else sanitize(row.analyzer, 30)
    if row.role and row.role != "both":
        name += f", {sanitize(row.role, 20)}"
    if several:
        name = f"{sanitize(row.model, 60)}: {name}"
    sign = getattr(symbols, row.vote) if row.vote else symbols.missing
    style = "bold info" if row.vote == "up" else ""
    head: Line = ((f"{sign} {VOTES[row.vote]}", style), (f"  {name}", "muted"))
    numbers = _numbers_v1(row) if row.analyzer == "V1" else _numbers_v2(row)
    parts: list[Line] = [head, *(((f"{k} ", "muted"), (v, "")) for k, v in numbers)]
    out: list[Line] = [
        ((" " if not n else "   ", ""), *line)
        for n, line in enumerate(flow(parts, width - 4, ("  ", "")))
    ]
    if row.reason:
        out += [((f"   {piece}", ""),) for piece in wrapped(sanitize(row.reason, 300), width - 4)]
    out += _capacities(row, width, symbols)
    return out


def _capacities(row: AnalysisRow, width: int, symbols: Symbols) -> list[Line]:
    """The capacity of one replica of each variant, as the analyzer computed it."""
    names = told_apart([item.variant for item in row.capacities])
    parts: list[Line] = []
    for item in row.capacities:
        held = symbols.missing if item.per_replica is None else format.count(item.per_replica)
        reason = f" ({sanitize(item.reason, 30)})" if item.reason else ""
        name = f"{sanitize(names[item.variant], 80)} " if len(names) > 1 else ""
        parts.append(((name, ""), (held, ""), (reason, "muted")))
    if not parts:
        return []
    told_: list[Line] = [(("per replica", "muted"),), *parts]
    return [(("   ", ""), *line) for line in flow(told_, width - 4, ("  ", ""))]


def _numbers_v1(row: AnalysisRow) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    if row.total is not None and row.non_saturated is not None:
        out.append(("not saturated", f"{row.non_saturated} of {row.total}"))
    if row.spare_kv is not None:
        out.append(("spare KV", format.percent(row.spare_kv)))
    if row.spare_queue is not None:
        out.append(("spare queue", f"{row.spare_queue:.3g}"))
    return out


def _numbers_v2(row: AnalysisRow) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    if row.utilization is not None:
        out.append(("used", format.percent(row.utilization)))
    if row.demand is not None:
        out.append(("demand", format.count(row.demand)))
    if row.supply is not None:
        out.append(("supply", format.count(row.supply)))
    # At most one of the two is above zero.
    if row.required:
        out.append(("lacks", format.count(row.required)))
    elif row.spare is not None:
        out.append(("spare", format.count(row.spare)))
    return out


def _limits(detail: CycleDetail, width: int) -> list[Line]:
    """The thresholds, grouped by source."""
    sources = dict.fromkeys(limit.source for limit in detail.limits)
    out: list[Line] = []
    for source in sources:
        parts: list[Line] = [(("thresholds", "muted"),)]
        for limit in detail.limits:
            if limit.source == source:
                value = format.percent(limit.value) if limit.unit == "ratio" else f"{limit.value:g}"
                parts.append(((f"{limit.title} ", "muted"), (value, "threshold")))
        parts.append(((f"({sanitize(source, 60)})", "muted"),))
        out += [
            ((" " if not n else "   ", ""), *line)
            for n, line in enumerate(flow(parts, width - 4, ("  ", "")))
        ]
    return out


# --- lines --------------------------------------------------------------------------------


def _log(vm: ViewModel, detail: CycleDetail, width: int, *, whole: bool) -> list[Line]:
    if detail.row.lines is None:
        return [((" its lines are no longer kept: only the newest 10000 are", "muted"),)]
    out: list[Line] = []
    for row in detail.log:
        level = sanitize(row.level, 12)
        style = LEVELS.get(level, "muted")
        text, fields = texts(vm, row, 2 * width + 80)
        loud = style if style in ("bad", "warn") else ""
        head: Span = (f" {fit(level, 5, vm.symbols.ellipsis)} ", style)
        if whole and cell_len(text) + cell_len(fields) + 10 > width:
            pieces = [(piece, loud) for piece in wrapped(text, width - 8)]
            if fields:
                pieces += [(piece, "muted") for piece in wrapped(fields, width - 10)]
            out.append((head, pieces[0]))
            out += [
                ((" " * 9 if kind == "muted" else " " * 7, ""), (piece, kind))
                for piece, kind in pieces[1:]
            ]
        else:
            out.append((head, (text, loud), *(((f"  {fields}", "muted"),) if fields else ())))
    return out


PANELS = (
    Panel(
        id="cycle",
        title="One cycle",
        lines=lines,
        reads=(
            cycle_detail.cycle_detail,
            pods_then.pods_then,
            cycle_rows.cycles,
            why_rows.cycle_why,
            why_rows.scaler_why,
            session_rows.decisions,
            session_rows.header,
            replica_rows.replicas,
            variant_rows.variants,
        ),
    ),
)
