"""Converting objects to events: tolerant of all input, in kubectl's terms, without private data."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sweeps import examples
from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.kube import paths
from wvatui.sources.objects import DECODERS, decoder_of
from wvatui.sources.objects.autoscaler import decode_autoscaler
from wvatui.sources.objects.config import decode_config, is_controller_config
from wvatui.sources.objects.fields import quantity
from wvatui.sources.objects.pod import decode_pod
from wvatui.sources.objects.scaled_object import decode_scaled_object
from wvatui.sources.objects.variant import decode_declared, decode_variant_autoscaling
from wvatui.sources.objects.workload import decode_deployment, decode_leader_worker_set

AT = 1_788_249_600.0


def test_every_kind_that_is_read_has_a_row() -> None:
    assert {row.kind for row in DECODERS} == set(paths.KINDS)
    assert decoder_of(paths.POD).tag == "pod"


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 9),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "metadata",
                    "spec",
                    "status",
                    "name",
                    "namespace",
                    "labels",
                    "annotations",
                    "conditions",
                    "containers",
                    "containerStatuses",
                    "state",
                    "type",
                    "replicas",
                    "metrics",
                    "external",
                    "metric",
                    "target",
                    "template",
                    "data",
                    "selector",
                    "matchLabels",
                    "behavior",
                    "triggers",
                    "ports",
                    "involvedObject",
                    "waiting",
                    "initContainers",
                    "initContainerStatuses",
                    "ownerReferences",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@settings(max_examples=examples(300))
@given(st.dictionaries(st.sampled_from(["metadata", "spec", "status", "data"]), JSON, max_size=4))
def test_no_object_however_odd_makes_a_reader_fail(obj: dict[str, Any]) -> None:
    for row in DECODERS:
        event = row.decode(obj, AT)
        assert decode(encode(event)) == event
    for kind in ("HorizontalPodAutoscaler", "ScaledObject"):
        decode_declared(kind, obj, AT)


def pod(spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "p", "namespace": "ns", "labels": {"llm-d.ai/model": "m"}},
        "spec": spec or {"containers": [{"name": "vllm"}]},
        "status": status,
    }


def waiting(reason: str, name: str = "vllm") -> dict[str, Any]:
    return {"name": name, "state": {"waiting": {"reason": reason}}}


def runs(name: str = "vllm", **more: Any) -> dict[str, Any]:
    return {"name": name, "state": {"running": {}}} | more


def ended(code: int, reason: str = "", name: str = "vllm", **more: Any) -> dict[str, Any]:
    return {"name": name, "state": {"terminated": {"exitCode": code, "reason": reason}}} | more


UNSCHEDULED = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
READY = {"type": "Ready", "status": "True"}
SIDECAR = {"name": "proxy", "restartPolicy": "Always"}
WITH_SIDECAR: dict[str, Any] = {"initContainers": [SIDECAR], "containers": [{"name": "vllm"}]}


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (
            pod(phase="Pending", containerStatuses=[waiting("ContainerCreating")]),
            "ContainerCreating",
        ),
        (pod(phase="Pending", containerStatuses=[waiting("ImagePullBackOff")]), "ImagePullBackOff"),
        (pod(phase="Pending", conditions=[UNSCHEDULED]), "Unschedulable"),
        (pod(phase="Running", containerStatuses=[waiting("CrashLoopBackOff")]), "CrashLoopBackOff"),
        (
            pod(
                phase="Running",
                containerStatuses=[
                    {
                        "name": "vllm",
                        "state": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
                    }
                ],
            ),
            "OOMKilled",
        ),
        (pod(phase="Failed", reason="Evicted"), "Evicted"),
        (
            pod(
                {"initContainers": [{"name": "a"}, {"name": "b"}], "containers": []},
                phase="Pending",
                initContainerStatuses=[
                    {"name": "a", "state": {"terminated": {"exitCode": 0}}},
                    {"name": "b", "state": {"running": {}}},
                ],
            ),
            "Init:1/2",
        ),
        (
            pod(
                {
                    "initContainers": [{"name": "proxy", "restartPolicy": "Always"}],
                    "containers": [],
                },
                phase="Running",
                initContainerStatuses=[
                    {"name": "proxy", "started": True, "state": {"running": {}}}
                ],
                containerStatuses=[waiting("ContainerCreating")],
            ),
            "ContainerCreating",
        ),
        # The state of a container says more than the phase and the reason of the pod.
        (
            pod(phase="Failed", reason="NodeShutdown", containerStatuses=[ended(1, "Error")]),
            "Error",
        ),
        (pod(phase="Failed", reason="Evicted", conditions=[UNSCHEDULED]), "Evicted"),
        # The first container that does not run speaks for all.
        (
            pod(
                phase="Running",
                containerStatuses=[
                    runs(),
                    waiting("CrashLoopBackOff", "b"),
                    waiting("ErrImagePull", "c"),
                ],
            ),
            "CrashLoopBackOff",
        ),
        # A container that is done is no fault while another one serves.
        (
            pod(phase="Running", containerStatuses=[ended(0, "Completed", "a"), runs(ready=True)]),
            "NotReady",
        ),
        (
            pod(phase="Running", containerStatuses=[ended(0, "Completed", "a"), runs(ready=False)]),
            "Completed",
        ),
        (pod(phase="Succeeded", containerStatuses=[ended(0, "Completed")]), "Completed"),
        # A sidecar that failed after the pod was initialized: the containers come first.
        (
            pod(
                WITH_SIDECAR,
                phase="Running",
                conditions=[{"type": "Initialized", "status": "True"}],
                initContainerStatuses=[waiting("CrashLoopBackOff", "proxy")],
                containerStatuses=[ended(137, "OOMKilled")],
            ),
            "OOMKilled",
        ),
        (
            pod(
                WITH_SIDECAR,
                phase="Running",
                conditions=[{"type": "Initialized", "status": "True"}],
                initContainerStatuses=[waiting("CrashLoopBackOff", "proxy")],
                containerStatuses=[runs()],
            ),
            "Init:CrashLoopBackOff",
        ),
        (
            pod(
                WITH_SIDECAR,
                phase="Pending",
                initContainerStatuses=[ended(3, name="proxy")],
                containerStatuses=[waiting("PodInitializing")],
            ),
            "Init:ExitCode:3",
        ),
        # A sidecar that ended well is done, started or not.
        (
            pod(
                WITH_SIDECAR,
                phase="Running",
                initContainerStatuses=[ended(0, "Completed", "proxy")],
                containerStatuses=[waiting("CrashLoopBackOff")],
            ),
            "CrashLoopBackOff",
        ),
        # What is ready has no reason.
        (pod(phase="Running", conditions=[READY], containerStatuses=[runs(ready=True)]), ""),
        (
            pod(
                phase="Running",
                conditions=[READY],
                containerStatuses=[ended(0, "Completed", "a"), runs(ready=True)],
            ),
            "",
        ),
    ],
)
def test_why_a_pod_is_not_ready_is_said_as_kubectl_says_it(
    obj: dict[str, Any], reason: str
) -> None:
    assert decode_pod(obj, AT).reason == reason


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (pod(phase="Running"), "Terminating"),
        (pod(phase="Running", conditions=[READY]), "Terminating"),
        (pod(phase="Pending", conditions=[UNSCHEDULED]), "Terminating"),
        (pod(phase="Running", containerStatuses=[waiting("CrashLoopBackOff")]), "Terminating"),
        (pod(phase="Running", reason="NodeLost"), "Unknown"),
        # The pod has ended already; only its object still exists.
        (pod(phase="Failed", containerStatuses=[ended(137, "OOMKilled")]), "OOMKilled"),
        (pod(phase="Succeeded", containerStatuses=[ended(0, "Completed")]), "Completed"),
    ],
)
def test_a_pod_that_is_deleted_is_terminating_unless_it_is_lost_or_over(
    obj: dict[str, Any], reason: str
) -> None:
    deleted = {"metadata": obj["metadata"] | {"deletionTimestamp": "2026-09-01T08:00:30Z"}}
    found = decode_pod(obj | deleted, AT)
    assert (found.reason, found.deleting_at) == (reason, AT + 30)


def test_restarts_are_those_of_the_containers_that_are_meant_to_run_on() -> None:
    spec = {"initContainers": [{"name": "fetch"}, SIDECAR], "containers": [{"name": "vllm"}]}
    obj = pod(
        spec,
        containerStatuses=[runs(restartCount=1), runs("exporter", restartCount=2)],
        initContainerStatuses=[
            ended(0, name="fetch", restartCount=8),
            runs("proxy", restartCount=4),
        ],
    )
    assert decode_pod(obj, AT).restarts == 1 + 2 + 4


@pytest.mark.parametrize(
    ("owners", "owner"),
    [
        (
            [
                {"kind": "Thing", "name": "t"},
                {"kind": "ReplicaSet", "name": "d", "controller": True},
            ],
            ("ReplicaSet", "d"),
        ),
        (
            [{"kind": "Thing", "name": "t"}, {"kind": "Other", "name": "o", "controller": False}],
            ("Thing", "t"),
        ),
        ([], ("", "")),
    ],
)
def test_the_owner_of_a_pod_is_the_one_that_controls_it(
    owners: list[dict[str, Any]], owner: tuple[str, str]
) -> None:
    obj = pod()
    obj["metadata"]["ownerReferences"] = owners
    found = decode_pod(obj, AT)
    assert (found.owner_kind, found.owner_name) == owner


def test_the_pod_of_a_job_serves_nobody_though_it_runs_the_engines_image() -> None:
    obj = pod({"containers": [{"name": "load", "image": "vllm/vllm-openai:v0.11.0"}]})
    obj["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "load", "controller": True}]
    assert decode_pod(obj, AT).role == ""
    obj["metadata"]["ownerReferences"][0]["kind"] = "ReplicaSet"
    assert decode_pod(obj, AT).role == "model"


def test_the_metrics_port_comes_first() -> None:
    ports = [
        {"containerPort": 9000},
        {"containerPort": 8200, "name": "metrics"},
        {"containerPort": 53, "protocol": "UDP"},
    ]
    obj = pod({"containers": [{"name": "vllm", "ports": ports}]})
    assert decode_pod(obj, AT).ports == (8200, 9000)
    obj["metadata"]["annotations"] = {"prometheus.io/port": "9999"}
    assert decode_pod(obj, AT).ports == (9999, 8200, 9000)


@pytest.mark.parametrize("port", ["metrics", "", "²", "٨٠٨٠", "-1", "0", "65536", "123456"])
def test_an_annotated_port_that_is_none_is_left_out(port: str) -> None:
    obj = pod({"containers": [{"name": "vllm", "ports": [{"containerPort": 8000}]}]})
    obj["metadata"]["annotations"] = {"prometheus.io/port": port}
    assert decode_pod(obj, AT).ports == (8000,)


def test_a_sidecar_may_serve_the_metrics_and_what_only_prepares_may_not() -> None:
    obj = pod(
        {
            "initContainers": [
                {"name": "fetch", "ports": [{"containerPort": 7000, "name": "metrics"}]},
                SIDECAR | {"ports": [{"containerPort": 8000, "name": "metrics"}]},
            ],
            "containers": [{"name": "vllm", "ports": [{"containerPort": 8200}]}],
        }
    )
    assert decode_pod(obj, AT).ports == (8000, 8200)


@pytest.mark.parametrize(
    ("labels", "image", "role"),
    [
        (
            {
                "control-plane": "controller-manager",
                "app.kubernetes.io/name": "workload-variant-autoscaler",
            },
            "x",
            "controller",
        ),
        ({}, "ghcr.io/llm-d/llm-d-inference-scheduler:v0.4.0", "epp"),
        ({"inferencepool": "p-epp"}, "x", "epp"),
        ({"llm-d.ai/role": "decode"}, "x", "model"),
        ({}, "vllm/vllm-openai:v0.11.0", "model"),
        ({}, "lmsysorg/sglang:latest", "model"),
        ({"app": "web"}, "nginx", ""),
        ({"llm-d.ai/role": "decode", "leaderworkerset.sigs.k8s.io/worker-index": "1"}, "x", ""),
    ],
)
def test_what_a_pod_is_for_is_told_by_labels_and_images(
    labels: dict[str, str], image: str, role: str
) -> None:
    obj = pod({"containers": [{"name": "c", "image": image}]})
    obj["metadata"]["labels"] = labels
    assert decode_pod(obj, AT).role == role


def test_a_variant_of_the_first_releases_scales_the_deployment_of_its_name() -> None:
    obj = {
        "metadata": {
            "name": "v",
            "namespace": "ns",
            "labels": {"inference.optimization/acceleratorName": "A100"},
        },
        "spec": {"modelID": "m"},
        "status": {"desiredOptimizedAlloc": {"accelerator": "A100", "numReplicas": 3}},
    }
    found = decode_variant_autoscaling(obj, AT)
    assert (found.target_kind, found.target_name) == ("Deployment", "v")
    assert (found.accelerator, found.desired, found.cost) == ("A100", 3, None)


@pytest.mark.parametrize(
    ("sources", "accelerator"),
    [
        ({"label": "A", "spec": "B", "wanted": "C", "current": "D"}, "A"),
        ({"spec": "B", "wanted": "C", "current": "D"}, "B"),
        ({"wanted": "C", "current": "D"}, "C"),
        ({"current": "D"}, "D"),
        ({}, ""),
    ],
)
def test_the_accelerator_of_a_variant_is_where_its_release_keeps_it(
    sources: dict[str, str], accelerator: str
) -> None:
    label = {"inference.optimization/acceleratorName": sources.get("label", "")}
    obj = {
        "metadata": {"name": "v", "namespace": "ns", "labels": label},
        "spec": {"accelerator": sources.get("spec", "")},
        "status": {
            "desiredOptimizedAlloc": {"accelerator": sources.get("wanted", "")},
            "currentAlloc": {"accelerator": sources.get("current", "")},
        },
    }
    assert decode_variant_autoscaling(obj, AT).accelerator == accelerator


@pytest.mark.parametrize(
    ("allocated", "desired"),
    [
        ({}, None),
        ({"numReplicas": 0}, None),
        ({"numReplicas": 0, "lastRunTime": None}, None),
        ({"numReplicas": 0, "lastRunTime": "0001-01-01T00:00:00Z"}, None),
        ({"numReplicas": 0, "lastRunTime": "1970-01-01T00:00:00Z"}, None),
        ({"numReplicas": 0, "lastRunTime": "2026-09-01T08:00:00Z"}, 0),
        ({"numReplicas": 2}, 2),
    ],
)
def test_a_wish_for_zero_replicas_needs_a_decision(
    allocated: dict[str, Any], desired: int | None
) -> None:
    obj = {"metadata": {"name": "v"}, "status": {"desiredOptimizedAlloc": allocated}}
    assert decode_variant_autoscaling(obj, AT).desired == desired


@pytest.mark.parametrize(
    ("metadata", "scaled_object"),
    [
        ({}, ""),
        ({"labels": {"scaledobject.keda.sh/name": "s"}}, "s"),
        (
            {
                "ownerReferences": [
                    {"kind": "Thing", "name": "t"},
                    {"kind": "ScaledObject", "name": "s"},
                ]
            },
            "s",
        ),
        (
            {
                "ownerReferences": [{"kind": "ScaledObject", "name": "s"}],
                "labels": {"scaledobject.keda.sh/name": "old"},
            },
            "s",
        ),
        ({"ownerReferences": [{"kind": "Thing", "name": "t"}]}, ""),
    ],
)
def test_the_hpa_that_keda_makes_declares_its_scaled_objects_variant(
    metadata: dict[str, Any], scaled_object: str
) -> None:
    notes = {"annotations": {"llm-d.ai/managed": "true", "llm-d.ai/model-id": "m"}}
    obj = {"metadata": {"name": "keda-hpa-s", "namespace": "ns"} | notes | metadata}
    assert decode_autoscaler(obj, AT).scaled_object == scaled_object
    found = decode_declared("HorizontalPodAutoscaler", obj, AT)
    assert found is not None
    assert (found.name, found.model) == (scaled_object or "keda-hpa-s", "m")


def external(name: str, selector: str = "", **reading: str) -> dict[str, Any]:
    metric: dict[str, Any] = {"name": name}
    if selector:
        metric["selector"] = {"matchLabels": {"variant_name": selector}}
    return {
        "type": "External",
        "external": {"metric": metric}
        | {kind: {"averageValue": value} for kind, value in reading.items()},
    }


UNKNOWN = {"type": ""}
"""The entry of the status for a metric that cannot be read."""


@pytest.mark.parametrize(
    ("wanted", "read", "current"),
    [
        (["a", "b"], [external("a", current="3"), external("b", current="4")], [3, 4]),
        (["a", "b"], [external("b", current="4"), external("a", current="3")], [3, 4]),
        (["a", "b"], [UNKNOWN, external("b", current="4")], [None, 4]),
        (["a", "b"], [external("b", current="4")], [None, 4]),
        (["a", "b"], [], [None, None]),
        # Of two metrics of one name the place decides, also when one of them cannot be read.
        (["a", "a"], [external("a", "x", current="3"), external("a", "y", current="4")], [3, 4]),
        (["a", "a"], [UNKNOWN, external("a", "y", current="4")], [None, 4]),
        (["a", "a"], [external("a", "x", current="3"), UNKNOWN], [3, None]),
    ],
)
def test_each_metric_of_an_hpa_has_its_own_reading(
    wanted: list[str], read: list[dict[str, Any]], current: list[float | None]
) -> None:
    obj = {
        "metadata": {"name": "h", "namespace": "ns"},
        "spec": {"metrics": [external(name, target="1") for name in wanted]},
        "status": {"currentMetrics": read},
    }
    metrics = decode_autoscaler(obj, AT).metrics
    assert [metric.name for metric in metrics] == wanted
    assert [metric.target for metric in metrics] == [1] * len(wanted)
    assert [metric.current for metric in metrics] == current


def test_counts_that_a_status_leaves_out_are_zero_once_it_was_written() -> None:
    obj = {"metadata": {"name": "d", "namespace": "ns"}, "spec": {"replicas": 2}, "status": {}}
    found = decode_deployment(obj, AT)
    assert (found.replicas, found.ready, found.available, found.updated) == (None,) * 4
    for status in ({"observedGeneration": 1}, {"conditions": [{"type": "Progressing"}]}):
        obj["status"] = status
        found = decode_deployment(obj, AT)
        assert (found.replicas, found.ready, found.available, found.updated) == (0,) * 4
    obj["status"] = {"observedGeneration": 1, "replicas": 2}
    found = decode_deployment(obj, AT)
    assert (found.replicas, found.ready) == (2, 0)


def test_a_leader_worker_set_does_not_say_how_many_groups_are_available() -> None:
    obj = {
        "metadata": {"name": "l", "namespace": "ns"},
        "spec": {"replicas": 2},
        "status": {"replicas": 2, "readyReplicas": 1},
    }
    found = decode_leader_worker_set(obj, AT)
    assert (found.replicas, found.ready, found.updated, found.available) == (2, 1, 0, None)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("500m", 0.5),
        ("2k", 2e3),
        ("1Gi", 2.0**30),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("+5", 5.0),
        ("-2", -2.0),
        ("1e3", 1e3),
        ("1E3", 1e3),
        ("1E", 1e18),
        ("100n", 1e-7),
        (3, 3.0),
        (0.25, 0.25),
    ],
)
def test_a_quantity_is_read_as_kubernetes_writes_it(value: object, number: float) -> None:
    assert quantity(value) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "m",
        "1 Gi",
        " 1",
        "1_000",
        "nan",
        "inf",
        "Infinity",
        "0x10",
        "1mi",
        "1i",
        "1ki",
        "1K",
        "1e3Ki",
        "1e3m",
        "1e999",
        "9e307E",
        "٣",
        "1" * 400,
        "1" * 100_000,
        10**400,
        float("nan"),
        float("inf"),
        True,
        None,
        [],
        {},
    ],
)
def test_what_is_no_quantity_is_none(value: object) -> None:
    assert quantity(value) is None


def test_a_scaled_object_is_recorded_without_its_addresses() -> None:
    obj = {
        "metadata": {"name": "s", "namespace": "ns"},
        "spec": {
            "scaleTargetRef": {"name": "d"},
            "triggers": [
                {
                    "type": "prometheus",
                    "metadata": {
                        "serverAddress": "https://secret-host:9090",
                        "metricName": "queue",
                        "threshold": "5",
                    },
                }
            ],
        },
    }
    found = decode_scaled_object(obj, AT)
    assert found.triggers == ("prometheus queue 5",)
    assert b"secret-host" not in encode(found)


def test_what_an_explanation_needs_of_a_scaled_object_is_recorded_and_no_address() -> None:
    metadata = {
        "serverAddress": "https://secret-host:9090",
        "customHeaders": "X-Token=hunter2",
        "query": 'sum(queue{namespace="ns"}) or vector(0)',
        "threshold": "5",
        "activationThreshold": "1",
    }
    trigger = {
        "type": "prometheus",
        "name": "queue",
        "metricType": "AverageValue",
        "metadata": metadata,
        "authenticationRef": {"name": "secret-reference"},
    }
    obj = {
        "metadata": {
            "name": "s",
            "namespace": "ns",
            "generation": 3,
            "annotations": {"autoscaling.keda.sh/paused-scale-in": "true", "a": "b"},
        },
        "spec": {
            "scaleTargetRef": {"name": "d"},
            "idleReplicaCount": 0,
            "fallback": {"failureThreshold": 3, "replicas": 2, "behavior": "static"},
            "advanced": {"scalingModifiers": {"formula": "queue / 2", "target": "1"}},
            "triggers": [trigger],
        },
        "status": {
            "health": {"s0-prometheus": {"numberOfFailures": 4, "status": "Failing"}},
            "triggersActivity": {"s0-prometheus": {"isActive": True}, "bad": 1},
        },
    }
    scaled = decode_scaled_object(obj, AT)
    assert decode(encode(scaled)) == scaled
    kept = {key: metadata[key] for key in ("query", "threshold", "activationThreshold")}
    assert scaled.asked[0] == {
        "type": "prometheus",
        "name": "queue",
        "metricType": "AverageValue",
        "metadata": kept,
    }
    assert scaled.modifiers == {"formula": "queue / 2", "target": "1"}
    assert scaled.on_failure == {"failureThreshold": 3, "replicas": 2, "behavior": "static"}
    assert scaled.health == {"s0-prometheus": {"numberOfFailures": 4, "status": "Failing"}}
    assert (scaled.activity, scaled.idle, scaled.generation) == ({"s0-prometheus": True}, 0, 3)
    assert scaled.pauses == {"autoscaling.keda.sh/paused-scale-in": "true"}
    for private in (b"secret", b"hunter2"):
        assert private not in encode(scaled)


def test_what_an_explanation_needs_of_an_hpa_is_recorded_as_it_was_written() -> None:
    selector = {"matchLabels": {"scaledobject.keda.sh/name": "s"}}
    metric = {"name": "s0-prometheus", "selector": selector}
    target = {"type": "AverageValue", "averageValue": "500m"}
    obj = {
        "metadata": {"name": "h", "namespace": "ns", "generation": 2},
        "spec": {
            "maxReplicas": 4,
            "metrics": [{"type": "External", "external": {"metric": metric, "target": target}}],
        },
        "status": {"observedGeneration": 2, "currentMetrics": [{"type": ""}]},
    }
    hpa = decode_autoscaler(obj, AT)
    assert decode(encode(hpa)) == hpa
    assert list(hpa.asked) == obj["spec"]["metrics"]  # type: ignore[index]
    assert hpa.shown == ({"type": ""},)
    assert (hpa.generation, hpa.observed_generation) == (2, 2)


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
        "GLOBAL_OPT_INTERVAL": "60s",
        "config.yaml": "interval: 30s\nlimiter: on",
    }
    assert b"hunter2" not in encode(found)


def kept(value: str, key: str = "config.yaml") -> str | None:
    """The recorded form of an entry of the controller's configuration; None: it is not recorded."""
    return decode_config({"metadata": {"name": "c"}, "data": {key: value}}, AT).data.get(key)


