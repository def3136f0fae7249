"""The simulated run: the recorded engines, load and pods, and what becomes of them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bench.calibration.load_file import LoadFile, StagedLoad
from bench.calibration.pages import RecordedRun
from wvatui.core.demand import demand_of
from wvatui.core.engine_figures import EngineFigures, figures_of
from wvatui.core.events import Scrape
from wvatui.errors import UsageError
from wvatui.sim.fleet import BOOT_S, Fleet, profile_of

BEGINS_S = 60.0
"""A pod seen within the first minute has served from the beginning."""


def measured(run: RecordedRun) -> EngineFigures:
    """The figures of the engines. Raises UsageError, saying what the pages lack."""
    sizes = [(e.blocks or 0, e.block_size or 0) for e in run.engines.values()]
    blocks, block_size = max(sizes)
    if not blocks or not block_size:
        raise UsageError("no page says how many blocks the KV cache has (vllm:cache_config_info)")
    found = figures_of(run.looks, blocks, block_size)
    if not isinstance(found, EngineFigures):
        raise UsageError(f"the pages do not tell how fast the engine is: {found.why}")
    return found


def of_line(figures: EngineFigures, base_ms: float, slope_ms: float) -> EngineFigures:
    """The same, but of its steps nothing is known but the ITL line: prompts cost nothing beside."""
    return replace(figures, step_ms=base_ms, seq_ms=slope_ms, prefill_ms=0.0)


def simulate(
    run: RecordedRun, figures: EngineFigures, *, load: LoadFile | None = None,
    boot_s: float = BOOT_S, seed: int = 7,
) -> dict[str, list[Scrape]]:  # fmt: skip
    """Looks at simulated pods at the moments of the recorded looks, by the recorded pods' names.

    Each pod serves when its recorded one did: what decides on replicas is not simulated here.
    Raises UsageError when no load arrived.
    """
    demand = demand_of(run.looks)
    start = min(demand[0].since, run.since)
    served = {pod: _served(rows, run.since) for pod, rows in run.looks.items()}
    fleet = Fleet(
        dict.fromkeys(run.looks, profile_of(figures)),
        demand if load is None else (),
        start=start,
        replicas={pod: int(begin is None) for pod, (begin, _) in served.items()},
        boot_s=boot_s,
        seed=seed,
    )
    staged = StagedLoad(fleet, load, demand) if load is not None else None
    found: dict[str, list[Scrape]] = {pod: [] for pod in run.looks}
    for at, pod, replicas in _moments(run, served, boot_s):
        if staged is not None:
            staged.advance(at)
        fleet.advance(max(at, fleet.now))
        if replicas is not None:
            fleet.scale(pod, replicas)
            continue
        found[pod] += [look for look in fleet.scrapes() if look.pod.rpartition("-")[0] == pod]
    return found


Served = tuple[float | None, float]
"""When a pod began to serve (None: before the recording did), and when it was seen last."""


def _moments(
    run: RecordedRun, served: dict[str, Served], boot_s: float
) -> list[tuple[float, str, int | None]]:
    """(time, pod, so many of it from now on, or None: a look at it), ascending."""
    gone_s = 3.0 * max(
        (b.at - a.at for rows in run.looks.values() for a, b in pairwise(rows)), default=60.0
    )
    moments: list[tuple[float, str, int | None]] = [
        (look.at, pod, None) for pod, rows in run.looks.items() for look in rows
    ]
    for pod, (begin, end) in served.items():
        if begin is not None:
            moments.append((begin - boot_s, pod, 1))
        if end < run.until - gone_s:
            moments.append((end, pod, 0))
    return sorted(moments, key=lambda one: (one[0], one[2] is not None, one[1]))


def _served(rows: Sequence[Scrape], since: float) -> Served:
    """It began before its first look, or between the last one at which it had never had a request
    and the next: an engine answers for a while before its pod is ready."""
    if rows[0].at <= since + BEGINS_S:
        return None, rows[-1].at
    used = [bool(look.running or look.waiting or look.generation_tokens) for look in rows]
    first = used.index(True) if True in used else 0
    begin = (rows[first - 1].at + rows[first].at) / 2 if first else rows[0].at
    return begin, rows[-1].at
