"""From one reconcile's facts to a case for each model: the rule's inputs, and what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wvatui.core.decisions.decide import OPENING, action_of
from wvatui.core.decisions.given import Case, Cut, Member, Replica, RuleName, RuleOutcome
from wvatui.core.decisions.members import Declared, member, names_of, owners_of, replicas_of
from wvatui.core.decisions.memory import Memory
from wvatui.core.decisions.reading import ModelFacts, Pass, of_kind
from wvatui.core.decisions.restated import restated
from wvatui.core.decisions.sizing import sizings
from wvatui.core.kube_object import bare
from wvatui.core.log import facts as fc
from wvatui.core.structs import merged

MODEL = "model"
MODES = ("MODEL-ONLY", "HYBRID")
"""In these the model-based rule decides, alone or against the capacity rule."""


def cases_of(
    reconcile: Pass,
    cycle_at: float,
    number: int,
    memory: Memory,
    declared: Declared,
) -> tuple[Case, ...]:
    """The cases of one reconcile, in the order in which its models were processed."""
    after = _after_of(reconcile, memory, declared)
    out: list[Case] = []
    for model, later in zip(reconcile.models or [ModelFacts()], after, strict=True):
        facts = [*model.facts, *later]
        if not reconcile.models and not later and not reconcile.errors:
            continue
        case = _case(reconcile, model, facts, memory, declared)
        case = replace(case, cycle_at=cycle_at, number=number)
        out += _by_role(case, facts)
    return tuple(out)


def _after_of(reconcile: Pass, memory: Memory, declared: Declared) -> list[list[fc.Fact]]:
    """Facts of decisions and of what follows them, one list for each model of the reconcile."""
    models = reconcile.models or [ModelFacts()]
    owner: dict[str, int] = {}
    by_model = {model.model: index for index, model in enumerate(models)}
    for index, model in enumerate(models):
        owner.update((name, index) for name in names_of(model.facts))
    out: list[list[fc.Fact]] = [[] for _ in models]
    for fact in reconcile.after:
        name = bare(getattr(fact, "variant", ""))
        known = getattr(fact, "model", "") or memory.models.get(name, "")
        if not known and name in declared:
            known = declared[name].model
        index = by_model.get(known, owner.get(name, 0))
        out[index].append(fact)
    return out


def _case(
    reconcile: Pass,
    model: ModelFacts,
    facts: Sequence[fc.Fact],
    memory: Memory,
    declared: Declared,
) -> Case:
    outcomes, proposed = _outcomes(facts), _proposed(facts)
    fallbacks = (bare(fact.variant) for fact in of_kind(facts, fc.SafetyNet))
    names = tuple(dict.fromkeys((*outcomes, *names_of(model.facts), *fallbacks)))
    replicas = _replicas(reconcile, facts, names, declared)
    analyses = _analyses(facts)
    results = tuple({r.analyzer: r for r in of_kind(facts, fc.AnalyzerResult)}.values())
    rule = _rule(reconcile, model, analyses, results)
    members = _members(names, facts, replicas, memory, declared, proposed, analyses)
    skipped = [s.reason or s.text for s in of_kind((*reconcile.loose, *facts), fc.Skipped)]
    failure = _failure(reconcile, analyses, results)
    unanalysed = (failure or skipped) and not (analyses or results or proposed)
    kept = _emitted_alone(facts) if unanalysed else {}
    return Case(
        cycle_at=0.0,
        number=0,
        model=model.model
        or next((d.model for d in of_kind(facts, fc.LoggedDecision) if d.model), ""),
        namespace=model.namespace or next((m.namespace for m in members if m.namespace), ""),
        rule=rule,
        replicas=replicas,
        members=members,
        analysis=analyses[-1] if len(analyses) == 1 else None,
        unsafe=next(of_kind(reversed(list(facts)), fc.ScaleDownUnsafe), None),
        transition=_transition(facts),
        results=results,
        ages=memory.ages.get(model.model, {}),
        heard_at=memory.heard_at.get(model.model, {}),
        sizing=sizings(names, facts) if MODEL in rule else {},
        cuts=tuple(_cuts(facts)),
        outcomes={} if kept else outcomes or _stated_targets(proposed, members),
        kept=kept,
        proposed=proposed,
        restated=restated(facts),
        bases={
            bare(t.variant): t.base for t in of_kind(facts, fc.LoggedTarget) if t.base is not None
        },
        up_reason=next(
            (
                t.reason
                for t in of_kind(facts, fc.LoggedTarget)
                if t.action == "scale-up" and t.reason
            ),
            "",
        ),
        failure=failure,
        skipped=tuple(dict.fromkeys(skipped)),
        debug=reconcile.debug,
        ended=reconcile.ended,
        unread=reconcile.unread,
    )


def _replicas(
    reconcile: Pass, facts: Sequence[fc.Fact], names: Sequence[str], declared: Declared
) -> tuple[Replica, ...]:
    """The pods of a model, each with the variant that it is of."""
    targets = {
        bare(i.variant): i.scale_target for i in of_kind(facts, fc.VariantInfo) if i.scale_target
    }
    replicas = replicas_of((*of_kind(reconcile.loose, fc.StoodIn), *facts))
    owners = owners_of([r.pod for r in replicas], names, targets, declared)
    return tuple(replace(r, variant=owners.get(r.pod, "")) for r in replicas)


def _rule(
    reconcile: Pass,
    model: ModelFacts,
    analyses: Sequence[fc.SaturationV1],
    results: Sequence[fc.AnalyzerResult],
) -> RuleName:
    if reconcile.mode.upper().startswith(MODES):
        return "model-based"
    if results or model.path in ("V2", "queueing-model"):
        return "V2"
    return "V1" if analyses or model.path == "V1" or reconcile.mode or model.model else ""


def _analyses(facts: Iterable[fc.Fact]) -> list[fc.SaturationV1]:
    """One analysis per role, merged from the lines of both log levels and the line of targets."""
    by_role: dict[str, fc.SaturationV1] = {}
    plain: fc.SaturationV1 | None = None
    for none in of_kind(facts, fc.NoScaling):
        plain = fc.SaturationV1(
            model="",
            spare_kv=none.spare_kv,
            spare_queue=none.spare_queue,
            scale_up=False,
            scale_down_safe=False,
        )
    for fact in of_kind(facts, fc.SaturationV1):
        if fact.role:
            by_role[fact.role] = fact if plain is None else merged(plain, fact)
            plain = None
        else:
            plain = fact if plain is None else merged(plain, fact)
    return [*by_role.values(), *([plain] if plain is not None else [])]


def _by_role(case: Case, facts: Sequence[fc.Fact]) -> list[Case]:
    """One case a role group, where the controller analysed them apart (v0.9.0-rc1 and later)."""
    analyses = _analyses(facts)
    if len(analyses) < 2:
        role = analyses[0].role if analyses else ""
        return [replace(case, role="" if role == "both" else role)]
    out = []
    for analysis in analyses:
        members = tuple(m for m in case.members if (m.role or "both") == (analysis.role or "both"))
        names = {m.name for m in members}
        out.append(
            replace(
                case,
                role=analysis.role,
                analysis=analysis,
                members=members,
                replicas=tuple(r for r in case.replicas if r.variant in names),
                outcomes={n: o for n, o in case.outcomes.items() if n in names},
                proposed={n: t for n, t in case.proposed.items() if n in names},
                unsafe=None,
            )
        )
    return out


def _members(
    names: Sequence[str],
    facts: Sequence[fc.Fact],
    replicas: Sequence[Replica],
    memory: Memory,
    declared: Declared,
    proposed: Mapping[str, int],
    analyses: Sequence[fc.SaturationV1],
) -> tuple[Member, ...]:
    only = analyses[0].total if len(names) == 1 and len(analyses) == 1 else None
    # Where nothing is scaled and nothing is in transition, the targets are the current replicas.
    stable = any(of_kind(facts, fc.NoScaling))
    out = []
    for name in names:
        link = declared.get(name)
        one = member(name, facts, replicas, link, desired=memory.desired.get(name), counted=only)
        if one.current is None and stable and name in proposed:
            one = replace(one, current=proposed[name], desired=proposed[name])
        if one.cost is None and name in memory.costs:
            one = replace(one, cost=memory.costs[name])
        out.append(one)
    return tuple(sorted(out, key=lambda m: m.name))


def _outcomes(facts: Iterable[fc.Fact]) -> dict[str, RuleOutcome]:
    """The decision for each variant: the line that decides, with the reason of a later one."""
    facts = list(facts)
    fallbacks = {bare(fact.variant) for fact in of_kind(facts, fc.SafetyNet)}
    outcomes: dict[str, RuleOutcome] = {}
    for fact in of_kind(facts, fc.LoggedDecision):
        name = bare(fact.variant)
        before = outcomes.get(name)
        if before is None:
            # A target that is only emitted is a fallback, or the other lines are missing.
            if fact.stage != "emitted" or name not in fallbacks:
                action = fact.action or action_of(fact.current, fact.target)
                outcomes[name] = RuleOutcome(fact.current, fact.target, action, fact.reason)
            continue
        final = fact.stage in OPENING
        # An enforcer or a limiter changes the optimiser's target, and so its action.
        changed = final and fact.target is not None and fact.target != before.target
        outcomes[name] = RuleOutcome(
            current=fact.current if final and fact.current is not None else before.current,
            target=fact.target if final and fact.target is not None else before.target,
            action=(fact.action if changed else before.action) or fact.action or "",
            reason=fact.reason or before.reason,
        )
    return outcomes


def _emitted_alone(facts: Iterable[fc.Fact]) -> dict[str, RuleOutcome]:
    """The emitted target of each variant; empty where another line states the decision."""
    stated = list(of_kind(facts, fc.LoggedDecision))
    if any(fact.stage != "emitted" for fact in stated):
        return {}
    return {bare(fact.variant): RuleOutcome(fact.current, fact.target) for fact in stated}


def _stated_targets(
    targets: Mapping[str, int], members: Sequence[Member]
) -> dict[str, RuleOutcome]:
    """The rule's own targets, for a log that lacks the decisions: `targets=map[…]`."""
    current = {m.name: m.current for m in members}
    return {
        name: RuleOutcome(current.get(name), target)
        for name, target in targets.items()
        if current.get(name) is not None
    }


