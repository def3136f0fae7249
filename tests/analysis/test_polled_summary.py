"""`summary` of polled metrics: numbers computed by hand, and null where nothing was polled."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cli.cli import run
from tests.fixtures import shared
from tests.small_logs import LOGS
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.core.fold.fold import fold
from wvatui.core.queries.health.health_detail import health_detail
from wvatui.core.state.history import FULL_MINUTES
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording

START = 1_788_249_600.0
BOUNDS = (0.01, 0.1, 1.0)


def histogram(*counts: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([1, 0.05 * sum(counts), *counts]))


def objects(cost: float | None = None) -> Iterator[ev.Event]:
    """The objects of a Deployment that an HPA scales, without WVA."""
    yield ev.Header(START, started_at=START, namespace="ns", interval_s=10.0, autoscaler="hpa")
    yield ev.Bounds(START, id=1, le=BOUNDS)
    yield ev.Autoscaler(START, name="h", namespace="ns", target_kind="Deployment", target_name="d")
    if cost is not None:
        yield ev.Variant(
            START,
            name="d",
            namespace="ns",
            source="HorizontalPodAutoscaler",
            target_name="d",
            cost=cost,
        )
    for name in ("a", "b"):
        yield ev.Pod(START, name=name, namespace="ns", role="model", labels={"app": "d"})


def workload(at: float, ready: int) -> ev.Workload:
    return ev.Workload(
        START + at,
        kind="Deployment",
        name="d",
        namespace="ns",
        spec=ready,
        ready=ready,
        selector={"app": "d"},
    )


def session(cost: float | None = None) -> list[ev.Event]:
    """One replica for 60 s, three for 40 s; pod a restarts its engine after 50 s."""
    events: list[ev.Event] = [*objects(cost), workload(0, 1)]
    for at in range(0, 101, 10):
        if at == 60:
            events.append(workload(60, 3))
        count = 7 + at // 10 if at < 50 else (at - 50) // 10
        events += [
            ev.Scrape(
                START + at,
                pod="a",
                kv=at / 200,
                waiting=at // 10,
                prompt_tokens=100 * count,
                generation_tokens=10 * count,
                ttft=histogram(0, count, 0, 0),
            ),
            ev.Scrape(
                START + at + 0.2,
                pod="b",
                kv=0.5,
                waiting=10 - at // 10,
                prompt_tokens=1_000,
                ttft=histogram(0, 0, at // 10, 0),
                itl=histogram(5, 0, 0, 0),
            ),
            ev.Tick(START + at + 0.5),
        ]
    return events


def told(events: list[ev.Event]) -> dict[str, Any]:
    return summary(fold(EMPTY, events), "session")


def test_replicas_are_summed_from_the_ladder_where_no_controller_decides() -> None:
    numbers = told(session())
    # From the first tick (0.5 s) to the last one (100.5 s).
    assert numbers["replica_seconds"] == pytest.approx(1 * 60 + 3 * 40)
    assert (numbers["span_s"], numbers["replicas_max"]) == (100.0, 3)
    assert numbers["replicas_avg"] == pytest.approx(1.8)
    assert numbers["driver"] == "HPA"
    assert (numbers["replica_s"], numbers["span"], numbers["cost"]) == (None, None, None)


def test_cost_is_replica_hours_times_the_unit_cost() -> None:
    assert told(session(cost=20.0))["cost"] == pytest.approx(180 / 3600 * 20)


def test_kv_and_waiting_are_those_that_pods_showed() -> None:
    numbers = told(session())
    assert numbers["polled_kv_mean"] == pytest.approx((sum(range(0, 101, 10)) / 200 / 11 + 0.5) / 2)
    assert numbers["polled_kv_peak"] == 0.5
    assert numbers["waiting_max"] == 10
    assert numbers["kv_peak"] is None


def test_quantiles_are_of_all_that_was_observed_also_across_a_restart() -> None:
    numbers = told(session())
    # Pod a: 4 before the restart, 5 after it; pod b: 10. The 10th of 19 is the first of b's.
    assert numbers["ttft_p50_ms"] == pytest.approx(100 + 900 * (9.5 - 9) / 10, abs=0.01)
    assert numbers["ttft_p95_ms"] == pytest.approx(100 + 900 * (18.05 - 9) / 10, abs=0.01)
    assert numbers["ttft_p99_ms"] == pytest.approx(100 + 900 * (18.81 - 9) / 10, abs=0.01)
    # Nothing was added to b's ITL, and a has none.
    assert [numbers[f"itl_{q}_ms"] for q in ("p50", "p95", "p99")] == [None] * 3


def test_tokens_are_what_counters_grew_by_also_across_a_restart() -> None:
    numbers = told(session())
    assert numbers["prompt_tokens"] == 100 * 9
    assert numbers["generation_tokens"] == 10 * 9


def test_a_workload_counts_once_when_another_object_comes_to_declare_it() -> None:
    declared = ev.Variant(
        START + 40, name="v", namespace="ns", source="VariantAutoscaling", target_name="d"
    )
    events = sorted([*session(), declared], key=lambda event: event.at)
    state = fold(EMPTY, events)
    assert len(state.ladder) == 2
    numbers = summary(state, "session")
    assert (numbers["replicas_max"], numbers["replica_seconds"]) == (3, 180.0)


def test_a_variant_that_was_deleted_runs_no_more() -> None:
    events = [
        event for event in session() if event.at < START + 60 or not isinstance(event, ev.Workload)
    ]
    gone = [
        ev.Deleted(START + 50, kind=kind, namespace="ns", name=name, source=source)
        for kind, name, source in (("hpa", "h", ""), ("workload", "d", "Deployment"))
    ]
    numbers = told(sorted([*events, *gone], key=lambda event: event.at))
    assert (numbers["replica_seconds"], numbers["span_s"]) == (50.0, 50.0)


POLLED = (
    "replicas_avg",
    "replicas_max",
    "replica_seconds",
    "cost",
    "polled_kv_mean",
    "polled_kv_peak",
    "waiting_max",
    "ttft_p50_ms",
    "ttft_p95_ms",
    "ttft_p99_ms",
    "itl_p50_ms",
    "itl_p95_ms",
    "itl_p99_ms",
    "prompt_tokens",
    "generation_tokens",
)


def logged(lines: list[str]) -> State:
    return fold(EMPTY, [ev.Log(START + n / 100, line=line) for n, line in enumerate(lines)])


def test_what_was_not_polled_is_null() -> None:
    numbers = summary(logged(LOGS["HEAD"]), "log")
    assert {name: numbers[name] for name in POLLED} == dict.fromkeys(POLLED)
    assert (numbers["replica_s"], numbers["span"]) == (660, 300)


def test_the_text_has_the_same_numbers(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in session(cost=20.0)))
    text = run("summary", str(path)).out
    assert "1.80 on average, at most 3, 180 replica-seconds over 100 s, cost 1" in text
    assert "mean 37.5%, peak 50.0%" in text
    assert "polled TTFT      p50 145.0 ms, p95 914.5 ms, p99 982.9 ms" in text
    assert "900 of prompts, 90 generated" in text
    assert "scaled by        HPA; no log of a WVA controller" in text
    assert "not recognised" not in text
    assert "0 cycles" not in text


def test_a_session_of_keda_alone_has_its_replicas_and_latencies() -> None:
    path = shared("real-cluster-2026/keda-queue.jsonl.gz")
    text = run("summary", str(path)).out
    assert "scaled by        KEDA" in text
    assert "at most 6" in text


# --- silences -----------------------------------------------------------------------------------


def minutes(*at: int) -> dict[str, Any]:
    lines = [
        line.replace("2026-09-01T08:00", f"2026-09-01T08:{minute:02}")
        for minute in at
        for line in LOGS["HEAD"][:6]
    ]
    return summary(logged(lines), "log")


def test_a_silence_of_several_cycles_is_a_gap() -> None:
    assert minutes(*range(10))["gaps"] == 0
    assert minutes(0, 1, 2, 3, 4, 9, 10, 11, 12)["gaps"] == 1
    assert minutes(0, 1, 2, 3, 9, 10, 11, 20, 21)["gaps"] == 2


def test_the_screen_lists_the_silences_that_are_counted() -> None:
    lines = [
        line.replace("2026-09-01T08:00", f"2026-09-01T08:{minute:02}")
        for minute in (0, 1, 2, 9, 10)
        for line in LOGS["HEAD"][:6]
    ]
    [gap] = health_detail(logged(lines)).gaps
    assert (gap.source, gap.until - gap.since) == ("log", 7 * 60.0)


def test_a_controller_that_starts_again_in_a_log_has_restarted() -> None:
    start = [
        '{"level":"info","ts":"2026-09-01T08:0%s:05Z","msg":"Starting manager"}',
        '{"level":"info","ts":"2026-09-01T08:0%s:06Z","msg":"Starting manager"}',
    ]
    cycles = [LOGS["HEAD"][6 * n : 6 * n + 6] for n in range(6)]
    for starts, restarts in (((0,), 0), ((0, 3), 1), ((2, 4), 2), ((), 0)):
        lines = [
            line
            for n, cycle in enumerate(cycles)
            for line in (*(each % n for each in start if n in starts), *cycle)
        ]
        data = io.BytesIO("\n".join(lines).encode())
        numbers = summary(fold(EMPTY, list(open_recording(data).events())), "log")
        assert numbers["restarts"] == restarts, starts


def test_three_minutes_without_a_line_of_a_real_log_are_a_gap() -> None:
    path = shared(
        "wva-experiments-2025/capacity-based-multi-model-parallel-20251209-141241"
        "/wva-controller-logs.jsonl"
    )
    assert '"gaps": 1' in run("summary", str(path), "-o", "json").out


def test_a_long_session_keeps_the_numbers_of_its_first_hours() -> None:
    events: list[ev.Event] = [*objects(), workload(0, 1)]
    hours = FULL_MINUTES // 60 + 1
    for minute in range(60 * hours + 1):
        kv, waiting = (0.9, 8) if minute < 30 else (0.1, 0)
        events += [
            ev.Scrape(
                START + 60 * minute,
                pod="a",
                kv=kv,
                waiting=waiting,
                prompt_tokens=10 * minute,
                ttft=histogram(0, minute, 0, 0),
            ),
            ev.Tick(START + 60 * minute + 0.5),
        ]
    numbers = told(events)
    assert numbers["polled_kv_peak"] == 0.9
    assert numbers["waiting_max"] == 8
    assert numbers["prompt_tokens"] == 600 * hours


def test_a_pod_that_is_gone_for_hours_still_counts() -> None:
    events: list[ev.Event] = [*objects(), workload(0, 1)]
    events += [
        ev.Scrape(START + at, pod="a", kv=0.7, prompt_tokens=at, ttft=histogram(0, at, 0, 0))
        for at in range(0, 61, 10)
    ]
    events.append(ev.Deleted(START + 70, kind="pod", namespace="ns", name="a"))
    events.append(ev.Deleted(START + 70 + 3 * 3600, kind="pod", namespace="ns", name="b"))
    numbers = told(events)
    assert (numbers["prompt_tokens"], numbers["polled_kv_peak"]) == (60, 0.7)
    assert numbers["ttft_p50_ms"] == pytest.approx(55.0)
