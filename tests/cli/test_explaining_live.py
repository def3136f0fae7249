"""`wvatui explain -n NAMESPACE`: one look at a live cluster, over HTTP."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import Done, run
from tests.cluster import Bare, served
from tests.core.decisions.observed import events_of
from tests.core.decisions.watched import Watched, asked, behavior, metric
from tests.test_role import USER, granted, roles
from tests.waiting import until
from wvatui.cli import explain_live
from wvatui.cli.explain_live import LiveRequest, explained
from wvatui.core import events as ev
from wvatui.core.rules.hpa.hpa import HpaContext, ScaleTarget, recommend
from wvatui.core.rules.hpa.hpa_conditions import merged
from wvatui.core.rules.hpa.hpa_memory import HpaMemory
from wvatui.core.rules.hpa.hpa_metrics import MetricAnswer, status_of
from wvatui.core.rules.hpa.hpa_pods import HpaPod, PodSample
from wvatui.core.rules.hpa.hpa_policy import PastChange
from wvatui.core.rules.hpa.hpa_spec import defaulted_spec, hpa_spec
from wvatui.core.rules.keda.keda_made import NAME_LABEL, made_spec
from wvatui.errors import DeniedError, UsageError
from wvatui.kube.auth import CredentialChild
from wvatui.sim.api.context import AccessRules
from wvatui.sim.cluster import START
from wvatui.sim.pods.exposition import CONTENT_TYPE
from wvatui.sources.autoscaler_look import AutoscalerSnapshot, target_ref

NS = Bare.namespace
ROLE = Path(__file__).resolve().parents[2] / "deploy" / "role-explain.yaml"
NOW = START + 60
RUNNING = "sum(llm_d_epp_request_running)"
GONE = "unable to fetch metrics from external metrics API: the server is down"


def hpa(
    name: str,
    spec: dict[str, Any],
    *answers: MetricAnswer,
    replicas: int = 3,
    remembers: HpaMemory | None = None,
    requests: int = 1000,
) -> dict[str, Any]:
    """An HPA whose controller has just looked at `replicas` ready pods with these `answers`."""
    written = defaulted_spec(spec | {"scaleTargetRef": reference(name)})
    pods = [
        HpaPod(f"p{n}", requests=(("c", {"cpu": requests, "memory": requests}),))
        for n in range(replicas)
    ]
    result = recommend(
        hpa_spec(written),
        list(answers),
        ScaleTarget(replicas, replicas, pods),
        remembers or HpaMemory(seen=True),
        HpaContext(NOW, NS),
    )
    conditions = merged((), result.conditions)
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": NS},
        "spec": written,
        "status": {
            "currentReplicas": replicas,
            "desiredReplicas": result.desired,
            "conditions": [
                {"type": c.type, "status": c.status, "reason": c.reason, "message": c.message}
                for c in conditions
            ],
            "currentMetrics": [status_of(each) or {"type": ""} for each in result.proposals],
        },
    }


def reference(name: str) -> dict[str, str]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}


def cluster(*objects: Mapping[str, Any], replicas: int = 3) -> Bare:
    bare = Bare()
    for each in objects:
        bare.store.apply(dict(each))
        bare.deployment(each["spec"]["scaleTargetRef"]["name"], replicas)
    return bare


def child_of(kubeconfig: Path) -> CredentialChild:
    return CredentialChild(str(kubeconfig), None)


def milli(*values: int) -> MetricAnswer:
    return MetricAnswer(values)


def each_pod(value: int, replicas: int = 3) -> MetricAnswer:
    return MetricAnswer(pods={f"p{n}": PodSample(value) for n in range(replicas)})


def of_pods(kind: str, inside: dict[str, Any], **target: Any) -> dict[str, Any]:
    place = kind[:1].lower() + kind[1:]
    return {"type": kind, place: inside | {"target": target}}


async def told(
    folder: Path, bare: Bare, capsys: pytest.CaptureFixture[str], access: Any = None, **more: Any
) -> Done:
    """The result of `explain` on the cluster `bare`."""
    async with served(folder, made=bare, access=access, real_time=True) as here:
        request = LiveRequest(kubeconfig=str(here.kubeconfig), **({"namespace": NS} | more))
        await explained(request, child_of(here.kubeconfig))
    out, err = capsys.readouterr()
    return Done(0, out, err)


async def data(folder: Path, bare: Bare, capsys: pytest.CaptureFixture[str], **more: Any) -> Any:
    done = await told(folder, bare, capsys, output="json", **more)
    return json.loads(done.out)


PERCENT = {"type": "Utilization", "averageUtilization": 50}
KINDS = {
    "cpu": (of_pods("Resource", {"name": "cpu"}, **PERCENT), each_pod(900), 6),
    "memory": (
        of_pods("Resource", {"name": "memory"}, type="AverageValue", averageValue="500m"),
        each_pod(900),
        6,
    ),
    "sidecar": (
        of_pods("ContainerResource", {"name": "cpu", "container": "c"}, **PERCENT),
        each_pod(900),
        6,
    ),
    "pods": (
        of_pods("Pods", {"metric": {"name": "busy"}}, type="AverageValue", averageValue="2"),
        each_pod(4000),
        6,
    ),
    "object": (
        of_pods(
            "Object",
            {"metric": {"name": "hits"}, "describedObject": {"kind": "Ingress", "name": "i"}},
            type="Value",
            value="10",
        ),
        milli(20_000),
        6,
    ),
    "external": (metric("queue", "2"), milli(12_000), 6),
}


async def test_every_kind_of_metric_is_explained_models_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = [hpa(name, asked(row), answer) for name, (row, answer, _) in KINDS.items()]
    answer = await data(tmp_path, cluster(*objects), capsys)
    assert {row["name"] for row in answer["autoscalers"]} == set(KINDS)
    for row in answer["autoscalers"]:
        wanted = KINDS[row["name"]][2]
        about = row["explained"]
        assert (row["trouble"], about["differences"]) == ("", []), row
        assert (about["current"], about["wanted"], about["desired"]) == (3, wanted, wanted), row
        assert about["sentence"].startswith("3→6: ")


async def test_it_is_told_in_a_sentence_and_as_arithmetic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    brakes = behavior(down_s=300)
    held = HpaMemory((PastChange(NOW - 100, 3),), seen=True)
    made = hpa("held", asked(behavior=brakes), milli(1000), remembers=held)
    done = await told(tmp_path, cluster(made), capsys)
    lines = done.out.splitlines()
    assert lines[0].startswith(f"namespace {NS}, ")
    assert lines[1] == f"HPA {NS}/held, Deployment held"
    assert lines[2].startswith(
        "  stays at 3: queue wants 1 at 0.334 a replica, target 1; stabilization window: a higher"
        " recommendation of the last 300 s holds it, until "
    )
    assert lines[2].endswith("Z at the latest")
    assert lines[3].startswith("    queue: 0.334 a replica")


async def test_what_is_not_seen_of_a_window_is_not_made_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A window held 6, and a policy cut that to 3, so nothing shows the 6."""
    brakes = behavior(down=("Pods", 1, 60))
    held = HpaMemory((PastChange(NOW - 100, 6),), downs=(PastChange(NOW - 20, 1),), seen=True)
    made = hpa("cut", asked(behavior=brakes, high=4), milli(1000), remembers=held)
    about = (await data(tmp_path, cluster(made), capsys))["autoscalers"][0]["explained"]
    assert (about["wanted"], about["desired"], about["differences"]) == (1, 3, [])
    assert about["from_status"] is True
    assert about["stable"] in (3, None)
    assert "a higher recommendation of the last 300 s holds it" in about["sentence"]


