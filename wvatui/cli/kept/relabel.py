"""Relabel: what a recorded session is called in lists and comparisons, changed afterwards."""

from contextlib import closing
from pathlib import Path

import click

from wvatui.cli.params import option
from wvatui.cli.values import STDIN, argument
from wvatui.errors import UsageError
from wvatui.host import console


@click.command()
@argument("file", metavar="RUN", type=click.Path())
@click.argument("label", metavar="[LABEL]", default="")
@option("--reset", is_flag=True, help="Go back to the label it was recorded with.")
def relabel(file: str, label: str, reset: bool) -> None:
    """Change the label of a recording or a log, such as wva or hpa; without one, print it.

    The label is kept beside the file, in FILE.notes.json; the file itself is never written to.
    """
    from msgspec.structs import replace

    from wvatui.cli.recordings import open_named
    from wvatui.core.events import Header
    from wvatui.recording.changes.notes_file import Notes, change_notes, new_mark
    from wvatui.recording.imports.run_folder import session_file
    from wvatui.recording.library import session_info

    if file != STDIN:
        file = str(session_file(Path(file)))
    if label and reset:
        raise UsageError("--reset takes the label away: no other is given with it")
    with closing(open_named(file)) as reader:
        header = next((event for event in reader.events() if isinstance(event, Header)), None)
    if header is None:
        raise UsageError(f"{file}: has no header: nothing says which session it is of")
    if not label and not reset:
        console.out(header.label)
        return
    if file == STDIN:
        raise UsageError("standard input has no place beside it: name the file")
    started_at = header.started_at or header.at
    # The label in the form that can be written: without credentials or broken characters.
    text = None if reset else new_mark(started_at, label).note

    def changed(notes: Notes) -> Notes:
        return replace(notes, label=text)

    info = session_info(Path(file))
    for path in (Path(file),) if info is None else info.files:
        change_notes(path, started_at, changed)
    console.err(f"{file}: " + ("its own label again" if reset else f"labelled {text}"))
