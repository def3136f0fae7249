"""All panels of the screen.

A panel is a file below this folder that ends with its row in `PANELS`; files without `PANELS` hold
what panels share. A test fails for a panel that is on no view, and for one that calls a query that
its row does not name.
"""

from importlib import import_module
from pkgutil import walk_packages

from wvatui.ui.model.panel import Panel


def _rows(module: str) -> tuple[Panel, ...]:
    rows: tuple[Panel, ...] = getattr(import_module(module), "PANELS", ())
    return rows


PANELS = tuple(row for file in walk_packages(__path__, f"{__name__}.") for row in _rows(file.name))
_BY_ID = {row.id: row for row in PANELS}


def panel(id_: str) -> Panel:
    """The panel `id_`. Raises KeyError when there is none."""
    return _BY_ID[id_]
