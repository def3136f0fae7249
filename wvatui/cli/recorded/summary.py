"""Summary: a session's numbers."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.comparing import COST, SLO
from wvatui.cli.params import FORM, NAMESPACE, option
from wvatui.cli.values import argument
from wvatui.core.lines import clean, many
from wvatui.errors import CheckFailed
from wvatui.host import console
from wvatui.session.time_expressions import span

if TYPE_CHECKING:
    from wvatui.analysis.compare.asked import Objective
    from wvatui.core.events import Event
    from wvatui.core.state.state import State

GAP_S = 3600.0
"""From here on a time without events is told beside the length, seconds."""


@click.command()
@argument("file", metavar="FILE|REPORT", type=click.Path())
@option("--from", default="", help="Count from this moment on: 2m, 14:05:00 (UTC), 50%.")
@option("--to", default="", help="Count up to this moment.")
@NAMESPACE
@COST
@SLO
@FORM
def summary(
    file: str,
    namespace: str,
    cost: Sequence[str],
    slo: Sequence[str],
    output: str,
    **part: str,
) -> None:
    """Print a session's numbers: decisions, peaks, errors; or those of a load tool's report.

    A log of several namespaces is summarised namespace by namespace. With --from or --to only that
    part counts, and quantiles from its first poll on. Exit code 1: the log's
    words have drifted from those that this version knows, so that numbers may be missing.
    """
    from wvatui.analysis.compare.asked import objectives, prices
    from wvatui.analysis.summary import mixed
    from wvatui.analysis.summary import summary as numbers_of
    from wvatui.cli.recordings import must_speak_of, open_named, say_notices
    from wvatui.core.queries.pods.replica_time import unused_prices
    from wvatui.session.part import Counted, by_namespace, part_between
    from wvatui.session.replay import ReplaySession

    asked, aims = prices(cost), objectives(slo)
    reader = open_named(file, namespace=namespace)
    session = ReplaySession(reader, play=False)
    state, name = session.load(), Path(file).name
    must_speak_of(state, file, namespace)
    counted = Counted(state, session.events)
    if any(part.values()):
        counted = part_between(session, file, part["from"], part["to"])
        began, ended = part["from"] or "the beginning", part["to"] or "the end"
        console.say(f"{name}: counted from {began} to {ended}")  # a variable may have set these

    def numbers_in(counted: Counted, aims: "Sequence[Objective]") -> dict[str, Any]:
        state, events, of_session = counted
        numbers = numbers_of(state, name, asked, of_session) | _longest_gap(events)
        return _held(numbers, state, events, file, aims) if aims else numbers

    each = [numbers_in(own, aims) for own in by_namespace(counted, session.events, file)]
    numbers = numbers_in(counted, () if each else aims)
    state = counted.state
    if output == "json":
        console.out_json(mixed(numbers, each) if each else numbers)
    else:
        for part in each or [numbers]:
            console.out(*_lines(part))
    say_notices(file, reader.notices, state)
    if unused := unused_prices(state, asked):
        console.say(f"--cost: nothing in {name} is called {clean(' or '.join(unused))}")
    if numbers["drift"]:
        raise CheckFailed(f"{file}: {clean(numbers['drift'])}")


def _held(
    numbers: dict[str, Any],
    state: "State",
    events: "Sequence[Event]",
    file: str,
    aims: "Sequence[Objective]",
) -> dict[str, Any]:
    """The numbers with the share of requests that met each objective."""
    from wvatui.analysis.compare.attainment import with_attainment
    from wvatui.analysis.runs.run import run_of

    return with_attainment(numbers, state, run_of(file, Path(file), events, state, ()), aims)


def _longest_gap(events: "Sequence[Event]") -> dict[str, float]:
    """The longest time between two events, seconds; ticks are the clock's and tell of nothing."""
    from wvatui.core.events import Tick

    # A part of a session begins with objects whose facts are older than it.
    times = accumulate((event.at for event in events if not isinstance(event, Tick)), max)
    steps = (after - before for before, after in pairwise(times))
    return {"longest_gap_s": round(max(steps, default=0.0), 3)}


def _length(n: dict[str, Any]) -> str:
    """The session's length, and whether most of it is a single gap, as between two sessions."""
    gap_s = n["longest_gap_s"]
    is_gap = gap_s >= GAP_S and gap_s > n["length_s"] / 2
    return span(n["length_s"]) + (f", {span(gap_s)} of it without any event" if is_gap else "")


