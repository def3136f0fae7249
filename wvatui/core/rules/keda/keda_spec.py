"""The spec of a ScaledObject, with KEDA's defaults, and the annotations that pause it.

Source: KEDA apis/keda/v1alpha1/scaledobject_types.go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wvatui.core.rules.quantities import milli

POLLING_S = 30.0
COOLDOWN_S = 300.0
MOST_REPLICAS_DEFAULT = 100
"""Defaults of spec.pollingInterval, spec.cooldownPeriod and spec.maxReplicaCount."""
COMPOSITE = "composite-metric"
"""Name of the one metric as which a formula is served."""
ANNOTATION = "autoscaling.keda.sh/"
PAUSED, PAUSED_REPLICAS = f"{ANNOTATION}paused", f"{ANNOTATION}paused-replicas"
PAUSED_IN, PAUSED_OUT = f"{ANNOTATION}paused-scale-in", f"{ANNOTATION}paused-scale-out"
FORCED = f"{ANNOTATION}force-activation"
FALLBACKS = (
    "static",
    "currentReplicas",
    "currentReplicasIfHigher",
    "currentReplicasIfLower",
    "scalingModifiers",
)
PAUSES = (PAUSED, PAUSED_REPLICAS, PAUSED_IN, PAUSED_OUT, FORCED)
"""Annotations that pause an object or force it to be active."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """`spec.fallback`. `behavior`: one of `FALLBACKS`."""

    replicas: int = 0
    threshold: int = 0
    behavior: str = "static"


@dataclass(frozen=True, slots=True)
class ScalingModifiers:
    """`spec.advanced.scalingModifiers`. `target`, `activation`: as written; empty: none."""

    formula: str = ""
    target: str = ""
    activation: str = ""
    metric_type: str = "AverageValue"

    @property
    def activation_milli(self) -> int:
        """Thousandths above which the formula is active."""
        return milli(self.activation or "0") or 0


@dataclass(frozen=True, slots=True)
class KedaSpec:
    """The spec of a ScaledObject. Replicas and seconds."""

    min: int = 0
    max: int = MOST_REPLICAS_DEFAULT
    idle: int | None = None
    cooldown_s: float = COOLDOWN_S
    initial_cooldown_s: float = 0.0
    polling_s: float = POLLING_S
    fallback: Fallback | None = None
    modifiers: ScalingModifiers | None = None
    paused: bool = False
    paused_at: int | None = None
    paused_in: bool = False
    paused_out: bool = False
    forced: bool = False

    @property
    def is_paused(self) -> bool:
        """Whether it is paused: KEDA's loop is stopped and the HPA deleted."""
        return self.paused or self.paused_at is not None

    @property
    def formula(self) -> str:
        """The formula over the triggers' names; empty: none."""
        return "" if self.modifiers is None else self.modifiers.formula


def keda_spec(spec: Mapping[str, Any], annotations: Mapping[str, str] | None = None) -> KedaSpec:
    """`spec` and `metadata.annotations` of a ScaledObject. Raises TypeError, ValueError or
    AttributeError for one that no API server admits."""
    notes = annotations or {}
    advanced = spec.get("advanced") or {}
    written, back = advanced.get("scalingModifiers"), spec.get("fallback")
    held, high = notes.get(PAUSED_REPLICAS), spec.get("maxReplicaCount")
    idle, cooldown = spec.get("idleReplicaCount"), spec.get("cooldownPeriod")
    polling = spec.get("pollingInterval")
    return KedaSpec(
        min=int(spec.get("minReplicaCount") or 0),
        max=MOST_REPLICAS_DEFAULT if high is None else int(high),
        idle=None if idle is None else int(idle),
        cooldown_s=COOLDOWN_S if cooldown is None else float(cooldown),
        initial_cooldown_s=float(spec.get("initialCooldownPeriod") or 0),
        polling_s=POLLING_S if polling is None else float(polling),
        fallback=None if back is None else _fallback(back),
        modifiers=_modifiers(written) if written else None,
        paused=_says(notes, PAUSED),
        paused_at=_count(held),
        paused_in=_says(notes, PAUSED_IN),
        paused_out=_says(notes, PAUSED_OUT),
        forced=_says(notes, FORCED),
    )


def _fallback(written: Mapping[str, Any]) -> Fallback:
    return Fallback(
        int(written.get("replicas") or 0),
        int(written.get("failureThreshold") or 0),
        str(written.get("behavior") or "static"),
    )


def _modifiers(written: Mapping[str, Any]) -> ScalingModifiers:
    return ScalingModifiers(
        str(written.get("formula") or ""),
        str(written.get("target") or ""),
        str(written.get("activationTarget") or ""),
        str(written.get("metricType") or "AverageValue"),
    )


FALSE_TEXTS = ("0", "f", "F", "false", "FALSE", "False")
"""Texts that Go's strconv.ParseBool reads as false; KEDA treats any text but a boolean as true."""


def _says(notes: Mapping[str, str], key: str) -> bool:
    """Whether an annotation is set, to any text but a false one.

    Source: KEDA apis/keda/v1alpha1/scaledobject_types.go getBoolAnnotation.
    """
    return key in notes and str(notes[key]) not in FALSE_TEXTS


def _count(text: object) -> int | None:
    return int(str(text)) if text is not None and str(text).isdecimal() else None
