"""The GPU limiter of the V1 path (greedy-by-saturation): targets that fit the accelerators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

NAME = "gpu-limiter"


@dataclass(frozen=True, slots=True)
class Pool:
    """GPUs of one accelerator type."""

    limit: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class Limitable:
    """A decision as the limiter's input and output. `spare`: the lower, the more urgent."""

    variant: str
    accelerator: str
    current: int
    target: int
    gpus: int = 1
    cost: float = 0.0
    spare: float = 0.0
    min: int = 0
    gpus_allocated: int = 0
    limited: bool = False
    limited_by: str = ""
    max: int = 0
    """0: no limit."""


def gpus_in_use(decisions: Sequence[Limitable]) -> dict[str, int]:
    """GPUs that current replicas hold, by accelerator."""
    used: dict[str, int] = {}
    for decision in decisions:
        if decision.accelerator:
            held = decision.current * decision.gpus
            used[decision.accelerator] = used.get(decision.accelerator, 0) + held
    return used


def limit(
    decisions: Sequence[Limitable], pools: Mapping[str, Pool], name: str = NAME
) -> list[Limitable]:
    """The decisions, in their order, with targets cut to whole replicas that the pools hold.

    Growing variants are served in order of least spare, then cheapest, at most to their `max`. A
    pool named "" serves every accelerator (in releases that know only a total). An accelerator
    without a pool uses the only pool if there is just one, else gets nothing. `min` is kept in any
    case; `limited` and `limited_by` stay as an earlier limiter set them.
    Source: WVA v0.8.0 internal/engines/pipeline/default_limiter.go, greedy_saturation_algorithm.go.
    """
    available = {key: max(0, pool.limit - pool.used) for key, pool in pools.items()}
    result = list(decisions)
    growing = [i for i, d in enumerate(result) if d.target > d.current]
    growing.sort(key=lambda i: (result[i].spare, result[i].cost))
    for index in growing:
        decision = result[index]
        key = _pool_of(decision.accelerator, available)
        wanted = min(decision.target, decision.max) if decision.max > 0 else decision.target
        need = wanted - decision.current
        if need <= 0:
            result[index] = replace(decision, target=wanted)
            continue
        size = max(1, decision.gpus)
        room = available.get(key, 0) if key is not None else 0
        given = min(need * size, room) // size
        if key is not None:
            available[key] -= given * size
        cut = given < need
        result[index] = replace(
            decision,
            target=max(decision.current + given, decision.min),
            gpus_allocated=given * size,
            limited=decision.limited or cut,
            limited_by=name if cut else decision.limited_by,
        )
    return result


def _pool_of(accelerator: str, available: Mapping[str, int]) -> str | None:
    if accelerator in available:
        return accelerator
    if "" in available:
        return ""
    return next(iter(available)) if len(available) == 1 else None
