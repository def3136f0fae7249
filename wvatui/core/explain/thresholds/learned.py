"""Which threshold was in force, and how it is known: decided here, and nowhere else.

The screen, its charts, the findings, `explain` and `whatif` all use this. In order of precedence:

stated      lines state it: those of the cycle itself, else the newest before
recovered   the log's numbers determine it, whatever a ConfigMap says
configured  a ConfigMap states it (also where the numbers agree with it, or are older)
fitted      it explains the log's analyses
assumed     it is the releases' default
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wvatui.core import events as ev
from wvatui.core.decisions.given import Base, Case, ConfiguredThresholds, Known, Limits
from wvatui.core.decisions.sizing import Four, completed
from wvatui.core.decisions.sizing import recovered as recovered_parameters
from wvatui.core.explain.thresholds.capacities import (
    Capacities,
    fitted_capacities,
    lacks_capacity,
    with_capacities,
)
from wvatui.core.explain.thresholds.clamps import Clamps, clamped, clamps
from wvatui.core.explain.thresholds.costs import fitted_costs
from wvatui.core.explain.thresholds.epochs import Epoch, ThresholdReading, at_time, epochs
from wvatui.core.explain.thresholds.evidence import readings_of, stated
from wvatui.core.explain.thresholds.fit import FitSample, Fitted, fit, sample_of
from wvatui.core.explain.thresholds.fit_v2 import FittedV2, fit_v2
from wvatui.core.kube_object import NamespacedName
from wvatui.core.lines import many, verb
from wvatui.core.rules.wva.releases import HEAD
from wvatui.core.rules.wva.thresholds import (
    THRESHOLDS,
    V1_NAMES,
    V2_NAMES,
    Settings,
    Threshold,
    settings_from_config,
)

ASSUMED = Settings()
"""The defaults, which are the same in every release."""


# --- what a log says over time ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Witness:
    """A case, and its readings of thresholds, computed once."""

    case: Case
    readings: tuple[tuple[str, ThresholdReading], ...]
    sample: FitSample | None
    """Sample for the fit; None: the case has no V1 analysis, or a replica of it is not known."""


def witness(case: Case) -> Witness:
    """The Witness of one case."""
    return Witness(case, readings_of(case), sample_of(case) if case.rule == "V1" else None)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a log shows about one model's thresholds over time."""

    recovered: Mapping[str, tuple[Epoch, ...]]
    base: Base = ""
    fitted: Fitted | None = None
    fitted_v2: FittedV2 | None = None
    ranks: Mapping[str, float] = field(default_factory=dict)
    """By variant: a rank in place of its cost, which the log does not state."""
    parameters: Mapping[str, Four] = field(default_factory=dict)
    """By variant: parameters of its performance model, where no line states them."""
    capacities: Capacities = field(default_factory=dict)
    """Capacity per replica of each of two variants, where no line states it."""
    clamps: Clamps = field(default_factory=dict)
    """Limits of replicas that no line states."""
    configured: tuple[ConfiguredThresholds, ...] = ()
    """What ConfigMaps said from cycle to cycle, each reading once, ascending in time."""


NOTHING = Learned({})


def learn(told: Sequence[Witness], before: Learned | None = None) -> Learned:
    """What the cases of one model show about its thresholds. `before`: the result for fewer of
    them."""
    configured = {c.read_at: c for one in told if (c := one.case.configured) is not None}
    learned = replace(_thresholds(told, before), configured=tuple(configured.values()))
    if not _leaves_open(told, learned):
        return learned
    cases = _all_limited(told, learned)
    if capacities := fitted_capacities(cases):
        learned = replace(learned, capacities=capacities)
        cases = _all_limited(told, learned)
    if learned.ranks:
        learned = replace(learned, ranks=fitted_costs(cases, learned.ranks))
        cases = _all_limited(told, learned)
    if not set(V2_NAMES) & set(learned.recovered) and (fitted := fit_v2(cases)) is not None:
        learned = replace(learned, fitted_v2=fitted)
        cases = _all_limited(told, learned)
    return replace(learned, clamps=clamps(cases))


