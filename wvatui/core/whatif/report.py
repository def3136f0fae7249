"""Rows of what-if for people and programs: text, CSV, JSON values."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import Any

from wvatui.core.lines import clean, decimals, many, time_of_day
from wvatui.core.whatif.assumptions import CLOSED_LOOP, COUNTED, OPEN_LOOP
from wvatui.core.whatif.course import Figures
from wvatui.core.whatif.recorded.recorded import CheckedRun
from wvatui.core.whatif.run import Averages
from wvatui.core.whatif.trial import SPREAD, Trial, TrialRow

MOST_DIFFERENCES = 20
"""Differing decisions that are listed one by one."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One figure in the table. `spread`: followed by its range over the assumptions."""

    id: str
    title: str
    width: int
    cell: Callable[[Figures], str]
    spread: bool = False


def percent(share: float | None) -> str:
    """A share as whole percent; one that only rounds to 0 or 100 is marked as such."""
    if share is None:
        return "–"
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "<1%"
    return ">99%" if whole == 100 and share < 1 else f"{whole}%"


def gap(figures: Figures) -> str:
    """The most replicas wanted that did not serve, and the longest time in which some did not."""
    return f"{figures.gap} / {figures.gap_s:.0f} s" if figures.gap else "–"


COLUMNS: tuple[ReportColumn, ...] = (
    ReportColumn("replica_minutes", "replica-min", 12, lambda f: decimals(f.replica_minutes), True),
    ReportColumn("cost", "cost", 8, lambda f: decimals(f.cost, 2), True),
    ReportColumn("mean", "mean", 6, lambda f: decimals(f.mean, 2)),
    ReportColumn("peak", "peak", 5, lambda f: str(f.peak), True),
    ReportColumn("saturated", "any sat.", 10, lambda f: percent(f.saturated), True),
    ReportColumn("all_saturated", "all sat.", 9, lambda f: percent(f.all_saturated)),
    ReportColumn("above", "above", 7, lambda f: percent(f.above)),
    ReportColumn("changes", "changes", 8, lambda f: str(f.changes)),
    ReportColumn("reversals", "turns", 6, lambda f: str(f.reversals)),
    ReportColumn("gap", "gap", 11, gap),
)
"""The columns in order; `above` only where a limit was chosen."""


def text(trial: Trial, rows: Sequence[TrialRow], width: int = 34) -> list[str]:
    """The table, then the assumptions it depends on."""
    columns = [c for c in COLUMNS if c.id != "above" or trial.limit is not None]
    recorded = trial.recorded
    lines = [
        f"{clean(recorded.model) or 'model not named'}: "
        f"{', '.join(clean(name) for name in recorded.names)}, "
        f"{(recorded.until - recorded.since) / 60:.1f} min",
        "",
        f"{'':<{width}}" + "".join(f"{c.title:>{c.width}}" for c in columns),
    ]
    loop = ""
    for row in rows:
        if row.loop != loop:
            loop = row.loop
            lines += [f"{loop} loop"] if loop != "recorded" else []
        lines += _lines(row, columns, width)
    said = dict.fromkeys(line for row in rows for line in remarks(row))
    return [*lines, "", *(f"  {line}" for line in said), "", *footing(trial, rows)]


def _lines(row: TrialRow, columns: Sequence[ReportColumn], width: int) -> list[str]:
    label = clean(row.label) if row.loop == "recorded" else f"  {clean(row.label)}"
    if row.figures is None:
        return [f"{label:<{width}}  not possible: {clean(row.impossible)}"]
    figures = row.figures
    # A label that is too long for its column has a line of its own, as two may begin alike.
    lines, name = ([], label) if len(label) < width else ([label], "")
    lines.append(f"{name:<{width}}" + "".join(f"{c.cell(figures):>{c.width}}" for c in columns))
    if differs := _differs(row):
        lines.append(f"{'':<{width - 20}}{differs}")
    return lines


def _differs(row: TrialRow) -> str:
    """The range of the figures over all assumptions; empty where all are the same."""
    parts = []
    for column in COLUMNS:
        span = row.between(column.id) if column.spread else None
        if span is None:
            continue
        low, high = span
        shown = (
            (percent(low), percent(high))
            if column.id == "saturated"
            else (f"{low:.4g}", f"{high:.4g}")
        )
        if shown[0] != shown[1]:
            parts.append(f"{column.title} {shown[0]} to {shown[1]}")
    return f"by the assumptions: {', '.join(parts)}" if parts else ""


