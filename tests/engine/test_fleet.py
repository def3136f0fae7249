"""A fleet of engines under a given load, simulated in this process."""

from collections import deque
from collections.abc import Sequence

import pytest

from bench.engine_scrape import scrape
from wvatui.core.events import Scrape
from wvatui.core.queries.pods.demand import DemandStretch, demand_of
from wvatui.core.queries.pods.engine_figures import EngineFigures, figures_of
from wvatui.core.rules.wva.model.perf import LinearFit
from wvatui.engine.engine import EngineProfile
from wvatui.engine.fleet import EngineLook, Fleet, profile_of

START = 1_788_249_600.0
FIGURES = EngineFigures(
    blocks=6426,
    block_size=64,
    line=LinearFit(8.4, 0.22),
    step_ms=9.2,
    seq_ms=0.1,
    prefill_ms=0.025,
    prompt=2050.0,
    output=510.0,
    points=100,
)
H100 = profile_of(FIGURES)
SMALL = EngineProfile("H100", blocks=800, max_seqs=64)


def load(*rates: float, each_s: float = 60.0, **fields: float) -> list[DemandStretch]:
    """Stretches of load with `rates`, of `each_s` seconds each."""
    return [
        DemandStretch(START + n * each_s, START + (n + 1) * each_s, rate, 400.0, 100.0, **fields)
        for n, rate in enumerate(rates)
    ]


def follow(
    fleet: Fleet,
    replicas: Sequence[tuple[float, str, int]],
    *,
    until: float,
    every_s: float = 15.0,
) -> tuple[EngineLook, ...]:
    """Looks at the fleet each `every_s` seconds up to `until`; `replicas`: (time, variant,
    pods)."""
    given = deque(replicas)
    looks: list[EngineLook] = []
    while fleet.now < until:
        to = min(until, fleet.now + every_s)
        while given and given[0][0] <= to:
            at, variant, count = given.popleft()
            fleet.advance(max(at, fleet.now))
            fleet.scale(variant, count)
        fleet.advance(to)
        looks += fleet.look()
    return tuple(looks)


def fleet(
    profile: EngineProfile = SMALL, *rates: float, replicas: int = 1, boot_s: float = 30.0
) -> Fleet:
    return Fleet({"v": profile}, load(*rates), start=START, replicas={"v": replicas}, boot_s=boot_s)


def test_as_many_requests_arrive_as_the_load_has_and_all_are_answered() -> None:
    one = fleet(SMALL, 1.0, 4.0, 0.0, replicas=2)
    one.advance(START + 60)
    assert one.accepted == 60
    one.advance(START + 180)
    assert (one.accepted, one.finished) == (300, 300)
    assert [(look.running, look.waiting, look.kv) for look in one.look()] == [(0, 0, 0.0)] * 2


def test_more_load_can_be_offered_when_the_first_was_answered() -> None:
    one = fleet(SMALL, 2.0)
    one.advance(START + 100)
    one.offer([DemandStretch(START + 100, START + 110, 3.0, 400.0, 100.0)])
    one.offer([DemandStretch(START + 110, START + 120, 1.0, 400.0, 100.0)])
    one.advance(START + 200)
    assert (one.accepted, one.finished) == (160, 160)


def test_what_is_being_answered_already_goes_on_where_it_is() -> None:
    begun = DemandStretch(START, START + 1, 40.0, 400.0, 100.0, begun=0.5)
    one = Fleet({"v": SMALL}, [begun], start=START, replicas={"v": 1})
    one.advance(START + 1)
    look = one.look()[0]
    assert look.running + look.waiting + one.finished == 40
    one.advance(START + 60)
    assert one.finished == one.accepted == 40
    stats = one.engine("v-1").stats
    # Only of the others the beginning was seen, and half of the answers was not counted here.
    assert sum(stats.ttft.counts) == 20
    assert stats.generation_tokens < 40 * 100 * 0.9


def test_the_same_arguments_and_calls_give_the_same_looks() -> None:
    def lived(every_s: float) -> list[EngineLook]:
        looks = follow(
            fleet(SMALL, 6.0, 9.0), [(START + 20, "v", 2)], until=START + 120, every_s=every_s
        )
        return [look for look in looks if look.at in (START + 60, START + 120)]

    assert lived(20.0) == lived(20.0)
    assert len(lived(20.0)) == 4


