"""The HPA controller: reads HorizontalPodAutoscalers, computes with `core/rules/hpa`, and
scales."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from wvatui.core.kube_object import Object
from wvatui.core.rules.hpa.hpa import (
    HpaContext,
    Recommendation,
    ScaleTarget,
    recommend,
)
from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, merged, no_scale
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, status_of
from wvatui.core.rules.hpa.hpa_pods import HpaPod, PodSample
from wvatui.core.rules.hpa.hpa_spec import MetricSpec, hpa_spec
from wvatui.core.rules.hpa.hpa_versions import RELEASES, HpaRelease
from wvatui.core.rules.quantities import milli, truncated
from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339
from wvatui.sim.pods.pod_json import is_ready, key_of, since
from wvatui.sim.store import Store

Usage = Callable[[str, str], float | None]
"""(pod, resource) -> usage as in metrics.k8s.io; None: not available."""
External = Callable[[str, Mapping[str, str]], float | None]
"""(metric, label selector) -> value, None when the metrics API has none. Raises NoMetricsApi."""
COMPONENT = "horizontal-pod-autoscaler"
RESOURCES = {
    "Deployment": "deployments.apps",
    "LeaderWorkerSet": "leaderworkersets.leaderworkerset.x-k8s.io",
}
"""Kinds of scale targets that the simulated cluster knows, as the API's errors name them."""
_LWS_NAME = "leaderworkerset.sigs.k8s.io/name"
_LWS_WORKER = "leaderworkerset.sigs.k8s.io/worker-index"


class NoMetricsApi(Exception):  # noqa: N818 - an answer of the API, not an error of the program
    """Nothing serves the metrics API: the API server answers 404, in its words."""


