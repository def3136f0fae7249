"""The small programs of an image: what scripts around a load generator call."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from wvatui.sim.run.box import Box
from wvatui.sim.run.process import Sleep, Steps
from wvatui.sim.run.shell import ShellProgram

Plain = Callable[[Box, list[str], bytes], int]
SHAREGPT_S = 9.4
"""How long a download takes, of any size: nobody waits for the world here."""


def _at_once(function: Plain) -> ShellProgram:
    """A program that takes no time."""

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
    """`kubectl label pod NAME key=value …`: what tasks do to their own pod."""
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
