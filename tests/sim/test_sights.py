"""Each scenario shows what it promises, in a headless session over HTTP."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster import Watched, served
from tests.findings.provoked import (
    HEALTHY,
    RUNS,
    found,
    holds_no_trouble,
    holds_what_is_provoked,
    plain,
)
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.sim.scenarios import SCENARIOS
from wvatui.sim.scenarios.guided import GUIDED

Sight = Callable[[Watched], object]


def replicas(seen: Watched) -> list[int]:
    """`spec.replicas` of the model's Deployment, as it changed."""
    steps: list[int] = []
    for event in seen.of(ev.Workload):
        if "epp" not in event.name and (not steps or steps[-1] != event.spec):
            steps.append(event.spec)
    return steps


def fullest(seen: Watched) -> dict[str, float]:
    """The highest KV cache use of each pod."""
    highest: dict[str, float] = {}
    for scrape in seen.of(ev.Scrape):
        if scrape.kv is not None:
            highest[scrape.pod] = max(highest.get(scrape.pod, 0.0), scrape.kv)
    return highest


def waiting(seen: Watched) -> float:
    return max((scrape.waiting or 0 for scrape in seen.of(ev.Scrape)), default=0)


def targets(seen: Watched) -> list[int]:
    return [decided.target for decided in seen.state.decided if decided.target is not None]


def reasons(seen: Watched) -> set[str]:
    return {event.reason for event in seen.of(ev.KubeEvent)}


def conditions(seen: Watched, kind: type[ev.Event]) -> set[tuple[str, str, str]]:
    return {(c.type, c.status, c.reason) for event in seen.of(kind) for c in event.conditions}


def turns(seen: Watched) -> int:
    """The number of times that the replicas changed direction."""
    steps = [b > a for a, b in pairwise(replicas(seen))]
    return sum(a != b for a, b in pairwise(steps))


def stair_step(seen: Watched) -> object:
    return max(fullest(seen).values()) > 0.9 and max(targets(seen)) > 1 and max(replicas(seen)) > 1


def one_pod_is_hot(seen: Watched) -> object:
    cold, *_, hot = sorted(fullest(seen).values())
    return hot > 0.9 and cold < 0.5


def is_paused(seen: Watched) -> object:
    told = {event.paused for event in seen.of(ev.ScaledObject)}
    return "paused" in told and max(targets(seen)) > 2 and set(replicas(seen)) == {1}


def is_at_its_maximum(seen: Watched) -> object:
    return max(replicas(seen)) == 2 and waiting(seen) > 50 and min(fullest(seen).values()) > 0.9


def fits_nowhere(seen: Watched) -> object:
    stuck = [pod for pod in seen.state.pods.values() if pod.phase == "Pending"]
    return stuck and "FailedScheduling" in reasons(seen)


def has_no_adapter(seen: Watched) -> object:
    return (
        ("ScalingActive", "False", "FailedGetExternalMetric") in conditions(seen, ev.Autoscaler)
        and "FailedGetExternalMetric" in reasons(seen)
        and max(targets(seen)) > 1
        and set(replicas(seen)) == {1}
    )


def has_new_leaders(seen: Watched) -> object:
    holders = {lease.holder for lease in seen.of(ev.Lease)} - {""}
    restarts = max(pod.restarts for pod in seen.of(ev.Pod) if pod.role == "controller")
    return len({holder.partition("_")[0] for holder in holders}) == 2 and restarts >= 1


def has_a_gap(seen: Watched) -> object:
    gaps = [gap for gap in seen.of(ev.Gap) if "log" in gap.source or "controller" in gap.source]
    decided = [decided.at for decided in seen.state.decided]
    return gaps and min(decided) < gaps[0].until < max(decided)


def has_drifted(seen: Watched) -> object:
    return seen.state.totals.unknown > 10


def follows_the_load(seen: Watched) -> object:
    names = {metric.name for hpa in seen.of(ev.Autoscaler) for metric in hpa.metrics}
    has_metrics = {"vllm_num_requests_waiting", "vllm_kv_cache_usage_perc"} <= names
    return has_metrics and max(replicas(seen)) > 1 and not targets(seen)


def follows_the_picker(seen: Watched) -> object:
    triggers = {text for event in seen.of(ev.ScaledObject) for text in event.triggers}
    return triggers and max(replicas(seen)) > 1 and not targets(seen)


def learns_and_predicts(seen: Watched) -> object:
    text = "\n".join(event.line for event in seen.of(ev.Log))
    tuned = "Tuner validation succeeded" in text and "Tuner NIS validation failed" in text
    return tuned and seen.state.predicted and max(targets(seen)) > 1


def has_both_engines(seen: Watched) -> object:
    """Both engines have metrics, the SGLang variant has grown, and no log line is unknown."""
    engines = {event.pod: event.engine for event in seen.of(ev.Engine)}
    full = fullest(seen)
    used = {
        engine: max(full[pod] for pod in full if engines.get(pod) == engine)
        for engine in ("vllm", "sglang")
    }
    return min(used.values()) > 0.5 and sum(one == "sglang" for one in engines.values()) > 1


def grows_by_cost(seen: Watched) -> object:
    """The cheapest variant grows first, up to its maximum of three; then the next."""
    grown: list[str] = []
    for event in seen.of(ev.Workload):
        if "epp" not in event.name and (event.spec or 0) > 1 and event.name not in grown:
            grown.append(event.name)
    most = max(e.spec or 0 for e in seen.of(ev.Workload) if e.name == "llama-8b-l40s")
    return grown == ["llama-8b-l40s", "llama-8b-a100"] and most == 3


