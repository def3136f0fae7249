"""Load made by hand: jobs in every state, their stages, their results."""

from dataclasses import replace

from wvatui.core.results.shape import Benchmark, Spread
from wvatui.core.rows.load_views import (
    JobRow,
    PlannedStageRow,
    ResultRow,
    ServerSide,
    StageBand,
    StageRow,
)

START = 1_788_249_600.0  # 2026-09-01T08:00:00Z


def job_row(name: str = "stair-step", status: str = "running", **changes: object) -> JobRow:
    base = JobRow(
        key=f"Job/llm-d-sim/{name}/u-{name}",
        name=f"wvatui-{name}-abc123",
        namespace="llm-d-sim",
        kind="Job",
        title=name,
        tool="guidellm",
        profile=name,
        source="wvatui",
        harness="",
        session="s1",
        image="ghcr.io/vllm-project/guidellm:v0.7.0",
        target="http://gateway.llm-d-sim:80",
        model="Qwen/Qwen3-32B",
        status=status,
        status_text=status,
        active=status in ("running", "pending"),
        created_at=START + 90,
        started_at=START + 100,
        ended_at=None,
        age_s=664.0,
        elapsed_s=654.0,
        remaining_s=546.0,
        stage="step 2 0.5/s",
        stage_index=1,
        stages=2,
        offered=1.0,
        done=None,
        total=None,
        ratio=0.55,
        ok=120,
        failed=3,
        rate=0.98,
        text="",
        results=0,
        pods=(f"wvatui-{name}-abc123-x1",),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def jobs() -> tuple[JobRow, ...]:
    """A job in each state, and one that somebody else runs."""
    ended = {
        "offered": 0.0,
        "remaining_s": None,
        "ended_at": START + 700,
        "stage_index": None,
        "stage": "",
    }
    return (
        job_row(),
        job_row(
            "spike",
            "pending",
            started_at=None,
            ratio=None,
            ok=None,
            failed=None,
            status_text="pending: FailedScheduling: 0/3 nodes are available",
        ),
        job_row(
            "harness",
            source="found",
            harness="llm-d-benchmark",
            profile="",
            tool="",
            offered=None,
            ratio=None,
            ok=None,
            failed=None,
            stages=0,
        ),
        job_row("constant", "succeeded", ratio=1.0, ok=1200, failed=0, results=1, **ended),
        job_row(
            "warm-up",
            "failed",
            status_text="failed: BackoffLimitExceeded: Error (exit code 1)",
            **ended,
        ),
        job_row("sharegpt-20", "deleted", status_text="deleted: by somebody else", **ended),
    )


def plan() -> tuple[PlannedStageRow, ...]:
    """Stages done, under way, ahead, and never reached."""
    return (
        PlannedStageRow("step 1", 0.5, 0.0, 600.0, START + 100, START + 700, "done"),
        PlannedStageRow("step 2", 0.5, 600.0, 600.0, START + 700, START + 1300, "now"),
        PlannedStageRow("step 3", None, 1200.0, None, START + 1300, None, "ahead"),
        PlannedStageRow("", 8.0, 1800.0, 60.0, None, None, "cut"),
    )


def result(name: str = "stair-step", **changes: object) -> ResultRow:
    base = ResultRow(
        at=START + 700,
        key=f"Job/llm-d-sim/{name}/u-{name}",
        name=name,
        namespace="llm-d-sim",
        title=name,
        tool="guidellm",
        dialect="guidellm-0.7+",
        stage="constant 0.5",
        client=Benchmark(
            strategy="constant",
            ok=300,
            failed=2,
            requests_per_s=0.5,
            output_tokens_per_s=210.0,
            ttft_ms=Spread(mean=81.0, p95=140.0),
            itl_ms=Spread(mean=23.4, p95=31.0),
        ),
        since=START + 100,
        until=START + 700,
        server=ServerSide(75.0, 120.0, 22.9, 30.0, 2),
        ttft_gap_ms=6.0,
        itl_gap_ms=0.5,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def results() -> tuple[ResultRow, ...]:
    """A complete result, and one from a report that has hardly any data."""
    bare = result(
        client=Benchmark(),
        server=ServerSide(),
        ttft_gap_ms=None,
        itl_gap_ms=None,
        stage="",
        problems=("no percentile p50",),
    )
    return (result(), bare)


def stages() -> tuple[StageBand, ...]:
    """Two overlapping stages, and one whose end is unknown."""
    return (
        StageBand(START + 100, START + 700, "stair-step 0.5/s", "wvatui", 0.5, title="stair-step"),
        StageBand(START + 400, START + 700, "stair-step 0.5/s", "wvatui", 0.5, title="stair-step"),
        StageBand(
            START + 720, START + 754, "harness", "llm-d-benchmark", None, open=True, title="harness"
        ),
    )


def stage_row(label: str = "step 1 0.5/s", **changes: object) -> StageRow:
    base = StageRow(
        since=START + 100,
        until=START + 400,
        state="done",
        label=label,
        titles=("stair-step",),
        sources=("wvatui",),
        keys=("Job/llm-d-sim/stair-step/u-stair-step",),
        offered=0.5,
        achieved=0.49,
        ok=147,
        failed=0,
        counted_by="client",
        ttft_p50_ms=75.0,
        ttft_p95_ms=120.0,
        itl_p50_ms=21.5,
        itl_p95_ms=30.0,
        running_mean=12.4,
        running_max=19.0,
        waiting_mean=0.2,
        waiting_max=3.0,
        kv_mean=0.41,
        kv_max=0.68,
        replicas_min=1,
        replicas_max=1,
        replicas_mean=1.0,
        pods=1,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def stage_rows() -> tuple[StageRow, ...]:
    """A stage that went well, one that overloaded the servers, one without measurements."""
    return (
        stage_row(),
        stage_row(
            "",
            titles=("stair-step", "harness"),
            sources=("wvatui", "llm-d-benchmark"),
            since=START + 400,
            until=START + 700,
            offered=4.0,
            achieved=2.1,
            ok=630,
            failed=7,
            counted_by="servers",
            ttft_p50_ms=812.0,
            ttft_p95_ms=14_200.0,
            running_mean=61.0,
            waiting_max=140.0,
            kv_max=0.997,
            replicas_min=1,
            replicas_max=3,
        ),
        stage_row(
            "",
            titles=("harness",),
            sources=("llm-d-benchmark",),
            state="now",
            offered=None,
            since=START + 720,
            until=START + 754,
            achieved=None,
            ok=None,
            failed=None,
            counted_by="",
            ttft_p50_ms=None,
            ttft_p95_ms=None,
            itl_p50_ms=None,
            itl_p95_ms=None,
            running_mean=None,
            waiting_max=None,
            kv_max=None,
            replicas_min=None,
            replicas_max=None,
            pods=0,
        ),
    )


LOG = (
    (START + 110.0, "Creating backend..."),
    (START + 112.0, "Setup complete, starting benchmarks..."),
    (START + 745.0, "✔ constant 0.5 done"),
)
