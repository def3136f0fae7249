"""The small programs of an image: what scripts around a load generator call."""

import base64
import gzip
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime

from wvatui.sim.run.box import Box
from wvatui.sim.run.process import Sleep, Steps
from wvatui.sim.run.shell import Program

Plain = Callable[[Box, list[str], bytes], int]
SHAREGPT_S = 9.4
"""How long a download takes, of any size: nobody waits for the world here."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "e": "\x1b", '"': '"'}


def at_once(function: Plain) -> Program:
    """A program that takes no time."""

    def steps(box: Box, argv: list[str], given: bytes) -> Steps:
        yield from ()
        return function(box, argv, given)

    return steps


def _echo(box: Box, argv: list[str], given: bytes) -> int:
    words, end, escapes = argv[1:], "\n", False
    while words and re.fullmatch("-[neE]+", words[0]):
        end = "" if "n" in words[0] else end
        escapes = escapes or "e" in words[0]
        words = words[1:]
    text = " ".join(words)
    box.out(((_unescaped(text) if escapes else text) + end).encode("utf-8", "surrogateescape"))
    return 0


def _printf(box: Box, argv: list[str], given: bytes) -> int:
    words = [w for w in argv[1:] if w != "--"]
    if not words:
        return 2
    form, values = _unescaped(words[0]), words[1:]
    holes = len(re.findall(r"%[-0-9.]*[sdifgx]", form))
    while True:
        row, values = values[:holes], values[holes:]
        box.out(_filled(form, row).encode())
        if not values or not holes:
            return 0


def _filled(form: str, values: list[str]) -> str:
    rest = iter(values)

    def fill(match: re.Match[str]) -> str:
        spec, value = match.group(), next(rest, "")
        if spec == "%%":
            return "%"
        try:
            if spec[-1] in "di":
                return spec % int(value or 0)
            return spec % (value if spec[-1] == "s" else float(value or 0))
        except ValueError:
            return value

    return re.sub(r"%%|%[-0-9.]*[sdifg]", fill, form)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group()), text)


def _cat(box: Box, argv: list[str], given: bytes) -> int:
    code = 0
    for name in [w for w in argv[1:] if not w.startswith("-") or w == "-"] or ["-"]:
        content = given if name == "-" else box.files.read(box.path(name))
        if content is None:
            box.say(f"cat: {name}: No such file or directory")
            code = 1
        else:
            box.out(content)
    return code


def _tee(box: Box, argv: list[str], given: bytes) -> int:
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.write(box.path(name), given, more="-a" in argv)
    box.out(given)
    return 0


def _mkdir(box: Box, argv: list[str], given: bytes) -> int:
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.make_folder(box.path(name))
    return 0


def _touch(box: Box, argv: list[str], given: bytes) -> int:
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.write(box.path(name), b"", more=True)
    return 0


def _rm(box: Box, argv: list[str], given: bytes) -> int:
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.remove(box.path(name))
    return 0


def _copy(box: Box, argv: list[str], given: bytes) -> int:
    names = [w for w in argv[1:] if not w.startswith("-")]
    if len(names) < 2:
        return 1
    into = box.path(names[-1])
    for name in names[:-1]:
        source = box.path(name)
        content = box.files.read(source)
        if content is None:
            box.say(f"{argv[0]}: cannot stat '{name}': No such file or directory")
            return 1
        inside = box.files.is_folder(into)
        box.files.write(f"{into}/{source.rpartition('/')[2]}" if inside else into, content)
        if argv[0].endswith("mv"):
            box.files.remove(source)
    return 0


def _ls(box: Box, argv: list[str], given: bytes) -> int:
    for name in [w for w in argv[1:] if not w.startswith("-")] or [box.folder]:
        path = box.path(name)
        if box.files.read(path) is not None:
            box.say(name)
        elif box.files.is_folder(path):
            for one in box.files.names(path):
                box.say(one)
        else:
            box.say(f"ls: cannot access '{name}': No such file or directory")
            return 2
    return 0


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
    return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b,
            "-ge": a >= b}[how]  # fmt: skip


def _gzip(box: Box, argv: list[str], given: bytes) -> int:
    options = "".join(w[1:] for w in argv[1:] if w.startswith("-") and not w.startswith("--"))
    names = [w for w in argv[1:] if not w.startswith("-")]
    content = box.files.read(box.path(names[0])) if names else given
    if content is None:
        box.say(f"gzip: {names[0]}: No such file or directory")
        return 1
    back = "d" in options or argv[0].endswith(("gunzip", "zcat"))
    result = gzip.decompress(content) if back else gzip.compress(content, 9, mtime=0)
    if names and "c" not in options and not argv[0].endswith("zcat"):
        path = box.path(names[0])
        box.files.remove(path)
        box.files.write(path.removesuffix(".gz") if back else f"{path}.gz", result)
    else:
        box.out(result)
    return 0


def _base64(box: Box, argv: list[str], given: bytes) -> int:
    words, width, back, names = argv[1:], 76, False, []
    while words:
        word, words = words[0], words[1:]
        if word in ("-w", "--wrap") and words:
            width, words = int(words[0]), words[1:]
        elif match := re.fullmatch(r"(?:-w|--wrap=)(\d+)", word):
            width = int(match.group(1))
        elif word in ("-d", "--decode"):
            back = True
        else:
            names.append(word)
    content = given if not names or names == ["-"] else box.files.read(box.path(names[0]))
    if content is None:
        box.say(f"base64: {names[0]}: No such file or directory")
        return 1
    box.out(base64.b64decode(content) if back else wrapped(content, width))
    return 0


def wrapped(content: bytes, width: int = 76) -> bytes:
    """Base64 in lines of `width`; one line without an end when it is 0."""
    text = base64.b64encode(content)
    if not width:
        return text
    return b"".join(text[at : at + width] + b"\n" for at in range(0, len(text), width))


def _cut(box: Box, argv: list[str], given: bytes) -> int:
    """`head` and `tail`, of lines or bytes."""
    count, unit, names, words = 10, "n", [], argv[1:]
    while words:
        word, words = words[0], words[1:]
        if match := re.fullmatch(r"-(?:([nc])\+?)?(\d+)", word):
            unit, count = match.group(1) or "n", int(match.group(2))
        elif word in ("-n", "-c") and words:
            unit, count, words = word[1], int(words[0]), words[1:]
        else:
            names.append(word)
    content = box.files.read(box.path(names[0])) if names else given
    if content is None:
        box.say(f"{argv[0]}: cannot open '{names[0]}' for reading: No such file or directory")
        return 1
    pieces = content.splitlines(keepends=True) if unit == "n" else [bytes((b,)) for b in content]
    is_head = argv[0].endswith("head")
    box.out(b"".join(pieces[:count] if is_head else pieces[max(0, len(pieces) - count) :]))
    return 0


def _grep(box: Box, argv: list[str], given: bytes) -> int:
    options = "".join(w[1:] for w in argv[1:] if w.startswith("-"))
    words = [w for w in argv[1:] if not w.startswith("-")]
    if not words:
        return 2
    content = box.files.read(box.path(words[1])) if len(words) > 1 else given
    if content is None:
        return 2
    text = re.escape(words[0]) if "F" in options else words[0].replace("\\|", "|")
    pattern = re.compile(text, re.I if "i" in options else 0)
    lines = content.decode("utf-8", "replace").splitlines()
    found = [line for line in lines if bool(pattern.search(line)) is ("v" not in options)]
    if "c" in options:
        box.say(str(len(found)))
    elif "q" not in options:
        for line in found:
            box.say(line)
    return int(not found)


def _wc(box: Box, argv: list[str], given: bytes) -> int:
    names = [w for w in argv[1:] if not w.startswith("-")]
    content = (box.files.read(box.path(names[0])) or b"") if names else given
    lines, words = content.count(b"\n"), len(content.split())
    shown = {"-l": lines, "-w": words, "-c": len(content)}
    box.say(str(shown.get(argv[1], lines)) if len(argv) > 1 else f"{lines} {words} {len(content)}")
    return 0


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


def _tr(box: Box, argv: list[str], given: bytes) -> int:
    """`tr -d SET` and `tr SET SET`."""
    text = given.decode("utf-8", "surrogateescape")
    words = [_unescaped(word) for word in argv[1:]]
    if words[:1] == ["-d"] and len(words) > 1:
        text = "".join(char for char in text if char not in words[1])
    elif len(words) == 2:
        text = text.translate(str.maketrans(words[0], words[1][: len(words[0])]))
    box.out(text.encode("utf-8", "surrogateescape"))
    return 0


def _env(box: Box, argv: list[str], given: bytes) -> int:
    for name, value in sorted(box.env.items()):
        box.say(f"{name}={value}")
    return 0


def _code(code: int) -> Program:
    return at_once(lambda box, argv, given: code)


def _path_part(box: Box, argv: list[str], given: bytes) -> int:
    folder, _, name = argv[1].rstrip("/").rpartition("/")
    suffix = argv[2] if len(argv) > 2 else ""
    box.say(name.removesuffix(suffix) if argv[0].endswith("basename") else folder or ".")
    return 0


def _said(text: Callable[[Box], str]) -> Program:
    def say(box: Box, argv: list[str], given: bytes) -> int:
        box.say(text(box))
        return 0

    return at_once(say)


def _uuid(box: Box) -> str:
    digits = f"{box.rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], "4" + digits[13:16], "a" + digits[17:20],
                     digits[20:]))  # fmt: skip


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
        bad = f"curl: (6) Could not resolve host: {host}" if is_curl else (
            f"wget: bad address '{host}'")  # fmt: skip
        box.say(bad)
        return 6 if is_curl else 1
    name = url.rstrip("/").rpartition("/")[2].partition("?")[0]
    into = into or ("-" if is_curl else name)
    if box.network.service(url, box.namespace) is not None:
        yield Sleep(0.05)
        page = box.network.fetch(url, box.namespace)
        if page is None or page[0] >= 400:
            what = f"server returned error: HTTP/1.1 {page[0]}" if page else (
                f"can't connect to remote host ({host}): Connection refused")  # fmt: skip
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


TOOLS: dict[str, Program] = {
    "[": at_once(_test), "[[": at_once(_test), "test": at_once(_test), "echo": at_once(_echo),
    "printf": at_once(_printf), "cat": at_once(_cat), "tee": at_once(_tee),
    "mkdir": at_once(_mkdir), "rm": at_once(_rm), "cp": at_once(_copy), "mv": at_once(_copy),
    "ls": at_once(_ls), "date": at_once(_date), "gzip": at_once(_gzip), "gunzip": at_once(_gzip),
    "zcat": at_once(_gzip), "base64": at_once(_base64), "head": at_once(_cut),
    "tail": at_once(_cut), "grep": at_once(_grep), "wc": at_once(_wc), "env": at_once(_env),
    "basename": at_once(_path_part), "dirname": at_once(_path_part), "true": _code(0),
    ":": _code(0), "false": _code(1), "chmod": _code(0), "chown": _code(0), "touch": at_once(_touch),
    "kill": _code(0), "sync": _code(0), "ulimit": _code(0), "hostname": _said(lambda b: b.pod),
    "pwd": _said(lambda b: b.folder), "whoami": _said(lambda b: "root"),
    "uname": _said(lambda b: "Linux"), "uuidgen": _said(_uuid), "sleep": _sleep, "wget": _wget,
    "curl": _wget, "tr": at_once(_tr), "kubectl": at_once(_kubectl), "oc": at_once(_kubectl),
}  # fmt: skip


def shown(argv: list[str]) -> str:
    """A command as one would type it."""
    return shlex.join(argv)
