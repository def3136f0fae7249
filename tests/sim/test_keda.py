"""KEDA acts on ScaledObjects of the store as its operator does."""

from typing import Any

from tests.sim.scaling import NS, Scene, prometheus

HPA = "keda-hpa-s"


def made(scene: Scene) -> dict[str, Any] | None:
    return scene.store.get("HorizontalPodAutoscaler", NS, HPA)


def condition(scene: Scene, type_: str) -> tuple[str, str]:
    found = scene.condition(type_, "ScaledObject", "s")
    return found["status"], found.get("reason", "")


def test_it_wakes_from_zero_lets_its_hpa_scale_and_goes_to_rest() -> None:
    scene = Scene(replicas=0)
    scene.keda()
    scene.value = 0.0
    assert scene.after(30) == 0
    assert condition(scene, "Active") == ("False", "ScalerNotActive")
    scene.value = 3.0
    assert scene.after(40) == 1
    assert condition(scene, "Active") == ("True", "ScalerActive")
    assert scene.after(70) == 3
    scene.value = 0.0
    # Last active at 70 s, it is scaled to zero one poll after the cooldown of 60 s.
    assert scene.after(130) == 3
    assert scene.after(140) == 0
    assert scene.status("ScaledObject", "s")["lastActiveTime"] == "2026-09-01T08:01:10Z"
    assert scene.events("KEDAScaleTargetActivated")[0][1] == (
        "Scaled apps/v1.Deployment ns/d from 0 to 1, triggered by s0-prometheus"
    )
    assert scene.events("KEDAScaleTargetDeactivated")[0][1] == (
        "Deactivated apps/v1.Deployment ns/d from 3 to 0"
    )


def test_it_makes_the_hpa_that_scales_between_one_and_many() -> None:
    scene = Scene()
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 30}}
    scene.keda(advanced={"horizontalPodAutoscalerConfig": {"behavior": behavior}})
    scene.after(1)
    hpa = made(scene)
    assert hpa is not None
    assert hpa["metadata"]["ownerReferences"][0]["kind"] == "ScaledObject"
    assert hpa["metadata"]["labels"]["scaledobject.keda.sh/name"] == "s"
    assert hpa["spec"] == {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
        "minReplicas": 1,
        "maxReplicas": 5,
        "metrics": [
            {
                "type": "External",
                "external": {
                    "metric": {
                        "name": "s0-prometheus",
                        "selector": {"matchLabels": {"scaledobject.keda.sh/name": "s"}},
                    },
                    "target": {"type": "AverageValue", "averageValue": "1"},
                },
            }
        ],
        "behavior": behavior,
    }
    status = scene.status("ScaledObject", "s")
    assert status["hpaName"] == HPA
    assert status["externalMetricNames"] == ["s0-prometheus"]
    assert status["scaleTargetKind"] == "apps/v1.Deployment"
    assert status["originalReplicaCount"] == 1
    assert status["triggersTypes"] == "prometheus"
    assert [c["type"] for c in status["conditions"]] == ["Ready", "Active", "Fallback", "Paused"]
    assert condition(scene, "Paused") == ("Unknown", "")
    assert [reason for reason, _ in scene.events()] == [
        "KEDAScalersStarted",
        "KEDAScalersStarted",
        "ScaledObjectReady",
    ]


def test_the_hpa_may_have_a_name_of_its_own() -> None:
    scene = Scene()
    scene.keda(advanced={"horizontalPodAutoscalerConfig": {"name": "mine"}})
    scene.after(1)
    assert made(scene) is None
    assert scene.store.get("HorizontalPodAutoscaler", NS, "mine") is not None
    assert scene.status("ScaledObject", "s")["hpaName"] == "mine"


def test_a_changed_object_changes_its_hpa_and_a_deleted_one_takes_it_along() -> None:
    scene = Scene()
    scene.keda()
    scene.after(5)
    scene.store.patch("ScaledObject", NS, "s", lambda o: o["spec"].update(maxReplicaCount=9))
    scene.after(6)
    hpa = made(scene)
    assert hpa is not None
    assert hpa["spec"]["maxReplicas"] == 9
    scene.store.delete("ScaledObject", NS, "s")
    scene.after(7)
    assert made(scene) is None


def test_the_query_of_a_trigger_says_which_metric_and_which_labels() -> None:
    scene = Scene()
    scene.keda()
    scene.after(1)
    assert scene.asked == ("wva_desired_replicas", {"variant_name": "v", "namespace": "ns"})


def test_a_trigger_counts_as_active_only_above_its_activation_threshold() -> None:
    scene = Scene(replicas=0)
    scene.keda(triggers=[prometheus(activationThreshold="2")])
    scene.value = 2.0
    assert scene.after(30) == 0
    scene.value = 2.5
    assert scene.after(40) == 1