def _proposed(facts: Iterable[fc.Fact]) -> dict[str, int]:
    targets: dict[str, int] = {}
    for fact in of_kind(facts, fc.LoggedTarget):
        if fact.target is not None:
            targets[bare(fact.variant)] = fact.target
    return targets


def _transition(facts: Iterable[fc.Fact]) -> tuple[str, ...]:
    out: dict[str, None] = {}
    for fact in of_kind(facts, fc.Transition):
        prefix = f"{bare(fact.variant)}: " if fact.variant else ""
        out.update(dict.fromkeys(prefix + reason for reason in fact.reasons))
    return tuple(out)


def _cuts(facts: Iterable[fc.Fact]) -> Iterable[Cut]:
    for fact in facts:
        if isinstance(fact, fc.Limited):
            yield Cut(bare(fact.variant), "limiter", fact.original, fact.limited, fact.by)
        elif isinstance(fact, fc.ScaleToZero):
            yield Cut(bare(fact.variant), fact.direction, by=fact.text)
        elif isinstance(fact, fc.SafetyNet):
            yield Cut(bare(fact.variant), "fallback", fact.current, fact.desired, fact.source)


def _failure(
    reconcile: Pass, analyses: Sequence[fc.SaturationV1], results: Sequence[fc.AnalyzerResult]
) -> str:
    if analyses or results or not reconcile.errors:
        return ""
    return reconcile.errors[-1]
