"""The looks of one HPA in order, each as a decision; repeated decisions are joined into one."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from math import ceil

import msgspec

from wvatui.core.decisions.brief.hpa_brief import briefs
from wvatui.core.decisions.hpa.account import (
    HeldBack,
    HpaAccount,
    brakes_of,
    known_from,
    reason_of,
)
from wvatui.core.decisions.hpa.observer import (
    BEFORE,
    FORGOTTEN,
    UNEXPLAINED,
    HpaObserver,
    Reached,
)
from wvatui.core.decisions.hpa.one_look import memories
from wvatui.core.decisions.hpa.recorded import lacking, presumed, sight_of, size_before, spec_of
from wvatui.core.decisions.hpa.sentence import sentence, steps
from wvatui.core.decisions.hpa.sight import HpaSight
from wvatui.core.decisions.keda.account import KedaNow
from wvatui.core.decisions.keda.words import asked_of, called_by_driver
from wvatui.core.decisions.scaling_decision import (
    Brake,
    Certainty,
    DecisionInput,
    DecisionWords,
    HeldBy,
    HpaOutcome,
    Once,
    ScalingDecision,
    Verdict,
)
from wvatui.core.events import Autoscaler, ScaledObject
from wvatui.core.lines import clean, time_of_day
from wvatui.core.rules.hpa.hpa import Recommendation
from wvatui.core.rules.hpa.hpa_memory import windows
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.hpa.hpa_versions import release_of
from wvatui.core.rules.keda.keda_spec import COMPOSITE
from wvatui.core.rules.keda.trigger_names import SERVED, names_of_metrics
from wvatui.core.state.looks import HpaLook, TriggerReading
from wvatui.core.structs import replace

LATE_S, DRIFT = 2.5, 0.002
"""A status arrives within so many seconds of its look; the sync period drifts by this share."""
_OLD = "an input is not of the controller's moment"
MOST_MEMORIES = 64
"""Most memories of a controller that are tried to explain the first look at its HPA."""
NEW_S = 30.0
"""A controller looks at a new object within two of its sync periods."""
_BRAKES: dict[str, Brake] = {
    "ScaleUpStabilized": "window",
    "ScaleDownStabilized": "window",
    "ScaleUpLimit": "policy",
    "ScaleDownLimit": "policy",
    "TooManyReplicas": "max",
    "TooFewReplicas": "min",
}


_REFUSALS = ("FailedGetScale", "FailedUpdateScale")


class HpaWatch(msgspec.Struct, frozen=True, gc=False):
    """What is known of one HPA after its looks so far; a value, never changed in place."""

    observer: HpaObserver
    sight: HpaSight | None = None
    known: tuple[HpaLook, HpaSpec | None] | None = None
    """The newest look, and the spec read from it."""
    unsure: tuple[float, str] | None = None
    """Time of the newest look with an input that may be from another moment, and which input."""

    @classmethod
    def of(cls, server: str) -> "HpaWatch":
        """The state before the first look. `server`: version of Kubernetes; empty: the newest."""
        release, _ = release_of(server)
        return cls(HpaObserver(release=release))

    def take(self, look: HpaLook) -> tuple[HpaOutcome, "HpaWatch"]:
        """The outcome of the next look, and the state after it."""
        spec, lacks = self._spec_of(look), lacking(look)
        if spec is None or lacks:
            outcome = _unexplained(
                look, lacks or ("no API server admits its spec as it was recorded",)
            )
            return outcome, HpaWatch(self.observer.anew(), None, (look, spec))
        created = _is_new(look)
        known = self.known
        last = None if known is None or self.sight is None else (known[0], self.sight)
        sight = sight_of(look, spec, created=created, loose_s=SYNC_S, last=last)
        observer, quiet = (self.observer.anew(), 0) if created else self._passed(sight)
        reached, after = observer.reached(sight)
        if reached.differences and self.sight is None and not created:
            reached, after = self._remembering(sight, look) or (reached, after)
        unsure = self._unsure_after(look)
        since, what = (0.0, "") if unsure is None else unsure
        # A mistaken recommendation is remembered for as long as the windows last.
        if reached.differences and look.at - since <= max(windows(spec)) + 2 * SYNC_S:
            reached = replace(reached, doubt=what)
        return _outcome(look, sight, reached, quiet), HpaWatch(after, sight, (look, spec), unsure)

    def _remembering(self, sight: HpaSight, look: HpaLook) -> tuple[Reached, HpaObserver] | None:
        """The first look with what its controller may remember from before; None: no memory that
        is tried leads to what is seen."""
        for memory in islice(memories(sight, look.hpa.last_scale_at), MOST_MEMORIES):
            reached, after = self.observer.assuming(sight, memory)
            if not reached.differences:
                return replace(reached, doubt=BEFORE), after
        return None

    def _unsure_after(self, look: HpaLook) -> tuple[float, str] | None:
        """The newest look, up to this one, with an input that may be from another moment."""
        target, current = look.target, look.hpa.current
        # Most workloads make and take their pods at once, however long these take to start.
        if target is not None and not _are_alike(current, target.spec, target.replicas):
            seen = f"{target.replicas} pods of {target.spec} at {time_of_day(target.at)}"
            return look.at, f"{_OLD}: the target as it found it, which was seen with {seen}"
        if self.known is not None:
            passed_s = look.at - self.known[0].at
            looks = max(1, round(passed_s / SYNC_S))
            if abs(passed_s - looks * SYNC_S) > LATE_S + DRIFT * passed_s:
                return look.at, (
                    f"{_OLD}: when it looked, which it does each {SYNC_S:.0f} s; the status of"
                    f" {time_of_day(look.at)} came {passed_s:.0f} s after the one before"
                )
        return self.unsure

    def _spec_of(self, look: HpaLook) -> HpaSpec | None:
        if self.known is not None and _same_spec(self.known[0].hpa, look.hpa):
            return self.known[1]
        return spec_of(look.hpa)

    def _passed(self, sight: HpaSight) -> tuple[HpaObserver, int]:
        """The observer after the unseen looks since the last status, and how many there were.

        Such looks changed nothing. Those older than the windows leave no trace and are skipped.
        """
        observer, last = self.observer, self.sight
        if last is None:
            return observer, 0
        number = round((sight.at - last.at) / SYNC_S)
        if number <= 1:
            return observer, 0
        kept = ceil(max(windows(last.spec)) / SYNC_S) + 2
        for n in range(max(1, number - kept), number):
            observer = observer.quiet(last, last.at + n * (sight.at - last.at) / number)
        return observer, number - 1


def _are_alike(*sizes: int | None) -> bool:
    """Whether all known sizes are equal."""
    first = sizes[0]
    return sizes.count(first) == len(sizes) or len({*sizes} - {None}) <= 1


def _same_spec(one: Autoscaler, other: Autoscaler) -> bool:
    if one.generation != other.generation or one.min != other.min or one.max != other.max:
        return False
    if one.asked is not other.asked and one.asked != other.asked:
        return False
    if one.behavior is not other.behavior and one.behavior != other.behavior:
        return False
    return bool(one.asked) or _targets(one) == _targets(other)


def _targets(hpa: Autoscaler) -> list[tuple[str, str, float | None]]:
    return [(metric.name, metric.type, metric.target) for metric in hpa.metrics]


def _is_new(look: HpaLook) -> bool:
    """Whether it is the controller's first look at the object."""
    created, before = look.hpa.created_at, look.before
    if created is None or look.at - created > NEW_S:
        return False
    return before is None or not before.conditions or before.created_at != created


