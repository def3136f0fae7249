"""View models for tests of panels: a made-up world without an app."""

from typing import Any

from tests.ui.fake import LIVE, REPLAY, World, WorldViews, live, status
from wvatui.ui.draw.line import Line, text_of
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model.view_model import ViewModel, ViewState


def view_model(
    world: World | None = None,
    *,
    mode: str = "LIVE",
    ascii_only: bool = False,
    view_state: ViewState | None = None,
    frozen_at: float = 0.0,
    **changes: Any,
) -> ViewModel:
    """The view model of a made-up world."""
    return ViewModel(
        state=world or live(),
        status=status(mode, **changes),
        answer=WorldViews(),
        symbols=ASCII if ascii_only else UNICODE,
        capabilities=LIVE if mode == "LIVE" else REPLAY,
        view_state=view_state or ViewState(),
        frozen_at=frozen_at,
    )


def texts(lines: list[Line]) -> list[str]:
    """The characters of lines."""
    return [text_of(line) for line in lines]
