"""The ratios of an HPA's metrics to their targets, look by look.

Where the target is per pod, the reading is, too (value ÷ (target × replicas)), as in
status.currentMetrics. Above 1 plus the scale-up tolerance a metric asks for more replicas; replicas
are removed where every metric is below 1 minus the scale-down tolerance (Kubernetes
pkg/controller/podautoscaler/replica_calculator.go). What KEDA serves as a fallback is no reading of
a metric, and is drawn separately.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import NamedTuple, TypeVar

from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.decisions.hpa.outcome import trigger_names
from wvatui.core.decisions.hpa.recorded import spec_of
from wvatui.core.decisions.keda.falling_back import falls_back
from wvatui.core.events import Autoscaler
from wvatui.core.lines import clean, told_apart
from wvatui.core.queries.charts.chart_parts import ChartSpan, chosen, lines_of, short_names, view
from wvatui.core.queries.charts.downsample import steps
from wvatui.core.rows.views import ChartView, LimitLine, SeriesStyle, SeriesView
from wvatui.core.rules.hpa.hpa import tolerances
from wvatui.core.rules.hpa.hpa_versions import HpaFlags, release_of
from wvatui.core.rules.keda.keda_spec import COMPOSITE
from wvatui.core.rules.keda.trigger_names import SERVED
from wvatui.core.state.links import Link
from wvatui.core.state.looks import HpaLook
from wvatui.core.state.ring import Ring
from wvatui.core.state.session_window import is_of_start
from wvatui.core.state.state import State

T = TypeVar("T")
_LEFT = ("FailedGetScale", "ScalingDisabled")
"""Reasons of looks that read no metric and keep the readings of an earlier look."""


class Band(NamedTuple):
    """The range of ratios in which a metric asks for the present number of replicas."""

    low: float
    high: float


class Ratio(NamedTuple):
    """A reading divided by its target; None: the metric was not read at this look."""

    value: float | None
    is_stand_in: bool = False
    """KEDA served it as its fallback: it was not measured."""


def ratios(look: HpaLook) -> dict[str, Ratio]:
    """The ratio of each metric at a look, by name."""
    names = trigger_names(look.scaled, (metric.name for metric in look.hpa.metrics))
    is_left = any(c.status == "False" and c.reason in _LEFT for c in look.hpa.conditions)
    out: dict[str, Ratio] = {}
    for number, metric in enumerate(look.hpa.metrics, 1):
        name = names.get(metric.name, metric.name)
        value, target = None if is_left else metric.current, metric.target
        ratio = Ratio(
            None if value is None or not target else value / target,
            _is_stand_in(look, metric.name),
        )
        out[f"{name} #{number}" if name in out else name] = ratio
    return out


def _is_stand_in(look: HpaLook, metric: str) -> bool:
    """Whether KEDA served its fallback in place of a metric that it could not read.

    Source: KEDA pkg/fallback/fallback.go GetMetricsWithFallback; a formula falls back as a whole.
    """
    if look.scaled is None or SERVED.fullmatch(metric) is None or not falls_back(look.scaled):
        return False
    health = look.scaled.health
    if metric == COMPOSITE or not health:
        return True
    return health.get(metric, {}).get("status") == "Failing"


def band(state: State, hpa: Autoscaler) -> Band | None:
    """1 with the tolerances of an HPA; None: its spec is not valid."""
    spec = spec_of(hpa)
    if spec is None:
        return None
    release, _ = release_of(state.header.server if state.header is not None else "")
    near = tolerances(spec, HpaFlags(), release)
    return Band(1 - near.down, 1 + near.up)


def looks_of(state: State, link: Link) -> list[HpaLook]:
    """The looks of a variant's HPA, oldest first."""
    hpa = link.hpa
    return [] if hpa is None else list(state.hpa_looks.get((hpa.namespace, hpa.name), ()))


def over_spec(
    state: State, hpa: Autoscaler, span: ChartSpan, value: Callable[[Autoscaler], T | None]
) -> list[tuple[T, float, float]]:
    """(value, since, until) over a window of what `value` makes of an HPA's maximum and behavior,
    each from when its object was first seen with them; stretches of None are left out."""
    since, until, _ = span
    ring = state.hpa_looks.get((hpa.namespace, hpa.name), Ring[HpaLook](0))
    looks = _in_sight(list(ring), since, until)
    seen = [each for look in looks for each in (look.before, look.hpa) if each is not None]
    specs = groupby([*seen, hpa], key=lambda each: (each.max, each.behavior))
    versions = [next(same) for _, same in specs]
    groups = groupby(((value(each), each.at) for each in versions), key=itemgetter(0))
    values, begins = zip(*(next(same) for _, same in groups), strict=True)
    is_all = ring and ring.total == len(ring)  # no version was forgotten
    born = versions[0].created_at if is_all else begins[0]
    if born is None or is_of_start(state.header, state.first_at, born):
        born = -inf
    steps = zip(values, (born, *begins[1:]), (*begins[1:], inf), strict=True)
    return [step for step in steps if step[0] is not None]


