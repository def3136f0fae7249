"""An HPA on the pods' own metrics, and no WVA."""

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

SCENARIO = Scenario(
    "an HPA on waiting requests and cache use, no WVA at all",
    TrafficShape(stages((0, 1.3), (75, 4.4), (660, 7.5), (1140, 10.5), (1560, 4.0), (2160, 1.5))),
    ONE,
    name="hpa-only",
    sight="replicas that follow num_requests_waiting and kv_cache_usage, no decisions",
    autoscaler="hpa",
    follows="load",
)
