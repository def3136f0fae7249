"""Cases of the HPA controller: single metrics, windows and limits, and whole looks."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple

from wvatui.core.rules.cases.hpa_shapes import (
    BehaviorArguments,
    LimitInput,
    ReconcileInput,
    RecordedChange,
    RecordedMemory,
    RecordedPod,
    RecordedSample,
    ReplicasInput,
    answer_of,
    memory_of,
    pod_of,
    release_in,
    remembered_text,
    sample_of,
)
from wvatui.core.rules.cases.shapes import ControllerShape, RecordedCase
from wvatui.core.rules.cases.verdict import Difference, NotModelled, differ, differ_each, shaped
from wvatui.core.rules.hpa.hpa import HpaContext, Recommendation, ScaleTarget, recommend, tolerances
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent, conditions_of, merged
from wvatui.core.rules.hpa.hpa_limits import brake, limit, stabilized
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, remembered, scaled
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, TargetPods, proposal, status_of
from wvatui.core.rules.hpa.hpa_pods import PodDelays, group
from wvatui.core.rules.hpa.hpa_policy import defaulted, down_limit, rules, up_limit
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec, defaulted_spec, hpa_spec
from wvatui.core.rules.hpa.hpa_versions import HpaFlags

_FUNCTIONS = {
    "GetResourceReplicas": ("Resource", "Utilization"),
    "GetRawResourceReplicas": ("Resource", "AverageValue"),
    "GetMetricReplicas": ("Pods", "AverageValue"),
    "GetObjectMetricReplicas": ("Object", "Value"),
    "GetObjectPerPodMetricReplicas": ("Object", "AverageValue"),
    "GetExternalMetricReplicas": ("External", "Value"),
    "GetExternalPerPodMetricReplicas": ("External", "AverageValue"),
}


def replicas(case: RecordedCase, version: str) -> list[Difference]:
    """`replicas`: what one metric asks for."""
    given, wanted = shaped(case.input, ReplicasInput, "in"), case.output
    if case.function not in _FUNCTIONS:
        raise NotModelled(f"unknown function {case.function!r}")
    metric = _metric(case.function, given)
    pods = [pod_of(pod) for pod in given.pods]
    answer = answer_of(given.fetched)
    result = proposal(
        metric,
        answer,
        TargetPods(given.current_replicas, given.status_replicas, pods),
        given.tolerances,
        given.delays,
        given.namespace or "test-namespace",
    )
    error = wanted.get("error", "")
    differences = differ("replicas", result.replicas or 0, wanted.get("replicas", 0))
    differences += differ("fails", result.replicas is None, bool(error))
    if error:
        differences += differ("error", result.event[-len(error) :], error)
    if not error:
        for key in ("raw_milli", "usage_milli", "average_milli"):
            if key in wanted:
                differences += differ(key, result.usage, wanted[key])
        if "utilization" in wanted:
            differences += differ("utilization", result.percent, wanted["utilization"])
    if "groups" in wanted:
        groups = group(pods, answer.pods or {}, metric.name if given.resource else "", given.delays)
        differences += _grouped(groups, wanted["groups"])
    return differences


def _metric(function: str, given: ReplicasInput) -> MetricSpec:
    kind, shape = _FUNCTIONS[function]
    return MetricSpec(
        type="ContainerResource" if given.container else kind,
        name=given.resource or given.metric,
        target_type=shape,
        target=given.target_milli if given.target_utilization is None else given.target_utilization,
        selector=given.metric_selector,
        container=given.container,
        described=given.object,
    )


class GroupInput(ControllerShape, frozen=True, kw_only=True):
    """Pods and their samples from the metrics API."""

    cpu_initialization_s: float = 0.0
    initial_readiness_delay_s: float = 0.0
    metrics: tuple[RecordedSample, ...] = ()
    pods: tuple[RecordedPod, ...] = ()
    resource: str = ""


def group_pods(case: RecordedCase, version: str) -> list[Difference]:
    """`group_pods`: which pods are ready, unready, missing, ignored."""
    given = shaped(case.input, GroupInput, "in")
    groups = group(
        [pod_of(pod) for pod in given.pods],
        {sample.pod: sample_of(sample) for sample in given.metrics},
        given.resource,
        PodDelays(given.cpu_initialization_s, given.initial_readiness_delay_s),
    )
    return _grouped(groups, case.output)


def _grouped(groups: Any, wanted: Mapping[str, Any]) -> list[Difference]:
    differences = differ("ready", groups.ready, wanted.get("ready", 0))
    for key in ("unready", "missing", "ignored"):
        differences += differ(key, sorted(getattr(groups, key)), sorted(wanted.get(key) or ()))
    return differences


class ToleranceInput(ControllerShape, frozen=True, kw_only=True):
    """`spec.behavior` and the flag."""

    flag: float = 0.0
    gates: Mapping[str, bool] = {}
    behavior: Mapping[str, Any] | None = None


def tolerance(case: RecordedCase, version: str) -> list[Difference]:
    """`tolerance`: the tolerance of each direction."""
    given = shaped(case.input, ToleranceInput, "in")
    spec = _behaved(given.behavior)
    result = tolerances(spec, HpaFlags(given.flag), release_in(version, given.gates))
    return differ_each(case.output, up=result.up, down=result.down)


def _behaved(behavior: Mapping[str, Any] | None, low: int = 1, high: int = 1) -> HpaSpec:
    return hpa_spec({"minReplicas": low, "maxReplicas": high, "behavior": behavior})


class StabilizeInput(ControllerShape, frozen=True, kw_only=True):
    """A recommendation and those before it."""

    memory: RecordedMemory = RecordedMemory()
    wanted: int = 0
    window_s: float = 0.0


def stabilize_plain(case: RecordedCase, version: str) -> list[Difference]:
    """`stabilize_plain`: the window of an object without `behavior`."""
    given = shaped(case.input, StabilizeInput, "in")
    memory, spec = memory_of(given.memory), _behaved(None)
    stable = stabilized(spec, given.wanted, given.wanted, memory, 0.0, given.window_s)
    after = remembered(spec, memory, given.wanted, 0.0, given.window_s)
    return differ("replicas", stable, case.output["replicas"]) + _remembered(after, case.output)


def _remembered(memory: HpaMemory, output: Mapping[str, Any]) -> list[Difference]:
    recorded = shaped(output.get("memory") or {}, RecordedMemory, "out.memory")
    return differ("memory", remembered_text(memory), remembered_text(memory_of(recorded)))


class BehaviorInput(ControllerShape, frozen=True, kw_only=True):
    """Arguments and memory."""

    args: BehaviorArguments
    memory: RecordedMemory = RecordedMemory()


def _arguments(case: RecordedCase) -> tuple[BehaviorArguments, HpaSpec, HpaMemory]:
    given = shaped(case.input, BehaviorInput, "in")
    behavior = {"scaleUp": given.args.scale_up, "scaleDown": given.args.scale_down}
    return given.args, _behaved(behavior, given.args.min, given.args.max), memory_of(given.memory)


def stabilize_behaviors(case: RecordedCase, version: str) -> list[Difference]:
    """`stabilize_behaviors`: the windows of `behavior`, and the reason that they would give."""
    args, spec, memory = _arguments(case)
    result = brake(spec, args.desired, args.current, memory, 0.0)
    differences = differ("replicas", result.stable, case.output["replicas"])
    differences += _remembered(result.memory, case.output)
    if result.stable != args.desired:
        able = result.able
        differences += differ_each(case.output, reason=able.reason, message=able.message)
    return differences


def limit_plain(case: RecordedCase, version: str) -> list[Difference]:
    """`limit_plain`: min, max, and at most twice the current replicas."""
    given = shaped(case.input, LimitInput, "in")
    spec = _behaved(None, given.min, given.max)
    return _limited(limit(spec, given.desired, given.current, HpaMemory(), 0.0), case.output)


def limit_behaviors(case: RecordedCase, version: str) -> list[Difference]:
    """`limit_behaviors`: policies, min and max."""
    args, spec, memory = _arguments(case)
    return _limited(limit(spec, args.desired, args.current, memory, 0.0), case.output)


def _limited(result: tuple[int, str], output: Mapping[str, Any]) -> list[Difference]:
    size, reason = result
    return differ_each(output, replicas=size, reason=reason)


class RateInput(ControllerShape, frozen=True, kw_only=True):
    """One direction's policies and the changes of the scale."""

    current: int = 0
    rules: Mapping[str, Any] = {}
    scale_up_events: tuple[RecordedChange, ...] = ()
    scale_down_events: tuple[RecordedChange, ...] = ()


