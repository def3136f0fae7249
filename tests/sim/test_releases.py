"""Simulated HPA controllers and KEDA in each release, as seen by a session."""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import served
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.findings.look import FindingContext
from wvatui.core.rules.hpa.hpa_versions import RELEASES as KUBERNETES
from wvatui.core.rules.keda.keda_versions import RELEASES as KEDA
from wvatui.errors import UsageError
from wvatui.sim.cluster import Cluster

Object = dict[str, Any]
SO, HPA = "ScaledObject", "HorizontalPodAutoscaler"


def at(cluster: Cluster, second: float) -> Cluster:
    cluster.timeline.run_until(cluster.timeline.start + second)
    return cluster


def only(cluster: Cluster, kind: str) -> Object:
    (obj,) = cluster.store.list(kind)
    return obj


def types(obj: Object) -> set[str]:
    return {condition["type"] for condition in obj["status"]["conditions"]}


@pytest.mark.parametrize("name", KUBERNETES)
def test_the_hpa_writes_the_conditions_of_its_release(name: str) -> None:
    hpa = only(at(Cluster(scenario="hpa-cpu-and-queue", kubernetes=name), 125), HPA)
    is_newest = name == "1.37"
    assert ("ScaledToZero" in types(hpa), "observedGeneration" in hpa["status"]) == (
        is_newest,
        is_newest,
    )


def test_an_hpa_of_1_37_is_looked_at_when_its_spec_is_changed() -> None:
    for name, sizes in (("1.37", (3, 3)), ("1.36", (1, 3))):
        cluster = at(Cluster(scenario="hpa-cpu-and-queue", kubernetes=name), 31)
        hpa = only(cluster, HPA)

        def change(obj: Object) -> None:
            obj["spec"]["minReplicas"] = 3

        cluster.store.patch(HPA, hpa["metadata"]["namespace"], hpa["metadata"]["name"], change)
        for second, size in zip((31.5, 46), sizes, strict=True):
            deployment = at(cluster, second).store.get("Deployment", cluster.namespace, VARIANT)
            assert deployment is not None
            assert (name, deployment["spec"]["replicas"]) == (name, size)


VARIANT = "llama-8b-h100"


@pytest.mark.parametrize("name", KEDA)
def test_keda_names_its_version_and_writes_the_conditions_of_its_release(name: str) -> None:
    cluster = at(Cluster(scenario="keda-queue", keda=name), 50)
    version = only(cluster, HPA)["metadata"]["labels"]["app.kubernetes.io/version"]
    assert version.startswith(f"{name}.")
    scaled = only(cluster, SO)
    assert ("HPAActive" in types(scaled)) == (name in ("2.20", "2.21"))


@pytest.mark.parametrize(("name", "share"), [("2.16", "500m"), ("2.17", "1")])
def test_the_behavior_of_a_fallback_counts_from_keda_2_17_on(name: str, share: str) -> None:
    hpa = only(at(Cluster(scenario="keda-fallback", keda=name), 360), HPA)
    queue = hpa["status"]["currentMetrics"][0]["external"]["current"]
    assert (hpa["status"]["currentReplicas"], queue["averageValue"]) == (4, share)


@pytest.mark.parametrize("what", ["kubernetes", "keda"])
def test_a_release_that_is_not_in_the_table_is_refused_with_those_that_are(what: str) -> None:
    with pytest.raises(UsageError, match=r"unknown release of .* '1\.2'") as refused:
        Cluster(**{what: "1.2"})
    assert "1.37" in refused.value.hint or "2.21" in refused.value.hint


SERVED = [("1.37", "2.20"), ("1.35", "2.21")]


# The newest KEDA, whose accounts are more; what each release does is tested above and in core.
@pytest.mark.parametrize(("kubernetes", "keda"), sampled(SERVED, SERVED[1:]))
async def test_a_session_goes_by_the_releases_that_are_served(
    tmp_path: Path, kubernetes: str, keda: str
) -> None:
    async with served(tmp_path, scenario="keda-queue", kubernetes=kubernetes, keda=keda) as here:
        seen = await here.watch(125.0, interval=10.0)
    state = seen.state
    assert state.header is not None
    assert state.header.server.startswith(f"v{kubernetes}.")
    assert {hpa.keda.rpartition(".")[0] for hpa in seen.of(ev.Autoscaler)} == {keda}
    ((_, account),) = FindingContext(state).keda_accounts
    assert account.observes_hpa == (keda == "2.21")
    decisions = scaling_decisions(state)
    assert any(each.changes for each in decisions)
    assert {each.verdict for each in decisions} == {"agrees"}
