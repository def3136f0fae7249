"""Clusters that people reported have the right values over HTTP; skipped where they are absent."""

import json
import sys
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.findings.field_cases import NS, field_case
from tests.fixtures import shared
from tests.recording.test_scenarios import module
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.core.queries.pods import replica_rows
from wvatui.core.queries.session import variant_rows
from wvatui.core.rows.views import ReplicaRow, VariantRow
from wvatui.core.rules.quantities import quantity
from wvatui.core.state.state import State


class Seen:
    """What a session saw of a case after 20 seconds."""

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
            return Seen((await here.watch(20.0, namespace=NS)).state)

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


async def test_pods_that_are_over_are_no_replicas(looked: Look) -> None:
    seen = await looked("failed-pods-shown-as-starting")
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
    assert "fallback of 4 replicas" in seen.one("scaled-object-state").title


async def test_pods_without_a_node_have_the_words_of_scheduler_and_autoscaler(looked: Look) -> None:
    found = (await looked("autoscaler-events-pending")).one("unschedulable")
    assert found.title == "2 replicas find no node: h cannot grow"
    words = " | ".join(fact.text for fact in found.evidence)
    assert "Unschedulable: 0/5 nodes are available: 5 Insufficient nvidia.com/gpu." in words
    assert "NotTriggerScaleUp: pod didn't trigger scale-up: 1 max node group size reached" in words
    assert "TriggeredScaleUp: pod triggered scale-up: [{gpu-pool 1->2 (max: 4)}]" in words


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
        words = ("check", NS, "--kubeconfig", str(kubeconfig), "--look", "5s", "-o", "json")
        told = json.loads(run(*words).out)
    finally:
        server.shutdown()
        server.server_close()
    assert [(f["rule"], f["severity"]) for f in told["findings"]] == [("clock-skew", "warning")]
    assert "clock skew: this machine is 300 s ahead of the cluster" in told["findings"][0]["title"]


def test_quantities_in_ki_are_read() -> None:
    words = shared("field-cases/object-01-quantity-Ki/q.txt").read_text().split()
    assert list(map(quantity, words)) == [1024, 512000, 2105540608]
