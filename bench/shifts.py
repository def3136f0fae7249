"""How often the rows of the screen jump in a minute of `make demo`.

The demo's own cluster and session behind the real app at 120x40, looked at 110 times in a minute. A
shift is a look at which a part of the screen, or a row of a table, stands in another line than at
the look before.
"""

import asyncio
import json
import time

from bench.stage import Sink
from wvatui.cli.live import WatchRequest, connect
from wvatui.session.live import LiveSession
from wvatui.sim.serve import launch
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.panels import panel
from wvatui.ui.theme import load

LOOKS = 110
MINUTE_S = 60.0
SIZE = (120, 40)
SPEED = 20.0
"""As of `wvatui demo`."""
TABLES = ("variants", "pods")
"""Those whose rows are things that stay; lists of what happened grow by nature."""

RowsAt = dict[tuple[str, ...], int]


def measure() -> list[dict[str, object]]:
    """Looks at which something had moved, of 110 in a minute."""
    moved = asyncio.run(_demo())
    return [
        {
            "name": "rows that jump in a minute of demo, 120x40",
            "value": len(moved),
            "unit": "shifts",
            "reach": 2,
            "moved": moved,
        }
    ]


def rows_at(app: WvatuiApp) -> RowsAt:
    """In which line of the screen each part and each row of a table stands."""
    out: RowsAt = {}
    if app.vm is None or app.stage.plan is None:
        return out
    for place in app.stage.shown:
        out[place.part, str(place.x)] = place.y
        if place.part in TABLES and (keys := panel(place.part).keys) is not None:
            rows = enumerate(keys(app.vm, place.width, place.height))
            out |= {(place.part, key): place.y + n for n, key in rows if key}
    return out


def moved_between(before: RowsAt, now: RowsAt) -> list[str]:
    """What stands elsewhere than before, in words; what came or went has not moved."""
    return [
        f"{' '.join(key)}: {before[key]} to {now[key]}"
        for key in before.keys() & now.keys()
        if before[key] != now[key]
    ]


async def _demo() -> list[list[str]]:
    """What had moved, by look."""
    with launch(
        seed=7, speed=SPEED, scenario="stair-step", wva="v0.9", autoscaler="hpa"
    ) as running:
        request = WatchRequest(
            kubeconfig=str(running.kubeconfig), namespace=running.namespace, no_record=True
        )
        session = LiveSession(lambda session: connect(request, session))
        app = WvatuiApp(session, palette=load(""), ascii_only=False)
        app.driver_class = Sink
        shown = asyncio.create_task(app.run_async(headless=False, size=SIZE, mouse=False))
        while app.vm is None or not app.vm.variants:
            await asyncio.sleep(0.05)
        moved, before, begin = [], rows_at(app), time.monotonic()
        for look in range(1, LOOKS + 1):
            await asyncio.sleep(max(0.0, begin + look * MINUTE_S / LOOKS - time.monotonic()))
            now = rows_at(app)
            if elsewhere := moved_between(before, now):
                moved.append(elsewhere)
            before = now
        session.stop("bench")
        app.exit()
        await shown
        await session.aclose()
    return moved


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
