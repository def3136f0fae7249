"""Scalers of an experiment, and the checks before a run of who scales and who sends requests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import Served, served
from tests.kube.server import Server, hangs, refuses, says, talking
from tests.kube.server import served as answering
from tests.load.experiment.files import workload, write
from tests.load.experiment.runs import (
    DEPLOYMENT,
    NAMESPACE,
    checks,
    experiment,
    left,
    load,
    ran,
)
from tests.sources.virtual import virtual_clock
from wvatui.errors import CheckFailed, ClusterError, ConfigError
from wvatui.load.experiment import gpus
from wvatui.load.experiment.config import read_experiment
from wvatui.load.experiment.plan import plan, timeline
from wvatui.load.make.scalers import OwnScalers
from wvatui.load.profiles.manifests import OWNER, SESSION, made_by
from wvatui.load.read.scalers import scaler_manifests

ROWS = [workload("one", start_delay=0, duration=30)]
KINDS = ("HorizontalPodAutoscaler", "ScaledObject", "VariantAutoscaling")


def hpa(name: str = "mine", **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "annotations": {"token": "S3CR3T-value"}},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": DEPLOYMENT},
            "minReplicas": 2,
            "maxReplicas": 3,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 80},
                    },
                }
            ],
        }
        | more,
    }


def scaled_object(**more: Any) -> dict[str, Any]:
    trigger = {
        "serverAddress": "http://me:S3CR3T-value@prometheus:9090",
        "query": "vector(1)",
        "threshold": "10",
    }
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "mine"},
        "spec": {
            "scaleTargetRef": {"name": DEPLOYMENT},
            "minReplicaCount": 2,
            "maxReplicaCount": 3,
            "triggers": [{"type": "prometheus", "metadata": trigger}],
        }
        | more,
    }


def bringing(folder: Path, *scalers: dict[str, Any], **more: Any) -> Path:
    """An experiment that applies `scalers`."""
    (folder / "scaler.yaml").write_text(yaml.safe_dump_all(scalers))
    return experiment(
        folder, ROWS, {"one": load("one", prompts=40)}, apply="../scaler.yaml", **more
    )


def alone(here: Served) -> None:
    """Remove all scalers from the cluster."""
    for kind in KINDS:
        for obj in here.cluster.store.list(kind, NAMESPACE):
            here.cluster.store.delete(kind, NAMESPACE, obj["metadata"]["name"])


def replicas(here: Served) -> int:
    return int(here.cluster.store.get("Deployment", NAMESPACE, DEPLOYMENT)["spec"]["replicas"])


@pytest.mark.parametrize("scaler", [hpa(), scaled_object()], ids=["hpa", "keda"])
async def test_a_scaler_of_its_own_is_there_for_the_run_alone(
    tmp_path: Path, scaler: dict[str, Any]
) -> None:
    seen: list[dict[str, Any]] = []
    async with served(tmp_path) as here:
        alone(here)
        before = replicas(here)
        here.at(35, lambda: seen.extend(here.cluster.store.list(scaler["kind"], NAMESPACE)))
        here.at(35, lambda: seen.append({"replicas": replicas(here)}))
        run = await ran(here, bringing(tmp_path, scaler, tail_seconds=5), interval=10.0)
        assert run.report.ok, run.report.troubles
        assert run.report.troubles == []
        assert left(here) == []
        for kind in KINDS:
            assert here.cluster.store.list(kind, NAMESPACE) == []
        assert (before, replicas(here)) == (1, 1)
    assert seen[0]["metadata"]["name"] == "mine"
    assert SESSION in seen[0]["metadata"]["labels"]
    assert seen[-1] == {"replicas": 2}
    files = [path for path in run.folder.path.rglob("*") if path.is_file()]
    texts = [path.read_text() for path in files]
    assert any(f"{scaler['kind']} mine is made" in text for text in texts)
    assert not any("S3CR3T" in text for text in texts)


async def test_a_run_that_is_interrupted_takes_its_scaler_away(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        alone(here)
        run = await ran(here, bringing(tmp_path, hpa()), stop_at_s=25, interval=10.0)
        assert run.report.ended == "interrupted"
        assert left(here) == []
        assert here.cluster.store.list("HorizontalPodAutoscaler", NAMESPACE) == []
        assert replicas(here) == 1


async def test_nothing_that_is_there_is_written_over_or_worked_against(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        own = here.cluster.store.list("HorizontalPodAutoscaler", NAMESPACE)[0]["metadata"]["name"]
        with pytest.raises(CheckFailed, match=f"HorizontalPodAutoscaler {own} is there already"):
            await checks(here, bringing(tmp_path, hpa(own)))
        words = f"{DEPLOYMENT} is scaled by HorizontalPodAutoscaler {own} already: .* mine would"
        with pytest.raises(CheckFailed, match=words):
            await checks(here, bringing(tmp_path, hpa()))
        alone(here)
        with pytest.raises(CheckFailed, match="HorizontalPodAutoscaler mine and ScaledObject mine"):
            await checks(here, bringing(tmp_path, hpa(), scaled_object()))
        nobody = {"kind": "Deployment", "name": "nobody"}
        with pytest.raises(CheckFailed, match=f"no Deployment nobody in namespace {NAMESPACE}"):
            await checks(here, bringing(tmp_path, hpa(scaleTargetRef=nobody)))
        # Jobs left by a session that has ended are deleted before the run, so they do not prevent
        # it.
        dead = hpa()
        dead["metadata"] |= {
            "namespace": NAMESPACE,
            "annotations": {OWNER: f"{socket.gethostname()}/999999999/1"},
            "labels": {SESSION: "s"},
        }
        here.cluster.store.apply(here.cluster.store.draft(dead))
        await checks(here, bringing(tmp_path, hpa()))
        assert len(here.cluster.store.list("HorizontalPodAutoscaler", NAMESPACE)) == 1
        # So is what KEDA made of it: it goes with it.
        dead_object, made = scaled_object(), hpa("keda-hpa-mine")
        dead_object["metadata"] |= dead["metadata"]
        owner = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "name": "mine"}
        made["metadata"] |= {"namespace": NAMESPACE, "ownerReferences": [owner]}
        for obj in (dead_object, made):
            here.cluster.store.apply(here.cluster.store.draft(obj))
        await checks(here, bringing(tmp_path, scaled_object()))


async def test_what_stands_in_the_way_is_told_before_a_run(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        store = here.cluster.store
        alone(here)
        paused = scaled_object(maxReplicaCount=5)
        paused["metadata"] |= {
            "namespace": NAMESPACE,
            "annotations": {"autoscaling.keda.sh/paused-replicas": "1"},
        }
        store.apply(store.draft(paused))
        other = load("theirs")
        store.apply(store.draft(other))
        ours = made_by(load("ours"), session="s", key="0", title="", namespace=NAMESPACE)
        store.apply(store.draft(ours))
        found = await checks(here, bringing(tmp_path, hpa(maxReplicas=400)))
    assert f"ScaledObject mine is paused at 1 replica: it does not scale {DEPLOYMENT}" in (
        found.warnings
    )
    assert f"other load is under way in {NAMESPACE}: job theirs (vllm-bench)" in found.warnings
    words = f"another run is under way: its job {ours['metadata']['name']} sends load in"
    assert f"{words} {NAMESPACE}" in found.warnings
    [words] = [words for words in found.warnings if "400 replicas" in words]
    assert words.startswith(f"{DEPLOYMENT} may want 400 replicas, 399 more than there are, and GPU")
    assert words.endswith("(1 nvidia.com/gpu each): the others will not start")


@pytest.mark.parametrize(
    ("resource", "is_one"),
    [
        ("nvidia.com/mig-1g.5gb", True),
        ("amd.com/gpu", True),
        ("gpu.intel.com/i915", True),
        ("gpu.intel.com/xe", True),
        ("gpu.intel.com/xe_monitoring", False),
        ("google.com/tpu", True),
        ("intel.com/qat", False),
    ],
)
def test_a_gpu_is_known_by_the_name_of_its_resource(resource: str, *, is_one: bool) -> None:
    container = {"resources": {"limits": {resource: "2"}}}
    assert gpus._wanted({"containers": [container]}) == ({resource: 2.0} if is_one else {})


def test_the_plan_says_what_is_made_and_that_it_goes(tmp_path: Path) -> None:
    lines = timeline(plan(read_experiment(bringing(tmp_path, hpa()))))
    assert (
        f"  HorizontalPodAutoscaler mine is made for {DEPLOYMENT} (2 to 3 replicas), and deleted "
        "at the end"
    ) in lines
    assert f"  {DEPLOYMENT} then gets the replicas back that it had" in lines
    assert "S3CR3T" not in "".join(lines)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "Job", "apiVersion": "batch/v1"}, "kind Job: HorizontalPodAutoscaler or Scaled"),
        ({"apiVersion": "v1"}, "a manifest without kind"),
        (hpa() | {"apiVersion": "autoscaling/v1"}, "apiVersion autoscaling/v1: autoscaling/v2 is"),
        (hpa() | {"spec": {}}, "HorizontalPodAutoscaler without spec.scaleTargetRef.name"),
        (hpa() | {"metadata": {"name": "x", "namespace": "other"}}, "namespace other: the exper"),
        (hpa() | {"metadata": {"name": "x", "labels": ["a"]}}, "metadata.labels is no mapping"),
        ({"kind": "List", "items": 5}, "holds no manifest"),
    ],
)
def test_a_scaler_that_cannot_be_is_named_with_its_file(
    tmp_path: Path, body: dict[str, Any], words: str
) -> None:
    (tmp_path / "scaler.yaml").write_text(yaml.safe_dump(body))
    file = write(tmp_path, ROWS, apply=["../scaler.yaml"])
    with pytest.raises(ConfigError, match=words) as caught:
        read_experiment(file)
    assert "scaler.yaml" in caught.value.message


TARGET = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{DEPLOYMENT}"
HPAS = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers"
BACK = f"{DEPLOYMENT} is not scaled back: kubectl -n {NAMESPACE} scale deployments.apps/"
BACK += f"{DEPLOYMENT} --replicas=4"


@asynccontextmanager
async def of_its_own(folder: Path) -> AsyncIterator[tuple[Server, OwnScalers]]:
    """A server with a Deployment of four replicas, and the experiment's scalers with an HPA for
    it."""
    (folder / "scaler.yaml").write_text(yaml.safe_dump(hpa()))
    async with answering() as server, talking(server) as client, virtual_clock() as (clock, _):
        server.on(TARGET, says({"spec": {"replicas": 4}}))
        scalers = scaler_manifests(folder / "scaler.yaml")
        yield server, OwnScalers(client, clock, "s", NAMESPACE, scalers)


async def test_a_name_that_was_taken_meanwhile_is_left_alone(tmp_path: Path) -> None:
    async with of_its_own(tmp_path) as (server, own):
        server.on(HPAS, says({"message": "taken"}, 409), says({"items": [hpa()]}))
        with pytest.raises(ClusterError, match=r"mine could not be made: .*taken"):
            await own.apply()
        assert (own.left, own.unscaled) == ((), [])
        asked = len(server.seen)
        assert await own.remove() == []
        assert len(server.seen) == asked


async def test_what_was_not_scaled_back_is_told_with_the_command_that_does_it(
    tmp_path: Path,
) -> None:
    async with of_its_own(tmp_path) as (server, own):
        server.on(
            HPAS, says({"metadata": {"uid": "u"}}), refuses(403, "Forbidden", "no right to list")
        )
        server.on(f"{HPAS}/mine", says({}))
        await own.apply()
        words = await own.remove()
        assert words[1:] == [BACK]
        assert "no right to list" in words[0]
        assert own.unscaled == []


async def test_a_removal_that_is_broken_off_still_knows_whom_to_scale_back(tmp_path: Path) -> None:
    async with of_its_own(tmp_path) as (server, own):
        server.on(HPAS, says({"metadata": {"uid": "u"}}), hangs)
        server.on(f"{HPAS}/mine", says({}))
        await own.apply()
        going = asyncio.create_task(own.remove())
        async with asyncio.timeout(120):
            while len(server.asked(HPAS)) < 2:
                await asyncio.sleep(0.01)
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        assert own.left == ()
        assert own.unscaled == [BACK]
