"""The help: every key of the table, and what the signs on the screen mean."""

from typing import TYPE_CHECKING

from wvatui.ui.dialogs.text import TextScreen
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.keys import bindings
from wvatui.ui.panels.overview.replicas import STATE_STYLES
from wvatui.ui.theme.themes import Palette

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities

_STATES = {
    "ok": "serving",
    "warm": "over a spare trigger",
    "saturated": "KV or queue over its threshold",
    "starting": "runs, engine not up yet",
    "pulling": "image or container being made",
    "pending": "not scheduled",
    "unreachable": "ready, but no metrics",
    "draining": "being deleted",
    "gone": "was here",
}


def help_lines(
    capabilities: "Capabilities", symbols: Symbols, rows: tuple[bindings.Key, ...] = bindings.KEYS
) -> list[Line]:
    """The whole help: keys by where they apply, then what the signs on the screen mean."""
    out: list[Line] = []
    for where, title in bindings.TITLES:
        out += [(), ((title, "bold"),)] if out else [((title, "bold"),)]
        for key in (k for k in rows if k.where == where):
            can = key.usable(capabilities)
            need = "with --allow-write" if key.id.startswith("load.") else "while recording"
            why = "" if can or where == "replay" else f" ({need})"
            name = key.shown if symbols.unicode else plain(key.shown)
            shown = (f"  {name:>7}  ", "bold primary" if can else "muted")
            out.append((shown, (key.title + why, "" if can else "muted")))
    out += [(), (("Replicas: decision › autoscaler › spec › ready › serving", "bold"),)]
    out.append(
        ((f"  {'WVA':>7}  ", "bold"), ("what the controller decided", "")),
    )
    out.append(((f"  {'HPA':>7}  ", "bold"), ("what HPA (or KEDA) wants", "")))
    out.append(((f"  {'spec':>7}  ", "bold"), ("what the workload asks for; then ready, then", "")))
    out.append(
        (
            (f"  {'serving':>7}  ", "bold"),
            ("whose engine answers; a step that differs stands out", ""),
        )
    )
    out += [(), (("Pods", "bold"),)]
    for state, words in _STATES.items():
        sign = symbols.replica[state]
        out.append(((f"  {sign} {state:<12}", STATE_STYLES[state]), (words, "")))
    signs = (
        (symbols.up, "scale-up decided"),
        (symbols.down, "scale-down decided"),
        (symbols.mark, "your mark"),
        (symbols.gap, "gap: samples may be missing"),
        (symbols.threshold, "threshold"),
        ("├┤" if symbols.unicode else "||", "a stage of load, with its rate"),
        ("╞═" if symbols.unicode else "[=", "the same on the bar"),
    )
    out += [(), (("Charts and bar", "bold"),)]
    out += [((f"  {sign} ", "info"), (words, "")) for sign, words in signs]
    out.append((("  A number at a line's end is the pod's number in the table.", ""),))
    return out


class HelpScreen(TextScreen):
    """The help of a session with these capabilities."""

    def __init__(
        self,
        palette: Palette,
        capabilities: "Capabilities",
        symbols: Symbols,
        rows: tuple[bindings.Key, ...] = bindings.KEYS,
    ) -> None:
        super().__init__(palette, "Help", help_lines(capabilities, symbols, rows))
