"""One pod, opened with enter: its facts, its last metrics page, its Kubernetes events."""

from rich.cells import cell_len

from wvatui.core.lines import many
from wvatui.core.metrics.polled_totals import OBSERVED
from wvatui.core.queries.pods import pod_detail, polled
from wvatui.core.queries.pods.window import QUANTILES
from wvatui.core.rows.views import PodDetail, RankRow, SampleRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, heading, spread, wrapped
from wvatui.ui.draw.sanitize import fit, in_room, sanitize
from wvatui.ui.draw.symbols import Symbols, bar
from wvatui.ui.model.panel import Panel, chosen
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.detail.facts import NAME, fact_lines, kube_event_section, opened
from wvatui.ui.panels.overview.charts import WINDOW_READS, window


@opened(PodDetail, "pod")
def lines(vm: ViewModel, detail: PodDetail, width: int, height: int) -> list[Line]:
    """The pod's name, the line that opens its log, and its facts."""
    title = heading(f"Pod {sanitize(detail.pod, 120)}", "esc: back", width, vm.symbols)
    log = [_log(vm, detail.pod, width)] if log_rows(vm) else []
    facts = fact_lines(detail.facts, width, height - 1 - len(log), vm.symbols)
    return [title, *log, *facts][:height]


def log_rows(vm: ViewModel) -> tuple[str, ...]:
    """The key of the line that opens the pod's log; empty in a session that cannot read it."""
    detail, readable = vm.opened, vm.capabilities.can_read_pods
    return (f"podlog:{detail.pod}",) if isinstance(detail, PodDetail) and readable else ()


