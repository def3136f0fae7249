"""The cost of replicas on the screen: in the header, beside variants and pods, if there are
prices."""

from dataclasses import replace

from tests.ui.fake import live
from tests.ui.view_models import texts, view_model
from wvatui.core.queries.pods.replica_rows import READY
from wvatui.core.queries.pods.replica_time import RunningCost
from wvatui.ui.draw import format
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.overview import header, variants
from wvatui.ui.panels.pods import pods

ASKED = ViewState(prices=(("*", 3.2),))


def test_header_variants_and_pods_have_the_cost_by_the_given_prices() -> None:
    vm = view_model(live(), view_state=ASKED)
    assert "cost 4.50 so far, 9.60/h" in texts(header.lines(vm, 200, 2))[0]
    narrow = texts(header.lines(vm, 80, 2))[0]
    assert "9.60/h" in narrow or "cost" not in narrow
    table = "\n".join(texts(variants.lines(vm, 120, 12)))
    assert "9.60/h, 4.50 so far" in table
    assert "cost/h" in texts(pods.lines(vm, 120, 6))[1]
    assert "3.20" in texts(pods.lines(vm, 120, 6))[2]
    priced = [line for line in texts(pods.lines(vm, 120, 12)) if "3.20" in line]
    assert not any("starting" in line or "draining" in line for line in priced)
    ready = [row for row in vm.replicas if row.state in READY]
    assert len(priced) == len(ready) < len(vm.replicas)


def test_a_price_that_is_nothings_is_told() -> None:
    world = live()
    world.cost = replace(world.cost, unused=("b200",))
    assert "no b200 here" in texts(header.lines(view_model(world, view_state=ASKED), 200, 2))[0]


def test_without_prices_no_cost_is_shown() -> None:
    vm = view_model(live())
    drawn = [*header.lines(vm, 200, 2), *variants.lines(vm, 120, 12), *pods.lines(vm, 160, 9)]
    assert not any("cost" in line or "/h" in line for line in texts(drawn))


def test_what_is_not_known_is_a_dash() -> None:
    world = live()
    world.cost = RunningCost(None, None)
    assert (
        "cost – so far, –/h" in texts(header.lines(view_model(world, view_state=ASKED), 200, 2))[0]
    )


def test_small_amounts_keep_their_digits() -> None:
    values = (0.0, 0.0042, 0.5, 3.2, 1234.4)
    assert [format.cost(v) for v in values] == ["0.00", "0.0042", "0.50", "3.20", "1,234"]
