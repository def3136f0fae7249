"""The table of load tools: recognises the tool in a command line, and its parser."""

from collections.abc import Callable, Sequence

from wvatui.load.read.tools.guidellm import guidellm, is_guidellm
from wvatui.load.read.tools.others import IMAGES, PROGRAMS, other
from wvatui.load.read.tools.perf import inference_perf
from wvatui.load.read.tools.run import ToolContext, ToolRun
from wvatui.load.read.tools.vllm import vllm_bench

READERS: dict[str, Callable[[Sequence[str], ToolContext], ToolRun]] = {
    "vllm-bench": vllm_bench,
    "guidellm": guidellm,
    "inference-perf": inference_perf,
}
"""Tools whose arguments are parsed."""

OWN_IMAGES = {"guidellm": "guidellm", "inference-perf": "inference-perf", **IMAGES}
"""Prefix of the name of an image whose entry point is a tool -> its program."""


def read_run(tool: str, words: Sequence[str], context: ToolContext) -> ToolRun:
    """The run described by the arguments of `tool`."""
    reader = READERS.get(tool)
    return reader(words, context) if reader else other(words, context, tool)


def tool_of(words: Sequence[str]) -> str:
    """The load tool that a command line runs; "" for none."""
    if not words:
        return ""
    name, rest = _program(words)
    if name.partition(".")[0] == "guidellm" and is_guidellm(rest):
        return "guidellm"
    if name.partition(".")[0] in ("inference-perf", "inference_perf"):
        return "inference-perf"
    if name == "vllm" or name.startswith("vllm."):
        if rest[:2] == ["bench", "serve"] or name == "vllm.benchmarks.serve":
            return "vllm-bench"
        return "vllm-bench-sweep" if rest[:2] == ["bench", "sweep"] else ""
    if name in ("benchmark_serving.py", "vllm.benchmarks.benchmark_serving"):
        return "vllm-bench"
    tool, verbs = PROGRAMS.get(name, ("", ()))
    return tool if not verbs or any(word in verbs for word in rest[:3]) else ""


def _program(words: Sequence[str]) -> tuple[str, list[str]]:
    """Name of the program, or of a Python module or script, and the words after it."""
    name = words[0].rpartition("/")[2]
    rest = list(words[1:])
    if not name.startswith(("python", "pypy")):
        return name, rest
    while rest:
        word, *rest = rest
        if word == "-m" and rest:
            return rest[0], rest[1:]
        if word in ("-X", "-W"):
            rest = rest[1:]
        elif word == "-c":
            return "", []
        elif not word.startswith("-"):
            return word.rpartition("/")[2], rest
    return "", []
