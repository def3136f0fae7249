"""Every decision of a session by any decider: computed once, with repetitions joined."""

from collections.abc import Callable, Hashable
from functools import partial
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from wvatui.core.decisions.scalers.both_stages import named, staged
from wvatui.core.decisions.scalers.by_hand import by_hand
from wvatui.core.decisions.scalers.hpa_looking import HpaWatch, joined
from wvatui.core.decisions.scalers.keda_looking import keda_decision, still
from wvatui.core.decisions.scaling_decision import (
    DecisionWords,
    HeldBy,
    HpaOutcome,
    ScalingDecision,
)
from wvatui.core.kube_object import NamespacedName
from wvatui.core.lines import clean
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.state.looks import DecisionCut, HpaLook, KedaLook
from wvatui.core.state.ring import Ring
from wvatui.core.state.source_health import AUTOSCALERS, health_of
from wvatui.core.state.state import Decision, State
from wvatui.core.structs import replace

L = TypeVar("L")
C = TypeVar("C", contravariant=True)
D = TypeVar("D", ScalingDecision, HpaOutcome)
"""A decision, or an outcome that makes one on demand."""


class Watch(Protocol[C, D]):
    """The knowledge about a decider after its looks so far: a value, never changed in place."""

    def take(self, look: C, /) -> "tuple[D, Watch[C, D]]":
        """The decision of the next look, and the Watch after it."""


class Folding(Generic[D]):
    """Decisions in order; one that repeats the decision before it on its target is joined to it."""

    def __init__(self, join: Callable[[D, D], D | None]) -> None:
        self._join: Callable[[D, D], D | None] = join
        self.made: list[D] = []
        self._last: dict[Hashable, int] = {}
        self._undo: tuple[Hashable, int | None, D | None, bool] = ("", None, None, False)

    def push(self, decision: D) -> None:
        """Add a decision; unseen looks before it that changed nothing belong to the one before."""
        key = (decision.namespace, decision.variant)
        place = self._last.get(key)
        before: D | None = None
        together: D | None = None
        if place is not None:
            before = self.made[place]
            longer = repeated(before, decision.silent) if decision.silent else before
            together = self._join(longer, decision)
            self.made[place] = longer if together is None else together
        self._undo = key, place, before, together is None
        if together is None:
            self._last[key] = len(self.made)
            self.made.append(decision)

    def pop(self) -> None:
        """Undo the last `push`; at most once after each."""
        key, place, before, appended = self._undo
        if appended:
            self.made.pop()
        if place is None or before is None:
            self._last.pop(key)
        else:
            self._last[key] = place
            self.made[place] = before


def repeated(decision: D, looks: int) -> D:
    """A decision repeated by `looks` more looks, each a sync period after the one before; a change
    is made by one look only, and stays as it is."""
    if not looks or decision.changes:
        return decision
    last_at = decision.last_at + looks * SYNC_S
    return replace(decision, looks=decision.looks + looks, last_at=last_at)


class Followed(Generic[L, D]):
    """The decisions made from a ring of looks; each look is processed once.

    The newest look may gain events later: then it is processed again.
    """

    def __init__(self, start: Callable[[], Watch[L, D]], join: Callable[[D, D], D | None]) -> None:
        self._start: Callable[[], Watch[L, D]] = start
        self._join: Callable[[D, D], D | None] = join
        self._reset()

    def _reset(self) -> None:
        self._watch: Watch[L, D] = self._start()
        self._folding: Folding[D] = Folding(self._join)
        self._looks: list[L] = []
        self._each: list[D] = []
        self._first = 0

    def keep_up(self, ring: Ring[L]) -> None:
        """Process the ring's looks once half of it is unprocessed, before it drops any."""
        if ring.total - self._first - len(self._looks) > ring.cap // 2:
            self.upto(ring)

    def upto(self, ring: Ring[L]) -> list[D]:
        """The decisions of all looks of the ring, oldest first. Not to be changed."""
        first = ring.total - len(ring)
        known = self._first + len(self._looks)
        if not self._looks or not first <= known - 1:
            self._reset()
            self._first = known = first
        if ring.total < known and ring and self._looks[ring.total - 1 - self._first] is ring[-1]:
            return self._earlier(ring.total - self._first)
        if ring.total < known or not self._same(ring, known, first):
            self._reset()
            self._first = known = first
        for place in range(known - first, len(ring)):
            self._take(ring[place])
        return self._folding.made

    def _same(self, ring: Ring[L], known: int, first: int) -> bool:
        """Whether the processed looks are the ring's; a newest one that grew is processed again."""
        if not self._looks or self._looks[-1] is ring[known - 1 - first]:
            return True
        if len(self._looks) > 1 and self._looks[-2] is not ring[known - 2 - first]:
            return False
        self._looks.pop()
        self._each.pop()
        self._folding.pop()
        self._watch = self._before
        self._take(ring[known - 1 - first])
        return True

    def each(self, ring: Ring[L]) -> list[D]:
        """The decision of each look of the ring, repetitions included."""
        self.upto(ring)
        return self._each[: ring.total - self._first]

    def _take(self, look: L) -> None:
        self._before: Watch[L, D] = self._watch
        decision, self._watch = self._watch.take(look)
        self._looks.append(look)
        self._each.append(decision)
        self._folding.push(decision)

    def _earlier(self, count: int) -> list[D]:
        folding = Folding(self._join)
        for decision in self._each[:count]:
            folding.push(decision)
        return folding.made


