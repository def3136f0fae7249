"""The app: `Shell` with all actions of keys, commands and the mouse."""

from time import monotonic
from typing import TYPE_CHECKING

from textual import events, on

from wvatui.errors import WvatuiError
from wvatui.ui import keys
from wvatui.ui.actions.load import LoadActions
from wvatui.ui.actions.pod import PodActions
from wvatui.ui.actions.session import SessionActions
from wvatui.ui.actions.view import ChartActions, ViewActions
from wvatui.ui.actions.whatif import WhatIfActions
from wvatui.ui.app import command_line
from wvatui.ui.dialogs.text import HelpScreen, MessagesScreen
from wvatui.ui.model.port import AnyState
from wvatui.ui.panels.overview import footer, header, scrubber
from wvatui.ui.theme import after
from wvatui.ui.widgets.stage import StageWidget

if TYPE_CHECKING:
    from wvatui.session.base import SessionStatus


class WvatuiApp(PodActions, SessionActions, LoadActions, WhatIfActions, ViewActions, ChartActions):
    """The Textual app of wvatui."""

    BINDINGS = keys.bindings()  # type: ignore[assignment]
    _asked_of_leftovers = False

    def _heard(self, state: AnyState, status: "SessionStatus") -> None:
        super()._heard(state, status)
        if self.session.capabilities.can_launch and not self._asked_of_leftovers:
            self._asked_of_leftovers = True
            self.offer_leftovers()

    # --- keys ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether the session can do an action; Textual hides keys of those it cannot."""
        key = keys.by_action(action, str(parameters[0]) if parameters else "")
        if key is None:
            return True
        if key.id in ("load.launch", "load.abort"):
            return True  # without the right, the action explains why
        return key.usable(self.session.capabilities)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self._last_key = monotonic()
            if await self._done_at_once(event):
                return
        await super().on_event(event)

    async def _done_at_once(self, event: events.Key) -> bool:
        """Run the action of a key, unless a widget or a dialog has the focus; returns whether it
        was handled.

        Textual would queue the key, and the rest of a burst of keys after it; but the text behind
        a colon must find the prompt open.
        """
        if self.focused is not None or len(self.screen_stack) > 1:
            return False
        names = set(event.aliases)
        row = next((key for key in self.bound if names & set(key.keys)), None)
        arguments = (row.argument,) if row is not None and row.argument else ()
        if row is None and event.is_printable and event.character:
            self.say(f"{event.character} does nothing here; ? tells all keys")
            return True
        if row is None or row.priority:
            return False
        if not self.check_action(row.action, arguments):
            self.say(f"{row.shown} needs {row.needs}: {row.title.removeprefix('view: ')}")
            return True
        await self.run_action(row.call)
        return True

    def action_key_help(self) -> None:
        self.push_screen(
            HelpScreen(self.palette, self.session.capabilities, self.symbols, self.bound)
        )

    def action_key_command(self) -> None:
        self.ask(
            ":",
            self._command,
            placeholder="a command; tab completes, up recalls",
            complete=lambda text: command_line.completions(self, text),
            told=command_line.told,
        )

    def _command(self, text: str) -> None:
        try:
            command_line.run(self, text)
        except WvatuiError as error:
            self.complain(error)

    def action_key_messages(self) -> None:
        self.push_screen(MessagesScreen(self.palette, self.messages, self.symbols))

    def action_key_theme(self) -> None:
        self.use_theme(after(self.palette.name).name)

    # --- mouse --------------------------------------------------------------------------

    @on(StageWidget.Clicked)
    def stage_clicked(self, event: StageWidget.Clicked) -> None:
        place = event.place
        if self.vm is None:
            return
        if place.part == "header" and event.y == 1:
            if name := header.tab_at(self.vm, event.x, place.width):
                self.action_key_view(name)
        elif place.part in ("health", "state"):
            self.action_key_view("health")
        elif place.part == "footer":
            if key := footer.key_at(self.vm, event.x, place.width):
                self.call_later(self.run_action, key.call)
        elif place.part == "scrubber":
            if self.session.capabilities.can_go_back:
                self.go_to(scrubber.moment_at(self.vm, event.x, place.width))
        elif place.chart:
            at = self.stage.moment_at(place, event.x)
            if at is not None:
                self.read_at(min(at, self.vm.status.shown_at))
        else:
            self.clicked(place.part, event.y, event.twice)

    @on(StageWidget.Wheel)
    def stage_wheel(self, event: StageWidget.Wheel) -> None:
        if event.place.chart:
            self.zoom(inwards=event.up)
        elif event.place.part == self.table:
            self.move(-1 if event.up else 1)

    def action_key_clear(self) -> None:
        """Undo one thing; a running computation of what-if is stopped first."""
        if not self.stop_trying():
            super().action_key_clear()

    # --- end ----------------------------------------------------------------------------

    def action_quit_now(self, code: int) -> None:
        """End the screen and then the session; the guard ends the process if that takes long."""
        if self._guard is not None:
            self._guard.arm(code or self.session.status.exit_code)
        self.end_session("quit" if code == 0 else "interrupted")
        self.exit(code)

    def action_key_quit(self) -> None:
        self.action_quit_now(0)

    def action_key_leave(self) -> None:
        self.action_quit_now(130)
