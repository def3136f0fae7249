"""Processes that try inputs in parallel; one that dies or hangs is a fault of its present input."""

import faulthandler
import multiprocessing
import os
import queue
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz.bounds import WAITS_S, Fault
from tests.fuzz.kinds import KINDS, Kind, dice_of

FOUND = Path(".fuzz")
"""The folder of the inputs that showed a fault."""
STUCK_S = 2 * WAITS_S
"""The time without a result after which a worker counts as hanging, out of reach of signals."""


Wanted = list[tuple[str, int]]
"""(kind, number) of each input."""


class Done(NamedTuple):
    """The result of one input; an empty `fault`: none."""

    kind: str
    number: int
    took_s: float
    fault: str


def all_of(wanted: Wanted, seed: int, workers: int) -> Iterator[Done]:
    """Try all inputs of `wanted`. An input that kills its worker is a fault; the others go on."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    running = [_Worker(context, results, wanted[n::workers], seed) for n in range(workers)]
    left = len(wanted)
    while left:
        try:
            one = results.get(timeout=1.0)
        except queue.Empty:
            for worker in running:
                if (lost := worker.lost()) is not None:
                    left -= 1
                    yield lost
            continue
        next(w for w in running if (one.kind, one.number) in w.wanted).heard(one)
        left -= 1
        yield one


class _Worker:
    """A process, the inputs that it still has to try, and the time of its last result."""

    def __init__(self, context: Any, results: Any, wanted: Wanted, seed: int) -> None:
        self.wanted = dict.fromkeys(wanted)
        self._start = lambda: context.Process(target=_work, args=(results, list(self.wanted), seed))
        self._begin()

    def _begin(self) -> None:
        self._process, self._heard_at = self._start(), time.monotonic()
        self._process.start()

    def heard(self, one: Done) -> None:
        del self.wanted[(one.kind, one.number)]
        self._heard_at = time.monotonic()

    def lost(self) -> Done | None:
        """The input on which the process died or hangs; it is restarted with the inputs after it.

        None: it works, or has nothing left to do.
        """
        at_work = self._process.is_alive() and time.monotonic() < self._heard_at + STUCK_S
        if at_work or not self.wanted:
            return None
        self._process.kill()
        self._process.join()
        kind, number = next(iter(self.wanted))
        del self.wanted[(kind, number)]
        code = self._process.exitcode
        if self.wanted:
            self._begin()
        return Done(kind, number, 0.0, f"the process ended with {code}, or hung")


def _work(results: Any, wanted: Wanted, seed: int) -> None:
    faulthandler.enable()
    by_name = {kind.name: kind for kind in KINDS}
    os.environ["HOME"] = str(FOUND.resolve() / "home")
    for name, number in wanted:
        results.put(tried(by_name[name], seed, number, FOUND / f"{name}-{number}-seed-{seed}"))


def tried(kind: Kind, seed: int, number: int, folder: Path, *, quick: bool = False) -> Done:
    """Try one input; its folder is kept if there is a fault."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begin, fault = time.monotonic(), ""
    try:
        kind.run(dice_of(seed, kind.name, number), folder, quick)
    except Fault as error:
        fault = str(error)
        (folder / "fault.txt").write_text(fault, errors="backslashreplace")
    else:
        shutil.rmtree(folder)
    return Done(kind.name, number, time.monotonic() - begin, fault)
