"""Which pods are replicas of which workload."""

import msgspec
import pytest

from wvatui.core import events as ev
from wvatui.core.label_selector import Requirement
from wvatui.core.state.links import KnownLinks, Link, link, other_names, with_hpas
from wvatui.core.state.replicas import Target, replicas_of

AT = 1_788_249_600.0
SHARED = {"llm-d.ai/model": "llama-8b"}
NAME = "leaderworkerset.sigs.k8s.io/name"
INDEX = "leaderworkerset.sigs.k8s.io/worker-index"


def deployment(name: str, **selector: str) -> ev.Workload:
    return ev.Workload(
        AT, kind="Deployment", name=name, namespace="ns", selector=selector or SHARED
    )


def groups(name: str, selector: dict[str, str] | None = None) -> ev.Workload:
    return ev.Workload(
        AT, kind="LeaderWorkerSet", name=name, namespace="ns", selector=selector or {}
    )


def pod(
    name: str, owner: str = "", kind: str = "ReplicaSet", namespace: str = "ns", **labels: str
) -> ev.Pod:
    return ev.Pod(
        AT,
        name=name,
        namespace=namespace,
        labels=labels or SHARED,
        owner_kind=kind if owner else "",
        owner_name=owner,
    )


def member(group: str, index: str, **labels: str) -> ev.Pod:
    """A pod of the LeaderWorkerSet `group`: the leader has the index 0."""
    return ev.Pod(
        AT,
        name=f"{group}-0-{index}",
        namespace="ns",
        owner_kind="StatefulSet",
        owner_name=group,
        labels={NAME: group, INDEX: index} | labels,
    )


def found(workloads: list[ev.Workload], *pods: ev.Pod) -> dict[str, tuple[str, ...]]:
    known: dict[Target, ev.Workload] = {(w.kind, w.namespace, w.name): w for w in workloads}
    replicas = replicas_of(known, {one.name: one for one in pods})
    return {name: names for (_, _, name), names in replicas.items()}


def test_of_deployments_that_share_their_labels_the_owner_decides() -> None:
    pods = [pod("a100-5f-x", "a100-5f"), pod("h100-7c-x", "h100-7c"), pod("h100-7c-a", "h100-7c")]
    for order in (["a100", "h100"], ["h100", "a100"]):
        assert found([deployment(name) for name in order], *pods) == {
            "a100": ("a100-5f-x",),
            "h100": ("h100-7c-a", "h100-7c-x"),
        }


def test_an_owner_whose_selector_does_not_match_has_let_go_of_the_pod() -> None:
    workloads = [deployment("old", app="old"), deployment("new", app="new")]
    assert found(workloads, pod("p", "old-5f", app="new")) == {"new": ("p",)}
    assert found(workloads, pod("p", "old-5f", app="none")) == {}


@pytest.mark.parametrize("owner", ["", "rollout-5f"])
def test_a_pod_whose_owner_is_not_known_goes_by_its_labels(owner: str) -> None:
    assert found([deployment("d")], pod("p", owner)) == {"d": ("p",)}


def test_the_pod_of_a_job_is_nobodys_replica_whatever_its_labels() -> None:
    assert found([deployment("d")], pod("load-x", "load", kind="Job")) == {}


def test_labels_pick_pods_in_their_own_namespace_only() -> None:
    assert found([deployment("d")], pod("p"), pod("q", namespace="other")) == {"d": ("p",)}


@pytest.mark.parametrize("selector", [{}, SHARED])
def test_of_the_groups_of_a_leader_worker_set_the_leaders_count(selector: dict[str, str]) -> None:
    pods = [member("big", index, **SHARED) for index in ("0", "1", "2")]
    assert found([groups("big", selector)], *pods) == {"big": ("big-0-0",)}


def test_of_leader_worker_sets_each_has_its_own_leaders() -> None:
    pods = [member("big", "0"), member("huge", "0")]
    assert found([groups("big"), groups("huge")], *pods, pod("stranger")) == {
        "big": ("big-0-0",),
        "huge": ("huge-0-0",),
    }


def test_a_deployment_gets_no_pod_of_a_leader_worker_set_that_shares_its_labels() -> None:
    pods = [member("big", "0", **SHARED), member("big", "1", **SHARED), pod("d-5f-x", "d-5f")]
    for order in ([deployment("d"), groups("big")], [groups("big"), deployment("d")]):
        assert found(order, *pods) == {"big": ("big-0-0",), "d": ("d-5f-x",)}


@pytest.mark.parametrize("kind", ["StatefulSet", "ReplicaSet", "Workspace"])
def test_a_pod_belongs_to_the_owner_that_is_scaled_whatever_its_kind(kind: str) -> None:
    other = ev.Workload(AT, kind=kind, name="b", namespace="ns", selector=SHARED)
    mine = ev.Workload(AT, kind=kind, name="a", namespace="ns", selector=SHARED)
    assert found([other, mine], pod("a-0", "a", kind=kind)) == {"a": ("a-0",)}


def test_a_rollout_has_the_pods_of_its_replica_sets() -> None:
    rollout = ev.Workload(AT, kind="Rollout", name="r", namespace="ns", selector=SHARED)
    assert found([deployment("d"), rollout], pod("r-5f-x", "r-5f")) == {"r": ("r-5f-x",)}


