"""Pauses of Python's collector."""

import subprocess
import sys

# In a process of its own, because the one of the tests has left its objects out already.
LEFT_OUT = """
import gc
from wvatui.host.collecting import short_pauses
gc.unfreeze()  # programs of tests are forked, with all objects left out
with short_pauses():
    assert gc.get_freeze_count()
    with short_pauses():
        pass
    assert gc.get_freeze_count()
assert not gc.get_freeze_count()
"""
VERB = """
import contextlib, gc
from wvatui.host.collecting import THRESHOLDS
from wvatui.__main__ import main
assert gc.get_threshold() != THRESHOLDS
with contextlib.suppress(SystemExit):
    main(["--version"])
assert gc.get_threshold() == THRESHOLDS
"""


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_what_is_loaded_is_left_out_of_collections_for_as_long_as_the_screen_lasts() -> None:
    run(LEFT_OUT)


def test_every_verb_collects_seldom() -> None:
    run(VERB)
