"""A decision for a scale target at a moment: one type for all deciders."""

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

import msgspec

from wvatui.core.structs import replace

DeciderKind = Literal["wva", "hpa", "keda", "hand"]
"""hand: somebody else wrote the scale."""
Brake = Literal[
    "window",
    "policy",
    "min",
    "max",
    "tolerance",
    "failed metric",
    "pause",
    "cooldown",
    "fallback",
    "refused",
    "limiter",
    "enforcer",
]
"""refused: the API server refused to read or write the scale. limiter, enforcer: WVA's limits by
available accelerators, and its rules for scaling to zero."""
Certainty = Literal["seen", "recomputed", "from here on"]
"""seen: stated, or written where it can be read. recomputed: it follows from what was seen. from
here on: the decider may remember something that was not seen, and so have had other reasons."""

Verdict = Literal["agrees", "mismatch", "unexplained"]
"""agrees: recomputing it gives all that was seen. mismatch: it does not. unexplained: an input is
missing."""


T = TypeVar("T")


class Once(msgspec.Struct, Generic[T], eq=False, gc=False):
    """Calls a function when its result is first asked for, and keeps the result, never None."""

    make: Callable[[], T]
    made: T | None = None

    def __call__(self) -> T:
        """The result."""
        if self.made is None:
            self.made = self.make()
        return self.made


_STATED: dict[str, Literal["up", "down"]] = {"scale-up": "up", "scale-down": "down"}


class HeldBy(msgspec.Struct, frozen=True, gc=False):
    """What kept the size from what was wanted, with the replicas that it allowed.

    `until`: UTC epoch seconds at which the hold ends at the earliest; None: time does not end it.
    """

    brake: Brake
    replicas: int | None = None
    until: float | None = None


class DecisionInput(msgspec.Struct, frozen=True, gc=False):
    """One input of a decision: `value` against `target`, in the metric's own unit, and the
    replicas that it asks for; None: not known, for the reason in `error`.

    `source`: where it was seen; `age_s`: how old it was then, None: not known.
    """

    name: str
    value: float | None
    target: float | None = None
    wants: int | None = None
    source: str = ""
    age_s: float | None = None
    error: str = ""


class DecisionWords(msgspec.Struct, frozen=True, gc=False):
    """A decision as one sentence, which begins with what happened to the size, and as arithmetic,
    one step per line. `brief`: makes the sentence without the size, in shorter lengths."""

    sentence: str = ""
    steps: tuple[str, ...] = ()
    brief: Callable[[], tuple[str, ...]] = tuple


class ScalingDecision(msgspec.Struct, frozen=True, gc=False):
    """One decision, with those that repeat it.

    `at`, `last_at`: UTC epoch seconds of the first and the last of its `looks`. `variant`: the
    name by which the target is shown; `decided_by`: the object or controller that decided.
    `before`, `wanted`, `after`: replicas found, asked for by the inputs, and left behind; None:
    not known. `won`: the input that counted. `reason`: in the decider's own words. `differences`:
    what was seen but cannot be recomputed; `missing`: inputs that the recording lacks. `words`:
    made on first use.
    """

    at: float
    last_at: float
    decider: DeciderKind
    namespace: str
    variant: str
    before: int | None
    wanted: int | None
    after: int | None
    decided_by: str = ""
    model: str = ""
    won: str = ""
    held: tuple[HeldBy, ...] = ()
    inputs: tuple[DecisionInput, ...] = ()
    certainty: Certainty = "seen"
    looks: int = 1
    silent: int = 0
    """Unseen looks before this decision, which changed nothing and belong to the one before."""
    words: Callable[[], "DecisionWords"] = lambda: DecisionWords()
    reason: str = ""
    doubt: str = ""
    differences: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    accelerator: str = ""
    action: str = ""
    """For WVA: the action as its log names it."""
    seen_at: float | None = None
    """When it was first seen, where that is later than `at`."""
    staged: bool = False
    """An HPA acted on it: then it is a wish, whose outcome is in the HPA's own decisions."""
    context: bool = False
    """It was taken before T+0: shown, and counted nowhere."""
    again: bool = False
    """WVA asked for the same size before, at times under other limits, or a later part of a
    recording begins with it: no change that is known of."""

    @property
    def sentence(self) -> str:
        """What happened and why."""
        return self.words().sentence

    @property
    def brief(self) -> tuple[str, ...]:
        """Why, in shorter lengths."""
        return self.words().brief()

    @property
    def steps(self) -> tuple[str, ...]:
        """The arithmetic."""
        return self.words().steps

    @property
    def changes(self) -> bool:
        """Whether it changed the size; for WVA, where no scaler was seen to act on it, whether it
        asked for another size."""
        return not (self.staged or self.again) and self.moves

    @property
    def moves(self) -> bool:
        """Whether it asks for another size than the present one, or wrote one."""
        return self.direction != ""

    @property
    def direction(self) -> Literal["up", "down", ""]:
        """The direction; empty: neither. A log may state it without the size before."""
        if self.before is None or self.after is None:
            return _STATED.get(self.action, "")
        if self.after == self.before:
            return ""
        return "up" if self.after > self.before else "down"

    @property
    def held_until(self) -> float | None:
        """When the last hold ends at the earliest, UTC epoch seconds; None: nothing holds the size,
        or something that time does not end."""
        ends = [each.until for each in self.held if each.until is not None]
        return max(ends, default=None) if len(ends) == len(self.held) else None

    @property
    def quiet(self) -> bool:
        """Whether nothing was changed and nothing that was wanted was held back."""
        return not self.moves and not self.held and self.wanted in (None, self.after)

    @property
    def verdict(self) -> Verdict:
        """Whether recomputing it gives what was seen."""
        if self.missing:
            return "unexplained"
        return "mismatch" if self.differences else "agrees"


class HpaOutcome(msgspec.Struct, gc=False):
    """The common outcome of consecutive looks of one HPA; the decision itself is only made on
    demand, as most looks repeat the one before.

    `last_at`, `looks`, `silent`, `verdict` and the rest as in `ScalingDecision`. `brakes`: what
    held the size, without its end.
    """

    at: float
    last_at: float
    namespace: str
    variant: str
    before: int | None
    wanted: int | None
    after: int | None
    verdict: Verdict
    brakes: tuple[Brake, ...]
    newest: Callable[[], ScalingDecision]
    """Makes the decision of the newest of these looks."""
    silent: int = 0
    looks: int = 1
    told: ScalingDecision | None = None

    @property
    def changes(self) -> bool:
        """Whether it changed the size."""
        before, after = self.before, self.after
        return before is not None and after is not None and before != after

    @property
    def quiet(self) -> bool:
        """Whether nothing was changed and nothing that was wanted was held back."""
        return not self.changes and not self.brakes and self.wanted in (None, self.after)

    def decision(self) -> ScalingDecision:
        """The full decision."""
        told = self.told
        if told is None or told.looks != self.looks:
            told = self.newest() if told is None else told
            if self.looks > 1:
                told = replace(told, at=self.at, last_at=self.last_at, looks=self.looks)
            self.told = told
        return told
