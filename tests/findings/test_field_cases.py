"""Clusters that users reported are shown correctly over HTTP; skipped without the recorded data."""

import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.cli import run
from tests.cluster import Bare, served
from tests.core.metrics.test_field_pages import PAGES
from tests.findings.field_cases import NS, field_case
from tests.fixtures import shared
from tests.recording.test_scenarios import module
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.core.findings.over_time import found_over_time
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import session_rows, variant_rows
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.core.rules.quantities import quantity
from wvatui.core.state.state import State
from wvatui.recording import open_recording
from wvatui.sim import rfc3339
from wvatui.sim.cluster import START
from wvatui.sim.pods.exposition import CONTENT_TYPE
from wvatui.sources.objects.pod import CONTROLLER_LABELS


class Seen:
    """A case as seen by a session after 20 seconds."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.findings = findings(state)

    def titles(self, *rules: str) -> list[str]:
        return [f.title for f in self.findings if not rules or f.rule in rules]

    def one(self, rule: str) -> Finding:
        [found] = [each for each in self.findings if each.rule == rule]
        return found

    @property
    def pods(self) -> dict[str, ReplicaRow]:
        return {row.pod: row for row in replica_rows.replicas(self.state)}

    @property
    def variants(self) -> dict[str, VariantRow]:
        return {row.name: row for row in variant_rows.variants(self.state)}


Look = Callable[[str], Awaitable[Seen]]


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    async def look(name: str) -> Seen:
        async with field_case(tmp_path, name, monkeypatch) as here:
            return Seen((await here.watch(20.0, namespace=NS, interval=6.0)).state)

    return look


async def test_data_parallel_engines_are_judged_by_the_fullest_of_them(looked: Look) -> None:
    seen = await looked("data-parallel-one-page-and-ports")
    one, ports = seen.pods["d-5c9f-onepage"], seen.pods["d-5c9f-ports"]
    assert (one.state, one.running, one.engines) == ("ok", 16, 8)
    assert (ports.state, ports.running, ports.waiting, ports.kv_ratio) == ("saturated", 8, 40, 0.97)


async def test_pages_are_read_by_path_and_by_https_and_a_guarded_one_is_named(looked: Look) -> None:
    seen = await looked("metrics-path-https-auth")
    read = {name for name, row in seen.pods.items() if row.kv_ratio == 0.4}
    assert read == {"d-5c9f-path", "d-5c9f-https", "d-5c9f-ok"}
    assert seen.titles() == ["the metrics page of d-5c9f-auth wants credentials of its own"]


async def test_an_endpoint_picker_that_wants_a_token_is_no_missing_role(looked: Look) -> None:
    seen = await looked("epp-metrics-401")
    assert "metrics-endpoint-auth" in seen.one("guarded-page").advice
    assert seen.titles("missing-rights") == []


async def test_a_stateful_set_is_a_target_and_has_its_pods(looked: Look) -> None:
    seen = await looked("target-statefulset")
    row = seen.variants["h"]
    assert (row.target_kind, row.desired, row.spec, row.ready) == ("StatefulSet", 2, 2, 2)
    assert set(seen.pods) == {"sts-0", "sts-1"}


async def test_match_expressions_select_pods_and_quantities_are_read(looked: Look) -> None:
    seen = await looked("selector-matchexpressions")
    row = seen.variants["h"]
    assert (row.ready, row.serving, row.blocked) == (2, 2, "")
    [hpa] = seen.state.hpas.values()
    numbers = {metric.name: (metric.current, metric.target) for metric in hpa.metrics}
    assert numbers == {
        "cpu": (55, 80),
        "queue_depth": (2.5, 1.5),
        "vllm_waiting": (1200, 1000),
        "bytes": (2048, 1024),
    }
    assert seen.titles() == []


async def test_a_variant_and_an_hpa_of_one_target_are_one_variant(looked: Look) -> None:
    seen = await looked("va-and-hpa-named-differently")
    assert {name: row.target for name, row in seen.variants.items()} == {"m-kserve-va": 3}


async def test_each_mistake_in_annotations_is_named_and_its_pods_are_shown(looked: Look) -> None:
    seen = await looked("annotation-mistakes")
    assert sorted(seen.titles("declaration")) == [
        'HPA capital says llm-d.ai/managed: "True", and only "true" counts',
        'HPA noman reads wva_desired_replicas and lacks llm-d.ai/managed: "true"',
        "HPA nomodel lacks llm-d.ai/model-id: the controller does not know its model",
        "HPA wrongmodel names model meta/other, and its pods serve m1",
    ]
    assert len(seen.pods) == 5


async def test_pods_that_are_over_are_no_replicas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with field_case(tmp_path, "failed-pods-shown-as-starting", monkeypatch) as here:
        seen = Seen((await here.watch(20.0, namespace=NS, interval=60.0)).state)
    row = seen.variants["h"]
    assert (row.ready, row.spec, len(seen.pods)) == (200, 200, 200)


async def test_a_controller_where_nobody_may_look_is_not_called_absent(looked: Look) -> None:
    found = (await looked("controller-elsewhere-no-clusterrole")).one("controller-silent")
    assert found.severity == "warning"
    assert found.title == "the WVA controller was not found where you may look"


async def test_every_way_to_pause_keda_is_told(looked: Look) -> None:
    seen = await looked("keda-pause-variants")
    told = {f.about.rpartition("/")[2]: f for f in seen.findings if f.rule != "scaled-object-state"}
    assert {name: (f.rule, f.severity) for name, f in told.items()} == {
        "condonly": ("paused-scaled-object", "blocked"),
        "paused": ("paused-scaled-object", "blocked"),
        "pausedrep0": ("paused-scaled-object", "blocked"),
        "scaleout": ("paused-scaled-object", "blocked"),
        "scalein": ("paused-scaled-object", "warning"),
    }
    assert ": 4 replicas" in seen.one("scaled-object-state").title


async def test_pods_without_a_node_have_the_words_of_scheduler_and_autoscaler(looked: Look) -> None:
    found = (await looked("autoscaler-events-pending")).one("unschedulable")
    assert found.title == "2 replicas find no node: h cannot grow"
    words = " | ".join(fact.text for fact in found.evidence)
    assert "Unschedulable: 0/5 nodes are available: 5 Insufficient nvidia.com/gpu." in words
    assert "NotTriggerScaleUp: pod didn't trigger scale-up: 1 max node group size reached" in words
    assert "TriggeredScaleUp: pod triggered scale-up: [{gpu-pool 1->2 (max: 4)}]" in words


async def test_pages_of_every_engine_are_read_through_the_proxy(tmp_path: Path) -> None:
    bare = Bare()
    bare.deployment("m", replicas=len(PAGES))
    for number, (name, *_) in enumerate(PAGES):
        page = shared(f"field-cases/{name}.prom").read_bytes()
        bare.pod(f"m-{number}", app="m")
        answer = 200, CONTENT_TYPE, page
        bare.pages.listen(Bare.namespace, f"m-{number}", 8000, lambda _, it=answer: it)
    async with served(tmp_path, made=bare) as here:
        seen = await here.watch(10.0, namespace=Bare.namespace)
    looks = {look.pod: look for look in seen.of(ev.Scrape)}
    tokens = {engine.pod: engine.kv_tokens for engine in seen.of(ev.Engine)}
    told = [
        ((look.running, look.waiting, look.kv), look.judged, tokens[pod])
        for pod, look in sorted(looks.items())
    ]
    assert told == [tuple(wanted) for _, *wanted in PAGES]


async def test_a_controller_that_crashes_on_a_flag_is_told_as_that(tmp_path: Path) -> None:
    words = shared("field-cases/crashloop-flag/wva.log").read_text().splitlines()
    bare = Bare()
    bare.deployment("m")
    bare.pod("m-0", app="m")
    scales = {"kind": "Deployment", "name": "m"}
    made(bare, "VariantAutoscaling", "m", "llmd.ai/v1alpha1", {"scaleTargetRef": scales})
    ended = {"reason": "Error", "exitCode": 2, "finishedAt": "2026-09-01T07:59:50Z"}
    status = {
        "name": "manager",
        "ready": False,
        "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": ended},
    }
    bare.store.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "ctl", "namespace": Bare.namespace, "labels": CONTROLLER_LABELS},
            "spec": {"containers": [{"name": "manager"}], "nodeName": "n"},
            "status": {"phase": "Running", "containerStatuses": [status]},
        }
    )
    for line in words:
        bare.logbook.append(Bare.namespace, "ctl", "manager", line)
    async with served(tmp_path, made=bare) as here:
        seen = Seen((await here.watch(20.0, namespace=Bare.namespace)).state)
    found = seen.one("controller-silent")
    assert found.title == "the controller crashes: CrashLoopBackOff, Error, exit code 2"
    assert words[-1].strip() in found.evidence[1].text
    assert session_rows.totals(seen.state).drift == ""
    assert seen.titles("controller-not-leader") == []


def made(bare: Bare, kind: str, name: str, api: str, spec: dict[str, Any], **meta: Any) -> None:
    """An object in the cluster."""
    metadata = {"name": name, "namespace": Bare.namespace, **meta}
    bare.store.apply({"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec})


async def test_annotations_of_keda_pause_as_keda_reads_them(tmp_path: Path) -> None:
    bare = Bare()
    for name in ("a", "b", "c"):
        given = yaml.safe_load(shared(f"field-cases/object-02-keda-paused/{name}.yaml").read_text())
        bare.deployment(name)
        bare.pod(f"{name}-0", app=name)
        spec = {"scaleTargetRef": {"name": name}}
        made(bare, "ScaledObject", name, "keda.sh/v1alpha1", spec, **given["metadata"])
    async with served(tmp_path, made=bare) as here:
        seen = Seen((await here.watch(10.0, namespace=Bare.namespace)).state)
    assert seen.titles("paused-scaled-object") == [
        "ScaledObject a: scale-in paused, no replica is taken away"
    ]


async def test_a_missing_rate_without_a_gateway_is_no_mismatch_of_labels(tmp_path: Path) -> None:
    recording = open_recording(shared("field-cases/label-mismatch-no-epp/rec.jsonl.gz"))
    recorded = list(recording.events())
    begin, bare = recorded[0].at + 100.0, Bare()
    bare.deployment("m")
    pods = [event for event in recorded if isinstance(event, ev.Pod) and event.role == "model"]
    for pod in {pod.name for pod in pods}:
        bare.pod(pod, app="m", owner=("ReplicaSet", pod.rpartition("-")[0]))
    made(bare, "VariantAutoscaling", "m", "llmd.ai/v1alpha1", {"scaleTargetRef": {"name": "m"}})
    bare.pod("ctl", image="wva", **CONTROLLER_LABELS)
    runs = {"name": "server", "ready": True, "state": {"running": {}}}
    status = {"containerStatuses": [runs]}
    bare.store.patch("Pod", Bare.namespace, "ctl", lambda pod: pod["status"].update(status))
    for event in recorded:
        late_s = event.at - begin
        if isinstance(event, ev.Log) and event.stream == "controller" and 0.0 <= late_s < 120.0:
            stamp = rfc3339.seconds(START + late_s)
            line = re.sub(r"2026-11-29T[\d:.]+Z", stamp, event.line.partition(" ")[2])
            append = partial(bare.logbook.append, Bare.namespace, "ctl", "server", line)
            bare.timeline.call_at(START + late_s, append)
    async with served(tmp_path, made=bare) as here:
        watched = await here.watch(125.0, namespace=Bare.namespace, interval=30.0)
    assert sum("pod/pod_name label mismatch" in line for line in watched.lines("ctl")) > 20
    found, state = found_over_time(watched.events)
    assert len(state.cycles) > 3
    assert [each.finding.title for each in found if each.finding.rule == "label-mismatch"] == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_laptop_ahead_of_the_cluster_is_told_its_skew_and_no_blocker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    kubeconfig = tmp_path / "kubeconfig"
    path = shared("field-cases/laptop-clock-5min-ahead/scenario.py")
    _, server = module(shared("field-cases/_server/fake.py")).serve(path, str(kubeconfig))

    def behind(handler: object, timestamp: float | None = None) -> str:
        return formatdate(time.time() - 300, usegmt=True)

    monkeypatch.setattr(server.RequestHandlerClass, "date_time_string", behind)
    try:
        words = ("check", NS, "--kubeconfig", str(kubeconfig), "--look", "2s", "-o", "json")
        told = json.loads(run(*words).out)
    finally:
        server.shutdown()
        server.server_close()
    assert [(f["rule"], f["severity"]) for f in told["findings"]] == [("clock-skew", "warning")]
    # Half of the time that the answer took is not counted: on a loaded machine it is some seconds.
    skew = re.search(r"clock skew: this machine is (\d+) s ahead", told["findings"][0]["title"])
    assert skew is not None
    assert 240 <= int(skew[1]) <= 300


async def test_quantities_in_ki_are_read(tmp_path: Path) -> None:
    words = shared("field-cases/object-01-quantity-Ki/q.txt").read_text().split()
    bare = Bare()
    bare.deployment("m")
    bare.pod("m-0", app="m")
    asked = [
        {
            "type": "External",
            "external": {
                "metric": {"name": word.lower()},
                "target": {"type": "AverageValue", "averageValue": word},
            },
        }
        for word in words
    ]
    scales = {"scaleTargetRef": {"kind": "Deployment", "name": "m"}, "metrics": asked}
    made(bare, "HorizontalPodAutoscaler", "h", "autoscaling/v2", scales)
    async with served(tmp_path, made=bare) as here:
        [hpa] = (await here.watch(5.0, namespace=Bare.namespace)).state.hpas.values()
    assert [metric.target for metric in hpa.metrics] == [1024, 512000, 2105540608]
    assert list(map(quantity, words)) == [1024, 512000, 2105540608]
