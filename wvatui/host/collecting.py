"""Short and few pauses for Python's collector of reference cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (3_000, 50, 10)
"""As of `gc.set_threshold`: new objects before the youngest are collected, and how many of these
collections before older ones are. Python's own, 700 and 10, come several times in each redraw, and
take a fifth of the time to read a long recording, of whose objects none is part of a cycle."""


def seldom() -> None:
    """Collect seldom from now on."""
    gc.set_threshold(*THRESHOLDS)


@contextmanager
def short_pauses() -> Iterator[None]:
    """Leave what is loaded so far out of every collection until the block ends.

    Nearly all objects are those of modules. Visiting them takes a tenth of a second, in which no
    key is answered. Nothing changes where objects are left out already.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
