"""The engines behind one metrics page, before the pages of a pod are combined into a Scrape."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from wvatui.core.events import Lora, RankEngine, RankScrape, Scrape
from wvatui.core.metrics import promtext
from wvatui.core.metrics.metrics_page import MetricsPage, Observations, combined, places
from wvatui.core.metrics.metrics_table import (
    CACHE_CONFIG,
    ENGINE_IDS,
    KV_TOKENS,
    LORA_INFO,
    METRICS,
    Metric,
)
from wvatui.core.metrics.scrape_fields import whole_fields
from wvatui.core.metrics.series import (
    EngineKey,
    Series,
    by_engine,
    engine_of,
    model_of,
    of_model,
    once,
)
from wvatui.core.ranges import COUNT_LIMIT

_PLACES = places(METRICS)
_read = promtext.reader([*(n.decode() for n in _PLACES), *CACHE_CONFIG, *KV_TOKENS, *LORA_INFO])
_CACHE_CONFIG, _KV_TOKENS, _LORA_INFO = (
    frozenset(name.encode() for name in names) for names in (CACHE_CONFIG, KV_TOKENS, LORA_INFO)
)
_TOLD = _CACHE_CONFIG | _KV_TOKENS | _LORA_INFO
METRIC_ROWS = {metric.id: (row, metric) for row, metric in enumerate(METRICS)}
"""By metric id: its row in a `MetricsPage`, and the metric."""
_HISTOGRAMS = tuple(item for item in METRIC_ROWS.items() if item[1][1].kind == "histogram")
_NUMBERS = tuple(item for item in METRIC_ROWS.items() if item[1][1].kind != "histogram")
_JUDGED = tuple(item for item in METRIC_ROWS.items() if item[1][1].judged is not None)
_LIMITED = tuple(item for item in METRIC_ROWS.items() if item[1][1].most is not None)
_WHOLE = whole_fields(Scrape)
_RANKED = tuple(
    (name, METRIC_ROWS[name]) for name in RankScrape.__struct_fields__ if name in METRIC_ROWS
)
"""Metrics that are recorded for each engine separately."""
PERCENT = 1.5
"""A ratio above this is no rounding and no overflow: it is a percentage."""


@dataclass(frozen=True, slots=True)
class EnginePage:
    """The engines of one page, summed up as for one pod, and each separately."""

    family: str
    """vllm, sglang; ray_vllm: vLLM under Ray's names."""
    models: tuple[str, ...]
    fields: dict[str, float | int | dict[str, int] | None]
    """By field of a `Scrape`: gauges and counters."""
    judged: dict[str, float]
    observed: dict[str, Observations]
    ranks: tuple[RankScrape, ...]
    """One per engine."""
    caches: tuple[RankEngine, ...]
    """The KV cache of each engine, where the page describes it."""
    lora: Lora | None
    bad: int
    percent: dict[str, float]
    """By field, a percentage that the page has where a ratio is meant."""


def read_engines(
    page: bytes, *, model: str = "", refused: Collection[str] = ()
) -> EnginePage | None:
    """The engines of a page; None when it has no engine's metrics.

    `model`: on a page with several models, the one whose numbers are read, if it is among them.
    `refused`: fields whose gauge has been seen to hold percentages; they are not read.
    """
    read, info, first = take_all(page)
    if first is None:
        return None
    engines = _engines(read, refused)
    models = tuple(dict.fromkeys(name for name, _ in engines if name)) or first.models
    if model in models:
        models = (model,)
        read = read.only(of_model(model))
    percent = {
        name: value
        for name, where in _LIMITED
        if name not in refused and (value := read.beyond(*where)) is not None
    }
    read.bad += len(percent)
    if not read.bad and not any(read.series(*METRIC_ROWS[name]) for name in ENGINE_IDS):
        return None
    # Sums of counters and histograms over two models describe neither of them.
    is_mixed = len(models) > 1
    fields = {
        name: None
        if name in refused or (is_mixed and where[1].kind == "counter")
        else _number(read, name, *where)
        for name, where in _NUMBERS
    }
    if fields["prefix_hits"] is not None and fields["prefix_queries"] is None:
        # SGLang: cached tokens of all prompt tokens (WVA internal/collector/registration/
        # saturation.go:211).
        fields["prefix_queries"] = fields["prompt_tokens"]
    judged = {
        name: value
        for name, where in _JUDGED
        if fields[name] is not None and (value := read.judged(*where)) is not None
    }
    observed = {
        name: seen
        for name, where in _HISTOGRAMS
        if not is_mixed and (seen := read.histogram(*where)) is not None
    }
    return EnginePage(
        family=first.family,
        models=models,
        fields=fields,
        judged=judged,
        observed=observed,
        ranks=tuple(engines.values()),
        caches=_caches(info),
        lora=_lora(info),
        bad=read.bad,
        percent={name: value for name, value in percent.items() if value > PERCENT},
    )


