"""A program that starts like the screen, and then neither draws nor reads."""

import time


def main(arguments: list[str]) -> int:
    """Announce a screen, then sleep for ever."""
    print("__GANGLION__", flush=True)  # noqa: T201
    time.sleep(600)
    return 0
