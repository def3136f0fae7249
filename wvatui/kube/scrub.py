"""Text that comes from outside, made fit for one line of an error: short, and without secrets."""

from collections.abc import Iterable

from wvatui.core.lines import clean
from wvatui.core.redact import HIDDEN, redacted_text

TEXT_LIMIT = 400
_SHORTEST_SECRET = 4
"""A shorter password would hide half of every sentence."""


def one_line(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one line of at most `TEXT_LIMIT` characters that is safe to draw.

    `secrets`: values that must not stand in it; what looks like a credential goes as well.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    text = text[: 4 * TEXT_LIMIT]
    line = clean(" ".join(redacted_text(text).split()))
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"
