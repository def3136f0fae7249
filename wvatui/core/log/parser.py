"""From one raw line of a controller's log to a ParsedLine, independent of other lines."""

from wvatui.core.lines import days_from_civil, rfc3339
from wvatui.core.log.dialects import FOREIGN, FORMATS, YEARLESS, json_text, stack
from wvatui.core.log.dialects.shape import NO_STAMP, Format, Stamp
from wvatui.core.log.envelopes import ENVELOPES
from wvatui.core.log.envelopes.envelope import uncoloured
from wvatui.core.log.levels import KNOWN
from wvatui.core.log.parsed_line import Content, ParsedLine
from wvatui.core.log.reading import unknown

_BY_START: dict[str, tuple[Format, ...]] = {
    start: tuple(f for f in FORMATS if start in f.starts or not f.starts)
    for start in sorted({c for f in FORMATS for c in f.starts})
}
_ANY = tuple(f for f in FORMATS if not f.starts)
_DEEPEST = 3
"""Most nested envelopes that are removed from a single line."""
_BLANK = ParsedLine(Content("", "", "blank", "none", ""), None)


_YEAR_S = 31_556_952
"""A mean Gregorian year, seconds."""
_MILLIS = {f"{n:03}": n for n in range(1_000)}
_FRONTS_CAP, _TIME_CHARS = 8_192, 34
_FRONT_CHARS = len(json_text.OPENING) + 8 + len(json_text.TIME) + _TIME_CHARS
"""Most characters of a front that ends with a time: no level has more than eight letters."""
_MEMO_CAP, _MEMO_CHARS = 4_096, 600
Front = tuple[float, dict[str, Content], str]
"""The start of a line up to its time: (that time, the known contents of lines with this start by
the text after the time, their level where the rest may be zap's plain message)."""
_memo: dict[str, dict[str, Content]] = {}
_fronts: dict[str, Front] = {}
_seconds: dict[str, tuple[int, dict[str, Content], str]] = {}
"""By front without milliseconds: the same three, but with the time in whole milliseconds."""


def parse(raw: str, year: int | None = None) -> ParsedLine:
    """The parsed line. Never raises, whatever the text is.

    `raw` may begin with the kubelet's time stamp, or be in an envelope that one line can prove.
    `ParsedLine.at` is the controller's own time where the line has one; else the kubelet's. `year`
    dates klog lines that came without the kubelet's stamp: their header has none.
    """
    # Controllers repeat themselves: most lines differ from an earlier one only in their time.
    front, _, tail = raw.partition('Z"' if raw[:1] == "{" else "Z\t")
    known = _fronts.get(front) or _front(front)
    if known is None:
        return _unwrapped(raw, year)
    content = known[1].get(tail)
    if content is not None:
        return ParsedLine(content, known[0])
    return _fresh(raw, raw, NO_STAMP, year, known, tail)


def time_of(raw: str, year: int | None = None) -> float | None:
    """`parse(raw, year).at`, without parsing the rest where the line's front has the time."""
    in_json = raw[:1] == "{"
    front, _, tail = raw.partition('Z"' if in_json else "Z\t")
    known = _fronts.get(front) or _front(front)
    if known is not None:
        level = front[len(json_text.OPENING) :].partition('"')[0] if in_json else ""
        if level in KNOWN and '"msg":"' in tail[:300] and not _tells_again(tail):
            return known[0]
        if not in_json and "\t" in tail and tail.partition("\t")[0] in KNOWN:
            return known[0]
    return parse(raw, year).at


