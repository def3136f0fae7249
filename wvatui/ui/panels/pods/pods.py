"""The table of pods: a line for each, with its state, its load and its age."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rich.cells import cell_len

from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows, trend
from wvatui.core.queries.pods.replica_time import running_cost
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.views import ReplicaRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, rule
from wvatui.ui.draw.sanitize import fit_middle, sanitize
from wvatui.ui.draw.symbols import Symbols, bar, spark
from wvatui.ui.model.filtering import matching
from wvatui.ui.model.panel import Column, Drawn, Panel, arranged, draw, in_order, window_of
from wvatui.ui.model.view_model import ViewModel
from wvatui.ui.model.view_state import OWN_ORDER, Sort
from wvatui.ui.panels.overview.replicas import STATE_STYLES, URGENCY, late, searched
from wvatui.ui.panels.pods.words import counts, has_words, in_words, name_of, no_pods, shared_name

SORTS = (
    "state",
    "pod",
    "variant",
    "namespace",
    "kv",
    "kv_trend",
    "waiting",
    "waiting_trend",
    "running",
    "engines",
    "ttft",
    "itl",
    "tokens",
    "cost",
    "preemptions",
    "restarts",
    "seen",
    "age",
    "node",
)
"""Ids of the columns by which the table can be sorted, those that do not fit included."""
HEAD = 2
"""The number of lines above the first pod: the rule and the titles."""
_LEAST = (
    *("node", "waiting_trend", "age", "preemptions", "variant", "restarts", "kv_trend"),
    *("tokens", "itl", "ttft"),
)
"""Columns that are left out where there is no room, in this order."""
_NAME = (14, 40)
"""The least and the greatest width of a pod's name, in cells."""
_WHOLE = 24
"""The width, in cells, up to which a name is shown whole, at the cost of other columns."""


@dataclass(frozen=True, slots=True)
class PodLine:
    """One row: the pod, and its number in charts (0: none)."""

    row: ReplicaRow
    number: int = 0
    name: str = ""
    """The pod's name without what all names share."""
    trend: Callable[[str], Sequence[float | None]] = lambda _: ()
    """Returns the last minutes of a metric of the pod, `kv` or `waiting`."""
    late: tuple[str, ...] = ()
    """The latencies that miss an objective: `ttft`, `itl`."""
    price: float | None = None
    """The cost of the pod per hour; None: unknown, or the pod is not ready."""


def key_of(line: PodLine) -> str:
    """The key of a row: `pod:NAME`."""
    return f"pod:{line.row.pod}"


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """A rule with the number of pods in each state, titles, then as many pods as fit."""
    return drawn(vm, width, height).lines


def keys(vm: ViewModel, width: int, height: int) -> list[str]:
    """The key of the pod of each line; "" for other lines."""
    return drawn(vm, width, height).keys


def rows(vm: ViewModel) -> tuple[str, ...]:
    """Keys of all pods in the order shown."""
    return tuple(key_of(line) for line in vm.once(ordered))


def ordered(vm: ViewModel) -> list[PodLine]:
    """All pods that match the filter, in the order of the table."""
    return in_order(_columns(_NAME[0], 0, False), _pods(vm), _sort(vm))


def height_for(vm: ViewModel) -> int:
    """The lines that the table takes when every pod has one."""
    return HEAD + max(1, len(vm.replicas), vm.pods_kept)


def drawn(vm: ViewModel, width: int, height: int) -> Drawn:
    """The lines of the table with their keys."""
    symbols = vm.symbols
    pods = vm.once(ordered)
    name = vm.ask(session_rows.header).counted(len(pods))
    title = rule(name, counts(vm, len(pods), _sort(vm)), width, symbols)
    if not pods:
        said = no_pods(vm, width)
        return Drawn([title, *said], [""] * (1 + len(said)))
    columns = columns_for(vm, width)
    selected = vm.view_state.selected.get("pods", "")
    table = draw(
        columns,
        pods,
        key_of,
        selected=selected,
        sort=_sort(vm),
        width=width,
        height=max(1, height - 1),
        symbols=symbols,
    )
    worded = {key_of(line): line for line in pods if has_words(line.row)}
    out = [
        in_words(columns, worded[key], worded[key].row, width, symbols, key == selected)
        if key in worded
        else line
        for line, key in zip(table.lines, table.keys, strict=True)
    ]
    return Drawn([title, *out][:height], ["", *table.keys][:height])


def _pods(vm: ViewModel) -> list[PodLine]:
    """The pods that match the filter, in the table's own order: by variant, those that are gone
    last, the oldest first."""
    numbers = vm.keys
    place = {(row.namespace, row.name): number for number, row in enumerate(vm.variants)}

    def order(row: ReplicaRow) -> tuple[int, str, bool, float, str]:
        age = row.age_s if row.age_s is not None else 0.0
        number = place.get((row.namespace, row.variant))
        if number is None:  # a log does not always say the namespace
            number = next((n for (_, v), n in place.items() if v == row.variant), len(place))
        return (number, row.variant, row.state == "gone", -age, row.pod)

    shared = shared_name(vm)
    every = [
        PodLine(
            row,
            numbers.get(row.pod, 0),
            name_of(row, shared),
            _trend_by(vm, row),
            _late(vm, row),
            _price(vm, row),
        )
        for row in sorted(vm.replicas, key=order)
    ]
    return list(matching(vm, "pods", every, lambda line: searched(line.row)))


