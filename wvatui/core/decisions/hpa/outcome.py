"""The outcome of one look of an HPA, with the decision, which is made on demand, and its words."""

from collections.abc import Iterable, Mapping
from functools import partial

import msgspec

from wvatui.core.decisions.brief.hpa_brief import briefs
from wvatui.core.decisions.hpa.account import (
    HeldBack,
    HpaAccount,
    brakes_of,
    known_from,
    reason_of,
)
from wvatui.core.decisions.hpa.observer import BEFORE, FORGOTTEN, UNEXPLAINED, Reached
from wvatui.core.decisions.hpa.recorded import presumed, size_before
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
from wvatui.core.events import ScaledObject
from wvatui.core.lines import clean, time_of_day
from wvatui.core.rules.hpa.hpa import Recommendation
from wvatui.core.rules.hpa.hpa_spec import HpaSpec
from wvatui.core.rules.keda.keda_spec import COMPOSITE
from wvatui.core.rules.keda.trigger_names import SERVED, names_of_metrics, triggers_told
from wvatui.core.state.looks import HpaLook, TriggerReading

_BRAKES: dict[str, Brake] = {
    "ScaleUpStabilized": "window",
    "ScaleDownStabilized": "window",
    "ScaleUpLimit": "policy",
    "ScaleDownLimit": "policy",
    "TooManyReplicas": "max",
    "TooFewReplicas": "min",
}
_REFUSALS = ("FailedGetScale", "FailedUpdateScale")


def unexplained(look: HpaLook, lacks: tuple[str, ...]) -> HpaOutcome:
    """The outcome of a look of which nothing can be recomputed, for what it `lacks`."""
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


def outcome_of(look: HpaLook, sight: HpaSight, reached: Reached, quiet: int) -> HpaOutcome:
    """The outcome of a look after `quiet` unseen ones; the size after it is the one that was seen,
    not the recomputed one."""
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
        _Taken(look, sight, reached, quiet),
        quiet,
    )


def _is_doubted(doubt: str) -> bool:
    return doubt not in ("", UNEXPLAINED)


def _brakes(result: Recommendation, spec: HpaSpec, current: int) -> tuple[Brake, ...]:
    """What held the size back, as `_held` names it."""
    brakes = tuple(map(_BRAKES.__getitem__, brakes_of(result, spec, current)))
    if result.wanted is None and any(each.replicas is None for each in result.proposals):
        brakes += ("failed metric",)
    if result.failed and reason_of(result) in _REFUSALS:
        brakes += ("refused",)
    return brakes


class _Taken(msgspec.Struct, frozen=True, gc=False):
    """A look with its result. Called, it makes the decision of the look, explained by its account.

    There is one for each look of a session: Python's collector need not visit them.
    """

    look: HpaLook
    sight: HpaSight
    reached: Reached
    quiet: int

    def __call__(self) -> ScalingDecision:
        look, sight, reached = self.look, self.sight, self.reached
        hpa, spec = look.hpa, sight.spec
        account = reached.account(sight)
        certainty: Certainty = "recomputed"
        if account.doubt in (BEFORE, FORGOTTEN):
            certainty = "from here on"
            if reached.since is not None:
                account = known_from(account, spec, reached.since)
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
            silent=self.quiet,
            words=Once(_Worded(account, sight, look)),
            reason=clean(account.reason),
            doubt=account.doubt,
            differences=account.differences,
            missing=(account.doubt,) if account.differences and _is_doubted(account.doubt) else (),
        )


class _Worded(msgspec.Struct, frozen=True, gc=False):
    """An account with its look. Called, it puts it into words."""

    account: HpaAccount
    sight: HpaSight
    look: HpaLook

    def __call__(self) -> DecisionWords:
        account, look, spec = self.account, self.look, self.sight.spec
        names: dict[str, str] = {}
        driven: dict[str, str] = {}
        asked: tuple[str, ...] = ()
        if look.scaled is not None:  # only metrics of a ScaledObject have other names
            now = KedaNow(look.at, look.scaled, look.hpa, look.target, pages=look.pages)
            keda, asked = asked_of(now)
            names = trigger_names(look.scaled, (metric.name for metric in spec.metrics))
            driven = dict(names)
            if keda is not None and keda.formula is not None and COMPOSITE in names:
                driven[COMPOSITE] = called_by_driver(keda.formula)
        told = list(steps(account, spec, time_of_day))
        told = [*map(clean, _named(told, names)), *map(clean, asked)]
        if taken := presumed(look.hpa):
            told.append(taken)
        text = sentence(account, spec, time_of_day)
        if account.differences:
            before, after = account.current, self.sight.after
            head = f"stays at {after}" if before == after else f"{before}→{after}"
            why = "does not follow" if account.doubt in ("", UNEXPLAINED) else account.doubt
            it = "it " if before == account.desired else ""
            text = f"{head}: {why}; by what is known {it}{text}"
        short = Once(_Shortened(account, spec, driven))
        return DecisionWords(clean(*_named([text], driven)), tuple(told), short)


def _named(texts: list[str], names: Mapping[str, str]) -> list[str]:
    """Texts in which metrics have these names."""
    if not names:
        return texts
    return [SERVED.sub(lambda match: names.get(match[0], match[0]), text) for text in texts]


class _Shortened(msgspec.Struct, frozen=True, gc=False):
    """An account with its metrics' names. Called, it puts it into few words."""

    account: HpaAccount
    spec: HpaSpec
    names: Mapping[str, str]

    def __call__(self) -> tuple[str, ...]:
        if self.account.differences:
            return ("does not follow from what is known",)
        return tuple(map(clean, briefs(self.account, self.spec, time_of_day, self.names)))


def trigger_names(scaled: ScaledObject | None, metrics: Iterable[str]) -> dict[str, str]:
    """By each of an HPA's metrics the name of the trigger that KEDA serves it for."""
    if scaled is None:
        return {}
    # Sessions of older versions have the triggers' texts alone.
    return names_of_metrics(scaled.asked or triggers_told(scaled.triggers), metrics)


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
    inputs = [
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
    ]
    if look.pages:
        read = {metric.name for metric in spec.metrics}
        inputs += [page_input(name, page) for name, page in look.pages.items() if name not in read]
    return tuple(inputs)


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
