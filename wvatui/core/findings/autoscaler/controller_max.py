"""The controller holds a variant at the variant's own maximum, which is below the autoscaler's.

In v0.8.0's CRD, `maxReplicas` of a VariantAutoscaling defaults to 2 (WVA v0.8.0
api/v1alpha1/variantautoscaling_types.go).
"""

from collections.abc import Iterator

from wvatui.core.decisions.given import Member
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.explained import Explanation
from wvatui.core.explain.numbers import fitted
from wvatui.core.explain.thresholds.clamps import at_max, unlimited
from wvatui.core.findings.finding import Evidence, Finding, FindingRule
from wvatui.core.findings.look import DECIDED_S, FindingContext
from wvatui.core.state.links import Link

CRD_DEFAULT = 2
MOST = 256
"""Most results in the cache, which is then emptied: only the newest cycle is asked for."""


def _find(look: FindingContext) -> Iterator[Finding]:
    for told in _explanations(look):
        for member in told.case.members:
            asked = _asked(look, told, member.name) if at_max(told.case, member) else None
            if asked is None or member.max is None or asked <= member.max:
                continue
            link = next((i for i in look.links if (i.namespace, i.name) == _key(i, member)), None)
            if link is not None and not _is_elsewhere(link, member.max):
                yield _finding(look, link, told, member, asked)


def _explanations(look: FindingContext) -> Iterator[Explanation]:
    """Explanations of the newest cycle that decided, while it is fresh."""
    recent = look.state.of_session.of(Explainer).newest(look.state, 2)
    decided = [c for c in recent if any(e.case.outcomes for e in c.telling)]
    if decided and look.now - decided[-1].at <= DECIDED_S:
        yield from (e for e in decided[-1].telling if e.verdict == "agrees")


class _Asked(dict[tuple[float, int, str, str, str], tuple[Explanation, int | None]]):
    """The results of `unlimited` of one session, each with the explanation it was made from."""


def _asked(look: FindingContext, told: Explanation, name: str) -> int | None:
    """The rule's target for a variant without a maximum, recomputed once per explanation."""
    memo, case = look.state.of_session.of(_Asked), told.case
    key = (case.cycle_at, case.number, case.model, case.role, name)
    known = memo.get(key)
    if known is None or known[0] is not told:
        if len(memo) > MOST:
            memo.clear()
        known = memo[key] = told, unlimited(case, name)
    return known[1]


def _key(link: Link, member: Member) -> tuple[str, str]:
    """(namespace, name) of a case's member; the log does not always state the namespace."""
    return (member.namespace or link.namespace, member.name)


def _is_elsewhere(link: Link, most: int) -> bool:
    """Whether the variant's maximum was raised since, or the autoscaler's is no higher."""
    own, scaler = link.variant, link.hpa or link.scaled_object
    if own is not None and own.max is not None and own.max > most:
        return True
    return scaler is not None and scaler.max is not None and scaler.max <= most


def _finding(
    look: FindingContext, link: Link, told: Explanation, member: Member, asked: int
) -> Finding:
    own = link.variant
    default = (
        f"; {CRD_DEFAULT} is what the CRD of v0.8 gives one that states none"
        if member.max == CRD_DEFAULT
        else ""
    )
    where = own.source if own is not None else "VariantAutoscaling"
    return Finding(
        rule=RULE.id,
        severity="blocked",
        title=f"the controller holds {link.name} at its own maxReplicas of {member.max}: its rule"
        f" asks for {asked}",
        about=f"variant/{link.namespace}/{link.name}/controller-max",
        evidence=(
            Evidence(
                told.because or told.sentence,
                "last decision",
                "controller log",
                look.age(told.case.cycle_at),
            ),
            Evidence(
                f"maxReplicas {member.max}{fitted(told.case, member)}{default}",
                f"{where}/{link.name}",
                "object" if own is not None and own.max == member.max else "controller log",
            ),
            *look.wishes(link),
        ),
        advice=f"raise it: kubectl -n {link.namespace} patch variantautoscaling {link.name}"
        f' --type=merge -p \'{{"spec":{{"maxReplicas":{asked}}}}}\'',
        variant=link.name,
    )


RULE = FindingRule(
    "controller-max", "the controller stops at the variant's own maximum", "blocker", _find, rank=55
)
