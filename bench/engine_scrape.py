"""The scrape that a session would read from an engine's page, made without writing the page."""

import msgspec

from wvatui.core import events as ev
from wvatui.engine.engine import EngineModel
from wvatui.engine.engine_stats import E2E_BOUNDS, ITL_BOUNDS, TTFT_BOUNDS, EngineHistogram
from wvatui.engine.fleet import Fleet

LAYOUTS = (TTFT_BOUNDS, ITL_BOUNDS, E2E_BOUNDS)
"""Bucket bounds, in the order of the numbers by which scrapes refer to them."""


def layouts(at: float) -> tuple[ev.Bounds, ...]:
    """The events that define the bounds, to be emitted before the first scrape."""
    return tuple(ev.Bounds(at, id=number, le=le) for number, le in enumerate(LAYOUTS))


def scrape(engine: EngineModel, at: float, pod: str) -> ev.Scrape:
    """The scrape that `core.metrics.read_page` would make of the engine's page."""
    stats = engine.stats
    return ev.Scrape(
        at,
        pod=pod,
        kv=engine.cache.ratio,
        running=len(engine.running),
        waiting=len(engine.waiting),
        waiting_capacity=len(engine.waiting),
        waiting_deferred=0,
        preemptions=stats.preemptions,
        prompt_tokens=stats.prompt_tokens,
        generation_tokens=stats.generation_tokens,
        success={reason: count for reason, count in stats.finished.items() if count},
        prefix_hits=stats.prefix_hits,
        prefix_queries=stats.prefix_queries,
        ttft=_raw(0, stats.ttft),
        itl=_raw(1, stats.itl),
        e2e=_raw(2, stats.e2e),
        took_ms=9,
    )


def scrapes(fleet: Fleet) -> tuple[ev.Scrape, ...]:
    """The scrapes that a session would read now, one from each serving pod."""
    return tuple(
        scrape(fleet.engine(look.pod), look.at, look.pod)
        for look in fleet.look()
        if look.kv is not None
    )


def _raw(layout: int, histogram: EngineHistogram) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode([layout, round(histogram.total, 6), *histogram.counts]))
