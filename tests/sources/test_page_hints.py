"""Places of metrics pages declared by monitors and pools, read over HTTP without error reports."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Bare, Watched, served
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.sim.api.context import AccessRules
from wvatui.sim.pods.exposition import CONTENT_TYPE, PodPage

NS = Bare.namespace
MONITORING = "monitoring.coreos.com/v1"
SELECTS = {"matchLabels": {"app": "m"}}


def page(running: int) -> PodPage:
    lines = (
        f'vllm:num_requests_running{{model_name="m1"}} {running}.0',
        'vllm:num_requests_waiting{model_name="m1"} 0.0',
        'vllm:kv_cache_usage_perc{model_name="m1"} 0.4',
        "",
    )
    return 200, CONTENT_TYPE, "\n".join(lines).encode()


def made(kind: str, spec: dict[str, Any], api: str = MONITORING, namespace: str = NS) -> Any:
    meta = {"name": "it", "namespace": namespace, "labels": {"app": "svc"}}
    return {"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec}


def cluster(pages: dict[tuple[int, str], int], *objects: Any) -> Bare:
    """A pod with the ports 8000 and `mx` (9400), whose engines are at these (port, path)."""
    bare = Bare()
    bare.deployment("m")
    bare.pod("m-0", app="m")
    ports = [{"containerPort": 7999}, {"containerPort": 9400, "name": "mx"}]

    def with_ports(pod: dict[str, Any]) -> None:
        pod["spec"]["containers"][0]["ports"] = ports

    bare.store.patch("Pod", NS, "m-0", with_ports)
    for port in {port for port, _ in pages}:

        def answer(path: str, port: int = port) -> PodPage:
            running = pages.get((port, path))
            return (404, "text/plain", b"no") if running is None else page(running)

        bare.pages.listen(NS, "m-0", port, answer)
    for thing in objects:
        bare.store.apply(thing)
    return bare


async def watched(folder: Path, bare: Bare, access: AccessRules | None = None) -> Watched:
    async with served(folder, made=bare, access=access) as here:
        return await here.watch(10.0, namespace=NS)


def running(seen: Watched) -> float | None:
    looks = seen.of(ev.Scrape)
    return looks[-1].running if looks else None


SERVICE = made(
    "Service",
    {
        "selector": {"app": "m"},
        "ports": [
            {"name": "http", "port": 80, "targetPort": 7999},
            {"name": "prom", "port": 81, "targetPort": "mx"},
        ],
    },
    "v1",
)
MONITORS = {
    "a pod's port by its name": [
        made(
            "PodMonitor",
            {"selector": SELECTS, "podMetricsEndpoints": [{"port": "mx", "path": "/own/metrics"}]},
        ),
    ],
    "a pod's port by its number": [
        made(
            "PodMonitor",
            {
                "selector": {
                    "matchExpressions": [{"key": "app", "operator": "In", "values": ["m", "n"]}]
                },
                "podMetricsEndpoints": [{"targetPort": 9400, "path": "own/metrics"}],
            },
        ),
    ],
    "every port that a pod declares, from another namespace": [
        made(
            "PodMonitor",
            {
                "selector": {},
                "namespaceSelector": {"matchNames": [NS]},
                "podMetricsEndpoints": [{"path": "/own/metrics"}],
            },
            namespace="monitoring",
        ),
    ],
    "the port behind a Service's": [
        SERVICE,
        made(
            "ServiceMonitor",
            {
                "selector": {"matchLabels": {"app": "svc"}},
                "endpoints": [{"port": "prom", "path": "/own/metrics"}],
            },
        ),
    ],
}


@pytest.mark.parametrize("objects", MONITORS.values(), ids=MONITORS.keys())
async def test_a_page_is_found_where_a_monitor_says_that_it_is(
    tmp_path: Path, objects: list[Any]
) -> None:
    seen = await watched(tmp_path, cluster({(9400, "/own/metrics"): 7}, *objects))
    assert running(seen) == 7
    [engine] = seen.of(ev.Engine)
    assert (engine.port, engine.path) == (9400, "/own/metrics")


OTHERS = {
    "other labels": made(
        "PodMonitor",
        {
            "selector": {"matchLabels": {"app": "x"}},
            "podMetricsEndpoints": [{"port": "mx", "path": "/own/metrics"}],
        },
    ),
    "another namespace": made(
        "PodMonitor",
        {"selector": SELECTS, "podMetricsEndpoints": [{"port": "mx", "path": "/own/metrics"}]},
        namespace="monitoring",
    ),
}


@pytest.mark.parametrize("thing", OTHERS.values(), ids=OTHERS.keys())
async def test_a_monitor_of_other_pods_says_nothing_of_these(tmp_path: Path, thing: Any) -> None:
    assert running(await watched(tmp_path, cluster({(9400, "/own/metrics"): 7}, thing))) is None


@pytest.mark.parametrize(
    ("api", "spec"),
    [
        (
            "inference.networking.k8s.io/v1",
            {"selector": SELECTS, "targetPorts": [{"number": 8000}, {"number": 8010}]},
        ),
        (
            "inference.networking.x-k8s.io/v1alpha2",
            {"selector": {"app": "m"}, "targetPortNumber": 8010},
        ),
    ],
    ids=["v1", "v1alpha2"],
)
async def test_each_port_of_an_inference_pool_is_an_engine(
    tmp_path: Path, api: str, spec: dict[str, Any]
) -> None:
    pages = {(8010, "/metrics"): 3} | ({(8000, "/metrics"): 4} if "targetPorts" in spec else {})
    seen = await watched(tmp_path, cluster(pages, made("InferencePool", spec, api)))
    assert running(seen) == sum(pages.values())
    ports = [rank.port for rank in seen.of(ev.Scrape)[-1].ranks]
    assert ports == ([8000, 8010] if "targetPorts" in spec else [])


async def test_who_may_not_read_monitors_and_pools_hears_nothing_of_them(tmp_path: Path) -> None:
    access = AccessRules()
    kinds = ("podmonitors", "servicemonitors", "inferencepools", "services")
    for kind in kinds:
        access.deny("list", kind)
    bare = cluster({(8000, "/metrics"): 5}, *MONITORS["the port behind a Service's"])
    seen = await watched(tmp_path, bare, access)
    assert running(seen) == 5
    asked = {attempt.resource for _, attempt in access.asked}
    assert {"podmonitors", "servicemonitors", "inferencepools"} <= asked
    assert [e for e in seen.of(ev.Source) if e.status == "denied"] == []
    assert [f.title for f in findings(seen.state) if f.rule == "missing-rights"] == []


async def test_who_may_read_monitors_of_one_namespace_only_is_served_too(tmp_path: Path) -> None:
    access = AccessRules()
    access.deny("list", "podmonitors", "")
    bare = cluster({(9400, "/own/metrics"): 7}, *MONITORS["a pod's port by its name"])
    assert running(await watched(tmp_path, bare, access)) == 7
