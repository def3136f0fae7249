"""The series of one metric on one page: which repeat others, and which engine each belongs to."""

from collections.abc import Callable, Sequence

from wvatui.core.metrics import promtext
from wvatui.core.metrics.metrics_table import ENGINE_LABELS, MODEL_LABELS

Series = tuple[bytes, float]
"""(labels, value)."""
EngineKey = tuple[str, str]
"""(model, label value that distinguishes the engine on its page); either may be empty."""


def once(samples: list[Series]) -> list[Series]:
    """`samples` without those that repeat others.

    All tensor, pipeline and expert ranks of an SGLang engine report the same requests; only
    `dp_rank` tells engines apart. Of each engine the lowest rank counts. A series that is on the
    page twice counts as it stands there first, as Prometheus takes it. Beside a series of all
    priorities (`priority=""`) those of each priority say nothing more. Source: SGLang
    python/sglang/srt/metrics/collector.py and scheduler_metrics_mixin.py.
    """
    if len(samples) < 2:
        return samples
    first = dict(reversed(samples))
    if len(first) < len(samples):
        samples = list(reversed(first.items()))
    if not any(b"_rank" in labels or b"priority" in labels for labels, _ in samples):
        return samples
    kept: dict[frozenset[tuple[bytes, bytes]], tuple[tuple[int, ...], Series]] = {}
    for sample in samples:
        named = promtext.all_labels(sample[0])
        ranks = {name for name in named if name.endswith(b"_rank") and name != b"dp_rank"}
        place = tuple(_rank(named[name]) for name in sorted(ranks))
        engine = frozenset(item for item in named.items() if item[0] not in ranks)
        before = kept.get(engine)
        if before is None or place < before[0]:
            kept[engine] = (place, sample)
    left = [sample for _, sample in kept.values()]
    whole = [sample for sample in left if promtext.label(sample[0], b"priority") == b""]
    if not whole:
        return left
    return [sample for sample in left if not promtext.label(sample[0], b"priority")]


def _rank(value: bytes) -> int:
    return int(value) if value.isdigit() and len(value) < 9 else 0


def model_of(labels: bytes) -> str:
    """The model that a series is labelled with; empty: none."""
    return _first(labels, MODEL_LABELS)


def engine_of(labels: bytes) -> EngineKey:
    """The engine that a series is of."""
    values = (promtext.label(labels, name) for name in ENGINE_LABELS)
    return model_of(labels), "/".join(_text(value) for value in values if value)


def of_model(model: str) -> Callable[[bytes], bool]:
    """A predicate that is true for labels that name `model` or no model."""
    return lambda labels: model_of(labels) in ("", model)


def by_engine(series: Sequence[Series]) -> dict[EngineKey, list[float]]:
    """Values by the engine they are of, in the order of the page."""
    values: dict[EngineKey, list[float]] = {}
    for labels, value in series:
        values.setdefault(engine_of(labels), []).append(value)
    return values


def _first(labels: bytes, names: Sequence[bytes]) -> str:
    return next((_text(v) for v in (promtext.label(labels, name) for name in names) if v), "")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
