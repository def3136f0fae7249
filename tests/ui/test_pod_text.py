"""Dialogs with a pod's log and with lines of text, over a reader that is made up."""

from collections import deque
from typing import Any, cast

from tests.ui.running import running
from tests.waiting import until
from wvatui.sources.log.pod_reader import PodLogLine
from wvatui.ui.dialogs.pod_text import PodLogScreen
from wvatui.ui.dialogs.text import hung
from wvatui.ui.draw.line import text_of


class Reader:
    """A log of which 80 long lines have come and no more do."""

    pod, container, health = "engine-0", "", ""

    def __init__(self) -> None:
        rows = [PodLogLine(f"line {number} " + "word " * 30) for number in range(80)]
        self.lines, self.count = deque(rows, maxlen=500), len(rows)

    async def follow(self) -> None:
        """Nothing more comes."""


async def test_a_log_fills_another_width_and_follows_or_stands_as_before() -> None:
    async with running(size=(120, 40)) as run:
        screen = PodLogScreen(run.app.palette, cast(Any, Reader()))
        run.app.push_screen(screen)

        def title() -> str:
            return str(screen.text.border_title)

        def widest() -> int:
            return max((len(text_of(line)) for line in screen.text.lines_shown), default=0)

        await until(lambda: "followed" in title() and widest() > 90, what="the log")
        await run.pilot.resize_terminal(80, 24)
        await until(lambda: 0 < widest() <= 72, what="narrow")
        await until(lambda: screen.text.scroll_offset.y == screen.text.max_scroll_y, what="the end")
        screen.look()
        assert "followed" in title()
        await run.press("home")
        await until(lambda: "stands" in title(), what="it stands")
        await run.pilot.resize_terminal(120, 40)
        await until(lambda: widest() > 90, what="wide again")
        screen.look()
        assert "new" not in title()


def test_a_blank_line_stays_one_however_little_room_there_is() -> None:
    assert hung((), -1) == [()]
