"""What-if: a table of the alternatives, compared with what really happened."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from wvatui.analysis.whatif.table import TrialLine
from wvatui.core.queries.session import session_rows
from wvatui.core.whatif.course import Figures
from wvatui.core.whatif.report import gap, percent
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, clip, heading
from wvatui.ui.draw.sanitize import sanitize, told_in
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, Drawn, Panel, draw, widths_of
from wvatui.ui.model.view_model import ViewModel

EXAMPLES = (
    ("rule v2", "another rule: v1, v2, v0.4.2"),
    ("hpa hpa.yaml", "the manifest of an HPA"),
    ("scaledobject so.yaml", "the manifest of a ScaledObject"),
    ("replicas 2,4", "so many replicas, always"),
    ("rule v1 kvSpareTrigger=0.3 or rule v2", "several alternatives in one table"),
)
"""Examples of what can be typed, as (text, meaning)."""
LEGEND = (
    "closed: queues react to the replicas, so believe it; open: queues as recorded",
    "rep-min: replica-minutes; any sat, all sat: time with one, all pods saturated",
    "chg: changes of size, back: those that undo the one before; gap: most not ready",
)
"""The meaning of the columns, and which loop is more reliable."""


def examples(vm: ViewModel) -> tuple[tuple[str, str], ...]:
    """`EXAMPLES` for this session, as (text, meaning): with WVA, a threshold of its rule comes
    first; without, a field of the scaler that decides, and the other scalers."""
    head = vm.ask(session_rows.header)
    key = "scaleUpThreshold=0.7" if "V2" in head.analyzer else "kvSpareTrigger=0.3"
    threshold = (key, "another threshold; or 0.2,0.3")
    target = "triggers[0].threshold=3" if "KEDA" in head.driver else "metrics[0].target=3"
    field = ("scaleDown.window=60s", f"another field of the HPA; or {target}")
    return (threshold, *EXAMPLES) if head.with_wva else (field, *EXAMPLES[1:4], EXAMPLES[0])


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A title, then one line per alternative; before anything was tried, the examples."""
    trials = vm.trials
    if not trials.lines:
        return _empty(vm, width)[:height]
    right = _progress(vm)
    title = heading(
        f"What if: {sanitize(trials.asked, 200) or 'own rule'}", right, width, vm.symbols
    )
    table = _table(vm, width, height - 1).lines
    legend: list[Line] = [((f" {piece}", "muted"),) for piece in LEGEND]
    return [title, *table, *legend][:height]


