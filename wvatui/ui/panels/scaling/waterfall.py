"""One change of replicas as a waterfall: each step a bar from the step before it, to scale."""

from wvatui.core.queries.scaling import scaling
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.scale_views import TITLES, PodSteps, ScaleEvent
from wvatui.ui.draw.line import Line, Span, cut, rule
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.scaling.changes import move, seconds

STYLES = {
    "crossing": "bad",
    "onset": "bad",
    "decision": "warn",
    "desired": "info",
    "spec": "info",
    "scheduled": "muted",
    "image": "muted",
    "started": "muted",
    "ready": "warn",
    "served": "ok",
    "leaving": "info",
    "drained": "ok",
}
WHO = {
    "crossing": "load",
    "onset": "load",
    "decision": "controller",
    "desired": "HPA, KEDA",
    "spec": "HPA, KEDA",
    "scheduled": "Kubernetes",
    "image": "Kubernetes",
    "started": "Kubernetes",
    "ready": "engine",
    "served": "engine",
    "leaving": "Kubernetes",
    "drained": "engine",
}
"""Step → who takes the time until it."""
OPEN = ("under way", "not carried out")
"""Outcomes of changes that may still go on."""
NAME, TIME, LAG, OWNER = 12, 9, 8, 11
WIDE = 100
"""The width, in cells, from which each step names who takes its time."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, the steps, one line per replica where there are several, and the axis if it fits."""
    event = vm.change
    if event is None:
        return [rule("How long it took", "", width, vm.symbols)]
    symbols = vm.symbols
    until = vm.state_now if event.outcome in OPEN else event.end
    drawing = _Drawing(event, max(until, event.begin + 1.0), width, symbols)
    out = [rule(_title(event, symbols), _total(event), width, symbols)]
    out += [_step(vm, drawing, number) for number in range(len(event.steps))]
    if len(event.pods) > 1:
        out += [_pod(drawing, pod) for pod in event.pods]
    room = max(1, height - 1)
    if len(out) < height:
        out += [drawing.axis()] if until - event.begin >= 2.0 else []
        return out
    return [out[0], *cut(out[1:], room, symbols)]


