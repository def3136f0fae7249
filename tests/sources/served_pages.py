"""Metrics pages served over HTTP on loopback, like those of engines outside a cluster."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from tests.http_server import serving_requests


class Answer(NamedTuple):
    """The answer at one path."""

    body: bytes = b""
    status: int = 200
    location: str = ""
    kind: str = "text/plain; version=0.0.4; charset=utf-8"


class PageServer:
    """A server with an Answer, or a function that returns one, by path; other paths are 404."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Answer | Callable[[], Answer]] = {}
        self.asked: list[tuple[str, str]] = []
        """(path with query, Authorization header) of each request."""

    def answer(self, path: str, authorization: str) -> Answer:
        self.asked.append((path, authorization))
        given = self.answers.get(path.partition("?")[0], Answer(b"no such page", 404))
        return given if isinstance(given, Answer) else given()


@contextmanager
def serving(
    page: bytes | None = None, context: ssl.SSLContext | None = None
) -> Iterator[PageServer]:
    """A server on loopback, with `page` at /metrics."""
    holder: list[PageServer] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            said = holder[0].answer(self.path, self.headers.get("authorization", ""))
            self.send_response(said.status)
            self.send_header("content-type", said.kind)
            self.send_header("content-length", str(len(said.body)))
            if said.location:
                self.send_header("location", said.location)
            self.end_headers()
            self.wfile.write(said.body)

        def log_message(self, format: str, *words: object) -> None:
            pass

    with serving_requests(Handler, context) as url:
        holder.append(PageServer(url))
        if page is not None:
            holder[0].answers["/metrics"] = Answer(page)
        yield holder[0]
