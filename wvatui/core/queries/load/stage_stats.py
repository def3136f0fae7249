"""Statistics of each stage of load: offered and answered requests, and the servers' state."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from wvatui.core import events as ev
from wvatui.core.events import Scrape
from wvatui.core.metrics.scrape_fields import histogram_pair
from wvatui.core.queries.load.load_rows import stages
from wvatui.core.queries.load.result_rows import serving
from wvatui.core.queries.load.stretches import StageStretch, stretches
from wvatui.core.queries.pods.replica_time import replica_time
from wvatui.core.queries.pods.window import (
    BoundsById,
    WindowObserved,
    grown_together,
    observed,
    total_share,
)
from wvatui.core.results import Benchmark
from wvatui.core.rows.load_views import StageBand, StageRow
from wvatui.core.state.history import History, scrape_at
from wvatui.core.state.scope import each_namespace
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State
from wvatui.core.sums import whole_sum

LEAST_S = 1.0
"""Stretches shorter than this, seconds, are only the transition between two stages."""
SAME = 0.1
"""A report's stage matches a stretch if their ends differ by at most this share of its length."""
FAILED = frozenset(("abort", "error"))
"""Reasons for which a request finished without an answer (vLLM `finished_reason`)."""


def stage_rows(state: State, ended_after: float = 0.0) -> tuple[StageRow, ...]:
    """One row per stretch that has begun, ascending in time; none that ended before `ended_after`
    or before the session. With several namespaces, each has its own rows."""
    rows = (_row(part, stretch) for part, stretch in _begun(state, ended_after))
    return tuple(sorted(rows, key=lambda row: row.since))


def _begun(state: State, ended_after: float = 0.0) -> Iterator[tuple[State, StageStretch]]:
    """The stretches of `stage_rows`, each with the State of its namespace."""
    began = state.window.began
    return (
        (part, stretch)
        for part in each_namespace(state)
        for stretch in stretches(stages(part))
        if stretch.since < state.now
        and stretch.until - stretch.since >= LEAST_S
        and stretch.until >= ended_after
        and stretch.until > began
    )


def stage_shares(
    state: State, limits: tuple[tuple[str, float], ...]
) -> tuple[tuple[float | None, ...], ...]:
    """For each row of `stage_rows` the share of requests whose `metric` (ttft, itl or e2e) was at
    most so many milliseconds, by the servers; None: nothing was observed, or it cannot be told."""
    rows = sorted(_begun(state), key=lambda each: each[1].since)
    return tuple(_shares(part, stretch, limits) for part, stretch in rows)


def _shares(
    state: State, stretch: StageStretch, limits: tuple[tuple[str, float], ...]
) -> tuple[float | None, ...]:
    ends = [pod.ends for pod in _seen(state, stretch) if pod.ends is not None]
    grew = {
        metric: grown_together(histogram_pair(*pair, metric) for pair in ends)
        for metric, _ in limits
    }
    return tuple(total_share(grew[metric], state.bounds, limit) for metric, limit in limits)


def _seen(state: State, stretch: StageStretch) -> "list[Gauges]":
    """What was measured in a stretch of each pod that served it."""
    limit_s = fresh_s(state.header)
    until = min(stretch.until, state.now)
    watched = serving(state, _model(state, stretch.bands))
    return [gauges(pod.history, stretch.since, until, limit_s) for pod in watched]


def _row(state: State, stretch: StageStretch) -> StageRow:
    since, until = stretch.since, min(stretch.until, state.now)
    going = stretch.open or stretch.until > state.now
    seen = _seen(state, stretch)
    ends = [pod.ends for pod in seen if pod.ends is not None]
    all_ = Gauges.together(seen)
    ttft = latencies(seen, all_, "ttft", state.bounds)
    itl = latencies(seen, all_, "itl", state.bounds)
    ok, failed, rate, by = _counts(state, stretch, ends)
    ran = replica_time(state, since, until)
    bands = stretch.bands
    return StageRow(
        since=since,
        until=until,
        state="now" if going else "done",
        label=_label(bands),
        namespace=state.namespace,
        titles=tuple(dict.fromkeys(band.title or band.label for band in bands)),
        sources=tuple(dict.fromkeys(band.source for band in bands)),
        keys=tuple(dict.fromkeys(band.key for band in bands)),
        offered=stretch.rate,
        achieved=rate,
        ok=ok,
        failed=failed,
        counted_by=by,
        ttft_p50_ms=ttft.p50_ms,
        ttft_p95_ms=ttft.p95_ms,
        itl_p50_ms=itl.p50_ms,
        itl_p95_ms=itl.p95_ms,
        running_mean=all_.running_mean,
        running_max=all_.running_max,
        waiting_mean=all_.waiting_mean,
        waiting_max=all_.waiting_max,
        kv_mean=all_.kv_mean,
        kv_max=all_.kv_max,
        replicas_min=ran.least,
        replicas_max=ran.most,
        replicas_mean=ran.mean,
        pods=sum(pod.looks > 0 for pod in seen),
    )


