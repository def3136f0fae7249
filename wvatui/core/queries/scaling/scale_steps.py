"""Steps with their lags: of one replica, and of a change as a whole."""

from collections.abc import Mapping, Sequence

from wvatui.core.rows.scale_views import OF_PODS, PodSteps, ScaleStep
from wvatui.core.state.state import PodLifecycle

_FIELDS = {
    "scheduled": "scheduled_at",
    "image": "pulled_at",
    "started": "started_at",
    "ready": "ready_at",
    "served": "served_at",
    "leaving": "leaving_at",
    "drained": "gone_at",
}


def one_pod(boot: PodLifecycle, order: Sequence[str], after: float) -> PodSteps:
    """The steps that a replica took by itself, lags from `after` (the spec's change) on."""
    times = {name: getattr(boot, _FIELDS[name]) for name in order if name in OF_PODS}
    return PodSteps(boot.pod, _lagged({"spec": after, **times})[1:])


def joined(
    order: Sequence[str], times: Mapping[str, float | None], pods: Sequence[PodSteps], count: int
) -> tuple[ScaleStep, ...]:
    """The steps of a change: one of replicas is taken when the last of `count` has taken it."""
    reached: dict[str, list[float]] = {}
    for pod in pods:
        for step in pod.steps:
            if step.at is not None:
                reached.setdefault(step.id, []).append(step.at)
    whole = {name: times.get(name) for name in order if name not in OF_PODS}
    for name in order:
        if name in OF_PODS:
            taken = reached.get(name, [])
            whole[name] = max(taken) if taken and len(taken) >= count else None
    return tuple(
        step
        if step.id not in OF_PODS or not count
        else ScaleStep(
            step.id, step.at, step.lag_s, step.direct, len(reached.get(step.id, ())), count
        )
        for step in _lagged({name: whole[name] for name in order})
    )


def _lagged(times: Mapping[str, float | None]) -> tuple[ScaleStep, ...]:
    """Steps in their order; what seems to lie before its cause happened with it.

    The API tells whole seconds, cut off: a step can seem to be up to a second too early.
    """
    steps: list[ScaleStep] = []
    before: float | None = None
    direct = False
    for name, at in times.items():
        if at is None:
            steps.append(ScaleStep(name))
            direct = False
            continue
        at = at if before is None else max(at, before)
        lag_s = None if before is None else at - before
        steps.append(ScaleStep(name, at, lag_s, direct and lag_s is not None))
        before, direct = at, True
    return tuple(steps)
