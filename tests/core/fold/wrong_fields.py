"""Handlers with wrong fields, each marked `type: ignore`. In strict mode, which `make lint` uses,
mypy reports a `type: ignore` that ignores nothing, so `make lint` fails if mypy misses one of them.
This file is never imported.
"""

from wvatui.core import events as ev
from wvatui.core.fold.fold import _on as on
from wvatui.core.fold.fold_log import _on as on_fact
from wvatui.core.log import facts as fc
from wvatui.core.state.building.builder import StateBuilder
from wvatui.core.structs import merged, replace


def of_pod(draft: StateBuilder, event: ev.Pod) -> None: ...


def of_mode(draft: StateBuilder, at: float, fact: fc.Mode) -> None: ...


def right(draft: StateBuilder, event: ev.Pod) -> None:
    """Nothing here is an error."""
    draft.pods[event.name] = replace(event, phase="Running")
    on(ev.Pod, of_pod)
    on_fact(fc.Mode, of_mode)


def wrong(draft: StateBuilder, event: ev.Pod) -> None:
    """Every line is an error."""
    draft.podz[event.name] = event  # type: ignore[attr-defined]
    draft.pods[event.name] = event.name  # type: ignore[assignment]
    draft.hpas[event.name] = event  # type: ignore[assignment, index]
    draft.marks.append(event)  # type: ignore[arg-type]
    draft.epp.append(event.name, event)  # type: ignore[arg-type]
    draft.mode = event.created_at  # type: ignore[assignment]
    draft.pods[event.name] = replace(event, fase="")  # type: ignore[call-arg]
    draft.pods[event.name] = replace(event, phase=1)  # type: ignore[arg-type]
    draft.tuner[""] = merged(event, event)  # type: ignore[assignment]
    on(ev.Tick, of_pod)  # type: ignore[arg-type]
    on_fact(fc.Slo, of_mode)  # type: ignore[arg-type]
