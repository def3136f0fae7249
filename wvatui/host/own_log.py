"""The program's own log, for finding faults: `--log-file`, `-v`.

Libraries write to it through `logging`: httpx logs each request with its answer. Every line is made
safe to print, and credentials in it are hidden.
"""

import logging
import os
import time
from pathlib import Path

from wvatui.host import console, private

NAME = "wvatui"
_OTHERS = ("httpx", "asyncio")
"""Libraries whose log lines are useful here."""


class _SafeLines(logging.Formatter):
    """Formats log lines in UTC, without credentials and control characters."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        from wvatui.core.lines import clean
        from wvatui.core.redact import redacted_text

        # A private key has several lines: split only after it is hidden.
        return "\n".join(map(clean, redacted_text(super().format(record)).split("\n")))


class _InFile(logging.Handler):
    """A log file. `trouble`: why it could not be written, in words; empty: it could."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.trouble = path, ""
        self._handle = private.opened(path, os.O_WRONLY | os.O_APPEND)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(self._handle, f"{self.format(record)}\n".encode("utf-8", "replace"))
        except OSError as error:
            self.trouble = error.strerror or str(error)


class _OnStandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        console.err(*self.format(record).split("\n"))


def keep(path: Path | None, *, aloud: bool) -> None:
    """Append the log to `path`, and with `aloud` also write it to standard error.

    Raises UsageError, OutputError where `path` cannot be written.
    """
    handlers: list[logging.Handler] = [_OnStandardError()] if aloud else []
    if path is not None:
        with private.told(path):
            handlers.append(_InFile(path))
    for handler in handlers:
        handler.setFormatter(_SafeLines())
    for name in (NAME, *_OTHERS):
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if name == NAME else logging.INFO)
        logger.handlers[:] = handlers
        logger.propagate = False


def is_aloud() -> bool:
    """Whether log lines may appear on standard error at any moment."""
    return any(isinstance(each, _OnStandardError) for each in logging.getLogger(NAME).handlers)


def hush() -> None:
    """Stop writing to standard error, as a screen is drawn there."""
    for name in (NAME, *_OTHERS):
        logger = logging.getLogger(name)
        logger.handlers[:] = [
            each for each in logger.handlers if not isinstance(each, _OnStandardError)
        ]


def end() -> None:
    """Close the log, and report lines that could not be written."""
    note("ended")
    for handler in logging.getLogger(NAME).handlers:
        if isinstance(handler, _InFile) and handler.trouble:
            console.say(f"{handler.path}: lines of the log are missing: {handler.trouble}")


def note(text: str) -> None:
    """Log one line, where a log is kept."""
    if (logger := logging.getLogger(NAME)).handlers:
        logger.info("%s", text)


def failed(error: BaseException) -> None:
    """Log an error of the program itself with its traceback, where a log is kept."""
    if (logger := logging.getLogger(NAME)).handlers:
        logger.error("stopped", exc_info=error)
