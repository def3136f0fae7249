"""Actions on the rows of tables: select, open, sort, filter, copy."""

import re
from collections.abc import Iterable, Sequence

from wvatui.core.findings import Finding, finding_rows
from wvatui.core.rows import cycle_rows, log_rows
from wvatui.ui.draw.line import text_of
from wvatui.ui.model.view_state import LOGS, OWN_ORDER, Sort
from wvatui.ui.panels import panel
from wvatui.ui.panels.controller import loglines
from wvatui.ui.panels.overview import state
from wvatui.ui.shell.shell import Shell
from wvatui.ui.views import view

_BARS = re.compile("[\u2580-\u259f\u2800-\u28ff]+·*|··+")
"""Bars and sparklines (blocks, braille patterns, dots), which are left out of copied text."""
PAGE = 10
"""The number of rows by which the page keys move."""
NO_ROW = "no row here to select"
NO_FILTER = "nothing here can be filtered"
ENLARGED = {"cycles": "cycle", "changes": "waterfall", "jobs": "job", "trials": "trial"}
"""Table → the part that shows its selected row in full, which enter maximises."""


def following(here: str, names: Iterable[str]) -> str:
    """The name after `here`, cyclically; if `here` is not among `names`, the second one."""
    order = list(names)
    return order[((order.index(here) if here in order else 0) + 1) % len(order)]


def fix_of(finding: Finding) -> str:
    """The command that a finding advises; where it names none, the whole advice."""
    command = finding.advice.partition(": ")[2]
    return command if command.startswith("kubectl ") else finding.advice or finding.headline