def row_keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of each line: the line that opens the log is below the title."""
    return ["", *log_rows(vm)]


def _log(vm: ViewModel, pod: str, width: int) -> Line:
    name: Span = (f" {'log':<{NAME - 1}}", "muted")
    line: Line = (name, ("enter follows it", "primary"), ("  Y: the YAML", "muted"))
    if vm.view_state.selected.get("pod_detail") == f"podlog:{pod}":
        return chosen(line, width, vm.symbols)
    return line


@opened(PodDetail, "pod")
def page(vm: ViewModel, detail: PodDetail, width: int, height: int) -> list[Line]:
    """The last metrics page, value by value, with its age and source."""
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
        is_partial = any(rank.miss for rank in detail.ranks)
        why = "no sum while an engine is silent" if is_partial else "not on the page"
        missing = f" {why}: {', '.join(absent)}"
        foot.append(clip(((missing, "muted"),), width, symbols.ellipsis))
    foot.append(clip(((f" from {sanitize(detail.sample_source, 200)}", "muted"),), width))
    room = max(1, height - len(out))
    if len(rows) + len(foot) > room:
        foot = foot[-1:] if len(rows) + 1 <= room else []
    if len(rows) > room:
        hidden = len(rows) - room + 1
        rows = rows[: room - 1]
        foot = [((f" {symbols.ellipsis} {many(hidden, 'more value')}, z enlarges", "muted"),)]
    return [*out, *rows, *foot][:height]


@opened(PodDetail, "pod")
def ranks(vm: ViewModel, detail: PodDetail, width: int, height: int) -> list[Line]:
    """The engines of a pod that has several, a line each; where not all fit, the fullest."""
    out = [heading("Engines", str(len(detail.ranks)), width, vm.symbols)]
    rows = list(detail.ranks)
    room = max(1, height - 1)
    if len(rows) > room:
        room = max(1, room - 1)
        kept = sorted(rows, key=_urgency)[:room]
        rows = [row for row in rows if row in kept]
    name = max((cell_len(row.name) for row in rows), default=0)
    out += [_rank(row, min(name, 28), width, vm.symbols) for row in rows]
    if len(detail.ranks) > len(rows):
        more = f" {vm.symbols.ellipsis} {len(detail.ranks) - len(rows)} more, z enlarges"
        out.append(((more, "muted"),))
    return out[:height]


_NAME, _CELL = 6, 6
LATENCY_LINES = 2 + len(OBSERVED)
LATENCY_CELLS = _NAME + 3 * len(QUANTILES) * _CELL
"""The width of the whole table of latencies, in cells."""


@opened(PodDetail, "pod")
def latencies(vm: ViewModel, detail: PodDetail, width: int, height: int) -> list[Line]:
    """Percentiles (ms) of the last minute, of the window of the charts, and of the session."""
    since, until = window(vm, width)
    rows = vm.ask(polled.pod_latencies, vm.view_state.detail[-1].removeprefix("pod:"), since, until)
    # Where not all fit, the median is left out: high percentiles matter more.
    names = [name for name, _ in QUANTILES][width < LATENCY_CELLS :]
    cells = _CELL * len(names)
    titles = ("last minute", _window_words(vm, since, until, cells - 1), "session")
    out = [heading(f"Latency: {', '.join(names)}", "", width, vm.symbols)]
    out.append(((f"{'':{_NAME}}" + "".join(f"{each:>{cells}}" for each in titles), "muted"),))
    for row in rows:
        parts = [_quantiles(each, len(names)) for each in (row.minute, row.window, row.session)]
        name = f" {row.name.upper():{_NAME - 1}}"
        out.append(((name, "muted"), *((f"{part:>{cells}}", "") for part in parts)))
    return [clip(line, width, vm.symbols.ellipsis) for line in out][:height]


def _window_words(vm: ViewModel, since: float, until: float, room: int) -> str:
    span = format.age(until - since)
    if vm.view_state.until is None:
        return f"last {span}"
    return in_room(
        (f"{span} to {vm.time(until)}", f"to {vm.time(until)}"), room, vm.symbols.ellipsis
    )


def _quantiles(values: polled.Quantiles | None, count: int) -> str:
    """The last `count` values as text, `_CELL` cells each."""
    if values is None:
        return "not kept"
    return "".join(f"{format.latency(value):>{_CELL}}" for value in values[-count:])


def _urgency(row: RankRow) -> tuple[bool, bool, float, int]:
    """A key to sort engines by: failing first, then saturated, then the fullest."""
    return (not row.miss, not row.saturated, -(row.kv_ratio or 0.0), -(row.waiting or 0))


def _rank(row: RankRow, name: int, width: int, symbols: Symbols) -> Line:
    left: Span = (f" {fit(row.name, name, symbols.ellipsis)} ", "muted")
    if row.miss:
        text = f"{symbols.level['bad']} {sanitize(row.miss, 120)}"
        return clip((left, (text, "bad")), width, symbols.ellipsis)
    style = "bad" if row.saturated else ""
    spans: list[Span] = [
        left,
        (bar(row.kv_ratio, 6, symbols), style or "ok"),
        (f"{format.percent(row.kv_ratio):>5}", style),
        (f"  {format.count(row.waiting):>4} waiting", style if row.waiting else "muted"),
        (f"  {format.count(row.running):>4} running", "muted"),
    ]
    if row.model:
        spans.append((f"  {sanitize(row.model, 80)}", "info"))
    return clip(tuple(spans), width, symbols.ellipsis)


@opened(PodDetail, "pod")
def events(vm: ViewModel, detail: PodDetail, width: int, height: int) -> list[Line]:
    """The section of the Kubernetes events about the pod."""
    rows = detail.kube_events
    return kube_event_section(vm, rows, width, height, of="this pod", about=False)


def _sample(row: SampleRow, width: int, symbols: Symbols) -> Line:
    value = raw(row, symbols)
    left: Line = ((f" {sanitize(row.name, 60)}", "muted"),)
    right: list[Span] = [(value, "bold")]
    room = width - len(row.name) - len(value) - 5
    # That a number is of the engine's whole life is told first: other figures are of a window.
    first = row.text.partition(" ")[0]
    text = next((t for t in (row.text, first * (first == "lifetime")) if 0 < len(t) <= room), "")
    if text:
        right.insert(0, (f"{sanitize(text, 200)}  ", "muted"))
    return spread(left, (*right, (" ", "")), width, symbols.ellipsis)


def raw(row: SampleRow, symbols: Symbols) -> str:
    """A value as on the metrics page, seconds with their unit; a sign when it is missing."""
    if row.value is None:
        return symbols.missing
    if row.unit in ("ratio", "s"):
        unit = " s" if row.unit == "s" else ""
        return f"{row.value:.4g}{unit}"
    return f"{row.value:.0f}"


PANELS = (
    Panel(
        id="pod_detail",
        title="Pod",
        lines=lines,
        reads=(pod_detail.pod_detail,),
        rows=log_rows,
        keys=row_keys,
    ),
    *(
        Panel(id=id_, title=title, lines=draw, reads=(pod_detail.pod_detail,))
        for id_, title, draw in (
            ("pod_page", "Last metrics page", page),
            ("pod_ranks", "Engines of the pod", ranks),
            ("pod_events", "Events of the pod", events),
        )
    ),
    Panel(
        id="pod_latencies",
        title="Latencies of the pod",
        lines=latencies,
        reads=(pod_detail.pod_detail, polled.pod_latencies, *WINDOW_READS),
    ),
)
