"""What an HPA's metrics come to against their targets, look by look.

A reading is a pod's share of the whole where the target is (value ÷ (target × replicas)), as
status.currentMetrics has it. Above 1 and the tolerance of the way up it asks for more replicas;
replicas go where every metric is below 1 and the tolerance of the way down (Kubernetes
pkg/controller/podautoscaler/replica_calculator.go).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wvatui.core.decisions.deciders import is_without_wva
from wvatui.core.decisions.hpa.looking import trigger_names
from wvatui.core.decisions.hpa.recorded import spec_of
from wvatui.core.events import Autoscaler
from wvatui.core.lines import clean
from wvatui.core.queries.charts.chart_parts import ChartSpan, chosen, short_names, view
from wvatui.core.queries.charts.downsample import steps
from wvatui.core.rows.views import ChartView, SeriesView
from wvatui.core.rules.hpa.hpa import tolerances
from wvatui.core.rules.hpa.hpa_versions import HpaFlags, release_of
from wvatui.core.state.links import Link
from wvatui.core.state.looks import HpaLook
from wvatui.core.state.state import State

_LEFT = ("FailedGetScale", "ScalingDisabled")
"""Reasons of looks that read no metric and leave the readings of an earlier one."""


class Band(NamedTuple):
    """Ratios within which a metric asks for as many replicas as there are."""

    low: float
    high: float


def ratios(look: HpaLook) -> dict[str, float | None]:
    """Each metric's reading divided by its target, by name; None: it was not read at this look."""
    names = trigger_names(look.scaled, (metric.name for metric in look.hpa.metrics))
    is_left = any(c.status == "False" and c.reason in _LEFT for c in look.hpa.conditions)
    out: dict[str, float | None] = {}
    for number, metric in enumerate(look.hpa.metrics, 1):
        name = names.get(metric.name, metric.name)
        value, target = None if is_left else metric.current, metric.target
        ratio = None if value is None or not target else value / target
        out[f"{name} #{number}" if name in out else name] = ratio
    return out


def band(state: State, hpa: Autoscaler) -> Band | None:
    """1 with the tolerances of an HPA; None: its spec is not as the API has it."""
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


def crossed_at(state: State, link: Link, at: float, *, up: bool) -> float | None:
    """Since when the metrics have asked for another size, at the look that changed it at `at`:
    one of them for more, or all for fewer. None: they did not, as far as it was seen."""
    near = band(state, link.hpa) if link.hpa is not None else None
    if near is None:
        return None
    since: float | None = None
    for look in reversed(looks_of(state, link)):
        if look.at > at:
            continue
        values = [value for value in ratios(look).values() if value is not None]
        if not values or not (max(values) > near.high if up else max(values) < near.low):
            break
        since = look.at
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
    return {name: [(at, values.get(name)) for at, values in read] for name in names}


def metric_chart(state: State, span: ChartSpan, scope: str | None) -> ChartView | None:
    """Each metric of the HPAs, with what they tolerate; None where WVA decides, or no HPA is."""
    links = [link for link in chosen(state, scope) if looks_of(state, link)]
    if not links or not is_without_wva(state):
        return None
    short: Mapping[str, str] = short_names([state.id_of(link) for link in links])
    since, until, _ = span
    series = []
    for link in links:
        for name, course in _courses(_in_sight(looks_of(state, link), since, until)).items():
            drawn = steps(course, *span)
            if any(value is not None for _, value in drawn):
                series.append(SeriesView(clean(short[state.id_of(link)] + name), drawn, "step"))
    bands = {band(state, link.hpa) for link in links if link.hpa is not None}
    limits: tuple[tuple[str, float], ...] = ()
    near = bands.pop() if len(bands) == 1 else None
    if near is not None and series:
        limits = (("more above", near.high), ("fewer below", near.low))
    note = "" if series else "no metric was read in this window"
    return view(state, span, "Metrics ÷ target", "ratio", tuple(series), limits, note)
