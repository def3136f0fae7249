"""Two lines on top: what is watched, by whom it is scaled, how time and the recording stand."""

from wvatui.core.queries.health import health_rows
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.ui.draw import format
from wvatui.ui.draw.line import Line, Span, spread, width_of
from wvatui.ui.draw.sanitize import fit, fit_middle, sanitize
from wvatui.ui.model.panel import Panel
from wvatui.ui.model.view_model import ViewModel


def lines(vm: ViewModel, width: int, height: int) -> list[Line]:
    """The header, `width` cells wide."""
    head = vm.ask(session_rows.header)
    dot: Span = (f" {vm.symbols.dot} ", "muted")
    models = [sanitize(m, 120) for m in head.models]
    model = models[0] if len(models) == 1 else f"{len(models)} models" if models else ""
    first: list[Span] = [(" ", "")]
    _add(first, dot, _namespace(vm), "bold primary")
    _add(first, dot, fit_middle(model, min(len(model), max(12, width // 3))).strip(), "bold")
    _add(first, dot, sanitize(head.label, 40), "accent")
    recording = (*_recording(vm, width), (" ", ""))
    top = spread(tuple(first), (*_mode(vm), (" ", "")), width, vm.symbols.ellipsis)
    second = _second(vm, width - width_of(recording) - 1)
    bottom = spread(second, recording, width, vm.symbols.ellipsis)
    return [top, bottom]


def _namespace(vm: ViewModel) -> str:
    """The namespace watched; of a log alone, the one that its decisions name."""
    named = {v.namespace for v in vm.variants if v.namespace} if vm.log_only else set()
    namespace = vm.ask(session_rows.header).namespace or (named.pop() if len(named) == 1 else "")
    if vm.view_state.namespace and vm.shown is not vm.state:
        namespace += " alone"
    return sanitize(namespace, 80) or ("controller log" if vm.log_only else "no namespace")


def _second(vm: ViewModel, room: int) -> Line:
    """Controller, driver and context; with fewer words where they would not all have room."""
    dot: Span = (f" {vm.symbols.dot} ", "muted")
    context = sanitize(vm.ask(session_rows.header).context, 60)
    skew_s = vm.ask(session_rows.header).skew_s
    line: list[Span] = []
    for short in (False, True):
        line = [(" ", "")]
        if skew_s is not None:
            _add(line, dot, f"clock skew {skew_s:+.0f} s", "warn")
        _add(line, dot, _scaled_by(vm, short), "")
        _add(line, dot, context if short or not context else f"context {context}", "muted")
        if width_of(tuple(line)) <= room:
            break
    return tuple(line)


def _add(line: list[Span], separator: Span, text: str, style: str) -> None:
    if text:
        if len(line) > 1:
            line.append(separator)
        line.append((text, style))


def _scaled_by(vm: ViewModel, short: bool) -> str:
    """Who moves replicas, and the controller's version and analyzer."""
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
    if not head.with_wva:
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
        # Back in time, while capture goes on.
        behind = format.age(max(0.0, status.ended_at - now))
        how = "reading" if status.loading else format.speed(status.speed)
        sign = symbols.play if status.playing else symbols.pause
        how = how if status.playing or status.loading else "paused"
        mode = (f"{sign} {how}, {behind} before LIVE", "bold reverse warn")
    else:
        fast = "" if status.speed in (0.0, 1.0) else f" {format.speed(status.speed)}"
        mode = (f"{symbols.live} LIVE{fast}", "bold ok")
    frozen: Line = ()
    if status.frozen:
        text = f"{symbols.frozen} FROZEN {format.age(vm.behind_s)} behind"
        frozen = ((f" {text} ", "bold reverse warn"), ("  ", ""))
    # Before the cluster's clock is known there is no time to show.
    zone = "" if vm.view_state.clock == "local" else " UTC"
    form = "local" if vm.view_state.clock == "local" else "utc"
    known = f"{format.moment(now, form)}{zone}  {format.t_plus(now - status.started_at)}"
    moment = known if now > 0 else "connecting"
    return (*frozen, mode, ("  ", ""), (moment, "bold"))


def _recording(vm: ViewModel, width: int) -> Line:
    """Whether a recording is being written, and how large it is."""
    status, symbols = vm.status, vm.symbols
    state = sanitize(status.recording_state, 60)
    size = format.size(status.recording_bytes)
    if not status.live:
        name = sanitize(status.recording.name if status.recording else "standard input", 80)
        name = fit_middle(name, min(len(name), 22 if width < 100 else 60), symbols.ellipsis).strip()
        # A recording that ended well, or is not all read yet, needs no warning.
        odd = "" if state in ("", "finished", "loading") else state
        if odd and width < 100:
            # In full it is told once, as a message.
            odd, name = fit(odd, min(len(odd), 20), symbols.ellipsis), ""
        notice = f"{symbols.warn} {odd}  " if odd else ""
        return ((notice, "warn"), (f"{name} {size}".strip(), "muted"))
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
            health_rows.health,
            session_rows.header,
            session_rows.totals,
            variant_rows.variants,
        ),
    ),
)
