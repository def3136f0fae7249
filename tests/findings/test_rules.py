"""Parts of rules that cannot be provoked in a cluster."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.queries.few_pods import START, folded, look, namespace, pod
from wvatui.core import events as ev
from wvatui.core.findings import RULES, finding_rows, findings
from wvatui.core.findings.controller.flapping import reversals
from wvatui.core.findings.controller.slow_poll import period
from wvatui.sources.objects.scaled_object import decode_scaled_object


def rules_found(*events: ev.Event, now: float) -> set[str]:
    return {finding.rule for finding in findings(folded(*events, now=now))}


def test_every_rule_says_what_it_is_once() -> None:
    assert len({row.id for row in RULES}) == len({row.rank for row in RULES}) == len(RULES)
    assert all(row.title and row.kind in ("blocker", "detector") for row in RULES)


def test_rules_are_asked_in_the_order_of_their_ranks() -> None:
    ranks = [row.rank for row in RULES]
    assert ranks == sorted(ranks)
    assert (RULES[0].id, RULES[-1].id) == ("paused-scaled-object", "policy-limit")


def test_every_file_of_the_folder_is_a_row() -> None:
    from pathlib import Path

    import wvatui.core.findings as folder

    own = {"__init__", "complaints", "finding", "finding_rows", "look", "over_time"}
    files = {path.stem for path in Path(folder.__file__).parent.rglob("*.py")} - own
    rows = {row.find.__module__.rpartition(".")[2] for row in RULES}
    assert rows == files


def test_a_value_that_swings_has_a_period_and_noise_has_none() -> None:
    swinging = [(float(t), 0.9 if t % 10 < 4 else 0.1) for t in range(100)]
    assert period(swinging, 0.25) == pytest.approx(10.0)
    assert period([(float(t), 0.5 + 0.01 * (t % 2)) for t in range(100)], 0.25) is None
    assert period(swinging[:20], 0.25) is None


def test_a_swing_is_told_until_the_last_five_whole_minutes_have_none() -> None:
    def swings(until: int, calm_from: int) -> bool:
        events: list[ev.Event] = [*namespace("a", interval_s=5.0)]
        for at in range(0, until, 5):
            kv = 0.9 if at % 10 and at < calm_from else 0.1
            events += [ev.PollRound(START + at, pods=1, answered=1), look("a", at, kv)]
        state = folded(*events, now=until)
        return any(each.title.startswith("kv of a oscillates") for each in findings(state))

    assert [swings(*ends) for ends in ((310, 400), (310, 0), (610, 240))] == [True, False, False]


def test_a_reversal_is_an_opposite_change_soon_after() -> None:
    found = [(0.0, 1, 3), (100.0, 3, 2), (400.0, 2, 1), (450.0, 1, 4)]
    assert reversals(found, 0.0) == [(100.0, 100.0), (450.0, 50.0)]
    assert reversals(found, 200.0) == [(450.0, 50.0)]


def test_a_condition_that_has_just_turned_is_no_finding_yet() -> None:
    def scaler(since: float) -> ev.Autoscaler:
        condition = ev.Condition(
            "ScalingActive",
            "False",
            "FailedGetExternalMetric",
            "no metrics returned",
            START + since,
        )
        return ev.Autoscaler(
            START,
            name="h",
            namespace="llm-d-sim",
            target_kind="Deployment",
            target_name="qwen",
            min=1,
            max=8,
            conditions=(condition,),
            metrics=(ev.MetricStatus("m", "Value", 1.0, None),),
        )

    def seen(since: float) -> set[str]:
        quiet = [e for e in namespace() if not isinstance(e, ev.Autoscaler)]
        return rules_found(*quiet, scaler(since), now=100) & {"scaling-inactive", "unknown-metric"}

    assert seen(80.0) == set()
    assert seen(20.0) == {"scaling-inactive", "unknown-metric"}


def test_a_pod_that_lost_its_readiness_is_told_and_one_that_boots_is_not() -> None:
    was: dict[str, Any] = {"ready_at": START + 1, "started_at": START}
    lost = pod("qwen-7d9f5c6b8-a", 30, ready=False, reason="ContainersNotReady")
    assert "failing-probes" in rules_found(
        *namespace(),
        pod("qwen-7d9f5c6b8-a", 0, **was),
        ev.Pod(**{f: getattr(lost, f) for f in lost.__struct_fields__} | {"created_at": START}),
        now=80,
    )
    fresh = pod("qwen-7d9f5c6b8-b", 30, ready=False, started_at=START + 30)
    assert "failing-probes" not in rules_found(*namespace(), fresh, now=80)


def test_a_forbidden_controller_is_named_with_the_right_that_it_lacks() -> None:
    text = (
        'deployments.apps "qwen" is forbidden: User "system:serviceaccount:wva:sa" cannot'
        ' patch resource "deployments" in API group "apps" in the namespace "x"'
    )
    told = ev.KubeEvent(
        START + 5,
        type="Warning",
        reason="FailedUpdateScale",
        kind="Pod",
        name="x",
        message=text,
        last_at=START + 5,
    )
    found = [f for f in findings(folded(*namespace(), told, now=20)) if f.rule == "missing-rights"]
    assert [f.title for f in found] == ["system:serviceaccount:wva:sa may not patch deployments"]


def test_the_metrics_that_a_scaled_object_asks_for_are_its_queries_names_alone() -> None:
    query = (
        'sum(rate(vllm:request_success_total{model_name="a_b",job="x"}[1m])) by (pod_name)'
        " > bool avg_over_time(other_metric[5m])"
    )
    made = decode_scaled_object(
        {
            "metadata": {"name": "s", "namespace": "n"},
            "spec": {
                "scaleTargetRef": {"name": "d"},
                "triggers": [
                    {"type": "prometheus", "metadata": {"query": query, "threshold": "1"}},
                    {"type": "external", "metadata": {"metricName": "wva_desired_replicas"}},
                ],
            },
        },
        START,
    )
    assert made.reads == (
        "vllm:request_success_total",
        "other_metric",
        "wva_desired_replicas",
    )


def test_control_characters_of_objects_never_leave_the_fold() -> None:
    hostile = ev.ScaledObject(
        START,
        name="s\x1b[31m",
        namespace="llm-d-sim",
        paused="paused\x07",
        target_kind="Deployment",
        target_name="qwen",
    )
    [found] = [
        f
        for f in finding_rows.findings(folded(*namespace(), hostile, now=5))
        if f.rule == "paused-scaled-object"
    ]
    texts = [found.title, found.about, found.advice, *(fact.text for fact in found.evidence)]
    assert not any("\x1b" in text or "\x07" in text for text in texts)


def test_a_log_alone_raises_no_alarm_about_what_was_never_asked() -> None:
    assert findings(folded(look("p", 1), now=30)) == ()


def test_a_variant_at_its_maximum_is_told_where_no_other_of_its_model_and_role_may_grow() -> None:
    header, work, variant, hpa, own = namespace("qwen-7d9f5c6b8-a")
    assert isinstance(hpa, ev.Autoscaler)
    assert isinstance(work, ev.Workload)
    assert isinstance(variant, ev.Variant)
    at_most = replace(hpa, max=2, conditions=())
    full = [look("qwen-7d9f5c6b8-a", at, 0.95, waiting=9) for at in range(0, 20, 2)]

    def titles(spec: int | None, role: str, *, pods: bool = True) -> list[str]:
        labels = {"app": "dear", "llm-d.ai/role": role}
        events = (
            replace(work, name="dear", spec=spec, selector=labels if not pods else {"app": "dear"}),
            replace(variant, name="dear", target_name="dear"),
            replace(hpa, name="dear-hpa", target_name="dear", max=8, conditions=()),
            *([pod("dear-0", labels=labels, owner_kind="", owner_name="")] if pods else []),
        )
        state = folded(header, work, variant, at_most, own, *events, *full, now=20)
        return [each.title for each in findings(state) if each.rule == "max-reached"]

    told = ["qwen is at its maximum of 2 replicas, and the load wants more"]
    assert titles(spec=1, role="") == []
    assert titles(spec=8, role="") == told
    assert titles(spec=1, role="prefill") == told
    assert titles(spec=0, role="", pods=False) == []
    assert titles(spec=0, role="prefill", pods=False) == told
    assert titles(spec=None, role="") == told
