"""Pauses of Python's collector."""

import subprocess
import sys

# In a process of its own, because the one of the tests has left its objects out already.
LEFT_OUT = """
import gc
from wvatui.host.collecting import THRESHOLDS, short_pauses
gc.unfreeze()  # programs of tests are forked, with all objects left out
before = gc.get_threshold()
with short_pauses():
    assert gc.get_freeze_count() and gc.get_threshold() != before
    assert gc.get_threshold() == THRESHOLDS
    with short_pauses():
        pass
    assert gc.get_freeze_count()
assert gc.get_threshold() == before and not gc.get_freeze_count()
"""


def test_what_is_loaded_is_left_out_of_collections_for_as_long_as_the_screen_lasts() -> None:
    subprocess.run([sys.executable, "-c", LEFT_OUT], check=True, timeout=120)
