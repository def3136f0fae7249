"""The lines of the variant table: titles, a variant with its replica ladder, its last decision."""

from dataclasses import dataclass

from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import VariantRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip
from wvatui.ui.draw.sanitize import fit, fit_middle, fit_right, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import Sort

ACTION_SIGNS = {"scale-up": "up", "scale-down": "down", "no-change": "hold"}
RUNGS = ("WVA", "HPA", "spec", "ready", "serve")


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the table's columns for one screen width."""

    name: int
    rung: int
    saturated: int = 5
    kv: int = 10
    waiting: int = 10
    ttft: int = 6
    itl: int = 6
    accelerator: int = 0

    @property
    def ladder(self) -> int:
        return 5 * self.rung + 4


def columns_for(width: int) -> Columns:
    """The columns that fit into `width`; the name takes what the numbers leave."""
    rung = 3 if width < 100 else 5
    accelerator = 0 if width < 112 else 12
    base = Columns(0, rung, accelerator=accelerator)
    wider = width >= 100
    saturated, kv, waiting = (9, 13, 13) if wider else (5, 10, 10)
    ttft = itl = 9 if wider else 6
    taken = base.ladder + saturated + kv + waiting + ttft + itl + accelerator
    gaps = 6 + (1 if accelerator else 0) + 2
    return Columns(
        min(48, max(10, width - taken - gaps)), rung, saturated, kv, waiting, ttft, itl, accelerator
    )


def title_line(vm: ViewModel, columns: Columns, width: int) -> Line:
    """The titles of the columns, with a sign at the one that sorts."""
    wide = columns.rung > 3
    scaler = "KEDA" if "KEDA" in vm.ask(session_rows.header).driver else "HPA"
    short = scaler if wide or len(scaler) <= 3 else "KED"
    rungs = ("WVA", short, *(RUNGS[2:] if wide else ("spc", "rdy", "srv")))
    ladder = vm.symbols.arrow.join(fit_right(r, columns.rung) for r in rungs)
    sort = vm.view_state.sort.get("variants", Sort())
    sign = vm.symbols.down if sort.descending else vm.symbols.up

    def title(column: str, text: str) -> str:
        return f"{text}{sign}" if column == sort.column else text

    cells = [
        fit(title("name", "variant"), columns.name),
        *(
            [fit(title("accelerator", "accelerator"), columns.accelerator)]
            if columns.accelerator
            else []
        ),
        fit_right(title("target", ladder), columns.ladder),
        fit_right(title("saturated", "saturated" if wide else "sat"), columns.saturated),
        fit_right(title("kv", "KV mean/max" if wide else "KV avg/max"), columns.kv),
        fit_right(title("waiting", "waiting Σ/max" if wide else "wait Σ/max"), columns.waiting),
        fit_right(title("ttft", "TTFT p95" if wide else "TTFT"), columns.ttft),
        fit_right(title("itl", "ITL p95" if wide else "ITL"), columns.itl),
    ]
    text = " " + " ".join(cells)
    return ((fit(text, width, vm.symbols.ellipsis), "bold muted on"),)


def variant_line(vm: ViewModel, row: VariantRow, columns: Columns, width: int) -> Line:
    """A variant's name, its ladder, and the numbers of all of its replicas."""
    symbols = vm.symbols
    name = fit_middle(sanitize(row.name, 120), columns.name, symbols.ellipsis)
    spans: list[Span] = [(" ", ""), (name, "bold"), (" ", "")]
    if columns.accelerator:
        text = fit(sanitize(row.accelerator, 40), columns.accelerator, symbols.ellipsis)
        spans += [(text, "muted"), (" ", "")]
    spans += _ladder(row, columns, symbols)
    hot = bool(row.saturated)
    saturated = (
        f"{row.saturated}/{row.measured}"
        if row.saturated is not None and row.measured
        else symbols.missing
    )
    spans += [
        (" ", ""),
        (fit_right(saturated, columns.saturated), "bold bad" if hot else ""),
        (" ", ""),
        (fit_right(_pair(format.percent(row.kv_mean), format.percent(row.kv_max)), columns.kv), ""),
        (" ", ""),
        (
            fit_right(
                _pair(format.count(row.waiting_sum), format.count(row.waiting_max)), columns.waiting
            ),
            "",
        ),
        (" ", ""),
        (fit_right(format.latency(row.ttft_p95_ms), columns.ttft), ""),
        (" ", ""),
        (fit_right(format.latency(row.itl_p95_ms), columns.itl), ""),
    ]
    return clip(tuple(spans), width, symbols.ellipsis)


def _pair(first: str, second: str) -> str:
    if first == second == format.MISSING:
        return format.MISSING
    if first.endswith("%") and second.endswith("%"):
        first = first[:-1]
    return f"{first}/{second}"


def _ladder(row: VariantRow, columns: Columns, symbols: Symbols) -> list[Span]:
    """Five numbers; one that differs from the rung before it stands out."""
    spans: list[Span] = []
    before: int | None = None
    for index, value in enumerate((row.target, row.desired, row.spec, row.ready, row.serving)):
        if index:
            spans.append((symbols.arrow, "muted"))
        text = symbols.missing if value is None else str(value)
        moved = value is not None and before is not None and value != before
        style = "bold warn" if moved else "muted" if value is None else "bold"
        spans.append((fit_right(text, columns.rung), style))
        before = value if value is not None else before
    return spans


def decision_line(vm: ViewModel, row: VariantRow, width: int) -> Line:
    """The last decision with its age and reason, and what keeps the ladder from moving."""
    symbols = vm.symbols
    if not row.action and row.decision_age_s is None:
        text = sanitize(row.blocked, 300) or "no decision seen yet"
        style = "warn" if row.blocked else "muted"
        return clip((("   ", ""), (text, style)), width, symbols.ellipsis)
    sign = getattr(symbols, ACTION_SIGNS.get(row.action, "hold"))
    moves = row.action in ("scale-up", "scale-down")
    spans: list[Span] = [
        ("   ", ""),
        (f"{sign} {sanitize(row.action, 20) or 'decision'}", "bold info" if moves else "muted"),
    ]
    if row.target is not None and moves:
        spans.append((f" to {row.target}", "bold info"))
    spans.append((f", {format.age(row.decision_age_s)} ago", "muted"))
    if row.blocked:
        spans += [("  ", ""), (f"{symbols.level['warn']} {sanitize(row.blocked, 300)}", "warn")]
    if row.reason:
        spans += [(f" {symbols.dot} ", "muted"), (sanitize(row.reason, 400), "muted")]
    return clip(tuple(spans), width, symbols.ellipsis)