def _leaves_open(told: Sequence[Witness], learned: Learned) -> bool:
    """Whether the cases lack something that all of them together may show: costs, capacities,
    thresholds of V2, or limits of replicas."""
    unknown_v2 = not set(V2_NAMES) & set(learned.recovered)
    return bool(learned.ranks) or any(
        (unknown_v2 and one.case.results)
        or lacks_capacity(one.case)
        or any(None in (member.min, member.max) for member in one.case.members)
        for one in told
    )


def _all_limited(told: Iterable[Witness], learned: Learned) -> list[Case]:
    return [limited(one.case, learned) for one in told]


def _thresholds(told: Sequence[Witness], before: Learned | None) -> Learned:
    cases = [one.case for one in told]
    if cases and all(case.rule == "model-based" and case.analysis is None for case in cases):
        return Learned({}, parameters=recovered_parameters(cases))
    readings: dict[str, list[ThresholdReading]] = {}
    for one in told:
        for name, reading in one.readings:
            readings.setdefault(name, []).append(reading)
    recovered = {name: epochs(group) for name, group in readings.items()}
    base, order = _base(cases), ranks(cases)
    wanted = [c for c in cases if c.rule == "V1" and c.analysis is not None]
    settled = all(
        name in recovered or all(c.configured is not None for c in wanted) for name in V1_NAMES
    )
    if settled:
        return Learned(recovered, base, ranks=order)
    fixed = {n: recovered[n][-1].value for n in V1_NAMES if len(recovered.get(n, ())) == 1}
    samples = [one.sample for one in told if one.sample is not None]
    fitted = fit(samples, fixed, before.fitted if before is not None else None)
    return Learned(recovered, base, fitted, ranks=order)


def _base(cases: Iterable[Case]) -> Base:
    """What V1's steps were counted from, if a line of the log shows it."""
    for case in cases:
        for member in case.members if case.bases else ():
            said = case.bases.get(member.name)
            if said is not None and member.counted != member.current:
                if said == member.current:
                    return "current"
                if said == member.counted:
                    return "counted"
    return ""


ThresholdGroup = tuple[str, str]
"""(namespace, model): each has its own thresholds."""


def learn_all(
    told: Iterable[Witness], before: Mapping[ThresholdGroup, Learned] | None = None
) -> dict[ThresholdGroup, Learned]:
    """What the cases show about each model's thresholds. `before`: the result for fewer of them."""
    known = before or {}
    groups: dict[ThresholdGroup, list[Witness]] = {}
    for one in told:
        groups.setdefault((one.case.namespace, one.case.model), []).append(one)
    return {key: learn(group, known.get(key)) for key, group in groups.items()}


# --- what ConfigMaps say ------------------------------------------------------------------


def configuration(
    configs: Mapping[NamespacedName, ev.Config], model: str, namespace: str, version: str = HEAD
) -> ConfiguredThresholds | None:
    """The thresholds of a model in a ConfigMap; None: there are none. The ConfigMap of the model's
    own namespace takes precedence over those of other namespaces, such as the controller's."""
    for config in sorted(
        configs.values(), key=lambda c: (c.namespace != namespace, c.name, c.namespace)
    ):
        settings = settings_from_config(config.data, model, namespace, version)
        if settings is not None:
            return ConfiguredThresholds(settings, config.name, config.at)
    return None


# --- the answer ---------------------------------------------------------------------------


def held(
    at: float, said: Mapping[str, float], learned: Learned, configured: ConfiguredThresholds | None
) -> Limits:
    """The thresholds at `at`, each with how it is known; none is missing.

    `said`: thresholds stated by the cycle's own lines.
    """
    return Limits(**{one.name: _known(one, at, said, learned, configured) for one in THRESHOLDS})