def year_of(raw: str, at: float) -> int:
    """The year of a line that names none: the one that puts it closest to the moment `at`.

    That is for lines with month and day (klog's `I1231 …`). For any other line it is the year of
    `at`, which can be off by one within a day of the new year.
    """
    near = 1970 + int(at // _YEAR_S)
    month, day = raw[1:3], raw[3:5]
    if raw[:1] not in YEARLESS or not (month + day).isdigit() or not (month + day).isascii():
        return near
    return min(
        (near - 1, near, near + 1),
        key=lambda year: abs(days_from_civil(year, int(month), int(day)) * 86_400.0 - at),
    )


def _unwrapped(raw: str, year: int | None) -> ParsedLine:
    """A line that has something before its time, or no time there."""
    stamp, line = _stamped(raw)
    front, _, tail = line.partition('Z"' if line[:1] == "{" else "Z\t")
    known = _fronts.get(front) or _front(front)
    if known is not None and tail in known[1]:
        return ParsedLine(known[1][tail], known[0])
    return _fresh(raw, line, stamp, year, known, tail)


def _fresh(
    raw: str, line: str, stamp: Stamp, year: int | None, known: Front | None, tail: str
) -> ParsedLine:
    """A line with new content, which is cached if only the time may change in such lines."""
    if known is not None and known[2]:
        parsed = json_text.fast(known[0], known[2], tail)
        if parsed is not None:
            _remember(known[1], tail, parsed.content)
            return parsed
    parsed = _parse(line, stamp, year)
    if parsed is None:
        return _rest(raw, line, stamp, year)
    if parsed.kind == "unknown" and line.startswith("{"):
        return _peeled(raw, year) or parsed  # the object of a log collector may look like zap's
    if parsed.content.lacks_fields:
        whole = _peeled(raw, year)  # escaped fields look like damaged ones
        return parsed if whole is None or whole.content.lacks_fields else whole
    if known is not None and parsed.at == known[0] and not _tells_again(tail):
        _remember(known[1], tail, parsed.content)
    return parsed


def _front(front: str) -> Front | None:
    """The parsed start of a line; None: it does not end with a time."""
    if len(front) > _FRONT_CHARS:
        return None
    second, millis = _seconds.get(front[:-3]), _MILLIS.get(front[-3:])
    if second is not None and millis is not None:
        beginning = ((second[0] + millis) / 1_000, second[1], second[2])
    else:
        begin = 0
        if front.startswith(json_text.OPENING):
            begin = front.find(json_text.TIME, 10, 32) + len(json_text.TIME)
        at = rfc3339(front[begin:] + "Z") if len(front) < begin + _TIME_CHARS else None
        if at is None:
            return None
        head = front[:begin]
        beginning = at, _memo.setdefault(head, {}), json_text.level_of(head)
        if front[-4:-3] == "." and millis is not None:
            if len(_seconds) >= _FRONTS_CAP:
                _seconds.clear()
            _seconds[front[:-3]] = round(at * 1_000) - millis, beginning[1], beginning[2]
    if len(_fronts) >= _FRONTS_CAP:
        _fronts.clear()
    _fronts[front] = beginning
    return beginning


def _tells_again(tail: str) -> bool:
    """Whether a JSON line may have another `ts` after its first; then the last one counts."""
    return '"ts"' in tail or "\\u007" in tail  # a name may be written in escapes


def _remember(known: dict[str, Content], tail: str, content: Content) -> None:
    """Cache the content of a line; it is immutable."""
    if len(tail) < _MEMO_CHARS and content.kind == "known":
        if len(known) >= _MEMO_CAP:
            known.clear()
        known[tail] = content


def forget() -> None:
    """Empty the cache of lines, so that a benchmark measures the parsing."""
    _memo.clear()
    _fronts.clear()
    _seconds.clear()


def _parse(line: str, stamp: Stamp, year: int | None) -> ParsedLine | None:
    """The line as parsed by the first dialect that accepts it unchanged; None: none does."""
    for known in _BY_START.get(line[:1], _ANY):
        if known.sniff(line):
            parsed = known.parse(line, stamp, year)
            if parsed is not None:
                return parsed
    return None


def _stamped(raw: str) -> tuple[Stamp, str]:
    """The kubelet's stamp and what follows it."""
    space = raw.find(" ", 19, 41)
    if space > 0 and raw[10:11] in "Tt" and raw.find("\t", 19, space) < 0:
        text = raw[:space]
        # The inner time counts, so this one is only read when a dialect has none of its own.
        if text[4] == "-" and text[:4].isdigit():
            return Stamp(text), raw[space + 1 :]
    return NO_STAMP, raw


def _rest(raw: str, line: str, stamp: Stamp, year: int | None) -> ParsedLine:
    """A line that no dialect accepts unchanged: parsed without its envelope, blank or kept."""
    bare = _bare(raw)
    if bare != raw:
        outer, text = _stamped(bare)
        parsed = _parse(text, outer, year)
        if parsed is not None and parsed.dialect != stack.NAME:
            return parsed
    peeled = _peeled(bare, year)
    if peeled is not None:
        return peeled
    at = stamp.seconds()
    if stamp.text and at is None:
        line = raw
    if not line or line.isspace():
        return _BLANK
    if at is None and rfc3339(line.rstrip()) is not None:
        return _BLANK  # the kubelet's stamp of an empty line
    return unknown(at, "", line, "none")


def as_it_stands(raw: str, year: int | None = None) -> ParsedLine | None:
    """The parsed line, if only the kubelet's stamp is before it; None in any other envelope."""
    stamp, line = _stamped(raw)
    return _parse(line, stamp, year)


def _peeled(raw: str, year: int | None, depth: int = 0) -> ParsedLine | None:
    """The parsed line inside the envelope of `raw`, if one line is enough to recognise that."""
    lacking = None
    for row in ENVELOPES if depth < _DEEPEST else ():
        inners = row.single(raw) if row.single is not None else None
        if inners is None or len(inners) != 1:
            continue
        text, outer = uncoloured(inners[0].text), inners[0].stamp
        parsed = as_it_stands(f"{outer} {text}" if outer else text, year)
        if parsed is not None and parsed.kind in ("known", "klog"):
            if not parsed.content.lacks_fields:
                return parsed
            lacking = lacking or parsed
        parsed = _peeled(text, year, depth + 1)
        if parsed is not None:
            return parsed
    return lacking


def _bare(raw: str) -> str:
    """`raw` without byte order mark, colours, overwritten progress and surrounding white space, and
    with a single stamp in front."""
    text = raw.strip().lstrip("\ufeff")
    if "\r" in text:
        text = text.rpartition("\r")[2]
    if "\x1b" in text:
        text = uncoloured(text)
    stamp, line = _stamped(text)
    again, line = _stamped(line)
    first = stamp.text or again.text
    return f"{first} {line}" if first else line


def foreign(line: ParsedLine) -> bool:
    """Whether a line is not of a log's main dialect: klog, a stack trace, or no dialect at all."""
    return line.dialect in FOREIGN or line.dialect == "none"
