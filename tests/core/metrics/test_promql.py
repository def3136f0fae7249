"""PromQL over recorded series, parsed by Prometheus' grammar and evaluated by its rules."""

import math

import pytest

from tests.core.metrics.held_series import HeldSeries
from wvatui.core.metrics.promql.evaluate import answer, values
from wvatui.core.metrics.promql.series import FamilyNotHeld, TimeSeries, ValueNotKnown
from wvatui.core.metrics.promql.tokens import PromqlError


def gauge(value: float | None, **labels: str) -> TimeSeries:
    return TimeSeries(labels, [100.0], [value])


def over(values: list[float], step: float = 15.0, **labels: str) -> TimeSeries:
    """A series whose last sample is at 100 s."""
    first = 100.0 - step * (len(values) - 1)
    return TimeSeries(labels, [first + step * n for n in range(len(values))], values)


HELD = HeldSeries(
    {
        "queue": [gauge(3.0, pod="a", model="m"), gauge(5.0, pod="b", model="m")],
        "limit": [gauge(2.0, pod="a", model="m"), gauge(0.0, pod="b", model="m")],
        "size": [gauge(10.0, model="m")],
        "empty": [],
        "asked_total": [over([0, 30, 60, 90, 120], pod="a"), over([100, 130, 0, 30, 60], pod="b")],
        "ttft_bucket": [
            over([0, 0, 0, 0, 10], pod="a", le="0.1"),
            over([0, 0, 0, 0, 30], pod="a", le="1"),
            over([0, 0, 0, 0, 40], pod="a", le="+Inf"),
        ],
    }
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sum(queue)", [8.0]),
        ("avg(queue)", [4.0]),
        ("max(queue) - min(queue)", [2.0]),
        ("count(queue)", [2.0]),
        ('sum(queue{pod="a"})', [3.0]),
        ('queue{pod=~"a|c"}', [3.0]),
        ('sum(queue{pod!~"a.*"})', [5.0]),
        ('sum(queue{pod=~"b", model!="x"}) by (model)', [5.0]),
        ("sum by (pod) (queue)", [3.0, 5.0]),
        ("sum without (pod) (queue)", [8.0]),
        ('{__name__="queue",pod="b"}', [5.0]),
        ("(sum(queue) / 4) or vector(0)", [2.0]),
        ("(sum(empty) / 4) or vector(0)", [0.0]),
        ("sum(empty)", []),
        ("queue / limit", [1.5, math.inf]),
        ("queue > 4", [5.0]),
        ("queue > bool 4", [0.0, 1.0]),
        ("4 < queue", [5.0]),
        ("queue and limit > 1", [3.0]),
        ('queue unless queue{pod="a"}', [5.0]),
        ('size / on (model) queue{pod="b"}', [2.0]),
        ("2 + 3 * 2 ^ 3 ^ 0", [8.0]),
        ("-2 ^ 2", [-4.0]),
        ("-queue", [-3.0, -5.0]),
        ("7 % 4", [3.0]),
        ("0x10 + 1e1", [26.0]),
        ("clamp_max(queue, 4)", [3.0, 4.0]),
        ("clamp_min(sum(queue) - 100, 0)", [0.0]),
        ("clamp(queue, 4, 4.5)", [4.0, 4.5]),
        ("ceil(sum(queue) / 3)", [3.0]),
        ("round(sum(queue) / 3, 0.5)", [2.5]),
        ("scalar(sum(queue)) * 2", [16.0]),
        ("vector(time())", [100.0]),
        ("absent(empty)", [1.0]),
        ("absent(queue)", []),
        ("quantile(0.5, queue)", [4.0]),
        ("queue == queue # the same", [3.0, 5.0]),
        ("histogram_quantile(0.5, sum by (le) (ttft_bucket))", [0.55]),
        ("histogram_quantile(0.9, ttft_bucket)", [1.0]),
        ("sum(increase(asked_total{pod='a'}[1m]))", [120.0]),
        ("sum(rate(asked_total{pod='b'}[1m]))", [80.0 / 60]),
        ("irate(asked_total{pod='a'}[1m])", [2.0]),
        ("max_over_time(asked_total{pod='b'}[90s])", [130.0]),
        ("avg_over_time(asked_total{pod='a'}[45s])", [90.0]),
        ("sum(asked_total offset 15s)", [120.0]),
    ],
)
def test_a_query_gives_what_prometheus_gives(query: str, expected: list[float]) -> None:
    assert values(query, HELD, 100.0) == pytest.approx(expected)


