"""Orders of load, and previews of the objects they create: plain values that the screen fills
in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wvatui.core import events as ev
from wvatui.errors import UsageError
from wvatui.load.profiles.profiles import Profile, Tokens, fitted

RATE_MOST, LENGTH_MOST_S = 10_000.0, 7 * 86_400.0
TOKENS_MOST = 1_000_000
NUMBERS = ("rate", "duration_s", "prompt_tokens", "output_tokens")
"""Numbers of an order that may change a profile."""


@dataclass(frozen=True, slots=True)
class Option:
    """One load that can be launched."""

    name: str
    title: str
    kind: str
    """One of "built-in", "yours", "file" and "recent"."""
    tool: str = ""
    profile: Profile | None = None
    path: Path | None = None
    """A manifest file."""
    order: "Order | None" = None
    """The values filled in last time."""


@dataclass(frozen=True, slots=True)
class Order:
    """A load to launch: an option, with the values of the form. None: the profile's own value."""

    option: Option
    rate: float | None = None
    """Requests per second at the peak."""
    duration_s: float | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    target: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class FoundTargets:
    """Targets and models found in the cluster, the likeliest first."""

    targets: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    """Missing rights that launching needs; nothing can be launched then."""


@dataclass(frozen=True, slots=True)
class LaunchPreview:
    """One object to be created, as the server has checked it."""

    context: str
    server: str
    namespace: str
    name: str
    kind: str
    title: str
    body: Mapping[str, Any]
    manifest: tuple[str, ...]
    """The object as lines of YAML, with credentials hidden; `body` is the object to create."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    profile: str = ""
    stages: tuple[ev.Stage, ...] = ()
    order: Order | None = None
    pipeline: Mapping[str, Any] | None = None
    """For a PipelineRun, the spec of its Pipeline."""
    beside: tuple[Mapping[str, Any], ...] = ()
    """Objects that are created and deleted with a Job."""


def clean_target(order: Order) -> str:
    """The base URL in the form that load tools accept."""
    return order.target.strip().rstrip("/")


def file_option(path: Path) -> Option:
    """A manifest file as something to launch."""
    return Option(path.name, str(path), "file", path=path)


def named(options: Sequence[Option], name: str) -> Option:
    """The load of that name, or the manifest at that path. Raises UsageError."""
    match = next((option for option in options if option.name == name), None)
    if match is not None:
        return match
    path = Path(name).expanduser()
    if path.suffix in (".yaml", ".yml", ".json") or path.is_file():
        return file_option(path)
    names = dict.fromkeys(option.name for option in options)
    raise UsageError(f"there is no load {name!r}", hint=f"there is: {', '.join(names)}")


def fit_profile(order: Order) -> Profile:
    """The profile with the values of the form. Raises UsageError."""
    profile = order.option.profile
    if profile is None:
        raise UsageError(f"{order.option.name} is no profile")
    if order.rate is not None and profile.peak is None:
        raise UsageError(f"{profile.name} has no rate: {profile.strategy} goes as fast as it can")
    _between("rate", order.rate, RATE_MOST)
    _between("duration", order.duration_s, LENGTH_MOST_S)
    _between("prompt tokens", order.prompt_tokens, TOKENS_MOST)
    _between("output tokens", order.output_tokens, TOKENS_MOST)
    if not order.target.strip().startswith(("http://", "https://")):
        raise UsageError("a target is needed: a URL such as http://gateway.namespace:80")
    if not order.model.strip():
        raise UsageError("a model is needed: the name that the servers know")
    fit = fitted(profile, order.rate, order.duration_s)
    prompt = Tokens(order.prompt_tokens) if order.prompt_tokens is not None else profile.prompt
    answer = Tokens(order.output_tokens) if order.output_tokens is not None else profile.answer
    return replace(fit, prompt=prompt, answer=answer)


def _between(what: str, value: float | None, most: float) -> None:
    if value is not None and not 0 < value <= most:
        raise UsageError(f"{what} {value:g}: more than 0 and at most {most:g} is expected")


def told(order: Order) -> str:
    """The order in a few words."""
    parts = [order.option.name]
    if order.rate is not None:
        parts.append(f"{order.rate:g}/s")
    if order.duration_s is not None:
        parts.append(f"{order.duration_s:g} s")
    return " ".join(parts)
