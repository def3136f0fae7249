"""Ways to damage an input, each a function of a random generator (`dice`) and the lines.

Lines are without their newline. A way that finds nothing to damage returns the lines unchanged.
"""

import gzip
import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

import zstandard

Lines = list[bytes]
Way = Callable[[Random, Lines], Lines]

NUMBERS = (
    *"2147483647 1000000000 9223372036854775807 -2147483649".split(),
    *"0 -0.0 -1 0.1e-5 1e-320 1e15 -1e15 1e308 -1e308 1e309 1.7976931348623157e308".split(),
    *"NaN Infinity -Infinity 1e9999999999 9007199254740993 2147483648 1000000".split(),
    *"1788249600 4102444800 7258118399 253402300800 -62135596801 -62167219200".split(),
    "9" * 400,
    "-" + "9" * 30,
)
"""Numbers as text; some are deliberately not valid JSON."""
TIMES = (
    *"0000-00-00T00:00:00Z 0001-01-01T00:00:00Z 1969-12-31T23:59:59.999Z".split(),
    *"2026-02-30T25:61:61Z 9999-12-31T23:59:59Z 10000-01-01T00:00:00Z now".split(),
    *"2026-09-01T08:00:00+99:99 2026-09-01".split(),
    "",
)
WORDS = (
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31m",
    "\x9b5n\x90q\x9c",
    "[/nope] [@click=app.quit]x[/]",
    "\r\x08\x7f",
    "\u202edrawkcab",
    "\u2028\u0085\x0b\x0c",
    "\x00",
    "\ud800",
    "\udfff\ud83d",
    "e" + "\u0301" * 200,
    "👩‍👩‍👧‍👦" * 20,
    "x" * 70_000,
    '=cmd|"/c calc"!A1,"q"',
    "%s%n{0}{x}$(id)`id`",
    "../../etc/passwd",
    "\ufeff",
    "a\nb",
    "v1" * 40,
    "true",
    "null",
    "None",
    "\t",
    " ",
    "",
)
SHAPES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    {"": None},
    [1, "a", None, {}],
    {"a": {"b": {"c": [0]}}},
    "",
    0,
)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_WORD = re.compile(rb"[A-Za-z][\w./-]{2,}")


def damaged(dice: Random, lines: Lines, ways: "tuple[Way, ...]", most: int = 4) -> Lines:
    """`lines` damaged in one to `most` of `ways`."""
    for _ in range(dice.randint(1, most)):
        lines = dice.choice(ways)(dice, lines)
    return lines


def _at(dice: Random, lines: Lines) -> int:
    """The index of a random line; the first one, which identifies the file, is less likely."""
    return dice.randrange(1, len(lines)) if len(lines) > 1 and dice.random() < 0.9 else 0


def one_line(change: Callable[[Random, bytes], bytes]) -> Way:
    """A way that applies `change` to one line, or sometimes to several."""

    def way(dice: Random, lines: Lines) -> Lines:
        out = list(lines)
        for _ in range(dice.choice((1, 1, 1, 3, 20)) if out else 0):
            at = _at(dice, out)
            out[at : at + 1] = change(dice, out[at]).split(b"\n")
        return out

    return way


# --- bytes and lines --------------------------------------------------------------------------


def flip(dice: Random, line: bytes) -> bytes:
    """Change a few bytes."""
    out = bytearray(line)
    for _ in range(dice.randint(1, 8) if out else 0):
        out[dice.randrange(len(out))] = dice.choice(
            (0, 9, 10, 13, 27, 34, 92, 123, 125, 155, 255, dice.randrange(256))
        )
    return bytes(out)


def cut(dice: Random, line: bytes) -> bytes:
    return line[: dice.randint(0, len(line))]


def insert(dice: Random, line: bytes) -> bytes:
    at = dice.randint(0, len(line))
    return line[:at] + _word(dice) + line[at:]


def drop(dice: Random, lines: Lines) -> Lines:
    at, many = dice.randrange(len(lines) + 1), dice.choice((1, 2, 10, 1000))
    return lines[:at] + lines[at + many :] or lines[:1]


