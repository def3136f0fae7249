"""From the metrics pages of a model server or an endpoint picker to events.

The wanted metrics and their names are in `metrics_table`.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import add
from typing import NamedTuple

import msgspec

from wvatui.core.events import Bounds, Engine, Epp, Event, Lora, RankScrape, Scrape
from wvatui.core.metrics import promtext
from wvatui.core.metrics.engine_page import EnginePage, read_engines
from wvatui.core.metrics.metrics_page import (
    BoundsBook,
    MetricsPage,
    Observations,
    combined,
    places,
)
from wvatui.core.metrics.metrics_table import EPP_METRICS, METRICS, Metric
from wvatui.core.metrics.scrape_fields import cache_tokens, whole_fields
from wvatui.core.sums import whole_sum

__all__ = ["EPP_METRICS", "METRICS", "BoundsBook", "Metric", "read_epp", "read_page"]

_EPP_PLACES = places(EPP_METRICS)
_read_epp = promtext.reader(name.decode() for name in _EPP_PLACES)
_EPP_WHOLE = whole_fields(Epp)
_COUNTED = ("counter", "histogram")
_encode = msgspec.json.Encoder().encode


class PortPage(NamedTuple):
    """One of the pages that make up a pod's scrape."""

    page: EnginePage
    port: int = 0
    pod: str = ""
    """The other pod of the group that it is the page of; empty: the scraped pod itself."""


def read_page(
    page: bytes,
    *,
    at: float,
    pod: str,
    took_ms: int,
    bounds: BoundsBook,
    port: int = 0,
    model: str = "",
) -> list[Event]:
    """The events of a model server's page: new Bounds, then its Engine, then one Scrape.

    Empty when the page has no engine's metrics. Counts are totals since the engine started.
    What is not finite, or contradicts itself, is absent and counted in `bad`. Never raises.
    """
    read = read_engines(page, model=model)
    if read is None:
        return []
    return look_events(
        [PortPage(read, port)], at=at, pod=pod, took_ms=took_ms, bounds=bounds, model=model
    )


def look_events(
    pages: Sequence[PortPage],
    *,
    at: float,
    pod: str,
    took_ms: int,
    bounds: BoundsBook,
    model: str = "",
    silent: Sequence[RankScrape] = (),
) -> list[Event]:
    """The events of all pages of one pod: new Bounds, then its Engine, then one Scrape.

    `pages`: at least one. `silent`: engines that should have answered and did not. `model`: as in
    `read_engines`. A sum is known only if every engine answered and had the metric.
    """
    own = [part for part in pages if model in part.page.models] or list(pages)
    models = tuple(dict.fromkeys(name for part in own for name in part.page.models))
    parts = [part.page for part in own]
    # Sums of counters and histograms over two models describe neither of them.
    summed = set() if silent else {"gauge"} if len(models) > 1 else {"gauge", *_COUNTED}
    fields = {
        metric.id: _together(parts, metric, metric.kind in summed)
        for metric in METRICS
        if metric.kind != "histogram"
    }
    judged = _judged(parts, fields)
    events: list[Event] = []
    for metric in METRICS:
        seen = _observed(parts, metric.id) if metric.kind in summed else None
        if seen is not None:
            layout, is_new = bounds.id_of(seen.le)
            fields[metric.id] = msgspec.Raw(_encode([layout, round(seen.total, 6), *seen.counts]))
            if is_new:
                events.append(Bounds(at, id=layout, le=seen.le))
    events.append(_engine(pages, own, models, at=at, pod=pod))
    ranks = [_placed(rank, part) for part in pages for rank in part.page.ranks]
    scrape = Scrape(
        at,
        pod=pod,
        took_ms=took_ms,
        bad=sum(part.page.bad for part in pages),
        judged=judged or None,
        ranks=(*ranks, *silent) if len(ranks) + len(silent) > 1 else (),
        lora=_adapters(parts),
        **{name: value for name, value in fields.items() if value is not None},  # type: ignore[arg-type]
    )
    events.append(scrape)
    return events


