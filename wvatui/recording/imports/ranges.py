"""Imports saved answers of Prometheus' `/api/v1/query_range`: series become metrics pages and
objects.

The series of one engine or picker at one moment are put together as its metrics page was, and read
as such a page: counters, histograms and ranks mean the same as live. A moment without samples gives
no page: a gap stays a gap. Metrics of kube-state-metrics and WVA become the objects that they
describe. Results of functions (`rate(…)`, `sum(…)`) have no metric name and cannot be taken apart
again: they are left out with a notice.

Source: Prometheus docs/querying/api.md ("Range queries"), format `matrix`.
"""

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from wvatui.core.events import Event
from wvatui.core.lines import clean, many, verb
from wvatui.core.metrics.columns import MomentSamples, PodColumns
from wvatui.core.metrics.promtext import quoted
from wvatui.core.metrics.scrape import read_epp
from wvatui.errors import RecordingError
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.sampled_objects import SampledObjects, is_of_objects
from wvatui.recording.imports.source import ImportSource, listed

_ANSWER = re.compile(
    rb'"resultType"\s*:\s*"(?:matrix|vector|scalar|string)"'
    rb'|"status"\s*:\s*"error"\s*,\s*"errorType"\s*:'
)
"""Every answer of Prometheus to a query, so that one that cannot be used is told as what it is."""
_IN_A_LOG = re.compile(rb'\s*[^\s{\[]|.*"(?:level|msg)"\s*:', re.S)
"""What stands in front of an answer that a line of a log quotes."""
_ENGINE = re.compile(r"(?:ray_)?(?:vllm|sglang)[:_]")
_PICKER = re.compile(r"inference_|llm_d_")
_TARGET = re.compile(
    "__name__|cluster|container|endpoint|instance|job|namespace|node|pod|prometheus"
    "|prometheus_replica|service"
)
"""Labels that belong to the scrape target rather than to its page. A label of the page with such a
name gets the prefix `exported_` (Prometheus, `honor_labels`)."""


def takes(head: bytes, name: str) -> bool:
    """Whether a piece is an answer of Prometheus, or holds several of them."""
    answer = _ANSWER.search(head[:8192])
    return answer is not None and _IN_A_LOG.match(head[: answer.start()]) is None


class _Result(msgspec.Struct):
    """One series of an answer."""

    metric: dict[str, str] = {}
    values: list[tuple[float, str]] = []


class _Data(msgspec.Struct, rename="camel"):
    result_type: str = ""
    result: list[_Result] = []


class _Answer(msgspec.Struct):
    status: str = ""
    data: _Data | None = None
    error: str = ""
    warnings: list[str] | None = None
    is_partial: bool = msgspec.field(name="isPartial", default=False)
    """The field in which VictoriaMetrics marks a partial answer, where Thanos writes a warning."""


_DECODE_ONE = msgspec.json.Decoder(_Answer).decode
_DECODE_MANY = msgspec.json.Decoder(list[_Answer] | dict[str, _Answer]).decode


class Samples(NamedTuple):
    """One series: its metric, its labels, and its samples, one list for each answer."""

    name: str
    labels: Mapping[str, str]
    times: "array[float]"
    values: "array[float]"


class RangeImporter:
    """Imports the series of all answers together."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._pages: dict[tuple[str, str], dict[tuple[bytes, str], Samples]] = defaultdict(dict)
        """By (namespace, pod), then by the page's line and the scraped address: the samples that
        two queries, jobs or replicas of Prometheus have of it form one series."""
        self._objects = SampledObjects(source)
        self._nameless = 0
        self._other: Counter[str] = Counter()

    def take(self, piece: Piece) -> None:
        """Read the series of one file. Raises RecordingError for a damaged answer, or one that
        reports an error."""
        for answer in _answers(piece):
            if answer.status == "error":
                raise RecordingError(
                    f"{piece.name}: Prometheus refused: {clean(answer.error)[:200]}"
                )
            data = answer.data
            if data is None or data.result_type != "matrix":
                kind = clean(data.result_type) if data is not None else "nothing"
                raise RecordingError(
                    f"{piece.name}: {kind}, not a matrix", hint="save the answer of query_range"
                )
            if answer.is_partial:
                self._source.notice("the server warned: the answer is partial")
            for words in answer.warnings or ():
                # Thanos warns so of a store that did not answer: the series may have holes.
                self._source.notice(f"the server warned: {clean(words)[:200]}")
            for result in data.result:
                self._sort(result)
            data.result.clear()

    def _sort(self, result: _Result) -> None:
        labels = result.metric
        name = labels.get("__name__", "")
        times = array("d", [t for t, _ in result.values if math.isfinite(t) and t >= 0])
        if not name or len(times) != len(result.values):
            self._nameless += 1
            return
        values = array("d", [_number(value) for _, value in result.values])
        series = Samples(name, labels, times, values)
        if is_of_objects(name):
            self._objects.add(series)
        elif _ENGINE.match(name) or _PICKER.match(name):
            address = labels.get("instance", "")
            pod = labels.get("pod") or labels.get("kubernetes_pod_name") or address or "pod"
            known = self._pages[labels.get("namespace", ""), pod]
            same = known.setdefault((_head(series), address), series)
            if same is not series:
                same.times.extend(times)
                same.values.extend(values)
        else:
            self._other[name] += 1

    def events(self) -> Iterator[Event]:
        """The metrics pages of every pod, and the objects, by full names where there are several
        namespaces."""
        source = self._source
        spaces = sorted({space for space, _ in self._pages if space} | self._objects.namespaces)
        source.namespace = source.namespace or ",".join(spaces)
        for (space, pod), series in sorted(self._pages.items()):
            name = f"{space}/{pod}" if len(spaces) > 1 and space else pod
            yield from self._looks(name, series)
        engines = {pod for (_, pod), known in self._pages.items() if _has_engine(known.values())}
        yield from self._objects.events(engines)
        if self._nameless:
            source.notice(
                f"{self._nameless} series {verb(self._nameless, 'have')} no metric's name, as"
                " results of functions have none, or no readable time: left out"
            )
        if self._other:
            names = listed(sorted(self._other))
            count = len(self._other)
            source.notice(f"{many(count, 'metric', 'are')} not read: {names}")
        source.refusal = (
            "nothing in it has a time: answers of Prometheus without a series that is read",
            "save the series as they were scraped: docs/import.md names the queries",
        )

    def _looks(self, pod: str, by_line: Mapping[tuple[bytes, str], Samples]) -> Iterator[Event]:
        """One page per moment, read as if it had been polled."""
        heads = [head for head, _ in by_line]
        is_picker = not _has_engine(by_line.values())
        columns = PodColumns(heads, pod, self._source.bounds)
        for at, row in _rows(list(by_line.values())):
            if is_picker:
                lines = zip(heads, row, strict=True)
                page = b"".join(b"%s%r\n" % line for line in lines if line[1] is not None)
                yield from read_epp(page, at=at, pod=pod, took_ms=0)
            else:
                yield from columns.look(at, row)


def _has_engine(series: Iterable[Samples]) -> bool:
    """Whether the series belong to a model server; else they are an endpoint picker's."""
    return any(_ENGINE.match(each.name) for each in series)


