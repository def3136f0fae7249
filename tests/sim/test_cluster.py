"""The whole simulated cluster: pods boot, controllers decide, load is served; reproducibly."""

import subprocess
import sys
import time
from typing import Any

import pytest

from tests.sim.loads import TARGET, Field, job
from tests.sweeps import sampled, sampled_ways
from wvatui.core.log.parser import parse
from wvatui.sim.cluster import Cluster
from wvatui.sim.pods.pod_json import is_ready


def model_pods(cluster: Cluster) -> list[dict[str, Any]]:
    return [
        p
        for p in cluster.store.list("Pod", cluster.namespace)
        if "epp" not in p["metadata"]["name"]
    ]


def log_of(cluster: Cluster) -> list[str]:
    where = cluster.controller_namespace
    return [
        line.wire(True).decode().rstrip("\n")
        for pod in cluster.store.list("Pod", where)
        for line in cluster.logbook.current(where, pod["metadata"]["name"], "manager").read()
    ]


def events_of(cluster: Cluster) -> list[str]:
    return [event["reason"] for event in cluster.store.list("Event")]


# The release of WVA and the scaler are independent, so each value of both once is enough.
@pytest.mark.parametrize(("wva", "autoscaler"), sampled_ways(["v0.9", "v0.4.2"], ["hpa", "keda"]))
def test_saturation_is_followed_by_decisions_pods_and_relief(wva: str, autoscaler: str) -> None:
    cluster = Cluster(wva=wva, autoscaler=autoscaler)
    start = cluster.timeline.start
    cluster.timeline.run_until(start + 60)
    assert len(model_pods(cluster)) == 1
    fullest = waiting = wanted = 0.0
    relieved: list[int] = []
    for second in range(60, 330, 5):
        cluster.timeline.run_until(start + second)
        wanted = max(wanted, *cluster.controller.emitted.values())
        engines = list(cluster.gateway.engines.values())
        for engine in engines:
            engine.advance(cluster.timeline.now)
            fullest = max(fullest, engine.cache.ratio)
            waiting = max(waiting, len(engine.waiting))
        calm = all(not e.waiting and e.cache.ratio < 0.5 for e in engines)
        if fullest > 0.8 and len(engines) >= 2 and calm:
            relieved.append(second)
    assert fullest > 0.8
    assert waiting > 5
    assert wanted >= 2
    assert relieved
    assert relieved[0] < 300
    assert {
        "Scheduled",
        "Pulled",
        "Started",
        "Unhealthy",
        "SuccessfulRescale",
        "ScalingReplicaSet",
    } <= set(events_of(cluster))


# Each release, and one variant as well as two.
@pytest.mark.parametrize(
    ("wva", "scenario"), sampled_ways(["v0.9", "v0.4.2"], ["mixed", "stair-step"])
)
def test_every_line_of_the_controller_is_known_to_the_dialects(wva: str, scenario: str) -> None:
    cluster = Cluster(wva=wva, scenario=scenario)
    cluster.timeline.run_until(cluster.timeline.start + 200)
    cluster.controller.prometheus_down = True
    cluster.timeline.run_until(cluster.timeline.start + 270)
    lines = log_of(cluster)
    kinds = {parse(line, 2026).kind for line in lines}
    assert len(lines) > 100
    # An error carries its stack trace.
    assert kinds <= {"known", "klog", "continuation"}


def test_a_pod_boots_in_steps_and_answers_only_when_it_is_up() -> None:
    cluster = Cluster(scenario="steady")
    start, seen = cluster.timeline.start, []

    def scale(obj: dict[str, Any]) -> None:
        obj["spec"]["replicas"] = 2

    cluster.timeline.run_until(start + 1)
    cluster.hpa.stop()
    cluster.store.patch("Deployment", cluster.namespace, "llama-8b-h100", scale)
    for tenth in range(10, 900):
        cluster.timeline.run_until(start + tenth / 10)
        young = [p for p in model_pods(cluster) if not is_ready(p)]
        if not young:
            continue
        name = young[0]["metadata"]["name"]
        page = cluster.pages.fetch(cluster.namespace, name, 8000, "/metrics")
        state = (young[0]["status"]["phase"], page[0] if page is not None else None)
        if not seen or seen[-1] != state:
            seen.append(state)
    assert seen == [("Pending", None), ("Running", None), ("Running", 503)]
    assert len(cluster.gateway.engines) == 2
    status = cluster.store.get("Deployment", cluster.namespace, "llama-8b-h100")["status"]  # type: ignore[index]
    assert (status["replicas"], status["readyReplicas"]) == (2, 2)


def test_a_pod_that_fits_on_no_node_says_so_in_the_schedulers_words() -> None:
    cluster = Cluster(scenario="steady")
    cluster.hpa.stop()

    def scale(obj: dict[str, Any]) -> None:
        obj["spec"]["replicas"] = 14

    cluster.store.patch("Deployment", cluster.namespace, "llama-8b-h100", scale)
    cluster.timeline.run_until(cluster.timeline.start + 120)
    pending = [p for p in model_pods(cluster) if p["status"]["phase"] == "Pending"]
    assert len(pending) == 2
    (condition,) = pending[0]["status"]["conditions"]
    assert condition["reason"] == "Unschedulable"
    assert "Insufficient nvidia.com/gpu" in condition["message"]


