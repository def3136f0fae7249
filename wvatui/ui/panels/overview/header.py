"""The header, two lines: what is watched and the time shown; the views, the scaler of the replicas,
and the state of the recording."""

from collections.abc import Iterator

from rich.cells import cell_len

from wvatui.analysis.compare.asked import Objective
from wvatui.config import ui_settings
from wvatui.core.queries.health import health_rows
from wvatui.core.queries.load import load_rows
from wvatui.core.queries.pods.replica_time import running_cost
from wvatui.core.queries.pods.window import attained
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, spread, width_of
from wvatui.ui.draw.sanitize import fit, fit_middle, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel

WIDE = 100
"""The width, in cells, from which the second line also shows the scaler."""
_TABS = {"logs": "Log"}
"""View → title of its tab, where that is not the view's id."""


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The two lines of the header, `width` cells wide."""
    head = vm.ask(session_rows.header)
    dot: Span = (f" {vm.symbols.dot} ", "muted")
    models = [sanitize(m, 120) for m in head.models]
    model = models[0] if len(models) == 1 else f"{len(models)} models" if models else ""
    mode = (*_mode(vm), (" ", ""))
    first: list[Span] = [(" ", "")]
    _add(first, dot, _namespace(vm), "bold primary")
    if head.skew_s is not None:
        _add(first, dot, f"clock skew {head.skew_s:+.0f} s", "warn")
    most = width // 6 if vm.view_state.slo or vm.view_state.prices else width // 3
    most = max(12, min(most, width - width_of((*first, dot, *mode)) - 1))
    if cell_len(model) > most:
        model = model.rpartition("/")[2]  # the name without its organisation
    _add(first, dot, fit_middle(model, min(len(model), most)).strip(), "bold")
    label = sanitize(head.label, 40)
    if width_of((*first, dot, *mode)) + cell_len(label) < width:
        _add(first, dot, label, "accent")
    for text, style in _attained(vm, width - width_of((*first, *mode))):
        _add(first, dot, text, style)
    if vm.view_state.prices:
        for text, style in _cost(vm, width - width_of((*first, *mode))):
            _add(first, dot, text, style)
    context = sanitize(head.context, 60)
    if width >= WIDE and width_of((*first, dot, *mode)) + cell_len(context) + 9 < width:
        _add(first, dot, context and f"context {context}", "muted")
    top = spread(tuple(first), mode, width, vm.symbols.ellipsis)
    second, recording = _second(vm, width)
    bottom = spread(second, (*recording, (" ", "")), width, vm.symbols.ellipsis)
    return [top, bottom]


def tabs(vm: ViewModel, *, whole: bool) -> Iterator[tuple[str, Line]]:
    """The tabs of the views that have a digit, as (id, line); unless `whole`, those of views that
    are not shown have only their key."""
    here = vm.view_state.view
    tab = ui_settings.tab_of(here)
    keys = {key.argument: key.shown for key in vm.bound if key.argument}
    for id_ in ui_settings.digits():
        if id_ == "load" and tab != id_ and not vm.with_load:
            continue
        name = f" {_TABS.get(id_, id_.capitalize())}" if whole or id_ == tab else ""
        pages = ui_settings.pages_of(id_)
        if id_ == tab and len(pages) > 1:
            name += f" p.{pages.index(here) + 1}/{len(pages)}"
        key = keys.get(id_, "")
        if id_ == tab:
            yield id_, ((f" {key}{name} ", "bold reverse"),)
        else:
            yield id_, ((f" {key}", "bold primary"), (f"{name} ", "muted"))
    if here == "health":
        yield here, ((f" {keys.get(here, '')} Health ", "bold reverse"),)


def tab_at(vm: ViewModel, x: int, width: int) -> str:
    """The view whose tab is at column `x` of the second line; "": there is none."""
    end = 0
    for id_, line in tabs(vm, whole=_whole_tabs(vm, width)):
        end += width_of(line)
        if x < end:
            return id_
    return ""


def _whole_tabs(vm: ViewModel, width: int) -> bool:
    room = width - width_of(_recording(vm, 0)) - 2
    return sum(width_of(line) for _, line in tabs(vm, whole=True)) <= room


_FORMS = ("{sign} {name} {limit} {share}", "{sign} {name} {share}", "{sign}{metric} {share}")


def _attained(vm: ViewModel, room: int) -> list[Span]:
    """The objectives, each with the share of requests that have met it: `✓ ttft_p95 2.0s 97.1%`.

    They are shortened, or left out, where they do not fit into `room` cells.
    """
    rows = [(each, _share(vm, each)) for each in vm.view_state.slo]
    for form in _FORMS:
        spans: list[Span] = []
        for objective, share in rows:
            is_met = share is not None and share >= objective.share
            sign = vm.symbols.level["off" if share is None else "ok" if is_met else "bad"]
            text = form.format(
                sign=sign,
                name=objective.name,
                metric=objective.metric,
                limit=format.latency(objective.limit) if objective.quantile else "",
                share=vm.symbols.missing if share is None else f"{100 * share:.1f}%",
            )
            text = " ".join(text.split())
            spans.append((text, "muted" if share is None else "ok" if is_met else "bad"))
        if sum(len(text) + 3 for text, _ in spans) <= room:
            return spans
    return []


def _cost(vm: ViewModel, room: int) -> list[Span]:
    """The cost of the session so far and per hour, shortened or left out where there is no room."""
    cost = vm.ask(running_cost, vm.view_state.prices)
    so_far, an_hour = format.cost(cost.so_far), format.cost(cost.an_hour)
    texts = (f"cost {so_far} so far, {an_hour}/h", f"cost {so_far}, {an_hour}/h", f"{an_hour}/h")
    odd = f"no {sanitize(' or '.join(cost.unused), 40)} here" if cost.unused and vm.replicas else ""
    warned: list[Span] = [(odd, "warn")] if odd else []
    room -= len(odd) + 3 if odd else 0
    return [(text, "info") for text in texts if len(text) + 3 <= room][:1] + warned


def _share(vm: ViewModel, objective: Objective) -> float | None:
    """The share of requests that have met an objective; None: not measured. An objective for errors
    never is, because pods' histograms do not contain them."""
    if not objective.quantile:
        return None
    return vm.ask(attained, objective.metric, objective.limit)