def test_it_polls_at_the_interval_of_the_object() -> None:
    scene = Scene(replicas=0)
    scene.keda(pollingInterval=7)
    scene.value = 0.0
    scene.after(1)
    scene.value = 1.0
    assert scene.after(6) == 0
    assert scene.after(7) == 1


def test_a_paused_object_holds_its_replicas_and_has_no_hpa() -> None:
    scene = Scene(replicas=1)
    scene.keda()
    scene.value = 5.0
    scene.after(5)
    scene.annotate(paused_replicas="2")
    assert scene.after(120) == 2
    assert made(scene) is None
    assert condition(scene, "Paused") == ("True", "ScaledObjectPaused")
    assert scene.status("ScaledObject", "s")["pausedReplicaCount"] == 2
    scene.resize(4)
    assert scene.after(135) == 2
    scene.annotate()
    assert scene.after(180) == 5
    assert condition(scene, "Paused") == ("False", "ScaledObjectUnpaused")
    assert "pausedReplicaCount" not in scene.status("ScaledObject", "s")


def test_paused_without_a_number_everything_stays_as_it_is() -> None:
    scene = Scene(replicas=3)
    scene.keda(annotations={"autoscaling.keda.sh/paused": "true"})
    scene.value = 0.0
    assert scene.after(600) == 3
    assert made(scene) is None


def test_an_empty_prometheus_result_is_zero_unless_the_trigger_says_otherwise() -> None:
    scene = Scene(replicas=2)
    scene.keda()
    scene.value = None
    assert scene.after(30) == 0  # never active: no cooldown to wait for
    strict = Scene(replicas=2)
    strict.keda(minReplicaCount=1, triggers=[prometheus(ignoreNullValues="false")])
    strict.value = None
    assert strict.after(30) == 2
    assert condition(strict, "Ready") == ("False", "TriggerError")
    status = strict.status("ScaledObject", "s")
    assert status["health"] == {}, "failures are counted for a fallback alone"
    assert "KEDAScalerFailed" in dict(strict.events())


def test_it_falls_back_when_its_trigger_fails_more_often_than_allowed() -> None:
    scene = Scene(replicas=1)
    scene.keda(
        minReplicaCount=1,
        fallback={"replicas": 4, "failureThreshold": 2},
        triggers=[prometheus(ignoreNullValues="false")],
    )
    scene.value = None
    assert scene.after(14) == 1  # two failures, at 0 s and 10 s
    assert condition(scene, "Fallback") == ("False", "NoFallbackFound")
    assert scene.after(15) == 4  # the HPA's own read is the third
    scene.after(20)
    health = scene.status("ScaledObject", "s")["health"]["s0-prometheus"]
    assert (health["numberOfFailures"], health["status"]) == (4, "Failing")
    assert condition(scene, "Fallback") == ("True", "FallbackExists")
    assert scene.after(120) == 4  # and the HPA is served four times the threshold
    scene.value = 1.0
    scene.after(130)
    assert condition(scene, "Fallback") == ("False", "NoFallbackFound")
    assert condition(scene, "Ready") == ("True", "ScaledObjectReady")


def test_it_rests_at_its_idle_count() -> None:
    scene = Scene(replicas=3)
    scene.keda(minReplicaCount=2, idleReplicaCount=1)
    scene.value = 3.0
    scene.after(10)
    scene.value = 0.0
    assert scene.after(90) == 1
    scene.value = 1.0
    assert scene.after(100) == 2


def test_a_missing_target_is_said_and_nothing_is_made() -> None:
    scene = Scene()
    scene.keda(scaleTargetRef={"name": "elsewhere"})
    scene.after(60)
    assert condition(scene, "Ready") == ("False", "ScaledObjectCheckFailed")
    assert condition(scene, "Active") == ("Unknown", "UnknownState")
    assert made(scene) is None
    assert dict(scene.events())["ScaledObjectCheckFailed"]


def test_stopped_it_polls_no_more() -> None:
    scene = Scene(replicas=0)
    keda, _ = scene.keda()
    scene.value = 0.0
    scene.after(5)
    keda.stop()
    scene.value = 3.0
    assert scene.after(600) == 0


def test_a_formula_is_served_in_place_of_its_triggers() -> None:
    scene = Scene()
    triggers = [prometheus() | {"name": "a"}, prometheus() | {"name": "b"}]
    modifiers = {"formula": "a + b", "target": "2"}
    scene.keda(triggers=triggers, advanced={"scalingModifiers": modifiers})
    scene.value = 4.0
    scene.after(1)
    hpa = made(scene)
    assert hpa is not None
    assert [item["external"]["metric"]["name"] for item in hpa["spec"]["metrics"]] == [
        "composite-metric"
    ]
    assert scene.after(15) == 4
