"""Limits of time and memory for one input, and the exception for a fault."""

import resource
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

SECONDS = 20.0
"""The most CPU time of one run of the program on one input; a good run takes milliseconds."""
WAITS_S = 6 * SECONDS
"""The most wall-clock time of one run, longer because the machine may be busy."""
MEMORY_BYTES = 600 << 20
"""The most memory by which the process may grow in one run."""
_PACKAGE = "/wvatui/"
_TIMERS = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}


class Fault(AssertionError):  # noqa: N818 - a result of the fuzzer, not an error of it
    """The program did something on an input that it must never do."""


class TooLong(BaseException):
    """A run has not ended in time. A BaseException, so that no `except Exception` catches it."""


@contextmanager
def bounded() -> Iterator[None]:
    """Raises Fault if the block takes too much time or memory, or raises any other exception."""

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
    """The address space of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def told(error: BaseException) -> str:
    """One line about an exception: type, message, and places in the package, innermost first."""
    where = _places(traceback.extract_tb(error.__traceback__)) or "no frame of ours"
    return f"{type(error).__name__}: {str(error)[:200]!r} in {where}"


def _places(frames: traceback.StackSummary) -> str:
    """The innermost places in the package."""
    ours = [frame for frame in frames if _PACKAGE in frame.filename]
    return " < ".join(
        f"{f.filename.rpartition(_PACKAGE)[2]}:{f.lineno} {f.name}" for f in ours[:-4:-1]
    )