def _namespace(vm: ViewModel) -> str:
    """The namespace watched; for a log alone, the namespace that its decisions name."""
    named = {v.namespace for v in vm.variants if v.namespace} if vm.log_only else set()
    namespace = vm.ask(session_rows.header).place or (named.pop() if len(named) == 1 else "")
    if vm.view_state.namespace and vm.shown is not vm.state:
        namespace += " alone"
    return sanitize(namespace, 80) or ("controller log" if vm.log_only else "no namespace")


def _second(vm: ViewModel, width: int) -> tuple[Line, Line]:
    """The two ends of the second line: tabs with the scaler, and the recording."""
    bar = tuple(span for _, line in tabs(vm, whole=_whole_tabs(vm, width)) for span in line)
    room = width - width_of(bar) - 2
    recording = _recording(vm, room)
    room -= width_of(recording)
    chains = (_scaled_by(vm, short) for short in (False, True)) if width >= WIDE else ()
    chain = next((text for text in chains if text and len(text) + 3 <= room), "")
    return ((*bar, (f"  {chain}", "")) if chain else bar), recording


def _add(line: list[Span], separator: Span, text: str, style: str) -> None:
    if text:
        if len(line) > 1:
            line.append(separator)
        line.append((text, style))


def watched(vm: ViewModel, room: int) -> str:
    """The scaler and the context, in `room` cells, for the line of the sources: a narrow header has
    no room for them."""
    context = sanitize(vm.ask(session_rows.header).context, 60)
    dot = f" {vm.symbols.dot} "
    chains = [_scaled_by(vm, short) for short in (False, True)]
    texts = [*(dot.join(filter(None, (chain, context))) for chain in chains), *chains, context]
    return next((text for text in texts if cell_len(text) <= room), "")


