"""Cases of the two steps that may change a decision: the GPU limiter and the enforcer."""

from collections.abc import Mapping

import msgspec

from wvatui.core.rules.cases.optimizers import GpuPool
from wvatui.core.rules.cases.saturation import VariantAnalysis
from wvatui.core.rules.cases.shapes import CaseShape, RecordedCase, RecordedChoice
from wvatui.core.rules.cases.verdict import Difference, NotModelled, differ, shaped
from wvatui.core.rules.wva import limiter
from wvatui.core.rules.wva.enforcer import Enforceable, enforce_decisions, enforce_targets
from wvatui.core.rules.wva.limiter import Limitable, Pool, gpus_in_use


class LimitedCase(CaseShape, frozen=True, kw_only=True):
    """A decision as the limiter's input and output."""

    variant: str = ""
    accelerator: str = ""
    current: int
    target: int
    gpus_per_replica: int = 1
    cost: float = 0.0
    spare_capacity: float = 0.0
    min_replicas: int | None = None
    max_replicas: int | None = None
    gpus_allocated: int = 0
    was_limited: bool = False
    limited_by: str = ""


class LimiterInput(CaseShape, frozen=True, kw_only=True):
    """Pools by accelerator, or (v0.5.1) one limit for all."""

    decisions: tuple[LimitedCase, ...] = ()
    pools: Mapping[str, GpuPool] | None = None
    total_limit: int | None = None


class LimiterOutput(CaseShape, frozen=True, kw_only=True):
    """The decisions, cut."""

    decisions: tuple[LimitedCase, ...] = ()


def limiter_cases(case: RecordedCase, version: str) -> list[Difference]:
    """`limiter`: targets, GPUs given, and who cut."""
    given = shaped(case.input, LimiterInput, "input")
    wanted = shaped(case.output, LimiterOutput, "output").decisions
    decisions = [
        Limitable(
            d.variant,
            d.accelerator,
            d.current,
            d.target,
            d.gpus_per_replica,
            d.cost,
            d.spare_capacity,
            d.min_replicas or 0,
            d.gpus_allocated,
            d.was_limited,
            d.limited_by,
            d.max_replicas or 0,
        )
        for d in given.decisions
    ]
    if given.pools is not None:
        pools = {name: Pool(p.limit, p.used) for name, p in given.pools.items()}
    elif given.total_limit is not None:
        pools = {"": Pool(given.total_limit, sum(gpus_in_use(decisions).values()))}
    else:
        raise NotModelled("input: neither pools nor totalLimit")
    # The limiter's own name is no part of the recorded input.
    name = next((d.limited_by for d in wanted if d.limited_by), limiter.NAME)
    got = limiter.limit(decisions, pools, name)
    differences = differ("decisions", [d.variant for d in got], [d.variant for d in wanted])
    for mine, want in zip(got, wanted, strict=False):
        for key, have, expect in (
            ("target", mine.target, want.target),
            ("gpusAllocated", mine.gpus_allocated, want.gpus_allocated),
            ("wasLimited", mine.limited, want.was_limited),
            ("limitedBy", mine.limited_by, want.limited_by),
        ):
            differences += differ(f"{mine.variant}.{key}", have, expect)
    return differences


class ToZero(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model's entry of the scale-to-zero ConfigMap; its fields are written in snake case."""

    enable_scale_to_zero: bool | None = None
    retention_period: str = ""
    model_id: str = ""
    namespace: str = ""


class EnforcerInput(CaseShape, frozen=True, kw_only=True):
    """Targets with their costs (v0.5.1), or decisions (later)."""

    model_id: str = msgspec.field(default="", name="modelID")
    namespace: str = ""
    scale_to_zero_config: Mapping[str, ToZero] = {}
    scale_to_zero_enabled: bool | None = None
    targets: Mapping[str, int] | None = None
    variant_analyses: tuple[VariantAnalysis, ...] = ()
    decisions: tuple[RecordedChoice, ...] | None = None
    costs: Mapping[str, float] = {}
    optimizer: str = ""

    @property
    def to_zero(self) -> bool:
        """Whether the model may go to zero, by its own entry or else the one named default."""
        if self.scale_to_zero_enabled is not None:
            return self.scale_to_zero_enabled
        for key in (self.model_id, "default"):
            entry = self.scale_to_zero_config.get(key)
            if entry is not None and entry.enable_scale_to_zero is not None:
                return entry.enable_scale_to_zero
        return False


class EnforcerOutput(CaseShape, frozen=True, kw_only=True):
    """Targets or decisions after the rule."""

    targets: Mapping[str, int] | None = None
    applied: bool | None = None
    decisions: tuple[RecordedChoice, ...] | None = None
    scaled_to_zero: bool | None = None


def enforcer_cases(case: RecordedCase, version: str) -> list[Difference]:
    """`enforcer`: scale to zero, and the replica that is kept."""
    given = shaped(case.input, EnforcerInput, "input")
    want = shaped(case.output, EnforcerOutput, "output")
    if given.targets is not None:
        done = enforce_targets(
            given.targets,
            {v.variant_name: v.cost for v in given.variant_analyses},
            scale_to_zero=given.to_zero,
            requests=case.request_count,
        )
        return [
            *differ("targets", dict(done.targets), dict(want.targets or {})),
            *differ("applied", done.applied, want.applied),
        ]
    return _decisions(case, given, want, version)


def _decisions(
    case: RecordedCase, given: EnforcerInput, want: EnforcerOutput, version: str
) -> list[Difference]:
    """Differences in the decisions of the model; those of other models must stay unchanged."""

    def own(choice: RecordedChoice) -> bool:
        return (choice.model, choice.namespace) == (given.model_id, given.namespace)

    got, zeroed = enforce_decisions(
        [
            Enforceable(d.variant, d.current, d.target, d.action, d.reason)
            for d in given.decisions or ()
            if own(d)
        ],
        given.costs,
        scale_to_zero=given.to_zero,
        requests=case.request_count,
        optimizer=given.optimizer,
        version=version,
    )
    wanted = [d for d in want.decisions or () if own(d)]
    return [
        *differ(
            "decisions",
            [(d.variant, d.target, d.action, d.reason) for d in got],
            [(d.variant, d.target, d.action, d.reason) for d in wanted],
        ),
        *differ(
            "decisions of other models",
            [d for d in given.decisions or () if not own(d)],
            [d for d in want.decisions or () if not own(d)],
        ),
        *differ("scaledToZero", zeroed, bool(want.scaled_to_zero)),
    ]
