"""Tasks and Pipelines of a cluster with Tekton, modelled on those of llm-d-lab."""

from typing import Any

from wvatui.core.kube_object import Object
from wvatui.sim.pods.pod_json import new_object

IMAGE = "ghcr.io/vllm-project/guidellm:v0.6.1"
TARGET = "http://infra-sim-inference-gateway-istio:80"
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


_PARAMS = {
    "target-url": TARGET,
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


def catalogue(namespace: str) -> list[Object]:
    """Everything, in `namespace`."""
    made = (
        _generator(),
        _calculation(),
        _step(),
        _load(),
        _delayed(),
        _steps(namespace),
        _estimation(),
    )
    return [
        new_object("tekton.dev/v1", kind, name, namespace, spec=spec) for kind, name, spec in made
    ]


_Made = tuple[str, str, Object]
"""(kind, name, spec)"""


def _task(name: str, params: list[Object], steps: list[Object], *results: str) -> _Made:
    spec: Object = {"params": params, "workspaces": [{"name": "results"}]}
    if results:
        spec["results"] = [{"name": result} for result in results]
    return "Task", name, spec | {"steps": steps}


def _pipeline(
    name: str,
    params: list[Object],
    tasks: list[Object],
    *,
    workspace: str = "results",
    results: dict[str, str] | None = None,
) -> _Made:
    """`results`: the task that each result is from."""
    spec: Object = {"params": params, "workspaces": [{"name": workspace}]}
    if results:
        spec["results"] = [
            {"name": result, "value": f"$(tasks.{task}.results.{result})"}
            for result, task in results.items()
        ]
    return "Pipeline", name, spec | {"tasks": tasks}


def _uses(name: str, task: str, params: list[Object], workspace: str = "", **more: Any) -> Object:
    """A task of a pipeline; `workspace`: the pipeline's, where its name is not `results`."""
    bound = {"name": "results"} | ({"workspace": workspace} if workspace else {})
    uses = {"name": name, "taskRef": {"name": task}, "params": params, "workspaces": [bound]}
    return uses | more


def _labelling(name: str) -> Object:
    """A step in which a pod labels itself."""
    script = (
        "#!/bin/bash\noc label pod $HOSTNAME benchmark-running=true "
        "benchmark-test-name=$(params.test-name) --overwrite\n"
    )
    return {"name": name, "image": LABELLER, "script": script}


def _generator() -> _Made:
    delay = {
        "name": "start-delay",
        "image": "busybox:1.37",
        "script": "#!/bin/sh\nsleep $(params.start-delay)\n",
    }
    run = {"name": "run-benchmark", "image": IMAGE, "script": _RUN}
    steps = [delay, _labelling("label-this-pod"), run]
    return _task("guidellm-load-generator", _declared(_PARAMS), steps, "start-time", "end-time")


def _calculation() -> _Made:
    step = {
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
    return _task("calculate-params", _declared({"batch-size": "64"}), [step], "alpha", "beta")


def _load() -> _Made:
    """One load, with its start and end as results."""
    task = _uses("load", "guidellm-load-generator", _passed(*_PARAMS))
    results = {"start-time": "load", "end-time": "load"}
    return _pipeline("guidellm-load", _declared(_PARAMS), [task], results=results)


def _step() -> _Made:
    """One step of a stepped load, described in one text of YAML."""
    defaults = {
        "target-url": TARGET,
        "model": "",
        "hf-secret-name": "",
        "basepath": "",
        "test-name": "guidellm-benchmark",
    }
    run = {
        "name": "run-benchmark",
        "image": IMAGE,
        "command": ["guidellm-load-step"],
        "args": [
            "$(params.step-config)",
            "$(params.target-url)",
            "$(params.model)",
            "$(workspaces.results.path)/$(params.basepath)",
        ],
    }
    params = [{"name": "step-config", "type": "string"}, *_declared(defaults)]
    return _task("guidellm-load-step", params, [_labelling("label-pod"), run])


def _delayed() -> _Made:
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
    params = _declared({"rate": "0.5", "target-url": TARGET, "model": ""})
    passed = _passed("rate", "target-url", "model")
    shared = "shared-workspace"
    matrix = {"include": rows}
    task = _uses("load-test", "guidellm-load-generator", passed, shared, matrix=matrix)
    return _pipeline("wva-incremental-stepped-load-test", params, [task], workspace=shared)


def _steps(namespace: str) -> _Made:
    """A stepped load of any shape: a matrix over its steps, each a text of YAML."""
    names = {
        "target-url": TARGET,
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
    waiting = {
        "name": "wait-for-other-pipeline-runs",
        "taskSpec": {"steps": [{"name": "wait", "image": LABELLER, "script": script}]},
    }
    passed = _passed(
        "target-url",
        "model",
        "hf-secret-name",
        "test-name",
        basepath="$(context.pipelineRun.name)",
    )
    load = _uses(
        "load-test",
        "guidellm-load-step",
        passed,
        "shared-workspace",
        runAfter=[waiting["name"]],
        matrix={"params": [{"name": "step-config", "value": "$(params.load-steps)"}]},
    )
    params = [*_declared(names), {"name": "load-steps", "type": "array"}]
    return _pipeline("wva-load-test", params, [waiting, load], workspace="shared-workspace")


def _estimation() -> _Made:
    """Alpha and beta from a synchronous and a throughput run."""

    def run(name: str, *after: str) -> Object:
        passed = _passed("max-seconds", "max-concurrency", rate_type=name, test_name=name)
        return _uses(name, "guidellm-load-generator", passed, runAfter=list(after))

    batch = [{"name": "batch-size", "value": "$(params.max-concurrency)"}]
    tasks = [
        run("synchronous"),
        run("throughput", "synchronous"),
        _uses("calculate", "calculate-params", batch, runAfter=["throughput"]),
    ]
    params = _declared({"max-seconds": "120", "max-concurrency": "64"})
    results = {"alpha": "calculate", "beta": "calculate"}
    return _pipeline("estimate-parameters", params, tasks, results=results)
