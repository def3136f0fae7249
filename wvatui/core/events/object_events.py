"""Events of objects of the cluster, as their own status and specification have them."""

from collections.abc import Iterable
from typing import Annotated, Literal, TypedDict

import msgspec

from wvatui.core.events.base import Event
from wvatui.core.label_selector import Requirement
from wvatui.core.ranges import Amount, Count, Moment, Small


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One entry of an object's `status.conditions`."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: Moment | None = None


def condition_of(conditions: Iterable[Condition], kind: str) -> Condition | None:
    """The condition of this type."""
    return next((each for each in conditions if each.type == kind), None)


class Variant(Event, frozen=True, tag="variant", kw_only=True):
    """A variant as one object declares it: one model on one kind of accelerator.

    `source`: VariantAutoscaling, ScaledObject or HorizontalPodAutoscaler.
    """

    name: str
    namespace: str
    source: str
    model: str = ""
    accelerator: str = ""
    cost: Amount | None = None
    min: Small | None = None
    max: Small | None = None
    target_kind: str = "Deployment"
    target_name: str = ""
    desired: Small | None = None
    """`status.desiredOptimizedAlloc.numReplicas`, where the object has one."""
    conditions: tuple[Condition, ...] = ()
    created_at: Moment | None = None
    target_api: str = ""
    """apiVersion of the target; empty: not stated."""


class Workload(Event, frozen=True, tag="workload", kw_only=True):
    """A scale target of any kind: Deployment, StatefulSet, LeaderWorkerSet, Rollout, …

    None means that the object does not say.
    """

    kind: str
    name: str
    namespace: str
    spec: Small | None = None
    replicas: Small | None = None
    ready: Small | None = None
    available: Small | None = None
    updated: Small | None = None
    selector: dict[str, str] = msgspec.field(default_factory=dict)
    """matchLabels that pick its pods."""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    accelerator: str = ""
    image: str = ""
    conditions: tuple[Condition, ...] = ()
    created_at: Moment | None = None
    images: dict[str, str] = {}  # noqa: RUF012
    """By container."""
    arguments: dict[str, tuple[str, ...]] = {}  # noqa: RUF012
    """Command and arguments by container; values of credentials are `***`."""
    paused: bool = False
    """`spec.paused` of a Deployment: a changed template is not rolled out."""
    requirements: tuple[Requirement, ...] = ()
    """What its selector requires beside matchLabels."""
    owner_kind: str = ""
    """Kind of the object that controls it, such as one of an operator; empty: none does."""


class Pod(Event, frozen=True, tag="pod", kw_only=True):
    """A pod of a scale target, of the controller or of the endpoint picker."""

    name: str
    namespace: str
    role: str = ""
    """model, controller, epp; empty when it is none of them."""
    phase: str = ""
    ready: bool = False
    reason: str = ""
    """Why it is not ready, as kubectl would say it: ContainerCreating, ImagePullBackOff, …"""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    owner_kind: str = ""
    owner_name: str = ""
    node: str = ""
    ip: str = ""
    ports: tuple[Small, ...] = ()
    restarts: Small = 0
    created_at: Moment | None = None
    scheduled_at: Moment | None = None
    started_at: Moment | None = None
    ready_at: Moment | None = None
    deleting_at: Moment | None = None
    uid: str = ""
    digests: dict[str, str] = {}  # noqa: RUF012
    """The image that really runs, by container: name and digest, as the kubelet reports it."""
    last_exit: str = ""
    """How a container of it ended last (`lastState`, or its state): OOMKilled, exit code 137."""
    last_exit_at: Moment | None = None
    metrics_path: str = ""
    """Path of its metrics page according to its annotations; empty: they give none."""
    metrics_scheme: str = ""
    rank_ports: tuple[tuple[Small, ...], ...] = ()
    """Ports that may serve an engine each, in groups that belong together."""
    message: str = ""
    """Why it is not ready, in a sentence of the scheduler or the kubelet, which gave `reason`."""


