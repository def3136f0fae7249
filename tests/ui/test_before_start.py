"""Rows from before T+0 are dimmed in lists, and are not on the time bar."""

from dataclasses import replace

import pytest

from tests.ui.fake import START, World, WorldViews, live
from tests.ui.view_models import view_model
from wvatui.core.rows.health_views import GapRow
from wvatui.core.rows.views import DecisionRow, EventRow, KubeEventRow, LogRow
from wvatui.ui.draw.line import Line, text_of
from wvatui.ui.panels.detail.facts import kube_event_section
from wvatui.ui.panels.health import gaps
from wvatui.ui.panels.overview import decisions, logs, scrubber


def decided(*, context: bool, namespace: str = "") -> DecisionRow:
    at = START - 60.0 if context else START + 60.0
    return DecisionRow(at, "v", "m", "scale-up", 1, 2, "busy", 1, namespace, context)


def styles(line: Line) -> set[str]:
    return {style for text, style in line if text.strip()}


@pytest.mark.parametrize("context", [True, False])
def test_decisions_and_log_lines_from_before_the_start_are_dimmed(context: bool) -> None:
    vm = view_model(live())
    line = decisions.decision_line(vm, decided(context=context), False, 80)
    assert (styles(line) == {"muted"}) == context
    world = live()
    world.log = (LogRow(0, START, "ERROR", "Failed to look", "known", "", context),)
    line = logs.lines(view_model(world), 80, 2)[-1]
    assert (styles(line) == {"muted"}) == context


def test_a_decision_names_its_namespace_where_several_are_listed() -> None:
    vm = view_model(live())
    row = decided(context=False, namespace="team-a")
    assert "team-a/v" in text_of(decisions.decision_line(vm, row, True, 80, mixed=True))
    assert "team-a" not in text_of(decisions.decision_line(vm, row, True, 80))


def bar(rows: tuple[EventRow, ...]) -> list[Line]:
    """The time bar of a session with these events."""

    class Happened(WorldViews):
        def events(self, state: World, kinds: frozenset[str] | None = None) -> tuple[EventRow, ...]:
            return rows

    drawn = view_model(live(), ended_at=START + 700)
    return scrubber.lines(replace(drawn, answer=Happened()).carry(None), 80, 1)


def test_what_was_before_the_start_stands_nowhere_on_the_bar() -> None:
    before = EventRow(START - 1.0, "decision", "v scale-up 1→2")
    within = EventRow(START + 1.0, "decision", "v scale-up 1→2")
    assert bar((before,)) == bar(())
    assert bar((within,)) != bar(())


@pytest.mark.parametrize("context", [True, False])
def test_gaps_and_events_from_before_the_start_are_dimmed(context: bool) -> None:
    vm = view_model(live())
    gap = gaps.gap_line(vm, GapRow("log", START - 9.0, START - 1.0, "lost", context))
    event = KubeEventRow(START - 9.0, True, "Pod/p", "BackOff", "again", 1, context)
    section = kube_event_section(vm, (event,), 80, 2, of="it", about=True)
    for line in (gap, section[-1]):
        assert (styles(line) == {"muted"}) == context
