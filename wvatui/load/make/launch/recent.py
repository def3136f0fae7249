"""What was launched last, in a file of the user's own."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from wvatui.host import private
from wvatui.load.make.launch.order import NUMBERS, Order

KEPT = 8
"""Launches that are remembered."""


def read_recent(path: Path | None) -> list[dict[str, Any]]:
    """What was launched last, the newest first; nothing where that cannot be read."""
    if path is None:
        return []
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def remember(path: Path | None, order: Order) -> None:
    """Put `order` in front."""
    if path is None:
        return
    entry: dict[str, Any] = {
        "name": order.option.name,
        "target": order.target,
        "model": order.model,
    }
    entry |= {name: getattr(order, name) for name in NUMBERS if getattr(order, name) is not None}
    if order.option.path is not None:
        entry["path"] = str(order.option.path.absolute())
    rest = [one for one in read_recent(path) if one != entry]
    with suppress(OSError):  # a memory that cannot be written is no reason not to launch
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        private.write(path, json.dumps([entry, *rest][:KEPT], indent=1))
