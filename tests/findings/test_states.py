"""Findings about the state of objects: each is provoked, and ends with its cause."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.core.queries.few_pods import NAMESPACE, START, folded, namespace, pod
from tests.findings.test_complaints import REPLICA, line, rule
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.kube.answers import ahead_of
from wvatui.sources.objects.pod import decode_pod
from wvatui.sources.objects.scaled_object import decode_scaled_object
from wvatui.sources.objects.workload import decode_deployment

KEDA = "autoscaling.keda.sh/"


def scaled(notes: dict[str, str], *conditions: dict[str, str], at: float = 1.0) -> ev.ScaledObject:
    meta = {"name": "so", "namespace": NAMESPACE, "annotations": notes}
    spec = {"scaleTargetRef": {"name": "qwen"}, "fallback": {"replicas": 4}}
    status = {"conditions": list(conditions), "hpaName": "keda-hpa-so"}
    return decode_scaled_object({"metadata": meta, "spec": spec, "status": status}, START + at)


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_a_text_that_go_reads_as_false_does_not_pause(text: str) -> None:
    assert scaled({f"{KEDA}paused": text}).paused == ""
    assert rule("paused-scaled-object", scaled({f"{KEDA}paused": text})) == []
    assert scaled({f"{KEDA}paused-scale-in": text}).held == ()


@pytest.mark.parametrize("text", ["true", "1", "T", "yes", "off", ""])
def test_a_text_that_is_true_or_no_boolean_pauses(text: str) -> None:
    [found] = rule("paused-scaled-object", scaled({f"{KEDA}paused": text}))
    assert found.title == "ScaledObject so is paused: no decision is carried out"


@pytest.mark.parametrize(
    ("key", "severity", "title"),
    [
        ("scale-in", "warning", "ScaledObject so: scale-in paused, no replica is taken away"),
        ("scale-out", "blocked", "ScaledObject so: scale-out paused, no replica is added"),
    ],
)
def test_one_direction_that_is_paused_is_told_and_ends(key: str, severity: str, title: str) -> None:
    paused = scaled({f"{KEDA}paused-{key}": "true"}, {"type": "Paused", "status": "True"})
    [found] = rule("paused-scaled-object", paused)
    assert (found.severity, found.title) == (severity, title)
    assert f"{KEDA}paused-{key}-" in found.advice
    assert rule("paused-scaled-object", paused, scaled({}, at=30)) == []


def test_the_condition_alone_tells_that_it_is_paused() -> None:
    [found] = rule("paused-scaled-object", scaled({}, {"type": "Paused", "status": "True"}))
    assert found.title == "ScaledObject so says Paused=True: no decision is carried out"
    assert rule("paused-scaled-object", scaled({}, {"type": "Paused", "status": "False"})) == []


def test_a_fallback_is_told_with_what_it_serves_and_ends() -> None:
    bad = scaled({}, {"type": "Fallback", "status": "True", "reason": "FallbackExists"})
    [found] = rule("scaled-object-state", bad)
    assert found.title.startswith("the fallback of so is served: 4 replicas")
    good = scaled({}, {"type": "Fallback", "status": "False"}, at=30)
    assert rule("scaled-object-state", bad, good) == []


@pytest.mark.parametrize(
    ("type_", "status", "reason"),
    [
        ("Ready", "False", "TriggerError"),
        ("Ready", "Unknown", "PartialTriggerError"),
        ("HPAActive", "False", "FailedGetExternalMetric"),
    ],
)
def test_what_keda_says_is_wrong_is_told(type_: str, status: str, reason: str) -> None:
    told = {"type": type_, "status": status, "reason": reason}
    [found] = rule("scaled-object-state", scaled({}, told))
    assert found.title == f"ScaledObject so says {type_}={status}: {reason}"
    assert rule("scaled-object-state", scaled({}, told | {"status": "True"})) == []


def test_a_paused_deployment_is_told_as_spec_paused_and_ends() -> None:
    def deployment(at: float, *, paused: bool) -> ev.Workload:
        spec: dict[str, Any] = {"paused": paused, "selector": {"matchLabels": {"app": "qwen"}}}
        meta = {"name": "qwen", "namespace": NAMESPACE}
        return decode_deployment({"metadata": meta, "spec": spec}, START + at)

    [found] = rule("paused-rollout", deployment(1, paused=True))
    assert "spec.paused" in found.title
    assert rule("paused-rollout", deployment(1, paused=True), deployment(30, paused=False)) == []


def _killed(at: float, reason: str, code: int) -> ev.Pod:
    when = datetime.fromtimestamp(START + at, UTC).isoformat()[:-6] + "Z"
    ended = {"reason": reason, "exitCode": code, "finishedAt": when}
    container = {
        "name": "vllm",
        "ready": True,
        "restartCount": 2,
        "state": {"running": {"startedAt": when}},
        "lastState": {"terminated": ended},
    }
    meta = {"name": REPLICA, "namespace": NAMESPACE, "labels": {"llm-d.ai/model": "m"}}
    ready = {"type": "Ready", "status": "True"}
    status = {"phase": "Running", "containerStatuses": [container], "conditions": [ready]}
    return decode_pod({"metadata": meta, "spec": {}, "status": status}, START + at)


def test_a_container_that_was_killed_is_told_for_a_while_though_it_serves_again() -> None:
    [found] = rule("container-exit", _killed(10, "OOMKilled", 137), now=40)
    assert found.title == (
        f"a container of {REPLICA} ended 30 s ago: OOMKilled, exit code 137, 2 restarts"
    )
    assert "memory limit" in found.advice
    assert rule("container-exit", _killed(10, "OOMKilled", 137), now=700) == []
    assert rule("container-exit", _killed(10, "Completed", 0), now=40) == []


def _decided(at: float, pod_name: str, target: int) -> ev.Log:
    told = line(
        at,
        "scaling-decision",
        f'{{"modelID": "m", "namespace": "{NAMESPACE}", "decisions":'
        f' [{{"name":"qwen","curr":2,"tgt":{target},"action":"scale-up"}}]}}',
    )
    return ev.Log(told.at, line=told.line, pod=pod_name)


def test_two_controllers_that_decide_against_each_other_are_told() -> None:
    turns = [_decided(at, "ab"[at // 15 % 2], 3 + at // 15 % 2) for at in range(0, 90, 15)]
    [found] = rule("two-controllers", *turns, now=90)
    assert found.title == (
        "two controllers decide against each other about qwen: a wants 3 and b wants 4"
    )
    alone = [_decided(at, "a", 3) for at in range(90, 300, 15)]
    assert rule("two-controllers", *turns, *alone, now=300) == []


def test_a_change_of_leader_or_two_that_agree_are_no_two_controllers() -> None:
    changed = [_decided(at, "a" if at < 45 else "b", 3 + at // 15) for at in range(0, 90, 15)]
    assert rule("two-controllers", *changed, now=90) == []
    agree = [_decided(at, "ab"[at // 15 % 2], 3) for at in range(0, 90, 15)]
    assert rule("two-controllers", *agree, now=90) == []


def _without_controller(metric: str, current: float | None, verb: str = "") -> list[Finding]:
    hpa = ev.Autoscaler(
        START + 1,
        name="qwen-hpa",
        namespace=NAMESPACE,
        target_kind="Deployment",
        target_name="qwen",
        metrics=(ev.MetricStatus(metric, "Value", 1.0, current),),
    )
    source = ev.Source(START + 1, source="controller", status="waiting", text="none", verb=verb)
    return rule("controller-silent", hpa, source)


def test_no_controller_is_a_blocker_only_to_who_waits_for_its_decisions() -> None:
    [found] = _without_controller("wva_desired_replicas", None)
    assert found.severity == "blocked"
    assert "qwen-hpa waits for its decisions" in found.title
    assert "install" not in found.advice
    assert _without_controller("queue_size", None) == []


@pytest.mark.parametrize(("current", "verb"), [(2.0, ""), (None, "list")])
def test_what_may_be_where_nobody_may_look_is_not_called_absent(
    current: float | None, verb: str
) -> None:
    [found] = _without_controller("wva_desired_replicas", current, verb)
    assert found.severity == "warning"
    assert found.title == "the WVA controller was not found where you may look"


def test_a_controller_that_crashes_is_told_with_its_exit_and_last_line() -> None:
    changes: dict[str, Any] = {
        "role": "controller",
        "ready": False,
        "reason": "CrashLoopBackOff",
        "last_exit": "Error, exit code 2",
        "last_exit_at": START + 20,
        "restarts": 4,
    }
    said = ev.Log(START + 20, line="unknown shorthand flag: 'v' in -v=4", pod="ctl")
    source = ev.Source(START + 1, source="controller", status="ok")
    [found] = rule("controller-silent", pod("ctl", **changes), source, said)
    assert found.title == "the controller crashes: CrashLoopBackOff, Error, exit code 2"
    assert "unknown shorthand flag: 'v' in -v=4" in found.evidence[1].text
    well = pod("ctl", 30, role="controller")
    assert rule("controller-silent", pod("ctl", **changes), source, said, well) == []


def test_a_lease_that_is_seen_to_change_is_held_whatever_its_time_says() -> None:
    def lease(at: float) -> ev.Lease:
        behind = START + at - 300
        return ev.Lease(
            START + at, name="l", namespace=NAMESPACE, holder="ctl_1", renewed_at=behind
        )

    leader = pod("ctl", role="controller")
    assert rule("controller-not-leader", leader, lease(1), now=20), "nothing else is known"
    assert rule("controller-not-leader", leader, lease(1), lease(11), now=20) == []
    assert rule("controller-not-leader", leader, lease(1), lease(11), now=100), "it stopped"


def test_what_keda_has_said_for_a_moment_only_is_not_told_yet() -> None:
    told = {"type": "Ready", "status": "False", "reason": "TriggerError"}
    assert rule("scaled-object-state", scaled({}, told), now=10) == []


@pytest.mark.parametrize(("ahead_s", "told"), [(300.0, 1), (-2.5, 1), (1.5, 0), (None, 0)])
def test_a_clock_skew_above_two_seconds_is_told(ahead_s: float | None, told: int) -> None:
    header = ev.Header(START, started_at=START, namespace=NAMESPACE, ahead_s=ahead_s)
    assert len(rule("clock-skew", header, now=20)) == told


def test_a_date_header_tells_how_far_this_clock_is_ahead() -> None:
    date = "Tue, 01 Sep 2026 08:00:00 GMT"
    assert ahead_of(date, START + 300.5, START + 300.5) == 300.0
    assert ahead_of(date, START - 299.5, START - 299.5) == -300.0
    assert ahead_of("", START, START) is ahead_of("soon", START, START) is None


def test_an_answer_that_took_long_tells_only_the_skew_that_is_certain() -> None:
    date = "Tue, 01 Sep 2026 08:00:00 GMT"
    assert ahead_of(date, START, START + 9) == 0.0
    assert ahead_of(date, START + 300, START + 309) == 299.5


def test_a_pod_without_a_node_is_told_with_the_words_of_the_cluster_autoscaler() -> None:
    def told(reason: str) -> ev.KubeEvent:
        at = START + 5
        return ev.KubeEvent(at, reason=reason, kind="Pod", name="p", message="max", last_at=at)

    changes: dict[str, Any] = {"phase": "Pending", "reason": "Unschedulable", "ready": False}
    reasons = ("FailedScheduling", "NotTriggerScaleUp", "TriggeredScaleUp")
    [found] = rule("unschedulable", pod("p", **changes), *map(told, reasons))
    assert [fact.text for fact in found.evidence[1:4]] == [f"{each}: max" for each in reasons]
    assert rule("unschedulable", pod("p", **changes), pod("p", 30)) == []


@pytest.mark.parametrize("status", ["False", "True"])
def test_an_hpa_that_did_or_did_not_scale_to_zero_is_healthy(status: str) -> None:
    """Kubernetes 1.37 writes this condition on every HPA that has ever rescaled."""
    reason = "ScaledToZero" if status == "True" else "NotScaledToZero"
    conditions = (
        ev.Condition("AbleToScale", "True", "ReadyForNewScale", "recommended", START),
        ev.Condition("ScalingActive", "True", "ValidMetricFound", "computed", START),
        ev.Condition("ScalingLimited", "False", "DesiredWithinRange", "within", START),
        ev.Condition("ScaledToZero", status, reason, "the HPA controller did", START),
    )
    header, workload, variant, hpa, *pods = namespace(REPLICA)
    assert isinstance(hpa, ev.Autoscaler)
    newer = msgspec.structs.replace(hpa, conditions=conditions)
    state = folded(header, workload, variant, newer, *pods, now=300)
    assert [f.title for f in findings(state) if "ScaledToZero" in repr(f)] == []
    assert not any(f.rule in ("scaling-inactive", "unknown-metric") for f in findings(state))
