"""The results of the selected job, beside what the model servers measured over the same time.

On the page of the stages it shows the results of all jobs.
"""

from collections.abc import Callable

from wvatui.core.queries.load import load_rows, result_rows
from wvatui.core.rows.load_views import ResultRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, heading
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, Panel, draw, latency_column
from wvatui.ui.model.view_model import ViewModel

LEGENDS = (
    "means: c client, s servers (all requests), c-s client minus server",
    "means; c-s: client minus server",
)
"""The meaning of the columns at several lengths; the longest that fits is shown."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per benchmark."""
    symbols, job = vm.symbols, vm.job
    mine = _mine(vm)
    legend = next((text for text in LEGENDS if len(text) + 15 <= width), "")
    title = heading("Results", legend, width, symbols)
    if not mine:
        if job is None or vm.all_jobs:
            text = "no job has reported yet"
        elif job.active:
            text = "the results come when it ends"
        else:
            text = "it reported nothing that was recorded"
        return [title, ((f" {text}", "muted"),)][:height]
    notes = _notes(mine, width, symbols)
    room = max(2, height - 1 - len(notes))
    table = draw(
        (_name(vm), *_COLUMNS),
        mine,
        lambda row: row.stage,
        width=width,
        height=room,
        symbols=symbols,
    )
    return [title, *table.lines, *notes][:height]


def height_for(vm: ViewModel) -> int:
    """The lines that the whole table takes."""
    return 2 + max(1, len(_mine(vm)))


def _mine(vm: ViewModel) -> list[ResultRow]:
    """The results of the selected job; on the page of stages those of all jobs."""
    if vm.all_jobs:
        return list(vm.ask(result_rows.job_results))
    job = vm.job
    return [
        row for row in vm.ask(result_rows.job_results) if job is not None and row.key == job.key
    ]


def _notes(rows: list[ResultRow], width: int, symbols: Symbols) -> list[Line]:
    """The parts of the reports that could not be read."""
    problems = dict.fromkeys(problem for row in rows for problem in row.problems)
    text = "; ".join(sanitize(problem, 200) for problem in problems)
    return [((f" {symbols.level['warn']} {text}", "warn"),)] if text else []


def _gap(value: Callable[[ResultRow], float | None]) -> Callable[[ResultRow, Symbols], Span]:
    def cell(row: ResultRow, symbols: Symbols) -> Span:
        number = value(row)
        if number is None:
            return (symbols.missing, "muted")
        sign = "+" if number >= 0 else "-"
        return (f"{sign}{format.latency(abs(number))}", "bold")

    return cell


def _name(vm: ViewModel) -> Column[ResultRow]:
    """The column with the name of the stage, and of its job where there are several."""
    several = len({row.key for row in _mine(vm)}) > 1

    def stage(row: ResultRow, symbols: Symbols) -> Span:
        own = sanitize(row.stage or row.client.strategy, 60)
        whole = f"{sanitize(row.title, 60)} {own}".strip() if several else own
        return (whole or "all", "bold")

    return Column("stage", "stage", 11, stage, lambda r: r.stage, grows=True)


def _requests(row: ResultRow, symbols: Symbols) -> Line:
    failed = row.client.failed
    return (
        (format.count(row.client.ok), ""),
        ("/", "muted"),
        (format.count(failed), "bold bad" if failed else "muted"),
    )


def _number(value: float | None) -> Span:
    return (format.MISSING, "muted") if value is None else (f"{value:.3g}", "")


_COLUMNS: tuple[Column[ResultRow], ...] = (
    Column("requests", "ok/fail", 8, _requests, lambda r: r.client.ok, right=True),
    Column(
        "rate",
        "req/s",
        5,
        lambda r, s: _number(r.client.requests_per_s),
        lambda r: r.client.requests_per_s,
        right=True,
    ),
    Column(
        "tokens",
        "tok/s",
        6,
        lambda r, s: (format.count(r.client.output_tokens_per_s), ""),
        lambda r: r.client.output_tokens_per_s,
        right=True,
        wide=84,
    ),
    latency_column("ttft_c", "TTFT c", lambda r: r.client.ttft_ms.mean),
    latency_column("ttft_s", "TTFT s", lambda r: r.server.ttft_mean_ms),
    Column("ttft_g", "c-s", 6, _gap(lambda r: r.ttft_gap_ms), lambda r: r.ttft_gap_ms, right=True),
    latency_column("itl_c", "ITL c", lambda r: r.client.itl_ms.mean),
    latency_column("itl_s", "ITL s", lambda r: r.server.itl_mean_ms),
    Column("itl_g", "c-s", 6, _gap(lambda r: r.itl_gap_ms), lambda r: r.itl_gap_ms, right=True),
    latency_column("ttft_p95", "c p95", lambda r: r.client.ttft_ms.p95, wide=110),
    latency_column("ttft_p95s", "s p95", lambda r: r.server.ttft_p95_ms, wide=110),
    Column(
        "dialect",
        "report",
        14,
        lambda r, s: (sanitize(r.dialect or r.tool, 40), "muted"),
        lambda r: r.dialect,
        wide=118,
    ),
)


PANELS = (
    Panel(
        id="results",
        title="Results of load",
        lines=lines,
        reads=(load_rows.jobs, result_rows.job_results),
    ),
)
