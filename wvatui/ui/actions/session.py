"""Actions on the session: marks, snapshots, freezing, and moving through time."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from wvatui.errors import WvatuiError
from wvatui.ui.actions.table import TableActions
from wvatui.ui.draw.picture import in_cells
from wvatui.ui.draw.sanitize import sanitize


class SessionActions(TableActions):
    """The part of the app that marks, exports, freezes and moves through time."""

    def action_key_freeze(self) -> None:
        self.session.freeze(not self.session.status.frozen)
        self.redraw()

    def action_key_mark(self) -> None:
        then = "" if self.session.status.at_edge else " at the moment shown"
        self.ask("mark with a note", self.mark, placeholder=f"what happens{then or ' now'}")

    def action_key_retry(self) -> None:
        self.session.retry()
        self.say("retrying now what failed or was refused")

    def mark(self, note: str) -> None:
        """Put a mark with a note at the present moment."""
        try:
            self.session.mark(sanitize(note.strip(), 500))
        except WvatuiError as error:
            self.complain(error)
        else:
            self.say(f"marked: {note.strip()}" if note.strip() else "marked")

    def action_key_snapshot(self) -> None:
        try:
            path = self.session.snapshot()
        except WvatuiError as error:
            self.say(error.message, "bold bad")
        else:
            self.copy(str(path))
            self.say(f"snapshot written: {from_home(path)} (path copied)", "ok")

    def action_key_copy(self) -> None:
        """Copy the selected text to the terminal's clipboard; `:copy` writes it to a file."""
        text = self.selected_text()
        if not text:
            self.say("nothing to copy here: select a row")
            return
        self.copy(text)
        self.say(f"copied: {text}   (no clipboard? :copy writes a file)", "ok")

    def write_copy(self) -> None:
        """Write the selected text to a file."""
        if text := self.selected_text():
            self._keep(text + "\n", ".txt", "written")
        else:
            self.say("nothing to copy here: select a row")

    def screenshot(self) -> None:
        """Write the screen as SVG, after the command line has closed."""

        def keep() -> None:
            svg = in_cells(self.export_screenshot(title=self.TITLE))
            self._keep(svg, ".svg", "screenshot")

        self.call_after_refresh(keep)

    def _keep(self, text: str, ending: str, what: str) -> None:
        try:
            path = self.session.keep(text, ending)
        except WvatuiError as error:
            self.complain(error)
        else:
            self.copy(str(path))
            self.say(f"{what}: {from_home(path)} (path copied)", "ok")

    def export_table(self, table: str) -> None:
        """Write a whole table beside the recording, in the background."""
        self.say(f"writing {table}")
        self.ask_session(self._export(table))

    async def _export(self, table: str) -> str:
        paths = await asyncio.to_thread(self.session.export_table, table)
        self.copy(str(paths[0]))
        return f"written: {', '.join(from_home(path) for path in paths)}"

    def action_key_toggle(self) -> None:
        self._move_time(self.session.toggle)

    def action_key_live(self) -> None:
        self._move_time(self.session.to_live)

    def action_key_slower(self) -> None:
        self._pace(self.session.slower)

    def action_key_faster(self) -> None:
        self._pace(self.session.faster)

    def _pace(self, change: Callable[[], float]) -> None:
        if self.session.status.live and self.session.status.at_edge:
            self.say("live has its own pace; [ goes back in time")
        else:
            self._move_time(change)

    def _move_time(self, ask: Callable[[], object]) -> None:
        """Ask the session to move, and show the reason if it cannot."""
        try:
            ask()
        except WvatuiError as error:
            self.complain(error)
        else:
            self.redraw()

    def action_key_back(self) -> None:
        self.ask_session(self._step(-1))

    def action_key_forward(self) -> None:
        self.ask_session(self._step(1))

    async def _step(self, direction: int) -> str:
        await self.session.step(direction)
        return ""

    def action_key_previous(self) -> None:
        self.ask_session(self._jump(-1))

    def action_key_next(self) -> None:
        self.ask_session(self._jump(1))

    async def _jump(self, direction: int) -> str:
        event = await self.session.jump(direction)
        if event is None:
            return "no event after this one" if direction > 0 else "no event before this one"
        return f"{event.kind}: {sanitize(event.text, 200)}"

    def action_key_goto(self) -> None:
        self.ask("go to", self.go_to, placeholder="12m30s, T+12:30, 14:05:00 or 50%")

    def go_to(self, to: str) -> None:
        """Move to the moment `to`, such as `12m`, `T+90`, `14:05:00` or `50%`."""
        if to.strip():
            self.ask_session(self._seek(to.strip()))

    async def _seek(self, to: str) -> str:
        await self.session.seek(to)
        return ""


def from_home(path: Path) -> str:
    """The path, with `~` for the home directory."""
    with contextlib.suppress(ValueError, RuntimeError):
        return f"~/{path.relative_to(Path.home())}"
    return str(path)
