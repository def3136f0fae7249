"""Load tools whose arguments are not parsed, so that their load is unknown beforehand."""

import re
from collections.abc import Sequence

from wvatui.load.read.tools.run import ToolContext, ToolRun, flags_of, one, unknown

PROGRAMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sglang.bench_serving": ("sglang-bench", ()),
    "sglang.benchmark.serving": ("sglang-bench", ()),
    "sglang.bench_one_batch_server": ("sglang-bench", ()),
    "bench_serving.py": ("sglang-bench", ()),
    "sglang": ("sglang-bench", ("bench", "bench_serving", "bench-serving")),
    "genai-perf": ("genai-perf", ("profile",)),
    "aiperf": ("aiperf", ("profile",)),
    "perf_analyzer": ("perf-analyzer", ()),
    "genai-bench": ("genai-bench", ("benchmark",)),
    "evalscope": ("evalscope", ("perf",)),
    "token_benchmark_ray.py": ("llmperf", ()),
    "benchmark_serving_multi_turn.py": ("vllm-multi-turn", ()),
    "multi-round-qa.py": ("multi-round-qa", ()),
    "inference-benchmarker": ("inference-benchmarker", ()),
    "text-generation-benchmark": ("inference-benchmarker", ()),
    "fmperf": ("fmperf", ()),
    "llmdbenchmark": ("llm-d-benchmark", ()),
    "llm-d-benchmark.sh": ("llm-d-benchmark", ()),
    "k6": ("k6", ("run", "cloud")),
    "locust": ("locust", ()),
    "hey": ("hey", ()),
    "oha": ("oha", ()),
    "wrk": ("wrk", ()),
    "wrk2": ("wrk2", ()),
    "ab": ("ab", ()),
    "vegeta": ("vegeta", ("attack",)),
    "bombardier": ("bombardier", ()),
    "fortio": ("fortio", ("load",)),
    "siege": ("siege", ()),
    "h2load": ("h2load", ()),
    "ghz": ("ghz", ()),
    "autocannon": ("autocannon", ()),
    "artillery": ("artillery", ("run", "quick")),
    "jmeter": ("jmeter", ()),
    "gatling.sh": ("gatling", ()),
}
"""Program, module or script -> (name of the tool, its verbs that send load; empty: all)."""

IMAGES: dict[str, str] = {
    "k6": "k6",
    "locust": "locust",
    "hey": "hey",
    "oha": "oha",
    "vegeta": "vegeta",
    "fortio": "fortio",
    "aiperf": "aiperf",
    "genai-perf": "genai-perf",
    "bombardier": "bombardier",
    "artillery": "artillery",
}
"""Prefix of the name of an image whose entry point is the tool -> the tool's program."""

ENDPOINT = re.compile(r"/v\d+/(?:chat/)?(?:completions|embeddings|responses|messages)|/generate\b")
"""Paths at which a server generates tokens."""
_URL = re.compile(r"https?://[^\s\"'<>]+")


def other(words: Sequence[str], context: ToolContext, tool: str) -> ToolRun:
    """A run of a tool known by name alone, with its target and nothing more."""
    flags = flags_of(words)
    given = one(flags, "base-url", "url", "target", "u", "host", "H")
    if given and not given.startswith("http"):
        given = f"http://{given}" if re.match(r"[\w.-]+(:\d+)?(/|$)", given) else ""
    url = given if _URL.match(given) else next(iter(_URL.findall(" ".join(words))), "")
    target = ENDPOINT.split(url, maxsplit=1)[0].rstrip("/")
    return ToolRun(
        tool=tool,
        stages=(unknown(f"what {tool} does is not read"),),
        target=target,
        model=one(flags, "model", "model-name") or ("" if tool != "aiperf" else one(flags, "m")),
    )


def asks_for_tokens(words: Sequence[str]) -> bool:
    """Whether curl or wget sends one request to a model."""
    return words[0].rpartition("/")[2] in ("curl", "wget") and any(map(ENDPOINT.search, words))
