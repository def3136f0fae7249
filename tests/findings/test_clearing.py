"""Each rule finds its cause in small data, and nothing once the cause has gone."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from tests.core.decisions.watched import asked, behavior
from tests.core.explain.logs import START as LOG_START
from tests.core.explain.logs import analyzer, token_cycle
from tests.core.fold.log_lines import line as older
from tests.core.queries.few_pods import NAMESPACE, START, look, namespace, pod
from tests.findings import test_controller_max as own_max
from tests.findings import test_holding as holding
from tests.findings.test_complaints import REPLICA, cycle, line
from tests.findings.test_load_job import failed
from tests.findings.test_states import KEDA, _decided, _killed
from tests.findings.test_states import scaled as keda
from tests.findings.test_traps import MOST, SUM, deployment, hpa, modified, near, reading, scaled
from wvatui.core import events as ev
from wvatui.core.findings import RULES, findings
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.state.state import EMPTY, State

Events = Sequence[ev.Event]
OTHER = "qwen-7d9f5c6b8-b"


class Cause(NamedTuple):
    """The cause of a finding: the events of a session, and the second at which it is checked."""

    rule: str
    broken: Events
    mended: Events = ()
    """The events after `broken` that end the cause."""
    broken_at: float = 60.0
    mended_at: float = 90.0
    base: Events = (*namespace(REPLICA),)


def _is(kind: type[ev.Event]) -> Any:
    (one,) = (event for event in namespace() if type(event) is kind)
    return one


HPA, VARIANT, WORKLOAD = _is(ev.Autoscaler), _is(ev.Variant), _is(ev.Workload)
BLUE = ev.EngineEndpoint("blue", "http://gpu-box:8000/metrics")
OUTSIDE = (ev.Header(START, started_at=START, interval_s=2.0, endpoints=(BLUE,)),)
BARE = (_is(ev.Header), WORKLOAD, pod(REPLICA))


def changed(thing: Any, at: float, **changes: Any) -> Any:
    return replace(thing, at=START + at, **changes)


def active(status: str, reason: str, message: str = "") -> tuple[ev.Condition, ...]:
    able = ev.Condition("AbleToScale", "True", "ReadyForNewScale", "recommended", START)
    return able, ev.Condition("ScalingActive", status, reason, message, START - 300)


WELL = active("True", "ValidMetricFound")
NO_API = "unable to fetch metrics: the server could not find the requested resource"
LIMITED = ev.Condition("ScalingLimited", "True", "TooManyReplicas", "at most 2", START)
REFUSED = ev.Condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota: gpus", START)


def source(at: float, name: str, status: str, *kinds: str) -> ev.Source:
    return ev.Source(START + at, source=name, status=status, text=status, kinds=kinds)


def full(name: str, kv: float, since: int, until: int) -> list[ev.Event]:
    return [look(name, at, kv, waiting=0) for at in range(since, until, 2)]


def decided(target: int, *ats: float) -> list[ev.Event]:
    return [each for at in ats for each in (_decided(at, "ctl", target), ev.Tick(START + at))]


def grown(*sizes: int) -> list[ev.Event]:
    """Events of a workload with these sizes, a minute each."""
    each = [changed(WORKLOAD, 60.0 * n, spec=size) for n, size in enumerate(sizes, start=1)]
    return [event for one in each for event in (one, ev.Tick(one.at))]


SOLVED = (
    "Optimization solution - system: Solution: \ns=v:llm-d-sim; c=Premium; m=m; rate=60; sol=1,"
    " sat=false, alloc={{acc=H100; numRep=1; maxBatch=4; cost=100, val=0, itl={}, ttft=20, rho=0,"
    " maxRPM=90}};"
    " slo-itl=10, slo-ttft=1000, slo-tps=0 \n"
)
OBSERVED = (
    "Metrics collected for VA: variant=v, accelerator=H100, ttft=20ms, itl=10ms, arrivalRate=60"
)


def forecast(itl_ms: float, since: int, times: int = 8) -> list[ev.Event]:
    """Predictions, each followed by an observation."""
    ats = range(since, since + 60 * times, 60)
    pairs = [(older(at, SOLVED.format(itl_ms)), older(at + 30, OBSERVED)) for at in ats]
    return [event for pair in pairs for event in pair]


def lease(at: float) -> ev.Lease:
    return ev.Lease(
        START + at, name="l", namespace=NAMESPACE, holder="ctl_1", renewed_at=START + at - 300
    )


def rounds(since: int, until: int, each: int) -> list[ev.Event]:
    return [ev.PollRound(START + at, pods=1, answered=1) for at in range(since, until, each)]


CRASHES: dict[str, Any] = {"ready": False, "reason": "CrashLoopBackOff"}
PENDING: dict[str, Any] = {"ready": False, "phase": "Pending"}
DECLARED = {"llm-d.ai/managed": "true", "llm-d.ai/model-id": "m"}
STATIC = modified(replicas=1, failureThreshold=3)
AMBIGUOUS = {
    "type": "ScalingActive",
    "status": "False",
    "reason": "AmbiguousSelector",
    "message": "pods by selector app=qwen are controlled by more than one HPA",
}
JOB = {"name": "steps", "namespace": NAMESPACE, "status": "running"}
STAGES = tuple(ev.Stage(start_s=0.0, duration_s=length) for length in (120.0, 600.0))
LEAPS = {"currentReplicas": 3, "desiredReplicas": 6}
SLOW_UP = hpa(asked(behavior=behavior(up_s=300)))
HELD = holding.hpa(60.0, 3, holding.WINDOW, holding.ACTIVE, holding.NO_LIMIT, queue="0")
BUSY = [look(REPLICA, at, running=4) for at in range(0, 150, 2)]
TURNS = [_decided(at, "ab"[at // 15 % 2], 3 + at // 15 % 2) for at in range(0, 90, 15)]

CAUSES = (
    Cause("paused-scaled-object", [keda({f"{KEDA}paused": "true"})], [keda({}, at=61)]),
    Cause(
        "scaled-object-state",
        [keda({}, {"type": "Ready", "status": "False", "reason": "TriggerError"})],
        [keda({}, {"type": "Ready", "status": "True"}, at=61)],
    ),
    Cause(
        "paused-rollout",
        [changed(WORKLOAD, 1, paused=True)],
        [changed(WORKLOAD, 61, paused=False)],
    ),
    Cause(
        "declaration",
        [source(1, "variants", "ok"), changed(HPA, 1, notes={"llm-d.ai/managed": "True"})],
        [changed(HPA, 61, managed=True, notes=DECLARED)],
        base=BARE,
    ),
    Cause(
        "scale-target",
        [source(1, "workloads", "ok", "Deployment"), changed(VARIANT, 1, target_name="new")],
        [changed(WORKLOAD, 61, name="new")],
    ),
    Cause(
        "metrics-adapter-missing",
        [changed(HPA, 1, conditions=active("False", "FailedGetExternalMetric", NO_API))],
        [changed(HPA, 61, conditions=WELL)],
    ),
    Cause(
        "scaling-inactive",
        [changed(HPA, 1, conditions=active("False", "InvalidSelector"))],
        [changed(HPA, 61, conditions=WELL)],
    ),
    Cause(
        "unknown-metric",
        [
            changed(
                HPA,
                1,
                metrics=(ev.MetricStatus("wva_desired_replicas", "Value", 1.0, None),),
                conditions=active("False", "FailedGetExternalMetric", "no metrics returned"),
            )
        ],
        [changed(HPA, 61, conditions=WELL)],
    ),
    Cause("target-above-max", decided(9, 10), [changed(HPA, 61, max=10)]),
    Cause(
        "max-reached",
        [changed(HPA, 1, max=2, conditions=(*WELL, LIMITED))],
        [changed(HPA, 61, max=8, conditions=WELL)],
    ),
    Cause(
        "quota",
        [changed(WORKLOAD, 1, spec=3, replicas=2, conditions=(REFUSED,))],
        [changed(WORKLOAD, 61, spec=3, replicas=3)],
    ),
    Cause(
        "unschedulable",
        [pod(OTHER, **PENDING, reason="Unschedulable")],
        [pod(OTHER, 61, scheduled_at=START + 60)],
    ),
    Cause(
        "image-pull",
        [pod(OTHER, **PENDING, reason="ErrImagePull", scheduled_at=START)],
        [pod(OTHER, 61, scheduled_at=START)],
    ),
    Cause("shared-pods", [hpa(asked(), conditions=[AMBIGUOUS])], [hpa(asked(), at=61)]),
    Cause("failing-probes", [pod(REPLICA, 1, **CRASHES)], [pod(REPLICA, 61)]),
    Cause("container-exit", [_killed(10, "OOMKilled", 137)], [pod(REPLICA, 61)]),
    Cause(
        "controller-not-leader",
        [pod("ctl", role="controller"), lease(1)],
        [lease(61), lease(71)],
        mended_at=75,
    ),
    Cause(
        "controller-silent",
        [source(1, "controller", "ok"), pod("ctl", role="controller", **CRASHES)],
        [pod("ctl", 61, role="controller")],
    ),
    Cause(
        "two-controllers",
        TURNS,
        [_decided(at, "a", 3) for at in range(90, 300, 15)],
        broken_at=90,
        mended_at=300,
    ),
    Cause(
        "metrics-missing",
        cycle(50, line(50.5, "Error querying Prometheus")),
        cycle(65),
        mended_at=70,
    ),
    Cause(
        "percentage",
        [ev.Notice(START + 2, source="pods", code="percent", text=f"{REPLICA}: KV is 45")],
        [ev.Deleted(START + 61, kind="pod", name=REPLICA, namespace=NAMESPACE)],
    ),
    Cause(
        "label-mismatch",
        cycle(50, line(50.5, "series is missing both 'pod' and 'pod_name' labels")),
        cycle(65),
        mended_at=70,
    ),
    Cause(
        "dead-thresholds",
        [changed(HPA, 1, metrics=(ev.MetricStatus("vllm_kv_cache_usage", "Value", 80.0, 0.5),))],
        [changed(HPA, 61, metrics=(ev.MetricStatus("vllm_kv_cache_usage", "Value", 0.8, 0.5),))],
    ),
    Cause(
        "fighting",
        [changed(HPA, 1, name="another")],
        [ev.Deleted(START + 61, kind="hpa", name="another", namespace=NAMESPACE)],
    ),
    Cause("missing-rights", [source(1, "events", "denied")], [source(61, "events", "ok")]),
    Cause("guarded-page", [source(1, "epp", "guarded")], [source(61, "epp", "ok")]),
    Cause(
        "undecided",
        full(REPLICA, 0.95, 0, 150),
        full(REPLICA, 0.3, 150, 170),
        broken_at=149,
        mended_at=169,
    ),
    Cause(
        "full-engine",
        full("blue", 0.98, 0, 20),
        full("blue", 0.3, 20, 40),
        broken_at=19,
        mended_at=39,
        base=OUTSIDE,
    ),
    Cause(
        "no-effect",
        decided(4, *range(0, 600, 30)),
        [changed(WORKLOAD, 601, spec=4)],
        broken_at=600,
        mended_at=602,
    ),
    Cause(
        "hot-pod",
        [pod(OTHER), *full(REPLICA, 0.95, 0, 150), *full(OTHER, 0.1, 0, 150)],
        [*full(REPLICA, 0.3, 150, 230), *full(OTHER, 0.3, 150, 230)],
        broken_at=149,
        mended_at=229,
    ),
    Cause("flapping", grown(3, 2, 3, 2, 3, 2), broken_at=400, mended_at=1900),
    Cause(
        "prediction-drift",
        forecast(20.0, 10),
        forecast(10.0, 600),
        broken_at=590,
        mended_at=1200,
    ),
    Cause("pool-maximum", [scaled(MOST)], [scaled(SUM, at=61)]),
    Cause(
        "formula-fallback",
        [scaled(SUM, SUM, **STATIC)],
        [scaled(SUM, SUM, at=61, advanced=STATIC["advanced"])],
    ),
    Cause(
        "fallback-zero",
        [scaled(SUM, fallback={"replicas": 0, "failureThreshold": 3})],
        [scaled(SUM, at=61, fallback={"replicas": 1, "failureThreshold": 3})],
    ),
    Cause("polling-interval", [scaled(SUM, pollingInterval=5)], [scaled(SUM, at=61)]),
    Cause(
        "empty-query",
        [scaled(SUM), reading("0"), *BUSY],
        [replace(reading("500m"), at=START + 150), look(REPLICA, 150, running=4)],
        broken_at=149,
        mended_at=151,
    ),
    Cause(
        "no-behavior",
        [hpa(asked(), **LEAPS)],
        [hpa(asked(behavior=behavior()), at=61, **LEAPS)],
    ),
    Cause(
        "tolerance",
        [deployment(10), near(10, 11)],
        [replace(near(10, 10), at=START + 61)],
    ),
    Cause(
        "long-window",
        [SLOW_UP, ev.Job(START + 1, stages=STAGES, **JOB)],
        [ev.Job(START + 61, stages=STAGES, **JOB | {"status": "succeeded"})],
    ),
    Cause("slow-poll", rounds(0, 60, 5), rounds(62, 200, 2), mended_at=200),
    Cause(
        "counters-fall",
        [look(REPLICA, 40 + n, prompt_tokens=900 if n % 4 else 400) for n in range(0, 20, 2)],
        [look(REPLICA, t, prompt_tokens=900) for t in range(62, 200, 2)],
        mended_at=200,
    ),
    Cause(
        "load-job",
        [failed()],
        mended_at=700,
    ),
    Cause(
        "stabilising",
        [changed(WORKLOAD, 0, spec=3, replicas=3, ready=3), HELD],
        [holding.hpa(75.0, 1, holding.ACTIVE, holding.NO_LIMIT, queue="1")],
        broken_at=61,
        base=BARE,
    ),
    Cause(
        "policy-limit",
        [holding.hpa(60.0, 2, holding.ACTIVE, holding.LIMITED, asked=())],
        [holding.hpa(75.0, 2, holding.ACTIVE, holding.NO_LIMIT, asked=())],
        broken_at=61,
        base=BARE,
    ),
)


def found(cause: Cause, events: Events, at: float) -> list[str]:
    ordered = sorted((*cause.base, *events), key=lambda event: event.at)
    state = fold(EMPTY, [*ordered, ev.Tick(START + at)])
    return titles(state, cause.rule)


def titles(state: State, rule: str) -> list[str]:
    return [each.title for each in findings(state) if each.rule == rule]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.rule)
def test_a_rule_finds_its_cause_and_nothing_once_it_has_gone(cause: Cause) -> None:
    assert found(cause, cause.broken, cause.broken_at), "it is provoked"
    assert found(cause, [*cause.broken, *cause.mended], cause.mended_at) == [], "it ends"


def test_a_maximum_of_the_controller_that_is_raised_holds_nothing_any_more() -> None:
    lines = token_cycle(0, 2, 2, [analyzer("saturation", 2000.0, 4000.0, 1000.0)])
    said = [ev.Log(parse(text).at or LOG_START, line=text) for text in lines]
    began = ev.Header(LOG_START - 10, started_at=LOG_START - 10, namespace="ns")
    state = fold(EMPTY, [began, *own_max.cluster(LOG_START - 5, 2, 10), *said])
    assert titles(state, "controller-max")
    raised = fold(state, own_max.cluster(LOG_START + 20, 10, 10))
    assert titles(raised, "controller-max") == []


def test_a_clock_that_is_set_right_is_no_finding_of_the_next_session() -> None:
    def session(ahead_s: float) -> State:
        header = ev.Header(START, started_at=START, namespace=NAMESPACE, ahead_s=ahead_s)
        return fold(EMPTY, [header, ev.Tick(START + 20)])

    assert titles(session(300.0), "clock-skew")
    assert titles(session(0.5), "clock-skew") == []


def test_every_rule_has_a_cause_that_ends() -> None:
    apart = {"controller-max", "clock-skew"}
    assert [cause.rule for cause in CAUSES if cause.rule in apart] == []
    assert {cause.rule for cause in CAUSES} | apart == {row.id for row in RULES}
