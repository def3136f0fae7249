"""All keys of the screen in one table, from which bindings, footer and help are made.

To add a key, add a row here and an `action_…` method to the app; tests check that no two keys
clash, and that every row has its action and is in the help.

`wvatui.ui.rebinding` makes a new table with the changes of the configuration file.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.binding import Binding

from wvatui.config.ui_settings import VIEWS, digits, pages_of

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities


KeyPlace = Literal["everywhere", "table", "charts", "replay"]
TITLES: tuple[tuple[KeyPlace, str], ...] = (
    ("everywhere", "Keys"),
    ("table", "Keys in a table"),
    ("charts", "Keys for the charts' time"),
    ("replay", "Keys for going through time: in a replay, and back in a live session"),
)
"""The places where keys apply, each with its title in the help."""


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the table. `id` is stable, because users rebind keys by it; `keys` are Textual's
    names of the keys."""

    id: str
    keys: tuple[str, ...]
    shown: str
    """The key as printed in the footer and the help."""
    title: str
    """What the key does, as a phrase for the help."""
    short: str = ""
    """What the key does, as a word for the footer; empty: the key is only in the help."""
    where: KeyPlace = "everywhere"
    priority: bool = False
    views: tuple[str, ...] = ()
    """The views whose footer shows the key, in front of keys of all views; empty: all views."""
    argument: str = ""
    """The argument of the action, for keys that share one action: `key_view('pods')`."""

    @property
    def action(self) -> str:
        """The name of the app's action: `key_freeze` for `view.freeze`."""
        area, _, name = self.id.rpartition(".")
        return f"key_{area}" if self.argument else f"key_{name}"

    @property
    def call(self) -> str:
        """The action with its argument, in Textual's notation."""
        return f"{self.action}({self.argument!r})" if self.argument else self.action

    @property
    def needs(self) -> str:
        """The kind of session that the key needs, in words; empty: it works in every session."""
        if self.where == "replay":
            return "a session that is recorded"
        return _NEEDS.get(self.id, "")

    def usable(self, capabilities: "Capabilities") -> bool:
        """Whether the key works in a session with these capabilities."""
        if self.where == "replay":
            return capabilities.can_go_back
        if self.id == "session.mark":
            return capabilities.can_mark
        if self.id == "session.retry":
            return capabilities.can_record
        if self.id in ("load.launch", "load.abort"):
            return capabilities.can_launch
        return self.id != "view.beside" or capabilities.has_beside


_NEEDS = {
    "view.beside": "a replay with --beside RUN",
    "session.mark": "a session that is recorded and may be written",
    "session.retry": "a live session",
    "load.launch": "a live session with --allow-write",
    "load.abort": "a live session with --allow-write",
}

