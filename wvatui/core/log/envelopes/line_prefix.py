"""Envelopes that are a prefix of each line: stern, kubectl, journald, grep, quotations."""

import re
from collections.abc import Callable, Sequence

from wvatui.core.log.envelopes.envelope import (
    STAMP,
    START,
    EachLine,
    Envelope,
    Inner,
    Inners,
    Opener,
    begun_by,
    each_line,
)
from wvatui.core.log.reading import load

_POD = r"[a-z0-9][a-z0-9.]*(?:-[a-z0-9.]+)+"
_NAME = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
_UNIT = r"[^\s:\[\]]+"
_LABELS = r'\{(?:\s*[\w.]+="(?:[^"\\]|\\.)*",?)*\s*\}'
_WEEKDAY, _MONTH = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)", r"[A-Z][a-z]{2}"
_SHORT_TIME = r"(?:\d\d-\d\d \d\d:\d\d:\d\d )?"
_NUMBER = r"(?!\d{4}-\d\d-\d\d[Tt ])\d{1,9}"
_FILE = re.compile(rf"(?!\d{{4}}-\d\d)([\w./\\~@+ -]{{1,200}}?):(?:{_NUMBER}[:-])?")
_STAMPED = re.compile(rf"{STAMP} ")
_BETWEEN_HITS = re.compile(r"--$")


def _cut(pattern: str) -> Callable[[str], Inners | None]:
    """A function that removes what `pattern` matches; its group `stamp`, if any, is the time."""
    match_prefix = re.compile(pattern).match

    def single(line: str) -> Inners | None:
        match = match_prefix(line)
        if match is None:
            return None
        stamp = match.groupdict().get("stamp") or ""
        return (Inner(line[match.end() :], stamp.replace(" ", "T").replace(",", ".")),)

    return single


class _UnknownPrefix(Opener):
    """Removes whatever is before the start of a controller's line, by any tool.

    Text after the line's fields is removed, too. Lines without such a start (the frames of a stack)
    are taken to have the same prefix as the line before, except for digits.
    """

    def __init__(self) -> None:
        self._around: re.Pattern[str] | None = None

    def feed(self, line: str) -> Inners | None:
        inners = _before_start(line)
        if inners is not None:
            prefix, _, suffix = line.partition(inners[0].text)
            self._around = re.compile(f"{_alike(prefix)}(.*?)(?:{_alike(suffix)})?$")
            return inners
        match = self._around.match(line) if self._around is not None else None
        return None if match is None else (Inner(match[1]),)


def _alike(text: str) -> str:
    """A regular expression for `text` with any other digits."""
    return re.sub(r"\d", lambda _: r"\d", re.escape(text))


def _before_start(line: str) -> Inners | None:
    match = START.search(line, 0, 400)
    if match is None or match.start() == 0 or line[0] == "{" or _STAMPED.match(line):
        return None
    if line[0] == "[" and "]" not in line[: match.start()]:
        return None  # a list in JSON
    if line[match.start() - 1] in "\"'":
        return None  # a text in JSON or in a table, of which this line is a part
    return (Inner(_without_suffix(line[match.start() :])),)


def _without_suffix(text: str) -> str:
    """A line with fields, without the text that a tool added after them."""
    begin = 0 if text.startswith("{") else text.find('\t{"') + 1 or len(text)
    end = text.rfind("}") + 1
    is_whole = end in (0, len(text)) or not isinstance(load(text[begin:end]), dict)
    return text if is_whole else text[:end]


def _indented(sample: Sequence[str]) -> Opener | None:
    """The Opener that removes the indentation common to all lines; more is part of the log."""
    if not sample or any(not line[:1].isspace() for line in sample):
        return None
    common = min((line[: len(line) - len(line.lstrip())] for line in sample), key=len)
    return EachLine(_cut(re.escape(common)))


