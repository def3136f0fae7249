"""Short pauses for Python's collector of reference cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW_OBJECTS = 3_000
"""New objects after which the youngest ones are collected; Python's own 700 are made several times
in each redraw."""


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
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
