"""Scale targets of every kind over HTTP: variants and replicas have the right values."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Bare, served
from tests.sources.fake_pods import vllm_page
from wvatui.core.events import Scrape
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.queries.charts.charts import chart
from wvatui.core.queries.charts.heat import heat
from wvatui.core.queries.pods.pod_detail import pod_detail
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.rows.views import VariantRow
from wvatui.core.state.state import EMPTY

NS = Bare.namespace
LWS = "leaderworkerset.sigs.k8s.io"
"""Prefix of the labels that a LeaderWorkerSet gives its pods."""


def _workload(kind: str, selector: dict[str, Any], replicas: int = 2) -> dict[str, Any]:
    labels = {"app": "m", "llm-d.ai/model": "m1"}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "m", "namespace": NS},
        "spec": {
            "replicas": replicas,
            "selector": selector,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": []}},
        },
        "status": {"replicas": replicas, "readyReplicas": replicas},
    }


def _hpa(kind: str, notes: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "m-hpa", "namespace": NS, "annotations": notes or {}},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": "m"},
            "maxReplicas": 4,
        },
        "status": {"currentReplicas": 2, "desiredReplicas": 2},
    }


def _variant_autoscaling() -> dict[str, Any]:
    return {
        "apiVersion": "llmd.ai/v1alpha1",
        "kind": "VariantAutoscaling",
        "metadata": {"name": "m-va", "namespace": NS},
        "spec": {"modelID": "m1", "scaleTargetRef": {"kind": "Deployment", "name": "m"}},
    }


async def _seen(folder: Path, bare: Bare) -> tuple[list[VariantRow], list[str]]:
    """The rows of the variants, and the names of their replicas."""
    async with served(folder, made=bare) as here:
        state = (await here.watch(20.0, namespace=NS)).state
    return list(variants(state)), [row.pod for row in replicas(state)]


LABELS = {"matchLabels": {"app": "m"}}
EXPRESSIONS = {
    "matchExpressions": [
        {"key": "app", "operator": "In", "values": ["m", "n"]},
        {"key": "canary", "operator": "DoesNotExist"},
    ]
}


@pytest.mark.parametrize("selector", [LABELS, EXPRESSIONS], ids=["labels", "expressions"])
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "ReplicaSet"])
async def test_an_hpas_target_has_its_pods(
    tmp_path: Path, kind: str, selector: dict[str, Any]
) -> None:
    bare = Bare()
    bare.store.apply(_workload(kind, selector))
    bare.store.apply(_hpa(kind))
    for name in ("m-0", "m-1"):
        bare.pod(name, app="m")
    bare.pod("other-0", app="other", image="nginx")
    rows, pods = await _seen(tmp_path, bare)
    assert [(r.name, r.target_kind, r.desired, r.spec, r.ready) for r in rows] == [
        ("m-hpa", kind, 2, 2, 2)
    ]
    assert pods == ["m-0", "m-1"]


async def test_pods_that_ended_are_no_replicas(tmp_path: Path) -> None:
    bare = Bare()
    bare.store.apply(_workload("Deployment", LABELS))
    bare.store.apply(_hpa("Deployment"))
    for name, phase in (("m-0", "Running"), ("m-1", "Failed"), ("m-2", "Succeeded")):
        bare.pod(name, app="m")
        ended = {"phase": phase, "reason": "Evicted"}
        bare.store.patch("Pod", NS, name, lambda pod, ended=ended: pod["status"].update(ended))  # type: ignore[misc]
    ((row,), pods) = await _seen(tmp_path, bare)
    assert (pods, row.starting, row.ended) == (["m-0"], 0, 2)


async def test_a_va_and_an_hpa_on_one_target_are_one_variant(tmp_path: Path) -> None:
    bare = Bare()
    bare.store.apply(_workload("Deployment", LABELS))
    bare.store.apply(_hpa("Deployment", {"llm-d.ai/managed": "true", "llm-d.ai/model-id": "m1"}))
    bare.store.apply(_variant_autoscaling())
    bare.pod("m-0", app="m")
    rows, pods = await _seen(tmp_path, bare)
    assert [(row.name, row.source, row.desired) for row in rows] == [
        ("m-va", "VariantAutoscaling", 2)
    ]
    assert pods == ["m-0"]


async def test_rows_of_pods_are_drawn_from_the_first_list_before_any_scrape(tmp_path: Path) -> None:
    bare = Bare()
    bare.store.apply(_workload("Deployment", LABELS))
    bare.store.apply(_variant_autoscaling())
    for name in ("m-0", "m-1"):
        bare.pod(name, app="m")
    async with served(tmp_path, made=bare) as here:
        here.fault("hang", "/proxy/")
        state = (await here.watch(1.0, namespace=NS)).state
    assert [(row.pod, row.kv_ratio) for row in replicas(state)] == [("m-0", None), ("m-1", None)]
    assert all(not watched.history for watched in state.watched.values())


POOL = {
    "apiVersion": "inference.networking.k8s.io/v1",
    "kind": "InferencePool",
    "metadata": {"name": "pool", "namespace": NS},
    "spec": {"selector": {"matchLabels": {"serves": "m1"}}, "targetPorts": [{"number": 8000}]},
}


@pytest.mark.parametrize("declared", [True, False])
async def test_model_pods_that_no_workload_selects_are_shown_as_pods_of_no_variant(
    tmp_path: Path, declared: bool
) -> None:
    bare = Bare()
    if declared:
        bare.store.apply(_workload("Deployment", LABELS))
        bare.store.apply(_variant_autoscaling())
        bare.pod("m-0", app="m")
    bare.pod("by-image")
    bare.pod("by-label", image="inhouse/llm", **{"llm-d.ai/model": "m2"})
    bare.pod("by-command", image="inhouse/llm", owner=("RayCluster", "ray"))
    bare.pod("by-port", image="inhouse/llm")
    bare.pod("by-pool", image="inhouse/llm", serves="m1")
    bare.store.apply(POOL)
    bare.pod("bench", owner=("Job", "bench"))
    bare.pod("ended")
    for name in ("redis", "helper"):
        bare.pod(name, image="redis" if name == "redis" else "inhouse/llm")

    def change(name: str, **more: Any) -> None:
        def add(pod: dict[str, Any]) -> None:
            pod["spec"]["containers"][0].update(more)

        bare.store.patch("Pod", NS, name, add)

    change("by-command", command=["sh", "-c", "exec vllm serve org/m --port 8000"])
    change("by-port", ports=[{"name": "vllm-metrics", "containerPort": 8000}])
    change("helper", command=["vllm", "bench", "serve", "--model", "org/m"])
    bare.store.patch("Pod", NS, "ended", lambda pod: pod["status"].update(phase="Failed"))
    for name in ("by-image", "by-label", "by-command", "by-port", "by-pool"):
        page = (200, "text/plain", vllm_page(3, 1, 0.25))
        bare.pages.listen(NS, name, 8000, lambda path, page=page: page)  # type: ignore[misc]
    async with served(tmp_path, made=bare) as here:
        state = (await here.watch(20.0, namespace=NS)).state
    rows = {row.pod: row for row in replicas(state)}
    others = {name for name, row in rows.items() if not row.variant}
    assert others == {"by-image", "by-label", "by-command", "by-port", "by-pool"}
    assert rows.keys() - others == ({"m-0"} if declared else set())
    assert {(rows[n].state, rows[n].running, rows[n].kv_ratio) for n in others} == {("ok", 3, 0.25)}
    assert rows["by-label"].model == "m2"
    assert rows["by-pool"].model == "org/m"
    assert [row.name for row in variants(state)] == (["m-va"] if declared else [])
    facts = {fact.name: fact.text for fact in pod_detail(state, "by-command").facts}
    assert (facts["variant"], facts["owner"]) == ("none", "RayCluster/ray")
    since, until = state.first_at, state.now
    drawn = chart(state, "kv", since=since, until=until, columns=20)
    assert others <= {line.name for line in drawn.series}
    strip = heat(state, "kv", since=since, until=until, columns=20)
    assert others <= {row.pod for row in strip.rows}


async def test_latencies_are_there_with_the_first_request_where_a_histogram_is_born_late(
    tmp_path: Path,
) -> None:
    bare = Bare()
    bare.pod("m-0")
    born = bare.timeline.start + 9.0
    gauges = b'vllm:num_requests_running{model_name="m"} 0\nvllm:kv_cache_usage_perc 0\n'
    name = b"vllm:time_to_first_token_seconds"
    counts = (
        (b'bucket{model_name="m",le="0.1"}', 0),
        (b'bucket{model_name="m",le="0.2"}', 10),
        (b'bucket{model_name="m",le="+Inf"}', 10),
        (b'count{model_name="m"}', 10),
        (b'sum{model_name="m"}', 2),
    )
    first = b"".join(b"%s_%s %d\n" % (name, what, value) for what, value in counts)

    def page(path: str) -> tuple[int, str, bytes]:
        return 200, "text/plain", gauges + (first if bare.timeline.now >= born else b"")

    bare.pages.listen(NS, "m-0", 8000, page)
    async with served(tmp_path, made=bare) as here:
        seen = await here.watch(12.0, namespace=NS)
    looks = [event for event in seen.of(Scrape) if event.at >= born]
    assert looks[0].at - born < 2.0
    before = fold(EMPTY, [event for event in seen.events if event.at < looks[0].at])
    after = fold(EMPTY, [event for event in seen.events if event.at <= looks[0].at + 1.0])
    [was], [now] = replicas(before), replicas(after)
    assert (was.running, was.ttft_p95_ms) == (0, None)
    assert now.ttft_p95_ms == pytest.approx(195)


async def test_an_https_page_that_wants_a_token_is_named_as_that(tmp_path: Path) -> None:
    bare = Bare()
    bare.pod("m-0")
    refusal = (401, "text/plain", b"Unauthorized")
    bare.pages.listen(NS, "m-0", 8000, lambda path: refusal, secure=True)
    async with served(tmp_path, made=bare) as here:
        state = (await here.watch(8.0, namespace=NS)).state
    assert [each.rule for each in findings(state)] == ["guarded-page"]
    [row] = replicas(state)
    assert "401" in row.state_text
    assert "wants credentials of its own" in row.state_text


async def test_an_engine_that_the_arguments_ask_for_is_missed_where_it_never_answered(
    tmp_path: Path,
) -> None:
    bare = Bare()
    bare.pod("m-0")
    words = "vllm serve m --data-parallel-size=4 --data-parallel-multi-port-external-lb"
    bare.store.patch(
        "Pod", NS, "m-0", lambda pod: pod["spec"]["containers"][0].update(command=words.split())
    )
    for port in (8000, 8001, 8003):
        bare.pages.listen(NS, "m-0", port, lambda path: (200, "text/plain", vllm_page(2, 1, 0.3)))
    async with served(tmp_path, made=bare) as here:
        state = (await here.watch(12.0, namespace=NS)).state
    [row] = replicas(state)
    assert (row.engines, row.silent, row.running, row.kv_ratio) == (4, 1, None, 0.3)
    [told] = [each.title for each in findings(state) if each.rule == "metrics-missing"]
    assert told == "1 of 4 engines of m-0 does not answer"


async def test_a_group_with_a_worker_that_is_not_ready_does_not_serve(tmp_path: Path) -> None:
    bare = Bare()
    group = _workload("LeaderWorkerSet", {})
    group["apiVersion"] = "leaderworkerset.x-k8s.io/v1"
    group["status"]["readyReplicas"] = 1
    del group["spec"]["selector"]
    bare.store.apply(group)
    bare.store.apply(_hpa("LeaderWorkerSet"))
    page = (200, "text/plain", vllm_page(3, 1, 0.25))
    for name, number, worker in (("m-0", 0, 0), ("m-0-1", 0, 1), ("m-1", 1, 0), ("m-1-1", 1, 1)):
        places = {"name": "m", "group-index": str(number), "worker-index": str(worker)}
        labels = {f"{LWS}/{key}": value for key, value in places.items()}
        bare.pod(name, owner=("StatefulSet", "m" if worker == 0 else f"m-{number}"), **labels)
        if worker == 0:
            bare.pages.listen(NS, name, 8000, lambda path: page)
    waits = [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]
    bare.store.patch("Pod", NS, "m-1-1", lambda pod: pod["status"].update(conditions=waits))
    async with served(tmp_path, made=bare) as here:
        state = (await here.watch(10.0, namespace=NS)).state
    [row] = variants(state)
    assert (row.spec, row.ready, row.serving) == (2, 1, 1)
    whole, broken = replicas(state)
    assert (whole.pod, whole.state) == ("m-0", "ok")
    assert broken.state_text == "not ready: m-1-1 of its group is not"