def test_requirements_pick_pods_without_any_match_labels() -> None:
    wants = (Requirement("app", "In", ("m",)), Requirement("canary", "DoesNotExist"))
    chosen = ev.Workload(AT, kind="Deployment", name="d", namespace="ns", requirements=wants)
    pods = [pod("p", "d-5f", app="m"), pod("q", "d-5f", app="m", canary="yes"), pod("r", "d-5f")]
    assert found([chosen], *pods) == {"d": ("p",)}


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_pod_that_has_ended_is_no_replica_but_keeps_its_past(phase: str) -> None:
    pods = {
        "a": pod("a", "d-5f"),
        "b": msgspec.structs.replace(pod("b", "d-5f"), phase=phase, reason="Evicted"),
    }
    workload = deployment("d")
    assert found([workload], *pods.values()) == {"d": ("a",)}
    scaler = ev.Autoscaler(
        AT, name="h", namespace="ns", target_kind="Deployment", target_name="d", managed=True
    )
    variant = ev.Variant(
        AT, name="h", namespace="ns", source="HorizontalPodAutoscaler", target_name="d"
    )
    links = link(
        {("HorizontalPodAutoscaler", "ns", "h"): variant},
        {("Deployment", "ns", "d"): workload},
        {("ns", "h"): scaler},
        {},
        pods,
    )
    assert [(item.pods, item.ended) for item in links] == [(("a",), ("b",))]


def _declares(name: str, source: str, target: str = "d", namespace: str = "ns") -> ev.Variant:
    return ev.Variant(AT, name=name, namespace=namespace, source=source, target_name=target)


def test_objects_of_different_kinds_on_one_target_are_one_variant() -> None:
    va, hpa = "VariantAutoscaling", "HorizontalPodAutoscaler"
    assert other_names([_declares("m-hpa", hpa), _declares("m-va", va)]) == {
        ("ns", "m-hpa"): "m-va"
    }
    assert other_names([_declares("m-hpa", hpa), _declares("m-so", "ScaledObject")]) == {
        ("ns", "m-hpa"): "m-so"
    }
    # Two objects of one kind, or with other targets or namespaces, are two variants.
    assert other_names([_declares("va1", va), _declares("va2", va)]) == {}
    assert other_names([_declares("a", va), _declares("b", hpa, "e")]) == {}
    assert other_names([_declares("a", va), _declares("b", hpa, namespace="other")]) == {}
    # A name that is a variant elsewhere means that variant.
    assert other_names([_declares("a", va), _declares("b", hpa), _declares("b", va, "e")]) == {}


@pytest.mark.parametrize(("role", "variants"), [("", ["so"]), ("model", ["so"]), ("epp", [])])
def test_a_scale_target_without_a_pod_is_scaled_to_zero_and_one_with_others_is_none(
    role: str, variants: list[str]
) -> None:
    workload = deployment("d")
    scaled = ev.ScaledObject(
        AT, name="so", namespace="ns", target_kind="Deployment", target_name="d"
    )
    pods = {"a": msgspec.structs.replace(pod("a"), role=role)} if role else {}
    links = link({}, {("Deployment", "ns", "d"): workload}, {}, {("ns", "so"): scaled}, pods)
    assert [item.name for item in links] == variants


def test_a_group_waits_for_no_worker_that_is_gone() -> None:
    scaled = ev.ScaledObject(
        AT, name="so", namespace="ns", target_kind="LeaderWorkerSet", target_name="m"
    )
    pods = {
        name: msgspec.structs.replace(member("m", index), role=role, ready=index != "2")
        for name, index, role in (("m-0", "0", "model"), ("m-0-2", "2", "worker"))
    }
    works = {("LeaderWorkerSet", "ns", "m"): groups("m")}
    waits = link({}, works, {}, {("ns", "so"): scaled}, pods)
    gone = link({}, works, {}, {("ns", "so"): scaled}, pods, None, {"m-0-2"})
    assert [dict(item.unready_workers) for item in (*waits, *gone)] == [{"m-0": "m-0-2"}, {}]


def _scaler(name: str, target: str, metric: str = "cpu", size: int = 1) -> ev.Autoscaler:
    reads = (ev.MetricStatus(name=metric),)
    return ev.Autoscaler(
        float(size), name=name, namespace="ns", target_name=target, current=size, metrics=reads
    )


def test_links_with_newer_hpas_are_those_that_would_be_made_anew() -> None:
    works = {("Deployment", "ns", name): deployment(name) for name in ("d", "e")}
    followed = "wva_desired_replicas"
    before = [_scaler("h", "d"), _scaler("g", "d", followed), _scaler("k", "e")]
    changes = {
        "sizes": [_scaler("h", "d", size=3), _scaler("g", "d", followed, 2), before[2]],
        "what it follows": [_scaler("h", "d", followed), _scaler("g", "d"), before[2]],
        "its target": [*before[:2], _scaler("k", "f")],
        "one more": [*before, _scaler("n", "e")],
        "one less": before[:2],
    }

    def made(hpas: list[ev.Autoscaler]) -> tuple[Link, ...]:
        return link({}, works, {(h.namespace, h.name): h for h in hpas}, {}, {})

    # Of two HPAs on one target, the one that follows the controller counts, whatever their order.
    assert [each.name for each in made(before)] == ["g", "k"]
    assert made(before[::-1]) == made(before)
    known = KnownLinks(7, {(h.namespace, h.name): h for h in before}, made(before))
    for what, hpas in changes.items():
        newer = with_hpas(known, 7, {(h.namespace, h.name): h for h in hpas})
        assert newer == (made(hpas) if what == "sizes" else None), what
    assert with_hpas(known, 7, known.hpas) is known.links
    assert with_hpas(known, 8, known.hpas) is None
