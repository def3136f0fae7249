"""The last thing a load job does: it prints its report between marker lines.

Python code is not run here. What such code means is read from its text: the marker says that a
report is printed, and the paths and arguments in it say which.
"""

import gzip
import re

import msgspec

from wvatui.sim.run.box import Box
from wvatui.sim.run.tools import wrapped

_MARKER = re.compile(r"-----BEGIN WVATUI REPORT ([^\s\"'\\{}]*)")
_LISTS = ("requests", "input_lens", "output_lens", "ttfts", "itls", "generated_texts", "errors",
          "start_times")  # fmt: skip


def prints_report(box: Box, code: str, arguments: list[str]) -> int:
    """Do what `code` means; code that prints no report does nothing."""
    if "WVATUI REPORT" not in code:
        return 0
    path = _path(box, code, arguments)
    content = box.files.read(path) if path else None
    if content is None:
        wanted = next((a for a in arguments if "/" in a or a.endswith(".json")), path)
        box.say("Traceback (most recent call last):")
        box.say('  File "<string>", line 1, in <module>')
        box.say(f"FileNotFoundError: [Errno 2] No such file or directory: '{wanted}'")
        return 1
    match = _MARKER.search(code)
    kind = match.group(1).rstrip("-") if match else ""
    if not kind:
        words = [a for a in arguments if "/" not in a and not a.endswith((".json", ".yaml"))]
        kind = words[0] if words else box.env.get("WVATUI_REPORT", "") or _guessed(content)
    box.say(f"-----BEGIN WVATUI REPORT {kind}-----")
    box.out(wrapped(gzip.compress(_stripped(content), 9, mtime=0)))
    box.say("-----END WVATUI REPORT-----")
    return 0


def _path(box: Box, code: str, arguments: list[str]) -> str:
    """The report: a file that is named in the arguments, the code or the environment."""
    named = [*arguments, *re.findall(r"[\"']([^\"'\s]+)[\"']", code), *box.env.values()]
    for name in named:
        path = box.path(name)
        if name and box.files.read(path) is not None:
            return path
        if name and box.files.is_folder(path) and path not in ("/", "/tmp"):
            inside = [p for p in box.files.paths() if p.startswith(path + "/")]
            found = [p for p in inside if p.endswith(".json")]
            summary = [p for p in found if "summary" in p]
            if found:
                return (summary or found)[-1]
    return ""


def _stripped(content: bytes) -> bytes:
    """Without what is told for each request."""
    try:
        report = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content
    if not isinstance(report, dict):
        return content
    for name in _LISTS:
        report.pop(name, None)
    for benchmark in report.get("benchmarks") or []:
        if isinstance(benchmark, dict):
            benchmark.pop("requests", None)
    return msgspec.json.encode(report)


def _guessed(content: bytes) -> str:
    if b'"benchmarks"' in content[:200_000]:
        return "guidellm"
    return "inference-perf" if b'"load_summary"' in content else "vllm-bench"
