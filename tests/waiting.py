"""Waits for a condition, never for a fixed time."""

import asyncio
from collections.abc import Callable


async def until(
    condition: Callable[[], object], *, within_s: float = 120.0, what: str = ""
) -> None:
    """Return as soon as `condition()` is true; fail after `within_s` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not condition():
        assert loop.time() < deadline, f"never happened within {within_s} s: {what or condition}"
        await asyncio.sleep(0.005)
