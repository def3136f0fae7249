"""Tries alternatives on one model of a recording, in both loops, row after row."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from wvatui.analysis.whatif import closed
from wvatui.core.queries.pods.engine_figures import Unfit
from wvatui.core.state.state import State
from wvatui.core.whatif import assumptions
from wvatui.core.whatif.alternative import OWN, Alternative
from wvatui.core.whatif.course import Limit
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.core.whatif.recorded.recorded import Recorded
from wvatui.core.whatif.trial import Trial, TrialRow, Tried
from wvatui.errors import RecordingError, UsageError


def models_of(state: State, source: str, model: str = "") -> list[Recorded]:
    """The parts of a session that can be decided again, one per model; `model`: only this one.

    Raises UsageError for an unknown model, RecordingError where nothing can be decided again;
    `source`: the session's name in errors.
    """
    everything = recorded(state)
    models = [each for each in everything if model in ("", each.model)]
    if models:
        return models
    known = ", ".join(each.model or "(not named)" for each in everything)
    if model and known:
        raise UsageError(f"--model {model}: there is no such model", hint=f"there is: {known}")
    lacks = "neither replicas nor a controller's cycles are in it"
    if state.ladder or state.watched:
        lacks = "neither the pods of each variant nor a controller's cycles are in it"
    raise RecordingError(
        f"{source}: {lacks}",
        hint="what-if needs a controller's log, or a recording of polled pods",
    )


def tried(
    state: State,
    on_model: Recorded,
    asked: Sequence[Alternative],
    *,
    given: Mapping[str, float] | None = None,
    limit: Limit | None = None,
    loop: str = "auto",
    sensitive: bool = True,
    heard: Callable[[Tried], bool] = lambda so_far: True,
) -> Tried:
    """Every row of the table, until `heard`, called with each row, returns False.

    `loop`: open, closed, both, or auto: both where the closed loop takes at most about a second.
    `sensitive`: see `Trial`.
    """
    trial = Trial(on_model, given or {}, limit, sensitive)
    so_far = Tried(trial, ())
    on = closed.plant(state, on_model.model) if loop != "open" else None
    remark = ""
    if isinstance(on, Unfit):
        remark, on = f"no closed loop: {on.why}", None
    elif on is not None and loop == "auto" and on.requests > closed.QUICK:
        remark = f"closed loop: --loop both ({on.requests:.0f} requests take a while)"
        on = None
    for row in _rows(trial, asked, on, loop):
        if row.label == closed.FOLLOWED.label:
            remark = closed.trusted(so_far.rows[0].figures, row.figures)
        so_far = Tried(trial, (*so_far.rows, row), remark)
        if not heard(so_far):
            break
    return so_far


def rows_expected(state: State, on_model: Recorded, asked: Sequence[Alternative]) -> int:
    """Number of rows that `tried` will give for one model."""
    count = 1 + bool(on_model.rounds or on_model.looked) + len(asked)
    on = closed.plant(state, on_model.model)
    if isinstance(on, Unfit) or on.requests > closed.QUICK:
        return count
    return count + 1 + bool(on_model.rounds) + len(asked)


def _rows(
    trial: Trial, asked: Sequence[Alternative], on: closed.Plant | None, loop: str
) -> Iterator[TrialRow]:
    """What really happened, then the open loop, then the closed loop."""
    if loop == "closed" and on is not None:
        yield trial.real()
    else:
        yield from trial.rows(asked)
    if on is None:
        return
    holds = assumptions.assumed(trial.recorded, trial.given)
    own = [OWN] if any(r.rule in ("v1", "v2") for r in trial.recorded.rounds) else []
    for alternative in (closed.FOLLOWED, *own, *asked):
        yield closed.row(trial.recorded, on, alternative, holds, trial.limit)