def rows(vm: ViewModel) -> tuple[str, ...]:
    """The keys of all lines."""
    return tuple(line.key for line in vm.trials.lines)


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of the row of each line; "" for titles."""
    return ["", *_table(vm, width, height - 1).keys] if vm.trials.lines else []


def height_for(vm: ViewModel) -> int:
    """The lines that the whole table takes."""
    return 2 + len(vm.trials.lines) + len(LEGEND) if vm.trials.lines else 4 + len(EXAMPLES)


def _progress(vm: ViewModel) -> str:
    trials = vm.trials
    if not trials.running:
        return "w: other alternatives"
    done = len(trials.lines)
    return f"{done} of {max(done, trials.expected)} computed, esc stops"


def _empty(vm: ViewModel, width: int) -> list[Line]:
    trials, symbols = vm.trials, vm.symbols
    out: list[Line] = [heading("What if", "w: type one", width, symbols)]
    if trials.trouble:
        out.append(((f" {symbols.level['bad']} {sanitize(trials.trouble, 400)}", "bad"),))
    elif trials.running:
        out.append(((" reading the session", "muted"),))
    else:
        text = " Decide this session again by other rules. Press w and type one, for example:"
        out.append(((text, "muted"),))
    shown = examples(vm)
    wide = max(len(text) for text, _ in shown)
    out += [((f"   {text:<{wide}}  ", "bold"), (meaning, "muted")) for text, meaning in shown]
    return out


def _table(vm: ViewModel, width: int, height: int) -> Drawn:
    selected = vm.trial.key if vm.trial is not None else ""
    room = widths_of([column for column in COLUMNS if column.wide <= width], width)[0]
    names = told_in(room, map(_named, vm.trials.lines), vm.symbols.ellipsis)
    label = replace(COLUMNS[0], cell=partial(_label, names=names))
    drawn = draw(
        (label, *COLUMNS[1:]),
        vm.trials.lines,
        lambda line: line.key,
        selected=selected,
        width=width,
        height=height,
        symbols=vm.symbols,
    )
    why = {line.key: line.row.impossible for line in vm.trials.lines if line.row.figures is None}
    begin = room + COLUMNS[1].width + 3  # beside the label and the loop, where figures would be
    for place, key in enumerate(drawn.keys):
        if key in why:
            head = clip(drawn.lines[place], begin, "")
            said = ((sanitize(why[key], 300), f"warn{' on' * (key == selected)}"),)
            drawn.lines[place] = clip((*head, *said), width, vm.symbols.ellipsis)
    return drawn


def _named(line: TrialLine) -> str:
    row = line.row
    models = len({row.model, line.real.model}) > 1
    return sanitize(f"{row.model} {row.label}" if models else row.label, 200)


def _label(line: TrialLine, symbols: Symbols, names: Mapping[str, str]) -> Line:
    row, text = line.row, _named(line)
    text = names.get(text, text)
    if row.figures is None:
        return ((text, "muted"),)
    return ((text, "bold" if row.loop == "recorded" else ""),)


def _loop(line: TrialLine, symbols: Symbols) -> Span:
    said = {"recorded": "real", "open": "open", "closed": "closed"}[line.row.loop]
    return (said, "info" if said == "closed" else "muted")


def _cell(text: Callable[[Figures], str]) -> Callable[[TrialLine, Symbols], Span]:
    def cell(line: TrialLine, symbols: Symbols) -> Span:
        figures = line.row.figures
        if figures is None:
            return ("", "")
        said = text(figures)
        return (said, "muted" if said == format.MISSING else "")

    return cell


def _against(line: TrialLine, symbols: Symbols) -> Span:
    """The difference of replica-minutes to the recorded ones."""
    mine, real = line.row.figures, line.real.figures
    if mine is None or real is None or line.row is line.real:
        return ("", "")
    more = mine.replica_minutes - real.replica_minutes
    if abs(more) < 0.05:
        return ("=", "muted")
    return (f"{more:+.0f}" if abs(more) >= 9.95 else f"{more:+.1f}", "warn" if more > 0 else "ok")


def _range(line: TrialLine, symbols: Symbols) -> Span:
    """The lowest and the highest replica-minutes over all assumptions."""
    span = line.row.between("replica_minutes")
    if span is None or span[1] - span[0] < 0.05:
        return ("", "")
    return (f"{span[0]:.0f}-{span[1]:.0f}", "muted")


def _minutes(figures: Figures) -> str:
    return (
        f"{figures.replica_minutes:.1f}"
        if figures.replica_minutes < 1000
        else (f"{figures.replica_minutes:.0f}")
    )


COLUMNS: tuple[Column[TrialLine], ...] = (
    Column(
        "label", "alternative", 17, partial(_label, names={}), lambda x: x.row.label, grows=True
    ),
    Column("loop", "loop", 6, _loop, lambda x: x.row.loop),
    Column("minutes", "rep-min", 7, _cell(_minutes), lambda x: x.key, right=True),
    Column("against", "±", 5, _against, lambda x: x.key, right=True),
    Column("range", "between", 9, _range, lambda x: x.key, right=True, wide=104),
    Column(
        "cost",
        "cost",
        7,
        _cell(lambda f: format.cost(f.cost)),
        lambda x: x.key,
        right=True,
        wide=88,
    ),
    Column(
        "mean", "mean", 5, _cell(lambda f: f"{f.mean:.2f}"), lambda x: x.key, right=True, wide=96
    ),
    Column("peak", "peak", 4, _cell(lambda f: str(f.peak)), lambda x: x.key, right=True),
    Column(
        "saturated",
        "any sat",
        7,
        _cell(lambda f: percent(f.saturated)),
        lambda x: x.key,
        right=True,
    ),
    Column(
        "all",
        "all sat",
        7,
        _cell(lambda f: percent(f.all_saturated)),
        lambda x: x.key,
        right=True,
        wide=100,
    ),
    Column("changes", "chg", 3, _cell(lambda f: str(f.changes)), lambda x: x.key, right=True),
    Column("turns", "back", 4, _cell(lambda f: str(f.reversals)), lambda x: x.key, right=True),
    Column("gap", "gap", 9, _cell(gap), lambda x: x.key, right=True),
)


PANELS = (
    Panel(
        id="trials",
        title="What if",
        lines=lines,
        rows=rows,
        keys=keys,
        reads=(session_rows.header,),
        pointed=lambda vm: vm.trial.key if vm.trial is not None else "",
    ),
)
