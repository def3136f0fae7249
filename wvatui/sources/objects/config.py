"""The controller's ConfigMaps: settings about scaling only, never an address or a credential."""

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
"""Suffixes of the names of the controller's ConfigMaps, over all releases (charts add a prefix)."""
_PRIVATE = re.compile(
    r"prometheus|bearer|token|passw|secret|credential|cert|\bca\b|\.crt|\.pem|-----"
    r"|(?<![a-z])(?:(?:api|private|access|ssh|tls)[-_. ]?)?key(?![a-z])|url|uri\b|address|://"
    r"|endpoint|hostname|\bhosts?\b|\.svc\b|user(?:name)?\b|auth(?!or)",
    re.IGNORECASE,
)
_ARMOURED = re.compile(r"-----BEGIN .*?(?:-----END [^\n]*|\Z)", re.DOTALL)
"""A key or a certificate, whose inner lines do not show what they are."""
_WHOSE = re.compile(
    r"\s*(?:- )?(?:model_id|modelID|model|namespace)\s*:\s*[\w./#\"'-]*\s*", re.ASCII
)
"""Lines that name an entry's target are kept even if they resemble a secret: a namespace may be
called `key-users`."""
LIMIT = 20_000
"""Most characters of one entry that are kept."""


def is_controller_config(name: str) -> bool:
    """Whether a ConfigMap of this name belongs to the controller."""
    return name.endswith(NAMES)


def decode_config(obj: ReadObject, now: float) -> Config:
    """A ConfigMap as an event at `now`, without anything that must not be recorded."""
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
    """The lines of a value, without private ones and anything nested below them."""
    kept: list[str] = []
    inside: int | None = None
    for line in _ARMOURED.sub("-----", text).splitlines():
        words = line.lstrip()
        # A list belongs to the line above it, even with the same indentation.
        indent = len(line) - len(words) + words.startswith("-")
        if inside is not None and (indent > inside or not line.strip()):
            continue
        is_private = _PRIVATE.search(line) and not _WHOSE.fullmatch(line)
        inside = indent if is_private else None
        if inside is None:
            kept.append(line)
    return "\n".join(kept)