def _changes(n: dict[str, Any]) -> str:
    """How often the size changed, and which decider changed it."""
    from wvatui.core.rows.scaling_rows import DECIDERS

    text = f"{n['changes_up']} up, {n['changes_down']} down"
    who = {key: f"by {name.removeprefix('by ')}" for key, name in DECIDERS.items()}
    # Whatever WVA asks for, others write: what they did with it is not known then.
    who["wva"] = "asked for by WVA"
    names = " and ".join(who[decider] for decider in n["changes_by"])
    return f"{text}, {names}" if names else text


def _lines(n: dict[str, Any]) -> list[str]:
    from wvatui.analysis.load_results import result_lines
    from wvatui.analysis.stage_table import attained_lines, stage_lines

    lines = [
        f"{n['source']}" + (f", namespace {', '.join(n['namespaces'])}" if n["namespaces"] else ""),
        *([f"  envelope         {n['envelope']}"] if n["envelope"] else []),
        f"  length           {_length(n)}, {many(n['events'], 'event')},"
        f" {many(n['lines'], 'log line')} ({n['unknown_lines']} unknown{_moved(n)})",
    ]
    if n["lines"]:
        mode = f", mode {n['mode']}" if n["mode"] else ""
        lines[1:1] = [f"  wording          {n['family'] or 'not recognised'}{mode}"]
        lines.append(
            f"  decisions        {many(n['cycles'], 'cycle')},"
            f" {many(n['target_changes'], 'target change')};"
            f" {many(n['ups'], 'cycle')} said scale-up, {n['downs']} scale-down"
        )
    elif n["replicas_by"] != "endpoints":
        lines.append(f"  scaled by        {n['driver'] or 'not known'}; no log of a WVA controller")
    if n["changes_up"] is not None and (n["lines"] or n["driver"]):
        lines.append(f"  changes          {_changes(n)}")
    if n["cur"] is not None:
        lines.append(
            f"  replicas by log  {n['cur'][0]} – {n['cur'][1]}, highest target {n['tgt_max']},"
            f" {n['replica_s']} replica-seconds over {n['span']} s"
        )
    lines += _polled_lines(n)
    if n["kv_peak"] is not None:
        lines.append(
            f"  KV cache         peak {n['kv_peak']:.1%} on {many(n['pods'], 'pod')}"
            f" ({many(n['kv'], 'sample')})"
        )
    if n["q_peak"] is not None:
        lines.append(f"  waiting          peak {n['q_peak']}")
    if n["ttft_max"] is not None or n["itl_max"] is not None:
        lines.append(
            f"  latency          TTFT max {_ms(n['ttft_max'])}, ITL max {_ms(n['itl_max'])}"
        )
    if n["arr_max"] is not None:
        lines.append(
            f"  arrivals         max {n['arr_max']:.2f} req/min ({n['arr_max'] / 60:.2f} req/s)"
        )
    lines += _prediction_lines(n["predictions"])
    lines += attained_lines(n["slo"]) if "slo" in n else []
    if n["polled_pods"] or n["replicas_avg"] is not None or not n["results"]:
        lines += stage_lines(n["stages"])
    lines += result_lines(n["results"])
    lines += _scaling_lines(n["scaling"])
    lines += _trouble_lines(n)
    if "incomplete" in n:
        lines.append(f"  INCOMPLETE       {n['incomplete']['words']}")
    if n["drift"]:
        lines.append(f"  FORMAT DRIFT     {n['drift']}")
    return lines


def _trouble_lines(n: dict[str, Any]) -> list[str]:
    """The most frequent errors, each once, and the load jobs that failed."""
    errors = list(n["error_messages"].items())[:5]
    return [
        f"  trouble          {many(n['errs'], 'error')}, {many(n['warn'], 'warning')},"
        f" {many(n['gaps'], 'gap')}{_kinds(n['gaps_by_kind'])}, {many(n['restarts'], 'restart')}",
        *(f"    error            {text}" + f" ×{k}" * (k > 1) for text, k in errors),
        *(
            f"    load job         {job['name']} {job['status']}: {job['reason'] or 'no reason'}"
            for job in n["failed_jobs"]
        ),
    ]


def _kinds(counts: dict[str, int]) -> str:
    """The kinds of the gaps, in brackets."""
    return f" ({', '.join(f'{kind} {count}' for kind, count in counts.items())})" if counts else ""


_REPLICAS = {"workloads": "ready replicas", "scaler": "replicas", "endpoints": "endpoints"}


