"""Tasks and Pipelines of a cluster with Tekton, modelled on those of llm-d-lab."""

from typing import Any

from wvatui.core.kube_object import Object
from wvatui.sim.pods.pod_json import new_object

IMAGE = "ghcr.io/vllm-project/guidellm:v0.6.1"
LABELLER = "quay.io/openshift/origin-cli:4.19"
_RUN = """\
#!/bin/bash
set -o pipefail
date -u +%Y-%m-%dT%H:%M:%SZ | tr -d '\\n' > $(results.start-time.path)
mkdir -p $(workspaces.results.path)/$(params.test-name)
guidellm benchmark --target $(params.target-url) --model "$(params.model)" \
  --rate-type $(params.rate-type) --rate "$(params.rate)" --max-seconds $(params.max-seconds) \
  --max-concurrency $(params.max-concurrency) \
  --data "prompt_tokens=$(params.prompt-tokens),output_tokens=$(params.output-tokens)" \
  --output-dir $(workspaces.results.path)/$(params.test-name) --outputs benchmark.json \
  --disable-progress | tee $(workspaces.results.path)/log.txt
rc=$?
date -u +%Y-%m-%dT%H:%M:%SZ | tr -d '\\n' > $(results.end-time.path)
exit $rc
"""


def catalogue(namespace: str) -> list[Object]:
    """Everything, in `namespace`."""
    return [
        _task(namespace),
        _calculation(namespace),
        _step(namespace),
        _load(namespace),
        _delayed(namespace),
        _steps(namespace),
        _estimation(namespace),
    ]


def _object(kind: str, name: str, namespace: str, spec: Object) -> Object:
    return new_object("tekton.dev/v1", kind, name, namespace, spec=spec)


_PARAMS = {
    "target-url": "http://infra-sim-inference-gateway-istio:80",
    "model": "",
    "rate-type": "constant",
    "rate": "1",
    "max-concurrency": "512",
    "prompt-tokens": "128",
    "output-tokens": "128",
    "max-seconds": "120",
    "start-delay": "0",
    "test-name": "guidellm-benchmark",
}


def _declared(names: dict[str, Any]) -> list[Object]:
    return [{"name": name, "type": "string", "default": value} for name, value in names.items()]


def _passed(*names: str, **more: str) -> list[Object]:
    rows = [{"name": name, "value": f"$(params.{name})"} for name in names]
    return rows + [{"name": k.replace("_", "-"), "value": v} for k, v in more.items()]


def _task(namespace: str) -> Object:
    return _object(
        "Task",
        "guidellm-load-generator",
        namespace,
        {
            "params": _declared(_PARAMS),
            "workspaces": [{"name": "results"}],
            "results": [{"name": "start-time"}, {"name": "end-time"}],
            "steps": [
                {
                    "name": "start-delay",
                    "image": "busybox:1.37",
                    "script": "#!/bin/sh\nsleep $(params.start-delay)\n",
                },
                {
                    "name": "label-this-pod",
                    "image": LABELLER,
                    "script": "#!/bin/bash\noc label pod $HOSTNAME benchmark-running=true "
                    "benchmark-test-name=$(params.test-name) --overwrite\n",
                },
                {"name": "run-benchmark", "image": IMAGE, "script": _RUN},
            ],
        },
    )


def _calculation(namespace: str) -> Object:
    return _object(
        "Task",
        "calculate-params",
        namespace,
        {
            "params": _declared({"batch-size": "64"}),
            "workspaces": [{"name": "results"}],
            "results": [{"name": "alpha"}, {"name": "beta"}],
            "steps": [
                {
                    "name": "calculate",
                    "image": IMAGE,
                    "command": ["calculate-params"],
                    "args": [
                        "$(workspaces.results.path)/synchronous/benchmark.json",
                        "$(workspaces.results.path)/throughput/benchmark.json",
                        "$(params.batch-size)",
                        "/tekton/results",
                    ],
                }
            ],
        },
    )


def _load(namespace: str) -> Object:
    """One load, with its start and end as results."""
    names = tuple(_PARAMS)
    return _object(
        "Pipeline",
        "guidellm-load",
        namespace,
        {
            "params": _declared(_PARAMS),
            "workspaces": [{"name": "results"}],
            "results": [
                {"name": "start-time", "value": "$(tasks.load.results.start-time)"},
                {"name": "end-time", "value": "$(tasks.load.results.end-time)"},
            ],
            "tasks": [
                {
                    "name": "load",
                    "taskRef": {"name": "guidellm-load-generator"},
                    "params": _passed(*names),
                    "workspaces": [{"name": "results"}],
                }
            ],
        },
    )


