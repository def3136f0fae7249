"""A fake session, and a made-up world with rows whose numbers the test chooses."""

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.ui import fake_cycles, fake_load
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.core.findings import Finding
from wvatui.core.queries.pods.polled import LatencyRow
from wvatui.core.queries.pods.replica_time import PriceList, RunningCost
from wvatui.core.queries.pods.window import EngineBalance
from wvatui.core.rows.cycle_views import CycleDetail, CycleRow
from wvatui.core.rows.header_view import HeaderView
from wvatui.core.rows.health_views import HealthDetail, HealthRow
from wvatui.core.rows.load_views import (
    ExperimentView,
    JobRow,
    PlannedStageRow,
    ResultRow,
    StageBand,
    StageRow,
)
from wvatui.core.rows.scale_views import Scaling
from wvatui.core.rows.views import (
    ChartView,
    ConditionRow,
    DecisionRow,
    EventRow,
    FactRow,
    HeatRow,
    HeatView,
    KubeEventRow,
    LimitLine,
    LogRow,
    PodDetail,
    RankRow,
    ReplicaRow,
    SampleRow,
    SeriesView,
    Thresholds,
    Totals,
    VariantDetail,
    VariantRow,
)
from wvatui.core.state.session_window import SessionWindow
from wvatui.errors import UsageError
from wvatui.session.base import Capabilities, SessionStatus

START = 1_788_249_600.0  # 2026-09-01T08:00:00Z


_VARIANT = ("llm-d-sim", "qwen3-32b-h100")
COST = RunningCost(4.5, 9.6, {_VARIANT: RunningCost(4.5, 9.6)}, {_VARIANT: 3.2})


