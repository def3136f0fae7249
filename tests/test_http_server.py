"""The HTTP server of the tests."""

import socket
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest

from tests.http_server import serving_requests
from tests.waiting import until


async def test_a_client_that_resets_its_connection_leaves_no_traceback(
    capfd: pytest.CaptureFixture[str],
) -> None:
    failed: list[threading.Thread] = []

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            failed.append(threading.current_thread())
            raise ConnectionResetError

    with serving_requests(Handler) as url:
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)).close()
        await until(lambda: failed and not failed[0].is_alive())
    assert capfd.readouterr().err == ""
