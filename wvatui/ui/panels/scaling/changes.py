"""The changes of replicas as a table: size, outcome, duration, and the longest step of each."""

from wvatui.core.lines import told_apart
from wvatui.core.queries.scaling import scaling
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.scale_views import TITLES, ScaleEvent, ScaleStep
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span
from wvatui.ui.draw.sanitize import sanitize
from wvatui.ui.draw.symbols import Symbols
from wvatui.ui.model.panel import Column, TablePanel
from wvatui.ui.model.view_model import ViewModel

ID = "changes"
SORTS = ("time", "move", "took", "ready", "longest", "outcome")
"""Ids of the columns by which the table can be sorted."""
OUTCOMES = {
    "done": "ok",
    "under way": "info",
    "not carried out": "bold bad",
    "withdrawn": "muted",
    "not known": "muted",
}


def of_decision(vm: ViewModel) -> ScaleEvent | None:
    """The change of replicas that the selected decision or cycle belongs to; None: none."""
    selected = vm.view_state.selected.get("cycles", "")
    cycle = vm.cycle if selected.startswith("cycle:") else None
    rows = cycle.row.decisions if cycle else (vm.decision,) if vm.decision else ()
    at = {(row.namespace, row.variant): row.at for row in rows if selected}
    near = [
        (abs((event.at("decision") or event.begin) - when), event)
        for event in vm.scaling.events
        if (when := at.get((event.namespace, event.variant))) is not None
        and event.begin - 1.0 <= when <= event.end
    ]
    return min(near, key=lambda pair: pair[0], default=(0.0, None))[1]


def _summary(vm: ViewModel) -> str:
    events = vm.scaling.events
    ups = sum(e.direction == "up" and e.outcome in ("done", "under way") for e in events)
    downs = sum(e.direction == "down" and e.outcome in ("done", "under way") for e in events)
    lost = sum(e.outcome == "not carried out" for e in events)
    parts = [f"{ups} up, {downs} down"] if events else []
    return ", ".join([*parts, *([f"{lost} not carried out"] if lost else [])])


def _all_columns(vm: ViewModel) -> tuple[Column[ScaleEvent], ...]:
    names = told_apart(sorted({vm.called(row) for row in vm.scaling.events}))
    several = len(names) > 1

    def moved(row: ScaleEvent, symbols: Symbols) -> Line:
        return move(row, names[vm.called(row)] if several else "", symbols)

    return (
        Column("time", "began", 8, lambda r, s: (vm.time(r.begin), ""), lambda r: r.begin),
        Column("move", "change", 8, moved, vm.called, grows=True),
        Column("outcome", "outcome", 15, _outcome, lambda r: r.outcome),
        Column(
            "took",
            "took",
            6,
            lambda r, s: (seconds(r.took_s), "bold"),
            lambda r: r.took_s,
            right=True,
        ),
        Column("ready", "till ready", 10, _ready, _ready_s, right=True, wide=70),
        Column("longest", "longest step", 20, _longest, lambda r: _longest_step(r)[1], wide=58),
    )


def move(row: ScaleEvent, name: str, symbols: Symbols) -> Line:
    """A change as `▲ 1→3`, with the variant's name if `name` is not empty."""
    sign = symbols.up if row.direction == "up" else symbols.down
    arrow = "→" if symbols.unicode else ">"
    before = symbols.missing if row.before is None else str(row.before)
    after = symbols.missing if row.after is None else str(row.after)
    arrows: Line = ((f"{sign} {before}{arrow}{after}", "bold info"),)
    return (*arrows, (f" {sanitize(name, 60)}", "")) if name else arrows


def seconds(value: float | None) -> str:
    """A duration in seconds as text of at most six cells: `48s`, `1m52s`, `12m`; None: a dash."""
    if value is None:
        return format.MISSING
    whole = round(value)
    if whole < 100:
        return f"{whole}s"
    return f"{whole // 60}m{whole % 60:02d}s" if whole < 600 else format.age(value)


def _outcome(row: ScaleEvent, symbols: Symbols) -> Span:
    return (row.outcome, OUTCOMES[row.outcome])


def _ready_s(row: ScaleEvent) -> float | None:
    last = "ready" if row.direction == "up" else "drained"
    since = row.lag("decision", last)
    return row.lag("crossing", last) if since is None else since


def _ready(row: ScaleEvent, symbols: Symbols) -> Span:
    return (seconds(_ready_s(row)), "")


def _longest_step(row: ScaleEvent) -> tuple[ScaleStep | None, float | None]:
    known = [step for step in row.steps if step.lag_s is not None]
    longest = max(known, key=lambda step: step.lag_s or 0.0, default=None)
    return longest, None if longest is None else longest.lag_s


def _longest(row: ScaleEvent, symbols: Symbols) -> Line:
    step, lag_s = _longest_step(row)
    if step is None or not lag_s:
        return ((symbols.missing, "muted"),)
    return ((f"{TITLES[step.id]} ", ""), (seconds(lag_s), "muted"))


def _selected(vm: ViewModel) -> str:
    return vm.view_state.selected.get(ID, "") or vm.scaling.events[0].key


TABLE = TablePanel(
    id=ID,
    title="Changes of replicas",
    records=lambda vm: vm.scaling.events,
    key=lambda row: row.key,
    columns=_all_columns,
    summary=_summary,
    empty=lambda vm: " no change of replicas seen yet, and none decided",
    selected=_selected,
)

PANELS = (TABLE.panel(scaling.scaling, variant_rows.variants, columns=SORTS),)
