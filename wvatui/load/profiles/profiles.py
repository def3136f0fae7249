"""Load that can be launched by name: one row a profile.

A profile is a tool and a schedule of waves; waves may overlap, and what is offered is their sum.
Shapes and sizes are those of the experiments that this tool grew out of, named in each row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from wvatui.core.events import Stage

GUIDELLM_IMAGE = "ghcr.io/vllm-project/guidellm:v0.7.0"
OLD_GUIDELLM_IMAGE = "ghcr.io/vllm-project/guidellm:v0.6.1"
VLLM_IMAGE = "vllm/vllm-openai:v0.11.0"
INFERENCE_PERF_IMAGE = "quay.io/inference-perf/inference-perf:v0.2.0"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Lengths of prompts or answers, in tokens."""

    mean: int
    stdev: int = 0
    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True)
class Wave:
    """One generator: from `start_s` after the load begins, for `duration_s`."""

    start_s: float
    duration_s: float
    rate: float | None = None
    """Requests per second. None: what the strategy gives."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to make load."""

    name: str
    title: str
    """One line for a list: shape and size in words."""
    tool: str
    """guidellm, vllm-bench, inference-perf."""
    image: str
    waves: tuple[Wave, ...]
    strategy: str = "constant"
    """constant, synchronous, throughput."""
    prompt: Tokens = Tokens(1024)
    answer: Tokens = Tokens(2048)
    concurrency: int | None = None
    """Requests in flight at most."""
    requests: int | None = None
    """Requests in all, where that and not the time ends it."""
    seed: int = 12345
    target: str = ""
    model: str = ""
    """Of a profile of the user's own; a built-in one leaves both to the cluster."""
    own: bool = False
    """From the user's configuration file."""

    @property
    def peak(self) -> float | None:
        """The highest rate offered at any moment, requests/s; None: it is no rate."""
        return peak_of(self.waves)

    @property
    def duration_s(self) -> float:
        """From the beginning to the end of the last wave, seconds."""
        return max(wave.start_s + wave.duration_s for wave in self.waves)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The waves as a job's planned stages."""
        return tuple(Stage(w.start_s, w.duration_s, w.rate, w.name) for w in self.waves)


def peak_of(waves: Iterable[Wave]) -> float | None:
    """The highest sum of the rates of waves under way; None where one has no rate."""
    known = list(waves)
    if any(wave.rate is None for wave in known):
        return None
    return max(
        sum(
            other.rate or 0.0
            for other in known
            if other.start_s <= wave.start_s < other.start_s + other.duration_s
        )
        for wave in known
    )


def fitted(profile: Profile, rate: float | None, duration_s: float | None) -> Profile:
    """`profile` with its peak at `rate` and its length at `duration_s`; None: as it is.

    The shape stays: all rates are scaled alike, and so are all times.
    """
    peak = profile.peak
    height = rate / peak if rate is not None and peak else 1.0
    length = duration_s / profile.duration_s if duration_s is not None else 1.0
    waves = tuple(
        Wave(
            round(wave.start_s * length, 3),
            round(wave.duration_s * length, 3),
            None if wave.rate is None else round(wave.rate * height, 6),
            wave.name,
        )
        for wave in profile.waves
    )
    requests = profile.requests
    if requests is not None and (rate is not None or duration_s is not None):
        requests = max(1, round(requests * height * length))
    return replace(profile, waves=waves, requests=requests)


def _stairs(step: float, steps: int, every_s: float, until_s: float) -> tuple[Wave, ...]:
    """Generators of `step` requests/s that begin one after the other and all end together."""
    return tuple(
        Wave(every_s * n, until_s - every_s * n, step, f"step {n + 1}") for n in range(steps)
    )


def _flat(rate: float, duration_s: float) -> tuple[Wave, ...]:
    return (Wave(0.0, duration_s, rate),)


def _guidellm(name: str, title: str, waves: tuple[Wave, ...], *lengths: Tokens) -> Profile:
    prompt, answer = lengths or (Tokens(1024), Tokens(2048))
    return Profile(
        name, title, "guidellm", GUIDELLM_IMAGE, waves, prompt=prompt, answer=answer, seed=42
    )


