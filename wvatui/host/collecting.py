"""Short pauses for Python's collector of reference cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (3_000, 50, 10)
"""As of `gc.set_threshold`: new objects before the youngest are collected, and how many of these
collections before older ones are. Python's own, 700 and 10, come several times in each redraw."""


@contextmanager
def short_pauses() -> Iterator[None]:
    """Leave what is loaded so far out of every collection until the block ends.

    Nearly all objects are those of modules. Visiting them takes a tenth of a second, in which no
    key is answered. Nothing changes where objects are left out already.
    """
    if gc.get_freeze_count():
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
