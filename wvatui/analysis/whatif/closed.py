"""The closed loop: the arrived load is served by simulated replicas that an alternative scales.

The engines are calibrated on the recording itself (`core.queries.pods.engine_figures`), and the
load is what its pods received (`core.queries.pods.demand`). A decision changes what waits, and that
changes the next decision.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wvatui.core.queries.pods.demand import DemandStretch, demand
from wvatui.core.queries.pods.engine_figures import EngineFigures, Unfit, figures
from wvatui.core.rules.hpa.hpa_policy import SYNC_S
from wvatui.core.rules.wva.releases import HEAD
from wvatui.core.state.state import State
from wvatui.core.whatif import rules
from wvatui.core.whatif.alternative import OWN, Alternative
from wvatui.core.whatif.course import Figures, Limit, Meter
from wvatui.core.whatif.deciding import PEAK_S, Decider, decider_of
from wvatui.core.whatif.gateway import gateway_at, pressure
from wvatui.core.whatif.loads import LoadShare, peak_loads
from wvatui.core.whatif.recorded.recorded import CheckedRun, Recorded, at_time
from wvatui.core.whatif.run import Assumed, TrialDecision, TrialOutcome
from wvatui.core.whatif.scaler.acting import Acting, Lagging
from wvatui.core.whatif.scaler.readings import Seen, family_of
from wvatui.core.whatif.stands import Impossible, Stand, reckoned
from wvatui.core.whatif.trial import TrialRow
from wvatui.engine.fleet import Fleet, profile_of

TICK_S = 5.0
FOLLOWED = Alternative("recorded replicas, simulated", "follow")
"""The recorded replicas over time with simulated engines, which shows how far the simulator can be
trusted."""
FOLLOWS_WITHIN = 0.15
"""Most by which simulated and recorded saturation may differ, as a share of the time."""
QUICK = 8_000
"""Requests that are simulated in about a second."""
MOST_REQUESTS = 5_000_000
"""Most requests; simulating them takes some ten minutes."""
MOST_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Plant:
    """The simulator's input for one model of a recording."""

    engine: EngineFigures
    load: tuple[DemandStretch, ...]

    @property
    def requests(self) -> float:
        """Number of requests that arrive in all."""
        return sum(one.rate * (one.until - one.since) for one in self.load)


def plant(state: State, model: str) -> Plant | Unfit:
    """The calibrated simulator for a model; Unfit names what the recording lacks."""
    engine = figures(state, model)
    if isinstance(engine, Unfit):
        return engine
    load = demand(state, model)
    asked = sum(one.rate * (one.until - one.since) for one in load)
    if asked > MOST_REQUESTS:
        return Unfit(f"{asked:,.0f} requests arrived, at most {MOST_REQUESTS:,} are simulated")
    return Plant(engine, load) if load else Unfit("its pods do not count the requests that arrived")


def trusted(real: Figures | None, simulated: Figures | None) -> str:
    """A warning where the simulator, given the recorded replicas, behaves differently from them;
    empty: it does not."""
    before = real.saturated if real is not None else None
    after = simulated.saturated if simulated is not None else None
    if before is None or after is None or abs(before - after) <= FOLLOWS_WITHIN:
        return ""
    return (
        f"the simulator does not follow this recording ({after:.0%} of the time saturated, really "
        f"{before:.0%}: its gateway routes otherwise): take its rows with care"
    )


def row(
    recorded: Recorded,
    on: Plant,
    alternative: Alternative,
    assumed: Assumed,
    limit: Limit | None = None,
) -> TrialRow:
    """One alternative in the closed loop, as a row of the table."""
    try:
        outcome = _Loop(recorded, on, alternative, assumed, limit).outcome()
    except (Impossible, ArithmeticError) as error:
        return TrialRow(recorded.model, alternative.label, "closed", None, impossible=str(error))
    label = "own rule" if alternative is OWN else alternative.label
    return TrialRow(
        recorded.model,
        label,
        "closed",
        outcome.figures,
        outcome.steps,
        outcome,
        notes=outcome.notes,
    )


