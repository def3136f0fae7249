"""How well the controller's log is understood: lines by dialect, and unknown messages."""

from wvatui.core.lines import many
from wvatui.core.queries.health import health_detail
from wvatui.core.queries.session import session_rows
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, clip, cut, flow, rule, wrapped
from wvatui.ui.draw.sanitize import fit_right, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.controller.absent import no_log


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, the counts, then each kind of unknown message with a sample."""
    detail, symbols = vm.ask(health_detail.health_detail), vm.symbols
    log = detail.log
    summary = many(log.lines, "line") if log.lines else ""
    if log.unknown:
        summary += f", {log.unknown} unknown"
    out = [rule("Log lines recognised", summary, width, symbols)]
    body: list[Line] = []
    if log.alarm:
        pieces = wrapped(sanitize(log.alarm, 400), width - 4)
        body += [((f" {symbols.warn} {piece}", "bold warn"),) for piece in pieces]
    if not log.lines:
        body += [((f" {piece}", "muted"),) for piece in wrapped(no_log(vm), width - 2)]
    elif not log.alarm:
        sign = symbols.level["ok"] if not log.unknown else symbols.level["warn"]
        style = "ok" if not log.unknown else "warn"
        share = format.percent(1 - log.unknown / log.lines)
        text = (
            "every line is recognised"
            if not log.unknown
            else f"{share} of the lines are recognised"
        )
        body.append(((f" {sign} ", style), (text, style if log.unknown else "")))
    parts: list[Line] = [
        ((f"{sanitize(name, 30)} ", "muted"), (format.count(count), ""))
        for name, count in log.dialects
    ]
    if parts:
        body += [
            ((" ", ""), *line)
            for line in flow([(("dialects", "muted"),), *parts], width - 2, ("  ", ""))
        ]
    for row in log.templates:
        count = (f" {fit_right(format.count(row.count), 5)}x ", "warn")
        sample = (sanitize(row.sample or row.template, 400), "")
        body.append(clip((count, sample), width, symbols.ellipsis))
    for kind, number in detail.unknown_kinds:
        text = f"{many(number, 'event')} of a kind that this version does not know: "
        body.append(((f" {symbols.level['warn']} {text}", "warn"), (sanitize(kind, 40), "")))
    if log.out_of_range:
        pieces = wrapped(sanitize(log.out_of_range, 400), width - 4)
        body += [((f" {symbols.level['warn']} {piece}", "warn"),) for piece in pieces]
    if detail.bad_samples:
        text = f"{many(detail.bad_samples, 'sample')} on metrics pages could not be read"
        body.append(((f" {symbols.level['warn']} {text}", "warn"),))
    return [*out, *cut(body, max(1, height - 1), symbols)]


def height_for(vm: ViewModel, width: int) -> int:
    """The lines that the whole panel takes."""
    return len(lines(vm, width, 10_000))


PANELS = (
    Panel(
        id="understood",
        title="Log lines recognised",
        lines=lines,
        reads=(health_detail.health_detail, session_rows.header),
    ),
)
