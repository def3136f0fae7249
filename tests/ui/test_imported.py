"""Imports on the screen: pods known only by their pages, and no charts of missing data."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from tests.recording.saved import HPA_CSV, POD, answer, engine, objects
from tests.recording.test_opened_directly import SMALL
from tests.ui.view_models import texts
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.sources import has_source
from wvatui.core.queries.health.silences import silent_rows
from wvatui.core.queries.pods.pod_detail import pod_detail
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.recording.imports.run_folder import session_file
from wvatui.session.replay import ReplaySession
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.model.layout import Wishes, plan
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.overview import state
from wvatui.ui.panels.overview import variants as variants_panel
from wvatui.ui.panels.pods import pods
from wvatui.ui.views import VIEWS, view

STEPS = [15.0 * n for n in range(13)]


def ranges(folder: Path, *series: Any) -> Path:
    """The path of a saved answer with these series."""
    path = folder / "ranges.json"
    path.write_text(json.dumps(answer(*series)))
    return path


def at(path: Path, seconds: float) -> State:
    """The State of an import `seconds` after its start."""
    events = list(open_recording(path).events())
    return fold(EMPTY, [event for event in events if event.at <= events[0].at + seconds])


def rows(state: State) -> dict[str, str]:
    """End of a replica's name → its state in words."""
    return {row.pod.removeprefix(POD): row.state_text for row in replicas(state)}


def test_pods_of_which_only_pages_tell_are_there_while_their_pages_come(tmp_path: Path) -> None:
    path = ranges(tmp_path, *engine("aaaaa", STEPS[:3]), *engine("ccccc", STEPS))
    ok, full = "ok, readiness unknown", "saturated, readiness unknown"
    assert rows(at(path, 0.0)) == {"aaaaa": ok, "ccccc": ok}
    assert rows(at(path, 75.0)) == {"aaaaa": ok, "ccccc": full}
    assert rows(at(path, 90.0)) == {"aaaaa": "unknown: no more pages of it", "ccccc": full}
    assert rows(at(path, 150.0)) == {"ccccc": full}
    lines = run("replay", str(path), "--plain").out
    assert re.search(r"ccccc saturated kv .* \(readiness unknown\)\n", lines), lines


def test_nothing_is_invented_of_a_pod_of_which_only_pages_tell(tmp_path: Path) -> None:
    path = ranges(tmp_path, *engine("aaaaa", STEPS[:3]), *objects(STEPS)[:2])
    state = at(path, 180.0)
    (row,) = replicas(at(path, 30.0))
    assert (row.restarts, row.age_s, row.node) == (None, None, "")
    facts = {fact.name: fact.text for fact in pod_detail(at(path, 30.0), row.pod).facts}
    assert facts["readiness"].startswith("unknown")
    assert facts.keys().isdisjoint({"restarts", "created", "phase", "address"})
    assert [each.ready for each in variants(state)] == [3], "what the workload says"
    assert silent_rows(state) == ()


def test_what_objects_say_of_a_pod_goes_before_its_pages(tmp_path: Path) -> None:
    path = ranges(tmp_path, *engine("bbbbb", STEPS), *objects(STEPS))
    assert rows(at(path, 15.0)) == {"bbbbb": "ok, readiness unknown"}
    assert rows(at(path, 60.0)) == {"bbbbb": "not ready: the probe fails, its engine answers"}
    assert rows(at(path, 180.0)) == {"bbbbb": "saturated"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_no_chart_of_engines_is_drawn_where_none_was_imported(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "metrics.csv").write_text(HPA_CSV)
    session = ReplaySession(open_recording(tmp_path), play=False)
    session.load()
    await session.seek("100%")

    assert parts(session, "latency", size) == ["pods"]
    assert charts(session, "pods", size) == []
    words = texts(pods.lines(model(session, "pods"), 80, 6))
    assert "No pods in what was imported." in "".join(words)


async def test_every_chart_of_an_import_has_a_source(tmp_path: Path) -> None:
    seen = set()
    for number, kind in enumerate(SMALL):
        file = session_file(SMALL[kind](tmp_path / str(number)))
        session = ReplaySession(open_recording(file), play=False)
        session.load()
        await session.seek("100%")
        for each in VIEWS:
            names = charts(session, each.id, (200, 60))
            assert [n for n in names if not has_source(session.state, n)] == [], (kind, each.id)
            seen |= set(names)
    assert {"replicas", "kv", "ttft", "load"} <= seen


@pytest.mark.parametrize(
    ("kind", "banner", "table"),
    [
        ("a report", "no pod and no decision was imported", "No variants in what was imported."),
        ("saved ranges", "1 of 1 measured pod saturated", "llama"),
    ],
)
async def test_the_overview_claims_nothing_that_was_not_imported(
    tmp_path: Path, kind: str, banner: str, table: str
) -> None:
    session = ReplaySession(open_recording(SMALL[kind](tmp_path / "run")), play=False)
    session.load()
    await session.seek("100%")
    vm = model(session, "overview")
    assert banner in texts(state.lines(vm, 120, 1))[0]
    shown = " ".join(texts(variants_panel.lines(vm, 120, 6)))
    assert table in shown
    assert "Looked for" not in shown


def model(session: ReplaySession, name: str) -> ViewModel:
    """The view model of a view."""
    return ViewModel(
        state=session.state,
        status=session.status,
        symbols=UNICODE,
        capabilities=session.capabilities,
        view_state=ViewState(view=name),
        newest=session.newest,
    )


def parts(session: ReplaySession, name: str, size: tuple[int, int]) -> list[str]:
    """The parts of a view."""
    width, height = size
    vm = model(session, name)
    vm = vm.planned(plan(width, height, Wishes(banner=1)))
    return [place.part for place in view(name).places(vm, width, height - 6)]


def charts(session: ReplaySession, name: str, size: tuple[int, int]) -> list[str]:
    """The charts of a view."""
    here = parts(session, name, size)
    return [part.partition(":")[2] for part in here if part.startswith("chart:")]
