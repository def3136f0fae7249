"""Reading JSON without relying on any field: a value of an unexpected type counts as missing."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from wvatui.core.nested import at as at
from wvatui.core.nested import table as table
from wvatui.core.redact import HIDDEN, is_secret
from wvatui.core.results.shape import NOTHING, Spread


def decode(content: str | bytes) -> Any:
    """The value of JSON as Python writes it, NaN and infinity included.

    Raises ValueError, worded for the user.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # only the slower reader below accepts NaN and infinity, and says what is wrong
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not whole JSON: {error}") from None


def rows(value: Any) -> Sequence[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: Any) -> str:
    """`value` if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """`value` if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def count(value: Any) -> int | None:
    """`value` as a whole number that is not negative."""
    parsed = number(value)
    return int(parsed) if parsed is not None and parsed >= 0 else None


def spread(values: Mapping[str, float | None], factor: float = 1.0) -> Spread:
    """A spread of the known ones of `values`, each times `factor`."""
    known = {name: value * factor for name, value in values.items() if value is not None}
    return Spread(**known) if known else NOTHING


LEFT_OUT = frozenset({"requests", "request_samples", "pdf", "cumulative_distribution_function"})
"""Keys of lists of single requests, and of full distributions."""
LISTS_LEFT_OUT = frozenset(
    (
        "input_lens",
        "output_lens",
        "ttfts",
        "itls",
        "latencies",
        "start_times",
        "queue_times",
        "generated_texts",
        "errors",
    )
)
"""Such keys of vLLM's and SGLang's benchmarks, if their values are lists."""


def without_large(value: Any) -> tuple[Any, bool]:
    """`value` without what is large or secret, and whether anything large was left out."""
    less = False
    if isinstance(value, dict):
        out = {}
        for name, item in value.items():
            if (name in LEFT_OUT and _is_bulk(item)) or (
                name in LISTS_LEFT_OUT and isinstance(item, list)
            ):
                less = less or bool(any(item.values()) if isinstance(item, dict) else item)
            elif isinstance(item, str) and item and is_secret(name):
                out[name] = HIDDEN
            else:
                out[name], part = without_large(item)
                less = less or part
        return out, less
    if isinstance(value, list):
        parts = [without_large(item) for item in value]
        return [part for part, _ in parts], any(part for _, part in parts)
    return value, False


def _is_bulk(value: Any) -> bool:
    """Whether it is a list, or a mapping of lists; an object that counts requests is neither."""
    if isinstance(value, dict):
        return all(item is None or isinstance(item, list) for item in value.values())
    return value is None or isinstance(value, list)