_Told = dict[bytes, list[Series]]
"""Series of info metrics (KV cache, adapters), by name."""


class _First(NamedTuple):
    """What the first sample says of the whole page: engine family and model."""

    family: str
    models: tuple[str, ...]


def take_all(page: bytes) -> tuple[MetricsPage, _Told, _First | None]:
    """(samples of metrics, info series, family and model of the page); None: it has no sample."""
    read = MetricsPage(_PLACES)
    info: _Told = {}
    first: promtext.Sample | None = None
    for sample in _read(page):
        if sample.name in _TOLD:
            info.setdefault(sample.name, []).append((sample.labels, sample.value))
        else:
            read.take(sample)
            if first is None or not first.labels:
                first = sample
    if first is None:
        return read, info, None
    words = first.name.decode().replace(":", "_").split("_")
    family = "_".join(words[: 2 if words[0] == "ray" else 1])
    model = model_of(first.labels)
    return read, info, _First(family, (model,) if model else ())


def _engines(read: MetricsPage, refused: Collection[str]) -> dict[EngineKey, RankScrape]:
    """The engines of a page, by the gauge of which it has the most series."""
    values = {
        name: {key: combined(numbers, where[1].shown) for key, numbers in engines.items()}
        for name, where in _RANKED
        if name not in refused and (engines := by_engine(read.series(*where)))
    }
    keys = max(
        (list(values[name]) for name in ENGINE_IDS if name in values),
        key=lambda keys: (len(keys), any(map(any, keys))),
        default=[],
    )
    ranks: dict[EngineKey, RankScrape] = {}
    for key in keys:
        known: dict[str, float | int] = {}
        for name, by_key in values.items():
            if key in by_key and 0 <= by_key[key] < COUNT_LIMIT:
                known[name] = round(by_key[key]) if name in _WHOLE else by_key[key]
        ranks[key] = RankScrape(model=key[0], engine=key[1], **known)  # type: ignore[arg-type]
    return ranks


def _number(
    read: MetricsPage, name: str, row: int, metric: Metric
) -> float | int | dict[str, int] | None:
    if metric.by:
        return _apart(read, row, metric)
    return read.count(row, metric) if name in _WHOLE else read.number(row, metric)


def _apart(read: MetricsPage, row: int, metric: Metric) -> dict[str, int] | None:
    """A counter by the values of a label, such as requests by finish reason, which SGLang does not
    have."""
    series = read.series(row, metric)
    counts: dict[str, int] = {}
    for labels, value in series:
        whole = read.whole(value)
        # Reasons that never occurred would only make every recorded line longer.
        if whole:
            label = promtext.label(labels, metric.by.encode()) or b""
            reason = label.decode("utf-8", "replace") or "finished"
            counts[reason] = counts.get(reason, 0) + whole
    return counts if series else None


def _caches(info: _Told) -> tuple[RankEngine, ...]:
    """The KV caches of a page's engines."""
    caches: dict[EngineKey, RankEngine] = {}
    for labels, _ in once(_named(info, _CACHE_CONFIG)):
        model, engine = key = engine_of(labels)
        caches[key] = RankEngine(
            model=model,
            engine=engine,
            blocks=_int(promtext.label(labels, b"num_gpu_blocks")),
            block_size=_int(promtext.label(labels, b"block_size")),
            kv_tokens=_int(promtext.label(labels, b"kv_cache_size_tokens")),
        )
    for key, tokens in by_engine(once(_named(info, _KV_TOKENS))).items():
        total = sum(tokens)
        if 0 <= total < COUNT_LIMIT:
            caches[key] = RankEngine(model=key[0], engine=key[1], kv_tokens=round(total))
    return tuple(caches.values())


def _lora(info: _Told) -> Lora | None:
    """The adapters of the newest series: older series stay on the page unchanged."""
    series = [item for item in _named(info, _LORA_INFO) if item[1] == item[1]]
    if not series:
        return None
    labels, _ = max(series, key=lambda item: item[1])
    return Lora(
        running=_adapters(labels, b"running_lora_adapters"),
        waiting=_adapters(labels, b"waiting_lora_adapters"),
        most=_int(promtext.label(labels, b"max_lora")),
    )


def _adapters(labels: bytes, name: bytes) -> tuple[str, ...]:
    names = (promtext.label(labels, name) or b"").decode("utf-8", "replace").split(",")
    return tuple(dict.fromkeys(stripped for name in names if (stripped := name.strip())))


def _named(info: _Told, names: Collection[bytes]) -> list[Series]:
    return [item for name in info if name in names for item in info[name]]


def _int(value: bytes | None) -> int | None:
    return int(value) if value is not None and value.isdigit() and len(value) < 16 else None
