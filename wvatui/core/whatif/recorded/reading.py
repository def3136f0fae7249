"""A recording as what-if needs it: one `Recorded` per model, from the State at its end."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from wvatui.core.decisions.hpa.sight import SIZE
from wvatui.core.decisions.keda.recorded_pages import RecordedPages
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.explain.limits import limits_now, limits_over
from wvatui.core.kube_object import NamespacedName
from wvatui.core.metrics.scrape_fields import cache_tokens
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State
from wvatui.core.whatif.gateway import gateway_moments
from wvatui.core.whatif.recorded import series
from wvatui.core.whatif.recorded.cases import Logged, logged
from wvatui.core.whatif.recorded.recorded import (
    CheckedRun,
    Counts,
    DecisionRound,
    Recorded,
    RecordedMember,
    ReplicaChange,
)
from wvatui.core.whatif.scaler.scaler import recorded_scaler

ALONE_S = 30.0
"""How long a single cycle's values count, seconds."""


def recorded(state: State) -> tuple[Recorded, ...]:
    """Every model of a recording with known replicas or decisions, by name."""
    links = state_links(state)
    known = logged(state)
    # Objects need not declare the model of their variant, but the log may.
    homes = {member.name: model for model, of in known.items() for member in of.members}
    of_links = [(link.model or homes.get(link.name, ""), link) for link in links]
    models = []
    names = sorted({model for model, _ in of_links} | set(known))
    for model in names:
        mine = [link for name, link in of_links if name == model]
        of_model = _model(
            state,
            model,
            mine,
            known.get(model, Logged((), (), "", limits_now(state, model).weakest())),
            alone=len(names) == 1,
        )
        if of_model is not None:
            models.append(of_model)
    return tuple(models)


def _model(
    state: State, model: str, links: Sequence[Link], known: Logged, *, alone: bool
) -> Recorded | None:
    """`alone`: it is the only model, so that the gateways are its own."""
    rounds = known.rounds
    members = _members(state, links, known.members)
    if not members:
        return None
    owners = {pod: link.name for link in links for pod in link.pods}
    pods = series.polled(state, owners)
    moments = series.moments_of_pods(state, pods) or series.moments_of_rounds(rounds)
    exist = _exist(state, links, rounds)
    serving = series.serving_of(moments) or exist
    times = [*(m.at for m in moments[:1]), *(r.at for r in rounds[:1])]
    ends = [*(m.at for m in moments[-1:]), *(r.at for r in rounds[-1:])]
    if not times:
        return None
    if max(ends) <= min(times):
        ends.append(min(times) + ALONE_S)
    startups = [t for m in members for t in series.rise_s(exist, serving, m.name)]
    lags = [t for m in members for t in series.rise_s(_wanted(rounds), exist, m.name, whole=False)]
    if not pods:
        # A log shows both once per cycle only: the unseen part is half a cycle on average.
        gaps = [b.at - a.at for a, b in pairwise(rounds)]
        startups = [max(t, median(gaps) / 2) for t in startups] if gaps else []
    return Recorded(
        model=model,
        since=min(times),
        until=min(max(ends), state.now) if pods else max(ends),
        members=members,
        moments=moments,
        rounds=tuple(rounds),
        replicas=exist or serving,
        serving=serving,
        settings_over=[(at, then.settings()) for at, then in limits_over(state, model)],
        source=known.source,
        version=known.version,
        per_request=series.cache_of_a_request(pods),
        full=series.full_at(moments),
        boot_s=median(startups) if startups else None,
        lag_s=median(lags) if lags else None,
        kv_tokens=_caches(state, owners),
        tokens=series.tokens_of_a_request(pods),
        looked=None if rounds else looked(state, {link.key for link in links}),
        gateway=gateway_moments(state) if alone else (),
        pages=_pages(state, owners) if pods else None,
    )


def _pages(state: State, pods: Iterable[str]) -> RecordedPages:
    lasts_s = fresh_s(state.header)
    return RecordedPages(state.watched, state.bounds, tuple(sorted(pods)), state.now, lasts_s)


