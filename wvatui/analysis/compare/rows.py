"""The compared figures, one row each, in the order in which they are shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wvatui.analysis.compare.measured import Figure, MeasuredRun, SizeMove, mean, scaled
from wvatui.core.metrics.polled_totals import OBSERVED
from wvatui.core.queries.pods.window import QUANTILES


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure. `unit`: empty for a count; ratio: 0 to 1. `digits`: decimals shown."""

    key: str
    title: str
    unit: str
    of: Callable[[MeasuredRun], Figure]
    digits: int = 0


def _ups(moves: Iterable[SizeMove]) -> float:
    return sum(move.up for move in moves)


def _downs(moves: Iterable[SizeMove]) -> float:
    return sum(not move.up for move in moves)


def _largest(moves: Iterable[SizeMove], *, up: bool) -> float | None:
    """Replicas of the largest step in one direction; 0 where there was none, None where one is
    unknown."""
    steps = [move.by for move in moves if move.up == up]
    return None if None in steps else max((abs(by) for by in steps if by is not None), default=0)


def _reversals(moves: Iterable[SizeMove]) -> float:
    """Number of changes in the opposite direction to the variant's change before."""
    last: dict[object, bool] = {}
    turns = 0
    for move in moves:
        turns += last.get(move.variant, move.up) != move.up
        last[move.variant] = move.up
    return turns


def _most(values: Sequence[float]) -> float:
    return max(values, default=0.0)


def _latencies() -> tuple[FigureRow, ...]:
    return tuple(
        FigureRow(
            f"{name}_{q}_ms",
            f"{name.upper()} {q}",
            "ms",
            lambda m, name=name, q=q: m.latency(name, q),  # type: ignore[misc]
            1,
        )
        for name in OBSERVED
        for q, _ in QUANTILES
    )


def _boots(measured: MeasuredRun) -> Figure:
    source, taken = measured.boots
    return {source: sum(taken) / len(taken)} if taken else {}


def _against_replicas(
    measured: MeasuredRun, counts: Figure, of: Callable[[float, float], float]
) -> Figure:
    """The result of `of` for a count and the replica-seconds; no data where either is 0."""
    return {
        who: of(count, seconds)
        for seconds in measured.replicas("seconds").values()
        for who, count in counts.items()
        if count and seconds
    }


ROWS: tuple[FigureRow, ...] = (
    FigureRow("replicas_avg", "replicas avg", "replicas", lambda m: m.replicas("mean"), 2),
    FigureRow("replicas_max", "replicas max", "replicas", lambda m: m.replicas("most")),
    FigureRow("replica_seconds", "replica-seconds", "replica-s", lambda m: m.replicas("seconds")),
    FigureRow("cost", "cost", "", lambda m: m.replicas("cost"), 2),
    FigureRow("ups", "scale-ups", "", lambda m: m.of_moves(_ups)),
    FigureRow("downs", "scale-downs", "", lambda m: m.of_moves(_downs)),
    FigureRow(
        "step_up_max",
        "largest step up",
        "replicas",
        lambda m: m.of_moves(lambda moves: _largest(moves, up=True)),
    ),
    FigureRow(
        "step_down_max",
        "largest step down",
        "replicas",
        lambda m: m.of_moves(lambda moves: _largest(moves, up=False)),
    ),
    FigureRow("reversals", "reversals", "", lambda m: m.of_moves(_reversals)),
    FigureRow("gap_s", "gap total", "s", lambda m: m.gaps(sum)),
    FigureRow("gap_longest_s", "gap longest", "s", lambda m: m.gaps(_most)),
    FigureRow("boot_mean_s", "boot mean", "s", _boots, 1),
    *_latencies(),
    FigureRow("error_ratio", "errors", "ratio", lambda m: m.failed_ratio(), 2),
    FigureRow(
        "requests_per_s",
        "requests answered",
        "1/s",
        lambda m: scaled(m.answered(), 1 / m.load_s) if m.load_s > 0 else {},
        2,
    ),
    FigureRow(
        "output_tokens_per_s",
        "tokens generated",
        "1/s",
        lambda m: scaled(m.tokens(), 1 / m.load_s) if m.load_s > 0 else {},
    ),
    FigureRow("kv_mean", "KV mean", "ratio", lambda m: m.kv(mean), 1),
    FigureRow(
        "kv_unsaturated_mean", "KV mean, unsaturated", "ratio", lambda m: m.kv(mean, free=True), 1
    ),
    FigureRow("kv_peak", "KV peak", "ratio", lambda m: m.kv(_most), 1),
    FigureRow(
        "replica_minutes_per_1k_requests",
        "per 1,000 requests",
        "replica-min",
        lambda m: _against_replicas(m, m.answered(), lambda n, s: s / 60 / (n / 1000)),
        2,
    ),
    FigureRow(
        "replica_minutes_per_1k_tokens",
        "per 1,000 tokens",
        "replica-min",
        lambda m: _against_replicas(m, m.tokens(), lambda n, s: s / 60 / (n / 1000)),
        4,
    ),
    FigureRow(
        "requests_per_replica_hour",
        "requests per replica-hour",
        "1/h",
        lambda m: _against_replicas(m, m.answered(), lambda n, s: n / (s / 3600)),
    ),
    FigureRow(
        "queue_mean", "queue of pods mean", "requests", lambda m: m.queue("waiting_mean", mean), 1
    ),
    FigureRow(
        "queue_max", "queue of pods max", "requests", lambda m: m.queue("waiting_max", _most)
    ),
    FigureRow(
        "gateway_queue_mean",
        "queue of gateway mean",
        "requests",
        lambda m: m.gateway_queue(mean),
        1,
    ),
    FigureRow(
        "gateway_queue_max", "queue of gateway max", "requests", lambda m: m.gateway_queue(_most)
    ),
    FigureRow("saturated_ratio", "share saturated", "ratio", lambda m: m.saturated(), 1),
)
"""Every row except those of objectives, which `--slo` adds."""
