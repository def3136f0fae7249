"""The verbs that read a file: replay, export, summary, sessions. No cluster, and, but for replay
on a terminal, no screen."""

import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from wvatui.analysis.summary import stage_lines, summary
from wvatui.core.events import Event
from wvatui.core.lines import clean
from wvatui.core.state.state import State
from wvatui.errors import RecordingError, UsageError
from wvatui.export.snapshot import snapshot_csv
from wvatui.export.stamp import iso
from wvatui.host import console, private, signals
from wvatui.recording import Reader, list_sessions, open_recording
from wvatui.session.outcome import odd, outcome, span
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment

STDIN = "-"
PIECE = 2_000
"""Events of a recording that are read at a time."""
OTHER_SCREEN = "TEXTUAL_DRIVER"
"""With this variable the screen is drawn into something else than this terminal: a browser."""


def open_named(file: str, *, follow: bool = False, redact: bool = False) -> Reader:
    """Open what the user named; `-` is the standard input."""
    if file != STDIN:
        return open_recording(Path(file), follow=follow, redact=redact)
    if sys.stdin.isatty():
        raise UsageError(
            "standard input is a terminal", hint="pipe a recording or a log into `replay -`"
        )
    # The screen needs the terminal as its standard input: the pipe moves to another descriptor.
    pipe = os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    return open_recording(pipe, follow=follow, redact=redact)


