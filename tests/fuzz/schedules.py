"""Checks a live session of a cluster with random faults, in simulated time.

All faults end some time before the session. The recording is then compared with what the cluster
wrote: it has every line of the controller's log once and in order, or a gap at its time.
"""

import asyncio
import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.cluster import MANAGER, Served, Watched, served
from tests.core.canonical import canonical
from tests.fuzz.bounds import Fault, told
from wvatui.cli.live import WatchRequest, connect
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording
from wvatui.session.live import LiveSession
from wvatui.sim import faults

LENGTH_S, QUICK_S, IDLE_S = 210.0, 150.0, 480.0
"""The length of a session; in `make test`; with a stream that falls silent and is opened again only
after minutes."""
CALM_S = 80.0
"""The time before the end of a session in which there is no fault (longer with IDLE_S)."""
PATHS = (
    r"/log\?",
    r"watch=true",
    r"/pods\?",
    r"/deployments",
    r"/proxy/metrics",
    r"/horizontalpodautoscalers",
    r"/leases",
    r"/events",
    r"/configmaps",
    r"/variantautoscalings",
    "",
)
KINDS = tuple(kind for kind in faults.KINDS if kind not in ("403", "idle"))
"""The kinds of faults: not 403, after which a session waits for minutes, and not idle, which is one
of the cuts."""
LATE_LINES = 14
"""The number of last lines that need not be in the recording."""
WALL_S = 120.0


class Plan(NamedTuple):
    """The faults of a session, with their times in seconds from its start."""

    scenario: str
    length_s: float
    faults: list[tuple[float, str, dict[str, Any]]]
    cuts: list[tuple[float, str, str]]
    restart_s: float | None
    """The time at which the controller's container restarts; None: never."""


def run(dice: Random, folder: Path, quick: bool) -> None:
    """Raises Fault for a line lost without a gap, a State that differs from its replay, a task left
    running."""
    plan = _plan(dice, quick)
    (folder / "plan.txt").write_text("\n".join(map(str, plan)))
    try:
        asyncio.run(asyncio.wait_for(_watch(folder, plan), WALL_S))
    except Fault:
        raise
    except TimeoutError:
        raise Fault(f"not over after {WALL_S:g} s") from None
    except Exception as error:
        raise Fault(told(error)) from error


def _plan(dice: Random, quick: bool) -> Plan:
    until = (QUICK_S if quick else LENGTH_S) - CALM_S
    ways = ("eof", "reset") if quick else ("eof", "reset", "eof", "reset", "eof", "reset", "idle")
    cuts = [
        (dice.uniform(5, until), dice.choice(("/log", "watch", ".")), dice.choice(ways))
        for _ in range(dice.randint(0, 4))
    ]
    idle = any(way == "idle" for *_, way in cuts)
    return Plan(
        dice.choice(("steady", "stair-step", "spike", "flapping", "mixed")),
        IDLE_S if idle else until + CALM_S,
        [_fault(dice, until) for _ in range(dice.randint(1, 6))],
        cuts,
        dice.uniform(30, until - 10) if dice.random() < 0.25 else None,
    )


def _fault(dice: Random, until: float) -> tuple[float, str, dict[str, Any]]:
    """(time, kind, arguments) of a fault that ends by `until`."""
    kind = dice.choice(KINDS)
    more: dict[str, Any] = {
        "path": dice.choice(PATHS),
        "times": dice.choice((1, 1, 2, 5, 20)),
        "every": dice.choice((1, 2, 3)),
    }
    if kind in ("eof", "reset", "close"):
        more["after_bytes"] = dice.choice((0, 1, 500, 700, 2000, 4001, 30_000))
    if kind == "expire":
        more["path"] = "watch=true"  # only a watch can expire
    if kind == "slow":
        more["bytes_per_s"] = dice.choice((40_000.0, 200_000.0))
        more["times"] = 1
    if kind == "429":
        more["retry_after_s"] = dice.choice((0, 1, 3, 20))
    return dice.uniform(0, until - 5), kind, more | {"until": until}


async def _watch(folder: Path, plan: Plan) -> None:
    before = asyncio.all_tasks()
    async with served(folder, scenario=plan.scenario) as cluster:
        begin = cluster.cluster.timeline.start
        for second, kind, more in plan.faults:
            until = begin + more["until"]
            cluster.at(second, partial(cluster.fault, kind, **more | {"until": until}))
        for second, path, way in plan.cuts:
            cluster.at(second, partial(cluster.server.context.streams.cut, path, way))
        if plan.restart_s is not None:
            cluster.at(plan.restart_s, partial(_restart, cluster))
        recording, length = folder / "run.jsonl", plan.length_s
        request = WatchRequest(
            kubeconfig=str(cluster.kubeconfig),
            headless=True,
            duration=length,
            record=recording,
            request_timeout=5.0,
            interval=5.0,
        )
        session = LiveSession(lambda live: connect(request, live), duration_s=length)
        try:
            await session.run()
        finally:
            await session.aclose()
        _compare(session, Watched(list(open_recording(recording).events()), recording), cluster)
    left = {task for task in asyncio.all_tasks() if not task.done()} - before
    if left:
        raise Fault(f"tasks left: {sorted(task.get_name() for task in left)} {left}"[:600])


def _restart(cluster: Served) -> None:
    sim = cluster.cluster
    faults.restart_container(
        sim.store, sim.logbook, sim.controller_namespace, cluster.leader, MANAGER
    )


def _compare(session: LiveSession, watched: Watched, cluster: Served) -> None:
    *shown, footer = watched.events
    if not isinstance(footer, ev.Footer) or session.stopped != "duration":
        raise Fault(f"the recording ends with {footer}, the session with {session.stopped!r}")
    if canonical(fold(EMPTY, shown)) != canonical(session.latest):
        raise Fault("a replay does not have the State that was shown")
    sim, pod = cluster.cluster, cluster.leader
    former = sim.logbook.previous(sim.controller_namespace, pod, MANAGER)
    written = [line.wire(True).decode().rstrip("\n") for line in former.read()] if former else []
    written += cluster.written(pod)
    got = watched.lines(pod)
    gaps = [gap for gap in watched.of(ev.Gap) if gap.source == "log"]
    place = 0
    for number, line in enumerate(got):
        try:
            found = written.index(line, place)
        except ValueError:
            raise Fault(f"log line {number} doubled, or out of order: {line[:200]!r}") from None
        _missed(written[place:found], gaps)
        place = found + 1
    _missed(written[place:-LATE_LINES], gaps)


def _missed(lines: list[str], gaps: list[ev.Gap]) -> None:
    """Raises Fault for one of these missing lines that is not within a gap."""
    for line in lines:
        at = _stamp(line)
        if not any(gap.since - 1 <= at <= gap.until + 1 for gap in gaps):
            raise Fault(f"a log line was lost without a gap: {line[:200]!r} (gaps: {gaps})")


def _stamp(line: str) -> float:
    stamp = re.sub(r"(\.\d{6})\d*Z$", r"\1Z", line.partition(" ")[0])
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC).timestamp()
