"""Draws pictures and searches for findings in other processes, where the runs are long."""

from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from wvatui.analysis.report.pictures import drawing
from wvatui.core.events import Header, Tick
from wvatui.core.findings.over_time import EACH_S, Lasting, found_over_time
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.host.workers import Calling, Workers, cores, in_place, is_own
from wvatui.recording import open_recording

SMALL = 4_000_000
"""Bytes of runs whose report is complete before other processes could start."""
MOST = 4
"""Most other processes."""
MOMENTS = 120
"""Most moments of a run at which findings are searched for."""


@dataclass(frozen=True, slots=True)
class Search:
    """The findings over a whole run, searched for at regular intervals."""

    found: tuple[Lasting, ...]
    each_s: float


class ReportHelp:
    """Draws pictures and searches for findings, in other processes until the block ends."""

    def __init__(self) -> None:
        self.calls: Calling = in_place
        self._searches: dict[tuple[Path, str], Future[Search]] = {}
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def begin(self, files: Iterable[Path], namespace: str) -> None:
        """Start work on these runs, where other processes are worth it; invalid files are reported
        by the code that opens them."""
        files = [file.absolute() for file in files if file.is_file()]
        if cores() < 2 or sum(file.stat().st_size for file in files) < SMALL:
            return
        self.calls = self._ends.enter_context(Workers(min(cores(), MOST))).call
        for file in files:
            self.search(file, namespace)
        if drawing.can_draw():
            self.calls(drawing.load)

    def search(self, path: Path, namespace: str) -> "Future[Search]":
        """The search for findings in a run, made once."""
        key = (path.absolute(), namespace)
        if key not in self._searches:
            calls = in_place if is_own(path) else self.calls
            self._searches[key] = calls(_search, *key)
        return self._searches[key]


def _search(path: Path, namespace: str) -> Search:
    def opened() -> Any:
        return closing(open_recording(path, namespace=namespace, parts=True))

    with opened() as reader:
        ends = fold(EMPTY, (each for each in reader.events() if type(each) in (Header, Tick)))
    each_s = max(EACH_S, round((ends.now - ends.first_at) / MOMENTS))
    with opened() as reader:
        return Search(found_over_time(reader.events(), each_s)[0], each_s)
