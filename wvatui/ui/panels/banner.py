"""The loud line: what makes every other number on the screen doubtful."""

from wvatui.ui.line import Line
from wvatui.ui.safe import fit, safe
from wvatui.ui.scene import Scene


def lines(scene: Scene, width: int, height: int) -> list[Line]:
    """One line a trouble: format drift, a paused recording. Empty when all is well."""
    found: list[tuple[str, str]] = []
    if drift := safe(scene.totals.drift, 400):
        text = drift if drift.lower().startswith("format drift") else f"format drift: {drift}"
        found.append((text, "bold reverse bad"))
    state = safe(scene.status.recording_state, 200)
    if scene.status.mode != "REPLAY" and state.startswith("paused"):
        found.append((f"recording {state}; what is seen now is not kept", "bold reverse warn"))
    sign = scene.symbols.warn
    return [
        ((fit(f" {sign} {text}", width, scene.symbols.ellipsis), style),) for text, style in found
    ]
