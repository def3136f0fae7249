"""A sentence in several lengths, each written for its length, and the choice between them.

Cutting a sentence would lose its end, which says why. So the reasons that lists and rows show
exist in full, and in at most 100, 60 and 35 characters.
"""

from collections.abc import Callable, Iterable, Sequence

LONG, MIDDLE, SHORT = 100, 60, 35
"""Characters of the three shorter lengths."""


def first_within(most: int, texts: Iterable[str]) -> str:
    """The first of `texts` (longest first) with at most `most` characters; the last one where all
    are longer."""
    text = ""
    for text in texts:
        if len(text) <= most:
            break
    return text


def that_fits(texts: Sequence[str], room: int, size: Callable[[str], int] = len) -> str:
    """The longest of `texts` (longest first) that fits into `room`; the shortest where none fits.
    `size`: how much of the room a text takes."""
    known = [text for text in texts if text]
    return next((text for text in known if size(text) <= room), known[-1] if known else "")