def rate_up(case: RecordedCase, version: str) -> list[Difference]:
    """`up_limit`: the most replicas that policies allow."""
    return _rate(case, "scaleUp", up_limit)


def rate_down(case: RecordedCase, version: str) -> list[Difference]:
    """`down_limit`: the fewest replicas that policies allow."""
    return _rate(case, "scaleDown", down_limit)


def _rate(case: RecordedCase, direction: str, rule: Callable[..., int]) -> list[Difference]:
    given = shaped(case.input, RateInput, "in")
    events = RecordedMemory(
        scale_up_events=given.scale_up_events, scale_down_events=given.scale_down_events
    )
    memory, allowed = memory_of(events), rules({direction: given.rules}, direction)
    limit_now = rule(given.current, memory.ups, memory.downs, allowed, 0.0)
    return differ_each(case.output, limit=limit_now)


class StoreInput(ControllerShape, frozen=True, kw_only=True):
    """A change of the scale and the memory before it."""

    before: int = 0
    after: int = 0
    behavior: Mapping[str, Any] | None = None
    memory: RecordedMemory = RecordedMemory()


def store_event(case: RecordedCase, version: str) -> list[Difference]:
    """`store_event`: what is remembered of a change of the scale."""
    given = shaped(case.input, StoreInput, "in")
    memory = memory_of(given.memory)
    after = scaled(_behaved(given.behavior), memory, given.before, given.after, 0.0)
    return _remembered(after, case.output)


