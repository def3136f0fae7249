"""The load of a run from inference-perf's own file: stages, each starting after the last one was
answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wvatui.core.queries.pods.demand import DemandStretch
from wvatui.engine.fleet import Fleet
from wvatui.errors import UsageError
from wvatui.sim.loadgen.flags import document

PAUSE_S = 3.0
"""Seconds from the last answer of a stage to the next stage: inference-perf's interval of 1 s, and
its delay to notice the end and to start."""
PIECE_S = 10.0
"""A stage is offered in pieces of this many seconds, each with its own share of repeated
prompts."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the load: requests/s and seconds."""

    rate: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class LoadFile:
    """The content of inference-perf's file. Lengths: mean tokens, and the share by which they
    vary."""

    stages: tuple[Stage, ...]
    prompt: tuple[float, float]
    output: tuple[float, float]


def load_file(path: Path) -> LoadFile:
    """The load in a file. Raises UsageError for a file without stages or lengths, OSError where
    there is none."""
    config = document(path.read_bytes())
    data = config.get("data") or {}
    stages = tuple(
        Stage(float(stage["rate"]), float(stage["duration"]))
        for stage in (config.get("load") or {}).get("stages") or []
        if stage.get("rate") and stage.get("duration")
    )
    prompt, output = data.get("input_distribution"), data.get("output_distribution")
    if not stages or not prompt or not output:
        raise UsageError(f"{path}: no stages with rate and duration, or no lengths of requests")
    return LoadFile(stages, _spread(prompt), _spread(output))


def _spread(of: dict[str, Any]) -> tuple[float, float]:
    mean = float(of.get("mean") or (float(of.get("min", 0)) + float(of.get("max", 0))) / 2)
    return mean, float(of.get("std_dev") or 0.0) / mean


class StagedLoad:
    """Offers the stages to a fleet: one at its rate, the next once everything was answered."""

    def __init__(self, fleet: Fleet, load: LoadFile, demand: Sequence[DemandStretch]) -> None:
        """`demand`: the arrivals according to the pages. They give the start of the first stage,
        and the share of repeated prompts, which is in no file as it depends on the random numbers
        of the tool's workers."""
        self._fleet, self._load, self._demand = fleet, load, demand
        self._left = list(load.stages)
        self._ends = 0.0
        self._begins = self._first()

    def _first(self) -> float:
        """When the first stage began, UTC epoch seconds: as long before the end of the first
        stretch with requests as sending them takes."""
        busy = next((stretch for stretch in self._demand if stretch.rate > 0), None)
        if busy is None:
            raise UsageError("nothing arrived in the whole recording")
        came = busy.rate * (busy.until - busy.since)
        return max(busy.since, busy.until - came / self._load.stages[0].rate)

    def advance(self, to: float) -> None:
        """Let the fleet work up to `to`, offering the stages that begin until then."""
        fleet = self._fleet
        while fleet.now < to:
            if fleet.now < self._ends or fleet.accepted > fleet.finished:
                fleet.advance(min(to, max(self._ends, fleet.now + 1.0)))
                self._begins = fleet.now + PAUSE_S
            elif self._left and self._begins < to:
                self._ends = self._offer(self._begins, self._left.pop(0))
            else:
                fleet.advance(to)

    def _offer(self, begins: float, stage: Stage) -> float:
        ends, at = begins + stage.duration_s, begins
        (prompt, prompt_spread), (output, output_spread) = self._load.prompt, self._load.output
        pieces = []
        while at < ends:
            until = min(ends, at + PIECE_S)
            pieces.append(
                DemandStretch(
                    at,
                    until,
                    stage.rate,
                    prompt,
                    output,
                    self._repeated((at + until) / 2),
                    prompt_spread,
                    output_spread,
                )
            )
            at = until
        self._fleet.offer(pieces)
        return ends

    def _repeated(self, at: float) -> float:
        return next((s.repeated for s in self._demand if s.since <= at < s.until), 0.0)
