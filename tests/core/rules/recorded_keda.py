"""Small cases of our own of every kind that a recording of KEDA has."""

import copy
from typing import Any

from tests.core.rules.recorded import Json, case

NAMES = ["s0-prometheus", "s1-prometheus"]
TRIGGERS = [{"name": "a", "type": "prometheus"}, {"name": "b", "type": "prometheus"}]
GONE = "prometheus query api returned error. status: 503"
FORMULA = {"scalingModifiers": {"formula": "float(a + b)", "target": "2"}}
BOTH = [
    {"metric": "s0-prometheus", "milli": 1500, "trigger": "a"},
    {"metric": "s1-prometheus", "milli": 2000, "trigger": "b"},
]
OBSERVED = [
    {"metric": row["metric"], "active": True, "values": [{k: row[k] for k in ("metric", "milli")}]}
    for row in BOTH
]


def scaled_object(**spec: Any) -> Json:
    return {
        "name": "so",
        "created_age_s": 900.0,
        "spec": {"triggers": TRIGGERS, **spec},
        "status": {"externalMetricNames": NAMES, "lastActiveTime_age_s": 400.0},
    }


def keda_kinds() -> list[Json]:
    """One case of each kind, as KEDA would decide it."""
    return copy.deepcopy(
        [case(kind, "v2.21.0", given, wanted, function=name) for kind, name, given, wanted in _ROWS]
    )


COMPOSITE = {"values": [{"metric": "composite-metric", "milli": 3500}]}
_ROWS: list[tuple[str, str, Any, Any]] = [
    (
        "request_scale",
        "RequestScale",
        {"object": scaled_object(), "current_replicas": 3},
        {
            "scaled": [{"from": 3, "to": 0}],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "ScaledObjectReady",
                    "message": "ScaledObject is defined correctly and is ready for scaling",
                },
                {
                    "type": "Active",
                    "status": "False",
                    "reason": "ScalerNotActive",
                    "message": "Scaling is not performed because triggers are not active",
                },
            ],
            "events": [{"reason": "KEDAScaleTargetDeactivated"}],
            "triggers_activity": {name: {"isActive": False} for name in NAMES},
        },
    ),
    (
        "fallback",
        "GetMetricsWithFallback",
        {
            "metric": "s0-prometheus",
            "metric_spec": {
                "external": {"target": {"type": "AverageValue", "averageValue": "700m"}}
            },
            "object": scaled_object(fallback={"replicas": 3, "failureThreshold": 0}),
            "scaler_error": GONE,
        },
        {
            "fallback_active": True,
            "values": [{"metric": "s0-prometheus", "milli": 2100}],
            "health": {"s0-prometheus": {"numberOfFailures": 1, "status": "Failing"}},
            "conditions": [{"type": "Fallback", "status": "True"}],
        },
    ),
    (
        "formula",
        "calculateScalingModifiersFormula",
        {"object": scaled_object(advanced=FORMULA), "values": BOTH},
        COMPOSITE,
    ),
    (
        "formula_driven",
        "calculateScalingModifiersFormula",
        {"formula": "a + b", "target": "2", "values_milli": {"a": 1500, "b": 2000}},
        {"milli": 3500, "stage": "calculation"},
    ),
    (
        "modifiers",
        "HandleScalingModifiers",
        {"object": scaled_object(advanced=FORMULA), "values": BOTH},
        COMPOSITE,
    ),
    (
        "object_state",
        "getScaledObjectState",
        {"object": scaled_object(), "observed": OBSERVED},
        {
            "active": True,
            "active_triggers": NAMES,
            "error_seen": False,
            "fallback_active": False,
        },
    ),
    (
        "served_metrics",
        "GetScaledObjectMetrics",
        {
            "object": scaled_object(advanced=FORMULA),
            "observed": OBSERVED,
            "metric": "composite-metric",
        },
        COMPOSITE,
    ),
]
