"""Container logs with the kubelet's time stamps."""

from collections.abc import Callable
from typing import NamedTuple

from wvatui.engine.timeline import Timeline
from wvatui.sim import rfc3339

PARTIAL_BYTES = 16 * 1024
"""Text without a newline that a container runtime holds back; then it writes it as a piece of a
line (containerd max_container_log_line_size)."""
LIMIT_BYTES = 32 * 1024 * 1024
"""Text kept of one container; the oldest half goes when it is more (a kubelet rotates files)."""


class LogLine(NamedTuple):
    """One line, or a piece of a long one: when it was written (UTC epoch seconds), its stamp, and
    its bytes."""

    at: float
    stamp: str
    text: bytes
    begins: bool = True
    """A line begins here."""
    ends: bool = True
    """It ends here; without it the next piece goes on."""

    def wire(self, timestamps: bool) -> bytes:
        """As the API sends it: a stamp where the line begins, a newline where it ends."""
        text = self.text + b"\n" if self.ends else self.text
        return b"%b %b" % (self.stamp.encode(), text) if timestamps and self.begins else text


class ContainerLog:
    """One run of one container. Lines have positions that stay true when old ones are dropped."""

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
        """The last line has ended, or there is none."""
        return not self._lines or self._lines[-1].ends

    def read(self, position: int = 0) -> list[LogLine]:
        """The lines from `position` on, as far as they are still kept."""
        return self._lines[max(0, position - self._dropped) :]

    def add(self, line: LogLine) -> None:
        """Append; the oldest lines go when the log is too long."""
        self._lines.append(line)
        self._bytes += len(line.text)
        if self._bytes > LIMIT_BYTES and len(self._lines) > 1:
            cut = len(self._lines) // 2
            self._bytes -= sum(len(old.text) for old in self._lines[:cut])
            self._dropped += cut
            del self._lines[:cut]


class LogBook:
    """What all containers of the cluster wrote: the present run of each, and the one before."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._current: dict[tuple[str, str, str], ContainerLog] = {}
        self._previous: dict[tuple[str, str, str], ContainerLog] = {}
        self._callbacks: list[Callable[[], None]] = []
        self.rewrites: dict[str, Callable[[str], str]] = {}
        """By container: what becomes of a line before it is written."""
        self._open: dict[tuple[str, str, str], bytearray] = {}
        """Text without a newline yet."""
        self._second = ""
        self._second_of = -1.0

    def append(self, namespace: str, pod: str, container: str, text: str) -> None:
        """Write one line, stamped with the present; newlines inside make several lines.

        Lone surrogates (bytes that were no UTF-8, decoded with `surrogateescape`) are written
        as the bytes that they were.
        """
        if container in self.rewrites:
            text = self.rewrites[container](text)
        log = self._log(namespace, pod, container)
        for part in text.encode("utf-8", "surrogateescape").split(b"\n"):
            log.add(self._line(part))
        self._tell()

    def write(self, namespace: str, pod: str, container: str, data: bytes) -> None:
        """What a process writes: lines end with a newline, and a long one comes in pieces."""
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
        """The process has ended: what it wrote without a newline is written as it is."""
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
        """The container has ended for good: its followers are done."""
        self.flush(namespace, pod, container)
        self._log(namespace, pod, container).ended = True
        self._tell()

    def restart(self, namespace: str, pod: str, container: str) -> None:
        """A new run begins: what was written so far becomes `previous`, its followers end."""
        key = (namespace, pod, container)
        self.flush(*key)
        old = self._current.pop(key, None) or ContainerLog()
        old.ended = True
        self._previous[key] = old
        self._current[key] = ContainerLog()
        self._tell()

    def rotate(self, namespace: str, pod: str, container: str) -> None:
        """The file is put away: what was written cannot be read any more, its followers end."""
        key = (namespace, pod, container)
        old = self._current.pop(key, None)
        if old is not None:
            old.ended = True
            self._tell()

    def remove(self, namespace: str, pod: str) -> None:
        """The pod is gone, and its logs with it."""
        for held in [key for key in self._open if key[:2] == (namespace, pod)]:
            del self._open[held]
        for book in (self._current, self._previous):
            for key in [key for key in book if key[:2] == (namespace, pod)]:
                book.pop(key).ended = True
        self._tell()

    def current(self, namespace: str, pod: str, container: str) -> ContainerLog:
        """The log of the present run; empty when nothing was written yet."""
        return self._log(namespace, pod, container)

    def previous(self, namespace: str, pod: str, container: str) -> ContainerLog | None:
        """The log of the run before; None when the container was never restarted."""
        return self._previous.get((namespace, pod, container))

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call back after each line, restart and removal."""
        self._callbacks.append(callback)

    def _log(self, namespace: str, pod: str, container: str) -> ContainerLog:
        return self._current.setdefault((namespace, pod, container), ContainerLog())

    def _tell(self) -> None:
        for callback in self._callbacks:
            callback()
