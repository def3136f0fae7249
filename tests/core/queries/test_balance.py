"""How evenly requests are spread over engines, and facts about endpoints; numbers by hand."""

import pytest

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.pod_detail import pod_detail
from wvatui.core.queries.pods.replica_time import replica_time
from wvatui.core.queries.pods.window import balance
from wvatui.core.queries.session import session_rows
from wvatui.core.state.state import EMPTY, State

URL = "http://box:8000/metrics"


def session(*events: ev.Event, now: float = 1100.0) -> State:
    """A session of two engines that began at 1000 s."""
    endpoints = tuple(ev.EngineEndpoint(name, URL) for name in ("blue", "green"))
    header = ev.Header(1000.0, started_at=1000.0, interval_s=2.0, endpoints=endpoints)
    models = [ev.Engine(1000.0, pod=name, engine="vllm", model="m") for name in ("blue", "green")]
    return fold(EMPTY, [header, *models, *events, ev.Tick(now)])


def look(at: float, pod: str, running: int, waiting: int | None = 0, **more: object) -> ev.Scrape:
    return ev.Scrape(at, pod=pod, running=running, waiting=waiting, kv=0.1, **more)  # type: ignore[arg-type]


def test_the_busiest_engine_is_held_against_the_mean_of_the_last_minute() -> None:
    state = session(
        look(1020.0, "blue", 90),  # more than a minute ago
        *(look(at, "blue", 6, 3) for at in (1060.0, 1099.0)),
        *(look(at, "green", running) for at, running in ((1060.0, 2), (1099.0, 4))),
    )
    found = balance(state)
    assert found is not None
    assert (found.engines, found.busiest) == (2, "blue")
    assert found.ratio == pytest.approx(9 / 6)  # blue 9, green 3: 6 on average


def test_ranks_of_one_process_are_engines_of_their_own() -> None:
    ranks = tuple(ev.RankScrape(engine=str(n), running=10 * n, waiting=0) for n in (1, 3))
    found = balance(session(look(1099.0, "blue", 40, ranks=ranks)))
    assert found is not None
    assert (found.engines, found.busiest, found.ratio) == (2, "blue rank 3", 1.5)


@pytest.mark.parametrize(
    "looks",
    [
        [look(1099.0, "blue", 9)],  # a single engine cannot be compared
        [look(1099.0, "blue", 1), look(1099.0, "green", 0)],  # too few requests
        [look(1099.0, "blue", 9), look(1050.0, "green", 9)],  # green no longer answers
        [look(1099.0, "blue", 9), look(1099.0, "green", 9, None)],  # not measured
    ],
)
def test_what_cannot_be_compared_is_not(looks: list[ev.Scrape]) -> None:
    assert balance(session(*looks)) is None


def test_the_page_of_an_endpoint_has_its_address_and_nothing_of_a_pods_life() -> None:
    facts = {(fact.name, fact.text) for fact in pod_detail(session(), "blue").facts}
    assert ("address", URL) in facts
    assert not {"restarts", "node", "variant", "phase"} & {name for name, _ in facts}


def test_an_endpoint_costs_all_the_time_and_has_a_price_where_one_is_given() -> None:
    state = session(look(1050.0, "blue", 1))
    ran = replica_time(state, 1000.0, 1100.0, prices={"*": 36.0})
    assert (ran.most, ran.seconds, ran.cost) == (2, 200.0, 2.0)
    assert replica_time(state, 1000.0, 1100.0).cost is None
    head = session_rows.header(state)
    assert (head.place, head.unit, head.models, head.with_wva) == (
        "2 endpoints",
        "engine",
        ("m",),
        False,
    )
