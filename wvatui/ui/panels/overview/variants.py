"""The variant table: the replica ladder, the load, the last decision, and every replica below.

A variant's line and its replicas' lines share their columns, so that the eye can go down a column
from the sum to the pod that causes it.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.ui.draw.line import Line, clip, flow, width_of
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.table import Drawn, chosen, window_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels.overview.replicas import SERVING, URGENCY, chips, replica_line
from wvatui.ui.panels.overview.variant_lines import (
    Columns,
    columns_for,
    decision_line,
    title_line,
    variant_line,
)

T = TypeVar("T")
VariantLines = list[tuple[str, Line]]
"""Lines with the keys of their rows."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The table in at most `height` lines: replicas a line each where there is room, as chips in
    a running text where not, those in one line that need a look, and the rest counted."""
    return _drawn(vm, width, height).lines


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of each line's row: `variant:KEY`, `pod:NAME`, or none."""
    return _drawn(vm, width, height).keys


def rows(vm: ViewModel) -> tuple[str, ...]:
    """Keys of all variants and replicas, from top to bottom."""
    out: list[str] = []
    for row in _variants(vm):
        out.append(f"variant:{row.key}")
        out += [f"pod:{replica.pod}" for replica in _of(vm, row)]
    return tuple(out)


def _drawn(vm: ViewModel, width: int, height: int) -> Drawn:
    if not vm.variants:
        nothing = _nothing(vm, width)
        return Drawn(nothing, [""] * len(nothing))
    columns = columns_for(width)
    pairs: VariantLines = []
    for build in (_full, _chipped, _brief, _tight):
        pairs = build(vm, columns, width)
        if len(pairs) <= height:
            break
    else:
        pairs = _scrolled(vm, pairs, width, height)
    selected = vm.view_state.selected.get("variants", "")
    marked = _nearest(vm, pairs, selected)
    return Drawn(
        [chosen(line, width, vm.symbols) if key and key == marked else line for key, line in pairs],
        [key for key, _ in pairs],
    )


def _nearest(vm: ViewModel, pairs: VariantLines, selected: str) -> str:
    """The selected row, or where it has no line of its own that of its variant."""
    if any(key == selected for key, _ in pairs):
        return selected
    pod = selected.removeprefix("pod:")
    return next(
        (f"variant:{v.key}" for v in vm.variants for r in _of(vm, v) if selected and r.pod == pod),
        "",
    )


def _scrolled(vm: ViewModel, pairs: VariantLines, width: int, height: int) -> VariantLines:
    """As many of the variants as have room, the selected one among them, the others counted."""
    marked = _nearest(vm, pairs, vm.view_state.selected.get("variants", ""))
    body, room = pairs[1:], max(1, height - 2)
    at = next((i for i, (key, _) in enumerate(body) if key == marked), None)
    # Two lines a variant, shown whole.
    first = window_of(len(body), None if at is None else at + 1, room)
    first -= first % 2
    shown = body[first : first + room]
    above, below = first // 2, (len(body) - first - len(shown) + 1) // 2
    told = [f"{above} above"] * bool(above) + [f"{below} more variants"] * bool(below)
    more = f"  {vm.symbols.ellipsis} {', '.join(told)}; a taller window shows them"
    last: Line = ((fit(more, width, vm.symbols.ellipsis), "muted"),)
    return [pairs[0], *shown, ("", last)][: max(1, height)]


def height_for(vm: ViewModel, width: int) -> int:
    """Lines the table takes when every replica has a line."""
    if not vm.variants:
        return 3
    return 1 + sum(2 + len(_of(vm, row)) for row in _variants(vm))


def small_height_for(vm: ViewModel, width: int) -> int:
    """Lines the table takes with its replicas as chips."""
    return len(_chipped(vm, columns_for(width), width)) if vm.variants else 3


