"""V1 as arithmetic, line by line."""

from collections.abc import Iterator, Sequence
from math import fsum

from wvatui.core.decisions.given import CONFIG_KEYS, Case, Known, Replica
from wvatui.core.explain.explained import ArithmeticStep, Check, mark_of
from wvatui.core.explain.numbers import fitted, or_unknown, queue, ratio
from wvatui.core.explain.outcomes import cut
from wvatui.core.explain.wva_v1.recompute_v1 import RecomputedV1
from wvatui.core.rules.wva.releases import at_least
from wvatui.core.rules.wva.thresholds import V1_NAMES


def steps(
    case: Case, recomputed: RecomputedV1, checks: Sequence[Check]
) -> tuple[ArithmeticStep, ...]:
    """Thresholds, replicas, means of all and of those that count, both tests, targets."""
    marks = {check.quantity: check for check in checks}
    return (
        *threshold_steps(case, V1_NAMES),
        *_replicas(case, recomputed),
        *_means(case, recomputed, marks),
        *_tests(case, recomputed, marks),
        *targets(case, recomputed.targets, marks, recomputed.notes),
    )


def threshold_steps(case: Case, names: Sequence[str]) -> Iterator[ArithmeticStep]:
    """The thresholds that the rule needs, each with how it is known."""
    for name in names:
        known: Known = getattr(case.held, name)
        value = "?" if known.value is None else f"{known.value:g}"
        words = f"{value} ({known.words})" if known.told else f"is not known ({known.where})"
        yield ArithmeticStep("Thresholds", f"{CONFIG_KEYS[name]} {words}")


def saturated_by(case: Case, replica: Replica) -> str:
    """`KV`, `queue`, both or empty: why a replica is left out of the means."""
    kv, edge = case.limits.kv.value, case.limits.queue.value
    why = []
    if kv is not None and replica.kv_ratio is not None and replica.kv_ratio >= kv:
        why.append("KV")
    if edge is not None and replica.queue is not None and replica.queue >= edge:
        why.append("queue")
    return " and ".join(why)


def _replicas(case: Case, recomputed: RecomputedV1) -> Iterator[ArithmeticStep]:
    for replica in case.replicas:
        why = saturated_by(case, replica)
        kv = "?" if replica.kv_ratio is None else ratio(replica.kv_ratio)
        wait = "?" if replica.queue is None else queue(replica.queue)
        text = f"{replica.pod}: KV {kv}, queue {wait}"
        if replica.pod in recomputed.nudged:
            text += ", at the threshold: on which side, the log's rounding hides"
        elif why:
            text += f", saturated by {why}: left out"
        if replica.stood_in:
            text += ", 0 stands for a number that the controller could not get"
        yield ArithmeticStep("Replicas", text)
    for note in recomputed.taken:
        yield ArithmeticStep("Replicas", note, "taken")


def means_of(replicas: Sequence[Replica]) -> tuple[float, float] | None:
    """Mean KV ratio and mean queue; None: not all are known, or there is none."""
    kvs = [r.kv_ratio for r in replicas if r.kv_ratio is not None]
    waits = [r.queue for r in replicas if r.queue is not None]
    if not replicas or len(kvs) != len(replicas) or len(waits) != len(replicas):
        return None
    return fsum(kvs) / len(kvs), fsum(waits) / len(waits)


def _means(
    case: Case, recomputed: RecomputedV1, marks: dict[str, Check]
) -> Iterator[ArithmeticStep]:
    everybody = means_of(case.replicas)
    free = [r for r in case.replicas if not saturated_by(case, r)]
    counting = means_of(free)
    if everybody is not None:
        n, m = len(case.replicas), len(free)
        text = f"mean of all {n}: KV {ratio(everybody[0])}, queue {queue(everybody[1])}"
        if counting is None:
            text += "; all are saturated, none counts"
        elif m < n:
            mean = f"KV {ratio(counting[0])}, queue {queue(counting[1])}"
            text += f" | of the {m} not saturated: {mean}"
        else:
            text += ", and all count"
        yield ArithmeticStep("Means", text, mark_of(marks, "not saturated"))
    analysis = recomputed.analysis
    if analysis is None:
        return
    kv, edge = case.limits.kv.value, case.limits.queue.value
    how_kv = f" = {ratio(kv)} - {ratio(counting[0])}" if kv is not None and counting else ""
    how_queue = f" = {queue(edge)} - {queue(counting[1])}" if edge is not None and counting else ""
    yield ArithmeticStep(
        "Means", f"spare KV {ratio(analysis.avg_spare_kv)}{how_kv}", mark_of(marks, "mean spare KV")
    )
    yield ArithmeticStep(
        "Means",
        f"spare queue {queue(analysis.avg_spare_queue)}{how_queue}",
        mark_of(marks, "mean spare queue"),
    )


