"""Values of autoscalers' queries and metrics in a what-if, and queries that are refused."""

import pytest

from tests.core.metrics.held_series import HeldSeries
from tests.core.whatif.made import loads
from tests.core.whatif.manifests import keda
from wvatui.core.metrics.promql.evaluate import values
from wvatui.core.metrics.promql.series import FamilyNotHeld, TimeSeries, ValueNotKnown
from wvatui.core.whatif.gateway import shared_gateway
from wvatui.core.whatif.loads import LoadShare, LoadSharing, even
from wvatui.core.whatif.scaler.readings import Seen, family_of, holds, source_of
from wvatui.core.whatif.scaler.scaler import Wrong, read_hpa

POOL = {"queue": 12.0, "running": 30.0, "saturation": 1.5, "inflight_tokens": {"a": 5.0, "b": 7.0}}
SEEN = Seen(loads((0.98, 40.0), (0.20, 0.0)), 4, wanted=3, at=60.0, serving=2, pool=POOL)


def read(query: str, seen: Seen = SEEN) -> list[float]:
    return values(query, source_of(seen), seen.at)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ('sum(vllm:num_requests_waiting{namespace="llm"})', [40.0]),
        ("avg(vllm:kv_cache_usage_perc)", [0.59]),
        ('max by (model_name) (vllm:kv_cache_usage_perc{model_name="m"})', [0.98]),
        ("sum(vllm:num_requests_waiting) + sum(vllm:num_requests_running)", [158.0]),
        ("sum(vllm:num_requests_waiting) / count(vllm:num_requests_waiting)", [20.0]),
        ('wva_desired_replicas{variant_name="llama",namespace="ns"}', [3.0]),
        ('sum(vllm:num_requests_waiting{pod=~".*-1"})', [0.0]),
        ('sum(vllm:num_requests_waiting{pod=~".*-9"}) or vector(0)', [0.0]),
        ('sum(llm_d_epp_flow_control_queue_size{service="epp"})', [12.0]),
        ("sum(inference_extension_flow_control_queue_size)", [12.0]),
        ("sum(inference_objective_running_requests)", [30.0]),
        ("max(llm_d_epp_flow_control_pool_saturation)", [1.5]),
        ('sum(llm_d_epp_inflight_tokens{producer_name="inflight-load-producer"})', [12.0]),
        ('sum(llm_d_epp_inflight_tokens{endpoint_name=~"b.*"})', [7.0]),
        ('max(kube_deployment_status_replicas{deployment="d"})', [4.0]),
        ("max(kube_deployment_status_replicas_unavailable)", [2.0]),
        ("max(kube_deployment_status_replicas_ready)", [2.0]),
    ],
)
def test_a_query_reads_replicas_gateway_target_and_controller(
    query: str, value: list[float]
) -> None:
    assert read(query) == pytest.approx(value)


def test_what_was_before_is_read_from_the_looks_before() -> None:
    before = (Seen(loads((0.5, 4.0)), 1, at=15.0), Seen(loads((0.7, 8.0)), 1, at=45.0))
    seen = Seen(loads((0.9, 0.0)), 1, at=60.0, before=before)
    assert read("max_over_time(vllm:num_requests_waiting[1m])", seen) == [8.0]
    assert read("avg_over_time(vllm:kv_cache_usage_perc[30s])", seen) == pytest.approx([0.8])


def test_counters_and_histograms_are_read_from_recorded_pages() -> None:
    times = [0.0, 15.0, 30.0, 45.0, 60.0]
    pages = HeldSeries(
        {
            "vllm:prompt_tokens_total": [TimeSeries({"pod": "a"}, times, [0, 30, 60, 90, 120])],
            "vllm:time_to_first_token_seconds_bucket": [
                TimeSeries({"pod": "a", "le": "1.5"}, times, [0, 1, 2, 3, 4]),
                TimeSeries({"pod": "a", "le": "+Inf"}, times, [0, 1, 2, 3, 4]),
            ],
            "vllm:inter_token_latency_seconds_bucket": [],
        }
    )
    seen = Seen(loads((0.9, 0.0)), 1, at=60.0, pages=pages)
    assert read("sum(rate(vllm:prompt_tokens_total[1m]))", seen) == pytest.approx([2.0])
    # The P90 of TTFT is 1.35 s, of 3 s that are allowed.
    assert read("epp:saturation:raw", seen) == pytest.approx([0.45])
    twice = Seen(loads((0.9, 0.0)), 1, at=60.0, pages=pages, stretch=2.0)
    assert read("epp:saturation:raw", twice) == pytest.approx([0.9])
    assert holds(seen, "epp:saturation:smoothed")
    assert not holds(SEEN, "epp:saturation:smoothed")
    with pytest.raises(FamilyNotHeld):
        read("epp:saturation:smoothed")