class _KedaWatch:
    """A Watch of KEDA, each of whose looks states its decision by itself."""

    def take(self, look: KedaLook, /) -> "tuple[ScalingDecision, _KedaWatch]":
        return keda_decision(look), self


class _WvaWatch:
    def take(self, look: Decision, /) -> "tuple[ScalingDecision, _WvaWatch]":
        return wva_decision(look), self


def wva_decision(decided: Decision) -> ScalingDecision:
    """A decision of the controller's log. `words` are the log's own; `explain` recomputes it.

    `held`: what made WVA replace its own rule's target, according to the cycle's lines.
    """
    before, after = decided.current, decided.target
    asked = next((cut.before for cut in decided.cuts if cut.before is not None), after)
    head = f"{'?' if before is None else before}→{'?' if after is None else after}"
    return ScalingDecision(
        at=decided.at,
        last_at=decided.last_at,
        decider="wva",
        namespace=decided.namespace,
        variant=clean(decided.variant),
        before=before,
        wanted=asked,
        after=after,
        held=tuple(HeldBy(c.by, after if c.after is None else c.after) for c in decided.cuts),
        model=clean(decided.model),
        words=partial(
            DecisionWords,
            f"{head}: {clean(decided.reason)}".rstrip(": "),
            tuple(map(_cut, decided.cuts)),
        ),
        reason=clean(decided.reason),
        accelerator=clean(decided.accelerator),
        action=decided.action,
        seen_at=decided.seen_at,
        context=decided.context,
    )


def _cut(cut: DecisionCut) -> str:
    if cut.before is None:
        return f"the {cut.by} sets the target"
    by = {"max": "the maximum of the variant", "min": "the minimum of the variant"}
    return f"its rule wants {cut.before}, {by.get(cut.by, f'the {cut.by}')} gives {cut.after}"


def same_wish(before: ScalingDecision, after: ScalingDecision) -> ScalingDecision | None:
    """Both as one, where WVA wants the same size again, as it says in every cycle; else None."""
    if before.after != after.after or before.context != after.context:
        return None
    if [h.brake for h in before.held] != [h.brake for h in after.held]:
        return None
    return replace(before, last_at=after.last_at, looks=before.looks + after.looks)