def looked(state: State, variants: Collection[NamespacedName]) -> CheckedRun | None:
    """How the recomputed looks of the variants' HPAs compare with what these HPAs did. A look with
    a missing input counts as not modelled."""
    compared = same = unknown = 0
    differing: list[tuple[float, str, int, int]] = []
    for decision in scaling_decisions(state):
        if decision.decider != "hpa" or decision.context:
            continue
        if (decision.namespace, decision.variant) not in variants:
            continue
        if decision.verdict == "unexplained" or decision.after is None:
            unknown += decision.looks
            continue
        compared += decision.looks
        same += decision.looks if decision.verdict == "agrees" else decision.looks - 1
        if decision.verdict == "mismatch":
            sizes = [d for d in decision.differences if d.startswith(SIZE)]
            ours = int(sizes[0].removeprefix(SIZE).partition(",")[0]) if sizes else decision.after
            differing.append((decision.at, decision.variant, decision.after, ours))
    if not compared and not unknown:
        return None
    return CheckedRun(compared, same, unknown, tuple(differing))


def _members(
    state: State, links: Sequence[Link], logged: Sequence[RecordedMember]
) -> tuple[RecordedMember, ...]:
    """The variants, from their objects, and from the log where these lack a value."""
    members: dict[str, RecordedMember] = {}
    for link in links:
        variant, hpa = link.variant, link.hpa
        info = state.info.get(state.id_of(link))
        members[link.name] = RecordedMember(
            name=link.name,
            cost=variant.cost if variant is not None else None,
            min=variant.min if variant is not None else None,
            max=variant.max if variant is not None else None,
            role=info.role if info is not None else "",
            accelerator=variant.accelerator if variant is not None else "",
            target_name=(variant.target_name if variant else "")
            or (link.workload.name if link.workload else ""),
            scaler=recorded_scaler(hpa, link.scaled_object) if hpa is not None else None,
        )
    for member in logged:
        before = members.get(member.name)
        if before is None:
            members[member.name] = member
            continue
        members[member.name] = replace(
            before,
            cost=member.cost if before.cost is None else before.cost,
            rank=member.rank,
            min=member.min if before.min is None else before.min,
            max=member.max if before.max is None else before.max,
            role=before.role or member.role,
            accelerator=before.accelerator or member.accelerator,
        )
    return tuple(members[name] for name in sorted(members))


def _exist(
    state: State, links: Sequence[Link], rounds: Sequence[DecisionRound]
) -> tuple[ReplicaChange, ...]:
    """Replicas of the scale targets, from the objects, else as the controller saw them."""
    points: list[tuple[float, str, int]] = []
    for link in links:
        ladder = state.ladder.get(link.key, ())
        points += [(r.at, link.name, r.spec) for r in ladder if r.spec is not None]
    if not points:
        return series.changes((r.at, {**r.current}) for r in rounds if r.current)
    points.sort()
    now: dict[str, int] = {}
    steps: list[tuple[float, Counts]] = []
    for at, name, count in points:
        now = {**now, name: count}
        if steps and steps[-1][0] == at:
            steps.pop()
        steps.append((at, now))
    return series.changes(steps)


def _wanted(rounds: Sequence[DecisionRound]) -> tuple[ReplicaChange, ...]:
    return series.changes((r.at, {**r.targets}) for r in rounds if r.targets)


def _caches(state: State, owners: Mapping[str, str]) -> dict[str, int]:
    """Tokens of a replica's KV cache by variant, where its pods' pages have it.

    For a pod with several engines it is the largest cache: WVA takes `num_gpu_blocks` of one of the
    pod's series, times `block_size`.
    """
    sizes: dict[str, int] = {}
    for pod, variant in owners.items():
        watched = state.watched.get(pod)
        engine = watched.engine if watched is not None else None
        if engine is None:
            continue
        caches = engine.ranks or (engine,)
        tokens = [size for cache in caches if (size := cache_tokens(cache))]
        if tokens:
            sizes[variant] = max(tokens)
    return sizes
