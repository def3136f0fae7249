"""A small reference implementation of the counts of a controller log, from its parsed lines.

The fold is compared with it. Each number is counted from these facts:

    lines        lines that are not blank
    nonjson      klog and stack lines (`foreign`)
    mode         Mode facts, distinct, sorted
    reconciles   CycleEnd facts
    raw_dec      Decision facts with stage "processing"; in v0.9 logs they equal "decided"
    cycles       those, coalesced per variant: within 2 s of the entry's first line it is one
                 entry, with the time of its first line and the values of its last
    caps, cap_ts SaturationV1 and saturation AnalyzerResult facts; distinct times among them
    preds        Prediction facts
    nis          Tuner facts with accepted False
    errs, warn   known or unknown lines of level ERROR, WARN (not continuations)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import mean, stdev

from wvatui.core.lines import decode, split
from wvatui.core.log import facts as fc
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.parser import foreign, parse

COALESCE_S = 2.0


def read(path: Path) -> list[ParsedLine]:
    """All lines of a log file, parsed."""
    lines, rest = split(path.read_bytes())
    return [parse(decode(raw)[0]) for raw in ([*lines, rest] if rest else lines)]


@dataclass
class Entry:
    """One coalesced decision."""

    at: float
    variant: str
    action: str | None
    current: int | None
    target: int | None


@dataclass
class Counted:
    """The numbers of `golden.psv`, and the facts that they are counted from."""

    lines: int = 0
    nonjson: int = 0
    unknown: int = 0
    modes: set[str] = field(default_factory=set)
    reconciles: int = 0
    raw_dec: int = 0
    entries: list[Entry] = field(default_factory=list)
    pods: set[str] = field(default_factory=set)
    kv: list[float] = field(default_factory=list)
    queue: list[int] = field(default_factory=list)
    analyses: list[float | None] = field(default_factory=list)
    measured: list[tuple[float, fc.VariantMetrics]] = field(default_factory=list)
    predictions: list[tuple[float, fc.Prediction]] = field(default_factory=list)
    slos: list[fc.Slo] = field(default_factory=list)
    nis: int = 0
    errs: int = 0
    warn: int = 0

    def feed(self, line: ParsedLine) -> None:
        if line.kind == "blank":
            return
        self.lines += 1
        self.nonjson += foreign(line)
        self.unknown += line.kind == "unknown"
        if line.kind != "continuation":
            self.errs += line.level == "ERROR"
            self.warn += line.level == "WARN"
        for fact in line.facts:
            self._fact(line.at or 0.0, fact)

    def _fact(self, at: float, fact: fc.Fact) -> None:
        if isinstance(fact, fc.Mode):
            self.modes.add(fact.mode)
        elif isinstance(fact, fc.CycleEnd):
            self.reconciles += 1
        elif isinstance(fact, fc.PodKv):
            self.pods.add(fact.pod)
            self.kv.append(fact.kv_ratio)
        elif isinstance(fact, fc.PodQueue):
            self.queue.append(fact.waiting)
        elif isinstance(fact, fc.SaturationV1):
            self.analyses.append(at)
        elif isinstance(fact, fc.VariantMetrics):
            self.measured.append((at, fact))
        elif isinstance(fact, fc.Prediction):
            self.predictions.append((at, fact))
        elif isinstance(fact, fc.Slo):
            self.slos.append(fact)
        elif isinstance(fact, fc.Tuner):
            self.nis += fact.accepted is False
        elif isinstance(fact, fc.LoggedDecision) and fact.stage == "processing":
            self.raw_dec += 1
            self._decision(at, fact)

    def _decision(self, at: float, fact: fc.LoggedDecision) -> None:
        for entry in reversed(self.entries):
            if entry.variant == fact.variant:
                if at - entry.at < COALESCE_S:
                    entry.action, entry.current = fact.action, fact.current
                    entry.target = fact.target
                    return
                break
        self.entries.append(Entry(at, fact.variant, fact.action, fact.current, fact.target))

    def changes(self) -> list[Entry]:
        """The coalesced decisions that change the number of replicas."""
        return [entry for entry in self.entries if entry.action in ("scale-up", "scale-down")]

    def target_changes(self) -> int:
        return sum(a.target != b.target for a, b in pairwise(self.entries))

    def replica_seconds(self) -> float:
        return sum((a.current or 0) * (b.at - a.at) for a, b in pairwise(self.entries))

    def span(self) -> float:
        return self.entries[-1].at - self.entries[0].at if self.entries else 0.0


def count(lines: Iterable[ParsedLine]) -> Counted:
    counted = Counted()
    for line in lines:
        counted.feed(line)
    return counted


def highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


@dataclass
class Pair:
    """A prediction and the first observation after it."""

    predicted_at: float
    observed_at: float
    prediction: fc.Prediction
    observation: fc.VariantMetrics

    @property
    def itl_error(self) -> float:
        return (self.observation.itl_ms or 0.0) - (self.prediction.itl_ms or 0.0)

    @property
    def ttft_error(self) -> float:
        return (self.observation.ttft_ms or 0.0) - (self.prediction.ttft_ms or 0.0)


def pairs(counted: Counted) -> list[Pair]:
    """Each prediction with the first observation after it. Of several observations within a second
    the last counts; of several predictions with the same observation, the nearest."""
    predictions = {int(at): (at, fact) for at, fact in counted.predictions}
    observations = {int(at): (at, fact) for at, fact in counted.measured}
    ordered = [observations[second] for second in sorted(observations)]
    best: dict[float, Pair] = {}
    for second in sorted(predictions):
        at, prediction = predictions[second]
        later = next(((seen, fact) for seen, fact in ordered if seen > at), None)
        if later is None:
            continue
        seen, fact = later
        before = best.get(seen)
        if before is None or seen - at < seen - before.predicted_at:
            best[seen] = Pair(at, seen, prediction, fact)
    return [best[at] for at in sorted(best)]


def spread(values: list[float]) -> tuple[float, float, float]:
    """(mean, mean of absolute values, sample standard deviation) of `values`."""
    return mean(values), mean(map(abs, values)), stdev(values)