def twice(dice: Random, lines: Lines) -> Lines:
    at = dice.randrange(len(lines) + 1)
    return lines[:at] + lines[at : at + dice.choice((1, 5, 50))] * 2 + lines[at + 1 :]


def swap(dice: Random, lines: Lines) -> Lines:
    out = list(lines)
    for _ in range(dice.choice((1, 5, 40)) if out else 0):
        a, b = dice.randrange(len(out)), dice.randrange(len(out))
        out[a], out[b] = out[b], out[a]
    return out


def backwards(dice: Random, lines: Lines) -> Lines:
    return [*lines[:1], *reversed(lines[1:])]


def splice(dice: Random, lines: Lines) -> Lines:
    """Join the beginning of one line and the end of another."""
    if len(lines) < 2:
        return lines
    a, b = lines[_at(dice, lines)], lines[_at(dice, lines)]
    at = _at(dice, lines)
    return [
        *lines[:at],
        a[: dice.randint(0, len(a))] + b[dice.randint(0, len(b)) :],
        *lines[at + 1 :],
    ]


def rubbish(dice: Random, lines: Lines) -> Lines:
    """Insert a line of another kind."""
    made = dice.choice(
        (
            b"",
            b" ",
            b"{}",
            b"[]",
            b"null",
            b"{",
            b'{"k":',
            b"\x00" * 40,
            b"\xff\xfe\x00{",
            b"\xef\xbb\xbf{}",
            b"[" * 3000,
            b'{"a":' * 3000,
            b"\n" * 300_000,
            dice.randbytes(200).replace(b"\n", b""),
        )
    )
    at = dice.randrange(len(lines) + 1)
    return [*lines[:at], made, *lines[at:]]


# --- numbers and words in any line ------------------------------------------------------------


def _one(pattern: "re.Pattern[bytes]", made: Callable[[Random], bytes]) -> Callable[..., bytes]:
    def change(dice: Random, line: bytes) -> bytes:
        found = list(pattern.finditer(line))
        for match in sorted(
            dice.sample(found, min(len(found), dice.choice((1, 1, 3)))), key=lambda m: -m.start()
        ):
            line = line[: match.start()] + made(dice) + line[match.end() :]
        return line

    return change


def _word(dice: Random) -> bytes:
    """A hostile word, raw or escaped as in JSON."""
    word = dice.choice(WORDS)
    if dice.random() < 0.7:
        return json.dumps(word)[1:-1].encode()
    return word.encode("utf-8", "surrogatepass")


number = _one(_NUMBER, lambda dice: dice.choice(NUMBERS).encode())
moment = _one(_TIME, lambda dice: dice.choice(TIMES).encode())
word = _one(_WORD, _word)


# --- JSON --------------------------------------------------------------------------------------


class _Text(float):
    """A number that `json` writes as the given text, because it writes floats by their `repr`."""

    text = "0"

    def __repr__(self) -> str:
        return self.text


def _number(dice: Random) -> float:
    made = _Text(0.5)
    made.text = dice.choice(NUMBERS)
    return made


def _like(dice: Random, value: Any) -> Any:
    """A replacement of `value`, usually of the same type."""
    chance = dice.random()
    if chance < 0.12:
        return dice.choice(SHAPES)
    if chance < 0.15:
        deep: Any = dice.choice(SHAPES)
        for _ in range(dice.choice((3, 80, 400))):
            deep = [deep] if dice.random() < 0.5 else {"a": deep}
        return deep
    if isinstance(value, str):
        return dice.choice(TIMES if chance < 0.4 else (*WORDS, value + dice.choice(WORDS)))
    if isinstance(value, (int, float)):
        return _number(dice)
    if isinstance(value, list) and value:
        return (
            value * dice.choice((0, 2, 50))
            if chance < 0.6
            else value[: dice.randint(0, len(value))]
        )
    return dice.choice(SHAPES)


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at, *(place for key, inner in pairs for place in _places(inner, (*at, key)))]


