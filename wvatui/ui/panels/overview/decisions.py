"""The decision feed: what WVA, HPAs, KEDA and others decided, the newest first."""

from collections.abc import Sequence

from rich.cells import cell_len

from wvatui.core.explain import why_rows
from wvatui.core.lines import many, told_apart
from wvatui.core.queries.charts.sources import has_decisions
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.scaling_rows import DECIDERS
from wvatui.core.rows.views import DecisionRow
from wvatui.ui.draw.line import Line, Span, clip, dimmed, rule, width_of
from wvatui.ui.draw.sanitize import fit, fit_middle, in_room, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.filtering import filter_words, matching, none_matches
from wvatui.ui.model.panel import Panel, chosen, window_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.controller.absent import no_decision
from wvatui.ui.panels.controller.cycles import SIGNS, change

ID = "decisions"
RowAndWhy = tuple[DecisionRow, tuple[str, ...]]
_WORDY = 76
"""The width, in cells, from which the action is also written as a word; below, the reason needs the
room."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per decision."""
    totals, symbols = vm.ask(session_rows.totals), vm.symbols
    ways = f"{totals.ups} up, {totals.downs} down"
    # Rows fold what repeats, so changes are counted and not what each decider said.
    changes = f"{many(totals.ups + totals.downs, 'change')}: {ways}"
    counts: tuple[str, ...] = (changes,) if totals.decisions else ()
    by = {row.decider for row in vm.decisions if row.action in SIGNS}
    if totals.decisions and "wva" in by and (acting := sorted(by - {"wva", "hand"})):
        # A decision of WVA and the scaling that follows it are two rows, but one change.
        *names, last = (DECIDERS[each] for each in ("wva", *acting))
        rows_of = f"rows of {', '.join(names)} and {last}"
        counts = (f"{changes}; {rows_of}", changes)
    focus, every = vm.view_state.focus == ID, _matching(vm)
    said = filter_words(vm, ID, len(every), len(vm.decisions)) or in_room(
        counts, width - 16, symbols.ellipsis
    )
    out = [rule("Decisions", said, width, symbols, focus=focus)]
    if not every:
        words = none_matches(vm, ID) if vm.decisions else f" {no_decision(vm)}"
        return [*out, ((words, "muted"),)]
    mixed = vm.several or len({row.namespace for row in vm.decisions if row.namespace}) > 1
    # A row of a log without a namespace does not count as another variant.
    several = mixed or len({row.variant for row in vm.decisions}) > 1
    selected = vm.view_state.selected.get(ID, "") if focus else ""
    for row, why in _shown(vm, height)[: max(0, height - 1)]:
        line = decision_line(vm, row, several, width, why, mixed=mixed)
        out.append(chosen(line, width, symbols) if row.key == selected else line)
    return out


def _matching(vm: ViewModel) -> Sequence[RowAndWhy]:
    """The decisions that match the filter, each with its reasons."""

    def text(each: RowAndWhy) -> str:
        row, why = each
        who, words = DECIDERS.get(row.decider, ""), (row.action, row.namespace, row.variant)
        return " ".join(
            (vm.time(row.at), who, *words, change(row, vm.symbols), *(why or (row.reason,)))
        )

    return matching(vm, ID, list(zip(vm.decisions, vm.decision_whys, strict=True)), text)


def _shown(vm: ViewModel, height: int) -> Sequence[RowAndWhy]:
    """The decisions from the first one shown on; the selected one has room."""
    rows = _matching(vm)
    selected = vm.view_state.selected.get(ID, "") if vm.view_state.focus == ID else ""
    at = next((n for n, (row, _) in enumerate(rows) if row.key == selected), None)
    return rows[window_of(len(rows), at, max(1, height - 1)) :]


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of the decision of each line; "" for the title."""
    return ["", *(row.key for row, _ in _shown(vm, height))][:height]


def decision_line(
    vm: ViewModel,
    row: DecisionRow,
    several: bool,
    width: int,
    why: tuple[str, ...] = (),
    *,
    mixed: bool = False,
) -> Line:
    """Time, action, replicas and reason of a decision; with `several` variants also the variant,
    with `mixed` namespaces also the namespace.

    `why` is the reason at several lengths; empty: the controller's own reason is shown.
    """
    symbols = vm.symbols
    moves = row.action in SIGNS
    sign = getattr(symbols, SIGNS.get(row.action, "hold"))
    style = "bold info" if moves else "muted"
    spans: list[Span] = [
        (f" {vm.time(row.at)} ", "muted"),
        (f"{sign} " + fit(sanitize(row.action, 10), 10) * (width >= _WORDY), style),
        (f" {change(row, symbols):<6}", "bold" if moves else "muted"),
    ]
    if several:
        room = min(32, max(16, width // 2 - 8)) if mixed else min(22, max(8, width // 4))
        name = row.variant
        if mixed and width >= 100:
            where = fit_middle(sanitize(row.namespace, 80), 14, symbols.ellipsis)
            spans.append((f"{where} ", "muted"))
        elif mixed and row.namespace:
            name = f"{row.namespace}/{name}"
        elif width < _WORDY:
            name = told_apart(v.name for v in vm.variants).get(name, name)
        spans.append((fit_middle(sanitize(name, 80), room, symbols.ellipsis) + " ", ""))
    times = f"{'×' if symbols.unicode else 'x'}{row.repeats} " if row.repeats > 1 else ""
    if times and row.last_at is not None and width >= 100:
        times += f"to {vm.time(row.last_at)} "
    room = width - width_of(tuple(spans))
    text = reason(row, why, room - cell_len(times), symbols)
    is_cut = symbols.ellipsis in text and symbols.ellipsis not in "".join((row.reason, *why))
    if is_cut:  # the reason is more important than the count
        times, text = "", reason(row, why, room, symbols)
    spans.append((f"{times}{text}", "" if moves else "muted"))
    line = clip(tuple(spans), width, symbols.ellipsis)
    return dimmed(line) if row.context else line


def reason(row: DecisionRow, why: tuple[str, ...], room: int, symbols: Symbols) -> str:
    """The decider (unless it is WVA) and the reason, at the greatest length that fits `room`."""
    who = "" if row.decider == "wva" else f"{DECIDERS.get(row.decider, '?')}: "
    if not why:
        return in_room((row.reason,), room, symbols.ellipsis)
    texts = [f"{'' if text.startswith(who[:-2] or ' ') else who}{text}" for text in why]
    return in_room((*texts, why[-1]), room, symbols.ellipsis)


PANELS = (
    Panel(
        id=ID,
        title="Decisions",
        lines=lines,
        filters=True,
        rows=lambda vm: tuple(row.key for row, _ in _matching(vm)),
        keys=keys,
        reads=(
            why_rows.decision_whys,
            session_rows.decisions,
            session_rows.header,
            session_rows.totals,
            variant_rows.variants,
        ),
        source=has_decisions,
    ),
)
