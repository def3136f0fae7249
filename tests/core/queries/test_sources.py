"""The charts for which a session has a source; charts that can never have data are not drawn."""

from pathlib import Path

import msgspec
import pytest

from tests.core.queries.few_pods import START, folded, look, namespace
from wvatui.core import events as ev
from wvatui.core.queries.charts.charts import CHARTS
from wvatui.core.queries.charts.sources import SOURCES, has_log, has_source
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession
from wvatui.ui.views.latency import ALL

RECORDINGS = Path(__file__).resolve().parents[3] / "recordings"


def imported(*events: ev.Event) -> State:
    return folded(ev.Header(START, started_at=START, imported="saved.json"), *events, now=100)


def of(name: str) -> State:
    return ReplaySession(open_recording(RECORDINGS / name), play=False).load()


def test_every_chart_that_needs_a_source_is_a_chart() -> None:
    assert set(SOURCES) <= set(CHARTS)
    assert has_source(EMPTY, "lane"), "what has no row is always there"


def test_a_live_session_waits_for_all_that_it_asks_for_and_an_import_for_nothing() -> None:
    live = folded(*namespace("a"), now=5)
    assert all(has_source(live, name) for name in ("kv", "ttft", "replicas", "utilization"))
    assert not has_source(live, "load"), "nobody makes any"
    bare = imported()
    assert not any(has_source(bare, name) for name in SOURCES)
    assert not has_log(bare)


def test_a_chart_of_a_pod_needs_what_its_pages_have() -> None:
    state = folded(*namespace("a"), look("a", 2, 0.2), now=5)
    assert has_source(state, "pod_kv@a")
    assert has_source(state, "kv")
    assert not has_source(state, "ttft"), "no page has it"


def test_a_chart_stays_while_an_engine_that_began_anew_has_answered_no_request_yet() -> None:
    served = [look("a", at, 0.2, ttft=msgspec.Raw(b"[1,0.0,1,0]")) for at in (2, 4)]
    for silent_s in (2, 600):
        anew = [look("a", 4 + at, 0.0) for at in range(2, silent_s + 2, 2)]
        assert has_source(folded(*namespace("a"), *served, *anew, now=610), "ttft")


@pytest.mark.parametrize(
    ("name", "log"), [("keda-queue.jsonl", False), ("burst-drain-v1.jsonl", True)]
)
def test_a_recording_has_the_charts_of_what_was_watched(name: str, log: bool) -> None:
    state = of(name)
    assert has_log(state) == log
    lacking = {chart for chart in SOURCES if not has_source(state, chart)}
    assert not lacking & {"kv", "replicas", "utilization", "gateway", "ttft", "itl", "tokens"}
    assert set(ALL) - lacking, "the latency view is not empty"
