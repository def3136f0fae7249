"""When each source was last heard, as a whole and of each namespace of several."""

from wvatui.core.kube_object import qualified
from wvatui.core.state.building.builder import StateBuilder


def hear(builder: StateBuilder, source: str, at: float, namespace: str = "") -> None:
    """Note that `source` delivered something about `namespace` ("": not known) at `at` (UTC epoch
    seconds)."""
    builder.heard[source] = at
    if namespace and builder.window.several:
        builder.heard[qualified(namespace, source)] = at
