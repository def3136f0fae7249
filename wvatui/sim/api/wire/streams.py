"""Long answers (watches, followed logs): filled when something happens, written at their own pace.

Streams are pulled, not pushed: `pump` asks each open one for its new bytes. These are counted when
they are queued, so the clock can tell a driver how far it has to read; each request's own task
writes to the socket, so a slow reader delays no other.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable

BACKLOG_BYTES = 16 * 1024 * 1024
"""Bytes that a reader may lag behind before its stream is cut."""


class Stream:
    """One long answer. `feed` returns the new bytes; b"" for none."""

    def __init__(self, name: str, path: str, feed: Callable[["Stream"], bytes]) -> None:
        self.name = name
        self.path = path
        self.written = 0
        self.ended = False
        self.torn = False
        """The connection must be reset: the reader is too slow, or a fault is planned."""
        self.silenced_after: int | None = None
        """A fault: after this many bytes nothing is sent, and the stream stays open."""
        self.on_tear: Callable[[], None] = lambda: None
        """Resets the connection, even while a write waits for a reader that does not read."""
        self._feed = feed
        self._queue: deque[bytes] = deque()
        self._waiting = 0
        self._limit = BACKLOG_BYTES
        self._news = asyncio.Event()

    def pump(self) -> None:
        """Queue the new bytes."""
        if self.ended:
            return
        chunk = self._feed(self)
        if self.silenced_after is not None:
            chunk = chunk[: max(0, self.silenced_after - self.written)]
            self.ended = False
        if chunk:
            if self.written == 0:
                # The bytes at the start may be many, which is not the reader's fault.
                self._limit += len(chunk)
            self._queue.append(chunk)
            self._waiting += len(chunk)
            self.written += len(chunk)
        if self._waiting > self._limit:
            self.tear()
        if chunk or self.ended:
            self._news.set()

    def end(self) -> None:
        """End the answer after what is queued."""
        self.ended = True
        self._news.set()

    def tear(self) -> None:
        """End it by resetting the connection; queued bytes are lost."""
        self.torn = True
        self.end()
        self.on_tear()

    async def next(self) -> bytes | None:
        """The next bytes to send; None: the end."""
        while not self._queue or self.torn:
            if self.ended:
                return None
            self._news.clear()
            await self._news.wait()
        chunk = b"".join(self._queue)
        self._queue.clear()
        self._waiting = 0
        return chunk


class Streams:
    """All open streams."""

    def __init__(self) -> None:
        self._open: dict[str, Stream] = {}
        self._count = 0
        self._marked = False

    def open(self, path: str, feed: Callable[[Stream], bytes]) -> Stream:
        """A new stream for the request `path` (with its query); nothing is queued yet."""
        self._count += 1
        stream = Stream(f"s{self._count}", path, feed)
        self._open[stream.name] = stream
        return stream

    def close(self, stream: Stream) -> None:
        """Close a stream whose reader is gone."""
        self._open.pop(stream.name, None)

    def cut(self, path: str, kind: str) -> int:
        """End the open streams whose path matches the expression; returns their number.

        `kind`: eof (cleanly), reset (connection reset), idle (silent from now on).
        """
        chosen = [
            open_stream for open_stream in self._open.values() if re.search(path, open_stream.path)
        ]
        for stream in chosen:
            if kind == "idle":
                stream.silenced_after = stream.written
            elif kind == "reset":
                stream.tear()
            else:
                stream.end()
        return len(chosen)

    def close_all(self) -> None:
        """End every stream cleanly, as the server stops."""
        for stream in list(self._open.values()):
            stream.end()

    def pump(self) -> None:
        """Feed every open stream, in the order in which they were opened."""
        self._marked = False
        for stream in list(self._open.values()):
            stream.pump()

    def mark(self) -> None:
        """Schedule one `pump` for everything that happens until it runs."""
        if self._marked:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # called while the cluster is built, before the server runs
        self._marked = True
        loop.call_soon(self.pump)

    def written(self) -> dict[str, int]:
        """Bytes of each open stream's body so far."""
        return {name: stream.written for name, stream in self._open.items()}

    def __len__(self) -> int:
        return len(self._open)
