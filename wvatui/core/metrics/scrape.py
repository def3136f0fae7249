"""What a model server's or an endpoint picker's metrics page says, as events.

Which metrics are wanted, and by what names, stands in `metrics_table`.
"""

import msgspec

from wvatui.core.events import Bounds, Engine, Epp, Event, Scrape
from wvatui.core.metrics import promtext
from wvatui.core.metrics.metrics_page import BoundsBook, MetricsPage, places
from wvatui.core.metrics.metrics_table import (
    CACHE_CONFIG,
    ENGINE_IDS,
    EPP_METRICS,
    KV_TOKENS,
    METRICS,
    MODEL_LABELS,
    Metric,
)
from wvatui.core.metrics.scrape_fields import whole_fields

__all__ = ["EPP_METRICS", "METRICS", "BoundsBook", "Metric", "read_epp", "read_page"]

_PLACES = places(METRICS)
_EPP_PLACES = places(EPP_METRICS)
_read = promtext.reader([*(name.decode() for name in _PLACES), CACHE_CONFIG, KV_TOKENS])
_read_epp = promtext.reader(name.decode() for name in _EPP_PLACES)
_CACHE_CONFIG, _KV_TOKENS = CACHE_CONFIG.encode(), KV_TOKENS.encode()

_ROWS = {metric.id: (row, metric) for row, metric in enumerate(METRICS)}
_HISTOGRAMS = tuple(item for item in _ROWS.items() if item[1][1].kind == "histogram")
_NUMBERS = tuple(item for item in _ROWS.items() if item[1][1].kind != "histogram")
_JUDGED = tuple(item for item in _ROWS.items() if item[1][1].judged is not None)
_WHOLE, _EPP_WHOLE = whole_fields(Scrape), whole_fields(Epp)


def read_page(
    page: bytes, *, at: float, pod: str, took_ms: int, bounds: BoundsBook, port: int = 0
) -> list[Event]:
    """What a model server's page says: new Bounds, then its Engine, then one Scrape.

    Empty when the page has no engine's metrics. Counts are totals since the engine started.
    What is not finite, or contradicts itself, is absent and counted in `bad`. Never raises.
    """
    read = MetricsPage(_PLACES)
    engine = Engine(at, pod=pod, port=port)
    if (told := _take_all(read, page)) is not None:
        engine = _describe(engine, *told)
    if not read.bad and not any(read.series(*_ROWS[name]) for name in ENGINE_IDS):
        return []
    fields: dict[str, object] = {
        name: _apart(read, row, metric)
        if metric.by
        else read.count(row, metric)
        if name in _WHOLE
        else read.number(row, metric)
        for name, (row, metric) in _NUMBERS
    }
    judged = {
        name: value
        for name, where in _JUDGED
        if fields[name] is not None and (value := read.judged(*where)) is not None
    }
    events: list[Event] = []
    for name, (row, metric) in _HISTOGRAMS:
        found = read.histogram(row, metric, bounds)
        if found is None:
            continue
        fields[name] = found.raw
        if found.is_new:
            events.append(Bounds(at, id=found.layout, le=found.le))
    if fields["prefix_hits"] is not None and fields["prefix_queries"] is None:
        # SGLang: cached tokens of all prompt tokens (WVA internal/collector/registration/
        # saturation.go:211).
        fields["prefix_queries"] = fields["prompt_tokens"]
    events.append(engine)
    events.append(
        Scrape(
            at,
            pod=pod,
            took_ms=took_ms,
            bad=read.bad,
            judged=judged or None,
            **fields,  # type: ignore[arg-type]
        )
    )
    return events


_Told = tuple[bytes, bytes, bytes, float | None]


def _take_all(read: MetricsPage, page: bytes) -> _Told | None:
    """Read the samples; (name and labels of the first, labels of the cache, KV tokens)."""
    first: promtext.Sample | None = None
    config = b""
    tokens: float | None = None
    for sample in _read(page):
        name = sample.name
        if name == _CACHE_CONFIG:
            config = config or sample.labels
        elif name == _KV_TOKENS:
            tokens = (tokens or 0.0) + sample.value
        else:
            read.take(sample)
            if first is None or not first.labels:
                first = sample
    return None if first is None else (first.name, first.labels, config, tokens)


def _describe(
    engine: Engine, name: bytes, labels: bytes, config: bytes, tokens: float | None
) -> Engine:
    model = next((m for m in (promtext.label(labels, key) for key in MODEL_LABELS) if m), b"")
    return msgspec.structs.replace(
        engine,
        engine=name.partition(b":")[0].decode(),
        model=_text(model),
        blocks=_int(promtext.label(config, b"num_gpu_blocks")),
        block_size=_int(promtext.label(config, b"block_size")),
        kv_tokens=round(tokens) if tokens is not None and 0 <= tokens < 2**53 else None,
    )


def _apart(read: MetricsPage, row: int, metric: Metric) -> dict[str, int] | None:
    """A counter by the values of a label: requests by the reason they finished for. SGLang does
    not say why."""
    series = read.series(row, metric)
    counts: dict[str, int] = {}
    for labels, value in series:
        whole = read.whole(value)
        # Reasons that never occurred say nothing, and would stand in every line.
        if whole:
            reason = _text(promtext.label(labels, metric.by.encode()) or b"") or "finished"
            counts[reason] = counts.get(reason, 0) + whole
    return counts if series else None


def read_epp(page: bytes, *, at: float, pod: str, took_ms: int) -> list[Event]:
    """What an endpoint picker's page says: one Epp; empty when it is no such page. Never raises."""
    read = MetricsPage(_EPP_PLACES)
    for sample in _read_epp(page):
        read.take(sample)
    fields: dict[str, object] = {
        metric.id: read.count(row, metric) if metric.id in _EPP_WHOLE else read.number(row, metric)
        for row, metric in enumerate(EPP_METRICS)
    }
    if all(value is None for value in fields.values()):
        return []
    return [Epp(at, pod=pod, took_ms=took_ms, **fields)]  # type: ignore[arg-type]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _int(value: bytes | None) -> int | None:
    return int(value) if value is not None and value.isdigit() and len(value) < 16 else None
