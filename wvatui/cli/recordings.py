"""Opens the recording or log given to a verb, and reads it to its end or to a moment."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wvatui.cli.values import STDIN, called
from wvatui.core.state.state import State
from wvatui.errors import UsageError
from wvatui.host import console
from wvatui.recording import Reader, open_recording
from wvatui.recording.imports.run_folder import session_file
from wvatui.session.headless import odd
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment_within

if TYPE_CHECKING:
    from wvatui.analysis.runs.run import Run


def open_named(
    file: str,
    *,
    follow: bool = False,
    redact: bool = False,
    namespace: str = "",
    progress: bool = True,
) -> Reader:
    """Open the recording or log `named`; `-` is standard input.

    `namespace`: read this one only. `progress`: show on a terminal how much was read.
    """
    if file != STDIN:
        path = session_file(Path(file))
        # A folder is one session, even where it has several parts; a file is only itself.
        parts = path != Path(file)
        reader = open_recording(
            path, follow=follow, redact=redact, namespace=namespace, parts=parts
        )
        if progress:
            reader.heard = console.Progress(file)
        return reader
    if sys.stdin.isatty():
        raise UsageError(
            "standard input is a terminal", hint="pipe a recording or a log into `replay -`"
        )
    # The screen needs the terminal as standard input: the pipe moves to another descriptor.
    pipe = os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    return open_recording(pipe, follow=follow, redact=redact, namespace=namespace)


def labelled(named: str) -> tuple[str, str]:
    """(label, path) from an argument such as `hpa=run.jsonl`; the label is empty where there is
    none. Raises UsageError where the path is empty."""
    label, equals, path = named.partition("=")
    if not equals or Path(named).exists():
        return "", named
    if not path:
        raise UsageError(f"{named} names no run", hint="LABEL=RUN: is a variable not set?")
    return label, path


def opened_run(named: str, namespace: str) -> "Run":
    """The run at a path, which may have a label before it."""
    from wvatui.analysis.runs.run import open_run

    label, path = labelled(named)
    return open_run(path, namespace=namespace, label=label, heard=console.Progress(path))


OFFERED = 12
"""Most sessions offered for a choice, newest first."""


def piped_or_chosen() -> str:
    """Where no file is given: standard input if it is a pipe, else the session that the user
    chooses among the newest.

    Raises UsageError where there is none to choose, and for an invalid answer.
    """
    if not sys.stdin.isatty():
        return STDIN
    from wvatui.cli.kept.sessions import HEADING, session_line
    from wvatui.config import paths
    from wvatui.recording import list_sessions

    folder = paths.sessions_dir()
    offered = list_sessions(folder)[:OFFERED]
    if not offered:
        raise UsageError(
            f"no file is named, and nothing is recorded yet in {folder}",
            hint="wvatui replay FILE, or first: wvatui demo",
        )
    rows = [f"{number:>3}  {session_line(info)}" for number, info in enumerate(offered, 1)]
    console.err(f"     {HEADING}", *rows)
    answer = console.answer(f"Which one? [1-{len(offered)}, enter: 1]") or "1"
    if not answer.isdecimal() or not 1 <= int(answer) <= len(offered):
        raise UsageError(f"{answer!r} is none of them", hint=f"a number from 1 to {len(offered)}")
    return str(offered[int(answer) - 1].path)


def state_at(reader: Reader, at: str = "") -> State:
    """The State at a moment of a recording; at its end where no moment is given."""
    session = ReplaySession(reader, play=False)
    state = session.load()
    if at and state.events:
        begin, end = session.bounds
        session.show(moment_within(at, session.started_at, begin, end))
    return session.latest if at else state


def must_speak_of(state: State, file: str, namespace: str) -> None:
    """Raise UsageError where the log does not mention the requested namespace."""
    seen = state.log_namespace.seen
    if namespace and seen and namespace not in seen and not state.variants:
        raise UsageError(
            f"{file}: says nothing of namespace {namespace}",
            hint=f"it speaks of {', '.join(sorted(seen))}",
        )


def must_be_one_namespace(state: State, file: str, doing: str) -> None:
    """Raise UsageError where a log mentions several namespaces, whose numbers must not be mixed."""
    if len(state.namespaces) > 1:
        raise UsageError(
            f"{file}: speaks of {', '.join(state.namespaces)}: {doing} takes one namespace",
            hint="choose one with --namespace",
        )


def say_notices(file: str, notices: list[str], state: State | None = None) -> None:
    """Print the notices about a file after its name, one line each, and about the log in it where
    it was folded."""
    name = called(file)
    for notice in notices if state is None else odd(notices, state):
        console.say(f"{name}: {notice}")