async def test_a_lie_in_the_status_is_a_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = hpa("h", asked(metric("queue", "2")), milli(12_000))
    made["status"]["desiredReplicas"] = 9
    about = (await data(tmp_path, cluster(made), capsys))["autoscalers"][0]["explained"]
    assert about["differences"] == ["size: recomputed 6, seen 9"]


async def test_what_cannot_be_explained_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, lost = hpa("new", asked(), milli(0)), hpa("lost", asked(), milli(0))
    del new["status"]
    bare = cluster(new)
    bare.store.apply(lost)
    rows = {row["name"]: row for row in (await data(tmp_path, bare, capsys))["autoscalers"]}
    assert rows["new"]["trouble"] == "its controller has not looked at it yet: it has no status"
    assert rows["lost"]["trouble"] == "its target Deployment lost is not there"
    assert rows["new"]["explained"] is None


async def test_a_metric_that_cannot_be_read_is_told_with_its_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = hpa("h", asked(), MetricAnswer(error=GONE))
    row = (await data(tmp_path, cluster(made), capsys))["autoscalers"][0]
    assert row["explained"]["differences"] == []
    assert GONE in row["explained"]["sentence"]
    assert row["explained"]["sentence"].count("unable to get") == 0


async def test_a_scale_that_somebody_else_wrote_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = cluster(hpa("h", asked(metric("queue", "2")), milli(6000)), replicas=5)
    row = (await data(tmp_path, bare, capsys))["autoscalers"][0]
    assert row["notes"] == ["the target is at 5 now: somebody else has set it since the last look"]


