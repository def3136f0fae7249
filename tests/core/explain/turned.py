"""A session in which one of the controller's thresholds changes; its replicas stay as they are."""

from collections.abc import Iterator, Sequence

from tests.core.explain.logs import MODEL, START, capacity_cycle
from wvatui.core import events as ev

TURN_S = 300.0
"""Seconds from the start to the first cycle under the second threshold; there is one a minute."""


def config(at: float, kv: float, name: str = "saturation") -> ev.Config:
    """A ConfigMap of the controller, read `at` seconds after the start."""
    data = {"default": f"kvCacheThreshold: {kv}"}
    return ev.Config(START + at, name=name, namespace="ns", data=data)


def turned(
    before: float,
    after: float,
    *others: ev.Event,
    full: float = 0.7,
    other: float = 0.1,
    full_from: float = 0.0,
    until: float = 600.0,
    by_log: bool = False,
) -> list[ev.Event]:
    """The events of one variant `v` with two pods, whose KV caches are used to `full` and `other`
    from second `full_from` on, else not at all. `by_log`: only the log shows the thresholds."""
    head: list[ev.Event] = [
        ev.Header(START - 10.0, started_at=START - 10.0, namespace="ns", interval_s=10.0),
        ev.Variant(
            START - 9.0,
            name="v",
            namespace="ns",
            source="VariantAutoscaling",
            model=MODEL,
            target_name="v",
        ),
        ev.Workload(
            START - 9.0,
            kind="Deployment",
            name="v",
            namespace="ns",
            spec=2,
            ready=2,
            selector={"app": "v"},
        ),
        *(
            ev.Pod(
                START - 8.0,
                name=f"v-{n}",
                namespace="ns",
                role="model",
                phase="Running",
                ready=True,
                labels={"app": "v"},
            )
            for n in range(2)
        ),
    ]
    configs = [] if by_log else [config(-5.0, before), config(TURN_S - 5.0, after)]
    used = [(at, (full, other) if at >= full_from else (0.0, 0.0)) for at in range(int(until) + 1)]
    told = [*_cycles(before, after, used[:-1:60]), *_looks(used[::10])]
    ticks = [ev.Tick(START + at) for at in range(0, int(until) + 1, 5)]
    return sorted([*head, *configs, *others, *told, *ticks], key=lambda event: event.at)


Used = Sequence[tuple[int, tuple[float, float]]]
"""(seconds from the start, KV ratio of both pods)."""


def _cycles(before: float, after: float, used: Used) -> Iterator[ev.Event]:
    for number, (at, loads) in enumerate(used):
        limit = after if at >= TURN_S else before
        for line in capacity_cycle(number, [(kv, 0) for kv in loads], 2, kv=limit, target=2):
            yield ev.Log(START + at + 0.5, line=line)


def _looks(used: Used) -> Iterator[ev.Event]:
    for at, loads in used:
        for n, kv in enumerate(loads):
            yield ev.Scrape(START + at, pod=f"v-{n}", kv=kv, waiting=0, running=1)