class ScalerLedger:
    """The decisions of a session, kept up to date from State to State."""

    def __init__(self) -> None:
        self._hpas: dict[NamespacedName, Followed[HpaLook, HpaOutcome]] = {}
        self._kedas: dict[NamespacedName, Followed[KedaLook, ScalingDecision]] = {}
        self._wva = Followed[Decision, ScalingDecision](_WvaWatch, same_wish)
        self._before = Followed[Decision, ScalingDecision](_WvaWatch, same_wish)

    def of_scalers(self, state: State) -> list[ScalingDecision]:
        """Decisions of HPAs and KEDA, and changes by hand, each scaler's in order of time."""
        made: list[ScalingDecision] = []
        for key, ring in state.hpa_looks.items():
            *before, newest = self._of_hpa(key, state).upto(ring)
            made += [each.decision() for each in before]
            made.append(_until_now(state, key, newest.decision(), ring))
        for key, looks in state.keda_looks.items():
            made += self._of_keda(key).upto(looks)
        made += by_hand(state, made)
        return made

    def newest_of_hpas(self, state: State) -> list[ScalingDecision]:
        """The newest decision of each HPA."""
        return [
            _until_now(state, key, self._of_hpa(key, state).upto(ring)[-1].decision(), ring)
            for key, ring in state.hpa_looks.items()
        ]

    def keep_up(self, state: State) -> None:
        """Process the looks of every ring of which half is unprocessed."""
        for key, ring in state.hpa_looks.items():
            if ring.total > ring.cap // 2:
                self._of_hpa(key, state).keep_up(ring)
        for key, looks in state.keda_looks.items():
            if looks.total > looks.cap // 2:
                self._of_keda(key).keep_up(looks)
        if state.decided.total > state.decided.cap // 2:
            self._wva.keep_up(state.decided)

    def _of_hpa(self, key: NamespacedName, state: State) -> Followed[HpaLook, HpaOutcome]:
        followed = self._hpas.get(key)
        if followed is None:
            server = state.header.server if state.header is not None else ""
            followed = self._hpas[key] = Followed(partial(HpaWatch.of, server), joined)
        return followed

    def _of_keda(self, key: NamespacedName) -> Followed[KedaLook, ScalingDecision]:
        followed = self._kedas.get(key)
        if followed is None:
            followed = self._kedas[key] = Followed(_KedaWatch, still)
        return followed

    def of_looks(self, state: State, key: NamespacedName) -> list[HpaOutcome]:
        """The outcome of each look at one HPA, oldest first."""
        return self._of_hpa(key, state).each(state.hpa_looks[key])

    def of_wva(self, state: State) -> list[ScalingDecision]:
        """Decisions of the controller's log, in order of time; repeated wishes are joined."""
        made = [*self._before.upto(state.before.decided), *self._wva.upto(state.decided)]
        newest = {(d.namespace, d.variant): n for n, d in enumerate(made)}
        for decided in state.deciding.values():
            decision = wva_decision(decided)
            place = newest.get((decision.namespace, decision.variant))
            together = None if place is None else same_wish(made[place], decision)
            if place is not None and together is not None:
                made[place] = together
            else:
                made.append(decision)
        is_later_part = state.header is not None and state.header.part > 1
        return _repeating(sorted(made, key=_order), is_later_part=is_later_part)


def _until_now(
    state: State, key: NamespacedName, newest: ScalingDecision, ring: Ring[HpaLook]
) -> ScalingDecision:
    """The newest decision of an HPA with the looks since, which change nothing until there is a new
    status."""
    if key not in state.hpas:
        return newest
    until, health = state.now, health_of(state.sources, AUTOSCALERS, key[0])
    if health is not None and health.is_silent and health.since >= ring[-1].at:
        until = health.since  # what it has done since is not known
    return repeated(newest, int((until - ring[-1].at) / SYNC_S))


def _repeating(made: list[ScalingDecision], *, is_later_part: bool) -> list[ScalingDecision]:
    """Mark the wishes of the session for the size that a variant was wanted to have before.

    Nothing in a later part of a recording that is read alone tells the wish before its first one.
    """
    newest: dict[NamespacedName, int | None] = {}
    marked = []
    for decision in made:
        key = (decision.namespace, decision.variant)
        again = newest[key] == decision.after if key in newest else is_later_part
        newest[key] = decision.after
        marked.append(replace(decision, again=True) if again and not decision.context else decision)
    return marked


_order = attrgetter("at", "namespace", "variant", "decider")


class _OfState:
    """The decisions of one State."""

    def __init__(self) -> None:
        self.made: tuple[ScalingDecision, ...] | None = None


def scaling_decisions(state: State) -> tuple[ScalingDecision, ...]:
    """Every decision of the session, oldest first: of WVA, HPAs, KEDA and others.

    Repetitions are part of a decision (`looks`); decisions from before T+0 have `context` set.
    """
    kept = state.of_state.of(_OfState)
    if kept.made is None:
        ledger = state.of_session.of(ScalerLedger)
        scalers = named(state, _in_context(state, ledger.of_scalers(state)))
        made = [*staged(state, ledger.of_wva(state), scalers), *scalers]
        kept.made = tuple(sorted(made, key=_order))
    return kept.made


def newest_of_hpas(state: State) -> list[ScalingDecision]:
    """The newest of `scaling_decisions` of each HPA, without the work for all others."""
    newest = state.of_session.of(ScalerLedger).newest_of_hpas(state)
    return named(state, _in_context(state, newest))


def take_looks(state: State) -> None:
    """Turn looks that a State may soon drop into decisions; cheap where few are new."""
    state.of_session.of(ScalerLedger).keep_up(state)


def _in_context(state: State, made: list[ScalingDecision]) -> list[ScalingDecision]:
    """Mark decisions from before T+0: a scale written then is no change of the session."""
    window = state.window
    return [d if window.holds(d.at) else replace(d, context=True) for d in made]
