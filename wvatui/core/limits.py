"""The controller's thresholds for a model: from its ConfigMaps, else from its log, else assumed.

Never silently: `Thresholds.source` says where they come from.
"""

from wvatui.core.state import Recovered, State
from wvatui.core.views import Thresholds
from wvatui.core.wva.thresholds import Settings, settings_from_config

ASSUMED = Settings()
"""The releases' defaults (WVA v0.8.0 internal/config/saturation_scaling.go:113)."""


def thresholds(state: State, model: str = "") -> Thresholds:
    """Thresholds in force for `model` (any model when empty)."""
    namespace = state.header.namespace if state.header else ""
    for config in sorted(state.configs.values(), key=lambda c: (c.namespace != namespace, c.name)):
        found = settings_from_config(config.data, model, namespace)
        if found is not None:
            return _view(found, "configmap")
    recovered = _recovered(state, model)
    if recovered is not None:
        return _view(
            Settings(
                kv_cache_threshold=_or(recovered.kv_ratio, ASSUMED.kv_cache_threshold),
                queue_length_threshold=_or(recovered.queue, ASSUMED.queue_length_threshold),
                kv_spare_trigger=_or(recovered.kv_trigger, ASSUMED.kv_spare_trigger),
                queue_spare_trigger=_or(recovered.queue_trigger, ASSUMED.queue_spare_trigger),
                scale_up_threshold=_or(recovered.scale_up, ASSUMED.scale_up_threshold),
                scale_down_boundary=_or(recovered.scale_down, ASSUMED.scale_down_boundary),
            ),
            "log" if recovered.kv_ratio is not None else "log + assumed",
        )
    return _view(ASSUMED, "assumed")


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _recovered(state: State, model: str) -> Recovered | None:
    """What the log determines for `model`, the model's own before what names none."""
    table = state.recovered
    keys = [model, ""] if model else [*sorted(table), ""]
    found = [table[key] for key in dict.fromkeys(keys) if key in table]
    if not found:
        return None
    merged = {}
    for name in Recovered.__struct_fields__:
        values = [getattr(item, name) for item in found]
        merged[name] = next((value for value in values if value is not None), None)
    return Recovered(**merged)


def _view(settings: Settings, source: str) -> Thresholds:
    return Thresholds(
        kv_ratio=settings.kv_cache_threshold,
        queue=settings.queue_length_threshold,
        kv_trigger=settings.kv_spare_trigger,
        queue_trigger=settings.queue_spare_trigger,
        scale_up=settings.scale_up_threshold,
        scale_down=settings.scale_down_boundary,
        source=source,
    )
