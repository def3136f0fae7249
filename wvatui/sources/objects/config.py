"""The controller's ConfigMaps: only what scales, never an address or a credential."""

import re

from wvatui.core.events import Config
from wvatui.sources.objects.fields import Object, name_of, strings

NAMES = (
    "capacity-scaling-config",
    "saturation-scaling-config",
    "model-scale-to-zero-config",
    "queueing-model-config",
    "accelerator-unit-costs",
    "service-classes-config",
    "variantautoscaling-config",
    "manager-config",
)
"""How the names of the controller's ConfigMaps end, over all releases (charts put a prefix)."""
_PRIVATE = re.compile(
    r"prometheus|token|passw|secret|credential|cert|(?<![a-z])key(?![a-z])|url|address|://|endpoint",
    re.IGNORECASE,
)
LIMIT = 20_000
"""Characters of one entry that are kept."""


def is_controller_config(name: str) -> bool:
    """Whether a ConfigMap of this name is the controller's."""
    return name.endswith(NAMES)


def decode_config(obj: Object, now: float) -> Config:
    """A ConfigMap as an event at `now`, without the lines that have no business in a recording."""
    namespace, name = name_of(obj)
    data = {}
    for key, value in sorted(strings(obj, "data").items()):
        if _PRIVATE.search(key):
            continue
        kept = [line for line in value[:LIMIT].splitlines() if not _PRIVATE.search(line)]
        if kept:
            data[key] = "\n".join(kept)
    return Config(now, name=name, namespace=namespace, data=data)
