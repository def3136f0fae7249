"""Reads metrics pages saved during a run as scrapes of its pods.

PAGES is a folder, or a tar of one, as llm-d-benchmark's collector saves it: one file per page,
`POD_EPOCH_metrics.log`, whose first comments may be `# Timestamp:` and `# Pod:` too. Pages from
anything else (the endpoint picker) and files that are no pages are skipped and counted.
"""

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from wvatui.core.events import Engine, Scrape
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.errors import UsageError

MOST_BYTES = 8 << 20
"""Most bytes of a page: a real one has 70 kB, so a much larger file is none."""
_NAME = re.compile(r"(?P<pod>.+?)_(?P<at>\d{9,11}(?:\.\d+)?)(?:_metrics)?\.[a-z]+$")
_STAMP = re.compile(rb"^# Timestamp: (\S+)", re.MULTILINE)
_POD = re.compile(rb"^# Pod: (\S+)", re.MULTILINE)


@dataclass(slots=True)
class RecordedRun:
    """The scrapes of each pod, ascending in time, and the engine that serves."""

    looks: dict[str, list[Scrape]] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    others: int = 0
    """Number of files that are not a model server's page."""

    @property
    def since(self) -> float:
        """The first look, UTC epoch seconds."""
        return min(rows[0].at for rows in self.looks.values())

    @property
    def until(self) -> float:
        """The last look."""
        return max(rows[-1].at for rows in self.looks.values())


def read_run(path: Path) -> RecordedRun:
    """All pages in `path`. Raises UsageError when there is none of a model server."""
    run, book = RecordedRun(), BoundsBook()
    for name, content in _files(path):
        where = _where(name, content)
        events = (
            read_page(content, at=where[1], pod=where[0], took_ms=0, bounds=book) if where else []
        )
        run.others += not events
        for event in events:
            if isinstance(event, Scrape):
                run.looks.setdefault(event.pod, []).append(event)
            elif isinstance(event, Engine):
                known = run.engines.get(event.pod)
                if known is None or known.at <= event.at:
                    run.engines[event.pod] = event
    run.looks = dict(sorted(run.looks.items()))
    for rows in run.looks.values():
        rows.sort(key=lambda look: look.at)
    if not run.looks:
        raise UsageError(
            f"{path}: no page of a model server among its {run.others} files",
            hint="pages are files named POD_EPOCH_metrics.log, in a folder or a tar",
        )
    return run


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file, one after the other: of a tar in its own order, as each step
    back would decompress it from the start."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                yield file.name, file.read_bytes()
        return
    try:
        with tarfile.open(path) as tar:
            for one in tar:
                file = tar.extractfile(one) if one.isfile() and one.size <= MOST_BYTES else None
                if file is not None:
                    yield Path(one.name).name, file.read()
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file or folder") from None
    except (OSError, tarfile.TarError) as error:
        words = str(error).partition("\n")[0]
        raise UsageError(f"{path} is no tar of saved pages: {words}") from error


def _where(name: str, content: bytes) -> tuple[str, float] | None:
    """(pod, UTC epoch seconds) of a page; None where neither its name nor its content has them."""
    found = _NAME.match(name)
    head = content[:2000]
    pod = _POD.search(head)
    if found is not None:
        return (pod[1].decode() if pod else found["pod"]), float(found["at"])
    stamp = _STAMP.search(head)
    if pod is None or stamp is None:
        return None
    try:
        at = datetime.fromisoformat(stamp[1].decode())
    except ValueError:
        return None
    return pod[1].decode(), (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
