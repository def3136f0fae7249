"""The role in the README has exactly the rights that a session uses."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import served
from tests.load.experiment.files import workload
from tests.load.experiment.runs import experiment, load, ran
from tests.load.experiment.test_scalers import alone, bringing, hpa, scaled_object
from tests.load.pipelines import spike
from tests.load.test_pipeline_runs import launching
from tests.waiting import until
from wvatui.clock import WallClock
from wvatui.core import events as ev
from wvatui.errors import DeniedError
from wvatui.kube.auth import open_access
from wvatui.kube.client import Client
from wvatui.load.make.jobs import Jobs
from wvatui.load.make.launcher import Launcher
from wvatui.sim.api.admission import defaulted
from wvatui.sim.api.context import AccessRules

ROLE = Path(__file__).resolve().parent.parent / "deploy" / "role.yaml"
LOAD = ROLE.with_name("role-load.yaml")
CLUSTER_ROLE = ROLE.with_name("role-cluster.yaml")
USER = "me@example.com"
SCALERS = ROLE.with_name("role-load-scalers.yaml")
TEKTON = ROLE.with_name("role-load-tekton.yaml")
SERVICES = ("llm-d-sim", "list", "", "services")
"""The right that only the screen needs, to find targets of load."""
NOT_IN_THE_CLUSTER = {
    SERVICES,
    ("llm-d-sim", "get", "apps", "replicasets/scale"),
    ("llm-d-sim", "get", "argoproj.io", "rollouts/scale"),
}
"""Rights that only ServiceMonitors and some kinds of targets need; `test_page_hints.py` and
`test_scale_targets.py` in `tests/sources/` use them."""


def roles(path: Path = ROLE, kind: str = "Role") -> list[dict[str, Any]]:
    return [doc for doc in yaml.safe_load_all(path.read_text()) if doc["kind"] == kind]


def granted(path: Path = ROLE, kind: str = "Role") -> set[tuple[str, str, str, str]]:
    """(namespace, verb, API group, resource) of every right in the file; "*": in all."""
    return {
        (role["metadata"].get("namespace", "*"), verb, group, resource)
        for role in roles(path, kind)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def granting(*more: Path) -> AccessRules:
    """The rights of a user with the role for watching, and the roles in the files `more`."""
    access = AccessRules(anonymous=USER)
    for path in (ROLE, *more):
        for role in roles(path):
            access.grant(USER, role["metadata"]["namespace"], role["rules"])
    return access


def test_the_file_holds_two_roles_for_one_namespace_each_and_only_reads() -> None:
    documents = list(yaml.safe_load_all(ROLE.read_text()))
    assert [doc["kind"] for doc in documents] == ["Role", "Role", "RoleBinding", "RoleBinding"]
    assert {doc["metadata"]["namespace"] for doc in documents} == {
        "llm-d-sim",
        "workload-variant-autoscaler-system",
    }
    assert {verb for _, verb, _, _ in granted()} == {"get", "list", "watch"}


def test_the_role_for_the_cluster_gives_what_the_two_roles_give() -> None:
    rights = {right[1:] for right in granted(CLUSTER_ROLE, "ClusterRole")}
    assert rights == {right[1:] for right in granted()}


@pytest.mark.parametrize("wva", ["v0.9", "v0.4.2"])
async def test_with_that_role_everything_is_seen_and_every_right_of_it_is_used(
    tmp_path: Path, wva: str
) -> None:
    access = granting()
    async with served(tmp_path, access=access, wva=wva, autoscaler="keda") as cluster:
        theirs = defaulted("Job", cluster.cluster.store.draft(load("theirs", prompts=40)))
        cluster.cluster.store.apply(theirs)
        watched = await cluster.watch(90.0, interval=10.0)
    denied = [e for e in watched.of(ev.Source) if e.status == "denied"]
    assert denied == []
    kinds = {type(event) for event in watched.events}
    assert {
        ev.Log,
        ev.Scrape,
        ev.Epp,
        ev.Pod,
        ev.Workload,
        ev.Variant,
        ev.Autoscaler,
        ev.ScaledObject,
        ev.Lease,
        ev.Config,
    } <= kinds
    asked = {
        (attempt.namespace, attempt.verb, attempt.group, attempt.resource)
        for user, attempt in access.asked
    }
    # Beyond the role, a session only tries to find the controller and monitors in the whole
    # cluster.
    elsewhere = {(verb, resource) for _, verb, _, resource in asked - granted()}
    assert elsewhere <= {("list", each) for each in ("pods", "podmonitors", "servicemonitors")}
    assert granted() - NOT_IN_THE_CLUSTER <= asked


async def test_with_the_role_for_load_an_experiment_runs_and_every_right_of_it_is_used(
    tmp_path: Path,
) -> None:
    access = granting(LOAD)
    async with served(tmp_path, access=access) as cluster:
        rows = [workload("one", start_delay=0, duration=30)]
        file = experiment(tmp_path, rows, {"one": load("one", prompts=40)}, reset=1)
        _beside(tmp_path, "ConfigMap")
        run = await ran(cluster, file)
    assert run.became() == {"one": "done"}
    used = {(a.namespace, a.verb, a.group, a.resource) for _, a in access.asked}
    assert granted(LOAD) - used == {SERVICES}


async def test_with_the_role_for_scalers_an_experiment_brings_its_own(tmp_path: Path) -> None:
    access = granting(LOAD, SCALERS)
    async with served(tmp_path, access=access) as cluster:
        alone(cluster)
        for scaler in (hpa(), scaled_object()):
            run = await ran(cluster, bringing(tmp_path, scaler, tail_seconds=5))
            assert run.report.troubles == []
    used = {(a.namespace, a.verb, a.group, a.resource) for _, a in access.asked}
    assert granted(SCALERS) <= used
    async with served(tmp_path, access=granting(LOAD)) as cluster:
        with pytest.raises(DeniedError, match="create horizontalpodautoscalers"):
            await ran(cluster, bringing(tmp_path, hpa()))


def _beside(folder: Path, kind: str) -> None:
    """Add an object to the file of the job "one"."""
    obj = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "beside"}}
    with (folder / "workloads" / "one.yaml").open("a") as job:
        job.write("---\n" + yaml.safe_dump(obj))


async def test_a_secret_beside_a_job_needs_a_right_that_the_role_leaves_to_its_owner(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, access=granting(LOAD)) as cluster:
        file = experiment(
            tmp_path, [workload("one", start_delay=0, duration=30)], {"one": load("one")}
        )
        _beside(tmp_path, "Secret")
        with pytest.raises(DeniedError, match="create secrets"):
            await ran(cluster, file)


async def test_with_the_role_for_load_the_screen_finds_targets_and_may_launch(
    tmp_path: Path,
) -> None:
    access = granting(LOAD)
    async with served(tmp_path, access=access) as cluster:
        client = Client(await open_access(str(cluster.kubeconfig), None), WallClock())
        jobs = Jobs(client, WallClock(), session="s", namespaces=("llm-d-sim",))
        launcher = Launcher(client, WallClock(), jobs, "s", "llm-d-sim")
        found = await launcher.look()
        await client.aclose()
    assert found.denied == ()
    assert "gateway" in found.targets[0]
    used = {(a.namespace, a.verb, a.group, a.resource) for _, a in access.asked}
    assert SERVICES in used


async def test_with_the_role_for_tekton_a_pipeline_run_is_launched_and_every_right_is_used(
    tmp_path: Path,
) -> None:
    access = granting(LOAD, TEKTON)
    async with launching(tmp_path, access=access) as here:
        await here.launcher.create(await here.draft(spike()))
        await until(lambda: here.row() is not None and here.row().status == "running")
        await here.launcher.abort()
    used = {(a.namespace, a.verb, a.group, a.resource) for _, a in access.asked}
    assert granted(TEKTON) <= used
