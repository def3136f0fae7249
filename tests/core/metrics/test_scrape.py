"""Metrics of an engine read from its page: under any name, summed correctly, None where missing."""

import math
import tarfile
from collections.abc import Iterator, Sequence

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import shared
from wvatui.core.events import NO_HISTOGRAM, Bounds, Engine, Epp, Event, Scrape
from wvatui.core.events.codec import encode
from wvatui.core.metrics import histogram
from wvatui.core.metrics.scrape import METRICS, BoundsBook, read_epp, read_page

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


@pytest.mark.parametrize("value", [b"1e19", b"-1e19", b"1e308", b"9" * 400])
def test_what_no_metric_can_be_is_absent_and_counted(value: bytes) -> None:
    found = scrape(PAGE.replace(b" 0.25", b" " + value).replace(b" 3.0", b" " + value))
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
        Epp(1.0, pod="e", running=783.0, ready_pods=2, kv=0.99, took_ms=3, pods_waiting=197.0)
    ]
    new = b"llm_d_epp_flow_control_pool_saturation 1.2\nllm_d_epp_flow_control_queue_size 5\n"
    assert read_epp(old + new, at=1.0, pod="e", took_ms=3) == [
        Epp(
            1.0,
            pod="e",
            queue=5.0,
            running=783.0,
            saturation=1.2,
            ready_pods=2,
            kv=0.99,
            took_ms=3,
            pods_waiting=197.0,
        )
    ]
    assert read_epp(PAGE, at=1.0, pod="e", took_ms=3) == []


def test_a_gateway_that_writes_both_names_of_a_metric_is_not_counted_twice() -> None:
    both = (
        b'llm_d_epp_request_running{model_name="m",priority="0"} 3\n'
        b'llm_d_epp_request_running{model_name="m",priority="1"} 4\n'
        b'inference_objective_running_requests{model_name="m"} 7\n'
        b"llm_d_epp_ready_endpoints 2\ninference_pool_ready_pods 2\n"
    )
    (found,) = read_epp(both, at=1.0, pod="e", took_ms=3)
    assert isinstance(found, Epp)
    assert (found.running, found.ready_pods, found.queue) == (7.0, 2, None)


def two_engines(page: bytes) -> tuple[bytes, bytes]:
    return page, page.replace(b'engine="0"', b'engine="1"')


def test_one_engine_of_two_that_says_nothing_finite_makes_the_sum_unknown() -> None:
    one, two = two_engines(PAGE)
    found = scrape(one + two.replace(b" 3.0", b" NaN").replace(b" 7.0", b" +Inf"))
    assert (found.running, found.success, found.bad) == (None, None, 2)
    assert (found.waiting, found.kv) == (4, 0.25)
    assert histogram.read(found.ttft) == (0, 7.0, (2, 6, 2))


@pytest.mark.parametrize(
    "lost",
    [b'le="0.1"', b'le="1.0"', b'le="+Inf"', b"seconds_count{", b"seconds_sum{"],
)
def test_a_histogram_of_two_engines_of_which_one_is_not_complete_is_absent(lost: bytes) -> None:
    one, two = two_engines(PAGE)
    kept = [line for line in two.splitlines(keepends=True) if lost not in line]
    found = scrape(one + b"".join(kept))
    assert bytes(found.ttft) == b""
    assert found.bad == 1


@pytest.mark.parametrize("value", [b"NaN", b"-1.0", b"1.5", b"1e300"])
def test_a_bucket_that_is_no_count_makes_its_histogram_absent(value: bytes) -> None:
    found = scrape(PAGE.replace(b'"0.1",model_name="org/m"} 1.0', b'"0.1"} ' + value))
    assert bytes(found.ttft) == b""
    assert found.bad == 1


def test_half_a_page_says_nothing_of_what_it_was_cut_in() -> None:
    gauge = b"# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting 4\n"
    counter = (
        b"# TYPE vllm:prompt_tokens counter\n"
        b'vllm:prompt_tokens_total{engine="0"} 1000\nvllm:prompt_tokens_total{engine="1"} 2'
    )
    found = scrape(gauge + counter)
    assert (found.waiting, found.prompt_tokens, found.bad) == (4, None, 0)
    assert scrape(gauge + counter + b"000\n").prompt_tokens == 3000


def test_every_cut_of_a_page_gives_true_numbers_or_none() -> None:
    whole = scrape(PAGE)
    typed = b"".join(
        line if b"seconds_" in line else b"# TYPE\n" + line
        for line in PAGE.splitlines(keepends=True)
    )
    seen = 0
    for end in range(len(typed)):
        for event in read(typed[:end]):
            if isinstance(event, Scrape):
                for field in {metric.id for metric in METRICS} - {"success"}:
                    value = getattr(event, field)
                    if value is not None and value != NO_HISTOGRAM:
                        seen += 1
                        assert value == getattr(whole, field), (end, field)
    assert seen > 1000


def test_a_sum_that_is_missing_is_not_zero() -> None:
    page = b"".join(line for line in PAGE.splitlines(keepends=True) if b"_sum" not in line)
    assert bytes(scrape(page).ttft) == b""


def test_layouts_of_buckets_are_numbered_as_they_come() -> None:
    book = BoundsBook()
    other = PAGE.replace(b"time_to_first_token", b"e2e_request_latency").replace(b"0.1", b"0.2")
    assert [type(e) for e in read(PAGE + other, book)] == [Bounds, Bounds, Engine, Scrape]
    found = read(PAGE.replace(b"time_to_first_token", b"inter_token_latency"), book)[-1]
    assert isinstance(found, Scrape)
    assert histogram.read(found.itl) == (0, 3.5, (1, 3, 1))


