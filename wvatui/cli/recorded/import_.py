"""Import: other tools' files into one recording."""

import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import wvatui
from wvatui.cli.params import NAMESPACE, option
from wvatui.cli.recorded import _prometheus as prometheus
from wvatui.cli.values import argument
from wvatui.core.lines import many
from wvatui.errors import OutputError, UsageError
from wvatui.host import console

if TYPE_CHECKING:
    from wvatui.core.events import Event
    from wvatui.recording.imports.pieces import Piece

_OFFSET = re.compile(r"([+-])(\d{2}):?([0-5]\d)")


@click.command("import")
@argument("sources", metavar="[KIND] SOURCE...", nargs=-1, required=True, type=click.Path())
@option(
    "-o",
    "--output",
    required=True,
    envvar="WVATUI_IMPORT_OUTPUT",
    help="File for the recording; it must not exist yet.",
)
@option("--tz", default="", help="Time zone of times that name none: Europe/Berlin, +02:00, UTC.")
@option("--label", default="", help="Label of the run: wva, hpa, keda, none, or any word.")
@NAMESPACE
@prometheus.FLAGS
def import_(
    sources: tuple[str, ...], output: str, tz: str, label: str, namespace: str, **flags: Any
) -> None:
    """Import files of other tools, or a range of a Prometheus, into one recording.

    A SOURCE is a file, an archive (tar, also compressed) or a folder: saved answers of Prometheus'
    query_range, metrics pages, an HPA run's metrics.csv, a result folder of llm-d-benchmark, a
    report of a load tool, a bundle.json. Several are put together. What they are is known by their
    content; KIND (bundle, prometheus, pages, hpa-run, report) takes only what is of that form.

    A SOURCE that is an address (http://prometheus:9090) is asked: `import prometheus URL -n NS
    --last 2h -o FILE`, or --from and --to, or --pipelinerun. Answers are kept beside the output
    until it is complete; the same command goes on where it was interrupted.
    """
    kind, sources = (sources[0], sources[1:]) if sources[0] in _kinds() else ("", sources)
    if not sources:
        raise UsageError(f"{kind}: a kind; name the file or folder to import behind it")
    notices: list[str] = []
    path, zone = Path(output), _zone(tz)
    if any(map(prometheus.is_address, sources)):
        if len(sources) > 1 or kind not in ("", "prometheus"):
            raise UsageError("an address is imported alone, and is a Prometheus")
        from wvatui.recording.part_file import require_new

        require_new(path)
        with prometheus.queried(sources[0], path, flags, namespace, zone, notices) as events:
            _write(events, path, label, notices)
        return
    prometheus.check_files()
    _write(_of_files(sources, kind, zone, namespace, notices), path, label, notices)


def _kinds() -> tuple[str, ...]:
    from wvatui.recording.imports.forms import KINDS

    return KINDS


def _of_files(
    sources: tuple[str, ...], kind: str, zone: tzinfo | None, namespace: str, notices: list[str]
) -> "Iterator[Event]":
    """The events of all sources together."""
    from wvatui.recording.changes.narrowing import Narrowing
    from wvatui.recording.imports.forms import imported

    name = Path(sources[0]).name if len(sources) == 1 else f"{sources[0]} and others"
    pieces = (piece for path, within in _named(sources) for piece in _pieces(path, within))
    events: Iterator[Event] = imported(name, pieces, notices, zone=zone, kind=kind)
    return iter(Narrowing(name, namespace).take(events)) if namespace else events


def _write(events: "Iterator[Event]", output: Path, label: str, notices: list[str]) -> None:
    """Write all events into a new recording, then print its notices. Raises OutputError."""
    from msgspec.structs import replace

    from wvatui.core.events import Header
    from wvatui.core.events.redact_event import redacted
    from wvatui.recording import Writer

    header = next(events)
    assert isinstance(header, Header)
    header = replace(
        header,
        tool=f"wvatui {wvatui.__version__}",
        session=f"{int(time.time())}-{os.getpid()}",
        label=label,
    )
    writer = Writer(output, redacted(header))
    rest = [redacted(event) for event in events]
    writer.write(rest)
    writer.close("imported")
    for notice in notices:
        console.say(notice)
    if writer.incomplete:
        raise OutputError(f"{output}: the recording is incomplete: {writer.incomplete}")
    console.err(f"{output}: {many(len(rest) + 1, 'event')}")


def _named(sources: tuple[str, ...]) -> "list[tuple[Path, str]]":
    """Each source with a name that distinguishes it from the others, from their common folder on; a
    single source is named by its files alone."""
    paths = [Path(source).absolute() for source in sources]
    shared = os.path.commonpath([path.parent for path in paths])
    names = [os.path.relpath(path, shared) for path in paths]
    return [(Path(s), n if len(sources) > 1 else "") for s, n in zip(sources, names, strict=True)]


def _pieces(source: Path, within: str) -> "Iterator[Piece]":
    """The files of one source, named as within the folder `within`. Raises RecordingError, and
    UsageError where the source does not exist."""
    from wvatui.recording.imports.pieces import pieces_in, pieces_under, read_piece

    if not source.exists():
        raise UsageError(f"{source}: no such file or folder")
    if source.is_dir():
        for piece in pieces_under(source):
            yield piece._replace(name=f"{within}/{piece.name}") if within else piece
    else:
        yield from pieces_in(read_piece(source, within or source.name), folder=within)


def _zone(text: str) -> tzinfo | None:
    """The time zone for a name or an offset; None: none was given. Raises UsageError."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    match = _OFFSET.fullmatch(text)
    if match is not None:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if offset < timedelta(hours=24):
            return timezone(offset if match[1] == "+" else -offset)
    if text.upper() in ("", "UTC", "Z"):
        return UTC if text else None
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"--tz {text}: no such zone", hint="a name as Europe/Berlin, or an offset as +02:00"
        ) from None
