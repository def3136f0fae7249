"""Every view of the screen: a digit each, and where its parts lie.

A view is one file here with its `VIEW`, and its row in `ui_settings.VIEWS`. Header, position,
health and footer are the same in all of them.
"""

from dataclasses import dataclass
from importlib import import_module

from wvatui.config import ui_settings
from wvatui.ui.model.layout import Layout


@dataclass(frozen=True, slots=True)
class View(Layout):
    """One row: what its file says, its name and its digit."""

    id: str = ""
    title: str = ""
    key: str = ""


def _view(id_: str, title: str, key: str) -> View:
    layout: Layout = import_module(f"{__name__}.{id_}").VIEW
    return View(layout.places, layout.table, layout.charts, id_, title, key)


VIEWS: tuple[View, ...] = tuple(
    _view(id_, title, str(digit))
    for digit, (id_, title) in enumerate(ui_settings.VIEWS.items(), start=1)
)

BESIDE = _view("beside", "two runs beside each other", "b")
"""Of a replay that has another run beside it."""


def view(id_: str) -> View:
    """The row of that id; the first one when there is none."""
    return next((row for row in (*VIEWS, BESIDE) if row.id == id_), VIEWS[0])
