"""The metrics to request: one row per family, from which the selectors of its queries are made."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wvatui.core.metrics.metrics_page import HISTOGRAM_PARTS
from wvatui.core.metrics.metrics_table import (
    BY_ID,
    CACHE_CONFIG,
    ENGINE_IDS,
    EPP_METRICS,
    KV_TOKENS,
    LORA_INFO,
    METRICS,
    Metric,
)
from wvatui.core.metrics.promtext import quoted
from wvatui.recording.imports.sampled_objects import FIELDS

_ENGINE = re.compile(r"(?:ray_)?(?:vllm|sglang)[:_]")
_OWN, _EXPORTED = "namespace", "exported_namespace"


class QueryGroup(NamedTuple):
    """One family.

    `names`: all of its metrics that are read. `places`: labels that may hold the namespace.
    `probe`: one or two metrics whose samples show how often the family is scraped.
    """

    key: str
    title: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    probe: tuple[str, ...]

    def selectors(self, namespaces: Sequence[str]) -> list[str]:
        """Selectors for all series to read of `namespaces`; empty: of all namespaces."""
        return [_selector(self.names, place) for place in self._places(namespaces)]

    def probes(self, namespaces: Sequence[str]) -> list[str]:
        """Selectors for the few series that show how often the family is scraped."""
        return [_selector(self.probe, place) for place in self._places(namespaces)]

    def _places(self, namespaces: Sequence[str]) -> list[str]:
        if not namespaces:
            return [""]
        if len(namespaces) == 1:
            return [f",{place}={quoted(namespaces[0])}" for place in self.places]
        wanted = quoted("|".join(map(re.escape, namespaces)))
        return [f",{place}=~{wanted}" for place in self.places]


def _samples(metrics: Iterable[Metric]) -> list[str]:
    """Names of the samples of `metrics`."""
    return [
        f"{name}{suffix}"
        for metric in metrics
        for name in metric.spellings
        for suffix in (HISTOGRAM_PARTS if metric.kind == "histogram" else ("",))
    ]


def _selector(names: Sequence[str], place: str) -> str:
    pattern = "|".join(dict.fromkeys(names))
    engines = [_ENGINE.match(name) for name in names]
    if all(engines):
        # Written out for each of its seven prefixes, the query would be too long for some proxies.
        bare = dict.fromkeys(_ENGINE.sub("", name) for name in names)
        pattern = f"(ray_)?(vllm|sglang)[:_]({'|'.join(bare)})"
    return f"{{__name__=~{quoted(pattern)}{place}}}"


_ENGINES = tuple(_samples(METRICS)) + CACHE_CONFIG + KV_TOKENS + LORA_INFO
_PICKERS = tuple(_samples(EPP_METRICS))
_WVA = tuple(name for name, row in FIELDS.items() if row.kind == "Variant")
_OBJECTS = tuple(name for name in FIELDS if name not in _WVA)
_STATE = tuple(name for metric in ENGINE_IDS for name in BY_ID[metric].spellings)
GROUPS: tuple[QueryGroup, ...] = (
    QueryGroup("engines", "engines (vLLM, SGLang)", _ENGINES, (_OWN,), _STATE),
    QueryGroup("pickers", "endpoint pickers (EPP)", _PICKERS, (_OWN,), _PICKERS),
    QueryGroup(
        "objects",
        "kube-state-metrics",
        _OBJECTS,
        (_OWN, _EXPORTED),
        tuple(name for name in _OBJECTS if name.endswith(("_replicas", "pod_created"))),
    ),
    QueryGroup("wva", "WVA", _WVA, (_OWN, _EXPORTED), _WVA),
)
