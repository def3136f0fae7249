"""What a page says of an engine: by any name, summed right, and absent where it says nothing."""

import math

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import shared
from wvatui.core import histogram
from wvatui.core.codec import encode
from wvatui.core.events import NO_HISTOGRAM, Bounds, Engine, Epp, Event, Scrape
from wvatui.core.metrics import EPP_METRICS, METRICS, BoundsBook, read_epp, read_page

NEVER_METRICS = {"at", "pod", "took_ms", "bad"}

PAGE = b"""\
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="org/m"} 3.0
vllm:num_requests_waiting{engine="0",model_name="org/m"} 2.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="org/m",reason="capacity"} 2.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="org/m",reason="deferred"} 0.0
vllm:kv_cache_usage_perc{engine="0",model_name="org/m"} 0.25
vllm:request_success_total{engine="0",finished_reason="stop",model_name="org/m"} 7.0
vllm:request_success_total{engine="0",finished_reason="abort",model_name="org/m"} 0.0
vllm:request_success_created{engine="0",finished_reason="stop",model_name="org/m"} 1.7e+09
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.1",model_name="org/m"} 1.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="1.0",model_name="org/m"} 4.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="org/m"} 5.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="org/m"} 5.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="org/m"} 3.5
vllm:cache_config_info{block_size="16",engine="0",num_gpu_blocks="1000"} 1.0
"""


def read(page: bytes, book: BoundsBook | None = None) -> list[Event]:
    return read_page(page, at=5.0, pod="p", took_ms=9, bounds=book or BoundsBook(), port=8000)


def scrape(page: bytes) -> Scrape:
    found = read(page)[-1]
    assert isinstance(found, Scrape)
    return found


def test_every_field_of_a_scrape_has_a_row_and_every_row_a_field() -> None:
    assert {m.id for m in METRICS} == set(Scrape.__struct_fields__) - NEVER_METRICS
    assert {m.id for m in EPP_METRICS} == set(Epp.__struct_fields__) - NEVER_METRICS


def test_a_page_gives_its_bounds_once_then_its_engine_and_its_scrape() -> None:
    book = BoundsBook()
    bounds, engine, first = read(PAGE, book)
    assert bounds == Bounds(5.0, id=0, le=(0.1, 1.0))
    assert engine == Engine(
        5.0, pod="p", engine="vllm", model="org/m", port=8000, blocks=1000, block_size=16
    )
    assert isinstance(first, Scrape)
    assert (first.kv, first.running, first.waiting) == (0.25, 3, 2)
    assert (first.waiting_capacity, first.waiting_deferred) == (2, 0)
    assert first.success == {"stop": 7}
    assert histogram.read(first.ttft) == (0, 3.5, (1, 3, 1))
    assert bytes(first.itl) == bytes(NO_HISTOGRAM)
    assert first.preemptions is None
    assert [type(event) for event in read(PAGE, book)] == [Engine, Scrape]


def test_several_engines_in_a_pod_are_summed_and_the_fullest_cache_counts() -> None:
    second = PAGE.replace(b'engine="0"', b'engine="1"').replace(b" 0.25", b" 0.75")
    both = scrape(PAGE + second)
    assert (both.kv, both.running, both.success) == (0.75, 6, {"stop": 14})
    assert histogram.read(both.ttft) == (0, 7.0, (2, 6, 2))


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (b'vllm:gpu_cache_usage_perc{model_name="m"} 0.5\n', "kv", 0.5),
        (b'sglang:token_usage{model_name="m"} 0.5\n', "kv", 0.5),
        (b'sglang:num_running_reqs{model_name="m"} 4\n', "running", 4),
        (b'sglang:num_queue_reqs{model_name="m"} 4\n', "waiting", 4),
    ],
)
def test_a_metric_is_found_by_any_of_its_names(line: bytes, field: str, value: float) -> None:
    assert getattr(scrape(line), field) == value


def test_the_newer_name_wins_where_a_page_has_both() -> None:
    page = b"vllm:gpu_cache_usage_perc 0.9\nvllm:kv_cache_usage_perc 0.1\n"
    assert scrape(page).kv == 0.1


