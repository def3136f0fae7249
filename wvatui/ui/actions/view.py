"""Actions on what is looked at: views, what is enlarged or opened, the filter, the clock."""

from collections.abc import Iterable

from wvatui.config.ui_settings import CLOCKS
from wvatui.core.queries.charts.heat import STRIPS
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows import log_rows
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.shell.shell import Shell
from wvatui.ui.views import view


def _following(here: str, names: Iterable[str]) -> str:
    """The name after `here`, the first one after the last; of a name that is none the second."""
    order = list(names)
    return order[((order.index(here) if here in order else 0) + 1) % len(order)]


class ViewActs(Shell):
    """See the module."""

    def action_key_view(self, name: str) -> None:
        self.choose(self.choice.but(view=name, detail=(), maximised=""))

    def action_key_charts(self) -> None:
        self.choose(self.choice.but(page=self.choice.page + 1))

    def action_key_maximise(self) -> None:
        """Enlarge the first part of the view, then the next; after the last, all again."""
        parts = list(self._parts())
        if not parts:
            return
        here = parts.index(self.choice.maximised) if self.choice.maximised in parts else -1
        following = parts[here + 1] if here + 1 < len(parts) else ""
        self.choose(self.choice.but(maximised=following))

    def _parts(self) -> list[str]:
        """The parts of the view, charts first: those gain most from room."""
        scene, plan = self.scene, self.stage.plan
        if scene is None or plan is None:
            return []
        width, height = self.stage.size.width, self.stage.size.height
        whole = scene.with_choice(self.choice.but(maximised="")).planned(plan)
        places = self.stage.body(whole, width, height - plan.top - plan.footer)
        names = [place.part for place in places]
        return sorted(names, key=lambda name: not name.startswith("chart:"))

    def action_key_clear(self) -> None:
        """Take back one thing: the message, the cursor, what is enlarged, opened, or filtered."""
        choice = self.choice
        if self.hush():
            return
        if choice.cursor is not None:
            choice = choice.but(cursor=None)
        elif choice.maximised:
            choice = choice.but(maximised="")
        elif choice.detail:
            choice = choice.but(detail=choice.detail[:-1])
        elif choice.pattern or choice.level:
            choice = choice.but(pattern="", level="")
        elif choice.until is not None:
            choice = choice.but(until=None)
        elif choice.variant:
            choice = choice.but(variant="")
        self.choose(choice)

    def action_key_variant(self) -> None:
        """All variants, then each alone."""
        if self.scene is None:
            return
        rows = self.scene.ask(variant_rows.variants)
        keys = ["", *(row.key for row in rows)]
        here = keys.index(self.choice.variant) if self.choice.variant in keys else 0
        self.show_variant(keys[(here + 1) % len(keys)])

    def show_variant(self, key: str) -> None:
        """Show one variant alone, or all of them ("")."""
        self.choose(self.choice.but(variant=key))
        name = (
            next((v.name for v in self.scene.ask(variant_rows.variants) if v.key == key), "")
            if self.scene is not None
            else ""
        )
        self.say(f"only {sanitize(name, 80)}; v: next, esc: all" if name else "all variants")

    def action_key_clock(self) -> None:
        clock = _following(self.choice.clock, CLOCKS)
        self.choose(self.choice.but(clock=clock))
        self.say(f"times in {CLOCKS[clock]}")

    def action_key_heat(self) -> None:
        self.choose(self.choice.but(heat=_following(self.choice.heat, STRIPS)))

    # --- the log's filter

    def action_key_filter(self) -> None:
        self.ask(
            "filter",
            self.filter,
            text=self.choice.pattern,
            placeholder="a regular expression; ! in front keeps what does not match",
            changing=self.filter,
        )

    def filter(self, pattern: str) -> None:
        """Filter as it is typed; a half-typed expression keeps the last one that made sense."""
        if self.scene is not None:
            try:
                self.scene.ask(log_rows.log_tail, 1, pattern)
            except ValueError as error:
                if not self.stage.prompt.asking:
                    self.say(str(error), "bold bad")
                return
        self.choose(self.choice.but(pattern=pattern))

    def action_key_invert(self) -> None:
        pattern = self.choice.pattern
        if not pattern:
            self.say("nothing to invert: / sets a filter")
            return
        self.filter(pattern[1:] if pattern.startswith("!") else f"!{pattern}")

    def action_key_level(self) -> None:
        """All lines, then warnings, then errors only."""
        self.choose(self.choice.but(level=_following(self.choice.level, ("", "WARN+", "ERROR"))))

    @property
    def table(self) -> str:
        """The panel in which rows are selected now."""
        return view(self.choice.view).table if not self.choice.detail else ""
