"""The launcher: a list of loads, a form for the chosen one, and the text of the confirmation.

Pure functions decide which fields a form has, and turn its texts into an order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from wvatui.config.settings import duration_s
from wvatui.core.events import Stage
from wvatui.core.lines import many
from wvatui.errors import UsageError
from wvatui.load.make.order import FoundTargets, LaunchPreview, Option, Order, file_option
from wvatui.load.profiles.profiles import Profile
from wvatui.ui.draw.line import Line, wrapped
from wvatui.ui.draw.sanitize import fit, heading, sanitize
from wvatui.ui.draw.symbols import Symbols, plain
from wvatui.ui.model.panel import chosen, window_of
from wvatui.ui.panels.load.jobs import rate
from wvatui.ui.theme import Palette
from wvatui.ui.widgets.lineview import LineView

FILE = Option("a manifest file", "a Job of yours, by its path", "file")
"""The option for a manifest file whose path is asked for in the form."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. `text` is its initial text; `offers` are suggestions, the likeliest
    first."""

    id: str
    label: str
    text: str = ""
    hint: str = ""
    offers: tuple[str, ...] = ()


def fields_of(option: Option, targets: FoundTargets) -> tuple[Field, ...]:
    """The fields of an option; none for a manifest, which is launched as it is."""
    profile, order = option.profile, option.order
    if option is FILE:
        return (Field("path", "file", "", "path of a manifest"),)
    if profile is None:
        return ()
    fields = []
    if profile.peak is not None:
        fields.append(Field("rate", "rate", f"{profile.peak:.6g}", "requests/s at the highest"))
    fields.append(Field("duration", "duration", spelled(profile.duration_s), "such as 10m, 1h30m"))
    if profile.prompt.mean:
        words = _spread(profile, "prompt")
        fields.append(Field("prompt", "prompt tokens", str(profile.prompt.mean), words))
    words = _spread(profile, "answer")
    fields.append(Field("answer", "output tokens", str(profile.answer.mean), words))
    target = profile.target or next(iter(targets.targets), "")
    model = profile.model or next(iter(targets.models), "")
    hint = "where requests go" + (f"; {len(targets.targets)} found" if targets.targets else "")
    fields.append(Field("target", "target", target, hint, targets.targets))
    fields.append(Field("model", "model", model, "as the servers call it", targets.models))
    return tuple(_as_before(field, order) for field in fields) if order else tuple(fields)


def _as_before(field: Field, order: Order) -> Field:
    """The field with the text of the previous order, if that had one."""
    said: Mapping[str, str] = {
        "rate": f"{order.rate:.6g}" if order.rate is not None else "",
        "duration": spelled(order.duration_s) if order.duration_s is not None else "",
        "prompt": str(order.prompt_tokens or ""),
        "answer": str(order.output_tokens or ""),
        "target": order.target,
        "model": order.model,
    }
    return replace(field, text=said.get(field.id) or field.text)


def _spread(profile: Profile, which: str) -> str:
    tokens = profile.prompt if which == "prompt" else profile.answer
    if tokens.min is None and not tokens.stdev:
        return "each" if profile.tool != "vllm-bench" else "at most"
    low = f"{tokens.min} to {tokens.max}" if tokens.min is not None else f"± {tokens.stdev}"
    return f"mean, {low}; another number: all alike"


def spelled(seconds: float) -> str:
    """A duration as people write it: 10m, 1h30m, 720s."""
    whole = round(seconds)
    if whole != seconds or whole < 60:
        return f"{seconds:g}s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if n)


def order_of(option: Option, texts: Mapping[str, str]) -> Order:
    """The order in the form: `texts` has field id → text; an unchanged text keeps the profile's
    value.

    Raises UsageError for a text that is no number or duration, and for a missing path.
    """
    if option is FILE:
        path = texts.get("path", "").strip()
        if not path:
            raise UsageError("a path is needed")
        return Order(file_option(Path(path).expanduser()))
    profile = option.profile
    if profile is None:
        return Order(option)
    own = {field.id: field.text for field in fields_of(replace(option, order=None), FoundTargets())}
    given = {k: v.strip() for k, v in texts.items() if v.strip() and v.strip() != own.get(k)}
    return Order(
        replace(option, order=None),
        rate=_number(given, "rate"),
        duration_s=_length(given),
        prompt_tokens=_whole(given, "prompt"),
        output_tokens=_whole(given, "answer"),
        target=texts.get("target", "").strip(),
        model=texts.get("model", "").strip(),
    )


def _number(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        return float(given[name].removesuffix("/s"))
    except ValueError:
        raise UsageError(f"{name}: {given[name]!r} is no number") from None


def _whole(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    try:
        return int(given[name])
    except ValueError:
        raise UsageError(f"{name} tokens: {given[name]!r} is no whole number") from None


def _length(given: Mapping[str, str]) -> float | None:
    if "duration" not in given:
        return None
    try:
        return duration_s(given["duration"])
    except ValueError as error:
        raise UsageError(f"duration: {error}") from None


def option_lines(
    options: Sequence[Option], at: int, width: int, height: int, symbols: Symbols
) -> list[Line]:
    """One line per option, at most `height`; the chosen one, index `at`, is marked and visible."""
    first = window_of(len(options), at, height)
    names = min(24, max((cell_len(sanitize(o.name, 60)) for o in options), default=8))
    out: list[Line] = []
    for number, option in enumerate(options[first : first + height], first):
        line: Line = (
            (f" {fit(sanitize(option.name, 60), names, symbols.ellipsis)} ", "bold"),
            (f"{option.kind:<9}", "muted"),
            (fit(sanitize(option.title, 200), max(1, width - names - 12), symbols.ellipsis), ""),
        )
        if not symbols.unicode:
            line = tuple((plain(text), style) for text, style in line)
        out.append(chosen(line, width, symbols) if number == at else line)
    return out


def stages_in_words(stages: Sequence[Stage]) -> str:
    """Stages with their rates and lengths; one that does not begin at the end of those before has
    its beginning, and those that overlap are added."""
    parts, end, overlap = [], 0.0, False
    for stage in stages:
        length = "?" if stage.duration_s is None else spelled(stage.duration_s)
        start = "" if abs(stage.start_s - end) < 1.0 else f" from {spelled(stage.start_s)} on"
        overlap |= stage.start_s <= end - 1.0
        end = max(end, stage.start_s + (stage.duration_s or 0.0))
        parts.append(f"{rate(stage.rate)} for {length}{start}")
    return (" + " if overlap else ", ").join(parts)


def draft_lines(draft: LaunchPreview, width: int, symbols: Symbols) -> list[Line]:
    """The text of a confirmation: where the job goes, its load, warnings, and the manifest."""
    facts = [
        ("context", draft.context or symbols.missing),
        ("server", draft.server),
        ("namespace", draft.namespace),
        ("object", f"{draft.kind} {draft.name}"),
    ]
    out: list[Line] = [
        ((f"{name:<11}", "muted"), (sanitize(value, 200), "bold")) for name, value in facts
    ]
    if draft.stages:
        rates = stages_in_words(draft.stages[:6])
        more = f", {len(draft.stages) - 6} more" if len(draft.stages) > 6 else ""
        out += [
            ((f"{'load':<11}" if not n else " " * 11, "muted"), (piece, ""))
            for n, piece in enumerate(wrapped(rates + more, width - 11))
        ]
    for level, texts in (("warn", draft.warnings), ("ok", draft.notes)):
        for text in texts:
            for number, piece in enumerate(wrapped(sanitize(text, 400), width - 2)):
                sign = f"{symbols.level[level]} " if not number else "  "
                out.append(((sign + piece, level),))
    out += [(), ((f"manifest, {many(len(draft.manifest), 'line')}", "muted"),)]
    for text in draft.manifest:
        shown = sanitize(text, 4000)
        indent = len(shown) - len(shown.lstrip())
        pieces = wrapped(shown, width - 4)
        out += [
            ((("  " if not n else "  " + " " * min(indent + 2, 20)) + piece, ""),)
            for n, piece in enumerate(pieces)
        ]
    if not symbols.unicode:
        out = [tuple((plain(text), style) for text, style in line) for line in out]
    return out


class ChooseScreen(ModalScreen[int | None]):
    """A dialog with the loads that can be launched; returns the index of the chosen one."""

    DEFAULT_CSS = """
    ChooseScreen { align: center middle; background: $background 60%; }
    ChooseScreen #choose-box {
        width: 100; max-width: 96%; height: auto; max-height: 94%;
        border: round $border; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $foreground; background: $surface; padding: 0 1;
    }
    ChooseScreen #choose-list { background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "take", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
    ]

    def __init__(
        self, palette: Palette, symbols: Symbols, options: Sequence[Option], at: int = 0
    ) -> None:
        super().__init__()
        self._symbols, self._options, self._at = symbols, options, at
        self._list = LineView(palette, id="choose-list")

    def compose(self) -> ComposeResult:
        box = Vertical(id="choose-box")
        box.border_title = "Launch load: enter takes one, esc leaves"
        with box:
            yield self._list

    def on_mount(self) -> None:
        self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        width = min(100, self.app.size.width * 96 // 100) - 4
        height = min(len(self._options), max(1, self.app.size.height * 94 // 100 - 2))
        self._list.styles.height = height
        self._list.show(option_lines(self._options, self._at, width, height, self._symbols))

    def action_move(self, by: int) -> None:
        """Move the choice by `by` lines."""
        self._at = min(max(self._at + by, 0), len(self._options) - 1)
        self._show()

    def action_take(self) -> None:
        """Return the chosen index."""
        self.dismiss(self._at)

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)


def _input(field: Field) -> Input:
    """The input box of a field, with its suggestions."""
    offers = SuggestFromList(field.offers) if field.offers else None
    return Input(
        sanitize(field.text, 400),
        id=f"field-{field.id}",
        compact=True,
        select_on_focus=False,
        suggester=offers,
    )


class FormScreen(ModalScreen[dict[str, str] | None]):
    """A dialog with fields to fill in; returns field id → text."""

    DEFAULT_CSS = """
    FormScreen { align: center middle; background: $background 60%; }
    FormScreen #form-box {
        width: 84; max-width: 96%; height: auto; max-height: 94%;
        border: round $border; border-title-color: $primary; border-title-style: bold;
        background: $surface; padding: 0 2;
    }
    FormScreen .form-row { height: 1; }
    FormScreen Label { width: 15; color: $foreground; }
    FormScreen Input { width: 1fr; height: 1; border: none; padding: 0; background: $background; }
    FormScreen Input:focus { border: none; }
    FormScreen #form-said { height: auto; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up,shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("down,tab", "app.focus_next", show=False, priority=True),
    ]

    def __init__(
        self, palette: Palette, symbols: Symbols, title: str, fields: Sequence[Field], wrong: str
    ) -> None:
        """`wrong`: the fault in the texts typed before; empty: none."""
        super().__init__()
        self._symbols = symbols
        self._heading, self._fields, self._wrong = title, fields, wrong
        self._said = LineView(palette, id="form-said")
        self._inputs = {field.id: _input(field) for field in fields}

    def compose(self) -> ComposeResult:
        box = Vertical(id="form-box")
        box.border_title = heading(f"{sanitize(self._heading, 60)}: enter goes on, esc leaves")
        with box:
            for field in self._fields:
                with Horizontal(classes="form-row"):
                    yield Label(field.label, markup=False)
                    yield self._inputs[field.id]
            yield self._said

    def on_mount(self) -> None:
        self._say("")
        next(iter(self._inputs.values())).focus()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Show the purpose of the focused field, and up to three suggestions."""
        field = next((f for f in self._fields if event.widget.id == f"field-{f.id}"), None)
        if field is not None:
            others = [offer for offer in field.offers if offer != field.text]
            more = f"; or {', '.join(others[:3])}" if others else ""
            self._say(f"{field.label}: {field.hint}{more}")

    def _say(self, hint: str) -> None:
        width = min(84, self.app.size.width * 96 // 100) - 6
        lines: list[Line] = [()]
        if self._wrong:
            pieces = wrapped(f"{self._symbols.level['bad']} {sanitize(self._wrong, 600)}", width)
            lines += [((piece, "bold bad"),) for piece in pieces]
        lines += [((piece, ""),) for piece in wrapped(sanitize(hint, 400), width)]
        next_ = "next: the target is asked once, the server runs it dry, and you see it all"
        lines += [((piece, "muted"),) for piece in wrapped(next_, width)]
        self._said.styles.height = len(lines)
        self._said.show(lines)

    def on_input_submitted(self) -> None:
        """Return all texts, on enter in any field."""
        self.dismiss({id_: box.value for id_, box in self._inputs.items()})

    def action_leave(self) -> None:
        """Return None: nothing is launched."""
        self.dismiss(None)