def test_the_per_request_mean_is_not_taken_for_the_inter_token_latency() -> None:
    page = PAGE.replace(b"time_to_first_token", b"request_time_per_output_token")
    assert bytes(scrape(page).itl) == b""


def test_what_is_not_finite_is_absent_and_counted() -> None:
    page = PAGE.replace(b" 0.25", b" NaN").replace(b" 3.0", b" +Inf")
    found = scrape(page)
    assert (found.kv, found.running, found.bad) == (None, None, 2)
    assert found.waiting == 2


def test_a_histogram_that_contradicts_itself_is_absent_and_counted() -> None:
    found = scrape(PAGE.replace(b'le="1.0",model_name="org/m"} 4.0', b'le="1.0"} 0.0'))
    assert bytes(found.ttft) == b""
    assert found.bad == 1


def test_a_histogram_without_its_last_bucket_takes_the_count() -> None:
    lines = [line for line in PAGE.splitlines(keepends=True) if b"+Inf" not in line]
    assert histogram.read(scrape(b"".join(lines)).ttft) == (0, 3.5, (1, 3, 1))


@pytest.mark.parametrize("page", [b"", b"# nothing yet\n", b"python_info 1.0\n", b"\xff\x00\n"])
def test_a_page_without_an_engine_gives_nothing(page: bytes) -> None:
    assert read(page) == []


def test_sglang_says_the_same_in_its_own_words() -> None:
    page = (
        b'sglang:token_usage{model_name="m"} 0.5\nsglang:max_total_num_tokens{model_name="m"} 900\n'
        b'sglang:cached_tokens_total{model_name="m"} 10\n'
        b'sglang:prompt_tokens_total{model_name="m"} 40\n'
    )
    engine, found = read(page)
    assert isinstance(engine, Engine)
    assert (engine.engine, engine.model, engine.kv_tokens) == ("sglang", "m", 900)
    assert isinstance(found, Scrape)
    assert (found.prefix_hits, found.prefix_queries) == (10, 40)


def test_an_endpoint_picker_is_read_by_its_old_and_its_new_names() -> None:
    old = (
        b'inference_pool_average_queue_size{name="p"} 197\ninference_pool_ready_pods{name="p"} 2\n'
        b'inference_pool_average_kv_cache_utilization{name="p"} 0.99\n'
        b'inference_objective_running_requests{model_name="m"} 783\n'
    )
    assert read_epp(old, at=1.0, pod="e", took_ms=3) == [
        Epp(1.0, pod="e", queue=197.0, running=783.0, ready_pods=2, kv=0.99, took_ms=3)
    ]
    new = b"llm_d_epp_flow_control_pool_saturation 1.2\nllm_d_epp_flow_control_queue_size 5\n"
    assert read_epp(old + new, at=1.0, pod="e", took_ms=3) == [
        Epp(1.0, pod="e", queue=5.0, running=783.0, saturation=1.2, ready_pods=2, kv=0.99,
            took_ms=3)
    ]  # fmt: skip
    assert read_epp(PAGE, at=1.0, pod="e", took_ms=3) == []


def test_real_pages_say_what_the_reference_parser_reads_and_fit_in_a_short_line() -> None:
    page = shared("vllm-metrics/lifecycle-20260807.prom").read_bytes()
    families = {f.name: f for f in text_string_to_metric_families(page.decode())}

    def value(name: str) -> float:
        return math.fsum(s.value for f in families.values() for s in f.samples if s.name == name)

    found = scrape(page)
    assert found.kv == value("vllm:kv_cache_usage_perc")
    assert found.running == value("vllm:num_requests_running")
    assert found.prompt_tokens == value("vllm:prompt_tokens_total")
    assert found.generation_tokens == value("vllm:generation_tokens_total")
    for field, name in (
        ("ttft", "vllm:time_to_first_token_seconds"),
        ("itl", "vllm:inter_token_latency_seconds"),
        ("e2e", "vllm:e2e_request_latency_seconds"),
    ):
        parts = histogram.read(getattr(found, field))
        assert parts is not None
        assert sum(parts[2]) == value(f"{name}_count")
        assert parts[1] == pytest.approx(value(f"{name}_sum"), abs=1e-6)
    assert len(encode(msgspec.structs.replace(found, pod="p" * 63, at=1_785_047_343.123))) < 600