def _step(namespace: str) -> Object:
    """One step of a stepped load, described in one text of YAML."""
    return _object(
        "Task",
        "guidellm-load-step",
        namespace,
        {
            "params": [
                {"name": "step-config", "type": "string"},
                *_declared(
                    {
                        "target-url": _PARAMS["target-url"],
                        "model": "",
                        "hf-secret-name": "",
                        "basepath": "",
                        "test-name": "guidellm-benchmark",
                    }
                ),
            ],
            "workspaces": [{"name": "results"}],
            "steps": [
                {
                    "name": "label-pod",
                    "image": LABELLER,
                    "script": "#!/bin/bash\noc label pod $HOSTNAME benchmark-running=true "
                    "benchmark-test-name=$(params.test-name) --overwrite\n",
                },
                {
                    "name": "run-benchmark",
                    "image": IMAGE,
                    "command": ["guidellm-load-step"],
                    "args": [
                        "$(params.step-config)",
                        "$(params.target-url)",
                        "$(params.model)",
                        "$(workspaces.results.path)/$(params.basepath)",
                    ],
                },
            ],
        },
    )


def _delayed(namespace: str) -> Object:
    """A stepped load: one more generator every 30 s, all until the end."""
    rows = [
        {
            "name": f"{120 - delay}s+{delay}s",
            "params": [
                {"name": "max-seconds", "value": str(120 - delay)},
                {"name": "start-delay", "value": str(delay)},
            ],
        }
        for delay in (0, 30, 60, 90)
    ]
    return _object(
        "Pipeline",
        "wva-incremental-stepped-load-test",
        namespace,
        {
            "params": _declared({"rate": "0.5", "target-url": _PARAMS["target-url"], "model": ""}),
            "workspaces": [{"name": "shared-workspace"}],
            "tasks": [
                {
                    "name": "load-test",
                    "taskRef": {"name": "guidellm-load-generator"},
                    "params": _passed("rate", "target-url", "model"),
                    "workspaces": [{"name": "results", "workspace": "shared-workspace"}],
                    "matrix": {"include": rows},
                }
            ],
        },
    )


def _steps(namespace: str) -> Object:
    """A stepped load of any shape: a matrix over its steps, each a text of YAML."""
    names = {
        "target-url": _PARAMS["target-url"],
        "model": "",
        "hf-secret-name": "",
        "namespace": namespace,
        "deployment-name": "",
        "test-name": "load-test",
        "reset-llm-d": "false",
        "scaled-object": "",
        "initial-replicas": "1",
    }
    script = "#!/bin/sh\necho no other run is active\n"
    return _object(
        "Pipeline",
        "wva-load-test",
        namespace,
        {
            "params": [*_declared(names), {"name": "load-steps", "type": "array"}],
            "workspaces": [{"name": "shared-workspace"}],
            "tasks": [
                {
                    "name": "wait-for-other-pipeline-runs",
                    "taskSpec": {"steps": [{"name": "wait", "image": LABELLER, "script": script}]},
                },
                {
                    "name": "load-test",
                    "runAfter": ["wait-for-other-pipeline-runs"],
                    "taskRef": {"name": "guidellm-load-step"},
                    "params": _passed(
                        "target-url",
                        "model",
                        "hf-secret-name",
                        "test-name",
                        basepath="$(context.pipelineRun.name)",
                    ),
                    "workspaces": [{"name": "results", "workspace": "shared-workspace"}],
                    "matrix": {
                        "params": [{"name": "step-config", "value": "$(params.load-steps)"}]
                    },
                },
            ],
        },
    )


def _estimation(namespace: str) -> Object:
    """Alpha and beta from a synchronous and a throughput run."""

    def run(name: str, *after: str) -> Object:
        return {
            "name": name,
            "taskRef": {"name": "guidellm-load-generator"},
            "params": _passed("max-seconds", "max-concurrency", rate_type=name, test_name=name),
            "workspaces": [{"name": "results"}],
            "runAfter": list(after),
        }

    return _object(
        "Pipeline",
        "estimate-parameters",
        namespace,
        {
            "params": _declared({"max-seconds": "120", "max-concurrency": "64"}),
            "workspaces": [{"name": "results"}],
            "results": [
                {"name": "alpha", "value": "$(tasks.calculate.results.alpha)"},
                {"name": "beta", "value": "$(tasks.calculate.results.beta)"},
            ],
            "tasks": [
                run("synchronous"),
                run("throughput", "synchronous"),
                {
                    "name": "calculate",
                    "taskRef": {"name": "calculate-params"},
                    "params": [{"name": "batch-size", "value": "$(params.max-concurrency)"}],
                    "workspaces": [{"name": "results"}],
                    "runAfter": ["throughput"],
                },
            ],
        },
    )
