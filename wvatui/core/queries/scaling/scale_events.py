"""Each change of replicas, step by step, from its cause and the decision to the serving replica.

Four sources are joined: the controller's decisions (with their own times), the replica ladder (the
HPA's desired replicas and the spec, seen within a second), the lifecycles of pods (the API's times,
whole seconds) and their scrapes. Where two clocks disagree slightly, no step is before its cause.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from wvatui.core.explain.limits import thresholds_over
from wvatui.core.queries.charts.metric_ratios import crossed_at, looks_of
from wvatui.core.queries.scaling.moves import Move, covers, merged, moves
from wvatui.core.queries.scaling.saturated_spans import became_saturated, logged_saturated
from wvatui.core.rows.scale_views import (
    OF_PODS,
    ORDERS,
    PATIENCE_S,
    ChangeOutcome,
    Direction,
    PodSteps,
    ScaleEvent,
    ScaleStep,
)
from wvatui.core.state.history import PodLifecycle
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link
from wvatui.core.state.state import Decision, Rungs, State

SLACK_S = 5.0
"""Two sources see the same change within this time, seconds."""
BOOT_S = 60.0
"""A replica belongs to a change of the spec if it was created at most this long after, seconds."""
ChangeKey = tuple[str, str]


@dataclass(frozen=True)
class _Variant:
    """The data about one variant's changes."""

    state: State
    key: ChangeKey
    link: Link | None
    rungs: list[Rungs]
    decided: list[Decision]

    def order(self, direction: Direction) -> tuple[str, ...]:
        """The steps of a change; if WVA never decided for the variant, those of an HPA alone."""
        by_metrics = not self.decided and self.link is not None and looks_of(self.state, self.link)
        return ORDERS[direction, not by_metrics]

    def decided_by(self, at: float) -> Iterator[Decision]:
        """Its decisions up to `at`, newest first."""
        end = bisect_right(self.decided, at, key=lambda decision: decision.at)
        return (self.decided[place] for place in range(end - 1, -1, -1))

    @cached_property
    def specs(self) -> list[Move]:
        return moves((r.at, r.spec) for r in self.rungs)

    @cached_property
    def last_steps(self) -> dict[Move, tuple[float, float]]:
        """By change of the spec: when replicas were last added and last taken before it."""
        added = taken = -inf
        steps: dict[Move, tuple[float, float]] = {}
        for move in self.specs:
            steps[move] = added, taken
            added, taken = (move[0], taken) if move[2] > move[1] else (added, move[0])
        return steps

    @cached_property
    def created(self) -> list[tuple[float, PodLifecycle]]:
        """Its pods with the times at which they were created, ascending."""
        return self._pods_by("created_at")

    @cached_property
    def leaving(self) -> list[tuple[float, PodLifecycle]]:
        """Its pods with the times at which their deletion was seen, ascending."""
        return self._pods_by("leaving_at")

    def _pods_by(self, step: str) -> list[tuple[float, PodLifecycle]]:
        made = self.link.workload if self.link is not None else None
        names = frozenset(self.link.pods) if self.link is not None else frozenset()
        target = (made.kind, made.namespace, made.name) if made is not None else None
        own = (
            (getattr(each, step), each)
            for each in self.state.lifecycles.values()
            if each.owner == target or each.pod in names
        )
        known = (pair for pair in own if pair[0] is not None)
        return sorted(known, key=lambda pair: (pair[0], pair[1].pod))


def scale_events(state: State, limit: int | None = None) -> tuple[ScaleEvent, ...]:
    """All changes of replicas (the newest `limit` of each variant), newest first."""
    links = {link.key: link for link in state_links(state)}
    decided: dict[ChangeKey, list[Decision]] = {}
    for decision in state.decisions:
        key = (decision.namespace, decision.variant)
        if key not in links:  # the log may leave the namespace out
            key = next(
                (k for k in links if k[1] == decision.variant and not decision.namespace), key
            )
        decided.setdefault(key, []).append(decision)
    events: list[ScaleEvent] = []
    window = state.window
    for key in sorted({*state.ladder, *decided}):
        if key not in links and not window.watches(key[0]):
            continue  # the controller also handles other namespaces
        ring = state.ladder.get(key)
        rungs = ring.last(len(ring)) if ring else []
        own = sorted(decided.get(key, ()), key=lambda decision: decision.at)
        events += _events(_Variant(state, key, links.get(key), rungs, own), limit)
    return tuple(sorted(events, key=lambda event: event.begin, reverse=True))


def _events(variant: _Variant, limit: int | None) -> list[ScaleEvent]:
    made: list[ScaleEvent] = []
    specs = variant.specs
    chosen = specs if limit is None else specs[-limit:]
    answered = -inf  # time of the last scale-up decision that was carried out
    for number, move in enumerate(chosen):
        following = chosen[number + 1][0] if number + 1 < len(chosen) else variant.state.now + 1.0
        event = _carried_out(variant, move, following, answered)
        decision = _at(event, "decision")
        if event.direction == "up":
            answered = max(answered, decision if decision is not None else move[0])
        made.append(event)
    since = chosen[0][0] if limit is not None and len(specs) > limit else float("-inf")
    return made + [event for event in _others(variant, made) if event.begin >= since]


