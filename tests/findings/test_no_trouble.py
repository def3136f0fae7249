"""Situations without a finding: they only look like faults, or are faults of something else."""

from typing import Any

import msgspec
import pytest

from tests.core.queries.few_pods import NAMESPACE, START, folded, namespace, pod
from tests.findings.test_complaints import REPLICA, cycle, line, rule
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.queries.session import session_rows
from wvatui.core.queries.session.variant_rows import variants
from wvatui.sources.objects.pod import decode_pod

NO_SAMPLES = "No saturation metrics available for model, skipping analysis"


def missed(words: str, *replicas: ev.Pod) -> list[str]:
    """The findings about missing metrics after a cycle that logs `words`, with these replicas."""
    said = cycle(190, line(190.5, words))
    state = folded(*namespace(), *replicas, *said, now=200)
    return [each.rule for each in findings(state) if each.rule == "metrics-missing"]


@pytest.mark.parametrize("ready_at", [None, 150.0], ids=["scaled to zero", "just ready"])
def test_no_metrics_are_missing_before_a_replica_was_there_to_be_scraped(
    ready_at: float | None,
) -> None:
    replicas = [] if ready_at is None else [pod(REPLICA, 100, ready_at=START + ready_at)]
    assert missed(NO_SAMPLES, *replicas) == []
    assert missed("Error querying Prometheus", *replicas) == ["metrics-missing"]
    assert missed(NO_SAMPLES, pod(REPLICA, ready_at=START + 20)) == ["metrics-missing"]


def test_pages_that_an_api_server_does_not_pass_on_are_no_fault_of_their_pods() -> None:
    misses = [
        ev.ScrapeFailure(START + at, pod=REPLICA, why="error", text="connection refused")
        for at in (60, 62, 64)
    ]
    ready = pod(REPLICA, ready_at=START)
    known = ev.Source(START, source="workloads", status="ok")
    lost = ev.Source(START + 59, source="workloads", status="retrying", text="connection refused")
    assert rule("metrics-missing", ready, *misses, now=65)
    assert rule("metrics-missing", ready, *misses, lost, now=65) == []
    refused = ev.Source(START + 64.5, source="workloads", status="denied", text="forbidden")
    assert rule("metrics-missing", ready, known, lost, *misses, refused, now=65) == []
    later = ev.ScrapeFailure(START + 66, pod=REPLICA, why="error", text="connection refused")
    assert rule("metrics-missing", ready, known, lost, *misses, refused, later, now=67)
    # Open streams show nothing about the connection; the log, or another list, does.
    text = "https://10.0.0.1:6443: connection reset"
    unheard = ev.Source(START + 59, source="log", status="retrying", text=text)
    assert rule("metrics-missing", ready, *misses, unheard, now=65) == []
    # One slow list says little; two requests without an answer are a server that hangs.
    hangs = [
        ev.Source(
            START + 59, source=name, status="retrying", text=f"timed out: no answer from {text}"
        )
        for name in ("autoscalers", "lease")
    ]
    assert rule("metrics-missing", ready, *misses, known, hangs[0], now=65)
    assert rule("metrics-missing", ready, *misses, known, *hangs, now=65) == []
    failing = ev.Source(
        START + 59, source="autoscalers", status="retrying", text="conversion failed"
    )
    assert rule("metrics-missing", ready, *misses, failing, now=65)


def unready(name: str, at: float) -> ev.Pod:
    return pod(name, at, ready=False, reason="Running", created_at=START)


def test_replicas_that_lost_their_node_are_one_finding_that_names_it() -> None:
    names = ("qwen-7d9f5c6b8-a", "qwen-7d9f5c6b8-b")
    were = [pod(name, ready_at=START) for name in names]
    lost = [unready(name, 30) for name in names]
    told = [
        ev.KubeEvent(
            START + 31,
            kind="Pod",
            name=name,
            reason="NodeNotReady",
            message="Node is not ready",
            last_at=START + 31,
        )
        for name in names
    ]
    [found] = rule("failing-probes", *were, *lost, *told, now=33)
    assert found.title == "node gpu-07 is not ready, and 2 replicas on it do not count"
    again = [pod(name, 60, ready_at=START + 60, created_at=START) for name in names]
    assert rule("failing-probes", *were, *lost, *told, *again, now=90) == []


def test_a_lost_readiness_is_the_probes_only_where_the_kubelet_says_so() -> None:
    events: list[ev.Event] = [pod(REPLICA, ready_at=START), unready(REPLICA, 30)]
    [found] = rule("failing-probes", *events, now=60)
    assert found.title == f"{REPLICA} was ready and is no more"
    said = ev.KubeEvent(
        START + 31, kind="Pod", name=REPLICA, reason="Unhealthy", last_at=START + 31
    )
    [found] = rule("failing-probes", *events, said, now=60)
    assert found.title == f"{REPLICA} was ready and is no more: its probe fails"


