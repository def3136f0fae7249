"""Two lines under the header of every view: the state in words, and the reason for it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.cells import cell_len

from wvatui.core.decisions.lengths import that_fits
from wvatui.core.explain import why_rows
from wvatui.core.findings import finding_rows
from wvatui.core.lines import many
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.pods.window import balance
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.scaling_rows import DECIDERS, told_at
from wvatui.core.rows.views import DecisionRow, ReplicaRow, VariantRow
from wvatui.ui.draw import format
from wvatui.ui.draw.line import BLANK, Line, Span, clip, width_of
from wvatui.ui.draw.sanitize import NAME_CELLS, fit_middle, in_room, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import DECISIONS, ViewModel
from wvatui.ui.panels.controller.cycles import SIGNS, change
from wvatui.ui.panels.overview import banner, ladder
from wvatui.ui.panels.overview.replicas import short_name

EVEN = 1.15
"""The ratio of the busiest engine's load to the mean, below which load counts as even."""
_STAYS = {"no-change": "stays"}


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The state in words, then the worst finding or else the reason for the present size."""
    room = width - 4
    sign, words = _state(vm, room)
    first: Line = ((" ", ""), sign, (" ", ""), (words, "bold"))
    return [clip(first, width, vm.symbols.ellipsis), _why(vm, width) or BLANK][:height]


# --- the state ----------------------------------------------------------------------------


def _state(vm: ViewModel, room: int) -> tuple[Span, str]:
    """The symbol and text of the state: pods, replicas wanted and ready, as much as fits `room`."""
    if not vm.variants and not vm.replicas:
        text = (wait := waits_for(vm)) and f"{wait} {_namespace(vm)}"
        seen = "was imported" if vm.ask(session_rows.header).imported else "seen yet"
        if vm.status.live and vm.capabilities.can_read_pods:
            seen += f" in {_namespace(vm)}: is it the right namespace?"
        return (vm.symbols.hold, "muted"), text or f"no {_unit(vm)} and no decision {seen}"
    sign: Span = (vm.symbols.replica["ok"], "ok")
    measured = [x for x in vm.replicas if x.saturated is not None and x.state != "gone"]
    saturated = sum(bool(row.saturated) for row in measured)
    if saturated:
        sign = (vm.symbols.replica["saturated"], "bad")
    elif not measured:
        sign = (vm.symbols.replica["unknown"], "muted")
    pods = tuple(_pods(vm, measured, saturated))
    sizes = tuple(_sizes(vm))
    starting = sum(row.starting for row in vm.variants)
    coming = f"{many(starting, 'pod')} starting" if starting else ""
    dot = f" {vm.symbols.dot} "
    texts = [
        dot.join(filter(None, (pod, size, coming)))
        for pod in pods
        for size in (sizes[0], sizes[-1])
    ]
    texts += [dot.join(filter(None, (pods[-1], size))) for size in (sizes[0], sizes[-1])]
    return sign, that_fits(sorted(texts, key=cell_len, reverse=True), room, cell_len)


def waits_for(vm: ViewModel) -> str:
    """What the session is still waiting for, as the beginning of a sentence that the namespace
    completes; empty: nothing."""
    if vm.connecting:
        return "Connecting to the cluster of"
    known = {row.source for row in vm.ask(health_rows.health)}
    is_listed = known >= {"variants", "autoscalers", "workloads"}
    return "Listing what is in" if vm.status.live and known and not is_listed else ""


def _namespace(vm: ViewModel) -> str:
    return sanitize(vm.ask(session_rows.header).place, 60) or "this namespace"


def _unit(vm: ViewModel) -> str:
    return vm.ask(session_rows.header).unit


def _pods(vm: ViewModel, measured: list[ReplicaRow], saturated: int) -> Iterator[str]:
    """The number of saturated pods and the fullest pod, as texts, the longest first."""
    unit = _unit(vm)
    if not measured:
        # An import may have samples of pods and still not know whether they are saturated.
        yield "" if vm.ask(session_rows.header).imported else f"no {unit} has been measured"
        return
    # If some pods are not measured, the count names its base: ready or measured pods.
    alive = sum(row.state not in ("gone", "draining") for row in vm.replicas)
    # An import may not know which pods are ready.
    serve = not vm.ask(session_rows.header).imported and all(
        row.state in replica_rows.SERVING for row in measured
    )
    which = "" if len(measured) == alive else "ready " if serve else "measured "
    count = f"{saturated} of {many(len(measured), f'{which}{unit}')} saturated"
    known = [row for row in measured if row.kv_ratio is not None]
    if not known:
        yield count
        return
    hot = max(known, key=lambda r: (bool(r.saturated), r.kv_ratio or 0.0, r.waiting or 0))
    number = vm.keys.get(hot.pod)
    called = short_name(hot)
    if unit == "engine":  # an address or a given name, whose end alone is of no use
        called = fit_middle(called, min(cell_len(called), 24), vm.symbols.ellipsis)
    else:
        called = called[-(5 if number else 12) :]
    name, short = (
        " ".join(filter(None, (unit, str(number or ""), each)))
        for each in (called, fit_middle(called, min(cell_len(called), NAME_CELLS)))
    )
    load = f"KV {format.percent(hot.kv_ratio)}"
    waits = f", {hot.waiting} waiting" if hot.waiting else ""
    fullest = "fullest " if len(measured) > 1 else ""
    yield f"{count}, {fullest}{name}: {load}{waits}"
    yield f"{count}, {name}: {load}{waits}"
    yield f"{saturated}/{len(measured)} {which}saturated, {short}: {load}"


def _sizes(vm: ViewModel) -> Iterator[str]:
    """Replicas wanted, set and ready (sums over several variants) as texts, the longest first."""
    rows = vm.variants
    if not rows and _unit(vm) == "engine":
        yield from _balance(vm)
        return
    if len(rows) == 1:
        wants = [_said(*each) for each in _rungs(vm, rows[0])]
        sizes = ", ".join(filter(None, wants))
        yield sizes
        yield sizes.replace("metrics want ", "wants ")
        return
    sums = ("wanted", [_wanted(vm, row) for row in rows]), ("ready", [row.ready for row in rows])
    sizes = ", ".join(filter(None, (_sum(vm, *each) for each in sums)))
    yield f"{many(len(rows), 'variant')}: {sizes}" if sizes else ""
    yield sizes


def _balance(vm: ViewModel) -> Iterator[str]:
    """How evenly requests are spread over engines, with and without the busiest one's name; empty
    with one engine or too few requests."""
    uneven = vm.ask(balance)
    if uneven is None:
        yield ""
        return
    if uneven.ratio < EVEN:
        yield f"load even over {uneven.engines}"
        return
    ratio = f"{uneven.ratio:.1f}{'×' if vm.symbols.unicode else 'x'}"
    name = sanitize(uneven.busiest)
    name = fit_middle(name, min(cell_len(name), 30), vm.symbols.ellipsis)
    yield f"{name} has {ratio} the mean load"
    yield f"busiest {ratio} the mean"


def _sum(vm: ViewModel, title: str, values: Sequence[int | None]) -> str:
    """A title with a sum: `ready 3`; `ready ≥3` where one of the values is unknown."""
    known = [value for value in values if value is not None]
    least = "" if len(known) == len(values) else "≥" if vm.symbols.unicode else ">="
    return f"{title} {least}{sum(known)}" if known else ""


def _said(title: str, value: int | None) -> str:
    return "" if value is None else f"{title} {value}"


def _rungs(vm: ViewModel, row: VariantRow) -> Iterator[tuple[str, int | None]]:
    titles = ladder.titles(vm)
    by_wva = vm.ask(session_rows.header).with_wva
    by = "fallback serves" if row.by_fallback else "metrics want"
    yield ("WVA wants", row.target) if by_wva else (by, row.by_metrics)
    yield titles[1], row.desired
    if row.spec != row.desired:
        yield "spec", row.spec
    yield "ready", row.ready


def _wanted(vm: ViewModel, row: VariantRow) -> int | None:
    first = row.target if vm.ask(session_rows.header).with_wva else row.by_metrics
    return row.desired if first is None else first


# --- the reason ---------------------------------------------------------------------------


def _why(vm: ViewModel, width: int) -> Line:
    """The worst finding, else the reason of the decision that `_telling` chooses."""
    troubles = [each for each in vm.ask(finding_rows.findings) if each.is_trouble]
    waits = [each for each in vm.ask(finding_rows.findings) if each.severity == "waiting"]
    number = _telling(vm)
    if troubles or (number is None and waits):
        worst = (troubles or waits)[0]
        until: Line = ()
        if worst.until is not None:
            until = ((f" (until {vm.time(worst.until)})", "muted"),)
        others = len(troubles) - 1 if vm.view_state.view != "health" else 0
        ends = [f"  +{others} more, H shows all", f"  +{others}: H"] if others > 0 else [""]
        for end in ends:
            more: Line = ((end, "muted"),) if end else ()
            room = width - width_of(more) - width_of(until)
            said = banner.told(vm, worst, room)
            if not any(vm.symbols.ellipsis in text for text, _ in said):
                break
        return (*clip(said, room, vm.symbols.ellipsis), *until, *more)
    if number is None:
        return ()
    row = vm.decisions[number]
    if row.action == "held" and row.decider != "wva":
        if (newer := _look_since(vm, row)) is not None:
            return _decided(vm, newer, (), width)
        if row.until is not None and row.until <= vm.status.shown_at:
            return _ended(vm, row, width)
    whys = vm.decision_whys[number] if number < len(vm.decision_whys) else ()
    return _decided(vm, row, whys, width)


def _telling(vm: ViewModel) -> int | None:
    """The index of the decision that explains the present size; None: there is none.

    Decisions of the session take precedence over context. Where a scaler only carried out what WVA
    decided, it is WVA's decision.
    """
    rows = [(n, row) for n, row in enumerate(vm.decisions) if row.action != "no-change"]
    number = next((n for n, row in rows if not row.context), rows[0][0] if rows else None)
    if number is None:
        return None
    newest = vm.decisions[number]
    if newest.decider == "wva" or newest.action not in SIGNS:
        return number
    wishes = ((n, row) for n, row in rows if n > number and _is_wish(row, newest))
    n, wish = next(wishes, (number, newest))
    return n if wish.target == newest.target else number


def _is_wish(row: DecisionRow, done: DecisionRow) -> bool:
    """Whether `row` is a decision of WVA for the variant that `done` scaled."""
    same = row.variant == done.variant and row.namespace in ("", done.namespace)
    return row.decider == "wva" and same and row.context == done.context


def _look_since(vm: ViewModel, row: DecisionRow) -> DecisionRow | None:
    """The newest look of a hold's scaler, if that tells of no hold; None: there is none."""
    looks = vm.ask(session_rows.decisions, DECISIONS, vm.only_scope, quiet=True)
    mine = (row.decider, row.namespace, row.variant)
    newest = next((x for x in looks if (x.decider, x.namespace, x.variant) == mine), row)
    return newest if newest.at > row.at and newest.action != "held" else None


