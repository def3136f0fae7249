"""The texts of the notebooks: ANALYSIS_SUMMARY.md of both modes, and the model's own report."""

from collections.abc import Iterable, Iterator, Sequence, Sized

from wvatui.analysis.report.notebooks.told import LOG, MODEL, Told, latencies, stamp
from wvatui.analysis.session_part import counted
from wvatui.analysis.summary import predictions
from wvatui.core.lines import many
from wvatui.core.queries.pods.replica_time import replica_time
from wvatui.core.rows.scaling_rows import all_changes
from wvatui.core.rules.wva.model.predictions import Errors, errors

SATURATED = 0.9
"""KV cache above which the notebooks count a saturation event, ratio."""
BUILDUP = 5
"""Requests waiting in one pod above which the notebooks count a queue build-up."""
NO_DATA = "No data collected"
FileList = Sequence[tuple[str, str]]
"""(path, description) of each file beside the text."""


def summary_text(told: Told, files: FileList, plots: FileList) -> str:
    """ANALYSIS_SUMMARY.md, with the headings of the notebook for the run's mode."""
    sections = _model(told) if told.mode == MODEL else _capacity(told)
    lines = [
        f"# {_title(told)}Experiment Analysis",
        "",
        f"**Experiment:** {inert(told.run.name)}",
        "",
        f"**Recorded:** {_span(told)}",
        "",
        *_lead(told),
        "",
        "---",
        *sections,
        *_section("Files Generated", (f"- `{path}` - {what}" for path, what in files)),
    ]
    if plots:
        lines += ["", "### Plots", "", *(f"- `{path}` - {what}" for path, what in plots)]
        lines += [
            "",
            f"Each plot is of all of the recording, {_span(told)}, from {_sources(told)}.",
        ]
    return "\n".join([*lines, ""])


def _title(told: Told) -> str:
    if told.mode == MODEL:
        return "WVA Model-Based "
    return "WVA Capacity-Based " if told.is_of_controller else ""


def _span(told: Told) -> str:
    run = told.run
    return f"{stamp(run.state.first_at)[:19]} to {stamp(run.until)[:19]} UTC"


def _sources(told: Told) -> str:
    pods = f"; KV cache and queues from {told.sampled_by}"
    return LOG + (pods if told.sampled_by not in ("", LOG) else "")


def inert(text: str) -> str:
    """Text from outside, escaped so that Markdown shows it unchanged."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|!&" else sign for sign in text)


def _lead(told: Told) -> Iterator[str]:
    """The run in a few lines; unknown facts are left out."""
    state = told.run.state
    totals = counted(state)
    ups, downs = (totals.ups, totals.downs) if totals.cycles else all_changes(state)
    cycles = many(totals.cycles, "cycle") if totals.cycles else "no cycle in a controller's log"
    yield f"- Scaling decisions: {cycles} ({ups} up, {downs} down)"
    if (low_high := _replica_range(told)) is not None:
        yield f"- Replica range {low_high[0]} – {low_high[1]}"
    if told.kv_rounds:
        yield (
            f"- KV cache: average {_kv_mean(told):.1%}, peak {_peak(told):.1%}, "
            f"saturated (>{SATURATED:.0%}) in {_saturated(told)}, by {told.sampled_by}"
        )
    if (decided_s := totals.decisions_span_s) is not None:
        yield f"- {totals.replica_s:.0f} replica-seconds over {decided_s:.0f} s, by decisions"
    elif (ran := replica_time(state, state.first_at, state.now)).seconds is not None:
        yield f"- {ran.seconds:.0f} replica-seconds over {ran.known_s:.0f} s, by the workloads"
    if told.dropped:
        yield f"- The oldest {many(told.dropped, 'sample')} of this long run are not in it"


def _capacity(told: Told) -> Iterator[str]:
    yield from _counts(
        ("KV Cache Measurements", told.kv),
        ("Queue Measurements", told.queue),
        ("Capacity Analyses", told.analyses),
        ("Scaling Decisions", told.decisions),
    )
    yield from _section("KV Cache Utilization", _kv_lines(told))
    yield from _section("Queue Length", _queue_lines(told))
    yield from _section("Capacity Analysis", _analysis_lines(told))
    yield from _section("Scaling Behavior", _scaling_lines(told))
    yield from _section("Performance Metrics", _performance_lines(told))


def _model(told: Told) -> Iterator[str]:
    yield from _counts(
        ("Total Predictions", told.predicted),
        ("Total Observations", told.observed),
        ("Aligned Pairs", told.pairs),
        ("Scaling Decisions", told.decisions),
    )
    itl, ttft = told.slo
    broken = predictions(told.run.state)["violations"]
    yield from _section(
        "SLO Configuration",
        (
            f"- **ITL SLO:** {_target(itl)}",
            f"- **TTFT SLO:** {_target(ttft)}",
            "",
            f"- **SLO Violations:** {_share(broken, len(told.pairs))}",
        ),
    )
    yield from ("", "## Prediction Accuracy")
    for name in ("itl", "ttft"):
        field = f"{name}_ms"
        found = errors(
            [(getattr(p.prediction, field), getattr(o.metrics, field)) for p, o in told.pairs]
        )
        yield from ("", f"### {name.upper()} Predictions", "", *_error_lines(found))
    yield from _section("Scaling Behavior", _scaling_lines(told))


def _counts(*rows: tuple[str, Sized]) -> list[str]:
    return _section("Summary Statistics", (f"- **{name}:** {len(of)}" for name, of in rows))


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return ["", f"## {title}", "", *lines]


def _kv_lines(told: Told) -> Iterator[str]:
    if not told.kv_rounds:
        yield f"- {NO_DATA}"
        return
    yield f"- Average: {100 * _kv_mean(told):.1f}%"
    yield f"- Peak: {100 * _peak(told):.1f}%"
    yield f"- Min: {100 * min(at.least for at in told.kv_rounds):.1f}%"
    yield f"- Saturation Events (>{100 * SATURATED:.1f}%): {_saturated(told)}"


def _kv_mean(told: Told) -> float:
    """The mean over rounds of each round's mean, as in the notebooks."""
    return _mean([at.mean for at in told.kv_rounds])


