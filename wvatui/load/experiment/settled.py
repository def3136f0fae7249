"""Whether the replicas have come to rest after a load."""

from wvatui.core.state.state import Rungs, State

REST_S = 120.0
"""So long nothing may have changed."""


def settled(state: State) -> bool:
    """Whether every variant has what is wanted of it, and has had it for a while."""
    newest = [trail[-1] for trail in state.ladder.values() if trail]
    return all(_rests(step, state.now) for step in newest)


def _rests(step: Rungs, now: float) -> bool:
    wanted = next((n for n in (step.desired, step.target, step.spec) if n is not None), None)
    agreed = {n for n in (wanted, step.spec, step.ready) if n is not None}
    return len(agreed) <= 1 and now - step.at >= REST_S
