"""The replica ladder of a variant: five numbers, and their titles."""

from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import VariantRow
from wvatui.ui.draw.line import Span
from wvatui.ui.draw.sanitize import fit_right
from wvatui.ui.model.view_model import ViewModel

_TERSE = {"wants": "wnt", "KEDA": "KED", "spec": "spc", "ready": "rdy", "serve": "srv"}


def titles(vm: ViewModel, *, wide: bool) -> tuple[str, ...]:
    """Of the rungs: who decided, or what the metrics want where an HPA decides by itself."""
    head = vm.ask(session_rows.header)
    scaler = "KEDA" if head.with_wva and "KEDA" in head.driver else "HPA"
    first = "WVA" if head.with_wva else "wants"
    whole = (first, scaler, "spec", "ready", "serve")
    return whole if wide else tuple(_TERSE.get(title, title) for title in whole)


def rungs(vm: ViewModel, row: VariantRow, width: int) -> list[Span]:
    """The numbers, `width` cells each; one that differs from the rung before it stands out."""
    first = row.target if vm.ask(session_rows.header).with_wva else row.by_metrics
    spans: list[Span] = []
    before: int | None = None
    for index, value in enumerate((first, row.desired, row.spec, row.ready, row.serving)):
        if index:
            spans.append((vm.symbols.arrow, "muted"))
        text = vm.symbols.missing if value is None else str(value)
        moved = value is not None and before is not None and value != before
        style = "bold warn" if moved else "muted" if value is None else "bold"
        spans.append((fit_right(text, width), style))
        before = value if value is not None else before
    return spans
