"""What a load tool measured, in one form for all tools. Missing is None, never 0."""

import msgspec


class Spread(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A distribution, as far as the report gives it."""

    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__struct_fields__)


NOTHING = Spread()
"""Not measured."""


class Benchmark(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """One benchmark: one strategy or stage of one report. Times are UTC epoch seconds.

    Latencies are those of the requests that succeeded, as the client saw them.
    """

    strategy: str = ""
    """synchronous, throughput, concurrent, constant, poisson, …; empty: not known."""
    stage: str = ""
    """What distinguishes it from others in its report: "constant 2", "stage 1"."""
    rate: float | None = None
    """Requests per second to offer, as configured."""
    limit: float | None = None
    """Most requests in flight (concurrency), as configured."""
    since: float | None = None
    until: float | None = None
    duration_s: float | None = None
    ok: int | None = None
    failed: int | None = None
    incomplete: int | None = None
    requests_per_s: float | None = None
    concurrency: float | None = None
    """Mean number of requests in flight, of those that succeeded."""
    concurrency_max: float | None = None
    input_tokens: float | None = None
    """Tokens of all prompts."""
    output_tokens: float | None = None
    prompt_tokens: float | None = None
    """Tokens of one prompt, mean."""
    answer_tokens: float | None = None
    """Tokens of one answer, mean."""
    output_tokens_per_s: float | None = None
    tokens_per_s: float | None = None
    ttft_ms: Spread = NOTHING
    itl_ms: Spread = NOTHING
    tpot_ms: Spread = NOTHING
    latency_ms: Spread = NOTHING
    """Whole requests."""

    @property
    def in_flight(self) -> float | None:
        """Mean number of requests in flight, of those that succeeded: as reported, else by Little's
        law (J. D. C. Little, 1961): answered requests per second times their mean duration."""
        if self.ok == 0:
            return None
        if self.concurrency is not None:
            return self.concurrency
        rate, latency_ms = self.requests_per_s, self.latency_ms.mean
        return None if rate is None or latency_ms is None else rate * latency_ms / 1000.0


OFF = 0.1
"""Share by which a rate may differ from count / duration: tools leave out warm-up and ends."""


def contradiction(benchmark: Benchmark) -> str:
    """The contradiction, in words, where the rate fits no count of requests over the duration; else
    empty.

    Tools count answered requests, answered and failed ones, or all that were started.
    """
    ok, length_s, rate = benchmark.ok, benchmark.duration_s, benchmark.requests_per_s
    if not ok or not length_s or rate is None:
        return ""
    counts = [ok, ok + (benchmark.failed or 0)]
    counts.append(counts[-1] + (benchmark.incomplete or 0))
    if any(abs(rate * length_s - count) <= OFF * count for count in counts):
        return ""
    name = f"{benchmark.stage}: " if benchmark.stage else ""
    return (
        f"{name}it says {rate:.4g} requests/s, but {ok} answered in {length_s:.4g} s are "
        f"{ok / length_s:.4g}"
    )


class Report(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """A whole report. `problems`: what could not be read, in words."""

    tool: str = ""
    dialect: str = ""
    version: str = ""
    """The tool's version; empty where the report does not state it."""
    model: str = ""
    target: str = ""
    benchmarks: tuple[Benchmark, ...] = ()
    problems: tuple[str, ...] = ()
