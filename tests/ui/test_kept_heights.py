"""Rows of the screen stay in place: a healthy strip moves nothing, and room of rows that have left
is given back only after a pause."""

from dataclasses import replace

from bench.shifts import RowsAt, moved_between, rows_at
from tests.ui.fake import World, live, replica
from tests.ui.running import Running, running
from tests.waiting import until
from wvatui.core.rows.health_views import HealthRow
from wvatui.ui.model.kept_heights import QUIET_S, KeptHeights


async def rows_of(run: Running, world: World) -> RowsAt:
    """The lines on which rows are once `world` is shown."""
    run.session.push(world)
    await until(lambda: run.app.vm is not None and run.app.vm.state is world, what="shown")
    return rows_at(run.app)


async def test_no_row_moves_for_sources_that_are_well_nor_for_trouble_that_is_over() -> None:
    well = live()
    bad = HealthRow("log", "log", "bad", 3.0, "the log ended " * 12)
    worlds = [
        replace(well, health=well.health[:1]),
        replace(well, health=tuple(replace(r, text=f"{r.text} 7/7") for r in well.health)),
        well,
    ]
    async with running(well, size=(120, 40)) as run:
        before = rows_at(run.app)
        for world in worlds:
            assert not moved_between(before, await rows_of(run, world))
        trouble = (*well.health[1:], bad, replace(bad, source="b"))
        troubled = await rows_of(run, replace(well, health=trouble))
        assert moved_between(before, troubled)
        assert not moved_between(troubled, await rows_of(run, replace(well)))


async def test_a_pod_that_left_leaves_its_line_until_the_viewer_looks_at_something_else() -> None:
    many = live()
    more = replace(many, replicas=(*many.replicas, replica(3, "ok")))
    async with running(many, size=(120, 40)) as run:
        before = await rows_of(run, more)
        fewer = replace(many, replicas=many.replicas[:-1])
        assert not moved_between(before, await rows_of(run, fewer))
        await run.press("2")
        await run.drawn()
        await run.press("1")
        await run.drawn()
        assert moved_between(before, rows_at(run.app))


def test_a_height_grows_at_once_with_a_spare_line_and_is_given_back_after_a_quiet_time() -> None:
    now = [0.0]
    heights = KeptHeights(lambda: now[0])
    heights.look("overview", stands=False)
    assert heights.of("table", 4, spare=1) == 4
    assert heights.of("table", 6, spare=1) == 7
    assert heights.of("table", 7, spare=1) == 7
    assert heights.of("table", 5, spare=1) == 7
    now[0] = QUIET_S - 1
    assert heights.of("table", 6, spare=1) == 7
    now[0] = 2 * QUIET_S
    assert heights.of("table", 6, spare=1) == 6
    heights.of("table", 9)
    heights.look("pods", stands=False)
    assert heights.of("table", 3) == 3
    heights.of("table", 9)
    heights.look("pods", stands=True)
    assert heights.of("table", 3) == 3
