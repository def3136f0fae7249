"""The app: listens to the session, draws scenes, and turns keys into calls on the session."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, ComposeResult

from wvatui.errors import WvatuiError
from wvatui.ui import keys, layout
from wvatui.ui.dialogs.help import HelpScreen
from wvatui.ui.guard import Guard, guarded
from wvatui.ui.painter import Painter
from wvatui.ui.port import SessionPort, State, Views, core_views
from wvatui.ui.safe import safe
from wvatui.ui.scene import Choice, Scene
from wvatui.ui.symbols import ASCII, UNICODE
from wvatui.ui.themes import Palette, load
from wvatui.ui.widgets.stage import Stage

if TYPE_CHECKING:
    from wvatui.session import SessionStatus

FRAME_S = 0.1
"""Text and tables follow at most this often."""
KEY_QUIET_S = 0.05
"""Charts wait so long after a key: its answer comes first."""
MESSAGE_S = 8.0


class WvatuiApp(App[int]):
    """The first screen. All it remembers of its own is the viewer's choice."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""
    BINDINGS = keys.bindings()  # type: ignore[assignment]
    TITLE = "wvatui"

    def __init__(
        self,
        session: SessionPort,
        *,
        palette: Palette | None = None,
        ascii_only: bool = False,
        views: Views | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.session = session
        self.palette = palette or load()
        self.symbols = ASCII if ascii_only else UNICODE
        self.choice = Choice()
        self.crash: BaseException | None = None
        self.failure: WvatuiError | None = None
        self.scene: Scene | None = None
        self.running_session: asyncio.Task[None] | None = None
        self._views = views
        self._newest: tuple[State, SessionStatus] | None = None
        self._frozen: State | None = None
        self._frozen_at = 0.0
        self._painter_task: asyncio.Task[None] | None = None
        self._asked: set[asyncio.Task[Any]] = set()
        self._frame_due = False
        self._last_frame = 0.0
        self._last_key = 0.0
        self._message_until = 0.0
        self._guard = guard
        self._ended = False
        self._notice = ""
        super().__init__()
        if guard is not None:
            self.driver_class = guarded(self.driver_class, guard)
        self.stage = Stage(self.palette, self._resized)
        self.painter = Painter(self.stage.charts, self._key_waits)
        self.register_theme(self.palette.theme)
        self.theme = self.palette.theme.name
        self.animation_level = "none"

    # --- coming and going ---------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.stage

    def on_mount(self) -> None:
        self.session.listen(self._heard)
        self._painter_task = self._watch(self.painter.run(), self._painter_ended)
        self.running_session = self._watch(self.session.run(), self._session_ended)
        self._heard(self.session.state, self.session.status)

    def _watch(
        self, work: Coroutine[Any, Any, None], ended: Callable[[asyncio.Task[None]], None]
    ) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(ended)
        return task

    def _painter_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _session_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self._exit:
            return
        error = task.exception()
        if isinstance(error, WvatuiError):
            self.failure = error
            self.exit(error.exit_code)
        elif error is not None:
            self._fail(error)
        elif not self.session.capabilities.can_seek:
            self.exit(0)  # its time is over; a replay stays open at its end

    def on_unmount(self) -> None:
        if self._painter_task is not None:
            self._painter_task.cancel()

    # An error of the program itself ends it with one line (see `crash`), never with the values of
    # variables on the terminal: these three replace Textual's own, which print them.

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, Exception):
            self._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        if self.crash is None:
            self.crash = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *renderables: Any) -> None:
        self._close_messages_no_wait()

    # --- drawing ------------------------------------------------------------------------

    def _heard(self, state: State, status: "SessionStatus") -> None:
        """The session has something new; drawn with the next frame."""
        self._newest = (state, status)
        if self._guard is not None and status.mode == "LIVE" and status.recording is not None:
            self._guard.last_words = f"wvatui: left at once; recorded in {status.recording}"
        if self._frame_due:
            return
        self._frame_due = True
        wait = self._last_frame + FRAME_S - monotonic()
        if wait <= 0:
            self.call_later(self._frame)
        else:
            asyncio.get_running_loop().call_later(wait, lambda: self.call_later(self._frame))

    def _frame(self, at_once: bool = False) -> None:
        """Draw the newest State: text now, charts when it is their turn."""
        self._frame_due = False
        self._last_frame = monotonic()
        if self._newest is None or not self.is_running or self._exit:
            return
        state, status = self._newest
        views = self._views
        if views is None:
            views = self._views = core_views()
        if status.frozen:
            if self._frozen is None:
                self._frozen, self._frozen_at = state, status.shown_at
            state = self._frozen
        else:
            self._frozen = None
        scene = Scene(
            state=state,
            status=status,
            views=views,
            symbols=self.symbols,
            capabilities=self.session.capabilities,
            choice=self.choice,
            behind_s=max(0.0, status.ended_at - self._frozen_at) if status.frozen else 0.0,
        ).carry(self.scene)
        self.scene = scene
        if self._message_until and monotonic() > self._message_until:
            self._message_until = 0.0
            self.stage.say("", "")
        self.stage.draw(scene)
        self.painter.offer(scene, at_once)
        if status.mode == "REPLAY" and status.recording_state != self._notice:
            self._notice = status.recording_state
            if self._notice not in ("", "loading", "finished"):
                self.say(f"{self.symbols.warn} {self._notice}", "warn")

    def redraw(self) -> None:
        """Show at once what the viewer changed."""
        self._newest = self._newest or (self.session.state, self.session.status)
        self._frame(at_once=True)

    def _resized(self) -> None:
        self.stage.forget()
        self.redraw()

    def _key_waits(self) -> bool:
        return monotonic() - self._last_key < KEY_QUIET_S

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            self._last_key = monotonic()
        await super().on_event(event)

    def say(self, text: str, style: str = "info") -> None:
        """A message at the bottom, in place of the keys, for a few seconds."""
        self._message_until = monotonic() + MESSAGE_S
        self.stage.say(text, style)
        self.set_timer(MESSAGE_S + FRAME_S, self.redraw)
        self.redraw()

    # --- keys ---------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that the session cannot do are not there."""
        key = keys.by_action(action)
        if key is None:
            return True
        if key.id == "view.charts" and self.stage.plan is not None and self.stage.plan.charts >= 4:
            return False
        return key.usable(self.session.capabilities)

    def _ask_session(self, work: Coroutine[Any, Any, str]) -> None:
        """Let the session work without holding the keys; its answer is a message."""

        async def run() -> None:
            try:
                told = await work
            except WvatuiError as error:
                self.say(error.message + (f" ({error.hint})" if error.hint else ""), "bold bad")
            else:
                if told:
                    self.say(told)

        task = asyncio.create_task(run())
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        task.add_done_callback(self._painter_ended)

    def action_key_help(self) -> None:
        self.push_screen(HelpScreen(self.palette, self.session.capabilities, self.symbols))

    def action_quit_now(self, code: int) -> None:
        """Leave: the screen first, then the session gets a moment to end."""
        if self._guard is not None:
            self._guard.arm(code)
        self.end_session("quit" if code == 0 else "interrupted")
        self.exit(code)

    def end_session(self, reason: str) -> None:
        """Tell the session, once, that it is over and why."""
        if not self._ended:
            self._ended = True
            self.session.stop(reason)

    def action_key_quit(self) -> None:
        self.action_quit_now(0)

    def action_key_leave(self) -> None:
        self.action_quit_now(130)

    def action_key_freeze(self) -> None:
        self.session.freeze(not self.session.status.frozen)
        self._newest = (self.session.state, self.session.status)
        self.redraw()

    def action_key_mark(self) -> None:
        self._ask("mark with a note", self._mark, placeholder="what happens now")

    def _mark(self, note: str) -> None:
        self.session.mark(safe(note.strip(), 500))
        self.say(f"marked: {note.strip()}" if note.strip() else "marked")

    def action_key_snapshot(self) -> None:
        try:
            path = self.session.snapshot()
        except WvatuiError as error:
            self.say(error.message, "bold bad")
        else:
            self.say(f"snapshot written: {_from_home(path)}", "ok")

    def action_key_filter(self) -> None:
        self._ask(
            "filter",
            self._filter,
            text=self.choice.pattern,
            placeholder="a regular expression; ! in front keeps what does not match",
            changing=self._filter,
        )

    def _filter(self, pattern: str) -> None:
        """Filter as it is typed; a half-typed expression keeps the last one that made sense."""
        if self._newest is not None:
            try:
                (self._views or core_views()).log_tail(self._newest[0], 1, pattern)
            except ValueError as error:
                if not self.stage.prompt.asking:
                    self.say(str(error), "bold bad")
                return
        self.choice = Choice(pattern, self.choice.page)
        self.redraw()

    def action_key_clear(self) -> None:
        self._message_until = 0.0
        self.stage.say("", "")
        self.choice = Choice("", self.choice.page)
        self.redraw()

    def action_key_charts(self) -> None:
        self.choice = Choice(self.choice.pattern, self.choice.page + 1)
        self.redraw()

    def action_key_toggle(self) -> None:
        self.session.toggle()

    def action_key_slower(self) -> None:
        self.session.slower()

    def action_key_faster(self) -> None:
        self.session.faster()

    def action_key_back(self) -> None:
        self._ask_session(self._step(-1))

    def action_key_forward(self) -> None:
        self._ask_session(self._step(1))

    async def _step(self, direction: int) -> str:
        await self.session.step(direction)
        return ""

    def action_key_previous(self) -> None:
        self._ask_session(self._jump(-1))

    def action_key_next(self) -> None:
        self._ask_session(self._jump(1))

    async def _jump(self, direction: int) -> str:
        event = await self.session.jump(direction)
        if event is None:
            return "no event after this one" if direction > 0 else "no event before this one"
        return f"{event.kind}: {safe(event.text, 200)}"

    def action_key_goto(self) -> None:
        self._ask("go to", self._goto, placeholder="12m30s, T+90, 14:05:00 or 50%")

    def _goto(self, to: str) -> None:
        if to.strip():
            self._ask_session(self._seek(to.strip()))

    async def _seek(self, to: str) -> str:
        await self.session.seek(to)
        return ""

    def _ask(
        self,
        question: str,
        answer: Callable[[str], None],
        *,
        text: str = "",
        placeholder: str = "",
        changing: Callable[[str], None] | None = None,
    ) -> None:
        if self.stage.prompt.asking or layout.too_small(*self.size):
            return

        def answered(value: str) -> None:
            self.redraw()
            answer(value)

        self.stage.prompt.ask(
            question, answered, text=text, placeholder=placeholder, changing=changing
        )
        self.redraw()


def _from_home(path: Path) -> str:
    with contextlib.suppress(ValueError, RuntimeError):
        return f"~/{path.relative_to(Path.home())}"
    return str(path)
