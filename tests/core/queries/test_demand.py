"""The demand of a recording is computed from the counters of its pods."""

import msgspec
import pytest

from tests.core.queries.engine_rows import histogram, rows
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.demand import demand, demand_of, mean_lengths
from wvatui.core.state.state import EMPTY


def look(at: float, pod: str, ended: int, running: int, waiting: int = 0) -> ev.Scrape:
    """A scrape with these counts, for requests with prompts of 2,000 and answers of 500 tokens."""
    return ev.Scrape(
        at,
        pod=pod,
        running=running,
        waiting=waiting,
        kv=0.5,
        prompt_tokens=ended * 2000,
        generation_tokens=ended * 500,
        success={"length": ended} if ended else {},
        prefix_queries=ended * 2000,
        prefix_hits=ended * 500,
        ttft=histogram(ended, 1.0),
    )


def test_what_arrived_is_what_was_finished_and_what_there_is_more_inside() -> None:
    found = demand_of({"a": [look(0, "a", 0, 0), look(10, "a", 30, 15, 5), look(20, "a", 60, 5)]})
    assert [(s.since, s.until, s.rate) for s in found] == [(0, 10, 5.0), (10, 20, 1.5)]
    assert (found[0].prompt, found[0].output, found[0].repeated) == (2000, 500, 0.25)


def test_pods_are_added_up_also_when_they_are_looked_at_at_different_moments() -> None:
    found = demand_of(
        {
            "a": [look(0, "a", 0, 0), look(10, "a", 20, 0)],
            "b": [look(5, "b", 0, 0), look(15, "b", 30, 0)],
        }
    )
    assert [(s.since, s.until, s.rate) for s in found] == [(0, 5, 2.0), (5, 10, 5.0), (10, 15, 3.0)]


def test_a_gauge_that_is_older_than_the_counter_beside_it_makes_no_load_less_than_none() -> None:
    found = demand_of(
        {
            "a": [
                look(0, "a", 0, 0),
                look(10, "a", 10, 0),
                look(20, "a", 12, 0, 0),
                look(30, "a", 12, 10),
            ]
        }
    )
    assert all(stretch.rate >= 0 for stretch in found)
    off = demand_of({"a": [look(0, "a", 10, 10), look(10, "a", 12, 5), look(20, "a", 20, 5)]})
    assert [s.rate for s in off] == [10.0, 0.0, 0.5]


def test_what_a_pod_has_inside_when_it_is_seen_first_came_just_before() -> None:
    found = demand_of({"a": [look(100, "a", 7, 6, 2), look(110, "a", 17, 0)]})
    assert [(s.since, s.until, s.rate) for s in found] == [(99, 100, 8.0), (100, 110, 0.2)]
    assert [s.begun for s in found] == [6 / 8, 0.0]


def test_an_engine_that_began_anew_has_counted_from_nothing() -> None:
    found = demand_of({"a": [look(0, "a", 100, 0), look(10, "a", 10, 2), look(20, "a", 20, 2)]})
    assert [s.rate for s in found] == [1.2, 1.0]


def test_pages_that_do_not_count_give_no_demand_and_not_a_load_of_nothing() -> None:
    blind = [msgspec.structs.replace(one, success=None) for one in rows("a", [5] * 9, (9, 0.1, 0))]
    assert demand_of({"a": blind}) == ()
    assert demand_of({}) == ()
    assert mean_lengths({"a": [look(0, "a", 0, 3), look(9, "a", 0, 3)]}) is None


def test_the_demand_of_a_session_is_that_of_the_pods_of_one_model() -> None:
    state = fold(
        EMPTY,
        [
            ev.Bounds(0.0, id=0, le=(1.0,)),
            ev.Engine(0.0, pod="a", model="m"),
            ev.Engine(0.0, pod="b", model="n"),
            look(1, "a", 0, 0),
            look(2, "b", 0, 0),
            look(11, "a", 30, 0),
            look(12, "b", 90, 0),
        ],
    )
    assert [s.rate for s in demand(state, "m")] == [3.0]
    assert sum(s.rate * (s.until - s.since) for s in demand(state)) == pytest.approx(120)
