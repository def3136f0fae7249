"""The entry point: `wvatui`, and `python -m wvatui`, which is the same."""

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the program; `arguments`: None for those of the command line."""
    from wvatui.host import signals

    # While everything else is imported, ctrl+c is no traceback.
    signals.end_at_once()
    from wvatui.cli.main import main as run

    run(arguments)


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
    main()
