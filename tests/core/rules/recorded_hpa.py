"""Small cases of our own of every kind that a recording of the HPA controller has."""

import copy
from typing import Any

from tests.core.rules.recorded import Json, case

MEMORY = {"recommendations": [{"age_s": 30.0, "replicas": 3}], "seen_before": True}
ONE_A_MINUTE = {
    "stabilizationWindowSeconds": 60,
    "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}],
}
BEHAVIOR = {"scaleUp": ONE_A_MINUTE, "scaleDown": ONE_A_MINUTE}
ARGUMENTS = {"current": 3, "desired": 9, "min": 1, "max": 20} | BEHAVIOR
POD = {
    "name": "p",
    "phase": "Running",
    "ready": "True",
    "ready_changed_age_s": 900.0,
    "start_age_s": 900.0,
    "containers": [{"name": "c", "requests_milli": {"cpu": 100}}],
}
FETCHED = {"api": "external", "metric": "m", "series_milli": [30_000]}
CALL = {
    "fetched": [FETCHED],
    "metric": "m",
    "namespace": "ns",
    "status_replicas": 3,
    "target_milli": 5000,
    "tolerance": {"up": 0.1, "down": 0.1},
}
METRIC = {
    "type": "External",
    "external": {
        "metric": {"name": "m"},
        "target": {"type": "AverageValue", "averageValue": "5"},
    },
}
NAME = "external metric m(nil)"


def hpa_kinds() -> list[Json]:
    """One case of each kind, as the controller would decide it."""
    return copy.deepcopy(
        [case(kind, "v1.37.2", given, wanted, function=name) for kind, name, given, wanted in _ROWS]
    )


_ROWS: list[tuple[str, str, Any, Any]] = [
    (
        "replicas",
        "GetExternalPerPodMetricReplicas",
        CALL,
        {"replicas": 6, "average_milli": 10_000},
    ),
    (
        "group_pods",
        "groupPods",
        {"pods": [POD, POD | {"name": "q"}], "metrics": [{"pod": "p", "milli": 5}]},
        {"ready": 1, "missing": ["q"]},
    ),
    (
        "tolerance",
        "tolerancesForHpa",
        {"flag": 0.2, "behavior": {"scaleUp": {"tolerance": "50m"}}},
        {"up": 0.05, "down": 0.2},
    ),
    (
        "stabilize_plain",
        "stabilizeRecommendation",
        {"wanted": 1, "window_s": 300, "memory": MEMORY},
        {
            "replicas": 3,
            "memory": MEMORY
            | {"recommendations": [*MEMORY["recommendations"], {"age_s": 0.0, "replicas": 1}]},
        },
    ),
    (
        "stabilize_behaviors",
        "stabilizeRecommendationWithBehaviors",
        {"args": ARGUMENTS, "memory": MEMORY},
        {
            "replicas": 3,
            "reason": "ScaleUpStabilized",
            "message": "recent recommendations were lower than current one,"
            " applying the lowest recent recommendation",
            "memory": MEMORY
            | {"recommendations": [*MEMORY["recommendations"], {"age_s": 0.0, "replicas": 9}]},
        },
    ),
    (
        "limit_plain",
        "convertDesiredReplicasWithRules",
        {"current": 3, "desired": 9, "min": 1, "max": 20},
        {"replicas": 6, "reason": "ScaleUpLimit"},
    ),
    (
        "limit_behaviors",
        "convertDesiredReplicasWithBehaviorRate",
        {"args": ARGUMENTS, "memory": MEMORY},
        {"replicas": 4, "reason": "ScaleUpLimit"},
    ),
    (
        "up_limit",
        "calculateScaleUpLimitWithScalingRules",
        {
            "current": 3,
            "rules": BEHAVIOR["scaleUp"],
            "scale_up_events": [{"age_s": 30.0, "change": 1}],
        },
        {"limit": 3},
    ),
    (
        "down_limit",
        "calculateScaleDownLimitWithBehaviors",
        {"current": 3, "rules": BEHAVIOR["scaleDown"]},
        {"limit": 2},
    ),
    (
        "store_event",
        "storeScaleEvent",
        {"before": 3, "after": 4, "behavior": BEHAVIOR},
        {"memory": {"scale_up_events": [{"age_s": 0.0, "change": 1}]}},
    ),
    (
        "api_defaults",
        "GenerateHPAScaleDownRules",
        {"selectPolicy": "Min"},
        {
            "selectPolicy": "Min",
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
        },
    ),
    (
        "reconcile",
        "reconcileAutoscaler",
        {
            "namespace": "ns",
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "d"},
                "minReplicas": 1,
                "maxReplicas": 9,
                "metrics": [METRIC],
            },
            "scale": {"spec_replicas": 3, "status_replicas": 3, "selector": "app=d"},
            "memory": MEMORY,
        },
        {
            "status": {
                "desiredReplicas": 6,
                "currentMetrics": [
                    {
                        "type": "External",
                        "external": {"metric": {"name": "m"}, "current": {"averageValue": "10"}},
                    }
                ],
                "conditions": [
                    {
                        "type": "AbleToScale",
                        "status": "True",
                        "reason": "SucceededRescale",
                        "message": "the HPA controller was able to update the target scale to 6",
                    },
                    {
                        "type": "ScalingActive",
                        "status": "True",
                        "reason": "ValidMetricFound",
                        "message": "the HPA was able to successfully calculate a replica count"
                        f" from {NAME}",
                    },
                    {
                        "type": "ScalingLimited",
                        "status": "False",
                        "reason": "DesiredWithinRange",
                        "message": "the desired count is within the acceptable range",
                    },
                    {
                        "type": "ScaledToZero",
                        "status": "False",
                        "reason": "NotScaledToZero",
                        "message": "the HPA controller did not scale the workload to zero",
                    },
                ],
            },
            "events": [
                {
                    "type": "Normal",
                    "reason": "SuccessfulRescale",
                    "message": f"New size: 6; reason: {NAME} above target",
                }
            ],
            "proposals": [
                {
                    "calls": [{"function": "GetExternalPerPodMetricReplicas", "in": CALL}],
                    "replicas": 6,
                    "metric": NAME,
                }
            ],
            "memory": MEMORY
            | {"recommendations": [*MEMORY["recommendations"], {"age_s": 0.0, "replicas": 6}]},
            "steps": {"stabilized": {"replicas": 6}},
        },
    ),
]
