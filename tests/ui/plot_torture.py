"""Draws many generated series in a process of its own; prints only a JSON line on stderr.

Run as `python -m tests.ui.plot_torture SEED COUNT`. A process of its own, because a fault of the
drawing kernel would end it.
"""

import json
import math
import random
import sys
from time import process_time

from wvatui.ui.chart.plot import AxisLimits, CanvasPoint, Stroke, draw

ODD = (None, math.nan, math.inf, -math.inf, 1e308, -1e308, 1e-308, 0.0, -0.0, 1e18, -1e9)


def series(rng: random.Random) -> tuple[CanvasPoint, ...]:
    """A random series of a kind that could break the drawing kernel."""
    count = rng.choice((0, 1, 2, 3, 50, 120, 120))
    kind = rng.choice(("plain", "flat", "gaps", "odd", "far", "steps", "backwards", "odd-x"))
    out: list[CanvasPoint] = []
    for index in range(count):
        x: float = index
        y: float | None = rng.random()
        if kind == "flat":
            y = 0.5
        elif kind == "gaps" and rng.random() < 0.3:
            y = None
        elif kind == "odd" and rng.random() < 0.5:
            y = rng.choice(ODD)
        elif kind == "far":
            y = rng.choice((1e4, -1e7, 1e12, 0.5)) * rng.random()
        elif kind == "steps":
            y = float(rng.randrange(4))
        elif kind == "backwards":
            x = count - index
        elif kind == "odd-x" and rng.random() < 0.3:
            x = rng.choice((math.nan, math.inf, -1e300, 1e300))
        out.append((x, y))
    return tuple(out)


def limits(rng: random.Random) -> AxisLimits:
    """Limits that are ordinary, equal, reversed, or an extreme zoom."""
    return rng.choice(
        (
            AxisLimits(0, 120, 0, 1),
            AxisLimits(0, 120, 0, 1),
            AxisLimits(0, 120, 0, 4),
            AxisLimits(0, 0, 0, 0),
            AxisLimits(120, 0, 1, 0),
            AxisLimits(60, 60 + 1e-9, 0.5, 0.5 + 1e-12),
            AxisLimits(-1e300, 1e300, -1e300, 1e300),
            AxisLimits(math.nan, 1, 0, math.inf),
        )
    )


def main(seed: int, count: int) -> None:
    rng = random.Random(seed)
    took = []
    draw([Stroke(((0, 0), (1, 1)))], width=4, height=4, limits=AxisLimits(0, 1, 0, 1))  # import
    for number in range(count):
        width = number % 401 if number < 401 else rng.randrange(401)
        height = rng.choice((0, 1, 2, 5, 9, 25, 60))
        strokes = [
            Stroke(series(rng), slot, rng.choice((0, 0, 2))) for slot in range(rng.randrange(9))
        ]
        start = process_time()
        cells = draw(
            strokes, width=width, height=height, limits=limits(rng), braille=rng.random() < 0.8
        )
        took.append((process_time() - start) * 1e3)
        assert len(cells) == height
        assert all(len(row) == width for row in cells)
        assert all(len(cell.char) == 1 and -1 <= cell.slot < 9 for row in cells for cell in row)
    took.sort()
    json.dump({"median_ms": took[len(took) // 2], "worst_ms": took[-1]}, sys.stderr)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