@pytest.mark.parametrize(
    "line",
    [
        "bearer: x",
        "token: x",
        "password: x",
        "clientSecret: x",
        "credentials: x",
        "certificate: x",
        "ca: x",
        "file: /etc/tls/ca.crt",
        "file: /etc/tls/a.crt",
        "file: /etc/tls/a.pem",
        "key: x",
        "api-key: x",
        "apikey: x",
        "API_KEY: x",
        "apiKey: x",
        "privateKey: x",
        "accesskey: x",
        "sshKey: x",
        "tls.key: x",
        "url: x",
        "baseURL: x",
        "uri: x",
        "baseURI: x",
        "address: x",
        "from: http://x",
        "endpoint: x",
        "hostname: x",
        "host: x",
        "hosts: x",
        "server: thanos.monitoring.svc",
        "at: thanos.monitoring.svc:9091",
        "user: x",
        "username: x",
        "auth: x",
        "authentication: x",
        "oauth: x",
    ],
)
def test_a_private_line_is_left_out_of_a_configuration(line: str) -> None:
    assert kept(f"a: 1\n{line}\nb: 2") == "a: 1\nb: 2"
    key, _, _ = line.partition(":")
    if "/" not in line and key not in ("from", "server", "at"):
        assert kept("x", key) is None