def _sharegpt(rate: float, requests: int, seed: int = 12345) -> Profile:
    """The seed's ShareGPT job: `requests` prompts at `rate`, answers of up to 1024 tokens."""
    return Profile(
        f"sharegpt-{rate:g}",
        f"ShareGPT at {rate:g} req/s, {requests} prompts (vllm bench serve)",
        "vllm-bench",
        VLLM_IMAGE,
        _flat(rate, requests / rate),
        prompt=Tokens(0),
        answer=Tokens(1024),
        concurrency=512,
        requests=requests,
        seed=seed,
    )


def _estimation(name: str, title: str, strategy: str, concurrency: int | None) -> Profile:
    """The seed's runs for parameter estimation: 128 tokens in and out, 360 s."""
    return Profile(
        name,
        title,
        "guidellm",
        GUIDELLM_IMAGE,
        (Wave(0.0, 360.0, None, strategy),),
        strategy=strategy,
        prompt=Tokens(128),
        answer=Tokens(128),
        concurrency=concurrency,
        seed=42,
    )


PROFILES: tuple[Profile, ...] = (
    _guidellm("constant", "constant 2 req/s for 10 min", _flat(2.0, 600.0)),
    _guidellm(
        "stair-step",
        "0.5 to 2 req/s by 0.5 every 10 min, then flat for 30 min",
        _stairs(0.5, 4, 600.0, 3600.0),
    ),
    _guidellm(
        "spike",
        "0.1 req/s for 35 min, 1 req/s more for 10 min in the middle",
        (Wave(0.0, 2100.0, 0.1, "base"), Wave(900.0, 600.0, 1.0, "spike")),
    ),
    _guidellm(
        "burst-drain",
        "three bursts of 1 req/s for 10 min, 10 min of nothing between",
        tuple(Wave(1200.0 * n, 600.0, 1.0, f"burst {n + 1}") for n in range(3)),
    ),
    _guidellm("sustained", "1 req/s for one hour", _flat(1.0, 3600.0)),
    _guidellm(
        "mixed-lengths",
        "1 req/s for 30 min, lengths from a few tokens to very many",
        _flat(1.0, 1800.0),
        Tokens(8000, 8500, 10, 30000),
        Tokens(800, 1500, 10, 6000),
    ),
    _guidellm(
        "chatbot_synthetic",
        "1, 2, 4 and 8 req/s for 2 min each, long prompts",
        tuple(Wave(120.0 * n, 120.0, rate) for n, rate in enumerate((1.0, 2.0, 4.0, 8.0))),
        Tokens(4096, 2048, 10, 8192),
        Tokens(1024, 512, 10, 2048),
    ),
    replace(
        _guidellm(
            "constant-old", "constant 2 req/s for 10 min, GuideLLM 0.3 to 0.6", _flat(2.0, 600.0)
        ),
        image=OLD_GUIDELLM_IMAGE,
    ),
    _sharegpt(5.0, 3600),
    _sharegpt(10.0, 3600),
    _sharegpt(12.0, 4320),
    _sharegpt(15.0, 13500),
    _sharegpt(20.0, 18000),
    _sharegpt(30.0, 27000, 12346),
    replace(
        _sharegpt(5.0, 100),
        name="warm-up",
        concurrency=10,
        answer=Tokens(512),
        title="ShareGPT warm-up: 100 prompts at 5 req/s (vllm bench serve)",
    ),
    Profile(
        "inference-perf",
        "5, 12 and 5 req/s for 6 min each (inference-perf)",
        "inference-perf",
        INFERENCE_PERF_IMAGE,
        tuple(Wave(360.0 * n, 360.0, rate) for n, rate in enumerate((5.0, 12.0, 5.0))),
        prompt=Tokens(2048, 40, 2000, 2100),
        answer=Tokens(512, 20, 480, 550),
    ),
    _estimation(
        "synchronous", "one request at a time for 6 min (parameter estimation)", "synchronous", None
    ),
    _estimation(
        "throughput", "64 requests in flight for 6 min (parameter estimation)", "throughput", 64
    ),
)
"""Every built-in profile, in the order in which a list shows them."""


def by_name(name: str, more: Iterable[Profile] = ()) -> Profile:
    """The profile `name`; the user's own (`more`) come first. Raises KeyError."""
    for profile in (*more, *PROFILES):
        if profile.name == name:
            return profile
    raise KeyError(name)
