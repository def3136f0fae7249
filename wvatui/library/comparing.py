"""Comparison of runs, as one data frame and as the page of a report."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from wvatui.analysis.compare import asked, comparison
from wvatui.analysis.compare.figures import GROUPED_BY
from wvatui.analysis.compare.report import ComparisonReport, csv_rows, reported
from wvatui.analysis.compare.verdicts import verdicts
from wvatui.analysis.runs.run import open_run
from wvatui.errors import UsageError
from wvatui.library.run_frames import RunFrames


def compare(
    runs: "Sequence[RunFrames | str | Path]",
    *,
    slo: Sequence[str] = (),
    cost: Sequence[str] = (),
    group_by: str = "label",
    stage: str = "",
    stages: bool = False,
    whole: bool = False,
) -> pd.DataFrame:
    """One row per figure and group of runs, indexed by `key` and `group`; the first group is the
    one that the others are compared with.

    Columns: `stage` (with `stages`; NA: all of the run), `title`, `unit`, `source` (who counted
    it), `n` (runs with a value), `value` (their mean; NaN: no data), `low` and `high` (95 %),
    `delta`, `delta_ratio`, `beyond_spread`. Arguments are the flags of `wvatui compare`. Raises
    WvatuiError for fewer than two runs, and for arguments that the verb refuses.
    """
    if len(runs) < 2:
        raise UsageError("compare needs two runs")
    compared = compared_runs(
        runs, slo=slo, cost=cost, group_by=group_by, stage=stage, stages=stages, whole=whole
    )
    frame = pd.DataFrame(csv_rows(compared))
    numbers = ["value", "low", "high", "delta", "delta_ratio"]
    frame = frame.astype(dict.fromkeys(numbers, "float64") | {"beyond_spread": "boolean"})
    texts = ["stage", "title", "unit", "source"]
    frame[texts] = frame[texts].astype(pd.StringDtype("python")).replace("", pd.NA)
    return frame.set_index(["key", "group"])


def compared_runs(
    runs: "Sequence[RunFrames | str | Path]",
    *,
    slo: Sequence[str],
    cost: Sequence[str],
    group_by: str,
    stage: str,
    stages: bool,
    whole: bool,
) -> ComparisonReport:
    """The comparison of runs, as the flags of `wvatui compare` ask for it. Raises WvatuiError."""
    if group_by not in GROUPED_BY:
        known = ", ".join(GROUPED_BY)
        raise UsageError(f"group_by={group_by!r}: known are {known}")
    compared = comparison.compare(
        [each.run if isinstance(each, RunFrames) else open_run(each) for each in runs],
        narrowing=comparison.RunPart(stage=stage, whole=whole),
        objectives=asked.objectives([slo] if isinstance(slo, str) else slo),
        prices=asked.prices([cost] if isinstance(cost, str) else cost),
        group_by=group_by,
        with_stages=stages,
    )
    return reported(compared, verdicts(compared))


def report(
    runs: "RunFrames | str | Path | Sequence[RunFrames | str | Path]",
    folder: str | Path,
    *,
    slo: Sequence[str] = (),
    cost: Sequence[str] = (),
    group_by: str = "label",
    stage: str = "",
    stages: bool = False,
    whole: bool = False,
) -> Path:
    """Write the report of a run, or of several, into `folder`; returns the path of its page.

    `docs/report.md` describes the files; without matplotlib there are no pictures. Arguments are
    the flags of `wvatui report`. Raises WvatuiError for arguments that the verb refuses.
    """
    from wvatui.analysis.report.writing import PAGE, write_report

    named = [runs] if isinstance(runs, RunFrames | str | Path) else runs
    if not named:
        raise UsageError("report needs a run")
    compared = compared_runs(
        named, slo=slo, cost=cost, group_by=group_by, stage=stage, stages=stages, whole=whole
    )
    write_report(compared, Path(folder))
    return Path(folder) / PAGE
