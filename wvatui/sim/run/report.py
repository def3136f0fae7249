"""The last thing a load job does: it prints its report between marker lines.

Python code is not run here. What such code means is read from its text: the marker says that a
report is printed, and the arguments and paths which; `zlib` or `gzip` how it is packed; a digest
that the marker says how long it is; a range how long the lines are.
"""

import base64
import gzip
import re
import zlib
from hashlib import sha256
from typing import Any

import msgspec

from wvatui.sim.run.box import Box

_MARKER = re.compile(r"-----BEGIN WVATUI REPORT[ \"',]*([A-Za-z][\w.-]*?)?(?:-----|[^\w-])")
_WIDTH = re.compile(r"range\(0, len\(\w+\), (\d+)\)")
_LEFT_OUT = frozenset(
    {
        "requests",
        "request_samples",
        "pdf",
        "cumulative_distribution_function",
        "input_lens",
        "output_lens",
        "ttfts",
        "itls",
        "generated_texts",
        "errors",
        "start_times",
    }
)
"""What is told for each request, and curves."""


def prints_report(box: Box, code: str, arguments: list[str]) -> int:
    """Do what `code` means; code that prints no report does nothing."""
    if "WVATUI REPORT" not in code:
        return 0
    words = [a for a in arguments if "/" not in a and not a.endswith((".json", ".yaml"))]
    match = _MARKER.search(code)
    named = match.group(1) if match and match.group(1) not in (None, "sys", "kind") else ""
    found = _reports(box, [a for a in arguments if a not in words] or _named(box, code))
    if not found:
        for name in arguments:
            if name not in words:
                box.say(f"wvatui: no report: {name} [Errno 2] No such file or directory: '{name}'")
        return 0
    told = next(iter(found.values())) if len(found) == 1 else found
    data = msgspec.json.encode(told)
    kind = named or (words[0] if words else "") or _guessed(data)
    is_sized = "hashlib" in code
    packed = zlib.compress(data, 9) if "zlib" in code else gzip.compress(data, 9, mtime=0)
    size = f" {len(data)} {sha256(data).hexdigest()[:16]}" if is_sized else ""
    width = _WIDTH.search(code)
    box.say(f"-----BEGIN WVATUI REPORT {kind}{size}-----")
    _print_encoded(box, packed, int(width.group(1)) if width else 76)
    box.say("-----END WVATUI REPORT-----")
    return 0


def _print_encoded(box: Box, content: bytes, width: int) -> None:
    text = base64.b64encode(content).decode()
    for at in range(0, len(text), width):
        box.say(text[at : at + width])


def _named(box: Box, code: str) -> list[str]:
    """Files that the code or the environment names."""
    names = [*re.findall(r"[\"']([^\"'\s]+)[\"']", code), *box.env.values()]
    return [name for name in names if box.files.read(box.path(name)) is not None]


def _reports(box: Box, names: list[str]) -> dict[str, Any]:
    """Reports by the names of their files, without what is told for each request."""
    found: dict[str, Any] = {}
    for name in names:
        path = box.path(name)
        paths = [path]
        if box.files.read(path) is None and box.files.is_folder(path):
            inside = sorted(p for p in box.files.paths() if p.startswith(path + "/"))
            files = [p for p in inside if p.endswith(".json")]
            paths = [p for p in files if p.endswith("lifecycle_metrics.json")] or files
        for one in paths:
            content = box.files.read(one)
            try:
                report = msgspec.json.decode(content) if content is not None else None
            except msgspec.DecodeError:
                continue
            if report is not None:
                found[one.rpartition("/")[2]] = _reduced(report)
    return found


def _reduced(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reduced(one) for key, one in value.items() if key not in _LEFT_OUT}
    return [_reduced(one) for one in value] if isinstance(value, list) else value


def _guessed(content: bytes) -> str:
    if b'"benchmarks"' in content:
        return "guidellm"
    return "inference-perf" if b'"load_summary"' in content else "vllm-bench"
