"""HPAs and ScaledObjects from files: as Kubernetes takes them, with remarks, and broken."""

import re
from pathlib import Path

import pytest

from tests.core.whatif.made import loads
from tests.fixtures import shared
from wvatui.core.rules.hpa.hpa_policy import Policy
from wvatui.core.rules.keda.keda_spec import Fallback
from wvatui.core.whatif.scaler.readings import Seen
from wvatui.errors import ConfigError
from wvatui.load.read import files

PLAIN = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: llama}
spec:
  minReplicas: 2
  maxReplicas: 6
  scaleTargetRef: {kind: Deployment, name: llama}
  metrics:
  - type: External
    external:
      metric: {name: "vllm:num_requests_waiting"}
      target: {type: AverageValue, averageValue: 1500m}
"""
REMARKED = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: by-hand}
spec:
  behavior: <=== the same as for the other
    scaleUp:
      policies:
      - periodSeconds: 60
        type: Pods
        value: 1   <===  one at a time
      stabilizationWindowSeconds: 240
    scaleDown: {policies: [{periodSeconds: 60, type: Percent, value: 10}]}
  maxReplicas: 10  <=== at most
  metrics:
  - external:
      metric:
        name: vllm:num_requests_waiting  <===
        selector: {matchLabels: {namespace: llm}}
      target: {averageValue: "3", type: AverageValue} <=== as in the other
    type: External
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: decode}
"""
KEDA = """
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: so}
spec:
  scaleTargetRef: {name: llama}
  maxReplicaCount: 5
  cooldownPeriod: 60
  fallback: {replicas: 2, failureThreshold: 3}
  triggers:
  - type: prometheus
    metadata: {query: "sum(vllm:num_requests_waiting)", threshold: "5", activationThreshold: "1"}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "object.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_hpa_is_read_with_the_apis_defaults(tmp_path: Path) -> None:
    found = files.hpa(written(tmp_path, PLAIN))
    assert (found.spec.min, found.spec.max, found.spec.plain) == (2, 6, True)
    assert [(m.name, m.kind, m.target) for m in found.metrics] == [
        ("vllm:num_requests_waiting", "AverageValue", 1.5)
    ]
    assert found.notes == ()


@pytest.mark.parametrize("kind", ["External", "Pods", "Object"])
def test_a_metric_of_every_kind_that_a_recording_holds_is_read(tmp_path: Path, kind: str) -> None:
    text = PLAIN.replace("External", kind).replace("external:", f"{kind.lower()}:")
    (metric,) = files.hpa(written(tmp_path, text)).metrics
    assert (metric.name, metric.target) == ("vllm:num_requests_waiting", 1.5)


def test_remarks_behind_arrows_are_left_out_and_that_is_said(tmp_path: Path) -> None:
    scaler = files.hpa(written(tmp_path, REMARKED))
    assert scaler.notes == (files.REMARKS,)
    assert (scaler.name, scaler.target_name, scaler.spec.max) == ("by-hand", "decode", 10)
    assert scaler.spec.up.window_s == 240.0
    assert scaler.spec.up.policies == (Policy("Pods", 1, 60.0),)
    assert scaler.spec.down.policies == (Policy("Percent", 10, 60.0),)
    assert [(m.name, m.target) for m in scaler.metrics] == [("vllm:num_requests_waiting", 3.0)]


def test_a_comparison_in_a_query_is_no_remark(tmp_path: Path) -> None:
    query = "sum(vllm:num_requests_waiting <= bool 3)"
    text = KEDA.replace("sum(vllm:num_requests_waiting)", query)
    scaler = files.scaled_object(written(tmp_path, text))
    seen = Seen(loads((0.5, 2.0), (0.5, 4.0)), 2)
    assert (scaler.notes, scaler.metrics[0].values(seen)) == ((), [1.0])


def test_an_hpa_whose_indentation_slipped_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (shared(".").resolve().parent / "reference/originals/S3-hpa-vs-wva.md").read_text()
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    (block,) = [one for one in blocks if "HorizontalPodAutoscaler" in one]
    with pytest.raises(ConfigError, match=r"object\.yaml:2: not valid YAML: mapping") as caught:
        files.hpa(written(tmp_path, block))
    assert "kubectl get horizontalpodautoscaler NAME -o yaml" in caught.value.hint


def test_a_scaled_object_is_read_with_kedas_defaults(tmp_path: Path) -> None:
    found = files.scaled_object(written(tmp_path, KEDA))
    assert found.keda is not None
    assert (found.keda.min, found.keda.max, found.keda.cooldown_s) == (0, 5, 60.0)
    assert found.keda.fallback == Fallback(2, 3)
    assert (found.spec.min, found.keda.polling_s) == (1, 30.0)
    assert (found.metrics[0].target, found.metrics[0].activation) == (5.0, 1.0)


def test_the_scaled_object_of_a_real_cluster_goes_by_wvas_decisions() -> None:
    found = files.scaled_object(shared("wva-2026/run-20260810-080708-371/scaledobject.yaml"))
    assert found.controller
    assert found.spec.down.window_s == 120.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: Deployment\n", "holds no HorizontalPodAutoscaler; there is: Deployment"),
        ("a: [1\n", "not valid YAML"),
        (PLAIN.replace("autoscaling/v2", "autoscaling/v1"), ":2: apiVersion 'autoscaling/v1'"),
        (PLAIN.replace("  maxReplicas: 6\n", ""), ":5: .*maxReplicas is missing"),
        (PLAIN.replace("maxReplicas: 6", "maxReplicas: 1"), ":6: .*minReplicas 2 is above"),
        (PLAIN.replace("vllm:num_requests_waiting", "cpu_seconds"), "'cpu_seconds' is nothing"),
        (PLAIN.replace("1500m", "lots"), "has no target above 0"),
        (PLAIN.replace("type: External", "type: Resource"), "'Resource'"),
        (PLAIN + "---" + PLAIN, "a second HorizontalPodAutoscaler"),
    ],
)
def test_a_file_that_is_no_hpa_is_refused_in_one_line(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        files.hpa(written(tmp_path, text))
    assert "\n" not in caught.value.message
    assert "object.yaml" in caught.value.message


def test_a_query_that_is_not_understood_is_refused_with_its_line(tmp_path: Path) -> None:
    text = KEDA.replace("sum(vllm:num_requests_waiting)", "sum(kube_pod_info)")
    with pytest.raises(ConfigError, match=r":\d+: ScaledObject: trigger: 'kube_pod_info' is"):
        files.scaled_object(written(tmp_path, text))
