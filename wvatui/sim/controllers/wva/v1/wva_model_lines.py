"""Lines of v0.4.2's model-based optimiser: its whole solution in one message.

Source: WVA v0.4.2 internal/optimizer/optimizer.go:43, pkg/core/system.go:327-380,
internal/utils/utils.go:400. Numbers are Go's float32.
"""

from collections.abc import Sequence
from typing import NamedTuple

from wvatui.core.rules.wva.model.model_based import Allocation, LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.sim.controllers.wva.v1.wva_v1_status import StatusLoad
from wvatui.sim.controllers.wva.wva_log import go_float32
from wvatui.sim.controllers.wva.wva_variants import FoundVariant

Solved = tuple["ServerLine", Allocation | None]


class ServerLine(NamedTuple):
    """A variant as the optimiser sees it; `cost`: of one replica."""

    variant: FoundVariant
    slo: LatencyTargets
    parameters: Parameters
    load: StatusLoad
    cost: float

    @property
    def name(self) -> str:
        """`variant:namespace`."""
        return f"{self.variant.name}:{self.variant.namespace}"


def solution_line(solved: Sequence[Solved]) -> str:
    """What was found for every server, and how many accelerators of each kind that takes."""
    lines = [_server(server, found) for server, found in solved]
    kinds: dict[str, tuple[int, float]] = {}
    for server, found in solved:
        if found is not None:
            count, cost = kinds.get(server.variant.accelerator, (0, 0.0))
            kinds[server.variant.accelerator] = (count + found.replicas, cost + found.cost)
    lines.append("AllocationByType: ")
    lines += [
        f"name={name}, count={count}, limit=0, cost={go_float32(cost)} "
        for name, (count, cost) in sorted(kinds.items())
    ]
    lines.append(f"totalCost={go_float32(sum(cost for _, cost in kinds.values()))} ")
    return "Optimization solution - system: Solution: \n" + "\n".join(lines) + "\n"


def _server(server: ServerLine, found: Allocation | None) -> str:
    v, slo = server.variant, server.slo
    head = f"s={server.name}; c={slo.service_class}; m={v.model}; {_load(server.load)}"
    if found is None:
        return f"{head}; no feasible allocation! "
    alloc = (
        f"acc={v.accelerator}; numRep={found.replicas}; maxBatch={found.batch};"
        f" cost={go_float32(found.cost)}, val={go_float32(found.value)},"
        f" itl={go_float32(found.itl_ms)}, ttft={go_float32(found.ttft_ms)},"
        f" rho={go_float32(found.rho)}, maxRPM={go_float32(found.max_per_min)}"
    )
    return (
        f"{head}; sol=1, sat=false, alloc={{{alloc}}}; slo-itl={go_float32(slo.itl_ms)},"
        f" slo-ttft={go_float32(slo.ttft_ms)}, slo-tps=0 "
    )


def _load(load: StatusLoad) -> str:
    rate = go_float32(round(load.arrival_per_min, 2))
    return f"rate={rate}; inTk={int(load.input_tokens)}; outTk={int(load.output_tokens)}"


def accelerator_line(server: ServerLine, found: Allocation) -> str:
    """What was allocated to one server."""
    load, name = server.load, server.variant.accelerator
    rate = go_float32(round(load.arrival_per_min, 2))
    data = (
        f"{{{name} {found.replicas} {found.batch} {go_float32(found.cost)}"
        f" {go_float32(found.itl_ms)} {go_float32(found.ttft_ms)}"
        f" {{{rate} {int(load.input_tokens)} {int(load.output_tokens)}}}}}"
    )
    return f"Setting accelerator name: Name={name}, allocationData={data}"
