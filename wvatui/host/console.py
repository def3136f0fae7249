"""The only module that writes to the terminal, on standard output and standard error.

No text written here can control a terminal, whatever its origin: control characters, escape
sequences, marks that reorder text and lone surrogates are replaced by visible signs; the program's
own colours are added afterwards. Anything in a message that looks like a credential is hidden.
`take_over` applies the same cleaning to what Python, click and argparse write by themselves: help,
usage errors, tracebacks.

When the reader is gone (`| head`), ReaderGone is raised, for any other failure to write standard
output OutputError. A failure to write standard error is ignored.
"""

import contextlib
import errno
import io
import locale
import os
import stat
import sys
import textwrap
import time
from collections.abc import Iterable, Sequence
from typing import Any, TextIO, cast

from wvatui.core.lines import clean, clean_text
from wvatui.errors import OutputError, ReaderGone, UsageError
from wvatui.host import echo, signals
from wvatui.host.json_text import json_text


class _Guarded:
    """A standard stream that cleans the text written to it."""

    def __init__(self, stream: TextIO, *, must_arrive: bool) -> None:
        self._stream = stream
        self._must_arrive = must_arrive
        self._failure: OutputError | None = None
        self._is_told = False
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show an arrow gets a question mark, not a traceback.
            stream.reconfigure(errors="replace")

    @property
    def encoding(self) -> str:
        return self._stream.encoding or "utf-8"

    @property
    def errors(self) -> str:
        return "replace"

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def write(self, text: str | bytes) -> int:
        """Clean and write `text`; bytes are UTF-8, as in click's answers to a shell that
        completes."""
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        self.put(clean_text(shown))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def put(self, text: str) -> None:
        """Write text that is already clean, or that contains the program's own codes."""
        try:
            self._stream.write(text)
        except OSError as error:
            self._lost(error)
        self._tell()

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._lost(error)
        self._tell()

    def is_told(self, line: str) -> bool:
        """Whether a line of a message only says once more that this stream has failed."""
        if self._failure is None or not line.endswith(self._failure.message):
            return False
        before, self._is_told = self._is_told, True
        return before

    def forgive(self) -> None:
        """Forget the failure, as it has been reported."""
        self._failure = None

    def _lost(self, error: OSError) -> None:
        """Keep buffered text from failing once more when the interpreter ends."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        if error.errno == errno.EPIPE:
            self._failure = ReaderGone("standard output: the reader has gone")
        else:
            self._failure = OutputError(f"standard output: {error.strerror or error}")

    def _tell(self) -> None:
        """Raise the failure, on every call, as click tries a stream out and swallows the first
        error."""
        if self._failure is not None and self._must_arrive:
            raise self._failure


def take_over() -> None:
    """Open closed standard streams on /dev/null, and clean everything written to the others.

    Otherwise the next file that is opened, such as a recording, would become standard output.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            os.set_inheritable(number, True)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    sys.stdout, sys.stderr = cast(TextIO, _out()), cast(TextIO, _err())


def _out() -> _Guarded:
    now = sys.stdout
    return now if isinstance(now, _Guarded) else _Guarded(now, must_arrive=True)


def _err() -> _Guarded:
    now = sys.stderr
    return now if isinstance(now, _Guarded) else _Guarded(now, must_arrive=False)


# --- writing ------------------------------------------------------------------------------


def _shown(line: str) -> str:
    from wvatui.core.redact import redacted_text  # `--version` and `--help` show no line

    return clean(redacted_text(line)) + "\n"


def out(*lines: str, flush: bool = False) -> None:
    """Write lines of data to standard output; a line break inside one becomes a visible sign.

    Raises ReaderGone, OutputError.
    """
    stream = _out()
    stream.put("".join(map(_shown, lines)))
    if flush:
        stream.flush()


def out_text(text: str) -> None:
    """Write text with its own line breaks, such as CSV, to standard output.

    Raises ReaderGone, OutputError.
    """
    _out().write(text)


def out_json(value: Any) -> None:
    """Write a value as JSON to standard output. Raises ReaderGone, OutputError."""
    _out().put(json_text(value))


def err(*lines: str) -> None:
    """Write lines of a message to standard error; that standard output failed is said once."""
    stream, data = _err(), sys.stdout
    if isinstance(data, _Guarded):
        lines = tuple(line for line in lines if not data.is_told(line))
    stream.put("".join(map(_shown, lines)))
    stream.flush()


def say(text: str) -> None:
    """Write one line to standard error, after the program's name."""
    err(f"wvatui: {text}")


def err_text(text: str) -> None:
    """Write a message with its own line breaks, or an unfinished line, to standard error."""
    stream = _err()
    stream.write(text)
    stream.flush()


def painted(*pieces: tuple[str, str]) -> None:
    """Write (the program's own codes, text) pairs to standard output, in one go.

    Raises ReaderGone, OutputError.
    """
    stream = _out()
    stream.put("".join(codes + clean_text(text) for codes, text in pieces))
    stream.flush()