class _Loop:
    """One run of the closed loop; mutable, and used only inside this module."""

    def __init__(
        self,
        recorded: Recorded,
        on: Plant,
        alternative: Alternative,
        assumed: Assumed,
        limit: Limit | None,
    ) -> None:
        self.recorded, self.alternative, self.assumed = recorded, alternative, assumed
        follows = alternative is FOLLOWED
        self.decider = (
            Decider(recorded, alternative, decides=False)
            if follows
            else decider_of(recorded, alternative)
        )
        self.rule = _rule(recorded, alternative)
        _counts_nothing(alternative)
        first = at_time(recorded.replicas, recorded.since)
        begin = self.decider.fixed or {name: first.get(name, 0) for name in recorded.names}
        for count in begin.values():
            reckoned(count)
        if recorded.until - recorded.since > MOST_S:
            raise Impossible(f"the closed loop runs over at most {MOST_S / 86_400:.0f} days")
        self.fleet = Fleet(
            {name: profile_of(on.engine) for name in recorded.names},
            on.load,
            start=min(recorded.since, on.load[0].since),
            replicas=begin,
            boot_s=assumed.boot_s,
        )
        self.wanted = dict(begin)
        self.actings: dict[str, Acting] = {}
        if not follows and not self.decider.fixed:
            self.actings = {
                m.name: Acting(scaler)
                for m in recorded.members
                if (scaler := alternative.acting(self.decider.own_scaler(m)))
            }
        self.laggings = {name: Lagging(assumed.lag_s) for name in recorded.names}
        self.meter = Meter({m.name: m.cost for m in recorded.members}, limit)
        self.memory = rules.RuleMemory()
        self.recent: deque[tuple[float, tuple[LoadShare, ...]]] = deque()
        self.decisions: list[TrialDecision] = []

    def outcome(self) -> TrialOutcome:
        recorded = self.recorded
        times = list(self.decider.times) if self.decider.decides else []
        cycle, sync, at = 0, recorded.since, recorded.since
        while at < recorded.until:
            self.fleet.advance(at)
            stands, loads = self._look()
            self.recent.append((at, loads))
            while self.recent[0][0] < at - PEAK_S:
                self.recent.popleft()
            if self.alternative is FOLLOWED:
                self._follow(at)
            while cycle < len(times) and times[cycle] <= at:
                self._decide(times[cycle], stands)
                cycle += 1
            if at >= sync:
                self._act(at, stands, loads)
                sync += SYNC_S
            self._order(at)
            self._note(at, stands, loads)
            at += TICK_S
        return TrialOutcome(
            self.alternative,
            self.meter.figures(recorded.since, recorded.until),
            tuple(self.meter.steps),
            tuple(self.decisions),
            CheckedRun(),
            tuple(dict.fromkeys((*self.alternative.notes, *self.decider.notes))),
        )

    def _look(self) -> tuple[dict[str, Stand], tuple[LoadShare, ...]]:
        stands = {name: Stand(wanted=self.wanted.get(name, 0)) for name in self.recorded.names}
        loads = []
        for one in self.fleet.look():
            if one.state == "booting":
                stands[one.variant].booting.append(one.at + self.assumed.boot_s)
            elif one.state == "ready":
                stands[one.variant].serving += 1
                kv = one.kv or 0.0  # known for a ready engine
                loads.append(
                    LoadShare(one.variant, kv, float(one.waiting), float(one.running), one.pod)
                )
        return stands, tuple(loads)

    def _follow(self, at: float) -> None:
        for name, count in at_time(self.recorded.replicas, at).items():
            if name in self.wanted and count != self.wanted[name]:
                self.wanted[name] = count
                self.fleet.scale(name, reckoned(count))

    def _decide(self, at: float, stands: Mapping[str, Stand]) -> None:
        alternative, recorded = self.alternative, self.recorded
        inputs = rules.Inputs(
            {name: stand.exist for name, stand in stands.items()},
            {name: len(stand.booting) for name, stand in stands.items()},
            dict(self.wanted) if self.decider.remembers() else {},
            self._peak(),
            alternative.settings(recorded.settings_at(at)),
            alternative.bound("minReplicas"),
            alternative.bound("maxReplicas"),
        )
        version = alternative.version or recorded.version or HEAD
        if self.rule == "v1":
            targets = rules.v1(recorded, inputs, version)
        else:
            targets = rules.v2_of_loads(recorded, inputs, self.memory, version)
        for name, target in (targets or {}).items():
            if target != self.wanted.get(name):
                self.decisions.append(TrialDecision(at, name, stands[name].exist, target))
            self.wanted[name] = target
            self.laggings[name].order(at, target)

    def _peak(self) -> Sequence[LoadShare]:
        """The peak over the last minute of each replica that is serving now."""
        return peak_loads(self.recent[-1][1], (loads for _, loads in self.recent))

    def _act(self, at: float, stands: Mapping[str, Stand], loads: Sequence[LoadShare]) -> None:
        tells = gateway_at(self.recorded.gateway, at)
        waiting = sum(load.waiting for load in loads)
        now = {
            "queue": float(self.fleet.held),
            "running": sum(load.running or 0.0 for load in loads) + waiting,
            "saturation": pressure(loads),
            "ready_pods": float(len(loads)),
            "kv": sum(load.kv for load in loads) / max(1, len(loads)),
            "pods_waiting": waiting / max(1, len(loads)),
        }
        seen = Seen(loads, 0, pool={name: now.get(name, value) for name, value in tells.items()})
        for name, acting in self.actings.items():
            stand = stands[name]
            to = acting.look(at, stand, replace(seen, variant=name))
            if to == stand.exist:
                continue
            if not self.decider.decides:
                self.decisions.append(TrialDecision(at, name, stand.exist, to))
                self.wanted[name] = to
            self.fleet.scale(name, reckoned(to))

    def _order(self, at: float) -> None:
        """Set the decided size after a delay, where no autoscaler carries it out."""
        if not self.decider.decides:
            return
        for name, lagging in self.laggings.items():
            to = lagging.due(at)
            if to is not None and name not in self.actings:
                self.fleet.scale(name, reckoned(to))

    def _note(self, at: float, stands: Mapping[str, Stand], loads: Sequence[LoadShare]) -> None:
        exist = {name: stand.exist for name, stand in stands.items()}
        serving = sum(stand.serving for stand in stands.values())
        self.meter.stand(at, sum(self.wanted.values()), sum(exist.values()), serving)
        starved = 2.0 if self.fleet.held and not loads else None
        span = min(TICK_S, self.recorded.until - at)
        self.meter.pass_time(span, self.recorded.settings_at(at), exist, loads, starved)


def _counts_nothing(alternative: Alternative) -> None:
    """Raise Impossible where an alternative reads metrics pages, which the simulated engines do not
    have."""
    scaler = alternative.scaler
    for metric in (scaler.triggers or scaler.metrics) if scaler is not None else ():
        for name in metric.names:
            family = family_of(name)
            if family is None or family.of == "pages":
                raise Impossible(f"{metric.name} asks for {name}, which only the open loop has")


def _rule(recorded: Recorded, alternative: Alternative) -> str:
    """The deciding rule; for the recording's own, the one of most of its cycles."""
    if alternative.rule != "own" or not recorded.rounds:
        return alternative.rule
    found = [round_.rule for round_ in recorded.rounds]
    rule = max(set(found), key=found.count)
    if rule not in ("v1", "v2"):
        raise Impossible("its cycles are model-based, which what-if does not model")
    return rule