def test_a_pod_that_is_scaled_away_answers_its_requests_first() -> None:
    cluster = Cluster()
    cluster.timeline.run_until(cluster.timeline.start + 240)
    before = len(model_pods(cluster))
    cluster.timeline.run_until(cluster.timeline.start + 640)
    assert len(model_pods(cluster)) < before
    killed = [e for e in cluster.store.list("Event") if e["reason"] == "Killing"]
    assert killed


LIVED = """
import hashlib, json, sys
from wvatui.sim.api.admission import defaulted
from wvatui.sim.cluster import Cluster
scenario, autoscaler, wva, seed, *moments = sys.argv[1:]
cluster = Cluster(scenario=scenario, autoscaler=autoscaler, wva=wva, seed=int(seed))
digest = hashlib.sha256()
args = ["-m", "vllm.entrypoints.cli.main", "bench", "serve", "--num-prompts", "400",
        "--request-rate", "4", "--base-url", "http://infra-sim-inference-gateway-istio:80"]
pod = {"restartPolicy": "Never", "containers": [
    {"name": "load", "image": "vllm/vllm-openai:v1", "command": ["python3"], "args": args}]}
cluster.store.apply(defaulted("Job", cluster.store.draft({
    "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "load", "namespace": "llm-d-sim"},
    "spec": {"template": {"spec": pod}}})))
for moment in moments:
    cluster.timeline.run_until(cluster.timeline.start + float(moment))
    for kind in ("Pod", "Deployment", "ReplicaSet", "HorizontalPodAutoscaler", "ScaledObject",
                 "VariantAutoscaling", "Lease", "Event", "ConfigMap", "Node", "Job"):
        digest.update(json.dumps(cluster.store.list(kind)).encode())
    for pod in cluster.store.list("Pod"):
        place = pod["metadata"]["namespace"], pod["metadata"]["name"]
        for port in (8000, 9090):
            digest.update(repr(cluster.pages.fetch(*place, port, "/metrics")).encode())
        for container in pod["spec"]["containers"]:
            for line in cluster.logbook.current(*place, container["name"]).read():
                digest.update(line.wire(True))
    print(digest.hexdigest())
"""


def lived(
    scenario: str, autoscaler: str, wva: str, seed: int, hash_seed: int, *moments: str
) -> list[str]:
    """Digests of all objects, pages and logs, from a process with another hash seed.

    `moments`: the seconds from the start at which they are taken.
    """
    run = subprocess.run(
        [sys.executable, "-c", LIVED, scenario, autoscaler, wva, str(seed), *moments],
        env={"PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


SEEDED = [("stair-step", "hpa", "v0.9"), ("mixed", "keda", "v0.9"), ("stair-step", "hpa", "v0.4.2")]


# The scenario with most parts, which has every random draw and every set.
@pytest.mark.parametrize(("scenario", "autoscaler", "wva"), sampled(SEEDED, SEEDED[1:2]))
def test_the_same_seed_gives_the_same_objects_pages_and_logs_and_another_others(
    scenario: str, autoscaler: str, wva: str
) -> None:
    first = lived(scenario, autoscaler, wva, 7, 1, "30", "130")
    assert first == lived(scenario, autoscaler, wva, 7, 2, "30", "130")
    assert lived(scenario, autoscaler, wva, 8, 1, "30") != first[:1]


def test_a_cluster_lives_at_least_a_hundred_times_as_fast_as_time() -> None:
    # What `--speed 60` needs, with room for HTTP.
    cluster = Cluster()
    begin = time.process_time()
    cluster.timeline.run_until(cluster.timeline.start + 300)
    assert time.process_time() - begin < 3.0


def test_load_jobs_leave_enough_time_for_a_speed_of_sixty() -> None:
    field = Field()
    args = [
        "bench",
        "serve",
        "--num-prompts",
        "6000",
        "--request-rate",
        "20",
        "--base-url",
        TARGET,
        "--dataset-name",
        "sharegpt",
        "--max-concurrency",
        "512",
    ]
    field.create(
        job(pod={"containers": [{"name": "load", "image": "i", "command": ["vllm"], "args": args}]})
    )
    begin = time.process_time()
    field.run(90)
    assert time.process_time() - begin < 6.0


def test_the_leader_changes_when_its_pod_is_deleted() -> None:
    cluster = Cluster(scenario="steady")
    cluster.timeline.run_until(cluster.timeline.start + 30)
    leader = cluster.controller.leader
    cluster.store.delete("Pod", cluster.controller_namespace, leader)
    cluster.timeline.run_until(cluster.timeline.start + 180)
    assert cluster.controller.leader not in ("", leader)
