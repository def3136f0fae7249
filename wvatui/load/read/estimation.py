"""Estimates alpha, beta, gamma and delta from two benchmarks, with warnings where they are
doubtful."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wvatui.core.lines import decimals, many
from wvatui.core.results import Benchmark, Report
from wvatui.core.rules.wva.model.perf import NOT_USED_BY, USED_BY, LinearFit, itl_line, ttft_line

BATCH_SIZE = 64.0
"""Assumed where neither the report nor the caller gives the number of requests in flight."""
PROMPT_TOKENS = 128
OUTPUT_TOKENS = 128
"""The older scripts' default for both runs."""
REACHED = 0.95
"""Share of the batch size that must be in flight on average to count as reached."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The parameters from two runs. None: could not be estimated; `warnings` say why."""

    synchronous: Benchmark
    throughput: Benchmark
    batch_size: float
    batch_by: str
    """Where the batch size comes from: given, report, little (by Little's law) or assumed."""
    itl: LinearFit | None = None
    """alpha and beta."""
    ttft: LinearFit | None = None
    """gamma and delta."""
    reached: float | None = None
    """Mean requests in flight in the throughput run."""
    itl_reached: LinearFit | None = None
    """alpha and beta computed with `reached` as the batch size, where another one was given."""
    warnings: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)


def choose(first: Report, second: Report | None = None) -> tuple[Benchmark, Benchmark]:
    """The synchronous and the throughput benchmark of two reports, or of one sweep.

    Raises ValueError with a message for the user.
    """
    if second is None:
        return (
            _strategy(first, "synchronous", "the report"),
            _strategy(first, "throughput", "the report"),
        )
    for report, name in ((first, "first"), (second, "second")):
        if not report.benchmarks:
            raise ValueError(f"the {name} report holds no benchmark")
    pair = _only(first, "synchronous"), _only(second, "throughput")
    if pair[0].strategy == "throughput" and pair[1].strategy == "synchronous":
        raise ValueError(
            "the first report is of the throughput run and the second of the synchronous one: "
            "give them in the other order"
        )
    return pair


def _strategy(report: Report, wanted: str, where: str) -> Benchmark:
    for benchmark in report.benchmarks:
        if benchmark.strategy == wanted:
            return benchmark
    there = ", ".join(sorted({b.strategy or "unnamed" for b in report.benchmarks})) or "none"
    raise ValueError(f"{where} holds no {wanted} benchmark (it has: {there})")


def _only(report: Report, wanted: str) -> Benchmark:
    if len(report.benchmarks) == 1:
        return report.benchmarks[0]
    return _strategy(report, wanted, f"a report of {len(report.benchmarks)} benchmarks")


def estimate(
    synchronous: Benchmark, throughput: Benchmark, batch_size: float | None = None
) -> Estimate:
    """The parameters of WVA's model.

    `batch_size`: requests in flight in the throughput run; None: the report's own number, else by
    Little's law, else `BATCH_SIZE`. Raises ValueError for one that is not above 1.
    """
    given, reached = batch_size, throughput.in_flight
    if batch_size is None:
        batch_size = reached if reached is not None else BATCH_SIZE
    by = "given" if given is not None else "assumed" if reached is None else "report"
    if by == "report" and throughput.concurrency is None:
        by = "little"
    if not batch_size > 1:
        if by == "given":
            raise ValueError("batch size must exceed 1")
        raise ValueError(f"the throughput run had {batch_size:.1f} requests in flight, not above 1")
    warnings = list(_doubts(synchronous, throughput, given, batch_size))
    itl = _itl(synchronous, throughput, batch_size)
    if itl is not None:
        warnings += _odd(itl)
    differs = reached is not None and abs(reached - batch_size) > 0.5
    return Estimate(
        synchronous=synchronous,
        throughput=throughput,
        batch_size=batch_size,
        batch_by=by,
        itl=itl,
        ttft=_ttft(synchronous, throughput, batch_size),
        reached=reached,
        itl_reached=_itl(synchronous, throughput, reached) if differs and reached else None,
        warnings=tuple(warnings),
    )


def _itl(synchronous: Benchmark, throughput: Benchmark, batch: float) -> LinearFit | None:
    slow, fast = throughput.itl_ms.mean, synchronous.itl_ms.mean
    if slow is None or fast is None or not batch > 1:
        return None
    return itl_line(fast, slow, batch)


def _ttft(synchronous: Benchmark, throughput: Benchmark, batch: float) -> LinearFit | None:
    slow, fast = throughput.ttft_ms.mean, synchronous.ttft_ms.mean
    tokens = synchronous.prompt_tokens
    if slow is None or fast is None or not tokens:
        return None
    return ttft_line(fast, slow, batch, tokens)


