"""Runs a verb in this process, through the program's entry point."""

import contextlib
import io
import signal
import subprocess
import sys
from typing import NamedTuple
from unittest import mock

from tests.patience import MAIN, PATIENT, PROGRAM
from wvatui.cli.main import main
from wvatui.host import signals


class Done(NamedTuple):
    """The result of a verb: exit code and output."""

    code: int
    out: str
    err: str


def run(*args: str) -> Done:
    """Run `wvatui args…` without a terminal or input."""
    out, err = io.StringIO(), io.StringIO()
    before = {number: signal.getsignal(number) for number in signals.CODES}
    code: object = 0
    try:
        with (
            mock.patch.object(sys, "argv", ["wvatui", *args]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            main()
    except SystemExit as left:
        code = left.code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return Done(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


_INTERRUPTED = """
import os, signal, sys
from wvatui.host import console
words, out = sys.argv.pop(1).split("|"), console.out
def heard(*lines, **more):
    out(*lines, **more)
    if words and any(words[0] in line for line in lines) and words.pop(0) and not words:
        os.kill(os.getpid(), signal.SIGINT)
console.out = heard
"""


def started(*args: str, interrupted_at: str = "") -> "subprocess.Popen[str]":
    """Start `wvatui args…` in a process of its own, whose output is a pipe.

    It sends itself SIGINT once it has written lines with the words of `interrupted_at`, in their
    order and separated by `|`: a test that reads the lines may be late.
    """
    program = PROGRAM
    if interrupted_at:
        program = ("-c", _INTERRUPTED + PATIENT + MAIN, interrupted_at)
    return subprocess.Popen(
        [sys.executable, *program, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
