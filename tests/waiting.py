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


async def until_quiet(*_: float) -> None:
    """Return once nothing else is ready to run in this event loop: all waits for time or input.

    Textual's own wait ends when the process has hardly used the processor for 20 ms. A loop that is
    always busy, as with a simulated cluster, gets a thousand turns.
    """
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    for _ in range(1000):
        await asyncio.sleep(0)
        if not ready:
            return
