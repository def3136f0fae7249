"""A matrix of experiments, each run several times: its cells, and which of them are done.

Sides alternate, so that drift over time affects all of them alike. The ledger is a file beside the
folders of the runs; the same command reads it and continues with the remaining cells.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from wvatui.core.events.redact_event import redacted_value
from wvatui.core.lines import many, verb
from wvatui.errors import UsageError
from wvatui.host import private
from wvatui.load.experiment.plan import ExperimentPlan
from wvatui.load.profiles.manifests import SessionProcess

FORMAT = "wvatui experiment matrix, version 1"
FRONT = "matrix"
DONE = "finished"


class MatrixSide(msgspec.Struct, frozen=True):
    """One experiment of a matrix."""

    label: str
    """The experiment's name, or its file's name where two have the same one."""
    file: str
    digest: str
    """SHA-256 of its file, its manifests and its target: a change of any makes another side."""


class MatrixCell(msgspec.Struct):
    """One run of one side. Times are UTC epoch seconds by this machine's clock."""

    side: str
    repetition: int
    """From 1."""
    status: str = "waiting"
    """One of "waiting", "running", "finished", "stopped" (after a failure), "interrupted"."""
    folder: str = ""
    """Folder of its newest run, relative to the ledger."""
    began_at: float | None = None
    ended_at: float | None = None
    ok: bool = False
    """Everything planned has happened."""
    stages: str = ""
    """The outcome of its stages: "2 done, 1 failed"."""
    configuration: dict[str, dict[str, str]] = {}
    """The configuration it ran with, by section and name: images with the pods' digests,
    thresholds, scalers, arguments of engines, load."""

    @property
    def name(self) -> str:
        """Its name: "hpa r2"."""
        return f"{self.side} r{self.repetition}"


class _Ledger(msgspec.Struct):
    """The content of the file."""

    format: str
    sides: list[MatrixSide]
    repeat: int
    replicas: dict[str, int]
    cells: list[MatrixCell]
    context: str = ""
    """The kubeconfig's context in which the cells ran; empty: in a cluster, or unknown."""
    process: str = ""
    """The `SessionProcess` that runs the matrix; empty: none does."""

    def must_be_free(self, path: Path) -> None:
        """Raise UsageError where another process runs it."""
        runner = SessionProcess.read(self.process)
        if runner is not None and runner.alive and runner != SessionProcess.here():
            raise UsageError(
                f"{path}: process {runner.pid} runs it now",
                hint="wait for its end, or name another folder with -o",
            )