_FORMS: tuple[dict[str, Any], ...] = (
    {"separators": (",", ":")},
    {},
    {"separators": (" , ", " : ")},
    {"ensure_ascii": False, "separators": (",", ":")},
)


def _json_value(dice: Random, line: bytes) -> bytes:
    """Replace one value or one key of a line's JSON."""
    begin = line.find(b"{")
    try:
        value = json.loads(line[begin:]) if begin >= 0 else None
    except (ValueError, RecursionError):
        return flip(dice, line)
    if not isinstance(value, dict) or not value:
        return number(dice, line)
    *way, last = dice.choice(_places(value)[1:])
    holder = value
    for key in way:
        holder = holder[key]
    chance = dice.random()
    if chance < 0.1:
        del holder[last]
    elif chance < 0.2 and isinstance(holder, dict):
        holder[dice.choice((*WORDS, last.upper(), last + "s", "k", "at"))] = holder.pop(last)
    else:
        holder[last] = _like(dice, holder[last])
    text = json.dumps(value, **dice.choice(_FORMS))
    return line[:begin] + text.encode("utf-8", "surrogatepass")


def _kind(dice: Random, line: bytes) -> bytes:
    """Change the kind of the event to another, known or unknown."""
    kinds = b"s log hpa variant config bounds footer header tick pod job from-the-future scale"
    return re.sub(rb'"k":"[^"]*"', b'"k":"' + dice.choice(kinds.split()) + b'"', line, count=1)


def _spaced(dice: Random, line: bytes) -> bytes:
    return line.replace(b'":', b'": ').replace(b',"', b', "')


def footer(dice: Random, lines: Lines) -> Lines:
    """Insert anywhere a footer that names the file itself, another file, or nonsense."""
    name = dice.choice(
        (
            "input.jsonl",
            "./input.jsonl",
            "../input.jsonl",
            "",
            "..",
            "/etc/passwd",
            "a\x00b",
            "x" * 300,
            "\ud800",
        )
    )
    line = {"k": "footer", "at": 1788249700.0, "reason": dice.choice(WORDS), "next": name}
    at = dice.choice((len(lines), dice.randrange(len(lines) + 1)))
    return [*lines[:at], json.dumps(line, separators=(",", ":")).encode(), *lines[at:]]


def many(dice: Random, lines: Lines) -> Lines:
    """Repeat one line many times."""
    at = _at(dice, lines)
    return [*lines[:at], *lines[at : at + 1] * dice.choice((10, 100, 500)), *lines[at:]]


LINES: tuple[Way, ...] = (
    *(one_line(change) for change in (flip, cut, insert, number, moment, word)),
    drop,
    twice,
    swap,
    backwards,
    splice,
    rubbish,
    many,
)
JSON: tuple[Way, ...] = (
    *LINES,
    footer,
    *(one_line(change) for change in (_kind, _spaced)),
    *(one_line(_json_value),) * 12,
)
LOGS: tuple[Way, ...] = (
    *LINES,
    *(one_line(change) for change in (number, word)),
    *(one_line(_json_value),) * 6,
)


def one_line_spoiled(dice: Random, line: bytes) -> bytes:
    """A damaged version of one line that is still one line."""
    change = dice.choice((flip, cut, insert, number, word, _json_value, _kind))
    return change(dice, line).replace(b"\n", b" ")


def packed(dice: Random, data: bytes) -> bytes:
    """The content of a file: usually plain, otherwise compressed, intact or damaged."""
    chance = dice.random()
    if chance < 0.75:
        return data if dice.random() < 0.7 else data.rstrip(b"\n")
    out = gzip.compress(data, 1, mtime=0) if chance < 0.88 else zstandard.compress(data)
    chance = dice.random()
    if chance < 0.3:
        return out[: dice.randint(0, len(out))]
    if chance < 0.6:
        return flip(dice, out)
    return out + dice.choice((b"", out, b"\x00" * 9, b"rubbish", out[:20]))
