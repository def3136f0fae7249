"""Everything known of one variant: what it is, what scales it, what was decided, what happened."""

from collections import Counter
from collections.abc import Callable

from wvatui.core import events as ev
from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.decisions.hpa.outcome import trigger_names
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.limits import thresholds
from wvatui.core.lines import clean
from wvatui.core.queries.pods.kube_event_rows import kube_event_rows
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.rows.scaling_rows import listed, scaling_row
from wvatui.core.rows.views import (
    ConditionRow,
    DecisionRow,
    FactRow,
    Level,
    VariantDetail,
    VariantRow,
)
from wvatui.core.rules.wva.thresholds import THRESHOLDS
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import SHORT_KINDS, Link
from wvatui.core.state.session_window import SessionWindow
from wvatui.core.state.state import State

DECISIONS = 60
_GOOD_WHEN_FALSE = ("ScalingLimited", "Fallback", "Paused", "ReplicaFailure")
"""Conditions that mean trouble when they are True."""


def variant_detail(state: State, key: str) -> VariantDetail:
    """Everything known of the variant whose row has this `key`."""
    row = next((row for row in variants(state) if row.key == key), None)
    item = next((i for i in state_links(state) if f"{i.namespace}/{i.name}" == key), None)
    name = item.name if item else row.name if row else key.rpartition("/")[2]
    model = item.model if item else row.model if row else ""
    return VariantDetail(
        key=clean(key),
        row=row,
        facts=tuple(_facts(state, item, row)),
        conditions=tuple(_conditions(state, item)) if item else (),
        limits=_limits(state, model),
        decisions=_decisions(state, key if state.window.several else name),
        kube_events=kube_event_rows(state, _about(item, name, state.window)),
    )


def _facts(state: State, item: Link | None, row: VariantRow | None) -> list[FactRow]:
    facts: list[FactRow] = []
    if row is not None:
        facts += [
            FactRow("model", row.model),
            FactRow("accelerator", row.accelerator),
            FactRow("cost", "" if row.cost is None else f"{row.cost:g} per replica"),
            FactRow("replicas", _range(row.min, row.max)),
            FactRow("declared by", row.source),
        ]
        if row.blocked:
            facts.insert(0, FactRow("held up", row.blocked, level="warn"))
    if item is None:
        return facts
    workload, hpa, keda = item.workload, item.hpa, item.scaled_object
    if workload is not None:
        facts.append(FactRow("scales", clean(f"{workload.kind}/{workload.name}")))
        if workload.image:
            facts.append(FactRow("image", clean(workload.image)))
    if item.ended:
        facts.append(FactRow("ended pods", clean(_ended(state, item))))
    if hpa is not None:
        facts.append(FactRow("HPA", clean(hpa.name)))
        names = trigger_names(keda, (metric.name for metric in hpa.metrics))
        facts += [_metric(metric, names.get(metric.name, metric.name)) for metric in hpa.metrics]
        if hpa.last_scale_at is not None:
            facts.append(FactRow("last scaled", age_s=max(0.0, state.now - hpa.last_scale_at)))
    if keda is not None:
        facts.append(FactRow("ScaledObject", clean(keda.name)))
        facts.append(FactRow("triggers", clean(", ".join(keda.triggers))))
        facts.append(FactRow("KEDA polls", _every(keda)))
        if keda.paused:
            facts.append(FactRow("paused", clean(keda.paused), level="bad"))
    return facts


def _ended(state: State, item: Link) -> str:
    """How many of its pods have ended, by reason: 120 Evicted, 3 Completed."""
    reasons = Counter(state.pods[n].reason or state.pods[n].phase for n in item.ended)
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())


def _range(least: int | None, most: int | None) -> str:
    if least is None and most is None:
        return ""
    low = "?" if least is None else str(least)
    high = "?" if most is None else str(most)
    return f"{low} to {high}"


def _metric(metric: ev.MetricStatus, name: str) -> FactRow:
    target = "?" if metric.target is None else f"{metric.target:g}"
    kind = f" {metric.type}" if metric.type else ""
    if metric.current is None:
        return FactRow("reads", clean(f"{name} <unknown>, target {target}{kind}"), level="bad")
    return FactRow("reads", clean(f"{name} {metric.current:g}, target {target}{kind}"))


def _every(keda: ev.ScaledObject) -> str:
    parts = []
    if keda.polling_s is not None:
        parts.append(f"every {keda.polling_s} s")
    if keda.cooldown_s is not None:
        parts.append(f"to zero after {keda.cooldown_s} s")
    return ", ".join(parts)


def _conditions(state: State, item: Link) -> list[ConditionRow]:
    rows: list[ConditionRow] = []
    for about, conditions in (
        ("HPA", item.hpa.conditions if item.hpa else ()),
        ("KEDA", item.scaled_object.conditions if item.scaled_object else ()),
        (
            "VA",
            item.variant.conditions if item.variant and item.source == "VariantAutoscaling" else (),
        ),
        (
            SHORT_KINDS.get(item.workload.kind, "owner") if item.workload else "",
            item.workload.conditions if item.workload else (),
        ),
    ):
        rows += [_condition(state, about, condition) for condition in conditions]
    return rows


def _condition(state: State, about: str, condition: ev.Condition) -> ConditionRow:
    words = ": ".join(part for part in (condition.reason, condition.message) if part)
    return ConditionRow(
        about=about,
        type=clean(condition.type),
        status=clean(condition.status),
        level=_level(condition),
        text=clean(words),
        age_s=None if condition.since is None else max(0.0, state.now - condition.since),
    )


def _level(condition: ev.Condition) -> Level:
    if condition.status not in ("True", "False"):
        # KEDA leaves conditions that it has never evaluated as Unknown.
        return "off" if condition.type in _GOOD_WHEN_FALSE else "warn"
    good = "False" if condition.type in _GOOD_WHEN_FALSE else "True"
    if condition.status == good:
        return "ok"
    # A reached limit and an inactive trigger are no failures.
    return "warn" if condition.type in ("ScalingLimited", "Paused", "Active") else "bad"


def _limits(state: State, model: str) -> tuple[FactRow, ...]:
    limits, without_wva = thresholds(state, model), is_without_wva(state)
    return tuple(
        FactRow(
            threshold.short,
            f"{getattr(limits, threshold.name):g}",
            source=limits.known[threshold.name].source,
        )
        for threshold in THRESHOLDS
        if threshold.rule == "V1" or not without_wva  # V2's only tell when WVA scales
    )


def _decisions(state: State, name: str) -> tuple[DecisionRow, ...]:
    chosen = [d for d in listed(scaling_decisions(state)) if d.variant == name]
    return tuple(scaling_row(d) for d in chosen[:DECISIONS])


def _about(item: Link | None, name: str, window: SessionWindow) -> Callable[[str, str], bool]:
    """A predicate for (kind, name): whether it is one of the variant's objects or pods."""
    names = {name}
    pods: frozenset[str] = frozenset()
    owner = ""
    if item is not None:
        pods = frozenset(item.all_pods)
        known = (item.workload, item.hpa, item.scaled_object, item.variant)
        names |= {thing.name for thing in known if thing is not None}
        names = {window.id_of(item.namespace, each) for each in names}
        owner = window.id_of(item.namespace, f"{item.workload.name}-") if item.workload else ""

    def wanted(kind: str, about: str) -> bool:
        if kind == "Pod":
            return about in pods
        if kind == "ReplicaSet":
            return bool(owner) and about.startswith(owner)
        return about in names

    return wanted