class RunMatrix:
    """All cells, in the order in which they run, and the ledger's file."""

    def __init__(self, path: Path, ledger: _Ledger, unread: Sequence[Path] = ()) -> None:
        """`unread`: newer files of that name that are not ledgers of this version."""
        self.path, self._ledger, self._unread = path, ledger, unread

    @property
    def sides(self) -> list[MatrixSide]:
        """In the order in which they were named."""
        return self._ledger.sides

    @property
    def cells(self) -> list[MatrixCell]:
        """In the order in which they run."""
        return self._ledger.cells

    @property
    def replicas(self) -> dict[str, int]:
        """Replicas of each Deployment (namespace/name) before the first cell."""
        return self._ledger.replicas

    @property
    def left(self) -> list[MatrixCell]:
        """Cells that have not run to their end."""
        return [cell for cell in self.cells if cell.status != DONE]

    @property
    def done(self) -> list[MatrixCell]:
        """Cells that have, grouped by side."""
        order = [side.label for side in self.sides]
        done = (cell for cell in self.cells if cell.status == DONE)
        return sorted(done, key=lambda cell: order.index(cell.side))

    @property
    def has_begun(self) -> bool:
        """Whether any cell was run before."""
        return any(cell.status != "waiting" for cell in self.cells)

    def folder(self, cell: MatrixCell) -> Path:
        """Path of the newest run of a cell."""
        return self.path.parent / cell.folder

    def order(self) -> str:
        """The remaining cells, in words."""
        return ", ".join(cell.name for cell in self.left)

    def story(self) -> list[str]:
        """Which cells were run before, and which are run again, one line each."""
        unread = [f"{path}: no ledger of this version, and left alone" for path in self._unread]
        done, cells = len(self.done), many(len(self.cells), "cell")
        lines = [f"{self.path}: {done} of {cells} {verb(done, 'are')} done: it goes on"]
        runner = SessionProcess.read(self._ledger.process)
        if runner is not None and runner.alive is None:
            lines.append(f"it was begun on {runner.host}: see that it does not run there any more")
        for cell in self.left:
            if cell.status != "waiting":
                was = "broken off" if cell.status == "running" else cell.status
                kept = f" ({cell.folder} is kept)" if cell.folder else ""
                lines.append(f"{cell.name} was {was}{kept}: it is run anew")
        return [*unread, *(lines if self.has_begun else ())]

    def begin(self, context: str) -> None:
        """Record that this process runs the matrix, in `context`, and write the ledger.

        Raises UsageError where another process runs it, or its cells ran elsewhere; otherwise as
        `keep`.
        """
        ledger = self._ledger
        for path, other in _ledgers(self.path.parent, self.sides):
            if other is not None:
                other.must_be_free(path)
        if ledger.context and ledger.context != context:
            raise UsageError(
                f"{self.path}: its cells ran in context {ledger.context}, and this is {context}",
                hint=f"add --context {ledger.context}, or name another folder with -o",
            )
        ledger.context, ledger.process = context, str(SessionProcess.here())
        self.keep()

    def end(self) -> None:
        """Record that no process runs the matrix any more. Raises as `keep` does."""
        self._ledger.process = ""
        self.keep()

    def keep(self) -> None:
        """Write the ledger. Raises UsageError where it cannot be written, OutputError on a full
        disk."""
        value = redacted_value(msgspec.to_builtins(self._ledger))
        text = msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
        with private.told(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            private.write(self.path, text + "\n")


def sides_of(plans: Sequence[ExperimentPlan]) -> list[MatrixSide]:
    """The sides of a matrix. Raises UsageError where two of them cannot be distinguished."""
    experiments = [planned.experiment for planned in plans]
    names = [experiment.name for experiment in experiments]
    if len(set(names)) < len(names):
        names = [experiment.path.stem for experiment in experiments]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise UsageError(
                f"two experiments are called {name}", hint="give each a name of its own in its file"
            )
    return [
        MatrixSide(name, str(planned.experiment.path), _digest(planned))
        for name, planned in zip(names, plans, strict=True)
    ]


def _digest(planned: ExperimentPlan) -> str:
    experiment = planned.experiment
    objects = [
        obj for each in experiment.workloads for obj in (each.manifest.body, *each.manifest.beside)
    ]
    objects += [scaler.body for scaler in experiment.scalers]
    written = [experiment.namespace, experiment.controller_namespace, objects]
    return hashlib.sha256(
        experiment.source + msgspec.json.encode(written, order="sorted")
    ).hexdigest()


def matrix_in(base: Path, sides: Sequence[MatrixSide], repeat: int, now: float) -> RunMatrix:
    """The newest matrix of these sides in `base` that has cells left, else a new one.

    When it continues with another `repeat`, finished cells are kept. Raises UsageError where one of
    its files has changed since, or where another process runs it.
    """
    unread: list[Path] = []
    for path, ledger in _ledgers(base, sides):
        if ledger is None:
            unread.append(path)
            continue
        ledger.must_be_free(path)
        earlier = RunMatrix(path, ledger, unread)
        if not earlier.left:
            continue
        changed = [
            a.label for a, b in zip(sides, ledger.sides, strict=True) if a.digest != b.digest
        ]
        if changed:
            raise UsageError(
                f"{path}: {len(earlier.left)} of its {many(len(earlier.cells), 'cell')}"
                f" {verb(len(earlier.left), 'are')} left, and "
                f"{', '.join(changed)} has changed since",
                hint="name another folder with -o, or take that file away to begin anew",
            )
        known = {(cell.side, cell.repetition): cell for cell in ledger.cells}
        ledger.repeat = repeat
        ledger.cells = [known.get((c.side, c.repetition), c) for c in _cells(sides, repeat)]
        return earlier
    path = base / f"{FRONT}-{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}.json"
    while path.exists():
        now += 1
        path = base / f"{FRONT}-{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M%S}.json"
    return RunMatrix(path, _Ledger(FORMAT, list(sides), repeat, {}, _cells(sides, repeat)), unread)


def _cells(sides: Iterable[MatrixSide], repeat: int) -> list[MatrixCell]:
    labels = [side.label for side in sides]
    return [MatrixCell(label, number + 1) for number in range(repeat) for label in labels]


def _ledgers(base: Path, sides: Sequence[MatrixSide]) -> Iterator[tuple[Path, _Ledger | None]]:
    """The ledgers of these sides in a folder, newest first; None: the file is not a ledger."""
    labels = [side.label for side in sides]
    for path in sorted(base.glob(f"{FRONT}-*.json"), reverse=True):
        ledger = _read(path)
        if ledger is None or [side.label for side in ledger.sides] == labels:
            yield path, ledger


def _read(path: Path) -> _Ledger | None:
    """The ledger in a file; None where it holds none."""
    try:
        ledger = msgspec.json.decode(path.read_bytes(), type=_Ledger)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    return ledger if ledger.format == FORMAT else None
