"""Lines of a controller's log for tests of the fold, and what is learned from them."""

import json
from datetime import UTC, datetime
from typing import Any

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, Cycle, State

START = 1_788_249_600.0
GROUPED = "Grouped VAs by model: modelCount=1, totalVAs=1"


def stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(START + at, UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def line(at: float, message: str, *, seen: float | None = None, level: str = "INFO") -> ev.Log:
    """A line of a release with values in the message, received `seen` seconds after START."""
    text = json.dumps({"level": level, "ts": stamp(at), "msg": message}, separators=(",", ":"))
    return ev.Log(START + (at if seen is None else seen), line=text, pod="ctl-a")


def fields(at: float, message: str, **values: Any) -> ev.Log:
    """A line of a release with values in fields."""
    head = {"level": "info", "ts": stamp(at), "caller": "a.go:1", "msg": message}
    return ev.Log(START + at, line=json.dumps(head | values, separators=(",", ":")), pod="ctl-a")


def raw(text: str, at: float = 0.0, **facts: Any) -> ev.Log:
    return ev.Log(START + at, line=text, **facts)


def learned(*events: ev.Event) -> State:
    return fold(EMPTY, events)


def cycles(state: State) -> list[Cycle]:
    return [*state.cycles, *([] if state.cycle is None else [state.cycle])]


def decision(at: float, variant: str, target: int) -> ev.Log:
    return fields(
        at, "Processing decision for VA", variant=variant, action="scale-up", target=target
    )


def analysis(at: float, **values: Any) -> ev.Log:
    return fields(at, "saturation analysis completed", modelID="m", **values)


def result(at: float, analyzer: str = "saturation", **values: Any) -> ev.Log:
    return fields(at, "analyzer-result", modelID="m", analyzer=analyzer, **values)
