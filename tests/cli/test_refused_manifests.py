"""`wvatui explain MANIFEST.yaml`: what a cluster refuses, and what KEDA decides by itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.cli import run
from tests.cli.test_explaining_manifests import data, explained, hpa, saved, scaled_object
from tests.core.decisions.watched import metric


def resource(percent: int | str = 50) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def made_with(**rules: Any) -> dict[str, Any]:
    """The part of a ScaledObject that states its HPA's rules of scaling up."""
    return {"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleUp": rules}}}}


def refused(file: str, metrics: str) -> str:
    done = explained(file, metrics)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), (done.out, done.err)
    return done.err.strip().removeprefix(f"wvatui: {file}:")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"minReplicas": 9}, "minReplicas 9 is above maxReplicas 8"),
        ({"metric": [metric()]}, "spec has no field 'metric': it has behavior, maxReplicas"),
        ({"behavior": {"scaleup": {}}}, "spec.behavior has no field 'scaleup'"),
        ({"metrics": [metric() | {"Pods": {}}]}, "spec.metrics has no field 'Pods'"),
        ({"maxReplicas": "8"}, "maxReplicas must be a whole number, not '8'"),
        ({"maxReplicas": 0}, "maxReplicas 0 is not above 0"),
        ({"maxReplicas": None}, "maxReplicas is missing"),
        ({"minReplicas": -1}, "minReplicas -1 is below 0"),
        ({"behavior": {"scaleUp": {"policies": []}}}, "policies without a single one"),
        (
            {"behavior": {"scaleUp": {"selectPolicy": "Most"}}},
            "selectPolicy is one of Max, Min, Disabled, not 'Most'",
        ),
        (
            {"behavior": {"scaleDown": {"policies": [{"type": "Pod", "value": 1}]}}},
            "a policy's type is one of Pods, Percent, not 'Pod'",
        ),
        ({"minReplicas": 0, "metrics": [resource()]}, "needs a metric of type External or Object"),
        ({"metrics": [metric(target="0")]}, "averageValue '0' is not above 0"),
        ({"metrics": [resource(0)]}, "averageUtilization 0 is not above 0"),
        ({"metrics": [{"type": "External"}]}, "a metric of type 'External' without external"),
        ({"metrics": [{"type": "Custom"}]}, "not 'Custom'"),
        (
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 7200}}},
            "stabilizationWindowSeconds 7200 is not within 0 and 3600",
        ),
        (
            {
                "behavior": {
                    "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 3600}]}
                }
            },
            "periodSeconds 3600 is not within 1 and 1800",
        ),
        (
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": "60"}}},
            "stabilizationWindowSeconds must be a whole number, not '60'",
        ),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1.5}]}}},
            "value must be a whole number, not 1.5",
        ),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1}]}}},
            "periodSeconds 0 is not within 1 and 1800",
        ),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "valu": 1}]}}},
            "policies has no field 'valu'",
        ),
        (
            {"metrics": [resource("50")]},
            "averageUtilization must be a whole number, not '50'",
        ),
    ],
)
def test_an_hpa_that_the_api_server_refuses_is_not_explained(
    tmp_path: Path, more: dict[str, Any], words: str
) -> None:
    assert "the API server refuses it" in (told := refused(hpa(tmp_path, **more), "queue=1"))
    assert words in told


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {"minReplicaCount": 10, "maxReplicaCount": 5},
            "minReplicaCount 10 is above maxReplicaCount 5",
        ),
        (
            {"minReplicaCount": 2, "idleReplicaCount": 2},
            "idleReplicaCount 2 is not below minReplicaCount 2",
        ),
        (
            {"advanced": {"scalingModifiers": {"formula": "a > 0 ? a : cpu", "target": "1"}}},
            "unknown name cpu",
        ),
        (
            {"advanced": {"scalingModifiers": {"formula": "a"}}},
            "a formula's target must be a number above 0",
        ),
        ({"triggers": []}, "states no triggers"),
        ({"coolDownPeriod": 60}, "spec has no field 'coolDownPeriod'"),
        ({"fallback": {"failureTreshold": 3}}, "spec.fallback has no field 'failureTreshold'"),
        ({"cooldownPeriod": "9"}, "cooldownPeriod must be a whole number, not '9'"),
        ({"fallback": {"replicas": 2}}, "fallback without failureThreshold"),
        ({"fallback": {"failureThreshold": 2}}, "fallback without replicas"),
        (made_with(stabilizationWindowSeconds="60"), "must be a whole number, not '60'"),
        (made_with(stabilizationWindowSeconds=7200), "7200 is not within 0 and 3600"),
        (
            {"fallback": {"failureThreshold": 2, "replicas": 1, "behavior": "current"}},
            "fallback.behavior is one of static, currentReplicas,",
        ),
        (made_with(selectPolicy="Most"), "selectPolicy is one of"),
        (made_with(selectPolice="Max"), "has no field 'selectPolice'"),
        ({"maxReplicaCount": "9"}, "maxReplicaCount must be a whole number, not '9'"),
        (
            {"triggers": [{"type": "cpu", "metadata": {"value": "50"}}]},
            "with cpu and memory triggers alone minReplicaCount must be above 0",
        ),
    ],
)
def test_a_scaled_object_that_keda_refuses_is_not_explained(
    tmp_path: Path, spec: dict[str, Any], words: str
) -> None:
    assert "KEDA refuses it" in (told := refused(scaled_object(tmp_path, "a", **spec), "a=1"))
    assert words in told


def test_a_template_of_helm_is_told_as_one(tmp_path: Path) -> None:
    file = tmp_path / "hpa.yaml"
    file.write_text("kind: HorizontalPodAutoscaler\nmetadata: {name: {{ .Release.Name }}}\n")
    assert "helm template" in explained(str(file), "queue=1").err


