"""Sessions: the list of recorded sessions, and how to delete some of them."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wvatui.cli.params import FORM, NAMESPACE, option, together, unless_of_the_file
from wvatui.cli.values import Duration
from wvatui.config import paths
from wvatui.core.lines import clean, many
from wvatui.core.state.session_window import names_in
from wvatui.errors import RecordingError, UsageError, WvatuiError
from wvatui.export.stamp import iso
from wvatui.host import console, private
from wvatui.session.time_expressions import span

if TYPE_CHECKING:
    from wvatui.core.events import Mark
    from wvatui.recording import SessionInfo

_FILTERS = together(
    option(
        "--label",
        default=None,
        envvar="WVATUI_SESSIONS_LABEL",
        callback=unless_of_the_file,
        help='Only those with this label; "": those without one.',
    ),
    NAMESPACE,
    option(
        "--decider",
        default="",
        help="Only those whose replicas this moved at first: wva, hpa, keda; none: nobody.",
    ),
    option("--older-than", type=Duration(), default=None, help="Only older ones: 30d, 12h."),
    option("--newer-than", type=Duration(), default=None, help="Only newer ones: 7d, 12h."),
    option(
        "--marked",
        default=None,
        help='Only those with a mark that contains this text, which is shown; "": with any mark.',
    ),
)


@click.command()
@FORM
@option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where to look; the sessions folder by default.",
)
@together(_FILTERS)
@option("--prune", is_flag=True, help="Delete what is listed, after asking.")
@option("--keep-marked", is_flag=True, help="With --prune: not those with a mark.")
@option(
    "--yes",
    is_flag=True,
    default=False,
    envvar="WVATUI_PRUNE_YES",
    callback=unless_of_the_file,
    help="With --prune: do not ask.",
)
def sessions(
    output: str,
    folder: Path | None,
    label: str | None,
    namespace: str,
    decider: str,
    older_than: float | None,
    newer_than: float | None,
    marked: str | None,
    prune: bool,
    keep_marked: bool,
    yes: bool,
) -> None:
    """List what has been recorded, newest first."""
    from wvatui.recording import list_sessions
    from wvatui.recording.library import deciders_of, marks_of

    folder = folder or paths.sessions_dir()
    is_filtered = any(each is not None for each in (label, older_than, newer_than, marked)) or bool(
        namespace or decider
    )
    _must_fit(prune, is_filtered, keep_marked=keep_marked, yes=yes)
    everything = list_sessions(folder)
    now = time.time()
    rows: list[tuple[SessionInfo, list[Mark]]] = []
    for info in everything:
        age_s = now - info.started_at
        if (
            label not in (None, info.label)
            or (namespace and namespace not in names_in(info.namespace))
            or (older_than is not None and age_s < older_than)
            or (newer_than is not None and age_s > newer_than)
            or (decider and decider not in (deciders_of(info) or ("none",)))
        ):
            continue
        marks: list[Mark] = []
        if marked is not None or keep_marked or output == "json":
            try:
                marks = marks_of(info)
            except RecordingError as error:
                if prune:
                    raise
                console.err(error.message)
        wanted = [mark for mark in marks if (marked or "").lower() in mark.note.lower()]
        if (marked is None or wanted) and not (keep_marked and marks):
            rows.append((info, marks if marked is None else wanted))
    if output == "json":
        console.out_json([_data(info, marks) for info, marks in rows])
    elif rows:
        _print(rows, with_marks=marked is not None)
    elif everything:
        console.err(f"none of {many(len(everything), 'session')} in {folder} is as asked for")
    else:
        console.err(f"nothing recorded yet in {folder}")
    if prune and rows:
        _delete([info for info, _ in rows], yes=yes)


def _must_fit(prune: bool, is_filtered: bool, *, keep_marked: bool, yes: bool) -> None:
    """Raise UsageError for flags that exclude each other."""
    if not prune and keep_marked:
        raise UsageError("--keep-marked keeps sessions of --prune, which is not given")
    if prune and not is_filtered:
        raise UsageError(
            "--prune deletes the sessions that are listed: say which",
            hint="such as --older-than 30d --keep-marked",
        )
    if prune and not yes and not sys.stdin.isatty():
        raise UsageError("--prune asks, and there is no terminal to ask on", hint="add --yes")


def _delete(infos: "list[SessionInfo]", *, yes: bool) -> None:
    """Delete sessions after asking. Those still being written stay."""
    from wvatui.recording.library import delete_session

    running = [info for info in infos if info.ended == "recording"]
    for info in running:
        console.err(f"{info.path}: stays, for it is still being written")
    infos = [info for info in infos if info not in running]
    size = _size(sum(info.size_bytes for info in infos))
    what = many(len(infos), "session")
    if not infos:
        return
    if not yes and not console.ask(f"Delete {what} ({size})?"):
        raise WvatuiError("not confirmed: nothing was deleted")
    for info in infos:
        with private.told(info.path):
            delete_session(info)
    console.err(f"deleted {what} ({size})")


def _data(info: "SessionInfo", marks: "list[Mark]") -> dict[str, object]:
    from wvatui.recording.library import deciders_of

    return {
        "started_at": iso(info.started_at),
        "namespace": info.namespace,
        "endpoints": list(info.endpoints),
        "model": info.model,
        "label": info.label,
        "length_s": info.length_s,
        "size_bytes": info.size_bytes,
        "decisions": info.decisions,
        "parts": info.parts,
        "ended": info.ended,
        "path": str(info.path),
        "deciders": deciders_of(info),
        "marks": [
            {
                "at": iso(mark.marks),
                "t_plus_s": round(mark.marks - info.began_at, 3),
                "note": mark.note,
            }
            for mark in marks
        ],
    }


HEADING = (
    f"{'WHEN (UTC)':<20}{'LENGTH':>8}{'SIZE':>9}{'DECISIONS':>11}  "
    f"{'NAMESPACE':<18}{'LABEL':<10}{'MODEL':<30}FILE"
)
"""The heading above lines of sessions."""


def session_line(info: "SessionInfo") -> str:
    """One session as one line."""
    decisions = "–" if info.decisions is None else str(info.decisions)
    return (
        f"{iso(info.started_at)[:19].replace('T', ' '):<20}{span(info.length_s):>8}"
        f"{_size(info.size_bytes):>9}{decisions:>11}  {_cell(info.place, 17):<18}"
        f"{_cell(info.label, 9):<10}{_cell(info.model, 29):<30}{_cell(info.path.name, 200)}"
    ) + ("" if info.ended == "clean" else f" ({info.ended})")


def _print(rows: "list[tuple[SessionInfo, list[Mark]]]", *, with_marks: bool) -> None:
    console.out(HEADING)
    for info, marks in rows:
        console.out(session_line(info))
        for mark in marks if with_marks else ():
            console.out(f"{'':<20}{span(mark.marks - info.began_at):>8}  {_cell(mark.note, 200)}")


def _cell(text: str, width: int) -> str:
    """Text from a file for one column: safe to print, and cut where it is too long."""
    safe = clean(text[: 4 * width])
    return safe if len(safe) <= width else safe[: width - 1] + "…"


def _size(count: int) -> str:
    for unit, factor in (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}B"
    return f"{count} B"