def _unexplained(look: HpaLook, lacks: tuple[str, ...]) -> HpaOutcome:
    hpa = look.hpa
    text = clean(f"not explained: {'; '.join(lacks)}")
    decision = ScalingDecision(
        at=look.at,
        last_at=look.at,
        decider="hpa",
        namespace=hpa.namespace,
        variant=clean(hpa.target_name),
        before=size_before(look),
        wanted=None,
        after=hpa.desired if hpa.desired is not None else hpa.current,
        decided_by=clean(hpa.name),
        words=partial(DecisionWords, text, brief=lambda: ("not explained",)),
        missing=lacks,
    )
    return HpaOutcome(
        at=look.at,
        last_at=look.at,
        namespace=decision.namespace,
        variant=decision.variant,
        before=decision.before,
        wanted=None,
        after=decision.after,
        verdict=decision.verdict,
        brakes=(),
        newest=lambda: decision,
    )


def _outcome(look: HpaLook, sight: HpaSight, reached: Reached, quiet: int) -> HpaOutcome:
    """The outcome of a look; the size after it is the one that was seen, not the recomputed one."""
    hpa, result = look.hpa, reached.result
    verdict: Verdict = "agrees"
    if reached.differences:
        verdict = "unexplained" if _is_doubted(reached.doubt) else "mismatch"
    return HpaOutcome(
        look.at,
        look.at,
        hpa.namespace,
        hpa.target_name,
        sight.spec_replicas,
        result.wanted,
        sight.after,
        verdict,
        _brakes(result, sight.spec, sight.spec_replicas),
        partial(_decision, look, sight, reached, quiet),
        quiet,
    )


def _is_doubted(doubt: str) -> bool:
    return doubt not in ("", UNEXPLAINED)


def _brakes(result: Recommendation, spec: HpaSpec, current: int) -> tuple[Brake, ...]:
    """What held the size back, as `_held` names it."""
    brakes = tuple([_BRAKES[what] for what in brakes_of(result, spec, current)])
    if result.wanted is None and any(each.replicas is None for each in result.proposals):
        brakes += ("failed metric",)
    if result.failed and reason_of(result) in _REFUSALS:
        brakes += ("refused",)
    return brakes