def _polled_lines(n: dict[str, Any]) -> list[str]:
    """Lines on polled pods and workloads, where any were polled."""
    lines: list[str] = []
    if n["replicas_avg"] is not None:
        cost = "" if n["cost"] is None else f", cost {n['cost']:.4g}"
        if n.get("cost_per_hour") is not None:
            cost += f", {n['cost_per_hour']:.4g} an hour"
        elif "cost_per_hour" in n:
            cost = ", cost not known: one with replicas has no price"
        seconds = f"{n['replica_seconds']:.0f} replica-seconds over {n['span_s']:.0f} s"
        lines.append(
            f"  {_REPLICAS[n['replicas_by']]:<16} {n['replicas_avg']:.2f} on average,"
            f" at most {n['replicas_max']}, {seconds}{cost}"
        )
    elif "cost_per_hour" in n:
        lines.append("  cost             not known: nothing tells how many replicas were ready")
    if n["polled_kv_peak"] is not None:
        lines.append(
            f"  polled KV        mean {n['polled_kv_mean']:.1%}, peak {n['polled_kv_peak']:.1%}"
        )
    if n["waiting_max"] is not None:
        lines.append(f"  polled waiting   at most {n['waiting_max']} in all pods together")
    for name in ("ttft", "itl"):
        if n[f"{name}_p50_ms"] is not None:
            values = (f"{q} {n[f'{name}_{q}_ms']:.1f} ms" for q in ("p50", "p95", "p99"))
            lines.append(f"  polled {name.upper():<9} {', '.join(values)}")
    if n["prompt_tokens"] is not None or n["generation_tokens"] is not None:
        counts = (n["prompt_tokens"], n["generation_tokens"])
        prompt, generated = ("–" if count is None else str(count) for count in counts)
        lines.append(f"  tokens           {prompt} of prompts, {generated} generated")
    return lines


def _moved(n: dict[str, Any]) -> str:
    """How many log lines were reordered or left out, where any were."""
    moved = f", {n['out_of_order']} put in order of time" if n["out_of_order"] else ""
    return moved + (f", {n['repeated']} more that were there again" if n["repeated"] else "")


def _prediction_lines(p: dict[str, Any]) -> list[str]:
    """Lines on the error of the controller's predictions, where it made any."""
    if not p["n"]:
        return []
    lines = [
        f"  predictions      {p['n']}, {p['pairs']} paired of"
        f" {many(p['observations'], 'observation')}"
    ]
    for name in ("itl", "ttft"):
        error = p[f"{name}_error_ms"]
        if error:
            lines.append(
                f"    {name.upper():<14} error mean {error['mean']:.2f} ms,"
                f" absolute {error['abs_mean']:.2f} ms, sd {error['sd']:.2f} ms"
            )
    if p["violations"] is not None:
        lines.append(
            f"    SLO            ITL {_limit(p['slo_itl_ms'])}, TTFT"
            f" {_limit(p['slo_ttft_ms'])}: {p['violations']} of {p['pairs']} violated"
        )
    return lines


_LAGS = {
    "decision ready": "decision to ready",
    "onset served": "saturated to token",
    "decision drained": "decision to drained",
    "crossing ready": "metric to ready",
    "crossing served": "metric to token",
    "crossing drained": "metric to drained",
}
"""Lags that the text shows; the JSON has all of them."""


def _scaling_lines(scaled: dict[str, Any]) -> list[str]:
    """Lines on how long changes of replicas took, where any was carried out or missed."""
    if not (scaled["ups"] or scaled["downs"] or scaled["not_carried_out"]):
        return []
    lost = f", {scaled['not_carried_out']} not carried out" * bool(scaled["not_carried_out"])
    ways = f"{scaled['ups']} up, {scaled['downs']} down, done or under way"
    lines = [f"  scaling          {ways}{lost}"]
    lines += [
        f"    {_LAGS[row['step']]:<20} mean {row['mean_s']:.1f} s, p95"
        f" {row['p95_s']:.1f} s, max {row['max_s']:.1f} s ({row['n']})"
        for row in scaled["lags"]
        if row["step"] in _LAGS
    ]
    lacking = scaled["lacking"]
    if lacking["n"]:
        lines.append(
            f"    wanted, not ready    {many(lacking['n'], 'time')},"
            f" {lacking['total_s']:.0f} s together, longest {lacking['longest_s']:.0f} s"
        )
    return lines


def _limit(value: float | None) -> str:
    return "none" if value is None else f"{value:g} ms"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} ms"
