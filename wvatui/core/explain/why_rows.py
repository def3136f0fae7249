"""Explanations as plain rows for the screen: text that is safe to draw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from wvatui.core.decisions.keda.words import NOT_SERVED
from wvatui.core.decisions.scalers.both_stages import acted_on, came_of
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.beside import view_age_s
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.explained import ArithmeticStep, CycleExplained, Explanation, Verdict
from wvatui.core.explain.to_json import known_by
from wvatui.core.explain.wva_v1.steps_v1 import saturated_by
from wvatui.core.lines import clean
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.rows.scaling_rows import DECIDERS
from wvatui.core.rows.views import DecisionRow
from wvatui.core.state.state import State


@dataclass(frozen=True, slots=True)
class CycleWhy:
    """Why one cycle had its outcome. `known_by`: the weakest source of a threshold in it.

    `left_out`: pods that did not count, and what they were saturated by. `differs`: for a mismatch,
    each quantity with both values.
    """

    at: float
    verdict: Verdict
    known_by: str
    sentence: str
    steps: tuple[ArithmeticStep, ...] = ()
    differs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    ages_s: Mapping[str, float] = field(default_factory=dict)
    """By pod: how old the controller's number was, seconds."""
    formula_differs: bool = False
    """A formula's result here differs from the value served by KEDA, which the size depends on."""


def cycle_why(state: State, at: float) -> CycleWhy | None:
    """Why the cycle that began at `at` had its outcome; None: there is no cycle, or no case."""
    cycle = state.of_session.of(Explainer).at(state, at)
    if cycle is None or cycle.at != at or not cycle.explanations:
        return None
    return _why(state, cycle)


def _why(state: State, cycle: CycleExplained) -> CycleWhy:
    telling = cycle.telling
    several = len(telling) > 1
    return CycleWhy(
        at=cycle.at,
        verdict=cycle.verdict,
        known_by=known_by(cycle),
        sentence=clean(cycle.sentence),
        steps=(
            *(step for one in telling for step in _steps(one, several)),
            *_acted(state, cycle),
        ),
        differs=tuple(
            clean(f"{c.quantity}: logged {c.logged}, recomputed {c.recomputed}")
            for one in telling
            for c in one.differing
        ),
        missing=tuple(dict.fromkeys(clean(m) for one in telling for m in one.missing)),
        left_out={
            replica.pod: why
            for one in telling
            for replica in one.case.replicas
            if one.case.rule == "V1" and (why := saturated_by(one.case, replica))
        },
        ages_s={
            replica.pod: age
            for one in telling
            for replica in one.case.replicas
            if (age := view_age_s(state, replica.pod, replica.kv_ratio, cycle.at)) is not None
        },
    )


def _steps(one: Explanation, several: bool) -> list[ArithmeticStep]:
    model = clean(" in ".join(filter(None, (one.case.model, one.case.namespace))))
    head = [ArithmeticStep("Model", model)] if several and one.case.model else []
    return [*head, *(ArithmeticStep(clean(s.section), clean(s.text), s.mark) for s in one.steps)]


def _acted(state: State, cycle: CycleExplained) -> Iterator[ArithmeticStep]:
    """What the HPA or KEDA that acts on WVA's decision did about it by the next cycle."""
    made = scaling_decisions(state)
    later = [each.at for each in all_cycles(state) if each.at > cycle.at]
    until = min(later, default=inf)
    for one in cycle.telling:
        for name, outcome in one.case.outcomes.items():
            acted = acted_on(made, one.case.namespace, name, cycle.at, until)
            if acted is None or outcome.target is None:
                continue
            several = f"{name}: " if len(one.case.outcomes) > 1 else ""
            section = acted.decider.upper()
            told = came_of(outcome.target, cycle.at, acted)
            yield ArithmeticStep(section, clean(f"{several}{told}"))
            if acted.after != outcome.target or acted.changes:
                yield ArithmeticStep(section, clean(acted.sentence))


def scaler_why(state: State, row: DecisionRow) -> CycleWhy | None:
    """Why an HPA, KEDA or a hand decided; None: the row is WVA's, or is no longer known."""
    if row.decider == "wva":
        return None
    made = (d for d in scaling_decisions(state) if (d.at, d.decider) == (row.at, row.decider))
    named = (row.namespace, row.variant)
    decision = next((d for d in made if (d.namespace, d.variant) == named), None)
    if decision is None:
        return None
    words = decision.words()
    own = [text for text in words.steps if not text.startswith("differs: ")]
    return CycleWhy(
        at=decision.at,
        verdict=decision.verdict,
        known_by="",
        sentence=clean(words.sentence),
        steps=tuple(ArithmeticStep("Arithmetic", clean(text)) for text in own),
        differs=tuple(map(clean, decision.differences)),
        missing=tuple(map(clean, decision.missing)),
        formula_differs=any(text.strip().startswith(NOT_SERVED) for text in own),
    )


WhyLengths = tuple[str, ...]
"""One text in several lengths, longest first: see `core.decisions.lengths`."""


def decision_whys(state: State, rows: tuple[DecisionRow, ...]) -> tuple[WhyLengths, ...]:
    """For each of these decisions, why it was made, without the size, in the decider's numbers.

    Empty: not known, or it does not agree with WVA's rule (then the cycle's own view explains).
    """
    cycles = state.of_session.of(Explainer).at_each(state, (row.at for row in rows))
    return tuple(
        _own(row) if row.decider != "wva" else _because(cycle, row) if cycle is not None else ()
        for cycle, row in zip(cycles, rows, strict=True)
    )


def _own(row: DecisionRow) -> WhyLengths:
    return row.reason.removeprefix(f"{DECIDERS[row.decider]}: "), *row.brief


def _because(cycle: CycleExplained, row: DecisionRow) -> WhyLengths:
    for one in cycle.telling:
        if one.case.namespace and row.namespace not in ("", one.case.namespace):
            continue
        if row.variant in one.case.outcomes and one.verdict == "agrees":
            return clean(one.because), *map(clean, one.brief)
    return ()
