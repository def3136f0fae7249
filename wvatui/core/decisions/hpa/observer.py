"""An HPA observed from outside: recomputes each look and keeps track of the controller's memory.

What a status leaves open is tried in every possible way. Ways that lead to what was seen are kept
as hypotheses, the most plausible first; a hypothesis that later contradicts a look is dropped.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from operator import attrgetter

import msgspec

from wvatui.core.decisions.hpa.account import HpaAccount, account_of, without_assumed
from wvatui.core.decisions.hpa.sight import HpaSight, differences
from wvatui.core.decisions.hpa.unseen import ways
from wvatui.core.rules.hpa.hpa import HpaContext, Recommendation, recommended
from wvatui.core.rules.hpa.hpa_memory import HpaMemory, remembered, scaled, windows
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


_NOTHING = HpaMemory(seen=True)
"""The memory of a controller of which nothing was seen yet."""


class HpaObserver(msgspec.Struct, frozen=True, gc=False):
    """What is known of an HPA's controller; a value, never changed in place.

    `since`: epoch seconds from which its memory is known; None: from the object's creation on.
    `assumed`: what it was assumed to remember from before, as far as that still counts. `sure`:
    what was seen of its memory, without anything from before `since`; None: that is all of it.
    `guessed`: epoch seconds of the newest look that could mean several things, or that did not
    follow, while the memory was not known; None: there was none.
    """

    hypotheses: tuple[_Hypothesis, ...] = (_Hypothesis(HpaMemory()),)
    since: float | None = None
    started: bool = False
    flags: HpaFlags = msgspec.field(default_factory=HpaFlags)
    release: HpaRelease = NEWEST
    assumed: HpaMemory | None = None
    sure: HpaMemory | None = None
    guessed: float | None = None

    def anew(self) -> "HpaObserver":
        """The observer of another object, of which nothing is known yet."""
        return HpaObserver(release=self.release, flags=self.flags)

    def forget(self, at: float) -> "HpaObserver":
        """The state after the controller has restarted at `at`: its memory is gone."""
        hypotheses = (_Hypothesis(HpaMemory()),)
        return replace(self, hypotheses=hypotheses, since=at, assumed=None, sure=None, guessed=None)

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
            sure=_seen(_NOTHING, sight, best.result.wanted, self.flags.down_window_s),
        )

    def look(self, sight: HpaSight) -> tuple[HpaAccount, "HpaObserver"]:
        """One look: its account, and the observer after it."""
        reached, after = self.reached(sight)
        return reached.account(sight), after

    def reached(self, sight: HpaSight) -> tuple["Reached", "HpaObserver"]:
        """One look: its result, and the observer after it."""
        since, hypotheses, sure = self.since, self.hypotheses, self.sure
        if not self.started and not sight.created:
            # It is not known whether it recommended the present size within its windows.
            since, sure = sight.at, _NOTHING
            hypotheses = (*hypotheses, _Hypothesis(_NOTHING))
        tried = self._tried(sight, hypotheses)
        best, flag_s = tried[0], self.flags.down_window_s
        assumed = None if self.assumed is None else _remains(self.assumed, sight, flag_s)
        doubt = BEFORE if assumed is not None else self._doubt(sight, since)
        if best.differences and doubt and sure is not None:
            # What was assumed of the time before may have left its windows.
            left = self._tried(sight, (_Hypothesis(sure),))
            if not left[0].differences:
                tried, best, assumed = left, left[0], None
        if best.differences and sight.loose_s:
            tried = self._moved(sight, tried, hypotheses)
            best = tried[0]
        if best.differences:
            # Or nothing that is known counts any more, or the controller has restarted.
            gone = (_Hypothesis(_NOTHING),) if doubt else ()
            fresh = self._tried(sight, (*gone, _Hypothesis(HpaMemory())))
            if not fresh[0].differences:
                tried, best, since, doubt = fresh, fresh[0], sight.at, doubt or FORGOTTEN
                assumed, sure = None, _NOTHING
            elif not doubt:
                # What was guessed is remembered as long as what was seen.
                doubt = self._doubt(sight, self.guessed) or UNEXPLAINED
        reached = Reached(best.result, best.differences, doubt, since, assumed)
        guessed = self.guessed
        if doubt == BEFORE and (best.differences or len(tried) > len(hypotheses)):
            guessed = sight.at
        if sure is not None:
            sure = _seen(sure, sight, best.result.wanted, flag_s) if doubt else None
        kept = _kept(tried, sight, flag_s)
        known = kept, since, True, self.flags, self.release, assumed, sure, guessed
        return reached, HpaObserver(*known)

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
                stated=last.after,
            )
            return self.reached(found)[1]
        flag_s, sure = self.flags.down_window_s, self.sure
        if sure is not None and (wanted := self.hypotheses[0].wanted) is not None:
            sure = remembered(last.spec, sure, wanted, at, flag_s)
        hypotheses = tuple(
            replace(each, memory=_again(last, each, at, flag_s)) for each in self.hypotheses
        )
        return replace(self, hypotheses=hypotheses, sure=sure)

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
                after = result.memory
                if result.desired != sight.after:
                    after = _as_seen(sight, memory, after)
                place = doubt + way.place
                tried.append(_Tried(result, after, differences(result, sight), place))
        if len(tried) == 1:
            return tried
        return sorted(tried, key=lambda each: (len(each.differences), each.doubt))


def looked_at(listed_at: float, next_at: float, sync_s: float) -> float:
    """When the look was that left a status which was there when watching began (`listed_at`), by
    the time of the next look that was seen."""
    return next_at - ceil((next_at - listed_at) / sync_s) * sync_s


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


def _seen(memory: HpaMemory, sight: HpaSight, wanted: int | None, flag_s: float) -> HpaMemory:
    """A memory with what a look added to it; `wanted`: by its metrics, None: nothing."""
    if wanted is not None:
        memory = remembered(sight.spec, memory, wanted, sight.at, flag_s)
    return _as_seen(sight, memory, memory)


def _as_seen(sight: HpaSight, before: HpaMemory, after: HpaMemory) -> HpaMemory:
    """The memory after a look that set another size than the recomputed one: the change that the
    controller made is the one that was seen."""
    memory = replace(after, ups=before.ups, downs=before.downs)
    if sight.after == sight.spec_replicas:
        return memory
    return scaled(sight.spec, memory, sight.spec_replicas, sight.after, sight.at)


class _Tried(msgspec.Struct, frozen=True, gc=False):
    result: Recommendation
    memory: HpaMemory
    differences: tuple[str, ...]
    doubt: int


def _kept(tried: Sequence[_Tried], sight: HpaSight, flag_s: float) -> tuple[_Hypothesis, ...]:
    """The hypotheses that agree best, each memory once, with their doubts relative to the best.

    Of memories that do not differ within any window or policy period, only the likeliest is kept.
    """
    least, floor = len(tried[0].differences), tried[0].doubt
    if len(tried) == 1 or len(tried[1].differences) > least:
        return (_Hypothesis(tried[0].memory, wanted=tried[0].result.wanted),)
    kept: list[_Hypothesis] = []
    known: list[HpaMemory] = []  # a list: to compare a few memories is cheaper than to hash each
    since = sight.at - max(windows(sight.spec, flag_s))
    for each in tried:
        if len(each.differences) > least or len(kept) >= MOST_HYPOTHESES:
            break
        memory = each.memory
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
