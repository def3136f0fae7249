"""Latency and throughput: what users feel, what the engines give, what the gateway holds back."""

from wvatui.ui.places import Place, grid
from wvatui.ui.scene import Scene

CHARTS = ("ttft", "itl", "tokens", "running", "e2e", "itl_fit", "requests", "gateway",
          "pool")  # fmt: skip
"""In the order in which they get room."""
LOGGED = ("ttft", "itl", "requests")
"""What a controller's log alone can tell."""
LEAST = 7
"""Lines of a chart that still tells something."""


def places(scene: Scene, width: int, height: int) -> list[Place]:
    """As many charts as have room, in two columns or three; the others are on further pages."""
    columns = 1 if width < 70 else 3 if width >= 180 else 2
    charts = LOGGED if scene.log_only else CHARTS
    if scene.log_only:
        columns = 1
    rows = max(1, min(height // LEAST, -(-len(charts) // columns)))
    shown = min(len(charts), rows * columns)
    pages = [charts[n : n + shown] for n in range(0, len(charts), shown)]
    names = [f"chart:{name}" for name in pages[scene.choice.page % len(pages)]]
    return grid(names, columns, width, height)
