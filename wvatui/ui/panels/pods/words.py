"""Texts about pods: names, counts, rows of pods without measurements, and an empty table."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from wvatui.core.lines import many, shared_start
from wvatui.core.queries.pods.replica_rows import SERVING
from wvatui.core.queries.session import session_rows
from wvatui.core.rows.views import ReplicaRow
from wvatui.ui.draw.line import Line, Span, clip, width_of
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.filtering import filter_words, none_matches
from wvatui.ui.model.panel import Column, chosen
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels.overview.replicas import STATE_STYLES, URGENCY, short_name, state_words


def counts(vm: ViewModel, shown: int, sort: Sort) -> str:
    """The number of pods in each state, the most urgent first, and the sorting of the table."""
    if vm.view_state.filters.get("pods"):
        return filter_words(vm, "pods", shown, len(vm.replicas))
    count: Counter[str] = Counter(row.state for row in vm.replicas)
    signs = vm.symbols.replica
    parts = [f"{signs[state]} {count[state]} {state}" for state in URGENCY if count[state]]
    if sort.column:
        parts.append(f"by {sort.column} {vm.symbols.down if sort.descending else vm.symbols.up}")
    return "  ".join(parts)


def shared_name(vm: ViewModel) -> str:
    """The hyphenated beginning that the names of all variants share.

    Empty for a single variant; a blank where several variants share none.
    """
    names = sorted({sanitize(row.name, 120) for row in vm.variants})
    if len(names) < 2:
        return ""
    return names[0][: shared_start(names)] or " "


def name_of(row: ReplicaRow, shared: str) -> str:
    """A pod's name without `shared` in front; with one variant, without the variant's name."""
    return sanitize(row.name, 120).removeprefix(shared) if shared else short_name(row)


def has_words(row: ReplicaRow) -> bool:
    """Whether a pod has no measurements, so that its line explains its state instead."""
    return row.kv_ratio is None and row.waiting is None and row.state not in SERVING


def words_of(row: ReplicaRow, *, is_named: bool) -> str:
    """The description of a pod's state and its restarts; `is_named`: without the state's name,
    which stands beside it."""
    said = state_words(row)
    if is_named and said.lower().startswith(row.state):
        said = said[len(row.state) :].lstrip(" :,")
    if row.restarts:
        restarts = many(row.restarts, "restart")
        said = f"{said}, {restarts}" if said else restarts
    return said


def no_pods(vm: ViewModel, width: int) -> list[Line]:
    """The text of an empty table: why there is no pod, and what will bring one."""
    if vm.replicas:
        return [((none_matches(vm, "pods"), "muted"),)]
    if vm.connecting:
        texts = ("Connecting to the cluster.", "")
    elif vm.log_only:
        texts = ("This controller's log names no pod yet.", "")
    elif vm.ask(session_rows.header).imported:
        texts = ("No pods in what was imported.", "Charts of engines need their metrics pages.")
    else:
        texts = (
            "No model pods yet.",
            "They appear here as soon as what a variant scales has one.",
        )
    return [
        (((" " + fit(text, max(0, width - 1), vm.symbols.ellipsis)), "" if i else "bold"),)
        for i, text in enumerate(texts)
    ]


T = TypeVar("T")


def in_words(
    columns: Sequence[Column[T]],
    line: T,
    row: ReplicaRow,
    width: int,
    symbols: Symbols,
    selected: bool,
) -> Line:
    """The row of a pod without measurements: a text in place of numbers."""
    spans: list[Span] = []
    ids = [column.id for column in columns]
    last = max((ids.index(id_) for id_ in ("number", "state", "pod") if id_ in ids), default=-1)
    for column in columns[: last + 1]:
        cell = column.cell(line, symbols)
        part: Line = cell if not cell or isinstance(cell[0], tuple) else (cell,)
        spans += [(" ", ""), *part, (" " * (column.width - width_of(part)), "")]
    style = STATE_STYLES[row.state]
    out = clip(
        (*spans, (" ", ""), (words_of(row, is_named="state" in ids), style)),
        width,
        symbols.ellipsis,
    )
    return chosen(out, width, symbols) if selected else out
