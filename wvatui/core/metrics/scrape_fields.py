"""Access to the fields of a scrape by metric id, derived from METRICS; no names are listed here."""

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

    The page's own number takes precedence, since a hybrid model's blocks hold fewer tokens than
    their size says.
    """
    if cache.kv_tokens is not None or cache.blocks is None or cache.block_size is None:
        return cache.kv_tokens
    return cache.blocks * cache.block_size


def _is_whole(hint: object) -> bool:
    """Whether a type is `int`, also with bounds (`Annotated`) or beside None."""
    return hint is int or any(map(_is_whole, get_args(hint)))


def _total(name: str) -> Number:
    """Reads the total of a counter that is recorded by label value."""
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
"""By metric id: reads a gauge or counter from a scrape; None: the page did not have it."""

JUDGED: Mapping[str, Number] = {
    metric.id: NUMBERS[metric.id] if metric.judged is None else _judged(metric.id)
    for metric in METRICS
    if metric.kind != "histogram"
}
"""As NUMBERS, but the number that thresholds are compared with: `Metric.judged`."""

HISTOGRAMS: Mapping[str, Callable[[Scrape], msgspec.Raw]] = {
    metric.id: attrgetter(metric.id) for metric in METRICS if metric.kind == "histogram"
}
"""By metric id: reads a histogram from a scrape, undecoded."""


def histogram_pair(older: Scrape, newer: Scrape, name: str) -> tuple[msgspec.Raw, msgspec.Raw]:
    """The histogram `name` at two scrapes of one pod.

    Some engines show a histogram only after its first observation (Prometheus clients create the
    series of a label when it is first used): one that only the newer scrape has started at 0. It
    counts as missing, not as new, if the older scrape was incomplete or had answered requests.
    """
    of = HISTOGRAMS[name]
    before, after = of(older), of(newer)
    if not bytes(before) and bytes(after) and _is_before_requests(older):
        before = nothing_yet(after)
    return before, after


def _is_before_requests(look: Scrape) -> bool:
    """Whether a scrape is complete and no request had been answered by then."""
    models = {rank.model for rank in look.ranks if rank.model}
    is_whole = not look.bad and len(models) < 2 and not any(rank.why for rank in look.ranks)
    return is_whole and not any((look.success or {}).values())


def rate(first: Scrape, last: Scrape, counter: str = "generation_tokens") -> float | None:
    """Growth of a counter per second between two scrapes; None when it is not known."""
    total = NUMBERS[counter]
    begun, ended = total(first), total(last)
    # A counter that fell was reset: how much it had grown before that is not known.
    if begun is None or ended is None or last.at <= first.at or ended < begun:
        return None
    return (ended - begun) / (last.at - first.at)
