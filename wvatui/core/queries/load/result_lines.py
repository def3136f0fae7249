"""What load jobs measured, as lines of text for a terminal without a screen."""

from collections.abc import Iterable, Sequence

from wvatui.core.rows.load_views import JobRow, ResultRow

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
    """A table of means and p99 as the client saw them, beside the servers' mean and the
    difference client minus server; then what pipelines gave back. Empty: nothing was measured."""
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
    """With at most two decimals; a dash where it is not known."""
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
