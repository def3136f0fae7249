"""`wvatui explain MANIFEST.yaml`: what an autoscaler would do, before it is applied."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.cli import Done, run
from tests.core.decisions.watched import asked, behavior, metric
from tests.fixtures import shared


def hpa(folder: Path, **more: Any) -> str:
    brakes = behavior(up=("Percent", 100, 15))
    spec = asked(metric(), metric("running", "16"), high=8, behavior=brakes) | more
    return saved(folder, "HorizontalPodAutoscaler", spec)


def saved(folder: Path, kind: str, spec: dict[str, Any], **metadata: Any) -> str:
    file = folder / "scaler.yaml"
    obj = {"kind": kind, "metadata": {"name": "s"} | metadata, "spec": spec}
    file.write_text(yaml.safe_dump(obj))
    return str(file)


def scaled_object(folder: Path, *names: str, kind: str = "prometheus", **spec: Any) -> str:
    triggers = [
        {"type": kind, "name": name, "metadata": {"query": "q", "threshold": "2"}} for name in names
    ]
    target = {"scaleTargetRef": {"name": "d"}, "triggers": triggers}
    return saved(folder, "ScaledObject", target | spec)


def explained(file: str, metrics: str, *more: str, replicas: int = 3) -> Done:
    return run("explain", file, "--metrics", metrics, "--replicas", str(replicas), *more)


def data(file: str, metrics: str, *more: str, replicas: int = 3) -> Any:
    done = explained(file, metrics, "-o", "json", *more, replicas=replicas)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)[0]


def test_an_hpa_is_told_in_a_sentence_and_as_arithmetic(tmp_path: Path) -> None:
    done = explained(hpa(tmp_path), "queue=2,running=74")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "HorizontalPodAutoscaler s: 3→5: running wants 5 at 24.67 a replica, target 16"
        " (queue wants 2)",
        "    queue: 0.667 a replica, target 1, wants 2",
        "    running: 24.667 a replica, target 16, wants 5",
        "    max of metrics: 5",
        "    after stabilization windows: 5",
        "    after policies, minReplicas 1 and maxReplicas 8: 5",
    ]


def test_metrics_may_be_given_one_by_one(tmp_path: Path) -> None:
    file = hpa(tmp_path)
    one_by_one = explained(file, "queue=2", "--metrics", "running=74")
    assert one_by_one == explained(file, "queue=2,running=74")


def test_what_cuts_is_named(tmp_path: Path) -> None:
    file = hpa(tmp_path)
    fast = data(file, "queue=50,running=0")
    assert fast["sentence"] == (
        "3→6: queue wants 50 at 16.67 a replica, target 1 (running wants 0); scale-up policy allows"
        " +100 % in 15 s, next from 15 s"
    )
    assert data(file, "queue=50,running=0", replicas=7)["sentence"].endswith(
        "at the maximum of 8 (maxReplicas)"
    )
    assert data(file, "queue=0,running=0")["sentence"].endswith("at the minimum of 1 (minReplicas)")
    assert data(file, "queue=0,running=0")["limit"] == {
        "what": "TooFewReplicas",
        "replicas": 1,
        "until": None,
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("benchmarks:\n- run_id: x\n", "a report of a load tool"),
        ("kind: Job\nmetadata: {name: x}\n", "wvatui load"),
        ("name: x\nworkloads: []\n", "wvatui run"),
        ("kind: [x]\n", "neither a HorizontalPodAutoscaler nor a ScaledObject in it"),
    ],
)
def test_a_file_that_another_verb_reads_is_told_with_that_verb(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(text)
    done = run("explain", str(file))
    assert (done.code, told in done.err, "--replicas" in done.err) == (2, True, False), done.err


def test_what_else_stands_in_the_file_of_an_hpa_does_not_make_it_a_report(tmp_path: Path) -> None:
    file = Path(hpa(tmp_path))
    file.write_text(f"{file.read_text()}---\nkind: ConfigMap\nbenchmarks: {{}}\n")
    assert data(str(file), "queue=2,running=74")["desired"] == 5


def test_a_metric_that_cannot_be_read_is_given_without_a_number(tmp_path: Path) -> None:
    held = data(hpa(tmp_path), "queue=1,running=")
    assert held["desired"] == 3
    assert held["sentence"].startswith(
        "stays at 3: no scale-down while running cannot be read (queue wants 1): "
    )
    grown = data(hpa(tmp_path), "queue=5,running=")
    assert (
        grown["sentence"]
        == "3→5: queue wants 5 at 1.667 a replica, target 1 (running cannot be read)"
    )


def test_outside_its_limits_no_metric_is_asked(tmp_path: Path) -> None:
    file = hpa(tmp_path)
    high = data(file, "queue=1,running=1", replicas=9)
    assert high["sentence"] == "9→8: above the maximum of 8, no metric is asked"
    asleep = data(file, "queue=1,running=1", replicas=0)
    assert asleep["sentence"] == "stays at 0: the target is at 0, and the HPA leaves it there"


def test_ready_pods_count_for_a_whole_target_and_for_metrics_of_pods(tmp_path: Path) -> None:
    whole = hpa(tmp_path, metrics=[metric(target="10", kind="Value")])
    assert data(whole, "queue=20", "--ready", "2")["wanted"] == 4
    target = {"type": "Utilization", "averageUtilization": 50}
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    busy = hpa(tmp_path, metrics=[cpu])
    assert data(busy, "cpu=90")["wanted"] == 6
    assert data(busy, "cpu=90", "--ready", "2")["wanted"] == 4


def test_a_scaled_object_is_told_with_keda_s_part(tmp_path: Path) -> None:
    done = explained(scaled_object(tmp_path, "queue"), "queue=9")
    assert done.out.splitlines()[0] == "ScaledObject s: 3→5: queue wants 5 at 3 a replica, target 2"
    assert done.out.splitlines()[-1] == "    KEDA: active by queue"
    asleep = data(scaled_object(tmp_path, "queue"), "queue=9", replicas=0)
    assert asleep["keda"] == {"active": True, "scale_to": 1, "why": "woken"}
    idle = data(scaled_object(tmp_path, "queue"), "queue=0", replicas=2)
    assert idle["keda"] == {"active": False, "scale_to": 0, "why": "idle"}


def test_a_trigger_without_a_name_is_called_by_what_it_reads(tmp_path: Path) -> None:
    query = 'sum(vllm:num_requests_waiting{namespace="ns"})'
    metadata = {"query": query, "threshold": "2", "serverAddress": "http://prometheus"}
    spec = {"triggers": [{"type": "prometheus", "metadata": metadata}]}
    file = saved(tmp_path, "ScaledObject", spec)
    told = data(file, "num_requests_waiting=9")
    assert told["sentence"] == "3→5: num_requests_waiting wants 5 at 3 a replica, target 2"
    assert (told["inputs"][0]["metric"], data(file, "s0-prometheus=9")) == ("s0-prometheus", told)


def test_a_formula_is_told_with_its_value(tmp_path: Path) -> None:
    modifiers = {"formula": "max(a, b) / 2", "target": "1"}
    file = scaled_object(tmp_path, "a", "b", advanced={"scalingModifiers": modifiers})
    done = explained(file, "a=3,b=8")
    assert "    the formula comes to 4: max(a, b) / 2" in done.out.splitlines()
    broken = {"formula": "a % b", "target": "1"}
    file = scaled_object(tmp_path, "a", "b", advanced={"scalingModifiers": broken})
    assert "is refused: invalid operation: %" in explained(file, "a=3,b=8").err


def test_a_fallback_that_holds_at_once_is_what_the_hpa_is_served(tmp_path: Path) -> None:
    back = {"replicas": 6, "failureThreshold": 0}
    held = data(scaled_object(tmp_path, "a", "b", fallback=back), "a=9,b=")
    assert [each["replicas"] for each in held["inputs"]] == [5, 6]
    assert held["wanted"] == 6
    later = data(
        scaled_object(tmp_path, "a", "b", fallback=back | {"failureThreshold": 1}), "a=9,b="
    )
    assert later["sentence"] == "3→5: a wants 5 at 3 a replica, target 2 (b cannot be read)"


def test_an_activation_that_is_no_number_is_not_0(tmp_path: Path) -> None:
    metadata = {"query": "q", "threshold": "2", "activationThreshold": "many"}
    spec = {"triggers": [{"type": "prometheus", "metadata": metadata}]}
    done = explained(saved(tmp_path, "ScaledObject", spec), "s0-prometheus=1")
    assert (done.code, done.out) == (2, "")
    assert "trigger 0: the activation 'many' is no number" in done.err


def test_a_scaled_object_without_triggers_is_one_line(tmp_path: Path) -> None:
    done = explained(scaled_object(tmp_path), "")
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize(
    ("formula", "behavior"), [("a + b", "static"), ("a ?? b", "scalingModifiers")]
)
def test_a_fallback_is_not_shown_as_the_value_of_the_formula(
    tmp_path: Path, formula: str, behavior: str
) -> None:
    modifiers = {"formula": formula, "target": "2"}
    back = {"replicas": 3, "failureThreshold": 0, "behavior": behavior}
    advanced = {"scalingModifiers": modifiers}
    file = scaled_object(tmp_path, "a", "b", advanced=advanced, fallback=back)
    told = explained(file, "a=,b=").out
    assert f"    the fallback stands in for the formula with 6: {formula}" in told.splitlines()
    assert "comes to" not in told


def test_cpu_triggers_are_the_hpa_s_own(tmp_path: Path) -> None:
    trigger = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "50"}}
    spec = {"scaleTargetRef": {"name": "d"}, "triggers": [trigger], "minReplicaCount": 1}
    assert data(saved(tmp_path, "ScaledObject", spec), "cpu=90")["wanted"] == 6


@pytest.mark.parametrize(
    ("metrics", "words", "code"),
    [
        ("queue=1", "no value for running", 2),
        ("queue=1,running=1,load=1", "load is no metric of it: it has queue, running", 2),
        ("queue=many,running=1", "--metrics: 'queue=many' is not NAME=NUMBER", 2),
        ("queue", "--metrics: 'queue' is not NAME=NUMBER", 2),
    ],
)
def test_a_value_that_is_missing_or_unknown_is_one_line(
    tmp_path: Path, metrics: str, words: str, code: int
) -> None:
    done = explained(hpa(tmp_path), metrics)
    assert (done.code, done.out) == (code, "")
    assert words in done.err.splitlines()[0]


def test_what_is_no_autoscaler_is_one_line(tmp_path: Path) -> None:
    done = explained(saved(tmp_path, "Deployment", {}), "")
    assert done.out == ""
    assert "neither a HorizontalPodAutoscaler nor a ScaledObject" in done.err
    broken = saved(tmp_path, "HorizontalPodAutoscaler", {"maxReplicas": 9, "metrics": 3})
    assert "not as the API has it" in explained(broken, "cpu=1").err
    bare = run("explain", hpa(tmp_path))
    assert (bare.code, "--replicas says how many" in bare.err) == (2, True)
    many = explained(hpa(tmp_path), "queue=1,running=1", "--ready", "4")
    assert "--ready 4 is more than --replicas 3" in many.err
    recording = run("explain", str(tmp_path / "a.jsonl"), "--replicas", "3")
    assert "are for a manifest (.yaml, .json)" in recording.err


def test_every_scaled_object_of_llm_d_is_explained() -> None:
    folder = shared("hpa-keda/scaledobjects")
    for file in sorted(folder.glob("*.yaml")):
        obj = yaml.safe_load(file.read_text())
        names = [trigger["name"] for trigger in obj["spec"]["triggers"] if "name" in trigger]
        unnamed = len(obj["spec"]["triggers"]) - len(names)
        names += [f"s{place}-prometheus" for place in range(unnamed)]
        done = explained(str(file), ",".join(f"{name}=3" for name in names))
        assert (done.code, done.err) == (0, ""), file.name
        assert "refused" not in done.out, file.name
