"""Events from pods: lines of their logs, and their metrics pages as polled."""

import msgspec

from wvatui.core.events.base import NO_HISTOGRAM, Event
from wvatui.core.ranges import Amount, Count, Small


class Log(Event, frozen=True, tag="log", kw_only=True):
    """One raw line of a log, decoded once with replacement, without its newline.

    `line` still carries the kubelet's timestamp when the stream had one. `stream` separates logs
    that must not be parsed as one (two controller pods, or "job": a load job's).
    """

    line: str
    stream: str = "controller"
    pod: str = ""
    cut: Count = 0
    """Bytes cut from the end of an overlong line; 0 when whole."""


class Bounds(Event, frozen=True, tag="bounds", kw_only=True):
    """Upper bounds of a histogram, once per distinct layout; scrapes refer to it by `id`."""

    id: Count
    le: tuple[Amount, ...]
    """Ascending finite upper bounds in seconds; the overflow bucket (+Inf) is implied."""


class Scrape(
    Event,
    frozen=True,
    tag="s",
    kw_only=True,
    rename={
        "kv": "kv",
        "running": "r",
        "waiting": "w",
        "waiting_capacity": "wc",
        "waiting_deferred": "wd",
        "preemptions": "pe",
        "prompt_tokens": "pt",
        "generation_tokens": "gt",
        "success": "ok",
        "prefix_hits": "ph",
        "prefix_queries": "pq",
        "ttft": "tt",
        "itl": "il",
        "e2e": "ee",
        "took_ms": "ms",
        "bad": "bad",
        "judged": "j",
        "ranks": "rk",
        "lora": "lo",
        "pod": "p",
    },
):
    """One read of a model server's metrics page. None: the page did not have it (never 0).

    Counters are totals since the engine started. Histograms are a JSON array kept undecoded
    (`msgspec.Raw`): `[bounds id, sum in seconds, count of bucket 0, 1, …, overflow]`, counts
    per bucket, **not** cumulative; `wvatui.core.metrics.scrape.histogram` reads one.
    `NO_HISTOGRAM` means absent.
    """

    pod: str
    kv: Amount | None = None
    running: Count | None = None
    waiting: Count | None = None
    waiting_capacity: Count | None = None
    waiting_deferred: Count | None = None
    preemptions: Count | None = None
    prompt_tokens: Count | None = None
    generation_tokens: Count | None = None
    success: dict[str, Count] | None = None
    prefix_hits: Count | None = None
    prefix_queries: Count | None = None
    ttft: msgspec.Raw = NO_HISTOGRAM
    itl: msgspec.Raw = NO_HISTOGRAM
    e2e: msgspec.Raw = NO_HISTOGRAM
    took_ms: Count = 0
    bad: Count = 0
    """Samples of wanted metrics that were not finite or not readable, recorded as absent."""
    judged: dict[str, Amount] | None = None
    """By field, the number that thresholds are held against, where several engines in the pod make
    it differ from the field itself (the queue of the fullest engine)."""
    ranks: tuple["RankScrape", ...] = ()
    """Each engine where the pod has several. When one did not answer, the sums above are None, and
    `kv` and `judged` are over those that answered."""
    lora: "Lora | None" = None


class RankScrape(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """One engine of a pod that has several, at one scrape. None: the page did not have it."""

    port: Small = 0
    pod: str = ""
    """The pod that it runs in, where that is another pod of the group than the one scraped."""
    engine: str = ""
    """The label value that distinguishes it on its page: vLLM's `engine`, SGLang's `dp_rank`."""
    model: str = ""
    kv: Amount | None = None
    running: Count | None = None
    waiting: Count | None = None
    generation_tokens: Count | None = None
    why: str = ""
    """Why it gave nothing, as in `ScrapeFailure`; empty: it answered."""
    text: str = ""


class Lora(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """LoRA adapters of an engine at the moment of a scrape."""

    running: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    most: Small | None = None
    """How many may be in a batch."""


class ScrapeFailure(Event, frozen=True, tag="miss", kw_only=True):
    """A look at a pod that gave nothing.

    `why`: starting (answers, but the engine is not up), refused, timeout, denied (by the cluster),
    guarded (by the pod, which wants credentials of its own), gone, error.
    """

    pod: str
    why: str
    text: str = ""
    took_ms: Count = 0


class RankEngine(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """Model and KV cache of one engine of a pod that has several."""

    port: Small = 0
    pod: str = ""
    engine: str = ""
    model: str = ""
    blocks: Count | None = None
    block_size: Count | None = None
    kv_tokens: Count | None = None


class Engine(Event, frozen=True, tag="engine", kw_only=True):
    """What serves in a pod, written when it changes: found from its metrics page."""

    pod: str
    engine: str = ""
    """vllm, sglang; ray_vllm: vLLM under Ray's names."""
    model: str = ""
    """The model it serves; where the page names several and none is declared, all, with commas."""
    port: Small = 0
    blocks: Count | None = None
    """Of all engines together, as `kv_tokens`."""
    block_size: Count | None = None
    kv_tokens: Count | None = None
    ranks: tuple[RankEngine, ...] = ()
    """Each engine where the pod has several."""
    path: str = ""
    """Path of the page, when that is not /metrics."""
    scheme: str = ""
    """https; empty: http."""


class PollRound(Event, frozen=True, tag="round", kw_only=True):
    """One polling round over all pods, so that the spacing really achieved can be shown."""

    pods: Count
    answered: Count
    took_ms: Count = 0
    late_ms: Count = 0
    """How much later than planned the round began."""
    skipped: Count = 0
    """Rounds left out since the last one because the one before had not finished."""


class Epp(Event, frozen=True, tag="epp", kw_only=True):
    """One look at an endpoint picker (EPP). None means the page did not have it."""

    pod: str
    queue: Amount | None = None
    running: Amount | None = None
    saturation: Amount | None = None
    ready_pods: Small | None = None
    kv: Amount | None = None
    """Average KV use over the pool, as the EPP sees it (ratio)."""
    took_ms: Count = 0
    pods_waiting: Amount | None = None
    """Average of requests waiting in a pod of the pool, as the EPP sees it; `queue` is what the
    EPP itself holds back."""
    inflight_tokens: dict[str, Amount] | None = None
    """Tokens of requests in flight, by endpoint."""
