"""Serves answers that a real API server gave, byte for byte, over HTTP/1.1."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wvatui.clock import WallClock
from wvatui.kube.auth import Access, Credentials
from wvatui.kube.client import Client

LEFT_OUT = ("content-length", "transfer-encoding", "connection")


@dataclass
class Recorded:
    """Answers by the beginning of the path, and the requests so far."""

    answers: dict[str, list[bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    def give(self, path: str, *files: Path) -> None:
        """Answer requests below `path` with `files` in turn, and then always with the last one."""
        self.answers[path] = [http11(file.read_bytes()) for file in files]

    def answer(self, path: str) -> bytes:
        for begin, answers in self.answers.items():
            if path.startswith(begin):
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def http11(raw: bytes) -> bytes:
    """A recorded answer as HTTP/1.1: the same status and headers, with a Content-Length."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    status, *headers = head.decode().split("\n")
    code = status.split()[1]
    kept = [h for h in headers if h.partition(":")[0].lower() not in LEFT_OUT]
    lines = [f"HTTP/1.1 {code} -", *kept, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@asynccontextmanager
async def recorded() -> AsyncIterator[tuple[Recorded, Client]]:
    """The recorded answers, and a real client that gets them."""
    book = Recorded()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                length = 0
                while (header := await reader.readline()).strip():
                    name, _, value = header.decode().partition(":")
                    if name.lower() == "content-length":
                        length = int(value)
                book.asked.append((method, path, await reader.readexactly(length)))
                writer.write(book.answer(path))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = Client(Access(Credentials(server=f"http://127.0.0.1:{port}")), WallClock())
    try:
        yield book, client
    finally:
        await client.aclose()
        server.close()
        await server.wait_closed()
