"""Bytes of a log into lines, their time stamps, and text that is safe to draw.

Lines end on b"\\n" and on nothing else: `str.splitlines` would also split on U+2028, U+0085 and
form feeds, which occur inside log messages.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite

MOMENT_LIMIT = 4_102_444_800.0
"""2100-01-01T00:00:00Z, UTC epoch seconds: every session, object and line is older."""
LINE_LIMIT = 262_144
"""Bytes of one line that are kept; a controller never writes that much on purpose."""

_DAYS_TO_1970 = 719_468
_CACHE_CAP = 8_192

_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?"
    r"(Z|z|[+-]\d\d:?\d\d)",
    re.ASCII,
)

SURROGATE = re.compile("[\ud800-\udfff]")
"""A lone surrogate: JSON can escape it, but it cannot be encoded as UTF-8."""
# What would move the cursor, change colours, hide or reorder text: C0, DEL, C1, the bidirectional
# marks and isolates, line and paragraph separators, invisible joiners, lone surrogates.
STEERING = (
    "\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
"""These characters, except C0 and the surrogates, as a set of a regular expression."""
_UNSAFE = re.compile(f"[\x00-\x1f{STEERING}\ud800-\udfff]")
_UNSAFE_IN_TEXT = re.compile(f"[\x00-\x08\x0b-\x1f{STEERING}\ud800-\udfff]")


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Complete lines of `buffer`, each without its newline, and the unfinished rest."""
    lines = buffer.split(b"\n")
    rest = lines.pop()
    return lines, rest


def decode(raw: bytes, limit: int = LINE_LIMIT) -> tuple[str, int]:
    """The text of one line, and how many bytes were cut from its end (0: whole).

    Trailing carriage returns are removed. Bytes that are not UTF-8 become U+FFFD; a cut never
    leaves half a character, so cutting adds no U+FFFD of its own.
    """
    if raw.endswith(b"\r"):
        raw = raw.rstrip(b"\r")
    cut = 0
    if len(raw) > limit:
        end = max(0, limit)
        # 10xxxxxx bytes continue a character: step back to where one begins, at most 3 bytes.
        while end > max(0, limit - 3) and raw[end] & 0xC0 == 0x80:
            end -= 1
        cut = len(raw) - end
        raw = raw[:end]
    try:
        return raw.decode(), cut  # several times as fast as with a replacement
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace"), cut


def kubelet_time(line: str) -> tuple[float | None, str, str]:
    """Take the kubelet's time stamp off the front of a line.

    Returns (UTC epoch seconds, the stamp's own text with all its digits, the rest of the line);
    (None, "", line) when the line has none. The stamp is followed by one space: a tab after it
    means that the controller's own console encoder wrote it.
    """
    if len(line) < 20 or line[4] != "-" or line[10] not in "Tt":
        return None, "", line
    stamp, space, rest = line.partition(" ")
    if not space:
        # `kubectl logs --timestamps` of an empty line: the stamp stands alone.
        stamp, rest = line.rstrip("\r"), ""
    if len(stamp) > 40 or "\t" in stamp:
        return None, "", line
    at = rfc3339(stamp)
    if at is None:
        return None, "", line
    return at, stamp, rest


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar (March-based year)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - _DAYS_TO_1970


_times: dict[str, float | None] = {}
_minutes: dict[str, int] = {}
"""Epoch seconds of minutes already parsed, by the text before the seconds: `2026-06-24T11:03:`."""
_SCALES: tuple[int, ...] = tuple(10**digits for digits in range(13))


def rfc3339(text: str) -> float | None:
    """UTC epoch seconds of an RFC 3339 time (any fraction, `Z` or an offset); None for other text
    and outside the years 1970 to 2099: Go's zero time (year 1) means that no time was set.

    Results are remembered: many lines of a log share one time stamp.
    """
    try:
        return _times[text]
    except KeyError:
        pass
    at = _within_minute(text)
    if at is None:
        at = _read_time(text)
    if len(_times) >= _CACHE_CAP:
        _times.clear()
    if len(text) <= 40:
        _times[text] = at
    return at


def forget_times() -> None:
    """Empty the cache of parsed times, so that a benchmark measures the parsing."""
    _times.clear()
    _minutes.clear()


