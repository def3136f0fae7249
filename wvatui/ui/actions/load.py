"""Actions on load: launching it, aborting it, deleting load jobs left by an earlier session."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from wvatui.core.lines import many
from wvatui.errors import UsageError, WvatuiError
from wvatui.load.make.order import LaunchPreview, Option, named
from wvatui.ui.dialogs.launch import (
    FILE,
    ChooseScreen,
    Field,
    FormScreen,
    draft_lines,
    fields_of,
    order_of,
)
from wvatui.ui.dialogs.text import AskScreen
from wvatui.ui.draw.line import Line
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.shell.shell import Shell

if TYPE_CHECKING:
    from wvatui.load.make.launcher import Launcher

T = TypeVar("T")
NOTHING = "nothing was launched"


class LoadActions(Shell):
    """The part of the app that launches, aborts and deletes load."""

    _busy_with_load = False

    # --- launching

    def action_key_launch(self) -> None:
        self.launch("")

    def launch(self, name: str) -> None:
        """Launch the profile `name`, or the manifest at the path `name`; empty: one from a list."""
        if self._busy_with_load:
            return
        self._busy_with_load = True
        self.ask_session(self._launch(name))

    async def _launch(self, name: str) -> str:
        try:
            launcher = self.session.launcher
            own = launcher.options()
            option = named(own, name) if name else None
            options = (*own, FILE)
            self.say("asking the cluster what can be launched")
            found = await launcher.look()
            if found.denied:
                raise UsageError(
                    f"no load can be launched: not allowed here: {', '.join(found.denied)}",
                    hint="deploy/role-load.yaml has the rights",
                )
            if option is None:
                number = await self.dialog(ChooseScreen(self.palette, self.symbols, options))
                if number is None:
                    return NOTHING
                option = options[number]
            return await self._filled(launcher, option, fields_of(option, found))
        finally:
            self._busy_with_load = False

    async def _filled(self, launcher: "Launcher", option: Option, fields: Sequence[Field]) -> str:
        """Show the form until it is valid or cancelled, then ask for confirmation.

        Returns the message to show.
        """
        wrong, texts = "", {field.id: field.text for field in fields}
        while True:
            if fields:
                shown = [
                    Field(f.id, f.label, texts.get(f.id, ""), f.hint, f.offers) for f in fields
                ]
                title = f"Launch {option.name}"
                answer = await self.dialog(
                    FormScreen(self.palette, self.symbols, title, shown, wrong)
                )
                if answer is None:
                    return NOTHING
                texts = answer
            self.say("asking the target, and running it dry")
            try:
                draft = await launcher.draft(order_of(option, texts))
            except WvatuiError as error:
                if not fields:
                    raise
                wrong = error.message + (f" ({error.hint})" if error.hint else "")
                continue
            return await self._confirmed(launcher, draft)

    async def _confirmed(self, launcher: "Launcher", draft: LaunchPreview) -> str:
        lines = draft_lines(draft, self.room(), self.symbols)
        title = f"Create this {draft.kind} in {sanitize(draft.namespace, 60)}?"
        if not await self.dialog(AskScreen(self.palette, self.symbols, title, lines, "Launch")):
            return NOTHING
        name = await launcher.create(draft)
        return f"launched {name}; 6: its progress, X: abort all load"

    # --- aborting and deleting

    def action_key_abort(self) -> None:
        """Abort all load of this session, after a confirmation."""
        try:
            launcher = self.session.launcher
        except WvatuiError as error:
            self.say(error.message, "bold bad")
            return
        if not launcher.running:
            self.say("no load of this session is running")
            return
        if not self._busy_with_load:
            self._busy_with_load = True
            self.ask_session(self._abort(launcher))

    async def _abort(self, launcher: "Launcher") -> str:
        try:
            running = launcher.running
            lines: list[Line] = [((f"  {sanitize(title, 200)}", "bold"),) for title in running]
            lines.append((("They are deleted with their pods; what they measured is lost.", ""),))
            title = f"Abort {many(len(running), 'load job')} of this session?"
            screen = AskScreen(self.palette, self.symbols, title, lines, "Abort", "Let them run")
            if not await self.dialog(screen):
                return "the load goes on"
            gone = await launcher.abort()
            return f"aborted: {', '.join(gone)}" if gone else "it had ended by itself"
        finally:
            self._busy_with_load = False

    def offer_leftovers(self) -> None:
        """Ask whether to delete load jobs that an earlier session left, if there are any."""
        self.ask_session(self._leftovers())

    async def _leftovers(self) -> str:
        try:
            launcher = self.session.launcher
        except WvatuiError:
            return ""
        left = await launcher.left_behind()
        if not left:
            return ""
        lines: list[Line] = [
            (
                (f"  {sanitize(str(one.made), 200)}", "bold"),
                (f"  {sanitize(one.title, 80)}", "muted"),
            )
            for one in left
        ]
        lines.insert(0, (("An earlier session of this machine ended without deleting them:", ""),))
        title = f"Delete {many(len(left), 'load job')}?"
        screen = AskScreen(self.palette, self.symbols, title, lines, "Delete", "Leave them")
        if not await self.dialog(screen):
            return f"{many(len(left), 'load job')} of an earlier session left alone"
        return await launcher.delete_left(left)
