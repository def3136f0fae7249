"""Everything that real sessions show fits: sentences and numbers are complete, and plots contain
only data. Every view of sessions of each kind is checked at three widths, without running the
app."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.core.folding import logged
from tests.fixtures import ROOT
from tests.small_logs import TARGETS, new_cycle
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.session.base import Capabilities, SessionStatus
from wvatui.ui.chart.frame import span_of
from wvatui.ui.draw.line import text_of, width_of
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.model import layout
from wvatui.ui.model.layout import Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels import panel
from wvatui.ui.panels.overview import banner, charts
from wvatui.ui.views import VIEWS, overview
from wvatui.ui.widgets.stage import StageWidget

SIZES = ((80, 24), (120, 40), (200, 60))
SENTENCES = {
    *(
        "state",
        "banner",
        "variants",
        "decisions",
        "variant_decisions",
        "findings",
        "gaps",
        "cycles",
    ),
    *("changes", "waterfall", "lags", "lacking", "trials", "trial", "stages", "understood"),
}
"""Panels with texts of wvatui itself: all but those with raw lines and foreign texts."""
PART_OF_A_NUMBER = re.compile(r"(?:^|[\s=(×÷+~→$])[\d.,:]*\d[kMG%smh]?…(?=\s|$)")
PART_OF_A_SENTENCE = re.compile(r"[^\s.]…(?=\s|$)")


def moment(name: str, at_s: float) -> State:
    """The State of a bundled recording `at_s` seconds after its start."""
    events = list(open_recording(ROOT / "recordings" / f"{name}.jsonl").events())
    return fold(EMPTY, [event for event in events if event.at <= events[0].at + at_s])


def of_engines_alone() -> State:
    """A session without a cluster: the pods of a recording as endpoints."""
    kinds = ev.Scrape | ev.Engine | ev.Bounds | ev.PollRound | ev.ScrapeFailure | ev.Tick
    events = list(open_recording(ROOT / "recordings" / "burst-drain-v1.jsonl").events())
    start = events[0].at
    seen = [e for e in events if isinstance(e, kinds) and e.at <= start + 280]
    names = sorted({e.pod for e in seen if isinstance(e, ev.Scrape)})
    asked = tuple(ev.EngineEndpoint(name, f"http://{name}:8000/metrics") for name in names)
    return fold(EMPTY, [ev.Header(start, started_at=start, interval_s=2.0, endpoints=asked), *seen])


def of_a_log() -> State:
    """The State of a controller's log alone, at its end."""
    cycles = (new_cycle(minute, *sizes) for minute, sizes in enumerate(TARGETS))
    return logged("\n".join(line for cycle in cycles for line in cycle))


SESSIONS: dict[str, Callable[[], State]] = {
    "WVA V1": partial(moment, "burst-drain-v1", 280),
    "WVA V2": partial(moment, "stair-step-v2-hpa", 780),
    "KEDA": partial(moment, "keda-queue", 130),
    "HPA": partial(moment, "hpa-cpu-and-queue", 200),
    "a paused scaler": partial(moment, "paused-scaler", 300),
    "two variants": partial(moment, "two-variants-keda", 240),
    "a log": of_a_log,
    "engines alone": of_engines_alone,
}


def looks(state: State) -> Iterator[ViewModel]:
    """The view model of every view at `state`, in a replay, and with a pod and a variant opened."""
    status = SessionStatus(
        live=False,
        playing=False,
        speed=1.0,
        shown_at=state.now,
        started_at=state.first_at,
        ended_at=state.now,
        frozen=False,
        recording=Path("/sessions/20260901-080000-llm-d-sim.jsonl"),
        recording_bytes=1_240_000,
        recording_state="finished",
    )
    vm = ViewModel(state, status, UNICODE, Capabilities(can_go_back=True), newest=state)
    yield from (replace(vm, view_state=ViewState(view=view.id)) for view in VIEWS)
    opened = [f"pod:{row.pod}" for row in vm.replicas[:1]]
    opened += [f"variant:{row.key}" for row in vm.variants[:1]]
    yield from (replace(vm, view_state=ViewState(detail=(key,))) for key in opened)


def parts(vm: ViewModel, width: int, height: int) -> tuple[ViewModel, list[Place]]:
    """All places of a screen of this size."""
    wishes = overview.wishes(vm, width, height, banner=len(banner.lines(vm, width, 2)), footer=1)
    plan = layout.plan(width, height, wishes)
    vm = vm.planned(plan)
    body = StageWidget.body(vm, width, height - plan.top - plan.footer)
    return vm, [*StageWidget.frame(plan, width, height), *body]


def faults_of(vm: ViewModel, place: Place) -> Iterator[str]:
    """A message for each text that does not fit into a part."""
    if place.chart:
        view = charts.view(vm, place.chart, place.width)
        lines = charts.lines(place.chart, view, vm, place.width, place.height)
        left, columns = span_of(place.width)
        has_data = any("\u2800" < char <= "\u28ff" for line in lines for char in text_of(line))
        for line in lines[1 + len(view.legend) : -1] if has_data and not view.across else ():
            if any(map(str.isalnum, text_of(line)[left : left + columns])):
                yield f"in a plot: {text_of(line)}"
    else:
        lines = panel(place.part).lines(vm, place.width, place.height)
    for line in lines:
        text = text_of(line)
        if width_of(line) > place.width:
            yield f"wider than {place.width}: {text}"
        if PART_OF_A_NUMBER.search(text):
            yield f"part of a number: {text}"
        if place.part in SENTENCES and PART_OF_A_SENTENCE.search(text):
            yield f"part of a sentence: {text}"


@pytest.mark.parametrize("name", SESSIONS)
def test_sentences_and_numbers_are_whole_and_nothing_stands_in_a_plot(name: str) -> None:
    state = SESSIONS[name]()
    wrong: list[str] = []
    for width, height in SIZES:
        for look in looks(state):
            vm, places = parts(look, width, height)
            wrong += [
                f"{width}x{height} {look.view_state.view} {place.part}: {fault}"
                for place in places
                if not place.chart or width == 80  # with more room all charts look the same
                for fault in faults_of(vm, place)
            ]
    assert wrong == [], "\n".join(wrong)


def test_where_no_controller_logs_the_log_view_shows_what_kubernetes_tells() -> None:
    for name, ids in (("KEDA", ["loglines", "kube_events"]), ("WVA V1", ["loglines"])):
        vm = next(look for look in looks(SESSIONS[name]()) if look.view_state.view == "logs")
        places = StageWidget.body(vm, 80, 16)
        assert [place.part for place in places] == ids
        assert sum(place.height for place in places) == 16
    told = text_of(panel("kube_events").lines(next(looks(SESSIONS["KEDA"]())), 80, 14)[1])
    assert "Pod " in told or "HorizontalPodAutoscaler" in told or "ScaledObject" in told
