"""How the fields of a look at a pod are read: by the rows of METRICS, never by a name at hand."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import get_args

import msgspec
from msgspec.structs import fields

from wvatui.core.events import Engine, Epp, RankEngine, Scrape
from wvatui.core.metrics.histogram import nothing_yet
from wvatui.core.metrics.metrics_table import METRICS

Number = Callable[[Scrape], float | None]


def whole_fields(look: type[Scrape] | type[Epp]) -> frozenset[str]:
    """The fields that hold whole numbers."""
    return frozenset(field.name for field in fields(look) if _is_whole(field.type))


def cache_tokens(cache: Engine | RankEngine) -> int | None:
    """How many tokens a KV cache holds; None: the page does not say.

    A hybrid model's blocks hold fewer than their size says: its own number goes first.
    """
    if cache.kv_tokens is not None or cache.blocks is None or cache.block_size is None:
        return cache.kv_tokens
    return cache.blocks * cache.block_size


def _is_whole(hint: object) -> bool:
    """Whether a type is `int`, also with bounds (`Annotated`) or beside None."""
    return hint is int or any(map(_is_whole, get_args(hint)))


def _total(name: str) -> Number:
    """All of a counter that is recorded by the values of a label."""
    counts: Callable[[Scrape], dict[str, int] | None] = attrgetter(name)

    def total(look: Scrape) -> float | None:
        by_label = counts(look)
        return None if by_label is None else sum(by_label.values())

    return total


def _judged(name: str) -> Number:
    number = NUMBERS[name]

    def judged(look: Scrape) -> float | None:
        other = look.judged
        return other[name] if other is not None and name in other else number(look)

    return judged


NUMBERS: Mapping[str, Number] = {
    metric.id: _total(metric.id) if metric.by else attrgetter(metric.id)
    for metric in METRICS
    if metric.kind != "histogram"
}
"""By id of each gauge and counter what it says; None: the page did not have it."""

JUDGED: Mapping[str, Number] = {
    metric.id: NUMBERS[metric.id] if metric.judged is None else _judged(metric.id)
    for metric in METRICS
    if metric.kind != "histogram"
}
"""The same as thresholds are held against it: `Metric.judged`."""

HISTOGRAMS: Mapping[str, Callable[[Scrape], msgspec.Raw]] = {
    metric.id: attrgetter(metric.id) for metric in METRICS if metric.kind == "histogram"
}
"""By id of each histogram what it says, not decoded."""


def histogram_pair(older: Scrape, newer: Scrape, name: str) -> tuple[msgspec.Raw, msgspec.Raw]:
    """The histogram `name` at two looks at one pod.

    Some engines show a histogram from its first observation on (the Prometheus clients make the
    series of a label when it is first used). One that only the newer look has began at 0. Where
    the older look was not read whole, or counted answered requests, it is missing and not new.
    """
    of = HISTOGRAMS[name]
    before, after = of(older), of(newer)
    if not bytes(before) and bytes(after) and _is_before_requests(older):
        before = nothing_yet(after)
    return before, after


def _is_before_requests(look: Scrape) -> bool:
    """Whether a look was read whole and no request had been answered by then."""
    models = {rank.model for rank in look.ranks if rank.model}
    is_whole = not look.bad and len(models) < 2 and not any(rank.why for rank in look.ranks)
    return is_whole and not any((look.success or {}).values())
