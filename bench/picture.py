"""Draws the pictures of the README with the tool itself: `make pictures`.

python -m bench.picture                     the pictures of the README and the docs
python -m bench.picture FILE MOMENT 120x40 OUT.svg [THEME] [KEY...]
                                            a moment of a recording, after keys were pressed
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from textual.pilot import Pilot

from wvatui.cli.live import WatchRequest, connect
from wvatui.errors import WvatuiError
from wvatui.recording import open_recording
from wvatui.session.base import Session
from wvatui.session.beside import SecondRun
from wvatui.session.live import LiveSession
from wvatui.session.replay import ReplaySession
from wvatui.session.time_expressions import moment
from wvatui.sim.serve import launch
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.draw.picture import in_cells
from wvatui.ui.shell.guard import Guard
from wvatui.ui.theme import load

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "recordings" / "stair-step-v2-hpa.jsonl"
BURSTS = ROOT / "recordings" / "burst-drain-v1.jsonl"
TRIES = "kvSpareTrigger=0.3,0.5 replicas 2,4 or rule v2"
"""The alternatives in the picture of what-if."""
QUEUE = ROOT / "recordings" / "keda-queue.jsonl"
PAUSED = ROOT / "recordings" / "paused-scaler.jsonl"
DOCS = ROOT / "docs"
SPEED = 8.0
SCENE_S = 3.0
"""Seconds for which each scene of a film is shown."""
WAVE = ("50s", "1m30s", "1m50s", "2m10s", "3m10s", "6m", "8m")
"""Moments of the same wave of load under both autoscalers."""
LIVE_S = 126.0
"""Seconds of the simulated cluster after which the live picture is taken."""
MOST_S = 300.0
"""The longest that drawing may take, wall seconds."""


async def draw(
    session: Session,
    size: str,
    title: str,
    *,
    theme: str = "",
    keys: Sequence[str] = (),
    start: str = "",
    at_s: float = 0.0,
    tries: str = "",
    then: Sequence[str] = (),
) -> list[str]:
    """The screen as SVG text, once it is drawn: a replay at the moment `start`, any other session
    once `at_s` seconds of it have passed.

    `tries`: alternatives for what-if to try before the keys are pressed. `then`: later moments of a
    replay, with a picture of each. Raises the session's WvatuiError, and TimeoutError.
    """
    columns, _, rows = size.partition("x")
    app = WvatuiApp(session, palette=load(theme), ascii_only=False, guard=Guard())
    async with asyncio.timeout(MOST_S), app.run_test(size=(int(columns), int(rows))) as pilot:
        # The shown State lags behind the newest: charts of an earlier State would be drawn.
        await _until(app, partial(_is_shown, app, session, start, at_s))
        if session.capabilities.has_beside:
            await _until(app, lambda: session.beside is not None)
        if tries:
            app.try_out(tries)
            await _until(app, lambda: bool(app.trials.lines) and not app.trials.running)
        for key in keys:
            await pilot.press(key)
        drawn = [await _drawn(app, pilot, title)]
        for later in then:
            await session.seek(later)
            await _until(app, partial(_is_shown, app, session, later))
            drawn.append(await _drawn(app, pilot, title))
        session.stop("drawn")
    await session.aclose()
    return drawn


async def _until(app: WvatuiApp, holds: Callable[[], bool]) -> None:
    """Wait until `holds`; raises the error with which the session ended before that."""
    while not holds():
        if app.failure is not None:
            raise app.failure
        await asyncio.sleep(0.05)


def _is_shown(app: WvatuiApp, session: Session, start: str, at_s: float = 0.0) -> bool:
    """Whether a replay stands at the moment `start`, or `at_s` seconds of a session have passed."""
    vm = app.vm
    if vm is None or vm.status.loading:
        return False
    if isinstance(session, ReplaySession) and start:
        at = min(moment(start, session.started_at, *session.bounds), session.bounds[1])
        return vm.status.shown_at == at and vm.state.now == session.state.now
    return vm.state.now - vm.state.first_at >= at_s


async def _drawn(app: WvatuiApp, pilot: Pilot[None], title: str) -> str:
    # A chart that gets its size late is drawn late, so being idle before that means nothing.
    for _ in range(2):
        await pilot.pause()
        while not app.painter.idle:
            await asyncio.sleep(0.05)
    await pilot.pause()
    return in_cells(app.export_screenshot(title=title))


def replayed(
    file: Path,
    at: str,
    size: str,
    theme: str = "",
    keys: Sequence[str] = (),
    tries: str = "",
    other: Path | None = None,
) -> str:
    """A moment of a recording, optionally with another recording beside it."""
    beside = None if other is None else SecondRun(open_recording(other))
    session = ReplaySession(open_recording(file), play=False, start=at, beside=beside)
    title = f"wvatui replay {file.name}" + (f" --beside {other.name}" if other is not None else "")
    return asyncio.run(draw(session, size, title, theme=theme, keys=keys, start=at, tries=tries))[0]


def scenes(file: Path, moments: Sequence[str], size: str) -> list[str]:
    """Several moments of a recording, in order."""
    session = ReplaySession(open_recording(file), play=False, start=moments[0])
    title = f"wvatui replay {file.name}"
    return asyncio.run(draw(session, size, title, start=moments[0], then=moments[1:]))


def live(size: str) -> str:
    """The live screen on the simulated cluster."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launch(seed=7, speed=SPEED, scenario="stair-step", wva="v0.9", autoscaler="hpa") as sim,
    ):
        record = Path(folder) / "run.jsonl"
        request = WatchRequest(
            kubeconfig=str(sim.kubeconfig), namespace=sim.namespace, record=record
        )
        session = LiveSession(
            lambda session: connect(request, session), namespace=sim.namespace, duration_s=None
        )
        return asyncio.run(draw(session, size, f"wvatui watch {sim.namespace}", at_s=LIVE_S))[0]


