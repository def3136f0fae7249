"""KEDA's loop: scaling from zero, to zero or to idle, cooldown, pausing.

An HPA does the rest. Source: KEDA v2.21.0 pkg/scaling/executor/scale_scaledobjects.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wvatui.core.rules.keda.keda_fallback import TargetReplicas, TriggerHealth
from wvatui.core.rules.keda.keda_serving import Trigger, TriggerState, state_of
from wvatui.core.rules.keda.keda_spec import KedaSpec
from wvatui.core.rules.keda.keda_versions import NEWEST, KedaRelease


@dataclass(frozen=True, slots=True)
class KedaCondition:
    """A condition of a ScaledObject in KEDA's words."""

    type: str
    status: str
    reason: str
    message: str


READY = KedaCondition(
    "Ready",
    "True",
    "ScaledObjectReady",
    "ScaledObject is defined correctly and is ready for scaling",
)
PARTIAL_ERROR = KedaCondition(
    "Ready",
    "Unknown",
    "PartialTriggerError",
    "Some triggers defined in ScaledObject are not working correctly",
)
TRIGGER_ERROR = KedaCondition(
    "Ready",
    "False",
    "TriggerError",
    "Triggers defined in ScaledObject are not working correctly",
)
PAUSED = KedaCondition("Paused", "True", "ScaledObjectPaused", "ScaledObject is paused")
ACTIVE = KedaCondition(
    "Active", "True", "ScalerActive", "Scaling is performed because triggers are active"
)
FORCED = KedaCondition(
    "Active",
    "True",
    "ScalerActive",
    "Scaling is performed because activation is being forced by annotation",
)
NOT_ACTIVE = KedaCondition(
    "Active", "False", "ScalerNotActive", "Scaling is not performed because triggers are not active"
)
COOLING = KedaCondition(
    "Active", "False", "ScalerCooldown", "Scaler cooling down because triggers are not active"
)


@dataclass(frozen=True, slots=True)
class KedaMemory:
    """What KEDA keeps between two polls. Epoch seconds; `active_at` None: never active.

    `created_at`: creation of the object; None: not known, taken to be long ago.
    """

    active_at: float | None = None
    created_at: float | None = None
    health: Mapping[str, TriggerHealth] = field(default_factory=dict)
    polled_at: float | None = None


@dataclass(frozen=True, slots=True)
class KedaOutcome:
    """The result of one poll.

    `scale_to` None: the target is left to the HPA. `why`: woken, idle, below minimum, cooldown,
    unread, paused, or nothing. `until`: epoch seconds at which a cooldown ends.
    """

    state: TriggerState
    scale_to: int | None
    memory: KedaMemory
    conditions: tuple[KedaCondition, ...] = ()
    why: str = ""
    until: float | None = None

    @property
    def active(self) -> bool:
        """Whether the object is active."""
        return self.state.active


def poll(
    spec: KedaSpec,
    triggers: Sequence[Trigger],
    *,
    current: int,
    memory: KedaMemory,
    now: float,
    ready: int = 0,
    release: KedaRelease = NEWEST,
) -> KedaOutcome:
    """One poll of the triggers: active or not, and the scale that KEDA itself sets.

    `ready`: the target's ready pods, which the fallback of a Value target depends on.
    """
    state = state_of(spec, triggers, memory.health, TargetReplicas(current, ready), release)
    outcome = request_scale(spec, state, current=current, memory=memory, now=now)
    health = state.served.health
    return replace(outcome, memory=replace(outcome.memory, health=health, polled_at=now))


