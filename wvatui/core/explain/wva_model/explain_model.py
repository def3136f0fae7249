"""How the model-based rule gives its targets: checks, one sentence, arithmetic."""

from collections.abc import Iterator, Sequence

from wvatui.core.decisions.given import Case, Member, Sizing
from wvatui.core.explain.explained import ArithmeticStep, Check, MarkOrNone, judged, mark_of
from wvatui.core.explain.numbers import amount
from wvatui.core.explain.outcomes import cut, decisions
from wvatui.core.explain.wva_model.recompute_model import RecomputedModel
from wvatui.core.explain.wva_v1.steps_v1 import targets
from wvatui.core.lines import many


def steps(
    case: Case, recomputed: RecomputedModel, checks: Sequence[Check]
) -> tuple[ArithmeticStep, ...]:
    """Load, latency targets, parameters, the rate a replica sustains, the prediction, targets."""
    marks = {check.quantity: check for check in checks}
    out: list[ArithmeticStep] = []
    for member in case.members:
        out += _variant(case, member.name, recomputed, marks)
    out += targets(case, dict(recomputed.targets), marks, ())
    return tuple(out)


def _variant(
    case: Case, name: str, recomputed: RecomputedModel, marks: dict[str, Check]
) -> Iterator[ArithmeticStep]:
    sizing = case.sizing.get(name, Sizing())
    section = "Model" if len(case.members) == 1 else f"Model of {name}"
    of = f" of {name}" if len(case.members) > 1 else ""

    def mark(quantity: str) -> MarkOrNone:
        return mark_of(marks, quantity + of)

    yield ArithmeticStep(section, _load(sizing))
    yield ArithmeticStep(
        section,
        f"targets: ITL {_ms(sizing.slo_itl_ms)}, TTFT {_ms(sizing.slo_ttft_ms)};"
        f" measured: ITL {_ms(sizing.seen_itl_ms)}, TTFT {_ms(sizing.seen_ttft_ms)}",
    )
    yield ArithmeticStep(section, _parameters(sizing))
    made = recomputed.sized.get(name)
    if made is None:
        if name in recomputed.infeasible:
            yield ArithmeticStep(section, "no number of replicas keeps the targets")
        if name in recomputed.taken:
            yield ArithmeticStep(section, f"replicas {sizing.stated}, as the log states", "taken")
            yield from _arbitration(name, recomputed)
        return
    yield ArithmeticStep(
        section,
        f"one replica serves {made.max_per_min:,.1f} requests/min within the targets",
        mark("rate that one replica serves"),
    )
    rate = sizing.rate_per_min or 0.0
    how = f"{rate:,.2f} / {made.max_per_min:,.1f}, rounded up" if rate else "no load: the least"
    yield ArithmeticStep(
        section,
        f"replicas {made.replicas} = {how}",
        mark("replicas of the solution"),
    )
    yield ArithmeticStep(
        section,
        f"predicted ITL {made.itl_ms:.3f} ms = alpha + beta x in the batch",
        mark("predicted ITL"),
    )
    yield ArithmeticStep(section, f"predicted TTFT {made.ttft_ms:.3f} ms", mark("predicted TTFT"))
    yield from _arbitration(name, recomputed)


def _arbitration(name: str, recomputed: RecomputedModel) -> Iterator[ArithmeticStep]:
    ruled = recomputed.arbitrated.get(name)
    if ruled is not None:
        yield ArithmeticStep("Arbitration", f"{name}: {ruled.reason}")


def _load(sizing: Sizing) -> str:
    if sizing.rate_per_min is None:
        return "load: not logged"
    tokens = ""
    if sizing.input_tokens is not None and sizing.output_tokens is not None:
        tokens = f" of {amount(sizing.input_tokens)} + {amount(sizing.output_tokens)} tokens"
    return f"load {sizing.rate_per_min:,.2f} requests/min{tokens}"


def _parameters(sizing: Sizing) -> str:
    if sizing.parameters is None:
        return "alpha, beta, gamma and delta are not known"
    alpha, beta, gamma, delta = sizing.parameters
    text = (
        f"alpha {alpha:.6g}, beta {beta:.6g}, gamma {gamma:.6g}, delta {delta:.6g} ms"
        f" ({sizing.parameters_source})"
    )
    if sizing.nis is not None:
        verdict = "rejected" if sizing.accepted is False else "accepted"
        text += f"; tuner's step {verdict}, NIS {sizing.nis:g}"
    return text


def _ms(value: float | None) -> str:
    return "?" if value is None else f"{value:g} ms"


LOOSE = 2e-3
"""Relative tolerance, since the log rounds the parameters to six places."""


def checks(case: Case, recomputed: RecomputedModel) -> tuple[Check, ...]:
    """The optimiser's solution, its prediction, the target of each variant."""
    out = list(_solutions(case, recomputed))
    if not recomputed.missing:
        out += decisions(case, cut(case, recomputed.targets))
    return tuple(out)


def _solutions(case: Case, recomputed: RecomputedModel) -> Iterator[Check]:
    for name, made in recomputed.sized.items():
        said = case.sizing[name].prediction
        if said is None:
            continue
        of = f" of {name}" if len(case.members) > 1 else ""
        yield _check(f"replicas of the solution{of}", said.replicas, made.replicas, 0.0)
        yield _check(f"predicted ITL{of}", said.itl_ms, made.itl_ms, LOOSE)
        yield _check(f"predicted TTFT{of}", said.ttft_ms, made.ttft_ms, LOOSE)
        yield _check(f"rate that one replica serves{of}", said.max_per_min, made.max_per_min, LOOSE)


def _check(quantity: str, logged: float | None, made: float, loose: float) -> Check:
    if logged is None:
        return Check(quantity, logged, made, "taken")
    return judged(quantity, logged, made, abs(logged - made) <= loose * max(1.0, abs(logged)))


def because(case: Case, recomputed: RecomputedModel) -> str:
    """Why the rule's targets are what they are, without the targets."""
    return "; ".join(_one(case, member, recomputed) for member in case.members)


def _one(case: Case, member: Member, recomputed: RecomputedModel) -> str:
    sizing = case.sizing.get(member.name, Sizing())
    who = f"{member.name}: " if len(case.members) > 1 else ""
    if member.name in recomputed.infeasible:
        return f"{who}no number of replicas keeps {_goal(sizing)}"
    made = recomputed.sized.get(member.name)
    ruled = recomputed.arbitrated.get(member.name)
    if made is None:
        if ruled is None:
            return f"{who}not sized"
        text = f"the model-based rule gives {sizing.stated}, taken as logged"
    elif not sizing.rate_per_min:
        text = f"no requests arrive, and {many(made.replicas, 'replica')} is the least"
    else:
        text = (
            f"{amount(sizing.rate_per_min)} requests/min arrive, and one replica serves"
            f" {amount(made.max_per_min)} within {_goal(sizing)}:"
            f" {many(made.replicas, 'replica')}"
        )
    return f"{who}{text}{'; ' + ruled.reason if ruled is not None else ''}"


def _goal(sizing: Sizing) -> str:
    """The latency targets in words."""
    parts = [
        f"{name} {value:g} ms"
        for name, value in (("ITL", sizing.slo_itl_ms), ("TTFT", sizing.slo_ttft_ms))
        if value
    ]
    return " and ".join(parts) or "no latency target"