async def test_the_role_for_it_is_enough_and_what_else_would_tell_more_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    access = AccessRules(anonymous=USER)
    for role in roles(ROLE):
        access.grant(USER, role["metadata"]["namespace"], role["rules"])
    objects = [hpa(name, asked(row), answer) for name, (row, answer, _) in KINDS.items()]
    done = await told(tmp_path, cluster(*objects), capsys, access)
    assert done.out.count("3→6: ") == len(KINDS)
    assert [line.split(": ")[1] for line in done.err.splitlines()] == [
        "no right to list scaledobjects.keda.sh",
        "no right to list events",
        "no right to list pods",
    ]
    used = {(a.namespace, a.verb, a.group, a.resource) for _, a in access.asked}
    beyond = {("list", "scaledobjects"), ("list", "events"), ("list", "pods")}
    assert {(verb, resource) for _, verb, _, resource in used - granted(ROLE)} <= beyond
    assert (NS, "list", "autoscaling", "horizontalpodautoscalers") in used


async def test_without_the_right_to_hpas_the_role_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    access = AccessRules()
    access.deny("list", "horizontalpodautoscalers.autoscaling")
    with pytest.raises(DeniedError) as caught:
        await told(tmp_path, cluster(), capsys, access)
    assert "horizontalpodautoscalers" in caught.value.message
    assert "role-explain.yaml" in caught.value.hint
    assert caught.value.exit_code == 3


async def test_one_is_chosen_by_its_name_and_another_namespace_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = hpa("b", asked(), milli(0))
    other["metadata"]["namespace"] = "elsewhere"
    bare = cluster(hpa("a", asked(), milli(0)), hpa("c", asked(), milli(0)))
    bare.store.apply(other)
    names = [r["name"] for r in (await data(tmp_path, bare, capsys, name="a"))["autoscalers"]]
    assert names == ["a"]
    everywhere = await data(tmp_path, bare, capsys, everywhere=True)
    assert [(r["namespace"], r["name"]) for r in everywhere["autoscalers"]] == [
        ("elsewhere", "b"),
        (NS, "a"),
        (NS, "c"),
    ]
    with pytest.raises(UsageError, match="no HPA or ScaledObject b in namespace"):
        await told(tmp_path, bare, capsys, name="b")


def test_a_file_is_no_name_and_a_name_is_no_file(tmp_path: Path) -> None:
    missing = run("explain", str(tmp_path / "gone.jsonl"), "-n", NS)
    assert (missing.code, "gone.jsonl" in missing.err) == (4, True)
    both = run("explain", str(tmp_path / "run.jsonl"), "-w")
    assert (both.code, "name no file" in both.err) == (2, True)


def keda(*queries: str, notes: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    triggers = [
        {"type": "prometheus", "name": f"t{n}", "metadata": {"query": query, "threshold": "1"}}
        for n, query in enumerate(queries)
    ]
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "so", "namespace": NS, "annotations": notes or {}},
        "spec": {"scaleTargetRef": reference("so"), "triggers": triggers} | spec,
    }


def made_of(obj: dict[str, Any], *values: int) -> dict[str, Any]:
    """The HPA that KEDA makes of a ScaledObject, with the `values` that it has read."""
    spec = made_spec(obj)
    made = hpa("so", spec, *[milli(value) for value in values])
    labels = {NAME_LABEL: "so", "app.kubernetes.io/managed-by": "keda-operator"}
    made["metadata"] |= {"name": "keda-hpa-so", "labels": labels}
    return made


