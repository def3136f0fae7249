"""Programs that turn text and bytes into others: echo, cat, gzip, base64, head, grep, …"""

import base64
import gzip
import re

from wvatui.sim.run.box import Box

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "e": "\x1b", '"': '"'}


def echo(box: Box, argv: list[str], given: bytes) -> int:
    """`echo`, with -n and -e."""
    words, end, escapes = argv[1:], "\n", False
    while words and re.fullmatch("-[neE]+", words[0]):
        end = "" if "n" in words[0] else end
        escapes = escapes or "e" in words[0]
        words = words[1:]
    text = " ".join(words)
    box.out(((_unescaped(text) if escapes else text) + end).encode("utf-8", "surrogateescape"))
    return 0


def printf(box: Box, argv: list[str], given: bytes) -> int:
    """`printf`: its form again for as long as there are values."""
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


def cat(box: Box, argv: list[str], given: bytes) -> int:
    """`cat`, of files or of its input."""
    code = 0
    for name in [w for w in argv[1:] if not w.startswith("-") or w == "-"] or ["-"]:
        content = given if name == "-" else box.files.read(box.path(name))
        if content is None:
            box.say(f"cat: {name}: No such file or directory")
            code = 1
        else:
            box.out(content)
    return code


def tee(box: Box, argv: list[str], given: bytes) -> int:
    """`tee`, into files and on."""
    for name in [w for w in argv[1:] if not w.startswith("-")]:
        box.files.write(box.path(name), given, more="-a" in argv)
    box.out(given)
    return 0


def pack(box: Box, argv: list[str], given: bytes) -> int:
    """`gzip`, `gunzip`, `zcat`."""
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


def base64_(box: Box, argv: list[str], given: bytes) -> int:
    """`base64`, with -w and -d."""
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


def cut(box: Box, argv: list[str], given: bytes) -> int:
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


def grep(box: Box, argv: list[str], given: bytes) -> int:
    """`grep`, with -i -v -c -q -F."""
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


def count(box: Box, argv: list[str], given: bytes) -> int:
    """`wc`, with -l -w -c."""
    names = [w for w in argv[1:] if not w.startswith("-")]
    content = (box.files.read(box.path(names[0])) or b"") if names else given
    lines, words = content.count(b"\n"), len(content.split())
    shown = {"-l": lines, "-w": words, "-c": len(content)}
    box.say(str(shown.get(argv[1], lines)) if len(argv) > 1 else f"{lines} {words} {len(content)}")
    return 0


def translate(box: Box, argv: list[str], given: bytes) -> int:
    """`tr -d SET` and `tr SET SET`."""
    text = given.decode("utf-8", "surrogateescape")
    words = [_unescaped(word) for word in argv[1:]]
    if words[:1] == ["-d"] and len(words) > 1:
        text = "".join(char for char in text if char not in words[1])
    elif len(words) == 2:
        text = text.translate(str.maketrans(words[0], words[1][: len(words[0])]))
    box.out(text.encode("utf-8", "surrogateescape"))
    return 0
