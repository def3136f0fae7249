"""Every program by its name: the shells, the small tools, the load generators."""

import re
from functools import partial
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
_SHELLS = {"sh", "bash", "ash", "dash"}
_PYTHON = re.compile(r"python3?(\.\d+)?")
_MODULES = {
    "vllm.entrypoints.cli.main": "vllm",
    "guidellm": "guidellm",
    "guidellm.__main__": "guidellm",
    "inference_perf": "inference-perf",
    "inference_perf.main": "inference-perf",
}


def find(name: str) -> ShellProgram | None:
    """The program of that name or path; None: no image here has it."""
    base = name.rpartition("/")[2]
    if base in _SHELLS:
        return _shell
    if _PYTHON.fullmatch(base):
        return _python
    if base == "vllm":
        return _vllm
    if base == "guidellm":
        return guidellm
    if base == "calculate-params":
        return calculate_params
    if base == "guidellm-load-step":
        return load_step
    if base == "inference-perf":
        return inference_perf
    if base in ("exec", "time", "nohup", "stdbuf", "env", "timeout"):
        return partial(_prefixed, base)
    return TOOLS.get(base)


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
    """`sh -c TEXT`, `sh FILE`, or from standard input; `-e` and `-x` may stand before."""
    options, words = "", argv[1:]
    while words and re.fullmatch(r"-[a-z]+", words[0]):
        options += words[0][1:]
        words = words[1:]
        if options.endswith("o") and words:
            words = words[1:]
    name = argv[0].rpartition("/")[2]
    text, rest = given.decode("utf-8", "replace"), words
    if "c" in options and words:
        text, rest = words[0], words[2:]
    elif words:
        content = box.files.read(box.path(words[0]))
        if content is None:
            box.say(f"{name}: 0: cannot open {words[0]}: No such file")
            return 2
        text, rest = content.decode("utf-8", "replace"), words[1:]
    if "e" in options:
        text = f"set -e\n{text}"
    return (yield from PosixShell(box, find, name=name).run(text, rest))


def _python(box: Box, argv: list[str], given: bytes) -> Steps:
    """The modules that are programs here, and the few lines that print a report."""
    words = [w for w in argv[1:] if w not in ("-u", "-B", "-E", "-I", "-s")]
    if words[:1] == ["-m"] and len(words) > 1:
        program = find(_MODULES[words[1]]) if words[1] in _MODULES else None
        if program is None:
            box.say(f"{argv[0]}: No module named {words[1]}")
            return 1
        return (yield from program(box, [_MODULES[words[1]], *words[2:]], given))
    code, rest = given.decode("utf-8", "replace"), words
    if words[:1] == ["-c"]:
        code, rest = words[1] if len(words) > 1 else "", words[2:]
    elif words and words[0] != "-":
        content = box.files.read(box.path(words[0]))
        if content is None:
            box.say(
                f"{argv[0]}: can't open file '{box.path(words[0])}': [Errno 2] "
                "No such file or directory"
            )
            return 2
        code, rest = content.decode("utf-8", "replace"), words[1:]
    yield Sleep(0.2)
    return prints_report(box, code, rest)


def _vllm(box: Box, argv: list[str], given: bytes) -> Steps:
    if argv[1:3] == ["bench", "serve"]:
        return (yield from bench_serve(box, argv, given))
    box.say("usage: vllm [-h] [-v] {chat,complete,serve,bench,collect-env,run-batch} ...")
    return 2


def _prefixed(name: str, box: Box, argv: list[str], given: bytes) -> Steps:
    """Commands that run another one."""
    words = argv[1:]
    while words and (words[0].startswith("-") or "=" in words[0] or words[0][:1].isdigit()):
        if "=" in words[0] and not words[0].startswith("-"):
            key, _, value = words[0].partition("=")
            box.env = {**box.env, key: value}
        words = words[1:]
    program = find(words[0]) if words else TOOLS.get(name)
    if program is None:
        box.say(f"{name}: {words[0] if words else ''}: not found")
        return 127
    return (yield from program(box, words or argv, given))


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