async def test_a_scaled_object_is_explained_with_its_hpa_and_its_traps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    obj = keda("max(queue)", "sum(running)", minReplicaCount=1)
    done = await told(tmp_path, cluster(obj, made_of(obj, 6000, 2000)), capsys)
    lines = [line.strip() for line in done.out.splitlines()]
    assert f"HPA {NS}/keda-hpa-so (ScaledObject so), Deployment so" in lines
    assert "3→6: t0 wants 6 at 2 a replica, target 1 (t1 wants 2)" in lines
    assert "asks max(queue)" in lines
    assert any(line.startswith("trigger t0 (s0-prometheus): 6, from the HPA's") for line in lines)
    traps = [line for line in lines if line.startswith("! ")]
    assert [line.partition(" of ScaledObject")[0] for line in traps[:1]] == ["! trigger t0"]
    answer = await data(tmp_path, cluster(obj, made_of(obj, 6000, 2000)), capsys, name="so")
    assert [row["keda"]["triggers"][0]["value"] for row in answer["autoscalers"]] == [6]
    assert {each["rule"] for each in answer["findings"]} == {"pool-maximum", "no-behavior"}
    assert all(each.keys() >= {"variant", "advice", "until"} for each in answer["findings"])


async def test_findings_as_json_have_no_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    obj = keda("max(queue)", minReplicaCount=1)
    obj["spec"]["triggers"][0]["name"] = "red\x1b[31m"
    answer = await data(tmp_path, cluster(obj, made_of(obj, 6000)), capsys, name="so")
    assert any("red␛[31m" in each["title"] for each in answer["findings"])
    assert "\x1b" not in str(answer["findings"])


async def test_a_paused_scaled_object_has_no_hpa_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    obj = keda("sum(queue)", notes={"autoscaling.keda.sh/paused": "true"})
    done = await told(tmp_path, cluster(obj), capsys)
    assert f"ScaledObject {NS}/so, Deployment so" in done.out.splitlines()
    assert "  stays at 3: paused, KEDA has deleted its HPA" in done.out.splitlines()
    wish = {"numReplicas": 5, "accelerator": "H100", "lastRunTime": "2026-09-01T08:00:00Z"}
    variant = {
        "apiVersion": "llmd.ai/v1alpha1",
        "kind": "VariantAutoscaling",
        "metadata": {"name": "v", "namespace": NS},
        "spec": {"scaleTargetRef": reference("so"), "modelID": "m"},
        "status": {"desiredOptimizedAlloc": wish},
    }
    done = await told(tmp_path, cluster(obj, variant), capsys)
    assert "  stays at 3: paused, KEDA has deleted its HPA; WVA wants 5" in done.out.splitlines()


async def test_the_external_metrics_api_is_asked_only_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modifiers = {"scalingModifiers": {"formula": "t0 + t1", "target": "1"}}
    obj = keda("sum(queue)", "sum(running)", minReplicaCount=1, advanced=modifiers)
    bare = cluster(obj, made_of(obj, 6000))
    access = AccessRules()
    await told(tmp_path, bare, capsys, access)
    assert not [a for _, a in access.asked if a.group == "external.metrics.k8s.io"]
    answer = await data(tmp_path, bare, capsys, external_metrics=True)
    row = answer["autoscalers"][0]["keda"]
    assert row["triggers"][0]["source"] == "the external metrics API, now"
    assert row["formula"]["served"] == 6


PAGE = b"llm_d_epp_flow_control_queue_size 7\nllm_d_epp_request_running 40\n"


async def test_a_formulas_values_are_worked_out_of_the_gateways_page_and_of_the_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modifiers = {"scalingModifiers": {"formula": "t2 > 2 ? max(t0, t1 / 16) : t0", "target": "1"}}
    size = 'max(kube_deployment_status_replicas{deployment="so"})'
    queries = ('sum(llm_d_epp_flow_control_queue_size{namespace="llm-d-sim"})', RUNNING, size)
    obj = keda(*queries, minReplicaCount=1, advanced=modifiers)
    bare = cluster(obj, made_of(obj, 7000))
    bare.pod("gateway", port=9090, image="ghcr.io/llm-d/llm-d-inference-scheduler")
    bare.pages.listen(NS, "gateway", 9090, lambda path: (200, CONTENT_TYPE, PAGE))
    keda_ = (await data(tmp_path, bare, capsys))["autoscalers"][0]["keda"]
    values = [(each["value"], each["source"]) for each in keda_["triggers"]]
    page = "the gateway's page"
    assert values == [(7, page), (40, page), (3, "the Deployment's status")]
    assert keda_["formula"]["terms"] == [
        "t2 > 2: 3 > 2 is true",
        "max(t0, t1 / 16) = max(7, 40 / 16) = 7",
    ]


