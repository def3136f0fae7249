"""Wrong declarations of variants and wrong scale targets, checked over HTTP."""

from pathlib import Path
from typing import Any

from tests.cluster import Bare, served
from wvatui.core.findings import findings
from wvatui.sim.pods.exposition import CONTENT_TYPE
from wvatui.sources.objects.pod import CONTROLLER_LABELS

NS = Bare.namespace
MANAGED, MODEL = "llm-d.ai/managed", "llm-d.ai/model-id"
GOOD = {MANAGED: "true", MODEL: "m1"}


def _hpa(name: str, notes: dict[str, str], metric: str = "wva_desired_replicas") -> dict[str, Any]:
    external = {"metric": {"name": metric}, "target": {"type": "AverageValue", "averageValue": "1"}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": NS, "annotations": notes},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 1,
            "maxReplicas": 4,
            "metrics": [{"type": "External", "external": external}],
        },
        "status": {"currentReplicas": 1, "desiredReplicas": 1},
    }


def _va(name: str, target: str, kind: str = "Deployment") -> dict[str, Any]:
    return {
        "apiVersion": "llmd.ai/v1alpha1",
        "kind": "VariantAutoscaling",
        "metadata": {"name": name, "namespace": NS},
        "spec": {"modelID": "m1", "scaleTargetRef": {"kind": kind, "name": target}},
    }


def _cluster(*objects: dict[str, Any], model: str = "m1", controller: bool = True) -> Bare:
    """A cluster with `objects`; each scale target is a Deployment of one pod, which serves
    `model`."""
    bare = Bare()
    for name in sorted({o["spec"]["scaleTargetRef"]["name"] for o in objects} - {"nowhere"}):
        bare.deployment(name)
        bare.pod(f"{name}-0", app=name)
        bare.pages.listen(NS, f"{name}-0", 8000, lambda _: (200, CONTENT_TYPE, _page(model)))
    for thing in objects:
        bare.store.apply(thing)
    if controller:
        bare.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "ctl", "namespace": NS, "labels": CONTROLLER_LABELS},
                "spec": {"containers": [{"name": "manager"}]},
                "status": {"phase": "Running"},
            }
        )
    return bare


def _page(model: str) -> bytes:
    series = "num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"
    return "".join(f'vllm:{name}{{model_name="{model}"}} 0.0\n' for name in series).encode()


async def _titles(folder: Path, bare: Bare) -> list[str]:
    async with served(folder, made=bare) as here:
        seen = await here.watch(20.0, namespace=NS)
    rules = ("declaration", "scale-target")
    return [each.title for each in findings(seen.state) if each.rule in rules]


MISTAKES = {
    "none": ({}, "wva_desired_replicas"),
    "capital": ({MANAGED: "True", MODEL: "m1"}, "wva_desired_replicas"),
    "yes": ({MANAGED: "yes", MODEL: "m1"}, "queue"),
    "nomodel": ({MANAGED: "true"}, "wva_desired_replicas"),
    "other": ({MANAGED: "true", MODEL: "other/m"}, "wva_desired_replicas"),
}


async def test_each_mistake_in_annotations_is_named_and_what_is_meant_as_it_is_is_not(
    tmp_path: Path,
) -> None:
    wrong = [_hpa(name, notes, metric) for name, (notes, metric) in MISTAKES.items()]
    declared, not_meant = _hpa("d", GOOD), _hpa("n", {MANAGED: "false"})
    made = _cluster(*wrong, declared, not_meant, _hpa("p", {}, "queue"))
    assert sorted(await _titles(tmp_path, made)) == [
        'HPA capital says llm-d.ai/managed: "True", and only "true" counts',
        "HPA nomodel lacks llm-d.ai/model-id: the controller does not know its model",
        'HPA none reads wva_desired_replicas and lacks llm-d.ai/managed: "true"',
        "HPA other names model other/m, and its pods serve m1",
        'HPA yes says llm-d.ai/managed: "yes", and only "true" counts',
    ]


async def test_where_no_controller_reads_annotations_none_is_missed(tmp_path: Path) -> None:
    made = _cluster(_hpa("h", {MANAGED: "true"}, "queue"), controller=False)
    assert await _titles(tmp_path, made) == []


