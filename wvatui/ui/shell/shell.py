"""The base of the app: follows the session, draws, shows messages and asks questions.

`wvatui.ui.actions` adds what keys and the mouse do.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App, ComposeResult
from textual.screen import Screen

from wvatui.analysis.whatif.table import NOTHING, Trials
from wvatui.core.lines import clean
from wvatui.errors import WvatuiError
from wvatui.host import console
from wvatui.ui import keys, rebinding
from wvatui.ui.dialogs.text import KEPT, Message
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model import layout
from wvatui.ui.model.port import AnyState, SessionPort
from wvatui.ui.model.view_model import ViewModel, answered
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.shell.guard import Guard, guarded
from wvatui.ui.theme import Palette, load
from wvatui.ui.widgets.chart import Painter
from wvatui.ui.widgets.stage import StageWidget

if TYPE_CHECKING:
    from wvatui.session.base import SessionStatus

T = TypeVar("T")
FRAME_S = 0.1
"""The least time between two frames of texts and tables, in seconds."""
KEY_QUIET_S = 0.05
"""The time that charts wait after a key, in seconds, so that the key takes effect first."""
KEY_MOST_S = 0.5
"""The most that they wait for its effect to be on the terminal, in seconds."""
MESSAGE_S = 8.0


class Shell(App[int]):
    """The app without its keys. Its only own state is the viewer's choices, `view_state`."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""
    TITLE = "wvatui"

    def __init__(
        self,
        session: SessionPort,
        *,
        palette: Palette | None = None,
        ascii_only: bool = False,
        answer: Callable[..., Any] = answered,
        guard: Guard | None = None,
        view_state: ViewState | None = None,
        bound: tuple[keys.Key, ...] = keys.KEYS,
    ) -> None:
        self.session = session
        self.palette = palette or load()
        self.symbols = ASCII if ascii_only else UNICODE
        self.view_state = view_state or ViewState()
        self.bound = bound
        self.crash: BaseException | None = None
        self.failure: WvatuiError | None = None
        self.vm: ViewModel | None = None
        self.trials: Trials = NOTHING
        self.running_session: asyncio.Task[None] | None = None
        self._answer = answer
        self._newest: tuple[AnyState, SessionStatus] | None = None
        self._frozen: AnyState | None = None
        self._frozen_at = 0.0
        self._painter_task: asyncio.Task[None] | None = None
        self._asked: set[asyncio.Task[Any]] = set()
        self._frame_due = False
        self._last_frame = 0.0
        self._last_key = 0.0
        self._unseen = False
        """Whether an action has been drawn but is not on the terminal yet."""
        self._message_until = 0.0
        self._guard = guard
        self._ended = False
        self._notice = ""
        self.messages: deque[Message] = deque(maxlen=KEPT)
        super().__init__()
        if guard is not None:
            self.driver_class = guarded(self.driver_class, guard)
        self.stage = StageWidget(self.palette, self._resized)
        self.painter = Painter(self.stage.charts, self._key_waits)
        self.set_keymap(rebinding.keymap(keys.KEYS, bound))
        self.register_theme(self.palette.theme)
        self.theme = self.palette.theme.name
        self.animation_level = "none"

    # --- start and end ------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield self.stage

    def on_mount(self) -> None:
        console.end_splash()
        self.palette = self.seen(self.palette)
        self.stage.recolour(self.palette)
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
        elif self.session.capabilities.ends:
            self.exit(0)  # the duration is over; a replay stays open at its end

    def on_unmount(self) -> None:
        if self._painter_task is not None:
            self._painter_task.cancel()
        for task in self._asked:
            task.cancel()

    # A bug ends the program with one line (see `crash`), and never prints the values of variables:
    # the next three methods override Textual's, which print them.

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

    def _heard(self, state: AnyState, status: "SessionStatus") -> None:
        """Called by the session with each new State: draw it with the next frame."""
        self._newest = (state, status)
        is_recorded = self.session.capabilities.can_record and status.recording is not None
        if self._guard is not None and is_recorded:
            self._guard.last_words = f"wvatui: left at once; {status.recorded}"
        if self._frame_due:
            return
        self._frame_due = True
        wait = self._last_frame + FRAME_S - monotonic()
        if wait <= 0:
            self.call_later(self._frame)
        else:
            asyncio.get_running_loop().call_later(wait, lambda: self.call_later(self._frame))

    def _frame(self, at_once: bool = False) -> None:
        """Draw the newest State: texts now, charts when they are due.

        `at_once`: charts do not wait either.
        """
        self._frame_due = False
        self._last_frame = monotonic()
        if self._newest is None or not self.is_running or self._exit:
            return
        state, status = self._newest
        if status.frozen:
            if self._frozen is None:
                self._frozen, self._frozen_at = state, status.shown_at
            state = self._frozen
        else:
            self._frozen = None
        vm = ViewModel(
            state=state,
            status=status,
            answer=self._answer,
            symbols=self.symbols,
            capabilities=self.session.capabilities,
            view_state=self.view_state,
            frozen_at=self._frozen_at if status.frozen else 0.0,
            bound=self.bound,
            newest=self.session.newest,
            trials=self.trials,
            beside=self.session.beside,
        ).carry(self.vm)
        if self._message_until and monotonic() > self._message_until:
            self._message_until = 0.0
            self.stage.say("", "")
        self.vm = vm = self.stage.draw(vm)
        self.painter.offer(vm, at_once)
        if not status.live and status.recording_state != self._notice:
            self._notice = status.recording_state
            if self._notice not in ("", "loading", "finished"):
                self.say(f"{self.symbols.warn} {self._notice}", "warn")
        elif status.recording_news and status.recording_news != self._notice:
            self._notice = status.recording_news
            self.say(f"{self.symbols.warn} {self._notice}", "warn")

    def redraw(self) -> None:
        """Draw at once, after an action of the viewer."""
        self._newest = (self.session.state, self.session.status)
        self._frame(at_once=True)
        self._unseen = self.call_after_refresh(self._seen)

    def _seen(self) -> None:
        self._unseen = False

    def choose(self, view_state: ViewState) -> None:
        """Replace the viewer's choices and draw; leaving a view removes its message."""
        shown = view_state if self.vm is None else self.vm.view_state
        if (view_state.view, view_state.detail) != (shown.view, shown.detail):
            self.hush()
        self.view_state = view_state
        self.redraw()

    def show_view(self, name: str) -> None:
        """Show a view, with nothing opened or maximised in it."""
        self.choose(self.view_state.but(view=name, detail=(), maximised="", focus=""))

    def hush(self) -> None:
        """Remove the message."""
        self._message_until = 0.0
        self.stage.say("", "")

    def copy(self, text: str) -> None:
        """Copy text to the terminal's clipboard (OSC 52)."""
        self.copy_to_clipboard(clean(text))

    def _resized(self) -> None:
        self.stage.forget()
        self.redraw()

    def _key_waits(self) -> bool:
        waited = monotonic() - self._last_key
        return waited < KEY_QUIET_S or (self._unseen and waited < KEY_MOST_S)

    def say(self, text: str, style: str = "info") -> None:
        """Show a message at the bottom, in place of the keys, for `MESSAGE_S` seconds."""
        self._message_until = monotonic() + MESSAGE_S
        at = self.vm.time(self.session.status.shown_at) if self.vm is not None else ""
        self.messages.append(Message(at, sanitize(text, 600), style))
        self.stage.say(text, style)
        self.set_timer(MESSAGE_S + FRAME_S, self.redraw)
        self.redraw()

    # --- questions ----------------------------------------------------------------------

    def dialog(self, screen: Screen[T]) -> "asyncio.Future[T | None]":
        """Show a dialog over the screen; the future gets its answer."""
        answer: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

        def answered(value: T | None) -> None:
            if not answer.done():
                answer.set_result(value)

        self.push_screen(screen, answered)
        return answer

    def room(self) -> int:
        """The width of the text in a dialog, in cells."""
        return max(20, min(104, self.size.width * 96 // 100) - 7)

    def ask_session(self, work: Coroutine[Any, Any, str]) -> None:
        """Run a coroutine of the session in the background, and show its result as a message."""

        async def run() -> None:
            try:
                told = await work
            except WvatuiError as error:
                self.complain(error)
            else:
                if told:
                    self.say(told)

        task = asyncio.create_task(run())
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        task.add_done_callback(self._painter_ended)

    def complain(self, error: WvatuiError) -> None:
        """Show an error as a message, with its hint."""
        self.say(error.message + (f" ({error.hint})" if error.hint else ""), "bold bad")

    def seen(self, palette: Palette) -> Palette:
        """The palette that this terminal can show; exported pictures always have all colours."""
        few = self.console.color_system in ("standard", "windows") and not self.is_headless
        return palette.in_sixteen() if few else palette

    def use_theme(self, name: str) -> None:
        """Switch to another theme. Raises ConfigError for an unknown or invalid theme."""
        self.palette = self.seen(load(name))
        self.register_theme(self.palette.theme)
        self.theme = self.palette.theme.name
        self.stage.recolour(self.palette)
        self.stage.forget()
        self.say(f"theme {self.palette.title}; t: the next")

    def end_session(self, reason: str) -> None:
        """Stop the session, for `reason`; further calls do nothing."""
        if not self._ended:
            self._ended = True
            self.session.stop(reason)

    def ask(
        self,
        question: str,
        answer: Callable[[str], None],
        *,
        text: str = "",
        placeholder: str = "",
        changing: Callable[[str], None] | None = None,
        complete: Callable[[str], list[str]] | None = None,
        told: Callable[[str], str] = lambda text: "",
    ) -> None:
        """Ask for a line of text, unless the prompt is in use already; see `Prompt.ask`."""
        if self.stage.prompt.asking or layout.too_small(*self.size):
            return

        def answered(value: str) -> None:
            self.redraw()
            answer(value)

        self.stage.prompt.ask(
            question,
            answered,
            text=text,
            placeholder=placeholder,
            changing=changing,
            complete=complete,
            told=told,
        )
        self.redraw()
