"""Pods with roles: one computes the prompts, another generates the answers."""

import json
import random
from functools import cache

import pytest

from tests.core.folding import logged
from tests.sim.test_wva_model import lines
from wvatui.core.explain.cycles import explained
from wvatui.core.explain.to_json import known_by
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.engine.engine import EngineModel, EngineProfile, Sequence
from wvatui.engine.gateway import MOVE_S, Gateway
from wvatui.engine.timeline import Timeline
from wvatui.sim.cluster import Cluster
from wvatui.sim.pods.page import page

PROFILE = EngineProfile("H100", blocks=512, max_seqs=16)


class Pool:
    """A gateway with two pods."""

    def __init__(self, *roles: str) -> None:
        self.timeline = Timeline(0.0)
        self.gateway = Gateway(self.timeline)
        self.engines = {role: EngineModel(PROFILE, 0.0, random.Random(1)) for role in roles}
        for role, engine in self.engines.items():
            self.gateway.join(role, engine, role)
        self.ended: list[Sequence] = []

    def send(self, prompt: int = 1000, output: int = 20) -> Sequence:
        return self.gateway.send(prompt, output, 0, self.ended.append)

    def run(self, to: float) -> None:
        self.timeline.run_until(to)
        for engine in self.gateway.engines.values():
            engine.advance(to)


def test_a_prompt_is_computed_in_one_pod_and_answered_by_the_other() -> None:
    pool = Pool("prefill", "decode")
    sent = pool.send()
    pool.run(5)
    prefill, decode = pool.engines["prefill"].stats, pool.engines["decode"].stats
    assert pool.ended == [sent]
    assert (prefill.prompt_tokens, prefill.generation_tokens) == (1000, 1)
    assert decode.generation_tokens == 20
    assert sent.received == 1000
    assert pool.gateway.routed == {"prefill": 1, "decode": 1}
    assert pool.gateway.accepted == 1


def test_the_answer_begins_when_the_cache_has_moved_and_not_much_later() -> None:
    pool = Pool("prefill", "decode")
    sent = pool.send()
    pool.run(5)
    prompt_s = PROFILE.step_s + 1000 * PROFILE.prefill_s
    assert sent.first_token is not None
    assert prompt_s + MOVE_S < sent.first_token < prompt_s + MOVE_S + 0.1


def test_what_was_received_is_no_hit_of_the_pods_own_prefix_cache() -> None:
    pool = Pool("prefill", "decode")
    for _ in range(5):
        pool.send()
    pool.run(10)
    stats = pool.engines["decode"].stats
    assert stats.prefix_hits == 0
    assert (stats.external_queries, stats.external_hits) == (5000, 5 * 992)  # whole blocks
    text = page(pool.engines["decode"], "m", started_at=0.0)
    assert b'vllm:external_prefix_cache_hits_total{engine="0",model_name="m"} 4960.0\n' in text
    scrape = read_page(text, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())[-1]
    assert getattr(scrape, "prefix_hits", None) == 0


def test_without_a_pod_that_prefills_the_others_do_all_of_it() -> None:
    pool = Pool("decode")
    sent = pool.send()
    pool.run(5)
    assert pool.ended == [sent]
    assert sent.received == 0
    assert pool.engines["decode"].stats.prompt_tokens == 1000


def test_without_a_pod_that_answers_requests_wait_at_the_gateway() -> None:
    pool = Pool("prefill")
    sent = pool.send()
    pool.run(5)
    assert list(pool.gateway.queue) == [sent]
    assert pool.engines["prefill"].load == 0
    pool.gateway.join("decode", EngineModel(PROFILE, 5.0, random.Random(2)), "decode")
    pool.run(10)
    assert pool.ended == [sent]


@pytest.mark.parametrize("when", [0.01, 0.075, 0.2])
def test_a_client_that_goes_away_leaves_nothing_behind(when: float) -> None:
    """It leaves while the prompt is computed, while its cache is moved, or during the answer."""
    pool = Pool("prefill", "decode")
    sent = pool.send(output=400)
    pool.run(when)
    pool.gateway.cancel(sent)
    pool.run(30)
    assert pool.ended == []
    assert [engine.load for engine in pool.engines.values()] == [0, 0]
    assert pool.engines["decode"].stats.finished["stop"] == 0


def test_a_pod_that_ends_takes_its_prompts_with_it() -> None:
    pool = Pool("prefill", "decode")
    sent = pool.send(prompt=6000)
    pool.run(0.05)
    pool.gateway.leave("prefill")
    pool.engines["prefill"].abort_all()
    assert [(one, one.outcome) for one in pool.ended] == [(sent, "abort")]
    pool.run(5)
    assert pool.engines["decode"].load == 0


@cache
def story() -> tuple[Cluster, dict[str, float]]:
    """A cluster after six minutes, and the highest target of each variant."""
    cluster = Cluster(scenario="prefill-decode")
    timeline = cluster.timeline
    most = {"llama-8b-prefill": 1.0, "llama-8b-decode": 1.0}
    for minute in range(1, 7):
        timeline.run_until(timeline.start + minute * 60)
        for name in most:
            most[name] = max(most[name], cluster.controller.emitted.get((name, "llm-d-sim"), 0))
    return cluster, most


def test_the_controller_knows_roles_and_scales_both() -> None:
    cluster, most = story()
    assert min(most.values()) > 1
    found = lines(cluster)
    assert [line.message for line in found if line.kind == "unknown"] == []
    log = cluster.logbook.current(
        cluster.controller_namespace, cluster.controller.leader, "manager"
    )
    told = [line.text.decode() for line in log.read() if b"analyzer-result" in line.text]
    roles = {
        (one["name"], one["role"])
        for text in told
        for one in json.loads(text.rpartition("\t")[2])["variants"]
    }
    assert roles == {("llama-8b-prefill", "prefill"), ("llama-8b-decode", "decode")}


def test_every_decision_by_role_is_explained_with_a_demand_that_is_fitted() -> None:
    cluster, _ = story()
    log = cluster.logbook.current(
        cluster.controller_namespace, cluster.controller.leader, "manager"
    )
    found = explained(logged("\n".join(line.text.decode() for line in log.read())))
    assert len(found) > 10
    assert {one.verdict for one in found if one.explanations} == {"agrees"}
    assert {known_by(one) for one in found if one.explanations} == {"fitted"}


def test_its_pods_say_what_they_are() -> None:
    cluster = Cluster(scenario="prefill-decode")
    for role in ("prefill", "decode"):
        [pod] = cluster.store.list("Pod", "llm-d-sim", {"llm-d.ai/role": role})
        arguments = pod["spec"]["containers"][0]["args"]
        assert any(word.startswith("--kv-transfer-config=") for word in arguments)
