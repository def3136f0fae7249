"""The definition of a scenario: load on variants of one model, and further events."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wvatui.core.rules.wva.model.model_based import LatencyTargets
from wvatui.core.rules.wva.model.queueing import Parameters
from wvatui.engine.engine import EngineProfile
from wvatui.engine.traffic import TrafficShape, TrafficStage

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

H100 = EngineProfile("NVIDIA-H100-80GB-HBM3", blocks=2048, max_seqs=128)
L40S = EngineProfile(
    "NVIDIA-L40S", blocks=1280, max_seqs=96, step_s=0.02, seq_s=0.0004, prefill_s=0.00011
)
A100 = EngineProfile(
    "NVIDIA-A100-SXM4-80GB",
    blocks=1792,
    max_seqs=128,
    step_s=0.016,
    seq_s=0.00032,
    prefill_s=0.00009,
)
LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
PREMIUM = LatencyTargets(ttft_ms=1000.0, itl_ms=24.0, service_class="Premium")
ScenarioEvent = tuple[float, "Callable[[Cluster], None]"]
"""(seconds after the start, action on the cluster)."""


@dataclass(frozen=True, slots=True)
class ModelVariant:
    """One model on one kind of accelerator."""

    name: str
    profile: EngineProfile
    cost: float
    replicas: int = 1
    min: int = 1
    max: int = 8
    load_s: float = 40.0
    """Seconds to load the model."""
    role: str = "both"
    """The part of a request that its pods handle: prefill, decode, or both."""
    engine: str = "vllm"
    """vllm or sglang."""
    measured: Parameters | None = None
    """The engine's parameters as v0.4 is configured with; None: those that measuring it would
    give."""


def stages(*pairs: tuple[float, float]) -> tuple[TrafficStage, ...]:
    """(second, requests per second), in order."""
    return tuple(TrafficStage(start, rate) for start, rate in pairs)


ONE = (ModelVariant("llama-8b-h100", H100, cost=10.0),)
RISING = TrafficShape(stages((0, 1.3), (75, 5.0)))
"""A load that one replica can serve, and after 75 seconds more than that."""


NODES_A_KIND = 3
"""Nodes of each kind of accelerator, unless a scenario sets the number."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Load on variants of one model, and what else happens."""

    name: str
    title: str
    sight: str
    """What shows the scenario's effect on the screen."""
    shape: TrafficShape = RISING
    variants: tuple[ModelVariant, ...] = ONE
    model: str = LLAMA
    namespace: str = "llm-d-sim"
    gateway: str = "infra-sim-inference-gateway"
    autoscaler: str = ""
    """"hpa" or "keda", where it must be that one; empty: as requested."""
    kubernetes: str = ""
    keda: str = ""
    """Minor releases, such as 1.37 and 2.20, where they must be these; empty: as requested."""
    follows: str = "wva"
    """Source of the autoscaler's metric: wva (its decisions), load (the pods' own metrics), epp
    (the endpoint picker's), cpu (the pods' CPU and queue). Without wva there is no controller."""
    guide: str = ""
    """With epp: the guide of its ScaledObject, by its name in `objects.guides.GUIDES`."""
    epp_names: str = ""
    """Names of the endpoint picker's metrics: present, former or both; empty: present, and former
    ones as well for a controller that reads these."""
    mode: str = ""
    """capacity-only, model-only or hybrid, where the controller must be of v0.4, which alone has
    modes; empty: as requested."""
    slo: LatencyTargets = PREMIUM
    """Latency targets that v0.4 is configured with."""
    gpu_nodes: int = NODES_A_KIND
    """Nodes of each kind of accelerator, with four GPUs each."""
    down_after_s: int = 120
    """Seconds of the autoscaler's stabilization window for scaling down."""
    crds: frozenset[str] = frozenset()
    """API groups that are installed besides the usual ones."""
    sticky: float = 0.0
    """Share of the requests that all go to one pod, 0 to 1."""
    happens: tuple[ScenarioEvent, ...] = ()
