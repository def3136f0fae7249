"""The data of a run in the form of the older experiments' notebooks.

The quantities are the same, the samples more accurate: samples without a pod are dropped, a value
logged several times in one cycle counts once, and an unmeasured value is None instead of zero.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from wvatui.analysis.runs.run import Run
from wvatui.analysis.summary import latency_targets
from wvatui.core.log import facts as fc
from wvatui.core.queries.pods.polled import timed_rounds
from wvatui.core.queries.scaling.predictions import (
    PredictionPair,
    observations,
    pairs_of,
    predictions,
)
from wvatui.core.rows.cycle_rows import all_cycles
from wvatui.core.state.history import HistoryPoint
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import Measured, Predicted
from wvatui.export.seed import SeedRow, analysis_rows, decision_rows, seed_mode, target_rows

MODEL = "model-based"
LOG = "the controller's log"
Row = tuple[float, SeedRow]
"""(UTC epoch seconds, values by column)."""


class TimedSample(NamedTuple):
    """One value of one pod at one time, UTC epoch seconds."""

    at: float
    pod: str
    value: float


class SampleRound(NamedTuple):
    """The values of all pods that were sampled together, by pod."""

    at: float
    values: Mapping[str, float]

    @property
    def mean(self) -> float:
        return sum(self.values.values()) / len(self.values)

    @property
    def most(self) -> float:
        return max(self.values.values())

    @property
    def least(self) -> float:
        return min(self.values.values())

    @property
    def total(self) -> float:
        return sum(self.values.values())


class TunerStep(NamedTuple):
    """The tuner's estimate of the performance model at one time."""

    at: float
    tuner: fc.Tuner


