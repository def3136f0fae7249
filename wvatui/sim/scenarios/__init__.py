"""The scenarios of the simulated cluster, one row each, and the events in them."""

from wvatui.sim.scenario import Scenario
from wvatui.sim.scenarios.table import ROWS

SCENARIOS: dict[str, Scenario] = {row.name: row for row in ROWS}
"""By name, in the order in which they are listed."""
