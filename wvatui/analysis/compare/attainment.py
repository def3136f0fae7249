"""Objectives held against one session: the share of requests that met each, as `compare` has it."""

from collections.abc import Sequence
from typing import Any

from wvatui.analysis.compare.asked import Objective
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.runs.run import Run
from wvatui.core.queries.load.stage_stats import stage_rows
from wvatui.core.state.state import State


def with_attainment(
    numbers: dict[str, Any], state: State, run: Run, asked: Sequence[Objective]
) -> dict[str, Any]:
    """The numbers of a session with `slo`, of all of it from the start of load on, and of each of
    its stages; `state`: the one that the numbers were taken of."""
    whole = _met(MeasuredRun(run, run.since, run.until), asked)
    stages = [
        stage | {"slo": _met(MeasuredRun(run, max(row.since, state.first_at), row.until), asked)}
        for stage, row in zip(numbers["stages"], stage_rows(state), strict=True)
    ]
    return numbers | {"slo": whole, "stages": stages}


def _met(measured: MeasuredRun, asked: Sequence[Objective]) -> dict[str, Any]:
    """Ratios by who counted; None: nobody did."""
    return {
        "attained": _by_whom(measured.attained(asked)),
        "objectives": [
            {"objective": each.words, "wanted": each.share, **_by_whom(measured.within(each))}
            for each in asked
        ],
    }


def _by_whom(figure: Any) -> dict[str, float | None]:
    return {who: figure.get(who) for who in ("client", "servers")}
