"""Explain, of a recording: one cycle of WVA with its whole arithmetic."""

from typing import TYPE_CHECKING

from wvatui.export.stamp import iso
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.explain.beside import Beside
    from wvatui.core.explain.explained import CycleExplained, Explanation

MARKS = {"agrees": "=", "mismatch": "!", "taken": "~", "": " "}


def print_cycle(
    cycle: "CycleExplained", around: "Beside", name: str, count: int, form: str
) -> None:
    """One cycle with its whole arithmetic."""
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
