"""Several alternatives on one recording: one row each, beside the recorded course."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from wvatui.core.whatif import assumptions
from wvatui.core.whatif.alternative import OWN, Alternative
from wvatui.core.whatif.assumptions import Assumption
from wvatui.core.whatif.course import Figures, Limit, ReplicaStep
from wvatui.core.whatif.recorded.recorded import CheckedRun, Recorded
from wvatui.core.whatif.run import TrialOutcome, real, run
from wvatui.core.whatif.stands import Impossible

RECORDED = "recorded"
SPREAD = tuple(field.name for field in fields(Figures))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The same alternative with one assumption changed."""

    change: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One row of the table: an alternative on one model, or what really happened.

    `impossible`: why there is no result; then `figures` is None.
    """

    model: str
    label: str
    loop: str
    """recorded, open or closed."""
    figures: Figures | None
    steps: tuple[ReplicaStep, ...] = ()
    outcome: TrialOutcome | None = None
    sensitivity: tuple[Sensitivity, ...] = ()
    notes: tuple[str, ...] = ()
    impossible: str = ""

    @property
    def checked(self) -> CheckedRun | None:
        """How its decisions compare with the recorded ones, if it is the recording's own rule."""
        own = self.outcome is not None and self.outcome.alternative.rule == OWN.rule
        own = own and self.loop == "open"
        asked = self.outcome.alternative if self.outcome is not None else OWN
        changed = asked.changes or asked.tunings
        return self.outcome.checked if self.outcome is not None and own and not changed else None

    @property
    def asked(self) -> bool:
        """Whether the row is an alternative: not the real course, not the recording's own rule."""
        return self.loop == "open" and self.outcome is not None and self.checked is None

    def between(self, name: str) -> tuple[float, float] | None:
        """Lowest and highest value of a figure over all assumptions; None: not known."""
        if self.figures is None:
            return None
        values = [getattr(f, name) for f in (self.figures, *(s.figures for s in self.sensitivity))]
        known = [value for value in values if value is not None]
        return (min(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Trial:
    """What-if on one model of a recording. `sensitive`: each alternative is also run under other
    assumptions, which takes several times as long."""

    recorded: Recorded
    given: Mapping[str, float]
    limit: Limit | None = None
    sensitive: bool = True

    @property
    def told(self) -> tuple[Assumption, ...]:
        """The assumptions in force."""
        holds = assumptions.assumed(self.recorded, self.given)
        return assumptions.told(self.recorded, holds, self.given)

    def real(self) -> TrialRow:
        """The row of the recorded course."""
        figures, steps = real(self.recorded, self.limit)
        return TrialRow(self.recorded.model, RECORDED, "recorded", figures, steps)

    def row(self, alternative: Alternative) -> TrialRow:
        """The row of one alternative, with its sensitivity."""
        holds = assumptions.assumed(self.recorded, self.given)
        model = self.recorded.model
        try:
            outcome = run(self.recorded, alternative, holds, self.limit)
            settled = _settled(outcome) or not self.sensitive
            other = () if settled else tuple(self._others(alternative))
        except (Impossible, ArithmeticError) as error:
            return TrialRow(model, alternative.label, "open", None, impossible=str(error))
        return TrialRow(
            model,
            alternative.label,
            "open",
            outcome.figures,
            outcome.steps,
            outcome,
            other,
            outcome.notes,
        )

    def _looked(self, checked: CheckedRun) -> TrialRow:
        """The row of the HPAs' own rule, checked look by look: its course is the real one."""
        figures, steps = real(self.recorded, self.limit)
        outcome = TrialOutcome(OWN, figures, steps, (), checked)
        return TrialRow(self.recorded.model, OWN.label, "open", figures, steps, outcome)

    def _others(self, alternative: Alternative) -> Iterator[Sensitivity]:
        holds = assumptions.assumed(self.recorded, self.given)
        has_loads = any(moment.loads for moment in self.recorded.moments)
        for change, changed in assumptions.others(holds, has_loads=has_loads):
            yield Sensitivity(change, run(self.recorded, alternative, changed, self.limit).figures)

    def rows(self, alternatives: Sequence[Alternative]) -> Iterator[TrialRow]:
        """Rows of the recorded course, the recording's own rule if any, and each alternative."""
        yield self.real()
        if self.recorded.rounds:
            yield self.row(OWN)
        elif self.recorded.looked is not None:
            yield self._looked(self.recorded.looked)
        for alternative in alternatives:
            yield self.row(alternative)


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried on one model, and the results. `remark`: why the closed loop was not run;
    empty: nothing to say."""

    trial: Trial
    rows: tuple[TrialRow, ...]
    remark: str = ""


def _settled(outcome: TrialOutcome) -> bool:
    """Whether the alternative never departed from the recording, so that nothing was assumed."""
    checked = outcome.checked
    return outcome.alternative.rule == OWN.rule and not (
        outcome.alternative.changes or outcome.alternative.scaler or checked.differing
    )
