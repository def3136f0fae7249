"""The V1 rule, applied to a case's inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import nan

from wvatui.core.decisions.given import Case, Member, Replica
from wvatui.core.explain.thresholds.evidence import HALF, TINY
from wvatui.core.log.facts import SaturationV1
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.saturation_v1 import (
    V1Analysis,
    V1Replica,
    V1State,
    V1Variant,
    analyze,
    targets,
)
from wvatui.core.rules.wva.thresholds import V1_NAMES, Settings

_MOST_NUDGED = 6
UP_TAKEN = "so is whether to scale up"
SAFE_TAKEN = "so is whether fewer would be safe"


@dataclass(frozen=True, slots=True)
class RecomputedV1:
    """Result of the rule. `targets` by variant, before limiter and enforcer.

    `taken`: values used as logged, because the log does not show their inputs. `missing`: inputs
    without which there is no result. `nudged`: pods so close to a threshold that the log's rounding
    hides on which side they were.
    """

    analysis: V1Analysis | None = None
    targets: Mapping[str, int] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    nudged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    on_trigger: tuple[str, ...] = ()
    """Answers used as logged, because the log's rounding hides on which side of its trigger a spare
    was: `scale up`, `fewer are safe`."""


def recompute_v1(case: Case, settings: Settings | None = None, version: str = "") -> RecomputedV1:
    """The rule applied to the case's inputs; `settings`: with other thresholds; `version`: with
    another release's rule."""
    version = version or case.version
    measured = [r for r in case.replicas if r.kv_ratio is not None and r.queue is not None]
    known = settings is not None or not case.limits.missing(V1_NAMES)
    limits = settings if settings is not None else case.limits.settings()
    whole = bool(measured) and len(measured) == len(case.replicas)
    if case.analysis is not None and case.analysis.total not in (None, len(measured)):
        whole = whole and case.analysis.total is None
    taken: tuple[str, ...] = ()
    nudged: tuple[str, ...] = ()
    if whole and known:
        analysis, nudged = _analysed(case, measured, limits, version, settings is None)
    else:
        from_log = _from_log(case, limits)
        if from_log is None:
            return RecomputedV1(missing=_missing(case, whole))
        analysis, taken = from_log
    on_trigger: tuple[str, ...] = ()
    if settings is None and not case.exact:
        analysis, on_trigger = _at_trigger(case, analysis, limits)
    states, gaps, notes = _states(case, version)
    if gaps:
        return RecomputedV1(analysis, {}, taken, gaps, nudged, notes, on_trigger)
    base = case.base or ("current" if at_least(version, "v0.8.0") else "counted")
    counted = analysis
    if base == "current":
        current = {s.name: s.current for s in states}
        if not at_least(version, "v0.5.0"):
            # Some builds of the fork of 2025 count from the current replicas.
            moved = (replace(v, replicas=current.get(v.name, 0)) for v in analysis.variants)
            counted = replace(analysis, variants=tuple(moved))
    made = targets(counted, states, version)
    return RecomputedV1(analysis, made, taken, (), nudged, notes, on_trigger)


def _missing(case: Case, whole: bool) -> tuple[str, ...]:
    """Why nothing can be recomputed."""
    if case.analysis is None and not case.replicas:
        return ("the analysis, and the pods' numbers",)
    out = list(case.limits.missing(V1_NAMES)) if whole else []
    if not whole:
        out += [
            f"{what} of {r.pod}"
            for r in case.replicas
            for what, value in (("KV use", r.kv_ratio), ("queue", r.queue))
            if value is None
        ]
        if not out:
            out.append("the pods' numbers")
    return tuple(out)


# --- the analysis -------------------------------------------------------------------------


def _analysed(
    case: Case, measured: Sequence[Replica], limits: Settings, version: str, own: bool
) -> tuple[V1Analysis, tuple[str, ...]]:
    costs = {m.name: m.cost or 0.0 for m in case.members}
    name = case.members[0].name if len(case.members) == 1 else ""
    inputs = [
        V1Replica(
            r.pod,
            r.variant or name,
            r.kv_ratio or 0.0,
            r.queue or 0.0,
            costs.get(r.variant or name, 0.0),
        )
        for r in measured
    ]
    analysis = _counted(analyze(inputs, limits, version), case)
    logged = case.analysis
    if (
        not own
        or case.exact
        or logged is None
        or logged.non_saturated in (None, analysis.non_saturated)
    ):
        return analysis, ()
    edge = limits.kv_cache_threshold
    near = [n for n, r in enumerate(inputs) if abs(r.kv_ratio - edge) <= HALF + 1e-9]
    if not near or len(near) > _MOST_NUDGED:
        return analysis, ()
    for sides in product((-HALF, HALF), repeat=len(near)):
        moved = list(inputs)
        for n, side in zip(near, sides, strict=True):
            moved[n] = replace(moved[n], kv_ratio=edge + side)
        other = _counted(analyze(moved, limits, version), case)
        if other.non_saturated == logged.non_saturated:
            return other, tuple(inputs[n].pod for n in near)
    return analysis, ()


