"""What one input may cost: seconds and memory; and what a fault is."""

import resource
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS = 20.0
"""Of computing in one run of the program on one input. A sound run takes milliseconds."""
WAITS_S = 6 * SECONDS
"""Of the clock on the wall: a busy machine may take so much longer, but not for ever."""
MEMORY_BYTES = 600 << 20
"""By which the process may grow in one run; so also no run may take more."""
_PACKAGE = "/wvatui/"
_TIMERS = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}


class Fault(AssertionError):  # noqa: N818 - what is looked for, not a malfunction
    """An input did what none may do."""


class TooLong(BaseException):
    """A run has not ended in time: no `except Exception` stops it."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raise Fault for what the block takes too much of, and for every exception but a Fault."""

    def over(number: int, frame: FrameType | None) -> None:
        raise TooLong(_places(traceback.extract_stack(frame)))

    before = {number: signal.signal(number, over) for number in _TIMERS.values()}
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_size() + MEMORY_BYTES, hard))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, WAITS_S)
    try:
        yield
    except (Fault, KeyboardInterrupt):
        raise
    except TooLong as error:
        raise Fault(
            f"not over after {SECONDS:g} s of computing, or {WAITS_S:g} s: {error}"
        ) from None
    except BaseException as error:
        raise Fault(told(error)) from error
    finally:
        for timer, number in _TIMERS.items():
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _size() -> int:
    """Bytes of address space of this process."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def told(error: BaseException) -> str:
    """What was raised and where in the package, the innermost place first: a line of few words."""
    where = _places(traceback.extract_tb(error.__traceback__)) or "no frame of ours"
    return f"{type(error).__name__}: {str(error)[:200]!r} in {where}"


def _places(frames: traceback.StackSummary) -> str:
    """The innermost places in the package."""
    ours = [frame for frame in frames if _PACKAGE in frame.filename]
    return " < ".join(
        f"{f.filename.rpartition(_PACKAGE)[2]}:{f.lineno} {f.name}" for f in ours[:-4:-1]
    )