def _together(parts: Sequence[EnginePage], metric: Metric, is_summed: bool) -> object:
    """A gauge or counter over several pages. A page without the counter has not counted anything
    yet; a page without the gauge leaves the sum unknown."""
    values = [part.fields[metric.id] for part in parts]
    known = [value for value in values if value is not None]
    if metric.shown == "max" and metric.kind == "gauge":
        return max(known, default=None)  # type: ignore[type-var]
    unknown = metric.kind == "gauge" or any(part.bad for part in parts)
    if not known or not is_summed or (unknown and len(known) < len(values)):
        return None
    if metric.by:
        counts: dict[str, int] = {}
        for value in known:
            for label, count in value.items() if isinstance(value, dict) else ():
                counts[label] = counts.get(label, 0) + count
        return counts
    return known[0] if len(known) == 1 else combined(known, metric.shown)  # type: ignore[arg-type]


def _judged(parts: Sequence[EnginePage], fields: Mapping[str, object]) -> dict[str, float]:
    """By field, the number that a threshold is compared with, if it differs from the shown one."""
    judged: dict[str, float] = {}
    for metric in METRICS:
        if metric.judged is None:
            continue
        values = (part.judged.get(metric.id, part.fields[metric.id]) for part in parts)
        numbers = [float(number) for number in values if isinstance(number, int | float)]
        if numbers and (value := combined(numbers, metric.judged)) != fields[metric.id]:
            judged[metric.id] = value
    return judged


def _observed(parts: Sequence[EnginePage], name: str) -> Observations | None:
    """A histogram over several pages; None where their bounds differ, or one is unreadable."""
    known = [part.observed[name] for part in parts if name in part.observed]
    if not known or (len(known) < len(parts) and any(part.bad for part in parts)):
        return None
    first, *others = known
    for other in others:
        if other.le != first.le:
            return None
        counts = tuple(map(add, first.counts, other.counts))
        first = Observations(first.le, first.total + other.total, counts)
    return first


def _placed(rank: RankScrape, part: PortPage) -> RankScrape:
    return msgspec.structs.replace(rank, port=part.port, pod=part.pod)


def _adapters(parts: Iterable[EnginePage]) -> Lora | None:
    """The adapters of several pages."""
    known = [part.lora for part in parts if part.lora is not None]
    if len(known) < 2:
        return known[0] if known else None
    mosts = [lora.most for lora in known if lora.most is not None]
    return Lora(
        running=tuple(dict.fromkeys(name for lora in known for name in lora.running)),
        waiting=tuple(dict.fromkeys(name for lora in known for name in lora.waiting)),
        most=max(mosts, default=None),
    )


def _engine(
    pages: Sequence[PortPage],
    own: Sequence[PortPage],
    models: Sequence[str],
    *,
    at: float,
    pod: str,
) -> Engine:
    """The Engine of a pod. Its KV cache is that of the engines of its own model."""
    caches = [cache for part in own for cache in part.page.caches]
    if len(models) == 1:
        caches = [cache for cache in caches if cache.model in ("", models[0])]
    sizes = {cache.block_size for cache in caches}
    is_even = len(sizes) == 1
    tokens = [cache_tokens(cache) for cache in caches]
    several = [
        msgspec.structs.replace(cache, port=part.port, pod=part.pod)
        for part in pages
        for cache in part.page.caches
    ]
    return Engine(
        at,
        pod=pod,
        engine=own[0].page.family,
        model=", ".join(models),
        port=own[0].port,
        blocks=whole_sum([cache.blocks for cache in caches]) if is_even else None,
        block_size=next(iter(sizes)) if is_even else None,
        kv_tokens=whole_sum(tokens)
        if not is_even or any(cache.kv_tokens is not None for cache in caches)
        else None,
        ranks=tuple(several) if len(several) > 1 else (),
    )


def read_epp(page: bytes, *, at: float, pod: str, took_ms: int) -> list[Epp]:
    """One Epp of an endpoint picker's page; empty for any other page. Never raises."""
    read = MetricsPage(_EPP_PLACES)
    for sample in _read_epp(page):
        read.take(sample)
    fields: dict[str, object] = {
        metric.id: read.apart(row, metric)
        if metric.by
        else read.count(row, metric)
        if metric.id in _EPP_WHOLE
        else read.number(row, metric)
        for row, metric in enumerate(EPP_METRICS)
    }
    if all(value is None for value in fields.values()):
        return []
    return [Epp(at, pod=pod, took_ms=took_ms, **fields)]  # type: ignore[arg-type]
