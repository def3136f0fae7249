"""When each source was last heard, as a whole and of each namespace of several."""

from wvatui.core.kube_object import qualified
from wvatui.core.state.building.builder import StateBuilder

TICKS = "ticks"
STILL_S = 10.0
"""The recorder writes a tick each second: after so many without one it has stood still."""


def standing_since(builder: StateBuilder, at: float) -> float | None:
    """Since when the recorder has stood still, epoch seconds: what comes at `at` may have happened
    at any time since; None: it has not. An imported recording has ticks of its own."""
    ticked_at, head = builder.heard.get(TICKS), builder.header
    if ticked_at is None or at - ticked_at <= STILL_S or head is None or head.imported:
        return None
    return ticked_at


def hear(builder: StateBuilder, source: str, at: float, namespace: str = "") -> None:
    """Note that `source` delivered something about `namespace` ("": not known) at `at` (UTC epoch
    seconds)."""
    builder.heard[source] = at
    if namespace and builder.window.several:
        builder.heard[qualified(namespace, source)] = at
