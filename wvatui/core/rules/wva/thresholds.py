"""The controller's thresholds: the releases' defaults, and what a ConfigMap makes of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from wvatui.core.rules.wva.config_text import Entry, read_config
from wvatui.core.rules.wva.releases import HEAD, at_least


@dataclass(frozen=True, slots=True)
class AnalyzerSetting:
    """One analyzer of the `analyzers` list; None: the model-wide threshold applies."""

    name: str
    enabled: bool = True
    score: float = 1.0
    scale_up_threshold: float | None = None
    scale_down_boundary: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds in force for a model. Ratios 0 to 1, queue in requests.

    Defaults: WVA v0.8.0 internal/config/saturation_scaling.go:113-122.
    """

    kv_cache_threshold: float = 0.80
    queue_length_threshold: float = 5.0
    kv_spare_trigger: float = 0.1
    queue_spare_trigger: float = 3.0
    scale_up_threshold: float = 0.85
    scale_down_boundary: float = 0.70
    priority: float = 1.0
    analyzer_name: str = ""
    analyzers: tuple[AnalyzerSetting, ...] = ()

    @property
    def v2(self) -> bool:
        """Whether this configuration selects the token-based (V2) path.

        `analyzerName: saturation` or a non-empty `analyzers` list (WVA v0.6.0 and later).
        """
        return self.analyzer_name == "saturation" or bool(self.analyzers)

    def of_analyzer(self, name: str) -> tuple[float, float]:
        """scaleUpThreshold and scaleDownBoundary of one analyzer: its own, else the model's.

        Source: WVA HEAD internal/engines/saturation/engine_v2.go:482 applyUniversalThreshold.
        """
        own = next((a for a in self.analyzers if a.name == name), AnalyzerSetting(name))
        up, down = own.scale_up_threshold, own.scale_down_boundary
        return (
            self.scale_up_threshold if up is None else up,
            self.scale_down_boundary if down is None else down,
        )


def defaults(version: str = HEAD) -> Settings:
    """Thresholds of a release when its configuration is not known.

    The numbers are the same in every release; the shipped configuration selects V1 up to v0.8.0
    and V2 at HEAD (WVA HEAD config/base/manager/saturation-scaling-configmap.yaml).
    """
    return Settings(analyzer_name="saturation") if at_least(version, "v0.9") else Settings()


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold with all its names. `rule`: which rule has it. `unit`: ratio or requests."""

    name: str
    """Its field in `explain.given.Limits` and in `views.Thresholds`."""
    key: str
    """Its key in the ConfigMap."""
    field: str
    """Its field in Settings, which has the release's default."""
    rule: Literal["V1", "V2"]
    unit: Literal["ratio", "requests"]
    title: str
    short: str


THRESHOLDS = (
    Threshold(
        "kv",
        "kvCacheThreshold",
        "kv_cache_threshold",
        "V1",
        "ratio",
        "KV saturated at",
        "saturated: KV from",
    ),
    Threshold(
        "queue",
        "queueLengthThreshold",
        "queue_length_threshold",
        "V1",
        "requests",
        "queue saturated at",
        "saturated: queue from",
    ),
    Threshold(
        "kv_trigger",
        "kvSpareTrigger",
        "kv_spare_trigger",
        "V1",
        "ratio",
        "up when spare KV below",
        "spare KV wanted",
    ),
    Threshold(
        "queue_trigger",
        "queueSpareTrigger",
        "queue_spare_trigger",
        "V1",
        "requests",
        "up when spare queue below",
        "spare queue wanted",
    ),
    Threshold(
        "scale_up",
        "scaleUpThreshold",
        "scale_up_threshold",
        "V2",
        "ratio",
        "up when used above",
        "scale up above",
    ),
    Threshold(
        "scale_down",
        "scaleDownBoundary",
        "scale_down_boundary",
        "V2",
        "ratio",
        "down when used below",
        "scale down below",
    ),
)
"""Every threshold of the controller; nothing about one is stated anywhere else."""
V1_NAMES = tuple(row.name for row in THRESHOLDS if row.rule == "V1")
V2_NAMES = tuple(row.name for row in THRESHOLDS if row.rule == "V2")
NUMBERS = {**{row.key: row.field for row in THRESHOLDS}, "priority": "priority"}
_MARKS = frozenset(row.key for row in THRESHOLDS) | {"analyzerName", "analyzers"}


def settings_from_config(
    data: Mapping[str, str], model: str = "", namespace: str = "", version: str = HEAD
) -> Settings | None:
    """Thresholds for `model` in `namespace` from a ConfigMap's `data`; None: it has none.

    The `default` entry, then an override: up to v0.5.x an entry whose own `model_id` and
    `namespace` match, from v0.6.0 the entry named `{model}#{namespace}`. In v0.6.0 and v0.7.0 the
    override replaces the default, later releases merge it on top (source: WVA v0.8.0
    internal/config/saturation_scaling.go). A value that is no finite number is ignored.
    """
    entries = {key: read_config(text) for key, text in data.items()}
    entries = {key: entry for key, entry in entries.items() if _MARKS & entry.keys()}
    override = _override(entries, model, namespace)
    base = entries.get("default")
    if base is None and override is None:
        return None
    settings = Settings()
    replaces = at_least(version, "v0.6.0") and not at_least(version, "v0.9.0-rc1")
    if base is not None and not (replaces and override is not None):
        settings = _merged(settings, base)
    return settings if override is None else _merged(settings, override)


def _override(entries: Mapping[str, Entry], model: str, namespace: str) -> Entry | None:
    if not model:
        return None
    named = entries.get(f"{model}#{namespace}")
    if named is not None:
        return named
    for key in sorted(entries):
        entry = entries[key]
        here = entry.get("namespace", namespace) == namespace
        if key != "default" and entry.get("model_id") == model and here:
            return entry
    return None


def _merged(settings: Settings, entry: Entry) -> Settings:
    numbers = {}
    for key, field in NUMBERS.items():
        number = _number(entry.get(key))
        if number is not None:
            numbers[field] = number
    settings = replace(settings, **numbers)  # type: ignore[arg-type]
    name = entry.get("analyzerName")
    if isinstance(name, str):
        settings = replace(settings, analyzer_name=name)
    listed = entry.get("analyzers")
    if isinstance(listed, list):
        settings = replace(settings, analyzers=tuple(map(_analyzer, listed)))
    return settings


def _analyzer(item: Mapping[str, str]) -> AnalyzerSetting:
    score = _number(item.get("score"))
    return AnalyzerSetting(
        name=item.get("name") or item.get("type") or "",
        enabled=item.get("enabled", "true").lower() != "false",
        score=1.0 if score is None else score,
        scale_up_threshold=_number(item.get("scaleUpThreshold")),
        scale_down_boundary=_number(item.get("scaleDownBoundary")),
    )


def _number(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
