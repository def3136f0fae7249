"""PipelineRuns for tests, in the usual forms."""

from typing import Any

Object = dict[str, Any]
NS = "llm-d-sim"
GATEWAY = "http://infra-sim-inference-gateway-istio:80"
MODEL = "meta-llama/Llama-3.1-8B-Instruct"


def step(name: str, delay: int, duration: int, rate: float) -> str:
    """A step of a stepped load, as YAML."""
    return (
        f"name: {name}\ndelay: {delay}\nduration: {duration}\nscenario: |\n"
        f"  request_type: text_completions\n  profile: constant\n  rate: {rate}\n"
        "  data:\n    prompt_tokens: 128\n    output_tokens: 64\n"
    )


def pipeline_run(pipeline: str, name: str = "", namespace: str = NS, **params: Any) -> Object:
    """A PipelineRun; without a name it has a generateName."""
    rows = [{"name": key.replace("_", "-"), "value": value} for key, value in params.items()]
    metadata: Object = {"namespace": namespace} if namespace else {}
    metadata |= {"name": name} if name else {"generateName": f"{pipeline}-"}
    room = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"metadata": {"creationTimestamp": None}, "status": {}, "spec": room}
    return {
        "apiVersion": "tekton.dev/v1",
        "kind": "PipelineRun",
        "metadata": metadata,
        "spec": {
            "pipelineRef": {"name": pipeline},
            "params": rows,
            "taskRunTemplate": {"serviceAccountName": "pipeline"},
            "timeouts": {"pipeline": "12h0m0s"},
            "workspaces": [{"name": "shared-workspace", "volumeClaimTemplate": claim}],
        },
    }


def spike(length_s: int = 60, **more: Any) -> Object:
    """A base load with a burst in the middle."""
    steps = [step("baseline", 0, length_s, 0.5), step("burst", 20, 20, 2.0)]
    return pipeline_run(
        "wva-load-test",
        load_steps=steps,
        target_url=GATEWAY,
        model=MODEL,
        reset_llm_d="false",
        **more,
    )


PIPELINE: Object = {
    "params": [
        {"name": "target-url", "default": "http://vllm:8000"},
        {"name": "model", "default": "m"},
        {"name": "reset-llm-d", "default": "false"},
        {"name": "load-steps", "type": "array"},
    ],
    "tasks": [
        {"name": "wait-for-other-pipeline-runs", "taskSpec": {"steps": [{"script": "true"}]}},
        {
            "name": "load-test",
            "runAfter": ["wait-for-other-pipeline-runs"],
            "taskRef": {"name": "guidellm-load-step"},
            "matrix": {"params": [{"name": "step-config", "value": "$(params.load-steps)"}]},
            "params": [
                {"name": "target-url", "value": "$(params.target-url)"},
                {"name": "model", "value": "$(params.model)"},
            ],
        },
    ],
}


def condition(status: str, reason: str, message: str = "") -> list[Object]:
    return [{"type": "Succeeded", "status": status, "reason": reason, "message": message}]


def task_run(
    name: str,
    task: str,
    params: dict[str, Any],
    *,
    results: dict[str, str] | None = None,
    how: list[Object] | None = None,
    ended: str = "",
    made: str = "2026-09-01T08:00:00Z",
) -> Object:
    status: Object = {
        "podName": f"{name}-pod",
        "conditions": how or condition("Unknown", "Running"),
    }
    if results:
        status["results"] = [{"name": k, "type": "string", "value": v} for k, v in results.items()]
    if ended:
        status["completionTime"] = ended
    return {
        "metadata": {
            "name": name,
            "creationTimestamp": made,
            "labels": {"tekton.dev/pipelineTask": task},
        },
        "spec": {"params": [{"name": k, "value": v} for k, v in params.items()]},
        "status": status,
    }


def pod(name: str, started: str = "") -> Object:
    """A pod of a TaskRun, as Tekton makes it: without the command of the step."""
    containers = [
        {"name": "step-label-this-pod", "image": "ghcr.io/helmfile/helmfile:v1.2.2"},
        {
            "name": "step-run-benchmark",
            "image": "ghcr.io/vllm-project/guidellm:v0.6.1",
            "command": ["/tekton/bin/entrypoint"],
            "args": ["-entrypoint", "/tekton/scripts/1"],
        },
    ]
    states = [
        {"name": one["name"], "state": {"running": {"startedAt": started}}} for one in containers
    ]
    return {
        "metadata": {"name": name, "labels": {"tekton.dev/pipelineRun": "run-x"}},
        "spec": {"containers": containers},
        "status": {"phase": "Running", "containerStatuses": states if started else []},
    }
