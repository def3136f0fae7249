"""Container logs with the kubelet's time stamps."""

from collections.abc import Callable
from typing import NamedTuple

from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339

PARTIAL_BYTES = 16 * 1024
"""Bytes without a newline that a container runtime buffers before it writes them as a partial line
(containerd max_container_log_line_size)."""
LIMIT_BYTES = 32 * 1024 * 1024
"""Bytes kept of one container; beyond that the older half is dropped, as a kubelet rotates
files."""


class LogLine(NamedTuple):
    """One line, or a part of a long one: time written (UTC epoch seconds), stamp, and bytes."""

    at: float
    stamp: str
    text: bytes
    begins: bool = True
    """Whether a line begins here."""
    ends: bool = True
    """Whether it ends here; otherwise the next part continues it."""

    def wire(self, timestamps: bool) -> bytes:
        """The bytes that the API sends: with a stamp where the line begins, and a newline where it
        ends."""
        text = self.text + b"\n" if self.ends else self.text
        return b"%b %b" % (self.stamp.encode(), text) if timestamps and self.begins else text


class ContainerLog:
    """The log of one run of a container. Positions of lines stay valid when older lines are
    dropped."""

    def __init__(self) -> None:
        self.ended = False
        self._lines: list[LogLine] = []
        self._dropped = 0
        self._bytes = 0

    @property
    def end(self) -> int:
        """Position after the last line."""
        return self._dropped + len(self._lines)

    @property
    def is_between_lines(self) -> bool:
        """Whether the last line is complete, or there is none."""
        return not self._lines or self._lines[-1].ends

    def read(self, position: int = 0) -> list[LogLine]:
        """The lines from `position` on, as far as they are kept."""
        return self._lines[max(0, position - self._dropped) :]

    def add(self, line: LogLine) -> None:
        """Append a line; the oldest lines are dropped when the log is too long."""
        self._lines.append(line)
        self._bytes += len(line.text)
        if self._bytes > LIMIT_BYTES and len(self._lines) > 1:
            cut = len(self._lines) // 2
            self._bytes -= sum(len(old.text) for old in self._lines[:cut])
            self._dropped += cut
            del self._lines[:cut]


class LogBook:
    """The logs of all containers of the cluster: each one's current run and the one before."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._current: dict[tuple[str, str, str], ContainerLog] = {}
        self._previous: dict[tuple[str, str, str], ContainerLog] = {}
        self._callbacks: list[Callable[[], None]] = []
        self.rewrites: dict[str, Callable[[str], str]] = {}
        """By container: changes each line before it is written."""
        self._open: dict[tuple[str, str, str], bytearray] = {}
        """Text that has no newline yet."""
        self._second = ""
        self._second_of = -1.0

    def append(self, namespace: str, pod: str, container: str, text: str) -> None:
        """Write one line with the current time; newlines inside make several lines.

        Lone surrogates (undecodable bytes, decoded with `surrogateescape`) are written as their
        original bytes.
        """
        if container in self.rewrites:
            text = self.rewrites[container](text)
        log = self._log(namespace, pod, container)
        for part in text.encode("utf-8", "surrogateescape").split(b"\n"):
            log.add(self._line(part))
        self._tell()

    def write(self, namespace: str, pod: str, container: str, data: bytes) -> None:
        """Write a process's output: lines end with a newline, and a long one is written in
        parts."""
        key = (namespace, pod, container)
        held = self._open.setdefault(key, bytearray())
        held += data
        log = self._log(*key)
        before = log.end
        while True:
            text, newline, rest = bytes(held).partition(b"\n")
            if not newline and len(text) < PARTIAL_BYTES:
                break
            begins = log.is_between_lines
            if len(text) > PARTIAL_BYTES:
                log.add(self._line(text[:PARTIAL_BYTES], begins=begins, ends=False))
                del held[:PARTIAL_BYTES]
                continue
            log.add(self._line(text, begins=begins, ends=bool(newline)))
            held[:] = rest
        if log.end > before:
            self._tell()

    def flush(self, namespace: str, pod: str, container: str) -> None:
        """Write the unfinished last line, as the process has ended."""
        held = self._open.pop((namespace, pod, container), None)
        if held:
            log = self._log(namespace, pod, container)
            log.add(self._line(bytes(held), begins=log.is_between_lines, ends=False))
            self._tell()

    def _line(self, text: bytes, *, begins: bool = True, ends: bool = True) -> LogLine:
        now = self._timeline.now
        if now != self._second_of:
            self._second, self._second_of = rfc3339.nano(now), now
        return LogLine(now, self._second, text, begins, ends)

    def end(self, namespace: str, pod: str, container: str) -> None:
        """End the followers, as the container has ended for good."""
        self.flush(namespace, pod, container)
        self._log(namespace, pod, container).ended = True
        self._tell()

    def restart(self, namespace: str, pod: str, container: str) -> None:
        """Begin a new run: the log so far becomes `previous`, and its followers end."""
        key = (namespace, pod, container)
        self.flush(*key)
        old = self._current.pop(key, None) or ContainerLog()
        old.ended = True
        self._previous[key] = old
        self._current[key] = ContainerLog()
        self._tell()

    def rotate(self, namespace: str, pod: str, container: str) -> None:
        """Drop the log, as when its file is rotated away; its followers end."""
        key = (namespace, pod, container)
        old = self._current.pop(key, None)
        if old is not None:
            old.ended = True
            self._tell()

    def remove(self, namespace: str, pod: str) -> None:
        """Remove a pod's logs."""
        for held in [key for key in self._open if key[:2] == (namespace, pod)]:
            del self._open[held]
        for book in (self._current, self._previous):
            for key in [key for key in book if key[:2] == (namespace, pod)]:
                book.pop(key).ended = True
        self._tell()

    def current(self, namespace: str, pod: str, container: str) -> ContainerLog:
        """The log of the current run; empty when nothing was written yet."""
        return self._log(namespace, pod, container)

    def previous(self, namespace: str, pod: str, container: str) -> ContainerLog | None:
        """The log of the previous run; None when the container was never restarted."""
        return self._previous.get((namespace, pod, container))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back after each line, restart and removal."""
        self._callbacks.append(callback)

    def _log(self, namespace: str, pod: str, container: str) -> ContainerLog:
        return self._current.setdefault((namespace, pod, container), ContainerLog())

    def _tell(self) -> None:
        for callback in self._callbacks:
            callback()
