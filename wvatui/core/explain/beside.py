"""What is shown beside an explanation: polled values, the age of the controller's numbers, and the
observations that followed its predictions."""

from dataclasses import dataclass

from wvatui.core.explain.cycle_detail import cycle_detail
from wvatui.core.rows.cycle_views import CycleSampleRow
from wvatui.core.state.state import State

BACK_S = 300.0
"""How far back a pod's scrapes are searched for the number that the controller used, seconds."""
SAME = 0.011
"""KV ratios that differ by at most this count as equal."""
NEXT_S = 600.0
"""A prediction is compared with measurements up to this long after it, seconds."""


@dataclass(frozen=True, slots=True)
class SeenPod:
    """One pod beside the controller's numbers. `view_age_s`: how long before the cycle it was
    last polled with the KV use that the controller used; None: never within five minutes."""

    sample: CycleSampleRow
    view_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class PolledMeanwhile:
    """The model's prediction for a variant, and the next measurement. ms and seconds."""

    variant: str
    after_s: float
    predicted_itl_ms: float | None
    itl_ms: float | None
    predicted_ttft_ms: float | None
    ttft_ms: float | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside one cycle's explanation: see the module."""

    pods: tuple[SeenPod, ...] = ()
    observed: tuple[PolledMeanwhile, ...] = ()

    @property
    def stale_s(self) -> float | None:
        """Age of the oldest number that the controller used, seconds; None: not known."""
        ages = [pod.view_age_s for pod in self.pods if pod.view_age_s is not None]
        return max(ages, default=None)


def beside(state: State, cycle_at: float) -> Beside:
    """What is shown beside the cycle that began at `cycle_at`; `state` may be later."""
    detail = cycle_detail(state, cycle_at)
    if detail is None or detail.row.at != cycle_at:
        return Beside()
    pods = tuple(
        SeenPod(sample, view_age_s(state, sample.pod, sample.kv_ratio, cycle_at))
        for sample in detail.samples
    )
    return Beside(pods, tuple(_observed(state, cycle_at)))


def view_age_s(state: State, pod: str, kv_ratio: float | None, at: float) -> float | None:
    """How long before `at` the pod was last polled with this KV use; None: never, or not polled."""
    watched = state.watched.get(pod)
    if watched is None or kv_ratio is None:
        return None
    for look in reversed(watched.history.since(at - BACK_S)):
        if look.at <= at and look.kv is not None and abs(look.kv - kv_ratio) <= SAME:
            return at - look.at
    return None


def _observed(state: State, at: float) -> list[PolledMeanwhile]:
    pairs = []
    for variant, trail in state.predicted.items():
        said = [p for p in trail if at <= p.at <= at + 2.0]
        later = [m for m in state.measured.get(variant, ()) if at + 2.0 < m.at <= at + NEXT_S]
        measured = [m for m in later if m.metrics.itl_ms is not None]
        if not said or not measured:
            continue
        after, then = measured[0], said[-1].prediction
        pairs.append(
            PolledMeanwhile(
                variant=variant,
                after_s=after.at - at,
                predicted_itl_ms=then.itl_ms,
                itl_ms=after.metrics.itl_ms,
                predicted_ttft_ms=then.ttft_ms,
                ttft_ms=after.metrics.ttft_ms,
            )
        )
    return pairs
