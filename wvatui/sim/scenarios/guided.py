"""Clusters without WVA: scaled by KEDA as in llm-d's guides, or by a plain HPA."""

from typing import Any

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import H100, ModelVariant, Scenario, stages
from wvatui.sim.scenarios import events

STAIRS = ((0, 1.3), (75, 4.4), (660, 7.5), (1140, 10.5), (1560, 4.0), (2160, 1.5))
_DEMAND = TrafficShape(stages((0, 1.3), (75, 4.0), (600, 6.0), (1200, 2.5), (1800, 1.3)))
_QUIET = TrafficShape(stages((0, 0.05), (120, 1.0), (240, 0.0), (1200, 0.05), (1320, 1.0)))


def _guided(name: str, guide: str, title: str, sight: str, **more: Any) -> Scenario:
    """A scenario with KEDA and a guide's ScaledObject, on metrics of the endpoint picker, without
    WVA."""
    given: dict[str, Any] = {"shape": _DEMAND, "autoscaler": "keda", "follows": "epp"} | more
    return Scenario(name, title, sight, guide=guide, **given)


GUIDED = (
    _guided(
        "keda-queue",
        "queue",
        "KEDA by llm-d's guide: the gateway's queue and running requests, up at once",
        "a ScaledObject with two triggers, running requests ÷ 16, no decisions of WVA",
    ),
    _guided(
        "keda-epp",
        "queue",
        "the same as keda-queue, on the steps of stair-step",
        "a ScaledObject with triggers on the picker's metrics, no decisions of WVA",
        shape=TrafficShape(stages(*STAIRS)),
    ),
    _guided(
        "keda-queue-windows",
        "queue-windows",
        "the same with a window of five minutes on the way up too",
        "more is wanted for five minutes before there is more",
    ),
    _guided(
        "keda-queue-guard",
        "queue-guard",
        "the guide's formula that does not count replicas twice that still boot",
        "one composite metric of four triggers",
    ),
    _guided(
        "keda-saturation",
        "saturation",
        "KEDA on the pool's saturation, whose maximum cannot ask for more than two replicas",
        "saturation over 0.7, and running requests that do the rest",
    ),
    _guided(
        "keda-token-aware",
        "token-aware",
        "KEDA on the seconds of prompts in flight and the caches in use, a pod in three minutes",
        "one replica more every three minutes at most",
    ),
    _guided(
        "keda-pd-disaggregated",
        "token-aware-pd",
        "prefill and decode with a ScaledObject each: tokens in flight, caches in use",
        "two ScaledObjects whose queries pick their own pods",
        shape=TrafficShape(
            stages((0, 1.2), (75, 4.0), (600, 9.0), (1200, 5.0), (1800, 1.2)),
            prompt_mean=1600.0,
            output_mean=280.0,
        ),
        variants=(
            ModelVariant("llama-8b-prefill", H100, cost=10.0, max=10, role="prefill"),
            ModelVariant("llama-8b-decode", H100, cost=10.0, max=10, role="decode"),
        ),
        gpu_nodes=5,
    ),
    _guided(
        "keda-slo-aware",
        "slo-aware",
        "KEDA on latencies against their targets, by recording rules and a formula",
        "replicas that follow the P90 of TTFT and of the time per token",
        variants=(ModelVariant("llama-8b-h100", H100, cost=10.0, replicas=3, min=3),),
        shape=TrafficShape(stages((0, 4.0), (75, 10.6), (600, 4.0))),
    ),
    Scenario(
        "hpa-cpu-and-queue",
        "a plain HPA on CPU and waiting requests, neither KEDA nor WVA",
        "an HPA with two metrics, of which CPU wins",
        _DEMAND,
        autoscaler="hpa",
        follows="cpu",
        down_after_s=300,
    ),
    _guided(
        "keda-scale-to-zero",
        "queue",
        "quarter of an hour without a request: KEDA sends the last replica to sleep, and wakes it",
        "no replica after the cooldown, and one as soon as a request waits at the gateway",
        variants=(ModelVariant("llama-8b-h100", H100, cost=10.0, min=0),),
        shape=_QUIET,
    ),
    _guided(
        "keda-fallback",
        "fallback",
        "Prometheus is gone for four minutes, and KEDA falls back",
        "failing triggers, then the fallback's replicas, then triggers again",
        happens=((240.0, events.break_prometheus), (480.0, events.mend_prometheus)),
    ),
    _guided(
        "keda-paused-scale-in",
        "queue",
        "the ScaledObject is annotated with paused-scale-in: nothing is taken away",
        "replicas that rise and stay when the load has gone",
        happens=((20.0, events.pause_scale_in),),
    ),
    _guided(
        "composite-below-zero",
        "below-zero",
        "a formula falls below zero, which the HPA takes for an overflow",
        "all replicas that are allowed, as the load goes",
    ),
)
"""One row each, in the order in which they are listed."""
