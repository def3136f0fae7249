"""Eight hours of 20 HPAs with a look every 15 s, folded, and every decision explained.

The rules themselves make the session, on a clock of their own: each look reads its metrics,
decides, and writes its status; the events are what a session would have seen of that.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sin
from typing import Any

from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.scaler_share import decision_json
from wvatui.core.findings.over_time import found_over_time
from wvatui.core.fold.fold import fold
from wvatui.core.rules.hpa.hpa import HpaContext, Recommendation, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, merged
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, status_of
from wvatui.core.rules.hpa.hpa_pods import HpaPod, PodSample
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.hpa.hpa_spec import MetricSpec, defaulted_spec, hpa_spec
from wvatui.core.state.state import EMPTY
from wvatui.sim.rfc3339 import seconds
from wvatui.sources.objects.autoscaler import decode_autoscaler

HPAS, HOURS = 20, 8
START = 1_795_900_000.0
READY_S = 60.0
"""Seconds until a new pod is ready."""
BATCH = 2_000
_NAMESPACE = "bench"


def measure() -> list[dict[str, object]]:
    """Seconds to fold and explain, and to find all that `check` finds. Decoding is not timed,
    sentences and arithmetic are."""
    events = list(session())
    looks = HPAS * HOURS * 3600 / SYNC_S
    begin, state = time.perf_counter(), EMPTY
    for at in range(0, len(events), BATCH):
        state = fold(state, events[at : at + BATCH])
    folded_s = time.perf_counter() - begin
    rows = [decision_json(decision) for decision in scaling_decisions(state)]
    took_s = time.perf_counter() - begin
    begin = time.perf_counter()
    found, _ = found_over_time(events)
    checked_s = time.perf_counter() - begin
    return [
        {
            "name": "8 hours of 20 HPAs folded and every decision explained",
            "value": round(took_s, 2),
            "unit": "s",
            "reach": 3.0,
            "looks": looks,
            "statuses": sum(isinstance(event, ev.Autoscaler) for event in events),
            "decisions": len(rows),
            "agree": sum(row["verdict"] == "agrees" for row in rows),
            "fold_s": round(folded_s, 2),
        },
        {
            "name": "all findings of these 8 hours, at each of 1,920 moments",
            "value": round(checked_s, 1),
            "unit": "s",
            "reach": 30.0,
            "findings": len(found),
        },
    ]


def session(hpas: int = HPAS, hours: float = HOURS, seed: int = 1) -> Iterator[ev.Event]:
    """The events, in order of time."""
    scalers = [_Scaler(number, random.Random(seed + number)) for number in range(hpas)]
    for second in range(0, int(hours * 3600), int(SYNC_S)):
        for number, scaler in enumerate(scalers):
            yield from scaler.look(START + second + number / 100)
        yield ev.Tick(START + second + 1.0)


def _average(name: str, target: str) -> dict[str, Any]:
    metric = {"name": name, "selector": {"matchLabels": {"app": name}}}
    return {
        "type": "External",
        "external": {"metric": metric, "target": {"type": "AverageValue", "averageValue": target}},
    }


def _cpu(percent: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _way(window_s: int, kind: str, value: int, period_s: int) -> dict[str, Any]:
    policy = {"type": kind, "value": value, "periodSeconds": period_s}
    return {"stabilizationWindowSeconds": window_s, "policies": [policy], "selectPolicy": "Max"}


_KINDS: tuple[dict[str, Any], ...] = (
    {
        "metrics": [_average("s0-prometheus", "1"), _average("s1-prometheus", "16")],
        "behavior": {
            "scaleUp": _way(0, "Percent", 100, 15),
            "scaleDown": _way(300, "Percent", 100, 15),
        },
    },
    {
        "metrics": [_average("s0-prometheus", "1500m"), _average("s1-prometheus", "800m")],
        "behavior": {
            "scaleUp": _way(0, "Pods", 1, 180),
            "scaleDown": _way(300, "Pods", 1, 300),
        },
    },
    {"metrics": [_cpu(60)]},
    {
        "metrics": [_cpu(70), _average("queue", "4")],
        "behavior": {"scaleDown": _way(120, "Pods", 2, 60)},
    },
)
"""An HPA as in llm-d's guides, one of CPU alone without `behavior`, and one of both metrics."""
_REQUEST = 2_000
"""Thousandths of a core that a pod requests."""


