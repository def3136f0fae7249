"""No secret in any field of a load is shown, kept or recorded."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import served
from tests.fixtures import shared
from tests.load.experiment.files import workload
from tests.load.experiment.runs import GATEWAY, MODEL, NAMESPACE, experiment, left, ran
from wvatui.core.events import Stage
from wvatui.errors import ConfigError
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.plan import plan, timeline
from wvatui.load.make.beside import known_data, named_apart
from wvatui.load.make.hiding import HiddenValues
from wvatui.load.make.order import Order, file_option
from wvatui.load.make.recent import read_recent, remember
from wvatui.load.profiles.manifests import made_by
from wvatui.load.read.detect import plan_of
from wvatui.load.read.files import manifest, written

VALUES = [f"qs3cr3t{n:02d}x" for n in range(16)]
CONFIG = f"""\
load:
  type: constant
  stages: [{{rate: 2, duration: 20}}]
api: {{type: completion, api_key: {VALUES[0]}}}
key: {VALUES[1]}
server: {{type: vllm, model_name: {MODEL}, base_url: "{GATEWAY}"}}
"""
SCRIPT = f"""\
export OPENAI_API_KEY={VALUES[2]} KEY={VALUES[3]}
echo $FROM_SECRET $MY_KEY $HF_TOKEN $plain
echo curl -H 'Authorization: Bearer {VALUES[4]}' http://me:{VALUES[5]}@gateway/v1
inference-perf --config_file /etc/config/config.yml --token {VALUES[6]} --api-key={VALUES[7]}
"""


def documents() -> list[dict[str, Any]]:
    """A ConfigMap, a Secret and a Job with a secret in every field that can hold one."""
    encoded = base64.b64encode(VALUES[8].encode()).decode()
    container = {
        "name": "perf",
        "image": "quay.io/inference-perf/inference-perf:v0.2.0",
        "command": ["/bin/sh", "-c", SCRIPT],
        "env": [
            {"name": "MY_KEY", "value": VALUES[9]},
            {"name": "HF_TOKEN", "value": VALUES[10]},
            {"name": "PASSWORDS", "value": VALUES[11]},
            {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "plain"}}},
            {"name": "plain", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "key"}}},
        ],
        "envFrom": [{"secretRef": {"name": "s"}}],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config"}],
    }
    pod = {
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "c"}}],
    }
    metadata = {"name": "perf", "annotations": {"webhook-key": VALUES[12]}}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "c"},
            "data": {"config.yml": CONFIG, "key": VALUES[13]},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s"},
            "data": {"plain": encoded},
            "stringData": {"other": VALUES[14]},
        },
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata,
            "spec": {"backoffLimit": 0, "template": {"spec": pod}},
        },
    ]


def file(folder: Path) -> Path:
    path = folder / "perf.yaml"
    path.write_text(yaml.safe_dump_all(documents()))
    return path


def told(text: str) -> list[str]:
    encoded = [base64.b64encode(value.encode()).decode() for value in VALUES]
    return [value for value in [*VALUES, *encoded] if value in text]


def test_what_is_shown_of_objects_holds_no_secret_and_is_otherwise_whole(tmp_path: Path) -> None:
    given = manifest(file(tmp_path))
    hidden = HiddenValues([given.manifest, *given.beside])
    lines = "\n".join(
        line for obj in (*given.beside, given.manifest) for line in written(hidden.shown(obj))
    )
    assert told(lines) == []
    assert "inference-perf --config_file /etc/config/config.yml" in lines
    assert "stages: [{rate: 2, duration: 20}]" in lines
    assert "mountPath: /etc/config" in lines
    assert hidden.text(f"Invalid value: {VALUES[9]}, {VALUES[8]}") == "Invalid value: ***, ***"


def test_the_number_of_tokens_is_no_secret() -> None:
    env = [{"name": name, "value": "128"} for name in ("MAX_TOKENS", "PROMPT_TOKEN", "eos-token")]
    obj = {"kind": "Pod", "spec": {"containers": [{"env": env}], "tolerations": [{"key": "gpu"}]}}
    assert HiddenValues([obj]).shown(obj) == obj


def test_a_job_is_planned_with_the_files_beside_it(tmp_path: Path) -> None:
    given = manifest(file(tmp_path))
    found = plan_of(given.manifest, known_data(given.beside))
    assert (found.tool, found.stages) == ("inference-perf", (Stage(0.0, 20.0, 2.0),))
    job = made_by(given.manifest, session="s", key="1", title="t", namespace="ns")
    job, beside = named_apart(job, given.beside)
    assert plan_of(job, known_data(beside)).stages == found.stages
    suffix = job["metadata"]["name"].rpartition("-")[2]
    assert [obj["metadata"]["name"] for obj in beside] == [f"c-{suffix}", f"s-{suffix}"]


def test_the_recorded_jobs_of_others_have_their_plans() -> None:
    cases = shared("field-cases")
    given = manifest(cases / "load-03-configmap-and-job" / "two-documents.yaml")
    load = plan_of(given.manifest, known_data(given.beside))
    assert load.stages == (Stage(0.0, 60.0, 1.0), Stage(60.0, 120.0, 4.0))
    folder = cases / "load-01-shell-variable-rate"
    rates = [(s.rate, s.duration_s) for s in plan_of(manifest(folder / "job.yaml").manifest).stages]
    assert rates == [(1, 60), (2, 60), (4, 60), (8, 60)]
    job2 = plan_of(manifest(folder / "job2.yaml").manifest)
    assert (job2.stages, job2.target) == ((Stage(0.0, 90.0, 3.0),), "http://gw:80")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"apiVersion": "v2"}, "apiVersion v2 has no ConfigMap"),
        ({"metadata": {}}, "ConfigMap without metadata.name"),
        ({"data": {"a": 1}}, "data.a: a text is expected"),
    ],
)
def test_a_wrong_object_beside_a_job_is_one_line(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "x.yaml"
    config, *rest = documents()
    path.write_text(yaml.safe_dump_all([config | change, *rest]))
    with pytest.raises(ConfigError, match=f"x.yaml:.*{words}"):
        manifest(path)
    path.write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError, match="holds no manifest; there is: ConfigMap"):
        manifest(path)


def test_a_launch_whose_target_holds_a_password_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "recent.json"
    option = file_option(Path("x.yaml"))
    remember(path, Order(option, target=f"http://me:{VALUES[0]}@gw"))
    assert read_recent(path) == []
    remember(path, Order(option, target="http://gw"))
    assert len(read_recent(path)) == 1


async def test_a_run_tells_no_secret_and_leaves_nothing_of_its_objects(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with served(tmp_path) as here:
        rows = [workload("perf", wait_completion=True)]
        config = experiment(tmp_path, rows, {"perf": {}}, description=f"api_key={VALUES[15]}")
        path = tmp_path / "workloads" / "perf.yaml"
        path.write_text(yaml.safe_dump_all(documents()))
        lines = timeline(plan(read_experiment(config)))
        run = await ran(here, config, interval=10.0)
        store = here.cluster.store
        assert left(here) == []
        names = [o["metadata"]["name"] for o in store.list("ConfigMap", NAMESPACE)]
        assert [name for name in names if name.startswith("c-")] == []
        assert store.list("Secret", NAMESPACE) == []
    assert run.became() == {"perf": "done"}, run.report.stages[0].reason
    await asyncio.sleep(0)
    assert told(capfd.readouterr().out + "\n".join(lines)) == []
    log = next(p for p in (run.folder.path / "job-logs").iterdir()).read_text()
    assert log.startswith("*** *** ***")
    for each in run.folder.path.rglob("*"):
        if each.is_file():
            assert told(each.read_text(errors="replace")) == [], each.name
