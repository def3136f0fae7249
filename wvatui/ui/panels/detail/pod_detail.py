"""One pod, opened with enter: its facts, its last metrics page, its Kubernetes events."""

from wvatui.core.queries.pods import pod_detail
from wvatui.core.rows.views import PodDetail, SampleRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, heading, spread, wrapped
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.detail.facts import closed, fact_lines, kube_event_section


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The pod's name and facts."""
    detail = opened(vm)
    if detail is None:
        return closed(vm, "pod", width, height)
    title = heading(f"Pod {sanitize(detail.pod, 120)}", "esc: back", width, vm.symbols)
    return [title, *fact_lines(detail.facts, width, height - 1, vm.symbols)][:height]


def page(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The last page as it was read, value by value, with its age and where it came from."""
    detail = opened(vm)
    if detail is None:
        return closed(vm, "pod", width, height)
    symbols = vm.symbols
    age = f"{format.age(detail.sample_age_s)} ago" if detail.sample_age_s is not None else ""
    out = [heading("Last metrics page", age, width, symbols)]
    if detail.failure:
        text = f"{symbols.level['bad']} {sanitize(detail.failure, 300)}"
        out += [((f" {part}", "bad"),) for part in wrapped(text, max(8, width - 2))]
    if not detail.samples:
        words_ = "" if detail.failure else "this pod has not answered yet"
        return [*out, ((f" {words_}", "muted"),)][:height]
    known = [row for row in detail.samples if row.value is not None]
    absent = [sanitize(row.name, 60).lower() for row in detail.samples if row.value is None]
    rows = [_sample(row, width, symbols) for row in known]
    foot: list[Line] = []
    if absent:
        missing = f" not on the page: {', '.join(absent)}"
        foot.append(clip(((missing, "muted"),), width, symbols.ellipsis))
    foot.append(clip(((f" from {sanitize(detail.sample_source, 200)}", "muted"),), width))
    room = max(1, height - len(out))
    if len(rows) + len(foot) > room:
        foot = foot[-1:] if len(rows) + 1 <= room else []
    if len(rows) > room:
        hidden = len(rows) - room + 1
        rows = rows[: room - 1]
        foot = [((f" {symbols.ellipsis} {hidden} more values, z enlarges", "muted"),)]
    return [*out, *rows, *foot][:height]


def events(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The Kubernetes events about the pod."""
    detail = opened(vm)
    if detail is None:
        return closed(vm, "pod", width, height)
    rows = detail.kube_events
    return kube_event_section(vm, rows, width, height, of="this pod", about=False)


def opened(vm: ViewModel) -> PodDetail | None:
    """The pod that is open."""
    return vm.opened if isinstance(vm.opened, PodDetail) else None


def _sample(row: SampleRow, width: int, symbols: Symbols) -> Line:
    value = raw(row, symbols)
    left: Line = ((f" {sanitize(row.name, 60)}", "muted"),)
    right: list[Span] = [(value, "bold")]
    room = width - len(row.name) - len(value) - 5
    if row.text and len(row.text) <= room:
        right.insert(0, (f"{sanitize(row.text, 200)}  ", "muted"))
    return spread(left, (*right, (" ", "")), width, symbols.ellipsis)


def raw(row: SampleRow, symbols: Symbols) -> str:
    """A value as the page had it, with its unit where that says more than the name."""
    if row.value is None:
        return symbols.missing
    if row.unit in ("ratio", "s"):
        unit = " s" if row.unit == "s" else ""
        return f"{row.value:.4g}{unit}"
    return f"{row.value:.0f}"


PANELS = tuple(
    Panel(id=id_, title=title, lines=draw, reads=(pod_detail.pod_detail,))
    for id_, title, draw in (
        ("pod_detail", "Pod", lines),
        ("pod_page", "Last metrics page", page),
        ("pod_events", "Events of the pod", events),
    )
)