def _peak(told: Told) -> float:
    return max(at.most for at in told.kv_rounds)


def _saturated(told: Told) -> str:
    full = sum(at.most > SATURATED for at in told.kv_rounds)
    return _share(full, len(told.kv_rounds))


def _queue_lines(told: Told) -> Iterator[str]:
    if not told.queue_rounds:
        yield f"- {NO_DATA}"
        return
    yield f"- Average: {_mean([at.mean for at in told.queue_rounds]):.1f} requests"
    yield f"- Peak: {max(at.most for at in told.queue_rounds):.0f} requests"
    yield f"- Queue Buildup Events: {sum(at.most > BUILDUP for at in told.queue_rounds)}"


def _analysis_lines(told: Told) -> Iterator[str]:
    rows = [row for _, row in told.analyses]
    if not rows:
        yield f"- {NO_DATA}"
        return
    ups = sum(row["should_scale_up"] is True for row in rows)
    yield f"- Scale-Up Recommendations: {ups}/{len(rows)}"
    safe = sum(row["scale_down_safe"] is True for row in rows)
    yield f"- Scale-Down Safe: {safe}/{len(rows)}"
    full = [
        (row["total_replicas"] - row["non_saturated_replicas"]) / row["total_replicas"]
        for row in rows
        if row["total_replicas"] and row["non_saturated_replicas"] is not None
    ]
    if full:
        yield f"- Average Saturated Pods: {100 * _mean(full):.1f}%"


def _scaling_lines(told: Told) -> Iterator[str]:
    if not told.decisions:
        yield f"- {NO_DATA}"
        return
    total = told.actions.total()
    for action, count in told.actions.most_common():
        yield f"- {inert(action)}: {count} ({100 * count / total:.1f}%)"
    if (low_high := _replica_range(told)) is not None:
        yield ""
        yield f"- Replica Range: {low_high[0]} - {low_high[1]}"


def _replica_range(told: Told) -> tuple[int, int] | None:
    sizes = [row["current_replicas"] for _, row in told.decisions]
    known = [size for size in sizes if size is not None]
    return (min(known), max(known)) if known else None


def _performance_lines(told: Told) -> Iterator[str]:
    for title, name in (("TTFT", "ttft_ms"), ("ITL", "itl_ms")):
        values = list(latencies(told, name))
        if values:
            yield f"- {title}: {_mean(values):.2f} ms (avg), {max(values):.2f} ms (max)"
        else:
            yield f"- {title}: {NO_DATA}"
    rates = list(latencies(told, "arrival_per_min"))
    if rates:
        yield (
            f"- Arrival Rate: {_mean(rates):.2f} req/min (avg), {max(rates):.2f} req/min (max) "
            f"= {max(rates) / 60:.2f} req/s"
        )
    else:
        yield f"- Arrival Rate: {NO_DATA}"


def _error_lines(found: Errors | None) -> Iterator[str]:
    if found is None:
        yield f"- {NO_DATA}"
        return
    yield f"- Mean Error: {found.mean:.2f} ms"
    yield f"- Abs Mean Error: {found.abs_mean:.2f} ms"
    yield f"- Std Dev: {found.sd:.2f} ms"


def _target(value: float | None) -> str:
    return "not in the log" if value is None else f"{value:g} ms"


def _share(count: int | None, of: int) -> str:
    if count is None:
        return "no target is known"
    return f"{count}/{of} ({100 * count / of:.1f}%)" if of else f"{count}/{of}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


# --- processed/analysis_report.txt --------------------------------------------------------------


def model_report(told: Told) -> str:
    """The text beside the tables of the model's notebook."""
    lines = [
        "Model-Based WVA Experiment Analysis Report",
        "=" * 80,
        "",
        f"Experiment: {told.run.name}",
        f"Data Directory: {told.run.source}",
        f"Recorded: {_span(told)}",
        "",
        "## Summary Statistics",
        "",
        "### Predictions",
        f"Total predictions: {len(told.predicted)}",
        "",
        "### Observations",
        f"Total observations: {len(told.observed)}",
    ]
    for title, name in (("TTFT", "ttft_ms"), ("ITL", "itl_ms")):
        values = list(latencies(told, name))
        lines.append(
            f"Avg {title}: {_mean(values):.2f} ms" if values else f"Avg {title}: {NO_DATA}"
        )
    lines += ["", "### Scaling Decisions", f"Total scaling decisions: {len(told.decisions)}"]
    lines += [f"  {action}: {count}" for action, count in told.actions.most_common()]
    for title, rounds, scale, unit in (
        ("KV Cache Utilization", told.kv_rounds, 100, "%"),
        ("Queue Length", told.queue_rounds, 1, ""),
    ):
        lines += ["", f"### {title}"]
        if rounds:
            lines += [
                f"Mean: {scale * _mean([at.mean for at in rounds]):.2f}{unit}",
                f"Max: {scale * max(at.most for at in rounds):.2f}{unit}",
                f"Min: {scale * min(at.least for at in rounds):.2f}{unit}",
            ]
        else:
            lines.append(NO_DATA)
    return "\n".join([*lines, ""])
