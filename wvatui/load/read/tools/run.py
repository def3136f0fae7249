"""One run of a load tool: its load and its duration. None: not in the arguments.

Unknown load is a stage without a rate whose name begins with `unknown:`.
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
"""Most loads that the name of one stage lists."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """The known surroundings of a command."""

    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """Known files: content by path."""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """One run of a tool. Its stages count from its own beginning, in seconds."""

    tool: str
    stages: tuple[Stage, ...] = ()
    target: str = ""
    model: str = ""
    requests: int | None = None
    output: str = ""
    """Path of its report in its container."""
    notes: tuple[str, ...] = ()
    """Parts that were not parsed, in words."""

    @property
    def length_s(self) -> float | None:
        """Seconds from its first request to its last; None: unknown."""
        return length_of(self.stages)


def length_of(stages: Iterable[Stage]) -> float | None:
    """When the last of `stages` ends, seconds; None: unknown, or there is none."""
    ends = [None if s.duration_s is None else s.start_s + s.duration_s for s in stages]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def named(stage: Stage, name: str, later_s: float) -> Stage:
    """`stage` shifted by `later_s`, and called `name` where it has no name of its own."""
    return Stage(stage.start_s + later_s, stage.duration_s, stage.rate, stage.name or name)


def unknown(words: str, start_s: float = 0.0) -> Stage:
    """A stage of unknown load."""
    return Stage(start_s, None, None, f"{UNKNOWN}: {words}")


def label(stage: Stage) -> str:
    """The load of a stage, in a word."""
    name = stage.name.removeprefix(f"{UNKNOWN}: ")
    rate = f"{stage.rate:g}/s" if stage.rate is not None else ""
    return " ".join(part for part in (name, rate) if part) or UNKNOWN


def joined(labels: Sequence[str]) -> str:
    """Successive loads, in words."""
    more = len(labels) - MOST_NAMED
    return THEN.join(labels[:MOST_NAMED]) + (f"{THEN}{more} more" if more > 0 else "")


class Step(NamedTuple):
    """A load and its length."""

    rate: float | None
    name: str = ""
    duration_s: float | None = None


def in_turn(steps: Sequence[Step], start_s: float = 0.0) -> tuple[Stage, ...]:
    """Stages that follow one another. From the first one of unknown length on it is unknown which
    of them runs when: these become one stage without a rate."""
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
    """`--name value`, `--name=value` and `--name`, in order; repeated ones accumulate."""
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
    """The value of the first of these flags that is given; its last value, if it is repeated."""
    return next((flags[name][-1] for name in names if name in flags), "")


def pairs(value: str) -> dict[str, str]:
    """The pairs in `a=1,b=2` or in a JSON object, as texts."""
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
            # A list of rates contains commas itself: rate=1,2,4.
            parts[last] += f",{part}"
    return parts


def decimal(value: str | None) -> float | None:
    """A finite number that is not negative; None: not one."""
    try:
        number = float(value) if value else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e12 else None


def whole(value: str | None) -> int | None:
    """The same as a whole number."""
    number = decimal(value)
    return None if number is None else int(number)