@dataclass
class _Scaler:
    """One HPA with its target and the load on it."""

    number: int
    chance: random.Random
    memory: HpaMemory = field(default_factory=HpaMemory)
    born: list[float] = field(default_factory=lambda: [START - 3600.0] * 2)
    """When each of its pods started."""
    conditions: tuple[HpaCondition, ...] = ()
    since: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By type of a condition: its status, and since when it has it."""
    leaving: list[ev.Pod] = field(default_factory=list)
    """Its pods that are terminating."""
    scaled_at: float | None = None
    seen: object = None

    def __post_init__(self) -> None:
        self.name = f"variant-{self.number}"
        given = {"minReplicas": 1, "maxReplicas": 10, **_KINDS[self.number % len(_KINDS)]}
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name}
        self.spec = defaulted_spec({**given, "scaleTargetRef": target})
        self.rules = hpa_spec(self.spec)

    def look(self, now: float) -> Iterator[ev.Event]:
        """One look, and the events that a session would see of it."""
        for pod in self.leaving:
            yield ev.Deleted(now - 5.0, kind="pod", namespace=_NAMESPACE, name=pod.name)
        self.leaving = []
        if self.seen is None or any(now - SYNC_S <= at + READY_S < now for at in self.born):
            yield from self._target(now - 1.0)
        before = len(self.born)
        pods = [HpaPod(name, **more) for name, more in self._pods(now).items()]
        result = recommend(
            self.rules,
            [self._read(metric, now, pods) for metric in self.rules.metrics],
            ScaleTarget(before, before, pods),
            self.memory,
            HpaContext(now, _NAMESPACE),
            self.conditions,
        )
        self.memory = result.memory
        self.conditions = tuple(merged(self.conditions, result.conditions))
        for each in self.conditions:
            if self.since.get(each.type, ("", 0.0))[0] != each.status:
                self.since[each.type] = each.status, now
        if result.desired != before:
            self.scaled_at = now
            new = [now] * max(0, result.desired - before)
            gone = self.born[result.desired :]
            self.born = [*self.born[: result.desired], *new]
            yield from self._target(now)
            self.leaving = [self._pod(now, n, at, now) for n, at in enumerate(gone, result.desired)]
            yield from self.leaving
        yield from self._status(now, before, result)

    def _read(self, metric: MetricSpec, now: float, pods: list[HpaPod]) -> MetricAnswer:
        """A load that rises and falls within an hour, with noise."""
        wave = 1.0 + sin((now - START) / 600.0 + self.number)
        load = max(0.0, wave * 3.0 + self.chance.gauss(0.0, 0.4))
        if metric.external:
            return MetricAnswer((round(load * (metric.target or 0)),))
        used = load / len(pods) * _REQUEST * 0.6
        ready = [pod.name for pod in pods if pod.ready == "True"]
        return MetricAnswer(
            pods={
                n: PodSample(max(0, round(self.chance.gauss(used, 50))), 10.0, 30.0) for n in ready
            }
        )

    def _pods(self, now: float) -> dict[str, dict[str, Any]]:
        requests = (("server", {"cpu": _REQUEST}),)
        return {
            self._name(place, at): {
                "ready": "True" if now >= at + READY_S else "False",
                "ready_age_s": max(0.0, now - at - READY_S),
                "start_age_s": now - at,
                "requests": requests,
            }
            for place, at in enumerate(self.born)
        }

    def _target(self, now: float) -> Iterator[ev.Event]:
        """The workload and its pods as they are now."""
        size = len(self.born)
        yield ev.Workload(
            now,
            kind="Deployment",
            name=self.name,
            namespace=_NAMESPACE,
            spec=size,
            replicas=size,
            ready=sum(now >= at + READY_S for at in self.born),
            selector={"app": self.name},
        )
        for place, at in enumerate(self.born):
            yield self._pod(now, place, at)

    def _name(self, place: int, born: float) -> str:
        return f"{self.name}-{place}-{born - START:.0f}"

    def _pod(self, now: float, place: int, born: float, deleting_at: float | None = None) -> ev.Pod:
        ready = now >= born + READY_S
        return ev.Pod(
            now,
            name=self._name(place, born),
            namespace=_NAMESPACE,
            role="model",
            phase="Running",
            ready=ready,
            labels={"app": self.name},
            owner_kind="ReplicaSet",
            owner_name=f"{self.name}-7c9d8",
            created_at=born,
            started_at=born,
            ready_at=born + READY_S if ready else None,
            deleting_at=deleting_at,
        )

    def _status(self, now: float, before: int, result: Recommendation) -> Iterator[ev.Event]:
        """The object, where its status differs from `before`."""
        status: dict[str, Any] = {
            "currentReplicas": before,
            "desiredReplicas": result.desired,
            "currentMetrics": [status_of(each) or {"type": ""} for each in result.proposals],
            "conditions": [
                {
                    "type": each.type,
                    "status": each.status,
                    "reason": each.reason,
                    "message": each.message,
                    "lastTransitionTime": seconds(self.since[each.type][1]),
                }
                for each in self.conditions
            ],
        }
        if self.scaled_at is not None:
            status["lastScaleTime"] = seconds(self.scaled_at)
        if status == self.seen:
            return
        self.seen = status
        metadata = {"name": self.name, "namespace": _NAMESPACE, "generation": 1}
        obj = {"metadata": metadata, "spec": self.spec, "status": status}
        yield decode_autoscaler(obj, now)
        for event in result.events:
            yield ev.KubeEvent(
                now,
                type=event.type,
                reason=event.reason,
                message=event.message,
                kind="HorizontalPodAutoscaler",
                name=self.name,
                namespace=_NAMESPACE,
            )
