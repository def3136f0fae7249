"""Which load a Kubernetes object makes: the tools that its containers start, and their stages."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wvatui.core.events import Stage
from wvatui.core.results.loose import at, rows, table, text
from wvatui.load.profiles.commands import wave_name
from wvatui.load.profiles.manifests import MANAGED_BY, PROFILE
from wvatui.load.read.arguments import READERS, ToolRun, tool_of

_OPERATORS = frozenset({";", "&", "&&", "||", "|", "\n", "(", ")", "{", "}"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PREFIXES = frozenset({"exec", "nohup", "command", "time", "then", "do", "else", "if", "while"})
_VARIABLE = re.compile(
    r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|\(([A-Za-z_][A-Za-z0-9_]*)\)|"
    r"([A-Za-z_][A-Za-z0-9_]*))"
)
SCRIPT_LIMIT = 100_000
_SHELLS = ("sh", "bash", "ash", "dash")
_IMAGES = {"guidellm": "guidellm", "inference-perf": "inference-perf"}
HARNESSES = {
    ("function", "load_generator"): "llm-d-benchmark",
    ("benchmark-running", "true"): "tekton",
}
"""Labels of pods that make load → what runs them."""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One command of a shell script: its words, and the seconds of sleep before it."""

    words: tuple[str, ...]
    delay_s: float


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with the variables that are known; the others stay as they are written."""

    def value(match: re.Match[str]) -> str:
        return variables.get(match[1] or match[2] or match[3], match[0])

    return _VARIABLE.sub(value, text)


def commands(script: str, variables: Mapping[str, str]) -> list[ShellCommand]:
    """The commands of `script` in their order; [] where it cannot be read.

    A command in the background takes no time; only sleeping does.
    """
    commands_: list[ShellCommand] = []
    words: list[str] = []
    stack: list[float] = []
    at = started = closed_from = 0.0
    before = ""
    for token in [*_tokens(script), "\n"]:
        if token not in _OPERATORS:
            words.append(token)
            continue
        if words:
            slept = _sleep(words)
            started = at
            if slept is None:
                plain = _without_prefixes([expand(word, variables) for word in words])
                if plain:
                    commands_.append(ShellCommand(tuple(plain), at))
            else:
                at += slept
            words = []
        if token in "({":
            stack.append(at)
        elif token in ")}" and stack:
            closed_from = stack.pop()
        elif token == "&":
            at = closed_from if before in (")", "}") else started
        before = token if token != "\n" else before
    return commands_


def _tokens(script: str) -> list[str]:
    text = script[:SCRIPT_LIMIT].replace("\\\n", " ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();&|\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    tokens: list[str] = []
    try:
        for token in lexer:
            # Runs of punctuation come as one word: `) &\n` is three.
            if token and set(token) <= set("();&|\n"):
                tokens += re.findall(r"&&|\|\||[();&|\n]", token)
            else:
                tokens.append(token)
    except ValueError:
        return tokens
    return tokens


def _sleep(words: list[str]) -> float | None:
    if len(words) != 2 or words[0].rpartition("/")[2] != "sleep":
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", words[1])
    if match is None:
        return 0.0
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def _without_prefixes(words: list[str]) -> list[str]:
    while words and (words[0] in _PREFIXES or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    if len(words) > 2 and words[0].rpartition("/")[2] == "timeout":
        return words[2:]
    return words


@dataclass(frozen=True, slots=True)
class StartedTool:
    """One run of a tool in a container, and the seconds of sleep before it."""

    run: ToolRun
    delay_s: float
    container: str


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What a pod will do. `tool` is "" when none is recognised."""

    tool: str = ""
    image: str = ""
    target: str = ""
    model: str = ""
    requests: int | None = None
    stages: tuple[Stage, ...] = ()
    started: tuple[StartedTool, ...] = ()


def container_runs(container: Mapping[str, Any]) -> tuple[StartedTool, ...]:
    """The runs of load tools in one container of a pod, as its command and arguments say."""
    variables = {
        text(entry.get("name")): text(entry.get("value"))
        for entry in map(table, rows(container.get("env")))
    }
    name, runs = text(container.get("name")), []
    for command in _commands(container, variables):
        tool = tool_of(command.words)
        if tool:
            run = READERS[tool](command.words, variables)
            runs.append(StartedTool(run, command.delay_s, name))
    return tuple(runs)


def _commands(container: Mapping[str, Any], variables: Mapping[str, str]) -> list[ShellCommand]:
    command = [text(word) for word in rows(container.get("command"))]
    words = [
        expand(word, variables)
        for word in [*command, *(text(word) for word in rows(container.get("args")))]
    ]
    if not words:
        return []
    raw = [*command, *(text(word) for word in rows(container.get("args")))]
    if words[0].rpartition("/")[2] in _SHELLS:
        script = next(
            (
                raw[i + 1]
                for i, word in enumerate(raw[:-1])
                if word.startswith("-") and word.endswith("c")
            ),
            "",
        )
        return commands(script, variables)
    image = text(container.get("image")).rpartition("/")[2]
    if not command:
        # The image's own entry point is the tool: only its arguments stand here.
        tool = next((tool for part, tool in _IMAGES.items() if image.startswith(part)), "")
        words = [tool, *words] if tool and not tool_of(words) else words
    return [ShellCommand(tuple(words), 0.0)]


def pod_plan(spec: Mapping[str, Any]) -> LoadPlan:
    """The load that a pod of this `spec` makes, over all its containers."""
    started: list[StartedTool] = []
    image = ""
    for container in map(table, rows(spec.get("containers"))):
        runs = container_runs(container)
        if runs:
            image = image or text(container.get("image"))
        started += runs
    if not started:
        return LoadPlan(image=text(at(_first(spec.get("containers")), "image")))
    stages = [
        Stage(
            run.delay_s + stage.start_s,
            stage.duration_s,
            stage.rate,
            stage.name or wave_name(run.run.output),
        )
        for run in started
        for stage in run.run.stages
    ]
    first = started[0].run
    counts = [run.run.requests for run in started]
    return LoadPlan(
        tool=first.tool,
        image=image,
        target=first.target,
        model=first.model,
        requests=sum(c for c in counts if c is not None) if None not in counts else None,
        stages=tuple(sorted(stages, key=lambda stage: stage.start_s)),
        started=tuple(started),
    )


def plan_of(thing: Mapping[str, Any]) -> LoadPlan:
    """The load of a Job or Pod (as JSON); an empty plan for anything else."""
    if thing.get("kind") == "Job":
        return pod_plan(table(at(thing, "spec", "template", "spec")))
    if thing.get("kind") == "Pod":
        return pod_plan(table(thing.get("spec")))
    return LoadPlan()


def harness_of(thing: Mapping[str, Any]) -> str:
    """What runs a pod that its labels mark as load: llm-d-benchmark, tekton; "" for neither."""
    labels = table(at(thing, "metadata", "labels"))
    matches = (who for (key, value), who in HARNESSES.items() if labels.get(key) == value)
    return next(matches, "")


def is_load(thing: Mapping[str, Any]) -> bool:
    """Whether a Job or Pod makes load: it runs a known tool, is marked as load, or is ours."""
    labels = table(at(thing, "metadata", "labels"))
    if labels.get(MANAGED_BY) == "wvatui" and PROFILE in labels:
        return True
    return bool(harness_of(thing)) or bool(plan_of(thing).tool)


def _first(value: Any) -> Mapping[str, Any]:
    return table(rows(value)[0]) if rows(value) else {}
