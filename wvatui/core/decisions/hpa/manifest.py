"""What an HPA or a ScaledObject would do, before it is applied: its rule on given values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wvatui.core.decisions.hpa.account import HpaAccount, account_of
from wvatui.core.decisions.hpa.sentence import sentence
from wvatui.core.lines import many
from wvatui.core.rules.hpa.hpa import HpaContext, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer
from wvatui.core.rules.hpa.hpa_pods import HpaPod, PodSample
from wvatui.core.rules.hpa.hpa_spec import HpaSpec, MetricSpec, defaulted_spec, hpa_spec
from wvatui.core.rules.keda.keda import KedaMemory, KedaOutcome, poll
from wvatui.core.rules.keda.keda_fallback import TargetReplicas, valid_fallback
from wvatui.core.rules.keda.keda_made import MadeTrigger, made_spec, made_triggers
from wvatui.core.rules.keda.keda_serving import ServedMetrics, Trigger, serve_each
from wvatui.core.rules.keda.keda_spec import COMPOSITE, KedaSpec, keda_spec
from wvatui.core.rules.keda.trigger_names import FORMULA, trigger_names
from wvatui.core.rules.quantities import truncated
from wvatui.core.structs import replace

UNREAD = "it cannot be read"
REQUEST = 100_000
"""Assumed request of each pod for a resource, thousandths: 1 % of it is 1000."""


@dataclass(frozen=True, slots=True)
class ManifestTrial:
    """One look at the given values.

    Of a ScaledObject only: `outcome`, KEDA's part; `active_by`, the triggers above their
    activation; `first`, what KEDA itself does before its HPA
    looks, and `alone`, whether the HPA does not look then; `fallback`, what follows where a trigger
    stays unread.
    """

    spec: HpaSpec
    account: HpaAccount
    outcome: KedaOutcome | None = None
    formula: str = ""
    active_by: tuple[str, ...] = ()
    first: str = ""
    alone: bool = False
    fallback: str = ""

    @property
    def sentence(self) -> str:
        """What happens, in one sentence."""
        if self.alone:
            return self.first
        told = sentence(self.account, self.spec, seconds)
        return f"{self.first}; then {told}" if self.first else told


def seconds(at: float) -> str:
    """A time in sentences about a manifest: seconds from its first look."""
    return f"{at:g} s"


class UnknownMetric(ValueError):  # noqa: N818 - what is wrong with a request
    """A metric that the object does not have, or one of its metrics without a value."""


def metric_names(obj: Mapping[str, Any]) -> list[str]:
    """Names that need a value: the metrics of an HPA, the triggers of a ScaledObject."""
    if obj.get("kind") == "ScaledObject":
        return list(_titles(obj["spec"]).values())
    return [metric.name for metric in _hpa_spec(obj["spec"]).metrics]


def _titles(spec: Mapping[str, Any]) -> dict[str, str]:
    """By metric that KEDA makes of a trigger: the trigger's name, or else what it reads, where
    that can be written as NAME=VALUE,…"""
    called = zip(made_triggers(spec), trigger_names(spec.get("triggers") or ()), strict=True)
    return {
        made.metric: made.name or made.metric if made.resource or set(",=") & set(name) else name
        for made, name in called
    }


def _hpa_spec(spec: Mapping[str, Any]) -> HpaSpec:
    """The spec of an HPA of version 2 or 1, which has a share of the CPU in place of metrics."""
    percent = spec.get("targetCPUUtilizationPercentage")
    if percent is not None and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": percent}
        cpu = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
        spec = {**spec, "metrics": [cpu]}
    return hpa_spec(defaulted_spec(spec))


def tried(
    obj: Mapping[str, Any], values: Mapping[str, float | None], replicas: int, ready: int
) -> ManifestTrial:
    """The object's first look at `replicas` replicas of which `ready` are ready.

    `values`: by metric or trigger: the total for an External or Object metric or a trigger, the
    value per pod for a Pods metric, percent for a Utilization; None: it cannot be read. Raises
    UnknownMetric; KeyError, TypeError, ValueError or AttributeError for an object that no API
    server admits.
    """
    names, is_scaled = metric_names(obj), obj.get("kind") == "ScaledObject"
    if is_scaled:
        titles = _titles(obj["spec"])
        values = {titles.get(name, name): value for name, value in values.items()}
    for name in values:
        if name not in names:
            raise UnknownMetric(f"{name} is no metric of it: it has {', '.join(names)}")
    missing = [name for name in names if name not in values]
    if missing:
        raise UnknownMetric(f"no value for {', '.join(missing)}")
    if not is_scaled:
        spec, pods = _hpa_spec(obj["spec"]), _pods(replicas, ready)
        answers = [_answer(metric, values[metric.name], pods) for metric in spec.metrics]
        return ManifestTrial(spec, _looked(spec, answers, replicas, pods))
    return _keda(obj, values, replicas, ready)


def _pods(replicas: int, ready: int) -> tuple[HpaPod, ...]:
    return tuple(
        HpaPod(f"p{n}", ready="True" if n < ready else "False", requests=())
        for n in range(replicas)
    )


def _keda(
    obj: Mapping[str, Any], values: Mapping[str, float | None], replicas: int, ready: int
) -> ManifestTrial:
    annotations = (obj.get("metadata") or {}).get("annotations")
    asked = keda_spec(obj["spec"], annotations)
    spec = hpa_spec(defaulted_spec(made_spec(obj)))
    made, titles = made_triggers(obj["spec"]), _titles(obj["spec"])
    spec = spec.labelled(titles | {COMPOSITE: FORMULA})
    read = [_trigger(each, values[titles[each.metric]]) for each in made if not each.resource]
    outcome = poll(asked, read, current=replicas, memory=KedaMemory(), now=0.0, ready=ready)
    served = serve_each(asked, read, {}, TargetReplicas(replicas, ready))
    answers = [_served(each, formula=bool(asked.formula)) for each in served]
    own = {each.resource: values[titles[each.metric]] for each in made}
    active_by = tuple(titles.get(each, each) for each in outcome.state.triggers)
    set_to = asked.paused_at if asked.is_paused else outcome.scale_to
    moved = replicas if set_to is None else set_to
    pods = _pods(moved, ready if moved == replicas else moved)
    answers += [_answer(m, own[m.name], pods) for m in spec.metrics if not m.external]
    account = _looked(spec, answers, moved, pods)
    if asked.is_paused:
        account = HpaAccount(0.0, replicas, (), "", None, None, moved, "paused")
    return ManifestTrial(
        spec,
        account,
        outcome,
        asked.formula,
        active_by=active_by,
        first=_first(asked, outcome, replicas, set_to, active_by),
        alone=asked.is_paused or moved == 0 < replicas,
        fallback=_follows(asked, read, outcome),
    )


def _first(
    asked: KedaSpec,
    outcome: KedaOutcome,
    replicas: int,
    set_to: int | None,
    active_by: Sequence[str],
) -> str:
    """What KEDA itself does before its HPA looks; empty: nothing."""
    moved = replicas if set_to is None else set_to
    head = f"stays at {replicas}" if moved == replicas else f"{replicas}→{moved}"
    if asked.is_paused:
        sets = "" if set_to is None else f"sets {set_to} and "
        return f"{head}: paused by annotation: KEDA {sets}deletes the HPA"
    if moved == replicas:
        return ""
    if outcome.why == "woken":
        return f"{head}: KEDA wakes it by {', '.join(active_by) or 'annotation'}"
    if outcome.why == "idle":
        over = f"once the cooldown of {asked.cooldown_s:g} s is over"
        return f"{head}: no trigger is active: KEDA sets {moved} {over}"
    return f"{head}: {outcome.why}, KEDA sets {moved}"


def _follows(asked: KedaSpec, read: Sequence[Trigger], outcome: KedaOutcome) -> str:
    """The fallback that KEDA serves later, where a trigger stays unread; empty: none follows."""
    unread = [each for each in read if each.value is None]
    rules = [rule for each in unread if (rule := valid_fallback(asked, each.target)) is not None]
    if not rules or outcome.state.fallback:
        return ""
    after = f"after more than {many(rules[0].threshold, 'failure')} in a row"
    return f"{after}: fallback of {many(rules[0].replicas, 'replica')} ({rules[0].behavior})"


def _trigger(made: MadeTrigger, value: float | None) -> Trigger:
    whole = None if value is None else truncated(value)
    return Trigger(whole, made.metric, made.name, made.activation, made.target, UNREAD)


def _served(served: ServedMetrics, *, formula: bool) -> MetricAnswer:
    """What KEDA answers the HPA for one metric: a trigger's, or that of its formula."""
    error = served.formula_error or served.error
    return MetricAnswer(
        tuple(served.values.values()), error=error if formula or not error else UNREAD
    )


def _answer(metric: MetricSpec, value: float | None, pods: tuple[HpaPod, ...]) -> MetricAnswer:
    if value is None:
        return MetricAnswer(error=UNREAD)
    if metric.external:
        return MetricAnswer((truncated(value),))
    use = PodSample(truncated(value))
    return MetricAnswer(pods={pod.name: use for pod in pods if pod.ready == "True"})


def _looked(
    spec: HpaSpec, answers: list[MetricAnswer], replicas: int, pods: tuple[HpaPod, ...]
) -> HpaAccount:
    names = {metric.name for metric in spec.metrics if not metric.external}
    requests = (("all", dict.fromkeys(names, REQUEST)),) if names else ()
    asking = tuple(replace(pod, requests=requests) for pod in pods)
    target = ScaleTarget(replicas, len(pods), asking)
    result = recommend(spec, answers, target, HpaMemory(seen=True), HpaContext(0.0))
    return account_of(result, spec, replicas, 0.0)
