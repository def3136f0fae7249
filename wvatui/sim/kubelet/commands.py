"""Every program by name: the shells, the small tools of an image, the load generators.

A load job ends by printing its report between marker lines. Python code is not executed here: its
meaning is derived from its text. The marker shows that a report is printed, arguments and paths
show which; `zlib` or `gzip` show the compression; a digest shows the length of the marker's digest;
a range shows the length of lines.
"""

import base64
import gzip
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from wvatui.load.read.container import expand
from wvatui.sim.loadgen.bench_serve import bench_serve
from wvatui.sim.loadgen.guidellm import guidellm
from wvatui.sim.loadgen.inference_perf import inference_perf
from wvatui.sim.loadgen.pipeline_steps import calculate_params, load_step
from wvatui.sim.run.box import Box, Sleep, Steps
from wvatui.sim.run.shell import PosixShell, ShellProgram

Plain = Callable[[Box, list[str], bytes], int]
SHAREGPT_S = 9.4
"""Seconds that any download takes, whatever its size."""


def _at_once(function: Plain) -> ShellProgram:
    """A program that takes no simulated time."""

    def steps(box: Box, argv: list[str], given: bytes) -> Steps:
        yield from ()
        return function(box, argv, given)

    return steps


def _names(argv: list[str]) -> list[str]:
    return [word for word in argv[1:] if not word.startswith("-")]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nt\\])", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)


def _echo(box: Box, argv: list[str], given: bytes) -> int:
    box.say(" ".join(argv[1:]))
    return 0


def _printf(box: Box, argv: list[str], given: bytes) -> int:
    """`printf`, with %s alone."""
    values = iter(argv[2:])
    text = re.sub("%s", lambda m: next(values, ""), _unescaped(argv[1]))
    box.out(text.encode("utf-8", "surrogateescape"))
    return 0


def _cat(box: Box, argv: list[str], given: bytes) -> int:
    if len(argv) == 1:
        box.out(given)
    missing = 0
    for name in argv[1:]:
        content = box.files.read(box.path(name))
        if content is None:
            box.say(f"cat: {name}: No such file or directory")
            missing = 1
        else:
            box.out(content)
    return missing


def _tee(box: Box, argv: list[str], given: bytes) -> int:
    for name in _names(argv):
        box.files.write(box.path(name), given, more="-a" in argv)
    box.out(given)
    return 0


def _make_folder(box: Box, argv: list[str], given: bytes) -> int:
    for name in _names(argv):
        box.files.make_folder(box.path(name))
    return 0


def _touch(box: Box, argv: list[str], given: bytes) -> int:
    for name in _names(argv):
        box.files.write(box.path(name), b"", more=True)
    return 0


def _delete_characters(box: Box, argv: list[str], given: bytes) -> int:
    """`tr -d SET`."""
    chosen = _unescaped(argv[-1]).encode()
    box.out(given.translate(None, chosen))
    return 0


def _date(box: Box, argv: list[str], given: bytes) -> int:
    form = next((w[1:] for w in argv[1:] if w.startswith("+")), "%a %b %d %H:%M:%S UTC %Y")
    form = form.replace("%s", str(int(box.timeline.now)))
    box.say(datetime.fromtimestamp(box.timeline.now, UTC).strftime(form))
    return 0


def _test(box: Box, argv: list[str], given: bytes) -> int:
    """`test [!] -e NAME`."""
    words = argv[1:]
    is_negated = words[:1] == ["!"]
    exists = False
    if words[is_negated:][:1] == ["-e"]:
        path = box.path(words[-1])
        exists = box.files.read(path) is not None or box.files.is_folder(path)
    return int(exists is is_negated)


def _kubectl(box: Box, argv: list[str], given: bytes) -> int:
    """`kubectl label pod NAME key=value …`, as tasks use it on their own pod."""
    words = _names(argv)
    if words[:2] != ["label", "pod"] or len(words) < 4:
        box.say("error: unknown command")
        return 1
    name, pairs = words[2], [word.partition("=") for word in words[3:]]
    if not box.network.label_pod(box.namespace, name, {key: value for key, _, value in pairs}):
        box.say(f'Error from server (NotFound): pods "{name}" not found')
        return 1
    box.say(f"pod/{name} labeled")
    return 0


def _sleep(box: Box, argv: list[str], given: bytes) -> Steps:
    match = re.fullmatch(r"(\d*\.?\d+)([sm]?)", argv[-1])
    if match is None:
        box.say(f"sleep: invalid time interval '{argv[-1]}'")
        return 1
    yield Sleep(float(match.group(1)) * (60 if match.group(2) == "m" else 1))
    return 0


def _wget(box: Box, argv: list[str], given: bytes) -> Steps:
    """wget of busybox, as far as `-O FILE URL`."""
    url, path = argv[-1], argv[-2]
    host = url.partition("://")[2].partition("/")[0]
    if not box.network.resolves(url, box.namespace):
        box.say(f"wget: bad address '{host}'")
        return 1
    box.say(f"Connecting to {host} (18.164.174.17:443)")
    box.say(f"saving to '{path}'")
    yield Sleep(SHAREGPT_S * box.rng.uniform(0.8, 1.3))
    name = url.rpartition("/")[2]
    box.out(f"\r{name[:20]:<20} 100% |{'*' * 32}|  642M  0:00:00 ETA\n".encode())
    box.say(f"'{path}' saved")
    box.files.write(box.path(path), b"[]")
    return 0


