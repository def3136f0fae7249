"""A run: a session that was recorded, logged or imported, with the load that was put on it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from wvatui.core.events import Epp, Event, JobResult, Scrape
from wvatui.core.fold.fold import fold
from wvatui.core.fold.fold_load import job_key
from wvatui.core.lines import clean
from wvatui.core.queries.load.load_rows import stages
from wvatui.core.queries.load.stage_stats import stage_rows
from wvatui.core.queries.session.configuration import CONFIGURED
from wvatui.core.results import read
from wvatui.core.rows.load_views import StageBand, StageRow
from wvatui.core.state.ring import Ring
from wvatui.core.state.state import EMPTY, Reported, State
from wvatui.errors import RecordingError
from wvatui.recording import open_recording
from wvatui.recording.imports.run_folder import session_file

PIECE = 4_000
"""Events folded in one batch."""
_WARM_UP = re.compile(r"warm[-_ ]?up", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LoadWindow:
    """When load was offered, UTC epoch seconds.

    `since`: its start after the warm-up: T+0 of the run. `until`: its end; None: it goes on.
    `known_by`: `jobs` (load jobs and their stages), `servers` (the first request that a server
    counted) or `nothing` (the window is the whole session).
    """

    since: float
    until: float | None
    warm_up_s: float = 0.0
    known_by: str = "jobs"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `label`: its kind (wva, hpa, keda, none, or any other); empty: not labelled.

    `repetition`: 0 where it is unknown. `source`: the path as the user gave it; `path`: the file
    that was read. `looks`: every scrape of each pod, ascending in time. `changed`: (UTC epoch
    seconds, description) of each setting that changed during the session. `notices`: about the
    file.
    """

    name: str
    label: str
    repetition: int
    source: str
    path: Path
    state: State
    load: LoadWindow
    stages: tuple[StageRow, ...]
    looks: Mapping[str, tuple[Scrape, ...]]
    pickers: Mapping[str, tuple[Epp, ...]]
    changed: tuple[tuple[float, str], ...] = ()
    notices: tuple[str, ...] = ()
    namespace: str = ""
    """The namespace that it was narrowed to; empty: none."""

    @property
    def since(self) -> float:
        """When it starts to count, UTC epoch seconds: at the start of load, or of the recording
        where that is later."""
        return max(self.load.since, self.state.first_at)

    @property
    def round_s(self) -> float:
        """Scrapes of several pods within this many seconds belong to one round of polls."""
        head = self.state.header
        return max(1.0, head.interval_s if head is not None else 0.0)

    @property
    def until(self) -> float:
        """The end of the recording, UTC epoch seconds."""
        return self.state.now


def open_run(
    path: str | Path,
    *,
    namespace: str = "",
    label: str = "",
    heard: Callable[[int, int], None] | None = None,
) -> Run:
    """The run in a recording, a controller's log, a bundle or a run folder.

    `namespace`: read this one only. `label`: replaces its own. `heard`: called with the number of
    bytes read, and of all bytes. Raises RecordingError for a file that cannot be read, and for a
    log that mentions several namespaces.
    """
    named = Path(path)
    file = session_file(named)
    reader = open_recording(file, namespace=namespace, parts=True)
    reader.heard = heard or reader.heard
    state, passing = EMPTY, _Passing()
    for batch in reader.batches(PIECE):
        passing.take(batch)
        state = fold(state, batch)
    made = _made(path, file, state, passing, label, reader.notices)
    return replace(made, namespace=namespace)


def run_of(
    named: str | Path, file: Path, events: Iterable[Event], state: State, notices: Iterable[str]
) -> Run:
    """The run of `events` that were read from `file` and folded into `state`.

    Raises RecordingError where there are no events, or several namespaces.
    """
    passing = _Passing()
    passing.take(events)
    return _made(named, file, state, passing, "", notices)


