"""The form of a recorded decision of the HPA controller, and its conversion to the rules' types."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from wvatui.core.rules.cases.shapes import ControllerShape
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer
from wvatui.core.rules.hpa.hpa_pods import HpaPod, PodDelays, PodSample, Tolerances
from wvatui.core.rules.hpa.hpa_policy import PastChange
from wvatui.core.rules.hpa.hpa_versions import HpaRelease, release_of


class RecordedChange(ControllerShape, frozen=True, kw_only=True):
    """A recommendation (`replicas`) or a change of the scale (`change`), seconds ago."""

    age_s: float
    replicas: int | None = None
    change: int | None = None
    outdated: bool = False


class RecordedMemory(ControllerShape, frozen=True, kw_only=True):
    """The controller's memory."""

    recommendations: tuple[RecordedChange, ...] = ()
    scale_up_events: tuple[RecordedChange, ...] = ()
    scale_down_events: tuple[RecordedChange, ...] = ()
    seen_before: bool = False


class RecordedContainer(ControllerShape, frozen=True, kw_only=True):
    """Requests of one container in thousandths."""

    name: str = ""
    requests_milli: Mapping[str, int] = {}


class RecordedPod(ControllerShape, frozen=True, kw_only=True):
    """One pod of the selector; ages in seconds."""

    name: str = ""
    phase: str = ""
    ready: str = ""
    ready_changed_age_s: float = 0.0
    start_age_s: float | None = None
    deleted: bool = False
    containers: tuple[RecordedContainer, ...] = ()


class RecordedSample(ControllerShape, frozen=True, kw_only=True):
    """A pod's sample from the metrics API."""

    pod: str = ""
    milli: int = 0
    age_s: float = 0.0
    window_s: float = 0.0


class FetchedMetrics(ControllerShape, frozen=True, kw_only=True):
    """One answer of a metrics API."""

    api: str = ""
    metric: str = ""
    resource: str = ""
    container: str = ""
    selector: str = ""
    error: str = ""
    milli: int | None = None
    series_milli: tuple[int, ...] | None = None
    pods: tuple[RecordedSample, ...] | None = None


class RecordedTolerance(ControllerShape, frozen=True, kw_only=True):
    """Tolerances of both directions, as plain ratios."""

    up: float = 0.0
    down: float = 0.0


class ReplicasInput(ControllerShape, frozen=True, kw_only=True):
    """The input of one function of the replica calculator."""

    cpu_initialization_s: float = 0.0
    initial_readiness_delay_s: float = 0.0
    current_replicas: int = 0
    status_replicas: int = 0
    fetched: tuple[FetchedMetrics, ...] = ()
    pods: tuple[RecordedPod, ...] = ()
    tolerance: RecordedTolerance = RecordedTolerance()
    resource: str = ""
    container: str = ""
    metric: str = ""
    metric_selector: Mapping[str, Any] | None = None
    namespace: str = ""
    object: Mapping[str, Any] | None = None
    target_utilization: int | None = None
    target_milli: int | None = None

    @property
    def delays(self) -> PodDelays:
        """For how long young pods do not count."""
        return PodDelays(self.cpu_initialization_s, self.initial_readiness_delay_s)

    @property
    def tolerances(self) -> Tolerances:
        """The tolerances of both directions."""
        return Tolerances(self.tolerance.up, self.tolerance.down)


class RecordedScale(ControllerShape, frozen=True, kw_only=True):
    """The target's scale, or why it could not be read."""

    spec_replicas: int = 0
    status_replicas: int = 0
    selector: str = ""
    error: str = ""


class ReconcileInput(ControllerShape, frozen=True, kw_only=True):
    """The input of one look."""

    spec: Mapping[str, Any]
    status: Mapping[str, Any] = {}
    scale: RecordedScale = RecordedScale()
    memory: RecordedMemory = RecordedMemory()
    gates: Mapping[str, bool] = {}
    namespace: str = ""
    downscale_window_s: float = 300.0
    tolerance_flag: float = 0.1


class LimitInput(ControllerShape, frozen=True, kw_only=True):
    """Sizes of an object without `behavior`."""

    current: int = 0
    desired: int = 0
    min: int = 0
    max: int = 0


class BehaviorArguments(LimitInput, frozen=True, kw_only=True):
    """What windows and policies are applied to; `scaleUp`, `scaleDown` as in `spec.behavior`."""

    scale_up: Mapping[str, Any] | None = msgspec.field(default=None, name="scaleUp")
    scale_down: Mapping[str, Any] | None = msgspec.field(default=None, name="scaleDown")


def memory_of(recorded: RecordedMemory) -> HpaMemory:
    """The memory, with the moment of the call as 0."""

    def changes(rows: Sequence[RecordedChange]) -> tuple[PastChange, ...]:
        return tuple(
            PastChange(
                -row.age_s, (row.replicas if row.change is None else row.change) or 0, row.outdated
            )
            for row in rows
        )

    return HpaMemory(
        recommendations=changes(recorded.recommendations),
        ups=changes(recorded.scale_up_events),
        downs=changes(recorded.scale_down_events),
        seen=recorded.seen_before,
    )


def remembered_text(memory: HpaMemory) -> list[Any]:
    """The memory in a form that can be compared: seconds to the tenth, replicas, outdated."""
    return [
        [[round(-each.at, 1) + 0.0, each.replicas, each.outdated] for each in changes]
        for changes in (memory.recommendations, memory.ups, memory.downs)
    ] + [memory.seen]


def pod_of(recorded: RecordedPod) -> HpaPod:
    """A pod in the rules' type."""
    return HpaPod(
        name=recorded.name,
        phase=recorded.phase,
        ready=recorded.ready,
        ready_age_s=recorded.ready_changed_age_s,
        start_age_s=recorded.start_age_s,
        deleted=recorded.deleted,
        requests=tuple((each.name, each.requests_milli) for each in recorded.containers),
    )


def sample_of(recorded: RecordedSample) -> PodSample:
    """A sample in the rules' type."""
    return PodSample(recorded.milli, recorded.age_s, recorded.window_s)


def answer_of(fetched: Sequence[FetchedMetrics]) -> MetricAnswer:
    """What the metrics API gave for one metric."""
    series: tuple[int, ...] = ()
    pods: dict[str, PodSample] = {}
    error = ""
    for each in fetched:
        error = error or each.error
        series += each.series_milli or ()
        series += () if each.milli is None else (each.milli,)
        pods |= {sample.pod: sample_of(sample) for sample in each.pods or ()}
    return MetricAnswer(series, pods, error)


def release_in(version: str, gates: Mapping[str, bool]) -> HpaRelease:
    """The rule of a release with its feature gates as recorded."""
    release, _ = release_of(version)
    return replace(
        release,
        own_tolerance=gates.get("HPAConfigurableTolerance", release.own_tolerance),
        zero=gates.get("HPAScaleToZero", release.zero),
    )