def _doubts(
    synchronous: Benchmark, throughput: Benchmark, given: float | None, batch: float
) -> Iterable[str]:
    for name, run in (("synchronous", synchronous), ("throughput", throughput)):
        if run.ok == 0:
            yield f"the {name} run had no successful requests: nothing to estimate from"
        elif run.itl_ms.mean is None:
            yield f"the {name} run reports no inter-token latency: nothing to estimate from"
        elif run.ok is not None and run.ok < 10:
            yield f"the {name} run had only {many(run.ok, 'successful request')}"
        if run.strategy not in ("", name) and not (
            name == "throughput" and run.strategy == "concurrent"
        ):
            yield f"the {name} run is called {run.strategy} in its report"
    reached, most = throughput.in_flight, throughput.concurrency_max
    if throughput.ok == 0:
        return
    if reached is None and given is None:
        yield f"the throughput run does not say how many requests were in flight: {batch:g} assumed"
    elif reached is not None and given is not None and reached < REACHED * batch:
        never = "never" if (most if most is not None else reached) < batch else "hardly ever"
        words = f"the throughput run {never} had {batch:g} requests in flight"
        yield f"{words} ({reached:.1f} on average): beta for {batch:g} is too small"
    for benchmark, other, what in (
        (synchronous.prompt_tokens, throughput.prompt_tokens, "prompts"),
        (synchronous.answer_tokens, throughput.answer_tokens, "answers"),
    ):
        if benchmark and other and abs(benchmark - other) > 0.1 * max(benchmark, other):
            yield f"the {what} of the two runs differ: {benchmark:.0f} and {other:.0f} tokens"


def _odd(itl: LinearFit) -> Iterable[str]:
    if itl.slope < 0:
        yield "throughput below synchronous: β < 0, latency would fall as load rises"
    if itl.base < 0:
        yield "α < 0: the throughput latency is too high for one line through both runs"


def parameters(made: Estimate) -> dict[str, Any]:
    """The content of parameters.json: the older scripts' keys first. Times in ms; null: not
    estimated."""
    itl, ttft, reached = made.itl, made.ttft, made.itl_reached
    return {
        "itl_synchronous": made.synchronous.itl_ms.mean,
        "itl_throughput": made.throughput.itl_ms.mean,
        "batch_size": float(made.batch_size),
        "alpha": itl.base if itl else None,
        "beta": itl.slope if itl else None,
        "ttft_synchronous": made.synchronous.ttft_ms.mean,
        "ttft_throughput": made.throughput.ttft_ms.mean,
        "prompt_tokens": made.synchronous.prompt_tokens,
        "gamma": ttft.base if ttft else None,
        "delta": ttft.slope if ttft else None,
        "concurrency_reached": made.reached,
        "alpha_at_concurrency_reached": reached.base if reached else None,
        "beta_at_concurrency_reached": reached.slope if reached else None,
        "requests_synchronous": made.synchronous.ok,
        "requests_throughput": made.throughput.ok,
        "sources": made.sources,
        "batch_size_by": made.batch_by,
        "warnings": list(made.warnings),
        "used_by": USED_BY,
        "note": NOT_USED_BY,
    }


_KNOWN_BY = {
    "given": "",
    "report": ", as was in flight on average",
    "little": ", in flight by Little's law: rate × latency",
    "assumed": ", assumed",
}


def table(made: Estimate) -> list[str]:
    """The parameters as lines of text."""
    single, many = made.synchronous, made.throughput
    rows = [
        ("", "synchronous", "throughput"),
        ("requests ok", decimals(single.ok, 0), decimals(many.ok, 0)),
        ("requests failed", decimals(single.failed, 0), decimals(many.failed, 0)),
        ("in flight, mean", decimals(single.in_flight, 1), decimals(many.in_flight, 1)),
        ("prompt tokens", decimals(single.prompt_tokens, 0), decimals(many.prompt_tokens, 0)),
        ("answer tokens", decimals(single.answer_tokens, 0), decimals(many.answer_tokens, 0)),
        ("ITL mean, ms", decimals(single.itl_ms.mean, 3), decimals(many.itl_ms.mean, 3)),
        ("TTFT mean, ms", decimals(single.ttft_ms.mean, 3), decimals(many.ttft_ms.mean, 3)),
    ]
    lines = [f"{name:<17}{left:>13}{right:>13}".rstrip() for name, left, right in rows]
    lines.append("")
    values = [
        ("alpha", made.itl.base if made.itl else None, "ms"),
        ("beta", made.itl.slope if made.itl else None, "ms per request in flight"),
        ("gamma", made.ttft.base if made.ttft else None, "ms"),
        ("delta", made.ttft.slope if made.ttft else None, "ms per prompt token and request"),
    ]
    lines += [f"{name:<7}{decimals(value, 6):>12}  {unit}" for name, value, unit in values]
    size = f"batch size {made.batch_size:.4g}{_KNOWN_BY[made.batch_by]}"
    lines += ["", f"ITL = alpha + beta × batch, {size}"]
    if made.itl_reached is not None and made.reached is not None:
        lines.append(
            f"with the {made.reached:.1f} requests really in flight: "
            f"alpha {made.itl_reached.base:.6f}, beta {made.itl_reached.slope:.6f}"
        )
    lines += [f"used by {USED_BY};", NOT_USED_BY]
    return lines