class _Drawing:
    """The scale of the drawing: the time from `begin` to `until` over `columns` cells."""

    def __init__(self, event: ScaleEvent, until: float, width: int, symbols: Symbols) -> None:
        self.begin, self.until, self.symbols = event.begin, until, symbols
        self.owner = OWNER if width >= WIDE else 0
        self.left = 1 + NAME + TIME + LAG + self.owner
        self.columns = max(8, width - self.left - 2)

    def column(self, at: float) -> int:
        """The column of a moment (UTC epoch seconds)."""
        share = (at - self.begin) / (self.until - self.begin)
        return min(self.columns - 1, max(0, int(share * self.columns)))

    def bar(self, since: float | None, at: float, style: str) -> Line:
        """A bar from `since` to `at`, with blanks before it; without `since`, only its end."""
        end = self.column(at)
        start = end if since is None else min(end, self.column(since))
        full = self.symbols.bar_full
        sign = self.symbols.live if since is None else full
        return (
            (" " * start, ""),
            (full * (end - start), style),
            (sign, f"bold {style}"),
        )

    def axis(self) -> Line:
        """The axis: zero, and the time at the middle and at the end."""
        span = self.until - self.begin
        marks = [(0, "0s"), (self.columns // 2, seconds(span / 2)), (self.columns, seconds(span))]
        text = ""
        for at, word in marks:
            place = min(at, self.columns - len(word))
            text = text.ljust(max(0, place)) + word
        return ((" " * self.left, ""), (text, "muted"))


def _title(event: ScaleEvent, symbols: Symbols) -> str:
    text = "".join(part for part, _ in move(event, event.variant, symbols))
    return sanitize(text, 100)


def _total(event: ScaleEvent) -> str:
    if event.took_s is None:
        return event.outcome
    first = next(step.id for step in event.steps if step.at is not None)
    return f"{seconds(event.took_s)} from {TITLES[first]} to {TITLES[event.steps[-1].id]}"


def _step(vm: ViewModel, drawing: _Drawing, number: int) -> Line:
    event = vm.change
    assert event is not None
    step = event.steps[number]
    owner: Span = (WHO[step.id].ljust(drawing.owner)[: drawing.owner], "muted")
    name: Span = (f" {TITLES[step.id]:<{NAME}}", "" if step.at is not None else "muted")
    if step.at is None:
        blank = " " * (TIME + LAG)
        return (name, (blank, ""), owner, *_hole(vm, drawing, number))
    before = next((s.at for s in reversed(event.steps[:number]) if s.at is not None), None)
    lag = "" if step.lag_s is None else f"+{seconds(step.lag_s)}"
    return (
        name,
        (f"{vm.time(step.at):<{TIME}}", "muted"),
        (f"{lag:>{LAG - 1}} ", "bold" if step.lag_s else "muted"),
        owner,
        *drawing.bar(before, step.at, STYLES[step.id]),
    )


def _hole(vm: ViewModel, drawing: _Drawing, number: int) -> Line:
    """The text of a step that was not seen; a line for the step that the change waits for."""
    event = vm.change
    assert event is not None
    step = event.steps[number]
    seen = [each.at for each in event.steps[:number] if each.at is not None]
    later = any(each.at is not None for each in event.steps[number:])
    first = all(
        each.at is not None or each.id in ("onset", "crossing") for each in event.steps[:number]
    )
    if event.outcome not in OPEN or later or not seen:
        return (("not seen", "muted"),)
    if not first:
        return (("still to come", "muted"),)
    style = "bad" if event.outcome == "not carried out" else "info"
    some = f", {step.taken} of {step.of} so far" if step.taken and step.of else ""
    words = f" {seconds(drawing.until - max(seen))} and waiting{some}"
    start, end = drawing.column(max(seen)), drawing.column(drawing.until)
    length = max(1, min(end - start + 1, drawing.columns - start))
    if len(words) > length:
        # The text is longer than the stretch, so it begins to the left of it.
        start = max(0, min(start, drawing.columns - len(words)))
        return ((" " * start, ""), (words.strip(), f"bold {style}"))
    line = drawing.symbols.threshold * (length - len(words))
    return ((" " * start, ""), (line, style), (words, f"bold {style}"))


def _pod(drawing: _Drawing, pod: PodSteps) -> Line:
    """The line of one replica: waiting for node and image, loading, serving its first token."""
    at = {step.id: step.at for step in pod.steps}
    known = [step.at for step in pod.steps if step.at is not None]
    spans: list[Span] = [
        (f"   {fit(sanitize(pod.pod, 80)[-(NAME + TIME - 3) :], NAME + TIME - 3)}", "")
    ]
    total = max(known) - min(known) if len(known) > 1 else None
    spans.append((f" {seconds(total):>{LAG - 1}} ".rjust(LAG)[:LAG], "muted"))
    spans.append((" " * (drawing.left - sum(len(text) for text, _ in spans)), ""))
    cells = [(" ", "")] * drawing.columns
    marks = (
        ("scheduled", "started", "-", "muted"),
        ("started", "ready", "=", "warn"),
        ("ready", "served", "=", "ok"),
        ("leaving", "drained", "=", "ok"),
    )
    full, light = drawing.symbols.bar_full, drawing.symbols.rule
    for first, last, sign, style in marks:
        a, b = at.get(first), at.get(last)
        if a is not None and b is not None:
            for cell in range(drawing.column(a), drawing.column(b) + 1):
                cells[cell] = (light if sign == "-" else full, style)
    return (*spans, *_runs(cells))


def _runs(cells: list[Span]) -> Line:
    """The cells as spans; neighbours with the same style are one span."""
    out: list[Span] = []
    for text, style in cells:
        if out and out[-1][1] == style:
            out[-1] = (out[-1][0] + text, style)
        else:
            out.append((text, style))
    return tuple(out)


PANELS = (
    Panel(
        id="waterfall",
        title="One change of replicas",
        lines=lines,
        reads=(scaling.scaling, variant_rows.variants),
    ),
)