# --- changes of the spec ------------------------------------------------------------------


def _carried_out(variant: _Variant, move: Move, following: float, answered: float) -> ScaleEvent:
    at, before, after = move
    up = after > before
    order = variant.order("up" if up else "down")
    decision = _wanted_since(variant, at + 1.0, after, up) or _taken_back(variant, move)
    desired = _desired_since(variant.rungs, at, after, up)
    times: dict[str, float | None] = {
        "decision": decision.at if decision is not None else None,
        "desired": None if desired is None else min(desired, at),
        "spec": at,
    }
    if "crossing" in order and variant.link is not None:
        # Of several steps down each begins where the one before it ended.
        earlier = -inf if up else variant.last_steps[move][1]
        link, last = variant.link, at + SLACK_S
        times["crossing"] = crossed_at(variant.state, link, last, up=up, after=earlier)
    if "onset" in order:
        cause = decision.at if decision is not None else at
        times["onset"] = _onset(variant, cause, answered)
    boots = _pods(variant, move, following)
    pods = tuple(one_pod(boot, order, at) for boot in boots)
    steps = joined(order, times, pods, abs(after - before))
    return ScaleEvent(
        key=f"scale:{variant.key[0]}/{variant.key[1]}:{at!r}",
        variant=variant.key[1],
        namespace=variant.key[0],
        direction="up" if up else "down",
        before=before,
        after=after,
        outcome="done" if steps[-1].at is not None else _unfinished(variant, following, up),
        steps=steps,
        pods=pods,
        reason=decision.reason if decision is not None else "",
    )


def _unfinished(variant: _Variant, following: float, up: bool) -> ChangeOutcome:
    """The outcome of a change whose last step was not seen: it goes on, or another came first."""
    return "under way" if following > variant.state.now or up else "not known"


def _wanted_since(variant: _Variant, at: float, level: int, up: bool) -> Decision | None:
    """The first of the consecutive decisions up to `at` for at least `level` (or at most)."""
    first: Decision | None = None
    for decision in variant.decided_by(at):
        if decision.target is None or (decision.target < level if up else decision.target > level):
            break
        first = decision
    return first


def _taken_back(variant: _Variant, move: Move) -> Decision | None:
    """The first of the newest consecutive decisions for such a change, if they were revoked or
    reduced before the spec followed; None: there are none within `PATIENCE_S`, or since the spec
    changed in the other direction."""
    at, before, after = move
    up = after > before
    added, taken = variant.last_steps[move]
    since = max(at - PATIENCE_S["up" if up else "down"], taken if up else added)
    first: Decision | None = None
    for decision in variant.decided_by(at + 1.0):
        if decision.at < since:
            break
        if decision.target is not None and (
            decision.target > before if up else decision.target < before
        ):
            first = decision
        elif first is not None:
            break
    return first


def _desired_since(rungs: Sequence[Rungs], at: float, level: int, up: bool) -> float | None:
    """Since when the HPA wanted at least `level` (or at most), up to shortly after `at`."""
    since: float | None = None
    end = bisect_right(rungs, at + SLACK_S, key=lambda rung: rung.at)
    for rung in reversed(rungs[:end]):
        if rung.desired is None or (rung.desired < level if up else rung.desired > level):
            if rung.at <= at or since is not None:
                break
            continue
        since = rung.at
    return since


def _onset(variant: _Variant, at: float, answered: float) -> float | None:
    """When the first replica became saturated; None: none was, that was not seen, or a decision
    answered it before."""
    state, link = variant.state, variant.link
    over = thresholds_over(state, link.model if link is not None else "", variant.key[0])
    names = link.pods if link is not None else ()
    onsets = [
        since
        for name in names
        if name in state.watched
        and (since := became_saturated(state, state.watched[name].history, at, over)) is not None
    ]
    if link is None:
        onsets += [
            since
            for name in state.log_kv
            if (since := logged_saturated(state, name, at, over)) is not None
        ]
    if not onsets or min(onsets) <= answered:
        return None
    return min(onsets)


def _pods(variant: _Variant, move: Move, following: float) -> list[PodLifecycle]:
    """The replicas that a change added (or removed), in order of time."""
    at, before, after = move
    up = after > before
    until = min(following + (0.0 if up else SLACK_S), at + BOOT_S)
    moments = variant.created if up else variant.leaving
    begin = bisect_left(moments, at - SLACK_S, key=lambda moment: moment[0])
    end = bisect_left(moments, until, key=lambda moment: moment[0])
    return [pod for _, pod in moments[begin : min(end, begin + abs(after - before))]]


# --- decisions that the spec did not follow -----------------------------------------------


