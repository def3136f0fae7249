"""Two namespaces in one session, over HTTP: the same names of variants and pods in both."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.cluster import Served, served
from tests.test_role import CLUSTER_ROLE, NOT_IN_THE_CLUSTER, USER, granted, granting, roles
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.kube_object import bare
from wvatui.core.queries.health.health_rows import health
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.state.state import EMPTY, State
from wvatui.sim.api.context import AccessRules

OWN, TWIN = "llm-d-sim", "llm-d-twin"
BOTH = f"{OWN},{TWIN}"
KINDS = ("Deployment", "HorizontalPodAutoscaler", "VariantAutoscaling", "Pod")


def add_twin(cluster: Served) -> None:
    """Add all objects a second time in another namespace, with pods of the same names."""
    store = cluster.cluster.store
    store.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TWIN}})
    for kind in KINDS:
        for thing in store.list(kind):
            if thing["metadata"].get("namespace") == OWN:
                copy: dict[str, Any] = deepcopy(thing)
                kept = ("name", "labels", "annotations")
                metadata = {key: value for key, value in copy["metadata"].items() if key in kept}
                copy["metadata"] = {**metadata, "namespace": TWIN}
                store.apply(copy)


def with_roles(*namespaces: str) -> AccessRules:
    """The rights of a user with the role for watching in the controller's namespace and in
    these."""
    access = granting()
    (role,) = (role for role in roles() if role["metadata"]["namespace"] == OWN)
    access.granted[USER] = [rule for rule in access.granted[USER] if rule.namespace != OWN]
    for namespace in namespaces:
        access.grant(USER, namespace, role["rules"])
    return access


def with_cluster_role() -> AccessRules:
    access = AccessRules(anonymous=USER)
    (role,) = roles(CLUSTER_ROLE, "ClusterRole")
    access.grant(USER, "*", role["rules"])
    return access


async def watched(folder: Path, access: AccessRules, namespace: str) -> tuple[State, Any]:
    async with served(folder, access=access) as cluster:
        add_twin(cluster)
        seen = await cluster.watch(20.0, namespace=namespace, interval=5.0)
    return seen.state, seen


def denied(seen: Any) -> set[tuple[str, str]]:
    return {(e.source, e.namespace) for e in seen.of(ev.Source) if e.status == "denied"}


async def test_two_namespaces_are_watched_one_by_one_with_a_role_for_each(tmp_path: Path) -> None:
    access = with_roles(OWN, TWIN)
    state, seen = await watched(tmp_path, access, BOTH)
    assert denied(seen) == set()
    assert seen.of(ev.Header)[0].namespace == BOTH
    assert [row.key for row in variants(state)] == [f"{OWN}/llama-8b-h100", f"{TWIN}/llama-8b-h100"]
    rows = {row.pod: row for row in replicas(state)}
    names = [{bare(pod) for pod in rows if pod.startswith(where)} for where in (OWN, TWIN)]
    assert names[0] == names[1] != set()
    polled = {e.pod.partition("/")[0] for e in (*seen.of(ev.Scrape), *seen.of(ev.ScrapeFailure))}
    assert polled == {OWN, TWIN}
    told = {(e.source, e.namespace) for e in seen.of(ev.Source)}
    assert {
        ("workloads", OWN),
        ("workloads", TWIN),
        ("variants", TWIN),
        ("pods", OWN),
        ("pods", TWIN),
    } <= told
    watches = {a.namespace for _, a in access.asked if a.verb == "watch"}
    assert watches == {OWN, TWIN, "workload-variant-autoscaler-system"}


async def test_a_right_that_is_missing_in_one_of_them_is_told_for_that_one(tmp_path: Path) -> None:
    state, seen = await watched(tmp_path, with_roles(OWN), BOTH)
    refused = denied(seen)
    assert ("workloads", TWIN) in refused
    assert not [source for source, where in refused if where == OWN]
    assert [row.key for row in variants(state)] == [f"{OWN}/llama-8b-h100"]
    found = [each for each in findings(state) if each.rule == "missing-rights"]
    assert any(f"workloads ({TWIN}) cannot be seen" in each.title for each in found)
    assert all(f"kubectl -n {TWIN}" in each.advice for each in found)


async def test_all_namespaces_take_one_watch_a_kind_and_the_cluster_role(tmp_path: Path) -> None:
    access = with_cluster_role()
    state, seen = await watched(tmp_path, access, "*")
    assert denied(seen) == set()
    assert [row.key for row in variants(state)] == [f"{OWN}/llama-8b-h100", f"{TWIN}/llama-8b-h100"]
    assert {e.namespace for e in seen.of(ev.Source)} == {""}
    watches = {(a.namespace, a.resource) for _, a in access.asked if a.verb == "watch"}
    elsewhere = {(where, what) for where, what in watches if where}
    assert elsewhere == {
        ("workload-variant-autoscaler-system", "pods"),
        ("workload-variant-autoscaler-system", "leases"),
    }
    # Every right of the file is used, except those that nothing in the cluster needs.
    rights = {(verb, group, what) for _, verb, group, what in granted(CLUSTER_ROLE, "ClusterRole")}
    used = {(a.verb, a.group, a.resource) for _, a in access.asked}
    assert rights - used <= {right[1:] for right in NOT_IN_THE_CLUSTER}


async def test_without_the_cluster_role_it_says_what_mends_it(tmp_path: Path) -> None:
    state, seen = await watched(tmp_path, with_roles(OWN), "*")
    assert ("workloads", "") in denied(seen)
    (found,) = (each for each in findings(state) if each.title.endswith("workloads cannot be seen"))
    assert "deploy/role-cluster.yaml" in found.advice
    assert "-n team-a,team-b" in found.advice
    assert "kubectl create clusterrole" in found.advice


async def test_metrics_that_are_refused_in_one_of_them_are_told_for_that_one(
    tmp_path: Path,
) -> None:
    access = AccessRules()
    access.deny("get", "pods/proxy", TWIN)
    async with served(tmp_path, access=access) as cluster:
        add_twin(cluster)
        cluster.at(70.0, access.denied.clear)
        seen = await cluster.watch(130.0, namespace=BOTH, interval=5.0)
    began = seen.of(ev.Header)[0].started_at
    told = [(e.namespace, e.status) for e in seen.of(ev.Source) if e.source == "pods"]
    assert [status for name, status in told if name == OWN] == ["starting", "ok"]
    statuses = [status for name, status in told if name == TWIN]
    assert statuses == ["starting", "denied", "denied", "waiting"], "no engine listens there"
    looks = [e.at - began for e in seen.of(ev.Scrape) if e.pod.startswith(f"{OWN}/")]
    assert len({round(at) for at in looks}) == 26, "each five seconds"
    early = [event for event in seen.events if event.at < began + 60.0]
    state = fold(EMPTY, early)
    assert [each.headline for each in findings(state) if each.rule == "missing-rights"] == [
        f"{TWIN}: not allowed to get pods/proxy: {title} ({TWIN}) cannot be seen"
        for title in ("gateway (EPP)", "pod metrics")
    ]
    pickers = [(e.namespace, e.status) for e in seen.of(ev.Source) if e.source == "epp"]
    assert [status for name, status in pickers if name == OWN] == ["ok"]
    assert [status for name, status in pickers if name == TWIN] == ["denied", "denied", "waiting"]
    rows = {row.source: row for row in health(state)}
    assert rows[f"{OWN}/epp"].text.startswith("gateway queue 0, in flight ")
    assert (rows[f"{OWN}/epp"].level, rows[f"{TWIN}/epp"].level) == ("ok", "bad")
    assert rows[f"{OWN}/epp"].age_s is not None
    assert rows[f"{TWIN}/epp"].age_s is None, "nothing was heard of that one"