def _within_minute(text: str) -> float | None:
    """The time of a UTC stamp in a minute that was parsed before; None: parse it in full."""
    minute = _minutes.get(text[:17])
    if minute is None or text[-1] != "Z" or not text.isascii():
        return None
    second, dot, fraction = text[17:-1].partition(".")
    if len(second) != 2 or not second.isdigit() or second > "60":
        return None
    if not dot:
        return float(minute + int(second))
    digits = len(fraction)
    if digits > 12 or not fraction.isdigit():
        return None
    scale = _SCALES[digits]
    return ((minute + int(second)) * scale + int(fraction)) / scale


def _read_time(text: str) -> float | None:
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    numbers = int(year), int(month), int(day), int(hour), int(minute), int(second)
    if not (1 <= numbers[1] <= 12 and 1 <= numbers[2] <= 31):
        return None
    if numbers[3] > 23 or numbers[4] > 59 or numbers[5] > 60:
        return None
    seconds = days_from_civil(*numbers[:3]) * 86_400
    seconds += numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
    if zone not in "Zz":
        offset = int(zone[1:3]) * 3_600 + int(zone[-2:]) * 60
        seconds += offset if zone[0] == "-" else -offset
    if not 0 <= seconds < MOMENT_LIMIT - 1:
        return None
    if zone == "Z":
        if len(_minutes) >= _CACHE_CAP:
            _minutes.clear()
        _minutes[text[:17]] = seconds - numbers[5]
    if not fraction:
        return float(seconds)
    # One division of exact integers rounds once, so the same stamp always gives the same float.
    scale = _SCALES[len(fraction)]
    return (seconds * scale + int(fraction)) / scale


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 9:
        return "    "
    if code < 32:
        return chr(0x2400 + code)
    if code == 127:
        return "\u2421"
    return "\ufffd"


def clean(text: str) -> str:
    """`text` made safe to show in a terminal: no character of it acts as a control code.

    Control characters of C0 become their pictures (ESC is `␛`, NUL `␀`), C1 controls,
    direction marks, invisible and lone surrogate characters become U+FFFD, a tab four spaces.
    """
    if text.isprintable():  # then it has none of them
        return text
    return _UNSAFE.sub(_visible, text)


def clean_text(text: str) -> str:
    """`text` of many lines made safe for a terminal: as `clean`, but newlines and tabs stay."""
    return _UNSAFE_IN_TEXT.sub(_visible, text)


def decimals(value: float | None, digits: int = 1) -> str:
    """`value` with `digits` decimals; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}"


@lru_cache(maxsize=1024)
def time_of_day(at: float) -> str:
    """`02:41:12`, UTC, of an epoch time in seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def number(text: str) -> float | None:
    """A finite decimal; Go's formatting errors such as `%!f(string=0.)` are missing values."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def many(number: int, word: str, does: str = "") -> str:
    """A number with its word, and its verb: `1 error`, `3 errors`, `1 line is`, `3 lines are`."""
    text = f"{number} {word}" if number == 1 else f"{number} {word}s"
    return f"{text} {verb(number, does)}" if does else text


def verb(number: int, word: str) -> str:
    """The form of a verb after a number: 1 `is`, `has`, `holds`; 3 `are`, `have`, `hold`."""
    single = {"are": "is", "were": "was", "have": "has", "do": "does"}
    return single.get(word, f"{word}s") if number == 1 else word


def told_apart(names: Iterable[str]) -> dict[str, str]:
    """By name: the name without the words that all of them begin with, for one list or chart."""
    several = list(dict.fromkeys(names))
    begin = shared_start(several)
    return {name: name[begin:] or name for name in several}


def shared_start(names: Sequence[str]) -> int:
    """Length of the start that all names share, cut back to whole words; 0 where there is one."""
    low, high = min(names, default=""), max(names, default="")
    if low == high:
        return 0
    return max(low.rfind(sign, 0, common_start((low, high))) for sign in " -_:/") + 1


def common_start(names: Sequence[str]) -> int:
    """Length of the start that all names share, to the character."""
    low, high = min(names, default=""), max(names, default="")
    pairs = enumerate(zip(low, high, strict=False))
    return next((place for place, (a, b) in pairs if a != b), len(low))