def _full(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    out: VariantLines = [("", title_line(vm, columns, width))]
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
        for replica in _of(vm, row):
            line = replica_line(vm, replica, columns.name, width)
            out.append((f"pod:{replica.pod}", line))
    return out


def _chipped(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    out: VariantLines = [("", title_line(vm, columns, width))]
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
        parts = chips(vm, _of(vm, row))
        out += [("", ((" " * 3, ""), *line)) for line in flow(parts, width - 4, ("  ", ""))]
    return out


def _brief(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    """One line of chips a variant: a pod that boots or suffers comes before those that are well."""
    out: VariantLines = [("", title_line(vm, columns, width))]
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
        mine = sorted(_of(vm, row), key=lambda r: URGENCY.index(r.state))
        if mine:
            terse = sum(r.state not in SERVING for r in mine) > 1
            line = _one_line(chips(vm, mine, terse=terse), width - 4)
            out.append(("", ((" " * 3, ""), *line)))
    return out


def _tight(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    out: VariantLines = [("", title_line(vm, columns, width))]
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
    return out


def _head(vm: ViewModel, row: VariantRow, columns: Columns, width: int) -> VariantLines:
    """A variant's two lines: its numbers, and its last decision."""
    line = variant_line(vm, row, columns, width)
    return [(f"variant:{row.key}", line), ("", decision_line(vm, row, width))]


def _variants(vm: ViewModel) -> list[VariantRow]:
    """The variants in the order that the viewer chose."""
    return _sorted(vm, list(vm.variants), _VARIANT_ORDER)


def _sorted(vm: ViewModel, rows_: list[T], orders: Mapping[str, Callable[[T], Any]]) -> list[T]:
    sort = vm.view_state.sort.get("variants", Sort())
    order = orders.get(sort.column)
    if order is None:
        return rows_
    known = sorted((r for r in rows_ if order(r) is not None), key=order, reverse=sort.descending)
    return [*known, *(r for r in rows_ if order(r) is None)]


_VARIANT_ORDER: dict[str, Callable[[VariantRow], Any]] = {
    "name": lambda r: r.name,
    "accelerator": lambda r: r.accelerator or None,
    "target": lambda r: r.target,
    "saturated": lambda r: r.saturated,
    "kv": lambda r: r.kv_max,
    "waiting": lambda r: r.waiting_sum,
    "ttft": lambda r: r.ttft_p95_ms,
    "itl": lambda r: r.itl_p95_ms,
}
_REPLICA_ORDER: dict[str, Callable[[ReplicaRow], Any]] = {
    "name": lambda r: r.pod,
    "saturated": lambda r: r.saturated,
    "kv": lambda r: r.kv_ratio,
    "waiting": lambda r: r.waiting,
    "ttft": lambda r: r.ttft_p95_ms,
    "itl": lambda r: r.itl_p95_ms,
}
SORTS = tuple(_VARIANT_ORDER)
"""Columns that variants, and the replicas of each, can be sorted by."""


def _one_line(parts: list[Line], width: int) -> Line:
    """As many parts as one line holds whole; the others are counted at its end."""
    whole = flow(parts, width, ("  ", ""))
    if len(whole) == 1:
        return whole[0]
    room = width - len(f"  +{len(parts)} more")
    first, count = parts[0], 1
    for part in parts[1:]:
        longer = (*first, ("  ", ""), *part)
        if width_of(longer) > room:
            break
        first, count = longer, count + 1
    return (*clip(first, room), (f"  +{len(parts) - count} more", "muted"))


def _of(vm: ViewModel, row: VariantRow) -> list[ReplicaRow]:
    """A variant's replicas, in the order of their numbers, those that are gone last."""
    mine = [
        r
        for r in vm.replicas
        if r.variant == row.name and (not r.namespace or r.namespace == row.namespace)
    ]
    mine.sort(key=lambda r: (r.state == "gone", -(r.age_s or 0.0), r.pod))
    return _sorted(vm, mine, _REPLICA_ORDER)


def _nothing(vm: ViewModel, width: int) -> list[Line]:
    """What was looked for, and what to do, when there is nothing."""
    namespace = sanitize(vm.ask(session_rows.header).namespace, 60) or "this namespace"
    texts: tuple[str, ...] = (
        f" No variants found in {namespace} yet.",
        " Looked for VariantAutoscalings; HPAs, ScaledObjects marked llm-d.ai/managed.",
        " Is it the right namespace? What is found or made appears here at once.",
    )
    if vm.connecting:
        texts = (f" Connecting to the cluster of {namespace}.", "", "")
    elif vm.log_only:
        texts = (" No decision seen yet.", " Variants appear with the first line about them.", "")
    return [clip(((text, "bold" if not i else "muted"),), width) for i, text in enumerate(texts)]


PANELS = (
    Panel(
        id="variants",
        title="Variants",
        lines=lines,
        rows=rows,
        keys=keys,
        orders=SORTS,
        reads=(
            health_rows.health,
            replica_rows.replicas,
            session_rows.header,
            session_rows.totals,
            variant_rows.variants,
        ),
    ),
)