# --- real pages


def reference(page: bytes) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Samples by name, as prometheus_client reads them."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def total(samples: list[tuple[dict[str, str], float]]) -> float:
    return math.fsum(value for _, value in samples)


def agree(page: bytes, found: Scrape, bounds: dict[int, tuple[float, ...]]) -> None:
    """Assert that `found` has the values that the reference parser reads from `page`."""
    said = reference(page)
    assert found.bad == 0
    assert found.kv == max(value for _, value in said["vllm:kv_cache_usage_perc"])
    for field, name in (
        ("running", "vllm:num_requests_running"),
        ("waiting", "vllm:num_requests_waiting"),
        ("preemptions", "vllm:num_preemptions_total"),
        ("prompt_tokens", "vllm:prompt_tokens_total"),
        ("generation_tokens", "vllm:generation_tokens_total"),
        ("prefix_hits", "vllm:prefix_cache_hits_total"),
        ("prefix_queries", "vllm:prefix_cache_queries_total"),
    ):
        assert getattr(found, field) == total(said[name]), field
    reasons = {labels["reason"]: n for labels, n in said["vllm:num_requests_waiting_by_reason"]}
    assert (found.waiting_capacity, found.waiting_deferred) == (
        reasons["capacity"],
        reasons["deferred"],
    )
    assert found.success == {
        labels["finished_reason"]: n for labels, n in said["vllm:request_success_total"] if n
    }
    for field, name in (
        ("ttft", "vllm:time_to_first_token_seconds"),
        ("itl", "vllm:inter_token_latency_seconds"),
        ("e2e", "vllm:e2e_request_latency_seconds"),
    ):
        parts = histogram.read(getattr(found, field))
        assert parts is not None
        le, below = (*bounds[parts[0]], math.inf), 0
        for bound, count in zip(le, parts[2], strict=True):
            below += count
            (wanted,) = [n for lab, n in said[f"{name}_bucket"] if float(lab["le"]) == bound]
            assert below == wanted, (field, bound)
        assert parts[1] == pytest.approx(total(said[f"{name}_sum"]), abs=1e-6)


def staircase() -> Iterator[tuple[str, int, bytes]]:
    """(pod, epoch seconds, page) of a recorded run, in order."""
    contents = {}
    with tarfile.open(shared("vllm-metrics/staircase-20260803.tar.gz")) as pages:
        for member in pages:  # in order, since going back would decompress it all again
            if member.name.endswith("_metrics.log"):
                content = pages.extractfile(member)
                assert content is not None
                contents[member.name] = content.read()
    for name in sorted(contents):
        pod, at, _ = name.rpartition("/")[2].rsplit("_", 2)
        yield pod, int(at), contents[name]


def test_a_loaded_pods_page_says_what_the_reference_parser_reads() -> None:
    page = shared("vllm-metrics/lifecycle-20260807.prom").read_bytes()
    events = read(page)
    found = events[-1]
    assert isinstance(found, Scrape)
    agree(page, found, {e.id: e.le for e in events if isinstance(e, Bounds)})
    engine = events[-2]
    assert isinstance(engine, Engine)
    assert (engine.model, engine.blocks, engine.block_size) == (
        "unsloth/Meta-Llama-3.1-8B-Instruct",
        14945,
        64,
    )


def test_every_page_of_a_recorded_run_is_read_right_and_fits_in_a_short_line() -> None:
    book = BoundsBook()
    bounds: dict[int, tuple[float, ...]] = {}
    peaks: dict[str, Sequence[float]] = {}
    silent: list[str] = []
    for number, (pod, at, page) in enumerate(staircase()):
        events = read_page(page, at=at + 0.123, pod=pod, took_ms=123, bounds=book, port=8000)
        if "-epp-" in pod:
            assert events == []
            (epp,) = read_epp(page, at=at, pod=pod, took_ms=9)
            assert isinstance(epp, Epp)
            if number % 20 == 0:  # the reference parser is slow
                said = reference(page)
                assert epp.pods_waiting == total(said["inference_pool_average_queue_size"])
                assert epp.ready_pods == total(said["inference_pool_ready_pods"])
                assert epp.kv == total(said["inference_pool_average_kv_cache_utilization"])
            continue
        if not events:
            silent.append(pod)
            continue
        bounds |= {e.id: e.le for e in events if isinstance(e, Bounds)}
        found = events[-1]
        assert isinstance(found, Scrape)
        assert len(encode(found)) <= 600
        if number % 20 == 0:
            agree(page, found, bounds)
        assert None not in (found.kv, found.waiting, found.running)
        numbers = (found.kv or 0.0, found.waiting or 0, found.running or 0)
        before = peaks.get(pod[-5:], numbers)
        peaks[pod[-5:]] = [max(*pair) for pair in zip(before, numbers, strict=True)]
    assert [pod[-5:] for pod in silent] == ["zxzlj"] * 3
    assert peaks["bvfqv"][:2] == [1.0, 617]
    assert peaks["zxzlj"][:2] == [pytest.approx(0.99891, abs=1e-5), 249]
    assert peaks["bvfqv"][2] == 195
    assert len(bounds) == 3
