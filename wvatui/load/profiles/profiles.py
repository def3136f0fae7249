"""Profiles: load that can be launched by name, one row per profile.

A profile is a tool and a schedule of waves; waves may overlap, and the offered load is their sum.
Shapes and sizes come from the experiments for which this tool was first written; each row names its
own.

A user's own profiles are the tables [profiles.NAME] of the configuration file. `like = "NAME"`
names the built-in profile that one modifies; `manifest = "file"` (relative to the configuration
file) uses a manifest instead.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wvatui.config.settings import (
    PROFILES_TABLE,
    Problem,
    SettingsFile,
    duration_s,
    nearest,
    read_file,
    shown,
)
from wvatui.core.events import Stage
from wvatui.core.lines import clean

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
    """One generator, from `start_s` after the load begins, for `duration_s`."""

    start_s: float
    duration_s: float
    rate: float | None = None
    """Requests per second. None: the strategy decides."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to make load."""

    name: str
    title: str
    """One line for a list, with shape and size in words."""
    tool: str
    """guidellm, vllm-bench, inference-perf."""
    image: str
    waves: tuple[Wave, ...]
    strategy: str = "constant"
    """constant, synchronous, throughput."""
    prompt: Tokens = Tokens(1024)
    answer: Tokens = Tokens(2048)
    concurrency: int | None = None
    """Most requests in flight; None: no limit."""
    requests: int | None = None
    """Total number of requests, where that rather than time ends the load."""
    seed: int = 12345
    target: str = ""
    model: str = ""
    """Only in a user's own profile; for a built-in one, model and target come from the cluster."""
    own: bool = False
    """From the user's configuration file."""

    @property
    def peak(self) -> float | None:
        """The highest rate offered at any moment, requests/s; None: the load has no rate."""
        return peak_of(self.waves)

    @property
    def duration_s(self) -> float:
        """Seconds from the beginning to the end of the last wave."""
        return max(wave.start_s + wave.duration_s for wave in self.waves)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The waves as a job's planned stages."""
        return tuple(Stage(w.start_s, w.duration_s, w.rate, w.name) for w in self.waves)


def peak_of(waves: Iterable[Wave]) -> float | None:
    """The highest sum of rates of overlapping waves; None where one has no rate."""
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
    """`profile` scaled to a peak `rate` and to `duration_s`; None: unchanged.

    The shape stays: all rates are scaled by one factor, and all times by another.
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
    """Generators of `step` requests/s each, which begin one after the other and end together."""
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
    """The older scripts' ShareGPT job: `requests` prompts at `rate`, answers of up to 1024
    tokens."""
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
    """The older scripts' runs for parameter estimation: 128 tokens in and out, 360 s."""
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
"""Every built-in profile, in the order of a list."""


def by_name(name: str, more: Iterable[Profile] = ()) -> Profile:
    """The profile `name`; the user's own (`more`) come first. Raises KeyError."""
    for profile in (*more, *PROFILES):
        if profile.name == name:
            return profile
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class OwnManifest:
    """A user's own profile that is a manifest file."""

    name: str
    title: str
    path: Path


def _tokens(value: Any) -> Tokens:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return Tokens(value)
    raise ValueError(f"is {shown(value)}, a whole number above 0 is expected")


def _rate(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6:
        return float(value)
    raise ValueError(f"is {shown(value)}, requests per second above 0 are expected")


def _length(value: Any) -> float:
    if isinstance(value, str):
        with suppress(ValueError):
            value = duration_s(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise ValueError(f"is {shown(value)}, a duration such as 10m is expected")


def _string(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"is {shown(value)}, a text is expected")


def _name(value: Any) -> str:
    if value in {profile.name for profile in PROFILES}:
        return str(value)
    raise ValueError(f"is {shown(value)}, which is no built-in profile")


_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "title": ("title", _string),
    "image": ("image", _string),
    "target": ("target", _string),
    "model": ("model", _string),
    "prompt_tokens": ("prompt", _tokens),
    "output_tokens": ("answer", _tokens),
    "concurrency": ("concurrency", lambda value: _tokens(value).mean),
    "seed": ("seed", lambda value: _tokens(value).mean),
}
"""Key of the file → (field of Profile, how it is read)."""
_NAMES = tuple(profile.name for profile in PROFILES)
_READERS: dict[str, Callable[[Any], Any]] = {
    "like": _name,
    "manifest": _string,
    "rate": _rate,
    "duration": _length,
    **{key: read for key, (_, read) in _FIELDS.items()},
}
KEYS = tuple(_READERS)
"""Keys that a user's own profile may have."""


def own_profiles(path: Path) -> tuple[Profile | OwnManifest, ...]:
    """A user's own profiles; () where there are none. Raises ConfigError: one line, with file and
    line."""
    file = read_file(path)
    for problem in problems(file):
        raise problem.error(path)
    tables = file.data.get(PROFILES_TABLE, {})
    return tuple(_made(file, name, table) for name, table in tables.items())


def problems(file: SettingsFile) -> list[Problem]:
    """Every problem with the profiles of the file."""
    tables = file.data.get(PROFILES_TABLE, {})
    if not isinstance(tables, dict):
        text = f"{PROFILES_TABLE} must be a table: [{PROFILES_TABLE}.NAME]"
        return [file.problem((PROFILES_TABLE,), text)]
    return [problem for name, table in tables.items() for problem in _wrong(file, name, table)]


def _wrong(file: SettingsFile, name: str, table: Any) -> list[Problem]:
    title = f"{PROFILES_TABLE}.{clean(name)}"
    if not isinstance(table, dict):
        return [file.problem((PROFILES_TABLE, name), f"{title} must be a table")]
    problems = []
    for key, value in table.items():
        place = (PROFILES_TABLE, name, key)
        if key not in KEYS:
            hint = nearest(key, KEYS, "it has")
            problems.append(file.problem(place, f"{title} has no setting {clean(key)!r}", hint))
        elif "manifest" in table and key not in ("manifest", "title"):
            problems.append(file.problem(place, f"{title}: {key} cannot stand beside manifest"))
        elif words := _wrong_value(key, value):
            hint = nearest(str(value), _NAMES, "there are") if key == "like" else ""
            problems.append(file.problem(place, f"{title}: {key} {words}", hint))
    return problems


def _wrong_value(key: str, value: Any) -> str:
    try:
        _READERS[key](value)
    except ValueError as error:
        return str(error)
    return ""


def _made(file: SettingsFile, name: str, table: dict[str, Any]) -> Profile | OwnManifest:
    if "manifest" in table:
        return OwnManifest(name, str(table.get("title", "")), file.path.parent / table["manifest"])
    profile = by_name(table.get("like", "constant"))
    fields = {_FIELDS[key][0]: _READERS[key](table[key]) for key in _FIELDS if key in table}
    rate = _rate(table["rate"]) if "rate" in table else None
    length = _length(table["duration"]) if "duration" in table else None
    return fitted(replace(profile, **fields, name=name, own=True), rate, length)
