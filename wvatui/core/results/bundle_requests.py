"""The single requests of a benchmark bundle: `{"bundle_requests": [{t_arr, t_dep, ttft, …}]}`.

Times are UTC epoch seconds, `ttft` seconds, `itl_true` milliseconds.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from wvatui.core.results.loose import decode, number, rows, table, text
from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread

KEY = "bundle_requests"


def requests_in(report: str) -> Sequence[Mapping[str, Any]]:
    """The single requests of a report; empty if it is not one of a bundle."""
    if f'"{KEY}"' not in report[:40]:
        return ()
    return [table(request) for request in rows(table(decode(report)).get(KEY))]


def sniff(data: Any) -> bool:
    """Whether `data` (decoded JSON) is the requests of a bundle."""
    return isinstance(data, Mapping) and KEY in data


def read(data: Any) -> Report:
    """All requests as one benchmark."""
    requests = [table(request) for request in rows(data.get(KEY))]
    return Report(dialect="bundle", benchmarks=(benchmark(requests),) if requests else ())


def is_ok(request: Mapping[str, Any]) -> bool:
    """Whether it was answered."""
    return text(request.get("outcome")) == "ok"


def latencies_ms(request: Mapping[str, Any]) -> dict[str, float | None]:
    """Its TTFT, mean ITL and whole time (e2e)."""
    ttft_s = number(request.get("ttft"))
    begin, end = number(request.get("t_arr")), number(request.get("t_dep"))
    return {
        "ttft": None if ttft_s is None else 1000.0 * ttft_s,
        "itl": number(request.get("itl_true")),
        "e2e": None if begin is None or end is None else 1000.0 * (end - begin),
    }


def benchmark(requests: Sequence[Mapping[str, Any]]) -> Benchmark:
    """Requests as one benchmark. Latencies are of those whose outcome is ok."""
    good = [request for request in requests if is_ok(request)]
    sent = _known(requests, "t_arr")
    done = _known(requests, "t_dep")
    taken = [latencies_ms(request) for request in good]
    since, until = min(sent, default=None), max(done, default=None)
    lasted = until - since if since is not None and until is not None else None
    prompts, answers = _known(good, "in_tok"), _known(good, "out_tok")
    return Benchmark(
        since=since,
        until=until,
        duration_s=lasted,
        ok=len(good),
        failed=len(requests) - len(good),
        requests_per_s=len(good) / lasted if lasted else None,
        input_tokens=sum(prompts) if prompts else None,
        output_tokens=sum(answers) if answers else None,
        ttft_ms=spread_of(_known(taken, "ttft")),
        itl_ms=spread_of(_known(taken, "itl")),
        latency_ms=spread_of(_known(taken, "e2e")),
    )


def _known(requests: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [value for request in requests if (value := number(request.get(name))) is not None]


def spread_of(values: Sequence[float]) -> Spread:
    """The distribution of single values; quantiles are actual values (nearest rank)."""
    if not values:
        return NOTHING
    ordered = sorted(values)

    def at(share: float) -> float:
        return ordered[max(1, ceil(share * len(ordered))) - 1]

    return Spread(
        mean=sum(ordered) / len(ordered),
        p50=at(0.5),
        p90=at(0.9),
        p95=at(0.95),
        p99=at(0.99),
        max=ordered[-1],
    )
