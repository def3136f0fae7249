"""An HPA observed from outside: recomputes each look and keeps track of the controller's memory.

What a status leaves open is tried in every possible way. Ways that lead to what was seen are kept
as hypotheses, the most plausible first; a hypothesis that later contradicts a look is dropped.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec

from wvatui.core.decisions.hpa.account import HpaAccount, account_of, without_assumed
from wvatui.core.decisions.hpa.sight import HpaSight, differences
from wvatui.core.decisions.hpa.unseen import ways
from wvatui.core.rules.hpa.hpa import HpaContext, Recommendation, recommended
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, remembered, windows
from wvatui.core.rules.hpa.hpa_versions import NEWEST, HpaFlags, HpaRelease
from wvatui.core.structs import replace

MOST_HYPOTHESES = 12
_SHARES = (-0.05, 0.05, -0.2, 0.2, -0.5, 0.5, -1.0, 1.0)
"""Shares of the time by which a look's own time may be off, the nearest first."""
FORGOTTEN = "the controller seems to have started again: what it remembers is known from here on"
BEFORE = "what the controller remembers from before is not known"
UNEXPLAINED = "what is seen does not follow from what is known"


class _Hypothesis(msgspec.Struct, frozen=True, gc=False):
    memory: HpaMemory
    doubt: int = 0
    """Its places in the lists of possibilities, added up; 0 is the most plausible."""
    wanted: int | None = None
    """By the metrics of the newest look, replicas; None: they decided nothing."""


class Reached(msgspec.Struct, frozen=True, gc=False):
    """The result of a look; `differences` and `doubt` as in `HpaAccount`. `since`: epoch seconds
    from which the controller's memory is known; None: all of it. `assumed`: the memory that was
    assumed; None: none was."""

    result: Recommendation
    differences: tuple[str, ...] = ()
    doubt: str = ""
    since: float | None = None
    assumed: HpaMemory | None = None

    def account(self, sight: HpaSight) -> HpaAccount:
        """The account of the look, without values that were only assumed."""
        size, at = sight.spec_replicas, sight.at
        account = account_of(self.result, sight.spec, size, at, self.differences, self.doubt)
        return account if self.assumed is None else without_assumed(account, self.assumed)


class HpaObserver(msgspec.Struct, frozen=True, gc=False):
    """What is known of an HPA's controller; a value, never changed in place.

    `since`: epoch seconds from which its memory is known; None: from the object's creation on.
    `assumed`: what it was assumed to remember from before, as far as that still counts.
    """

    hypotheses: tuple[_Hypothesis, ...] = (_Hypothesis(HpaMemory()),)
    since: float | None = None
    started: bool = False
    flags: HpaFlags = msgspec.field(default_factory=HpaFlags)
    release: HpaRelease = NEWEST
    assumed: HpaMemory | None = None

    def anew(self) -> "HpaObserver":
        """The observer of another object, of which nothing is known yet."""
        return HpaObserver(release=self.release, flags=self.flags)

    def forget(self, at: float) -> "HpaObserver":
        """The state after the controller has restarted at `at`: its memory is gone."""
        return replace(self, hypotheses=(_Hypothesis(HpaMemory()),), since=at, assumed=None)

    def assuming(self, sight: HpaSight, memory: HpaMemory) -> tuple[Reached, "HpaObserver"]:
        """The look of a controller assumed to have this memory, and the observer after it."""
        tried = self._tried(sight, (_Hypothesis(memory),))
        best = tried[0]
        return Reached(best.result, best.differences, since=sight.at, assumed=memory), replace(
            self,
            hypotheses=_kept(tried, sight, self.flags.down_window_s),
            since=sight.at,
            started=True,
            assumed=memory,
        )

    def look(self, sight: HpaSight) -> tuple[HpaAccount, "HpaObserver"]:
        """One look: its account, and the observer after it."""
        reached, after = self.reached(sight)
        return reached.account(sight), after

    def reached(self, sight: HpaSight) -> tuple["Reached", "HpaObserver"]:
        """One look: its result, and the observer after it."""
        since, hypotheses = self.since, self.hypotheses
        if not self.started and not sight.created:
            # It is not known whether it recommended the present size within its windows.
            since = sight.at
            hypotheses = (*hypotheses, _Hypothesis(HpaMemory(seen=True)))
        tried = self._tried(sight, hypotheses)
        best, flag_s = tried[0], self.flags.down_window_s
        assumed = None if self.assumed is None else _remains(self.assumed, sight, flag_s)
        doubt = BEFORE if assumed is not None else self._doubt(sight, since)
        if best.differences and sight.loose_s:
            tried = self._moved(sight, tried, hypotheses)
            best = tried[0]
        if best.differences:
            # Older recommendations may have left its windows, or the controller has restarted.
            left = (_Hypothesis(HpaMemory(seen=True)),) if doubt else ()
            fresh = self._tried(sight, (*left, _Hypothesis(HpaMemory())))
            if not fresh[0].differences:
                tried, best, since, doubt = fresh, fresh[0], sight.at, doubt or FORGOTTEN
                assumed = None
            else:
                doubt = doubt or UNEXPLAINED
        reached = Reached(best.result, best.differences, doubt, since, assumed)
        kept = _kept(tried, sight, flag_s)
        return reached, HpaObserver(kept, since, True, self.flags, self.release, assumed)

    def quiet(self, last: HpaSight, at: float) -> "HpaObserver":
        """The observer after a look at `at` that changed nothing since `last`.

        It had the same inputs as `last`, so it made the same recommendation once more.
        """
        if last.after != last.spec_replicas or any(
            not h.memory.recommendations for h in self.hypotheses
        ):
            found = replace(
                last,
                at=at,
                spec_replicas=last.after,
                events=(),
                before=last.conditions,
                created=False,
            )
            return self.reached(found)[1]
        return replace(
            self,
            hypotheses=tuple(
                replace(each, memory=_again(last, each, at, self.flags.down_window_s))
                for each in self.hypotheses
            ),
        )

    def _moved(
        self, sight: HpaSight, tried: "list[_Tried]", hypotheses: Sequence[_Hypothesis]
    ) -> "list[_Tried]":
        """The result at the first time near the look's own that leads to what was seen."""
        for share in _SHARES:
            moved = replace(sight, at=sight.at + share * sight.loose_s)
            again = self._tried(moved, hypotheses)
            if not again[0].differences:
                return again
        return tried

    def _doubt(self, sight: HpaSight, since: float | None) -> str:
        if since is None:
            return ""
        up_s, down_s = windows(sight.spec, self.flags.down_window_s)
        return BEFORE if sight.at - since <= max(up_s, down_s, sight.spec.period_s) else ""

    def _tried(self, sight: HpaSight, hypotheses: Iterable[_Hypothesis]) -> "list[_Tried]":
        """Results of every way under every hypothesis, those that agree best first."""
        context = HpaContext(sight.at, "", self.flags, self.release)
        spec, before, target = sight.spec, sight.before, sight.target
        possible = ways(sight, context)
        tried = []
        for hypothesis in hypotheses:
            memory, doubt = hypothesis.memory, hypothesis.doubt
            for way in possible:
                result = recommended(spec, way.proposals, target, memory, context, before)
                tried.append(_Tried(result, differences(result, sight), doubt + way.place))
        if len(tried) == 1:
            return tried
        return sorted(tried, key=lambda each: (len(each.differences), each.doubt))