def test_what_was_not_measured_reads_as_nothing_and_not_as_zero() -> None:
    seen = Seen((LoadShare("v", 0.5, 1.0),), replicas=1)
    with pytest.raises(ValueNotKnown):
        read("sum(vllm:num_requests_running)", seen)
    with pytest.raises(FamilyNotHeld, match="wva_desired_replicas"):
        read("wva_desired_replicas", seen)
    with pytest.raises(FamilyNotHeld, match=r"held are .*vllm:kv_cache_usage_perc"):
        read("llm_d_epp_request_running", seen)


@pytest.mark.parametrize(
    ("name", "of", "id_"),
    [
        ("vllm:num_requests_waiting", "pods", "waiting"),
        ("vllm_num_requests_waiting", "pods", "waiting"),
        ("s0-wva_desired_replicas", "controller", "wanted"),
        ("inferno_desired_replicas", "controller", "wanted"),
        ("inference_pool_average_kv_cache_utilization", "pool", "kv"),
        ("inference_objective_running_requests", "pool", "running"),
        ("epp_queue_size", "pool", "queue"),
        ("my_vllm_kv_cache_usage_perc_scaled", "pods", "kv"),
        ("sglang:token_usage", "pods", "kv"),
        ("vllm:time_to_first_token_seconds_bucket", "pages", "ttft"),
    ],
)
def test_a_metric_is_known_under_all_its_names(name: str, of: str, id_: str) -> None:
    family = family_of(name)
    assert family is not None
    assert (family.of, family.id) == (of, id_)


def test_cpu_is_nothing_that_a_recording_holds() -> None:
    assert family_of("cpu") is None
    with pytest.raises(
        Wrong, match=r"'container_cpu_usage_seconds_total' is nothing .*it can hold"
    ):
        keda("sum(container_cpu_usage_seconds_total)", 1, high=2)


def test_a_pods_metric_is_held_against_each_pod_and_an_object_metric_as_one_number() -> None:
    def answered(kind: str, place: dict[str, object]) -> object:
        spec = {"maxReplicas": 4, "metrics": [{"type": kind, kind.lower(): place}]}
        return read_hpa({"spec": spec}).metrics[0].answer(SEEN)

    pods = {"metric": {"name": "vllm:num_requests_waiting"}}
    target = {"type": "AverageValue", "averageValue": "5"}
    answer = answered("Pods", pods | {"target": target})
    assert {pod: sample.milli for pod, sample in answer.pods.items()} == {"p0": 40_000, "p1": 0}
    queue = {"metric": {"name": "llm_d_epp_flow_control_queue_size"}}
    about = {
        "kind": "InferencePool",
        "name": "pool",
        "apiVersion": "inference.networking.k8s.io/v1",
    }
    whole = {"describedObject": about, "target": {"type": "Value", "value": "3"}}
    assert answered("Object", queue | whole).series == (12_000,)


def test_what_the_gateway_holds_goes_to_replicas_that_have_room() -> None:
    """Two full replicas, and 20 requests at the gateway that each need a hundredth of a cache."""
    two = loads((0.9, 2.0), (0.9, 2.0))

    def sharing(count: int) -> object:
        facts = LoadSharing(None, per_request=0.01, full=0.9)  # type: ignore[arg-type]
        return lambda behind: even(behind, count, facts)

    told = {"queue": 20.0, "running": 100.0, "saturation": 1.2, "ready_pods": 2.0}
    same, _ = shared_gateway(told, two, sharing(2))
    assert same["queue"] == pytest.approx(20.0)
    assert same["saturation"] == pytest.approx(1.2)
    four, behind = shared_gateway(told, two, sharing(4))
    assert four["queue"] == 0.0
    assert four["running"] == pytest.approx(120.0)
    assert four["ready_pods"] == 4.0
    assert four["saturation"] < 0.8
    assert sum(load.kv for load in behind) == pytest.approx(1.8 + 0.24)
