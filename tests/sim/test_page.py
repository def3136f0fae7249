"""The metrics page of a simulated engine, line by line as a vLLM server writes it."""

import random
import re
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import shared
from wvatui.core.events import Engine as EngineEvent
from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import read
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.engine.engine import EngineModel, EngineProfile, Sequence
from wvatui.engine.engine_stats import token_bounds
from wvatui.sim.pods.collector import read_page as scraped
from wvatui.sim.pods.exposition import go_number, number
from wvatui.sim.pods.page import page

MODEL = "org/model"


def busy() -> EngineModel:
    one = EngineModel(EngineProfile("H100", blocks=64, max_seqs=8), 0.0, random.Random(1))
    for _ in range(20):
        one.submit(Sequence(prompt=200, output=40, arrived=0.0, shared=32), 0.0)
    one.advance(1.5)
    assert one.running
    assert one.waiting
    return one


def families(text: str) -> dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Family → (its HELP, its TYPE, the names of its labels, its bounds)."""
    found: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {}
    name = about = kind = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, about = line[7:].split(" ", 1)
            kind = ""
        elif line.startswith("# TYPE "):
            assert line[7:].split(" ", 1)[0] == name
            kind = line.rsplit(" ", 1)[1]
            found[name] = (about, kind, (), ())
        elif line and not line.startswith("#"):
            pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', line)
            labels = tuple(key for key, _ in pairs if key != "le")
            bounds = found[name][3] + tuple(value for key, value in pairs if key == "le")
            found[name] = (about, kind, labels, bounds)
    return found


@pytest.mark.parametrize("legacy", [False, True])
def test_the_page_says_what_the_engine_knows(legacy: bool) -> None:
    one = busy()
    text = page(one, MODEL, started_at=1.0, legacy=legacy)
    events = read_page(text, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())
    scrape, about = events[-1], events[-2]
    assert isinstance(scrape, Scrape)
    assert isinstance(about, EngineEvent)
    assert (about.model, about.blocks, about.block_size) == (MODEL, 64, 16)
    assert (scrape.running, scrape.waiting) == (len(one.running), len(one.waiting))
    assert scrape.waiting_capacity == (None if legacy else len(one.waiting))
    assert scrape.kv == pytest.approx(one.cache.ratio)
    assert scrape.bad == 0
    assert scrape.generation_tokens == one.stats.generation_tokens
    assert (scrape.prefix_hits, scrape.prefix_queries) == (
        one.stats.prefix_hits,
        one.stats.prefix_queries,
    )
    assert scrape.success is not None
    assert sum(scrape.success.values()) == sum(one.stats.finished.values())
    histogram = read(scrape.itl)
    assert histogram is not None
    assert sum(histogram[2]) == sum(one.stats.itl.counts)


@pytest.mark.parametrize("legacy", [False, True])
def test_the_client_librarys_own_parser_reads_the_page_without_a_complaint(legacy: bool) -> None:
    one = busy()
    text = page(one, MODEL, started_at=1.0, legacy=legacy).decode()
    read_back = {f.name: f for f in text_string_to_metric_families(text)}
    assert all(family.type != "unknown" for family in read_back.values())
    ttft = read_back["vllm:time_to_first_token_seconds"]
    counts = [s.value for s in ttft.samples if s.name.endswith("_bucket")]
    assert counts == sorted(counts)
    assert counts[-1] == sum(one.stats.ttft.counts)
    assert ("vllm:inter_token_latency_seconds" in read_back) is not legacy
    assert ("vllm:time_per_output_token_seconds" in read_back) is legacy


def test_the_simulated_prometheus_reads_one_value_where_a_release_has_two_names() -> None:
    one = busy()
    for legacy in (False, True):
        text = page(one, MODEL, started_at=1.0, legacy=legacy)
        values = scraped(1.0, text).values
        assert values["kv_ratio"] == pytest.approx(one.cache.ratio)
        assert values["waiting"] == len(one.waiting)
    only_old = b'vllm:gpu_cache_usage_perc{engine="0"} 0.25\n'
    assert scraped(1.0, only_old).values == {"kv_ratio": 0.25}


def test_an_engine_that_has_done_nothing_has_every_family_already() -> None:
    new = EngineModel(EngineProfile("H100", blocks=64), 0.0, random.Random(1))
    before = families(page(new, MODEL, started_at=1.0).decode())
    assert before == families(page(busy(), MODEL, started_at=1.0).decode())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (42.0, "42.0"),
        (1234567.0, "1.234567e+06"),
        (0.25, "0.25"),
        (1e-05, "1e-05"),
        (1785047287.06, "1.78504728706e+09"),
    ],
)
def test_numbers_are_written_as_the_python_client_writes_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (47.0, "47"),
        (12940.0, "12940"),
        (2799640.0, "2.79964e+06"),
        (1e6, "1e+06"),
        (10647910891.0, "1.0647910891e+10"),
        (0.25322957198443585, "0.25322957198443585"),
        (-2500000.0, "-2.5e+06"),
    ],
)
def test_numbers_are_written_as_the_go_client_writes_them(value: float, text: str) -> None:
    assert go_number(value) == text


@pytest.mark.parametrize(
    ("longest", "last"), [(8192, 5000.0), (16_384, 10_000.0), (100, 100.0), (99, 50.0)]
)
def test_token_histograms_end_where_the_models_context_does(longest: int, last: float) -> None:
    bounds = token_bounds(longest)
    assert bounds[:4] == (1.0, 2.0, 5.0, 10.0)
    assert bounds[-1] == last


def left_out(names: set[str]) -> Iterator[str]:
    """The families that exist only with a KV connector, a profiler or the web framework's
    counters."""
    for name in names:
        if re.match(r"vllm:(nixl|estimated)_|http_", name):
            yield name


def test_names_texts_labels_and_bounds_are_those_of_a_real_page() -> None:
    real = families(shared("vllm-metrics/lifecycle-20260807.prom").read_text())
    one = EngineModel(EngineProfile("H100", blocks=2048, max_model_len=8192), 0.0, random.Random(1))
    ours = families(page(one, MODEL, started_at=1.0).decode())
    missing = set(real) - set(ours)
    assert missing == set(left_out(missing))
    assert {name: real.get(name) for name in ours} == ours
    # The order of the page too.
    assert [name for name in real if name in ours] == list(ours)


def test_counts_of_a_real_page_are_consistent_as_ours_are() -> None:
    """A real server fulfils the identities that the tests of the engine check."""
    text = shared("vllm-metrics/lifecycle-20260807.prom").read_text()
    values = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith(("_bucket", "_created"))
    }
    assert values["vllm:iteration_tokens_total_sum"] == (
        values["vllm:prompt_tokens_total"] + values["vllm:generation_tokens_total"]
    )
    assert values["vllm:inter_token_latency_seconds_count"] == (
        values["vllm:generation_tokens_total"] - values["vllm:time_to_first_token_seconds_count"]
    )
    assert values["vllm:prefix_cache_queries_total"] == values["vllm:prompt_tokens_total"]
