"""Small controller logs in the wording of v0.4, with everything that led the old notebooks astray.

Every line is there twice, at two levels and in two reconciles; some lines of samples name no pod.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from wvatui.analysis.report.notebooks.told import Told
from wvatui.analysis.runs.run import open_run

BEGIN = datetime(2026, 9, 1, 8, 0, 0, tzinfo=UTC).timestamp()
CAPACITY = "capacity-based-small"
MODEL = "model-based-small"


def line(at: float, message: str, level: str = "INFO") -> str:
    stamp = datetime.fromtimestamp(BEGIN + at, UTC).isoformat(timespec="milliseconds")
    return json.dumps({"level": level, "ts": stamp.replace("+00:00", "Z"), "msg": message})


def capacity_cycle(
    at: float,
    pods: Sequence[tuple[float, int]],
    target: int,
    ttft: float = 0.0,
    *,
    word: str = "Capacity",
) -> Iterator[str]:
    """One reconcile. `pods`: (KV ratio, queue) of each; `word`: the name of the analysis."""
    current = len(pods)
    full = sum(kv >= 0.8 or queue >= 5 for kv, queue in pods)
    yield line(at, "Operating in CAPACITY-ONLY mode: reactive capacity-based scaling only")
    yield line(
        at,
        f"Metrics collected for VA: variant=v, replicas={current}, accelerator=H100, "
        f"ttft={ttft:.2f}ms, itl={ttft / 10:.2f}ms, cost=10.00, arrivalRate={ttft * 6:.2f}",
    )
    for n, (_, queue) in enumerate(pods):
        yield line(at + 0.001, f"Queue metric: pod=p-{n}, queueLength={queue}")
    about = f"modelID=m, namespace=ns, podCount={current}"
    yield line(at + 0.002, f"Queue metrics collected (max over 1m): {about}", "DEBUG")
    for n, (kv, _) in enumerate(pods):
        yield line(at + 0.001, f"KV cache metric: pod=p-{n}, usage={kv:.3f} ({kv:.1%})")
    yield line(at + 0.002, f"KV cache metrics collected (max over 1m): {about}", "DEBUG")
    up, safe = str(full > 0).lower(), str(current > 1 and not full).lower()
    counted = f"totalReplicas={current}, nonSaturated={current - full}"
    end = f"shouldScaleUp={up}, scaleDownSafe={safe}"
    spare = f"modelID=m, namespace=ns, {counted}, avgSpareKv=0.100, avgSpareQueue=1.0, {end}"
    yield line(at + 0.003, f"{word} analysis completed: {spare}", "DEBUG")
    yield line(at + 0.003, f"{word} analysis completed: modelID=m, {counted}, {end}")
    action = "no-change" if target == current else "scale-up" if target > current else "scale-down"
    decided = f"variant=v, action={action}, current={current}"
    yield line(at + 0.003, f"Processing decision: {decided}→target={target}")
    yield line(
        at + 0.004,
        f"Applied capacity decision: {decided}, target={target}, reason=capacity-only mode: x",
    )
    yield line(at + 0.005, "Reconciliation completed successfully: mode=capacity-only")


def capacity_log(folder: Path) -> Path:
    """Four cycles of 60 s, each reconciled twice: 1, 1→2, 2, 2→1 replicas."""
    cycles = (
        (((0.1, 0),), 1, 0.0),
        (((0.95, 12),), 2, 300.0),
        (((0.3, 0), (0.5, 2)), 2, 100.0),
        (((0.05, 0), (0.0, 0)), 1, 50.0),
    )
    lines = [
        text
        for n, (pods, target, ttft) in enumerate(cycles)
        for again in (0.0, 0.1)
        for text in capacity_cycle(60.0 * n + again, pods, target, ttft)
    ]
    return run_folder(folder, CAPACITY, lines)


def model_cycle(
    at: float, current: int, target: int, itl: float, expected: float, alpha: float = 7.0
) -> Iterator[str]:
    """One reconcile of the model-based mode; `expected`: ITL that the optimiser predicts, ms."""
    yield line(at, "Operating in MODEL-ONLY mode: model-based optimization only")
    yield line(
        at,
        f"Metrics collected for VA: variant=v, replicas={current}, accelerator=H100, "
        f"ttft={itl * 100:.2f}ms, itl={itl:.2f}ms, cost=100.00, maxBatch=256, arrivalRate=600.00, "
        "avgInputTokens=100.00, avgOutputTokens=200.00",
        "DEBUG",
    )
    yield line(at + 0.001, f"KV cache metric: pod=p-0, usage={itl / 100:.3f} ({itl:.1f}%)")
    yield line(at + 0.001, f"Queue metric: pod=p-0, queueLength={int(itl)}")
    yield line(
        at + 0.002,
        f"[Tuner Config] variant=v/ns | Initial state: alpha={alpha:.6f}, beta=0.060000, "
        "gamma=16.000000, delta=0.000256 | SLO targets: TTFT=1000.00ms, ITL=10.00ms | "
        "Has covariance=true",
        "DEBUG",
    )
    yield line(
        at + 0.003,
        "Optimization solution - system: Solution: \ns=v:ns; c=Premium; m=m; rate=600; inTk=100; "
        f"outTk=200; sol=1, sat=false, alloc={{acc=H100; numRep={target}; maxBatch=512; "
        f"cost={100 * target}, val=0, itl={expected}, ttft={2 * expected}, rho=0.5, "
        "maxRPM=900.0}; slo-itl=10, slo-ttft=1000, slo-tps=0 \ntotalCost=100 \n",
        "DEBUG",
    )
    action = "no-change" if target == current else "scale-up" if target > current else "scale-down"
    yield line(
        at + 0.003,
        f"Processing decision: variant=v, action={action}, current={current}→target={target}",
    )
    yield line(at + 0.005, "Reconciliation completed successfully: mode=model-only")


def model_log(folder: Path) -> Path:
    """Four cycles of 60 s; the third is reconciled twice, across the end of a second."""
    lines = [
        *model_cycle(0.0, 1, 1, 0.0, 7.5),
        *model_cycle(60.0, 1, 2, 12.5, 9.0, 7.5),
        *model_cycle(119.99, 2, 2, 9.0, 8.5, 7.5),
        *model_cycle(120.02, 2, 2, 9.0, 8.0, 7.25),
        *model_cycle(180.0, 2, 1, 8.0, 7.5, 7.25),
    ]
    return run_folder(folder, MODEL, lines)


def run_folder(folder: Path, name: str, lines: Sequence[str]) -> Path:
    """A folder in the layout of the older experiment scripts."""
    made = folder / name
    made.mkdir()
    (made / "wva-controller-logs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return made


def told(folder: Path) -> Told:
    return Told(open_run(folder))
