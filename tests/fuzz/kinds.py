"""The kinds of input, a row each: a function that makes an input and checks the program on it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz import damage, files, pages, schedules, screens, starts

QUICK_VERBS = 3
"""The number of verbs, and of views, tried on an input in a quick run; chosen anew for each."""


@dataclass(frozen=True)
class Kind:
    """One kind. `run(dice, folder, quick)` makes an input in `folder`; raises Fault for a fault."""

    name: str
    run: Callable[[Random, Path, bool], None]
    """`quick`: only a part of the checks is done."""
    many: int
    """The number of inputs in `make fuzz`."""
    few: int
    """The number of inputs in `make test`."""


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
    """The random generator of an input; it depends on these three arguments alone."""
    return Random(f"{seed}:{kind}:{number}")
