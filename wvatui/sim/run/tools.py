"""The small programs of an image: what scripts around a load generator call."""

import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime

from wvatui.sim.run import file_tools as files
from wvatui.sim.run import text_tools as text
from wvatui.sim.run.box import Box
from wvatui.sim.run.process import Sleep, Steps
from wvatui.sim.run.shell import ShellProgram

Plain = Callable[[Box, list[str], bytes], int]
SHAREGPT_S = 9.4
"""How long a download takes, of any size: nobody waits for the world here."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "e": "\x1b", '"': '"'}


def at_once(function: Plain) -> ShellProgram:
    """A program that takes no time."""

    def steps(box: Box, argv: list[str], given: bytes) -> Steps:
        yield from ()
        return function(box, argv, given)

    return steps


def _date(box: Box, argv: list[str], given: bytes) -> int:
    now = datetime.fromtimestamp(box.timeline.now, UTC)
    form = next((w[1:] for w in argv[1:] if w.startswith("+")), "%a %b %d %H:%M:%S UTC %Y")
    if any(w in ("-Is", "-Iseconds", "--iso-8601=seconds") for w in argv):
        form = "%Y-%m-%dT%H:%M:%S+00:00"
    form = form.replace("%s", str(int(box.timeline.now))).replace("%N", f"{now.microsecond:06}000")
    box.say(now.strftime(form.replace("%:z", "+00:00")))
    return 0


def _test(box: Box, argv: list[str], given: bytes) -> int:
    words = argv[1:]
    if argv[0] in ("[", "[["):
        words = words[:-1]
    return int(not _holds(box, words))


def _holds(box: Box, words: list[str]) -> bool:
    for joint, both in (("-o", any), ("||", any), ("-a", all), ("&&", all)):
        if joint in words and len(words) > 3:
            place = words.index(joint)
            return both((_holds(box, words[:place]), _holds(box, words[place + 1 :])))
    match words:
        case ["!", *rest]:
            return not _holds(box, rest)
        case ["-z", text]:
            return not text
        case ["-n", text]:
            return bool(text)
        case ["-f" | "-s" | "-e" | "-r", name]:
            content = box.files.read(box.path(name))
            found = content is not None or (words[0] == "-e" and box.files.is_folder(name))
            return found and (words[0] != "-s" or bool(content))
        case ["-d", name]:
            return box.files.is_folder(box.path(name))
        case [left, "=" | "==", right]:
            if right.endswith("*"):
                return left.startswith(right[:-1])
            return left == right
        case [left, "!=", right]:
            return left != right
        case [left, ("-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge") as how, right]:
            return _compared(left, how, right)
        case [text]:
            return bool(text)
    return False


def _compared(left: str, how: str, right: str) -> bool:
    try:
        a, b = int(left), int(right)
    except ValueError:
        return False
    return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}[
        how
    ]


def _kubectl(box: Box, argv: list[str], given: bytes) -> int:
    """`kubectl label pod NAME key=value key-`: what tasks do to their own pod."""
    words, at = [], 1
    while at < len(argv):
        if argv[at] in ("-n", "--namespace"):
            at += 2
            continue
        if not argv[at].startswith("-"):
            words.append(argv[at])
        at += 1
    if words[:1] != ["label"] or len(words) < 3:
        box.say("error: unknown command")
        return 1
    kind, slash, name = words[1].partition("/")
    pairs = words[2:] if slash else words[3:]
    name = name if slash else words[2]
    labels: dict[str, str | None] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        labels[key if equals else key.rstrip("-")] = value if equals else None
    if kind not in ("pod", "pods", "po") or not box.network.label_pod(box.namespace, name, labels):
        box.say(f'Error from server (NotFound): pods "{name}" not found')
        return 1
    box.say(f"pod/{name} labeled")
    return 0


def _env(box: Box, argv: list[str], given: bytes) -> int:
    for name, value in sorted(box.env.items()):
        box.say(f"{name}={value}")
    return 0


def _seq(box: Box, argv: list[str], given: bytes) -> int:
    numbers = [int(word) for word in argv[1:]]
    first, last = (1, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[-1])
    for number in range(first, min(last, first + 10_000) + 1):
        box.say(str(number))
    return 0


def _code(code: int) -> ShellProgram:
    return at_once(lambda box, argv, given: code)


def _said(text: Callable[[Box], str]) -> ShellProgram:
    def say(box: Box, argv: list[str], given: bytes) -> int:
        box.say(text(box))
        return 0

    return at_once(say)


def _uuid(box: Box) -> str:
    digits = f"{box.rng.getrandbits(128):032x}"
    return "-".join(
        (digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20], digits[20:])
    )


def _sleep(box: Box, argv: list[str], given: bytes) -> Steps:
    total = 0.0
    for word in argv[1:]:
        match = re.fullmatch(r"(\d*\.?\d+)([smhd]?)", word)
        if match is None and word != "infinity":
            box.say(f"sleep: invalid time interval '{word}'")
            return 1
        scale = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
        total += float(match.group(1)) * scale[match.group(2)] if match else 1e9
    yield Sleep(total)
    return 0


def _wget(box: Box, argv: list[str], given: bytes) -> Steps:
    """wget of busybox and curl, as far as they fetch one URL into a file."""
    is_curl = argv[0].endswith("curl")
    url = next((w for w in argv[1:] if "://" in w), "")
    into = ""
    for place, word in enumerate(argv):
        if word in ("-O", "-o", "--output") and place + 1 < len(argv):
            into = argv[place + 1]
        elif word.startswith("-O") and len(word) > 2:
            into = word[2:]
    host = url.partition("://")[2].partition("/")[0]
    if not box.network.resolves(url, box.namespace):
        bad = (
            f"curl: (6) Could not resolve host: {host}"
            if is_curl
            else (f"wget: bad address '{host}'")
        )
        box.say(bad)
        return 6 if is_curl else 1
    name = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    into = into or ("-" if is_curl else name)
    if box.network.service(url, box.namespace) is not None:
        yield Sleep(0.05)
        page = box.network.fetch(url, box.namespace)
        if page is None or page[0] >= 400:
            what = (
                f"server returned error: HTTP/1.1 {page[0]}"
                if page
                else (f"can't connect to remote host ({host}): Connection refused")
            )
            box.say(f"curl: (7) Failed to connect to {host}" if is_curl else f"wget: {what}")
            return 7 if is_curl else 1
        content = page[2]
    else:
        if not is_curl:
            box.say(f"Connecting to {host} (18.164.174.17:443)")
            box.say(f"saving to '{into}'")
        yield Sleep(SHAREGPT_S * box.rng.uniform(0.8, 1.3))
        content = b"[]"
        if not is_curl:
            box.out(f"\r{name[:20]:<20} 100% |{'*' * 32}|  642M  0:00:00 ETA\n".encode())
            box.say(f"'{into}' saved")
    if into == "-":
        box.out(content)
    else:
        box.files.write(box.path(into), content)
    return 0


TOOLS: dict[str, ShellProgram] = {
    "[": at_once(_test),
    "[[": at_once(_test),
    "test": at_once(_test),
    "echo": at_once(text.echo),
    "printf": at_once(text.printf),
    "cat": at_once(text.cat),
    "tee": at_once(text.tee),
    "mkdir": at_once(files.make_folder),
    "rm": at_once(files.remove),
    "cp": at_once(files.copy),
    "mv": at_once(files.copy),
    "ls": at_once(files.list_folder),
    "date": at_once(_date),
    "gzip": at_once(text.pack),
    "gunzip": at_once(text.pack),
    "zcat": at_once(text.pack),
    "base64": at_once(text.base64_),
    "head": at_once(text.cut),
    "tail": at_once(text.cut),
    "grep": at_once(text.grep),
    "wc": at_once(text.count),
    "env": at_once(_env),
    "basename": at_once(files.path_part),
    "dirname": at_once(files.path_part),
    "true": _code(0),
    ":": _code(0),
    "false": _code(1),
    "chmod": _code(0),
    "chown": _code(0),
    "touch": at_once(files.touch),
    "kill": _code(0),
    "sync": _code(0),
    "ulimit": _code(0),
    "hostname": _said(lambda b: b.pod),
    "pwd": _said(lambda b: b.folder),
    "whoami": _said(lambda b: "root"),
    "uname": _said(lambda b: "Linux"),
    "uuidgen": _said(_uuid),
    "sleep": _sleep,
    "wget": _wget,
    "curl": _wget,
    "seq": at_once(_seq),
    "tr": at_once(text.translate),
    "kubectl": at_once(_kubectl),
    "oc": at_once(_kubectl),
}


def shown(argv: list[str]) -> str:
    """A command as one would type it."""
    return shlex.join(argv)
