"""Every panel is on a view of the screen, and its row names the queries that it calls."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest

from tests.core.decisions.observed import events_of, state_of
from tests.core.decisions.watched import Watched, behavior
from tests.core.decisions.watched import asked as spec_of
from tests.fixtures import ROOT
from tests.sweeps import sampled
from tests.ui import fake, fake_load
from tests.ui.test_first_moments import of_a_log_alone
from tests.ui.test_outside import engines
from tests.ui.test_stage_bar import LOAD
from tests.ui.test_whatif import with_trials
from tests.ui.view_models import view_model
from wvatui.analysis.compare.asked import objectives
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import variant_rows
from wvatui.core.state.state import State
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.model.layout import Wishes, plan
from wvatui.ui.model.panel import Panel, Query
from wvatui.ui.model.view_model import ViewModel, ViewState, answered
from wvatui.ui.panels import PANELS
from wvatui.ui.views import VIEWS
from wvatui.ui.widgets.stage import StageWidget

EVERY = tuple(sorted((ROOT / "recordings").glob("*.jsonl")))
SOME = tuple(
    ROOT / "recordings" / f"{name}.jsonl"
    for name in ("burst-drain-v1", "hpa-cpu-and-queue", "two-variants-keda")
)
"""One of each autoscaler; the last has two variants. The made-up sessions show what these lack."""
SIZES = ((80, 24), (120, 40), (200, 60))
EVERYTHING = Wishes(banner=1, scrubber=1, experiment=1, health=2)


def sessions(recordings: Iterable[Path]) -> tuple[ReplaySession, ...]:
    """Bundled recordings, each at its end and in its middle."""
    out = []
    for path in recordings:
        for where in ("100%", "50%"):
            session = ReplaySession(open_recording(path), play=False)
            session.load()
            asyncio.run(session.seek(where))
            out.append(session)
    return tuple(out)


def choices(state: State) -> Iterator[ViewState]:
    """Every view, its pages, and details that can be opened, with and without a chosen variant."""
    pods = [f"pod:{row.pod}" for row in replica_rows.replicas(state)][-2:]
    variants = [row.key for row in variant_rows.variants(state)][:1]
    for variant in ("", *variants):
        for view in VIEWS:
            for page in range(2):
                yield ViewState(view=view.id, page=page, variant=variant)
    for key in (*pods, *(f"variant:{key}" for key in variants)):
        yield ViewState(detail=(key,))


def scenes(recordings: Iterable[Path]) -> Iterator[tuple[ViewModel, tuple[int, int]]]:
    """View models with a size of the screen, in (columns, lines).

    Those of recordings are hundreds, so each has one size, in turn: together each view has
    all sizes. Made-up ones have every size.
    """
    yield from zip(recorded(recordings), cycle(SIZES), strict=False)
    yield from product(made_up(), SIZES)


def recorded(recordings: Iterable[Path]) -> Iterator[ViewModel]:
    """The recordings."""
    for session in sessions(recordings):
        for view_state in choices(session.state):
            yield ViewModel(
                state=session.state,
                status=session.status,
                symbols=UNICODE,
                capabilities=session.capabilities,
                view_state=view_state,
                newest=session.newest,
            )


def made_up() -> Iterator[ViewModel]:
    """Sessions with load, an experiment, troubles, an HPA's decisions and pods with ranks."""
    world = replace(
        fake.troubled(),
        jobs=fake_load.jobs(),
        plan=fake_load.plan(),
        results=fake_load.results(),
        stages=fake_load.stages(),
        stage_rows=fake_load.stage_rows(),
        experiment=LOAD,
    )
    for view in VIEWS:
        for page in range(2):
            yield view_model(world, view_state=ViewState(view=view.id, page=page))
    line = ViewState(view="logs", selected={"loglines": "line:3"})
    yield view_model(world, view_state=line)
    for view in ("overview", "load"):
        aims = ViewState(view=view, page=1, slo=objectives(["ttft_p95=2s"]))
        yield view_model(world, view_state=aims)
    for view in VIEWS:
        yield view_model(world, view_state=ViewState(view=view.id, prices=(("*", 3.0),)))
    for view in VIEWS:
        yield view_model(of_a_log_alone(), mode="REPLAY", view_state=ViewState(view=view.id))
    for view in VIEWS:
        yield view_model(engines("blue", "green"), view_state=ViewState(view=view.id))
    yield with_trials()
    watched = Watched(spec_of(behavior=behavior()))
    watched.look(3)
    by_hpa = state_of(events_of(watched.lines, made=True))
    chosen = ViewState(view="decisions")
    yield replace(view_model(view_state=chosen), state=by_hpa, answer=answered)
    yield replace(view_model(mode="REPLAY"), view_state=ViewState(view="beside"))
    several = replace(world, pod=replace(fake.POD, ranks=fake.RANKS))
    yield view_model(several, view_state=ViewState(detail=(f"pod:{fake.POD.pod}",)))


@cache
def walked(recordings: tuple[Path, ...]) -> dict[str, set[Query]]:
    """Panel on the screen → queries that it calls there, for its lines, rows and keys."""
    by_id = {row.id: row for row in PANELS}
    asked: dict[str, set[Query]] = {}
    for looked, (width, height) in scenes(recordings):
        parts = plan(width, height, EVERYTHING)
        looked = looked.planned(parts)
        body = height - parts.top - parts.footer
        for place in StageWidget.frame(parts, width, height) + StageWidget.body(
            looked, width, body
        ):
            if place.chart:
                continue
            assert place.part in by_id, (
                f"the view {looked.view_state.view} has a Place for {place.part!r}: no file in"
                " wvatui/ui/panels/ has a panel of that id in its PANELS"
            )
            mine = asked.setdefault(place.part, set())
            row, drawn = by_id[place.part], noted(looked, mine)
            row.draw(drawn, place.width, place.height)
            if row.rows is not None:
                row.rows(drawn)
            if row.keys is not None:
                row.keys(drawn, place.width, place.height)
    return asked


def noted(looked: ViewModel, asked: set[Query]) -> ViewModel:
    """The same view model with an empty cache, which adds each query to `asked`."""

    def noting(query: Callable[..., Any], state: State, *args: Any, **kwargs: Any) -> Any:
        asked.add(query)
        return looked.answer(query, state, *args, **kwargs)

    return replace(looked, answer=noting)


def test_every_panel_has_an_id_of_its_own() -> None:
    assert len({row.id for row in PANELS}) == len(PANELS)


def test_every_panel_stands_on_a_view_or_in_the_frame() -> None:
    nowhere = sorted({row.id for row in PANELS} - set(walked(SOME)))
    assert not nowhere, f"no view in wvatui/ui/views/ has a Place for the panels {nowhere}"


@pytest.mark.parametrize(
    ("row", "recordings"),
    sampled(product(PANELS, (SOME, EVERY)), list(product(PANELS, (SOME,)))),
    ids=lambda value: value.id if isinstance(value, Panel) else f"{len(value)} recordings",
)
def test_a_row_names_the_queries_that_its_panel_reads(
    row: Panel, recordings: tuple[Path, ...]
) -> None:
    asked = walked(recordings).get(row.id)
    assert asked is not None, f"no view shows {row.id}, so nothing is known of what it reads"
    assert names(row.reads) == names(asked), (
        f"`reads` in the row of {row.id} must name the queries that its panel asks for, also those"
        " behind a property of the view model such as `vm.replicas`"
    )


def names(queries: Iterable[Query]) -> list[str]:
    return sorted(f"{query.__module__}.{query.__qualname__}" for query in queries)