def request_scale(
    spec: KedaSpec,
    state: TriggerState,
    *,
    current: int,
    memory: KedaMemory,
    now: float,
    update_error: str = "",
) -> KedaOutcome:
    """The scale that KEDA sets, or tries to set, after one poll of the triggers.

    Active, at 0 or idle: to max(min, 1), unless scaling out is paused. Not active, and a trigger
    fails: nothing, unless the fallback is 0 replicas. Not active: to idle or 0 once the cooldown
    is over, unless scaling in is paused; below min without idle: to min. Paused: nothing.
    `update_error`: the API's answer when the scale cannot be written.
    """
    outcome = _wanted(spec, state, current, memory, now)
    verb = {"woken": "activating", "idle": "deactivating"}.get(outcome.why, "")
    if not update_error or not verb or outcome.scale_to is None:
        return outcome
    text = f"error {verb} ScaleTarget: {update_error}"
    failed = KedaCondition("Ready", "False", "ErrorScalingTarget", text)
    conditions = (failed, *outcome.conditions[1:])
    return replace(outcome, conditions=conditions, memory=memory)


def _wanted(
    spec: KedaSpec, state: TriggerState, current: int, memory: KedaMemory, now: float
) -> KedaOutcome:
    """As `request_scale`, where the scale can be written."""
    if spec.is_paused:
        return KedaOutcome(state, None, memory, (READY, PAUSED), "paused")
    if state.active or spec.forced:
        return _active(spec, state, current, memory, now)
    resting = KedaOutcome(state, None, memory, (READY, NOT_ACTIVE))
    if state.failed and spec.fallback is None:
        return replace(resting, conditions=(TRIGGER_ERROR, NOT_ACTIVE), why="unread")
    if state.failed and spec.fallback is not None and spec.fallback.replicas != 0:
        return replace(resting, why="unread")
    may_rest = current > 0 if spec.idle is None else current > spec.idle
    if may_rest and (spec.idle is not None or spec.min == 0):
        return _to_rest(spec, resting, memory, now)
    if current < spec.min and spec.idle is None:
        return replace(resting, scale_to=spec.min, why="below minimum")
    return resting


def _active(
    spec: KedaSpec, state: TriggerState, current: int, memory: KedaMemory, now: float
) -> KedaOutcome:
    """The outcome for an active object. Source: RequestScale, scaleFromZeroOrIdle."""
    active = FORCED if spec.forced else ACTIVE
    outcome = KedaOutcome(state, None, memory, (READY, active))
    renewed = replace(memory, active_at=now)
    if current == 0 or (spec.idle is not None and current < spec.min):
        if spec.paused_out:
            return replace(outcome, why="paused")
        return replace(outcome, scale_to=max(spec.min, 1), memory=renewed, why="woken")
    if state.failed:
        return replace(outcome, conditions=(PARTIAL_ERROR, active))
    return replace(outcome, memory=renewed)


def _to_rest(spec: KedaSpec, resting: KedaOutcome, memory: KedaMemory, now: float) -> KedaOutcome:
    """The outcome for an inactive object: to idle or 0, once the cooldown since the last activity,
    or since the object's creation, is over. Source: scaleToZeroOrIdle."""
    if spec.paused_in:
        return replace(resting, why="paused")
    until = None
    if memory.active_at is not None:
        until = memory.active_at + spec.cooldown_s
    elif memory.created_at is not None:
        until = memory.created_at + spec.initial_cooldown_s
    if until is not None and now <= until:
        return replace(resting, conditions=(READY, COOLING), why="cooldown", until=until)
    rest = spec.min if spec.idle is None else spec.idle
    return replace(resting, scale_to=rest, why="idle")


def due(spec: KedaSpec, memory: KedaMemory, now: float) -> bool:
    """Whether it is time to poll. The HPA keeps reading every 15 s, whatever the interval."""
    return memory.polled_at is None or now >= memory.polled_at + spec.polling_s


def hpa_health(status: str, reason: str, message: str) -> KedaCondition:
    """The condition HPAActive, from the HPA's condition ScalingActive.

    A target at 0 counts as healthy. Source: getHPAHealth.
    """
    if status == "True":
        return KedaCondition("HPAActive", "True", "HPAActive", "HPA is actively scaling")
    if reason == "ScalingDisabled":
        return KedaCondition("HPAActive", "True", reason, message)
    text = message if reason else message or "unable to compute replica count"
    return KedaCondition(
        "HPAActive",
        "False",
        reason or "HPAMetricsUnavailable",
        f"HPA is not actively scaling: {text}",
    )
