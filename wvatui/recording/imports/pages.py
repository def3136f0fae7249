"""Metrics pages that somebody saved, each with a time and a pod: looks at model servers, pickers.

The time stands in the page's first lines (llm-d-benchmark's collector writes `# Timestamp:` and
`# Pod:`), else in the file's name, else it is the time at which the file was written, which is
told. A page with nothing but such lines is of a pod whose engine is not up.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from wvatui.core.events import Event, ScrapeFailure
from wvatui.core.lines import clean
from wvatui.core.metrics.scrape import read_epp, read_page
from wvatui.core.results.times import EARLIEST
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.source import ImportSource, listed

_PAGE = re.compile(
    rb"\A\s*#\s*(?:HELP \w|TYPE \w|(?:Timestamp|Pod|PodIP|Source):)"
    rb"|\A\s*(?:ray_)?(?:vllm|sglang)[:_]\w+(?:\{|\s)|\A\s*(?:inference_\w+|llm_d_\w+)(?:\{|\s)"
)
_TOLD = re.compile(rb"(?m)^#\s*(Timestamp|Pod|Namespace):\s*(\S[^\r\n]*?)\s*$")
_SAMPLE = re.compile(rb"(?m)^[A-Za-z_:]")
_EPOCH = re.compile(r"(?<!\d)(\d{10})(\d{3})?(?:\.(\d+))?(?!\d)")
_STAMP = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[:h-]?(\d{2})[:m-]?(\d{2})s?(?!\d)"
    r"(Z|[+-]\d{2}:?\d{2})?"
)
_ENDING = re.compile(r"(?:[._-]?metrics)?(?:\.(?:log|prom|txt|metrics))*$")


def takes(head: bytes, name: str) -> bool:
    """Whether a piece is a metrics page."""
    return _PAGE.search(head[:4096]) is not None


class PageImporter:
    """Each page is one look at its pod."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._events: list[Event] = []
        self._undated: list[str] = []
        self._strange: list[str] = []

    def take(self, piece: Piece) -> None:
        """Read a page. One that is no engine's and no picker's is passed over, and told."""
        said = dict(_TOLD.findall(piece.content[:2048]))
        at, rest = self._time(piece, said.get(b"Timestamp", b"").decode("utf-8", "replace"))
        pod = said.get(b"Pod", b"").decode("utf-8", "replace") or _pod(piece, rest)
        self._source.namespace = self._source.namespace or said.get(b"Namespace", b"").decode(
            "utf-8", "replace"
        )
        if at is None:
            self._strange.append(piece.base)
            return
        if not _SAMPLE.search(piece.content):
            self._events.append(ScrapeFailure(at, pod=pod, why="starting", text="an empty page"))
            return
        events: list[Event] = read_page(
            piece.content, at=at, pod=pod, took_ms=0, bounds=self._source.bounds
        )
        events = events or [*read_epp(piece.content, at=at, pod=pod, took_ms=0)]
        self._events += events
        if not events:
            self._strange.append(piece.base)

    def events(self) -> Iterable[Event]:
        """All looks."""
        if self._undated:
            self._source.notice(
                f"{listed(self._undated)}: without a time: that at which the file was written is"
                " taken"
            )
        if self._strange:
            self._source.notice(f"{listed(self._strange)}: no page of an engine or of a picker")
            self._source.refusal = (
                "a metrics page, but of no engine and no endpoint picker",
                "a controller's log is the output of `kubectl logs`",
            )
        return self._events

    def _time(self, piece: Piece, stamp: str) -> tuple[float | None, str]:
        """When the page was taken, and what its name says beside that."""
        zone = self._source.zone or UTC
        if (at := _stamped(stamp, zone)) is not None:
            return at, _without_time(piece.base)
        match = _EPOCH.search(piece.base)
        if match is not None and float(match[1]) >= EARLIEST:
            at = float(match[1]) + float(f"0.{match[2] or match[3] or 0}")
            return at, _without_time(piece.base)
        match = _STAMP.search(piece.base)
        if match is not None and (at := _stamped(match[0], zone)) is not None:
            if match[7] is None:
                self._source.local()
            return at, _without_time(piece.base)
        self._undated.append(piece.base)
        return piece.written_at, piece.base


def _stamped(text: str, zone: tzinfo) -> float | None:
    match = _STAMP.match(text)
    if match is None:
        return None
    offset = (match[7] or "").replace("Z", "+00:00")
    year, month, day, *clock = match.groups()[:6]
    try:
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{':'.join(clock)}{offset}")
    except ValueError:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp()


def _without_time(name: str) -> str:
    return _STAMP.sub("", _EPOCH.sub("", name, count=1), count=1)


def _pod(piece: Piece, rest: str) -> str:
    """The pod by the name of the file, else by that of its folder."""
    name = _ENDING.sub("", rest).strip("._- ")
    return clean(name or piece.folder.rpartition("/")[2] or "pod")
