"""One alternative over one recorded model: what would have been decided, and its figures.

Open loop: the recorded load is shared by the replicas of the counterfactual and does not react to
them. As long as an alternative decides what was decided, its replicas are the recorded ones; from
the first different decision on they are computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.wva.saturation_v1 import is_saturated
from wvatui.core.whatif.alternative import Alternative
from wvatui.core.whatif.course import Figures, Limit, Meter, ReplicaStep
from wvatui.core.whatif.deciding import Decider, decider_of
from wvatui.core.whatif.gateway import gateway_at, shared_gateway
from wvatui.core.whatif.loads import ROUTERS, LoadShare, LoadSharing, Router, share
from wvatui.core.whatif.recorded.recorded import (
    CheckedRun,
    Counts,
    DecisionRound,
    Recorded,
    ReplicaChange,
    at_time,
)
from wvatui.core.whatif.rules import utilization
from wvatui.core.whatif.scaler.acting import Acting, Lagging
from wvatui.core.whatif.scaler.readings import Seen
from wvatui.core.whatif.stands import Impossible, Stand, reckoned

GRID_S = 5.0
"""Seconds per computed step; a long recording has at most MOST_STEPS steps."""
MOST_STEPS = 10_000
MOST_SHARED = 10_000_000
"""Most loads of one replica at one moment in an alternative: some ten seconds of computing."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """The assumptions where a counterfactual departs from the recording; seconds, ratios."""

    boot_s: float
    lag_s: float
    per_request: float
    full: float
    router: Router = ROUTERS[0]


@dataclass(frozen=True, slots=True)
class TrialDecision:
    """One decision of the counterfactual that asks for a change."""

    at: float
    variant: str
    before: int
    target: int


@dataclass(frozen=True, slots=True)
class Averages:
    """The averages of an autoscaler that scales by the load when it last asked for more replicas,
    and WVA's averages of the same, which leave out saturated replicas. KV ratio, requests."""

    at: float
    replicas: int
    kv: float
    waiting: float
    free: int
    free_kv: float
    free_waiting: float


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """The result of one alternative."""

    alternative: Alternative
    figures: Figures
    steps: tuple[ReplicaStep, ...]
    decisions: tuple[TrialDecision, ...]
    checked: CheckedRun
    notes: tuple[str, ...] = ()
    averages: Averages | None = None
    """Only where some but not all replicas were saturated at that time."""
    variants: Mapping[str, tuple[tuple[float, int], ...]] = field(default_factory=dict)
    """Replicas of each variant: (time, count from then on)."""


def run(
    recorded: Recorded, alternative: Alternative, assumed: Assumed, limit: Limit | None = None
) -> TrialOutcome:
    """The course of `alternative` from the recording's first to its last moment.

    Raises `stands.Impossible` when the recording lacks what the alternative needs, or asks for too
    much; ArithmeticError for a demand that no number of replicas meets.
    """
    decider = decider_of(recorded, alternative)
    outcome = _Run(recorded, alternative, assumed, limit, decider).outcome()
    if decider.decides or alternative.rule != "own":
        return outcome
    # The recording's own autoscaler acts on polled values here, which are not those that it read.
    same = replace(alternative, changes=(), tunings=())
    decider = replace(decider, alternative=same)
    figures = _Run(recorded, same, assumed, limit, decider).outcome().figures
    control = f"{figures.replica_minutes:.1f} replica-min"
    note = f"unchanged, its autoscaler comes to {control} on the polled values: compare with that"
    return replace(outcome, notes=(*outcome.notes, note))