def has_roles(seen: Watched) -> object:
    """Both variants have grown; caches are full in decode pods, not in prefill pods."""
    grown = {e.name for e in seen.of(ev.Workload) if (e.spec or 0) > 1}
    full = fullest(seen)
    decode = max(full[pod] for pod in full if "decode" in pod)
    return {"llama-8b-prefill", "llama-8b-decode"} <= grown and decode > 0.9


SIGHTS: dict[str, tuple[float, Sight]] = {
    "stair-step": (240, stair_step),
    "spike": (300, lambda seen: waiting(seen) > 50 and max(replicas(seen)) == 8),
    "burst-drain": (300, lambda seen: max(fullest(seen).values()) > 0.9),
    "steady": (240, lambda seen: max(replicas(seen)) <= 2 and waiting(seen) < 10),
    "mixed": (
        420,
        lambda seen: (
            {e.name for e in seen.of(ev.Workload) if (e.spec or 0) > 1} == {"llama-8b-l40s"}
        ),
    ),
    "flapping": (720, lambda seen: turns(seen) >= 2),
    "hot-pod": (180, one_pod_is_hot),
    "paused-scaler": (300, is_paused),
    "max-replicas": (300, is_at_its_maximum),
    "unschedulable": (240, fits_nowhere),
    "adapter-missing": (240, has_no_adapter),
    "controller-restart": (450, has_new_leaders),
    "log-rotation": (330, has_a_gap),
    "format-drift": (330, has_drifted),
    "hpa-only": (300, follows_the_load),
    "keda-epp": (300, follows_the_picker),
    "sglang": (240, has_both_engines),
    "prefill-decode": (300, has_roles),
    "three-variants": (300, grows_by_cost),
    "model-only": (330, learns_and_predicts),
    **dict.fromkeys(
        ("first-experiments", "first-experiments-model", "first-experiments-hpa"),
        (120, lambda seen: seen.state.pods and set(replicas(seen)) == {1}),
    ),
    "wrong-metric": (
        120,
        lambda seen: (
            ("ScalingActive", "False", "FailedGetExternalMetric") in conditions(seen, ev.Autoscaler)
        ),
    ),
    "two-scalers": (60, lambda seen: len(seen.state.hpas) == 2),
    "percent-thresholds": (120, lambda seen: waiting(seen) > 5 and set(replicas(seen)) == {1}),
    "quota": (150, lambda seen: "FailedCreate" in reasons(seen) and max(replicas(seen)) > 2),
    "image-pull": (
        150,
        lambda seen: any(pod.reason == "ImagePullBackOff" for pod in seen.state.pods.values()),
    ),
    "never-ready": (180, lambda seen: "Unhealthy" in reasons(seen) and max(replicas(seen)) == 3),
    "no-leader": (
        180,
        lambda seen: seen.state.now - max(lease.renewed_at for lease in seen.of(ev.Lease)) > 75,
    ),
    "controller-stuck": (
        180,
        lambda seen: (
            seen.state.now - seen.state.log[-1].at > 90
            and seen.state.now - seen.of(ev.Lease)[-1].renewed_at < 15
        ),
    ),
    "prometheus-down": (180, lambda seen: seen.state.totals.errors > 2),
    "unscraped-pods": (240, lambda seen: len(fullest(seen)) > 1 and max(targets(seen)) > 1),
    "label-mismatch": (
        120,
        lambda seen: any("label mismatch" in entry.message for entry in seen.state.log),
    ),
    "fast-swing": (60, lambda seen: max(s.running or 0 for s in seen.of(ev.Scrape)) > 20),
    "model-drift": (90, lambda seen: seen.state.totals.predictions > 0),
    "tekton": (120, lambda seen: seen.state.pods and set(replicas(seen)) == {1}),
}
"""Scenario → (simulated seconds to watch, check of what was seen)."""

INTERVAL_S = 15.0


def test_every_scenario_has_its_sight() -> None:
    in_virtual_time = {scenario.name for scenario in GUIDED} - set(SIGHTS)  # test_guided.py
    assert set(SIGHTS) | in_virtual_time == set(SCENARIOS)
    assert all(scenario.sight for scenario in SCENARIOS.values())
    looked_at = {run.scenario for run in (*RUNS, *HEALTHY)}
    assert looked_at == set(SIGHTS), "which findings there are"


OFTEN = {
    *("wrong-metric", "no-leader", "image-pull", "percent-thresholds", "tekton"),
    *("fast-swing", "first-experiments-hpa", "keda-epp"),
}
"""The sample: what is wrong from the start and what goes wrong later, at a scaler, the controller
and pods; load of others; and clusters without faults. It is enough because all rules
have data of their own in `tests/findings`, and what the other scenarios are made of has tests in
this folder: load and variants in `test_scenarios.py`, scalers in `test_guided.py`, the controller
in `test_wva.py`, the scheduler in `test_cluster.py`."""


@pytest.mark.parametrize("name", sampled(sorted(SIGHTS), OFTEN))
async def test_the_sight_appears_with_what_is_to_be_found(tmp_path: Path, name: str) -> None:
    seconds, sight = SIGHTS[name]
    troubled, healthy = plain(RUNS).get(name), plain(HEALTHY).get(name)
    for run in filter(None, (troubled, healthy)):
        seconds = max(seconds, run.seconds)
    async with served(tmp_path, scenario=name) as here:
        seen = await here.watch(seconds, namespace=here.cluster.namespace, interval=INTERVAL_S)
    assert sight(seen)
    if troubled:
        holds_what_is_provoked(troubled, found(seen.events))
    if healthy:
        holds_no_trouble(found(seen.events))
