"""What to do about an HPA that does not scale depends on what it reads, and on its own words."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from tests.core.queries.few_pods import NAMESPACE, START
from tests.findings.test_complaints import rule
from tests.findings.test_states import scaled
from wvatui.core import events as ev
from wvatui.core.events.object_events import HpaMetric, KedaTrigger

REQUEST = "failed to get cpu utilization: missing request for cpu in container vllm of Pod qwen-1"


def hpa(kind: str, reason: str, message: str = "") -> ev.Autoscaler:
    place = {"name": "m", "metric": {"name": "m"}}
    asked: HpaMetric = {"type": kind, kind[0].lower() + kind[1:]: place}  # type: ignore[misc]
    return ev.Autoscaler(
        START - 300,
        name="h",
        namespace=NAMESPACE,
        target_kind="Deployment",
        target_name="qwen",
        min=1,
        max=9,
        metrics=(ev.MetricStatus("m", "AverageValue", 1.0),),
        asked=(asked,),
        conditions=(ev.Condition("ScalingActive", "False", reason, message, START - 300),),
    )


def advice(name: str, *events: ev.Event) -> Sequence[str]:
    found = [each for each in rule(name, *events) if each.about.split("/")[2] in ("h", "so")]
    return [each.advice for each in found]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("External", "/apis/external.metrics.k8s.io/v1beta1/namespaces/{}/m'"),
        ("Resource", "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods'"),
        ("Pods", "/apis/custom.metrics.k8s.io/v1beta1/namespaces/{}/pods/*/m'"),
        ("Object", "/apis/custom.metrics.k8s.io/v1beta1/namespaces/{}/RESOURCE/NAME/m'"),
    ],
)
def test_a_metric_is_asked_for_at_the_api_that_the_hpa_reads(kind: str, path: str) -> None:
    failed = hpa(kind, f"FailedGet{kind}Metric", "not now")
    for name in ("scaling-inactive", "unknown-metric"):
        [told] = advice(name, failed)
        assert told.endswith(path.format(NAMESPACE)), told


def test_a_metric_of_keda_is_asked_for_with_its_scaled_object_and_called_by_its_trigger() -> None:
    """KEDA's metrics server refuses a request without it: scaledObject name is not specified."""
    failed = hpa("External", "FailedGetExternalMetric", "not now")
    read = ev.MetricStatus("s0-prometheus", "AverageValue", 1.0)
    failed = replace(failed, metrics=(read,), scaled_object="so")
    trigger: KedaTrigger = {"type": "prometheus", "name": "queue"}
    owner = ev.ScaledObject(START - 300, name="so", namespace=NAMESPACE, asked=(trigger,))
    for name in ("scaling-inactive", "unknown-metric"):
        [told] = advice(name, owner, failed)
        assert told.endswith("/s0-prometheus?labelSelector=scaledobject.keda.sh%2Fname%3Dso'"), told
    [found] = rule("unknown-metric", owner, failed)
    assert found.title == "HPA h reads <unknown> for queue (s0-prometheus)"


def test_a_container_without_a_request_is_what_an_hpa_of_the_cpu_lacks() -> None:
    failed = hpa("Resource", "FailedGetResourceMetric", REQUEST)
    for name in ("scaling-inactive", "unknown-metric"):
        [told] = advice(name, failed)
        assert told.startswith("give the container that the message names a request"), told


def test_a_metric_may_have_braces_in_its_name() -> None:
    failed = hpa("External", "FailedGetExternalMetric")
    failed = replace(failed, metrics=(ev.MetricStatus("m{a}", "AverageValue", 1.0),))
    for name in ("scaling-inactive", "unknown-metric"):
        [told] = advice(name, failed)
        assert told.endswith("/m{a}'"), told


@pytest.mark.parametrize("reason", ["AmbiguousSelector", "InvalidSelector", "ScalingDisabled"])
def test_no_metric_is_missed_where_none_is_read(reason: str) -> None:
    assert advice("unknown-metric", hpa("External", reason)) == []


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("other", "HPA h scales nothing: the pods of Deployment mine are counted by another"),
        ("mine", "HPAs h and other scale nothing: all of them scale Deployment mine"),
    ],
)
def test_pods_that_two_hpas_count_are_one_finding(other: str, told: str) -> None:
    first = replace(hpa("External", "AmbiguousSelector"), target_name="mine")
    fine = replace(hpa("External", "ValidMetricFound"), name="other", target_name="other")
    second = fine if other == "other" else replace(first, name="other")
    found = [
        each
        for name in ("shared-pods", "scaling-inactive", "unknown-metric", "fighting")
        for each in rule(name, first, second)
        if each.about.split("/")[2] in ("h", "mine")
    ]
    assert [each.rule for each in found] == ["shared-pods"]
    assert found[0].title.startswith(told)


def test_what_keda_refuses_is_no_failing_trigger() -> None:
    text = "the workload 'qwen' of type 'apps/v1.Deployment' is already managed by the hpa 'mine'"
    for message, words in ((text, "transfer-hpa-ownership"), ("no such target", "mend what")):
        bad = {"type": "Ready", "status": "False", "reason": "ScaledObjectCheckFailed"}
        [told] = advice("scaled-object-state", scaled({}, bad | {"message": message}, at=-60.0))
        assert words in told
    bad = {"type": "Ready", "status": "False", "reason": "TriggerError"}
    assert "which trigger fails" in advice("scaled-object-state", scaled({}, bad, at=-60.0))[0]