class Redrawn:
    """Lines on a terminal's standard output that are redrawn until the last ones stay.

    Lines are wrapped to the terminal. Where there are more rows than it has, those that fit are
    shown, as rows that scrolled away could not be redrawn.
    """

    def __init__(self) -> None:
        self._rows = 0

    def show(self, lines: Sequence[str]) -> None:
        """Replace the lines shown before by `lines`. Raises ReaderGone, OutputError."""
        columns, high = os.get_terminal_size(_out().fileno())
        most = max(1, (high or 24) - 2)
        rows = [
            row
            for line in lines
            for row in textwrap.wrap(
                _shown(line).rstrip("\n"),
                max(20, (columns or 80) - 1),
                subsequent_indent=" " * 14,
                break_on_hyphens=False,
            )
            or [""]
        ]
        if len(rows) > most:
            rows = [*rows[: most - 1], f"... {len(rows) - most + 1} lines more"]
        # The terminal cuts a row that is wider than calculated, so it takes one row all the same.
        text = "".join(f"{row}\n" for row in rows)
        painted((f"{self._back()}\x1b[?7l", text), ("\x1b[?7h", ""))
        self._rows = len(rows)

    def clear(self) -> None:
        """Erase the lines."""
        if self._rows:
            painted((self._back(), ""))
            self._rows = 0

    def _back(self) -> str:
        return f"\x1b[{self._rows}A\r\x1b[J" if self._rows else ""


class Progress:
    """A line on a terminal's standard error about what takes over a second, erased at its end."""

    AFTER_S = 1.0
    EVERY_S = 0.2

    def __init__(self, what: str, *, at_once: bool = False) -> None:
        self._what = what
        self._next = time.monotonic() + self.AFTER_S * (not at_once)
        self._is_shown = False

    def __call__(self, done: int, whole: int) -> None:
        """Show that `done` of `whole` bytes were read; a `whole` of 0: the total is unknown."""
        share = f"{100 * done // whole} %" if whole else f"{done / 1e6:.0f} MB"
        self.clear() if done == whole else self.tell(f"{share} read")

    def tell(self, words: str) -> None:
        """Show how far it is, in words."""
        now = time.monotonic()
        if now >= self._next and sys.stderr.isatty():
            self._next = now + self.EVERY_S
            self._put(f"\r\x1b[2K{clean(self._what)[:60]}: {words}")
            self._is_shown = True

    def clear(self) -> None:
        """Erase the line."""
        if self._is_shown:
            self._is_shown = False
            self._put("\r\x1b[2K")

    def _put(self, text: str) -> None:
        stream = _err()
        stream.put(text)
        stream.flush()


def finish(code: int) -> int:
    """Flush the buffers and return the exit code: `code`, or another one where flushing failed."""
    stream = _out()
    try:
        stream.flush()
    except OutputError as error:
        if code in (0, 1):  # any other: this error, reported already, or a signal
            if not isinstance(error, ReaderGone):
                err(f"wvatui: {error.message}")
            code = error.exit_code
        stream.forgive()
    _err().flush()
    return code


# --- who uses the terminal -----------------------------------------------------------------


def encoding() -> str:
    """The encoding of standard output."""
    return _out().encoding


def unicode_locale() -> bool:
    """Whether the terminal's locale can show braille and box characters."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := os.environ.get(name):
            return "utf-8" in value.lower() or "utf8" in value.lower()
    return "utf" in locale.getpreferredencoding(False).lower()


def size() -> os.terminal_size:
    """Columns and lines of the terminal on standard output. Raises OSError where there is none."""
    return os.get_terminal_size(_out().fileno())


def is_read() -> bool:
    """Whether standard output is a pipe or a file, so that a program reads the data."""
    try:
        mode = os.fstat(sys.stdout.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def shows_a_screen() -> bool:
    """Whether there is a terminal for the screen, which is drawn on standard error."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def must_show_a_screen(hint: str) -> None:
    """Raise UsageError where there is no terminal for the screen."""
    if not shows_a_screen():
        name = "error" if sys.stdout.isatty() else "output"
        raise UsageError(f"standard {name} is no terminal", hint=hint)


def ask(question: str) -> bool:
    """Ask once; anything but yes is no."""
    return answer(f"{question} [y/N]").lower() in ("y", "yes")


def answer(question: str) -> str:
    """Ask once for a line and return it; empty where none is given."""
    err_text(f"{clean(question)} ")
    return sys.stdin.readline().strip()


# --- before there is a screen --------------------------------------------------------------

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_splash_shown = False


def show_splash(what: str, mode: str, doing: str) -> None:
    """Show what is watched, in a line on the alternate screen, until the screen replaces it, and
    echo nothing that is typed; nothing where there is no terminal."""
    global _splash_shown
    if _splash_shown or not sys.stdout.isatty():
        return
    width = min(os.get_terminal_size(sys.stdout.fileno()).columns, 500)
    right = f"{mode}  {doing} "
    name = what[: max(0, width - len(right) - 2)]
    gap = " " * max(1, width - len(name) - len(right) - 1)
    _splash_shown = True
    # Only the terminal needs closing at this point.
    signals.end_at_once(_leave_splash)
    signals.restore_on_quit(_leave_splash)
    echo.off()
    with contextlib.suppress(OutputError):  # the terminal may be gone
        painted((f"{_ENTER} \x1b[1m", name), (f"\x1b[0m{gap}\x1b[1m", right), ("\x1b[0m", ""))


def end_splash() -> None:
    """Note that the screen is up: it restores the terminal from now on, even after a signal."""
    global _splash_shown
    _splash_shown = False


def clear_splash() -> None:
    """Restore the terminal when the screen never came up."""
    if _splash_shown:
        _leave_splash()
        signals.kill_on_quit()
        signals.end_by_exception()


def _leave_splash() -> None:
    """Write by a system call, as a signal may have interrupted a write."""
    global _splash_shown
    if _splash_shown:
        _splash_shown = False
        echo.on()
        with contextlib.suppress(OSError):
            os.write(sys.stdout.fileno(), _LEAVE.encode("ascii"))
