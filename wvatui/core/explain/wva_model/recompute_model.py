"""The model-based rule of v0.4, applied to a case's inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wvatui.core.decisions.given import Case, Member, Sizing
from wvatui.core.explain.wva_v1.recompute_v1 import recompute_v1
from wvatui.core.rules.wva.model.model_based import (
    MAX_BATCH,
    Allocation,
    LatencyTargets,
    ModelLoad,
    allocate,
)
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.core.rules.wva.saturation_v1 import Arbitrated, arbitrate


@dataclass(frozen=True, slots=True)
class RecomputedModel:
    """Result of the rule. `sized` and `targets` by variant; a variant in `infeasible` cannot keep
    its latency targets with any number of replicas. `arbitrated`: with the capacity rule, in HYBRID
    mode. `missing`: inputs that the log lacks. `taken`: variants whose model-based target is used
    as logged, because the log does not show its inputs."""

    sized: Mapping[str, Allocation] = field(default_factory=dict)
    targets: Mapping[str, int] = field(default_factory=dict)
    infeasible: tuple[str, ...] = ()
    arbitrated: Mapping[str, Arbitrated] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def recompute_model(case: Case) -> RecomputedModel:
    """The rule on the case's inputs; in HYBRID mode arbitrated with the capacity rule."""
    missing: list[str] = [] if case.members else ["the variants"]
    sized: dict[str, Allocation] = {}
    infeasible: list[str] = []
    stated: dict[str, int] = {}
    for member in case.members:
        sizing = case.sizing.get(member.name, Sizing())
        lacking = _lacking(member, sizing)
        if lacking and sizing.stated is not None and case.analysis is not None:
            # Only the arbitration with the capacity rule remains to be recomputed.
            stated[member.name] = sizing.stated
            continue
        missing += lacking
        if not lacking:
            made = _allocate(member, sizing)
            if made is None:
                infeasible.append(member.name)
            else:
                sized[member.name] = made
    if missing:
        return RecomputedModel(sized, missing=tuple(missing), infeasible=tuple(infeasible))
    targets = stated | {name: made.replicas for name, made in sized.items()}
    ruled: dict[str, Arbitrated] = {}
    if case.analysis is not None:
        capacity = recompute_v1(case)
        safe = capacity.analysis is not None and capacity.analysis.scale_down_safe
        if capacity.missing:
            return RecomputedModel(sized, missing=capacity.missing, infeasible=tuple(infeasible))
        for member in case.members:
            current = member.current or 0
            if member.name in targets and member.name in capacity.targets:
                ruled[member.name] = arbitrate(
                    capacity.targets[member.name],
                    targets[member.name],
                    current,
                    scale_down_safe=safe,
                )
        targets |= {name: made.target for name, made in ruled.items()}
    return RecomputedModel(sized, targets, tuple(infeasible), ruled, taken=tuple(stated))


def _lacking(member: Member, sizing: Sizing) -> list[str]:
    lacking = []
    if sizing.rate_per_min is None:
        lacking.append(f"requests per minute of {member.name}")
    elif sizing.rate_per_min > 0:
        if sizing.input_tokens is None or sizing.output_tokens is None:
            lacking.append(f"tokens a request of {member.name}")
        if sizing.slo_itl_ms is None or sizing.slo_ttft_ms is None:
            lacking.append(f"latency targets of {member.name}")
    if sizing.parameters is None:
        lacking.append(f"alpha, beta, gamma and delta of {member.name}")
    return lacking


def _allocate(member: Member, sizing: Sizing) -> Allocation | None:
    assert sizing.parameters is not None
    said = sizing.prediction
    return allocate(
        Parameters(*sizing.parameters),
        ModelLoad(
            sizing.rate_per_min or 0.0, sizing.input_tokens or 0.0, sizing.output_tokens or 0.0
        ),
        LatencyTargets(sizing.slo_ttft_ms or 0.0, sizing.slo_itl_ms or 0.0),
        cost=member.cost or 0.0,
        current=member.current or 0,
        batch=(said.batch if said is not None and said.batch else MAX_BATCH),
    )