def _made(
    named: str | Path,
    file: Path,
    state: State,
    passing: "_Passing",
    label: str,
    notices: Iterable[str],
) -> Run:
    if len(state.namespaces) > 1:
        raise RecordingError(
            f"{named}: speaks of {', '.join(map(clean, state.namespaces))}: a run is of one",
            hint="choose one with --namespace",
        )
    if not state.events:
        raise RecordingError(f"{named}: nothing was recorded in it")
    state = passing.with_results(state)
    head = state.header
    own = (head.label or head.autoscaler) if head is not None else ""
    return Run(
        name=clean(_name(Path(named))),
        label=clean(label or own),
        repetition=head.repetition if head is not None else 0,
        source=str(named),
        path=file,
        state=state,
        load=_load(state, passing.looks),
        stages=stage_rows(state),
        looks={pod: tuple(rows) for pod, rows in passing.looks.items()},
        pickers={pod: tuple(rows) for pod, rows in passing.pickers.items()},
        changed=tuple(passing.changed),
        notices=tuple(notices),
    )


class _Passing:
    """Keeps what a State drops of a session's events: old scrapes, reports of load jobs, and
    changes of settings."""

    def __init__(self) -> None:
        self.looks: dict[str, list[Scrape]] = {}
        self.pickers: dict[str, list[Epp]] = {}
        self.changed: list[tuple[float, str]] = []
        self._results: list[JobResult] = []
        self._settings: dict[tuple[str, str, str], tuple[object, ...]] = {}

    def take(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Scrape):
                self.looks.setdefault(event.pod, []).append(event)
            elif isinstance(event, Epp):
                self.pickers.setdefault(event.pod, []).append(event)
            elif isinstance(event, JobResult):
                self._results.append(event)
            elif (fields := CONFIGURED.get(type(event))) is not None:
                self._compare(event, fields)

    def with_results(self, state: State) -> State:
        """The State with every report of its load jobs, not just the newest ones."""
        made = dict(state.job_results)
        for key, ring in state.job_results.items():
            if ring.total == len(ring):
                continue
            own = (each for each in self._results if job_key(state.jobs, each) == key)
            once = [next(same) for _, same in groupby(own, lambda each: each.report)]
            # Where a name was used again, the owner of the older reports is unknown.
            if len(once) == ring.total:
                made[key] = Ring(len(once), [Reported(each, read(each.report)) for each in once])
        return replace(state, job_results=made)

    def _compare(self, event: Event, fields: tuple[str, ...]) -> None:
        namespace, name = getattr(event, "namespace", ""), getattr(event, "name", "")
        key = (type(event).__name__, namespace, name)
        settings = tuple(getattr(event, field) for field in fields)
        before = self._settings.get(key, settings)
        self._settings[key] = settings
        differing = [f for f, a, b in zip(fields, before, settings, strict=True) if a != b]
        if differing:
            self.changed.append((event.at, clean(f"{key[0]} {name}: {', '.join(differing)}")))


def _name(path: Path) -> str:
    """The folder's name, for a file whose own name is the same in all run folders."""
    name = path.name if path.name not in ("", "..") else path.resolve().name
    for end in (".gz", ".zst", ".jsonl", ".json", ".log"):
        name = name.removesuffix(end)
    parent = path.absolute().parent.name
    return parent if name in ("session", "bundle", "wva-controller-logs") and parent else name


def _load(state: State, looks: Mapping[str, Iterable[Scrape]]) -> LoadWindow:
    bands = [band for band in stages(state) if band.since <= state.now]
    real = [band for band in bands if not _is_warm_up(band)]
    if real:
        since = min(band.since for band in real)
        warm_up = [band.since for band in bands if band.since < since]
        goes_on = any(band.open or band.until > state.now for band in real)
        return LoadWindow(
            since,
            None if goes_on else max(band.until for band in real),
            since - min(warm_up) if warm_up else 0.0,
        )
    busy = [look.at for rows in looks.values() for look in rows if look.running or look.waiting]
    if busy:
        return LoadWindow(min(busy), max(busy), known_by="servers")
    return LoadWindow(state.first_at, state.now, known_by="nothing")


def _is_warm_up(band: StageBand) -> bool:
    return _WARM_UP.search(band.label) is not None
