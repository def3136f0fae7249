"""One variant, opened with enter: facts, conditions, decisions and Kubernetes events."""

from wvatui.core.explain import why_rows
from wvatui.core.lines import many
from wvatui.core.queries.session import variant_detail
from wvatui.core.rows.views import ConditionRow, FactRow, VariantDetail
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, heading, shortened, width_of, wrapped
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.detail.facts import STYLES, fact_lines, kube_event_section, opened
from wvatui.ui.panels.overview.decisions import decision_line


@opened(VariantDetail, "variant")
def lines(vm: ViewModel, detail: VariantDetail, width: int, height: int) -> list[Line]:
    """The variant's name and facts."""
    name = detail.row.name if detail.row else detail.key
    title = heading(f"Variant {sanitize(name, 120)}", "esc: back", width, vm.symbols)
    return [title, *fact_lines(_ladder(detail) + detail.facts, width, height - 1, vm.symbols)][
        :height
    ]


@opened(VariantDetail, "variant")
def conditions(vm: ViewModel, detail: VariantDetail, width: int, height: int) -> list[Line]:
    """Conditions of HPA, ScaledObject and VariantAutoscaling, and the controller's thresholds."""
    symbols = vm.symbols
    body = [_condition(row, width, symbols) for row in detail.conditions]
    if not body:
        none = "no HPA, ScaledObject or VariantAutoscaling has any"
        body = [((f" {piece}", "muted"),) for piece in wrapped(none, width - 2)]
    limits = _limits(detail, width, height - 2 - len(body), symbols)
    keep = max(1, height - 1 - len(limits))
    if len(body) > keep:
        # Bad conditions are kept first.
        ranked = sorted(range(len(body)), key=lambda i: _rank(detail.conditions[i]))[: keep - 1]
        hidden = len(body) - len(ranked)
        body = [body[i] for i in sorted(ranked)]
        body.append(
            ((f" {symbols.ellipsis} {many(hidden, 'more condition')}, z enlarges", "muted"),)
        )
    return [heading("Conditions", "", width, symbols), *body, *limits][:height]


def _limits(detail: VariantDetail, width: int, room: int, symbols: Symbols) -> list[Line]:
    """The thresholds under a title, one per line, or two per line where room is short."""
    if not detail.limits:
        return []
    source = sanitize(", ".join(dict.fromkeys(row.source for row in detail.limits)), 40)
    assumed = source == "assumed"
    learned = source if assumed else f"from: {source}"
    name = "Thresholds" if assumed else "Controller's thresholds"
    title = heading(name, learned, width, symbols)
    if len(detail.limits) + 1 <= room:
        return [title, *(_limit(row, width, symbols) for row in detail.limits)]
    pairs = zip(detail.limits[::2], detail.limits[1::2], strict=False)
    return [title, *(_pair(first, second, width, symbols) for first, second in pairs)]


@opened(VariantDetail, "variant")
def decisions(vm: ViewModel, detail: VariantDetail, width: int, height: int) -> list[Line]:
    """The decisions for the variant, the newest first."""
    rows = detail.decisions
    moves = sum(row.action in ("scale-up", "scale-down") for row in rows)
    summary = f"{moves} of {len(rows)} moved" if rows else ""
    out = [heading("Its decisions", summary, width, vm.symbols)]
    if not rows:
        return [*out, ((" none seen yet", "muted"),)][:height]
    rows = rows[: height - 1]
    whys = vm.ask(why_rows.decision_whys, rows)
    return [
        *out,
        *(decision_line(vm, row, False, width, why) for row, why in zip(rows, whys, strict=True)),
    ]


@opened(VariantDetail, "variant")
def events(vm: ViewModel, detail: VariantDetail, width: int, height: int) -> list[Line]:
    """The section of the Kubernetes events about the variant's objects and pods."""
    rows = detail.kube_events
    return kube_event_section(vm, rows, width, height, of="it or its pods", about=True)


def _ladder(detail: VariantDetail) -> tuple[FactRow, ...]:
    """The five numbers of the ladder as one fact; empty without a row."""
    row = detail.row
    if row is None:
        return ()
    rungs = (
        ("decided", row.target),
        ("wanted", row.desired),
        ("spec", row.spec),
        ("ready", row.ready),
        ("serving", row.serving),
    )
    text = ", ".join(f"{name} {'–' if value is None else value}" for name, value in rungs)
    return (FactRow("ladder", text),)


def _rank(row: ConditionRow) -> int:
    return {"bad": 0, "warn": 1, "off": 2, "ok": 3}[row.level]


def _condition(row: ConditionRow, width: int, symbols: Symbols) -> Line:
    style = STYLES[row.level]
    said = f"{sanitize(row.type, 60)} {sanitize(row.status, 20)}"
    spans: list[Span] = [
        (f" {symbols.level[row.level]} ", style),
        (fit(sanitize(row.about, 20), 6, symbols.ellipsis) + " ", "muted"),
        (said, style if row.level != "ok" else ""),
    ]
    if row.age_s is not None:
        spans.append((f", {format.age(row.age_s)}", "muted"))
    line = (*spans, (f"  {sanitize(row.text, 400)}", "muted"))
    if row.level == "ok" and width_of(line) > width:
        line = tuple(spans)  # when all is well, the reason may be left out
    return clip(shortened(line, width, symbols.ellipsis), width, symbols.ellipsis)


def _limit(row: FactRow, width: int, symbols: Symbols) -> Line:
    name = fit(sanitize(row.name, 40), 22, symbols.ellipsis)
    return clip(((f" {name} ", "muted"), (sanitize(row.text, 20), "bold")), width, symbols.ellipsis)


def _pair(first: FactRow, second: FactRow, width: int, symbols: Symbols) -> Line:
    """A line with two related thresholds; the second name leaves out words of the first."""
    name, other = sanitize(first.name, 40), sanitize(second.name, 40)
    if width < 64 and ":" in name and other.startswith(name.split(":")[0]):
        other = other.split(":")[1].strip()
    elif width < 64:
        other = other.removeprefix("spare ").removeprefix("scale ")
    spans = (
        (f" {name} ", "muted"),
        (sanitize(first.text, 20), "bold"),
        (f", {other} ", "muted"),
        (sanitize(second.text, 20), "bold"),
    )
    return clip(spans, width, symbols.ellipsis)


PANELS = tuple(
    Panel(
        id=id_,
        title=title,
        lines=draw,
        reads=(variant_detail.variant_detail, *more),
    )
    for id_, title, draw, *more in (
        ("variant_detail", "Variant", lines),
        ("variant_conditions", "Conditions", conditions),
        ("variant_decisions", "Its decisions", decisions, why_rows.decision_whys),
        ("variant_events", "Events of the variant", events),
    )
)
