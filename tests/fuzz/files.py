"""Checks every verb that reads a file, and every view of the screen, on a recording or log."""

import asyncio
import csv
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from rich.cells import cell_len

from tests.fuzz import damage
from tests.fuzz.bounds import Fault, bounded
from wvatui.cli.main import main
from wvatui.core import events as ev
from wvatui.core.events.codec import DamagedLine, decode, encode
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import variant_rows
from wvatui.errors import RecordingError, WvatuiError
from wvatui.recording import open_recording
from wvatui.session.replay import ReplaySession
from wvatui.ui.draw.line import text_of
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model import layout
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels import PANELS, panel
from wvatui.ui.panels.overview import banner, charts
from wvatui.ui.views import VIEWS, overview
from wvatui.ui.widgets.stage import StageWidget

VERBS: tuple[str, ...] = (
    "summary FILE",
    "summary FILE -o json",
    "export FILE",
    "export FILE --at 50%",
    "export FILE --table all -o OUT",
    "export FILE --format seed",
    "explain FILE",
    "explain FILE -o json",
    "explain FILE --summary",
    "explain FILE --cycle 1",
    "explain FILE --cycle 2 -o json",
    "whatif FILE --loop open --rule v1 --replicas 2 -o json",
    "whatif FILE --loop open --rule v2 --or --set kvCacheThreshold=0.5,0.9 --limit kv=0.7",
    "whatif FILE --loop open --rule v0.4.2 --rule own --boot 90s -o csv",
    "coverage FILE -o json",
    "compare FILE FILE --stages -o md",
    "check FILE",
    "check FILE -o json",
    "check FILE --at 30%",
    "replay FILE --plain",
    "replay FILE --headless --at 70%",
    "sessions --folder FOLDER",
    "sessions --folder FOLDER -o json",
)
ENDS = {"check": (0, 1, 2, 4), "compare": (0, 1, 2, 4), "sessions": (0,)}
"""Verb → its documented exit codes, where they differ from `USUAL`."""
USUAL = (0, 2, 4)
DAY_S = 86_400.0
csv.field_size_limit(1 << 30)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TRACE = re.compile(r"^Traceback|^\w*(?:Error|Exception|Warning): ", re.M)


def check(path: Path, dice: Random, *, verbs: int = 0) -> None:
    """Run verbs and views on `path`; raises Fault with all faults.

    `verbs`: the number of verbs, and of views, chosen at random; 0: all.
    """
    faults: list[str] = []
    jobs = [partial(_verb, path, line) for line in VERBS]
    for job in dice.sample(jobs, verbs or len(jobs)):
        _collect(faults, job)
    _collect(faults, partial(_views, path, dice, verbs))
    if faults:
        raise Fault("\n".join(faults))


def check_one_line(lines: list[bytes], path: Path, dice: Random) -> None:
    """Raises Fault if a damaged line changes more than itself: all others must be read as without
    it."""
    at = dice.randrange(1, len(lines))
    spoiled = damage.one_line_spoiled(dice, lines[at])
    recording = lines[at].startswith(b'{"k":')
    if recording and _is_event(spoiled):
        return
    got: list[list[Any]] = []
    for middle in ([spoiled], []):
        events: list[ev.Event] = []
        path.write_bytes(b"\n".join([*lines[:at], *middle, *lines[at + 1 :]]) + b"\n")
        with bounded(), suppress(RecordingError):
            events = list(open_recording(path).events())
        if not events:
            return  # in a short log the damaged line may be the only one that identifies the format
        got.append([encode(e) for e in events] if recording else _told(events))
    if not recording and len(got[0]) == len(got[1]) + 1:
        del got[0][at]  # the damaged line is kept as an unknown line of the log
    if got[0] != got[1]:
        raise Fault(
            f"a damaged line costs others: {spoiled[:200]!r} in place of {lines[at][:200]!r}"
        )


def _is_event(line: bytes) -> bool:
    try:
        decode(line)
    except DamagedLine:
        return False
    return True