def test_a_rate_is_extrapolated_to_the_ends_of_its_range_and_no_further_than_zero() -> None:
    """Samples each 15 s, the first of them 10 s into the range: rates as promql's own tests."""
    held = HeldSeries({"c": [TimeSeries({}, [110, 125, 140, 155], [10, 25, 40, 55])]})
    assert values("increase(c[60s])", held, 160.0) == pytest.approx([45 * (45 + 10 + 5) / 45])
    born = HeldSeries({"c": [TimeSeries({}, [110, 125, 140, 155], [5, 20, 35, 50])]})
    assert values("increase(c[60s])", born, 160.0) == pytest.approx([45 * (45 + 5 + 5) / 45])
    far = HeldSeries({"c": [TimeSeries({}, [130, 140], [100, 110])]})
    assert values("rate(c[60s])", far, 160.0) == pytest.approx([10 * (10 + 5 + 5) / 10 / 60])
    assert values("rate(c[60s])", HeldSeries({"c": [gauge(1.0)]}), 101.0) == []


def test_a_series_that_ended_or_is_older_than_five_minutes_is_not_there() -> None:
    ended = HeldSeries({"q": [TimeSeries({}, [100.0, 160.0], [4.0, None])]})
    assert values("q", ended, 159.0) == [4.0]
    assert values("q", ended, 160.0) == []
    old = HeldSeries({"q": [gauge(4.0)]})
    assert values("q", old, 399.0) == [4.0]
    assert values("q", old, 400.0) == []


def test_labels_go_with_the_elements() -> None:
    given = answer("sum by (pod) (queue) / 2", HELD, 100.0)
    assert given == [({"pod": "a"}, 1.5), ({"pod": "b"}, 2.5)]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("sum(queue", "ends too early"),
        ("sum(queue))", "')' at 11"),
        ("queue !! 1", "'!! 1' is not understood"),
        ("label_replace(queue, 'a', 'b', 'c', 'd')", "label_replace() is not modelled"),
        ("max_over_time(queue[5m:1m])", "a subquery is not modelled"),
        ("max_over_time(sum(queue)[5m])", "a subquery is not modelled"),
        ("queue @ 3", "'@' is not modelled"),
        ("queue * on (model) group_left size", "group_left is not modelled"),
        ("rate(queue)", "rate() wants a range"),
        ("queue[5m]", "is a range"),
        ("queue[x]", "a duration such as 5m"),
        ("1 > 2", "wants bool"),
        ("clamp_max(queue)", "does not take 1 argument"),
        ("quantile(queue)", "takes 2 arguments"),
        ('queue{pod=~"("}', "is no pattern"),
        ('{pod="a"}', "without the name"),
        ("queue * on (model) limit", "several series on the right"),
        ("sum(1)", "wants series, not a number"),
        ("vector(queue)", "wants a number, not series"),
        ("(" * 200 + "1" + ")" * 200, "nested too deeply"),
        ("", "ends too early"),
    ],
)
def test_what_is_not_understood_is_refused_in_words(query: str, why: str) -> None:
    with pytest.raises(PromqlError) as refused:
        values(query, HELD, 100.0)
    assert why in str(refused.value)


def test_a_name_that_nothing_holds_says_what_is_held() -> None:
    with pytest.raises(FamilyNotHeld) as refused:
        values("sum(queue_size)", HeldSeries({"queue": [], "running": []}), 1.0)
    assert "'queue_size' is held; held are queue, running" in str(refused.value)


def test_what_was_not_seen_is_not_taken_for_nothing() -> None:
    """The result of a range that begins before the first scrape is unknown, since Prometheus had
    samples that the recording lacks."""
    held = HeldSeries({"c": [over([1, 2, 3])]}, since=70.0)
    assert values("increase(c[30s])", held, 100.0) == pytest.approx([2.0])
    with pytest.raises(ValueNotKnown):
        values("increase(c[1m])", held, 100.0)
    with pytest.raises(ValueNotKnown):
        values("c", held, 69.0)


def test_matchers_on_labels_that_are_not_known_match() -> None:
    held = HeldSeries({"q": [gauge(4.0, pod="a")]}, unknown=["service"])
    query = 'sum(q{service="epp",pod="a"})'
    assert values(query, held, 100.0) == [4.0]
    assert values('q{zone="x"}', held, 100.0) == []
