"""Arriving requests: a rate that follows a shape, Poisson arrivals, lengths that vary."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from wvatui.engine.timeline import Timeline


@dataclass(frozen=True, slots=True)
class TrafficStage:
    """A constant rate from `start_s` after the beginning, or a ramp to that rate over `ramp_s`;
    requests per second."""

    start_s: float
    rate_per_s: float
    ramp_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TrafficShape:
    """Stages in order, repeated every `period_s`; and the lengths of requests, in tokens."""

    stages: tuple[TrafficStage, ...]
    period_s: float = 3600.0
    prompt_mean: float = 700.0
    output_mean: float = 330.0
    spread: float = 0.5
    """Standard deviation of the logarithm of the lengths."""
    shared: int = 64
    """Tokens of the system prompt with which all requests begin."""

    def rate(self, since_s: float) -> float:
        """Requests per second, `since_s` seconds after the beginning."""
        at = since_s % self.period_s
        before = 0.0
        rate = 0.0
        for stage in self.stages:
            if at < stage.start_s:
                break
            before, rate = rate, stage.rate_per_s
            if stage.ramp_s and at < stage.start_s + stage.ramp_s:
                part = (at - stage.start_s) / stage.ramp_s
                rate = before + (stage.rate_per_s - before) * part
        return rate

    @property
    def peak(self) -> float:
        """The highest rate, requests per second."""
        return max((stage.rate_per_s for stage in self.stages), default=0.0)


Send = Callable[[int, int, int], object]
"""(prompt tokens, output tokens, shared prompt tokens)."""


class Traffic:
    """Sends requests by a shape. Arrivals are a Poisson process, thinned to the current rate."""

    def __init__(
        self, timeline: Timeline, shape: TrafficShape, rng: random.Random, send: Send
    ) -> None:
        self.sent = 0
        self._timeline = timeline
        self._shape = shape
        self._rng = rng
        self._send = send
        self._begun = timeline.now
        if shape.peak > 0:
            self._next()

    def _next(self) -> None:
        self._timeline.call_after(self._rng.expovariate(self._shape.peak), self._arrive)

    def _arrive(self) -> None:
        now = self._timeline.now - self._begun
        if self._rng.random() * self._shape.peak < self._shape.rate(now):
            self.sent += 1
            shape = self._shape
            self._send(
                self._length(shape.prompt_mean), self._length(shape.output_mean), shape.shared
            )
        self._next()

    def _length(self, mean: float) -> int:
        sigma = self._shape.spread
        # The mean of a lognormal is exp(mu + sigma²/2).
        factor = self._rng.lognormvariate(-sigma * sigma / 2, sigma)
        return max(1, min(16_000, round(mean * factor)))
