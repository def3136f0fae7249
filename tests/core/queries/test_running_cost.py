"""The cost of replicas so far and per hour, by the viewer's prices; numbers by hand."""

from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.small_logs import LOGS
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.replica_time import (
    PriceList,
    running_cost,
    unit_costs,
    unused_prices,
)
from wvatui.core.state.state import EMPTY, State
from wvatui.session.headless import cost_words

START = 1_788_249_600.0
H100, L40S = ("ns", "big"), ("ns", "small")


def events() -> list[ev.Event]:
    """An hour with two variants: one replica on an H100, three after half an hour; one replica on
    an L40S, whose object declares its cost."""
    out: list[ev.Event] = [ev.Header(START, started_at=START, namespace="ns", interval_s=60.0)]
    for name, accelerator, cost in (("big", "NVIDIA-H100-80GB-HBM3", None), ("small", "L40S", 4.0)):
        out.append(
            ev.Variant(
                START,
                name=name,
                namespace="ns",
                source="VariantAutoscaling",
                target_name=name,
                accelerator=accelerator,
                cost=cost,
            )
        )
        out.append(workload(0.0, name, 1))
    ticks = [ev.Tick(START + at) for at in (0.0, 1800.0, 3600.0)]
    return [*out, ticks[0], workload(1800.0, "big", 3), *ticks[1:]]


def workload(at: float, name: str, ready: int) -> ev.Workload:
    return ev.Workload(
        START + at, kind="Deployment", name=name, namespace="ns", spec=ready, ready=ready
    )


def outside() -> State:
    endpoints = [ev.EngineEndpoint(name, f"http://{name}/metrics") for name in ("gpu-1", "Mac")]
    header = ev.Header(START, started_at=START, endpoints=tuple(endpoints))
    return fold(EMPTY, [header, ev.Tick(START + 1800.0)])


def test_replica_hours_are_multiplied_by_the_price_of_each_variant() -> None:
    cost = running_cost(fold(EMPTY, events()), (("h100", 3.0), ("l40s", 1.0)))
    assert cost.so_far == pytest.approx((0.5 + 1.5) * 3.0 + 1.0)
    assert cost.an_hour == pytest.approx(3 * 3.0 + 1.0)
    assert (cost.each[H100].so_far, cost.each[H100].an_hour) == (6.0, 9.0)
    assert (cost.each[L40S].so_far, cost.prices[L40S]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("prices", "big", "small"),
    [
        ({"h100": 3.0}, 3.0, 4.0),  # a word of the node's label; the other declares its cost
        ({"nvidia-h100-80gb-hbm3": 2.0, "h100": 3.0}, 2.0, 4.0),  # the whole name takes precedence
        ({"big": 1.0, "h100": 3.0, "*": 9.0}, 1.0, 9.0),  # a variant's price comes first
        ({"h10": 3.0, "100": 3.0}, None, 4.0),  # a part of a word does not match
        ({"h100-80gb": 2.0, "h100": 3.0}, 2.0, 4.0),  # the longest match counts
    ],
)
def test_a_price_is_a_variants_then_an_accelerators_then_that_of_all_others(
    prices: dict[str, float], big: float | None, small: float
) -> None:
    assert unit_costs(fold(EMPTY, events()), prices) == {H100: big, L40S: small}


def test_a_replica_without_a_price_makes_the_sum_unknown_and_never_cheaper() -> None:
    cost = running_cost(fold(EMPTY, events()), (("l40s", 1.0), ("a100", 2.0)))
    assert (cost.so_far, cost.an_hour, cost.each[L40S].so_far) == (None, None, 1.0)
    assert cost.unused == ("a100",)
    assert cost_words(cost) == "cost not known (nothing is called a100)"


def test_what_a_variant_that_is_gone_has_cost_by_a_price_of_its_own_or_of_all_stays_known() -> None:
    left = [
        ev.Deleted(START + 3600.0, kind=kind, name="big", namespace="ns")
        for kind in ("variant", "workload")
    ]
    state = fold(EMPTY, [*events(), *left, ev.Tick(START + 3601.0)])
    prices: tuple[PriceList, ...] = ((("big", 3.0), ("l40s", 1.0)), (("*", 3.0), ("l40s", 1.0)))
    for asked in prices:
        cost = running_cost(state, asked)
        assert cost.each[H100].so_far == pytest.approx(6.0, abs=0.01)
        assert cost.so_far == pytest.approx(7.0, abs=0.01)
        assert (cost.an_hour, cost.unused) == (1.0, ())


def test_endpoints_have_a_price_by_name_or_the_one_of_all() -> None:
    asked: PriceList = (("mac", 0.5), ("*", 3.0))
    cost = running_cost(outside(), asked)
    assert (cost.so_far, cost.an_hour, cost.unused) == (1.75, 3.5, ())
    assert cost_words(cost) == "cost 1.75 at 3.5 an hour"


def test_a_name_in_another_script_has_no_price_but_its_own() -> None:
    endpoints = tuple(
        ev.EngineEndpoint(name, f"http://{name}/metrics") for name in ("東京", "大阪")
    )
    state = fold(EMPTY, [ev.Header(START, started_at=START, endpoints=endpoints), ev.Tick(START)])
    prices = {"東京": 1.0, "京都": 9.0}
    assert unit_costs(state, prices) == {("", "東京"): 1.0, ("", "大阪"): None}
    assert unused_prices(state, prices) == ["京都"]


def test_no_replicas_at_all_cost_nothing() -> None:
    ticks: list[ev.Event] = [ev.Tick(START + at) for at in (0.0, 3600.0)]
    state = fold(EMPTY, [*events()[:2], workload(0.0, "big", 0), *ticks])
    cost = running_cost(state, (("h100", 3.0),))
    assert (cost.so_far, cost.an_hour) == (0.0, 0.0)
    assert (cost.each[H100].so_far, cost.each[H100].an_hour) == (0.0, 0.0)
    priced = summary(state, "x", {"h100": 3.0})
    assert (priced["cost"], priced["cost_per_hour"]) == (0.0, 0.0)


def test_nothing_is_known_before_anything_is_there() -> None:
    cost = running_cost(EMPTY, (("*", 3.0),))
    assert (cost.so_far, cost.an_hour) == (None, None)


def test_summary_and_lines_have_the_cost_where_it_is_asked_for_and_are_as_before_otherwise(
    tmp_path: Path,
) -> None:
    state = fold(EMPTY, events())
    priced = summary(state, "x", {"h100": 3.0})
    assert (priced["cost"], priced["cost_per_hour"]) == (10.0, 10.0)
    assert "cost_per_hour" not in summary(state, "x")
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events()))
    told = run("summary", str(path), "--cost", "H100=3,b200=9")
    assert ", cost 10, 10 an hour" in told.out
    log = tmp_path / "wva.log"
    log.write_text("\n".join(LOGS["v0.4.2"]) + "\n", encoding="utf-8")
    assert "  cost             not known: " in run("summary", str(log), "--cost", "3").out
    assert "cost" not in run("summary", str(log)).out
    assert "nothing in run.jsonl is called b200" in told.err
    told = run("replay", str(path), "--plain", "--cost", "H100=3")
    assert "big replicas -→-→3→3→- cost 9/h" in told.out
    assert "cost 10 at 13 an hour" in told.err
    told = run("replay", str(path), "--plain")
    assert "cost" not in told.out + told.err
