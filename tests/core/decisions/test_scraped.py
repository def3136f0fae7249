"""Results of triggers' queries on scraped pages, and what decisions show of them."""

from typing import Any

import msgspec
import pytest

from tests.core.decisions.observed import START, state_of, workload
from wvatui.core import events as ev
from wvatui.core.decisions.keda.scraped import page_readings, seen_in
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scalers.keda_looking import keda_decision
from wvatui.core.rules.keda.keda_made import made_spec
from wvatui.core.state.looks import KedaLook, TriggerReading
from wvatui.core.state.state import State
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.scaled_object import decode_scaled_object

QUEUE = 'sum(llm_d_epp_flow_control_queue_size{namespace="ns",service="epp"})'
RUNNING = "sum(llm_d_epp_request_running)"


def pod(name: str, role: str = "model", namespace: str = "ns") -> ev.Pod:
    return ev.Pod(START, name=name, namespace=namespace, role=role, ready=True)


def page(at: float, name: str, **numbers: Any) -> ev.Scrape:
    return ev.Scrape(START + at, pod=name, **{"running": 0, "waiting": 0, "kv": 0.0} | numbers)


def bounds() -> ev.Bounds:
    return ev.Bounds(START, id=1, le=(1.0, 2.0))


def histogram(*counts: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([1, float(sum(counts)), *counts]))


def session() -> list[ev.Event]:
    """Two engines and a gateway, scraped every 10 s for a minute and a half."""
    events: list[ev.Event] = [ev.Tick(START), bounds(), workload(0.0, 3, 3)]
    events += [pod("a"), pod("b-decode"), pod("epp", "epp")]
    for at in range(0, 100, 10):
        for number, name in enumerate(("a", "b-decode")):
            events.append(
                page(
                    at,
                    name,
                    kv=0.25 + number / 2,
                    waiting=2 + number,
                    generation_tokens=100 * at,
                    success={"stop": at, "length": 0},
                    ttft=histogram(at, at, 0),
                )
            )
        gateway = ev.Epp(START + at, pod="epp", queue=7.0, running=40.0, saturation=1.25)
        events.append(msgspec.structs.replace(gateway, inflight_tokens={"a": 30.0, "b": 12.0}))
    return [*events, ev.Tick(START + 92.0)]


STATE = state_of(session())


def scaled(*queries: str, **spec: Any) -> ev.ScaledObject:
    names = ("queue", "running", "there")
    triggers = [
        {"type": "prometheus", "name": name, "metadata": {"query": query, "threshold": "1"}}
        for name, query in zip(names, queries, strict=False)
    ]
    return decode_scaled_object(_object(triggers, **spec), START + 1.0)


def _object(triggers: list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    body = {"scaleTargetRef": {"name": "d"}, "minReplicaCount": 1, "triggers": triggers} | spec
    return {"metadata": {"name": "so", "namespace": "ns"}, "spec": body, "status": {}}


def reading(query: str, state: State = STATE) -> TriggerReading:
    return page_readings(scaled(query), seen_in(state))["s0-prometheus"]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        (QUEUE, 7.0),
        ("sum by (namespace) (llm_d_epp_request_running)", 40.0),
        ('max(llm_d_epp_flow_control_pool_saturation{inference_pool="p"})', 1.25),
        ('sum(llm_d_epp_inflight_tokens{endpoint_name=~"a.*"}) / 10 or vector(0)', 3.0),
        ('sum(llm_d_epp_request_running{namespace="other"}) or vector(5)', 5.0),
        ("sum(vllm:kv_cache_usage_perc)", 1.0),
        ('avg(vllm:num_requests_waiting{pod=~".*decode.*"})', 3.0),
        ("min(vllm:num_requests_waiting)", 2.0),
        ("sum(rate(vllm:generation_tokens_total[1m]))", 200.0),
        ("sum(increase(vllm:request_success_total[30s]))", 60.0),
        (
            "histogram_quantile(0.5, sum by (le) (rate(vllm:time_to_first_token_seconds_bucket"
            "[1m])))",
            1.0,
        ),
        ('max(kube_deployment_status_replicas{deployment="d"})', 3.0),
    ],
)
def test_a_query_over_what_is_scraped_has_a_value(query: str, value: float) -> None:
    given = reading(query)
    assert given.error == ""
    assert given.milli == pytest.approx(value * 1000, rel=0.02)


def test_a_value_tells_whose_page_it_is_of_how_old_that_is_and_what_was_presumed() -> None:
    given = reading(QUEUE)
    assert (given.source, given.age_s, given.assumed) == (
        "the gateway's page",
        2.0,
        "service taken to match",
    )
    assert reading(f"{RUNNING} + sum(vllm:num_requests_waiting)").source == (
        "the gateway's page and the engines' pages"
    )
    assert reading("avg(llm_d_epp_request_running)").assumed == "the gateway's series taken as one"
    objects = reading("max(kube_deployment_spec_replicas)")
    assert (objects.source, objects.age_s) == ("the Deployment's status", None)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("epp:saturation:smoothed", "epp:saturation:smoothed is on no page that is scraped"),
        ("sum(", "its query is not understood"),
        ("llm_d_epp_request_running[1m]", "is a range"),
        ("vllm:num_requests_waiting", "the query gives 2 series, and KEDA wants one"),
        ("sum(rate(vllm:generation_tokens_total[5m]))", "nothing was seen of the whole range yet"),
    ],
)
def test_what_cannot_be_worked_out_has_no_value_and_says_why(query: str, why: str) -> None:
    given = reading(query)
    assert given.milli is None
    assert why in given.error


