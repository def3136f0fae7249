"""Rounds over many pods: concurrent, at regular times, with late and skipped ones reported."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from tests.sources.virtual import START, running, virtual_clock
from wvatui.clock import WallClock
from wvatui.core.events import Event, PollRound, ScrapeFailure
from wvatui.kube.stepped import SteppedClock
from wvatui.sources.pods.endpoints import EndpointBook, PageEndpoint
from wvatui.sources.pods.poller import Gate, PollAnswer, Poller, PollTarget


def pods(count: int) -> list[PollTarget]:
    return [PollTarget(f"pod-{n:03}", "ns") for n in range(count)]


async def polled(
    targets: list[PollTarget], interval_s: float, for_s: float, takes: Callable[[str, float], float]
) -> tuple[list[tuple[float, str]], list[Event], list[PollRound]]:
    """Poll `targets`, whose answers take `takes(pod, now)` seconds.

    Returns (time, pod) of each request, the events, and the rounds.
    """
    asked: list[tuple[float, str]] = []
    rounds: list[PollRound] = []
    async with virtual_clock() as (clock, _):

        async def ask(target: PollTarget) -> PollAnswer:
            now = clock.now()
            asked.append((now - START, target.pod))
            await clock.sleep(takes(target.pod, now - START))
            return PollAnswer([ScrapeFailure(at=clock.now(), pod=target.pod, why="error")], True)

        async def run(emit: Callable[[Event], None]) -> None:
            await poller(clock, emit).run()

        def poller(clock: SteppedClock, emit: Callable[[Event], None]) -> Poller:
            return Poller(clock, interval_s, lambda: targets, ask, emit=emit, closed=rounds.append)

        async with running(run) as events:
            await clock.sleep(for_s)
    return asked, events, rounds


def spacings(asked: list[tuple[float, str]], pod: str) -> list[float]:
    times = [at for at, name in asked if name == pod]
    return [b - a for a, b in pairwise(times)]


async def test_five_pods_that_take_four_seconds_are_asked_together_each_five_seconds() -> None:
    asked, events, rounds = await polled(pods(5), 5.0, 60.0, lambda pod, now: 4.0)
    for target in pods(5):
        assert max(spacings(asked, target.pod)) <= 6.0
        assert len(spacings(asked, target.pod)) >= 10
    assert [r.answered for r in rounds[:11]] == [5] * 11
    assert all(4000 <= r.took_ms <= 5000 for r in rounds[:11])
    assert len(events) >= 55


async def test_a_pod_that_hangs_delays_no_other_and_is_not_asked_twice_at_once() -> None:
    def takes(pod: str, now: float) -> float:
        return 1000.0 if pod == "pod-001" else 0.0

    asked, _, rounds = await polled(pods(3), 2.0, 20.0, takes)
    assert spacings(asked, "pod-000") == [2.0] * 9
    assert spacings(asked, "pod-001") == []
    assert [(r.pods, r.answered, r.skipped) for r in rounds[1:5]] == [(3, 2, 0)] * 4


async def test_a_round_is_left_out_and_counted_when_all_pods_are_still_busy() -> None:
    asked, _, rounds = await polled(pods(2), 2.0, 20.0, lambda pod, now: 3.0)
    assert spacings(asked, "pod-000") == [4.0] * 4
    assert [r.skipped for r in rounds[1:4]] == [1, 1, 1]


async def test_pods_of_one_moment_are_told_in_one_order() -> None:
    async with virtual_clock() as (clock, _):
        events: list[Event] = []
        gate = Gate(["a", "b", "c"], events.append)
        for pod in ("c", "a"):
            gate.put(pod, [ScrapeFailure(at=clock.now(), pod=pod, why="error")])
        assert events == []
        gate.put("b", [ScrapeFailure(at=clock.now(), pod="b", why="error")])
        assert [e.pod for e in events if isinstance(e, ScrapeFailure)] == ["a", "b", "c"]


async def test_a_late_answer_does_not_hold_back_the_quick_ones() -> None:
    _, events, _ = await polled(pods(2), 5.0, 1.0, lambda pod, now: 0.9 * (pod == "pod-000"))
    told = [(round(e.at - START, 3), e.pod) for e in events if isinstance(e, ScrapeFailure)]
    assert told == [(0.0, "pod-001"), (0.9, "pod-000")]


async def test_many_pods_are_spread_over_the_interval_and_few_are_asked_at_once() -> None:
    asked, _, rounds = await polled(pods(200), 5.0, 9.9, lambda pod, now: 0.01)
    offsets = Counter(round(at, 6) for at, _ in asked if at < 5)
    assert len(offsets) == 24
    assert max(offsets) <= 3.0
    assert max(offsets.values()) <= 20
    few, _, _ = await polled(pods(8), 5.0, 4.9, lambda pod, now: 0.01)
    assert {at for at, _ in few} == {0.0}
    assert [r.answered for r in rounds] == [200, 200]
    for target in pods(200):
        assert abs(spacings(asked, target.pod)[0] - 5.0) < 0.1


async def test_rounds_stay_on_their_grid() -> None:
    asked, _, _ = await polled(pods(1), 2.0, 100.0, lambda pod, now: 0.3)
    assert [at for at, _ in asked] == [2.0 * n for n in range(50)]


class LateClock(WallClock):
    """A clock that stood still for 7 s during the second sleep of 1 s or more."""

    def __init__(self) -> None:
        super().__init__()
        self.time = START
        self.sleeps = 0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.sleeps += seconds >= 1
        for _ in range(20):  # lets other tasks finish what they are doing
            await asyncio.sleep(0)
        self.time += max(0.0, seconds) + 7 * (self.sleeps == 2 and seconds >= 1)


async def test_rounds_that_a_suspended_machine_slept_through_are_counted() -> None:
    clock, rounds, asked = LateClock(), list[PollRound](), list[float]()
    done = asyncio.Event()

    async def ask(target: PollTarget) -> PollAnswer:
        asked.append(clock.now() - START)
        return PollAnswer([], True)

    def closed(round_: PollRound) -> None:
        rounds.append(round_)
        if len(rounds) == 4:
            done.set()

    poller = Poller(clock, 2.0, lambda: pods(1), ask, emit=print, closed=closed)
    async with running(lambda emit: poller.run()):
        await asyncio.wait_for(done.wait(), 120)
    assert asked[:4] == [0.0, 2.0, 11.0, 12.0]
    assert [round_.skipped for round_ in rounds[:4]] == [0, 0, 0, 3]
    assert rounds[2].late_ms == 7000


def ports(endpoints: Sequence[PageEndpoint]) -> tuple[int, ...]:
    return tuple(endpoint.port for endpoint in endpoints)


def test_ports_are_tried_declared_first_and_then_the_usual_ones() -> None:
    book = EndpointBook()
    assert ports(book.order("a", "w", (8200, 0, 8200))) == (8200, 8000)
    assert ports(book.order("a", "w", ())) == (8000, 8200)


def test_what_answered_is_remembered_for_the_pod_and_its_next_replica() -> None:
    book = EndpointBook()
    assert book.remember("a", "w", PageEndpoint(8000))
    assert not book.remember("a", "w", PageEndpoint(8000))
    assert book.order("a", "w", (8200,))[0] == PageEndpoint(8000)
    assert book.order("b", "w", (8200,))[0] == PageEndpoint(8000)
    assert book.order("c", "other", (8200,))[0] == PageEndpoint(8200)
    book.keep(["b"])
    assert book.remember("a", "w", PageEndpoint(8000))


def test_a_port_that_swallows_the_question_is_tried_last_the_next_time() -> None:
    book = EndpointBook()
    book.suspect("a", 8000)
    assert ports(book.order("a", "", ())) == (8200, 8000)
    book.remember("a", "", PageEndpoint(8000))
    book.suspect("a", 8000)
    assert ports(book.order("a", "", ())) == (8000, 8200)


def test_a_declared_path_and_scheme_go_before_the_usual_ones() -> None:
    order = EndpointBook(()).order("a", "w", (9400,), "/custom/metrics", "https")
    assert order == (PageEndpoint(9400, "/custom/metrics", "https"), PageEndpoint(9400))
