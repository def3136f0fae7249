"""kubectl works against the simulated cluster; skipped where there is no kubectl."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from wvatui.sim.serve import launch

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here")


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> "object":
    with launch(scenario="steady", wva="v0.4.2", extra=("--tls",), speed=20.0) as cluster:
        yield cluster.kubeconfig


def kubectl(kubeconfig: Path, tmp_path: Path, *args: str) -> str:
    env = os.environ | {"KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path)}
    done = subprocess.run(["kubectl", *args], capture_output=True, text=True, env=env, timeout=30,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_get_shows_pods_deployments_autoscalers_and_variants(
    kubeconfig: Path, tmp_path: Path
) -> None:
    out = kubectl(kubeconfig, tmp_path, "get", "pods,deploy,hpa,va")
    for word in ("pod/llama-8b-h100-", "deployment.apps/llama-8b-h100", "1/1", "Running",
                 "horizontalpodautoscaler.autoscaling/llama-8b-h100",
                 "variantautoscaling.llmd.ai/llama-8b-h100"):  # fmt: skip
        assert word in out
    assert "llama-8b-h100" in kubectl(kubeconfig, tmp_path, "get", "deploy", "-o", "name")
    described = kubectl(kubeconfig, tmp_path, "get", "hpa", "llama-8b-h100", "-o", "yaml")
    assert "inferno_desired_replicas" in described


def test_raw_pages_and_rights(kubeconfig: Path, tmp_path: Path) -> None:
    pod = kubectl(kubeconfig, tmp_path, "get", "pods", "-l", "llm-d.ai/variant", "-o",
                  "jsonpath={.items[0].metadata.name}")  # fmt: skip
    raw = f"/api/v1/namespaces/llm-d-sim/pods/{pod}:8000/proxy/metrics"
    assert "vllm:kv_cache_usage_perc" in kubectl(kubeconfig, tmp_path, "get", "--raw", raw)
    assert kubectl(kubeconfig, tmp_path, "auth", "can-i", "get", "pods/proxy").strip() == "yes"


def test_scale_changes_the_deployment(kubeconfig: Path, tmp_path: Path) -> None:
    kubectl(kubeconfig, tmp_path, "scale", "deploy/llama-8b-h100", "--replicas=2")
    got = kubectl(kubeconfig, tmp_path, "get", "deploy", "llama-8b-h100", "-o",
                  "jsonpath={.spec.replicas}")  # fmt: skip
    assert got in ("1", "2")  # the HPA may be of another opinion already


async def test_logs_are_followed(kubeconfig: Path, tmp_path: Path) -> None:
    env = os.environ | {"KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path)}
    child = await asyncio.create_subprocess_exec(
        "kubectl", "logs", "-f", "--timestamps", "-n", "workload-variant-autoscaler-system",
        "deploy/workload-variant-autoscaler-controller-manager", env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    async with asyncio.timeout(20):
        lines = [await child.stdout.readline() for _ in range(5)]
    child.terminate()
    await child.communicate()
    assert lines[0].startswith(b"2026-09-01T08:")
