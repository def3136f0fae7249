"""FORMS: the foreign forms that can be opened like a recording, one row per form.

The content of a piece decides its form, together with its name where the content is ambiguous. To
add a form, add a file here with its importer, and a row.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

from wvatui.core.events import Event
from wvatui.core.lines import clean
from wvatui.core.results import begins_a_report
from wvatui.errors import RecordingError, UsageError
from wvatui.recording.imports import bundle, harness, hpa_run, load_reports, pages, ranges
from wvatui.recording.imports.pieces import HEAD_BYTES, Piece, is_archive, pieces_in, pieces_under
from wvatui.recording.imports.source import Importer, ImportSource, listed, session_of


class Form(NamedTuple):
    """One form. `takes`: whether a piece (its first bytes, its name) is of this form.

    `is_enough`: this form alone makes a session; the others only add to one.
    """

    kind: str
    title: str
    takes: Callable[[bytes, str], bool]
    importer: Callable[[ImportSource], Importer]
    is_enough: bool = True


FORMS: tuple[Form, ...] = (
    Form("bundle", "benchmark bundle", bundle.takes, bundle.BundleImporter),
    Form("prometheus", "saved range query", ranges.takes, ranges.RangeImporter),
    Form("pages", "metrics page", pages.takes, pages.PageImporter),
    Form("hpa-run", "file of an HPA run", hpa_run.takes, hpa_run.HpaRunImporter),
    Form("harness", "file of a benchmark harness", harness.takes, harness.HarnessImporter, False),
    Form(
        "report",
        "report of a load tool",
        lambda head, name: begins_a_report(head),
        load_reports.ReportImporter,
    ),
)
KINDS = tuple(form.kind for form in FORMS if form.is_enough)


def form_of(head: bytes, name: str) -> Form | None:
    """The form of a piece; None: an unknown one."""
    head = head.removeprefix(BOM_UTF8)
    return next((form for form in FORMS if form.takes(head, name)), None)


def is_foreign(head: bytes, name: str) -> bool:
    """Whether a file is of a foreign form, or an archive of such files."""
    form = form_of(head, name)
    return is_archive(head) or (form is not None and form.is_enough)


def holds_foreign(folder: Path) -> bool:
    """Whether `folder` contains a file of a foreign form."""
    return any(is_foreign(piece.head, piece.name) for piece in pieces_under(folder, HEAD_BYTES))


class WholeFile:
    """Imports one file at its end, from all of its bytes."""

    next_part = ""

    def __init__(self, name: str, written_at: float | None, *, growing: bool = False) -> None:
        if growing:
            raise RecordingError(
                f"{name}: what is imported is whole", hint="open it without --follow"
            )
        self._name, self._written_at = name, written_at
        self._parts: list[bytes] = []
        self.notices: list[str] = []

    def add(self, data: bytes) -> None:
        """Add the next bytes of the file."""
        self._parts.append(data)

    def feed(self, lines: list[bytes]) -> list[Event]:
        return []

    def caught_up(self) -> list[Event]:
        return []

    def finish(self, rest: bytes) -> Iterator[Event]:
        """All events. Raises RecordingError where the file cannot be imported."""
        piece = Piece(self._name, b"".join(self._parts), self._written_at)
        self._parts = []
        yield from imported(self._name, pieces_in(piece), self.notices)


class WholeFolder:
    """Imports the files of one folder, or several files, together."""

    next_part = ""

    def __init__(self, name: str, pieces: Iterable[Piece]) -> None:
        self._name, self._pieces = name, pieces
        self.notices: list[str] = []

    def feed(self, lines: list[bytes]) -> list[Event]:
        return []

    def caught_up(self) -> list[Event]:
        return []

    def finish(self, rest: bytes) -> Iterator[Event]:
        """All events. Raises RecordingError where they cannot be imported."""
        yield from imported(self._name, self._pieces, self.notices)


def imported(
    name: str,
    pieces: Iterable[Piece],
    notices: list[str],
    *,
    zone: tzinfo | None = None,
    kind: str = "",
    made_of: Callable[[], str] | None = None,
) -> Iterator[Event]:
    """The events of the session that `pieces` make together.

    `kind`: import pieces of this form only; empty: of any. `made_of`: returns a description of the
    source, called after all pieces are read; None: the pieces' names are used.

    Raises RecordingError where no piece is of a known form, or one is damaged, UsageError for an
    unknown `kind`.
    """
    if kind and kind not in KINDS:
        raise UsageError(f"{kind}: no such kind", hint=f"one of {', '.join(KINDS)}")
    source = ImportSource(name, zone, notices)
    importers: dict[str, Importer] = {}
    taken: dict[str, list[str]] = {}
    for whole, piece in ((each, part) for each in pieces for part in pieces_in(each, each.name)):
        if piece.content.startswith(BOM_UTF8):
            piece = piece._replace(content=piece.content[len(BOM_UTF8) :])
        form = form_of(piece.head, piece.name)
        if form is None or (kind and form.is_enough and form.kind != kind):
            continue
        if form.kind not in importers:
            importers[form.kind] = form.importer(source)
        if whole.is_cut or piece.is_cut:
            cut = clean((whole if whole.is_cut else piece).base)
            source.notice(f"{cut}: the compressed file is cut off, read up to there")
        importers[form.kind].take(piece)
        taken.setdefault(form.kind, []).append(piece.base)
    if not any(form.kind in taken for form in FORMS if form.is_enough):
        what = next(
            (f"of the kind {form.title}" for form in FORMS if form.kind == kind), "known here"
        )
        raise RecordingError(
            f"{name}: nothing in it is {what}",
            hint=f"expected a {', a '.join(form.title for form in FORMS if form.is_enough)}; a"
            " recording or a controller's log needs no import: replay, summary and others open it",
        )
    # Forms that only add to others go first: they say whose load and whose model it was.
    order = sorted((form for form in FORMS if form.kind in taken), key=lambda form: form.is_enough)
    events = [event for form in order for event in importers[form.kind].events()]
    parts = [f"{form.title}: {listed(taken[form.kind])}" for form in FORMS if form.kind in taken]
    words = made_of() if made_of else f"imported from {source.called}: {'; '.join(parts)}"
    yield from session_of(source, events, words)
