"""Every kind of input, a row each: how it is made from its dice, and what must hold of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz import damage, files, pages, schedules, screens, starts

QUICK_VERBS = 3
"""Verbs, and views, that an input goes through where time is short; drawn anew for each."""


@dataclass(frozen=True)
class Kind:
    """One row. `run` makes the input into a folder of its own and raises Fault for a finding."""

    name: str
    run: Callable[[Random, Path, bool], None]
    """The last argument: time is short, a part of the looking is enough."""
    many: int
    """By `make fuzz`."""
    few: int
    """By `make test`."""


def _recording(dice: Random, folder: Path, quick: bool) -> None:
    lines = starts.recording(dice)
    _file(dice, folder / "input.jsonl", damage.damaged(dice, lines, damage.JSON), quick)
    files.check_one_line(lines, folder / "one-line.jsonl", dice)


def _log(dice: Random, folder: Path, quick: bool) -> None:
    lines = [line for line in starts.log(dice) if line.strip()]
    _file(dice, folder / "input.log", damage.damaged(dice, lines, damage.LOGS), quick)
    files.check_one_line(lines, folder / "one-line.log", dice)


def _file(dice: Random, path: Path, lines: damage.Lines, quick: bool) -> None:
    path.write_bytes(damage.packed(dice, b"\n".join(lines) + b"\n"))
    files.check(path, dice, verbs=QUICK_VERBS if quick else 0)


def _page(dice: Random, folder: Path, quick: bool) -> None:
    picker, whole = starts.page(dice)
    broken = pages.broken(dice, whole)
    (folder / "whole.prom").write_bytes(whole)
    (folder / "broken.prom").write_bytes(broken)
    pages.check(whole, broken, picker)
    pages.check_one_line(whole, picker, dice)


KINDS: tuple[Kind, ...] = (
    Kind("recordings", _recording, 3000, 200),
    Kind("logs", _log, 3000, 200),
    Kind("pages", _page, 3000, 200),
    Kind("screens", screens.run, 100, 10),
    Kind("faults", schedules.run, 50, 5),
)


def dice_of(seed: int, kind: str, number: int) -> Random:
    """The same three give the same dice, whatever was done before."""
    return Random(f"{seed}:{kind}:{number}")
