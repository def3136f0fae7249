"""Health: why nothing happens, all sources, polling, gaps, and lines that were not understood."""

from wvatui.core.findings import finding_rows
from wvatui.ui.model.layout import Layout, Place, stack
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.health import findings, gaps, notices, polling, sources, understood

WIDE = 110
LEAST = 2


def places(vm: ViewModel, width: int, height: int) -> list[Place]:
    """The findings, if there are any, the sources, and below them the rest, in two columns on a
    wide screen."""
    top = 0
    out: list[Place] = []
    if vm.ask(finding_rows.findings):
        top = min(findings.height_for(vm, width), height * 6 // 10)
        out.append(Place("findings", 0, 0, width, top))
    table = min(sources.TABLE.height_for(vm), max(4, (height - top) // 2))
    out.append(Place("sources", 0, top, width, table))
    room = height - top - table
    table += top
    if width < WIDE:
        wishes = (
            ("polling", polling.height_for(vm, width)),
            ("gaps", gaps.height_for(vm)),
            ("understood", understood.height_for(vm, width)),
            ("notices", notices.height_for(vm)),
        )
        return [*out, *stack(shared(wishes, room), width, y=table)]
    half = width // 2
    left = (
        ("polling", polling.height_for(vm, half)),
        ("gaps", gaps.height_for(vm)),
    )
    right = (
        ("understood", understood.height_for(vm, width - half)),
        ("notices", notices.height_for(vm)),
    )
    out += stack(shared(left, room), half, y=table)
    out += stack(shared(right, room), width - half, x=half, y=table)
    return out


def shared(wishes: tuple[tuple[str, int], ...], height: int) -> list[tuple[str, int]]:
    """Divide `height` lines among (part, wanted lines): `LEAST` for each, then in turn what each
    wants, and the rest for the last. Parts that do not fit at all are left out from the end."""
    kept = list(wishes)
    while len(kept) > 1 and LEAST * len(kept) > height:
        kept.pop()
    heights = [min(LEAST, height) for _ in kept]
    spare = height - sum(heights)
    for n, (_, wanted) in enumerate(kept):
        more = max(0, min(wanted - heights[n], spare))
        heights[n] += more
        spare -= more
    heights[-1] += max(0, spare)
    return [(name, size) for (name, _), size in zip(kept, heights, strict=True)]


VIEW = Layout(places, "sources")
