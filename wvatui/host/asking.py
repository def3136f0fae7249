"""Words to the person and a question on the terminal, for verbs that make things in a cluster."""

import sys

from wvatui.core.lines import clean
from wvatui.errors import UsageError
from wvatui.host import console


def word(text: str) -> None:
    """One line on standard error."""
    console.err(f"wvatui: {text}")


def ask(question: str) -> bool:
    """Ask once; anything but yes is no."""
    console.err_text(f"{clean(question)} [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def must_be_askable(what: str, *, headless: bool, yes: bool) -> None:
    """Raises UsageError where there is no terminal for the screen or for the question."""
    if not headless:
        console.must_show_a_screen("add --headless")
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            f"{what} makes jobs in the cluster, and there is no terminal to ask on",
            hint="add --yes (or look first: --dry-run)",
        )
