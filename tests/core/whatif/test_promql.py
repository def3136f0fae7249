"""What autoscalers' queries read, and what is refused."""

import pytest

from tests.core.whatif.made import loads
from wvatui.core.whatif.scaler.promql import PromqlNotModelled, expression
from wvatui.core.whatif.scaler.readings import Seen, reading_of

SEEN = Seen(loads((0.98, 40.0), (0.20, 0.0)), replicas=2, wanted=3)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ('sum(vllm:num_requests_waiting{namespace="llm"})', [40.0]),
        ("avg(vllm:kv_cache_usage_perc)", [pytest.approx(0.59)]),
        ('max by (model_name) (vllm:kv_cache_usage_perc{model_name="m"})', [0.98]),
        ("sum(vllm:num_requests_waiting) + sum(vllm:num_requests_running)", [158.0]),
        ("sum(vllm:num_requests_waiting) / count(vllm:num_requests_waiting)", [20.0]),
        ("avg(avg_over_time(vllm:kv_cache_usage_perc[1m])) * 100", [pytest.approx(59.0)]),
        ('wva_desired_replicas{variant_name="llama",namespace="ns"}', [3.0]),
        ("max(vllm:num_requests_waiting) or vector(0)", [40.0]),
        ("clamp_max(sum(vllm:num_requests_waiting), 10)", [10.0]),
        ("vllm:num_requests_waiting", [40.0, 0.0]),
        ("ceil(avg(vllm:num_requests_waiting) / 3)", [7.0]),
        ("sum(vllm:num_requests_waiting) / 0", []),
    ],
)
def test_a_query_reads_the_replicas_loads(query: str, value: list[float]) -> None:
    assert expression(query).value(SEEN) == value


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(container_cpu_usage_seconds_total)", "nothing that a recording holds"),
        ("histogram_quantile(0.9, sum(x))", "nothing that a recording holds"),
        ("sum(vllm:num_requests_waiting", "')' is missing"),
        ("sum(vllm:num_requests_waiting) > 3", "'> 3' is not understood"),
        ("", "its end"),
    ],
)
def test_what_is_not_understood_is_refused_in_words(query: str, words: str) -> None:
    with pytest.raises(PromqlNotModelled, match=words.replace("(", r"\(").replace(")", r"\)")):
        expression(query)


def test_what_was_not_measured_reads_as_nothing_and_not_as_zero() -> None:
    from wvatui.core.whatif.loads import LoadShare

    seen = Seen((LoadShare("v", 0.5, 1.0),), replicas=1)
    assert expression("sum(vllm:num_requests_running)").value(seen) is None
    assert expression("wva_desired_replicas").value(seen) is None


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("vllm:num_requests_waiting", "waiting"),
        ("vllm_num_requests_waiting", "waiting"),
        ("s0-wva_desired_replicas", "wanted"),
        ("inferno_desired_replicas", "wanted"),
        ("inference_pool_average_kv_cache_utilization", "pool_kv"),
        ("my_vllm_kv_cache_usage_perc_scaled", "kv"),
        ("sglang:token_usage", "kv"),
    ],
)
def test_a_metric_is_known_under_all_its_names(name: str, id_: str) -> None:
    found = reading_of(name)
    assert found is not None
    assert found.id == id_


def test_cpu_is_nothing_that_a_recording_holds() -> None:
    assert reading_of("cpu") is None