def test_a_controller_that_starts_is_given_time_and_one_that_hangs_is_told() -> None:
    def down(now: float, **changes: Any) -> list[str]:
        given = {"role": "controller", "ready": False, "reason": "ContainerCreating"} | changes
        state = folded(
            *namespace(),
            ev.Source(START, source="controller", status="ok"),
            pod("ctl", 100 if "created_at" not in changes else 0, **given),
            now=now,
        )
        return [each.title for each in findings(state) if each.rule == "controller-silent"]

    assert down(now=120) == []
    assert down(now=150) == ["no pod of the controller is ready"]
    assert down(now=10, created_at=START - 3600) == ["no pod of the controller is ready"]


def test_a_time_in_which_nobody_could_be_asked_makes_no_round_late() -> None:
    def rounds(*ats: float) -> list[ev.PollRound]:
        return [ev.PollRound(START + at, pods=1, answered=1) for at in ats]

    gap = [*range(0, 20, 2), *range(100, 110, 2)]
    assert rule("slow-poll", *rounds(*gap), now=110) == []
    assert rule("slow-poll", *rounds(*range(0, 60, 5)), now=60)


USAGE = ("Usage of manager:", "  -v int", "unknown shorthand flag: 'v' in -v=4", "  --zap", "exit")


def test_a_controller_that_crashes_is_no_drift_of_its_format() -> None:
    crashes = {"role": "controller", "ready": False, "reason": "CrashLoopBackOff"}
    lines = [ev.Log(START + 2 + n, line=USAGE[n % 5], pod="ctl") for n in range(40)]
    known_late = [*lines, msgspec.structs.replace(pod("ctl", **crashes), at=START + 50)]
    for seen in ([pod("ctl", **crashes), *lines], known_late):
        state = folded(*namespace(), *seen, now=60)
        assert session_rows.totals(state).drift == ""
        assert state.totals.lines == 40
    drifted = folded(*namespace(), pod("ctl", role="controller"), *lines, now=60)
    assert "0 recognised" in session_rows.totals(drifted).drift


def told(status: dict[str, Any]) -> tuple[str, str]:
    found = decode_pod(
        {"metadata": {"name": "p", "namespace": NAMESPACE}, "spec": {}, "status": status}, START
    )
    return found.reason, found.message


def test_why_a_pod_is_not_ready_is_told_in_the_words_of_who_says_it() -> None:
    no_node = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/5 nodes are available: 5 Insufficient nvidia.com/gpu.",
    }
    assert told({"phase": "Pending", "conditions": [no_node]}) == (
        "Unschedulable",
        "0/5 nodes are available: 5 Insufficient nvidia.com/gpu.",
    )
    waiting = {"reason": "CreateContainerConfigError", "message": 'secret "hf" not found'}
    container = {"name": "vllm", "state": {"waiting": waiting}}
    assert told({"phase": "Pending", "containerStatuses": [container]}) == (
        "CreateContainerConfigError",
        'secret "hf" not found',
    )
    assert told({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}) == (
        "Evicted",
        "low on memory",
    )
    ready = {"type": "Ready", "status": "True"}
    assert told({"phase": "Running", "conditions": [ready], "message": "x"}) == ("", "")


def test_a_pod_without_a_node_is_told_with_the_schedulers_words_where_no_event_was_seen() -> None:
    stuck = pod("p", phase="Pending", reason="Unschedulable", ready=False, message="0/5 nodes")
    [found] = rule("unschedulable", stuck)
    assert found.evidence[0].text == "Unschedulable: 0/5 nodes"


@pytest.mark.parametrize(
    ("reason", "title", "command"),
    [
        ("Init:CrashLoopBackOff", "does not stay up", "logs p --all-containers"),
        ("CrashLoopBackOff", "does not stay up", "logs p --previous"),
        ("CreateContainerConfigError", "cannot be started", "describe pod p"),
    ],
)
def test_a_container_that_never_gets_to_run_is_one_finding_and_no_matter_of_its_image(
    reason: str, title: str, command: str
) -> None:
    stuck = pod(
        "p",
        ready=False,
        phase="Pending",
        reason=reason,
        scheduled_at=START - 900,
        last_exit="Error, exit code 1",
        last_exit_at=START + 10,
    )
    found = [
        each
        for each in findings(folded(*namespace(), stuck, now=30))
        if each.rule in ("failing-probes", "image-pull", "container-exit")
    ]
    assert [each.title for each in found] == [f"p {title}: {reason}"]
    assert command in found[0].advice
    assert any("exit code 1" in fact.text for fact in found[0].evidence)
    slow = pod("p", ready=False, phase="Pending", scheduled_at=START - 900)
    assert rule("image-pull", slow, now=30)