def stacked(pictures: Sequence[str]) -> str:
    """Pictures one below the other, as one picture."""
    sizes = [re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg) for svg in pictures]
    width = max(float(size[1]) for size in sizes if size is not None)
    inner, top = [], 0.0
    for svg, size in zip(pictures, sizes, strict=True):
        assert size is not None
        place = f'<svg y="{top:g}" width="{size[1]}" height="{size[2]}" '
        inner.append(svg.replace("<svg ", place, 1))
        top += float(size[2])
    return (
        f'<svg viewBox="0 0 {width:g} {top:g}" xmlns="http://www.w3.org/2000/svg">\n'
        + "\n".join(inner)
        + "\n</svg>\n"
    )


def film(pictures: Sequence[str], still: int) -> str:
    """Pictures of one size, shown in turn in an endless loop, as one picture.

    Where animation is not supported or not wanted, the one at `still` is shown.
    """
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', pictures[still])
    assert size is not None
    style = (
        ".scene { visibility: hidden; } .still { visibility: visible; }"
        "@media (prefers-reduced-motion: no-preference) { .scene { visibility: hidden;"
        f" animation: shown {SCENE_S * len(pictures):g}s step-end infinite; }} }}"
        "@keyframes shown { 0% { visibility: visible; }"
        f" {100 / len(pictures):.4g}% {{ visibility: hidden; }} }}"
    )
    shown = [
        f'<g class="scene{" still" * (at == still)}" style="animation-delay: {at * SCENE_S:g}s">'
        f"{picture}</g>"
        for at, picture in enumerate(pictures)
    ]
    return (
        f'<svg viewBox="0 0 {size[1]} {size[2]}" xmlns="http://www.w3.org/2000/svg">\n'
        f"<style>{style}</style>\n" + "\n".join(shown) + "\n</svg>\n"
    )


LIVE = "overview"
"""The picture of a live screen; all others show moments of recordings and are the same whenever
drawn."""
PICTURES: dict[str, Callable[[], str]] = {
    LIVE: lambda: live("120x40"),
    "both-worlds": lambda: film(
        [
            stacked(pair)
            for pair in zip(
                *(scenes(file, WAVE, "120x32") for file in (QUEUE, RECORDING)), strict=True
            )
        ],
        still=WAVE.index("2m10s"),
    ),
    "metric-to-token": lambda: replayed(QUEUE, "10m30s", "120x36", keys=["D"]),
    "pods": lambda: replayed(RECORDING, "4m20s", "120x36", keys=["2"]),
    "why-nothing-happened": lambda: replayed(PAUSED, "5m", "100x26", keys=["H"]),
    "how-long-did-it-take": lambda: replayed(
        RECORDING, "4m10s", "120x36", keys=["D", "j", "j", "j"]
    ),
    "explain": lambda: replayed(BURSTS, "4m40s", "120x40", keys=["4"]),
    "replay": lambda: replayed(RECORDING, "1m31s", "120x40", keys=["right_square_bracket"]),
    "beside": lambda: replayed(
        BURSTS, "100%", "120x40", keys=["b", *["ctrl+left"] * 3], other=QUEUE
    ),
    "what-if": lambda: replayed(BURSTS, "50%", "120x40", tries=TRIES),
}
"""How each file in `docs/` is drawn, by its name without ending."""


def main() -> int:
    """Draw the pictures that the command line asks for."""
    if len(sys.argv) > 1:
        file, at, size, out, *more = sys.argv[1:]
        theme, *keys = more or [""]
        try:
            picture = replayed(Path(file), at, size, theme, keys)
        except WvatuiError as error:
            print(f"bench.picture: {error}", file=sys.stderr)
            return error.exit_code
        Path(out).write_text(picture, encoding="utf-8")
        return 0
    DOCS.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        (DOCS / f"{name}.svg").write_text(picture(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
