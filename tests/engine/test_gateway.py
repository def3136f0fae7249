"""The gateway sends each request to the least loaded pod, and queues them while there is none."""

import random

import pytest

from wvatui.engine import gateway as module
from wvatui.engine.engine import EngineModel, EngineProfile, Sequence
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline

START = 1_788_249_600.0


def engine(blocks: int = 512) -> EngineModel:
    return EngineModel(EngineProfile("H100", blocks=blocks, max_seqs=16), START, random.Random(1))


def test_without_a_pod_requests_wait_at_the_gateway_and_go_to_the_first_that_comes() -> None:
    timeline = Timeline(START)
    gateway = Gateway(timeline)
    for _ in range(3):
        gateway.send(100, 10, 0)
    assert (len(gateway.queue), gateway.accepted) == (3, 3)
    timeline.run_until(START + 40)
    one = engine()
    gateway.join("a", one)
    assert (len(gateway.queue), one.load) == (0, 3)
    one.advance(START + 60)
    # What waited at the gateway counts in the time to the first token.
    assert one.stats.ttft.total > 3 * 40


def test_equal_pods_get_equal_shares() -> None:
    timeline = Timeline(START)
    gateway = Gateway(timeline)
    for pod in "abc":
        gateway.join(pod, engine())
    for tenth in range(300):
        timeline.run_until(START + tenth / 10)
        gateway.send(200, 50, 0)
    assert sum(gateway.routed.values()) == 300
    assert max(gateway.routed.values()) < 1.5 * min(gateway.routed.values())


def test_a_pod_with_a_full_cache_or_a_queue_is_spared() -> None:
    timeline = Timeline(START)
    gateway = Gateway(timeline)
    full = engine(64)
    for _ in range(8):
        full.submit(Sequence(200, 400, START), START)
    full.advance(START + 1)
    timeline.run_until(START + 1)
    free = engine()
    gateway.join("a-full", full)
    gateway.join("b-free", free)
    for _ in range(5):
        gateway.send(100, 10, 0)
    assert gateway.routed == {"b-free": 5}


def test_a_pod_that_joins_gets_everything_until_its_queue_is_as_long() -> None:
    timeline = Timeline(START)
    gateway = Gateway(timeline)
    old, new = engine(64), engine(64)
    gateway.join("a-old", old)
    for _ in range(30):
        gateway.send(200, 400, 0)
    old.advance(START + 0.1)
    queue = len(old.waiting)
    assert queue > 10
    gateway.join("b-new", new)
    while len(new.waiting) < queue - 1:
        before = gateway.routed["a-old"]
        gateway.send(200, 400, 0)
        assert gateway.routed["a-old"] == before


def test_a_prompt_that_a_pod_was_sent_before_goes_there_again() -> None:
    gateway = Gateway(Timeline(START))
    for pod in "abc":
        gateway.join(pod, engine(4096))
    for prefix in ("x", "y", "z"):
        for _ in range(4):
            gateway.send(400, 20, 400, prefix=prefix)
    assert gateway.routed == {"a": 4, "b": 4, "c": 4}
    # A prompt that differs in its end is no reason to stay with a fuller pod.
    gateway.send(400, 20, 16, prefix="x")
    assert gateway.routed["a"] == 5 or max(gateway.routed.values()) == 5


def test_a_pod_that_comes_back_by_its_name_was_sent_nothing() -> None:
    gateway = Gateway(Timeline(START))
    gateway.join("a", engine())
    gateway.join("b", engine())
    for _ in range(3):
        gateway.send(400, 20, 400, prefix="x")
    assert gateway.routed == {"a": 3}
    gateway.leave("a")
    gateway.send(400, 20, 400, prefix="x")
    gateway.join("a", engine())
    gateway.send(400, 20, 400, prefix="x")
    assert gateway.routed == {"a": 3, "b": 2}


def test_a_pod_that_left_gets_nothing_more_and_keeps_what_it_has() -> None:
    gateway = Gateway(Timeline(START))
    one, two = engine(), engine()
    gateway.join("a", one)
    gateway.send(100, 10, 0)
    gateway.join("b", two)
    gateway.leave("a")
    gateway.leave("a")
    gateway.send(100, 10, 0)
    assert (one.load, two.load) == (1, 1)
    assert list(gateway.engines) == ["b"]


def test_a_full_gateway_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_CAP", 2)
    gateway = Gateway(Timeline(START))
    for _ in range(5):
        gateway.send(100, 10, 0)
    assert (gateway.accepted, len(gateway.queue), gateway.refused) == (5, 2, 3)


def test_the_mean_of_no_pods_is_nothing() -> None:
    gateway = Gateway(Timeline(START))
    assert gateway.mean(lambda e: 1.0) == 0.0
    gateway.join("a", engine())
    gateway.join("b", engine())
    assert gateway.mean(lambda e: 3.0) == 3.0
