"""What a decider decided for a scale target at a moment: one kind, whoever decided."""

from collections.abc import Callable
from typing import Literal

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
"""refused: the API server did not let the scale be read or written. limiter, enforcer: of WVA, what
accelerators there are, and scaling to zero."""
Certainty = Literal["seen", "recomputed", "from here on"]
"""seen: it is stated, or written where it can be read. recomputed: it follows from what was seen.
from here on: the decider may remember what was not seen, so that it may have had other reasons."""

Verdict = Literal["agrees", "mismatch", "unexplained"]
"""agrees: recomputed, and everything that was seen follows. mismatch: something does not.
unexplained: an input is missing."""


_STATED: dict[str, Literal["up", "down"]] = {"scale-up": "up", "scale-down": "down"}


class HeldBy(msgspec.Struct, frozen=True, gc=False):
    """What kept the size from what was wanted, with the replicas that it allowed.

    `until`: UTC epoch seconds at which it lets go at the earliest; None: time does not end it.
    """

    brake: Brake
    replicas: int | None = None
    until: float | None = None


class DecisionInput(msgspec.Struct, frozen=True, gc=False):
    """One input of a decision: `value` against `target`, in the metric's own unit, and the
    replicas that it asks for; None: not known, `error` says why.

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
    """A decision as one sentence, which begins with what happened to the size, and as its
    arithmetic, a step a line. `brief`: the sentence without the size in shorter lengths."""

    sentence: str = ""
    steps: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()


class ScalingDecision(msgspec.Struct, frozen=True, gc=False):
    """One decision, with those that repeat it.

    `at`, `last_at`: UTC epoch seconds of the first and the last of its `looks`. `variant`: the
    name by which the target is shown; `decided_by`: the object or controller that decided.
    `before`, `wanted`, `after`: replicas found, asked for by the inputs, and left behind; None:
    not known. `won`: the input that counted. `reason`: in the decider's own words. `differences`:
    what was seen and does not follow; `missing`: inputs that the recording lacks. `words`: made
    when they are first asked for.
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
    """Looks since the one before it that changed nothing, and are that one's."""
    words: Callable[[], "DecisionWords"] = lambda: DecisionWords()
    reason: str = ""
    doubt: str = ""
    differences: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    accelerator: str = ""
    action: str = ""
    """Of WVA: what its log calls it."""
    seen_at: float | None = None
    """When it was first seen, where that is later than `at`."""
    staged: bool = False
    """An HPA acted on it at the time: a wish, whose outcome the HPA's own decisions tell."""
    context: bool = False
    """It was taken before T+0: shown, and counted nowhere."""

    @property
    def sentence(self) -> str:
        """What happened and why."""
        return self.words().sentence

    @property
    def brief(self) -> tuple[str, ...]:
        """Why, in shorter lengths."""
        return self.words().brief

    @property
    def steps(self) -> tuple[str, ...]:
        """The arithmetic."""
        return self.words().steps

    @property
    def changes(self) -> bool:
        """Whether it left another size behind than it found; of WVA, where nothing that was seen
        acts on it: whether it asked for another one."""
        return not self.staged and self.moves

    @property
    def moves(self) -> bool:
        """Whether another size than the one there was is asked for, or was written."""
        return self.direction != ""

    @property
    def direction(self) -> Literal["up", "down", ""]:
        """Which way it goes; empty: neither. A log may state that without the size before."""
        if self.before is None or self.after is None:
            return _STATED.get(self.action, "")
        if self.after == self.before:
            return ""
        return "up" if self.after > self.before else "down"

    @property
    def held_until(self) -> float | None:
        """When all that holds the size lets go at the earliest, UTC epoch seconds; None: nothing
        holds it, or something that time does not end."""
        ends = [each.until for each in self.held if each.until is not None]
        return max(ends, default=None) if len(ends) == len(self.held) else None

    @property
    def quiet(self) -> bool:
        """Nothing was changed, and nothing that was wanted was held back."""
        return not self.moves and not self.held and self.wanted in (None, self.after)

    @property
    def verdict(self) -> Verdict:
        """Whether what was seen follows from what was known."""
        if self.missing:
            return "unexplained"
        return "mismatch" if self.differences else "agrees"


class HpaOutcome(msgspec.Struct, gc=False):
    """What the looks of one HPA came to that repeat the first of them; the decision is told when it
    is asked for, as most looks repeat one.

    `last_at`, `looks`, `silent`, `verdict` and the rest as in `ScalingDecision`. `brakes`: what
    held the size, without until when.
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
    """Tells the newest of its looks."""
    silent: int = 0
    looks: int = 1
    told: ScalingDecision | None = None

    @property
    def changes(self) -> bool:
        """Whether it left another size behind than it found."""
        return None not in (self.before, self.after) and self.before != self.after

    @property
    def quiet(self) -> bool:
        """Nothing was changed, and nothing that was wanted was held back."""
        return not self.changes and not self.brakes and self.wanted in (None, self.after)

    def decision(self) -> ScalingDecision:
        """All of it."""
        told = self.told
        if told is None or told.looks != self.looks:
            told = self.newest() if told is None else told
            if self.looks > 1:
                told = replace(told, at=self.at, last_at=self.last_at, looks=self.looks)
            self.told = told
        return told
