"""State shared by the importers of one source, and the session that their events make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from itertools import pairwise
from statistics import median
from typing import NamedTuple, Protocol, TypeVar

from wvatui.core.events import Bounds, Engine, Event, Header, Notice, Scrape, Tick, Workload
from wvatui.core.lines import MOMENT_LIMIT, clean, many
from wvatui.core.metrics.metrics_page import BoundsBook
from wvatui.errors import RecordingError
from wvatui.recording.imports.pieces import Piece

T = TypeVar("T")
TOLD = 3
"""Names that one notice lists."""


class HarnessRun(NamedTuple):
    """A harness's facts about the run in one folder; times in UTC epoch seconds."""

    model: str = ""
    tool: str = ""
    name: str = ""
    since: float | None = None
    until: float | None = None


NO_RUN = HarnessRun()


@dataclass(slots=True)
class ImportSource:
    """One source being imported. `zone`: for times without one; None: not given.

    Importers fill in `namespace`, `model` and `autoscaler` when their pieces name them.
    """

    name: str
    zone: tzinfo | None = None
    notices: list[str] = field(default_factory=list)
    bounds: BoundsBook = field(default_factory=BoundsBook)
    namespace: str = ""
    model: str = ""
    autoscaler: str = ""
    runs: dict[str, HarnessRun] = field(default_factory=dict)
    """By folder within the source."""
    interval_s: float | None = None
    """Seconds between two looks, where an importer knows better than the looks show."""

    refusal: tuple[str, str] = ("nothing in it has a time", "")
    """The error and its hint for a source whose pieces give no events."""

    @property
    def called(self) -> str:
        """The source's name without folders."""
        return self.name.rstrip("/").rpartition("/")[2] or self.name

    def notice(self, words: str) -> None:
        """Add a notice about this source, unless it is there already."""
        words = words.removeprefix(f"{self.called}: ")  # its own name stands before every notice
        if words not in self.notices:
            self.notices.append(words)

    def local(self) -> tzinfo:
        """The zone of times without one: the given one, else UTC with a notice."""
        if self.zone is None:
            self.notice(
                "times without a zone are taken for UTC (`wvatui import --tz ZONE`: another one)"
            )
        return self.zone or UTC


class Importer(Protocol):
    """Turns the pieces of one form into events."""

    def take(self, piece: Piece) -> None:
        """Read one piece of this form. Raises RecordingError for a damaged one."""

    def events(self) -> Iterable[Event]:
        """The events of all pieces, in any order. Called once, after the last piece."""


def nearest(by_folder: Mapping[str, T], folder: str, absent: T) -> T:
    """The value of `folder`, else that of its nearest parent; `absent` where there is none."""
    around = [each for each in by_folder if not each or f"{folder}/".startswith(f"{each}/")]
    return by_folder[max(around, key=len)] if around else absent


def listed(names: Iterable[str]) -> str:
    """A few of the names, and how many more there are."""
    ordered = list(names)
    more = f" and {len(ordered) - TOLD} more" if len(ordered) > TOLD else ""
    return ", ".join(map(clean, ordered[:TOLD])) + more


def session_of(source: ImportSource, events: Iterable[Event], made_of: str) -> Iterator[Event]:
    """The events of a session: Header first, in order of time, with the clock ticks between them.

    `made_of`: a description of the imported files, which the session shows.
    """
    said = list(events)
    events = sorted((e for e in said if 0.0 <= e.at < MOMENT_LIMIT), key=lambda event: event.at)
    if len(events) < len(said):
        odd = len(said) - len(events)
        source.notice(f"{many(odd, 'time', 'are')} not of 1970 to 2099: left out")
    if not events:
        why, hint = source.refusal
        raise RecordingError(f"{source.name}: {why}", hint=hint)
    begin = events[0].at
    yield Header(
        begin,
        started_at=begin,
        imported=source.called,
        namespace=source.namespace,
        model=source.model,
        autoscaler=source.autoscaler,
        interval_s=spacing(events) if source.interval_s is None else source.interval_s,
    )
    yield Notice(begin, source="import", code="imported", text=made_of)
    # The bucket layout is known before any look that refers to it, whatever the order of the pages.
    yield from (Bounds(begin, id=e.id, le=e.le) for e in events if isinstance(e, Bounds))
    engines: dict[str, Engine] = {}
    moment = begin
    for event in events:
        if isinstance(event, Bounds) or (isinstance(event, Engine) and _known(event, engines)):
            continue
        if event.at > moment:
            yield Tick(moment)
            moment = event.at
        yield event
    yield Tick(moment)


def _known(event: Engine, engines: dict[str, Engine]) -> bool:
    """Whether this event repeats the newest facts about a pod's engine."""
    before = engines.get(event.pod)
    engines[event.pod] = event
    fields = (name for name in event.__struct_fields__ if name != "at")
    return before is not None and all(getattr(before, n) == getattr(event, n) for n in fields)


def spacing(events: Iterable[Event]) -> float:
    """The usual time between two looks at one pod or workload, seconds; 0: there are not two."""
    times: dict[tuple[str, str], list[float]] = {}
    for event in events:
        if isinstance(event, Scrape):
            times.setdefault(("pod", event.pod), []).append(event.at)
        elif isinstance(event, Workload):
            times.setdefault(("workload", event.name), []).append(event.at)
    steps = [b - a for row in times.values() for a, b in pairwise(row) if b > a]
    return round(median(steps), 3) if steps else 0.0
