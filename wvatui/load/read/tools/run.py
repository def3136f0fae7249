"""One run of a load tool: how much load, for how long. None: the arguments do not say.

A load that is not known is a stage without a rate whose name begins with `unknown:`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from wvatui.core.events import Stage
from wvatui.core.results.loose import decode, table

ToolFlags = dict[str, list[str]]
UNKNOWN = "unknown"
THEN = ", then "
MOST_NAMED = 3
"""Loads that the name of one stage tells."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What is known around a command."""

    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Texts by path, where they are known."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of a tool. Its stages count from its own beginning."""

    tool: str
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    requests: int | None = None
    concurrency: int | None = None
    strategies: tuple[str, ...] = ()
    """Of each stage: constant, poisson, synchronous, throughput, concurrent, …"""
    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    seed: int | None = None
    form: str = ""
    """guidellm: 0.3 (--output-path), 0.4 or 0.7 (`guidellm run`)."""
    output: str = ""
    """Where its report goes, in its container."""
    notes: tuple[str, ...] = ()
    """What was not read, in words."""

    @property
    def length_s(self) -> float | None:
        """From its first request to its last; None: nobody knows."""
        return length_of(self.stages)


def length_of(stages: Iterable[Stage]) -> float | None:
    """When the last of `stages` ends; None: not known, or there is none."""
    ends = [None if s.duration_s is None else s.start_s + s.duration_s for s in stages]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def unknown(words: str, start_s: float = 0.0) -> Stage:
    """A load of which nothing is known but that it comes."""
    return Stage(start_s, None, None, f"{UNKNOWN}: {words}")


def label(stage: Stage) -> str:
    """What a stage offers, in a word."""
    name = stage.name.removeprefix(f"{UNKNOWN}: ")
    rate = f"{stage.rate:g}/s" if stage.rate is not None else ""
    return " ".join(part for part in (name, rate) if part) or UNKNOWN


def joined(labels: Sequence[str]) -> str:
    """Loads that come one after the other, in words."""
    more = len(labels) - MOST_NAMED
    return THEN.join(labels[:MOST_NAMED]) + (f"{THEN}{more} more" if more > 0 else "")


class Step(NamedTuple):
    """A load and its length."""

    rate: float | None
    name: str = ""
    duration_s: float | None = None


def in_turn(steps: Sequence[Step], start_s: float = 0.0) -> tuple[Stage, ...]:
    """Stages that follow one another. From the first on whose length is not known, nobody can say
    which is under way: these are one stage without a rate."""
    stages: list[Stage] = []
    for number, (rate, name, duration_s) in enumerate(steps):
        stage = Stage(start_s, duration_s, rate, name)
        if duration_s is None and number + 1 < len(steps):
            rest = [label(Stage(0.0, None, step.rate, step.name)) for step in steps[number:]]
            return (*stages, unknown(joined(rest), start_s))
        stages.append(stage)
        start_s += duration_s or 0.0
    return tuple(stages)


def cut(stages: Iterable[Stage], limit_s: float) -> tuple[Stage, ...]:
    """`stages` without what comes after `limit_s`."""
    return tuple(
        stage
        if stage.duration_s is None
        else Stage(
            stage.start_s, min(stage.duration_s, limit_s - stage.start_s), stage.rate, stage.name
        )
        for stage in stages
        if stage.start_s < limit_s
    )


# --- flags --------------------------------------------------------------------------------


def flags_of(words: Sequence[str]) -> ToolFlags:
    """`--name value`, `--name=value` and `--name`, in order; repeated ones add up."""
    flags: ToolFlags = {}
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if not word.startswith("-") or len(word) < 2:
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals and index < len(words) and not words[index].startswith("--"):
            value = words[index]
            index += 1
        flags.setdefault(name.replace("_", "-"), []).append(value)
    return flags


def one(flags: ToolFlags, *names: str) -> str:
    """The value of the first of these flags that is given; the last one counts."""
    return next((flags[name][-1] for name in names if name in flags), "")


def pairs(value: str) -> dict[str, str]:
    """`a=1,b=2` or a JSON object as texts."""
    if value.lstrip().startswith("{"):
        try:
            return {key: str(item) for key, item in table(decode(value)).items()}
        except ValueError:
            return {}
    parts: dict[str, str] = {}
    last = ""
    for part in value.split(","):
        name, equals, content = part.partition("=")
        if equals:
            last = name.strip()
            parts[last] = content
        elif last:
            # A list of rates has commas of its own: rate=1,2,4.
            parts[last] += f",{part}"
    return parts


def decimal(value: str | None) -> float | None:
    """A number that is not negative, nor without an end."""
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e12 else None


def whole(value: float | str | None) -> int | None:
    """The same as a whole number."""
    number = decimal(value) if isinstance(value, str) else value
    return None if number is None else int(number)


def first(values: Iterable[int | None]) -> int | None:
    """The first that is known."""
    return next((value for value in values if value is not None), None)
