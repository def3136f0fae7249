"""The time bar is updated once a second, however often the screen is drawn, and the rows of a
State are asked for once, however often the viewer moves about in it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.ui.fake import START, World, WorldViews, live
from tests.ui.view_models import view_model
from wvatui.core.rows.views import EventRow
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview import decisions, variants


class Counting(WorldViews):
    """Answers whose only event names the State for which it was computed."""

    def events(self, state: World, kinds: frozenset[str] | None = None) -> tuple[EventRow, ...]:
        return (EventRow(START, "mark", state.header.label),)


def at(
    seconds: float, before: ViewModel | None = None, *, state: str = "", newest: World | None = None
) -> ViewModel:
    """The view model `seconds` after the start, after `before`, with a State of its own."""
    world = live()
    world = replace(world, header=replace(world.header, label=state or f"{seconds:g}"))
    drawn = view_model(world, ended_at=START + seconds)
    return replace(drawn, answer=Counting(), newest=newest).carry(before)


def told(drawn: ViewModel) -> str:
    return drawn.events[0].text


def test_the_bar_is_as_it_was_for_less_than_a_second() -> None:
    first = at(10.0)
    assert told(first) == "10"
    assert told(at(10.5, first)) == "10"
    assert told(at(11.0, first)) == "11"


def test_the_bar_follows_although_each_picture_comes_soon_after_the_last() -> None:
    drawn, shown = None, []
    for tenth in range(31):
        drawn = at(10.0 + tenth / 10, drawn)
        shown.append(told(drawn))
    assert list(dict.fromkeys(shown)) == ["10", "11", "12", "13"]


def test_the_bar_of_an_earlier_or_another_session_is_not_kept() -> None:
    later = at(10.5)
    assert told(later) == "10.5"
    assert told(at(10.0, later)) == "10"
    assert told(at(10.5, later, state="another")) == "another"


def test_the_bar_of_a_recording_is_taken_out_once() -> None:
    whole = replace(live(), header=replace(live().header, label="whole"))
    first = at(10.0, newest=whole)
    assert told(first) == "whole"
    assert at(90.0, first, newest=whole).events is first.events
    other = replace(whole, header=replace(whole.header, label="longer"))
    assert told(at(95.0, first, newest=other)) == "longer"


def test_moving_about_in_one_state_asks_nothing_again() -> None:
    asked: list[str] = []

    def counting(query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        asked.append(query.__name__)
        return WorldViews()(query, *args, **kwargs)

    def drawn(vm: ViewModel) -> list[str]:
        asked.clear()
        for each in (variants, decisions):
            each.lines(vm, 100, 20)
        return list(asked)

    first = replace(view_model(), answer=counting)
    assert {"replicas", "variants", "decisions"} <= set(drawn(first))
    keys = variants.rows(first)
    moved = replace(first, view_state=first.view_state.select("variants", keys[1])).carry(first)
    assert drawn(moved) == []
    assert variants.lines(moved, 100, 20) != variants.lines(first, 100, 20)
    later = replace(moved, state=replace(moved.state)).carry(moved)
    assert "replicas" in drawn(later)
