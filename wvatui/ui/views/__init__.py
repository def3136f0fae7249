"""Every view of the screen, in one table: a digit each, and where its parts lie.

A view is one file with a pure function from a scene and a size to places, and one row here. Header,
position, health and footer are the same in all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wvatui.ui.places import Place
from wvatui.ui.scene import Scene
from wvatui.ui.views import decisions, health, latency, load, logs, overview, pods, scaling, whatif

Places = Callable[[Scene, int, int], list[Place]]


@dataclass(frozen=True, slots=True)
class View:
    """One row. `places` gives the parts of a body of so many columns and lines."""

    id: str
    key: str
    title: str
    places: Places
    table: str = ""
    """The panel in which rows are selected; empty: none."""
    charts: int = 4
    """Charts that it has in all; `c` goes on to those that have no room."""


VIEWS: tuple[View, ...] = (
    View("overview", "1", "overview", overview.places, "variants"),
    View("pods", "2", "pods", pods.places, "pods", 0),
    View("latency", "3", "latency and throughput", latency.places, charts=len(latency.ALL)),
    View("decisions", "4", "decisions", decisions.places, "cycles", 0),
    View("logs", "5", "log", logs.places, "loglines", 0),
    View("health", "6", "health", health.places, "sources", 0),
    View("load", "7", "load", load.places, "jobs", load.COUNT),
    View("scaling", "8", "scaling", scaling.places, "changes", 0),
    View("whatif", "9", "what if", whatif.places, "trials", 0),
)  # fmt: skip


def view(id_: str) -> View:
    """The row of that id; the first one when there is none."""
    return next((row for row in VIEWS if row.id == id_), VIEWS[0])
