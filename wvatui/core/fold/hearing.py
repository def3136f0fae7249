"""When each source was last heard, as a whole and of each namespace of several."""

from wvatui.core.kube_object import qualified
from wvatui.core.state.builder import StateBuilder


def hear(builder: StateBuilder, source: str, at: float, namespace: str = "") -> None:
    """Note that `source` delivered something at `at` (UTC epoch seconds), of `namespace`; "": of
    none that is known."""
    builder.heard[source] = at
    if namespace and builder.window.several:
        builder.heard[qualified(namespace, source)] = at
