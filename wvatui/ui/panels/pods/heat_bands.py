"""Chooses the lines of a heat strip: one per pod, the worst pods and the rest, or groups."""

import math
from dataclasses import dataclass

from wvatui.core.kube_object import bare, qualified
from wvatui.core.lines import many
from wvatui.core.rows.views import HeatRow, HeatView, ReplicaRow
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.draw.sanitize import fit, fit_middle, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview.replicas import STATE_STYLES
from wvatui.ui.panels.pods import pods
from wvatui.ui.panels.pods.words import name_of, shared_name


@dataclass(frozen=True, slots=True)
class HeatBand:
    """One line of a heat strip: one pod, or the highest values of several."""

    label: Line
    row: HeatRow
    key: str = ""
    gone: bool = False


def bands_of(vm: ViewModel, view: HeatView, room: int, left: int) -> list[HeatBand]:
    """At most `room` lines: one per pod; else the worst pods, with one for the rest; else groups.

    `left`: the width of the labels, in cells.
    """
    ordered = _ordered(vm, view)
    if len(ordered) <= room:
        return [_band(vm, number, row, left) for number, row in ordered]
    now = [item for item in ordered if item[0] is not None]
    if len(now) <= room - 1:
        # Pods that are gone share the last line.
        kept = ordered[: room - 1]
        return [_band(vm, n, row, left) for n, row in kept] + _rest(
            [row for _, row in ordered[room - 1 :]],
            f"{len(ordered) - room + 1} gone, highest",
            left,
        )
    if len(now) < 2 * room and room >= 4:
        return _worst(vm, now, room, left)
    selected = vm.view_state.selected.get("pods", "").removeprefix("pod:")
    return _groups([row for _, row in now], room, left, selected, vm.symbols)


def left_out(vm: ViewModel, view: HeatView, room: int) -> int:
    """The number of gone pods without any line, because the present pods need all of them."""
    live = {row.pod for row in vm.replicas}
    there = sum(row.pod in live for row in view.rows)
    return len(view.rows) - there if len(view.rows) > room and there > room - 1 else 0


def _ordered(vm: ViewModel, view: HeatView) -> list[tuple[ReplicaRow | None, HeatRow]]:
    """The rows in the table's order, each with its pod; rows of pods that have left come last."""
    by_pod = {row.pod: row for row in view.rows}
    out: list[tuple[ReplicaRow | None, HeatRow]] = []
    for line in vm.once(pods.ordered):
        row = by_pod.pop(line.row.pod, None)
        if row is not None:
            out.append((line.row, row))
    return out + [(None, row) for row in sorted(by_pod.values(), key=lambda r: -(r.gone or 0.0))]


def _band(vm: ViewModel, replica: ReplicaRow | None, row: HeatRow, left: int) -> HeatBand:
    symbols = vm.symbols
    if replica is None:
        sign: Span = (symbols.replica["gone"], "off")
        name, number = _short(row), 0
    else:
        sign = (symbols.replica[replica.state], STATE_STYLES[replica.state])
        name, number = name_of(replica, shared_name(vm)), vm.keys.get(replica.pod, 0)
        if vm.several:
            name = qualified(sanitize(replica.namespace, 80), name)
    key = f"pod:{row.pod}"
    chosen = key == vm.view_state.selected.get("pods")
    front: Span = (symbols.pointer, "bold primary") if chosen else (" ", "")
    label: Line = (
        front,
        (str(number), f"bold s{number}") if number else (" ", ""),
        (" ", ""),
        sign,
        (" ", ""),
        (fit_middle(name, left - 6, symbols.ellipsis), "muted" if replica is None else ""),
        (" ", ""),
    )
    return HeatBand(label, row, key, replica is None)


def _short(row: HeatRow) -> str:
    name, variant = sanitize(bare(row.pod), 120), sanitize(row.variant, 120)
    rest = name.removeprefix(variant).lstrip("-")
    return rest if rest and variant else name


def _worst(
    vm: ViewModel, now: list[tuple[ReplicaRow | None, HeatRow]], room: int, left: int
) -> list[HeatBand]:
    """The selected and the worst pods, in the table's order, and the rest as one line."""
    selected = vm.view_state.selected.get("pods", "").removeprefix("pod:")
    bad = sorted(now, key=lambda item: (item[1].pod != selected, -_badness(item[1])))
    kept = {row.pod for _, row in bad[: room - 1]}
    shown = [_band(vm, pod, row, left) for pod, row in now if row.pod in kept]
    rest = [row for _, row in now if row.pod not in kept]
    return shown + _rest(rest, f"{many(len(rest), 'other')}, highest", left)


def _badness(row: HeatRow) -> float:
    """A key to sort pods by: the number of saturated slots, then the mean value."""
    known = [value for value in row.values if value is not None]
    if not known:
        return -1.0
    judged = zip(row.values, row.limits, strict=True) if row.limits else ()
    full = sum(value is not None and value >= limit for value, limit in judged)
    return full * 1e6 + sum(known) / len(known)


def _rest(rows: list[HeatRow], text: str, left: int) -> list[HeatBand]:
    if not rows:
        return []
    label: Line = (("    ", ""), (fit(text, left - 5), "muted"), (" ", ""))
    return [HeatBand(label, merged(rows))]


def _groups(
    rows: list[HeatRow], room: int, left: int, selected: str, symbols: Symbols
) -> list[HeatBand]:
    """Lines that each show the highest values of several neighbours, labelled `1 to 4 of 20`."""
    size = math.ceil(len(rows) / room)
    out: list[HeatBand] = []
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        last = first + len(some)
        place = f"{first + 1} to {last} of {len(rows)}" if len(some) > 1 else f"{last} of {last}"
        here = any(row.pod == selected for row in some)
        front: Span = (symbols.pointer, "bold primary") if here else (" ", "")
        label: Line = (
            front,
            ("   ", ""),
            (fit(place, left - 5), "" if here else "muted"),
            (" ", ""),
        )
        out.append(HeatBand(label, merged(some)))
    return out


def merged(rows: list[HeatRow]) -> HeatRow:
    """One row from several: the highest value in each slot, and the lowest of its limits."""
    limits = {row.limits for row in rows if row.limits}
    values = tuple(
        max((v for v in slot if v is not None), default=None)
        for slot in zip(*(row.values for row in rows), strict=True)
    )
    return HeatRow("", "", values, limits=tuple(map(min, zip(*limits, strict=True))))