def test_two_triggers_of_one_name_are_refused_by_keda(tmp_path: Path) -> None:
    assert "the name 'a' is of 2 triggers" in refused(scaled_object(tmp_path, "a", "a"), "a=1")


@pytest.mark.parametrize(
    "version", ["autoscaling/v2beta1", "autoscaling/v2beta2", "keda.k8s.io/v1"]
)
def test_a_version_that_no_api_server_has_is_told(tmp_path: Path, version: str) -> None:
    file = Path(hpa(tmp_path))
    file.write_text(f"apiVersion: {version}\n{file.read_text()}")
    assert "autoscaling/v2 is expected" in refused(str(file), "queue=1,running=1")


def test_what_version_1_of_an_hpa_has_is_of_no_other_object(tmp_path: Path) -> None:
    old = "apiVersion: autoscaling/v1\n"
    file = Path(scaled_object(tmp_path, "a"))
    file.write_text(old + file.read_text())
    assert "keda.sh/v1alpha1 is expected" in refused(str(file), "a=1")
    file = Path(hpa(tmp_path, targetCPUUtilizationPercentage=50))
    file.write_text(old.replace("v1", "v2") + file.read_text())
    words = "spec has no field 'targetCPUUtilizationPercentage'"
    assert words in refused(str(file), "queue=1,running=1")


def test_an_hpa_of_version_1_scales_by_its_own_share_of_the_cpu(tmp_path: Path) -> None:
    file = tmp_path / "scaler.yaml"
    spec = {"maxReplicas": 9, "targetCPUUtilizationPercentage": 50}
    obj = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "spec": spec}
    file.write_text(yaml.safe_dump(obj))
    assert data(str(file), "cpu=100", replicas=2)["desired"] == 4


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_kubectl_prints_of_several_is_read(tmp_path: Path, form: str) -> None:
    one = yaml.safe_load(Path(hpa(tmp_path)).read_text())
    file = tmp_path / f"printed.{form}"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [one]}))
    assert data(str(file), "queue=2,running=74")["desired"] == 5


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_a_manifest_of_json_is_one_without_replicas_too(tmp_path: Path, indent: Any) -> None:
    one = yaml.safe_load(Path(hpa(tmp_path)).read_text())
    listed = {"apiVersion": "v1", "kind": "List", "items": [one]}
    file = tmp_path / "printed.json"
    for objects in ([one], [listed], [one, one]):
        file.write_text("\n".join(json.dumps(obj, indent=indent) for obj in objects))
        done = run("explain", str(file))
        assert (done.code, "--replicas says how many" in done.err) == (2, True), done.err
        told = explained(str(file), "queue=2,running=74").out
        assert told.count("HorizontalPodAutoscaler s: 3→5") == len(objects)


def test_what_is_wrong_in_a_later_document_of_json_is_told_by_its_line(tmp_path: Path) -> None:
    one = yaml.safe_load(Path(hpa(tmp_path)).read_text())
    wrong = one | {"spec": one["spec"] | {"maxReplicas": 0}}
    file = tmp_path / "two.json"
    first = json.dumps(one, indent=2)
    file.write_text(f"{first}\n{json.dumps(wrong)}\n")
    assert refused(str(file), "queue=2,running=74").startswith(f"{len(first.splitlines()) + 1}: ")


@pytest.mark.parametrize(
    ("annotation", "value", "words"),
    [
        ("paused-replicas", "0", "3→0: paused by annotation: KEDA sets 0 and deletes the HPA"),
        ("paused-replicas", "7", "3→7: paused by annotation: KEDA sets 7 and deletes the HPA"),
        ("paused", "true", "stays at 3: paused by annotation: KEDA deletes the HPA"),
    ],
)
def test_a_paused_object_has_no_hpa_that_decides(
    tmp_path: Path, annotation: str, value: str, words: str
) -> None:
    file = Path(scaled_object(tmp_path, "a"))
    obj = yaml.safe_load(file.read_text())
    obj["metadata"]["annotations"] = {f"autoscaling.keda.sh/{annotation}": value}
    file.write_text(yaml.safe_dump(obj))
    told = data(str(file), "a=50")
    assert (told["sentence"], told["inputs"]) == (words, [])
    assert told["desired"] == int(words.partition(":")[0][-1])


def test_what_keda_sets_by_itself_comes_before_what_the_hpa_does(tmp_path: Path) -> None:
    idle = scaled_object(tmp_path, "a", cooldownPeriod=120)
    assert data(idle, "a=0", replicas=2)["sentence"] == (
        "2→0: no trigger is active: KEDA sets 0 once the cooldown of 120 s is over"
    )
    woken = scaled_object(tmp_path, "a", minReplicaCount=0)
    assert data(woken, "a=9", replicas=0)["sentence"] == (
        "0→1: KEDA wakes it by a; then 1→4: a wants 5 at 9 a replica,"
        " target 2; without behavior at most twice as many, or 4"
    )


def test_the_fallback_that_follows_is_told_beside_a_trigger_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    back = {"replicas": 6, "failureThreshold": 3}
    file = scaled_object(tmp_path, "a", "b", fallback=back)
    line = "    after more than 3 failures in a row: fallback of 6 replicas (static)"
    assert line in explained(file, "a=9,b=").out.splitlines()
    assert "fallback" not in explained(file, "a=9,b=1").out


def test_an_object_with_cpu_triggers_alone_is_always_active(tmp_path: Path) -> None:
    spec = {
        "minReplicaCount": 1,
        "triggers": [{"type": "cpu", "metadata": {"value": "50"}}],
    }
    assert data(saved(tmp_path, "ScaledObject", spec), "cpu=0")["keda"]["active"] is True
