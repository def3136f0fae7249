"""The single requests of a benchmark bundle: `{"bundle_requests": [{t_arr, t_dep, ttft, …}]}`.

Times are UTC epoch seconds, `ttft` seconds, `itl_true` milliseconds.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from wvatui.core.results.loose import number, rows, table, text
from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread

KEY = "bundle_requests"


def sniff(data: Any) -> bool:
    """Whether `data` (decoded JSON) is the requests of a bundle."""
    return isinstance(data, Mapping) and KEY in data


def read(data: Any) -> Report:
    """All requests as one benchmark. Latencies are of those whose outcome is ok."""
    requests = [table(request) for request in rows(data.get(KEY))]
    good = [request for request in requests if text(request.get("outcome")) == "ok"]
    sent = _known(requests, "t_arr")
    done = _known(requests, "t_dep")
    whole = [
        1000.0 * (end - begin)
        for request in good
        if (begin := number(request.get("t_arr"))) is not None
        and (end := number(request.get("t_dep"))) is not None
    ]
    since, until = min(sent, default=None), max(done, default=None)
    lasted = until - since if since is not None and until is not None else None
    prompts, answers = _known(good, "in_tok"), _known(good, "out_tok")
    return Report(
        dialect="bundle",
        benchmarks=(
            Benchmark(
                since=since,
                until=until,
                duration_s=lasted,
                ok=len(good),
                failed=len(requests) - len(good),
                requests_per_s=len(good) / lasted if lasted else None,
                input_tokens=sum(prompts) if prompts else None,
                output_tokens=sum(answers) if answers else None,
                ttft_ms=spread_of([1000.0 * value for value in _known(good, "ttft")]),
                itl_ms=spread_of(_known(good, "itl_true")),
                latency_ms=spread_of(whole),
            ),
        )
        if requests
        else (),
    )


def _known(requests: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [value for request in requests if (value := number(request.get(name))) is not None]


def spread_of(values: Sequence[float]) -> Spread:
    """The distribution of single values. Quantiles are by nearest rank: values really seen."""
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
