"""Runs a verb in this process, as the entry point does."""

import contextlib
import io
import signal
import sys
from typing import NamedTuple
from unittest import mock

from wvatui.cli.main import main
from wvatui.host import signals


class Done(NamedTuple):
    """How a verb ended."""

    code: int
    out: str
    err: str


def run(*args: str) -> Done:
    """`wvatui args…`, with neither terminal nor input."""
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
