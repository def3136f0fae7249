"""The views of the screen: the digit of each, its pages, and the places of its parts.

A view is a file here that defines `VIEW`, and a row in `ui_settings.VIEWS`. Header, time bar,
findings and footer are the same in all views.
"""

from dataclasses import dataclass
from importlib import import_module

from wvatui.config import ui_settings
from wvatui.ui.model.layout import Layout


@dataclass(frozen=True, slots=True)
class View(Layout):
    """A view: the `Layout` of its file, its id, its title and its digit."""

    id: str = ""
    title: str = ""
    key: str = ""
    """The digit that opens the view; empty: a page of another view, or opened over any view."""


def _view(id_: str, title: str, key: str) -> View:
    layout: Layout = import_module(f"{__name__}.{id_}").VIEW
    return View(layout.places, layout.table, layout.charts, id_, title, key)


_DIGITS = {id_: str(n) for n, id_ in enumerate(ui_settings.digits(), start=1)}
VIEWS: tuple[View, ...] = tuple(
    _view(id_, title, _DIGITS.get(id_, "")) for id_, title in ui_settings.VIEWS.items()
)

BESIDE = _view("beside", "two runs beside each other", "b")
"""The view of a replay that has another run beside it."""


def view(id_: str) -> View:
    """The view `id_`; the first view when there is no such id."""
    return next((row for row in (*VIEWS, BESIDE) if row.id == id_), VIEWS[0])
