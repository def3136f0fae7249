"""The files of `deploy/` other than roles: an image, and a Job that records inside a cluster."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.cli import run
from wvatui import __version__
from wvatui.cli.main import cli
from wvatui.sim.serve import launch

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
JOB: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "record-job.yaml").read_text()))
IMAGE = (DEPLOY / "Dockerfile").read_text()


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [document for document in JOB if document["kind"] == kind]


def pod() -> dict[str, Any]:
    (job,) = of_kind("Job")
    spec: dict[str, Any] = job["spec"]["template"]["spec"]
    return spec


def arguments() -> list[str]:
    (container,) = pod()["containers"]
    return list(container["args"])


def test_the_account_that_records_has_the_two_roles_for_watching_and_no_other() -> None:
    roles = [
        document
        for document in yaml.safe_load_all((DEPLOY / "role.yaml").read_text())
        if document["kind"] == "Role"
    ]
    assert {
        (each["metadata"]["namespace"], each["roleRef"]["name"]) for each in of_kind("RoleBinding")
    } == {(role["metadata"]["namespace"], role["metadata"]["name"]) for role in roles}
    (account,) = of_kind("ServiceAccount")
    for binding in of_kind("RoleBinding"):
        (subject,) = binding["subjects"]
        assert (subject["kind"], subject["name"]) == ("ServiceAccount", account["metadata"]["name"])
        assert subject["namespace"] == account["metadata"]["namespace"]
    assert pod()["serviceAccountName"] == account["metadata"]["name"]


def test_it_runs_under_the_restricted_pod_security_standard() -> None:
    context = pod()["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod()["containers"]
    own = container["securityContext"]
    assert own["allowPrivilegeEscalation"] is False
    assert own["readOnlyRootFilesystem"] is True
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert container["image"].endswith(f":{__version__}")


def test_its_command_records_what_it_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    words = [word for word in arguments() if not word.startswith("--duration=")]
    assert len(words) < len(arguments())  # it ends by itself
    with launch(scenario="keda-queue", speed=20.0) as cluster:
        done = run(*words, "--duration=2s", f"--kubeconfig={cluster.kubeconfig}")
    assert done.code == 0, done.err
    assert len(list((tmp_path / "wvatui" / "sessions").glob("*.jsonl"))) == 1


def test_the_image_has_all_that_the_package_is_built_from_and_runs_as_nobody() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = {
        word
        for line in re.findall(r"^COPY (?!--)(.*) /src", IMAGE, re.MULTILINE)
        for word in line.split()
    }
    assert copied == {
        "pyproject.toml",
        "requirements.lock",
        project["project"]["readme"],
        *project["project"]["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
    }
    assert all((ROOT / name).exists() for name in copied)
    users = re.findall(r"^USER (\d+)", IMAGE, re.MULTILINE)
    assert users == [str(pod()["securityContext"]["runAsUser"])]
    (program,) = re.findall(r'^ENTRYPOINT \["(\w+)"\]', IMAGE, re.MULTILINE)
    assert program in project["project"]["scripts"]
    assert arguments()[0] in cli.commands