def _others(variant: _Variant, made: Sequence[ScaleEvent]) -> list[ScaleEvent]:
    """Decisions for more or fewer replicas that belong to no change of the spec."""
    events: list[ScaleEvent] = []
    spans = [(e.direction, _at(e, "decision"), _at(e, "spec")) for e in made]
    answered = {
        way: merged((a, b) for d, a, b in spans if d == way and a is not None and b is not None)
        for way in ("up", "down")
    }
    run: list[Decision] = []

    def close(last: bool) -> None:
        if run:
            events.append(_unanswered(variant, run, still=last))
        run.clear()

    for decision in variant.decided:
        current = _current(variant, decision)
        if decision.target is None or current is None or decision.target == current:
            close(False)
            continue
        way = "up" if decision.target > current else "down"
        if run and way != _way(variant, run[-1]):
            close(False)
        if covers(answered[way], decision.at):
            # If the spec follows later, the decision was the start of that change.
            run.clear()
        else:
            run.append(decision)
    close(True)
    return events


def _at(event: ScaleEvent, step: str) -> float | None:
    return next((each.at for each in event.steps if each.id == step), None)


def _current(variant: _Variant, decision: Decision) -> int | None:
    """Replicas in the spec at the decision; the controller's view where no spec is known."""
    number = bisect_right(variant.rungs, decision.at + 1.0, key=lambda rung: rung.at) - 1
    if number >= 0 and variant.rungs[number].spec is not None:
        return variant.rungs[number].spec
    return decision.current


def _way(variant: _Variant, decision: Decision) -> str:
    current = _current(variant, decision)
    return "up" if (decision.target or 0) > (current or 0) else "down"


def _unanswered(variant: _Variant, run: Sequence[Decision], *, still: bool) -> ScaleEvent:
    first, last = run[0], run[-1]
    way = _way(variant, first)
    up = way == "up"
    order = ORDERS["up" if up else "down", True]
    times: dict[str, float | None] = {"decision": first.at}
    level = max(d.target or 0 for d in run) if up else min(d.target or 0 for d in run)
    if variant.rungs:
        times["desired"] = _desired_since(variant.rungs, last.at, level, up)
    if up:
        times["onset"] = _onset(variant, first.at, float("-inf"))
    outcome: ChangeOutcome = "not known"
    if any(rung.spec is not None for rung in variant.rungs):
        late = variant.state.now - first.at > PATIENCE_S["up" if up else "down"]
        outcome = ("not carried out" if late else "under way") if still else "withdrawn"
    return ScaleEvent(
        key=f"scale:{variant.key[0]}/{variant.key[1]}:{first.at!r}:{way}",
        variant=variant.key[1],
        namespace=variant.key[0],
        direction="up" if up else "down",
        before=_current(variant, first),
        after=level,
        outcome=outcome,
        steps=joined(order, times, (), 0),
        pods=tuple[PodSteps, ...](),
        reason=last.reason,
    )


_FIELDS = {
    "scheduled": "scheduled_at",
    "image": "pulled_at",
    "started": "started_at",
    "ready": "ready_at",
    "served": "served_at",
    "leaving": "leaving_at",
    "drained": "gone_at",
}


def one_pod(boot: PodLifecycle, order: Sequence[str], after: float) -> PodSteps:
    """The steps of a single replica, with lags from `after` (the change of the spec) on."""
    times = {name: getattr(boot, _FIELDS[name]) for name in order if name in OF_PODS}
    return PodSteps(boot.pod, _lagged({"spec": after, **times})[1:])


def joined(
    order: Sequence[str], times: Mapping[str, float | None], pods: Sequence[PodSteps], count: int
) -> tuple[ScaleStep, ...]:
    """The steps of a change; a step of replicas is done when the last of `count` has taken it."""
    reached: dict[str, list[float]] = {}
    for pod in pods:
        for step in pod.steps:
            if step.at is not None:
                reached.setdefault(step.id, []).append(step.at)
    whole = {name: times.get(name) for name in order if name not in OF_PODS}
    for name in order:
        if name in OF_PODS:
            taken = reached.get(name, [])
            whole[name] = max(taken) if taken and len(taken) >= count else None
    return tuple(
        step
        if step.id not in OF_PODS or not count
        else ScaleStep(
            step.id, step.at, step.lag_s, step.direct, len(reached.get(step.id, ())), count
        )
        for step in _lagged({name: whole[name] for name in order})
    )


def _lagged(times: Mapping[str, float | None]) -> tuple[ScaleStep, ...]:
    """Steps in order; one that seems to precede its cause gets the time of the cause.

    The API's times are cut to whole seconds: a step can seem up to a second too early.
    """
    steps: list[ScaleStep] = []
    before: float | None = None
    direct = False
    for name, at in times.items():
        if at is None:
            steps.append(ScaleStep(name))
            direct = False
            continue
        at = at if before is None else max(at, before)
        lag_s = None if before is None else at - before
        steps.append(ScaleStep(name, at, lag_s, direct and lag_s is not None))
        before, direct = at, True
    return tuple(steps)
