"""Converts looks of a simulated HPA controller to the events of a session that watches it."""

from collections.abc import Sequence
from contextlib import closing
from functools import cache
from typing import Any

from tests.core.folding import RECORDINGS
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording
from wvatui.sources.objects.autoscaler import decode_autoscaler

START = 1_795_918_000.0
"""The epoch seconds from which the times of looks are counted."""
METADATA = {"name": "h", "namespace": "ns"}


def workload(at: float, spec: int, exist: int | None = None) -> ev.Workload:
    exist = spec if exist is None else exist
    return ev.Workload(
        START + at,
        kind="Deployment",
        name="d",
        namespace="ns",
        spec=spec,
        replicas=exist,
        ready=exist,
    )


def events_of(lines: Sequence[dict[str, Any]], *, made: bool = False) -> list[ev.Event]:
    """The events of the looks in `lines`; `made`: the object is created at the first one."""
    metadata: dict[str, Any] = dict(METADATA)
    if made:
        metadata["creationTimestamp"] = "2026-11-29T02:06:35Z"
    spec = lines[0]["spec"]
    events: list[ev.Event] = []
    size, scaled_at = None, None
    for line in lines[1:]:
        at, before, after = line["t"], line["scale"]["spec_replicas"], line["scale_after"]
        if before != size or not events:
            events.append(workload(at - 1.0, before, line["scale"]["status_replicas"]))
        if after != before:
            scaled_at = at
            events.append(workload(at, after, before))
            events.append(workload(at + 0.5, after))
        size = after
        status = {**line["status"], "currentReplicas": before, "desiredReplicas": after}
        obj = {"metadata": metadata, "spec": spec, "status": status}
        hpa = decode_autoscaler(obj, START + at)
        last = None if scaled_at is None else START + scaled_at
        events.append(ev.Autoscaler(**{**_fields(hpa), "last_scale_at": last}))
        events += [
            ev.KubeEvent(
                START + at + 0.7,
                type=event["type"],
                reason=event["reason"],
                message=event["message"],
                kind="HorizontalPodAutoscaler",
                name="h",
            )
            for event in line["events"]
        ]
    events.append(ev.Tick(START + lines[-1]["t"] + 60.0))
    return sorted(events, key=lambda event: event.at)


def _fields(hpa: ev.Autoscaler) -> dict[str, Any]:
    return {name: getattr(hpa, name) for name in hpa.__struct_fields__}


def state_of(events: Sequence[ev.Event]) -> State:
    return fold(EMPTY, events)


def decided(events: Sequence[ev.Event], decider: str = "hpa") -> list[ScalingDecision]:
    return [d for d in scaling_decisions(state_of(events)) if d.decider == decider]


@cache
def recorded(name: str) -> tuple[ev.Event, ...]:
    """The events of one of the recordings in `recordings/`."""
    with closing(open_recording(RECORDINGS / f"{name}.jsonl")) as reader:
        return tuple(reader.events())
