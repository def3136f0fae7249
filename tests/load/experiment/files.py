"""Experiment files for tests, in the usual layout: configs beside workloads."""

from pathlib import Path
from typing import Any

import yaml


def job(name: str, *, rate: float = 10, prompts: int = 3600, **more: Any) -> dict[str, Any]:
    """A Job that runs vllm bench serve."""
    args = [
        "bench",
        "serve",
        "--base-url",
        "http://gateway:80",
        "--model",
        "m",
        "--num-prompts",
        str(prompts),
        "--request-rate",
        f"{rate:g}",
    ]
    container = {
        "name": "bench",
        "image": "vllm/vllm-openai:v0.11.0",
        "command": ["vllm"],
        "args": args,
    }
    pod = {"restartPolicy": "Never", "containers": [container]}
    body: dict[str, Any] = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "ns"},
        "spec": {"backoffLimit": 2, "template": {"spec": pod}},
    }
    return body | more


def workload(name: str, **more: Any) -> dict[str, Any]:
    """An entry of `workloads`."""
    manifest = more.pop("manifest", f"{name}.yaml")
    return {"name": name, "job_manifest": f"../workloads/{manifest}"} | more


def write(folder: Path, workloads: list[dict[str, Any]], **more: Any) -> Path:
    """Write the file of an experiment, and a manifest for each workload that has none yet."""
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "workloads").mkdir(exist_ok=True)
    for one in workloads:
        path = folder / "configs" / one.get("job_manifest", "")
        if path.suffix == ".yaml" and not path.exists() and not one.pop("absent", False):
            path.write_text(yaml.safe_dump(job(f"load-{path.stem}")))
    config = {"name": "small", "namespace": "ns", "deployment": "decode"} | more
    file = folder / "configs" / "small.yaml"
    file.write_text(yaml.safe_dump(config | {"workloads": workloads}, sort_keys=False))
    return file
