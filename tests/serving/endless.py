"""A program that begins as the screen does, and then neither draws nor listens."""

import time


def main(arguments: list[str]) -> int:
    """Say that a screen comes; then nothing."""
    print("__GANGLION__", flush=True)  # noqa: T201
    time.sleep(600)
    return 0
