"""Loads of a model over time, from its pods' scrapes or from the controller's log."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from statistics import median

from wvatui.core.events import Scrape
from wvatui.core.metrics.scrape_fields import JUDGED
from wvatui.core.state.session_window import fresh_s
from wvatui.core.state.state import State
from wvatui.core.whatif.loads import LoadShare
from wvatui.core.whatif.recorded.recorded import (
    Counts,
    DecisionRound,
    RecordedMoment,
    ReplicaChange,
)

STEP_S = 5.0
"""Least seconds between two moments taken from scrapes."""
MOST_MOMENTS = 100_000
"""Most moments; over more than six days the steps are longer."""
HELD_CYCLES = 2.5
"""How many cycles a cycle's samples count; after that the load is not known."""
ENOUGH = 5
"""Least number of samples for a typical value."""


class Polled:
    """The scrapes of one pod, ascending in time."""

    def __init__(self, variant: str, pod: str, looks: Sequence[Scrape]) -> None:
        self.variant, self.pod, self.looks = variant, pod, looks
        self.times = [look.at for look in looks]

    def at(self, at: float, fresh: float) -> LoadShare | bool | None:
        """Its load at `at`; None: not known; False: it does not serve."""
        place = bisect_right(self.times, at)
        if not place:
            return False
        look = self.looks[place - 1]
        if at - look.at > fresh:
            # Between two scrapes it went on serving, unseen; after the last it is gone.
            return None if place < len(self.looks) else False
        kv, waiting = JUDGED["kv"](look), JUDGED["waiting"](look)
        if kv is None or waiting is None:
            return None
        running = None if look.running is None else float(look.running)
        return LoadShare(self.variant, kv, float(waiting), running, self.pod)


def polled(state: State, owners: Mapping[str, str]) -> list[Polled]:
    """The pods that were polled, with the variant of each; `owners`: variant by pod."""
    pods = []
    for pod, variant in owners.items():
        watched = state.watched.get(pod)
        if watched is not None and len(watched.history):
            pods.append(Polled(variant, pod, list(watched.history)))
    return pods


def moments_of_pods(state: State, pods: Sequence[Polled]) -> tuple[RecordedMoment, ...]:
    """The load every few seconds, over the time in which pods were polled."""
    if not pods:
        return ()
    interval = state.header.interval_s if state.header else 0.0
    fresh = fresh_s(state.header)
    since = min(pod.times[0] for pod in pods)
    until = max(pod.times[-1] for pod in pods)
    step = max(STEP_S, interval, (until - since) / MOST_MOMENTS)
    moments: list[RecordedMoment] = []
    for number in range(int((until - since) // step) + 1):
        at = since + number * step
        loads = [load for pod in pods if (load := pod.at(at, fresh)) is not False]
        known = tuple(load for load in loads if isinstance(load, LoadShare))
        moments.append(RecordedMoment(at, known if len(known) == len(loads) else None))
    moments.append(RecordedMoment(until + fresh, None))
    return tuple(moments)


def moments_of_rounds(rounds: Sequence[DecisionRound]) -> tuple[RecordedMoment, ...]:
    """The load from the controller's log, one moment per cycle."""
    if not any(round_.loads for round_ in rounds):
        return ()
    gaps = [b.at - a.at for a, b in pairwise(rounds)]
    hold = HELD_CYCLES * (median(gaps) if gaps else 60.0)
    moments: list[RecordedMoment] = []
    for round_, following in zip(rounds, [*rounds[1:], None], strict=True):
        moments.append(RecordedMoment(round_.at, round_.loads))
        if following is not None and following.at - round_.at > hold:
            moments.append(RecordedMoment(round_.at + hold, None))
    return tuple(moments)


def serving_of(moments: Iterable[RecordedMoment]) -> tuple[ReplicaChange, ...]:
    """Replicas that served, by variant, from the loads."""
    return changes(
        (moment.at, _counted(moment.loads)) for moment in moments if moment.loads is not None
    )


def _counted(loads: Iterable[LoadShare]) -> Counts:
    counts: dict[str, int] = {}
    for load in loads:
        counts[load.variant] = counts.get(load.variant, 0) + 1
    return counts


def changes(points: Iterable[tuple[float, Counts]]) -> tuple[ReplicaChange, ...]:
    """Counts over time, where they change."""
    steps: list[ReplicaChange] = []
    for at, counts in points:
        if not steps or steps[-1].replicas != counts:
            steps.append(ReplicaChange(at, counts))
    return tuple(steps)


# --- what is typical ----------------------------------------------------------------------


def cache_of_a_request(pods: Iterable[Polled]) -> float | None:
    """Median share of a cache that one running request holds; None: too few scrapes."""
    shares = [
        look.kv / look.running
        for pod in pods
        for look in pod.looks
        if look.kv and look.running and look.running >= 4 and look.kv >= 0.05
    ]
    return median(shares) if len(shares) >= ENOUGH else None


def full_at(moments: Iterable[RecordedMoment]) -> float | None:
    """KV use at which requests wait in a replica: the third quartile; None: hardly any waited."""
    fullest = sorted(
        load.kv for moment in moments for load in moment.loads or () if load.waiting >= 1
    )
    return fullest[len(fullest) * 3 // 4] if len(fullest) >= ENOUGH else None


def rise_s(
    wanted: Sequence[ReplicaChange],
    reached: Sequence[ReplicaChange],
    name: str,
    *,
    whole: bool = True,
) -> list[float]:
    """Seconds from each rise of a variant in `wanted` until `reached` has as many (`whole`) or
    begins to rise; rises that were taken back before that are left out."""
    durations = []
    steps = [(change.at, change.replicas.get(name, 0)) for change in wanted]
    there = [(change.at, change.replicas.get(name, 0)) for change in reached]
    for place, (at, count) in enumerate(steps):
        if not place or count <= steps[place - 1][1]:
            continue
        until = next((t for t, c in steps[place + 1 :] if c < count), float("inf"))
        before = next((c for t, c in reversed(there) if t <= at), 0)
        enough = count if whole else min(count, before + 1)
        when = next((t for t, c in there if t >= at and c >= enough), None)
        if when is not None and when < until:
            durations.append(when - at)
    return durations


def tokens_of_a_request(pods: Iterable[Polled]) -> tuple[float, float] | None:
    """Mean prompt and output tokens of a finished request, from the pods' counters."""
    prompt = output = done = 0
    for pod in pods:
        rows = [look for look in pod.looks if look.success is not None]
        if len(rows) < 2:
            continue
        first, last = rows[0], rows[-1]
        ended = sum((last.success or {}).values()) - sum((first.success or {}).values())
        asked = (last.prompt_tokens or 0) - (first.prompt_tokens or 0)
        given = (last.generation_tokens or 0) - (first.generation_tokens or 0)
        if ended > 0 and asked >= 0 and given >= 0:
            done, prompt, output = done + ended, prompt + asked, output + given
    return (prompt / done, output / done) if done and output else None
