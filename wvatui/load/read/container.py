"""The load tools that one container starts, from its command, its script, and what these refer
to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wvatui.core.lines import many
from wvatui.core.results.loose import at, rows, table, text
from wvatui.load.read.shell.lexer import ShellError
from wvatui.load.read.shell.script import Script, ShellCommand, followed
from wvatui.load.read.shell.variables import Variables
from wvatui.load.read.shell.wrappers import SHELLS, unwrapped
from wvatui.load.read.tools.others import asks_for_tokens
from wvatui.load.read.tools.run import ToolContext, ToolRun, cut, joined, label, unknown
from wvatui.load.read.tools.table import OWN_IMAGES, read_run, tool_of

CURLS = 4
"""Single requests in a row from which on they count as load."""
_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
KnownData = Mapping[tuple[str, str], Mapping[str, str]]
"""(kind, name) of known ConfigMaps and Secrets -> their data."""


@dataclass(frozen=True, slots=True)
class StartedTool:
    """One run of a tool in a container, and the seconds before it; None: unknown."""

    run: ToolRun
    delay_s: float | None
    container: str


def read_container(
    container: Mapping[str, Any], variables: Variables, context: ToolContext
) -> tuple[tuple[StartedTool, ...], tuple[str, ...]]:
    """The container's runs, and what could not be read, in words."""
    name = text(container.get("name"))
    script = _script(container, variables, context)
    runs: list[StartedTool] = []
    for command in script.commands:
        if tool := tool_of(command.words):
            run = _run(tool, command)
            runs.append(StartedTool(run, command.delay_s, name))
    requests = [c for c in script.commands if asks_for_tokens(c.words)]
    if any(command.doubt for command in requests) or len(requests) >= CURLS:
        runs.append(StartedTool(_curls(requests), requests[0].delay_s, name))
    notes = [f"{what} is not read" for what in script.unread]
    if runs and script.waits:
        notes.append("it waits for something before the load: times count from then on")
    return tuple(runs), tuple(notes)


def _run(tool: str, command: ShellCommand) -> ToolRun:
    """One run of a tool; its load is unknown where it is doubtful whether or how often it runs."""
    run = read_run(tool, command.words, ToolContext(command.variables, command.files))
    notes = run.notes
    if command.limit_s is not None:
        notes = (*notes, f"timeout ends {tool} after {command.limit_s:g} s")
        stages = cut(run.stages, command.limit_s)
        if stages != run.stages or run.length_s is None:
            run = replace(run, stages=stages, requests=None)
    if command.doubt:
        words = f"{joined([label(stage) for stage in run.stages])} {command.doubt}"
        run = replace(run, stages=(unknown(words),), requests=None)
    return replace(run, notes=notes)


def _curls(commands: Sequence[ShellCommand]) -> ToolRun:
    doubts = [command.doubt for command in commands if command.doubt]
    how = f"curl {doubts[0]}" if doubts else f"{many(len(commands), 'request')} of curl"
    run = read_run("curl", commands[0].words, ToolContext())
    return replace(run, stages=(unknown(how),), requests=None if doubts else len(commands))


def _length(command: ShellCommand) -> float | None:
    tool = tool_of(command.words)
    return _run(tool, command).length_s if tool else 0.0


def _script(container: Mapping[str, Any], variables: Variables, context: ToolContext) -> Script:
    command = [text(word) for word in rows(container.get("command"))]
    arguments = [text(word) for word in rows(container.get("args"))]
    words = [expand(word, variables.values) for word in [*command, *arguments]]
    if not command:
        # The image's entry point is the tool, so the command has only its arguments.
        image = text(container.get("image")).rpartition("/")[2]
        program = next((tool for part, tool in OWN_IMAGES.items() if image.startswith(part)), "")
        if program and not tool_of(unwrapped(words)[2]):
            words = [program, *(words or (["benchmark", "run"] if program == "guidellm" else []))]
    if not words:
        return Script()
    if unwrapped(words)[2][:1] and unwrapped(words)[2][0].rpartition("/")[2] in SHELLS:
        return _shell(words, variables, context)
    limit_s, doubt, plain, own = unwrapped(words)
    known = {**variables.values, **own}
    script = Script()
    if plain:
        only = ShellCommand(tuple(plain), 0.0, doubt, limit_s, known, context.files)
        script.commands.append(only)
    return script


def _shell(words: Sequence[str], variables: Variables, context: ToolContext) -> Script:
    """The script that a shell runs: inline, or in a known file."""
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    try:
        return followed(quoted, variables, lengths=_length, files=context.files)
    except ShellError:
        return Script()


def commands(script: str, variables: Mapping[str, str]) -> list[ShellCommand]:
    """The commands of `script` in order; [] where it cannot be parsed."""
    try:
        return followed(script, Variables(dict(variables))).commands
    except ShellError:
        return []


def expand(word: str, variables: Mapping[str, str]) -> str:
    """Replace `$(NAME)` in a container's command, the only form that Kubernetes expands."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return _REFERENCE.sub(value, word)


# --- the known context


def variables_of(container: Mapping[str, Any], beside: KnownData) -> Variables:
    """The variables of a container. One with an unknown source is known by name only."""
    variables = Variables()
    for source in map(table, rows(container.get("envFrom"))):
        data = None
        for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if name := text(at(source, key, "name")):
                data = beside.get((kind, name))
        variables.is_open = variables.is_open or data is None
        front = text(source.get("prefix"))
        variables.values |= {f"{front}{name}": value for name, value in (data or {}).items()}
    for entry in map(table, rows(container.get("env"))):
        name = text(entry.get("name"))
        if not entry.get("valueFrom"):
            variables.values[name] = expand(text(entry.get("value")), variables.values)
            continue
        variables.values[name] = f"${name}"
        for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            reference = table(at(entry, "valueFrom", key))
            data = beside.get((kind, text(reference.get("name"))), {})
            value = data.get(text(reference.get("key")))
            variables.values[name] = value if value is not None else variables.values[name]
    return variables


def files_of(
    spec: Mapping[str, Any], container: Mapping[str, Any], beside: KnownData
) -> dict[str, str]:
    """The container's files that come from known ConfigMaps, by path."""
    sources: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for volume in map(table, rows(spec.get("volumes"))):
        parts = [volume, *map(table, rows(at(volume, "projected", "sources")))]
        sources[text(volume.get("name"))] = [
            (kind, text(table(part.get(key)).get(named)), table(part.get(key)))
            for part in parts
            for key, kind, named in (
                ("configMap", "ConfigMap", "name"),
                ("secret", "Secret", "secretName"),
            )
            if part.get(key)
        ]
    files: dict[str, str] = {}
    for mount in map(table, rows(container.get("volumeMounts"))):
        path, sub = text(mount.get("mountPath")).rstrip("/"), text(mount.get("subPath"))
        for kind, name, source in sources.get(text(mount.get("name")), ()):
            data = beside.get((kind, name or text(source.get("name"))), {})
            names = {key: key for key in data}
            if items := [table(item) for item in rows(source.get("items"))]:
                names = {text(item.get("key")): text(item.get("path")) for item in items}
            for key, inside in names.items():
                if key in data and (not sub or sub == inside):
                    files[path if sub else f"{path}/{inside}"] = data[key]
    return files
