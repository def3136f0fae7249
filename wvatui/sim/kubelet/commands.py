"""Every program by its name: the shells, the small tools, the load generators."""

import re
from typing import Any

from wvatui.sim.loadgen.bench_serve import bench_serve
from wvatui.sim.loadgen.guidellm import guidellm
from wvatui.sim.loadgen.inference_perf import inference_perf
from wvatui.sim.loadgen.pipeline_steps import calculate_params, load_step
from wvatui.sim.run.box import Box
from wvatui.sim.run.process import Sleep, Steps
from wvatui.sim.run.report import prints_report
from wvatui.sim.run.shell import PosixShell, ShellProgram
from wvatui.sim.run.tools import TOOLS
from wvatui.sim.run.volumes import expanded

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What comes of arguments and files that cannot be."""
_MODULES = {"vllm.entrypoints.cli.main": "vllm", "guidellm": "guidellm"}


def find(name: str) -> ShellProgram | None:
    """The program of that name or path; None: no image here has it."""
    return _PROGRAMS.get(name.rpartition("/")[2])


def run(box: Box, argv: list[str]) -> Steps:
    """A container's command."""
    program = find(argv[0]) if argv else None
    yield from ()
    if program is None:
        return 127
    try:
        return (yield from program(box, argv, b""))
    except UNREADABLE as error:
        # Somebody else wrote the command: what it means and we do not know ends it, not us.
        box.say(f"{argv[0]}: {error or type(error).__name__}")
        return 1


def _shell(box: Box, argv: list[str], given: bytes) -> Steps:
    """`sh -c TEXT`; `-e` and the like may stand beside the c."""
    name, *words = argv
    options = "".join(word[1:] for word in words if re.fullmatch("-[a-z]+", word))
    texts = [word for word in words if not re.fullmatch("-[a-z]+", word)]
    if "c" not in options or not texts:
        box.say(f"{name}: only -c is simulated")
        return 2
    text = f"set -e\n{texts[0]}" if "e" in options else texts[0]
    return (yield from PosixShell(box, find, name=name.rpartition("/")[2]).run(text))


def _python(box: Box, argv: list[str], given: bytes) -> Steps:
    """The modules that are programs here, and the few lines that print a report."""
    match argv[1:]:
        case ["-m", module, *words] if module in _MODULES:
            name = _MODULES[module]
            program = find(name)
            assert program is not None, "a module stands for a program"
            return (yield from program(box, [name, *words], given))
        case ["-c", code, *words]:
            yield Sleep(0.2)
            return prints_report(box, code, words)
    box.say(f"{argv[0]}: only -c and the modules {', '.join(_MODULES)} are simulated")
    return 1


def _vllm(box: Box, argv: list[str], given: bytes) -> Steps:
    if argv[1:3] == ["bench", "serve"]:
        return (yield from bench_serve(box, argv, given))
    box.say("usage: vllm [-h] [-v] {chat,complete,serve,bench,collect-env,run-batch} ...")
    return 2


_PROGRAMS: dict[str, ShellProgram] = TOOLS | {
    "bash": _shell,
    "sh": _shell,
    "python": _python,
    "python3": _python,
    "vllm": _vllm,
    "guidellm": guidellm,
    "inference-perf": inference_perf,
    "calculate-params": calculate_params,
    "guidellm-load-step": load_step,
}
ENTRYPOINTS = (
    ("guidellm", ["guidellm"]),
    ("vllm-openai", ["vllm", "serve"]),
    ("inference-perf", ["inference-perf"]),
)
"""What an image runs when the pod names no command, by a part of its name."""


def argv(container: dict[str, Any], env: dict[str, str]) -> list[str]:
    """Words of the command line, `$(NAME)` replaced."""
    given = [expanded(str(one), env) for one in container.get("args") or []]
    command = [expanded(str(one), env) for one in container.get("command") or []]
    if command:
        return command + given
    image = str(container.get("image", ""))
    found = next((run for part, run in ENTRYPOINTS if part in image), None)
    # An image nobody knows: it does something for a moment, or runs what it is given.
    return found + given if found is not None else given or ["sleep", "5"]