async def test_a_formula_over_the_engines_own_metrics_is_worked_out_of_their_pages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modifiers = {"scalingModifiers": {"formula": "max(t0 / 2, t1)", "target": "1"}}
    waiting_now = 'sum(vllm:num_requests_waiting{namespace="llm-d-sim"})'
    queries = (waiting_now, "max(vllm:kv_cache_usage_perc)")
    obj = keda(*queries, minReplicaCount=1, advanced=modifiers)
    bare = cluster(obj, made_of(obj, 7000))
    for name, waiting in (("a", 3), ("b", 5)):
        page = f"vllm:num_requests_waiting {waiting}\nvllm:kv_cache_usage_perc 0.{waiting}\n"
        bare.pod(name, image="vllm/vllm-openai:v0.11.0")
        bare.pages.listen(
            NS, name, 8000, lambda path, page=page: (200, CONTENT_TYPE, page.encode())
        )
    keda_ = (await data(tmp_path, bare, capsys))["autoscalers"][0]["keda"]
    values = [(each["value"], each["source"]) for each in keda_["triggers"]]
    assert values == [(8, "the engines' pages"), (0.5, "the engines' pages")]
    assert keda_["formula"]["terms"] == ["max(t0 / 2, t1) = max(8 / 2, 0.5) = 4"]


def test_without_a_scaled_object_neither_the_rules_of_keda_nor_promql_are_loaded() -> None:
    code = "import sys, wvatui.cli.explain_live; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = ("wvatui.core.decisions.keda", "wvatui.core.metrics.promql.parser", "wvatui.core.fold")
    heavy += ("wvatui.core.results", "wvatui.core.state.state", "pandas", "textual", "kubernetes")
    assert [name for name in done.stdout.split() if name.startswith(heavy)] == []


async def test_without_the_right_to_pages_a_formula_is_not_worked_out_and_the_right_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modifiers = {"scalingModifiers": {"formula": "t0", "target": "1"}}
    obj = keda(RUNNING, minReplicaCount=1, advanced=modifiers)
    bare = cluster(obj, made_of(obj, 7000))
    bare.pod("gateway", port=9090, image="ghcr.io/llm-d/llm-d-inference-scheduler")
    access = AccessRules()
    access.deny("get", "pods/proxy")
    done = await told(tmp_path, bare, capsys, access)
    assert "not worked out, as values are not known: t0" in done.out
    assert "no right to get pods/proxy: it would tell what a formula's triggers read" in done.err


def test_a_hold_begins_anew_where_the_looks_between_were_missed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watched = Watched(asked(behavior=behavior()))
    for value in (3, 3, 0, 0):
        watched.look(value)
    seen = {type(each): each for each in events_of(watched.lines)}
    held, target = seen[ev.Autoscaler], seen[ev.Workload]
    assert isinstance(held, ev.Autoscaler)
    assert isinstance(target, ev.Workload)
    teller = explain_live._Teller(LiveRequest(), "", "ns")
    for at, since in ((60.0, 60.0), (65.0, 60.0), (80.0, 60.0), (400.0, 400.0)):
        look = AutoscalerSnapshot(at, "", (held,), (), {target_ref(held): target})
        teller.tell(look)
        assert [each.since for each in teller._held.values()] == [since]
    assert "at the latest" in capsys.readouterr().out


async def test_a_cluster_that_is_followed_tells_what_changes_and_survives_an_outage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain_live, "AGAIN_S", 0.02)
    bare = cluster(hpa("h", asked(metric("queue", "2")), milli(6000)))
    printed: list[str] = []

    async def says(words: str) -> None:
        def look() -> bool:
            printed.extend("".join(capsys.readouterr()).splitlines())
            return any(words in line for line in printed)

        await until(look)

    async with served(tmp_path, made=bare, real_time=True) as here:
        request = LiveRequest(namespace=NS, follow=True, kubeconfig=str(here.kubeconfig))
        following = asyncio.create_task(explained(request, child_of(here.kubeconfig)))
        await says("stays at 3: queue wants 3 at 2 a replica, target 2")
        bare.store.apply(hpa("h", asked(metric("queue", "2")), milli(12_000)))
        await says("3→6: queue wants 6 at 4 a replica, target 2")
        here.fault("500", "/horizontalpodautoscalers", times=1)
        await says("wvatui: ")
        bare.store.delete("HorizontalPodAutoscaler", NS, "h")
        await says(f"no more: HPA {NS}/h")
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert (
        sum("stays at 3: queue wants 3 at 2 a replica, target 2" in line for line in printed) == 1
    )