def _trend_by(vm: ViewModel, row: ReplicaRow) -> Callable[[str], Sequence[float | None]]:
    """A function from a metric to the pod's last minutes, so that only drawn rows are queried."""
    return lambda metric: vm.ask(trend.trend, row.pod, metric, row.model, row.namespace)


def _late(vm: ViewModel, row: ReplicaRow) -> tuple[str, ...]:
    known = (("ttft", row.ttft_p95_ms), ("itl", row.itl_p95_ms))
    return tuple(metric for metric, p95_ms in known if late(vm, metric, p95_ms))


def _price(vm: ViewModel, row: ReplicaRow) -> float | None:
    if not vm.view_state.prices:
        return None
    known = vm.ask(running_cost, vm.view_state.prices).prices
    # As in the sums: an engine outside a cluster counts all the time, a replica while it is ready.
    own = known.get((row.namespace, row.variant)) if row.state in replica_rows.READY else None
    return known.get(("", row.pod), own)


def shown_keys(vm: ViewModel, height: int) -> list[str]:
    """The keys that `drawn` returns, without drawing."""
    keys = list(rows(vm))
    room = max(1, height - HEAD)
    if len(keys) > room > 1:
        room -= 1
    selected = vm.view_state.selected.get("pods", "")
    first = window_of(len(keys), keys.index(selected) if selected in keys else None, room)
    more = [""] if len(keys) > room else []
    return ["", "", *keys[first : first + room], *more][:height]


def _sort(vm: ViewModel) -> Sort:
    return vm.view_state.sort.get("pods", OWN_ORDER)


# --- columns


def columns_for(vm: ViewModel, width: int) -> list[Column[PodLine]]:
    """The columns that fit into `width`, or those that the user configured; the pod's name gets the
    width that the others leave."""
    several = len({row.variant for row in vm.replicas}) > 1
    if chosen_ids := vm.view_state.columns.get("pods"):
        taken = sum(
            c.width + 1 for c in _columns(0, width, several) if c.id in chosen_ids and c.id != "pod"
        )
        name = min(_NAME[1], max(_NAME[0], width - taken - 2))
        return arranged(_columns(name, width, several), vm.view_state.columns, "pods")
    shown = [c for c in _columns(_NAME[0], width, several) if c.wide <= width]
    if not vm.keys:
        shown = [c for c in shown if c.id != "number"]
    if not vm.several:
        shown = [c for c in shown if c.id != "namespace"]
    if all(row.engines < 2 for row in vm.replicas):
        shown = [c for c in shown if c.id != "engines"]
    if not vm.view_state.prices:
        shown = [c for c in shown if c.id != "cost"]
    shared = shared_name(vm)
    longest = max((cell_len(name_of(row, shared)) for row in vm.replicas), default=0)
    wanted = max(_NAME[0], min(longest, _WHOLE))
    for least in _LEAST:
        taken = sum(c.width for c in shown if c.id != "pod") + len(shown) + 1
        if taken + wanted > width:
            shown = [c for c in shown if c.id != least]
    taken = sum(c.width for c in shown if c.id != "pod") + len(shown) + 1
    name = min(_NAME[1], max(_NAME[0], width - taken))
    ids = {c.id for c in shown}
    return [c for c in _columns(name, width, several) if c.id in ids]


def _columns(name: int, width: int, several: bool) -> list[Column[PodLine]]:
    """All columns for a panel of `width` cells; the pod's name gets `name` cells."""
    wide = width >= 100
    size = 10 if wide else 6

    def number(
        id_: str, titles: tuple[str, str], cells: tuple[int, int], form: str, at: int = 0
    ) -> Column[PodLine]:
        return Column(
            id_,
            titles[wide],
            cells[wide],
            partial(_number, id_, form),
            partial(_value, id_),
            right=True,
            wide=at,
        )

    return [
        Column("number", "#", 1, _key, lambda p: p.number or None),
        Column("state", "state", 13, _state, lambda p: URGENCY.index(p.row.state)),
        Column("pod", "pod", name, partial(_name, name), lambda p: p.row.name),
        _words("variant", 16, wide=130 if several else 150),
        _words("namespace", 12),
        Column("kv", "KV cache", size + 5, partial(_kv, size), partial(_value, "kv")),
        _trend_of("kv", 108),
        number("waiting", ("wait", "waiting"), (4, 7), "count"),
        _trend_of("waiting", 118),
        number("running", ("run", "running"), (4, 7), "count"),
        Column("engines", "eng", 5, _engines, partial(_value, "engines"), right=True),
        number("ttft", ("TTFT", "TTFT p95"), (6, 8), "latency"),
        number("itl", ("ITL", "ITL p95"), (6, 7), "latency"),
        number("tokens", ("tok/s", "tokens/s"), (6, 8), "count", 92),
        Column("cost", "cost/h", 7, _cost, lambda p: p.price, right=True),
        number("preemptions", ("pre", "preempted"), (4, 9), "count", 140),
        number("restarts", ("rst", "restarts"), (4, 8), "restarts", 112),
        number("age", ("age", "age"), (5, 5), "age", 132),
        Column("seen", "seen", 5, _seen, lambda p: p.row.sample_age_s, right=True),
        Column(
            "node",
            "node",
            12,
            partial(_text, "node", 24),
            partial(_value, "node"),
            grows=True,
            wide=118,
        ),
    ]