def _take_back_the_terminal() -> None:
    """Make the terminal the standard input again, for the keys."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        raise UsageError(
            "there is no terminal to read keys from", hint="add --headless or --plain"
        ) from None
    os.dup2(terminal, 0)
    os.close(terminal)


def say_notices(notices: list[str], state: State | None = None) -> None:
    """What was odd about a file, a line each; and about the log in it, where it was folded."""
    for notice in notices if state is None else odd(notices, state):
        console.err(f"wvatui: {notice}")


# --- replay -------------------------------------------------------------------------------


def replay(
    file: str,
    *,
    headless: bool,
    plain: bool,
    theme: str,
    ascii: bool,
    speed: float,
    at: str,
    paused: bool,
    skip_idle: bool,
    follow: bool,
    read_only: bool = False,
    redact_log: bool = False,
) -> int:
    """Replay `file`; the exit code."""
    with_screen = not (headless or plain)
    if with_screen and not os.environ.get(OTHER_SCREEN):
        console.must_show_a_screen("add --headless or --plain")
    follow = with_screen and (follow or file == STDIN)
    reader = open_named(file, follow=follow, redact=redact_log)
    if not with_screen:
        return _replay_lines(reader, file, plain=plain, at=at)
    if file == STDIN:
        _take_back_the_terminal()
    from wvatui.ui.app.start import run_app

    session = ReplaySession(
        reader,
        speed=speed,
        start=at,
        play=not paused,
        skip_idle=skip_idle,
        follow=follow,
        read_only=read_only,
    )
    return run_app(session, theme=theme, ascii_only=ascii)


def _replay_lines(reader: Reader, file: str, *, plain: bool, at: str) -> int:
    if plain and not at:
        state = _print_changes(reader.batches(PIECE))
    else:
        session = ReplaySession(reader, play=False)
        state = session.load()
        if plain:
            _print_changes([session.events])
        if at:
            signals.run(session.seek(at))
            state = session.latest
    say_notices(reader.notices, state)
    console.err(outcome(state, Path(file).name if file != STDIN else "standard input"))
    return 0


def _print_changes(batches: Iterable[list[Event]]) -> State:
    """One line a change; the State at the end."""
    from wvatui.session.line_mode import PlainEvents

    lines = PlainEvents()
    for batch in batches:
        console.out(*lines.take(batch))
    console.out(*lines.finish())
    return lines.state


# --- export -------------------------------------------------------------------------------


def export(file: str, *, at: str, table: str, output: str, redact_log: bool = False) -> None:
    """Write the snapshot or the tables that were asked for."""
    if table:
        from wvatui.export.tables import write_tables

        if at:
            raise UsageError("--at asks for one moment and --table for all: give one of the two")
        with closing(open_named(file, redact=redact_log)) as reader:
            for path, rows in write_tables(reader, table, Path(output or "."), Path(file).name):
                console.err(f"{path}: {rows} rows")
            say_notices(reader.notices)
        return
    reader = open_named(file, redact=redact_log)
    session = ReplaySession(reader, play=False)
    state = session.load()
    if state.events == 0:
        raise RecordingError(f"{file}: holds no event")
    if at:
        begin, end = session.bounds
        session.show(moment(at, session.started_at, begin, end))
        state = session.latest
    text = snapshot_csv(state)
    if output:
        target = Path(output)
        if target.is_dir():
            target = target / f"{Path(file).name.split('.')[0]}-{iso(state.now)[11:19]}.csv"
        with private.told(target):
            private.write(target, text)
        console.err(str(target))
    else:
        console.out_text(text)
    say_notices(reader.notices, state)


def export_seed(file: str, *, output: str, only: bool) -> None:
    """Write the older scripts' metrics.csv, in the columns of the session's own mode."""
    from wvatui.export.seed import seed_csv, seed_mode

    if not only:
        raise UsageError("--format seed is one table over all: --at and --table choose nothing")
    if file == STDIN:
        raise UsageError("--format seed reads the file twice: name it")
    with closing(open_named(file)) as reader:
        state = ReplaySession(reader, play=False).load()
    with closing(open_named(file)) as reader:
        text = seed_csv(reader, seed_mode(state))
        say_notices(reader.notices, state)
    if output:
        with private.told(Path(output)):
            private.write(Path(output), text)
        console.err(output)
    else:
        console.out_text(text)


# --- summary and sessions -----------------------------------------------------------------


def print_summary(file: str, form: str) -> None:
    """The numbers of one session."""
    reader = open_named(file)
    state = ReplaySession(reader, play=False).load()
    numbers = summary(state, Path(file).name)
    if form == "json":
        console.out_json(numbers)
    else:
        console.out(*_summary_lines(numbers))
    say_notices(reader.notices, state)


def _summary_lines(numbers: dict[str, Any]) -> list[str]:
    n = numbers
    lines = [
        f"{n['source']}",
        f"  wording          {n['family'] or 'not recognised'}"
        + (f", mode {n['mode']}" if n["mode"] else ""),
        f"  length           {span(n['length_s'])}, {n['events']} events, {n['lines']} log lines"
        f" ({n['unknown_lines']} unknown)",
        f"  decisions        {n['cycles']} cycles ({n['ups']} up, {n['downs']} down),"
        f" {n['target_changes']} target changes",
    ]
    if n["cur"] is not None:
        lines.append(
            f"  replicas         {n['cur'][0]} – {n['cur'][1]}, highest target {n['tgt_max']},"
            f" {n['replica_s']} replica-seconds over {n['span']} s"
        )
    if n["kv_peak"] is not None:
        lines.append(
            f"  KV cache         peak {n['kv_peak']:.1%} on {n['pods']} pods ({n['kv']} samples)"
        )
    if n["q_peak"] is not None:
        lines.append(f"  waiting          peak {n['q_peak']}")
    if n["ttft_max"] is not None or n["itl_max"] is not None:
        lines.append(
            f"  latency          TTFT max {_ms(n['ttft_max'])}, ITL max {_ms(n['itl_max'])}"
        )
    if n["arr_max"] is not None:
        lines.append(
            f"  arrivals         max {n['arr_max']:.2f} req/min ({n['arr_max'] / 60:.2f} req/s)"
        )
    p = n["predictions"]
    if p["n"]:
        lines.append(
            f"  predictions      {p['n']}, {p['pairs']} paired of {p['observations']} observations"
        )
        for name in ("itl", "ttft"):
            error = p[f"{name}_error_ms"]
            if error:
                lines.append(
                    f"    {name.upper():<14} error mean {error['mean']:.2f} ms,"
                    f" absolute {error['abs_mean']:.2f} ms, sd {error['sd']:.2f} ms"
                )
        if p["violations"] is not None:
            lines.append(
                f"    SLO            ITL {_limit(p['slo_itl_ms'])}, TTFT"
                f" {_limit(p['slo_ttft_ms'])}: {p['violations']} of {p['pairs']} violated"
            )
    lines += stage_lines(n["stages"])
    lines += _scaling_lines(n["scaling"])
    lines.append(f"  trouble          {n['errs']} errors, {n['warn']} warnings, {n['gaps']} gaps")
    if "incomplete" in n:
        lines.append(f"  INCOMPLETE       {n['incomplete']['words']}")
    if n["drift"]:
        lines.append(f"  FORMAT DRIFT     {n['drift']}")
    return lines


_TOLD = {
    "decision ready": "decision to ready",
    "onset served": "saturated to token",
    "decision drained": "decision to drained",
}
"""Lags that the text tells; all of them stand in the JSON."""


def _scaling_lines(scaled: dict[str, Any]) -> list[str]:
    """How long changes of replicas took, where any was carried out or missed."""
    if not (scaled["ups"] or scaled["downs"] or scaled["not_carried_out"]):
        return []
    lost = f", {scaled['not_carried_out']} not carried out" * bool(scaled["not_carried_out"])
    lines = [f"  scaling          {scaled['ups']} up, {scaled['downs']} down{lost}"]
    lines += [
        f"    {_TOLD[row['step']]:<20} mean {row['mean_s']:.1f} s, p95"
        f" {row['p95_s']:.1f} s, max {row['max_s']:.1f} s ({row['n']})"
        for row in scaled["lags"]
        if row["step"] in _TOLD
    ]
    lacking = scaled["lacking"]
    if lacking["n"]:
        lines.append(
            f"    wanted, not ready    {lacking['n']} times, {lacking['total_s']:.0f} s together,"
            f" longest {lacking['longest_s']:.0f} s"
        )
    return lines


def _limit(value: float | None) -> str:
    return "none" if value is None else f"{value:g} ms"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} ms"


def print_sessions(folder: Path, form: str) -> None:
    """What lies in the sessions folder."""
    infos = list_sessions(folder)
    if form == "json":
        rows = [
            {
                "started_at": iso(info.started_at),
                "namespace": info.namespace,
                "model": info.model,
                "label": info.label,
                "length_s": info.length_s,
                "size_bytes": info.size_bytes,
                "decisions": info.decisions,
                "parts": info.parts,
                "ended": info.ended,
                "path": str(info.path),
            }
            for info in infos
        ]
        console.out_json(rows)
        return
    if not infos:
        console.err(f"nothing recorded yet in {folder}")
        return
    console.out(
        f"{'WHEN (UTC)':<20}{'LENGTH':>8}{'SIZE':>9}{'DECISIONS':>11}  "
        f"{'NAMESPACE':<18}{'LABEL':<10}{'MODEL':<30}FILE"
    )
    for info in infos:
        decisions = "–" if info.decisions is None else str(info.decisions)
        console.out(
            f"{iso(info.started_at)[:19].replace('T', ' '):<20}{span(info.length_s):>8}"
            f"{_size(info.size_bytes):>9}{decisions:>11}  {_cell(info.namespace, 17):<18}"
            f"{_cell(info.label, 9):<10}{_cell(info.model, 29):<30}{_cell(info.path.name, 200)}"
            + ("" if info.ended == "clean" else f" ({info.ended})")
        )


def _cell(text: str, width: int) -> str:
    """Text of others for one column: safe to print, and cut where it is too long."""
    safe = clean(text[: 4 * width])
    return safe if len(safe) <= width else safe[: width - 1] + "…"


def _size(count: int) -> str:
    for unit, factor in (("G", 1 << 30), ("M", 1 << 20), ("k", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}B"
    return f"{count} B"
