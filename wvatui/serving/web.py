"""The web server: a page, a few files, and a websocket for each viewer.

A foreign page must not reach the screen, neither under its own name with an address that points
here (DNS rebinding), nor by opening the websocket across sites. So the Host header must be a name
of this machine, and a websocket must come from the page that was served under that name.
"""

import asyncio
import contextlib
import html
import ipaddress
import json
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from string import Template
from typing import NamedTuple

from aiohttp import WSCloseCode, WSMsgType, web

from wvatui.host.child import Child
from wvatui.serving.viewer import Viewer

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
        # The terminal emulator adds style elements with its own colours and sizes.
        "style-src 'self' 'unsafe-inline'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Server": "wvatui",
}
"""Headers of every response."""

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::\d{1,5})?", re.I)


class HostGuard:
    """The names of a server that listens on `host`."""

    def __init__(self, host: str) -> None:
        address = _address(host)
        self.is_open = not (host == "localhost" or (address is not None and address.is_loopback))
        """Whether other machines can reach the server."""
        self._names = {"localhost"}
        if address is None:
            self._names.add(host.lower())
        elif address.is_unspecified:
            self._names.add(socket.gethostname().lower())

    def knows(self, host: str) -> bool:
        """Whether the Host header `host` is a name of this server.

        An address cannot be rebound, so any address is accepted where the server can be reached
        from other machines.
        """
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = (match["six"] or match["name"]).lower()
        address = _address(name)
        if address is None:
            return name in self._names
        return address.is_loopback or self.is_open

    def is_own_page(self, host: str, origin: str) -> bool:
        """Whether a request with this Origin comes from the page served under `host`."""
        return self.knows(host) and origin.lower() == f"http://{host.lower()}"


def _address(host: str) -> "ipaddress.IPv4Address | ipaddress.IPv6Address | None":
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


MESSAGE_BYTES = 64 << 10
"""Longest message accepted from a browser: nobody types more at once."""
HEARTBEAT_S = 15.0
FONT_SIZES = range(6, 49)
_OURS = files("wvatui.serving") / "assets"
_THEIRS = files("textual_serve") / "static"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Web:
    """Serves the screens of `child` processes, to at most `max_viewers` at once.

    `say` gets a line when a viewer's process ends with an error message.
    """

    def __init__(
        self,
        host_guard: HostGuard,
        child: Child,
        *,
        title: str,
        max_viewers: int,
        say: Callable[[str], None],
    ) -> None:
        self.viewers: set[Viewer] = set()
        self._host_guard = host_guard
        self._child = child
        self._title = title
        self._max = max_viewers
        self._say = say
        self._taken = 0
        self._closing = False
        self._files = static_files()
        self._sockets: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """The routes, behind the host guard."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/", self._page, allow_head=False),
                web.get("/ws", self._screen, allow_head=False),
                web.get("/static/{name}", self._file, allow_head=False),
            ]
        )
        app.on_response_prepare.append(self._head)
        return app

    async def close(self) -> None:
        """End all viewers; returns when their processes are gone."""
        self._closing = True
        await asyncio.gather(*(viewer.stop() for viewer in self.viewers), return_exceptions=True)
        for websocket in list(self._sockets):
            # Half a second for the browser's answer, as the browser may be gone.
            with contextlib.suppress(TimeoutError, ConnectionError, RuntimeError):
                await asyncio.wait_for(websocket.close(code=WSCloseCode.GOING_AWAY), 0.5)

    # --- on every request

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not self._host_guard.knows(request.headers.get("Host", "")):
            return web.Response(status=403, text="This server is not known under that name.\n")
        return await handler(request)

    async def _head(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)

    # --- the routes

    @property
    def _is_full(self) -> bool:
        return self._taken >= self._max

    def _full(self) -> web.Response:
        people = "One person looks" if self._max == 1 else f"{self._max} people look"
        text = f"{people} at this screen already, and that is as many as may. Try again later."
        page = words_page(self._title, text)
        return web.Response(
            status=503, text=page, content_type="text/html", headers={"Retry-After": "30"}
        )

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self._is_full:
            return self._full()
        page = screen_page(self._title, request.query.get("fontsize", ""))
        return web.Response(text=page, content_type="text/html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        charset = None if file.type.startswith("font/") else "utf-8"
        return web.Response(body=file.content, content_type=file.type, charset=charset)

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        headers = request.headers
        if not self._host_guard.is_own_page(headers.get("Host", ""), headers.get("Origin", "")):
            return web.Response(status=403, text="Only this server's own page may open it.\n")
        if self._is_full or self._closing:
            return self._full()
        self._taken += 1
        try:
            return await self._show(request)
        finally:
            self._taken -= 1

    async def _show(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES, compress=False
        )
        await socket.prepare(request)
        viewer = Viewer(self._child, write=socket.send_bytes, close=socket.close)
        self._sockets.add(socket)
        self.viewers.add(viewer)
        try:
            size = (_whole(request.query.get("width"), 80), _whole(request.query.get("height"), 24))
            await viewer.start(*size)
            async for message in socket:
                if message.type is WSMsgType.TEXT and not await _take(viewer, socket, message.data):
                    break
        finally:
            await viewer.stop()
            self.viewers.discard(viewer)
            self._sockets.discard(socket)
            if viewer.complaint and not self._closing:
                self._say(viewer.complaint)
            with contextlib.suppress(ConnectionError):
                await socket.close()
        return socket


async def _take(viewer: Viewer, socket: web.WebSocketResponse, text: str) -> bool:
    """Handle a message of the browser's terminal; False when the process takes no more."""
    try:
        kind, *more = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return True
    match kind, more:
        case "stdin", [str(keys)]:
            return await viewer.send(viewer.send_bytes(keys.encode("utf-8", "replace")))
        case "resize", [{"width": int(width), "height": int(height)}]:
            return await viewer.send(viewer.set_terminal_size(width, height))
        case "focus", _:
            return await viewer.send(viewer.focus())
        case "blur", _:
            return await viewer.send(viewer.blur())
        case "ping", [str(stamp)]:
            await socket.send_json(["pong", stamp])
    return True


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else otherwise


# --- the pages, and their files: wvatui's own, and textual-serve's terminal -----------------


class PageFile(NamedTuple):
    """Content and media type of a file."""

    content: bytes
    type: str


def static_files() -> Mapping[str, PageFile]:
    """Every file that is served, by name; no other file is."""
    script, style, font = "text/javascript", "text/css", "font/ttf"
    return {
        "page.js": PageFile((_OURS / "page.js").read_bytes(), script),
        "page.css": PageFile((_OURS / "page.css").read_bytes(), style),
        "icon.svg": PageFile((_OURS / "icon.svg").read_bytes(), "image/svg+xml"),
        "textual.js": PageFile((_THEIRS / "js" / "textual.js").read_bytes(), script),
        "xterm.css": PageFile((_THEIRS / "css" / "xterm.css").read_bytes(), style),
        "mono.ttf": PageFile(
            (_THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf").read_bytes(), font
        ),
    }


def screen_page(title: str, font_size: str) -> str:
    """The page with the terminal. `font_size`: in pixels, from the page's address."""
    size = int(font_size) if font_size.isascii() and font_size.isdigit() else 0
    return _filled("screen.html", title=title, font_size=str(size if size in FONT_SIZES else 14))


def words_page(title: str, text: str) -> str:
    """A page with a message."""
    return _filled("words.html", title=title, text=text)


def _filled(name: str, **values: str) -> str:
    template = Template((_OURS / name).read_text(encoding="utf-8"))
    return template.substitute({key: html.escape(value) for key, value in values.items()})