def _label(bands: Sequence[StageBand]) -> str:
    """The stage's name within its job; where waves overlap, the newest and how many more; "" where
    several jobs run."""
    if len({band.key for band in bands}) > 1:
        return ""
    newest = max(bands, key=lambda band: band.since)
    name = newest.label.removeprefix(newest.title).strip()
    if len(bands) == 1 or not name:
        return name
    own = name.removesuffix(f"{newest.rate:g}/s" if newest.rate is not None else "").strip()
    return f"{own or name} +{len(bands) - 1}"


def _model(state: State, bands: Iterable[StageBand]) -> str:
    """The model that all bands send requests to; "" where there are several or it is not known."""
    keys = {band.key for band in bands}
    models = {job.model for key, job in state.jobs.items() if "/".join(key) in keys}
    return models.pop() if len(models) == 1 else ""


# --- requests


def _counts(
    state: State, stretch: StageStretch, ends: Sequence[tuple[ev.Scrape, ev.Scrape]]
) -> tuple[int | None, int | None, float | None, str]:
    """(answered, failed, answered per second, who counted them)."""
    reported = [_reported(state, band, stretch) for band in stretch.bands]
    reports = [report for report in reported if report is not None]
    if reports and len(reports) == len(reported):
        ok = whole_sum([report.ok for report in reports])
        failed = whole_sum([report.failed for report in reports])
        if ok is not None:
            length_s = stretch.until - stretch.since
            rate = whole_sum([report.requests_per_s for report in reports])
            return ok, failed, ok / length_s if rate is None else rate, "client"
    return served(ends)


def _reported(state: State, band: StageBand, stretch: StageStretch) -> Benchmark | None:
    """The benchmark of a band in its job's report, if the band fills the stretch; else None."""
    key = next((key for key in state.jobs if "/".join(key) == band.key), None)
    ring = state.job_results.get(key) if key is not None else None
    if key is None or not ring or not _same(band.since, band.until, stretch.since, stretch.until):
        return None
    benchmarks = [b for reported in ring for b in reported.report.benchmarks]
    timed = [
        b
        for b in benchmarks
        if b.since is not None
        and b.until is not None
        and _same(b.since, b.until, band.since, band.until)
    ]
    if timed:
        return timed[-1]
    # Benchmarks without times are matched by their order, if the numbers agree.
    untimed = all(b.since is None for b in benchmarks)
    planned = max(1, len(state.jobs[key].stages))
    return benchmarks[band.stage] if untimed and len(benchmarks) == planned else None


def _same(since: float, until: float, other_since: float, other_until: float) -> bool:
    length_s = max(until - since, other_until - other_since)
    return abs(since - other_since) + abs(until - other_until) <= SAME * length_s


def served(
    ends: Iterable[tuple[ev.Scrape, ev.Scrape]],
) -> tuple[int | None, int | None, float | None, str]:
    """As `_counts`, by the servers' counters between pairs of scrapes, for requests of all
    clients."""
    ok = failed = 0
    rate, counted = 0.0, False
    for older, newer in ends:
        if older.success is None or newer.success is None or newer.at <= older.at:
            continue
        counted = True
        good = bad = 0
        for reason, total in newer.success.items():
            before = older.success.get(reason, 0)
            # A counter that fell was reset: all of it is new.
            grown = total - before if total >= before else total
            if reason in FAILED:
                bad += grown
            else:
                good += grown
        ok, failed = ok + good, failed + bad
        rate += good / (newer.at - older.at)
    return (ok, failed, rate, "servers") if counted else (None, None, None, "")


BUCKETS = 600
"""Most buckets of a stretch, in which values of several pods at one moment are added up."""
RATE_LEAST_S = 1.0

StageSlots = dict[int, float]


