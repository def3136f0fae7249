"""Whether the runs pass: by the rules of the recorded benchmark, and by the user's gates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from wvatui.analysis.compare.asked import FigureGate
from wvatui.analysis.compare.comparison import ComparedRow, Comparison

NOISE = 1e-9
"""Tolerance of a comparison, as means of equal figures may differ in their last bits."""
VerdictWord = Literal["FAIL", "NO DATA", "PASS", "MEASURED"]
"""In the order in which conclusions name them."""

RULES = (
    FigureGate("p99 TTFT", "ttft_p99_ms", True, 0.10, "ratio"),
    FigureGate("p99 E2E", "e2e_p99_ms", True, 0.10, "ratio"),
    FigureGate("error rate", "error_ratio", True, 0.0, "difference"),
    FigureGate("gap total", "gap_s", True, float("inf"), "measured"),
    FigureGate("requests per replica-hour", "requests_per_replica_hour", False, -0.15, "ratio"),
)
"""llm-d-lab's gates (analysis/, `gating verdicts`): latencies may rise by 10 %, errors not at all,
requests per GPU-hour may fall by 15 %; both sides are assumed to have the same GPUs per replica."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The verdict of a rule on one group. `own`: a gate of the user's.

    `value`: the row's; `against`: the first group's; `change`: compared with `limit`: a ratio, a
    difference or the value itself.
    """

    rule: str
    verdict: VerdictWord
    group: str
    key: str
    kind: str
    value: float | None
    against: float | None
    change: float | None
    limit: float | None
    own: bool = False


def verdicts(comparison: Comparison, gates: Iterable[FigureGate] = ()) -> tuple[GateVerdict, ...]:
    """The verdict of every rule and gate on every group except the first. A gate on a value applies
    to the first, too."""
    rows = {row.row.key: row for row in comparison.rows}
    asked = [*((rule, False) for rule in RULES), *((gate, True) for gate in gates)]
    return tuple(
        verdict for gate, own in asked for verdict in _of(comparison, rows[gate.key], gate, own)
    )


def _of(
    comparison: Comparison, row: ComparedRow, gate: FigureGate, own: bool
) -> Iterator[GateVerdict]:
    for place, group in enumerate(comparison.groups):
        if place == 0 and gate.kind != "value":
            continue
        change = {
            "ratio": row.delta_ratio[place],
            "difference": row.delta[place],
            "measured": row.values[place],
            "value": row.values[place],
        }[gate.kind]
        yield GateVerdict(
            rule=gate.text,
            verdict=_word(gate, change),
            group=group.label,
            key=gate.key,
            kind=gate.kind,
            value=row.values[place],
            against=row.values[0],
            change=change,
            limit=None if gate.kind == "measured" else gate.limit,
            own=own,
        )


def _word(gate: FigureGate, change: float | None) -> VerdictWord:
    if change is None:
        return "NO DATA"
    if gate.kind == "measured":
        return "MEASURED"
    over = change - gate.limit if gate.at_most else gate.limit - change
    holds = over <= NOISE
    return "PASS" if holds else "FAIL"
