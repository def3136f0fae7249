"""The only module that uses matplotlib: figures without a screen, identical byte for byte each
time.

A figure is drawn once, in the colours of the light theme. In the SVG, texts remain texts, and a
page can replace the colours by those of its own theme, see `page`.
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
"""Dots per inch; sizes of figures are given in pixels of this density."""
FONT = 13
LONGEST = 56
"""Most characters of a text in a figure; a longer one is shortened in the middle."""


def can_draw() -> bool:
    """Whether matplotlib is installed, found out without importing it."""
    return find_spec("matplotlib") is not None


def load() -> None:
    """Import what drawing needs."""
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg  # noqa: F401

    from wvatui.analysis.report.pictures import waterfall  # noqa: F401


@dataclass(frozen=True, slots=True)
class Picture:
    """One drawn figure. `svg`: in the colours of the light theme."""

    svg: str
    png: bytes


@contextmanager
def canvas(
    width: int, height: int, boxes: Sequence[tuple[float, float, float, float]]
) -> Iterator[tuple[Any, list[Any]]]:
    """A matplotlib figure of this size in pixels, and the axes in it.

    `boxes`: for each axes the left, upper, right and lower edge in pixels from the upper left.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_style()), warnings.catch_warnings():
        # A character that the font lacks is drawn as a box; the page has its own fonts.
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
    """A figure as SVG and PNG. Call this inside `canvas`."""
    svg, png = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=1.5 * DOTS, metadata={"Software": None})
    return Picture(svg.getvalue(), png.getvalue())


def worded(text: str) -> str:
    """Text from outside in a form for figures: no control characters, and not too long.

    matplotlib omits labels that begin with `_` from a legend.
    """
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
