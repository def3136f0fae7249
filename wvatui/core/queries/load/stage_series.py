"""What pods and replicas were like in a stretch of time: means over it, and the extremes."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wvatui.core.events import Scrape
from wvatui.core.queries.pods.window import BoundsById, WindowObserved, observed
from wvatui.core.state.history import History
from wvatui.core.state.state import State

BUCKETS = 600
"""A stretch is divided into at most so many, to add up what several pods say of one moment."""
LEAST_S = 1.0

StageSlots = dict[int, float]


@dataclass(slots=True)
class Gauges:
    """What was measured of some pods in a stretch. `ends`: the first and the last look at one."""

    running: StageSlots = field(default_factory=dict)
    waiting: StageSlots = field(default_factory=dict)
    kv: StageSlots = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    ends: tuple[Scrape, Scrape] | None = None
    observed: dict[str, WindowObserved] = field(default_factory=dict)
    """By histogram: what all pods together observed; kept once it was asked for."""
    looks: int = 0
    joined: "tuple[tuple[Gauges, ...], Gauges] | None" = None
    """These pods, of which it was the first, and what they were together."""

    @classmethod
    def together(cls, pods: Sequence["Gauges"]) -> "Gauges":
        """All pods as one: requests added up moment by moment; KV as the mean, and the highest."""
        if not pods:
            return cls()
        before = pods[0].joined
        # By identity: a pod that was measured on is another one.
        if before is not None and list(map(id, before[0])) == list(map(id, pods)):
            return before[1]
        out = cls._together(pods)
        pods[0].joined = (tuple(pods), out)
        return out

    @classmethod
    def _together(cls, pods: Sequence["Gauges"]) -> "Gauges":
        out = cls(looks=sum(pod.looks for pod in pods))
        for name in ("running", "waiting"):
            total: StageSlots = getattr(out, name)
            for pod in pods:
                for slot, value in getattr(pod, name).items():
                    total[slot] = total.get(slot, 0.0) + value
        count = 0
        for pod in pods:
            for value in pod.kv.values():
                # Numbered anew: each is one value of the mean.
                out.kv[count] = value
                count += 1
            if "kv" in pod.peaks:
                out.peaks["kv"] = max(pod.peaks["kv"], out.peaks.get("kv", 0.0))
        return out

    @property
    def running_mean(self) -> float | None:
        return _mean(self.running.values())

    @property
    def running_max(self) -> float | None:
        return max(self.running.values(), default=None)

    @property
    def waiting_mean(self) -> float | None:
        return _mean(self.waiting.values())

    @property
    def waiting_max(self) -> float | None:
        return max(self.waiting.values(), default=None)

    @property
    def kv_mean(self) -> float | None:
        return _mean(self.kv.values())

    @property
    def kv_max(self) -> float | None:
        return self.peaks.get("kv")


def latencies(
    pods: Sequence[Gauges], together: Gauges, name: str, bounds: BoundsById
) -> WindowObserved:
    """What `pods` observed between their ends in the histogram `name` (ttft, itl)."""
    found = together.observed.get(name)
    if found is None:
        ends = [pod.ends for pod in pods if pod.ends is not None]
        pairs = [(getattr(older, name), getattr(newer, name)) for older, newer in ends]
        found = together.observed[name] = observed(pairs, bounds)
    return found


def gauges(history: History, since: float, until: float, limit_s: float) -> Gauges:
    """One pod over [since, until]. A look farther than `limit_s` before it says nothing of it."""
    sealed = history.sealed_at(since, until)
    if sealed is None:
        return _gauges(history, since, until, limit_s)
    name = f"gauges {since!r} {until!r} {limit_s!r}"
    return sealed.kept(name, lambda: _gauges(history, since, until, limit_s))


def _gauges(history: History, since: float, until: float, limit_s: float) -> Gauges:
    out = Gauges(ends=_ends(history, since, until, limit_s))
    step = max(LEAST_S, limit_s / 3, (until - since) / BUCKETS)
    for name in ("running", "waiting", "kv"):
        slots: StageSlots = getattr(out, name)
        points = history.points(name, since)
        points = points[: bisect_right(points, until, key=_time)]
        for at, value in points:
            slots[int((at - since) / step)] = value
        out.looks = max(out.looks, len(points))
        _older(history, name, slots, since, until, step)
        if slots:
            out.peaks[name] = max(slots.values())
        if points:
            out.peaks[name] = max(out.peaks[name], max(value for _, value in points))
    return out


def _older(
    history: History, name: str, slots: StageSlots, since: float, until: float, step: float
) -> None:
    """Minutes that are only summarised any more: each fills its slots with its mean."""
    for minute in history.old:
        value = getattr(minute, f"{name}_mean")
        if value is None or not (since - 60.0 < minute.at < until):
            continue
        first = max(0, int((minute.at - since) / step))
        last = int((min(minute.at + 59.999, until) - since) / step)
        for slot in range(first, last + 1):
            slots.setdefault(slot, value)


def _ends(
    history: History, since: float, until: float, limit_s: float
) -> tuple[Scrape, Scrape] | None:
    """The looks between which the stretch lies; None when there are not two."""
    rows = history.since(since - limit_s)
    last = bisect_right(rows, until, key=_at) - 1
    if last < 1 or rows[last].at < since:
        return None
    first = max(0, bisect_right(rows, since, 0, last, key=_at) - 1)
    return rows[first], rows[last]


def replicas(
    state: State, since: float, until: float
) -> tuple[int | None, int | None, float | None]:
    """Fewest, most and mean (over time) of the replicas of all variants together."""
    steps: list[tuple[float, int, int | None]] = []
    for number, trail in enumerate(state.ladder.values()):
        for step in trail:
            count = step.ready if step.ready is not None else step.current
            steps.append((max(since, step.at), number, count))
    steps.sort(key=lambda step: step[0])
    steps.append((until, -1, None))
    now: dict[int, int] = {}
    totals: list[int] = []
    area = known_s = 0.0
    for (at, number, count), (end, _, _) in pairwise(steps):
        if count is None:
            now.pop(number, None)
        else:
            now[number] = count
        length_s = min(end, until) - at
        if length_s > 0 and now:
            totals.append(sum(now.values()))
            area += totals[-1] * length_s
            known_s += length_s
    if not totals:
        return None, None, None
    return min(totals), max(totals), area / known_s


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None


def _time(point: tuple[float, float]) -> float:
    return point[0]


def _at(row: Scrape) -> float:
    return row.at