def _again(last: HpaSight, known: _Hypothesis, at: float, flag_s: float) -> HpaMemory:
    """The memory after the newest look was made once more."""
    if known.wanted is None:
        return known.memory
    return remembered(last.spec, known.memory, known.wanted, at, flag_s)


def _remains(assumed: HpaMemory, sight: HpaSight, flag_s: float) -> HpaMemory | None:
    """What was assumed and is still within a window or a policy's period; None: nothing."""
    spec = sight.spec
    since = sight.at - max(windows(spec, flag_s))
    recommended = tuple(past for past in assumed.recommendations if past.at >= since)
    since = sight.at - spec.period_s
    ups, downs = (
        tuple(change for change in changes if change.at >= since)
        for changes in (assumed.ups, assumed.downs)
    )
    return HpaMemory(recommended, ups, downs) if recommended or ups or downs else None


class _Tried(msgspec.Struct, frozen=True, gc=False):
    result: Recommendation
    differences: tuple[str, ...]
    doubt: int


def _kept(tried: Sequence[_Tried], sight: HpaSight, flag_s: float) -> tuple[_Hypothesis, ...]:
    """The hypotheses that agree best, each memory once, with their doubts relative to the best.

    Of memories that do not differ within any window or policy period, only the likeliest is kept.
    """
    least, floor = len(tried[0].differences), tried[0].doubt
    if len(tried) == 1 or len(tried[1].differences) > least:
        result = tried[0].result
        return (_Hypothesis(result.memory, wanted=result.wanted),)
    kept: list[_Hypothesis] = []
    known: list[HpaMemory] = []  # a list: to compare a few memories is cheaper than to hash each
    since = sight.at - max(windows(sight.spec, flag_s))
    for each in tried:
        if len(each.differences) > least or len(kept) >= MOST_HYPOTHESES:
            break
        memory = each.result.memory
        recent = _recent(memory, since)
        if recent not in known:
            known.append(recent)
            doubt = min(each.doubt - floor, 1000)
            kept.append(_Hypothesis(memory, doubt, each.result.wanted))
    return tuple(kept)


_past_at = attrgetter("at")


def _recent(memory: HpaMemory, since: float) -> HpaMemory:
    """A memory without recommendations from before `since`, in order of time."""
    kept = sorted([past for past in memory.recommendations if past.at >= since], key=_past_at)
    return replace(memory, recommendations=tuple(kept))
