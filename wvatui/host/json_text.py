"""Values as JSON that every parser accepts and that is safe to print on a terminal."""

import datetime as dt
import json
import math
import re
from typing import Any

from wvatui.core.lines import STEERING

_STEERING = re.compile(f"[{STEERING}]")
_HALVES = re.compile("[\ud800-\udfff]")


def json_text(value: Any) -> str:
    """`value` as JSON that every parser accepts, safe to print on a terminal, with a final newline.

    NaN and infinity become null, a time becomes text, a lone surrogate U+FFFD, and control
    characters are escaped. Raises TypeError for a value that JSON cannot hold.
    """
    try:
        text = _dumped(value)
    except ValueError:
        text = _dumped(_finite(value))
    text = _STEERING.sub(lambda match: json.dumps(match.group())[1:-1], text)
    return _HALVES.sub("\ufffd", text) + "\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_time)


def _time(value: Any) -> str:
    if isinstance(value, dt.date | dt.time):
        return str(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