def test_a_new_pod_boots_and_says_nothing_of_its_cache_until_it_is_ready() -> None:
    one = fleet(SMALL, 9.0, 9.0)
    one.scale("v", 2)
    one.advance(START + 29)
    booting = one.look()[1]
    assert (booting.state, booting.kv, booting.running) == ("booting", None, 0)
    one.advance(START + 40)
    ready = one.look()[1]
    assert ready.state == "ready"
    assert ready.kv
    assert ready.running > 0


def test_who_boots_goes_before_who_serves_and_the_youngest_before_the_oldest() -> None:
    one = fleet(SMALL, 2.0, replicas=2)
    one.advance(START + 5)
    one.scale("v", 4)
    one.advance(START + 10)
    one.scale("v", 2)
    assert [look.pod for look in one.look()] == ["v-1", "v-2"]
    one.scale("v", 1)
    assert [look.pod for look in one.look() if look.state == "ready"] == ["v-1"]
    one.advance(START + 60)
    assert [look.pod for look in one.look()] == ["v-1"]


def test_a_pod_that_leaves_answers_what_it_has() -> None:
    one = fleet(SMALL, 10.0, 0.0, replicas=2)
    one.advance(START + 30)
    one.scale("v", 1)
    leaving = one.look()[1]
    assert leaving.state == "leaving"
    assert leaving.running > 0
    one.advance(START + 120)
    assert [look.pod for look in one.look()] == ["v-1"]
    assert one.finished == one.accepted == 600


def test_without_a_pod_requests_are_held() -> None:
    one = fleet(SMALL, 2.0, 2.0, replicas=0)
    one.advance(START + 10)
    assert one.look() == ()
    assert one.held == one.accepted > 0
    one.scale("v", 1)
    one.advance(START + 45)
    assert one.held == 0


def test_an_engine_is_found_by_its_pod_and_an_unknown_one_is_an_error() -> None:
    one = fleet(SMALL, 1.0)
    one.advance(START + 60)
    assert one.engine("v-1").stats.generation_tokens > 0
    with pytest.raises(KeyError):
        one.engine("v-2")
    with pytest.raises(KeyError):
        one.scale("another", 3)


def test_repeated_prompts_are_found_in_the_cache() -> None:
    def hits(repeated: float) -> float:
        one = Fleet({"v": H100}, load(3.0, repeated=repeated), start=START, replicas={"v": 1})
        one.advance(START + 70)
        stats = one.engine("v-1").stats
        return stats.prefix_hits / stats.prefix_queries

    assert hits(0.0) == 0.0
    assert hits(0.5) == pytest.approx(0.5, abs=0.12)


def test_a_simulated_engine_is_measured_to_be_what_it_was_given() -> None:
    """The figures that `core` computes from pages are those that the engine was given."""
    rates = (1.0, 5.0, 2.0, 7.0, 4.0, 8.0, 3.0)
    stretches = [
        DemandStretch(START + n * 60, START + n * 60 + 60, rate, 2050.0, 510.0)
        for n, rate in enumerate(rates)
    ]
    one = Fleet({"v": H100}, stretches, start=START, replicas={"v": 1})
    looks: list[Scrape] = []
    while one.now < START + 420:
        one.advance(one.now + 10)
        looks.append(scrape(one.engine("v-1"), one.now, "v-1"))
    found = figures_of({"v-1": looks}, 6426, 64)
    assert isinstance(found, EngineFigures)
    assert found.prompt == pytest.approx(2050, rel=0.02)
    assert found.output == pytest.approx(510, rel=0.1)
    # The parts of a step can be separated only if the load varies; their sum is certain.
    assert found.line.base == pytest.approx(9.2, rel=0.35)
    assert found.line.slope == pytest.approx(0.1 + 0.025 * 2050 / 510, rel=0.2)
    again = demand_of({"v-1": looks})
    assert sum(s.rate * (s.until - s.since) for s in again) == pytest.approx(
        sum(rate * 60 for rate in rates), abs=25
    )