class Autoscaler(Event, frozen=True, tag="hpa", kw_only=True):
    """A HorizontalPodAutoscaler, also the one that KEDA makes."""

    name: str
    namespace: str
    target_kind: str = ""
    target_name: str = ""
    min: Small | None = None
    max: Small | None = None
    current: Small | None = None
    desired: Small | None = None
    metrics: tuple["MetricStatus", ...] = ()
    conditions: tuple[Condition, ...] = ()
    last_scale_at: Moment | None = None
    managed: bool = False
    """Carries `llm-d.ai/managed: "true"`."""
    scaled_object: str = ""
    """Name of the ScaledObject that owns it."""
    behavior: "Behavior | None" = None
    notes: dict[str, str] = {}  # noqa: RUF012
    """Its annotations and labels of `llm-d.ai/`, by which it declares a variant."""
    target_api: str = ""
    """apiVersion of the target; empty: not stated."""
    asked: tuple["HpaMetric", ...] = ()
    """`spec.metrics` as written."""
    shown: tuple["HpaMetric", ...] = ()
    """`status.currentMetrics` as written: an empty entry stands for what could not be read."""
    generation: Count | None = None
    observed_generation: Count | None = None
    """The version of the spec that its controller has seen; Kubernetes 1.37 and later say so."""
    created_at: Moment | None = None
    keda: str = ""
    """Version of the KEDA that made it; empty: none did, or it does not say."""


