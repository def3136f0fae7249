"""The simulated run, made from the recorded engines, load and pods."""

from dataclasses import replace

from bench.calibration.load_file import LoadFile, StagedLoad
from bench.calibration.pages import RecordedRun
from bench.calibration.serving import Served, served
from bench.engine_scrape import scrapes
from wvatui.core.events import Scrape
from wvatui.core.queries.pods.demand import demand_of
from wvatui.core.queries.pods.engine_figures import EngineFigures, figures_of
from wvatui.engine.fleet import BOOT_S, Fleet, profile_of
from wvatui.errors import UsageError


def measured(run: RecordedRun) -> EngineFigures:
    """The figures of the engines. Raises UsageError that names what the pages lack."""
    sizes = [(e.blocks or 0, e.block_size or 0) for e in run.engines.values()]
    blocks, block_size = max(sizes)
    if not blocks or not block_size:
        raise UsageError("no page says how many blocks the KV cache has (vllm:cache_config_info)")
    found = figures_of(run.looks, blocks, block_size)
    if not isinstance(found, EngineFigures):
        raise UsageError(f"the pages do not tell how fast the engine is: {found.why}")
    return found


def of_line(figures: EngineFigures, base_ms: float, slope_ms: float) -> EngineFigures:
    """The figures with only the ITL line for the duration of a step: prompts add nothing."""
    return replace(figures, step_ms=base_ms, seq_ms=slope_ms, prefill_ms=0.0)


def simulate(
    run: RecordedRun,
    figures: EngineFigures,
    *,
    load: LoadFile | None = None,
    boot_s: float = BOOT_S,
    seed: int = 7,
) -> dict[str, list[Scrape]]:
    """Scrapes of simulated pods at the moments of the recorded scrapes, by the recorded pods'
    names.

    Each pod serves when its recorded one did, as autoscaling is not simulated here. Raises
    UsageError when no load arrived, or none was counted.
    """
    demand = demand_of(run.looks)
    if not demand:
        raise UsageError("the pages do not count the requests that arrived")
    start = min(demand[0].since, run.since)
    when = served(run.looks, demand)
    boots = {
        pod: boot_s if one.since is None else min(boot_s, max(0.0, one.since - start))
        for pod, one in when.items()
    }
    fleet = Fleet(
        dict.fromkeys(run.looks, profile_of(figures)),
        demand if load is None else (),
        start=start,
        replicas={pod: int(one.since is None) for pod, one in when.items()},
        boot_s=boots,
        seed=seed,
    )
    staged = StagedLoad(fleet, load, demand) if load is not None else None
    found: dict[str, list[Scrape]] = {pod: [] for pod in run.looks}
    for at, pod, replicas in _moments(run, when, boots):
        if staged is not None:
            staged.advance(at)
        fleet.advance(max(at, fleet.now))
        if replicas is not None:
            fleet.scale(pod, replicas)
            continue
        found[pod] += [look for look in scrapes(fleet) if look.pod.rpartition("-")[0] == pod]
    return found


def _moments(
    run: RecordedRun, when: dict[str, Served], boots: dict[str, float]
) -> list[tuple[float, str, int | None]]:
    """(time, pod, its number of pods from then on, or None: a scrape of it), ascending."""
    moments: list[tuple[float, str, int | None]] = [
        (look.at, pod, None) for pod, rows in run.looks.items() for look in rows
    ]
    for pod, one in when.items():
        if one.since is not None:
            moments.append((one.since - boots[pod], pod, 1))
        if one.until is not None:
            moments.append((one.until, pod, 0))
    return sorted(moments, key=lambda moment: (moment[0], moment[2] is not None, moment[1]))