class HpaController:
    """Looks at every HPA every `interval_s`, as kube-controller-manager does."""

    def __init__(
        self,
        timeline: Timeline,
        store: Store,
        *,
        external: External,
        usage: Usage = lambda pod, resource: None,
        interval_s: float = 15.0,
        release: HpaRelease = RELEASES["1.36"],
    ) -> None:
        self._release = release
        self._timeline, self._store, self._external = timeline, store, external
        self._usage = usage
        self._memories: dict[str, HpaMemory] = {}
        self._every = timeline.every(interval_s, self.look, first=interval_s)
        if release.at_once:
            store.on_change(self._changed)

    def stop(self) -> None:
        """Stop looking."""
        self._every.cancel()

    def _changed(self, verb: str, obj: Object) -> None:
        """Look at once at an object whose spec was changed."""
        generation = obj["metadata"].get("generation")
        if obj.get("kind") != "HorizontalPodAutoscaler" or verb != "MODIFIED" or not generation:
            return
        if (obj.get("status") or {}).get("observedGeneration") not in (None, generation):
            again = partial(self._at_once, *key_of(obj), generation)
            self._timeline.call_at(self._timeline.now, again)

    def _at_once(self, namespace: str, name: str, generation: int) -> None:
        obj = self._store.get("HorizontalPodAutoscaler", namespace, name)
        if obj is not None and (obj["status"].get("observedGeneration") or 0) < generation:
            self._one(obj)

    def look(self) -> None:
        """Look once at all HPAs."""
        objects = self._store.list("HorizontalPodAutoscaler")
        for uid in self._memories.keys() - {o["metadata"]["uid"] for o in objects}:
            del self._memories[uid]
        for obj in objects:
            self._one(obj)

    def _one(self, obj: Object) -> None:
        namespace, ref = obj["metadata"]["namespace"], obj["spec"]["scaleTargetRef"]
        target = self._store.get(ref["kind"], namespace, ref["name"])
        if target is None:
            self._without_target(obj, ref)
            return
        uid, now = obj["metadata"]["uid"], self._timeline.now
        spec, before = hpa_spec(obj["spec"]), _replicas(target)
        status = obj.get("status") or {}
        pods = self._pods(namespace, target)
        result = recommend(
            spec,
            [self._read(metric, pods) for metric in spec.metrics],
            ScaleTarget(before, _existing(target), pods),
            self._memories.get(uid, HpaMemory()),
            HpaContext(now, namespace, release=self._release),
            _conditions(status),
        )
        if result.desired != before:
            self._store.scale(ref["kind"], namespace, ref["name"], result.desired)
        self._memories[uid] = result.memory
        for event in result.events:
            self._store.event(obj, event.type, event.reason, event.message, COMPONENT)
        self._write(
            obj,
            _counts(result, before, now),
            result.conditions,
            [status_of(each) or {"type": ""} for each in result.proposals],
        )

    def _without_target(self, obj: Object, ref: Object) -> None:
        text = f'{RESOURCES.get(ref["kind"], ref["kind"].lower())} "{ref["name"]}" not found'
        self._store.event(obj, "Warning", "FailedGetScale", text, COMPONENT)
        self._write(obj, {}, [no_scale(text)], None)

    def _read(self, metric: MetricSpec, pods: Iterable[HpaPod]) -> MetricAnswer:
        if not metric.external:
            used = {pod.name: self._usage(pod.name, metric.name) for pod in pods}
            known = {name: PodSample(truncated(v)) for name, v in used.items() if v is not None}
            return MetricAnswer(pods=known, error="" if known else NO_SAMPLES)
        labels = (metric.selector or {}).get("matchLabels") or {}
        try:
            value = self._external(metric.name, labels)
        except NoMetricsApi as missing:
            return MetricAnswer(error=str(missing))
        if value is None:
            return MetricAnswer(error="no metrics returned from external metrics API")
        return MetricAnswer((truncated(value),))

    def _pods(self, namespace: str, target: Object) -> list[HpaPod]:
        """Pods that the scale's selector matches; one per group of a LeaderWorkerSet."""
        labels = (target["spec"].get("selector") or {}).get("matchLabels")
        if not labels:
            labels = {_LWS_NAME: target["metadata"]["name"], _LWS_WORKER: "0"}
        return [
            HpaPod(
                pod["metadata"]["name"],
                str((pod.get("status") or {}).get("phase", "")),
                "True" if is_ready(pod) else "False",
                deleted="deletionTimestamp" in pod["metadata"],
                requests=_requests(pod),
            )
            for pod in self._store.list("Pod", namespace, labels)
        ]

    def _write(
        self,
        obj: Object,
        counts: Object,
        conditions: Iterable[HpaCondition],
        current: list[Object] | None,
    ) -> None:
        now = rfc3339.seconds(self._timeline.now)

        def change(new: Object) -> None:
            status = dict(new.get("status") or {})
            known = {c["type"]: c for c in status.get("conditions", [])}
            status |= counts
            if self._release.at_once:
                status["observedGeneration"] = obj["metadata"].get("generation")
            if current is not None:
                status["currentMetrics"] = current
            status["conditions"] = [
                _condition(condition, known.get(condition.type), now)
                for condition in merged(_conditions(status), list(conditions))
            ]
            new["status"] = status

        self._store.patch("HorizontalPodAutoscaler", *key_of(obj), change)


NO_SAMPLES = "no metrics returned from resource metrics API"


def _requests(pod: Object) -> tuple[tuple[str, dict[str, int]], ...]:
    """Requests of each container, in thousandths of each resource."""
    return tuple(
        (
            container["name"],
            {
                name: milli(amount) or 0
                for name, amount in (
                    (container.get("resources") or {}).get("requests") or {}
                ).items()
            },
        )
        for container in pod["spec"].get("containers") or ()
    )


def _replicas(target: Object) -> int:
    value = target["spec"].get("replicas")
    return 1 if value is None else int(value)


def _existing(target: Object) -> int:
    return int((target.get("status") or {}).get("replicas") or 0)


def _conditions(status: Object) -> list[HpaCondition]:
    return [
        HpaCondition(c["type"], c["status"], c["reason"], c["message"])
        for c in status.get("conditions") or []
    ]


def _counts(result: Recommendation, before: int, now: float) -> Object:
    """The replica counts in `status`: the scale's own when it was read, and the desired one.

    Where nothing could be computed the desired count stays as it was (horizontal.go setStatus).
    """
    counts: Object = {"currentReplicas": before}
    if not result.failed:
        counts["desiredReplicas"] = result.desired
    if result.desired != before:
        counts["lastScaleTime"] = rfc3339.seconds(now)
    return counts


def _condition(new: HpaCondition, old: Object | None, now: str) -> Object:
    """The condition; its transition time changes only with its status."""
    return {
        "type": new.type,
        "status": new.status,
        "lastTransitionTime": since(old, new.status, now),
        "reason": new.reason,
        "message": new.message,
    }
