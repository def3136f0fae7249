"""The loads launched last, in a file of the user's."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from wvatui.core.redact import redacted_text
from wvatui.host import private
from wvatui.load.make.order import NUMBERS, Order

KEPT = 8
"""Launches that are remembered."""


def read_recent(path: Path | None) -> list[dict[str, Any]]:
    """The orders launched last, newest first; empty where the file cannot be read."""
    if path is None:
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )


def remember(path: Path | None, order: Order) -> None:
    """Put `order` before those launched earlier."""
    if path is None or redacted_text(order.target) != order.target:
        return  # an order with a credential is not stored
    entry: dict[str, Any] = {
        "name": order.option.name,
        "target": order.target,
        "model": order.model,
    }
    entry |= {name: getattr(order, name) for name in NUMBERS if getattr(order, name) is not None}
    if order.option.path is not None:
        entry["path"] = str(order.option.path.absolute())
    rest = [earlier for earlier in read_recent(path) if earlier != entry]
    with suppress(OSError):  # failing to store it must not prevent a launch
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        private.write(path, json.dumps([entry, *rest][:KEPT], indent=1))