def api_defaults(case: RecordedCase, version: str) -> list[Difference]:
    """`api_defaults`: what the API server fills in."""
    given = case.input or {}
    if case.function == "GenerateHPAScaleUpRules":
        return differ("rules", defaulted(given, "scaleUp"), case.output)
    if case.function == "GenerateHPAScaleDownRules":
        return differ("rules", defaulted(given, "scaleDown"), case.output)
    if not isinstance(given, Mapping) or "maxReplicas" not in given:
        raise NotModelled(f"unknown function {case.function!r}")
    return differ("spec", defaulted_spec(given), case.output)


class MadeCall(ControllerShape, frozen=True, kw_only=True):
    """One call of the replica calculator within a look."""

    function: str = ""
    inputs: Mapping[str, Any] = msgspec.field(default={}, name="in")
    out: Mapping[str, Any] = {}


class MadeProposal(ControllerShape, frozen=True, kw_only=True):
    """What one metric asked for within a look."""

    calls: tuple[MadeCall, ...] = ()
    replicas: int = 0
    metric: str = ""
    error: str = ""
    condition: Mapping[str, Any] = {}


class ReconcileOutput(ControllerShape, frozen=True, kw_only=True):
    """The result of one look."""

    status: Mapping[str, Any] = {}
    events: tuple[Mapping[str, str], ...] = ()
    proposals: tuple[MadeProposal, ...] = ()
    memory: RecordedMemory = RecordedMemory()
    steps: Mapping[str, Any] = {}
    error: str = ""


_SHARED = re.compile(r"controlled by [^\[]*\[([^\]]*)\]")
_REFUSED = re.compile(r"^failed to rescale \S+ (.*)$", re.DOTALL)


def reconcile(case: RecordedCase, version: str) -> list[Difference]:
    """`reconcile`: one whole look.

    The cluster's answers are taken from the record: metrics, pods, the HPAs that share them, and
    the error of a refused update.
    """
    given = shaped(case.input, ReconcileInput, "in")
    wanted = shaped(case.output, ReconcileOutput, "out")
    calls = [
        shaped(call.inputs, ReplicasInput, "out.proposals.calls.in")
        for made in wanted.proposals
        for call in made.calls
    ]
    spec = hpa_spec(given.spec)
    answers = [
        answer_of(shaped(made.calls[0].inputs, ReplicasInput, "in").fetched)
        if made.calls
        else MetricAnswer()
        for made in wanted.proposals
    ]
    shared, refused = _SHARED.search(wanted.error), _REFUSED.match(wanted.error)
    target = ScaleTarget(
        spec_replicas=given.scale.spec_replicas,
        status_replicas=given.scale.status_replicas,
        pods=next(([pod_of(p) for p in call.pods] for call in calls if call.pods), ()),
        selector=given.scale.selector,
        error=given.scale.error,
        update_error=refused[1] if refused else "",
        shared_with=tuple(shared[1].split()) if shared else (),
    )
    delays = calls[0].delays if calls else PodDelays()
    context = HpaContext(
        now=0.0,
        namespace=given.namespace,
        flags=HpaFlags(given.tolerance_flag, given.downscale_window_s, delays),
        release=release_in(version, given.gates),
    )
    before = conditions_of(given.status)
    answers += [MetricAnswer()] * (len(spec.metrics) - len(answers))
    result = recommend(spec, answers, target, memory_of(given.memory), context, before)
    return _looked(result, wanted, before, given.status)


def _looked(
    result: Recommendation,
    wanted: ReconcileOutput,
    before: Sequence[HpaCondition],
    status: Mapping[str, Any],
) -> list[Difference]:
    """The differences in a look."""
    desired = status.get("desiredReplicas", 0) if result.failed else result.desired
    differences = differ("desired", desired, wanted.status.get("desiredReplicas", 0))
    after = merged(before, result.conditions, result.dropped)
    recorded = conditions_of(wanted.status)
    differences += differ("conditions", list(map(astuple, after)), list(map(astuple, recorded)))
    events = [astuple(HpaEvent.of(row)) for row in wanted.events]
    differences += differ("events", list(map(astuple, result.events)), events)
    differences += differ("error", result.error, wanted.error)
    for ours, theirs in zip(result.proposals, wanted.proposals, strict=False):
        differences += differ("proposal", ours.replicas or 0, theirs.replicas)
        if not theirs.error:
            differences += differ("metric", ours.title, theirs.metric)
        differences += differ("proposal's error", ours.error, theirs.error)
    differences += differ("proposals", len(result.proposals), len(wanted.proposals))
    metrics = [status_of(each) for each in result.proposals]
    differences += differ(
        "currentMetrics", metrics, list(wanted.status.get("currentMetrics") or ())
    )
    if "stabilized" in wanted.steps:
        differences += differ("stabilized", result.stable, wanted.steps["stabilized"]["replicas"])
    memory = remembered_text(memory_of(wanted.memory))
    return differences + differ("memory", remembered_text(result.memory), memory)