def test_a_trigger_of_a_keda_decision_says_why_its_page_gives_no_value() -> None:
    asked = scaled("sum(nowhere)", QUEUE)
    look = KedaLook(START, asked, pages=page_readings(asked, seen_in(STATE)))
    first = keda_decision(look).inputs[0]
    assert (first.value, first.error) == (None, "nowhere is on no page that is scraped")


def test_a_page_that_is_old_or_of_a_pod_that_is_gone_speaks_for_nothing() -> None:
    late = [*session(), ev.Tick(START + 300.0)]
    assert reading(RUNNING, state_of(late)).error == "no page of a gateway was read lately"
    gone = [*session(), ev.Deleted(START + 93.0, kind="pod", name="a", namespace="ns")]
    assert reading("sum(vllm:num_requests_waiting)", state_of(gone)).milli == 3000


def test_one_of_two_gateways_is_not_chosen_by_a_label_that_no_page_has() -> None:
    other = ev.Epp(START + 90.0, pod="other", queue=1.0, running=2.0)
    two = state_of([*session()[:-1], pod("other", "epp"), other, ev.Tick(START + 92.0)])
    assert reading(QUEUE, two).error == 'pages do not tell which of them has service="epp"'
    assert reading('sum(llm_d_epp_request_running{pod="other"})', two).milli == 2000


def test_a_model_is_taken_to_match_where_there_is_one_and_not_guessed_among_several() -> None:
    query = 'sum(vllm:num_requests_waiting{model_name="org/one"})'

    def serving(*models: str) -> State:
        declared = [
            ev.Variant(START, name=name, namespace="ns", source="VariantAutoscaling", model=name)
            for name in models
        ]
        return state_of([*declared, *session()])

    assert reading(query, serving("org/one")).milli == 5000
    assert reading(query, serving("org/one")).assumed == "model_name taken to match"
    several = reading(query, serving("org/one", "org/two"))
    assert several.milli is None
    assert several.error == 'pages do not tell which of them has model_name="org/one"'


def test_several_engines_of_a_page_are_series_and_what_is_kept_of_all_is_no_ones() -> None:
    ranks = tuple(ev.RankScrape(engine=str(n), kv=n / 4, waiting=n) for n in (1, 2))
    events = [pod("a"), page(90.0, "a", waiting=3, kv=0.375, ranks=ranks), ev.Tick(START + 91.0)]
    state = state_of(events)
    assert reading("sum(vllm:kv_cache_usage_perc)", state).milli == 750
    assert reading('max(vllm:num_requests_waiting{engine="2"})', state).milli == 2000


def formula_session(queue: str = QUEUE) -> list[ev.Event]:
    modifiers = {"formula": "there > 1 ? max(queue, running / 16) : queue", "target": "1"}
    queries = (queue, RUNNING, "max(kube_deployment_status_replicas)")
    so = scaled(*queries, advanced={"scalingModifiers": modifiers})
    made = made_spec(_object(list(so.asked), advanced={"scalingModifiers": modifiers}))
    shown = [{"type": "External", "external": {"current": {"averageValue": "2334m"}}}]
    conditions = [
        {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
        {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"},
        {"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange"},
    ]
    status = {
        "currentReplicas": 3,
        "desiredReplicas": 3,
        "currentMetrics": shown,
        "conditions": conditions,
    }
    metadata = {
        "name": "keda-hpa-so",
        "namespace": "ns",
        "labels": {"scaledobject.keda.sh/name": "so"},
        "ownerReferences": [{"kind": "ScaledObject", "name": "so"}],
    }
    hpa = decode_autoscaler({"metadata": metadata, "spec": made, "status": status}, START + 91.0)
    return [*session()[:-1], so, hpa, ev.Tick(START + 92.0)]


def test_a_recorded_decision_has_its_formula_term_by_term_with_the_branch_that_was_taken() -> None:
    decisions = scaling_decisions(state_of(formula_session()))
    hpa = next(d for d in decisions if d.decider == "hpa")
    assert (
        "trigger queue (s0-prometheus): 7, from the gateway's page, 1 s old (service taken to"
        " match)" in hpa.steps
    )
    assert "    there > 1: 3 > 1 is true" in hpa.steps
    assert "    max(queue, running / 16) = max(7, 40 / 16) = 7" in hpa.steps
    inputs = {each.name: (each.value, each.source, each.age_s) for each in hpa.inputs}
    assert inputs["s1-prometheus"] == (40.0, "the gateway's page", 1.0)
    assert inputs["composite-metric"][1] == "status.currentMetrics"


def test_a_formula_of_which_a_value_is_not_known_is_not_worked_out_and_names_it() -> None:
    decisions = scaling_decisions(state_of(formula_session("sum(nowhere)")))
    steps = next(d.steps for d in decisions if d.decider == "hpa")
    assert "    not worked out, as values are not known: queue" in steps
    assert not any("is true" in step for step in steps)
