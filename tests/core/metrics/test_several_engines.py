"""Pages of pods with several engines, and pages with other names than vLLM's own."""

import pytest

from wvatui.core.events import Engine, Lora, Scrape
from wvatui.core.metrics import histogram
from wvatui.core.metrics.engine_page import read_engines
from wvatui.core.metrics.scrape import BoundsBook, PortPage, look_events, read_epp, read_page


def look(*pages: bytes, model: str = "") -> tuple[Engine, Scrape]:
    """One scrape of a pod, with a page for each port from 8000 on."""
    read = [read_engines(page, model=model) for page in pages]
    parts = [PortPage(page, 8000 + n) for n, page in enumerate(read) if page is not None]
    *_, engine, scrape = look_events(
        parts, at=1.0, pod="p", took_ms=1, bounds=BoundsBook(), model=model
    )
    assert isinstance(engine, Engine)
    assert isinstance(scrape, Scrape)
    return engine, scrape


def vllm(
    engine: str = "0", model: str = "m", running: int = 2, waiting: int = 0, kv: float = 0.5
) -> bytes:
    labels = f'{{engine="{engine}",model_name="{model}"}}'
    bucket = f'vllm:time_to_first_token_seconds_bucket{{engine="{engine}",model_name="{model}"'
    return (
        f"vllm:num_requests_running{labels} {running}\n"
        f"vllm:num_requests_waiting{labels} {waiting}\n"
        f"vllm:kv_cache_usage_perc{labels} {kv}\n"
        f"vllm:generation_tokens_total{labels} {running * 100}\n"
        f'vllm:request_success_total{{engine="{engine}",model_name="{model}",'
        f'finished_reason="stop"}} {running}\n'
        f'{bucket},le="0.1"}} {running}\n{bucket},le="+Inf"}} {running + 1}\n'
        f"vllm:time_to_first_token_seconds_count{labels} {running + 1}\n"
        f"vllm:time_to_first_token_seconds_sum{labels} 1.5\n"
    ).encode()


# --- several engines of one model


@pytest.mark.parametrize("apart", [False, True], ids=("one page", "a port each"))
def test_what_adds_up_is_summed_and_the_fullest_engine_is_judged(apart: bool) -> None:
    pages = [vllm(str(n), waiting=1, running=n, kv=n / 10) for n in range(4)]
    _, scrape = look(*pages) if apart else look(b"".join(pages))
    assert (scrape.running, scrape.waiting, scrape.generation_tokens) == (6, 4, 600)
    assert (scrape.kv, scrape.judged, scrape.success) == (0.3, {"waiting": 1}, {"stop": 6})
    assert histogram.read(scrape.ttft) == (0, 6.0, (6, 4))
    assert [(rank.engine, rank.running, rank.waiting) for rank in scrape.ranks] == [
        ("0", 0, 1),
        ("1", 1, 1),
        ("2", 2, 1),
        ("3", 3, 1),
    ]
    assert [rank.port for rank in scrape.ranks] == [8000 + n * apart for n in range(4)]


def test_a_series_that_is_on_a_page_twice_counts_as_it_stands_there_first() -> None:
    _, scrape = look(vllm(running=3, waiting=1) + vllm(running=7, waiting=1))
    assert (scrape.running, scrape.waiting, scrape.generation_tokens) == (3, 1, 300)
    assert histogram.read(scrape.ttft) == (0, 1.5, (3, 1))


def test_a_use_below_nothing_is_not_known() -> None:
    assert look(vllm(kv=-0.1))[1].kv is None
    assert look(vllm(kv=-1e-9))[1].kv == pytest.approx(0.0, abs=1e-6)


def test_ports_and_engine_labels_of_one_pod_multiply() -> None:
    pages = [vllm("0", waiting=n) + vllm("1", waiting=3 * n) for n in range(2)]
    _, scrape = look(*pages)
    assert [(rank.port, rank.engine, rank.waiting) for rank in scrape.ranks] == [
        (8000, "0", 0),
        (8000, "1", 0),
        (8001, "0", 1),
        (8001, "1", 3),
    ]
    assert (scrape.waiting, scrape.judged) == (4, {"waiting": 3})


def test_a_histogram_that_one_engine_does_not_have_yet_has_counted_nothing_there() -> None:
    idle = b"".join(line for line in vllm().splitlines(keepends=True) if b"first_token" not in line)
    _, scrape = look(vllm(), idle)
    assert histogram.read(scrape.ttft) == (0, 1.5, (2, 1))


