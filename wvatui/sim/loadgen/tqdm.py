"""A progress bar as tqdm writes it when it does not know how wide the screen is."""

from collections.abc import Callable

_BLOCKS = " ▏▎▍▌▋▊▉"
INTERVAL_S = 0.1
SMOOTHING = 0.3


class Bar:
    """`total` units; told of progress at moments in seconds. Writes with \\r, never a newline."""

    def __init__(self, total: int, now: float, write: Callable[[str], None]) -> None:
        self.done = 0
        self._total, self._begun, self._write = total, now, write
        self._shown_at, self._shown = now, 0
        self._width = 0
        self._units = self._seconds = self._weight = 0.0
        self._draw(now)

    def add(self, count: int, now: float) -> None:
        """So many more are done."""
        self.done += count
        if now - self._shown_at >= INTERVAL_S:
            self._show(now)

    def close(self, now: float) -> None:
        """The last picture, with the mean rate, and the end of the line."""
        self._draw(now, is_last=True)
        self._write("\n")

    def _show(self, now: float) -> None:
        units, seconds = self.done - self._shown, now - self._shown_at
        beta = 1 - SMOOTHING
        self._units = SMOOTHING * units + beta * self._units
        self._seconds = SMOOTHING * seconds + beta * self._seconds
        self._shown, self._shown_at = self.done, now
        self._draw(now)

    def _draw(self, now: float, *, is_last: bool = False) -> None:
        elapsed = now - self._begun
        rate: float | None = None
        if is_last:
            rate = self.done / elapsed if elapsed > 0 else None
        elif self._seconds > 0 and self._units > 0:
            rate = self._units / self._seconds
        part = self.done / self._total if self._total else 1.0
        full, eighths = divmod(int(part * 80), 8)
        bar = "█" * full + (_BLOCKS[eighths] if full < 10 else "")
        left = clock((self._total - self.done) / rate) if rate else "?"
        if rate is None:
            speed = "?it/s"
        else:
            speed = f"{rate:5.2f}it/s" if rate >= 1 else f"{1 / rate:5.2f}s/it"
        text = (
            f"{part * 100:3.0f}%|{bar:<10}| {self.done}/{self._total} "
            f"[{clock(elapsed)}<{left}, {speed}]"
        )
        self._write(f"\r{text:<{self._width}}")
        self._width = len(text)


def clock(seconds: float) -> str:
    """`mm:ss`, or `h:mm:ss`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