def _ended(vm: ViewModel, row: DecisionRow, width: int) -> Line:
    """The line after the end of a hold that no look has followed."""
    ended = f"what held it ended {vm.time(row.until)}" if row.until is not None else ""
    texts = (f"{ended}; no look since tells of another hold", ended)
    return _decided(vm, replace(row, action="no-change"), texts, width)


def _decided(vm: ViewModel, row: DecisionRow, whys: tuple[str, ...], width: int) -> Line:
    symbols = vm.symbols
    moves = row.action in SIGNS
    sign = getattr(symbols, SIGNS.get(row.action, "hold"))
    after = symbols.missing if row.target is None else row.target
    size = change(row, symbols) if moves else f"{_STAYS.get(row.action, 'held')} at {after}"
    who = DECIDERS.get(row.decider, "?")
    name = f"{sanitize(vm.called(row), 40)} " if len(vm.variants) > 1 else ""
    # The reason of a repeated decision of WVA is that of its first time.
    at = row.at if whys and row.decider == "wva" else told_at(row)
    head: Line = (
        (f" {sign} ", "bold info" if moves else "muted"),
        (f"{name}{size} ", "bold info" if moves else ""),
        (f"{who} {vm.time(at)}: ", "muted"),
    )
    room = width - width_of(head) - 1
    texts = whys or (row.reason.removeprefix(f"{who}: "), *row.brief)
    text = in_room(texts, room, symbols.ellipsis)
    return clip((*head, (text, "")), width, symbols.ellipsis)


PANELS = (
    Panel(
        id="state",
        title="State",
        lines=lines,
        follows="status",
        reads=(
            balance,
            finding_rows.findings,
            health_rows.health,
            replica_rows.replicas,
            session_rows.decisions,
            session_rows.header,
            variant_rows.variants,
            why_rows.decision_whys,
        ),
    ),
)
