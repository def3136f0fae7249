"""The HPA controller acts on objects of the store as kube-controller-manager does."""

import pytest

from tests.sim.scaling import NS, START, Scene, metric
from wvatui.sim.controllers.hpa import HpaController

SELECTOR = (
    "&LabelSelector{MatchLabels:map[string]string{variant_name: v,},"
    "MatchExpressions:[]LabelSelectorRequirement{},}"
)
TITLE = f"external metric wva_desired_replicas({SELECTOR})"
UNREAD = (
    f"unable to get external metric ns/wva_desired_replicas/{SELECTOR}:"
    " no metrics returned from external metrics API"
)


def test_the_metric_is_followed_up_at_once_and_down_after_the_window() -> None:
    scene = Scene()
    scene.hpa()
    scene.value = 3.0
    assert scene.after(14) == 1
    assert scene.after(15) == 3
    scene.value = 1.0
    # The recommendations of three count until 300 s after the last of them, at 15 s.
    assert scene.after(300) == 3
    assert scene.after(330) == 1
    assert scene.events("SuccessfulRescale") == [
        ("SuccessfulRescale", f"New size: 3; reason: {TITLE} above target"),
        ("SuccessfulRescale", "New size: 1; reason: All metrics below target"),
    ]


def test_the_status_tells_what_was_found_what_is_wanted_and_what_the_metric_said() -> None:
    scene = Scene()
    scene.hpa()
    scene.value = 3.0
    scene.after(15)
    status = scene.status()
    assert (status["currentReplicas"], status["desiredReplicas"]) == (1, 3)
    assert status["lastScaleTime"] == "2026-09-01T08:00:15Z"
    assert status["currentMetrics"][0]["external"]["current"] == {"averageValue": "3"}
    assert scene.condition("AbleToScale") == {
        "type": "AbleToScale",
        "status": "True",
        "reason": "SucceededRescale",
        "message": "the HPA controller was able to update the target scale to 3",
    }
    scene.after(30)
    status = scene.status()
    assert (status["currentReplicas"], status["desiredReplicas"]) == (3, 3)
    assert status["lastScaleTime"] == "2026-09-01T08:00:15Z"
    assert status["currentMetrics"][0]["external"]["current"] == {"averageValue": "1"}
    assert scene.condition("AbleToScale")["reason"] == "ReadyForNewScale"
    assert scene.condition("ScalingActive")["reason"] == "ValidMetricFound"
    assert TITLE in scene.condition("ScalingActive")["message"]


def test_a_condition_keeps_its_time_while_its_status_does_not_change() -> None:
    scene = Scene()
    scene.hpa()
    scene.value = 3.0
    scene.after(60)
    able = next(c for c in scene.status()["conditions"] if c["type"] == "AbleToScale")
    assert able["lastTransitionTime"] == "2026-09-01T08:00:15Z"
    scene.value = 40.0
    scene.after(75)
    limited = next(c for c in scene.status()["conditions"] if c["type"] == "ScalingLimited")
    assert limited["lastTransitionTime"] == "2026-09-01T08:01:15Z"


def test_a_small_difference_is_within_the_tolerance() -> None:
    scene = Scene(replicas=4)
    scene.hpa()
    scene.value = 4.4
    assert scene.after(60) == 4
    scene.value = 4.5
    assert scene.after(75) == 5


def test_the_maximum_holds_and_says_so() -> None:
    scene = Scene()
    scene.hpa()
    scene.value = 40.0
    assert scene.after(120) == 6
    limited = scene.condition("ScalingLimited")
    assert (limited["status"], limited["reason"]) == ("True", "TooManyReplicas")


def test_policies_slow_the_way_up_and_down() -> None:
    pods = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}
    still = {"stabilizationWindowSeconds": 0}
    scene = Scene()
    scene.hpa(behavior={"scaleUp": pods | still, "scaleDown": pods | still})
    scene.value = 4.0
    assert [scene.after(t) for t in (15, 30, 60, 75, 90, 135)] == [2, 2, 2, 3, 3, 4]
    scene.value = 1.0
    # Replicas added within the period are subtracted first, so two may be removed at once.
    assert [scene.after(t) for t in (150, 165, 210, 270)] == [2, 2, 1, 1]
    scene.value = 3.0
    scene.after(285)
    assert scene.spec == 2
    assert scene.condition("ScalingLimited")["reason"] == "ScaleUpLimit"


def test_an_object_without_behavior_is_held_by_the_older_limits() -> None:
    scene = Scene()
    scene.hpa(behavior=None, maxReplicas=20)
    scene.value = 20.0
    assert [scene.after(t) for t in (15, 30, 45, 60)] == [4, 8, 16, 20]
    scene.value = 2.0
    assert scene.after(330) == 20
    assert scene.after(390) == 2


def test_what_was_there_before_the_controller_counts_as_a_recommendation() -> None:
    scene = Scene(replicas=5)
    scene.hpa()
    scene.value = 1.0
    assert scene.after(300) == 5
    assert scene.after(330) == 1


