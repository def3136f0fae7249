"""Load jobs of a State as rows, their stages as bands, and the load they offer as a series."""

from collections.abc import Iterable, Iterator

from wvatui.core import events as ev
from wvatui.core.events.load_events import ATTEMPT, ENDED
from wvatui.core.lines import clean, kubelet_time
from wvatui.core.rows.load_views import JobRow, PlannedStageRow, StageBand
from wvatui.core.state.state import JobKey, State
from wvatui.core.sums import whole_sum


def jobs(state: State) -> tuple[JobRow, ...]:
    """One row per job: running ones first, then the others, both newest first."""
    rows = [_row(state, key, job) for key, job in state.jobs.items()]
    rows.sort(key=lambda row: (row.active, row.started_at or row.created_at or 0.0), reverse=True)
    return tuple(rows)


def job_log(state: State, key: str, limit: int = 200) -> tuple[tuple[float, str], ...]:
    """The newest lines of a job's log, oldest first: (when it was written, text safe to draw)."""
    job = next((job for job_key, job in state.jobs.items() if _text(job_key) == key), None)
    lines: list[tuple[float, str]] = []
    for pod in job.pods if job is not None else ():
        for event in state.job_log.get(pod, ()):
            at, _, text = kubelet_time(event.line)
            lines.append((event.at if at is None else at, clean(text)))
    lines.sort(key=lambda line: line[0])
    return tuple(lines[-limit:])


def job_plan(state: State, key: str) -> tuple[PlannedStageRow, ...]:
    """The planned stages of one job; empty where its plan is not known."""
    job = next((job for job_key, job in state.jobs.items() if _text(job_key) == key), None)
    if job is None:
        return ()
    return tuple(_planned(job, stage, state.now) for stage in job.stages)


def _planned(job: ev.Job, stage: ev.Stage, now: float) -> PlannedStageRow:
    begin, ended = begins_at(job), job.status in ENDED
    since = None if begin is None else begin + stage.start_s
    until = None if since is None or stage.duration_s is None else since + stage.duration_s
    end = (job.ended_at if job.ended_at is not None else now) if ended else None
    how = "ahead"
    if end is not None and (since is None or since >= end):
        how = "cut"
    elif end is not None or (until is not None and until <= now):
        how, until = "done", min((at for at in (until, end) if at is not None), default=None)
    elif since is not None and since <= now:
        how = "now"
    return PlannedStageRow(
        clean(stage.name), stage.rate, stage.start_s, stage.duration_s, since, until, how
    )


def has_failed(job: ev.Job) -> bool:
    """Whether it or one of its attempts failed, so that its load was not as planned."""
    return job.status == "failed" or job.reason.startswith(ATTEMPT)


def begins_at(job: ev.Job) -> float | None:
    """When the job began to offer load, as far as that is known; None: not yet."""
    return job.load_at if job.load_at is not None else job.started_at


def tries(job: ev.Job) -> list[tuple[float, float | None]]:
    """(when it began to offer load, when it ended) of each attempt, oldest first.

    The last end is None where the job goes on, or its end is not known.
    """
    spans: list[tuple[float, float | None]] = [
        (attempt.started_at if attempt.load_at is None else attempt.load_at, attempt.ended_at)
        for attempt in job.attempts
    ]
    begin = begins_at(job)
    return spans if begin is None else [*spans, (begin, job.ended_at)]


def bands(job: ev.Job, now: float, key: JobKey) -> tuple[StageBand, ...]:
    """The stages of one job over time, cut at the job's end.

    Each attempt has its own stages, cut where it failed. A job whose plan is not known is one band
    without a rate, from its start to its end or now.
    """
    last = now if job.status in ENDED else None
    return tuple(
        band
        for since, end in tries(job)
        for band in _bands(job, since, last if end is None else end, now, key)
    )


def _bands(
    job: ev.Job, begin: float, end: float | None, now: float, key: JobKey
) -> Iterator[StageBand]:
    """The stages of one attempt that began at `begin`, and ended at `end`; None: it goes on."""
    title = clean(job.title or job.name)
    for index, stage in enumerate(job.stages or (ev.Stage(0.0),)):
        since = begin + stage.start_s
        open_ = stage.duration_s is None and end is None
        until = since + stage.duration_s if stage.duration_s is not None else (end or now)
        if end is not None:
            until = min(until, end)
        if until < since or (until == since and not open_):
            continue
        name = _stage_name(stage) if len(job.stages) > 1 or stage.name else ""
        yield StageBand(
            since=since,
            until=until,
            label=f"{title} {name}".rstrip(),
            source=clean(job.harness or job.source),
            rate=stage.rate,
            open=open_,
            key=_text(key),
            stage=index,
            title=title,
        )


def stages(state: State) -> tuple[StageBand, ...]:
    """The stages of all jobs, ascending in time."""
    stage_bands = [band for key, job in state.jobs.items() for band in bands(job, state.now, key)]
    return tuple(sorted(stage_bands, key=lambda band: (band.since, band.until, band.label)))


def offered_load(state: State) -> tuple[tuple[float, float | None], ...]:
    """The load of all jobs together: (time, requests/s from then on) at each change, ascending.

    0 between and after loads; None while a load of unknown rate is under way. Empty when there was
    no load.
    """
    return offered(stages(state))