def _told(events: list[ev.Event]) -> list[tuple[str, int]]:
    """(line, day on which it was written) of each line of a log."""
    return [(event.line, int(event.at // DAY_S)) for event in events if isinstance(event, ev.Log)]


def _collect(faults: list[str], job: Callable[[], None]) -> None:
    try:
        job()
    except Fault as fault:
        faults.append(str(fault))


# --- verbs ------------------------------------------------------------------------------------


def _verb(path: Path, line: str) -> None:
    out = path.parent / "out"
    names = {"FILE": str(path), "FOLDER": str(path.parent), "OUT": str(out)}
    try:
        with _named(line), bounded():
            code, said, words = _run([names.get(word, word) for word in line.split()])
            _ended_well(line.split()[0], code, words)
            _harmless(said, "standard output")
            _harmless(words, "standard error")
            if "json" in line and (said or not code):
                json.loads(said, parse_constant=_no_number)
            for table in out.glob("*") if out.exists() else ():
                with table.open(encoding="utf-8", newline="") as file:
                    _square(file, table.name)
            if "csv" in line and not code:
                _square(io.StringIO(said), "standard output")
    finally:
        shutil.rmtree(out, ignore_errors=True)


def _run(arguments: list[str]) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of the program's entry point."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        files = [io.TextIOWrapper(raw, "utf-8", write_through=True) for raw in (out, err)]
        code: object = 0
        try:
            with (
                mock.patch.object(sys, "argv", ["wvatui", *arguments]),
                mock.patch.object(sys, "stdout", files[0]),
                mock.patch.object(sys, "stderr", files[1]),
                mock.patch("signal.signal"),
            ):
                main()
        except SystemExit as left:
            code = left.code
        said = []
        for raw in (out, err):
            raw.seek(0)
            said.append(raw.read().decode("utf-8"))
        for file in files:
            file.detach()
    return code if isinstance(code, int) else 0, said[0], said[1]


def _named(what: str) -> "_Named":
    return _Named(what)


class _Named:
    """Puts the name of the action in front of the message of a Fault."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Fault):
            raise Fault(f"{self._what}: {error}") from error.__cause__


def _ended_well(verb: str, code: int, words: str) -> None:
    if code not in ENDS.get(verb, USUAL):
        raise Fault(f"exit code {code}: {words[-300:]!r}")
    if code and not words.strip() and verb != "check":
        raise Fault(f"exit code {code} without a word")
    if found := _TRACE.search(words):
        raise Fault(f"a traceback: {words[found.start() :][-400:]!r}")


def _harmless(text: str, where: str) -> None:
    if found := _CONTROL.search(text):
        raise Fault(f"{found[0]!r} in {where}: {text[max(0, found.start() - 60) :][:120]!r}")


def _no_number(word: str) -> None:
    raise Fault(f"{word} in JSON")


def _square(file: Any, name: str) -> None:
    """Raises Fault for a CSV row with another number of cells than the header."""
    widths = {len(row) for row in csv.reader(file)}
    if len(widths) > 1:
        raise Fault(f"{name}: rows of {sorted(widths)} cells")


# --- the screen -------------------------------------------------------------------------------


def _views(path: Path, dice: Random, most: int) -> None:
    """Draw views at a random moment, as the screen would."""
    try:
        with _named("open"), bounded():
            session = ReplaySession(open_recording(path), play=False)
            session.load()
            asyncio.run(session.seek(f"{dice.choice((100, 100, 50, 10))}%"))
    except Fault as fault:
        if isinstance(fault.__cause__, WvatuiError):
            return
        raise
    size = dice.choice(((80, 24), (120, 40), (60, 15), (200, 60)))
    choices = list(_choices(session, dice))
    for view_state in dice.sample(choices, most or len(choices)):
        with _named(f"view {view_state.view} {view_state.detail} {size}"), bounded():
            _draw(
                ViewModel(
                    state=session.state,
                    status=session.status,
                    symbols=dice.choice((UNICODE, ASCII)),
                    capabilities=session.capabilities,
                    view_state=view_state,
                    newest=session.newest,
                ),
                *size,
            )


def _choices(session: ReplaySession, dice: Random) -> Iterator[ViewState]:
    """The ViewState of every view, and of details that can be opened."""
    now = session.status.shown_at
    for row in VIEWS:
        yield ViewState(
            view=row.id,
            page=dice.randrange(3),
            clock=dice.choice(("utc", "t+", "local")),
            window_s=dice.choice((0.0, 30.0, 600.0)),
            heat=dice.choice(("kv", "waiting", "running")),
            cursor=dice.choice((None, now, now - 20)),
            pattern=dice.choice(("", "scal", "(")),
        )
    with bounded():
        pods = [f"pod:{row.pod}" for row in replica_rows.replicas(session.state)]
        variants = [f"variant:{row.key}" for row in variant_rows.variants(session.state)]
    for key in (
        *dice.sample(pods, min(2, len(pods))),
        *dice.sample(variants, min(2, len(variants))),
    ):
        yield ViewState(detail=(key,), page=dice.randrange(2))


def _draw(vm: ViewModel, width: int, height: int) -> None:
    wishes = overview.wishes(vm, width, height, banner=len(banner.lines(vm, width, 2)), footer=1)
    plan = layout.plan(width, height, wishes)
    vm = vm.planned(plan)
    for row in PANELS:
        _lines(row.draw(vm, width, 2) if row.follows == "status" else [], width, row.id)
    for place in StageWidget.body(vm, width, height - plan.top - plan.footer):
        kind, colon, name = place.part.partition(":")
        if kind in ("chart", "lane") and colon:
            view = charts.view(vm, name, place.width)
            drawn = charts.lines(name, view, vm, place.width, place.height)
        else:
            row = panel(place.part)
            drawn = row.draw(vm, place.width, place.height)
            for table in (
                row.rows(vm) if row.rows else (),
                row.keys(vm, width, height) if row.keys else (),
            ):
                assert all(isinstance(key, str) for key in table)
        _lines(drawn, place.width, place.part)


def _lines(drawn: list[Any], width: int, part: str) -> None:
    for line in drawn:
        text = text_of(line)
        _harmless(text, part)
        if "\n" in text or cell_len(text) > width:
            raise Fault(f"{part}: a line of {cell_len(text)} cells in {width}: {text[:100]!r}")