def refused(kind: str, name: str, made_by: str) -> list[str]:
    """The findings where an object could not create a pod of `made_by`."""
    told = ev.KubeEvent(
        START + 5, kind=kind, name=name, reason="FailedCreate", message="no", last_at=START + 5
    )
    owner = "StatefulSet" if kind == "StatefulSet" else "Deployment"
    target = ev.Workload(
        START, kind=owner, name=made_by, namespace=NAMESPACE, spec=2, replicas=1, ready=1
    )
    variant = ev.Variant(
        START,
        name="v",
        namespace=NAMESPACE,
        source="VariantAutoscaling",
        target_kind=owner,
        target_name=made_by,
    )
    header = namespace()[0]
    found = findings(folded(header, target, variant, told, now=10))
    return [each.rule for each in found if each.rule == "quota"]


def test_who_could_not_make_a_pod_is_the_workload_or_what_it_makes_and_no_namesake() -> None:
    assert refused("ReplicaSet", "m-5c9f", "m") == ["quota"]
    assert refused("StatefulSet", "m", "m") == ["quota"]
    assert refused("ReplicaSet", "m-large-5c9f", "m") == []


def test_a_percentage_is_told_as_long_as_the_pod_is_there() -> None:
    said = ev.Notice(START + 2, source="pods", code="percent", text=f"{REPLICA}: KV is 45")
    [found] = rule("percentage", pod(REPLICA), said, now=10)
    assert found.title == f"{REPLICA}: KV is 45"
    gone = ev.Deleted(START + 5, kind="pod", name=REPLICA, namespace=NAMESPACE)
    assert rule("percentage", pod(REPLICA), said, gone, now=10) == []
    again = pod(REPLICA, 8)
    assert rule("percentage", pod(REPLICA), said, gone, again, now=10) == []


def test_a_replica_behind_a_scheduling_gate_is_told_apart_from_one_without_a_node() -> None:
    def waits(name: str, reason: str) -> ev.Pod:
        return pod(name, phase="Pending", reason=reason, ready=False, message=f"{reason} it is")

    found = rule("unschedulable", waits("p", "Unschedulable"), waits("q", "SchedulingGated"))
    assert [each.title for each in found] == [
        "1 replica finds no node: qwen cannot grow",
        "1 replica is held by a scheduling gate: qwen cannot grow",
    ]
    assert "describe pod q" in found[1].advice
    assert found[1].evidence[0].text == "SchedulingGated: SchedulingGated it is"


@pytest.mark.parametrize(
    ("reason", "message", "title"),
    [
        (
            "FailedGetExternalMetric",
            "unable to fetch metrics from external metrics API: rpc error: code = Unknown desc ="
            " error when getting metric values metric:s0-prometheus encountered error",
            "",
        ),
        (
            "FailedGetExternalMetric",
            "unable to fetch metrics from external metrics API: the server is currently unable to"
            " handle the request (get s0-prometheus.external.metrics.k8s.io)",
            "nobody serves external.metrics.k8s.io",
        ),
        (
            "FailedGetResourceMetric",
            "unable to fetch metrics from resource metrics API: the server could not find the"
            " requested resource (get pods.metrics.k8s.io)",
            "nobody serves metrics.k8s.io",
        ),
    ],
)
def test_a_metrics_api_that_answers_with_an_error_is_served(
    reason: str, message: str, title: str
) -> None:
    header, workload, variant, hpa, *_ = namespace()
    assert isinstance(hpa, ev.Autoscaler)
    told = ev.Condition("ScalingActive", "False", reason, message, START - 300)
    blind = msgspec.structs.replace(hpa, conditions=(told,))
    found = findings(folded(header, workload, variant, blind, now=30))
    named = [f.title.partition(":")[0] for f in found if f.rule == "metrics-adapter-missing"]
    assert named == [title] * bool(title)
    assert ("scaling-inactive" in {f.rule for f in found}) is (not title)


@pytest.mark.parametrize(("target", "told"), [(0, []), (2, ["scaling-inactive"]), (None, [])])
def test_an_hpa_at_zero_is_no_trouble_where_keda_or_the_controller_wakes_it(
    target: int | None, told: list[str]
) -> None:
    header, workload, variant, hpa, *_ = namespace()
    off = ev.Condition("ScalingActive", "False", "ScalingDisabled", "zero", START - 300)
    assert isinstance(hpa, ev.Autoscaler)
    of_keda = "so" if target is None else ""
    asleep = msgspec.structs.replace(hpa, conditions=(off,), scaled_object=of_keda)
    decided = [] if target is None else [decision(target)]
    state = folded(header, workload, variant, asleep, *decided, now=30)
    assert [f.rule for f in findings(state) if f.rule == "scaling-inactive"] == told
    [row] = variants(state)
    assert bool(row.blocked) == bool(told)


def decision(target: int) -> ev.Log:
    return line(
        10.0,
        "scaling-decision",
        f'{{"modelID": "m", "namespace": "{NAMESPACE}", "decisions":'
        f' [{{"name":"qwen","curr":0,"tgt":{target},"action":"no-change"}}]}}',
    )
