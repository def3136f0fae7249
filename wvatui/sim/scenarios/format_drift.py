"""A controller that writes its lines in words that nobody knows yet."""

from typing import TYPE_CHECKING

from wvatui.engine.traffic import TrafficShape
from wvatui.sim.scenario import ONE, Scenario, stages

if TYPE_CHECKING:
    from wvatui.sim.cluster import Cluster

DRIFTS_S = 150.0
WORDS = (
    ("Applied scaling decision", "Replica target settled"),
    ("Processing decision for variant", "Settling variant"),
    ("Saturation analysis completed", "Saturation study finished"),
    ("Scaling decision", "Replica choice"),
    ("Optimization completed", "Study closed"),
)


def _drift(cluster: "Cluster") -> None:
    def written(text: str) -> str:
        for old, new in WORDS:
            text = text.replace(old, new)
        # Every message that is not known by heart is worded anew.
        return text.replace("completed", "wrapped up").replace("decision", "verdict")

    cluster.logbook.rewrites["manager"] = written


SCENARIO = Scenario(
    "after two minutes the controller writes its lines in other words",
    TrafficShape(stages((0, 1.3), (75, 5.0))),
    ONE,
    name="format-drift",
    sight="lines that no dialect knows, counted and said aloud",
    happens=((DRIFTS_S, _drift),),
)