@dataclass(slots=True)
class Gauges:
    """Measurements of some pods in a stretch. `ends`: the first and last scrape of each."""

    running: StageSlots = field(default_factory=dict)
    waiting: StageSlots = field(default_factory=dict)
    kv: StageSlots = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    ends: tuple[Scrape, Scrape] | None = None
    observed: dict[str, WindowObserved] = field(default_factory=dict)
    """By histogram: the observations of all pods together, cached."""
    looks: int = 0
    joined: "tuple[tuple[Gauges, ...], Gauges] | None" = None
    """Cache of `together`: (the pods, of which this is the first; the result)."""

    @classmethod
    def together(cls, pods: Sequence["Gauges"]) -> "Gauges":
        """All pods as one: requests summed moment by moment; KV as mean and maximum."""
        if not pods:
            return cls()
        before = pods[0].joined
        # Compared by identity: a pod with newer measurements is another object.
        if before is not None and list(map(id, before[0])) == list(map(id, pods)):
            return before[1]
        out = cls._together(pods)
        pods[0].joined = (tuple(pods), out)
        return out

    @classmethod
    def _together(cls, pods: Sequence["Gauges"]) -> "Gauges":
        out = cls(looks=sum(pod.looks for pod in pods))
        for name in ("running", "waiting"):
            total: StageSlots = getattr(out, name)
            for pod in pods:
                for slot, value in getattr(pod, name).items():
                    total[slot] = total.get(slot, 0.0) + value
        count = 0
        for pod in pods:
            for value in pod.kv.values():
                # Numbered anew: each is one value of the mean.
                out.kv[count] = value
                count += 1
            if "kv" in pod.peaks:
                out.peaks["kv"] = max(pod.peaks["kv"], out.peaks.get("kv", 0.0))
        return out

    @property
    def running_mean(self) -> float | None:
        return _mean(self.running.values())

    @property
    def running_max(self) -> float | None:
        return max(self.running.values(), default=None)

    @property
    def waiting_mean(self) -> float | None:
        return _mean(self.waiting.values())

    @property
    def waiting_max(self) -> float | None:
        return max(self.waiting.values(), default=None)

    @property
    def kv_mean(self) -> float | None:
        return _mean(self.kv.values())

    @property
    def kv_max(self) -> float | None:
        return self.peaks.get("kv")


def latencies(
    pods: Sequence[Gauges], together: Gauges, name: str, bounds: BoundsById
) -> WindowObserved:
    """The observations of `pods` in the histogram `name` (ttft, itl) between their `ends`."""
    distribution = together.observed.get(name)
    if distribution is None:
        ends = [pod.ends for pod in pods if pod.ends is not None]
        pairs = [histogram_pair(*pair, name) for pair in ends]
        distribution = together.observed[name] = observed(pairs, bounds)
    return distribution


def gauges(history: History, since: float, until: float, limit_s: float) -> Gauges:
    """One pod over [since, until]; a scrape more than `limit_s` before that does not count."""
    sealed = history.sealed_at(since, until)
    if sealed is None:
        return _gauges(history, since, until, limit_s)
    name = f"gauges {since!r} {until!r} {limit_s!r}"
    return sealed.kept(name, lambda: _gauges(history, since, until, limit_s))


def _gauges(history: History, since: float, until: float, limit_s: float) -> Gauges:
    out = Gauges(ends=_ends(history, since, until, limit_s))
    step = max(RATE_LEAST_S, limit_s / 3, (until - since) / BUCKETS)
    for name in ("running", "waiting", "kv"):
        slots: StageSlots = getattr(out, name)
        points = history.points(name, since)
        points = points[: bisect_right(points, until, key=_time)]
        for at, value in points:
            slots[int((at - since) / step)] = value
        out.looks = max(out.looks, len(points))
        _older(history, name, slots, since, until, step)
        if slots:
            out.peaks[name] = max(slots.values())
        if points:
            out.peaks[name] = max(out.peaks[name], max(value for _, value in points))
    return out


def _older(
    history: History, name: str, slots: StageSlots, since: float, until: float, step: float
) -> None:
    """Add summarised minutes: each fills its buckets with its mean."""
    for minute in history.old:
        value = getattr(minute, f"{name}_mean")
        if value is None or not (since - 60.0 < minute.at < until):
            continue
        first = max(0, int((minute.at - since) / step))
        last = int((min(minute.at + 59.999, until) - since) / step)
        for slot in range(first, last + 1):
            slots.setdefault(slot, value)


def _ends(
    history: History, since: float, until: float, limit_s: float
) -> tuple[Scrape, Scrape] | None:
    """The two scrapes around the stretch; None when there are fewer."""
    rows = history.since(since - limit_s)
    last = bisect_right(rows, until, key=scrape_at) - 1
    if last < 1 or rows[last].at < since:
        return None
    first = max(0, bisect_right(rows, since, 0, last, key=scrape_at) - 1)
    return rows[first], rows[last]


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None


def _time(point: tuple[float, float]) -> float:
    return point[0]