def test_a_gauge_that_one_engine_does_not_give_leaves_the_sum_unknown() -> None:
    half = b"vllm:kv_cache_usage_perc 0.9\n"
    _, scrape = look(vllm(waiting=7), half)
    assert (scrape.running, scrape.waiting, scrape.kv) == (None, None, 0.9)
    assert scrape.judged == {"waiting": 7}


def test_histograms_in_other_buckets_are_not_added_up() -> None:
    _, scrape = look(vllm(), vllm("1").replace(b'le="0.1"', b'le="0.2"'))
    assert histogram.read(scrape.ttft) is None


def test_one_engine_alone_has_no_ranks() -> None:
    engine, scrape = look(vllm())
    assert (scrape.ranks, engine.ranks, scrape.judged) == ((), (), None)


def test_each_engine_has_its_own_cache_and_the_pod_has_all_of_them() -> None:
    page = vllm("0") + vllm("1")
    for number, blocks in enumerate((1000, 2000)):
        labels = f'block_size="16",engine="{number}",num_gpu_blocks="{blocks}"'
        page += f"vllm:cache_config_info{{{labels}}} 1\n".encode()
    engine, _ = look(page)
    assert (engine.blocks, engine.block_size, engine.kv_tokens) == (3000, 16, None)
    assert [(rank.engine, rank.blocks) for rank in engine.ranks] == [("0", 1000), ("1", 2000)]


def test_a_hybrid_models_own_count_of_tokens_goes_before_blocks() -> None:
    labels = 'block_size="784",engine="0",kv_cache_size_tokens="131072",num_gpu_blocks="672"'
    engine, _ = look(vllm() + f"vllm:cache_config_info{{{labels}}} 1\n".encode())
    assert (engine.kv_tokens, engine.blocks, engine.block_size) == (131072, 672, 784)


# --- two models


def test_a_page_of_two_models_gives_the_numbers_of_the_one_that_is_asked_for() -> None:
    page = vllm(model="a", running=3, waiting=1) + vllm(model="b", running=5, waiting=9)
    engine, scrape = look(page, model="b")
    assert (engine.model, scrape.running, scrape.waiting, scrape.judged) == ("b", 5, 9, None)
    assert (scrape.generation_tokens, histogram.read(scrape.ttft)) == (500, (0, 1.5, (5, 1)))
    assert [(rank.model, rank.running) for rank in scrape.ranks] == [("a", 3), ("b", 5)]


@pytest.mark.parametrize("apart", [False, True], ids=("one page", "a port each"))
def test_two_models_that_nobody_declared_share_a_pod_and_no_latency(apart: bool) -> None:
    pages = [vllm(model="a", running=3), vllm(model="b", running=5)]
    engine, scrape = look(*pages) if apart else look(b"".join(pages))
    assert (engine.model, scrape.running) == ("a, b", 8)
    assert (scrape.generation_tokens, histogram.read(scrape.ttft)) == (None, None)


def test_a_second_port_with_another_model_is_not_the_declared_models() -> None:
    engine, scrape = look(vllm(model="a", running=3), vllm(model="b", running=5), model="b")
    assert (engine.model, engine.port, scrape.running) == ("b", 8001, 5)
    assert [rank.model for rank in scrape.ranks] == ["a", "b"]


# --- SGLang, Ray, gateways


def sglang(value: int, **labels: object) -> bytes:
    told = ",".join(f'{name}="{text}"' for name, text in {"model_name": "a", **labels}.items())
    return (
        f"sglang:num_running_reqs{{{told}}} {value}\nsglang:num_queue_reqs{{{told}}} {value + 2}\n"
        f"sglang:token_usage{{{told}}} 0.4\nsglang:max_total_num_tokens{{{told}}} 1000\n"
    ).encode()


def test_tensor_parallel_ranks_repeat_the_same_requests() -> None:
    page = b"".join(sglang(3, tp_rank=tp, pp_rank=pp) for tp in (1, 0) for pp in (0, 1))
    engine, scrape = look(page)
    assert (scrape.running, scrape.waiting, scrape.judged, scrape.ranks) == (3, 5, None, ())
    assert engine.kv_tokens == 1000


def test_each_data_parallel_rank_counts_once() -> None:
    page = b"".join(sglang(dp + 1, dp_rank=dp, tp_rank=2 * dp + n) for dp in (0, 1) for n in (0, 1))
    engine, scrape = look(page)
    assert (scrape.running, scrape.waiting, scrape.judged) == (3, 7, {"waiting": 4})
    assert [rank.engine for rank in scrape.ranks] == ["0", "1"]
    assert (engine.kv_tokens, [rank.kv_tokens for rank in engine.ranks]) == (2000, [1000, 1000])


