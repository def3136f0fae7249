"""The one home of matplotlib: figures without a screen, byte for byte the same each time.

A figure is drawn once, in the colours of the light theme. As SVG its texts stay texts, and a page
can take the colours of its own theme for them, see `page`.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from wvatui.analysis.report.pictures.palette import colors, lines
from wvatui.core.lines import clean

INSTALL = "no pictures: matplotlib is not installed; pip install 'wvatui[report]'"
DOTS = 100
"""Dots an inch; figures are told in pixels of these."""
FONT = 13
LONGEST = 56
"""Characters of a text in a figure at most; of a longer one the middle goes."""


def can_draw() -> bool:
    """Whether matplotlib is installed; nothing of it is loaded to know."""
    return find_spec("matplotlib") is not None


def load() -> None:
    """Load what drawing needs."""
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg  # noqa: F401

    from wvatui.analysis.report.pictures import waterfall  # noqa: F401


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure, drawn. `svg`: in the colours of the light theme."""

    svg: str
    png: bytes


@contextmanager
def canvas(
    width: int, height: int, boxes: Sequence[tuple[float, float, float, float]]
) -> Iterator[tuple[Any, list[Any]]]:
    """A matplotlib figure of so many pixels, and axes in it.

    `boxes`: of each axes the left, upper, right and lower edge in pixels from the upper left.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_style()), warnings.catch_warnings():
        # A sign that the font lacks is drawn as a box; the page has its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        figure = Figure(figsize=(width / DOTS, height / DOTS), dpi=DOTS)
        yield (
            figure,
            [
                figure.add_axes(
                    (x0 / width, 1 - y1 / height, (x1 - x0) / width, (y1 - y0) / height)
                )
                for x0, y0, x1, y1 in boxes
            ],
        )


def picture(figure: Any) -> Picture:
    """A figure as SVG and PNG. Call it inside `canvas`."""
    svg, png = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=1.5 * DOTS, metadata={"Software": None})
    return Picture(svg.getvalue(), png.getvalue())


def worded(text: str) -> str:
    """Text from outside as a figure may have it: no control characters, not too long. matplotlib
    leaves out of a legend what begins with `_`."""
    text = clean(text)
    if len(text) > LONGEST:
        half = (LONGEST - 1) // 2
        text = f"{text[:half]}…{text[-half:]}"
    return f"\N{THIN SPACE}{text}" if text.startswith("_") else text


def _style() -> dict[str, Any]:
    light = colors("light")
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "wvatui",
        "text.parse_math": False,
        "text.color": light["foreground"],
        "font.size": FONT * 72 / DOTS,
        "font.family": "DejaVu Sans",
        "figure.facecolor": light["background"],
        "savefig.facecolor": light["background"],
        "axes.facecolor": light["background"],
        "axes.edgecolor": light["border"],
        "axes.labelcolor": light["muted"],
        "axes.titlesize": FONT * 72 / DOTS,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": _cycle([light[name] for name in lines()]),
        "grid.color": light["border"],
        "grid.linewidth": 0.5,
        "xtick.color": light["muted"],
        "ytick.color": light["muted"],
        "lines.linewidth": 1.5,
        "legend.frameon": False,
        "path.simplify_threshold": 0.2,
    }


def _cycle(values: list[str]) -> Any:
    from matplotlib import rcsetup

    return rcsetup.cycler(color=values)
