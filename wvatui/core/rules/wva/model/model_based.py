"""The model-based rule of WVA v0.0.1 to v0.4.2: as many replicas as keep the latency targets.

Each variant is sized by itself, for the whole load of its model:

    replicas = max(minimum, ceil(arrival rate / rate that one replica sustains within the SLO))

and the prediction is the latency of one replica under its equal part of the load. (WVA v0.4.2
pkg/core/allocation.go:26-180, pkg/solver/solver.go; the queue is `queueing.py`.)
"""

from dataclasses import dataclass
from math import ceil

from wvatui.core.rules.wva.model.queueing import MINUTE_MS, Parameters, Queue

MAX_BATCH = 512
"""`maxBatch` of every solution in the recorded logs."""


@dataclass(frozen=True, slots=True)
class ModelLoad:
    """The load of a model: requests per minute, and mean tokens as integers, as WVA reads them."""

    rate_per_min: float
    input_tokens: float
    output_tokens: float


@dataclass(frozen=True, slots=True)
class LatencyTargets:
    """Latency targets of a service class, ms; 0: none."""

    ttft_ms: float
    itl_ms: float
    service_class: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The optimiser's choice for a variant, and its prediction."""

    replicas: int
    batch: int
    cost: float
    value: float
    """Cost of the change from the present allocation: the difference of the two costs."""
    itl_ms: float
    ttft_ms: float
    rho: float
    max_per_min: float
    """Requests per minute that one replica sustains within the SLO."""


def allocate(
    parameters: Parameters,
    load: ModelLoad,
    slo: LatencyTargets,
    *,
    cost: float,
    current: int,
    minimum: int = 1,
    batch: int = MAX_BATCH,
) -> Allocation | None:
    """The replicas that keep `slo`, and their predicted latency.

    `cost`: of one replica; `current`: replicas now. Without arrivals, `minimum` replicas. None: no
    number of replicas keeps the targets ("no feasible allocation"), or the parameters are invalid.
    """
    tokens_in, tokens_out = int(load.input_tokens), int(load.output_tokens)
    if load.rate_per_min <= 0 or tokens_out < 1:
        return _idle(parameters, cost, current, minimum, batch)
    try:
        queue = Queue(parameters, tokens_in, tokens_out, batch)
    except ValueError:
        return None
    best = queue.within(slo.ttft_ms, slo.itl_ms)
    if best is None or best.rate_per_min <= 0:
        return None
    replicas = max(minimum, ceil(load.rate_per_min / best.rate_per_min))
    each = queue.at(load.rate_per_min / replicas)
    return Allocation(
        replicas,
        batch,
        replicas * cost,
        (replicas - current) * cost,
        each.itl_ms,
        each.ttft_ms,
        each.rho,
        best.rate_per_min,
    )


def _idle(p: Parameters, cost: float, current: int, minimum: int, batch: int) -> Allocation | None:
    """The allocation without load (zeroLoadAllocation): the minimum, with a single request's
    latency."""
    longest_ms = p.gamma + p.delta + p.alpha + p.beta * batch
    if longest_ms <= 0:
        return None
    return Allocation(
        minimum,
        batch,
        minimum * cost,
        (minimum - current) * cost,
        p.alpha + p.beta,
        p.gamma + p.delta,
        0.0,
        batch / longest_ms * MINUTE_MS,
    )