def _tests(
    case: Case, recomputed: RecomputedV1, marks: dict[str, Check]
) -> Iterator[ArithmeticStep]:
    analysis = recomputed.analysis
    if analysis is None:
        return
    kv, edge = case.limits.kv_trigger.value, case.limits.queue_trigger.value
    if kv is not None and edge is not None:
        spare_kv, spare_queue = analysis.avg_spare_kv, analysis.avg_spare_queue
        text = (
            f"scale up: spare KV {ratio(spare_kv)} {'<' if spare_kv < kv else '>='} {ratio(kv)}"
            f" or spare queue {queue(spare_queue)} {'<' if spare_queue < edge else '>='}"
            f" {queue(edge)}: {'yes' if analysis.scale_up else 'no'}"
        )
    else:
        text = f"scale up: {'yes' if analysis.scale_up else 'no'}"
    yield ArithmeticStep("Tests", text, mark_of(marks, "scale up"))
    yield ArithmeticStep("Tests", _fewer(case, recomputed), mark_of(marks, "fewer are safe"))


def _fewer(case: Case, recomputed: RecomputedV1) -> str:
    analysis = recomputed.analysis
    assert analysis is not None
    answer = "yes" if analysis.scale_down_safe else "no"
    if analysis.non_saturated < 2:
        return f"fewer are safe: {analysis.non_saturated} not saturated, 2 needed: {answer}"
    left_kv, left_queue = analysis.remaining_spare_kv, analysis.remaining_spare_queue
    kv, edge = case.limits.kv_trigger.value, case.limits.queue_trigger.value
    if left_kv is None or left_queue is None or kv is None or edge is None:
        return f"fewer are safe: {answer}"
    return (
        f"fewer are safe: with {analysis.non_saturated - 1} spare KV {ratio(left_kv)}"
        f" {'>=' if left_kv >= kv else '<'} {ratio(kv)} and spare queue {queue(left_queue)}"
        f" {'>=' if left_queue >= edge else '<'} {queue(edge)}: {answer}"
    )


def targets(
    case: Case, made: object, marks: dict[str, Check], notes: Sequence[str]
) -> Iterator[ArithmeticStep]:
    """Each variant's current replicas and target; then what changed the targets afterwards."""
    rule = dict(made) if isinstance(made, dict) else {}
    final = cut(case, rule)
    for member in case.members:
        had = [f"current {or_unknown(member.current)}"]
        if member.counted is not None and member.counted != member.current:
            had.append(f"{member.counted} with metrics")
        if member.pending:
            had.append(f"{member.pending} pending")
        if member.desired and member.desired != member.current:
            had.append(f"decided before {member.desired}")
        if member.min is not None or member.max is not None:
            limits = f"from {or_unknown(member.min)} to {or_unknown(member.max)}"
            had.append(limits + fitted(case, member))
        if member.cost is not None and len(case.members) > 1 and not case.costs_fitted:
            had.append(f"cost {member.cost:g}")
        label = "target" if len(case.outcomes) == 1 else f"target of {member.name}"
        check = marks.get(label)
        text = f"{member.name}: {', '.join(had)}: target {or_unknown(final.get(member.name))}"
        if check is not None and check.mark == "mismatch":
            text += f", logged {or_unknown(check.logged)}"
        yield ArithmeticStep("Targets", text, mark_of(marks, label))
    if case.costs_fitted:
        yield ArithmeticStep(
            "Targets", "costs are not logged: the order in which the variants moved stands in"
        )
    for reason in case.transition:
        yield ArithmeticStep("Targets", f"in transition: {reason}")
    for one in case.cuts:
        yield ArithmeticStep("Targets", _cut(one.kind, one.variant, one.before, one.after, one.by))
    for note in notes:
        yield ArithmeticStep("Targets", note)
    if not at_least(case.version, "v0.5.0") and case.base == "current":
        yield ArithmeticStep(
            "Targets", "steps are counted from the current replicas, as lines of this log show"
        )


def _cut(kind: str, variant: str, before: int | None, after: int | None, by: str) -> str:
    change = f" from {or_unknown(before)} to {or_unknown(after)}" if after is not None else ""
    return f"{kind} {variant}{change}{': ' + by if by else ''}"
