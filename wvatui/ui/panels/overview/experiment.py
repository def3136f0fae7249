"""The stage bar of an experiment: the present stage, its progress, the next ones, the tail."""

from wvatui.core.lines import many
from wvatui.core.queries.load import experiment_rows
from wvatui.core.rows.load_views import ExperimentView, StageNext, StageNow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, width_of
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols, bar
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

NAMED = 3
"""The most stages that are named; of more only the number is shown."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """One line, with fewer details where not all fit; empty without an experiment."""
    view = vm.ask(experiment_rows.experiment)
    if view is None:
        return []
    for details in range(5, -1, -1):
        line = _line(view, vm.symbols, details)
        if width_of(line) <= width:
            break
    return [clip(line, width, vm.symbols.ellipsis)]


def _line(view: ExperimentView, symbols: Symbols, details: int) -> Line:
    """The line with `details` from 5 (all) to 0. Each step leaves out one more: the stages after
    the next (4), the tail (3), the experiment's name (2), the names of stages that run at once
    (1), the time of the whole experiment (0)."""
    spans: list[Span] = [(" ", "")]
    if details > 2 or view.phase in ("before", "reset"):
        spans += [(sanitize(view.name, 60), "bold accent"), ("  ", "")]
    spans += {"load": _load, "tail": _tail, "over": _over}.get(view.phase, _before)(
        view, symbols, details
    )
    if view.failed and view.phase != "over":
        spans += [("  ", ""), (f"{symbols.level['bad']} {view.failed} failed", "bold bad")]
    return tuple(spans)


def _before(view: ExperimentView, symbols: Symbols, details: int) -> list[Span]:
    doing = "scaling to 0 and back" if view.phase == "reset" else "begins"
    plan = f"{many(len(view.ahead), 'stage')} in {format.age(view.total_s)}"
    return [(f"{symbols.replica['pending']} {doing}", "warn"), (f"  then {plan}", "muted")]


def _load(view: ExperimentView, symbols: Symbols, details: int) -> list[Span]:
    spans: list[Span] = []
    if details and view.elapsed_s is not None:
        ratio = min(1.0, view.elapsed_s / view.total_s) if view.total_s > 0 else 1.0
        spans += [
            (bar(ratio, 6, symbols), "info"),
            (f" {format.age(view.elapsed_s)} of {format.age(view.total_s)}  ", "muted"),
        ]
    if not view.running:
        spans.append((f"{symbols.pause} no stage", "muted"))
    elif len(view.running) > NAMED or (len(view.running) > 1 and details < 2):
        spans.append((f"{symbols.play} {len(view.running)} stages", "bold info"))
    else:
        for index, stage in enumerate(view.running):
            spans += [(" + ", "muted")] if index else [(f"{symbols.play} ", "bold info")]
            spans += _now(stage)
    following = view.ahead if details == 5 else view.ahead[:1]
    for index, ahead in enumerate(following[:NAMED]):
        spans.append(("  next " if not index else ", ", "muted"))
        spans += _next(ahead)
    if len(view.ahead) > len(following[:NAMED]) and details:
        spans.append((f" and {len(view.ahead) - len(following[:NAMED])} more", "muted"))
    if details > 3:
        spans.append((f"  then {_tail_words(view)}", "muted"))
    return spans


def _now(stage: StageNow) -> list[Span]:
    rate = f" {stage.rate:.4g}/s" if stage.rate is not None else ""
    elapsed = format.age(stage.elapsed_s)
    how = "starting" if stage.elapsed_s is None else f"{elapsed} of {format.age(stage.total_s)}"
    return [(f"{sanitize(stage.name, 40)}{rate}", "bold"), (f" {how}", "")]


def _next(stage: StageNext) -> list[Span]:
    rate = f" {stage.rate:.4g}/s" if stage.rate is not None else ""
    when = f" in {format.age(stage.in_s)}" if stage.in_s is not None else ""
    return [(f"{sanitize(stage.name, 40)}{rate}", ""), (when, "muted")]


def _tail_words(view: ExperimentView) -> str:
    if view.tail_s is None:
        return "tail until settled"
    return f"tail {format.age(view.tail_s)}" if view.tail_s else "no tail"


def _tail(view: ExperimentView, symbols: Symbols, details: int) -> list[Span]:
    so_far = format.age(view.in_tail_s)
    if view.tail_s is None:
        wait = f"{so_far}, until the replicas have settled"
    else:
        wait = f"{so_far} of {format.age(view.tail_s)}"
    spans: list[Span] = [(f"{symbols.play} tail ", "bold info"), (wait, "")]
    return spans + ([(f"  the load has ended: {_counted(view)}", "muted")] if details else [])


def _over(view: ExperimentView, symbols: Symbols, details: int) -> list[Span]:
    well = view.ended == "finished" and not view.failed
    sign, style = (symbols.level["ok"], "ok") if well else (symbols.level["warn"], "warn")
    return [
        (f"{sign} {sanitize(view.ended, 20)}", f"bold {style}"),
        (f"  {_counted(view)}", "muted"),
    ]


def _counted(view: ExperimentView) -> str:
    """The counts of stages by state: `2 done, 1 failed`."""
    return ", ".join(f"{count} {sanitize(status, 20)}" for status, count in view.counts)


PANELS = (
    Panel(
        id="experiment",
        title="Experiment",
        lines=lines,
        reads=(experiment_rows.experiment,),
    ),
)
