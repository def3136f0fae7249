"""The thresholds of each case: what its lines state, what the log determines or the ConfigMap
says, else what makes the log's analyses hold. Never a default."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from wvatui.core.explain.costs import ranked, ranks
from wvatui.core.explain.epochs import Epoch, Reading, at_time, epochs
from wvatui.core.explain.evidence import determined, stated
from wvatui.core.explain.fit import Fitted, fit, samples_of
from wvatui.core.explain.given import UNKNOWN, V1_LIMITS, V2_LIMITS, Base, Case, Known, Limits
from wvatui.core.explain.sizing import Four, completed
from wvatui.core.explain.sizing import recovered as recovered_parameters

_CONFIG = {
    "kv": "kv_cache_threshold",
    "queue": "queue_length_threshold",
    "kv_trigger": "kv_spare_trigger",
    "queue_trigger": "queue_spare_trigger",
    "scale_up": "scale_up_threshold",
    "scale_down": "scale_down_boundary",
}
NAMES = tuple(field.name for field in fields(Limits))


@dataclass(frozen=True, slots=True)
class Learned:
    """What a log says of one model's thresholds, over time."""

    recovered: Mapping[str, tuple[Epoch, ...]]
    base: Base = ""
    fitted: Fitted | None = None
    ranks: Mapping[str, float] = field(default_factory=dict)
    """In place of costs that the log does not have."""
    parameters: Mapping[str, Four] = field(default_factory=dict)
    """By variant: the model's, where no line states them."""


def learn(cases: Sequence[Case], before: Learned | None = None) -> Learned:
    """What the cases of one model say of its thresholds. `before`: what fewer of them said."""
    if cases and all(case.rule == "model-based" and case.analysis is None for case in cases):
        return Learned({}, parameters=recovered_parameters(cases))
    readings: dict[str, list[Reading]] = {}
    for case in cases:
        for name, value in stated(case).items():
            readings.setdefault(name, []).append(Reading(case.cycle_at, value, value))
        for name, reading in determined(case):
            readings.setdefault(name, []).append(reading)
    recovered = {name: epochs(found) for name, found in readings.items()}
    base, order = _base(cases), ranks(cases)
    wanted = [c for c in cases if c.rule == "V1" and c.analysis is not None]
    settled = all(
        name in recovered or all(c.configured is not None for c in wanted) for name in V1_LIMITS
    )
    if settled:
        return Learned(recovered, base, None, order)
    fixed = {n: recovered[n][-1].value for n in V1_LIMITS if len(recovered.get(n, ())) == 1}
    fitted = fit(samples_of(wanted), fixed, before.fitted if before is not None else None)
    return Learned(recovered, base, fitted, order)


def _base(cases: Iterable[Case]) -> Base:
    """What V1's steps were counted from, where a line of the log tells it apart."""
    for case in cases:
        for member in case.members:
            said = case.bases.get(member.name)
            if said is not None and member.counted != member.current:
                if said == member.current:
                    return "current"
                if said == member.counted:
                    return "counted"
    return ""


Group = tuple[str, str]
"""(namespace, model): what has thresholds of its own."""


def learn_all(
    cases: Iterable[Case], before: Mapping[Group, Learned] | None = None
) -> dict[Group, Learned]:
    """What the cases say of the thresholds of each model. `before`: what fewer of them said."""
    known = before or {}
    groups: dict[Group, list[Case]] = {}
    for case in cases:
        groups.setdefault((case.namespace, case.model), []).append(case)
    return {key: learn(group, known.get(key)) for key, group in groups.items()}


def with_limits(cases: Iterable[Case], learned: Mapping[Group, Learned]) -> tuple[Case, ...]:
    """The same cases with their thresholds filled in."""
    out = []
    for case in cases:
        found = learned.get((case.namespace, case.model))
        out.append(limited(case, found if found is not None else learn([case])))
    return tuple(out)


def limited(case: Case, learned: Learned) -> Case:
    """One case with its thresholds."""
    names: tuple[str, ...] = V2_LIMITS if case.rule == "V2" else V1_LIMITS
    if case.rule not in ("V1", "V2") and case.analysis is None:
        names = ()
    said = stated(case)
    return replace(
        completed(ranked(case, learned.ranks), learned.parameters),
        base=learned.base if case.rule == "V1" else "",
        limits=Limits(
            **{name: _known(case, name, said, learned) if name in names else UNKNOWN
               for name in NAMES}
        ),
    )  # fmt: skip


def _known(case: Case, name: str, said: Mapping[str, float], learned: Learned) -> Known:
    if name in said:
        return Known(said[name], "stated", "in this cycle's lines")
    epoch = at_time(learned.recovered.get(name, ()), case.cycle_at)
    config = getattr(case.configured, _CONFIG[name]) if case.configured is not None else None
    if epoch is not None:
        if config is not None and abs(config - epoch.value) < 1e-9:
            return Known(config, "configured", case.configured_where)
        told = f"{epoch.count} cycle{'' if epoch.count == 1 else 's'} of this log"
        where = f"follows from {told}"
        if config is not None:
            where += f", although {case.configured_where} says {config:g}"
        return Known(epoch.value, "recovered", where)
    if config is not None:
        return Known(config, "configured", case.configured_where)
    if learned.fitted is not None and name in learned.fitted.values:
        low, high = learned.fitted.spans[name]
        span = f"{low:g}" if low == high else f"any from {low:g} to {high:g} fits"
        count = len(learned.fitted.samples)
        where = f"{count - learned.fitted.broken} of {count} analyses hold with it; {span}"
        return Known(learned.fitted.values[name], "fitted", where)
    return UNKNOWN
