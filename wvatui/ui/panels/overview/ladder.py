"""The replica ladder of a variant: its five numbers, their titles, and the cost of its replicas."""

from collections.abc import Sequence
from dataclasses import dataclass

from wvatui.core.queries.pods.replica_time import running_cost
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import VariantRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.draw.sanitize import fit_right
from wvatui.ui.model.view_model import ViewModel

_TERSE = {
    "wants": ("want", "wnt"),
    "KEDA": ("KED",),
    "spec": ("spc",),
    "ready": ("rdy",),
    "serve": ("srv",),
}
"""Titles of rungs in shorter forms, for narrow terminals."""
_WIDE = (5, 5, 5, 5, 5)


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the table's columns, in cells; 0: the column is not shown."""

    name: int
    rungs: tuple[int, ...]
    saturated: int = 5
    kv: int = 10
    waiting: int = 8
    ttft: int = 5
    itl: int = 5
    accelerator: int = 0
    namespace: int = 0

    @property
    def ladder(self) -> int:
        return sum(self.rungs) + len(self.rungs) - 1

    @property
    def optional(self) -> tuple[tuple[str, int], ...]:
        return ("namespace", self.namespace), ("accelerator", self.accelerator)


def columns_for(width: int, *, several: bool = False) -> Columns:
    """The columns that fit into `width` cells; the name gets the rest.

    `several`: variants are of several namespaces, so that there is a column for it.
    """
    rungs = (3, 3, 3, 3, 3) if width < 80 else (4, 3, 4, 5, 5) if width < 100 else _WIDE
    namespace = 14 if several and width >= 112 else 0
    accelerator = 0 if width < (140 if several else 112) else 12
    base = Columns(0, rungs, accelerator=accelerator)
    wider = width >= 100
    saturated, kv, waiting = (9, 13, 13) if wider else (5, 10, 8)
    ttft = itl = 9 if wider else 5
    taken = base.ladder + saturated + kv + waiting + ttft + itl + accelerator + namespace
    gaps = 6 + bool(accelerator) + bool(namespace) + 2
    name = min(48, max(10, width - taken - gaps))
    return Columns(name, rungs, saturated, kv, waiting, ttft, itl, accelerator, namespace)


def titles(vm: ViewModel, rooms: Sequence[int] = _WIDE) -> tuple[str, ...]:
    """The titles of the five rungs, within `rooms` cells. The first is WVA, or "wants"
    where an HPA decides by itself."""
    head = vm.ask(session_rows.header)
    scaler = "KEDA" if head.with_wva and "KEDA" in head.driver else "HPA"
    first = "WVA" if head.with_wva else "wants"
    whole = (first, scaler, "spec", "ready", "serve")
    return tuple(
        next((each for each in (title, *_TERSE.get(title, ())) if len(each) <= room), title)
        for title, room in zip(whole, rooms, strict=True)
    )


def rungs(vm: ViewModel, row: VariantRow, rooms: Sequence[int]) -> list[Span]:
    """The five numbers, in `rooms` cells; one that differs from the one before is highlighted."""
    first = row.target if vm.ask(session_rows.header).with_wva else row.by_metrics
    spans: list[Span] = []
    before: int | None = None
    values = (first, row.desired, row.spec, row.ready, row.serving)
    for value, room in zip(values, rooms, strict=True):
        if spans:
            spans.append((vm.symbols.arrow, "muted"))
        text = vm.symbols.missing if value is None else str(value)
        moved = value is not None and before is not None and value != before
        style = "bold warn" if moved else "muted" if value is None else "bold"
        spans.append((fit_right(text, room), style))
        before = value if value is not None else before
    return spans


def cost(vm: ViewModel, row: VariantRow) -> Line:
    """The cost of a variant's replicas per hour and so far; empty without prices."""
    if not vm.view_state.prices:
        return ()
    known = vm.ask(running_cost, vm.view_state.prices).each.get((row.namespace, row.name))
    so_far, an_hour = (known.so_far, known.an_hour) if known is not None else (None, None)
    return ((f"  {format.cost(an_hour)}/h, {format.cost(so_far)} so far ", "info"),)