@dataclass(eq=False)
class World:
    """A stand-in for a State; like the real one it is compared by identity."""

    header: HeaderView
    cost: RunningCost = COST
    health: tuple[HealthRow, ...] = ()
    variants: tuple[VariantRow, ...] = ()
    replicas: tuple[ReplicaRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()
    log: tuple[LogRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    totals: Totals = field(default_factory=Totals)
    charts: dict[str, Callable[[float, float, int], ChartView]] = field(default_factory=dict)
    cycles: tuple[CycleRow, ...] = ()
    details: dict[float, CycleDetail] = field(default_factory=dict)
    whys: dict[float, CycleWhy] = field(default_factory=dict)
    health_detail: HealthDetail = field(default_factory=fake_cycles.quiet)
    findings: tuple[Finding, ...] = ()
    scaling: Scaling = field(default_factory=Scaling)
    jobs: tuple[JobRow, ...] = ()
    plan: tuple[PlannedStageRow, ...] = ()
    job_log: tuple[tuple[float, str], ...] = ()
    results: tuple[ResultRow, ...] = ()
    stage_rows: tuple[StageRow, ...] = ()
    experiment: ExperimentView | None = None
    stages: tuple[StageBand, ...] = ()
    pod: PodDetail = field(default_factory=lambda: PodDetail("", None))
    variant: VariantDetail = field(default_factory=lambda: VariantDetail("", None))
    window: SessionWindow = field(default_factory=SessionWindow)


class WorldViews:
    """The answers of the core's queries for a World: a method with the name of each query."""

    def __call__(self, query: Callable[..., Any], state: World, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, query.__name__)(state, *args, **kwargs)

    def header(self, state: World) -> HeaderView:
        return state.header

    def health(self, state: World) -> tuple[HealthRow, ...]:
        return state.health

    def variants(self, state: World) -> tuple[VariantRow, ...]:
        return state.variants

    def replicas(self, state: World, variant: str | None = None) -> tuple[ReplicaRow, ...]:
        return tuple(r for r in state.replicas if variant in (None, r.variant))

    def decisions(
        self, state: World, limit: int = 50, scope: str | None = None, quiet: bool = False
    ) -> tuple[DecisionRow, ...]:
        return tuple(d for d in state.decisions if scope in (None, d.variant))[:limit]

    def log_tail(
        self, state: World, limit: int = 200, pattern: str = "", level: str = ""
    ) -> tuple[LogRow, ...]:
        if pattern == "(":
            raise ValueError("not a regular expression: missing )")
        inverse = pattern.startswith("!")
        wanted = pattern[inverse:]
        rows = [r for r in state.log if not wanted or (wanted in r.text) != inverse]
        return tuple(rows[-limit:])

    def log_matches(self, state: World, pattern: str = "", level: str = "") -> Sequence[int]:
        rows = self.log_tail(state, len(state.log) + 1, pattern)
        return tuple(row.index for row in rows if level in ("", row.level))

    def log_rows(
        self, state: World, indices: Iterable[int], *, whole: bool = False
    ) -> tuple[LogRow, ...]:
        wanted = list(indices)
        return tuple(row for row in state.log if row.index in wanted)

    def cycles(
        self, state: World, limit: int = 200, variant: str | None = None
    ) -> tuple[CycleRow, ...]:
        return state.cycles[:limit]

    def cycle_detail(self, state: World, at: float) -> CycleDetail | None:
        return state.details.get(at)

    def cycle_why(self, state: World, at: float) -> CycleWhy | None:
        return state.whys.get(at)

    def scaler_why(self, state: World, row: DecisionRow) -> CycleWhy | None:
        return None

    def decision_whys(
        self, state: World, rows: tuple[DecisionRow, ...]
    ) -> tuple[tuple[str, ...], ...]:
        return ((),) * len(rows)

    def cycle_of(self, state: World, line_index: int) -> float | None:
        return self.line_cycles(state, (line_index,))[0]

    def line_cycles(self, state: World, indices: Sequence[int]) -> tuple[float | None, ...]:
        """The cycle of each line: ten lines per cycle, of which the tenth belongs to none."""
        starts = sorted(row.at for row in state.cycles)
        return tuple(
            starts[i // 10] if i // 10 < len(starts) and i % 10 < 9 else None for i in indices
        )

    def health_detail(self, state: World) -> HealthDetail:
        return state.health_detail

    def scaling(self, state: World) -> Scaling:
        return state.scaling

    def findings(self, state: World) -> tuple[Finding, ...]:
        return state.findings

    def events(self, state: World, kinds: frozenset[str] | None = None) -> tuple[EventRow, ...]:
        return tuple(e for e in state.events if kinds is None or e.kind in kinds)

    def jobs(self, state: World) -> tuple[JobRow, ...]:
        return state.jobs

    def job_plan(self, state: World, key: str) -> tuple[PlannedStageRow, ...]:
        return state.plan

    def job_log(self, state: World, key: str, limit: int = 200) -> tuple[tuple[float, str], ...]:
        return state.job_log[-limit:]

    def job_results(self, state: World) -> tuple[ResultRow, ...]:
        return state.results

    def experiment(self, state: World) -> ExperimentView | None:
        return state.experiment

    def stage_rows(self, state: World) -> tuple[StageRow, ...]:
        return state.stage_rows

    def stage_shares(
        self, state: World, limits: tuple[tuple[str, float], ...]
    ) -> tuple[tuple[float | None, ...], ...]:
        return tuple((0.971,) * len(limits) for _ in state.stage_rows)

    def stages(self, state: World) -> tuple[StageBand, ...]:
        return state.stages

    def thresholds(self, state: World, model: str = "") -> Thresholds:
        return Thresholds(0.8, 5, 0.1, 3, 0.85, 0.7, {})

    def totals(self, state: World) -> Totals:
        return state.totals

    def heat(
        self,
        state: World,
        metric: str,
        since: float,
        until: float,
        columns: int,
        scope: str | None = None,
    ) -> HeatView:
        rows = []
        for number, row in enumerate(state.replicas):
            if scope not in (None, row.variant):
                continue
            step = (until - since) / columns
            times = [since + (n + 0.5) * step - START for n in range(columns)]
            known = [0 <= t <= 754 and not 610 < t < 640 for t in times]
            values = [kv_at(number, t) if k else None for t, k in zip(times, known, strict=True)]
            rows.append(HeatRow(row.pod, row.variant, tuple(values), limits=(0.8,) * columns))
        title = {"kv": "KV cache by pod", "waiting": "Waiting requests by pod"}
        return HeatView(
            metric,
            title.get(metric, "Running requests by pod"),
            "ratio",
            since,
            until,
            columns,
            tuple(rows),
            0.8,
            "assumed",
            GAPS,
            "" if rows else "no model pods found yet",
        )

    def pod_detail(self, state: World, pod: str) -> PodDetail:
        row = next((row for row in state.replicas if row.pod == pod), None)
        return replace(state.pod, pod=pod, row=row)

    def pod_latencies(
        self, state: World, pod: str, since: float, until: float
    ) -> tuple[LatencyRow, ...]:
        nothing = (None, None, None)
        return (
            LatencyRow("ttft", (45.0, 120.0, 1210.0), (40.0, 90.0, 800.0), (41.0, 95.0, 990.0)),
            LatencyRow("itl", (8.2, 9.1, 30.0), None, (8.0, 9.0, 28.0)),
            LatencyRow("e2e", nothing, nothing, (1210.0, 4000.0, 35_000.0)),
        )

    def every_event(self, state: World) -> tuple[KubeEventRow, ...]:
        return (*state.pod.kube_events, *state.variant.kube_events)

    def variant_detail(self, state: World, key: str) -> VariantDetail:
        row = next((row for row in state.variants if row.key == key), None)
        return replace(state.variant, key=key, row=row, decisions=state.decisions)

    def has_source(self, state: World, chart: str) -> bool:
        return True

    def trend(self, state: World, pod: str, metric: str, *_: str) -> tuple[float | None, ...]:
        return (None, *(n / 9 for n in range(9)))

    def running_cost(self, state: World, prices: PriceList) -> RunningCost:
        return state.cost

    def attained(self, state: World, metric: str, limit_ms: float) -> float | None:
        return {"ttft": 0.971, "itl": 0.9}.get(metric)

    def balance(self, state: World) -> EngineBalance | None:
        return EngineBalance("m", 2, "green", 1.4) if len(state.header.endpoints) > 1 else None

    def has_decisions(self, state: World) -> bool:
        return not state.header.endpoints

    def has_log(self, state: World) -> bool:
        return bool(state.header.with_wva)

    def chart(
        self,
        state: World,
        name: str,
        *,
        since: float,
        until: float,
        columns: int,
        scope: str | None = None,
        pod: str | None = None,
    ) -> ChartView:
        if name in state.charts:
            return state.charts[name](since, until, columns)
        return ChartView(name, "ratio", since, until, (), note="no samples yet: nothing answered")


class FakeSession:
    """A session that the test controls; it remembers the calls of the screen."""

    def __init__(self, world: World, status: SessionStatus, capabilities: Capabilities) -> None:
        self.state: Any = world
        self.status = status
        self.capabilities = capabilities
        self.beside = None
        self.asked: list[tuple[object, ...]] = []
        self.snapshot_path = Path("/tmp/run.csv")
        self.hangs = False
        self.error: Exception | None = None
        self._listener: Callable[[Any, SessionStatus], None] | None = None
        self._stop = asyncio.Event()

    def listen(self, listener: Callable[[Any, SessionStatus], None]) -> None:
        self._listener = listener

    def push(self, world: World | None = None, **status: Any) -> None:
        """Notify the screen of a new World or a changed status."""
        self.state = world if world is not None else self.state
        self.status = replace(self.status, **status)
        if self._listener is not None:
            self._listener(self.state, self.status)

    async def run(self) -> None:
        if self.error is not None:
            raise self.error
        while self.hangs:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue
        await self._stop.wait()

    def stop(self, reason: str) -> None:
        self.asked.append(("stop", reason))
        self._stop.set()

    async def aclose(self) -> None:
        self.asked.append(("aclose",))

    def retry(self) -> None:
        self.asked.append(("retry", True))

    def mark(self, note: str) -> None:
        self.asked.append(("mark", note))

    def freeze(self, on: bool) -> None:
        self.asked.append(("freeze", on))
        self.push(frozen=on)

    def snapshot(self) -> Path:
        self.asked.append(("snapshot",))
        return self.snapshot_path

    def keep(self, text: str, ending: str) -> Path:
        self.asked.append(("keep", ending))
        self.kept = text
        return Path(f"/sessions/kept{ending}")

    def export_table(self, table: str) -> list[Path]:
        self.asked.append(("export_table", table))
        return [self.snapshot_path.with_name(f"run-{table}.csv")]

    @property
    def newest(self) -> Any:
        return self.state

    @property
    def launcher(self) -> Any:
        raise UsageError("watching is read-only", hint="start with --allow-write")

    def to_live(self) -> None:
        self.asked.append(("to_live",))
        self.push(at_edge=True, shown_at=self.status.ended_at)

    def play(self) -> None:
        self.asked.append(("play",))

    def pause(self) -> None:
        self.asked.append(("pause",))

    def toggle(self) -> None:
        self.asked.append(("toggle",))
        self.push(playing=not self.status.playing)

    def faster(self) -> float:
        self.asked.append(("faster",))
        self.push(speed=self.status.speed * 2)
        return self.status.speed

    def slower(self) -> float:
        self.asked.append(("slower",))
        self.push(speed=self.status.speed / 2)
        return self.status.speed

    async def step(self, direction: int) -> None:
        self.asked.append(("step", direction))

    async def seek(self, to: str) -> float:
        self.asked.append(("seek", to))
        if to == "nonsense":
            raise UsageError("nonsense is no time")
        return 0.0

    async def jump(self, direction: int) -> EventRow | None:
        self.asked.append(("jump", direction))
        return EventRow(START, "decision", "qwen scale-up 1→2") if direction > 0 else None


def status(mode: str = "LIVE", at: float = 754.0, **changes: Any) -> SessionStatus:
    """The status of a session `at` seconds after its start."""
    base = SessionStatus(
        live=mode == "LIVE",
        playing=True,
        speed=1.0 if mode == "LIVE" else 8.0,
        shown_at=START + at,
        started_at=START,
        ended_at=START + (at if mode == "LIVE" else 1800.0),
        recording=Path("/sessions/20260901T080000-llm-d-sim.jsonl"),
        recording_bytes=1_240_000,
        recording_state="recording" if mode == "LIVE" else "",
        frozen=False,
    )
    return replace(base, **changes)


LIVE = Capabilities(can_record=True, can_go_back=True, ends=True)
REPLAY = Capabilities(can_go_back=True)
UNRECORDED = Capabilities(ends=True)
"""The capabilities of a live session that is not recorded, so that one cannot go back."""
PODS = ("7d9f5c6b8-abcde", "7d9f5c6b8-fghij", "7d9f5c6b8-k2lmn", "7d9f5c6b8-x9pqr")


def header(at: float, **changes: Any) -> HeaderView:
    base = HeaderView(
        context="kind-wva",
        namespace="llm-d-sim",
        models=("Qwen/Qwen3-32B",),
        controller_version="v0.9.x",
        analyzer="V2 saturation",
        driver="HPA + WVA",
        scalers=("HPA",),
        now=START + at,
        started_at=START,
        label="",
    )
    return replace(base, **changes)


def kv_at(pod: int, t: float) -> float | None:
    """KV use of a pod in the made-up run: two pods fill up, a third joins at 420 s."""
    if pod == 2:
        return None if t < 430 else 0.55 * (1 - math.exp(-(t - 430) / 90))
    if pod == 3:
        return None
    load = 0.15 + 0.8 / (1 + math.exp(-(t - 300) / 60))
    relief = 0.35 / (1 + math.exp(-(t - 520) / 40))
    wave = 0.04 * math.sin(t / 17 + pod) + 0.02 * math.sin(t / 5.3 + 2 * pod)
    return max(0.0, min(1.0, load - relief * (1 - 0.2 * pod) - 0.06 * pod + wave))


def _by_pod(
    title: str, unit: str, value: Callable[[int, float], float | None], limit: float, text: str
) -> Callable[[float, float, int], ChartView]:
    def build(since: float, until: float, columns: int) -> ChartView:
        step = (until - since) / columns
        series = []
        for pod, name in enumerate(PODS[:3]):
            points: list[tuple[float, float | None]] = []
            for i in range(columns):
                at = since + (i + 0.5) * step
                t = at - START
                shown = 0 <= t <= 754 and not 610 < t < 640
                points.append((at, value(pod, t) if shown else None))
            series.append(SeriesView(f"qwen3-32b-h100-{name}", tuple(points)))
        line = LimitLine(text, limit)
        return ChartView(title, unit, since, until, tuple(series), (line,), MARKS, GAPS)

    return build


MARKS = (
    (START + 90, "mark", "load on"),
    (START + 372, "scale-up", "2→3"),
    (START + 690, "scale-up", "3→4"),
)
GAPS = ((START + 610, START + 640),)


def _replicas(since: float, until: float, columns: int) -> ChartView:
    def steps(*changes: tuple[float, float]) -> tuple[tuple[float, float | None], ...]:
        points = [(START + t, v) for t, v in changes]
        return (*points, (min(until, START + 754), points[-1][1]))

    series = (
        SeriesView("decision", steps((0, 2), (372, 3), (690, 4)), "step"),
        SeriesView("desired", steps((0, 2), (385, 3), (700, 4)), "step"),
        SeriesView("spec", steps((0, 2), (387, 3), (702, 4)), "step"),
        SeriesView("ready", steps((0, 2), (428, 3)), "step"),
        SeriesView("serving", steps((0, 2), (430, 3)), "step"),
    )
    return ChartView("Replicas", "replicas", since, until, series, (), MARKS, GAPS)


def _utilization(since: float, until: float, columns: int) -> ChartView:
    points = tuple(
        (
            START + t,
            0.2 + 0.75 / (1 + math.exp(-(t - 330) / 60)) - 0.3 / (1 + math.exp(-(t - 540) / 40)),
        )
        for t in range(30, 754, 30)
    )
    limits = (LimitLine("scale up above", 0.85), LimitLine("scale down below", 0.7))
    series = (SeriesView("saturation", points),)
    return ChartView("Model utilization", "ratio", since, until, series, limits, MARKS, GAPS)


CHARTS = {
    "lane": lambda since, until, _: ChartView("", "", since, until, (), marks=MARKS, gaps=GAPS),
    "kv": _by_pod("KV cache by pod", "ratio", kv_at, 0.8, "saturated, assumed"),
    "waiting": _by_pod(
        "Waiting requests by pod",
        "requests",
        lambda pod, t: (
            None if kv_at(pod, t) is None else max(0.0, round(40 * ((kv_at(pod, t) or 0) - 0.62)))
        ),
        5,
        "saturated",
    ),
    "replicas": _replicas,
    "utilization": _utilization,
}


def replica(pod: int, state: str, text: str = "", **changes: Any) -> ReplicaRow:
    base = ReplicaRow(
        pod=f"qwen3-32b-h100-{PODS[pod]}",
        variant="qwen3-32b-h100",
        namespace="llm-d-sim",
        model="Qwen/Qwen3-32B",
        accelerator="H100",
        state=state,  # type: ignore[arg-type]
        state_text=text,
        kv_ratio=None,
        running=None,
        waiting=None,
        ttft_p95_ms=None,
        itl_p95_ms=None,
        tokens_per_s=None,
        preemptions=None,
        saturated=None,
        sample_at=None,
        sample_age_s=None,
        source="pod",
        restarts=0,
        node="n1",
        age_s=1000.0 - 100 * pod,
    )
    return replace(base, **changes)


def variant(**changes: Any) -> VariantRow:
    base = VariantRow(
        key="llm-d-sim/qwen3-32b-h100",
        name="qwen3-32b-h100",
        namespace="llm-d-sim",
        model="Qwen/Qwen3-32B",
        accelerator="H100",
        cost=40.0,
        source="VariantAutoscaling",
        target=4,
        desired=4,
        spec=4,
        ready=3,
        serving=3,
        min=1,
        max=8,
        saturated=1,
        measured=3,
        kv_mean=0.66,
        kv_max=0.87,
        waiting_sum=14,
        waiting_max=9,
        running_sum=96,
        ttft_p95_ms=1240.0,
        itl_p95_ms=45.2,
        action="scale-up",
        decision_age_s=64.0,
        reason="demand 182400 / 0.85 exceeds supply 197120 by 17465 tokens",
        blocked="",
    )
    return replace(base, **changes)


HAPPENED = (
    KubeEventRow(
        START + 700,
        True,
        f"Pod/qwen3-32b-h100-{PODS[0]}",
        "Unhealthy",
        "Readiness probe failed: HTTP probe failed with statuscode: 503",
        3,
    ),
    KubeEventRow(
        START + 90,
        False,
        f"Pod/qwen3-32b-h100-{PODS[0]}",
        "Pulled",
        "Container image already present on machine",
        1,
    ),
)
RANKS = (
    RankRow("port 8000", "", 0.1, 2, 0, False),
    RankRow("port 8001", "", 0.97, 2, 40, True),
    RankRow("port 8002", "", 0.2, 2, 0, False),
    RankRow("port 8003", "", None, None, None, None, "connection refused"),
)

POD = PodDetail(
    pod="",
    row=None,
    facts=(
        FactRow("state", "saturated", level="bad"),
        FactRow("created", age_s=1000.0),
        FactRow("start", "scheduled +2s, running +12s, ready +64s"),
        FactRow("restarts", "0"),
        FactRow("node", ""),
        FactRow("image", "vllm/vllm-openai:v0.11.0", source="Deployment"),
    ),
    kube_events=HAPPENED,
    samples=(
        SampleRow("KV cache use", 0.8712, "ratio"),
        SampleRow("Running requests", 38.0, "requests"),
        SampleRow("Preemptions", 0.0, "requests", "lifetime total"),
        SampleRow("Prompt tokens", None, "tokens"),
        SampleRow("Time to first token", 0.213, "s", "lifetime mean of 128"),
    ),
    sample_at=START + 753,
    sample_age_s=1.0,
    sample_source="the pod's own page port 8200, read in 4 ms",
)
VARIANT = VariantDetail(
    key="",
    row=None,
    facts=(
        FactRow("held up", "HPA qwen: FailedGetExternalMetric: no metrics returned", level="warn"),
        FactRow("model", "Qwen/Qwen3-32B"),
        FactRow("cost", "40 per replica"),
        FactRow("replicas", "1 to 8"),
    ),
    conditions=(
        ConditionRow("HPA", "AbleToScale", "True", "ok", "ReadyForNewScale: recommended", 600.0),
        ConditionRow("HPA", "ScalingActive", "False", "bad", "FailedGetExternalMetric: none"),
        ConditionRow("HPA", "ScalingLimited", "True", "warn", "TooManyReplicas"),
    ),
    limits=tuple(
        FactRow(name, text, source="configured")
        for name, text in (
            ("saturated: KV from", "0.8"),
            ("saturated: queue from", "5"),
            ("spare KV wanted", "0.1"),
            ("spare queue wanted", "3"),
            ("scale up above", "0.85"),
            ("scale down below", "0.7"),
        )
    ),
    kube_events=HAPPENED,
)


def live(at: float = 754.0) -> World:
    """The made-up run while it is busy: one pod is saturated, one boots."""
    return World(
        header=header(at),
        health=(
            HealthRow("variants", "variants", "ok", 4.0, "ok"),
            HealthRow("workloads", "workloads", "ok", 4.0, "ok"),
            HealthRow("autoscalers", "autoscalers", "ok", 2.0, "ok"),
            HealthRow("controller", "controller", "ok", 12.0, "ok"),
            HealthRow("log", "controller log", "ok", 3.0, "ok"),
            HealthRow("pods", "pod metrics", "ok", 1.0, "3/4 pods answer, every 2.0 s"),
            HealthRow("events", "events", "ok", 40.0, "ok"),
        ),
        variants=(variant(),),
        replicas=(
            replica(
                0,
                "saturated",
                kv_ratio=0.87,
                running=38,
                waiting=9,
                saturated=True,
                ttft_p95_ms=1890.0,
                itl_p95_ms=52.0,
                sample_age_s=1.0,
                sample_at=START + 753,
            ),
            replica(
                1,
                "warm",
                kv_ratio=0.71,
                running=33,
                waiting=5,
                saturated=False,
                ttft_p95_ms=940.0,
                itl_p95_ms=44.0,
                sample_age_s=1.0,
                sample_at=START + 753,
            ),
            replica(
                2,
                "ok",
                kv_ratio=0.41,
                running=25,
                waiting=0,
                saturated=False,
                ttft_p95_ms=210.0,
                itl_p95_ms=31.0,
                sample_age_s=2.0,
                sample_at=START + 752,
            ),
            replica(3, "starting", "starting: loading the model, 42 s", source=""),
        ),
        decisions=(
            DecisionRow(
                START + 690,
                "qwen3-32b-h100",
                "Qwen/Qwen3-32B",
                "scale-up",
                3,
                4,
                "demand 182400 / 0.85 exceeds supply 197120 by 17465 tokens",
                4,
            ),
            *(
                DecisionRow(
                    START + t,
                    "qwen3-32b-h100",
                    "Qwen/Qwen3-32B",
                    "no-change",
                    3,
                    3,
                    "utilisation 0.78 between 0.70 and 0.85",
                    3,
                )
                for t in range(660, 380, -30)
            ),
            DecisionRow(
                START + 372,
                "qwen3-32b-h100",
                "Qwen/Qwen3-32B",
                "scale-up",
                2,
                3,
                "demand 154000 / 0.85 exceeds supply 131413 by 49763 tokens",
                4,
            ),
        ),
        log=tuple(log_lines()),
        events=(
            EventRow(START + 90, "mark", "load on"),
            EventRow(START + 372, "decision", "qwen3-32b-h100 scale-up 2→3"),
            EventRow(START + 610, "gap", "pods: no answer"),
            EventRow(START + 690, "decision", "qwen3-32b-h100 scale-up 3→4"),
        ),
        totals=Totals(
            events=9120,
            lines=1240,
            warnings=2,
            errors=1,
            decisions=25,
            ups=2,
            dialects=("console-zap",),
        ),
        charts=dict(CHARTS),
        cycles=fake_cycles.cycles(START),
        details=fake_cycles.details(START, tuple(log_lines())),
        health_detail=fake_cycles.health(START),
        pod=POD,
        variant=VARIANT,
        jobs=fake_load.jobs(),
        plan=fake_load.plan(),
        job_log=fake_load.LOG,
        results=fake_load.results(),
        stage_rows=fake_load.stage_rows(),
    )


def log_lines() -> list[LogRow]:
    texts = (
        ("INFO", "Operating in saturation-only mode"),
        ("DEBUG", "analyzer-result analyzer=saturation supply=197120 utilization=0.925"),
        ("INFO", "Processing decision variant=qwen3-32b-h100 action=scale-up current=3 target=4"),
        ("WARN", "Replica count mismatch variant=qwen3-32b-h100 spec=4 reporting=3"),
        ("INFO", "Applied replicas variant=qwen3-32b-h100 replicas=4"),
        ("ERROR", "unable to fetch metrics for pod qwen3-32b-h100-x9pqr: connection refused"),
        ("INFO", "Optimization completed successfully, emitted 1 variant in 41 ms"),
    )
    return [
        LogRow(n, START + 700 + 2 * n, texts[n % len(texts)][0], texts[n % len(texts)][1], "known")
        for n in range(28)
    ]


def empty() -> World:
    """A session that has just started, without any data."""
    return World(header=header(1.0, models=(), controller_version="", analyzer="", driver=""))


def told_why() -> World:
    """The live world with a reason for every cycle."""
    world = live()
    world.whys = fake_cycles.whys(START, tuple(log_lines()))
    return world


def troubled(at: float = 754.0) -> World:
    """A world with failing sources and unknown log messages."""
    world = live(at)
    world.health = (
        HealthRow("log", "controller log", "bad", 134.0, "connection refused; next try in 8 s"),
        HealthRow("pods", "pod metrics", "bad", None, "denied: get pods/proxy in llm-d-sim"),
        *world.health[:4],
        HealthRow("epp", "gateway (EPP)", "off", None, "not installed"),
    )
    world.totals = replace(
        world.totals, drift="format drift: no known line for 3 cycles, 412 unknown lines"
    )
    world.replicas = tuple(
        replica(n, "unreachable", "no answer for 134 s", sample_age_s=134.0) for n in range(3)
    )
    world.variants = (
        variant(
            kv_mean=None,
            kv_max=None,
            waiting_sum=None,
            waiting_max=None,
            ttft_p95_ms=None,
            itl_p95_ms=None,
            saturated=None,
            measured=0,
            serving=None,
            blocked="HPA llm-d-sim/qwen: FailedGetExternalMetric: no metrics returned",
        ),
    )
    world.charts.pop("kv")
    world.charts.pop("waiting")
    return world


def two_variants(at: float = 754.0) -> World:
    """Two variants of one model, each with replicas of its own."""
    world = live(at)
    other = variant(
        key="llm-d-sim/qwen-l40s", name="qwen-l40s", accelerator="L40S", saturated=0, kv_max=0.31
    )
    mine = replace(world.replicas[0], pod="qwen-l40s-5f7c-aaaaa", variant="qwen-l40s")
    world.variants = (*world.variants, other)
    world.replicas = (*world.replicas, mine)
    return world