def _rows(series: list[Samples]) -> Iterator[tuple[float, MomentSamples]]:
    """The samples of all series, grouped by moment, each with the time of its first sample.

    Series with the same times, as those of one scrape have, are grouped together.
    """
    step = _step(series)
    begin = min((each.times[0] for each in series if each.times), default=0.0)
    slots: dict[bytes, list[int]] = {}
    moments: dict[int, float] = {}
    for each in series:
        key = each.times.tobytes()
        if key not in slots:
            # round() goes to even numbers
            slots[key] = [math.floor((at - begin) / step + 0.5) for at in each.times]
            for slot, at in zip(slots[key], each.times, strict=True):
                moments.setdefault(slot, at)
    ordered = sorted(moments)
    place = {slot: number for number, slot in enumerate(ordered)}
    columns: list[Sequence[float | None]] = []
    for each in series:
        own = slots[each.times.tobytes()]
        if own == ordered:
            columns.append(each.values)
            continue
        column: list[float | None] = [None] * len(ordered)
        # Of two samples in a slot, the first gives the moment its time. The last assignment stays.
        for slot, value in zip(reversed(own), reversed(each.values), strict=True):
            column[place[slot]] = value
        columns.append(column)
    yield from zip((moments[slot] for slot in ordered), zip(*columns, strict=True), strict=True)


def _answers(piece: Piece) -> Iterator[_Answer]:
    """The answers in one file: a single one, a list or an object of them, or one per line."""
    content = piece.content.strip()
    try:
        answer = _DECODE_ONE(content)
        many = [answer] if answer.status or answer.data else _many(piece.name, content)
    except msgspec.ValidationError:
        many = _many(piece.name, content)
    except msgspec.DecodeError:
        many = _lines(content)
        if not many:
            raise RecordingError(f"{piece.name}: not a whole answer of Prometheus") from None
    yield from many


def _many(name: str, content: bytes) -> list[_Answer]:
    try:
        data = _DECODE_MANY(content)
    except msgspec.DecodeError as error:
        raise RecordingError(f"{name}: not an answer of Prometheus: {error}") from None
    return list(data.values()) if isinstance(data, dict) else data


def _lines(content: bytes) -> list[_Answer]:
    """The answers of a file with one per line; none where any line is not an answer."""
    lines = [line for line in content.split(b"\n") if line.strip()]
    try:
        return [_DECODE_ONE(line) for line in lines] if len(lines) > 1 else []
    except msgspec.DecodeError:
        return []


def _number(text: str) -> float:
    """A sample's value; NaN, which pages have too, where it is unreadable."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _head(series: Samples) -> bytes:
    """A line of a page up to its value."""
    own = {name: value for name, value in series.labels.items() if not _TARGET.fullmatch(name)}
    if not own:
        return f"{series.name} ".encode()
    names = {name: name if name.isascii() and name.isidentifier() else quoted(name) for name in own}
    inner = ",".join(f"{names[name]}={quoted(value)}" for name, value in own.items())
    return f"{series.name}{{{inner}}} ".encode()


def _step(series: Iterable[Samples]) -> float:
    """Spacing of the samples, seconds: the shortest between two samples of one series."""
    steps = [b - a for each in series for a, b in pairwise(each.times[:50]) if b > a]
    return max(min(steps, default=1.0), 0.001)