def remarks(row: TrialRow) -> list[str]:
    """The remarks on one row, a line each."""
    label = clean(row.label)
    out = []
    if row.checked is not None:
        out.append(f"{label}: {reproduced(row.checked)}")
    if row.outcome is not None and row.outcome.averages is not None:
        out.append(f"{label}: {averages(row.outcome.averages, row.outcome.steps[0].at)}")
    out += [f"{label}: {clean(note)}" for note in row.notes]
    return out


def reproduced(checked: CheckedRun) -> str:
    """How many of the recorded decisions the rule reproduces."""
    said = f"{checked.same} of {many(checked.compared, 'decision')} as recorded"
    if checked.not_modelled:
        said += f", {checked.not_modelled} not modelled by what-if"
    if checked.differing:
        at, variant, real, ours = checked.differing[0]
        said += f"; first other one at {time_of_day(at)} UTC: {clean(variant)} {real}"
        said += f", recomputed {ours}"
    return said


def averages(means: Averages, since: float) -> str:
    """Why an autoscaler that averages over everything asks for more than WVA."""
    return (
        f"at T+{means.at - since:.0f} s it averages over all {means.replicas} replicas: KV "
        f"{means.kv:.2f}, {means.waiting:.1f} waiting each; WVA leaves the saturated ones out and "
        f"averages over {means.free}: KV {means.free_kv:.2f}, {means.free_waiting:.1f} waiting"
    )


def footing(trial: Trial, rows: Sequence[TrialRow]) -> list[str]:
    """What the figures depend on."""
    texts = [COUNTED, OPEN_LOOP]
    texts += [CLOSED_LOOP] if any(row.loop == "closed" for row in rows) else []
    lines = [line for each in texts for line in wrap(each, 96, break_on_hyphens=False)]
    lines += [f"  {a.source:<9}{clean(a.text)}" for a in trial.told]
    return lines


# --- for programs -------------------------------------------------------------------------


def csv_rows(trial: Trial, rows: Sequence[TrialRow]) -> list[dict[str, Any]]:
    """One flat mapping per row; an empty value is not known."""
    out = []
    for row in rows:
        flat: dict[str, Any] = {"model": row.model, "alternative": row.label, "loop": row.loop}
        for name in SPREAD:
            flat[name] = None if row.figures is None else getattr(row.figures, name)
        for name in ("replica_minutes", "cost", "peak", "saturated"):
            low, high = row.between(name) or (None, None)
            flat[f"{name}_low"], flat[f"{name}_high"] = low, high
        flat["reproduced"] = row.checked.same if row.checked else None
        flat["compared"] = row.checked.compared if row.checked else None
        flat["not_modelled"] = row.checked.not_modelled if row.checked else None
        flat["impossible"] = row.impossible
        out.append(flat)
    return out


def json_value(trial: Trial, rows: Sequence[TrialRow]) -> dict[str, Any]:
    """Everything, for one model. `null` means not known."""
    recorded = trial.recorded
    return {
        "model": recorded.model,
        "variants": list(recorded.names),
        "since": recorded.since,
        "until": recorded.until,
        "limit": None if trial.limit is None else asdict(trial.limit),
        "about": OPEN_LOOP,
        "assumptions": [asdict(assumption) for assumption in trial.told],
        "rows": [_json_row(row) for row in rows],
    }


def _json_row(row: TrialRow) -> dict[str, Any]:
    outcome, checked = row.outcome, row.checked
    return {
        "alternative": row.label,
        "loop": row.loop,
        "figures": None if row.figures is None else asdict(row.figures),
        "range": {name: span for name in SPREAD if (span := row.between(name)) is not None},
        "sensitivity": [
            {"change": changed.change, "figures": asdict(changed.figures)}
            for changed in row.sensitivity
        ],
        "reproduced": None if checked is None else _json_checked(checked),
        "averages": asdict(outcome.averages) if outcome and outcome.averages else None,
        "decisions": [asdict(changed) for changed in outcome.decisions] if outcome else [],
        "replicas": [[s.at, s.wanted, s.exist, s.serving] for s in row.steps],
        "variants": {n: list(t) for n, t in outcome.variants.items()} if outcome else {},
        "notes": list(row.notes),
        "impossible": row.impossible or None,
    }


def _json_checked(checked: CheckedRun) -> dict[str, Any]:
    return {
        "compared": checked.compared,
        "same": checked.same,
        "not_modelled": checked.not_modelled,
        "differing": [
            {"at": at, "variant": variant, "recorded": real, "recomputed": ours}
            for at, variant, real, ours in checked.differing[:MOST_DIFFERENCES]
        ],
    }