def _at_trigger(
    case: Case, analysis: V1Analysis, limits: Settings
) -> tuple[V1Analysis, tuple[str, ...]]:
    """The analysis, with the logged answers where a spare is within rounding of its trigger."""
    logged, trigger, names = case.analysis, limits.kv_spare_trigger, []
    if logged is None:
        return analysis, ()
    up, safe, left = logged.scale_up, logged.scale_down_safe, analysis.remaining_spare_kv
    near = abs(analysis.avg_spare_kv - trigger) <= HALF + TINY
    if up is not None and up != analysis.scale_up and near:
        analysis = replace(analysis, scale_up=up)
        names.append("scale up")
    n = analysis.non_saturated
    near = left is not None and n > 1 and abs(left - trigger) <= HALF * n / (n - 1) + TINY
    if safe is not None and safe != analysis.scale_down_safe and near:
        analysis = replace(analysis, scale_down_safe=safe)
        names.append("fewer are safe")
    return analysis, tuple(names)


def _counted(analysis: V1Analysis, case: Case) -> V1Analysis:
    """The analysis, with replicas per variant as logged where pods could not be assigned."""
    names = {v.name for v in analysis.variants}
    known = [m for m in case.members if m.counted]
    if names == {m.name for m in known} or not known or "" not in names:
        return analysis
    return replace(analysis, variants=tuple(_variant(m) for m in known))


def _variant(member: Member) -> V1Variant:
    return V1Variant(
        name=member.name,
        cost=member.cost or 0.0,
        replicas=member.counted or 0,
        non_saturated=0,
        max_kv=0.0,
        avg_kv=0.0,
        max_queue=0.0,
        avg_spare_kv=0.0,
        avg_spare_queue=0.0,
    )


def _from_log(case: Case, limits: Settings) -> tuple[V1Analysis, tuple[str, ...]] | None:
    """The analysis of a log without pods: means as logged, answers from these where the thresholds
    are known, else as logged, too."""
    logged = case.analysis
    if logged is None or logged.scale_up is None or logged.scale_down_safe is None:
        return None
    taken = ["the pods' numbers are not logged: counts and means are taken as logged"]
    up, safe = logged.scale_up, logged.scale_down_safe
    kv, queue, n = logged.spare_kv, logged.spare_queue, logged.non_saturated
    left_kv, left_queue = _left(logged, limits)
    triggers = (limits.kv_spare_trigger, limits.queue_spare_trigger)
    if kv is not None and queue is not None and _numbers(*triggers):
        up = kv < limits.kv_spare_trigger or queue < limits.queue_spare_trigger
    else:
        taken.append(UP_TAKEN)
    if n is not None and n < 2:
        safe = False
    elif left_kv is not None and left_queue is not None and _numbers(*triggers):
        safe = left_kv >= limits.kv_spare_trigger and left_queue >= limits.queue_spare_trigger
    else:
        taken.append(SAFE_TAKEN)
    analysis = V1Analysis(
        total=logged.total or 0,
        non_saturated=n or 0,
        avg_spare_kv=nan if kv is None else kv,
        avg_spare_queue=nan if queue is None else queue,
        scale_up=up,
        scale_down_safe=safe,
        reason=logged.reason,
        remaining_spare_kv=left_kv,
        remaining_spare_queue=left_queue,
        variants=tuple(_variant(replace(m, counted=_count(case, m))) for m in case.members),
    )
    return analysis, tuple(taken)


def _left(told: SaturationV1, limits: Settings) -> tuple[float | None, float | None]:
    """Spare KV and queue with one replica fewer, from the means (see `analyze`)."""
    n, kv, queue = told.non_saturated, told.spare_kv, told.spare_queue
    edges = (limits.kv_cache_threshold, limits.queue_length_threshold)
    if n is None or n < 2 or kv is None or queue is None or not _numbers(*edges):
        return None, None
    return edges[0] - (edges[0] - kv) * n / (n - 1), edges[1] - (edges[1] - queue) * n / (n - 1)


def _numbers(*values: float) -> bool:
    return all(value == value for value in values)


def _count(case: Case, member: Member) -> int:
    """Replicas with metrics: as logged, as a transition states it, else as many as current."""
    if member.counted is not None:
        return member.counted
    said = _said(case, member.name, "metrics")
    return said if said is not None else member.current or 0


def _said(case: Case, name: str, what: str) -> int | None:
    """The number in `name: what(3)…` of a line about a model in transition."""
    for reason in case.transition:
        head, _, rest = reason.partition(f": {what}(")
        if rest and head == name:
            text = rest.partition(")")[0]
            return int(text) if text.isdigit() else None
    return None


# --- the variants -------------------------------------------------------------------------


def _states(case: Case, version: str) -> tuple[list[V1State], tuple[str, ...], tuple[str, ...]]:
    """(states for the rule, missing inputs, inputs that the log does not show)."""
    states, missing, notes = [], [], []
    for member in case.members:
        if member.current is None:
            missing.append(f"current replicas of {member.name}")
            continue
        if len(case.members) > 1 and member.cost is None:
            missing.append(f"cost of {member.name}")
        pending = member.pending
        if pending is None:
            pending = _said(case, member.name, "pending") or 0
        desired = _said(case, member.name, "desired")
        if desired is None:
            desired = member.desired or 0
            if at_least(version, "v0.9.0-rc1"):
                # Variants declared by annotations remember no decision; a transition would show it.
                desired = 0
            elif member.desired is None:
                notes.append(f"the decision before for {member.name} is not in the log")
        states.append(
            V1State(member.name, member.current, desired, pending, member.min or 0, member.max or 0)
        )
    return states, tuple(missing), tuple(notes)
