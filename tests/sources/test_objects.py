"""Objects into events: tolerant of everything, in kubectl's words, and never private."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wvatui.core import events as ev
from wvatui.core.codec import decode, encode
from wvatui.kube import paths
from wvatui.sources.objects import DECODERS, decoder_of
from wvatui.sources.objects.config import decode_config, is_controller_config
from wvatui.sources.objects.pod import decode_pod
from wvatui.sources.objects.scaled_object import decode_scaled_object
from wvatui.sources.objects.variant import decode_declared, decode_variant_autoscaling
from wvatui.sources.objects.workload import decode_deployment

AT = 1_788_249_600.0


def test_every_kind_that_is_read_has_a_row() -> None:
    assert {row.kind for row in DECODERS} == set(paths.KINDS)
    assert decoder_of(paths.POD).tag == "pod"


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 2**40), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["metadata", "spec", "status", "name", "namespace", "labels", "annotations",
                 "conditions", "containers", "containerStatuses", "state", "type", "replicas",
                 "metrics", "external", "metric", "target", "template", "data", "selector",
                 "matchLabels", "behavior", "triggers", "ports", "involvedObject", "waiting",
                 "initContainers", "initContainerStatuses", "ownerReferences"]
            ),
            inner, max_size=4,
        ),
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status", "data"]), JSON, max_size=4))
def test_no_object_however_odd_makes_a_reader_fail(obj: dict[str, Any]) -> None:
    for row in DECODERS:
        event = row.decode(obj, AT)
        assert decode(encode(event)).at == AT
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        decode_declared(kind, obj, AT)


def pod(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "p", "namespace": "ns", "labels": {"llm-d.ai/model": "m"}},
        "spec": spec or {"containers": [{"name": "vllm"}]},
        "status": status,
    }


def waiting(reason: str) -> dict[str, Any]:
    return {"name": "vllm", "state": {"waiting": {"reason": reason}}}


UNSCHEDULED = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (pod(phase="Pending", containerStatuses=[waiting("ContainerCreating")]),
         "ContainerCreating"),
        (pod(phase="Pending", containerStatuses=[waiting("ImagePullBackOff")]),
         "ImagePullBackOff"),
        (pod(phase="Pending", conditions=[UNSCHEDULED]), "Unschedulable"),
        (pod(phase="Running", containerStatuses=[waiting("CrashLoopBackOff")]),
         "CrashLoopBackOff"),
        (pod(phase="Running", containerStatuses=[
            {"name": "vllm", "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}]),
         "OOMKilled"),
        (pod(phase="Failed", reason="Evicted"), "Evicted"),
        (pod({"initContainers": [{"name": "a"}, {"name": "b"}], "containers": []},
             phase="Pending", initContainerStatuses=[
                 {"name": "a", "state": {"terminated": {"exitCode": 0}}},
                 {"name": "b", "state": {"running": {}}}]), "Init:1/2"),
        (pod({"initContainers": [{"name": "proxy", "restartPolicy": "Always"}], "containers": []},
             phase="Running", initContainerStatuses=[
                 {"name": "proxy", "started": True, "state": {"running": {}}}],
             containerStatuses=[waiting("ContainerCreating")]), "ContainerCreating"),
    ],
)  # fmt: skip
def test_why_a_pod_is_not_ready_is_said_as_kubectl_says_it(
    obj: dict[str, Any], reason: str
) -> None:
    assert decode_pod(obj, AT).reason == reason


def test_a_pod_that_is_deleted_is_terminating_whatever_else_it_is() -> None:
    obj = pod(phase="Running")
    obj["metadata"]["deletionTimestamp"] = "2026-09-01T08:00:30Z"
    found = decode_pod(obj, AT)
    assert (found.reason, found.deleting_at) == ("Terminating", AT + 30)


def test_the_metrics_port_comes_first() -> None:
    ports = [{"containerPort": 9000}, {"containerPort": 8200, "name": "metrics"},
             {"containerPort": 53, "protocol": "UDP"}]  # fmt: skip
    obj = pod({"containers": [{"name": "vllm", "ports": ports}]})
    assert decode_pod(obj, AT).ports == (8200, 9000)
    obj["metadata"]["annotations"] = {"prometheus.io/port": "9999"}
    assert decode_pod(obj, AT).ports == (9999, 8200, 9000)


@pytest.mark.parametrize(
    ("labels", "image", "role"),
    [
        ({"control-plane": "controller-manager",
          "app.kubernetes.io/name": "workload-variant-autoscaler"}, "x", "controller"),
        ({}, "ghcr.io/llm-d/llm-d-inference-scheduler:v0.4.0", "epp"),
        ({"inferencepool": "p-epp"}, "x", "epp"),
        ({"llm-d.ai/role": "decode"}, "x", "model"),
        ({}, "vllm/vllm-openai:v0.11.0", "model"),
        ({}, "lmsysorg/sglang:latest", "model"),
        ({"app": "web"}, "nginx", ""),
        ({"llm-d.ai/role": "decode", "leaderworkerset.sigs.k8s.io/worker-index": "1"}, "x", ""),
    ],
)  # fmt: skip
def test_what_a_pod_is_for_is_told_by_labels_and_images(
    labels: dict[str, str], image: str, role: str
) -> None:
    obj = pod({"containers": [{"name": "c", "image": image}]})
    obj["metadata"]["labels"] = labels
    assert decode_pod(obj, AT).role == role


def test_a_variant_of_the_first_releases_scales_the_deployment_of_its_name() -> None:
    obj = {
        "metadata": {"name": "v", "namespace": "ns",
                     "labels": {"inference.optimization/acceleratorName": "A100"}},
        "spec": {"modelID": "m"},
        "status": {"desiredOptimizedAlloc": {"accelerator": "A100", "numReplicas": 3}},
    }  # fmt: skip
    found = decode_variant_autoscaling(obj, AT)
    assert (found.target_kind, found.target_name) == ("Deployment", "v")
    assert (found.accelerator, found.desired, found.cost) == ("A100", 3, None)


def test_counts_that_a_status_leaves_out_are_zero_once_it_was_written() -> None:
    obj = {"metadata": {"name": "d", "namespace": "ns"}, "spec": {"replicas": 2}, "status": {}}
    assert decode_deployment(obj, AT).ready is None
    obj["status"] = {"observedGeneration": 1, "replicas": 2}
    assert decode_deployment(obj, AT).ready == 0


def test_a_scaled_object_is_recorded_without_its_addresses() -> None:
    obj = {
        "metadata": {"name": "s", "namespace": "ns"},
        "spec": {
            "scaleTargetRef": {"name": "d"},
            "triggers": [{"type": "prometheus", "metadata": {
                "serverAddress": "https://secret-host:9090", "metricName": "queue",
                "threshold": "5"}}],
        },
    }  # fmt: skip
    found = decode_scaled_object(obj, AT)
    assert found.triggers == ("prometheus queue 5",)
    assert b"secret-host" not in encode(found)


def test_a_configuration_is_recorded_without_what_is_nobodys_business() -> None:
    obj = {
        "metadata": {"name": "wva-manager-config", "namespace": "ns"},
        "data": {
            "PROMETHEUS_BASE_URL": "https://thanos:9091",
            "PROMETHEUS_BEARER_TOKEN": "hunter2",
            "GLOBAL_OPT_INTERVAL": "60s",
            "config.yaml": "interval: 30s\nprometheusURL: https://x\ntoken: hunter2\nlimiter: on\n",
        },
    }
    found = decode_config(obj, AT)
    assert found.data == {
        "GLOBAL_OPT_INTERVAL": "60s", "config.yaml": "interval: 30s\nlimiter: on",
    }  # fmt: skip
    assert b"hunter2" not in encode(found)


@pytest.mark.parametrize(
    ("name", "ours"),
    [("capacity-scaling-config", True), ("my-wva-saturation-scaling-config", True),
     ("kube-root-ca.crt", False)],
)  # fmt: skip
def test_only_the_controllers_own_configuration_is_read(name: str, ours: bool) -> None:
    assert is_controller_config(name) is ours


def test_a_kubernetes_event_of_the_newer_kind_counts_its_series() -> None:
    obj = {
        "metadata": {"name": "e", "creationTimestamp": "2026-09-01T08:00:00Z"},
        "eventTime": "2026-09-01T08:00:01.500000Z",
        "series": {"count": 7, "lastObservedTime": "2026-09-01T08:05:00.000000Z"},
        "reason": "Unhealthy", "reportingComponent": "kubelet",
        "involvedObject": {"kind": "Pod", "name": "p"},
    }  # fmt: skip
    found = decoder_of(paths.EVENT).decode(obj, AT)
    assert isinstance(found, ev.Happening)
    assert (found.count, found.first_at, found.last_at) == (7, AT + 1.5, AT + 300)