@dataclass(frozen=True)
class Told:
    """One run as a notebook reads it."""

    run: Run

    @cached_property
    def mode(self) -> str:
        """`model-based`, `capacity-based` or `hpa`: selects the notebook."""
        return seed_mode(self.run.state)

    @property
    def is_of_controller(self) -> bool:
        """Whether the plots' data comes from a controller's log, as those of v0.4 contain it."""
        state = self.run.state
        return bool(self.analyses or state.predicted or state.measured or state.log_kv)

    @cached_property
    def kv(self) -> tuple[TimedSample, ...]:
        """KV cache of each pod, ratio, ascending in time."""
        return self._samples(self.run.state.log_kv, "kv")

    @cached_property
    def queue(self) -> tuple[TimedSample, ...]:
        """Waiting requests of each pod, ascending in time."""
        return self._samples(self.run.state.log_waiting, "waiting")

    def _samples(
        self, logged: Mapping[str, Ring[HistoryPoint]], name: str
    ) -> tuple[TimedSample, ...]:
        """Samples from the controller's log; where it has none, from polls."""
        samples = [
            TimedSample(point.at, pod, point.value)
            for pod, ring in logged.items()
            for point in ring
        ]
        if self.sampled_by != LOG:
            samples = [
                TimedSample(look.at, pod, value)
                for pod, looks in self.run.looks.items()
                for look in looks
                if (value := getattr(look, name)) is not None
            ]
        # Pods of one round keep the order in which they were first seen.
        return tuple(sorted(samples, key=lambda sample: sample.at))

    @cached_property
    def sampled_by(self) -> str:
        """The source of the pods' samples, in words."""
        state = self.run.state
        if state.log_kv or state.log_waiting:
            return LOG
        looks = (look for own in self.run.looks.values() for look in own)
        polled = any(look.kv is not None or look.waiting is not None for look in looks)
        return "polls" if polled else ""

    @cached_property
    def kv_rounds(self) -> tuple[SampleRound, ...]:
        return self._rounds(self.kv)

    @cached_property
    def queue_rounds(self) -> tuple[SampleRound, ...]:
        return self._rounds(self.queue)

    def _rounds(self, samples: Sequence[TimedSample]) -> tuple[SampleRound, ...]:
        """Rounds of samples: by time stamp in the log, as in the notebooks; by polling round
        otherwise."""
        state = self.run.state
        if state.log_kv or state.log_waiting:
            stamped = groupby(samples, key=lambda sample: sample.at)
            # A controller that reconciles twice at the same time logs every value twice.
            return tuple(
                SampleRound(at, {s.pod: s.value for s in together}) for at, together in stamped
            )
        polled = timed_rounds(samples, self.run.round_s)
        return tuple(SampleRound(at, values) for at, values in polled)

    @cached_property
    def analyses(self) -> tuple[Row, ...]:
        return _in_time(analysis_rows(self.run.state))

    @cached_property
    def decisions(self) -> tuple[Row, ...]:
        return _in_time(decision_rows(self.run.state))

    @cached_property
    def targets(self) -> tuple[Row, ...]:
        """Latency targets in the log, each time they change."""
        return _in_time(target_rows(self.run.state))

    @cached_property
    def predicted(self) -> tuple[Predicted, ...]:
        state = self.run.state
        rows = [row for variant in state.predicted for row in predictions(state, variant)]
        return tuple(sorted(rows, key=lambda row: row.at))

    @cached_property
    def observed(self) -> tuple[Measured, ...]:
        """One observation per cycle and variant with an ITL."""
        state = self.run.state
        rows = [row for variant in state.measured for row in observations(state, variant)]
        return tuple(sorted(rows, key=lambda row: row.at))

    @cached_property
    def pairs(self) -> tuple[PredictionPair, ...]:
        """Predictions with the observations that followed, ascending in time of the observation."""
        state = self.run.state
        pairs = [pair for variant in state.predicted for pair in pairs_of(state, variant)]
        return tuple(sorted(pairs, key=lambda pair: pair[1].at))

    @cached_property
    def slo(self) -> tuple[float | None, float | None]:
        """(ITL, TTFT) targets in milliseconds; None: unknown."""
        return latency_targets(self.run.state)

    @cached_property
    def tuner(self) -> tuple[TunerStep, ...]:
        """Each step of the tuner, at the time of its cycle."""
        return tuple(
            TunerStep(cycle.at, fact)
            for cycle in all_cycles(self.run.state)
            if not cycle.context
            for fact in cycle.facts
            if isinstance(fact, fc.Tuner)
        )

    @cached_property
    def since(self) -> float:
        """When the notebook of this mode starts counting minutes, UTC epoch seconds: at its first
        row of any kind."""
        known = [row.at for row in self.observed[:1]]
        if self.mode == MODEL:
            known += [row.at for row in self.predicted[:1]]
        else:
            known += [row.at for row in (*self.kv[:1], *self.queue[:1])]
        known += [at for at, _ in (*self.analyses[:1], *self.decisions[:1])]
        return min(known, default=self.run.state.first_at)

    def minutes(self, at: float) -> float:
        """Minutes from `since` until `at`, exact to a microsecond of time."""
        return round(at - self.since, 6) / 60

    @cached_property
    def actions(self) -> Counter[str]:
        """Number of decisions by action."""
        return Counter(str(row["action"]) for _, row in self.decisions)

    @property
    def dropped(self) -> int:
        """Samples and decisions of the beginning that are not kept any more."""
        state = self.run.state
        rings: list[Ring[Any]] = [state.decided]
        for kept in (state.log_kv, state.log_waiting, state.measured, state.predicted):
            rings += kept.values()
        return sum(ring.total - len(ring) for ring in (*rings, *state.analysed.values()))


def _in_time(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: row[0]))


def stamp(at: float) -> str:
    """A time in the notebooks' format: 2025-11-28 19:47:45.601000+00:00."""
    moment = datetime.fromtimestamp(round(at, 6), UTC)
    return moment.isoformat(sep=" ", timespec="microseconds")


def latencies(told: Told, name: str) -> Iterator[float]:
    """Observations of `ttft_ms`, `itl_ms` or `arrival_per_min`.

    The releases that log them print 0 where nothing was served, so a 0 is skipped.
    """
    for row in told.observed:
        value = getattr(row.metrics, name)
        if value:
            yield value
