"""Whatever is kept from one moment of a session to the next is what would be drawn without it."""

from bisect import bisect_right
from operator import attrgetter

from tests.fixtures import ROOT
from tests.ui.test_fits import looks, parts
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.ui.draw.line import text_of
from wvatui.ui.panels import panel
from wvatui.ui.panels.overview import charts

MOMENTS = tuple(range(300, 421, 30))
"""Seconds of a session that are drawn one after the other, so that answers are kept."""


def drawn(state: State) -> dict[tuple[str, str], list[str]]:
    """The lines of all parts of all views at 120x40, by view and part."""
    texts: dict[tuple[str, str], list[str]] = {}
    for look in looks(state):
        vm, places = parts(look, 120, 40)
        view = " ".join((vm.view_state.view, *vm.view_state.detail))
        for place in places:
            if place.chart:
                chart = charts.view(vm, place.chart, place.width)
                lines = charts.lines(place.chart, chart, vm, place.width, place.height)
            else:
                lines = panel(place.part).lines(vm, place.width, place.height)
            texts[view, place.chart or place.part] = list(map(text_of, lines))
    return texts


def test_what_is_drawn_late_in_a_session_is_what_a_new_viewer_sees() -> None:
    events = list(open_recording(ROOT / "recordings" / "two-variants-keda.jsonl").events())
    state, begin = EMPTY, 0
    for second in MOMENTS:
        end = bisect_right(events, events[0].at + second, key=attrgetter("at"))
        state = fold(state, events[begin:end])
        kept, begin = drawn(state), end
    assert len(kept) > 30
    assert kept == drawn(state.apart())
    assert kept == drawn(fold(EMPTY, events[:begin]))
