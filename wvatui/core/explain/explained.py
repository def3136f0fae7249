"""An explanation: one sentence, arithmetic, and what agrees with the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from wvatui.core.decisions.given import Case
from wvatui.core.decisions.scaling_decision import Verdict as Verdict
from wvatui.core.explain.wva_model.recompute_model import RecomputedModel
from wvatui.core.explain.wva_v1.recompute_v1 import RecomputedV1
from wvatui.core.explain.wva_v2.recompute_v2 import RecomputedV2
from wvatui.core.kube_object import bare

Agreement = Literal["agrees", "mismatch", "taken"]
"""taken: an output used as logged, because the log does not show its inputs."""
MarkOrNone = Agreement | Literal[""]
Recomputed = RecomputedV1 | RecomputedV2 | RecomputedModel


@dataclass(frozen=True, slots=True)
class Check:
    """One output of the controller, as logged and as recomputed, in the same unit."""

    quantity: str
    logged: float | int | bool | str | None
    recomputed: float | int | bool | str | None
    mark: Agreement
    note: str = ""


def judged(quantity: str, logged: float | None, made: float, agrees: bool, note: str = "") -> Check:
    """A check that agrees, or else does not."""
    return Check(quantity, logged, made, "agrees" if agrees else "mismatch", note)


def mark_of(marks: Mapping[str, Check], quantity: str) -> MarkOrNone:
    """The mark of a quantity's check; empty: it has none."""
    check = marks.get(quantity)
    return check.mark if check is not None else ""


@dataclass(frozen=True, slots=True)
class ArithmeticStep:
    """One line of the arithmetic. `section` groups lines; `mark` empty: an input."""

    section: str
    text: str
    mark: MarkOrNone = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one case had its outcome."""

    case: Case
    recomputed: Recomputed | None
    verdict: Verdict
    sentence: str
    steps: tuple[ArithmeticStep, ...] = ()
    checks: tuple[Check, ...] = ()
    missing: tuple[str, ...] = ()
    """Inputs that the log lacks, for `unexplained`."""
    because: str = ""
    """The sentence without the sizes."""
    brief: tuple[str, ...] = ()
    """`because` in shorter lengths, longest first: see `core.decisions.lengths`."""

    @property
    def differing(self) -> tuple[Check, ...]:
        """The checks that fail."""
        return tuple(check for check in self.checks if check.mark == "mismatch")


@dataclass(frozen=True, slots=True)
class CycleExplained:
    """All explanations of one cycle. `number` counts the session's cycles from 1."""

    at: float
    number: int
    explanations: tuple[Explanation, ...] = ()
    nothing: str = ""
    """Why there is nothing to explain, where there is no case at all."""
    decided: tuple[str, ...] = ()
    """The variant of each decision that was counted in it; empty: nothing was decided."""
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its explanations; without any, no rule was applied."""
        return _worst(self.explanations)

    def verdict_of(self, variant: str) -> Verdict:
        """The verdict on the decision for one variant; the cycle's if no explanation names it."""
        name = bare(variant)
        about = [e for e in self.explanations if name in map(bare, e.case.outcomes)]
        return _worst(about or self.explanations)

    @property
    def telling(self) -> tuple[Explanation, ...]:
        """The explanations of the cycle's outcome. In builds that reconcile twice at once, that is
        the reconcile that first had the final targets, preceded by any with a worse verdict."""
        groups: dict[int, list[Explanation]] = {}
        for one in self.explanations:
            groups.setdefault(one.case.number, []).append(one)
        ordered = [groups[number] for number in sorted(groups)]
        if not ordered:
            return ()
        chosen = len(ordered) - 1
        while chosen > 0 and _targets(ordered[chosen - 1]) == _targets(ordered[-1]):
            chosen -= 1
        others = (one for n, group in enumerate(ordered) if n != chosen for one in group)
        return (*(one for one in others if one.verdict != "agrees"), *ordered[chosen])

    @property
    def sentence(self) -> str:
        """The sentences of the explanations in `telling`, joined."""
        return "; ".join(dict.fromkeys(e.sentence for e in self.telling)) or self.nothing


def _worst(explanations: Sequence[Explanation]) -> Verdict:
    verdicts = {e.verdict for e in explanations} or {"unexplained"}
    if "mismatch" in verdicts:
        return "mismatch"
    return "unexplained" if "unexplained" in verdicts else "agrees"


def _targets(group: list[Explanation]) -> dict[str, int | None]:
    return {name: o.target for one in group for name, o in one.case.outcomes.items()}
