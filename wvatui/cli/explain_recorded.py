"""Explains a recording: a cycle of WVA with its whole arithmetic, and the decisions of other
autoscalers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wvatui.export.stamp import iso
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.decisions.scaling_decision import ScalingDecision
    from wvatui.core.explain.beside import Beside
    from wvatui.core.explain.explained import CycleExplained, Explanation
    from wvatui.core.state.state import State
    from wvatui.session.replay import ReplaySession

MARKS = {"agrees": "=", "mismatch": "!", "taken": "~", "": " "}
SIGNS = {"agrees": "=", "mismatch": "!", "unexplained": "?"}


def of_scalers(state: "State") -> "list[ScalingDecision]":
    """The session's decisions by other deciders than WVA, oldest first."""
    from wvatui.core.decisions.scalers.followed import scaling_decisions

    return [d for d in scaling_decisions(state) if d.decider != "wva" and not d.context]


def standing(decisions: "Sequence[ScalingDecision]", at: float) -> "list[ScalingDecision]":
    """The last decision of each decider for each variant by `at`, UTC epoch seconds."""
    newest = {(d.namespace, d.variant, d.decider): d for d in decisions if d.at <= at}
    return list(newest.values())


def timed(decision: "ScalingDecision") -> dict[str, Any]:
    """A decision as plain data, its times in ISO 8601."""
    from wvatui.core.explain.scaler_share import decision_json

    data = decision_json(decision)
    held = [{**each, "until": _written(each["until"])} for each in data["held"]]
    return {"time": iso(decision.at), **data, "held": held}


def _written(at: float | None) -> str | None:
    return None if at is None else iso(at)


def change_line(decision: "ScalingDecision") -> str:
    """One line: whether the decision follows from its inputs, since when it holds, the decider, the
    sentence, how often it was repeated and when last.

    Of KEDA only the statuses that it writes are seen, not each of its looks.
    """
    from wvatui.core.rows.scaling_rows import DECIDERS

    sign = SIGNS[decision.verdict] if decision.decider != "hand" else " "
    last = iso(decision.last_at)[11:19]
    newest = f"; values of the last, {last}" if decision.last_at > decision.at else ""
    looks = "statuses" if decision.decider == "keda" else "looks"
    times = f" ({decision.looks} {looks}{newest})" if decision.looks > 1 else ""
    who = f"{DECIDERS[decision.decider]} {decision.variant}"
    return f"{sign} {iso(decision.at)[:19]}Z  {who}: {decision.sentence}{times}"


def is_told(decision: "ScalingDecision") -> bool:
    """Whether a decision is worth a line: it changed something, held something back, or does not
    follow."""
    return not decision.quiet or decision.verdict != "agrees"


def print_steps(decision: "ScalingDecision") -> None:
    """Print one decision with its arithmetic, and the observations behind it."""
    console.out("", change_line(decision))
    for step in decision.steps:
        console.out(f"      {step}")
    sources = dict.fromkeys(each.source for each in decision.inputs if each.source)
    if sources:
        console.out(f"      inputs from {', '.join(sources)}")
    for missing in decision.missing:
        console.out(f"  ?   missing: {missing}")
    if decision.verdict == "agrees" and decision.decider == "hpa":
        console.out("  =   size, conditions and events as recomputed")
    if decision.certainty == "from here on" and not decision.missing:
        console.out(f"      {decision.doubt}")


def print_moment(session: "ReplaySession", at: float, name: str, form: str) -> None:
    """Print the last decisions of an HPA, KEDA or others by that moment, with the arithmetic."""
    session.show(at)  # later events must not count
    chosen = standing(of_scalers(session.latest), at)
    if form == "json":
        told = [timed(decision) for decision in chosen]
        console.out_json({"source": name, "time": iso(at), "decisions": told})
        return
    if not chosen:
        console.out(f"no scaler had decided by {iso(at)[:19]}Z")
    for decision in chosen:
        print_steps(decision)


def print_cycle(
    cycle: "CycleExplained", around: "Beside", name: str, count: int, form: str
) -> None:
    """Print one cycle with its whole arithmetic."""
    from wvatui.core.explain import to_json

    if form == "json":
        data = {"source": name, "cycles": count, "time": iso(cycle.at), **to_json.cycle(cycle)}
        console.out_json({**data, "beside": to_json.surroundings(around)})
        return
    by = to_json.known_by(cycle)
    how = f", thresholds {by}" if by in ("recovered", "fitted") else ""
    console.out(f"cycle {cycle.number} of {count}, {iso(cycle.at)}: {cycle.verdict}{how}")
    console.out(cycle.sentence)
    for item in cycle.explanations:
        _print_steps(item, several=len(cycle.explanations) > 1)
    _print_beside(around)
    console.out("", "  = agrees with the log   ! differs from it   ~ taken as logged")


def _print_steps(item: "Explanation", *, several: bool) -> None:
    case = item.case
    if several:
        role = f", {case.role}" if case.role else ""
        about = f"{case.model or 'model not named'}{role}, reconcile {case.number + 1}"
        console.out("", f"{about}: {item.verdict}", f"  {item.sentence}")
    section = ""
    for step in item.steps:
        if step.section != section:
            section = step.section
            console.out("", f"  {section}")
        console.out(f"  {MARKS[step.mark]}   {step.text}")
    for missing in item.missing:
        console.out(f"  ?   missing: {missing}")
    for check in item.differing:
        note = f" ({check.note})" if check.note else ""
        differs = f"logged {check.logged}, recomputed {check.recomputed}"
        console.out(f"  !   {check.quantity}: {differs}{note}")


def _print_beside(around: "Beside") -> None:
    polled = [pod for pod in around.pods if pod.sample.polled_at is not None]
    if polled:
        console.out("", "  Polled by then")
        for pod in polled:
            s = pod.sample
            kv = "?" if s.polled_kv is None else f"{s.polled_kv:.3f}"
            peak = "?" if s.polled_kv_peak is None else f"{s.polled_kv_peak:.3f}"
            age = ""
            if pod.view_age_s is not None:
                age = f"; the controller's number was {pod.view_age_s:.0f} s old"
            waiting = "?" if s.polled_waiting is None else s.polled_waiting
            load = f"KV {kv} (peak of a minute {peak}), queue {waiting}"
            console.out(f"      {s.pod}: {load}{age}")
    for seen in around.observed:
        console.out("", f"  Observed {seen.after_s:.0f} s later, {seen.variant}")
        for name, then, now in (
            ("ITL", seen.predicted_itl_ms, seen.itl_ms),
            ("TTFT", seen.predicted_ttft_ms, seen.ttft_ms),
        ):
            if then is not None and now is not None:
                console.out(f"      {name} {now:.2f} ms, predicted {then:.2f} ms")
