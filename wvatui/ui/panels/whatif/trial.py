"""One alternative: its replicas over the recorded ones, remarks, assumptions and sensitivity."""

from functools import lru_cache

from wvatui.analysis.whatif.table import TrialLine, chart
from wvatui.core.rows.views import ChartView
from wvatui.core.whatif.assumptions import CLOSED_LOOP, OPEN_LOOP
from wvatui.core.whatif.report import percent, remarks
from wvatui.ui.chart.frame import FrameStyle, render
from wvatui.ui.draw.line import Line, Section, fitted, wrapped
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import ASCII, UNICODE
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel


def course(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A chart of the selected alternative's replicas over the recorded ones."""
    line = vm.trial
    if line is None or height < 3:
        return []
    view_state = vm.view_state
    seen = (view_state.cursor, view_state.clock, vm.status.started_at)
    return list(_drawn(chart(line), width, height, vm.symbols.unicode, seen))


@lru_cache(maxsize=8)
def _drawn(
    view: ChartView,
    width: int,
    height: int,
    unicode: bool,
    seen: tuple[float | None, str, float],
) -> tuple[Line, ...]:
    """The lines of the chart, cached: a live session would draw it ten times a second."""
    return tuple(render(view, width, height, UNICODE if unicode else ASCII, FrameStyle({}, *seen)))


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The remarks, assumptions and sensitivity of the selected alternative."""
    line = vm.trial
    if line is None:
        return []
    sections = [
        Section(sanitize(line.row.label, 80), _said(line, width), least=2),
        Section("Assumed", _assumed(line, width), "where each number is from", least=3),
        Section("How much hangs on it", _sensitivity(line, width), "one changed at a time"),
    ]
    return fitted(sections, width, height, vm.symbols)


def _said(line: TrialLine, width: int) -> list[Line]:
    row = line.row
    loop = {"open": OPEN_LOOP, "closed": CLOSED_LOOP}.get(row.loop, "What was recorded.")
    label = f"{row.label}: "
    texts = [sanitize(text, 600).removeprefix(sanitize(label, 80)) for text in remarks(row)]
    if row.impossible:
        texts.insert(0, f"not possible: {sanitize(row.impossible, 400)}")
    if line.tried.remark:
        texts.append(sanitize(line.tried.remark, 300))
    out: list[Line] = []
    for text in texts:
        out += [((f" {piece}", ""),) for piece in wrapped(text, width - 2)]
    return [*out, *(((f" {piece}", "muted"),) for piece in wrapped(loop, width - 2))]


def _assumed(line: TrialLine, width: int) -> list[Line]:
    out: list[Line] = []
    for assumption in line.tried.trial.told:
        style = "warn" if assumption.source == "assumed" else "ok"
        pieces = wrapped(sanitize(assumption.text, 300), width - 12)
        out.append(((f" {assumption.source:<9} ", style), (pieces[0], "")))
        out += [((f"{'':<11}{piece}", ""),) for piece in pieces[1:]]
    return out


def _sensitivity(line: TrialLine, width: int) -> list[Line]:
    figures = line.row.figures
    if figures is None:
        return []
    out: list[Line] = []
    for changed in line.row.sensitivity:
        more = changed.figures.replica_minutes - figures.replica_minutes
        said = f"{more:+8.1f} rep-min, peak {changed.figures.peak}, "
        said += f"saturated {percent(changed.figures.saturated)}"
        out.append(((f" {said}  ", ""), (sanitize(changed.change, 200), "muted")))
    return out


PANELS = (
    Panel(
        id="course",
        title="Replicas of an alternative",
        lines=course,
    ),
    Panel(
        id="trial",
        title="One alternative",
        lines=lines,
    ),
)