def _decision(look: HpaLook, sight: HpaSight, reached: Reached, quiet: int) -> ScalingDecision:
    """The decision of a look, explained by its account."""
    hpa, spec = look.hpa, sight.spec
    account = reached.account(sight)
    if account.doubt in (BEFORE, FORGOTTEN) and reached.since is not None:
        account = known_from(account, spec, reached.since)
    certainty: Certainty = "recomputed"
    if account.doubt in (BEFORE, FORGOTTEN):
        certainty = "from here on"
    return ScalingDecision(
        at=look.at,
        last_at=look.at,
        decider="hpa",
        namespace=hpa.namespace,
        variant=clean(hpa.target_name),
        before=account.current,
        wanted=account.wanted,
        after=sight.after,
        decided_by=clean(hpa.name),
        won=clean(account.winner),
        held=_held(account),
        inputs=_inputs(look, spec, account),
        certainty=certainty,
        silent=quiet,
        words=Once(partial(_words, account, sight, look)),
        reason=clean(account.reason),
        doubt=account.doubt,
        differences=account.differences,
        missing=(account.doubt,) if account.differences and _is_doubted(account.doubt) else (),
    )


def _words(account: HpaAccount, sight: HpaSight, look: HpaLook) -> DecisionWords:
    spec = sight.spec
    names = trigger_names(look.scaled, (metric.name for metric in spec.metrics))
    keda, asked = None, tuple[str, ...]()
    if look.scaled is not None:
        now = KedaNow(look.at, look.scaled, look.hpa, look.target, pages=look.pages)
        keda, asked = asked_of(now)
    driven = dict(names)
    if keda is not None and keda.formula is not None and COMPOSITE in names:
        driven[COMPOSITE] = called_by_driver(keda.formula)

    def named(words: str, names: Mapping[str, str] = names) -> str:
        if not names:  # only metrics of a ScaledObject have other names
            return clean(words)
        return clean(SERVED.sub(lambda match: names.get(match[0], match[0]), words))

    told = [named(step) for step in steps(account, spec, time_of_day)]
    told += map(clean, asked)
    if taken := presumed(look.hpa):
        told.append(taken)
    text = sentence(account, spec, time_of_day)
    if account.differences:
        before, after = account.current, sight.after
        head = f"stays at {after}" if before == after else f"{before}→{after}"
        why = "does not follow" if account.doubt in ("", UNEXPLAINED) else account.doubt
        text = (
            f"{head}: {why}; by what is known it {text}"
            if before == account.desired
            else (f"{head}: {why}; by what is known {text}")
        )
    short = Once(partial(_brief, account, spec, driven))
    return DecisionWords(named(text, driven), tuple(told), short)


def _brief(account: HpaAccount, spec: HpaSpec, names: Mapping[str, str]) -> tuple[str, ...]:
    if account.differences:
        return ("does not follow from what is known",)
    return tuple(map(clean, briefs(account, spec, time_of_day, names)))


def trigger_names(scaled: ScaledObject | None, metrics: Iterable[str]) -> dict[str, str]:
    """By each of an HPA's metrics the name of the trigger that KEDA serves it for."""
    return {} if scaled is None else names_of_metrics(scaled.asked, metrics)


def _held(account: HpaAccount) -> tuple[HeldBy, ...]:
    held = [_brake(each) for each in account.brakes]
    failed = any(each.replicas is None for each in account.inputs)
    if failed and account.wanted is None:
        held.append(HeldBy("failed metric", account.current))
    if account.reason in _REFUSALS:
        held.append(HeldBy("refused", account.current))
    return tuple(held)


def _brake(held: HeldBack) -> HeldBy:
    return HeldBy(_BRAKES[held.what], held.replicas, held.until)


def _inputs(look: HpaLook, spec: HpaSpec, account: HpaAccount) -> tuple[DecisionInput, ...]:
    """The HPA's metrics, then the triggers of a formula: the HPA is served its result alone."""
    metrics = tuple(
        DecisionInput(
            name=clean(metric.name),
            value=None if each.usage is None else each.usage / 1000,
            target=_target(metric.target, metric.target_type),
            wants=each.replicas,
            source=each.source,
            age_s=0.0,
            error=clean(each.error),
        )
        for each, metric in zip(account.inputs, spec.metrics, strict=False)
    )
    read = {metric.name for metric in spec.metrics}
    return metrics + tuple(
        page_input(name, page) for name, page in look.pages.items() if name not in read
    )


def page_input(name: str, page: TriggerReading) -> DecisionInput:
    """The value that the pages gave for a trigger, as an input."""
    return DecisionInput(
        name=clean(name),
        value=None if page.milli is None else page.milli / 1000,
        source=page.source,
        age_s=page.age_s,
        error=clean(page.error),
    )


def _target(target: int | None, kind: str) -> float | None:
    if target is None:
        return None
    return float(target) if kind == "Utilization" else target / 1000


def joined(before: HpaOutcome, after: HpaOutcome) -> HpaOutcome | None:
    """Both outcomes as one, where the second only repeats the first; None: it does not.

    A change of size is never joined. A repetition has the same size held by the same brakes; how
    many replicas the metrics want may differ from look to look.
    """
    if before.changes or after.changes or before.after != after.after:
        return None
    if before.verdict != after.verdict or before.brakes != after.brakes:
        return None
    if not before.brakes and before.quiet != after.quiet:
        return None
    return replace(after, at=before.at, looks=before.looks + after.looks)