def _known(
    one: Threshold,
    at: float,
    said: Mapping[str, float],
    learned: Learned,
    configured: ConfiguredThresholds | None,
) -> Known:
    name = one.name
    if name in said:
        return Known(said[name], "stated", "in this cycle's lines")
    epoch = at_time(learned.recovered.get(name, ()), at)
    config: float | None = None
    where = ""
    if configured is not None:
        config, where = getattr(configured.settings, one.field), configured.where(at)
        if epoch is not None and configured.read_at <= at and config != epoch.value:
            shown_at = min(max(at, epoch.since), epoch.until)  # when the log showed it, nearest
            known = [c for c in learned.configured if c.read_at <= shown_at]
            if not known or getattr(known[-1].settings, one.field) != config:
                epoch = None  # this setting of the ConfigMap was another one then
    if epoch is not None:
        same = config is not None and abs(config - epoch.value) < 1e-9
        if same and not epoch.stated:
            return Known(config, "configured", where)
        told = f"{many(epoch.count, 'cycle')} of this log"
        told = f"in the lines of {told}" if epoch.stated else f"follows from {told}"
        if config is not None and not same:
            told += f", although {where} says {config:g}"
        return Known(epoch.value, "stated" if epoch.stated else "recovered", told)
    if config is not None:
        return Known(config, "configured", where)
    if learned.fitted is not None and name in learned.fitted.values:
        low, high = learned.fitted.spans[name]
        span = f"{low:g}" if low == high else f"any from {low:g} to {high:g} fits"
        count = len(learned.fitted.samples)
        told = f"{count - learned.fitted.broken} of {count} analyses hold with it; {span}"
        return Known(learned.fitted.values[name], "fitted", told)
    v2 = learned.fitted_v2
    if v2 is not None and name in v2.values:
        low, high = v2.spans[name]
        span = f"{low:g}" if low == high else f"any from {low:g} to {high:g} fits"
        agreeing = f"{v2.agreeing} of {many(v2.count, 'decision')} {verb(v2.agreeing, 'follow')}"
        told = f"{agreeing} with it; {span}"
        return Known(v2.values[name], "fitted", told)
    default = getattr(ASSUMED, one.field)
    return Known(default, "assumed", f"{default:g} is the releases' default")


def with_limits(
    cases: Iterable[Case], learned: Mapping[ThresholdGroup, Learned]
) -> tuple[Case, ...]:
    """The cases with their thresholds filled in."""
    out = []
    for case in cases:
        known = learned.get((case.namespace, case.model))
        out.append(limited(case, known if known is not None else learn([witness(case)])))
    return tuple(out)


def limited(case: Case, learned: Learned) -> Case:
    """One case with its thresholds filled in."""
    limits = held(case.cycle_at, stated(case), learned, case.configured)
    case = replace(
        completed(ranked(case, learned.ranks), learned.parameters),
        base=learned.base if case.rule == "V1" else "",
        held=limits,
        limits=limits.only_told(case.needs),
    )
    return clamped(with_capacities(case, learned.capacities), learned.clamps)


def ranks(cases: Sequence[Case]) -> Mapping[str, float]:
    """Ranks in place of costs, by variant; empty where costs are known or nothing moved.

    The rule adds to the cheapest and removes from the most expensive variant that may change: one
    that grew ranks before one that did not, and one that shrank without ever growing ranks last.
    The comparison with the log then shows whether these ranks explain every cycle.
    """
    if not any(_lacking(case) for case in cases):
        return {}
    grown, shrunk = _moved(cases, 1), _moved(cases, -1)
    if not grown and not shrunk:
        return {}
    names = {m.name for case in cases for m in case.members}
    return {name: 1.0 if name in grown else 3.0 if name in shrunk else 2.0 for name in names}


def ranked(case: Case, by_rank: Mapping[str, float]) -> Case:
    """The case with ranks where its costs are not known, and then with `costs_fitted` set."""
    if not by_rank or not _lacking(case):
        return case
    members = tuple(replace(m, cost=by_rank.get(m.name, 2.0)) for m in case.members)
    return replace(case, members=members, costs_fitted=True)


def _lacking(case: Case) -> bool:
    return len(case.members) > 1 and any(m.cost is None for m in case.members)


def _moved(cases: Iterable[Case], sign: int) -> set[str]:
    return {
        name
        for case in cases
        for name, outcome in case.outcomes.items()
        if outcome.current is not None
        and outcome.target is not None
        and (outcome.target - outcome.current) * sign > 0
    }
