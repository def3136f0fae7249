"""Whatever is kept from one moment of a session to the next is what would be drawn without it."""

from tests.fixtures import ROOT
from tests.ui.test_fits import looks, parts
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.ui.draw.line import text_of
from wvatui.ui.panels import panel
from wvatui.ui.panels.overview import charts

MOMENTS = 7
"""How many moments are drawn one after the other, so that answers are kept."""


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
    events = [event for event in events if event.at <= events[0].at + 420]
    ticks = [number for number, event in enumerate(events) if isinstance(event, ev.Tick)]
    ends = [ticks[len(ticks) * (number + 1) // MOMENTS - 1] + 1 for number in range(MOMENTS)]
    state = EMPTY
    for begin, end in zip([0, *ends], ends, strict=False):
        state = fold(state, events[begin:end])
        kept = drawn(state)
    assert len(kept) > 30
    assert kept == drawn(state.apart())
    assert kept == drawn(fold(EMPTY, events[: ends[-1]]))
