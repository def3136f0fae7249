"""Every view of the screen: its digit, its pages, and where its parts lie.

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
    """Its digit; empty: it is a page of another view, or opens over any."""


def _view(id_: str, title: str, key: str) -> View:
    layout: Layout = import_module(f"{__name__}.{id_}").VIEW
    return View(layout.places, layout.table, layout.charts, id_, title, key)


_DIGITS = {id_: str(n) for n, id_ in enumerate(ui_settings.digits(), start=1)}
VIEWS: tuple[View, ...] = tuple(
    _view(id_, title, _DIGITS.get(id_, "")) for id_, title in ui_settings.VIEWS.items()
)

BESIDE = _view("beside", "two runs beside each other", "b")
"""Of a replay that has another run beside it."""


def view(id_: str) -> View:
    """The row of that id; the first one when there is none."""
    return next((row for row in (*VIEWS, BESIDE) if row.id == id_), VIEWS[0])
