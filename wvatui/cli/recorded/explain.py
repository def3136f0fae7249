"""Explain: why each target, from a recording or a controller's log."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wvatui.cli.params import CONNECTION, FORM, NAMESPACE, option
from wvatui.cli.values import STDIN, argument, called
from wvatui.errors import RecordingError, UsageError
from wvatui.export.stamp import iso
from wvatui.host import console
from wvatui.session.time_expressions import moment_within

if TYPE_CHECKING:
    from wvatui.core.decisions.scaling_decision import ScalingDecision
    from wvatui.core.explain.explained import CycleExplained
    from wvatui.core.state.state import State


MOST_REPLICAS = 10_000
"""Most replicas with which a manifest is tried: each is a pod to the rule."""


@click.command()
@argument("file", metavar="[FILE | NAME]", default="")
@option("--at", default="", help="The cycle at a moment: 12m30s, 14:05:00 (UTC), 50%.")
@option(
    "--cycle",
    type=click.IntRange(1),
    default=None,
    help="The cycle of this number, counted from 1.",
)
@option(
    "--changes",
    is_flag=True,
    help="Every cycle that changed a target or is not explained (the default).",
)
@option("--summary", is_flag=True, help="How many cycles are explained, and why others are not.")
@option(
    "--metrics",
    multiple=True,
    help="Of a manifest: the values of its metrics, queue=12,cpu=80.",
)
@option(
    "--replicas",
    type=click.IntRange(0, MOST_REPLICAS),
    default=None,
    help="Of a manifest: the current number of replicas.",
)
@option(
    "--ready",
    type=click.IntRange(0, MOST_REPLICAS),
    default=None,
    help="How many of them are ready; all by default.",
)
@option(
    "-A", "--all-namespaces", is_flag=True, help="Without a FILE: the HPAs of the whole cluster."
)
@option(
    "-w", "--watch", is_flag=True, help="Without a FILE: keep watching, and print what changes."
)
@option(
    "--external-metrics",
    is_flag=True,
    help="Without a FILE: ask the external metrics API for triggers' values. KEDA asks their"
    " sources then, and counts failures; needs get of external.metrics.k8s.io.",
)
@NAMESPACE
@FORM
@CONNECTION
def explain(
    file: str,
    at: str,
    cycle: int | None,
    changes: bool,
    summary: bool,
    metrics: tuple[str, ...],
    replicas: int | None,
    ready: int | None,
    all_namespaces: bool,
    watch: bool,
    external_metrics: bool,
    namespace: str,
    output: str,
    **connection: Any,
) -> None:
    """Explain each target: the decision recomputed from what the controller had.

    \b
    wvatui explain FILE                       a recording, or a log of the WVA controller
    wvatui explain MANIFEST.yaml --metrics …  what it would do, before it is applied
    wvatui explain -n NAMESPACE [NAME]        live: each HPA and ScaledObject there, or one

    FILE is a recording or a log of the WVA controller. One sentence a cycle, with --at or --cycle
    the whole arithmetic: each quantity recomputed by the release's rule and held against the log.

    FILE may also be the manifest (.yaml, .json) of an HPA or a ScaledObject: what it would do with
    these --metrics and --replicas, before it is applied.
    """
    from wvatui.cli.recorded._manifest import explain_manifest, is_manifest

    if not _is_file(file, live=bool(namespace or all_namespaces)):
        _live(
            connection,
            namespace=namespace,
            name=file,
            everywhere=all_namespaces,
            follow=watch,
            output=output,
            external_metrics=external_metrics,
        )
        return
    _must_be_a_file(file)
    if all_namespaces or watch or external_metrics:
        flags = "--all-namespaces, --watch and --external-metrics"
        raise UsageError(f"{flags} are for a cluster: name no file")
    tried = bool(metrics) or replicas is not None or ready is not None
    if is_manifest(file) or (tried and file.endswith(".json")):
        explain_manifest(file, ",".join(metrics), replicas, ready, output)
        return
    if tried:
        raise UsageError("--metrics, --replicas and --ready are for a manifest (.yaml, .json)")
    if sum([bool(at), cycle is not None, changes, summary]) > 1:
        raise UsageError("--at, --cycle, --changes and --summary exclude one another")
    name = Path(called(file)).name
    if at or cycle is not None:
        _explain_moment(file, namespace, name, at, cycle, output)
    else:
        _explain_whole(file, namespace, name, output, _print_share if summary else _print_changes)


def _explain_moment(
    file: str, namespace: str, name: str, at: str, cycle: int | None, output: str
) -> None:
    """Print one moment of a session, or one cycle by its number, with its whole arithmetic."""
    from wvatui.analysis.explaining import BATCH, explained
    from wvatui.cli.explain_recorded import print_cycle, print_moment
    from wvatui.cli.recordings import must_be_one_namespace, must_speak_of, open_named, say_notices
    from wvatui.core.explain.beside import NEXT_S, beside
    from wvatui.session.replay import ReplaySession

    reader = open_named(file, namespace=namespace)
    session = ReplaySession(reader, play=False)
    state = session.load()
    must_speak_of(state, file, namespace)
    must_be_one_namespace(state, file, "explain")
    events = session.events
    cycles, whole = explained(events[n : n + BATCH] for n in range(0, len(events), BATCH))
    _some(cycles, whole, file)
    if not cycles and cycle is None:
        print_moment(session, _moment(state, at), name, output)
    else:
        chosen = _chosen(cycles, state, at, cycle)
        session.show(chosen.at + NEXT_S)
        print_cycle(chosen, beside(session.latest, chosen.at), name, len(cycles), output)
        if at and output != "json":
            print_moment(session, _moment(state, at), name, output)
    say_notices(file, reader.notices, state)


def _explain_whole(
    file: str, namespace: str, name: str, output: str, printed: Callable[..., None]
) -> None:
    """Print a whole session, in the way `printed` does."""
    from wvatui.analysis.explaining import BATCH, explained
    from wvatui.cli.recordings import must_be_one_namespace, must_speak_of, open_named, say_notices

    with closing(open_named(file, namespace=namespace)) as reader:
        cycles, state = explained(reader.batches(BATCH))
        must_speak_of(state, file, namespace)
        must_be_one_namespace(state, file, "explain")
        scalers = _some(cycles, state, file)
    printed(cycles, scalers, name, output)
    say_notices(file, reader.notices, state)


def _live(connection: dict[str, Any], **asked: Any) -> None:
    """Explain the objects of a cluster; its credentials are read while modules are imported."""
    from wvatui.kube.auth import CredentialChild

    with closing(CredentialChild(connection["kubeconfig"], connection["context"])) as child:
        from wvatui.cli.explain_live import LiveRequest, explain_live

        explain_live(LiveRequest(**asked, **connection), child)


def _is_file(text: str, *, live: bool) -> bool:
    """Whether an argument names a file rather than an object: an object's name has no slash and no
    known suffix, and comes with a namespace."""
    if not text:
        return False
    if not live or "/" in text or text == STDIN or Path(text).exists():
        return True
    return text.endswith((".yaml", ".yml", ".jsonl", ".gz", ".zst", ".log", ".txt", ".json"))


def _must_be_a_file(text: str) -> None:
    """Raise RecordingError for the name of an object without its namespace."""
    if not _is_file(text, live=True):
        hint = f"an HPA or a ScaledObject of a cluster: wvatui explain -n NAMESPACE {text}"
        raise RecordingError(f"{text}: No such file or directory", hint=hint)


# --- reading -------------------------------------------------------------------------------


def _some(cycles: "list[CycleExplained]", state: "State", file: str) -> "list[ScalingDecision]":
    """The decisions by others than WVA. Raises where the session has neither those nor a cycle of
    WVA."""
    from wvatui.cli.explain_recorded import of_scalers

    scalers = of_scalers(state)
    if not cycles and not scalers:
        raise RecordingError(
            f"{file}: no cycle of a controller in it, and no status of an HPA or ScaledObject",
            hint="a log of the WVA controller, or a recording of what scales is needed",
        )
    return scalers


def _chosen(
    cycles: "list[CycleExplained]", state: "State", at: str, number: int | None
) -> "CycleExplained":
    if not cycles:
        raise UsageError("there is no cycle: no controller's log is in the file; use --at")
    if number is not None:
        for cycle in cycles:
            if cycle.number == number:
                return cycle
        raise UsageError(f"there is no cycle {number}: the file has 1 to {cycles[-1].number}")
    then = _moment(state, at)
    before = [cycle for cycle in cycles if cycle.at <= then]
    if not before:
        raise UsageError(f"no cycle had begun by then: the first is of {iso(cycles[0].at)}")
    return before[-1]


def _moment(state: "State", at: str) -> float:
    started = state.header.started_at if state.header else state.first_at
    return moment_within(at, started or state.first_at, state.first_at, state.now)


# --- the changes, the share ----------------------------------------------------------------


def _print_changes(
    cycles: "list[CycleExplained]", scalers: "list[ScalingDecision]", name: str, form: str
) -> None:
    """Print every cycle that changed a target or is not explained, what other autoscalers changed
    or held, then the share explained."""
    from wvatui.cli.explain_recorded import change_line, is_told, timed
    from wvatui.core.explain import to_json
    from wvatui.core.explain.scaler_share import with_scalers
    from wvatui.core.explain.to_json import share

    shown = [cycle for cycle in cycles if _moves(cycle) or cycle.verdict != "agrees"]
    numbers = with_scalers(share(cycles), scalers)
    told = [decision for decision in scalers if is_told(decision)]
    if form == "json":
        listed = [{"time": iso(cycle.at), **to_json.cycle(cycle)} for cycle in shown]
        console.out_json(
            {
                "source": name,
                **_counts(numbers),
                "changes": listed,
                "scalers": list(map(timed, told)),
            }
        )
        return
    for cycle in shown:
        sign = {"agrees": "=", "mismatch": "!", "unexplained": "?"}[cycle.verdict]
        console.out(f"{sign} {cycle.number:>5}  {iso(cycle.at)[:19]}Z  {cycle.sentence}")
    for decision in told:
        console.out(change_line(decision))
    console.out(_share_line(numbers))


def _moves(cycle: "CycleExplained") -> bool:
    outcomes = (o for item in cycle.explanations for o in item.case.outcomes.values())
    return any(o.current != o.target for o in outcomes)


_COUNTS = (
    "cycles",
    "decisions",
    "explained",
    "mismatched",
    "unexplained",
    "undecided",
    "by_decider",
)


def _counts(numbers: dict[str, Any]) -> dict[str, Any]:
    return {key: numbers[key] for key in _COUNTS}


def _print_share(
    cycles: "list[CycleExplained]", scalers: "list[ScalingDecision]", name: str, form: str
) -> None:
    """Print how much is explained, and why the rest is not."""
    from wvatui.core.explain.scaler_share import with_scalers
    from wvatui.core.explain.to_json import share

    numbers = with_scalers(share(cycles), scalers)
    for key in _LISTED:
        numbers[key] = [{**row, "time": iso(row["at"])} for row in numbers[key]]
    if form == "json":
        console.out_json({"source": name, **numbers})
        return
    console.out(name, f"  {_share_line(numbers)}")
    for rule, count in numbers["rules"].items():
        console.out(f"  rule             {rule}: {count}")
    for source, count in numbers["explained_by"].items():
        console.out(f"  thresholds       {source}: {count}")
    for row in numbers["mismatched_cycles"]:
        console.out(f"  ! {row['cycle']:>5}  {row['time']}  {row['sentence']}")
        for differs in row["differs"]:
            logged = f"logged {differs['logged']}, recomputed {differs['recomputed']}"
            console.out(f"           {differs['quantity']}: {logged}")
    for row in (*numbers["unexplained_cycles"], *numbers["undecided_cycles"]):
        console.out(f"  ? {row['cycle']:>5}  {row['time']}  {row['sentence']}")
    for sign, key in (("!", "mismatched_decisions"), ("?", "unexplained_decisions")):
        for row in numbers[key]:
            console.out(f"  {sign} {row['time']}  {row['variant']}: {row['sentence']}")
            for line in (*row["differs"], *row["missing"]):
                console.out(f"           {line}")


_LISTED = (
    "mismatched_cycles",
    "unexplained_cycles",
    "undecided_cycles",
    "mismatched_decisions",
    "unexplained_decisions",
)


def _share_line(numbers: dict[str, Any]) -> str:
    """How much is explained, with the signs that stand before the lines."""
    share_ = "" if numbers["share"] is None else f" ({numbers['share']:.1%})"
    undecided = numbers["undecided"]
    more = f"; {undecided} of the controller's cycles decided nothing" * bool(undecided)
    what = "cycles" if numbers["decisions"] == numbers["cycles"] else "decisions"
    return (
        f"= {numbers['explained']} of {numbers['decisions']} {what} explained{share_},"
        f" ! {numbers['mismatched']} mismatched, ? {numbers['unexplained']} unexplained{more}"
    )
