"""Cycles and health of the made-up run, for the views of decisions, log and health."""

from wvatui.core.explain.explained import ArithmeticStep, Verdict
from wvatui.core.explain.why_rows import CycleWhy
from wvatui.core.rows.cycle_views import (
    AnalysisRow,
    CapacityRow,
    CycleDetail,
    CycleRow,
    CycleSampleRow,
    CycleVariant,
    LimitRow,
)
from wvatui.core.rows.health_views import (
    GapRow,
    HealthDetail,
    LogHealth,
    NoticeRow,
    PollingRow,
    ScrapeFailureRow,
    SourceRow,
    UnknownRow,
)
from wvatui.core.rows.views import DecisionRow, LogRow

H100, L40S = "qwen3-32b-h100", "qwen3-32b-l40s"
MODEL = "Qwen/Qwen3-32B"


def decision(at: float, variant: str, action: str, current: int, target: int) -> DecisionRow:
    reason = "V2 (optimizer: cost-aware)" if action != "no-change" else "V2"
    return DecisionRow(at, variant, MODEL, action, current, target, reason, 4)


def cycles(start: float) -> tuple[CycleRow, ...]:
    """Four cycles, the newest first: running, ended well, failed, without an end."""
    v2 = AnalysisRow(
        MODEL,
        "",
        "saturation",
        "up",
        supply=197_120,
        demand=182_400,
        utilization=0.925,
        required=17_465,
        spare=0.0,
        capacities=(CapacityRow(H100, 65_706, "both", "P3-k2"),),
    )
    v1 = AnalysisRow(MODEL, "", "V1", "hold", "", 3, 2, 0.21, 2.5)
    return (
        CycleRow(start + 750, "running", None, (), (), 0, 3),
        CycleRow(
            start + 690,
            "ok",
            0.018,
            (
                decision(start + 690, H100, "scale-up", 3, 4),
                decision(start + 690, L40S, "no-change", 1, 1),
            ),
            (v2,),
            0,
            28,
        ),
        CycleRow(start + 660, "failed", 0.004, (), (), 2, 9),
        CycleRow(
            start + 630,
            "no end",
            None,
            (decision(start + 630, L40S, "scale-down", 2, 1),),
            (v1,),
            None,
            None,
        ),
    )


def details(start: float, log: tuple[LogRow, ...]) -> dict[float, CycleDetail]:
    """Each of `cycles` in full, by its start."""
    running, ok, failed, lost = cycles(start)
    h100 = CycleVariant(
        H100,
        ok.decisions[0],
        "H100",
        40.0,
        3,
        1,
        1,
        8,
        5,
        1240.0,
        45.2,
        660.0,
        410.0,
        31.0,
        ("limited from 5 to 4 by quota",),
    )
    return {
        running.at: CycleDetail(running, "", (), (), (), (), log[:3], ok.at),
        ok.at: CycleDetail(
            ok,
            "saturation-only",
            (h100, CycleVariant(L40S, ok.decisions[1], "L40S")),
            (
                LimitRow("up when used above", 0.85, "ratio", "stated: in this cycle's lines"),
                LimitRow("queue saturated at", 5.0, "requests", "assumed"),
            ),
            (
                CycleSampleRow(
                    f"{H100}-abcde", 0.87, 9, 0.35, 185.0, 12.4, start + 688, 0.82, 0.88, 8, 38
                ),
                CycleSampleRow(f"{H100}-fghij", 0.71, 5),
                CycleSampleRow(
                    f"{H100}-k2lmn", polled_at=start + 689, polled_kv=0.0, polled_running=0
                ),
            ),
            ("held, in transition: pending(1)",),
            tuple(row for row in log if row.level != "ERROR"),
            failed.at,
            running.at,
        ),
        failed.at: CycleDetail(failed, "", (), (), (), (), log, lost.at, ok.at),
        lost.at: CycleDetail(lost, "", (), (), (), (), (), None, failed.at),
    }


def health(start: float) -> HealthDetail:
    """One source refused, one denied; a gap, unknown wording, a late poll."""
    return HealthDetail(
        sources=(
            SourceRow(
                "log",
                "controller log",
                "bad",
                "retrying",
                "connection refused",
                134.0,
                start + 620,
                8.0,
                "",
                "",
            ),
            SourceRow(
                "pods",
                "pod metrics",
                "bad",
                "denied",
                "forbidden by RBAC",
                None,
                start,
                None,
                "get",
                "pods/proxy",
            ),
            SourceRow("workloads", "workloads", "ok", "ok", "ok", 4.0, start, None, "", ""),
            SourceRow(
                "epp", "gateway (EPP)", "off", "absent", "not installed", None, None, None, "", ""
            ),
        ),
        polling=PollingRow(
            2.0,
            300,
            2.9,
            7.4,
            3,
            41.0,
            1900.0,
            300.0,
            3,
            4,
            880,
            1200,
            (
                ScrapeFailureRow(f"{H100}-x9pqr", 21, "starting", "the engine is not up", start),
                ScrapeFailureRow(f"{H100}-k2lmn", 1, "timeout", "no answer in 1.5 s", start),
            ),
        ),
        gaps=(GapRow("log", start + 610, start + 640, "the stream broke"),),
        log=LogHealth(
            1240,
            412,
            1,
            2,
            (("console", 1200), ("klog", 40)),
            (UnknownRow("Balancing {} variants", 400, "Balancing 3 variants"),),
            "format drift: no known analysis line for 3 cycles",
        ),
        unknown_kinds=(("hologram", 2),),
        bad_samples=1,
        notices=(NoticeRow(start + 500, "controller", "leader-change", "the leader is now wva-2"),),
        events=9120,
    )


def quiet() -> HealthDetail:
    """Health without any source."""
    return HealthDetail((), None, (), LogHealth(0, 0, 0, 0, (), (), ""), (), 0, (), 0)


def whys(start: float, log: tuple[LogRow, ...]) -> dict[float, CycleWhy]:
    """The reasons for every cycle of `details`, with each verdict in turn."""
    verdicts: tuple[Verdict, ...] = ("agrees", "mismatch", "unexplained")
    return {
        at: CycleWhy(
            at=at,
            verdict=verdicts[number % 3],
            known_by="recovered",
            sentence="1→3: the throughput analyzer needs 668 tok/s more, a replica gives 343",
            steps=(
                ArithmeticStep(
                    "Thresholds", "kvCacheThreshold 0.8 (recovered: follows from 7 cycles)"
                ),
                ArithmeticStep("Means", "mean of all 2: KV 0.5, queue 1, and all count", "agrees"),
                ArithmeticStep("Tests", "scale up: spare KV 0.05 < 0.1: yes", "mismatch"),
                ArithmeticStep("Votes", "throughput: 1 + 2 replicas = 3: the highest", "taken"),
            ),
            differs=("target: logged 3, recomputed 2",) if number % 3 == 1 else (),
            missing=("cost of b",) if number % 3 == 2 else (),
        )
        for number, at in enumerate(details(start, log))
    }