@pytest.mark.parametrize(
    "line",
    [
        "kvCacheThreshold: 0.8",
        "monkey: 1",
        "keyspace: 1",
        "capacity: 3",
        "author: me",
        "scaleUpThreshold: 0.85",
        "security: on",
        "curious: 1",
        "locale: x",
        "ghost: 1",
    ],
)
def test_a_line_that_only_looks_private_is_kept(line: str) -> None:
    assert kept(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "model_id: meta/user-model",
        "modelID: org/secret-7b",
        "model: url-7b",
        "- model: key/7b",
        "  namespace: key-users",
        'namespace: "auth"',
        "model_id: 'token#1'",
    ],
)
def test_for_whom_an_entry_is_may_be_called_like_something_private(line: str) -> None:
    assert kept(line) == line


def test_for_whom_an_entry_is_hides_nothing_else() -> None:
    assert kept("namespace: x token: hunter2") is None
    assert kept("model: https://me:hunter2@host/x") is None


def test_an_override_is_recorded_whatever_its_model_is_called() -> None:
    assert kept("threshold: 1", "meta/user-7b#key-users") == "threshold: 1"
    assert kept("token: x", "meta/user-7b#key-users") is None


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        ("a: 1\nauth:\n  name: hunter2\n  deep:\n    x: hunter2\nb: 2", "a: 1\nb: 2"),
        ("a: 1\ntls:\n  key: |\n    hunter2\n\n    hunter2\n  on: 1\n", "a: 1\ntls:\n  on: 1"),
        ("tokens:\n  - hunter2\n  - hunter2\nb: 2", "b: 2"),
        # In YAML a list may have the indentation of its key.
        ("tokens:\n- hunter2\n- hunter2\nb: 2", "b: 2"),
        ("a:\n  tokens:\n  - hunter2\n  b: 2\n- c", "a:\n  b: 2\n- c"),
        ("list:\n- url: x\n- b: 2", "list:\n- b: 2"),
        # A key or certificate, even if no key above names it.
        ("-----BEGIN PRIVATE KEY-----\nhunter2\nhunter2=\n-----END PRIVATE KEY-----\nb: 2", "b: 2"),
        ("-----BEGIN CERTIFICATE-----\nhunter2\nhunter2", None),
        (
            "-----BEGIN A-----\nhunter2\n-----END A-----\nb: 2\n"
            "-----BEGIN A-----\nhunter2\n-----END A-----\nc: 3",
            "b: 2\nc: 3",
        ),
        ("b: |\n  -----BEGIN A-----\n  hunter2\n  -----END A-----\nc: 3", "b: |\nc: 3"),
    ],
)
def test_what_is_nested_in_something_private_is_private_too(value: str, rest: str | None) -> None:
    assert kept(value) == rest


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("capacity-scaling-config", True),
        ("my-wva-saturation-scaling-config", True),
        ("kube-root-ca.crt", False),
    ],
)
def test_only_the_controllers_own_configuration_is_read(name: str, ours: bool) -> None:
    assert is_controller_config(name) is ours


def test_a_kubernetes_event_of_the_newer_kind_counts_its_series() -> None:
    obj = {
        "metadata": {"name": "e", "creationTimestamp": "2026-09-01T08:00:00Z"},
        "eventTime": "2026-09-01T08:00:01.500000Z",
        "series": {"count": 7, "lastObservedTime": "2026-09-01T08:05:00.000000Z"},
        "reason": "Unhealthy",
        "reportingComponent": "kubelet",
        "involvedObject": {"kind": "Pod", "name": "p"},
    }
    found = decoder_of(paths.EVENT).decode(obj, AT)
    assert isinstance(found, ev.KubeEvent)
    assert (found.count, found.first_at, found.last_at) == (7, AT + 1.5, AT + 300)