def crossed_at(
    state: State, link: Link, at: float, *, up: bool, after: float = -inf
) -> float | None:
    """Since when the metrics had asked for another size when a look changed it at `at`: one of them
    for more, or all for fewer. None: they were not seen to, or did so when the session began.

    `after`: looks up to then count for an earlier change, UTC epoch seconds."""
    near = of = None
    since: float | None = None
    looks = looks_of(state, link)
    for place in range(bisect_right(looks, at, key=_time) - 1, -1, -1):
        look = looks[place]
        if look.at <= after:
            break
        if near is None or look.hpa.behavior is not of:
            near, of = band(state, look.hpa), look.hpa.behavior
        if near is None:
            break
        every = [each.value for each in ratios(look).values()]
        values = [value for value in every if value is not None]
        # While one of its metrics cannot be read, an HPA removes no replica.
        if not values or not (up or len(values) == len(every)):
            break
        if not (max(values) > near.high if up else max(values) < near.low):
            break
        since = look.at
    else:
        return None if since is None or is_of_start(state.header, state.first_at, since) else since
    return since


Course = list[tuple[float, float | None]]


def _in_sight(looks: Sequence[HpaLook], since: float, until: float) -> Sequence[HpaLook]:
    """The looks of a window, and the one in force when it begins."""
    end = bisect_right(looks, until, key=_time)
    return looks[max(0, bisect_right(looks, since, hi=end, key=_time) - 1) : end]


def _time(look: HpaLook) -> float:
    return look.at


def _courses(looks: Iterable[HpaLook]) -> dict[str, Course]:
    """The ratios of each metric over time, by name; None where it was not read."""
    read = [(look.at, ratios(look)) for look in looks]
    names = dict.fromkeys(name for _, values in read for name in values)
    return {name: [(at, _measured(values.get(name))) for at, values in read] for name in names}


def _measured(ratio: Ratio | None) -> float | None:
    return None if ratio is None or ratio.is_stand_in else ratio.value


def _stand_ins(looks: Iterable[HpaLook]) -> Course:
    """The highest ratio of fallbacks over time; None where none was served."""
    served = [
        (look.at, [r.value for r in ratios(look).values() if r.is_stand_in and r.value is not None])
        for look in looks
    ]
    return [(at, max(values, default=None)) for at, values in served]


def metric_chart(state: State, span: ChartSpan, scope: str | None) -> ChartView | None:
    """The chart of each metric of the HPAs, with their tolerances; None where WVA decides or there
    is no HPA."""
    links = [link for link in chosen(state, scope) if looks_of(state, link)]
    if not links or not is_without_wva(state):
        return None
    short: Mapping[str, str] = short_names([state.id_of(link) for link in links])
    since, until, _ = span
    series = []
    for link in links:
        looks = _in_sight(looks_of(state, link), since, until)
        prefix = short[state.id_of(link)]
        measured = _courses(looks)
        called = told_apart(measured)
        courses: dict[tuple[str, SeriesStyle], Course] = {
            (called[name], "step"): course for name, course in measured.items()
        }
        courses["fallback", "stand-in"] = _stand_ins(looks)
        for (name, style), course in courses.items():
            drawn = steps(course, *span)
            if any(value is not None for _, value in drawn):
                series.append(SeriesView(clean(prefix + name), drawn, style))
    of_each = [
        over_spec(state, link.hpa, span, lambda hpa: band(state, hpa))
        for link in links
        if link.hpa is not None
    ]
    limits: tuple[LimitLine, ...] = ()
    if series and len({tuple((near, until) for near, _, until in each) for each in of_each}) == 1:
        bands = min(of_each, key=lambda each: [since for _, since, _ in each])
        limits = (
            *lines_of("up above", span, ((near.high, begin, end) for near, begin, end in bands)),
            *lines_of("down below", span, ((near.low, begin, end) for near, begin, end in bands)),
        )
    note = "" if series else "no metric was read in this window"
    return view(state, span, "Metrics ÷ target", "ratio", tuple(series), limits, note)