class _Run:
    """The state of `run`; mutable, and never visible outside."""

    def __init__(
        self,
        recorded: Recorded,
        alternative: Alternative,
        assumed: Assumed,
        limit: Limit | None,
        decider: Decider,
    ) -> None:
        self.recorded, self.alternative, self.assumed = recorded, alternative, assumed
        self.decider = decider
        self.facts = LoadSharing(
            recorded.settings_at(recorded.since), assumed.per_request, assumed.full
        )
        self.meter = Meter({m.name: m.cost for m in recorded.members}, limit)
        # Another autoscaler turns the same decisions into other replicas; without recorded
        # replicas there is nothing to follow.
        same = not (alternative.scaler or alternative.tunings)
        self.following = self.decider.decides and bool(recorded.rounds) and same
        self.stands = {name: Stand() for name in recorded.names}
        self._follow(recorded.since)
        for name, count in self.decider.fixed.items():
            self.stands[name] = Stand(reckoned(count), [], count)
        self.actings = {
            m.name: Acting(scaler)
            for m in recorded.members
            if (scaler := alternative.acting(self.decider.own_scaler(m)))
        }
        self.laggings = {
            name: Lagging(assumed.lag_s) for name in recorded.names if name not in self.actings
        }
        self.decisions: list[TrialDecision] = []
        self.tracks: dict[str, list[tuple[float, int]]] = {name: [] for name in recorded.names}
        self.compared = self.same = self.not_modelled = 0
        self.differing: list[tuple[float, str, int, int]] = []
        self.round: DecisionRound | None = None
        self.averages: Averages | None = None
        self.shared = 0

    def outcome(self) -> TrialOutcome:
        times = _times(self.recorded, self.decider.times)
        rounds = iter([*self.decider.times, None])
        due = next(rounds)
        sync = self.recorded.since
        for number, at in enumerate(times):
            self.facts = replace(self.facts, limits=self.recorded.settings_at(at))
            self._stand_at(at)
            if due is not None and at >= due:
                self._decide(due)
                due = next(rounds)
            if at >= sync:
                self._look(at)
                sync += SYNC_S * max(1, int((at - sync) // SYNC_S) + 1)
            self._note(at)
            until = times[number + 1] if number + 1 < len(times) else self.recorded.until
            self._pass(at, max(0.0, until - at))
        return self._result()

    # --- one moment

    def _stand_at(self, at: float) -> None:
        if self.following:
            self._follow(at)
            return
        for name, stand in self.stands.items():
            stand.ready(at)
            lagging = self.laggings.get(name)
            to = lagging.due(at) if lagging is not None else None
            if to is not None and not self.decider.fixed:
                stand.scale(to, at, self.assumed.boot_s)

    def _follow(self, at: float) -> None:
        """Set the replicas to the recorded ones."""
        exist = at_time(self.recorded.replicas, at)
        serving = at_time(self.recorded.serving, at)
        for name, stand in self.stands.items():
            count = reckoned(exist.get(name, 0))
            stand.serving = min(count, serving.get(name, 0))
            stand.booting = [at + self.assumed.boot_s] * (count - stand.serving)
        if not self.decider.decides:
            for stand in self.stands.values():
                stand.wanted = stand.exist

    def _decide(self, at: float) -> None:
        """Run one cycle of the rule."""
        wish = self.decider.look(at, self.stands, self._shared, following=self.following)
        self.round = wish.round
        if wish.round is not None:
            self._check(wish.round, wish.targets)
        if wish.targets is None:
            if self.following and wish.round is not None:
                # Not modelled, or no inputs: the recorded decision counts.
                for name, target in wish.round.targets.items():
                    if name in self.stands:
                        self.stands[name].wanted = target
            return
        real = wish.round.targets if wish.round is not None else {}
        if self.following and any(real.get(n, t) != t for n, t in wish.targets.items()):
            self._depart(at)
        for name, target in wish.targets.items():
            stand = self.stands[name]
            if target != stand.exist and target != stand.wanted:
                self.decisions.append(TrialDecision(at, name, stand.exist, target))
            stand.wanted = target
            if name in self.laggings:
                self.laggings[name].order(at, target)

    def _depart(self, at: float) -> None:
        """Compute the replicas from here on; those already booting finish as recorded."""
        self.following = False
        for name, stand in self.stands.items():
            if not stand.booting:
                continue
            rises = [
                change.at
                for change in self.recorded.serving
                if change.at > at and change.replicas.get(name, 0) > stand.serving
            ]
            first = min(rises, default=at + self.assumed.boot_s)
            stand.booting = [min(first, at + self.assumed.boot_s)] * len(stand.booting)

    def _check(self, round_: DecisionRound, targets: Counts | None) -> None:
        """Compare with the recorded decision; only while the inputs are the recorded ones."""
        if not self.following:
            return
        if targets is None:
            self.not_modelled += 1
            return
        self.compared += 1
        differing = [
            (round_.at, name, round_.targets[name], target)
            for name, target in targets.items()
            if name in round_.targets and round_.targets[name] != target
        ]
        self.same += not differing
        self.differing += differing

    def _look(self, at: float) -> None:
        """Run the autoscalers' look, every 15 s."""
        seen = self._seen(at)
        for name, acting in self.actings.items():
            stand = self.stands[name]
            mine = replace(seen, variant=name) if seen is not None else None
            to = acting.look(at, stand, mine)
            if self.following:
                acting.followed(stand.exist)
                continue
            if to != stand.exist:
                if not self.decider.decides:
                    self.decisions.append(TrialDecision(at, name, stand.exist, to))
                    if to > stand.exist and mine is not None:
                        self.averages = _averages(at, mine.own, self.facts) or self.averages
                stand.scale(to, at, self.assumed.boot_s)
            if not self.decider.decides:
                stand.wanted = to

    def _seen(self, at: float) -> Seen | None:
        """What metrics can be read from at this moment; None: nothing is known."""
        recorded = self.recorded
        loads, tells = self._shared(at), gateway_at(recorded.gateway, at)
        if loads is None:
            return None
        moment = recorded.moment(at)
        before = moment.loads if moment is not None else None
        if before and tells and loads is not before:
            counts = {name: stand.serving for name, stand in self.stands.items()}
            shape = self.assumed.router.shape
            tells, loads = shared_gateway(
                tells, before, lambda mine: share(mine, counts, shape, self.facts)
            )
        stretch = len(before) / len(loads) if before and loads else 1.0
        return Seen(loads, 0, pool=tells, pages=recorded.pages, stretch=stretch)

    def _shared(
        self, at: float, loads: Sequence[LoadShare] | None = None
    ) -> Sequence[LoadShare] | None:
        """The load at `at` (or the given one) on the present replicas; None: not known."""
        if loads is None:
            moment = self.recorded.moment(at)
            loads = moment.loads if moment is not None else None
        if loads is None or self.following:
            return loads
        counts = {name: stand.serving for name, stand in self.stands.items()}
        self.shared += sum(counts.values())
        if self.shared > MOST_SHARED:
            raise Impossible(
                f"up to {max(counts.values()):,} replicas over {len(self.recorded.moments):,} "
                "moments take too long to reckon"
            )
        return share(loads, counts, self.assumed.router.shape, self.facts)

    def _note(self, at: float) -> None:
        exist = {name: stand.exist for name, stand in self.stands.items()}
        wanted = sum(stand.wanted or stand.exist for stand in self.stands.values())
        serving = sum(stand.serving for stand in self.stands.values())
        self.meter.stand(at, wanted, sum(exist.values()), serving)
        for name, count in exist.items():
            track = self.tracks[name]
            if not track or track[-1][1] != count:
                track.append((at, count))

    def _pass(self, at: float, span_s: float) -> None:
        exist = {name: stand.exist for name, stand in self.stands.items()}
        loads = self._shared(at)
        used = None
        if self.round is not None and not loads:
            pending = {name: len(stand.booting) for name, stand in self.stands.items()}
            used = utilization(self.round, exist, pending)
        if loads is not None and not loads and used is None and self._carried(at):
            used = 2.0  # there is demand, but no replica serves
        self.meter.pass_time(span_s, self.facts.limits, exist, loads, used)

    def _carried(self, at: float) -> bool:
        moment = self.recorded.moment(at)
        return bool(
            moment is not None
            and moment.loads
            and any(load.kv > 0.01 or load.waiting > 0 for load in moment.loads)
        )

    def _result(self) -> TrialOutcome:
        recorded = self.recorded
        unread = sum(acting.unread for acting in self.actings.values())
        notes = list(self.alternative.notes) + list(self.decider.notes)
        if unread and not self.decider.decides:
            notes.append(f"looks at which a metric had no value: {unread}")
        return TrialOutcome(
            alternative=self.alternative,
            figures=self.meter.figures(recorded.since, recorded.until),
            steps=tuple(self.meter.steps),
            decisions=tuple(self.decisions),
            checked=CheckedRun(self.compared, self.same, self.not_modelled, tuple(self.differing)),
            notes=tuple(dict.fromkeys(notes)),
            averages=self.averages,
            variants={name: tuple(track) for name, track in self.tracks.items()},
        )


def _averages(at: float, loads: Sequence[LoadShare], facts: LoadSharing) -> Averages | None:
    free = [load for load in loads if not is_saturated(load.kv, load.waiting, facts.limits)]
    if not free or len(free) == len(loads):
        return None
    return Averages(
        at,
        len(loads),
        sum(load.kv for load in loads) / len(loads),
        sum(load.waiting for load in loads) / len(loads),
        len(free),
        sum(load.kv for load in free) / len(free),
        sum(load.waiting for load in free) / len(free),
    )


def real(recorded: Recorded, limit: Limit | None = None) -> tuple[Figures, tuple[ReplicaStep, ...]]:
    """The recorded course itself, with the same figures."""
    meter = Meter({m.name: m.cost for m in recorded.members}, limit)
    rounds = list(recorded.rounds)
    times = _times(recorded, [])
    wanted: dict[str, int] = {}
    place = 0
    for number, at in enumerate(times):
        while place < len(rounds) and rounds[place].at <= at:
            wanted |= rounds[place].targets
            place += 1
        exist = at_time(recorded.replicas, at)
        serving = at_time(recorded.serving, at)
        total = sum(exist.values())
        meter.stand(at, sum(wanted.values()) or total, total, sum(serving.values()))
        until = times[number + 1] if number + 1 < len(times) else recorded.until
        moment = recorded.moment(at)
        loads = moment.loads if moment is not None else None
        used = None
        if place and not loads:
            used = utilization(
                rounds[place - 1], rounds[place - 1].current, rounds[place - 1].pending
            )
        meter.pass_time(max(0.0, until - at), recorded.settings_at(at), exist, loads, used)
    return meter.figures(recorded.since, recorded.until), tuple(meter.steps)


def _times(recorded: Recorded, rounds: Sequence[float]) -> list[float]:
    """Every moment that is computed, ascending."""
    span = recorded.until - recorded.since
    step = max(GRID_S, span / MOST_STEPS)
    grid = {recorded.since + step * number for number in range(int(span // step) + 1)}
    changes: Sequence[ReplicaChange] = (*recorded.replicas, *recorded.serving)
    exact = {c.at for c in changes if recorded.since <= c.at <= recorded.until}
    return sorted(grid | exact | {at for at in rounds if at <= recorded.until})
