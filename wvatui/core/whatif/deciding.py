"""Who decides in an alternative, when, and on what: WVA's rule, or nobody but the autoscaler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from wvatui.core.rules.wva.releases import HEAD, at_least
from wvatui.core.rules.wva.thresholds import THRESHOLDS
from wvatui.core.whatif import rules
from wvatui.core.whatif.alternative import BOUNDS, Alternative
from wvatui.core.whatif.loads import LoadShare, peak_loads
from wvatui.core.whatif.recorded.cases import changed, v1_targets
from wvatui.core.whatif.recorded.recorded import (
    Counts,
    DecisionRound,
    Recorded,
    RecordedMember,
)
from wvatui.core.whatif.scaler.readings import RULES, Seen, held_names, holds, unmatched
from wvatui.core.whatif.scaler.scaler import Scaler, WatchedMetric
from wvatui.core.whatif.scaler.tuning import NoTuning
from wvatui.core.whatif.stands import Impossible, Stand

CYCLE_S = 30.0
"""Seconds between cycles of a rule that the recording has no cycles of (WVA v0.5.0 to v0.8.0)."""
MOST_CYCLES = 20_000
"""Most cycles, as many as in a week; in a longer recording they are further apart."""
PEAK_S = 60.0
"""Seconds over which the controller takes the highest value (WVA PromQL max_over_time(...[1m]))."""
Shared = Callable[[float, Sequence[LoadShare] | None], Sequence[LoadShare] | None]


@dataclass(frozen=True, slots=True)
class AutoscalerLook:
    """The result of one cycle. `targets` None: not modelled, or there are no inputs."""

    round: DecisionRound | None
    targets: Counts | None


@dataclass(slots=True)
class Decider:
    """Decides in an alternative. `decides` False: only an autoscaler or a fixed number, no rule."""

    recorded: Recorded
    alternative: Alternative
    times: Sequence[float] = ()
    decides: bool = True
    fixed: Mapping[str, int] = field(default_factory=dict)
    rounds: Mapping[float, DecisionRound] = field(default_factory=dict)
    memory: rules.RuleMemory = field(default_factory=rules.RuleMemory)
    notes: list[str] = field(default_factory=list)

    def own_scaler(self, member: RecordedMember) -> Scaler | None:
        """The recording's autoscaler of a variant, if it acts here: on the rule's decisions, or by
        itself without a rule. One that scales by the load would ignore a rule's decisions."""
        scaler = member.scaler
        if scaler is None or (self.decides and not scaler.controller):
            return None
        return scaler if self.decides or self.alternative.rule == "own" else None

    def look(
        self, at: float, stands: Mapping[str, Stand], shared: Shared, *, following: bool
    ) -> AutoscalerLook:
        """The rule's decision at `at`. While `following`, its inputs are the recorded ones."""
        round_ = self.rounds.get(at)
        rule = self.alternative.rule
        if rule == "own":
            rule = round_.rule if round_ is not None else ""
        inputs = self._inputs(at, round_, stands, shared, following)
        version = self.alternative.version or self.recorded.version or HEAD
        targets: dict[str, int] | None = None
        if rule == "v1" and round_ is not None and round_.rule == "v1" and round_.cases:
            targets = self._of_cases(round_, inputs, following)
        elif rule == "v1":
            targets = rules.v1(self.recorded, inputs, version)
        elif rule == "v2" and round_ is not None and round_.results:
            targets = rules.v2_of_results(self.recorded, round_, inputs, self.memory, version)
        elif rule == "v2":
            targets = rules.v2_of_loads(self.recorded, inputs, self.memory, version)
        if targets is not None:
            # A case may name a variant that was never seen otherwise, which nothing scales.
            targets = self._bounded({n: t for n, t in targets.items() if n in stands})
        return AutoscalerLook(round_, targets)

    def _of_cases(
        self, round_: DecisionRound, inputs: rules.Inputs, following: bool
    ) -> dict[str, int] | None:
        """V1's targets for the logged cycle, with the replicas of this counterfactual."""
        settings = inputs.settings if self.alternative.changes_thresholds else None
        version = self.alternative.version
        if following:
            return v1_targets(round_.cases, settings, version)
        if inputs.loads is None:
            return None
        cases = changed(round_.cases, inputs.loads, inputs.current, inputs.pending, inputs.desired)
        return v1_targets(cases, inputs.settings, version)

    def _bounded(self, targets: dict[str, int]) -> dict[str, int]:
        low, high = self.alternative.bound("minReplicas"), self.alternative.bound("maxReplicas")
        out = {}
        for name, target in targets.items():
            raised = target if low is None else max(low, target)
            out[name] = raised if high is None else min(high, raised)
        return out

    def _inputs(
        self,
        at: float,
        round_: DecisionRound | None,
        stands: Mapping[str, Stand],
        shared: Shared,
        following: bool,
    ) -> rules.Inputs:
        settings = self.alternative.settings(
            round_.settings if round_ is not None else self.recorded.settings_at(at)
        )
        low, high = self.alternative.bound("minReplicas"), self.alternative.bound("maxReplicas")
        if following and round_ is not None:
            loads = round_.loads if round_.loads is not None else self._peak(at, shared)
            return rules.Inputs(
                round_.current, round_.pending, round_.desired, loads, settings, low, high
            )
        given = round_.loads if round_ is not None else None
        remembers = bool(round_.desired) if round_ is not None else self.remembers()
        return rules.Inputs(
            {name: stand.exist for name, stand in stands.items()},
            {name: len(stand.booting) for name, stand in stands.items()},
            {name: stand.wanted for name, stand in stands.items()} if remembers else {},
            shared(at, given) if given is not None else self._peak(at, shared),
            settings,
            low,
            high,
        )

    def remembers(self) -> bool:
        """Whether the controller remembers desired replicas; at HEAD, annotated objects have no
        status to hold them."""
        return not at_least(self.alternative.version or self.recorded.version or HEAD, "v0.9")

    def _peak(self, at: float, shared: Shared) -> Sequence[LoadShare] | None:
        """The highest polled values of each replica within the last minute."""
        newest = shared(at, None)
        if newest is None:
            return None
        moments = self.recorded.moments_since(at - PEAK_S, at)
        return peak_loads(newest, (shared(at, moment.loads) or () for moment in moments))