def offered(stage_bands: Iterable[StageBand]) -> tuple[tuple[float, float | None], ...]:
    """The sum of the rates of `stage_bands`; see `offered_load`."""
    steps: list[tuple[float, int, StageBand]] = []
    for band in stage_bands:
        steps.append((band.since, 1, band))
        if not band.open:
            steps.append((band.until, -1, band))
    steps.sort(key=lambda step: (step[0], step[1]))
    rates: dict[float, int] = {}
    unknown = 0
    points: list[tuple[float, float | None]] = []
    for index, (at, change, band) in enumerate(steps):
        if band.rate is None:
            unknown += change
        else:
            rates[band.rate] = rates.get(band.rate, 0) + change
        if index + 1 < len(steps) and steps[index + 1][0] == at:
            continue
        # Summed anew each time, so that no rounding error remains of a rate that ended.
        total = None if unknown else float(sum(rate * count for rate, count in rates.items()))
        if not points or points[-1][1] != total:
            points.append((at, total))
    return tuple(points)


def at_time(points: Iterable[tuple[float, float | None]], at: float) -> float | None:
    """The value of a step series at `at`; 0 before it begins."""
    value: float | None = 0.0
    for since, rate in points:
        if since > at:
            break
        value = rate
    return value


def _stage_name(stage: ev.Stage) -> str:
    rate = f"{stage.rate:g}/s" if stage.rate is not None else ""
    return clean(" ".join(part for part in (stage.name, rate) if part))


def _text(key: JobKey) -> str:
    return "/".join(key)


def _row(state: State, key: JobKey, job: ev.Job) -> JobRow:
    last = _last_step(state, key, job)
    measured = [
        b for reported in state.job_results.get(key, ()) for b in reported.report.benchmarks
    ]
    active = job.status not in ENDED
    stage_bands = bands(job, state.now, key) if active else ()
    current = next((b for b in reversed(stage_bands) if covers(b, state.now)), None)
    running = active and begins_at(job) is not None
    start, end = job.started_at, job.ended_at if not active else None
    elapsed = None if start is None else max(0.0, (end if end is not None else state.now) - start)
    planned = (
        max((b.until for b in stage_bands), default=None) if running and _has_end(job) else None
    )
    born = job.created_at if job.created_at is not None else job.started_at
    why = job.reason or ("" if job.status == "running" else job.message)
    return JobRow(
        key=_text(key),
        name=clean(job.name),
        namespace=clean(job.namespace),
        kind=clean(job.kind),
        title=clean(job.title or job.name),
        tool=clean(job.tool),
        profile=clean(job.profile),
        source=clean(job.source),
        harness=clean(job.harness),
        session=clean(job.session),
        image=clean(job.image),
        target=clean(job.target),
        model=clean(job.model),
        status=clean(job.status),
        status_text=clean(f"{job.status}: {why}" if why else job.status),
        active=active,
        created_at=job.created_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        age_s=None if born is None else max(0.0, state.now - born),
        elapsed_s=elapsed,
        remaining_s=None if planned is None else max(0.0, planned - state.now),
        stage=clean(
            last.stage
            if active and last is not None and last.stage
            else _stage_name(job.stages[current.stage])
            if current and job.stages
            else ""
        ),
        stage_index=current.stage if current and job.stages else None,
        stages=len(job.stages),
        offered=offered_now(stage_bands, state.now) if running else 0.0,
        done=last.done if last else None,
        total=last.total if last and last.total is not None else job.requests,
        ratio=_ratio(job, last, state.now),
        ok=_count(last.ok if last else None, [b.ok for b in measured]),
        failed=_count(last.failed if last else None, [b.failed for b in measured]),
        rate=last.rate if last else None,
        text=clean(last.text if last else ""),
        results=len(measured),
        pods=tuple(clean(pod) for pod in job.pods),
        outputs=tuple((clean(name), clean(value)) for name, value in job.outputs),
    )


def _last_step(state: State, key: JobKey, job: ev.Job) -> ev.JobProgress | None:
    """Its newest progress; None if that is of a failed attempt and another one goes on."""
    ring = state.job_progress.get(key)
    last = ring[-1] if ring else None
    failed_at = job.attempts[-1].ended_at if job.attempts else None
    return None if last and failed_at is not None and last.at <= failed_at else last


def covers(band: StageBand, at: float) -> bool:
    """Whether the stage was under way at `at`."""
    return band.since <= at and (band.open or at < band.until)


def offered_now(stage_bands: Iterable[StageBand], now: float) -> float | None:
    """The sum of the rates of bands that cover `now`; None when one of them has no rate."""
    rates = [band.rate for band in stage_bands if covers(band, now)]
    return whole_sum(rates) if rates else 0.0


def _count(reported: int | None, measured: list[int | None]) -> int | None:
    """A count from the report, or before there is one, from the log."""
    total = whole_sum(measured)
    return reported if total is None else total


def _has_end(job: ev.Job) -> bool:
    return bool(job.stages) and all(stage.duration_s is not None for stage in job.stages)


def _ratio(job: ev.Job, last: ev.JobProgress | None, now: float) -> float | None:
    if job.status == "succeeded":
        return 1.0
    total = last.total if last is not None and last.total is not None else job.requests
    if last is not None and last.done is not None and total:
        return min(1.0, last.done / total)
    if last is not None and last.ratio is not None:
        return min(1.0, max(0.0, last.ratio))
    begin = begins_at(job)
    if begin is None or not _has_end(job):
        return None
    length = max(stage.start_s + (stage.duration_s or 0.0) for stage in job.stages)
    until = job.ended_at if job.status in ENDED and job.ended_at is not None else now
    return min(1.0, max(0.0, (until - begin) / length)) if length > 0 else None
