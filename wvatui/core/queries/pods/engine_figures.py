"""The capacity of an engine, from its own counters: its KV cache, and how long its steps take.

With continuous batching, the duration of a step is linear in what it computes:

    step = base + seq × requests that answer + prefill × prompt tokens computed in it

(WVA v0.6.0 internal/engines/analyzers/throughput and the papers it follows; in v0.4 alpha and
beta, gamma.) A request waits one step for each of its tokens, so with R prompt tokens computed a
second the mean inter-token latency obeys

    ITL = base + seq × running + prefill × R × ITL

which is linear in the three unknowns; all other terms are on the engine's page. R counts the
prompts of preempted requests again, as far as the cache has lost them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wvatui.core.events import Scrape
from wvatui.core.metrics.histogram import delta, read
from wvatui.core.queries.pods.demand import mean_lengths
from wvatui.core.queries.pods.pod_links import watched_of
from wvatui.core.rules.wva.model.perf import LinearFit, regression
from wvatui.core.state.state import State

LEAST_POINTS = 12
"""Least number of stretches under load for a result."""
LEAST_TOKENS = 200
"""Least answer tokens between two scrapes for these to count."""
RECOMPUTED = 0.6
"""Share of its prompt that a preempted request computes again; the rest is still in the prefix
cache. It is 0.58 in `wvatui.engine.engine` under the load of `bench.calibration`."""
APART_S = 120.0
"""Scrapes further apart than this, seconds, do not show the requests in flight between them."""


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """One engine, as measured."""

    blocks: int
    block_size: int
    """Tokens of a block of the KV cache."""
    line: LinearFit
    """ITL in ms over running requests, as it was under this load."""
    step_ms: float
    """Duration of a step that computes nothing."""
    seq_ms: float
    """Additional duration for each answering request."""
    prefill_ms: float
    """Additional duration for each computed prompt token; 0: included in `seq_ms`."""
    prompt: float
    """Mean tokens of a prompt."""
    output: float
    """Mean tokens of an answer."""
    points: int
    """Number of stretches between two scrapes that this is based on."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why there are no figures: what the recording lacks, in words."""

    why: str


def figures(state: State, model: str = "") -> EngineFigures | Unfit:
    """The engine of the pods that serve `model` ("": of all)."""
    pods = watched_of(state, model)
    sizes = sorted(
        (polled.engine.blocks, polled.engine.block_size)
        for polled in pods.values()
        if polled.engine is not None and polled.engine.blocks and polled.engine.block_size
    )
    if not sizes:
        return Unfit("no pod says how many blocks its KV cache has")
    rows = {pod: watched.history.since(0.0) for pod, watched in pods.items()}
    return figures_of(rows, *sizes[len(sizes) // 2])


def figures_of(
    rows: Mapping[str, Sequence[Scrape]], blocks: int, block_size: int
) -> EngineFigures | Unfit:
    """The figures from these scrapes, by pod."""
    lengths = mean_lengths(rows)
    if lengths is None:
        return Unfit("no request was finished while it was recorded")
    points = [point for looks in rows.values() for point in _points(looks, lengths[0])]
    if len(points) < LEAST_POINTS:
        return Unfit(
            f"stretches between two looks under load: {len(points)}, and it takes {LEAST_POINTS}"
        )
    line = regression((running, itl_ms) for running, itl_ms, _ in points)
    solved = _solved(points)
    if line is None or solved is None:
        return Unfit("the load never changed: one batch size determines no line")
    step_ms, seq_ms, prefill_ms = solved
    return EngineFigures(
        blocks, block_size, line.line, step_ms, seq_ms, prefill_ms, *lengths, points=len(points)
    )


def _points(looks: Iterable[Scrape], prompt: float) -> Iterable[tuple[float, float, float]]:
    """(mean running, mean ITL in ms, prompt tokens computed per ms) between two scrapes.

    Pairs in which the pod was idle at one scrape are left out: the mean in between is not known.
    """
    for older, newer in pairwise(looks):
        old, new = read(older.itl), read(newer.itl)
        if old is None or new is None or not older.running or not newer.running:
            continue
        counts = delta(old, new)
        tokens = sum(counts) if counts and counts is not new[2] else 0
        seconds = newer.at - older.at
        if tokens < LEAST_TOKENS or not 0 < seconds <= APART_S:
            continue
        itl_ms = 1000.0 * (new[1] - old[1]) / tokens
        prompts = (newer.prompt_tokens or 0) - (older.prompt_tokens or 0)
        asked = (newer.prefix_queries or 0) - (older.prefix_queries or 0)
        hits = (newer.prefix_hits or 0) - (older.prefix_hits or 0)
        again = (newer.preemptions or 0) - (older.preemptions or 0)
        computed = prompts * (1.0 - min(1.0, hits / asked if asked > 0 else 0.0))
        computed += again * prompt * RECOMPUTED
        if prompts >= 0 and hits >= 0 and again >= 0 and itl_ms > 0:
            running = (older.running + newer.running) / 2
            yield running, itl_ms, computed / (1000.0 * seconds)


def _solved(points: Sequence[tuple[float, float, float]]) -> tuple[float, float, float] | None:
    """base, seq and prefill in ms, by least squares of the relative error; a negative term is left
    out, as computing never saves time. If prompts always arrive at the rate at which answers end,
    their cost is included in seq. None: not even then do the points determine them."""
    rows = [(1.0 / itl_ms, running / itl_ms, rate) for running, itl_ms, rate in points]
    used = [0, 1, 2]
    while used:
        weights = _least_squares([[row[i] for i in used] for row in rows], [1.0] * len(rows))
        if weights is None:
            if used != [0, 1, 2]:
                return None
            used = [0, 1]
            continue
        worst = min(range(len(used)), key=lambda place: weights[place])
        if weights[worst] >= 0:
            parts = dict(zip(used, weights, strict=True))
            return parts.get(0, 0.0), parts.get(1, 0.0), parts.get(2, 0.0)
        del used[worst]
    return None


def _least_squares(rows: Sequence[Sequence[float]], values: Sequence[float]) -> list[float] | None:
    """The solution of the normal equations, by elimination; None when they are singular."""
    size = len(rows[0])
    table = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * value for row, value in zip(rows, values, strict=True))]
        for i in range(size)
    ]
    for column in range(size):
        pivot = max(range(column, size), key=lambda place: abs(table[place][column]))
        size_of_it = sum(row[column] ** 2 for row in rows)
        if abs(table[pivot][column]) <= 1e-9 * size_of_it:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        for place in range(size):
            if place == column:
                continue
            factor = table[place][column] / table[column][column]
            pairs = zip(table[place], table[column], strict=True)
            table[place] = [mine - factor * other for mine, other in pairs]
    return [table[place][size] / table[place][place] for place in range(size)]
