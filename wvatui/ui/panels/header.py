"""Two lines on top: what is watched, by whom it is scaled, how time and the recording stand."""

from wvatui.ui import words
from wvatui.ui.line import Line, Span, spread
from wvatui.ui.safe import fit_middle, safe
from wvatui.ui.scene import Scene


def lines(scene: Scene, width: int, height: int) -> list[Line]:
    """The header, `width` cells wide."""
    head = scene.header
    dot: Span = (f" {scene.symbols.dot} ", "muted")
    models = [safe(m, 120) for m in head.models]
    model = models[0] if len(models) == 1 else f"{len(models)} models" if models else ""
    first: list[Span] = [(" ", "")]
    _add(first, dot, safe(head.namespace, 80) or "no namespace", "bold primary")
    _add(first, dot, fit_middle(model, min(len(model), max(12, width // 3))).strip(), "bold")
    _add(first, dot, safe(head.label, 40), "accent")
    second: list[Span] = [(" ", "")]
    _add(second, dot, _scaled_by(scene), "")
    _add(second, dot, _context(head.context, width), "muted")
    top = spread(tuple(first), (*_mode(scene), (" ", "")), width, scene.symbols.ellipsis)
    bottom = spread(
        tuple(second), (*_recording(scene, width), (" ", "")), width, scene.symbols.ellipsis
    )
    return [top, bottom]


def _context(context: str, width: int) -> str:
    name = safe(context, 60)
    return f"context {name}" if name and width >= 100 else name


def _add(line: list[Span], separator: Span, text: str, style: str) -> None:
    if text:
        if len(line) > 1:
            line.append(separator)
        line.append((text, style))


def _scaled_by(scene: Scene) -> str:
    """Who moves replicas, and the controller's version and analyzer."""
    head = scene.header
    version = safe(head.controller_version, 20)
    analyzer = safe(head.analyzer, 40)
    controller = " ".join(part for part in ("WVA", version, analyzer) if part)
    known = controller if version or analyzer else "no WVA log yet"
    driver = safe(head.driver, 30)
    return f"{known} {scene.symbols.dot} driver {driver}" if driver else known


def _mode(scene: Scene) -> Line:
    status, symbols = scene.status, scene.symbols
    now = status.shown_at
    if status.mode == "REPLAY":
        rate = words.speed(status.speed)
        if not status.playing:
            mode: Span = (f"{symbols.pause} REPLAY paused {rate}", "bold warn")
        else:
            mode = (f"{symbols.play} REPLAY {rate}", "bold accent")
    else:
        fast = "" if status.speed in (0.0, 1.0) else f" {words.speed(status.speed)}"
        mode = (f"{symbols.live} LIVE{fast}", "bold ok")
    frozen: Line = ()
    if status.frozen:
        text = f"{symbols.frozen} FROZEN {words.age(scene.behind_s)} behind"
        frozen = ((f" {text} ", "bold reverse warn"), ("  ", ""))
    # Before the cluster's clock is known there is no time to show.
    known = f"{words.clock(now)} UTC  {words.t_plus(now - status.started_at)}"
    moment = known if now > 0 else "connecting"
    return (*frozen, mode, ("  ", ""), (moment, "bold"))


def _recording(scene: Scene, width: int) -> Line:
    """Whether a recording is being written, and how large it is."""
    status, symbols = scene.status, scene.symbols
    state = safe(status.recording_state, 60)
    size = words.size(status.recording_bytes)
    if status.mode == "REPLAY":
        name = safe(status.recording.name if status.recording else "standard input", 80)
        name = fit_middle(name, min(len(name), 24 if width < 100 else 60), symbols.ellipsis).strip()
        # A recording that ended well, or is not all read yet, needs no warning.
        notice = f"{symbols.warn} {state}  " if state not in ("", "finished", "loading") else ""
        return ((notice, "warn"), (f"{name} {size}", "muted"))
    if state.startswith("recording"):
        return ((f"{symbols.record} ", "bad"), (f"recording {size}", ""))
    if state.startswith("paused"):
        return ((f"{symbols.warn} recording {state}", "bold warn"), (f" {size}", ""))
    if state == "off" or not state:
        return (("not recording", "muted"),)
    if state == "connecting":
        return (("not connected yet", "muted"),)
    return ((f"recording {state} {size}", "muted"),)