async def test_beside_a_variant_autoscaling_an_hpa_needs_no_annotation(tmp_path: Path) -> None:
    assert await _titles(tmp_path, _cluster(_hpa("h", {}), _va("va", "h"))) == []


async def test_two_variant_autoscalings_on_one_target_are_named(tmp_path: Path) -> None:
    made = _cluster(_va("va1", "d"), _va("va2", "d"), _va("va3", "e"))
    assert await _titles(tmp_path, made) == ["va1 and va2 have one target: Deployment d"]


async def test_a_target_that_is_not_there_is_named(tmp_path: Path) -> None:
    kinds = ("Deployment", "StatefulSet", "LeaderWorkerSet")
    made = _cluster(*(_va(f"va-{kind.lower()}", "nowhere", kind) for kind in kinds))
    assert sorted(await _titles(tmp_path, made)) == [
        f"VariantAutoscaling va-{kind.lower()} scales {kind} nowhere, which is not there"
        for kind in sorted(kinds)
    ]


def _scaling(thing: dict[str, Any], name: str) -> dict[str, Any]:
    """The object with another scale target."""
    thing["spec"]["scaleTargetRef"]["name"] = name
    return thing


def _scaled_object(name: str, target: str) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": name, "namespace": NS},
        "spec": {
            "scaleTargetRef": {"name": target},
            "triggers": [{"type": "prometheus", "metadata": {"query": "q", "threshold": "1"}}],
        },
        "status": {"conditions": [{"type": "Ready", "status": "False", **CHECK_FAILED}]},
    }


CHECK_FAILED = {
    "reason": "ScaledObjectCheckFailed",
    "message": "ScaledObject doesn't have correct scaleTargetRef specification:"
    ' deployments.apps "nowhere" not found',
}
NO_SCALE = {
    "type": "AbleToScale",
    "status": "False",
    "reason": "FailedGetScale",
    "message": "the HPA controller was unable to get the target's current scale:"
    ' deployments.apps "gone" not found',
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}


async def test_an_hpa_and_a_scaled_object_without_a_target_are_named_in_the_same_way(
    tmp_path: Path,
) -> None:
    lost = _scaling(_hpa("h", {}, "queue"), "gone")
    lost["status"]["conditions"] = [NO_SCALE]
    made = _cluster(_hpa("d", {}, "queue"), lost, _scaled_object("so", "nowhere"))
    made.store.delete("Deployment", NS, "gone")
    async with served(tmp_path, made=made) as here:
        seen = await here.watch(80.0, namespace=NS)
    found = [each for each in findings(seen.state) if each.severity == "blocked"]
    assert [(each.rule, each.title) for each in found] == [
        ("scale-target", "ScaledObject so scales Deployment nowhere, which is not there"),
        ("scale-target", "HPA h scales Deployment gone, which is not there"),
    ]
    assert found[0].advice == (
        f"create Deployment nowhere, or mend scaleTargetRef: kubectl -n {NS} get deployment"
    )
    said = [[fact.text.partition(":")[0] for fact in each.evidence] for each in found]
    assert said == [
        ["scaleTargetRef Deployment nowhere", "Ready False, ScaledObjectCheckFailed"],
        ["scaleTargetRef Deployment gone", "AbleToScale False, FailedGetScale"],
    ]


async def test_what_scales_one_missing_target_is_one_finding_that_goes_once_it_is_there(
    tmp_path: Path,
) -> None:
    made = _cluster(_va("va", "nowhere"), _scaling(_hpa("h", {}), "nowhere"))
    async with served(tmp_path, made=made) as here:
        seen = await here.watch(20.0, namespace=NS)
        assert [each.title for each in findings(seen.state) if each.rule == "scale-target"] == [
            "VariantAutoscaling va and HPA h scale Deployment nowhere, which is not there"
        ]
        made.deployment("nowhere")
        seen = await here.watch(20.0, namespace=NS)
        assert [each.title for each in findings(seen.state) if each.rule == "scale-target"] == []
