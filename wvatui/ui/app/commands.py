"""The commands of the screen, typed after `:`, named like the verbs of the shell's command line.

Each is a row of `COMMANDS` with its completions and its action, from which help and completion are
made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wvatui.config import paths
from wvatui.config.settings import duration_s
from wvatui.config.toml_edit import keep_in_words
from wvatui.config.ui_settings import CLOCKS
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows import log_rows
from wvatui.errors import UsageError, WvatuiError
from wvatui.export.tables import TABLES
from wvatui.ui.model.panel import chosen_columns
from wvatui.ui.model.view_state import Sort
from wvatui.ui.panels import panel
from wvatui.ui.theme import available
from wvatui.ui.views import BESIDE, VIEWS

if TYPE_CHECKING:
    from wvatui.session.base import Capabilities
    from wvatui.ui.app.app import WvatuiApp

NAMED = 16
"""The most names listed in the error for a wrong one: enough for every table, not for every pod."""
LEVELS = ("all", *(level.lower() for level in log_rows.LEVELS))
Words = Callable[["WvatuiApp"], Sequence[str]]


@dataclass(frozen=True, slots=True)
class ScreenCommand:
    """One command. `needs` is the capability that a session must have for it; empty: none."""

    name: str
    argument: str
    """The name of the argument for the help, in brackets if it is optional; empty: none."""
    title: str
    run: Callable[["WvatuiApp", str], None]
    words: Words = lambda app: ()
    needs: str = ""

    def usable(self, capabilities: "Capabilities") -> bool:
        """Whether the command works in a session with these capabilities."""
        return not self.needs or bool(getattr(capabilities, self.needs))


# --- what they do ------------------------------------------------------------------------------


def _window(app: "WvatuiApp", text: str) -> None:
    if text in ("", "auto"):
        app.action_key_auto()
        return
    try:
        span = duration_s(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if span < 10:
        raise UsageError(f"a window of {text} is too short: at least 10s")
    app.show_window(span, around=app.view_state.cursor)


def _variant(app: "WvatuiApp", text: str) -> None:
    rows = app.vm.ask(variant_rows.variants) if app.vm is not None else ()
    if text in ("", "all"):
        app.show_variant("")
        return
    found = [row for row in rows if row.key == text] or [row for row in rows if row.name == text]
    if not found:
        raise UsageError(f"there is no variant {text!r}", hint=_list([row.name for row in rows]))
    if len(found) > 1:
        raise UsageError(f"{text} could be {', '.join(row.key for row in found)}")
    app.show_variant(found[0].key)


def _namespace(app: "WvatuiApp", text: str) -> None:
    names = app.namespaces
    if text not in ("", "all", *names):
        raise UsageError(f"nothing is in namespace {text!r}", hint=_list(list(names)))
    app.show_namespace("" if text == "all" else text)


def _pods(app: "WvatuiApp") -> list[str]:
    return [row.pod for row in app.vm.replicas] if app.vm is not None else []


def _named_pod(app: "WvatuiApp", text: str) -> str:
    """The pod so named, or the only one whose name contains it. Raises UsageError if not one."""
    pods = _pods(app)
    named = [pod for pod in pods if pod == text] or [pod for pod in pods if text in pod]
    if not named:
        raise UsageError(f"there is no pod {text!r}")
    if len(named) > 1:
        raise UsageError(f"{len(named)} pods are called {text!r}", hint=_list(named))
    return named[0]


def _of_pod(show: Callable[["WvatuiApp", str], None]) -> Callable[["WvatuiApp", str], None]:
    """A command that shows something of the pod it names; without a name, of the pod in view."""
    return lambda app, text: show(app, _named_pod(app, text) if text else "")


def _views(app: "WvatuiApp") -> list[str]:
    others = [BESIDE.id] if app.session.capabilities.has_beside else []
    return [*(view.id for view in VIEWS), *others]


def _view(app: "WvatuiApp", text: str) -> None:
    _one_of(text, _views(app), "view")
    app.action_key_view(text) if text == "health" else app.show_view(text)


def _clock(app: "WvatuiApp", text: str) -> None:
    _one_of(text, list(CLOCKS), "clock")
    app.choose(app.view_state.but(clock=text))


def _heat(app: "WvatuiApp", text: str) -> None:
    _one_of(text, list(STRIPS), "heat strip")
    app.view_state = app.view_state.but(heat=text)
    app.show_view("pods")


def _level(app: "WvatuiApp", text: str) -> None:
    _one_of(text.lower(), LEVELS, "level")
    app.choose(app.view_state.but(level="" if text.lower() == "all" else text.upper()))


def _sort(app: "WvatuiApp", text: str) -> None:
    columns = panel(app.table).sorts if app.table else ()
    name, _, way = text.partition(" ")
    if name not in ("", "none"):
        _one_of(name, columns, "column")
    _one_of(way or "up", ("up", "down"), "order")
    app.sort_by(app.table, Sort("" if name == "none" else name, way == "down"))


def _columns(app: "WvatuiApp", text: str) -> None:
    """Choose and hide columns of the table in view, and keep them in the configuration file."""
    name = app.table
    known = panel(name).columns if name else ()
    if not known:
        raise UsageError("no table in view has columns to choose")
    words = text.replace(",", " ").split()
    for word in words:
        _one_of(word.removeprefix("-"), known, "column")
    before = app.view_state.columns
    chosen = chosen_columns(before.get(name) or known, words)
    app.choose(app.view_state.but(columns={**before, name: chosen}))
    where = "for this session"  # in a browser: the file is of whoever serves
    if not app.is_web:
        where = keep_in_words(paths.config_file(), ("ui", "columns", name), chosen)
    app.say(f"{'' if chosen else 'all '}columns of {name} {where}".rstrip())


def _export(app: "WvatuiApp", text: str) -> None:
    if not text:
        app.action_key_snapshot()
        return
    _one_of(text, _tables(), "table")
    app.export_table(text)


def _tables() -> list[str]:
    return [*TABLES, "all"]


def _speeds() -> list[str]:
    from wvatui.session.player import SPEEDS

    return [f"{speed:g}" for speed in SPEEDS]


def _speed(app: "WvatuiApp", text: str) -> None:
    from wvatui.session.player import SPEEDS

    try:
        wanted = float(text.rstrip("x"))
        if not 0 <= wanted < float("inf"):
            raise ValueError
    except ValueError:
        raise UsageError(f"{text!r} is no speed", hint=_list(_speeds())) from None
    if app.session.status.live and app.session.status.at_edge:
        raise UsageError("live has its own pace", hint="[ goes back in time")
    # A session changes its speed step by step; 0, as fast as it can, is the last step.
    order = [s if s else float("inf") for s in SPEEDS]
    near = min(range(len(order)), key=lambda i: abs(order[i] - wanted) if wanted else -order[i])
    for _ in SPEEDS:
        app.session.slower()
    for _ in range(near):
        app.session.faster()


def _loads(app: "WvatuiApp") -> Sequence[str]:
    try:
        return list(dict.fromkeys(option.name for option in app.session.launcher.options()))
    except WvatuiError:
        return ()


def _one_of(text: str, words: Sequence[str], what: str) -> None:
    if text not in words:
        raise UsageError(f"there is no {what} {text!r}", hint=_list(words))


def _list(words: Sequence[str]) -> str:
    shown = ", ".join(words[:NAMED])
    return f"there is: {shown}{', …' if len(words) > NAMED else ''}" if words else ""


def _show(id_: str) -> Callable[["WvatuiApp", str], None]:
    return lambda app, text: _view(app, id_)


COMMANDS: tuple[ScreenCommand, ...] = (
    ScreenCommand("view", "NAME", "show a view", _view, _views),
    ScreenCommand(
        "seek",
        "MOMENT",
        "go to 12m30s, T+12:30, 14:05:00 or 50%",
        lambda app, text: app.go_to(text),
        needs="can_go_back",
    ),
    ScreenCommand(
        "mark",
        "[NOTE]",
        "mark this moment with a note",
        lambda app, text: app.mark(text),
        needs="can_mark",
    ),
    ScreenCommand(
        "export",
        "[TABLE]",
        "a CSV of the moment shown, or a whole table",
        _export,
        lambda app: _tables(),
        needs="can_write",
    ),
    ScreenCommand(
        "window",
        "[TIME]",
        "what the charts span: 10m, 1h, auto",
        _window,
        lambda app: ("auto", "2m", "5m", "10m", "30m", "1h", "4h", "8h"),
    ),
    ScreenCommand(
        "variant",
        "[NAME]",
        "one variant alone, or all",
        _variant,
        lambda app: ["all", *(v.name for v in app.vm.ask(variant_rows.variants))] if app.vm else [],
    ),
    ScreenCommand(
        "namespace",
        "[NAME]",
        "one namespace alone, or all",
        _namespace,
        lambda app: ["all", *app.namespaces],
    ),
    ScreenCommand(
        "pod",
        "NAME",
        "open a pod",
        lambda app, text: app.open(f"pod:{_named_pod(app, text)}"),
        _pods,
    ),
    ScreenCommand(
        "pod-log",
        "[NAME]",
        "follow a pod's own log",
        _of_pod(lambda app, pod: app.show_pod_log(pod)),
        _pods,
    ),
    ScreenCommand(
        "pod-yaml",
        "[NAME]",
        "a pod's YAML",
        _of_pod(lambda app, pod: app.show_pod_yaml(pod)),
        _pods,
    ),
    ScreenCommand(
        "filter",
        "[REGEX]",
        "filter the table in view or the log; ! inverts; alone: clear",
        lambda app, text: app.filter(text),
    ),
    ScreenCommand("level", "LEVEL", "only log lines of this level", _level, lambda app: LEVELS),
    ScreenCommand(
        "sort",
        "COLUMN",
        "sort the table, and down for descending",
        _sort,
        lambda app: panel(app.table).sorts if app.table else (),
    ),
    ScreenCommand(
        "columns",
        "[COLUMN…]",
        "only these columns of the table, also later; -COLUMN hides one; alone: all",
        _columns,
        lambda app: panel(app.table).columns if app.table else (),
    ),
    ScreenCommand("heat", "METRIC", "what the heat strip shows", _heat, lambda app: list(STRIPS)),
    ScreenCommand(
        "clock", "FORM", f"times in {' or '.join(CLOCKS)}", _clock, lambda app: list(CLOCKS)
    ),
    ScreenCommand(
        "theme",
        "NAME",
        "draw in another theme",
        lambda app, text: app.use_theme(text),
        lambda app: available(),
    ),
    ScreenCommand(
        "speed",
        "FACTOR",
        "replay speed; 0: as fast as it folds",
        _speed,
        lambda app: _speeds(),
        needs="can_go_back",
    ),
    ScreenCommand(
        "play",
        "",
        "play on from the moment shown",
        lambda app, text: app.session.play(),
        needs="can_go_back",
    ),
    ScreenCommand(
        "pause",
        "",
        "stand still at the moment shown",
        lambda app, text: app.session.pause(),
        needs="can_go_back",
    ),
    ScreenCommand(
        "live",
        "",
        "back to the newest moment",
        lambda app, text: app.action_key_live(),
        needs="can_go_back",
    ),
    ScreenCommand(
        "load",
        "[PROFILE]",
        "launch load: a profile, a manifest file, or from a list",
        lambda app, text: app.launch(text),
        _loads,
        needs="can_launch",
    ),
    ScreenCommand(
        "abort",
        "",
        "abort all load of this session, after a question",
        lambda app, text: app.action_key_abort(),
        needs="can_launch",
    ),
    ScreenCommand(
        "whatif",
        "ALTERNATIVES",
        "decide it again: replicas 4 or rule v2, …",
        lambda app, text: app.try_out(text),
        lambda app: app.beginnings(),
    ),
    ScreenCommand(
        "copy",
        "",
        "write what y copies into a file beside the recording",
        lambda app, text: app.write_copy(),
        needs="can_write",
    ),
    ScreenCommand(
        "screenshot",
        "",
        "write the screen as SVG beside the recording",
        lambda app, text: app.screenshot(),
        needs="can_write",
    ),
    ScreenCommand(
        "freeze", "", "freeze the view, or let it go on", lambda app, text: app.action_key_freeze()
    ),
    ScreenCommand(
        "messages", "", "all messages so far", lambda app, text: app.action_key_messages()
    ),
    ScreenCommand("help", "", "keys and signs", lambda app, text: app.action_key_help()),
    ScreenCommand("quit", "", "leave", lambda app, text: app.action_key_quit()),
    *(
        ScreenCommand(
            "log" if view.id == "logs" else view.id, "", f"view: {view.title}", _show(view.id)
        )
        for view in VIEWS
        if view.id not in ("load", "whatif")
    ),
)
"""All commands."""
