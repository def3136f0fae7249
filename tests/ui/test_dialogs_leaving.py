"""A dialog that is opened while the program ends does not prevent the end."""

import pytest
from textual.app import App
from textual.screen import ModalScreen

from wvatui.ui.dialogs.launch import ChooseScreen, Field, FormScreen
from wvatui.ui.dialogs.text import AskScreen, TextScreen
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.theme import load

PALETTE = load("dark")
DIALOGS = {
    "text": lambda: TextScreen(PALETTE, "title", [(("a line", ""),)], at_end=True),
    "ask": lambda: AskScreen(PALETTE, UNICODE, "title", [(("a line", ""),)], "Yes"),
    "choose": lambda: ChooseScreen(PALETTE, UNICODE, []),
    "form": lambda: FormScreen(PALETTE, UNICODE, "title", [Field("rate", "rate")], ""),
}


@pytest.mark.parametrize("name", DIALOGS)
async def test_a_dialog_that_is_opened_while_the_program_ends_stops_nothing(name: str) -> None:
    class Leaving(App[None]):
        def on_mount(self) -> None:
            dialog: ModalScreen[object] = DIALOGS[name]()
            self.push_screen(dialog)
            self.exit()

    app = Leaving()
    async with app.run_test():
        pass
    assert app.return_code == 0
