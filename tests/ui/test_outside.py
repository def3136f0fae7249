"""The screen for engines without a cluster draws nothing that only a cluster has."""

from dataclasses import replace

from tests.ui.fake import World, empty, header, live, replica
from tests.ui.view_models import texts, view_model
from wvatui.ui.model.layout import Wishes, plan
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.controller import cycle, cycles, loglines
from wvatui.ui.panels.health import understood
from wvatui.ui.panels.overview import decisions, logs, variants
from wvatui.ui.panels.overview import header as header_panel
from wvatui.ui.panels.overview import state as state_panel
from wvatui.ui.panels.pods import pods
from wvatui.ui.views import overview


def engines(*names: str) -> World:
    """A world of engines that are polled without a cluster."""
    world = live()
    world.header = header(754.0, endpoints=names, namespace="", with_wva=False, scalers=())
    world.variants, world.decisions = (), ()
    world.replicas = tuple(
        replace(
            replica(0, "ok", kv_ratio=0.4, saturated=False), pod=name, variant="", restarts=None
        )
        for name in names
    )
    return world


def test_the_header_names_the_one_engine_or_how_many() -> None:
    one = texts(header_panel.lines(view_model(engines("gpu-box:8000")), 100, 2))
    assert one[0].startswith(" gpu-box:8000")
    assert " without a cluster " in one[1]
    assert " 2 endpoints" in texts(header_panel.lines(view_model(engines("a", "b")), 100, 2))[0]


def test_engines_are_called_so_and_have_no_titles_of_variants() -> None:
    vm = view_model(engines("blue", "green"))
    told = texts(state_panel.lines(vm, 100, 2))[0]
    assert "0 of 2 engines saturated" in told
    assert "green has 1.4× the mean load" in told
    assert "pod" not in told
    alone = view_model(engines("127.0.0.1:18999"))
    assert ", engine 1 127.0.0.1:18999: KV 40%" in texts(state_panel.lines(alone, 80, 2))[0]
    table = texts(variants.lines(vm, 100, 6))
    assert table[0].strip() == "2 engines"
    assert "blue" in table[1]
    named = "gpu-node-17.example.com:8000"
    shown = texts(variants.lines(view_model(engines(named, "b")), 120, 6))
    assert any(f" {named} ok " in line for line in shown), "there is room for all of it"
    assert len(table) == 3 == variants.height_for(vm, 100)
    listed = texts(pods.lines(vm, 120, 6))
    assert "Engines 2" in listed[0]
    assert not any(" 0 " in line.partition("blue")[2] for line in listed)


def test_decisions_and_log_say_that_none_will_come_where_nothing_could_give_one() -> None:
    def told(world: World) -> list[str]:
        vm = view_model(world)
        drawn = [
            cycles.TABLE.lines(vm, 80, 5)[1],
            cycle.lines(vm, 80, 5)[1],
            loglines.lines(vm, 80, 5)[1],
            logs.lines(vm, 80, 5)[1],
            understood.lines(vm, 80, 5)[1],
        ]
        return texts(drawn)

    awaited = told(empty())
    assert all("yet" in line for line in awaited)
    outside, by_hpa, imported = empty(), empty(), empty()
    outside.header = header(1.0, endpoints=("blue",), with_wva=False)
    by_hpa.header = header(1.0, with_wva=False)
    imported.header = header(1.0, imported="run.tar.gz")
    table, one, *log = told(outside)
    assert "nobody scales engines outside a cluster" in table
    assert "nothing to show" in one
    assert set(log) == {" no log: engines outside a cluster have no controller"}
    table, one, *log = told(by_hpa)
    assert "HPA or KEDA decide" in table
    assert "first decision" in one
    assert len(set(log)) == 1
    assert "WVA is not here" in log[0]
    assert all("yet" not in line for line in told(imported))


def test_charts_take_the_room_of_decisions_and_log() -> None:
    for width, height, count in ((80, 24, 2), (120, 40, 6)):
        vm = view_model(engines("blue", "green"), view_state=ViewState(view="overview"))
        vm = replace(vm, plan=plan(width, height, Wishes(table=3, table_small=3)))
        body = height - 6
        places = overview.places(vm, width, body)
        assert {place.part for place in places} & {"decisions", "log"} == set()
        assert sum(place.part.startswith("chart:") for place in places) == count
        assert max(place.y + place.height for place in places) == body


def test_nothing_is_awaited_of_what_was_imported() -> None:
    world = live()
    world.header = header(754.0, imported="bundle.json", with_wva=False, scalers=())
    world.replicas, world.decisions = (), ()
    world.variants = tuple(
        replace(row, action="", decision_age_s=None, blocked="") for row in world.variants
    )
    vm = view_model(world)
    drawn = [
        *texts(state_panel.lines(vm, 100, 2)),
        *texts(decisions.lines(vm, 100, 3)),
        *texts(variants.lines(vm, 100, 6)),
    ]
    assert any("no decision was imported" in line for line in drawn)
    assert not any("yet" in line or "has been measured" in line for line in drawn)
