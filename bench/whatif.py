"""What-if: an hour of 16 pods, polled every two seconds, under one alternative."""

import time
from collections.abc import Iterator

from tests.core.whatif.manifests import benchmark_hpa
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY
from wvatui.core.whatif.alternative import Alternative
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.core.whatif.trial import Trial

PODS, HOUR_S, EVERY_S = 16, 3600, 2
T0 = 1_790_000_000.0


def events() -> Iterator[ev.Event]:
    """A model of 16 replicas whose load rises and falls, one of them hot."""
    yield ev.Header(T0, started_at=T0, namespace="ns", interval_s=float(EVERY_S))
    yield ev.Variant(
        T0,
        name="v",
        namespace="ns",
        source="VariantAutoscaling",
        model="m",
        target_name="d",
        cost=10.0,
    )
    yield ev.Workload(
        T0,
        kind="Deployment",
        name="d",
        namespace="ns",
        spec=PODS,
        ready=PODS,
        selector={"app": "d"},
    )
    for pod in range(PODS):
        yield ev.Pod(
            T0,
            name=f"d-{pod}",
            namespace="ns",
            role="model",
            phase="Running",
            ready=True,
            labels={"app": "d"},
        )
    for second in range(0, HOUR_S, EVERY_S):
        at = T0 + second
        wave = 0.5 + 0.4 * (second % 900) / 900
        for pod in range(PODS):
            kv = 0.99 if pod == 0 else wave * (0.8 + 0.02 * pod)
            yield ev.Scrape(
                at,
                pod=f"d-{pod}",
                kv=min(1.0, kv),
                running=int(90 * kv),
                waiting=40 if pod == 0 else 0,
            )
        yield ev.Tick(at)


def measure() -> list[dict[str, object]]:
    """One row: seconds per alternative, with its sensitivity to every assumption."""
    state = fold(EMPTY, events())
    begin = time.perf_counter()
    (one,) = recorded(state)
    trial = Trial(one, {})
    asked = [
        Alternative("HPA", "scaler", scaler=benchmark_hpa()),
        Alternative("V1", "v1"),
        Alternative("V2", "v2"),
        Alternative("8", "static", replicas=8),
    ]
    rows = list(trial.rows(asked))
    took = time.perf_counter() - begin
    assert all(row.figures is not None for row in rows)
    return [
        {
            "name": "what if: an alternative on an hour of 16 pods, all assumptions",
            "value": took / len(asked),
            "unit": "s",
            "reach": 2.0,
        }
    ]


if __name__ == "__main__":
    print(measure())
