"""Reports made small enough to be recorded, and without credentials."""

import json
from typing import Any

from wvatui.core.redact import HIDDEN, is_secret
from wvatui.core.results.loose import decode

LEFT_OUT = frozenset({"requests", "request_samples", "pdf", "cumulative_distribution_function"})
"""Lists of single requests, and distributions in full."""


def reduced(report: str) -> tuple[str, bool]:
    """`report` without what is large or secret, and whether anything large was left out.

    What is no JSON stays as it is.
    """
    if report.lstrip()[:1] != "{":
        return report, False
    try:
        data = decode(report)
    except ValueError:
        return report, False
    small, less = _reduced(data)
    return json.dumps(small, separators=(",", ":"), ensure_ascii=False), less


def _reduced(value: Any) -> tuple[Any, bool]:
    less = False
    if isinstance(value, dict):
        out = {}
        for name, item in value.items():
            if name in LEFT_OUT and item and (not isinstance(item, dict) or any(item.values())):
                less = True
            elif isinstance(item, str) and item and is_secret(name):
                out[name] = HIDDEN
            elif name not in LEFT_OUT:
                out[name], part = _reduced(item)
                less = less or part
        return out, less
    if isinstance(value, list):
        parts = [_reduced(item) for item in value]
        return [part for part, _ in parts], any(part for _, part in parts)
    return value, False
