"""kubectl works against the simulated cluster; skipped where there is no kubectl."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fixtures import shared
from tests.sim.loads import job
from tests.sweeps import sampled
from wvatui.sim.serve import launch

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> "object":
    with launch(scenario="steady", wva="v0.4.2", extra=("--tls",), speed=20.0) as cluster:
        yield cluster.kubeconfig


def kubectl(kubeconfig: Path, *args: str) -> str:
    env = os.environ | {"KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}
    done = subprocess.run(
        ["kubectl", *args], capture_output=True, text=True, env=env, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_get_shows_pods_deployments_autoscalers_and_variants(kubeconfig: Path) -> None:
    out = kubectl(kubeconfig, "get", "pods,deploy,hpa,va")
    for word in (
        "pod/llama-8b-h100-",
        "deployment.apps/llama-8b-h100",
        "1/1",
        "Running",
        "horizontalpodautoscaler.autoscaling/llama-8b-h100",
        "variantautoscaling.llmd.ai/llama-8b-h100",
    ):
        assert word in out
    described = kubectl(kubeconfig, "get", "hpa", "llama-8b-h100", "-o", "yaml")
    assert "inferno_desired_replicas" in described


def test_raw_pages_and_rights(kubeconfig: Path) -> None:
    ready = "{.items[?(@.status.containerStatuses[0].ready==true)].metadata.name}"
    pods = kubectl(kubeconfig, "get", "pods", "-l", "llm-d.ai/variant", "-o", f"jsonpath={ready}")
    pod = pods.split()[0]
    raw = f"/api/v1/namespaces/llm-d-sim/pods/{pod}:8000/proxy/metrics"
    assert "vllm:kv_cache_usage_perc" in kubectl(kubeconfig, "get", "--raw", raw)
    assert kubectl(kubeconfig, "auth", "can-i", "get", "pods/proxy").strip() == "yes"


def test_scale_changes_the_deployment(kubeconfig: Path) -> None:
    kubectl(kubeconfig, "scale", "deploy/llama-8b-h100", "--replicas=2")
    got = kubectl(kubeconfig, "get", "deploy", "llama-8b-h100", "-o", "jsonpath={.spec.replicas}")
    assert got in ("1", "2")  # the HPA may have scaled it again


async def test_logs_are_followed(kubeconfig: Path) -> None:
    env = os.environ | {"KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}
    child = await asyncio.create_subprocess_exec(
        "kubectl",
        "logs",
        "-f",
        "--timestamps",
        "-n",
        "workload-variant-autoscaler-system",
        "deploy/workload-variant-autoscaler-controller-manager",
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    async with asyncio.timeout(120):
        lines = [await child.stdout.readline() for _ in range(5)]
    child.terminate()
    await child.communicate()
    assert lines[0].startswith(b"2026-09-01T08:")


# All others of these tests use the token.
@pytest.mark.parametrize("context", sampled(["token", "cert", "exec"], ["cert", "exec"]))
def test_every_context_gets_in(kubeconfig: Path, context: str) -> None:
    got = kubectl(kubeconfig, "get", "ns", "-o", "name", "--context", f"wvatui-sim-{context}")
    assert "namespace/llm-d-sim" in got.split()


def test_all_rights_and_all_resources_are_listed(kubeconfig: Path) -> None:
    assert "*" in kubectl(kubeconfig, "auth", "can-i", "--list")
    resources = kubectl(kubeconfig, "api-resources", "-o", "name").split()
    assert {"pods", "deployments.apps", "variantautoscalings.llmd.ai"} <= set(resources)
    nodes = kubectl(kubeconfig, "get", "nodes", "--no-headers").splitlines()
    assert all(" Ready " in line for line in nodes)


def test_what_is_applied_is_created_changed_left_alone_and_deleted(
    kubeconfig: Path, tmp_path: Path
) -> None:
    path = tmp_path / "objects.yaml"

    def apply(number: int, *more: str) -> list[str]:
        path.write_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n"
            f"data: {{size: '{number}'}}\n"
            "---\n"
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: load}\n"
            "spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}\n"
        )
        said = kubectl(kubeconfig, "apply", "-f", str(path), *more)
        return [line.split(maxsplit=1)[1] for line in said.splitlines()]

    assert apply(1, "--dry-run=server") == ["created (server dry run)"] * 2
    assert apply(1) == ["created", "created"]
    assert apply(1) == ["unchanged", "unchanged"]
    assert apply(2) == ["configured", "unchanged"]
    assert apply(3, "--server-side", "--force-conflicts") == ["serverside-applied"] * 2
    got = kubectl(kubeconfig, "get", "cm", "mine", "-o", "jsonpath={.data.size}")
    assert got == "3"
    assert "load" in kubectl(kubeconfig, "get", "jobs")
    kubectl(kubeconfig, "delete", "-f", str(path))
    assert "job.batch/load" not in kubectl(kubeconfig, "get", "jobs", "-o", "name").split()


def test_a_pod_is_described_with_its_events(kubeconfig: Path) -> None:
    kubectl(kubeconfig, "scale", "deploy/llama-pool-epp", "--replicas=2")
    kubectl(
        kubeconfig,
        "wait",
        "deploy/llama-pool-epp",
        "--timeout=120s",
        "--for=jsonpath={.status.readyReplicas}=2",
    )
    names = "jsonpath={.items[*].involvedObject.name}"
    chosen = ("--field-selector", "reason=Scheduled")
    events = kubectl(kubeconfig, "get", "events", *chosen, "-o", names)
    pod = next(name for name in events.split() if name.startswith("llama-pool-epp"))
    told = kubectl(kubeconfig, "describe", "pod", pod)
    assert "Successfully assigned" in told


def test_every_workload_manifest_is_applied_runs_and_is_deleted(kubeconfig: Path) -> None:
    folder = shared("workloads")
    place = ("-n", "llm-d-inference-scheduler")
    dry = kubectl(kubeconfig, "apply", "-f", str(folder), "--dry-run=server")
    assert dry.count("created (server dry run)") == 19
    assert kubectl(kubeconfig, "apply", "-f", str(folder)).count(" created") == 19
    assert kubectl(kubeconfig, "apply", "-f", str(folder)).count(" unchanged") == 19
    warm = str(folder / "sharegpt-load-job-warmup.yaml")
    kubectl(kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", warm)
    shown = kubectl(kubeconfig, "get", "jobs", *place, "--no-headers").splitlines()
    assert len(shown) == 19
    assert kubectl(kubeconfig, "delete", "-f", str(folder)).count("deleted") == 19
    kubectl(kubeconfig, "wait", "--for=delete", "pods", "--all", "--timeout=120s", *place)


def test_a_job_is_waited_for_and_its_log_holds_the_result(kubeconfig: Path, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job("quick", script="echo begun; sleep 5; echo ended")))
    kubectl(kubeconfig, "create", "-f", str(path))
    kubectl(kubeconfig, "wait", "--for=condition=complete", "job/quick", "--timeout=120s")
    assert kubectl(kubeconfig, "logs", "job/quick") == "begun\nended\n"
    told = kubectl(kubeconfig, "get", "job", "quick", "--no-headers")
    assert "Complete" in told
    assert "1/1" in told


def test_what_jobs_need_is_created_by_kubectls_own_commands(kubeconfig: Path) -> None:
    kubectl(kubeconfig, "create", "namespace", "load")
    place = ("-n", "load")
    kubectl(kubeconfig, "create", "configmap", "c", "--from-literal=a=b", *place)
    kubectl(kubeconfig, "create", "secret", "generic", "s", "--from-literal=k=v", *place)
    data = "jsonpath={range .items[*]}{.data.a}{.data.k};{end}"
    got = kubectl(kubeconfig, "get", "cm/c", "secret/s", "-o", data, *place)
    assert got == "b;dg==;"
    kubectl(kubeconfig, "delete", "namespace", "load")
    left = kubectl(kubeconfig, "get", "ns", "-o", "name").split()
    assert "namespace/load" not in left
