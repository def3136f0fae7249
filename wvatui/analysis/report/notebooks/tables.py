"""The tables of the notebooks, with exactly their file names, columns and rows."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from wvatui.analysis.report.notebooks.told import MODEL, Row, SampleRound, Told, stamp
from wvatui.analysis.summary import targets_of
from wvatui.core.lines import clean
from wvatui.core.queries.scaling.predictions import PredictionPair
from wvatui.export.seed import SeedRow, csv_text, observed_row, predicted_row


@dataclass(frozen=True, slots=True)
class NotebookTable:
    """One CSV file of a notebook. `path`: below the folder of a report."""

    path: str
    model: bool
    """Whether it belongs to the notebook for the model-based mode."""
    columns: tuple[str, ...]
    rows: Callable[[Told], Iterable[SeedRow]]
    what: str
    """Its content, in words."""


def tables_of(told: Told) -> Iterator[NotebookTable]:
    """Each table for which the run has rows."""
    own = (table for table in TABLES if table.model == (told.mode == MODEL))
    return (table for table in own if any(True for _ in table.rows(told)))


def table_text(table: NotebookTable, told: Told) -> str | None:
    """A table as CSV; None where the run has no row for it, or has the other mode."""
    rows = list(table.rows(told)) if table.model == (told.mode == MODEL) else []
    return csv_text(table.columns, rows) if rows else None


def _kv(told: Told) -> Iterator[SeedRow]:
    for at in told.kv_rounds:
        shares = SampleRound(at.at, {pod: round(kv * 100, 6) for pod, kv in at.values.items()})
        yield (
            _at(at.at)
            | _spread("kv_usage", at)
            | _spread("kv_pct", shares)
            | {"time_relative": told.minutes(at.at)}
        )


def _queue(told: Told) -> Iterator[SeedRow]:
    for at in told.queue_rounds:
        yield (
            _at(at.at)
            | _spread("queue", at)
            | {"queue_total": at.total, "time_relative": told.minutes(at.at)}
        )


def _spread(name: str, at: SampleRound) -> SeedRow:
    return {f"{name}_mean": at.mean, f"{name}_max": at.most, f"{name}_min": at.least}


def _analyses(told: Told) -> Iterator[SeedRow]:
    for at, row in told.analyses:
        names = {"non_saturated": "non_saturated_replicas"}
        yield _at(at) | {name: row[names.get(name, name)] for name in _CAPACITY[1:]}


def _pairs(told: Told) -> Iterator[SeedRow]:
    for pair in told.pairs:
        yield _pair(told, pair)


def _pair(told: Told, pair: PredictionPair) -> SeedRow:
    predicted, observed = pair
    row = predicted_row(predicted) | observed_row(observed)
    broken: list[bool | None] = []
    limits = targets_of(told.run.state, predicted.prediction.variant)
    for name, limit in zip(("itl", "ttft"), limits, strict=True):
        was, expected = row[f"observed_{name}"], row[f"predicted_{name}"]
        row[f"pred_error_{name}"] = None if None in (was, expected) else was - expected
        broken.append(None if was is None or limit is None else was > limit)
        row[f"slo_{name}_violated"] = broken[-1]
    return row | {
        "prediction_time": stamp(predicted.at),
        "observation_time": stamp(observed.at),
        "time_delta_seconds": round(observed.at - predicted.at, 6),
        "time_minutes": told.minutes(observed.at),
        "any_slo_violated": True if True in broken else False if False in broken else None,
    }


def _predictions(told: Told) -> Iterator[SeedRow]:
    for row in told.predicted:
        p = row.prediction
        yield _at(row.at) | predicted_row(row) | {"max_batch": p.batch, "cost": p.cost}


def _observations(told: Told) -> Iterator[SeedRow]:
    for row in told.observed:
        yield _at(row.at) | observed_row(row)


def _decisions(told: Told) -> Iterator[SeedRow]:
    for at, row in told.decisions:
        values = {name: row[name] for name in ("current_replicas", "target_replicas", "action")}
        yield _at(at) | values | {"time_minutes": told.minutes(at)}


def _targets(told: Told) -> Iterator[SeedRow]:
    """The targets in the log; where it has none, those that the optimiser used, with their
    start."""
    rows: tuple[Row, ...] = told.targets
    itl, ttft = told.slo
    if not rows and told.predicted and (itl is not None or ttft is not None):
        rows = ((told.predicted[0].at, {"slo_itl": itl, "slo_ttft": ttft}),)
    for at, row in rows:
        yield _at(at) | {name: row[name] for name in ("slo_itl", "slo_ttft")}


def _pods_kv(told: Told) -> Iterator[SeedRow]:
    for at, pod, kv in told.kv:
        share = round(kv * 100, 6)
        yield _at(at) | {"pod": clean(pod), "kv_cache_usage": kv, "kv_cache_pct": share}


def _pods_queue(told: Told) -> Iterator[SeedRow]:
    for at, pod, waiting in told.queue:
        yield _at(at) | {"pod": clean(pod), "queue_length": int(waiting)}


def _at(at: float) -> SeedRow:
    return {"timestamp": stamp(at)}


_CAPACITY = ("timestamp", "total_replicas", "non_saturated", "should_scale_up", "scale_down_safe")
_PAIRS = (
    "prediction_time",
    "observation_time",
    "time_delta_seconds",
    "predicted_itl",
    "observed_itl",
    "pred_error_itl",
    "predicted_ttft",
    "observed_ttft",
    "pred_error_ttft",
    "predicted_replicas",
    "observed_replicas",
    "time_minutes",
    "slo_itl_violated",
    "slo_ttft_violated",
    "any_slo_violated",
)
TABLES: tuple[NotebookTable, ...] = (
    NotebookTable(
        "kv_cache_aggregated.csv",
        False,
        (
            "timestamp",
            "kv_usage_mean",
            "kv_usage_max",
            "kv_usage_min",
            "kv_pct_mean",
            "kv_pct_max",
            "kv_pct_min",
            "time_relative",
        ),
        _kv,
        "KV cache over all pods",
    ),
    NotebookTable(
        "queue_aggregated.csv",
        False,
        ("timestamp", "queue_mean", "queue_max", "queue_min", "queue_total", "time_relative"),
        _queue,
        "Queue length over all pods",
    ),
    NotebookTable(
        "capacity_analysis.csv", False, _CAPACITY, _analyses, "Analyses of the controller"
    ),
    NotebookTable(
        "processed_data.csv", True, _PAIRS, _pairs, "Aligned prediction-observation pairs"
    ),
    NotebookTable(
        "processed/predictions.csv",
        True,
        (
            "timestamp",
            "predicted_itl",
            "predicted_ttft",
            "predicted_replicas",
            "max_batch",
            "cost",
        ),
        _predictions,
        "Predictions of the optimiser",
    ),
    NotebookTable(
        "processed/observations.csv",
        True,
        ("timestamp", "observed_replicas", "observed_ttft", "observed_itl"),
        _observations,
        "Observations of the controller",
    ),
    NotebookTable(
        "processed/scaling_decisions.csv",
        True,
        ("timestamp", "current_replicas", "target_replicas", "action", "time_minutes"),
        _decisions,
        "Scaling decisions",
    ),
    NotebookTable(
        "processed/slo_values.csv",
        True,
        ("timestamp", "slo_itl", "slo_ttft"),
        _targets,
        "Latency targets",
    ),
    NotebookTable(
        "processed/kv_cache_metrics.csv",
        True,
        ("timestamp", "pod", "kv_cache_usage", "kv_cache_pct"),
        _pods_kv,
        "KV cache of each pod",
    ),
    NotebookTable(
        "processed/queue_metrics.csv",
        True,
        ("timestamp", "pod", "queue_length"),
        _pods_queue,
        "Queue length of each pod",
    ),
)
