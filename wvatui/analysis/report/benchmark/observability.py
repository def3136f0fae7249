"""The observations of pods and replicas during a run."""

from collections.abc import Iterable, Sequence

from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.report.benchmark.parts import Part, known, seen_pods, served_by, statistics
from wvatui.core.events import Scrape
from wvatui.core.lines import clean
from wvatui.core.queries.pods.polled import timed_rounds
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link
from wvatui.export.stamp import iso


def observability(m: MeasuredRun) -> Part:
    """Components, pods' starts, replicas and changes of size, as far as observed."""
    scaling = {
        "ups": m.of_moves(lambda moves: sum(move.up for move in moves)),
        "downs": m.of_moves(lambda moves: sum(not move.up for move in moves)),
        "replica_seconds": m.replicas("seconds"),
        "gap_seconds": m.gaps(sum),
    }
    return known(
        {
            "components": [part for each in served_by(m).items() if (part := _seen(m, *each))],
            "pod_startup_times": _startups(m),
            "replica_status": _replica_status(m),
            # The schema allows further fields here.
            "scaling": known({k: next(iter(f.values()), None) for k, f in scaling.items()}),
        }
    )


_GAUGES = (
    ("kv", "kv_cache_usage", "kv_cache_usage", "percent", 100.0),
    ("running", "running_requests", "num_requests_running", "count", 1.0),
    ("waiting", "waiting_requests", "num_requests_waiting", "count", 1.0),
)
"""Field of a scrape, its names in aggregates and in series, its unit, and a factor to convert to
it."""


def _seen(m: MeasuredRun, label: str, link: Link | None) -> Part | None:
    """Observations of a variant's pods: aggregates over all scrapes, series over rounds."""
    looks = [
        look
        for pod in seen_pods(m, link)
        for look in m.run.looks.get(pod, ())
        if m.since <= look.at <= m.until
    ]
    looks.sort(key=lambda look: look.at)
    aggregate: Part = {}
    series: Part = {}
    for field, name, over_time, units, factor in _GAUGES:
        seen = _values(looks, field, factor)
        if seen:
            aggregate[name] = statistics([value for _, _, value in seen], units)
            points = [
                {"ts": iso(at)} | known(_point(field, list(values.values())))
                for at, values in timed_rounds(seen, m.run.round_s)
            ]
            series[over_time] = {"units": units, "series": points}
    if not aggregate:
        return None
    return {"component_label": label, "aggregate": aggregate, "time_series": series}


def _values(looks: Iterable[Scrape], field: str, factor: float) -> list[tuple[float, str, float]]:
    return [
        (look.at, look.pod, value * factor)
        for look in looks
        if (value := getattr(look, field)) is not None
    ]


def _point(field: str, values: Sequence[float]) -> Part:
    """The value of a field in one round: a mean over the pods for a share, a sum for requests."""
    if field == "kv":
        return {"mean": sum(values) / len(values), "min": min(values), "max": max(values)}
    return {"value": sum(values)}


def _startups(m: MeasuredRun) -> Part:
    source, boots = m.boots
    if source != "pods" or not boots:
        return {}
    lives = [
        life
        for life in m.run.state.lifecycles.values()
        if life.created_at is not None and m.since <= life.created_at <= m.until
    ]
    pods = [
        known(
            {
                "name": clean(life.pod),
                "creation_timestamp": iso(life.created_at),
                "ready_timestamp": iso(life.ready_at),
                "startup_seconds": max(0.0, life.ready_at - life.created_at)
                if life.ready_at is not None and life.created_at is not None
                else None,
            }
        )
        for life in lives
    ]
    return {"collected_at": iso(m.until), "pods": pods, "aggregate": statistics(boots, "s")}


def _replica_status(m: MeasuredRun) -> Part:
    state = m.run.state
    controllers = [
        known(
            {
                "kind": workload.kind,
                "name": clean(workload.name),
                "model": clean(link.model),
                "desired_replicas": workload.spec,
                "available_replicas": workload.available,
                "ready_replicas": workload.ready,
                "updated_replicas": workload.updated,
            }
        )
        for link in state_links(state)
        if (workload := link.workload) is not None
        and None not in (workload.spec, workload.available, workload.ready)
    ]
    ready = {
        name: next(iter(m.replicas(field).values()), None)
        for name, field in (("mean", "mean"), ("min", "least"), ("max", "most"))
    }
    return known(
        {
            "timestamp": iso(m.run.until) if controllers else None,
            "controllers": controllers,
            "aggregate_ready_replicas": {"units": "count", **ready}
            if ready["mean"] is not None
            else None,
        }
    )