KEYS: tuple[Key, ...] = (
    Key("help.help", ("question_mark",), "?", "show this help", "help"),
    *(
        Key(
            f"view.{view}",
            (str(digit),),
            str(digit),
            f"view: {VIEWS[view]}",
            "views",
            argument=view,
        )
        for digit, view in enumerate(digits(), start=1)
    ),
    Key(
        "view.health",
        ("H",),
        "H",
        "health over any view: sources, what blocks; again or esc: back",
        "health",
        argument="health",
    ),
    Key(
        "view.scaling",
        ("D",),
        "D",
        "durations: the selected change of replicas as a waterfall",
        "waterfall",
        views=("decisions", "whatif"),
        argument="scaling",
    ),
    Key(
        "view.beside", ("b",), "b", "view: two runs beside each other", "beside", argument="beside"
    ),
    Key("replay.toggle", ("space",), "space", "play or pause", "play/pause", "replay"),
    Key(
        "replay.previous",
        ("left_square_bracket",),
        "[",
        "back to the previous decision, mark, setting, error or gap",
        "event",
        "replay",
    ),
    Key(
        "replay.next",
        ("right_square_bracket",),
        "]",
        "on to the next decision, mark, setting, error or gap",
        "event",
        "replay",
    ),
    Key("replay.back", ("comma",), ",", "one step back", "step", "replay"),
    Key("replay.forward", ("full_stop",), ".", "one step on", "step", "replay"),
    Key("replay.slower", ("less_than_sign",), "<", "play slower", "speed", "replay"),
    Key("replay.faster", ("greater_than_sign",), ">", "play faster", "speed", "replay"),
    Key(
        "replay.goto",
        ("g",),
        "g",
        "go to a time: 12m30s, T+12:30, 14:05:00 or 50%",
        "go to",
        "replay",
    ),
    Key(
        "app.command", ("colon", "ctrl+p"), ":", "a command, tab completes (also ctrl+p)", "command"
    ),
    Key(
        "replay.live",
        ("L",),
        "L",
        "to the newest: LIVE again, or the end of a replay",
        "live",
        "replay",
    ),
    Key("view.freeze", ("p",), "p", "freeze the view; capture goes on", "freeze"),
    Key("session.mark", ("m",), "m", "mark this moment with a note", "mark"),
    Key("session.retry", ("r",), "r", "retry now what failed or was refused"),
    Key(
        "session.snapshot",
        ("e",),
        "e",
        "a CSV of the moment shown, beside the recording",
        "CSV",
    ),
    Key("load.launch", ("l",), "l", "launch load: from a list, with a form and a question", "load"),
    Key("load.abort", ("X",), "X", "abort all load of this session, after a question"),
    Key(
        "whatif.try",
        ("w",),
        "w",
        "what if: other thresholds, rules, autoscalers, replicas",
        "what if",
        views=pages_of("decisions"),
    ),
    Key(
        "log.filter",
        ("slash",),
        "/",
        "filter the table in view or the log: a regex, ! inverts",
        "filter",
        views=tuple(view for view in VIEWS if view not in ("latency", "whatif")),
    ),
    Key("log.invert", ("exclamation_mark",), "!", "keep what the filter does not match"),
    Key(
        "log.level",
        ("W",),
        "W",
        "only warnings, only errors, all lines",
        "level",
        views=("logs",),
    ),
    Key("log.clear", ("escape",), "esc", "back: close, clear, show all again"),
    Key("view.maximise", ("z",), "z", "enlarge a part, then the next one", "enlarge"),
    Key("view.variant", ("v",), "v", "one variant alone, then the next one", "variant"),
    Key("view.namespace", ("N",), "N", "one namespace alone, then the next one"),
    Key("view.charts", ("c",), "c", "the next charts, or the next page of the view", "charts"),
    Key(
        "view.heat",
        ("h",),
        "h",
        "the heat strip: KV cache, waiting, running",
        "heat",
        views=("pods",),
    ),
    Key(
        "view.quiet",
        ("a",),
        "a",
        "decisions: also looks that changed nothing, or not",
        "all looks",
        views=("decisions",),
    ),
    Key("view.clock", ("u",), "u", "clock: UTC, local time, time since the start"),
    Key("view.theme", ("t",), "t", "the next theme"),
    Key("view.messages", ("n",), "n", "all messages so far"),
    Key("table.up", ("up", "k"), "↑ k", "the row above", where="table"),
    Key("table.down", ("down", "j"), "↓ j", "the row below", where="table"),
    Key("table.page_up", ("pageup",), "pgup", "ten rows up", where="table"),
    Key("table.page_down", ("pagedown",), "pgdn", "ten rows down", where="table"),
    Key("table.first", ("home",), "home", "the first row", where="table"),
    Key("table.last", ("end",), "end", "the last row", where="table"),
    Key("table.part", ("tab",), "tab", "the next table of the screen", where="table"),
    Key("table.open", ("enter",), "enter", "open the selected row", "open", where="table"),
    Key(
        "table.copy",
        ("y",),
        "y",
        "copy: what helps in health, a sentence, a row",
        "copy",
        where="table",
        views=("decisions", "logs", "health"),
    ),
    Key("table.yaml", ("Y",), "Y", "the YAML of the pod that is open or selected", where="table"),
    Key("table.sort", ("s",), "s", "sort by the next column", "sort", where="table"),
    Key("table.reverse", ("S",), "S", "sort the other way round", where="table"),
    Key("charts.zoom_in", ("plus", "equals_sign"), "+", "a shorter window", where="charts"),
    Key("charts.zoom_out", ("minus",), "-", "a longer window", where="charts"),
    Key("charts.auto", ("0",), "0", "the window by itself, at the newest", where="charts"),
    Key(
        "charts.cursor_left", ("left",), "←", "read the charts at a moment: earlier", where="charts"
    ),
    Key("charts.cursor_right", ("right",), "→", "later", where="charts"),
    Key("charts.cursor_back", ("ctrl+left",), "ctrl ←", "ten steps earlier", where="charts"),
    Key("charts.cursor_on", ("ctrl+right",), "ctrl →", "ten steps later", where="charts"),
    Key("charts.pan_left", ("shift+left",), "shift ←", "move the window back", where="charts"),
    Key(
        "charts.pod",
        ("o",),
        "o",
        "charts by pod: the next pod's line over the band of all",
        where="charts",
    ),
    Key("charts.pan_right", ("shift+right",), "shift →", "move the window on", where="charts"),
    Key("app.quit", ("q",), "q", "quit", "quit"),
    Key("app.leave", ("ctrl+c",), "ctrl+c", "leave at once, whatever hangs", priority=True),
)
"""All keys, in the order of footer and help."""


def bindings() -> list[Binding]:
    """Textual's bindings for the whole table."""
    return [
        Binding(
            ",".join(key.keys),
            key.call,
            key.title,
            show=bool(key.short),
            key_display=key.shown,
            priority=key.priority,
            id=key.id,
        )
        for key in KEYS
    ]


def by_action(action: str, argument: str = "") -> Key | None:
    """The row with this action and argument; None: there is none."""
    found = (k for k in KEYS if k.action == action and k.argument == argument)
    return next(found, None)


def usable(capabilities: "Capabilities", rows: tuple[Key, ...] = KEYS) -> tuple[Key, ...]:
    """The rows whose keys work in a session with these capabilities."""
    return tuple(key for key in rows if key.usable(capabilities))
