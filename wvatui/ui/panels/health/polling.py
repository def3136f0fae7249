"""How pods are polled: the requested and the achieved interval, skipped rounds, failing pods."""

from wvatui.core.lines import many
from wvatui.core.queries.health import health_detail
from wvatui.core.rows.health_views import PollingRow, ScrapeFailureRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, clip, cut, flow, rule, shortened, well
from wvatui.ui.draw.sanitize import fit_middle, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

LATE = 1.25
"""The ratio of the achieved to the requested interval from which there is a warning."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, the interval, then each pod whose last poll failed."""
    polling, symbols = vm.ask(health_detail.health_detail).polling, vm.symbols
    if polling is None:
        title = rule("Polling of pods", "", width, symbols)
        return [title, ((" no pod was polled", "muted"),)]
    summary = ""
    if polling.answered is not None and polling.pods is not None:
        summary = f"{polling.answered} of {many(polling.pods, 'pod')} answered"
    out = [rule("Polling of pods", summary, width, symbols)]
    body = [((" ", ""), *line) for line in flow(_spacing(polling), width - 2, ("   ", ""))]
    if polling.failures:
        body += [_failure(vm, row, width) for row in polling.failures]
    elif polling.pods:
        body.append(well("no scrape is failing", symbols))
    return [*out, *cut(body, max(1, height - 1), symbols)]


def height_for(vm: ViewModel, width: int) -> int:
    """The lines that the whole panel takes."""
    return len(lines(vm, width, 10_000))


def _spacing(row: PollingRow) -> list[Line]:
    asked = "" if row.asked_s is None else f"{row.asked_s:g} s"
    parts: list[Line] = []
    if asked:
        parts.append((("interval ", "muted"), (asked, "bold")))
    if row.mean_s is not None:
        late = row.asked_s is not None and row.mean_s > LATE * row.asked_s
        mean = f"{row.mean_s:.1f} s" + (", late" if late else "")
        parts.append((("achieved ", "muted"), (mean, "warn" if late else "bold")))
    if row.worst_s is not None:
        late = row.asked_s is not None and row.worst_s > 2.0 * row.asked_s
        parts.append((("worst ", "muted"), (f"{row.worst_s:.1f} s", "warn" if late else "")))
    left = (f"{row.skipped} skipped", "warn" if row.skipped else "")
    parts.append((("rounds ", "muted"), (f"{row.rounds}, ", ""), left))
    if row.asked_all:
        share = format.percent(row.answered_all / row.asked_all)
        parts.append((("scrapes answered ", "muted"), (share, "")))
    if row.took_mean_ms is not None and row.took_worst_ms:
        took = f"{format.latency(row.took_mean_ms)}, worst {format.latency(row.took_worst_ms)}"
        parts.append((("a round takes ", "muted"), (took, "")))
    if row.late_worst_ms:
        parts.append((("began late by up to ", "muted"), (format.latency(row.late_worst_ms), "")))
    return parts


def _failure(vm: ViewModel, row: ScrapeFailureRow, width: int) -> Line:
    name = sanitize(row.pod, 120)
    room = min(len(name), max(14, width * 2 // 5))
    sign = vm.symbols.replica["starting" if row.why == "starting" else "unreachable"]
    style = "info" if row.why == "starting" else "bad"
    text = sanitize(row.text, 300)
    why = sanitize(row.why, 20)
    said = text if text.startswith(why) or not why else f"{why}: {text}" if text else why
    line: Line = (
        (f" {sign} ", style),
        (fit_middle(name, room, vm.symbols.ellipsis), ""),
        (f"  {row.failures} failed", style),
        (f" {vm.symbols.dot} {said}", "muted"),
    )
    return clip(shortened(line, width, vm.symbols.ellipsis), width, vm.symbols.ellipsis)


PANELS = (
    Panel(
        id="polling",
        title="Polling",
        lines=lines,
        reads=(health_detail.health_detail,),
    ),
)
