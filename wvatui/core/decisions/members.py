"""The variants of a model before a decision: counts, cost and limits, from lines and objects."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wvatui.core.decisions.given import Member, Replica
from wvatui.core.decisions.reading import of_kind
from wvatui.core.kube_object import bare
from wvatui.core.log import facts as fc
from wvatui.core.state.links import Link

Declared = Mapping[str, Link]
"""By variant: the objects that declare it; empty where there is only a log."""


def names_of(facts: Sequence[fc.Fact]) -> tuple[str, ...]:
    """Bare names of the variants that a model's lines mention, in order."""
    names: dict[str, None] = {}
    for fact in facts:
        if isinstance(fact, fc.VariantInfo | fc.LoggedTarget | fc.VariantMetrics | fc.Transition):
            names.setdefault(bare(fact.variant))
        elif isinstance(fact, fc.AnalyzerResult):
            names.update(dict.fromkeys(v.name for v in fact.variants))
    names.pop("", None)
    return tuple(names)


def replicas_of(facts: Iterable[fc.Fact]) -> tuple[Replica, ...]:
    """The pods for which the lines have numbers, ascending by name."""
    kv: dict[str, float] = {}
    queue: dict[str, float] = {}
    zeros: set[str] = set()
    for fact in facts:
        if isinstance(fact, fc.PodKv):
            kv[fact.pod] = fact.kv_ratio
        elif isinstance(fact, fc.PodQueue):
            queue[fact.pod] = float(fact.waiting)
        elif isinstance(fact, fc.StoodIn):
            zeros.add(fact.pod)
    return tuple(
        Replica(
            pod=pod,
            kv_ratio=kv.get(pod, 0.0 if pod in zeros else None),
            queue=queue.get(pod, 0.0 if pod in zeros else None),
            stood_in=pod in zeros,
        )
        for pod in sorted({*kv, *queue, *zeros})
    )


def owners_of(
    pods: Iterable[str], members: Sequence[str], targets: Mapping[str, str], declared: Declared
) -> dict[str, str]:
    """The variant of each pod: by the objects, else by the longest name that the pod's begins with.

    `targets`: variant -> its Deployment. The longest prefix is v0.4.2's own rule
    (internal/collector/capacity_metrics.go:455).
    """
    by_object = {pod: name for name, link in declared.items() for pod in link.pods}
    prefixes = {targets.get(name, name): name for name in members}
    for name, link in declared.items():
        if name in members and link.variant is not None and link.variant.target_name:
            prefixes[link.variant.target_name] = name
    owners: dict[str, str] = {}
    for pod in pods:
        if by_object.get(pod) in members:
            owners[pod] = by_object[pod]
        elif len(members) == 1:
            owners[pod] = members[0]
        else:
            fits = [prefix for prefix in prefixes if bare(pod).startswith(prefix)]
            if fits:
                owners[pod] = prefixes[max(fits, key=len)]
    return owners


def member(
    name: str,
    facts: Iterable[fc.Fact],
    replicas: Sequence[Replica],
    link: Link | None,
    *,
    desired: int | None,
    counted: int | None,
) -> Member:
    """One variant: the values of its lines, completed by its objects where the lines lack them."""
    mine = [fact for fact in facts if bare(getattr(fact, "variant", "")) == name]
    info = list(of_kind(mine, fc.VariantInfo))
    targets = list(of_kind(mine, fc.LoggedTarget))
    metrics = list(of_kind(mine, fc.VariantMetrics))
    # An emission reads the replicas again, later than the decision did.
    decision = min(of_kind(mine, fc.LoggedDecision), key=_emitted, default=None)
    own = [r for r in replicas if r.variant == name]
    declared = link.variant if link is not None else None
    current = last_said(info, "current")
    if current is None:
        current = decision.current if decision is not None else last_said(targets, "current")
    cost = last_said(info, "cost")
    if cost is None:
        cost = last_said(targets, "cost")
    if cost is None and declared is not None:
        cost = declared.cost
    ready, pending = last_said(info, "ready"), last_said(info, "pending")
    if pending is None and ready is not None and current is not None and info:
        pending = max(0, current - ready) if last_said(info, "ready") is not None else None
    measured = last_said(info, "metric_replicas")
    if measured is None:
        measured = counted if counted is not None else (len(own) or None)
    low, high = last_said(info, "min"), last_said(info, "max")
    return Member(
        name=name,
        namespace=decision.namespace if decision is not None else "",
        accelerator=last_said(info, "accelerator") or last_said(metrics, "accelerator") or "",
        role=last_said(info, "role") or "",
        cost=cost,
        counted=measured,
        current=current,
        ready=ready,
        pending=pending,
        desired=desired,
        min=low if low is not None else declared.min if declared is not None else None,
        max=high if high is not None else declared.max if declared is not None else None,
    )


def _emitted(decision: fc.LoggedDecision) -> bool:
    return decision.stage == "emitted" or decision.current is None


def last_said(facts: Iterable[fc.Fact], name: str) -> Any:
    """The value of the field `name` in the last fact that has one; None: none has."""
    values = [value for fact in facts if (value := getattr(fact, name)) not in (None, "")]
    return values[-1] if values else None
