"""The controller's ConfigMaps: only what scales, never an address or a credential."""

import re

from wvatui.core.events import Config
from wvatui.core.kube_object import ReadObject
from wvatui.sources.objects.fields import name_of, strings

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
    r"prometheus|bearer|token|passw|secret|credential|cert|\bca\b|\.crt|\.pem|-----"
    r"|(?<![a-z])(?:(?:api|private|access|ssh|tls)[-_. ]?)?key(?![a-z])|url|uri\b|address|://"
    r"|endpoint|hostname|\bhosts?\b|\.svc\b|user(?:name)?\b|auth(?!or)",
    re.IGNORECASE,
)
_ARMOURED = re.compile(r"-----BEGIN .*?(?:-----END [^\n]*|\Z)", re.DOTALL)
"""A key or a certificate: between its first line and its last one nothing tells what it is."""
_WHOSE = re.compile(
    r"\s*(?:- )?(?:model_id|modelID|model|namespace)\s*:\s*[\w./#\"'-]*\s*", re.ASCII
)
"""For whom an entry is: people may call a namespace `key-users`."""
LIMIT = 20_000
"""Characters of one entry that are kept."""


def is_controller_config(name: str) -> bool:
    """Whether a ConfigMap of this name is the controller's."""
    return name.endswith(NAMES)


def decode_config(obj: ReadObject, now: float) -> Config:
    """A ConfigMap as an event at `now`, without what has no business in a recording."""
    namespace, name = name_of(obj)
    data = {}
    for key, value in sorted(strings(obj, "data").items()):
        is_override = "#" in key  # {model}#{namespace}
        if not is_override and _PRIVATE.search(key):
            continue
        if kept := _scaling_lines(value[:LIMIT]):
            data[key] = kept
    return Config(now, name=name, namespace=namespace, data=data)


def _scaling_lines(text: str) -> str:
    """The lines of a value, without private ones and without what is nested in such a one."""
    kept: list[str] = []
    inside: int | None = None
    for line in _ARMOURED.sub("-----", text).splitlines():
        words = line.lstrip()
        # A list belongs to the line above it, also where it stands no further to the right.
        indent = len(line) - len(words) + words.startswith("-")
        if inside is not None and (indent > inside or not line.strip()):
            continue
        is_private = _PRIVATE.search(line) and not _WHOSE.fullmatch(line)
        inside = indent if is_private else None
        if inside is None:
            kept.append(line)
    return "\n".join(kept)
