"""The launcher's form: which fields a load has, and what was typed as an order. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from wvatui.config.settings import duration_s
from wvatui.errors import UsageError
from wvatui.load.make.launch.order import FoundTargets, Option, Order, file_option
from wvatui.load.profiles.profiles import Profile

FILE = Option("a manifest file", "a Job of yours, by its path", "file")
"""Stands for a file that is yet to be named."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form. `offers`: what may be meant, the likeliest first."""

    id: str
    label: str
    text: str = ""
    hint: str = ""
    offers: tuple[str, ...] = ()


def fields_of(option: Option, found: FoundTargets) -> tuple[Field, ...]:
    """What can be changed; nothing for a manifest, which is launched as it was written."""
    profile, order = option.profile, option.order
    if option is FILE:
        return (Field("path", "file", "", "path of a manifest"),)
    if profile is None:
        return ()
    fields = []
    if profile.peak is not None:
        fields.append(Field("rate", "rate", f"{profile.peak:.6g}", "requests/s at the highest"))
    fields.append(Field("duration", "duration", spelled(profile.duration_s), "such as 10m, 1h30m"))
    if profile.prompt.mean:
        words = _spread(profile, "prompt")
        fields.append(Field("prompt", "prompt tokens", str(profile.prompt.mean), words))
    words = _spread(profile, "answer")
    fields.append(Field("answer", "output tokens", str(profile.answer.mean), words))
    target = profile.target or next(iter(found.targets), "")
    model = profile.model or next(iter(found.models), "")
    hint = "where requests go" + (f"; {len(found.targets)} found" if found.targets else "")
    fields.append(Field("target", "target", target, hint, found.targets))
    fields.append(Field("model", "model", model, "as the servers call it", found.models))
    return tuple(_as_before(field, order) for field in fields) if order else tuple(fields)


def _as_before(field: Field, order: Order) -> Field:
    """The field as it was filled in the last time."""
    said: Mapping[str, str] = {
        "rate": f"{order.rate:.6g}" if order.rate is not None else "",
        "duration": spelled(order.duration_s) if order.duration_s is not None else "",
        "prompt": str(order.prompt_tokens or ""),
        "answer": str(order.output_tokens or ""),
        "target": order.target,
        "model": order.model,
    }
    return replace(field, text=said.get(field.id) or field.text)


def _spread(profile: Profile, which: str) -> str:
    tokens = profile.prompt if which == "prompt" else profile.answer
    if tokens.min is None and not tokens.stdev:
        return "each" if profile.tool != "vllm-bench" else "at most"
    low = f"{tokens.min} to {tokens.max}" if tokens.min is not None else f"± {tokens.stdev}"
    return f"mean, {low}; another number: all alike"


def spelled(seconds: float) -> str:
    """A duration as people write it: 10m, 1h30m, 720s."""
    whole = round(seconds)
    if whole != seconds or whole < 60:
        return f"{seconds:g}s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if n)


def order_of(option: Option, texts: Mapping[str, str]) -> Order:
    """What was typed as an order; what was left as it stood is the profile's own.

    Raises UsageError, in words.
    """
    if option is FILE:
        path = texts.get("path", "").strip()
        if not path:
            raise UsageError("a path is needed")
        return Order(file_option(Path(path).expanduser()))
    profile = option.profile
    if profile is None:
        return Order(option)
    own = {field.id: field.text for field in fields_of(replace(option, order=None), FoundTargets())}
    given = {k: v.strip() for k, v in texts.items() if v.strip() and v.strip() != own.get(k)}
    return Order(
        replace(option, order=None),
        rate=_number(given, "rate"),
        duration_s=_length(given),
        prompt_tokens=_whole(given, "prompt"),
        output_tokens=_whole(given, "answer"),
        target=texts.get("target", "").strip(),
        model=texts.get("model", "").strip(),
    )


def _number(given: Mapping[str, str], name: str) -> float | None:
    if name not in given:
        return None
    try:
        return float(given[name].removesuffix("/s"))
    except ValueError:
        raise UsageError(f"{name}: {given[name]!r} is no number") from None


def _whole(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    try:
        return int(given[name])
    except ValueError:
        raise UsageError(f"{name} tokens: {given[name]!r} is no whole number") from None


def _length(given: Mapping[str, str]) -> float | None:
    if "duration" not in given:
        return None
    try:
        return duration_s(given["duration"])
    except ValueError as error:
        raise UsageError(f"duration: {error}") from None
