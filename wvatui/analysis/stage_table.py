"""Stages of load, and objectives, of a summary as lines for people."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wvatui.core.lines import clean, many


def attained_lines(met: dict[str, Any]) -> list[str]:
    """A line an objective: `ttft_p95=2000ms met by 97.1% (servers), 95% wanted`."""
    return [
        f"  SLO              {each['objective']} {_told(each)}, {100 * each['wanted']:.4g}% wanted"
        for each in met["objectives"]
    ]


def attained_share(met: dict[str, Any]) -> str:
    """The share of requests that met all objectives, as a cell of a table: what clients counted,
    else the lowest of the servers' shares."""
    share = met["attained"]["client"]
    share = met["attained"]["servers"] if share is None else share
    return "–" if share is None else f"{share:.1%}"


def _told(each: dict[str, Any]) -> str:
    known = [f"{each[who]:.1%} ({who})" for who in ("client", "servers") if each[who] is not None]
    return f"met by {', '.join(known)}" if known else "not measured"


def stage_lines(found: list[dict[str, Any]]) -> list[str]:
    """Stages of a summary for people: a line of titles, a line a stage."""
    if not found:
        return []
    head = f"  load             {many(len(found), 'stage')}"
    columns = (*_STAGE_COLUMNS, *([_SLO] if "slo" in found[0] else ()))
    return [head, *table_lines("stage", found, columns, "jobs")]


SummaryColumn = tuple[str, int, Callable[[dict[str, Any]], str]]
"""Title, width and words of a number of each row."""


def table_lines(
    title: str, rows: Iterable[dict[str, Any]], columns: Sequence[SummaryColumn], whose: str
) -> list[str]:
    """A line of titles, and a line for each row, called by its `whose` and its stage."""
    titles = [f"{title:<28}", *(f"{title:>{width}}" for title, width, _ in columns)]
    lines = [f"    {' '.join(titles)}"]
    for row in rows:
        name = clean(" ".join(part for part in (row[whose], row["stage"]) if part))
        name = name if len(name) <= 28 else f"{name[:27]}…"
        cells = [f"{told(row):>{width}}" for _, width, told in columns]
        lines.append(f"    {name:<28} {' '.join(cells)}")
    return lines


def number(name: str, form: str = ".3g") -> Callable[[dict[str, Any]], str]:
    """The words of a number."""
    return lambda row: "–" if row[name] is None else format(row[name], form)


def pair(first: str, second: str, form: str, sign: str) -> Callable[[dict[str, Any]], str]:
    """The words of two numbers."""
    one, other = number(first, form), number(second, form)
    return lambda stage: f"{one(stage)}{sign}{other(stage)}"


_STAGE_COLUMNS: tuple[SummaryColumn, ...] = (
    ("offered/s", 9, number("offered_per_s")),
    ("done/s", 6, number("achieved_per_s")),
    ("ok/failed", 11, pair("ok", "failed", "d", "/")),
    ("TTFT p50/p95 ms", 15, pair("ttft_p50_ms", "ttft_p95_ms", ".0f", "/")),
    ("ITL p50/p95 ms", 14, pair("itl_p50_ms", "itl_p95_ms", ".1f", "/")),
    ("running", 7, number("running_mean")),
    ("waiting", 7, number("waiting_max")),
    ("KV", 5, number("kv_max", ".0%")),
    ("replicas", 8, pair("replicas_min", "replicas_max", "d", "-")),
)
"""Of a stage: running is the mean, waiting and KV the most."""
_SLO = ("SLO met", 7, lambda stage: attained_share(stage["slo"]))