KUBECTL = each_line("kubectl logs --prefix", _cut(r"\[(?:pod/)?[^\s\]/]+/[^\s\]]+\] "))
"""`[pod/NAME/CONTAINER] line`; a following stamp of `--timestamps` is left to the dialects."""
_STERN_OWN = re.compile(rf"[+-] (?:{_NAME} )?{_POD} › {_NAME}\s*$")
STERN = each_line("stern", _cut(rf"{_POD} {_NAME} {_SHORT_TIME}"), _STERN_OWN)
"""`POD CONTAINER line`; with `-t short` a time without a year follows, which is not used."""
STERN_ALL = each_line("stern", _cut(rf"{_NAME} {_POD} {_NAME} {_SHORT_TIME}"), _STERN_OWN)
"""As STERN, with the namespace in front (`--all-namespaces`)."""
KAIL = each_line("kail", _cut(rf"{_NAME}/{_POD}\[{_NAME}\]: "))
KUBETAIL = each_line("kubetail", _cut(rf"\[{_POD}(?: {_NAME})?\] "))
LOGCLI = each_line(
    "logcli",
    _cut(rf"(?P<stamp>{STAMP}) {_LABELS} +"),
    re.compile(
        r"Common labels: |Ignoring labels key: |Query (?:time range|Stats)"
        r"|\d{4}/\d\d/\d\d \d\d:\d\d:\d\d (?:https?://|Common labels: |Ignoring labels key: )"
    ),
)
"""`TIME {labels} line`."""
GRAFANA_TEXT = each_line(
    "Grafana text",
    _cut(rf"\d{{13}}\t(?P<stamp>{STAMP})\t"),
    re.compile(r"(?:Common labels|Line limit|Limit|Total bytes processed|Unique labels)\b[^\t]*: "),
)
"""What Explore downloads as text: milliseconds, time and line between tabs."""
GITHUB = each_line("gh run view --log", _cut(r"[^\t]+\t[^\t]+\t\ufeff?(?=\d{4}-\d\d-\d\dT\S+Z )"))
"""`JOB<TAB>STEP<TAB>TIME line`; the time is left to the dialects, as in raw Actions logs."""
JOURNAL = each_line(
    "journald",
    _cut(
        rf"(?:{_MONTH} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? [\w.-]+ {_UNIT}(?:\[\d+\])?"
        rf"|(?:(?P<stamp>{STAMP})|{_WEEKDAY} \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+"
        rf"|\d{{10}}\.\d+) [\w.-]+ {_UNIT}\[\d+\]): "
    ),
    re.compile(r"-- (?:Logs begin|Journal begins|Boot|No entries|Reboot|cursor:)"),
)
"""`TIME HOST UNIT[PID]: line`, in its short forms; a time without year or zone is not used."""
SYSLOG = each_line(
    "syslog",
    _cut(rf"(?:<\d{{1,3}}>)?1 (?P<stamp>{STAMP}) \S+ \S+ \S+ \S+ (?:-|\[[^\]]*\]) (?:\ufeff)?"),
)
"""RFC 5424."""
COMPOSE = each_line("docker compose", _cut(r"[A-Za-z0-9][\w.-]* +\| "))
GREP_NUMBER = each_line("grep -n", _cut(rf"{_NUMBER}[:-]"), _BETWEEN_HITS, alone=False)
"""`NUMBER:line`, `NUMBER-line` for lines around a hit, `--` between groups."""


def _grep_file(sample: Sequence[str]) -> Opener | None:
    """`FILE:line` and `FILE:NUMBER:line`, and with `-` for the lines around a hit."""
    names = {match[1] for line in sample if (match := _FILE.match(line)) is not None}
    if not names:
        return None
    around = "|".join(re.escape(name) for name in sorted(names)[:100])
    cut, cut_around = _cut(_FILE.pattern), _cut(rf"(?:{around})-(?:{_NUMBER}-)?")
    return EachLine(lambda line: cut_around(line) or cut(line), _BETWEEN_HITS)


GREP_FILE = Envelope("grep -H", _grep_file)
STAMPS = each_line("time stamps", _cut(rf"(?P<stamp>{STAMP}) "))._replace(tells_more=True)
"""A stamp in front of another envelope; that of a controller's line is left to the dialects."""
QUOTED = each_line("quoted with >", _cut(r"\s{0,3}(?:> ?)+"))
INDENTED = Envelope("indented", _indented)
UNKNOWN_PREFIX = Envelope("an unknown prefix", begun_by(_before_start, _UnknownPrefix))
"""The last resort: any text before the start of the controller's line."""

PREFIXES: tuple[Envelope, ...] = (
    KUBECTL,
    STERN,
    STERN_ALL,
    KAIL,
    KUBETAIL,
    LOGCLI,
    GRAFANA_TEXT,
    GITHUB,
    JOURNAL,
    SYSLOG,
    COMPOSE,
)
"""Prefixes that cannot be mistaken for anything else."""
LOOSE: tuple[Envelope, ...] = (STAMPS, QUOTED, GREP_NUMBER, GREP_FILE, INDENTED)
"""Prefixes that lines outside an envelope may begin with, too."""
