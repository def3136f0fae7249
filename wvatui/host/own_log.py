"""What the program itself does, written down for whoever looks for a fault: `--log-file`, `-v`.

Libraries speak through `logging`: httpx tells each request with its answer. Whoever wrote a line,
it is made safe, and credentials in it are hidden.
"""

import logging
import os
from pathlib import Path

from wvatui.host import console, private

NAME = "wvatui"
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_OTHERS = ("httpx", "asyncio")
"""Libraries that say something of use."""


class _SafeLines(logging.Formatter):
    """Lines of a log without credentials, and without what would steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        from wvatui.core.lines import clean
        from wvatui.core.redact import redacted_text

        return "\n".join(clean(redacted_text(line)) for line in super().format(record).split("\n"))


class _OnStandardError(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        console.err(*self.format(record).split("\n"))


def keep(path: Path | None, *, aloud: bool) -> None:
    """Write it into `path`, behind what is there, and with `aloud` on standard error.

    Raises UsageError, OutputError for a place where nothing can be written.
    """
    handlers: list[logging.Handler] = [_OnStandardError()] if aloud else []
    if path is not None:
        with private.told(path):
            handle = private.opened(path, os.O_WRONLY | os.O_APPEND)
        handlers.append(logging.StreamHandler(os.fdopen(handle, "a", encoding="utf-8")))
    for handler in handlers:
        handler.setFormatter(_SafeLines(_FORM))
    for name in (NAME, *_OTHERS):
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if name == NAME else logging.INFO)
        logger.handlers[:] = handlers
        logger.propagate = False


def note(text: str) -> None:
    """One line, where somebody keeps them."""
    if (logger := logging.getLogger(NAME)).handlers:
        logger.info("%s", text)


def failed(error: BaseException) -> None:
    """An error of the program itself, with where it came from, where somebody keeps lines."""
    if (logger := logging.getLogger(NAME)).handlers:
        logger.error("stopped", exc_info=error)
