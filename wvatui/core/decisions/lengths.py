"""A sentence in several lengths, each written for its own: which one stands where.

A sentence that is cut loses its end, where it says why. So the reasons that lists and rows show
exist in full, and in at most 100, 60 and 35 characters.
"""

from collections.abc import Callable, Iterable, Sequence

LONG, MIDDLE, SHORT = 100, 60, 35
"""Characters of the three shorter lengths."""


def first_within(most: int, texts: Iterable[str]) -> str:
    """The first of the texts, which say less and less, of at most so many characters; the last
    one where none is."""
    text = ""
    for text in texts:
        if len(text) <= most:
            break
    return text


def that_fits(texts: Sequence[str], room: int, size: Callable[[str], int] = len) -> str:
    """Of one sentence in its lengths, longest first, the longest that has room; where none has,
    the shortest. `size`: how much of the room a text takes."""
    known = [text for text in texts if text]
    return next((text for text in known if size(text) <= room), known[-1] if known else "")