def _words(id_: str, room: int, wide: int = 0) -> Column[PodLine]:
    """A column with a text of the row, of `room` cells."""
    return Column(id_, id_, room, partial(_text, id_, room), partial(_value, id_), wide=wide)


def _trend_of(metric: str, wide: int) -> Column[PodLine]:
    """A column with the last minutes of a metric, sorted by its present value."""
    id_, size = f"{metric}_trend", trend.SLOTS
    return Column(id_, "5 min", size, partial(_trend, metric), partial(_value, metric), wide=wide)


def _trend(metric: str, line: PodLine, symbols: Symbols) -> Span:
    return (spark(line.trend(metric), symbols), STATE_STYLES[line.row.state])


_FIELDS = {
    "kv": "kv_ratio",
    "ttft": "ttft_p95_ms",
    "itl": "itl_p95_ms",
    "tokens": "tokens_per_s",
    "age": "age_s",
}


def _value(id_: str, line: PodLine) -> object:
    """The sort key of a column; None for an empty text."""
    value: object = getattr(line.row, _FIELDS.get(id_, id_))
    return None if value == "" else value


def _key(line: PodLine, symbols: Symbols) -> Span:
    return (str(line.number), f"bold s{line.number}") if line.number else (" ", "")


def _state(line: PodLine, symbols: Symbols) -> Span:
    state = line.row.state
    loud = "bold " if state in ("saturated", "not ready", "unreachable") else ""
    return (f"{symbols.replica[state]} {state}", f"{loud}{STATE_STYLES[state]}")


def _name(room: int, line: PodLine, symbols: Symbols) -> Span:
    """The name, cut in the middle where it does not fit: replicas differ in the end."""
    style = "muted" if line.row.state == "gone" else ""
    return (fit_middle(line.name, room, symbols.ellipsis), style)


def _text(id_: str, room: int, line: PodLine, symbols: Symbols) -> Span:
    text = sanitize(str(getattr(line.row, id_)), 120)
    return (fit_middle(text, room, symbols.ellipsis).rstrip() or symbols.missing, "muted")


def _kv(size: int, line: PodLine, symbols: Symbols) -> Line:
    row = line.row
    return (
        (bar(row.kv_ratio, size, symbols), STATE_STYLES[row.state]),
        (f"{format.percent(row.kv_ratio):>5}", "" if row.kv_ratio is not None else "muted"),
    )


def _number(id_: str, form: str, line: PodLine, symbols: Symbols) -> Span:
    row = line.row
    value = getattr(row, _FIELDS.get(id_, id_))
    if form == "restarts":
        return (format.count(value), "warn" if value else "muted")
    text = getattr(format, form)(value)
    if value is None:
        return (text, "muted")
    if id_ in line.late:
        return (f"!{text}", "bold bad")
    if id_ == "waiting" and row.saturated and value:
        return (text, "bold bad")
    return (text, "muted" if form == "age" or not value else "")


def _cost(line: PodLine, symbols: Symbols) -> Span:
    return (format.cost(line.price), "muted" if line.price is None else "info")


def _engines(line: PodLine, symbols: Symbols) -> Span:
    """The number of engines; where some are silent, `answered/all`."""
    row = line.row
    if row.silent:
        return (f"{row.engines - row.silent}/{row.engines}", "bold bad")
    return (str(row.engines), "muted" if row.engines < 2 else "")


def _seen(line: PodLine, symbols: Symbols) -> Span:
    """The age of the sample; `L` in front: it is from the controller's log, not the pod's page."""
    row = line.row
    text = format.age(row.sample_age_s)
    if row.source == "log" and row.sample_age_s is not None:
        text = f"L{text}"
    return (text, "warn" if row.state == "unreachable" else "muted")


PANELS = (
    Panel(
        id="pods",
        filters=True,
        title="Pods",
        lines=lines,
        rows=rows,
        keys=keys,
        columns=SORTS,
        reads=(
            trend.trend,
            health_rows.health,
            replica_rows.replicas,
            running_cost,
            session_rows.header,
            session_rows.totals,
            variant_rows.variants,
        ),
    ),
)
