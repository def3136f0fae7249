"""The selected load job: its facts, its stages, why it failed, the end of its log."""

from rich.cells import cell_len

from wvatui.core.queries.load import load_rows, stage_stats
from wvatui.core.rows.load_views import JobRow, PlannedStageRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Section, Span, fitted, flow, heading, wrapped
from wvatui.ui.draw.sanitize import fit, sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.panels.load.jobs import rate, told

_STYLES = {"now": "bold info", "done": "ok"}
_SIGNS = {"ahead": "ahead", "now": "now", "done": "done", "cut": "not reached"}


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title with the job's state, its facts, then its stages and the end of its log."""
    row, symbols = vm.job, vm.symbols
    if row is None:
        return [heading("Job", "", width, symbols), ((" no job is selected", "muted"),)][:height]
    state, style = told(row, symbols)
    title = heading(f"Job {sanitize(row.title, 120)}", state, width, symbols)
    title = tuple((text, style if state in text else how) for text, how in title)
    head = [*_trouble(row, width, symbols), *_facts(row, width, symbols)]
    plan = vm.ask(load_rows.job_plan, row.key)
    log = vm.ask(load_rows.job_log, row.key, max(8, height))
    room = height - 1
    head = head[: max(1, room // 2)] if plan or log else head[:room]
    stages = _stages(vm, row, plan, width)
    if len(stages) > max(1, room - len(head) - 3):
        stages = _chips(plan, width, symbols)
    # The end of a log matters most: keep the last lines that fit.
    left = room - len(head) - (1 + len(stages) if stages else 0)
    tail = _log(vm, log, width)[-max(1, left - 1) :]
    sections = (
        Section("Stages", stages, _plan_words(vm, row), least=min(4, len(stages))),
        Section("Log", tail, "the end of it", least=1),
    )
    return [title, *head, *fitted(sections, width, room - len(head), symbols)][:height]


def _trouble(row: JobRow, width: int, symbols: Symbols) -> list[Line]:
    """The reason for the job's state, unless it runs or has succeeded."""
    text = sanitize(row.status_text, 600)
    if row.status in ("running", "succeeded") or text == row.status:
        return []
    style = "bad" if row.status == "failed" else "warn" if row.status == "pending" else "muted"
    sign = symbols.level["bad" if row.status == "failed" else "warn"]
    pieces = wrapped(f"{sign} {text}", width - 2)
    return [((f" {piece}", style),) for piece in pieces[:3]]


def _facts(row: JobRow, width: int, symbols: Symbols) -> list[Line]:
    pairs: list[tuple[str, str]] = [("", f"{row.kind} {row.namespace}/{row.name}")]
    owner = row.source if row.source == "wvatui" else f"found, {row.harness or 'not ours'}"
    pairs += [("tool", row.tool), ("profile", row.profile), ("by", owner)]
    pairs += [("target", row.target), ("model", row.model), ("image", row.image)]
    if row.done is not None:
        of = f" of {row.total}" if row.total else ""
        pairs.append(("requests", f"{row.done}{of}"))
    if row.rate is not None:
        pairs.append(("finished", f"{row.rate:.3g}/s"))
    if row.elapsed_s is not None:
        pairs.append(("ran" if not row.active else "runs", format.age(row.elapsed_s)))
    parts: list[Line] = []
    for name, value in pairs:
        text = sanitize(value, 200)
        if text:
            shown = fit(text, min(cell_len(text), max(8, width - 12)), symbols.ellipsis)
            parts.append((((f"{name} ", "muted"),) if name else ()) + ((shown, ""),))
    return [((" ", ""), *line) for line in flow(parts, width - 2, ("  ", ""))]


def _plan_words(vm: ViewModel, row: JobRow) -> str:
    """The remaining time of the job, and the key that shows the results of its stages."""
    hints = ["c tells what each did"] if vm.ask(stage_stats.stage_rows) else []
    if row.active and row.remaining_s is not None:
        hints.insert(0, f"{format.age(row.remaining_s)} left")
    return ", ".join(hints)


def _stages(
    vm: ViewModel, row: JobRow, plan: tuple[PlannedStageRow, ...], width: int
) -> list[Line]:
    if not plan:
        return [((" its plan is not known", "muted"),)] if row.tool or row.active else []
    names = min(16, max(cell_len(sanitize(stage.name, 40)) for stage in plan))
    return [_stage(vm, number, stage, names) for number, stage in enumerate(plan, 1)]


def _chips(plan: tuple[PlannedStageRow, ...], width: int, symbols: Symbols) -> list[Line]:
    """Stages in a few cells each: symbol and rate (or name); the present one with a word."""
    parts: list[Line] = []
    for stage in plan:
        name = rate(stage.rate) if stage.rate is not None else sanitize(stage.name, 24)
        word = f" {_SIGNS[stage.state]}" if stage.state in ("now", "cut") else ""
        parts.append(
            ((f"{_sign(stage, symbols)} {name}{word}", _STYLES.get(stage.state, "muted")),)
        )
    return [((" ", ""), *line) for line in flow(parts, width - 2, ("  ", ""))]


def _sign(stage: PlannedStageRow, symbols: Symbols) -> str:
    return {
        "ahead": symbols.replica["pending"],
        "now": symbols.play,
        "done": symbols.level["ok"],
        "cut": symbols.replica["gone"],
    }[stage.state]


def _stage(vm: ViewModel, number: int, stage: PlannedStageRow, names: int) -> Line:
    """The line of a stage: symbol, number, name, rate, start, duration, and its state as a word."""
    symbols = vm.symbols
    sign, style = _sign(stage, symbols), _STYLES.get(stage.state, "muted")
    begin = vm.time(stage.since) if stage.since is not None else f"+{format.age(stage.start_s)}"
    length = "to the end" if stage.duration_s is None else format.age(stage.duration_s)
    spans: list[Span] = [(f" {sign} {number:>2} ", style)]
    if names:
        spans.append((fit(sanitize(stage.name, 40), names, symbols.ellipsis) + " ", ""))
    spans += [
        (f"{rate(stage.rate):>8}", "bold" if stage.state == "now" else ""),
        (f"  {begin:>8}", "muted"),
        (f"  {length:<5}", "muted"),
        (f"  {_SIGNS[stage.state]}", style),
    ]
    return tuple(spans)


def _log(vm: ViewModel, log: tuple[tuple[float, str], ...], width: int) -> list[Line]:
    if not log:
        return [((" nothing of its log was recorded", "muted"),)]
    return [((f" {vm.time(at)} ", "muted"), (sanitize(text, 2 * width), "")) for at, text in log]


PANELS = (
    Panel(
        id="job",
        title="One load job",
        lines=lines,
        reads=(
            load_rows.job_log,
            load_rows.job_plan,
            load_rows.jobs,
            stage_stats.stage_rows,
        ),
    ),
)
