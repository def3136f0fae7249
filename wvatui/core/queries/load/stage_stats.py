"""Statistics of each stage of load: what was offered, what was answered, what the servers did.

A row is a stretch between two changes of the load, so that waves that overlap are told apart.
Stages come from any load: launched, found, a PipelineRun's, an experiment's.
"""

from collections.abc import Iterable, Sequence

from wvatui.core import events as ev
from wvatui.core.queries.load.load_rows import stages
from wvatui.core.queries.load.result_rows import serving
from wvatui.core.queries.load.stage_series import Gauges, gauges, latencies, replicas
from wvatui.core.queries.load.stretches import StageStretch, stretches
from wvatui.core.results import Benchmark
from wvatui.core.rows.load_views import StageBand, StageRow
from wvatui.core.state.ladder import fresh_s
from wvatui.core.state.state import State

LEAST_S = 1.0
"""Stretches shorter than this are the seam between two stages."""
SAME = 0.1
"""A report's stage is this one when their ends differ by at most so much of its length."""
FAILED = frozenset(("abort", "error"))
"""Reasons for which a request finished without an answer (vLLM `finished_reason`)."""


def stage_rows(state: State, ended_after: float = 0.0) -> tuple[StageRow, ...]:
    """One row a stretch that has begun, ascending in time; none that ended before `ended_after`."""
    return tuple(
        _row(state, stretch)
        for stretch in stretches(stages(state))
        if stretch.since < state.now
        and stretch.until - stretch.since >= LEAST_S
        and stretch.until >= ended_after
    )


def _row(state: State, stretch: StageStretch) -> StageRow:
    since, until = stretch.since, min(stretch.until, state.now)
    going = stretch.open or stretch.until > state.now
    watched = serving(state, _model(state, stretch.bands))
    limit_s = fresh_s(state.header.interval_s if state.header else 0.0)
    seen = [gauges(one.history, since, until, limit_s) for one in watched]
    ends = [one.ends for one in seen if one.ends is not None]
    all_ = Gauges.together(seen)
    ttft = latencies(seen, all_, "ttft", state.bounds)
    itl = latencies(seen, all_, "itl", state.bounds)
    ok, failed, rate, by = _counts(state, stretch, ends)
    least, most, mean = replicas(state, since, until)
    bands = stretch.bands
    return StageRow(
        since=since,
        until=until,
        state="now" if going else "done",
        label=_label(bands),
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
        replicas_min=least,
        replicas_max=most,
        replicas_mean=mean,
        pods=sum(one.looks > 0 for one in seen),
    )


def _label(bands: Sequence[StageBand]) -> str:
    """What the stage is called within its job: of waves that overlap the newest, and how many
    more; "" where several jobs run."""
    if len({band.key for band in bands}) > 1:
        return ""
    newest = max(bands, key=lambda band: band.since)
    name = newest.label.removeprefix(newest.title).strip()
    if len(bands) == 1 or not name:
        return name
    own = name.removesuffix(f"{newest.rate:g}/s" if newest.rate is not None else "").strip()
    return f"{own or name} +{len(bands) - 1}"


def _model(state: State, bands: Iterable[StageBand]) -> str:
    """The model that all of them ask; "" when there are several, or it is not known."""
    keys = {band.key for band in bands}
    models = {job.model for key, job in state.jobs.items() if "/".join(key) in keys}
    return models.pop() if len(models) == 1 else ""


# --- requests


def _counts(
    state: State, stretch: StageStretch, ends: Sequence[tuple[ev.Scrape, ev.Scrape]]
) -> tuple[int | None, int | None, float | None, str]:
    """Answered, failed, answered per second, and who counted."""
    told = [_reported(state, band, stretch) for band in stretch.bands]
    reports = [one for one in told if one is not None]
    if reports and len(reports) == len(told):
        ok = _sum([one.ok for one in reports])
        failed = _sum([one.failed for one in reports])
        if ok is not None:
            length_s = stretch.until - stretch.since
            rates = [one.requests_per_s for one in reports]
            known = [rate for rate in rates if rate is not None]
            rate = sum(known) if len(known) == len(rates) else ok / length_s
            return ok, failed, rate, "client"
    return _served(ends)


def _reported(state: State, band: StageBand, stretch: StageStretch) -> Benchmark | None:
    """What the band's job reported of it, where it fills the stretch; None: nothing."""
    key = next((key for key in state.jobs if "/".join(key) == band.key), None)
    trail = state.job_results.get(key) if key is not None else None
    if key is None or not trail or not _same(band.since, band.until, stretch.since, stretch.until):
        return None
    found = [b for reported in trail for b in reported.report.benchmarks]
    timed = [
        b
        for b in found
        if b.since is not None
        and b.until is not None
        and _same(b.since, b.until, band.since, band.until)
    ]
    if timed:
        return timed[-1]
    # Without times the order says which is which, if there are as many.
    untimed = all(b.since is None for b in found)
    planned = max(1, len(state.jobs[key].stages))
    return found[band.stage] if untimed and len(found) == planned else None


def _same(since: float, until: float, other_since: float, other_until: float) -> bool:
    length_s = max(until - since, other_until - other_since)
    return abs(since - other_since) + abs(until - other_until) <= SAME * length_s


def _served(
    ends: Sequence[tuple[ev.Scrape, ev.Scrape]],
) -> tuple[int | None, int | None, float | None, str]:
    """The same as the servers counted it, whoever asked them."""
    ok = failed = 0
    rate, counted = 0.0, False
    for older, newer in ends:
        if older.success is None or newer.success is None or newer.at <= older.at:
            continue
        counted = True
        good = bad = 0
        for reason, total in newer.success.items():
            before = older.success.get(reason, 0)
            # A counter that fell began anew at nothing: all of it is new.
            grown = total - before if total >= before else total
            if reason in FAILED:
                bad += grown
            else:
                good += grown
        ok, failed = ok + good, failed + bad
        rate += good / (newer.at - older.at)
    return (ok, failed, rate, "servers") if counted else (None, None, None, "")


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
