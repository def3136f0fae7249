"""SGLang pods: their page, what the controller reads of it, and one scenario with both engines."""

import random

from prometheus_client.parser import text_string_to_metric_families

from tests.sim.test_wva_model import lines
from wvatui.core.events import Engine as EngineEvent
from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import read
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.engine.engine import EngineModel, EngineProfile, Sequence
from wvatui.engine.engine_stats import SGLANG_BOUNDS, EngineStats
from wvatui.sim.cluster import Cluster
from wvatui.sim.controllers.wva.wva_variants import find_variants
from wvatui.sim.pods.collector import read_page as scraped
from wvatui.sim.pods.page import sglang_page

MODEL = "org/model"


def busy() -> EngineModel:
    one = EngineModel(EngineProfile("L40S", blocks=64, max_seqs=8), 0.0, random.Random(1))
    one.stats = EngineStats(one.profile.max_model_len, sglang=True)
    for _ in range(20):
        one.submit(Sequence(prompt=200, output=40, arrived=0.0, shared=32), 0.0)
    one.advance(1.5)
    assert one.running
    assert one.waiting
    return one


def test_the_page_says_what_the_engine_knows() -> None:
    one = busy()
    text = sglang_page(one, MODEL, started_at=1.0)
    bounds = BoundsBook()
    events = read_page(text, at=1.0, pod="p", took_ms=1, bounds=bounds)
    scrape, about = events[-1], events[-2]
    assert isinstance(scrape, Scrape)
    assert isinstance(about, EngineEvent)
    assert (about.engine, about.model, about.kv_tokens) == ("sglang", MODEL, 64 * 16)
    assert scrape.kv == round(one.cache.ratio, 2)
    assert (scrape.running, scrape.waiting) == (len(one.running), len(one.waiting))
    assert scrape.prompt_tokens == one.stats.prompt_tokens
    assert scrape.generation_tokens == one.stats.generation_tokens
    assert scrape.prefix_hits == one.stats.cached_tokens
    assert sum((scrape.success or {}).values()) == sum(one.stats.finished.values())
    assert not scrape.bad
    assert scrape.ttft is not None
    assert read(scrape.ttft)[0] is not None


def test_other_readers_read_the_page_too() -> None:
    text = sglang_page(busy(), MODEL, started_at=1.0).decode()
    found = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(name.startswith("sglang:") for name in found)
    ttft = found["sglang:time_to_first_token_seconds"]
    told = [sample.labels["le"] for sample in ttft.samples if "le" in sample.labels]
    assert told == [*(f"{bound}" for bound in SGLANG_BOUNDS), "+Inf"]
    assert not any(name.endswith("_created") for name in found)
    gauge = found["sglang:token_usage"].samples[0].labels
    assert gauge == {"engine_type": "unified", "model_name": MODEL, "pp_rank": "0", "tp_rank": "0"}


def test_a_server_of_one_role_says_so_and_has_its_queues() -> None:
    for role in ("prefill", "decode"):
        text = sglang_page(busy(), MODEL, started_at=1.0, role=role).decode()
        assert f'engine_type="{role}"' in text
        assert f"sglang:num_{role}_prealloc_queue_reqs" in text


def test_the_controllers_prometheus_reads_it() -> None:
    one = busy()
    sample = scraped(2.0, sglang_page(one, MODEL, started_at=1.0))
    assert sample.model == MODEL
    assert sample.kv_tokens == 64 * 16
    assert sample.values["waiting"] == len(one.waiting)
    assert sample.values["prompt_count"] == sum(one.stats.finished.values())


def test_the_controller_knows_the_engine_and_sizes_it_by_its_tokens() -> None:
    cluster = Cluster(scenario="sglang")
    cluster.controller._verbosity = 4
    cluster.timeline.run_until(cluster.timeline.start + 200)
    found = {v.name: v for v in find_variants(cluster.store, cluster.namespace)}
    ours = found["llama-8b-sglang"]
    profile = cluster.scenario.variants[1].profile
    assert (ours.engine_name, found["llama-8b-vllm"].engine_name) == ("sglang", "vllm")
    assert ours.engine.max_seqs == profile.max_seqs
    assert ours.engine.max_batched_tokens == profile.max_batched_tokens
    told = lines(cluster)
    assert [line.message for line in told if line.kind == "unknown"] == []
    log = cluster.logbook.current(
        cluster.controller_namespace, cluster.controller.leader, "manager"
    )
    text = "\n".join(line.text.decode() for line in log.read())
    assert '"engines": ["sglang","vllm"]' in text
    tokens = profile.blocks * profile.block_size
    assert "SGLang cache config metric" in text
    assert f'"totalKvCapacityTokens": {tokens}}}' in text
    assert cluster.controller.emitted["llama-8b-sglang", cluster.namespace] > 1