TOOLS: dict[str, ShellProgram] = {
    "cat": _at_once(_cat),
    "date": _at_once(_date),
    "echo": _at_once(_echo),
    "false": _at_once(lambda box, argv, given: 1),
    "kubectl": _at_once(_kubectl),
    "mkdir": _at_once(_make_folder),
    "oc": _at_once(_kubectl),
    "printf": _at_once(_printf),
    "sleep": _sleep,
    "tee": _at_once(_tee),
    "test": _at_once(_test),
    "touch": _at_once(_touch),
    "tr": _at_once(_delete_characters),
    "true": _at_once(lambda box, argv, given: 0),
    "wget": _wget,
}


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
"""Parts of a report with an entry per request, and curves."""


def prints_report(box: Box, code: str, arguments: list[str]) -> int:
    """Act as `code` would; code that prints no report does nothing."""
    if "WVATUI REPORT" not in code:
        return 0
    words = [a for a in arguments if "/" not in a and not a.endswith((".json", ".yaml"))]
    match = _MARKER.search(code)
    named = match.group(1) if match and match.group(1) not in (None, "sys", "kind") else ""
    reports = _reports(box, [a for a in arguments if a not in words] or _named(box, code))
    if not reports:
        for name in arguments:
            if name not in words:
                box.say(f"wvatui: no report: {name} [Errno 2] No such file or directory: '{name}'")
        return 0
    document = next(iter(reports.values())) if len(reports) == 1 else reports
    data = msgspec.json.encode(document)
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
    """Files named by the code or the environment."""
    names = [*re.findall(r"[\"']([^\"'\s]+)[\"']", code), *box.env.values()]
    return [name for name in names if box.files.read(box.path(name)) is not None]


def _reports(box: Box, names: list[str]) -> dict[str, Any]:
    """Reports by the names of their files, without the parts that have an entry per request."""
    reports: dict[str, Any] = {}
    for name in names:
        path = box.path(name)
        paths = [path]
        if box.files.read(path) is None and box.files.is_folder(path):
            inside = sorted(p for p in box.files.paths() if p.startswith(path + "/"))
            files = [p for p in inside if p.endswith(".json")]
            paths = [p for p in files if p.endswith("lifecycle_metrics.json")] or files
        for report_path in paths:
            content = box.files.read(report_path)
            try:
                report = msgspec.json.decode(content) if content is not None else None
            except msgspec.DecodeError:
                continue
            if report is not None:
                reports[report_path.rpartition("/")[2]] = _reduced(report)
    return reports


def _reduced(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reduced(item) for key, item in value.items() if key not in _LEFT_OUT}
    return [_reduced(item) for item in value] if isinstance(value, list) else value


def _guessed(content: bytes) -> str:
    if b'"benchmarks"' in content:
        return "guidellm"
    return "inference-perf" if b'"load_summary"' in content else "vllm-bench"


UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Errors caused by invalid arguments and files."""
_MODULES = {"vllm.entrypoints.cli.main": "vllm", "guidellm": "guidellm"}


def find(name: str) -> ShellProgram | None:
    """The program of that name or path; None: no image has it."""
    return _PROGRAMS.get(name.rpartition("/")[2])


def run(box: Box, argv: list[str]) -> Steps:
    """Run a container's command."""
    program = find(argv[0]) if argv else None
    yield from ()
    if program is None:
        return 127
    try:
        return (yield from program(box, argv, b""))
    except UNREADABLE as error:
        # The command may use features that are not simulated: it then fails, but not the
        # simulation.
        box.say(f"{argv[0]}: {error or type(error).__name__}")
        return 1


def _shell(box: Box, argv: list[str], given: bytes) -> Steps:
    """`sh -c TEXT`; options such as `-e` may come with the c."""
    name, *words = argv
    options = "".join(word[1:] for word in words if re.fullmatch("-[a-z]+", word))
    texts = [word for word in words if not re.fullmatch("-[a-z]+", word)]
    if "c" not in options or not texts:
        box.say(f"{name}: only -c is simulated")
        return 2
    text = f"set -e\n{texts[0]}" if "e" in options else texts[0]
    return (yield from PosixShell(box, find, name=name.rpartition("/")[2]).run(text))


def _python(box: Box, argv: list[str], given: bytes) -> Steps:
    """The modules that are simulated programs, and short scripts that print a report."""
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
"""Command of an image when the pod names none, by a part of the image's name."""


def argv(container: dict[str, Any], env: dict[str, str]) -> list[str]:
    """The words of the command line, with `$(NAME)` replaced."""
    given = [expand(str(argument), env) for argument in container.get("args") or []]
    command = [expand(str(argument), env) for argument in container.get("command") or []]
    if command:
        return command + given
    image = str(container.get("image", ""))
    program = next((run for part, run in ENTRYPOINTS if part in image), None)
    # An unknown image: it runs for a moment, or runs the given command.
    return program + given if program is not None else given or ["sleep", "5"]
