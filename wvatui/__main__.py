"""`python -m wvatui` is the same program as `wvatui`."""

import os
import sys


def _forget_current_folder() -> None:
    """`-m` looks for modules in the current folder first: keep it only where wvatui lies in it."""
    try:
        here = os.getcwd()
    except FileNotFoundError:  # it was deleted
        return
    root = os.path.dirname(os.path.dirname(__file__))
    if not sys.flags.safe_path and sys.path[0] in ("", here) and sys.path[0] != root:
        del sys.path[0]


if __name__ == "__main__":
    _forget_current_folder()
    from wvatui.cli import main

    main()