class MetricStatus(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One metric of an HPA: its target and what it reads now (None: `<unknown>`)."""

    name: str
    type: str = ""
    """Value, AverageValue or Utilization."""
    target: Amount | None = None
    current: Amount | None = None


class ScaledObject(Event, frozen=True, tag="keda", kw_only=True):
    """A KEDA ScaledObject."""

    name: str
    namespace: str
    target_kind: str = ""
    target_name: str = ""
    min: Small | None = None
    max: Small | None = None
    polling_s: Small | None = None
    cooldown_s: Small | None = None
    triggers: tuple[str, ...] = ()
    paused: str = ""
    """Text of `autoscaling.keda.sh/paused-replicas` or `paused`; empty when it runs."""
    held: tuple[str, ...] = ()
    """Directions that `autoscaling.keda.sh/paused-scale-…` switches off: scale-in, scale-out."""
    hpa: str = ""
    fallback: Small | None = None
    conditions: tuple[Condition, ...] = ()
    last_active_at: Moment | None = None
    managed: bool = False
    reads: tuple[str, ...] = ()
    """Names of the metrics that its triggers ask for."""
    notes: dict[str, str] = {}  # noqa: RUF012
    """Its annotations and labels of `llm-d.ai/`, by which it declares a variant."""
    target_api: str = ""
    """apiVersion of the target; empty: not stated."""
    asked: tuple["KedaTrigger", ...] = ()
    """`spec.triggers` in their order, without addresses and authentication."""
    idle: Small | None = None
    initial_cooldown_s: Small | None = None
    modifiers: "Modifiers | None" = None
    on_failure: "FallbackRule | None" = None
    health: dict[str, "MetricHealth"] = {}  # noqa: RUF012
    """`status.health`, by metric."""
    activity: dict[str, bool] = {}  # noqa: RUF012
    """`status.triggersActivity`: whether each metric is above its activation."""
    generation: Count | None = None
    created_at: Moment | None = None
    pauses: dict[str, str] = {}  # noqa: RUF012
    """Its annotations `autoscaling.keda.sh/…` that pause or force it, as written."""


class Lease(Event, frozen=True, tag="lease", kw_only=True):
    """The leader election lease of the controller."""

    name: str
    namespace: str
    holder: str = ""
    renewed_at: Moment | None = None
    transitions: Small | None = None
    acquired_at: Moment | None = None
    """Since when its holder has it."""
    duration_s: Small | None = None
    """Seconds after its last renewal at which another candidate may take it."""


class Config(Event, frozen=True, tag="config", kw_only=True):
    """A ConfigMap of the controller: only its scaling keys, never addresses or credentials."""

    name: str
    namespace: str
    data: dict[str, str] = msgspec.field(default_factory=dict)


class KubeEvent(Event, frozen=True, tag="event", kw_only=True):
    """A Kubernetes Event that concerns what is watched."""

    type: str = ""
    reason: str = ""
    message: str = ""
    kind: str = ""
    name: str = ""
    component: str = ""
    count: Small = 1
    first_at: Moment | None = None
    last_at: Moment | None = None
    namespace: str = ""
    """Where its object is; empty: in the one namespace that is watched."""


class Deleted(Event, frozen=True, tag="gone", kw_only=True):
    """A known object was deleted. `kind` is the tag of its event (pod, workload, …)."""

    kind: str
    name: str
    namespace: str = ""
    source: str = ""
    """With kind variant, workload or job: the object kind that vanished (Deployment, Job, …)."""


_Window = Annotated[int, msgspec.Meta(ge=0, le=3600)]
_Period = Annotated[int, msgspec.Meta(ge=1, le=1800)]
_Step = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""Limits of Kubernetes pkg/apis/autoscaling/validation/validation.go."""


class ScalingPolicy(TypedDict):
    """One of the HPA's policies, as the API has it."""

    type: Literal["Pods", "Percent"]
    value: _Step
    periodSeconds: _Period


class ScalingRules(TypedDict, total=False):
    """How fast an HPA may go in one direction, as the API has it; absent fields have defaults."""

    stabilizationWindowSeconds: _Window | None
    selectPolicy: Literal["Max", "Min", "Disabled"] | None
    policies: list[ScalingPolicy] | None
    tolerance: Annotated[str, msgspec.Meta(pattern=r"^\d{1,9}(\.\d{0,9})?[num]?$")] | float | None
    """A quantity: 0.1 or 100m."""


class Behavior(TypedDict, total=False):
    """`spec.behavior` of an HPA."""

    scaleUp: ScalingRules | None
    scaleDown: ScalingRules | None


Quantity = str | int | float
"""As the API writes it: 0.1, 100m, 1k."""


class MatchExpression(TypedDict, total=False):
    """One of a label selector's `matchExpressions`."""

    key: str
    operator: str
    values: list[str] | None


class MetricSelector(TypedDict, total=False):
    """The label selector of a metric."""

    matchLabels: dict[str, str] | None
    matchExpressions: list[MatchExpression] | None


class MetricIdentity(TypedDict, total=False):
    """Which metric is read."""

    name: str
    selector: MetricSelector | None


class MetricAmounts(TypedDict, total=False):
    """A target, or what is read now."""

    type: str
    value: Quantity | None
    averageValue: Quantity | None
    averageUtilization: int | None


class MetricPlace(TypedDict, total=False):
    """The part under a metric's own type: its target in the spec, its reading in the status."""

    metric: MetricIdentity
    name: str
    container: str
    describedObject: dict[str, str]
    target: MetricAmounts
    current: MetricAmounts


class HpaMetric(TypedDict, total=False):
    """One metric of an HPA, as the API has it."""

    type: str
    external: MetricPlace
    object: MetricPlace
    pods: MetricPlace
    resource: MetricPlace
    containerResource: MetricPlace


class KedaTrigger(TypedDict, total=False):
    """One trigger of a ScaledObject, as the API has it; `metadata`: see `TRIGGER_KEYS`."""

    type: str
    name: str
    metricType: str
    useCachedMetrics: bool
    metadata: dict[str, str]


TRIGGER_KEYS = frozenset(
    (
        "query",
        "threshold",
        "activationThreshold",
        "metricName",
        "value",
        "targetValue",
        "activationValue",
        "activationTargetValue",
        "ignoreNullValues",
        "containerName",
        "variantName",
    )
)
"""Keys of a trigger's metadata that are recorded: no address, no header, no credential."""


class Modifiers(TypedDict, total=False):
    """`spec.advanced.scalingModifiers` of a ScaledObject."""

    formula: str
    target: str
    activationTarget: str
    metricType: str


class FallbackRule(TypedDict, total=False):
    """`spec.fallback` of a ScaledObject."""

    failureThreshold: int
    replicas: int
    behavior: str


class MetricHealth(TypedDict, total=False):
    """One metric of `status.health` of a ScaledObject."""

    numberOfFailures: int
    status: str
