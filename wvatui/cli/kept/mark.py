"""Mark: notes on moments of what was recorded, kept in a file beside it."""

from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wvatui.cli.params import FORM, option
from wvatui.cli.values import STDIN, argument
from wvatui.core.lines import clean
from wvatui.errors import RecordingError, UsageError
from wvatui.export.stamp import iso
from wvatui.host import console
from wvatui.session.time_expressions import moment_within, span

if TYPE_CHECKING:
    from wvatui.core.state.state import State


@click.command()
@argument("file", metavar="RUN", type=click.Path())
@click.argument("at", metavar="[AT]", default="")
@click.argument("note", metavar="[NOTE]", default="")
@option("--search", default="", help="List only marks whose note contains this text.")
@option(
    "--remove", is_flag=True, help="Remove the mark at this moment; not one set during the session."
)
@FORM
def mark(file: str, at: str, note: str, search: str, remove: bool, output: str) -> None:
    """Mark a moment of a recording or a log; without a moment, list the marks.

    The mark is kept beside the file, in FILE.notes.json; the file itself is never written to.
    """
    from wvatui.cli.recordings import open_named, say_notices
    from wvatui.recording.changes.notes_file import add_mark, new_mark
    from wvatui.recording.imports.run_folder import session_file
    from wvatui.session.replay import ReplaySession

    if file != STDIN:
        file = str(session_file(Path(file)))
    if at and file == STDIN:
        raise UsageError("standard input has no place beside it: name the file")
    if (at and search) or (remove and not at):
        raise UsageError("--search lists marks, and --remove takes the moment of one away")
    with closing(open_named(file)) as reader:
        session = ReplaySession(reader, play=False)
        state = session.load()
        begin, end = session.bounds
        if not at:
            say_notices(file, reader.notices, state)
            _list(file, state, search, output)
            return
    moment = moment_within(at, session.started_at, begin, end, flag="")
    if moment < begin - 1.0:
        raise UsageError(f"{at}: that is before the start, which is {iso(begin)}")
    moment = min(max(moment, begin), end)
    path = Path(file)
    if remove:
        _remove(path, session.started_at, moment)
        return
    if not note.strip():
        raise UsageError(f"{at}: a mark needs a note", hint=f'wvatui mark RUN {at} "what happens"')
    added = new_mark(moment, note.strip()[:500])
    add_mark(path, session.started_at, added)
    console.err(f"marked T+{span(moment - session.started_at)} ({iso(moment)}): {added.note}")


def _list(file: str, state: "State", search: str, output: str) -> None:
    """Print the marks of a session, including those added later."""
    from wvatui.recording.changes.notes_file import Notes, read_notes

    notes = Notes()
    if file != STDIN:
        with suppress(RecordingError):  # already among the notices
            notes = read_notes(Path(file))
    marks = sorted(state.marks, key=lambda each: each.marks)
    marks = [each for each in marks if search.lower() in each.note.lower()]
    if output == "json":
        rows = [
            {
                "at": iso(each.marks),
                "t_plus_s": round(each.marks - state.first_at, 3),
                "note": each.note,
                "added_later": each in notes.marks,
            }
            for each in marks
        ]
        console.out_json(rows)
        return
    for each in marks:
        later = "  (added later)" if each in notes.marks else ""
        when = f"{iso(each.marks)[:19].replace('T', ' ')}  T+{span(each.marks - state.first_at):<8}"
        console.out(f"{when}  {clean(each.note)}{later}")
    if not marks:
        console.err(f"{file}: no mark" + (f" holds {search!r}" if search else ""))


def _remove(recording: Path, started_at: float, moment: float) -> None:
    """Delete the notes about a moment. Raises UsageError where there are none."""
    from msgspec.structs import replace

    from wvatui.recording.changes.notes_file import Notes, change_notes

    def without(notes: Notes) -> Notes:
        near = min(notes.marks, key=lambda each: abs(each.at - moment), default=None)
        if near is None or abs(near.at - moment) >= 1.0:
            raise UsageError(
                f"{recording}: no mark beside it at {iso(moment)}",
                hint="those of the session itself stay; `wvatui mark RUN` lists all",
            )
        return replace(notes, marks=tuple(each for each in notes.marks if each is not near))

    change_notes(recording, started_at, without)
    console.err(f"removed the mark at {iso(moment)}")