def _scaled_by(vm: ViewModel, short: bool) -> str:
    """The controller with its version and analyzer, and the scalers: `WVA v0.8.0 V2 → HPA`."""
    head = vm.ask(session_rows.header)
    version = sanitize(head.controller_version, 40)
    analyzer = sanitize(head.analyzer, 40)
    if short:
        version = version.replace(" (HEAD)", "")
    scalers = [sanitize(name, 40) for name in head.scalers]
    if short:
        scalers = [name.partition(" (")[0] for name in scalers]
    arrow = "→" if vm.symbols.unicode else ">"
    chain = f" {arrow} ".join(scalers)
    if head.endpoints:
        return "without a cluster"
    if not head.with_wva or (head.imported and not (version or analyzer)):
        return chain
    if not (version or analyzer):
        return f"no WVA log yet {vm.symbols.dot} {chain}" if chain else "no WVA log yet"
    controller = " ".join(part for part in ("WVA", version, analyzer) if part)
    return f"{controller} {arrow} {chain}" if chain else controller


def _mode(vm: ViewModel) -> Line:
    status, symbols = vm.status, vm.symbols
    now = status.shown_at
    if not status.live:
        rate = format.speed(status.speed)
        if not status.playing:
            mode: Span = (f"{symbols.pause} REPLAY paused {rate}", "bold warn")
        else:
            mode = (f"{symbols.play} REPLAY {rate}", "bold accent")
    elif not status.at_edge and not status.frozen:
        # The viewer is back in time, while the session goes on.
        behind = format.age(max(0.0, status.ended_at - now))
        how = "reading" if status.loading else format.speed(status.speed)
        sign = symbols.play if status.playing else symbols.pause
        how = how if status.playing or status.loading else "paused"
        mode = (f"{sign} {how}, {behind} before LIVE", "bold reverse warn")
    else:
        fast = "" if status.speed in (0.0, 1.0) else f" {format.speed(status.speed)}"
        mode = (f"{symbols.live} LIVE{fast}", "bold ok")
    # Before the cluster's clock is known there is no time to show.
    zone = "" if vm.view_state.clock == "local" else " UTC"
    form = "local" if vm.view_state.clock == "local" else "utc"
    frozen: Line = ()
    if status.frozen:
        # Only a live view is behind; a replay is just frozen at a moment.
        behind = f"{format.age(max(0.0, status.ended_at - vm.frozen_at))} behind"
        stands = behind if status.live else f"at {format.moment(vm.frozen_at, form)}"
        text = f"{symbols.frozen} FROZEN {stands}"
        frozen = ((f" {text} ", "bold reverse warn"), ("  ", ""))
    known = f"{format.moment(now, form)}{zone}  {format.t_plus(now - status.started_at)}"
    moment = known if now > 0 else "connecting"
    return (*frozen, mode, ("  ", ""), (moment, "bold"))


def _recording(vm: ViewModel, room: int) -> Line:
    """The state and size of the recording; in a replay its name, as far as it fits."""
    status, symbols = vm.status, vm.symbols
    state = sanitize(status.recording_state, 60)
    size = format.size(status.recording_bytes)
    if not status.live:
        name = sanitize(status.recording.name if status.recording else "standard input", 80)
        # No warning for a recording that ended well or is still being read.
        odd = "" if state in ("", "finished", "loading") else f"{symbols.warn} {state}  "
        spare = room - width_of(((odd, ""), (size, ""))) - 1
        if odd and spare < 0:
            # A message has already shown the whole text once.
            most = cell_len(odd) + spare - 2
            odd = (
                f"{fit(odd.rstrip(), most, symbols.ellipsis)}  "
                if most > 16
                else f"{symbols.warn} "
            )
        most = min(cell_len(name), spare, 60)
        name = fit_middle(name, most, symbols.ellipsis).strip() if most >= 10 else ""
        return ((odd, "warn"), (f"{name} {size}".strip(), "muted"))
    if state.startswith("recording") and status.incomplete:
        return ((f"{symbols.warn} recording {size}, incomplete", "bold warn"),)
    if state.startswith("recording"):
        return ((f"{symbols.record} ", "bad"), (f"recording {size}", ""))
    if state.startswith("paused"):
        return ((f"{symbols.warn} recording {state}", "bold warn"), (f" {size}", ""))
    if state == "off" or not state:
        return (("not recording", "muted"),)
    if state == "connecting":
        return (("not connected yet", "muted"),)
    return ((f"recording {state} {size}", "muted"),)


PANELS = (
    Panel(
        id="header",
        title="Header",
        lines=lines,
        follows="status",
        reads=(
            attained,
            health_rows.health,
            load_rows.jobs,
            load_rows.stages,
            running_cost,
            session_rows.header,
            session_rows.totals,
            variant_rows.variants,
        ),
    ),
)