def decider_of(recorded: Recorded, alternative: Alternative) -> Decider:
    """The Decider of an alternative. Raises Impossible."""
    if alternative.rule == "static":
        return Decider(recorded, alternative, decides=False, fixed=_fixed(recorded, alternative))
    if alternative.rule == "scaler":
        return _by_scaler(recorded, alternative)
    rounds = {round_.at: round_ for round_ in recorded.rounds}
    decider = Decider(recorded, alternative, rounds=rounds, times=sorted(rounds))
    if alternative.rule == "own":
        if not rounds:
            return _by_own_scalers(recorded, alternative)
        _thresholds_matter(recorded, alternative)
        return decider
    has_loads = any(moment.loads for moment in recorded.moments) or any(
        round_.loads for round_ in recorded.rounds
    )
    has_results = any(round_.results for round_ in recorded.rounds)
    if not has_loads and not (alternative.rule == "v2" and has_results):
        raise Impossible(
            f"the {alternative.rule} rule needs KV and queue of each replica, which this log "
            "does not carry"
        )
    if not rounds:
        span_s = recorded.until - recorded.since
        cycle_s = max(CYCLE_S, span_s / MOST_CYCLES)
        decider.times = [recorded.since + cycle_s * n for n in range(int(span_s // cycle_s) + 1)]
        decider.notes.append(f"no cycles of a controller are recorded: one every {cycle_s:.0f} s")
    if alternative.rule == "v2" and not has_results and not recorded.kv_tokens:
        decider.notes.append("cache sizes are not recorded: V2 counts in parts of a cache")
    _thresholds_matter(recorded, alternative)
    return decider


def _fixed(recorded: Recorded, alternative: Alternative) -> dict[str, int]:
    """The fixed number of replicas, given to the cheapest variant; the others have 0."""
    if any(member.role in ("prefill", "decode") for member in recorded.members):
        raise Impossible("prefill and decode replicas cannot be made of one number")
    cheapest = min(recorded.members, key=lambda m: (m.cost is None, m.cost or 0.0, m.name))
    return {
        member.name: (alternative.replicas or 0) if member is cheapest else 0
        for member in recorded.members
    }


def _by_scaler(recorded: Recorded, alternative: Alternative) -> Decider:
    scaler = alternative.scaler
    if scaler is None:
        raise Impossible("no autoscaler is given")
    if not any(moment.loads for moment in recorded.moments):
        raise Impossible(
            "an autoscaler that goes by the load needs KV and queue of each replica, which this "
            "log does not carry"
        )
    _held(recorded, scaler)
    decider = Decider(recorded, alternative, decides=False, notes=list(scaler.notes))
    names = {name for metric in _watched(scaler) for name in metric.names}
    if names & RULES.queries.keys():
        decider.notes.append(
            "epp:saturation is worked out of the engines' own latencies as recorded, taken to go "
            "with the load that a replica carries"
        )
    for metric in _watched(scaler):
        decider.notes += [
            f"{metric.name}: {matcher} goes with nothing in this recording"
            for matcher in unmatched(metric.matchers, _pods(recorded))
        ]
    targets = {member.target_name or member.name for member in recorded.members}
    if scaler.target_name and scaler.target_name not in targets:
        decider.notes.append(
            f"made for {scaler.target_name}: applied to {', '.join(recorded.names)}"
        )
    return decider


def _by_own_scalers(recorded: Recorded, alternative: Alternative) -> Decider:
    """The Decider without a controller, where the recording's HPAs or ScaledObjects act alone."""
    scalers = [member.scaler for member in recorded.members]
    changed = alternative.tunings or any(name in BOUNDS for name, _ in alternative.changes)
    if alternative.scaler is not None or not changed:
        raise Impossible("the recording has no cycles of a controller: name a rule")
    if not any(scalers):
        raise Impossible(
            "the recording has neither cycles of a controller nor what its autoscaler reads: name a"
            " rule, or give the manifest (--hpa FILE, --scaledobject FILE)"
        )
    if alternative.changes_thresholds:
        raise Impossible("the recording has no controller whose thresholds could differ")
    for scaler in scalers:
        if scaler is None:
            raise Impossible("a variant's autoscaler goes by what the recording does not hold")
        _held(recorded, scaler)
        try:
            alternative.acting(scaler)
        except NoTuning as error:
            raise Impossible(str(error)) from None
    return Decider(recorded, alternative, decides=False)


def _pods(recorded: Recorded) -> set[str]:
    """Every name of a pod, and of an endpoint of the gateway."""
    names = {load.pod for moment in recorded.moments for load in moment.loads or ()}
    for moment in recorded.gateway:
        for value in (moment.tells or {}).values():
            names |= value.keys() if isinstance(value, Mapping) else set()
    return names


def _watched(scaler: Scaler) -> Sequence[WatchedMetric]:
    return scaler.triggers or scaler.metrics


def _held(recorded: Recorded, scaler: Scaler) -> None:
    """Check that the recording has everything that the autoscaler reads. Raises Impossible."""
    gateway = [moment.tells for moment in recorded.gateway if moment.tells]
    loads = next((moment.loads for moment in recorded.moments if moment.loads), ())
    pool = gateway[-1] if gateway else {}
    seen = Seen(loads, len(loads), pool=pool, pages=recorded.pages)
    for metric in _watched(scaler):
        for name in metric.names:
            if not holds(seen, name):
                raise Impossible(
                    f"{metric.name} asks for {name}, which this recording does not hold; it holds "
                    f"{', '.join(held_names(seen))}"
                )


_V1_ONLY = tuple(
    threshold.key for threshold in THRESHOLDS if threshold.name in ("kv_trigger", "queue_trigger")
)
_V2_ONLY = tuple(threshold.key for threshold in THRESHOLDS if threshold.rule == "V2")
_CAPACITY = tuple(threshold.key for threshold in THRESHOLDS if threshold.name in ("kv", "queue"))


def _thresholds_matter(recorded: Recorded, alternative: Alternative) -> None:
    """Check that the rule uses all changed thresholds. Raises Impossible if it does not."""
    used = {alternative.rule} if alternative.rule != "own" else {r.rule for r in recorded.rounds}
    if alternative.changes and used == {"model"}:
        raise Impossible("its cycles are model-based, which what-if does not model: name a rule")
    has_loads = any(m.loads for m in recorded.moments) or any(r.loads for r in recorded.rounds)
    if alternative.changes_thresholds and "v1" in used and not has_loads:
        raise Impossible(
            "the V1 rule needs KV and queue of each replica, which this log does not carry"
        )
    results = any(round_.results for round_ in recorded.rounds)
    for name, _ in alternative.changes:
        if name in _V1_ONLY and "v1" not in used:
            raise Impossible(f"{name} belongs to the V1 rule, which does not decide here")
        if name in _V2_ONLY and "v2" not in used:
            raise Impossible(f"{name} belongs to the V2 rule, which does not decide here")
        if name in _CAPACITY and used == {"v2"} and results:
            raise Impossible(
                f"{name} changes the capacity of a replica, of which this log has only the result"
            )
