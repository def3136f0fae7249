"""The queue behind WVA's model-based optimiser: how latency follows from the rate of requests.

A replica is a queue whose service rate depends on the number n of requests in it (an M/M/1 queue
with at most `batch` in service and ten times as many waiting):

    prefill(n) = gamma + delta × prompt × n          decode(n) = alpha + beta × n
    mu(n)      = n / (prefill(n) + (answer − 1) × decode(n))

All times are ms and rates requests per ms inside, per minute outside. (WVA v0.4.2
pkg/analyzer/queueanalyzer.go; checked against every solution that the recorded logs print.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

MINUTE_MS = 60_000.0
QUEUE_TO_BATCH = 10
"""Requests that may wait for each that may be served (config.MaxQueueToBatchRatio)."""
EDGE = 0.001
"""How far inside its limits the rate is kept."""
TOLERANCE = 1e-6
MOST_AT_ONCE = 10_000
"""Most requests that a replica serves at once; engines are usually set to hundreds."""
ROUNDS = 100


class Parameters(NamedTuple):
    """The parameters of an engine's speed, in ms."""

    alpha: float
    """ITL of a single request."""
    beta: float
    """Additional ITL for each request in the batch."""
    gamma: float
    """TTFT of a single request."""
    delta: float
    """Additional TTFT for each prompt token of each request in the batch."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A replica in equilibrium at some rate."""

    rate_per_min: float
    """Requests that it serves per minute."""
    ttft_ms: float
    itl_ms: float
    rho: float
    """Share of the batch that is in use, 0 to 1."""


class Queue:
    """One replica's queue for requests of one mean size.

    Raises ValueError, worded for the user, for parameters that give no service time.
    """

    def __init__(self, parameters: Parameters, prompt: float, answer: float, batch: int) -> None:
        """`prompt` and `answer` in mean tokens; `batch`: requests that are served at once."""
        if not 1 <= batch <= MOST_AT_ONCE or answer < 1:
            raise ValueError(
                f"a batch of 1 to {MOST_AT_ONCE:,} and answers of at least 1 token are needed"
            )
        self._p, self._prompt, self._steps = parameters, prompt, answer - 1
        self._batch = batch
        times = [self._prefill(n) + self._steps * self._decode(n) for n in range(1, batch + 1)]
        if min(times) <= 0:
            raise ValueError("the service time must be above 0")
        self._rates = [n / time for n, time in enumerate(times, 1)]

    @property
    def least_per_min(self) -> float:
        """The lowest rate that is considered."""
        return self._rates[0] * EDGE * MINUTE_MS

    @property
    def most_per_min(self) -> float:
        """The highest rate that it sustains."""
        return self._rates[-1] * (1 - EDGE) * MINUTE_MS

    def at(self, rate_per_min: float) -> Steady:
        """The replica's equilibrium at this arrival rate (QueueAnalyzer.Analyze)."""
        arriving = rate_per_min / MINUTE_MS
        served, inside, serving = self._solve(arriving)
        service = serving / served
        waiting = inside / served - service
        together = self._together(service)
        return Steady(
            served * MINUTE_MS,
            waiting + self._prefill(together),
            self._decode(together),
            min(max(serving / self._batch, 0.0), 1.0),
        )

    def within(self, ttft_ms: float, itl_ms: float) -> Steady | None:
        """The replica's equilibrium at the highest rate that keeps both limits; 0 means no limit.

        None: not even a single request keeps them (QueueAnalyzer.Size).
        """
        highest = self.most_per_min
        for limit, value in ((ttft_ms, self._ttft), (itl_ms, self._itl)):
            if limit > 0:
                rate = self._search(limit, value)
                if rate is None:
                    return None
                highest = min(highest, rate)
        return self.at(highest)

    def _ttft(self, rate_per_min: float) -> float:
        return self.at(rate_per_min).ttft_ms

    def _itl(self, rate_per_min: float) -> float:
        return self.at(rate_per_min).itl_ms

    def _search(self, limit: float, value: Callable[[float], float]) -> float | None:
        low, high = self.least_per_min, self.most_per_min
        at_low, at_high = value(low), value(high)
        if _close(at_low, limit):
            return low
        if at_low > limit:
            return None
        if at_high <= limit:
            return high
        middle = low
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            there = value(middle)
            if _close(there, limit):
                break
            low, high = (middle, high) if there < limit else (low, middle)
        return middle

    def _solve(self, arriving: float) -> tuple[float, float, float]:
        """(served per ms, mean inside, mean in service). The wait beyond the batch is a
        geometric series, summed at once."""
        weight = total = 1.0
        inside = 0.0
        for n, rate in enumerate(self._rates, 1):
            weight *= arriving / rate
            total += weight
            inside += n * weight
            if total > 1e200:
                weight, total, inside = weight / 1e200, total / 1e200, inside / 1e200
        ratio = arriving / self._rates[-1]
        serving, length = inside, QUEUE_TO_BATCH * self._batch
        some, counted = _series(ratio, length)
        total += weight * some
        inside += weight * (self._batch * some + counted)
        serving += weight * self._batch * some
        last = weight * ratio**length
        return arriving * (1 - last / total), inside / total, serving / total

    def _together(self, service_ms: float) -> float:
        """Requests served together at which a service takes `service_ms`."""
        p = self._p
        more = p.delta * self._prompt + p.beta * self._steps
        alone = p.gamma + p.alpha * self._steps
        if more <= 0:
            return 0.0
        return min(max((service_ms - alone) / more, 0.0), float(self._batch))

    def _prefill(self, n: float) -> float:
        return self._p.gamma + self._p.delta * self._prompt * n if self._prompt > 0 else 0.0

    def _decode(self, n: float) -> float:
        return self._p.alpha + self._p.beta * n


def _series(ratio: float, length: int) -> tuple[float, float]:
    """Sums of ratio^j and of j × ratio^j for j from 1 to `length`."""
    if abs(1 - ratio) < 1e-9:
        return float(length), length * (length + 1) / 2
    power = ratio**length
    if power == inf:
        raise ValueError("the queue has no equilibrium")
    plain = ratio * (1 - power) / (1 - ratio)
    counted = ratio * (1 - (length + 1) * power + length * power * ratio) / (1 - ratio) ** 2
    return plain, counted


def _close(value: float, limit: float) -> bool:
    return abs(value - limit) <= TOLERANCE * abs(limit)
