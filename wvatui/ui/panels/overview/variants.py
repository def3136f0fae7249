"""The variant table: the replica ladder, the load, the last decision, and every replica below.

A variant and its replicas share columns, so that a sum is above the values that make it up.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wvatui.core.lines import many
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.pods.replica_rows import SERVING
from wvatui.core.queries.pods.replica_time import running_cost
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, flow, one_line, spread, width_of
from wvatui.ui.draw.sanitize import fewer_parts, fit, fit_middle, fit_right, in_room, sanitize
from wvatui.ui.model.panel import Drawn, Panel, chosen, window_of
from wvatui.ui.model.view_model import ViewModel, is_of
from wvatui.ui.model.view_state import OWN_ORDER
from wvatui.ui.panels.controller.absent import no_decision
from wvatui.ui.panels.overview import ladder, state
from wvatui.ui.panels.overview.ladder import Columns, columns_for
from wvatui.ui.panels.overview.replicas import URGENCY, chips, replica_line

ACTION_SIGNS = {"scale-up": "up", "scale-down": "down", "no-change": "hold"}


def titles(vm: ViewModel, columns: Columns, width: int) -> "VariantLines":
    """The titles of the columns, with an arrow at the one that sorts; none without variants."""
    if not vm.variants:
        return []
    wide = columns.saturated > 5
    rungs = zip(ladder.titles(vm, columns.rungs), columns.rungs, strict=True)
    joined = vm.symbols.arrow.join(fit_right(*rung) for rung in rungs)
    sort = vm.view_state.sort.get("variants", OWN_ORDER)
    sign = vm.symbols.down if sort.descending else vm.symbols.up

    def title(column: str, text: str) -> str:
        return f"{text}{sign}" if column == sort.column else text

    cells = [
        fit(title("name", "variant"), columns.name),
        *(fit(title(name, name), room) for name, room in columns.optional if room),
        fit_right(title("target", joined), columns.ladder),
        fit_right(title("saturated", "saturated" if wide else "sat"), columns.saturated),
        fit_right(title("kv", "KV mean/max" if wide else "KV avg/max"), columns.kv),
        fit_right(title("waiting", "waiting"), columns.waiting),
        fit_right(title("ttft", "TTFT p95" if wide else "TTFT"), columns.ttft),
        fit_right(title("itl", "ITL p95" if wide else "ITL"), columns.itl),
    ]
    return [("", ((fit(" " + " ".join(cells), width, vm.symbols.ellipsis), "bold muted on"),))]


def variant_line(vm: ViewModel, row: VariantRow, columns: Columns, width: int) -> Line:
    """The first line of a variant: its name, its ladder, and the load of all its replicas."""
    symbols = vm.symbols
    name = fit_middle(sanitize(row.name, 120), columns.name, symbols.ellipsis)
    spans: list[Span] = [(" ", ""), (name, "bold"), (" ", "")]
    if columns.namespace:
        text = fit_middle(sanitize(row.namespace, 80), columns.namespace, symbols.ellipsis)
        spans += [(text, "muted"), (" ", "")]
    if columns.accelerator:
        text = fewer_parts(sanitize(row.accelerator, 40), columns.accelerator)
        spans.append((fit(text, columns.accelerator + 1, symbols.ellipsis), "muted"))
    spans += ladder.rungs(vm, row, columns.rungs)
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
        (
            fit_right(
                format.pair(format.percent(row.kv_mean), format.percent(row.kv_max)), columns.kv
            ),
            "",
        ),
        (" ", ""),
        (
            fit_right(
                format.sum_and_most(row.waiting_sum, row.waiting_max, columns.waiting),
                columns.waiting,
            ),
            "",
        ),
        (" ", ""),
        (fit_right(format.latency(row.ttft_p95_ms), columns.ttft), ""),
        (" ", ""),
        (fit_right(format.latency(row.itl_p95_ms), columns.itl), ""),
    ]
    return clip(tuple(spans), width, symbols.ellipsis)


def decision_line(vm: ViewModel, row: VariantRow, width: int, *, where: str = "") -> Line:
    """The second line of a variant: the last decision with age and reason, and what blocks it.

    `where`: the namespace, if it has no column.
    """
    symbols = vm.symbols
    place: Span = (f"{sanitize(where, 80)} {symbols.dot} ", "accent")
    head: Line = (("   ", ""), *((place,) if where else ()))
    if not row.action and row.decision_age_s is None:
        text = sanitize(row.blocked, 300) or no_decision(vm)
        return clip((*head, (text, "warn" if row.blocked else "muted")), width, symbols.ellipsis)
    sign = getattr(symbols, ACTION_SIGNS.get(row.action, "hold"))
    moves = row.action in ("scale-up", "scale-down")
    spans: list[Span] = [
        *head,
        (f"{sign} {sanitize(row.action, 20) or 'decision'}", "bold info" if moves else "muted"),
    ]
    if row.target is not None and moves:
        spans.append((f" to {row.target}", "bold info"))
    since = " for {}" if row.action == "held" else ", {} ago"
    spans.append((since.format(format.age(row.decision_age_s)), "muted"))
    size = row.spec if row.desired is None else row.desired
    if not moves and size is not None and row.ready not in (None, size):  # not complete
        spans.append((f" {symbols.dot} {row.ready} of {size} ready", "bold info"))
    if row.blocked:
        spans += [("  ", ""), (f"{symbols.level['warn']} {sanitize(row.blocked, 300)}", "warn")]
    if row.reason:
        spans.append((f" {symbols.dot} ", "muted"))
        texts, room = (row.reason, *row.brief), width - width_of(tuple(spans))
        spans.append((in_room(texts, room, symbols.ellipsis), "muted"))
    return clip(tuple(spans), width, symbols.ellipsis)


T = TypeVar("T")
VariantLines = list[tuple[str, Line]]  # (key of the row, line)


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The table in at most `height` lines. Where room is short, replicas are shown as chips, then
    as one line of chips with the rest counted, then not at all."""
    return _drawn(vm, width, height).lines


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of the row of each line: `variant:KEY`, `pod:NAME` or ""."""
    return _drawn(vm, width, height).keys


def rows(vm: ViewModel) -> tuple[str, ...]:
    """Keys of all variants and replicas, from top to bottom."""
    out: list[str] = []
    for row in _variants(vm):
        out.append(f"variant:{row.key}")
        out += [f"pod:{replica.pod}" for replica in _of(vm, row)]
    return (*out, *(f"pod:{replica.pod}" for replica in _of_none(vm)))


def _drawn(vm: ViewModel, width: int, height: int) -> Drawn:
    if not vm.variants and not _of_none(vm):
        nothing = _nothing(vm, width)
        return Drawn(nothing, [""] * len(nothing))
    columns = columns_for(width, several=vm.several)
    pairs: VariantLines = []
    whole = height_for(vm, width) <= height
    for build in (_full,) if whole else (_chipped, _brief, _tight):
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
    """The key of the selected row or, if that has no line of its own, of its variant."""
    if any(key == selected for key, _ in pairs):
        return selected
    pod = selected.removeprefix("pod:")
    return next(
        (f"variant:{v.key}" for v in vm.variants for r in _of(vm, v) if selected and r.pod == pod),
        "",
    )


def _scrolled(vm: ViewModel, pairs: VariantLines, width: int, height: int) -> VariantLines:
    """As many variants as fit, including the selected one; the others are counted."""
    marked = _nearest(vm, pairs, vm.view_state.selected.get("variants", ""))
    others = _of_none(vm)
    body, room = pairs[1 : len(pairs) - bool(others)], max(1, height - 2)
    at = next((i for i, (key, _) in enumerate(body) if key == marked), None)
    # A variant has two lines, which are kept together.
    first = window_of(len(body), None if at is None else at + 1, room)
    first -= first % 2
    shown = body[first : first + room]
    above, below = first // 2, (len(body) - first - len(shown) + 1) // 2
    hidden = [f"{above} above"] * bool(above) + [many(below, "more variant")] * bool(below)
    hidden += [_called(vm, others)] * bool(others)
    more = f"  {vm.symbols.ellipsis} {', '.join(hidden)}; a taller window shows them"
    last: Line = ((fit(more, width, vm.symbols.ellipsis), "muted"),)
    return [pairs[0], *shown, ("", last)][: max(1, height)]


def height_for(vm: ViewModel, width: int) -> int:
    """The lines that the table takes when every replica has a line."""
    others = _of_none(vm)
    if not vm.variants and not others:
        return 3
    listed = sum(2 + len(_of(vm, row)) for row in _variants(vm))
    return bool(vm.variants) + listed + bool(others) + len(others)


def small_height_for(vm: ViewModel, width: int) -> int:
    """The lines that the table takes with its replicas as chips."""
    if not vm.variants and not _of_none(vm):
        return 3
    titled, others = bool(vm.variants), _of_none(vm)
    chipped = sum(2 + len(_flowing(vm, row, width)) for row in vm.variants)
    return titled + chipped + bool(others) + len(_flowing(vm, None, width))


def _full(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    out = titles(vm, columns, width)
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
        out += [_replica(vm, replica, columns, width) for replica in _of(vm, row)]
    others = _of_none(vm)
    return [*out, *_head_of_none(vm, others), *(_replica(vm, r, columns, width) for r in others)]


def _replica(vm: ViewModel, row: ReplicaRow, columns: Columns, width: int) -> tuple[str, Line]:
    return f"pod:{row.pod}", replica_line(vm, row, columns.name, width)


def _head_of_none(vm: ViewModel, others: list[ReplicaRow]) -> VariantLines:
    return [("", ((f" {_called(vm, others)}", "bold"),))] * bool(others)


def _called(vm: ViewModel, others: list[ReplicaRow]) -> str:
    head = vm.ask(session_rows.header)
    return many(len(others), head.unit) + " of no variant" * (not head.endpoints)


def _chipped(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    out = titles(vm, columns, width)
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
        out += _flowing(vm, row, width)
    others = _of_none(vm)
    return [*out, *_head_of_none(vm, others), *_flowing(vm, None, width)]


def _flowing(vm: ViewModel, row: VariantRow | None, width: int) -> VariantLines:
    flowed = flow(vm.once(_chips, row), width - 4, ("  ", ""))
    return [("", ((" " * 3, ""), *line)) for line in flowed]


def _chips(vm: ViewModel, row: VariantRow | None) -> list[Line]:
    return chips(vm, _of_none(vm) if row is None else _of(vm, row))


def _brief(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    """The table with one line of chips per variant, the most urgent replicas first."""
    out = titles(vm, columns, width)
    for row in _variants(vm):
        out += _head(vm, row, columns, width)
        mine = sorted(_of(vm, row), key=lambda r: URGENCY.index(r.state))
        if mine:
            terse = sum(r.state not in SERVING for r in mine) > 1
            line = one_line(chips(vm, mine, terse=terse), width - 4)
            out.append(("", ((" " * 3, ""), *line)))
    return [*out, *_head_of_none(vm, _of_none(vm))]


def _tight(vm: ViewModel, columns: Columns, width: int) -> VariantLines:
    heads = [each for row in _variants(vm) for each in _head(vm, row, columns, width)]
    return [*titles(vm, columns, width), *heads, *_head_of_none(vm, _of_none(vm))]


def _head(vm: ViewModel, row: VariantRow, columns: Columns, width: int) -> VariantLines:
    """The two lines of a variant: its numbers, and its last decision."""
    line = variant_line(vm, row, columns, width)
    where = row.namespace if vm.several and not columns.namespace else ""
    cost = ladder.cost(vm, row)
    second = decision_line(vm, row, width - width_of(cost), where=where)
    second = spread(second, cost, width, vm.symbols.ellipsis) if cost else second
    return [(f"variant:{row.key}", line), ("", second)]


def _variants(vm: ViewModel) -> list[VariantRow]:
    """The variants, sorted as the viewer chose."""
    return _sorted(vm, list(vm.variants), _VARIANT_ORDER)


def _sorted(vm: ViewModel, rows_: list[T], orders: Mapping[str, Callable[[T], Any]]) -> list[T]:
    sort = vm.view_state.sort.get("variants", OWN_ORDER)
    order = orders.get(sort.column)
    if order is None:
        return rows_
    known = sorted((r for r in rows_ if order(r) is not None), key=order, reverse=sort.descending)
    return [*known, *(r for r in rows_ if order(r) is None)]


_VARIANT_ORDER: dict[str, Callable[[VariantRow], Any]] = {
    "name": lambda r: r.name,
    "accelerator": lambda r: r.accelerator or None,
    "target": lambda r: r.by_metrics if r.target is None else r.target,
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
"""Ids of the columns by which variants, and the replicas of each, can be sorted."""


def _of(vm: ViewModel, row: VariantRow) -> list[ReplicaRow]:
    """The replicas of a variant, the oldest first, those that are gone last, unless sorted."""
    return _in_order(vm, [replica for replica in vm.replicas if is_of(replica, row)])


def _of_none(vm: ViewModel) -> list[ReplicaRow]:
    """Model pods that belong to no variant; without pods of a log, whose variant is unknown."""
    return _in_order(vm, [r for r in vm.replicas if not r.variant and r.source != "log"])


def _in_order(vm: ViewModel, mine: list[ReplicaRow]) -> list[ReplicaRow]:
    mine.sort(key=lambda r: (r.state == "gone", -(r.age_s or 0.0), r.pod))
    return _sorted(vm, mine, _REPLICA_ORDER)


def _nothing(vm: ViewModel, width: int) -> list[Line]:
    """The text of an empty table: what was looked for, and what to do."""
    namespace = sanitize(vm.ask(session_rows.header).place, 60) or "this namespace"
    texts = (
        f" No variants found in {namespace} yet.",
        " Looked for VariantAutoscalings; HPAs, ScaledObjects marked llm-d.ai/managed.",
        " Is it the right namespace? What is found or made appears here at once.",
    )
    if wait := state.waits_for(vm):
        texts = (f" {wait} {namespace}.", "", "")
    elif vm.ask(session_rows.header).imported and not vm.log_only:
        load = " What the load tool reported stands in the view Load." if vm.stages else ""
        texts = (" No variants in what was imported.", load, "")
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
            running_cost,
            session_rows.header,
            session_rows.totals,
            variant_rows.variants,
        ),
    ),
)
