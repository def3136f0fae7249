"""Sends long answers, with the faults that were planned for them."""

import asyncio
from collections.abc import Callable
from functools import partial

from aiohttp import web

from wvatui.sim.api.context import CONTEXT
from wvatui.sim.api.wire.status import failure
from wvatui.sim.api.wire.streams import Stream
from wvatui.sim.api.wire.wire import encode
from wvatui.sim.faults import Fault

FAULT: web.RequestKey[Fault] = web.RequestKey("fault", Fault)
"""The fault of this request, when it affects the body."""
HEADER = "x-wvatui-stream"
PIECE_S = 0.05
"""Wall seconds between two pieces of a slow body."""


async def stream_out(
    request: web.Request, feed: Callable[[Stream], bytes], content_type: str
) -> web.StreamResponse:
    """Send what `feed` returns, as it arrives, until it ends or the client disconnects."""
    streams = request.app[CONTEXT].streams
    stream = streams.open(request.path_qs, feed)
    stream.on_tear = partial(_tear, request)
    fault = request.get(FAULT)
    response = web.StreamResponse(
        headers={
            "Content-Type": content_type,
            "Cache-Control": "no-cache, private",
            HEADER: stream.name,
        }
    )
    response.enable_chunked_encoding()
    try:
        if fault is not None and fault.kind == "idle":
            stream.silenced_after = fault.after_bytes
        await response.prepare(request)
        if fault is not None and fault.kind == "expire":
            status = failure(410, "Expired", "too old resource version: 1 (2)")
            await response.write(encode({"type": "ERROR", "object": status}) + b"\n")
            await response.write_eof()
            return response
        stream.pump()
        sent = 0
        while (chunk := await stream.next()) is not None:
            if not await write(request, response, chunk, fault, sent):
                return response
            sent += len(chunk)
        if not stream.torn:
            await response.write_eof()
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        streams.close(stream)
    return response


async def write(
    request: web.Request, response: web.StreamResponse, chunk: bytes, fault: Fault | None, sent: int
) -> bool:
    """Write `chunk` with the fault applied; False when the fault ended the answer."""
    kind = fault.kind if fault is not None else ""
    if fault is not None and kind in ("eof", "close", "reset"):
        room = fault.after_bytes - sent
        if room < len(chunk):
            await response.write(chunk[: max(0, room)])
            if kind == "eof":
                await response.write_eof()
            elif kind == "close" and request.transport is not None:
                request.transport.close()
            else:
                _tear(request)
            return False
    if fault is not None and kind == "slow":
        size = max(1, int(fault.bytes_per_s * PIECE_S))
        for begin in range(0, len(chunk), size):
            await response.write(chunk[begin : begin + size])
            await asyncio.sleep(PIECE_S)
        return True
    if kind == "split":
        at = _inside_a_character(chunk)
        await response.write(chunk[:at])
        await asyncio.sleep(PIECE_S)
        chunk = chunk[at:]
    if chunk:
        await response.write(chunk)
    return True


def _inside_a_character(chunk: bytes) -> int:
    """The first place inside a character of several bytes; the middle when there is none."""
    for place, byte in enumerate(chunk):
        if byte & 0xC0 == 0x80:
            return place
    return len(chunk) // 2


def _tear(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
