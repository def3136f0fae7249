"""The details of the variant or pod opened with enter, in place of the view."""

from collections.abc import Sequence

from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.views import PodDetail
from wvatui.ui.model.layout import Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.detail.pod_detail import LATENCY_CELLS, LATENCY_LINES
from wvatui.ui.panels.overview.charts import with_source
from wvatui.ui.views.charted import charted

SMALL = 28
"""The height, in lines, below which there is one row of charts and lists are short."""
WIDE = 150


def detail_places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The places of the details of the row opened last; empty when nothing is open."""
    kind, _, name = (
        vm.view_state.detail[-1].partition(":") if vm.view_state.detail else ("", "", "")
    )
    if kind == "pod":
        return _pod(vm, name, width, height)
    if kind == "variant":
        row = next((row for row in vm.ask(variant_rows.variants) if row.key == name), None)
        return _variant(vm, row.name if row else name.rpartition("/")[2], width, height)
    return []


def _pod(vm: ViewModel, name: str, width: int, height: int) -> list[Place]:
    """A pod: facts and last metrics page side by side, Kubernetes events, latencies, charts, and
    its engines where there are several. Without Kubernetes events, latencies take their place."""
    detail = vm.opened if isinstance(vm.opened, PodDetail) else PodDetail(name, None)
    engines = len(detail.ranks)
    latencies = [("pod_latencies", LATENCY_LINES)] if detail.samples else []
    events = [("pod_events", 3)] if detail.kube_events or not latencies else []
    wanted = ("kv", "waiting", "ttft", "tokens", "itl", "e2e")
    charts = [f"pod_{chart}@{name}" for chart in wanted]
    charts = list(with_source(vm, charts))
    half = width // 2
    if height < SMALL:
        low = 7 if height >= 17 else 0
        below = (events or latencies) if height >= 13 else []
        listed = sum(lines for _, lines in below)
        top = height - low - listed
        return [
            Place("pod_detail", 0, 0, half, top),
            Place("pod_page", half, 0, width - half, top),
            *_stacked(below, 0, top, width, listed),
            *(
                [Place("pod_ranks", 0, top + listed, width, low)]
                if engines and low
                else charted(vm, charts[:2], 2, width, low, y=top + listed)
            ),
        ]
    events = [(part, max(4, height // 7)) for part, _ in events]
    if width < WIDE:
        ranks = [("pod_ranks", min(engines + 1, 9))] if engines else []
        sides = [[*events, *latencies], ranks] if ranks else [events, latencies]
        sides = [side for side in sides if side]
        top, listed = 15, max(sum(lines for _, lines in side) for side in sides)
        each = width // len(sides)
        return [
            Place("pod_detail", 0, 0, half, top),
            Place("pod_page", half, 0, width - half, top),
            *_stacked(sides[0], 0, top, each, listed),
            *(_stacked(sides[1], each, top, width - each, listed) if sides[1:] else []),
            *charted(vm, charts[:4], 2, width, height - top - listed, y=top + listed),
        ]
    top, last = 17, max(LATENCY_CELLS, width // 3)
    ranks = [("pod_ranks", min(engines + 1, 9))] if engines else []
    first = (width - last) // 2
    return [
        Place("pod_detail", 0, 0, first, top),
        Place("pod_page", first, 0, width - last - first, top),
        *_stacked([*events, *ranks, *latencies], width - last, 0, last, top),
        *charted(vm, charts, 3, width, height - top, y=top),
    ]


def _stacked(
    parts: Sequence[tuple[str, int]], x: int, y: int, width: int, height: int
) -> list[Place]:
    """Places for (part, lines) one below the other in `height` lines; the first gets the rest."""
    places: list[Place] = []
    for part, lines in reversed(parts):
        lines = height if len(places) == len(parts) - 1 else min(lines, height)
        height -= lines
        places.insert(0, Place(part, x, y + height, width, lines))
    return places


def _variant(vm: ViewModel, name: str, width: int, height: int) -> list[Place]:
    """A variant: facts and conditions, decisions and Kubernetes events, and its own charts."""
    charts = with_source(vm, [f"{chart}@{name}" for chart in ("kv", "replicas", "waiting")])
    half = width // 2
    if height < SMALL:
        low = 7 if height >= 18 else 0
        middle = 4 if height >= 14 else 0
        charts = charts[:2]
    else:
        low, middle = height * 3 // 8, height // 4
        charts = charts if width >= WIDE else charts[:2]
    top = height - low - middle
    left, right = (half, width - half)
    lists = [
        Place("variant_decisions", 0, top, left, middle),
        Place("variant_events", left, top, right, middle),
    ]
    return [
        Place("variant_detail", 0, 0, left, top),
        Place("variant_conditions", left, 0, right, top),
        *(lists if middle else []),
        *charted(vm, charts, len(charts), width, low, y=top + middle),
    ]