class TableActions(Shell):
    """The part of the app that acts on rows of tables."""

    # --- filters

    @property
    def filtered(self) -> tuple[str, ...]:
        """The panels that a new filter applies to: the table with the selection if it can be
        filtered, else all such panels on the screen."""
        name = self.table
        if name and panel(name).filters:
            return (name,)
        parts = (place.part for place in self.stage.places if ":" not in place.part)
        return tuple(part for part in parts if panel(part).filters)

    def _pattern(self) -> str:
        return next(filter(None, map(self.view_state.filter_of, self.filtered)), "")

    def action_key_filter(self) -> None:
        names, before = self.filtered, self.view_state
        if not names:
            self.say(NO_FILTER)
            return

        def changing(pattern: str) -> None:
            if self.stage.prompt.asking:
                self.filter(pattern, names)
            else:  # cancelled: restore each panel's own filter
                filters, log = before.filters, before.pattern
                self.choose(self.view_state.but(filters=filters, pattern=log))

        self.ask(
            f"filter {' and '.join(panel(name).title.lower() for name in names)}",
            lambda pattern: self.filter(pattern, names),
            text=self._pattern(),
            placeholder="a regular expression; ! in front keeps what does not match",
            changing=changing,
        )

    def filter(self, pattern: str, names: tuple[str, ...] = ()) -> None:
        """Filter the panels `names` (empty: `filtered`), also while the pattern is being typed; an
        invalid expression changes nothing."""
        try:
            log_rows.expression(pattern)
        except ValueError as error:
            if not self.stage.prompt.asking:
                self.say(str(error), "bold bad")
            return
        names = names or self.filtered
        if not names:
            self.say(NO_FILTER)
            return
        view_state = self.view_state
        for name in names:
            view_state = view_state.filtered_by(name, pattern)
        self.choose(view_state)

    def action_key_invert(self) -> None:
        pattern = self._pattern()
        if not pattern:
            self.say("nothing to invert: / sets a filter")
            return
        self.filter(pattern[1:] if pattern.startswith("!") else f"!{pattern}")

    def action_key_level(self) -> None:
        """Show log lines of all levels, then warnings and errors, then errors only."""
        if not any(place.part in LOGS for place in self.stage.places):
            self.say("W: no log here")
            return
        self.choose(
            self.view_state.but(level=following(self.view_state.level, ("", "WARN+", "ERROR")))
        )

    # --- tables

    @property
    def tables(self) -> tuple[str, ...]:
        """The panels on the screen whose rows can be selected, from the top."""
        parts = (place.part for place in self.stage.places if ":" not in place.part)
        return tuple(part for part in parts if panel(part).rows is not None)

    @property
    def table(self) -> str:
        """The panel whose rows the keys select; empty: none."""
        focus = self.view_state.focus
        if focus and focus in self.tables:
            return focus
        own = view(self.view_state.view).table if not self.view_state.detail else ""
        return own or next(iter(self.tables), "")

    def action_key_part(self) -> None:
        """Move the keys to the next table of the screen."""
        if len(self.tables) < 2:
            self.say("tab: there is one table here" if self.tables else "tab: no table here")
            return
        name = following(self.table, self.tables)
        self.choose(self.view_state.but(focus=name))
        _, keys = self._rows()
        if keys and self.view_state.selected.get(name, "") not in keys:
            self.choose(self.view_state.select(name, keys[-1 if panel(name).ends else 0]))

    def action_key_up(self) -> None:
        self.move(-1)

    def action_key_down(self) -> None:
        self.move(1)

    def action_key_page_up(self) -> None:
        self.move(-PAGE)

    def action_key_page_down(self) -> None:
        self.move(PAGE)

    def action_key_first(self) -> None:
        self.move(-1_000_000)

    def action_key_last(self) -> None:
        self.move(1_000_000)

    def move(self, by: int) -> None:
        """Move the selection by `by` rows from the one that is drawn as selected; where none is,
        begin at the first row, or at the last one of a panel that `ends`."""
        name, keys = self._rows()
        if not keys:
            self.say(NO_ROW)
            return
        selected = self._drawn_selected(name, keys)
        if selected in keys:
            index = min(max(keys.index(selected) + by, 0), len(keys) - 1)
        elif panel(name).ends:
            index = min(max(len(keys) - 1 + by, 0), len(keys) - 1)
        else:
            index = 0 if by in (1, -1) or by < 0 else min(by, len(keys) - 1)
        self.choose(self.view_state.select(name, keys[index]))

    def _rows(self) -> tuple[str, tuple[str, ...]]:
        """The panel whose rows the keys select, and the keys of these rows."""
        name = self.table
        if not name or self.vm is None:
            return "", ()
        rows = panel(name).rows
        return name, rows(self.vm) if rows is not None else ()

    def _drawn_selected(self, name: str, keys: Sequence[str]) -> str:
        """The key of the row of a panel that is drawn as selected; empty: none is."""
        chosen = self.view_state.selected.get(name, "")
        if chosen in keys or not name or self.vm is None:
            return chosen
        return panel(name).pointed(self.vm)

    def action_key_open(self) -> None:
        name, keys = self._rows()
        selected = self._drawn_selected(name, keys)
        if selected in keys:
            self.open(selected)
        elif keys:
            self.choose(self.view_state.select(name, keys[0]))
        else:
            self.say(NO_ROW)

    def open(self, key: str) -> None:
        """Open the row `key`: details of a variant or pod, a decision, the cycle of a log line, or
        the part that shows the row in full."""
        kind = key.partition(":")[0]
        if kind in ("pod", "variant") and key not in self.view_state.detail[-1:]:
            self.view_state = self.view_state.select(
                "pod_detail", f"podlog:{key.partition(':')[2]}"
            )
            self.choose(self.view_state.but(detail=(*self.view_state.detail, key), maximised=""))
        elif kind == "line":
            self.open_cycle_of(key)
        elif self.table == "decisions":
            self.open_decision(key)
        elif part := ENLARGED.get(self.table):
            self.choose(self.view_state.but(maximised=part))
        else:
            self.say("nothing more is known of this row")

    def open_decision(self, key: str) -> None:
        """Show a decision of the feed in the view of decisions."""
        row = next((row for row in self.vm.decisions if row.key == key), None) if self.vm else None
        if self.vm is None or row is None:
            return
        cycle = next((each for each in self.vm.cycles if each.at <= row.at), None)
        at = key if cycle is None else f"cycle:{cycle.at!r}"
        self.view_state = self.view_state.select("cycles", at)
        self.show_view("decisions")

    def open_cycle_of(self, key: str) -> None:
        """Show the cycle that a log line belongs to."""
        index, at = loglines.line_of(key), None
        if self.vm is not None and index is not None:
            at = self.vm.ask(cycle_rows.cycle_of, index)
        if at is None:
            self.say("this line is of no cycle")
            return
        view_state = self.view_state.select("cycles", f"cycle:{at!r}")
        self.choose(view_state.but(view="decisions", maximised=""))

    def selected_text(self) -> str:
        """The text to copy: in health the command that helps, the sentence of a decision, a whole
        log line, or else the selected row as drawn. Without a selected row, the reason for the
        present size; empty: nothing is known yet."""
        vm = self.vm
        if vm is None:
            return ""
        name, keys = self._rows()
        key = self.view_state.selected.get(name, "")
        why = vm.cycle_why or vm.decision_why
        if name == "sources" and key not in keys:
            return next(map(fix_of, vm.ask(finding_rows.findings)), "")
        if name == "cycles" and why is not None and why.sentence:
            return why.sentence
        if key not in keys:
            return text_of(state.lines(vm, 10_000, 2)[1]).strip()
        if (index := loglines.line_of(key)) is not None:
            rows = vm.ask(log_rows.log_rows, (index,), whole=True)
            if not rows:
                return ""
            at = "" if rows[0].at is None else vm.time(rows[0].at)
            return f"{at} {rows[0].level} {rows[0].text} {rows[0].fields}".strip()
        drawn = panel(name).keys
        # Draw at full size, because a row may have no line of its own on a small screen.
        size = (self.stage.size_of(name)[0] or self.size.width, 10_000)
        line = drawn(vm, *size).index(key) if drawn is not None else 0
        words = text_of(panel(name).draw(vm, *size)[line])[1:]
        return " ".join(_BARS.sub(" ", words).split())

    def action_key_sort(self) -> None:
        """Sort the table by its next column; after the last one, restore its own order."""
        name = self.table
        columns = panel(name).sorts if name else ()
        if not columns:
            self.say("nothing to sort here")
            return
        order = ("", *columns)
        sort = self.view_state.sort.get(name, OWN_ORDER)
        here = order.index(sort.column) if sort.column in order else 0
        self.sort_by(name, Sort(order[(here + 1) % len(order)], sort.descending))

    def action_key_reverse(self) -> None:
        name = self.table
        sort = self.view_state.sort.get(name, OWN_ORDER)
        if not sort.column:
            self.say("not sorted: s sorts by a column")
            return
        self.sort_by(name, Sort(sort.column, not sort.descending))

    def sort_by(self, name: str, sort: Sort) -> None:
        """Sort the table `name`, and show the order in a message."""
        self.choose(self.view_state.sorted_by(name, sort))
        way = "descending" if sort.descending else "ascending"
        self.say(f"sorted by {sort.column}, {way}; S: reverse" if sort.column else "own order")

    def clicked(self, part: str, y: int, twice: bool) -> None:
        """Handle a click on line `y` of a part: select the row there; `twice`: open it."""
        if self.vm is None or part not in self.tables:
            return
        if part != self.table:
            self.view_state = self.view_state.but(focus=part)
        keys_of = panel(part).keys
        width, height = self.stage.size_of(part)
        keys = keys_of(self.vm, width, height) if keys_of is not None else []
        key = keys[y] if 0 <= y < len(keys) else ""
        if not key:
            return
        self.choose(self.view_state.select(part, key))
        if twice:
            self.open(key)