def test_requests_by_priority_are_not_added_to_the_whole() -> None:
    page = b"".join(sglang(n, priority=p, tp_rank=0) for n, p in ((5, ""), (2, "1"), (3, "2")))
    assert look(page)[1].running == 5


@pytest.mark.parametrize(
    ("page", "family", "numbers"),
    [
        (
            'ray_vllm:num_requests_running{W,model_name="m"} 1\n'
            'ray_vllm:num_requests_waiting{W,model_name="m"} 0\n'
            'ray_vllm:gpu_cache_usage_perc{W,model_name="m"} 0.25\n'.replace("W", 'WorkerId="x"'),
            "ray_vllm",
            (1, 0, 0.25),
        ),
        (
            'ray_vllm_num_requests_running{model_name="m"} 3\n'
            'ray_vllm_kv_cache_usage_perc{model_name="m"} 0.5\n',
            "ray_vllm",
            (3, None, 0.5),
        ),
        (
            'sglang_num_running_reqs{model_name="m",tp_rank="0",worker_addr="g:1"} 4\n'
            'sglang_num_queue_reqs{model_name="m",tp_rank="0",worker_addr="g:1"} 2\n',
            "sglang",
            (4, 2, None),
        ),
        (
            'sglang:num_requests_running{name="m"} 12\nsglang:num_requests_waiting{name="m"} 3\n'
            'sglang:token_usage{name="m"} 0.4\n',
            "sglang",
            (12, 3, 0.4),
        ),
    ],
)
def test_an_engine_is_known_by_the_names_that_others_give_its_metrics(
    page: str, family: str, numbers: tuple[object, ...]
) -> None:
    engine, scrape = look(page.encode())
    assert (engine.engine, engine.model) == (family, "m")
    assert (scrape.running, scrape.waiting, scrape.kv) == numbers


def test_two_workers_behind_a_gateway_are_two_engines() -> None:
    _, scrape = look(sglang(3, worker_addr="g:1") + sglang(4, worker_addr="g:2"))
    assert (scrape.running, scrape.judged) == (7, {"waiting": 6})
    assert [rank.engine for rank in scrape.ranks] == ["g:1", "g:2"]


def test_histograms_under_rays_names_are_read() -> None:
    page = vllm().replace(b"vllm:", b"ray_vllm_")
    assert histogram.read(look(page)[1].ttft) == (0, 1.5, (2, 1))


# --- percentages, adapters


@pytest.mark.parametrize("value", [1.6, 45.0, 100.0])
def test_a_percentage_in_a_ratio_gauge_is_refused_as_such(value: float) -> None:
    page = vllm(kv=value)
    _, scrape = look(page)
    assert (scrape.kv, scrape.running, scrape.bad) == (None, 2, 1)
    read = read_engines(page)
    assert read is not None
    assert read.percent == {"kv": value}


def test_one_engine_of_two_with_a_percentage_makes_the_fullest_unknown() -> None:
    _, scrape = look(vllm("0") + vllm("1", kv=80))
    assert (scrape.kv, scrape.running) == (None, 4)
    assert [rank.kv for rank in scrape.ranks] == [None, None]


def test_a_full_cache_is_no_percentage() -> None:
    assert look(vllm(kv=1.0))[1].kv == 1.0
    assert look(vllm(kv=1.0000001))[1].kv == 1.0000001


def test_what_a_picker_averages_as_a_percentage_is_refused_too() -> None:
    page = b"inference_pool_average_kv_cache_utilization 45\ninference_pool_ready_pods 2\n"
    (epp,) = read_epp(page, at=1.0, pod="e", took_ms=1)
    assert epp.kv is None  # type: ignore[attr-defined]


def test_the_newest_series_tells_the_adapters() -> None:
    page = vllm()
    for at, running, waiting in ((9.0, "a, b", "c"), (5.0, "z", "")):
        page += (
            f'vllm:lora_requests_info{{max_lora="4",running_lora_adapters="{running}",'
            f'waiting_lora_adapters="{waiting}"}} {at}\n'
        ).encode()
    _, scrape = look(page)
    assert scrape.lora == Lora(running=("a", "b"), waiting=("c",), most=4)
    _, both = look(page, page.replace(b'"a, b"', b'"d"'))
    assert both.lora == Lora(running=("a", "b", "d"), waiting=("c",), most=4)
    assert look(vllm())[1].lora is None


def test_a_pods_page_read_by_itself_says_the_same() -> None:
    found = read_page(
        vllm("0") + vllm("1"), at=1.0, pod="p", took_ms=1, bounds=BoundsBook(), port=8000
    )[-1]
    assert found == look(vllm("0") + vllm("1"))[1]
