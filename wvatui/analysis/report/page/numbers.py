"""The numbers of a run: stages of load, cost of its replicas, and what-if."""

from wvatui.analysis.compare.comparison import stage_title
from wvatui.analysis.report.page.blocks import (
    PageBlock,
    TableBlock,
    WordsBlock,
    clock,
    lasted,
    no_data,
    window,
)
from wvatui.analysis.report.reported import ReportedRun
from wvatui.analysis.whatif.alternatives import alternatives, spoken
from wvatui.analysis.whatif.trying import models_of, tried
from wvatui.core.kube_object import bare
from wvatui.core.lines import clean
from wvatui.core.queries.pods.replica_time import (
    ReplicaSteps,
    believed_steps,
    ladder_steps,
    replica_time,
    unit_costs,
)
from wvatui.core.whatif import report as table
from wvatui.core.whatif.assumptions import COUNTED, OPEN_LOOP
from wvatui.core.whatif.trial import Tried
from wvatui.errors import WvatuiError

_DASH = "–"


def _number(value: float | None, form: str = ",.0f", factor: float = 1.0) -> str:
    return _DASH if value is None else format(factor * value, form)


def stages(reported: ReportedRun) -> list[PageBlock]:
    """Each stage of load, with the servers' figures."""
    rows = reported.run.stages
    if not rows:
        return [no_data("no stage of load is known")]
    titles = (
        *("stage", "begins (UTC)", "lasts", "offered/s", "answered/s", "answered", "failed"),
        *("TTFT p50", "p95 ms", "ITL p50", "p95 ms", "waiting max", "KV max", "replicas"),
    )
    cells = [
        (
            clean(stage_title(row)),
            clock(reported, row.since),
            lasted(row.until - row.since),
            *(_number(row.offered, ",.2f"), _number(row.achieved, ",.2f")),
            *(_number(row.ok), _number(row.failed)),
            *(_number(row.ttft_p50_ms), _number(row.ttft_p95_ms)),
            *(_number(row.itl_p50_ms, ",.1f"), _number(row.itl_p95_ms, ",.1f")),
            *(_number(row.waiting_max), _number(row.kv_max, ".0f", 100.0)),
            f"{_number(row.replicas_min)} to {_number(row.replicas_max)}",
        )
        for row in rows
    ]
    counted = sorted({row.counted_by for row in rows if row.counted_by})
    by = f"requests counted by {' and '.join(counted)}; " if counted else ""
    return [TableBlock(titles, cells, f"{by}KV in %; {_DASH}: not measured", frozenset((0, 1, 2)))]


def costs(reported: ReportedRun) -> list[PageBlock]:
    """Replica-hours of each variant, and their cost at its price."""
    measured, state = reported.measured, reported.run.state
    source = next(iter(measured.replicas("seconds")), "")
    if not source:
        return [no_data("how many replicas there were is not in the recording")]
    by = _steps(reported)
    prices = unit_costs(state, reported.prices)
    rows = []
    for key, own in by.items():
        one = {key: own}
        ran = replica_time(state, measured.since, measured.until, steps=one, prices=reported.prices)
        hours = None if ran.seconds is None else ran.seconds / 3600
        rows.append(
            (
                clean(state.window.id_of(*key)),
                *(_number(ran.least), _number(ran.most), _number(ran.mean, ",.2f")),
                _number(hours, ",.3f"),
                "NO DATA" if prices.get(key) is None else f"{prices[key]:g}",
                "NO DATA" if ran.cost is None and hours else _number(ran.cost, ",.3f"),
            )
        )
    titles = ("variant", "least", "most", "mean", "replica-hours", "price an hour", "cost")
    where = "the workloads' ready replicas" if source == "workloads" else "the controller's log"
    return [TableBlock(titles, rows, f"{where}; {window(measured.since, measured.until)}")]


def _steps(reported: ReportedRun) -> ReplicaSteps:
    """Replicas of each variant over time, from the same source as their number."""
    state = reported.run.state
    by_workloads = "workloads" in reported.measured.replicas("seconds")
    return ladder_steps(state) if by_workloads else believed_steps(state)


# --- what-if ---------------------------------------------------------------------------------


def what_if(reported: ReportedRun) -> list[PageBlock]:
    """What-if by the open loop: what really happened, the recording's own rule recomputed, and the
    constant numbers of replicas that were its maximum and its mean."""
    run, measured = reported.run, reported.measured
    try:
        blocks: list[PageBlock] = []
        for model in models_of(run.state, run.name):
            names = {*map(bare, model.names)}
            own = {key: own for key, own in _steps(reported).items() if bare(key[1]) in names}
            ran = replica_time(run.state, measured.since, measured.until, steps=own)
            known = (round(n) for n in (ran.most, ran.mean) if n is not None)
            sizes = dict.fromkeys(size for size in known if size)
            asked = alternatives([g for size in sizes for g in spoken(f"replicas {size}")])
            blocks += _tried(tried(run.state, model, asked, loop="open", sensitive=False))
    except WvatuiError as error:
        return [no_data(clean(error.message))]
    return blocks


def _tried(result: Tried) -> list[PageBlock]:
    columns = [column for column in table.COLUMNS if column.id != "above"]
    recorded = result.trial.recorded
    titles = ("alternative", *(column.title for column in columns))
    rows = []
    for row in result.rows:
        if row.figures is None:
            label = f"{row.label}, not possible: {row.impossible}"
            cells = [_DASH] * len(columns)
        else:
            label = row.label
            cells = [column.cell(row.figures) for column in columns]
        rows.append((clean(label), *cells))
    model = clean(recorded.model) or "model not named"
    source = f"{model}: {window(recorded.since, recorded.until)}"
    said = dict.fromkeys(line for row in result.rows for line in table.remarks(row))
    rests = "; ".join(f"{clean(each.text)} ({each.source})" for each in result.trial.told)
    return [
        TableBlock(titles, rows, source),
        *(WordsBlock(line) for line in said),
        WordsBlock(f"{COUNTED} {OPEN_LOOP}"),
        *([WordsBlock(f"What it rests on: {rests}.")] if rests else []),
    ]
