"""The requests of a run: number, lengths, latencies; the client's where known, else the
servers'."""

from itertools import chain, pairwise

from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.report.benchmark.parts import Part, known
from wvatui.core.metrics.scrape_fields import histogram_pair
from wvatui.core.queries.pods.window import mean_ms
from wvatui.core.results.benchmark_report import LATENCIES, LENGTHS, RATES, STATISTICS

_SERVED = {"ttft_ms": "ttft", "itl_ms": "itl", "latency_ms": "e2e"}
"""The servers' histogram for each field of a client's benchmark."""
_A_TOKEN = ("itl_ms", "tpot_ms")


def requests(m: MeasuredRun) -> Part | None:
    """How many requests were sent and failed; None where that is unknown."""
    client = m.client
    ok, failed, incomplete = (client.total(name) for name in ("ok", "failed", "incomplete"))
    if ok is None:
        (ok, failed), incomplete = m.counted, None
    if ok is None or failed is None:
        return None  # the number sent is unknown
    return known(
        {
            "total": int(ok + failed + (incomplete or 0)),
            "failures": int(failed),
            "incomplete": None if incomplete is None else int(incomplete),
            **{name: length(m, field) for field, name in LENGTHS.items()},
        }
    )


def length(m: MeasuredRun, field: str) -> Part | None:
    """Mean tokens of a prompt or an answer."""
    if len(m.client.benchmarks) == 1:
        each = getattr(m.client.benchmarks[0], field)
        return None if each is None else {"units": "count", "mean": each}
    counter = {"prompt_tokens": "prompt_tokens", "answer_tokens": "generation_tokens"}[field]
    tokens, ok = m.polled.tokens.get(counter), m.counted[0]
    return {"units": "count", "mean": tokens / ok} if tokens is not None and ok else None


def one_client(m: MeasuredRun) -> bool:
    """Whether the client's distributions are known, as those of several reports cannot be
    combined."""
    return any(
        (spread := m.client.spread(name)) is not None and spread.mean is not None
        for name in ("ttft", "itl", "latency")
    )


def latencies(m: MeasuredRun) -> Part:
    """Each latency with a known mean, in the schema's form, all from one source."""
    made: Part = {}
    by_client = one_client(m)
    for field, name in LATENCIES.items():
        values: dict[str, float | None] = {}
        if by_client:
            spread = m.client.spread(field.removesuffix("_ms"))
            if spread is not None:
                values = {each: getattr(spread, each) for each in STATISTICS}
        elif field in _SERVED:
            values = _by_servers(m, _SERVED[field])
        if values.get("mean") is not None:
            made[name] = {"units": "ms/token" if field in _A_TOKEN else "ms"} | known(values)
    return made


def _by_servers(m: MeasuredRun, name: str) -> dict[str, float | None]:
    """Statistics of a latency, from the growth of all servers' histograms."""
    pairs = [pair for parts in m.looks for pair in pairwise(chain(*parts))]
    mean = mean_ms(histogram_pair(*pair, name) for pair in pairs)
    ranks = {q: m.polled.latencies_ms.get(f"{name}_{q}") for q in ("p50", "p95", "p99")}
    return {"mean": mean, **ranks}


def throughput(m: MeasuredRun) -> Part:
    """Requests and tokens per second, over the time in which load was offered."""
    if m.load_s <= 0:
        return {}
    client, polled = m.client, m.polled.tokens
    answered = next(iter(m.answered().values()), None)
    given, made = client.total("input_tokens"), client.total("output_tokens")
    if made is None:
        given, made = polled.get("prompt_tokens"), polled.get("generation_tokens")
    both = None if given is None or made is None else given + made
    totals = {"requests_per_s": answered, "output_tokens_per_s": made, "tokens_per_s": both}
    values = {RATES[field]: total for field, total in totals.items()} | {"input_token_rate": given}
    return {
        name: {
            "units": "queries/s" if name == RATES["requests_per_s"] else "tokens/s",
            "mean": total / m.load_s,
        }
        for name, total in values.items()
        if total is not None
    }