def test_without_its_metric_the_controller_holds_and_says_why() -> None:
    scene = Scene(replicas=2)
    scene.hpa()
    scene.value = None
    assert scene.after(60) == 2
    assert scene.condition("ScalingActive") == {
        "type": "ScalingActive",
        "status": "False",
        "reason": "FailedGetExternalMetric",
        "message": f"the HPA was unable to compute the replica count: {UNREAD}",
    }
    assert scene.condition("AbleToScale")["reason"] == "SucceededGetScale"
    status = scene.status()
    assert status["currentMetrics"] == [{"type": ""}]
    assert (status["currentReplicas"], "desiredReplicas" in status) == (2, False)
    assert scene.events() == [
        ("FailedGetExternalMetric", UNREAD),
        (
            "FailedComputeMetricsReplicas",
            "invalid metrics (1 invalid out of 1), first error is: failed to get"
            " wva_desired_replicas external metric value: failed to get wva_desired_replicas"
            f" external metric: {UNREAD}",
        ),
    ]
    counts = {e["reason"]: e["count"] for e in scene.store.list("Event")}
    assert counts["FailedGetExternalMetric"] == 4


def test_with_one_metric_unread_it_may_grow_but_not_shrink() -> None:
    scene = Scene(replicas=2)
    scene.hpa(
        metrics=[metric("a"), metric("b")],
        behavior={"scaleDown": {"stabilizationWindowSeconds": 0}},
    )
    scene.values = {"a": 1.0, "b": None}
    assert scene.after(60) == 2
    scene.values = {"a": 5.0, "b": None}
    assert scene.after(75) == 5
    assert "FailedGetExternalMetric" in dict(scene.events())


def test_a_value_target_scales_the_ready_pods_by_the_ratio() -> None:
    scene = Scene(replicas=2)
    scene.hpa(metrics=[metric(target="10", kind="Value")])
    for name in ("one", "two"):
        scene.store.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": NS, "labels": {"app": "d"}},
                "spec": {},
                "status": {
                    "phase": "Running",
                    "conditions": [{"type": "Ready", "status": "True"}],
                },
            }
        )
    scene.value = 25.0
    assert scene.after(15) == 5
    assert scene.status()["currentMetrics"][0]["external"]["current"] == {"value": "25"}


def test_a_target_at_zero_is_left_alone() -> None:
    scene = Scene(replicas=0)
    scene.hpa()
    scene.value = 3.0
    assert scene.after(60) == 0
    active = scene.condition("ScalingActive")
    assert (active["status"], active["reason"]) == ("False", "ScalingDisabled")


@pytest.mark.parametrize(
    ("replicas", "want", "reason"),
    [
        (9, 6, "Current number of replicas above Spec.MaxReplicas"),
        (1, 2, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_a_size_outside_the_limits_is_brought_inside(replicas: int, want: int, reason: str) -> None:
    scene = Scene(replicas=replicas)
    scene.hpa(minReplicas=2)
    scene.value = float(replicas)
    assert scene.after(15) == want
    assert scene.events("SuccessfulRescale")[0][1] == f"New size: {want}; reason: {reason}"


def test_a_missing_target_is_named_as_the_api_names_it() -> None:
    scene = Scene()
    scene.hpa(scaleTargetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "elsewhere"})
    scene.after(20)
    able = scene.condition("AbleToScale")
    text = 'deployments.apps "elsewhere" not found'
    assert (able["status"], able["reason"]) == ("False", "FailedGetScale")
    assert able["message"].endswith(f"current scale: {text}")
    assert scene.events() == [("FailedGetScale", text)]


def test_a_leaderworkerset_is_scaled_by_its_groups() -> None:
    scene = Scene()
    scene.store.apply(
        {
            "apiVersion": "leaderworkerset.x-k8s.io/v1",
            "kind": "LeaderWorkerSet",
            "metadata": {"name": "lws", "namespace": NS},
            "spec": {"replicas": 1, "leaderWorkerTemplate": {"size": 2}},
            "status": {"replicas": 1},
        }
    )
    ref = {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "name": "lws",
    }
    scene.hpa(scaleTargetRef=ref)
    scene.value = 2.0
    scene.after(15)
    found = scene.store.get("LeaderWorkerSet", NS, "lws")
    assert found is not None
    assert found["spec"]["replicas"] == 2
    assert scene.spec == 1


def test_a_new_object_of_the_same_name_starts_without_a_memory() -> None:
    scene = Scene(replicas=4)
    scene.hpa()
    scene.value = 4.0
    scene.after(300)
    scene.store.delete("HorizontalPodAutoscaler", NS, "h")
    scene.after(330)
    scene.resize(1)
    scene.hpa()
    scene.value = 1.0
    assert scene.after(700) == 1


def test_stopped_it_looks_no_more() -> None:
    scene = Scene()
    scene.hpa().stop()
    scene.value = 5.0
    assert scene.after(600) == 1


def test_it_looks_at_its_own_interval() -> None:
    scene = Scene()
    scene.hpa().stop()
    HpaController(scene.timeline, scene.store, external=scene.external, interval_s=5.0)
    scene.value = 2.0
    assert scene.after(5) == 2
    assert scene.asked == ("wva_desired_replicas", {"variant_name": "v"})
    assert scene.timeline.now == START + 5
