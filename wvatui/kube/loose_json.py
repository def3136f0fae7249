"""JSON objects from a server: fast, and without giving up on a bad character.

msgspec refuses bytes that are no UTF-8, lone surrogates, NaN and infinity. One of them in one
annotation is no reason to lose a whole list.
"""

import json
from typing import Any

import msgspec


def decode_object(body: bytes) -> dict[str, Any]:
    """The object in `body`; bad characters become U+FFFD, NaN and infinity None.

    Raises ValueError when it is no JSON, or no object.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.ValidationError as error:
        raise ValueError("no object") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        found = json.loads(body.decode("utf-8", "replace"), parse_constant=_absent)
        if b"\\ud" in body.lower():
            whole = json.dumps(found, ensure_ascii=False).encode("utf-16", "surrogatepass")
            found = json.loads(whole.decode("utf-16", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _absent(_: str) -> None:
    return None
