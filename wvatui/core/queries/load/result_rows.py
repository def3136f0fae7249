"""Results of load jobs, beside what the model servers counted over the same time."""

from collections.abc import Iterable, Sequence

from wvatui.core import events as ev
from wvatui.core.lines import clean
from wvatui.core.metrics.scrape_fields import histogram_pair
from wvatui.core.queries.load.load_rows import tries
from wvatui.core.queries.pods.window import observed
from wvatui.core.results import Benchmark
from wvatui.core.rows.load_views import JobRow, ResultRow, ServerSide
from wvatui.core.state.scope import in_namespace
from wvatui.core.state.state import Reported, State, Watched


def job_results(state: State) -> tuple[ResultRow, ...]:
    """One row per benchmark, newest result first, the benchmarks of one result in their order."""
    reports = [(reported, key) for key, ring in state.job_results.items() for reported in ring]
    reports.sort(key=lambda item: item[0].event.at, reverse=True)
    rows: list[ResultRow] = []
    for reported, key in reports:
        job = state.jobs.get(key)
        rows += [
            _row(state, "/".join(key), job, reported, benchmark)
            for benchmark in reported.report.benchmarks
        ]
    return tuple(rows)


def server_side(state: State, since: float, until: float, model: str = "") -> ServerSide:
    """TTFT and ITL as the servers of `model` (see `serving`) counted them in [since, until]."""
    pairs = [
        pair
        for watched in serving(state, model)
        if until > since and (pair := watched.history.window(until, until - since)) is not None
    ]
    ttft = observed([histogram_pair(*pair, "ttft") for pair in pairs], state.bounds)
    itl = observed([histogram_pair(*pair, "itl") for pair in pairs], state.bounds)
    return ServerSide(ttft.mean_ms, ttft.p95_ms, itl.mean_ms, itl.p95_ms, len(pairs))


def serving(state: State, model: str) -> list[Watched]:
    """The pods that serve `model` or whose model is not known; all pods where none serves it."""
    return [
        watched
        for watched in state.watched.values()
        if not model or watched.engine is None or watched.engine.model in ("", model)
    ] or list(state.watched.values())


def _row(
    state: State, key: str, job: ev.Job | None, reported: Reported, client: Benchmark
) -> ResultRow:
    event, report = reported.event, reported.report
    since, until = client.since, client.until
    spans, ended = (tries(job), job.ended_at) if job is not None else ([], None)
    # Of several benchmarks without times, it is not known which one was first.
    if since is None and spans and len(report.benchmarks) == 1:
        since, ended = next((span for span in reversed(spans) if span[0] <= event.at), spans[-1])
    if until is None and since is not None:
        until = since + client.duration_s if client.duration_s is not None else ended or event.at
    server = ServerSide()
    if since is not None and until is not None:
        model = job.model if job is not None else report.model
        server = server_side(in_namespace(state, event.namespace), since, until, model)
    return ResultRow(
        at=event.at,
        key=key,
        name=clean(event.name),
        namespace=clean(event.namespace),
        title=clean((job.title if job is not None else "") or event.name),
        tool=clean(report.tool or event.tool),
        dialect=clean(report.dialect or event.dialect),
        stage=clean(client.stage),
        client=client,
        since=since,
        until=until,
        server=server,
        ttft_gap_ms=_minus(client.ttft_ms.mean, server.ttft_mean_ms),
        itl_gap_ms=_minus(client.itl_ms.mean, server.itl_mean_ms),
        problems=tuple(clean(problem) for problem in report.problems),
    )


def _minus(client: float | None, server: float | None) -> float | None:
    return None if client is None or server is None else client - server


TITLES = (
    "",
    "ok",
    "failed",
    "req/s",
    "TTFT ms",
    "p99",
    "servers",
    "minus",
    "ITL ms",
    "p99",
    "servers",
    "minus",
)


def result_lines(results: Iterable[ResultRow], jobs: Iterable[JobRow] = ()) -> list[str]:
    """A table of the client's means and p99, the servers' mean and the difference client minus
    server; then the results of pipelines. Empty: nothing was measured."""
    rows = [_cells(row) for row in sorted(results, key=lambda row: row.at)]
    lines = _table([TITLES, *rows]) if rows else []
    for job in jobs:
        if job.outputs:
            lines += ([""] if lines else []) + [f"{job.title}:"]
            width = max(len(name) for name, _ in job.outputs)
            lines += [f"  {name:<{width}}  {value}" for name, value in job.outputs]
    return lines


def _cells(row: ResultRow) -> tuple[str, ...]:
    client, server = row.client, row.server
    return (
        " ".join(part for part in (row.title, row.stage) if part),
        rounded(client.ok),
        rounded(client.failed),
        rounded(client.requests_per_s),
        rounded(client.ttft_ms.mean),
        rounded(client.ttft_ms.p99),
        rounded(server.ttft_mean_ms),
        rounded(row.ttft_gap_ms),
        rounded(client.itl_ms.mean),
        rounded(client.itl_ms.p99),
        rounded(server.itl_mean_ms),
        rounded(row.itl_gap_ms),
    )


def rounded(value: float | None) -> str:
    """`value` with at most two decimals; a dash for None."""
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if n else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
