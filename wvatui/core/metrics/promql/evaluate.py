"""The value of a query at a time, computed as Prometheus does, from the series at hand.

Source: Prometheus v3 promql/engine.go (operators, vector matching, aggregation) and functions.go.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from wvatui.core.metrics.promql.calls import (
    AGGREGATIONS,
    EACH,
    OVER_TIME,
    RATES,
    histogram_quantile,
    ranked,
)
from wvatui.core.metrics.promql.operators import ARITHMETIC, COMPARED, SETS
from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.series import SeriesSource, selected
from wvatui.core.metrics.promql.tokens import PromqlError
from wvatui.core.metrics.promql.tree import (
    LabelMatcher,
    PromqlAggregation,
    PromqlCall,
    PromqlNode,
    PromqlNumber,
    PromqlOperation,
    PromqlSelector,
)

_Key = frozenset[tuple[str, str]]


class PromqlSample(NamedTuple):
    """One element of an answer."""

    labels: Mapping[str, str]
    value: float


PromqlAnswer = float | list[PromqlSample]
"""A scalar, or the elements of a vector."""


def answer(query: str | PromqlNode, source: SeriesSource, at: float) -> PromqlAnswer:
    """What a query, or its tree, gives at `at` (UTC epoch seconds).

    Raises PromqlError for what is not understood, and its subclasses FamilyNotHeld (no such series)
    and ValueNotKnown (not observed at that time).
    """
    return _value(parse(query) if isinstance(query, str) else query, source, at)


def values(query: str | PromqlNode, source: SeriesSource, at: float) -> list[float]:
    """The values of an answer's elements, in order of their labels; a scalar is one value.

    Raises what `answer` does.
    """
    given = answer(query, source, at)
    if isinstance(given, float):
        return [given]
    return [sample.value for sample in sorted(given, key=lambda each: sorted(each.labels.items()))]


def _value(node: PromqlNode, source: SeriesSource, at: float) -> PromqlAnswer:
    match node:
        case PromqlNumber():
            return node.value
        case PromqlSelector():
            return _instant(node, source, at)
        case PromqlCall():
            return _call(node, source, at)
        case PromqlAggregation():
            return _aggregation(node, source, at)
        case PromqlOperation():
            return _operation(node, source, at)


def _instant(node: PromqlSelector, source: SeriesSource, at: float) -> list[PromqlSample]:
    if node.range_s is not None:
        raise PromqlError(f"{node.name}[…] is a range: a function such as rate() wants it")
    newest = [(each, each.at(at - node.offset_s)) for each in selected(source, node, at)]
    return [PromqlSample(each.labels, value) for each, value in newest if value is not None]


def _vector(given: PromqlAnswer, what: str) -> list[PromqlSample]:
    if isinstance(given, float):
        raise PromqlError(f"{what} wants series, not a number")
    return given


def _scalar(given: PromqlAnswer, what: str) -> float:
    if not isinstance(given, float):
        raise PromqlError(f"{what} wants a number, not series")
    return given


# --- functions


def _call(node: PromqlCall, source: SeriesSource, at: float) -> PromqlAnswer:
    name, arguments = node.function, node.arguments
    if name in OVER_TIME or name in RATES or name == "quantile_over_time":
        return _over_range(node, source, at)
    given = [_value(argument, source, at) for argument in arguments]
    if name == "time":
        return at
    if name == "vector":
        return [PromqlSample({}, _scalar(given[0], "vector()"))]
    series = _vector(given[-1] if name == "histogram_quantile" else given[0], f"{name}()")
    if name == "scalar":
        return series[0].value if len(series) == 1 else math.nan
    if name == "absent":
        return [] if series else [PromqlSample(_absent_labels(arguments[0]), 1.0)]
    if name == "histogram_quantile":
        return _quantiles(_scalar(given[0], "histogram_quantile()"), series)
    numbers = [_scalar(each, f"{name}()") for each in given[1:]]
    change = _changing(name, numbers)
    return [PromqlSample(each.labels, change(each.value)) for each in series]


def _changing(name: str, numbers: Sequence[float]) -> Callable[[float], float]:
    """A function of one value, with its other arguments filled in."""
    if name in EACH:
        return EACH[name]
    if name == "round":
        to = numbers[0] if numbers else 1.0
        return lambda value: math.floor(value / to + 0.5) * to if math.isfinite(value) else value
    low = numbers[0] if name in ("clamp", "clamp_min") else -math.inf
    high = numbers[-1] if name in ("clamp", "clamp_max") else math.inf
    return lambda value: value if math.isnan(value) else max(low, min(high, value))


def _absent_labels(node: PromqlNode) -> dict[str, str]:
    matchers: Sequence[LabelMatcher] = node.matchers if isinstance(node, PromqlSelector) else ()
    return {matcher.label: matcher.value for matcher in matchers if matcher.sign == "="}


def _over_range(node: PromqlCall, source: SeriesSource, at: float) -> list[PromqlSample]:
    place = cast(PromqlSelector, node.arguments[-1])  # the parser has seen to it
    until = at - place.offset_s
    since = until - (place.range_s or 0.0)
    part = _scalar(_value(node.arguments[0], source, at), "") if len(node.arguments) > 1 else 0.0
    samples = []
    for series in selected(source, place, at):
        times, seen = series.within(since, until)
        if not seen:
            continue
        if node.function in RATES:
            value = RATES[node.function](times, seen, since, until)
        elif node.function == "quantile_over_time":
            value = ranked(seen, part)
        else:
            value = OVER_TIME[node.function](seen)
        if value is not None:
            samples.append(PromqlSample(series.labels, value))
    return samples


def _quantiles(part: float, series: Sequence[PromqlSample]) -> list[PromqlSample]:
    """The quantile of each histogram among the buckets."""
    histograms: dict[_Key, dict[float, float]] = {}
    for sample in series:
        try:
            bound = float(sample.labels.get("le", ""))
        except ValueError:
            continue
        key = frozenset(item for item in sample.labels.items() if item[0] != "le")
        buckets = histograms.setdefault(key, {})
        buckets[bound] = buckets.get(bound, 0.0) + sample.value
    return [
        PromqlSample(dict(key), histogram_quantile(part, buckets))
        for key, buckets in histograms.items()
    ]


# --- aggregations


def _aggregation(node: PromqlAggregation, source: SeriesSource, at: float) -> list[PromqlSample]:
    parameter = 0.0
    if node.parameter is not None:
        parameter = _scalar(_value(node.parameter, source, at), node.shape)
    groups: dict[_Key, list[float]] = {}
    for sample in _vector(_value(node.inner, source, at), f"{node.shape}()"):
        key = _kept(sample.labels, node.labels, without=node.without)
        groups.setdefault(key, []).append(sample.value)
    shape = AGGREGATIONS[node.shape]
    return [PromqlSample(dict(key), shape(values, parameter)) for key, values in groups.items()]


def _kept(labels: Mapping[str, str], names: Sequence[str], *, without: bool) -> _Key:
    """Labels of these names that are not empty; with `without` all the others."""
    return frozenset(
        (name, value) for name, value in labels.items() if value and (name in names) is not without
    )


# --- operators


def _operation(node: PromqlOperation, source: SeriesSource, at: float) -> PromqlAnswer:
    left, right = _value(node.left, source, at), _value(node.right, source, at)
    if node.sign in SETS:
        return _set(node, _vector(left, node.sign), _vector(right, node.sign))
    if isinstance(left, float) and isinstance(right, float):
        if node.sign in COMPARED and not node.as_number:
            raise PromqlError(f"{node.sign} between two numbers wants bool")
        worked = _worked(node, left, right, left)
        return math.nan if worked is None else worked
    pairs: list[tuple[PromqlSample, float | None]]
    if isinstance(right, float):
        pairs = [(s, _worked(node, s.value, right, s.value)) for s in _vector(left, node.sign)]
    elif isinstance(left, float):
        pairs = [(each, _worked(node, left, each.value, each.value)) for each in right]
    else:
        pairs = _matched(node, left, right)
    return [PromqlSample(each.labels, value) for each, value in pairs if value is not None]


def _worked(node: PromqlOperation, left: float, right: float, kept: float) -> float | None:
    """The result for one pair of values; a comparison gives `kept`, or None to drop it."""
    if node.sign in COMPARED:
        holds = COMPARED[node.sign](left, right)
        if node.as_number:
            return float(holds)
        return kept if holds else None
    return ARITHMETIC[node.sign](left, right)


def _side(node: PromqlOperation, sample: PromqlSample) -> _Key:
    """The labels that must agree with those of the other side."""
    if node.labels is None:
        return _kept(sample.labels, (), without=True)
    return _kept(sample.labels, node.labels, without=node.ignoring)


def _matched(
    node: PromqlOperation, left: Sequence[PromqlSample], right: Sequence[PromqlSample]
) -> list[tuple[PromqlSample, float | None]]:
    others: dict[_Key, PromqlSample] = {}
    for sample in right:
        if others.setdefault(_side(node, sample), sample) is not sample:
            raise PromqlError(f"{node.sign}: several series on the right go with one on the left")
    used: set[_Key] = set()
    matched: list[tuple[PromqlSample, float | None]] = []
    for sample in left:
        key = _side(node, sample)
        other = others.get(key)
        if other is None:
            continue
        if key in used:
            raise PromqlError(f"{node.sign}: several series on the left go with one on the right")
        used.add(key)
        labels = sample.labels if node.sign in COMPARED and not node.as_number else dict(key)
        worked = _worked(node, sample.value, other.value, sample.value)
        matched.append((PromqlSample(labels, sample.value), worked))
    return matched


def _set(
    node: PromqlOperation, left: list[PromqlSample], right: list[PromqlSample]
) -> list[PromqlSample]:
    theirs = {_side(node, sample) for sample in right}
    if node.sign == "and":
        return [sample for sample in left if _side(node, sample) in theirs]
    if node.sign == "unless":
        return [sample for sample in left if _side(node, sample) not in theirs]
    ours = {_side(node, sample) for sample in left}
    return [*left, *(sample for sample in right if _side(node, sample) not in ours)]
