"""Every panel of the screen.

A panel is one file of this folder that ends with its row in `PANELS`; a file without one is what
panels share. A test fails when a panel stands on no view, or reads what its row does not name.
"""

from importlib import import_module
from pkgutil import iter_modules

from wvatui.ui.panel import Panel


def _rows(file: str) -> tuple[Panel, ...]:
    rows: tuple[Panel, ...] = getattr(import_module(f"{__name__}.{file}"), "PANELS", ())
    return rows


PANELS = tuple(row for found in iter_modules(__path__) for row in _rows(found.name))
_BY_ID = {row.id: row for row in PANELS}


def panel(id_: str) -> Panel:
    """The row of that id; KeyError when there is none."""
    return _BY_ID[id_]
