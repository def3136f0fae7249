"""What was opened with enter: one variant or one pod, in the place of the view."""

from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.views import PodDetail
from wvatui.ui.model.layout import Place
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.overview.charts import with_source
from wvatui.ui.views.charted import charted

SMALL = 28
"""Below this height charts share one row and lists are short."""
WIDE = 150


def detail_places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The parts for the newest of what was opened."""
    kind, _, name = (
        vm.view_state.detail[-1].partition(":") if vm.view_state.detail else ("", "", "")
    )
    if kind == "pod":
        engines = len(vm.opened.ranks) if isinstance(vm.opened, PodDetail) else 0
        return _pod(vm, name, width, height, engines)
    if kind == "variant":
        row = next((row for row in vm.ask(variant_rows.variants) if row.key == name), None)
        return _variant(vm, row.name if row else name.rpartition("/")[2], width, height)
    return []


def _pod(vm: ViewModel, name: str, width: int, height: int, engines: int) -> list[Place]:
    """Facts and the last page side by side, events, charts of this pod alone; its engines, where it
    has several."""
    wanted = ("kv", "waiting", "ttft", "tokens", "itl", "e2e")
    charts = [f"pod_{chart}@{name}" for chart in wanted]
    charts = list(with_source(vm, charts))
    half = width // 2
    if height < SMALL:
        low = 7 if height >= 17 else 0
        events = 3 if height >= 13 else 0
        top = height - low - events
        return [
            Place("pod_detail", 0, 0, half, top),
            Place("pod_page", half, 0, width - half, top),
            *([Place("pod_events", 0, top, width, events)] if events else []),
            *(
                [Place("pod_ranks", 0, top + events, width, low)]
                if engines and low
                else charted(vm, charts[:2], 2, width, low, y=top + events)
            ),
        ]
    if width < WIDE:
        top, events = 15, max(4, height // 7, min(engines + 1, 9))
        return [
            Place("pod_detail", 0, 0, half, top),
            Place("pod_page", half, 0, width - half, top),
            Place("pod_events", 0, top, half if engines else width, events),
            *([Place("pod_ranks", half, top, width - half, events)] if engines else []),
            *charted(vm, charts[:4], 2, width, height - top - events, y=top + events),
        ]
    top, third, listed = 17, width // 3, min(engines + 1, 11) if engines else 0
    last = width - 2 * third
    return [
        Place("pod_detail", 0, 0, third, top),
        Place("pod_page", third, 0, third, top),
        Place("pod_events", 2 * third, 0, last, top - listed),
        *([Place("pod_ranks", 2 * third, top - listed, last, listed)] if listed else []),
        *charted(vm, charts, 3, width, height - top, y=top),
    ]


def _variant(vm: ViewModel, name: str, width: int, height: int) -> list[Place]:
    """Facts and conditions, decisions and events, charts of this variant alone."""
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
