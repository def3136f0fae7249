"""Recorded and simulated pods on one time axis, as SVG: one column a pod, one row a figure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from math import ceil, log10

from bench.calibration.compare import Compared
from bench.calibration.pages import RecordedRun
from wvatui.core.events import Scrape

WIDTH, ROW, GAP = 980.0, 128.0, 26.0
LEFT, TOP, RIGHT = 62.0, 84.0, 18.0
GROUND, INK, FAINT, GRID = "#fbfbfd", "#1f2530", "#5d6778", "#dfe3ea"
RECORDED, SIMULATED = "#3f6fb5", "#d1570b"
APART_S = 60.0
"""Scrapes more than this many seconds apart are not joined, as the values in between are
unknown."""
MOST = 3
"""Most columns; where there are more pods, the busiest are drawn."""

Value = Callable[[Scrape], float | None]
FIGURES: tuple[tuple[str, Value, float], ...] = (
    ("running", lambda look: look.running, 0.0),
    ("waiting", lambda look: look.waiting, 0.0),
    ("KV cache", lambda look: look.kv, 1.0),
)
"""(title, value of a scrape, highest value where the axis is fixed)."""


def picture(
    run: RecordedRun, simulated: Mapping[str, Sequence[Scrape]], rows: Sequence[Compared]
) -> str:
    """The whole picture as SVG."""
    pods = sorted(run.looks, key=lambda pod: -max(look.running or 0 for look in run.looks[pod]))
    pods = sorted(pods[:MOST], key=lambda pod: run.looks[pod][0].at)
    height = TOP + len(FIGURES) * (ROW + GAP) + 20.0
    width = (WIDTH - LEFT - RIGHT - (len(pods) - 1) * GAP) / len(pods)
    parts = list(_head(run, rows, height))
    for line, (title, value, fixed) in enumerate(FIGURES):
        top = TOP + line * (ROW + GAP)
        seen = [
            number
            for looks in (run.looks, simulated)
            for pod in pods
            for look in looks[pod]
            if (number := value(look)) is not None
        ]
        most = fixed or _nice(max(seen, default=1.0))
        for column, pod in enumerate(pods):
            left = LEFT + column * (width + GAP)
            scale = _Scale(left, top, width, run.since, run.until, most)
            parts += _axes(scale, title, labels=column == 0)
            parts += _line(
                scale, run.looks[pod], value, RECORDED, 'stroke-width="3.5" opacity=".5"'
            )
            parts += _line(scale, simulated[pod], value, SIMULATED, 'stroke-width="1.6"')
            if line == 0:
                parts.append(_text(left, top - 10, _called(pod), FAINT, size=12))
            if line == len(FIGURES) - 1:
                parts += _minutes(scale)
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    """Maps a moment and a value to a place in one chart."""

    def __init__(
        self, left: float, top: float, width: float, since: float, until: float, most: float
    ) -> None:
        self.left, self.top, self.width, self.most = left, top, width, most
        self.since, self.until = since, until

    def x(self, at: float) -> float:
        """Pixels from the left."""
        return self.left + self.width * (at - self.since) / max(1.0, self.until - self.since)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return self.top + ROW * (1 - value / self.most)


def _head(run: RecordedRun, rows: Sequence[Compared], height: float) -> Iterable[str]:
    model = next((one.model for one in run.engines.values() if one.model), "a model")
    summary = ", ".join(f"{r.name.split(',')[0]} {r.apart} (limit {r.limit})" for r in rows)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" '
        'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">'
    )
    yield f"<title>{escape(f'{model}: recorded and simulated')}</title>"
    yield f'<rect width="{WIDTH:.0f}" height="{height:.0f}" rx="8" fill="{GROUND}"/>'
    yield _text(LEFT, 28, model, INK, size=16, weight=600)
    yield _text(LEFT, 48, f"apart: {summary}", FAINT, size=12)
    for place, (name, color, stroke) in enumerate(
        (("recorded", RECORDED, '4" opacity=".5'), ("simulated", SIMULATED, "1.8"))
    ):
        x = WIDTH - RIGHT - 190 + place * 100
        yield f'<path d="M{x:.0f} 24h22" stroke="{color}" stroke-width="{stroke}"/>'
        yield _text(x + 28, 28, name, INK, size=12)


def _axes(scale: _Scale, title: str, *, labels: bool) -> Iterable[str]:
    for part in (0.0, 0.5, 1.0):
        y = scale.y(part * scale.most)
        yield f'<path d="M{scale.left:.1f} {y:.1f}h{scale.width:.1f}" stroke="{GRID}"/>'
        if labels:
            number = f"{part:.0%}" if scale.most == 1.0 else f"{part * scale.most:g}"
            yield _text(scale.left - 8, y + 4, number, FAINT, size=11, anchor="end")
    if labels:
        x, y = 16.0, scale.top + ROW / 2
        turned = f'transform="rotate(-90 {x:.0f} {y:.0f})"'
        yield _text(x, y, title, INK, size=12, anchor="middle", more=turned)


def _minutes(scale: _Scale) -> Iterable[str]:
    minutes = (scale.until - scale.since) / 60
    step = _nice(minutes / 5)
    for number in range(int(minutes / step) + 1):
        x = scale.x(scale.since + number * step * 60)
        yield _text(x, scale.top + ROW + 16, f"{number * step:g}", FAINT, size=11, anchor="middle")
    yield _text(
        scale.left + scale.width / 2,
        scale.top + ROW + 34,
        "minutes",
        FAINT,
        size=11,
        anchor="middle",
    )


def _line(
    scale: _Scale, looks: Sequence[Scrape], value: Value, color: str, stroke: str
) -> Iterable[str]:
    path, before = "", None
    for look in looks:
        number = value(look)
        if number is None:
            before = None
            continue
        joined = before is not None and look.at - before <= APART_S
        path += f"{'L' if joined else 'M'}{scale.x(look.at):.1f} {scale.y(number):.1f}"
        before = look.at
    if path:
        yield f'<path d="{path}" fill="none" stroke="{color}" {stroke} stroke-linejoin="round"/>'


def _text(
    x: float,
    y: float,
    text: str,
    color: str,
    *,
    size: int,
    weight: int = 400,
    anchor: str = "start",
    more: str = "",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}"{" " if more else ""}{more}>{escape(text)}</text>'
    )


def _called(pod: str) -> str:
    return f"pod {pod}" if len(pod) <= 40 else f"pod …{pod[-36:]}"


def _nice(value: float) -> float:
    """The next round number, at or above `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** ceil(log10(value) - 1)
    return next(
        (s * power for s in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8) if s * power >= value), 10 * power
    )
