"""Text that comes from outside, made fit for one line of an error: short, and without secrets."""

import re
from collections.abc import Iterable

from wvatui.core.lines import clean

TEXT_LIMIT = 400
HIDDEN = "***"
_SHORTEST_SECRET = 4
"""A shorter password would hide half of every sentence."""

# A credential that nobody told us of: in what a plugin writes when it fails, or a proxy that
# repeats the request. Authorization headers, URLs with a password, JWTs, `token: …`, PEM blocks.
_LOOKS_SECRET = (
    (re.compile(r"-----BEGIN [^-]+-----.*?(-----END [^-]+-----|$)", re.S), HIDDEN),
    (re.compile(r"\b(bearer|basic)\s+[\w\-.~+/=]{6,}", re.I), rf"\1 {HIDDEN}"),
    (re.compile(r"://[^/\s@]{1,200}@"), "://"),
    (re.compile(r"\beyJ[\w-]{5,}(\.[\w-]*){1,4}"), HIDDEN),
    (
        re.compile(
            r"((?:token|password|passwd|secret|authorization|api[_-]?key|"
            r"clientkeydata|client-key-data)[\w-]{0,40}[\"']?\s*[:=]\s*[\"']?)[^\s\"',}&]{4,}",
            re.I,
        ),
        rf"\1{HIDDEN}",
    ),
)


def one_line(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one line of at most `TEXT_LIMIT` characters that is safe to draw.

    `secrets`: values that must not stand in it; what looks like a credential goes as well.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    text = text[: 4 * TEXT_LIMIT]
    for pattern, replacement in _LOOKS_SECRET:
        text = pattern.sub(replacement, text)
    line = clean(" ".join(text.split()))
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"
