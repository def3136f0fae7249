"""Moments of a bundled recording for the screen: nothing known, live, replayed, sources down."""

import asyncio
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from tests.fixtures import ROOT
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import UsageError
from wvatui.recording import open_recording
from wvatui.session.base import Capabilities, Session, SessionStatus

MOMENT_S = 140.0
"""The second at which one pod is saturated, others boot, and a scale-up was decided."""
RECORDING = ROOT / "recordings" / "stair-step-v2-hpa.jsonl"
NAMES = ("empty", "live", "replay", "down")
OWN, TWIN = "llm-d-sim", "llm-d-twin"


class Still(Session):
    """A session at one moment, whose time does not pass."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.capabilities = (
            Capabilities(can_go_back=True)
            if name == "replay"
            else Capabilities(can_record=True, can_go_back=True, ends=True)
        )
        self.latest = self.state = state_of(name)
        self._ended = asyncio.Event()

    async def run(self) -> None:
        await self._ended.wait()

    def stop(self, reason: str) -> None:
        self._ended.set()

    def mark(self, note: str) -> None:
        raise UsageError("a still keeps no mark")

    @property
    def newest(self) -> State:
        return whole() if self.name == "replay" else self.latest

    @property
    def status(self) -> SessionStatus:
        replay = self.name == "replay"
        return SessionStatus(
            live=not replay,
            playing=not replay,
            speed=1.0,
            shown_at=self.state.now,
            started_at=self.state.first_at,
            ended_at=self.newest.now,
            frozen=False,
            recording=Path("/sessions/20260901-080000-llm-d-sim.jsonl"),
            recording_bytes=1_240_000,
            recording_state="finished" if replay else "recording",
        )


@cache
def _events() -> list[ev.Event]:
    return list(open_recording(RECORDING).events())


@cache
def whole() -> State:
    """The State at the end of the session."""
    return fold(EMPTY, _events())


def in_two_namespaces(events: list[ev.Event]) -> Iterator[ev.Event]:
    """The events with a second namespace that has the same objects and pods, and no decisions."""
    for event in events:
        if isinstance(event, ev.Header):
            yield replace(event, namespace=f"{OWN},{TWIN}")
        elif isinstance(event, ev.Scrape | ev.ScrapeFailure | ev.Engine | ev.Epp):
            for where in (OWN, TWIN):
                yield replace(event, pod=f"{where}/{event.pod}")
        elif isinstance(event, ev.KubeEvent):
            yield replace(event, namespace=OWN)
        else:
            yield event
            if getattr(event, "namespace", "") == OWN:
                yield replace(event, namespace=TWIN)


@cache
def state_of(name: str) -> State:
    """The State of one of `NAMES`."""
    events = _events()
    start = events[0].at
    if name == "empty":
        known = [ev.Source(start + 1, source=s, status="ok") for s in ("log", "pods", "events")]
        return fold(EMPTY, [events[0], *known, ev.Tick(start + 2)])
    if name == "several":
        return fold(EMPTY, [e for e in in_two_namespaces(events) if e.at <= start + MOMENT_S])
    state = fold(EMPTY, [e for e in events if e.at <= start + MOMENT_S])
    if name == "down":
        at = start + MOMENT_S
        refused = "connection refused"
        told = [
            ev.Source(at + 1, source="log", status="retrying", text=refused, retry_at=at + 75),
            ev.Source(at + 1, source="pods", status="down", text="no pod answers: HTTP 503"),
            ev.Source(
                at + 1,
                source="workloads",
                status="denied",
                text="not allowed to list",
                verb="list",
                resource="deployments",
            ),
            ev.Source(at + 2, source="events", status="retrying", text=refused),
        ]
        state = fold(state, [*told, *(ev.Tick(at + second) for second in range(1, 61))])
    return state
