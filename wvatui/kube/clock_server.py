"""The clock of a simulated cluster over HTTP: attach as a driver, advance, leave.

    POST   /wvatui/clock/drivers                       -> {id, now, speed}
    POST   /wvatui/clock/advance {"driver", "to"}      -> {now, streams: {stream id: bytes}}
    DELETE /wvatui/clock/drivers/ID

`advance` answers once every driver has permitted the time asked for, the cluster has been simulated
up to it, and all streams have been written; `streams` gives the length of each body so far, in
bytes. Advancing to the present moment passes no time and only asks for these lengths.
"""

import contextlib
from typing import NamedTuple, TypeVar

import aiohttp
import msgspec

from wvatui.errors import ClusterError

_T = TypeVar("_T")

ANSWER_TIMEOUT_S = 60.0
"""Wall seconds to connect and to attach; an advance has no limit, as it waits for other drivers."""


class ClockMoment(NamedTuple):
    """The state of the cluster's clock after a step."""

    now: float
    streams: dict[str, int]
    """Bytes written to the body of each open stream, by the name in its `x-wvatui-stream`."""


class _Attached(msgspec.Struct):
    id: str | int
    now: float
    speed: float = 1.0


class _Advanced(msgspec.Struct):
    now: float
    streams: dict[str, int] = {}


class ClockServer:
    """One driver of the clock. Every method raises ClusterError when the clock is lost."""

    def __init__(self, url: str) -> None:
        """`url`: of the simulated cluster, `http://127.0.0.1:PORT`."""
        # Called at every step: aiohttp's parsers are written in C and take half the time of
        # httpx's.
        self._client = aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar())
        self._id: str | int = ""

    async def attach(self) -> tuple[float, float]:
        """Become a driver; returns (now, UTC epoch seconds; the server's speed, clock seconds per
        wall second)."""
        answer = await self._post("/wvatui/clock/drivers", {}, read_s=ANSWER_TIMEOUT_S)
        attached = _decode(*answer, _Attached)
        self._id = attached.id
        return attached.now, attached.speed

    async def advance(self, to: float) -> ClockMoment | None:
        """Permit the time `to` and wait for it; None when the server has forgotten this driver."""
        status, body = await self._post("/wvatui/clock/advance", {"driver": self._id, "to": to})
        if status in (404, 410):
            return None
        advanced = _decode(status, body, _Advanced)
        return ClockMoment(advanced.now, advanced.streams)

    async def leave(self) -> None:
        """Stop being a driver; errors of a server that is gone are ignored."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, RuntimeError):
            if self._id != "":
                path, timeout = f"/wvatui/clock/drivers/{self._id}", aiohttp.ClientTimeout(1.0)
                async with self._client.delete(path, timeout=timeout):
                    pass
        await self._client.close()

    async def _post(
        self, path: str, body: dict[str, object], read_s: float | None = None
    ) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        try:
            async with self._client.post(
                path,
                data=msgspec.json.encode(body),
                headers={"content-type": "application/json"},
                timeout=aiohttp.ClientTimeout(sock_connect=ANSWER_TIMEOUT_S, sock_read=read_s),
            ) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
            raise ClusterError(
                f"the simulated cluster's clock is gone: {reason}",
                hint="Is `wvatui sim serve` (or the demo) still running?",
            ) from error


def _decode(status: int, body: bytes, kind: type[_T]) -> _T:
    if status >= 300:
        raise ClusterError(f"the simulated cluster's clock answered {status}")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise ClusterError(f"the simulated cluster's clock cannot be read: {error}") from error
