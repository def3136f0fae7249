"""Imports saved metrics pages of model servers and endpoint pickers, each with a time and a pod.

The time comes from the page's first lines (llm-d-benchmark's collector writes `# Timestamp:` and `#
Pod:`), else from the file's name, else from the file's modification time, which gives a notice. A
page with nothing but such lines is from a pod whose engine is not up.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from wvatui.core.events import Event, ScrapeFailure
from wvatui.core.lines import clean
from wvatui.core.metrics.scrape import read_epp, read_page
from wvatui.core.results.times import EARLIEST, epoch
from wvatui.recording.imports.pieces import Piece
from wvatui.recording.imports.source import ImportSource, listed

_PAGE = re.compile(
    rb'\A\s*#\s*(?:HELP ["\w]|TYPE ["\w]|(?:Timestamp|Pod|PodIP|Source):)'
    rb'|\A\s*(?:\{\s*")?(?:(?:ray_)?(?:vllm|sglang)[:_]|inference_|llm_d_)\w+["{\s]'
)
_TOLD = re.compile(r"(?m)^#\s*(Timestamp|Pod|Namespace):\s*(\S[^\r\n]*?)\s*$")
_SAMPLE = re.compile(rb"(?m)^[A-Za-z_:{]")
_EPOCH = re.compile(r"(?<!\d)(\d{10})(\d{3})?(?:\.(\d+))?(?!\d)")
_STAMP = re.compile(
    r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[:h-]?(\d{2})[:m-]?(\d{2})s?(?!\d)"
    r"((?:[.,]\d{1,9})?)\s?(Z|[+-]\d{2}:?\d{2})?"
)
_ENDING = re.compile(r"(?:[._-]?metrics)?(?:\.(?:log|prom|txt|metrics))*$")


def takes(head: bytes, name: str) -> bool:
    """Whether a piece is a metrics page."""
    return _PAGE.search(head[:4096]) is not None


class PageImporter:
    """Turns each page into one look at its pod."""

    def __init__(self, source: ImportSource) -> None:
        self._source = source
        self._events: list[Event] = []
        self._undated: list[str] = []
        self._strange: list[str] = []

    def take(self, piece: Piece) -> None:
        """Read a page. One from neither an engine nor a picker is skipped with a notice."""
        head = piece.content[:2048].decode("utf-8", "replace")
        said = {name: clean(words) for name, words in _TOLD.findall(head)}
        at, rest = self._time(piece, said.get("Timestamp", ""))
        pod = said.get("Pod") or _pod(piece, rest)
        self._source.namespace = self._source.namespace or said.get("Namespace", "")
        if at is None:
            self._source.notice(f"{clean(piece.base)}: without a time: left out")
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
        """The events of all pages."""
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
        """When the page was taken (UTC epoch seconds), and the rest of its name."""
        match = _STAMP.match(stamp)
        if match is not None and (at := self._stamped(match)) is not None:
            return at, _without_time(piece.base)
        match = _EPOCH.search(piece.base)
        if match is not None and float(match[1]) >= EARLIEST:
            at = float(match[1]) + float(f"0.{match[2] or match[3] or 0}")
            return at, _without_time(piece.base)
        match = _STAMP.search(piece.base)
        if match is not None and (at := self._stamped(match)) is not None:
            return at, _without_time(piece.base)
        if piece.written_at is not None:
            self._undated.append(piece.base)
        return piece.written_at, piece.base

    def _stamped(self, match: re.Match[str]) -> float | None:
        year, month, day, *clock, fraction, offset = match.groups(default="")
        try:
            moment = datetime.fromisoformat(
                f"{year}-{month}-{day}T{':'.join(clock)}{fraction}{offset}"
            )
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._source.local())
        return epoch(moment.timestamp())


def _without_time(name: str) -> str:
    return _STAMP.sub("", _EPOCH.sub("", name, count=1), count=1)


def _pod(piece: Piece, rest: str) -> str:
    """Name of the pod, from the file's name, else from its folder's."""
    name = _ENDING.sub("", rest).strip("._- ")
    return clean(name or piece.folder.rpartition("/")[2] or "pod")
