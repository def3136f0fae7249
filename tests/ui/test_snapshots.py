"""Snapshots of every view, at three sizes, in a dark and a light theme, compared with kept ones.

`make snapshots` redraws them; look at what changed before you commit it.
"""

import gzip
import html
import os
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from bench.picture import BURSTS, QUEUE, replayed
from tests.sweeps import sampled
from tests.ui.stills import NAMES, TWIN, Still
from tests.waiting import until
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.theme import load
from wvatui.ui.views import VIEWS

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("dark", "light")
OFTEN = [
    ("empty", SIZES[0], "dark"),
    ("live", SIZES[1], "dark"),
    ("replay", SIZES[0], "light"),
    ("down", SIZES[2], "dark"),
]
"""The sample has each session once and each size and theme, so each view four times. It is enough
because a theme maps styles to colours everywhere, and the same code draws a view at each size."""
if KEEPS := bool(os.environ.get("KEEP_SNAPSHOTS")):
    OFTEN = list(product(NAMES, SIZES, THEMES))
LOOKS: dict[str, tuple[str, ...]] = {view.id: () for view in VIEWS} | {
    "variant": ("variant:llm-d-sim/llama-8b-h100",),
    "pod": ("pod:llama-8b-h100-bxkp6nqm8-b7t8s",),
}
"""Name → rows opened: all views, and details opened from them."""
SEVERAL = (("overview", ""), ("pods", ""), ("overview", TWIN))
"""(view, the only namespace shown; empty: both), for a session of two namespaces."""
BESIDE = "beside-200x60-dark"
MOST_BYTES = 5_000_000


def _normal(svg: str) -> str:
    """The SVG without what differs from run to run."""
    return re.sub(r"terminal-\d+", "terminal", svg)


def _differs(before: str, after: str) -> str:
    """The first lines of the screen that differ."""

    def rows(svg: str) -> list[str]:
        found: dict[float, str] = {}
        for x, y, text in re.findall(r'<text[^>]* x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)<', svg):
            row = found.get(float(y), "").ljust(round(float(x) / 12.2))
            found[float(y)] = row + html.unescape(text).replace("\xa0", " ")
        return [found[y] for y in sorted(found)]

    pairs = [(a, b) for a, b in zip(rows(before), rows(after), strict=False) if a != b]
    return "\n".join(f"- {a}\n+ {b}" for a, b in pairs[:8]) or "only colours or places differ"


def _held(name: str, svg: str) -> str:
    """Compare a picture with the kept one, or keep it; returns the difference, in words."""
    path = FOLDER / f"{name}.svg.gz"
    if KEEPS:
        FOLDER.mkdir(exist_ok=True)
        if not path.exists() or gzip.decompress(path.read_bytes()).decode() != svg:
            path.write_bytes(gzip.compress(svg.encode(), 9, mtime=0))
        return ""
    if not path.exists():
        return f"{name}: none is kept"
    kept = gzip.decompress(path.read_bytes()).decode()
    return "" if kept == svg else f"{name}:\n{_differs(kept, svg)}"


def _drawn(app: WvatuiApp) -> bool:
    """Whether every chart is drawn and every part is at its place."""
    regions = app.stage.layout.regions
    return app.painter.idle and all(part.region == regions[part] for part in regions)


async def _settled(app: WvatuiApp, pilot: Pilot[Any], what: str) -> None:
    """Wait until all is drawn, also charts whose size is known late."""
    for _ in range(2):
        await until(lambda: _drawn(app), what=what)
        await pilot.pause()


@pytest.mark.parametrize(
    ("name", "size", "theme"),
    sampled(product(NAMES, SIZES, THEMES), OFTEN),
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
async def test_every_view_looks_as_it_did(name: str, size: tuple[int, int], theme: str) -> None:
    session = Still(name)
    app = WvatuiApp(session, palette=load("dark"), ascii_only=False)
    wrong: list[str] = []
    async with app.run_test(size=size) as pilot:
        app.use_theme(theme)
        for view, detail in LOOKS.items():
            app.choose(ViewState(view="overview" if detail else view, detail=detail))
            app.hush()
            app.redraw()
            await _settled(app, pilot, f"{view} drawn")
            svg = _normal(app.export_screenshot(title="wvatui"))
            wrong.append(_held(f"{name}-{view}-{size[0]}x{size[1]}-{theme}", svg))
    session.stop("drawn")
    differing = "\n".join(w for w in wrong if w)
    assert not differing, (
        f"{differing}\nIf the change is wanted: `make snapshots`, and look at them"
    )


# The wider of the two has a column for the namespace in each table.
@pytest.mark.parametrize(
    ("width", "height"), sampled(SIZES[:2], SIZES[:2] if KEEPS else SIZES[1:2])
)
async def test_several_namespaces_look_as_they_did(width: int, height: int) -> None:
    size = (width, height)
    session = Still("several")
    app = WvatuiApp(session, palette=load("dark"), ascii_only=False)
    wrong: list[str] = []
    async with app.run_test(size=size) as pilot:
        for view, only in SEVERAL:
            app.choose(ViewState(view=view, namespace=only))
            app.hush()
            app.redraw()
            await _settled(app, pilot, f"{view} drawn")
            svg = _normal(app.export_screenshot(title="wvatui"))
            wrong.append(_held(_several(view, only, size), svg))
    session.stop("drawn")
    assert not (differing := "\n".join(w for w in wrong if w)), differing


def _several(view: str, only: str, size: tuple[int, int]) -> str:
    return f"several-{view}{only and '-alone'}-{size[0]}x{size[1]}-dark"


def test_the_kept_pictures_are_small_and_none_is_left_over() -> None:
    kept = {path.name.removesuffix(".svg.gz"): path.stat().st_size for path in FOLDER.iterdir()}
    expected = {
        f"{name}-{view}-{width}x{height}-{theme}"
        for name in NAMES
        for view in LOOKS
        for width, height in SIZES
        for theme in THEMES
    } | {_several(view, only, size) for view, only in SEVERAL for size in SIZES[:2]}
    expected.add(BESIDE)
    assert set(kept) == expected
    assert sum(kept.values()) < MOST_BYTES


def test_two_runs_beside_each_other_look_as_they_did() -> None:
    svg = replayed(BURSTS, "100%", "200x60", keys=["b", *["ctrl+left"] * 3], other=QUEUE)
    assert _held(BESIDE, _normal(svg)) == ""
