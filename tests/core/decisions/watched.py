"""Looks of a simulated HPA controller: what an observer sees of each, and the true values."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from wvatui.core.decisions.hpa.account import HpaAccount, account_of
from wvatui.core.rules.hpa.hpa import HpaContext, Recommendation, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, merged
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, status_of
from wvatui.core.rules.hpa.hpa_pods import HpaPod
from wvatui.core.rules.hpa.hpa_spec import defaulted_spec, hpa_spec
from wvatui.core.rules.quantities import truncated

Line = dict[str, Any]
SYNC_S = 15.0
GONE = "Internal error occurred: metric encountered error"


def metric(name: str = "queue", target: str = "1", kind: str = "AverageValue") -> Line:
    key = "value" if kind == "Value" else "averageValue"
    inside = {"metric": {"name": name}, "target": {"type": kind, key: target}}
    return {"type": "External", "external": inside}


def asked(*metrics: Line, low: int = 1, high: int = 20, behavior: Any = None) -> Line:
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "d"},
        "minReplicas": low,
        "maxReplicas": high,
        "metrics": list(metrics) or [metric()],
    }
    return spec if behavior is None else spec | {"behavior": behavior}


def behavior(up_s: int = 0, down_s: int = 300, up: Any = None, down: Any = None) -> Line:
    def way(window: int, policy: Any) -> Line:
        stated: Line = {"stabilizationWindowSeconds": window}
        if policy is not None:
            kind, value, period = policy
            stated["policies"] = [{"type": kind, "value": value, "periodSeconds": period}]
        return stated

    return {"scaleUp": way(up_s, up), "scaleDown": way(down_s, down)}


class Watched:
    """An HPA and its target, look by look. `lines` are the lines of its recording; `accounts` are
    those of somebody who knows all that the controller does."""

    def __init__(self, spec: Line, replicas: int = 1) -> None:
        self.written = defaulted_spec(spec)
        self.spec = hpa_spec(self.written)
        self.replicas, self.at = replicas, 0.0
        self.memory = HpaMemory()
        self.conditions: list[HpaCondition] = []
        self.pods: list[float] = [-3600.0] * replicas
        """The creation time of each pod, seconds."""
        self.accounts: list[HpaAccount] = []
        self.lines: list[Line] = [{"kind": "object", "t": 0.0, "spec": self.written}]

    def restart(self) -> None:
        self.memory = HpaMemory()

    def look(self, *values: float | None, refused: str = "") -> Line:
        """One look that reads `values`; None: that metric cannot be read."""
        answers = [
            MetricAnswer(error=GONE) if value is None else MetricAnswer((truncated(value),))
            for value in values
        ]
        pods = [
            HpaPod(f"p{i}", ready="True" if self.at - made >= 60 else "False")
            for i, made in enumerate(self.pods)
        ]
        target = ScaleTarget(self.replicas, len(self.pods), pods, update_error=refused)
        context = HpaContext(self.at, "ns")
        result = recommend(self.spec, answers, target, self.memory, context, self.conditions)
        self.accounts.append(account_of(result, self.spec, self.replicas, self.at))
        line = self._line(result, pods)
        self.memory = result.memory
        self.resize(result.desired)
        self.at += SYNC_S
        return line

    def resize(self, replicas: int) -> None:
        """Scale the target; the newest pods are removed first."""
        self.replicas = replicas
        self.pods = self.pods[:replicas] + [self.at] * (replicas - len(self.pods))

    def _line(self, result: Recommendation, pods: Sequence[HpaPod]) -> Line:
        self.conditions = merged(self.conditions, result.conditions, result.dropped)
        limited = result.condition("ScalingLimited")
        steps: Line = {}
        if result.proposals:
            steps["metrics"] = {
                "metric": result.winner.title if result.winner is not None else "",
                "replicas": -1 if result.wanted is None else result.wanted,
            }
        if limited is not None:
            steps["stabilized"] = {"replicas": result.stable}
            steps["limited"] = {"reason": limited.reason}
        line = {
            "kind": "look",
            "t": self.at,
            "scale": {"spec_replicas": self.replicas, "status_replicas": len(self.pods)},
            "scale_after": result.desired,
            "pods": [
                {"name": pod.name, "age_s": self.at - made, "ready": pod.ready == "True"}
                for pod, made in zip(pods, self.pods, strict=True)
            ],
            "status": {
                "conditions": [
                    {"type": c.type, "status": c.status, "reason": c.reason, "message": c.message}
                    for c in self.conditions
                ],
                "currentMetrics": [status_of(each) or {"type": ""} for each in result.proposals],
            },
            "events": [
                {"type": e.type, "reason": e.reason, "message": e.message} for e in result.events
            ],
            "truth": {"steps": steps},
        }
        self.lines.append(line)
        return line


def bytes_of(lines: Sequence[Mapping[str, Any]]) -> bytes:
    return "\n".join(json.dumps(line) for line in lines).encode()


def real(watched: Watched) -> list[Line]:
    """The looks in the form of a real control plane's recording: changed statuses, and the log."""
    lines: list[Line] = [{"kind": "hpa", "t": -0.5, "spec": watched.written, "status": {}}]
    status: Any = None
    for look in watched.lines[1:]:
        at, scale = look["t"], look["scale"]
        steps = look["truth"]["steps"]
        lines.append(
            {
                "kind": "controller-log",
                "t": at,
                "message": "Proposing desired replicas",
                "desiredReplicas": str(steps["metrics"]["replicas"]),
                "metric": steps["metrics"]["metric"],
            }
        )
        rescaled = look["scale_after"] != scale["spec_replicas"]
        told = "Successfully rescaled" if rescaled else "Decided not to scale"
        lines.append(
            {
                "kind": "controller-log",
                "t": at,
                "message": told,
                "desiredReplicas": str(look["scale_after"]),
            }
        )
        new = look["status"] | {
            "currentReplicas": scale["spec_replicas"],
            "desiredReplicas": look["scale_after"],
        }
        target = {"kind": "deployment", "t": at - 0.1} | scale
        lines.insert(-2, target | {"ready": sum(pod["ready"] for pod in look["pods"])})
        if new != status:
            lines.append({"kind": "hpa", "t": at + 0.02, "spec": watched.written, "status": new})
            status = new
    return lines


def chance_spec(chance: random.Random) -> Line:
    kinds = chance.choices(["AverageValue", "Value"], k=chance.choice([1, 1, 2]))
    metrics = [
        metric(f"m{i}", chance.choice(["1", "16", "700m", "250m", "5"]), kind)
        for i, kind in enumerate(kinds)
    ]
    policy = chance.choice([None, ("Pods", 2, 60), ("Percent", 50, 30), ("Percent", 10, 60)])
    brakes = behavior(chance.choice([0, 30]), chance.choice([0, 60, 300]), policy, policy)
    return asked(*metrics, low=chance.choice([1, 2]), behavior=chance.choice([None, brakes]))


def by_chance(chance: random.Random) -> Watched:
    """Eighty looks of a random HPA at a load that wanders; now and then somebody else scales it."""
    spec = chance_spec(chance)
    watched = Watched(spec, chance.randint(1, 8))
    level = [chance.uniform(0, 30) for _ in spec["metrics"]]
    for _ in range(80):
        level = [max(0.0, value + chance.uniform(-4, 4)) for value in level]
        exact = chance.choice([0, 0, 3])
        watched.look(*(round(value, exact) for value in level))
        if chance.random() < 0.02:
            watched.resize(chance.randint(1, 9))
    return watched
