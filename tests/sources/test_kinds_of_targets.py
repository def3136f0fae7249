"""Scale targets of many kinds, and mistakes in them, in one session of several namespaces."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Bare, Watched, served
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding
from wvatui.core.kube_object import bare as name_of
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.rows.views import VariantRow
from wvatui.sim.api.context import AccessRules
from wvatui.sim.api.wire.kinds import CRD_GROUPS, Catalogue, Resource

ARGO, KAITO, KSERVE = "argoproj.io/v1alpha1", "kaito.sh/v1alpha1", "serving.kserve.io/v1alpha1"
LWS = "leaderworkerset.x-k8s.io"
CUSTOM = (
    Resource("argoproj.io", "v1alpha1", "rollouts", "Rollout", (), True, True, ("scale",)),
    Resource("kaito.sh", "v1alpha1", "inferencesets", "InferenceSet", (), True, True, ("scale",)),
    Resource("serving.kserve.io", "v1alpha1", "llminferenceservices", "LLMInferenceService"),
)


class Installed(Catalogue):
    """The kinds of objects in the cluster: the usual ones without LeaderWorkerSets, and three
    others."""

    def all(self) -> list[Resource]:
        return [*super().all(), *CUSTOM]


class Cluster(Bare):
    """A cluster with objects of many kinds; `namespace` is that of the next object."""

    def put(self, kind: str, name: str, api: str, spec: dict[str, Any], **status: Any) -> None:
        owner = status.pop("owner", None)
        owners = [{"kind": owner[0], "name": owner[1], "controller": True}] if owner else []
        metadata = {"name": name, "namespace": self.namespace, "ownerReferences": owners}
        thing = {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
        self.store.apply({**thing, "status": status} if status else thing)

    def scaled(self, kind: str, name: str, api: str, replicas: int, **more: Any) -> None:
        """Add a scale target whose pods have the label app=m."""
        spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "m"}}}
        counts = {"replicas": replicas, "readyReplicas": replicas}
        self.put(kind, name, api, spec, **counts, **more)

    def hpa(self, name: str, kind: str, target: str, api: str, **more: Any) -> None:
        ref = {"apiVersion": api, "kind": kind, "name": target}
        spec = {"scaleTargetRef": ref, "maxReplicas": 9}
        kind = "HorizontalPodAutoscaler"
        self.put(kind, name, "autoscaling/v2", spec, desiredReplicas=2, **more)

    def va(self, name: str, kind: str, target: str, api: str = "apps/v1") -> None:
        ref = {"apiVersion": api, "kind": kind, "name": target}
        spec = {"modelID": "m1", "scaleTargetRef": ref}
        self.put("VariantAutoscaling", name, "llmd.ai/v1alpha1", spec)

    def pods(self, owner: str, *names: str, kind: str = "ReplicaSet", **labels: str) -> None:
        for name in names:
            self.pod(f"{owner}-{name}", owner=(kind, owner), app="m", **labels)


def cluster() -> Cluster:
    made = Cluster()
    made.namespace = "rollout"  # by a workloadRef: the Deployment has the same name and labels
    made.scaled("Deployment", "m", "apps/v1", 0)
    made.scaled("Rollout", "m", ARGO, 3)
    hashed = {"rollouts-pod-template-hash": "5c"}
    made.pods("m-5c", "a", "b", "c", **hashed)
    made.hpa("m", "Rollout", "m", ARGO)
    made.namespace = "operator"  # makes a StatefulSet for each replica
    made.scaled("InferenceSet", "phi", KAITO, 2)
    for name in ("phi-0", "phi-1"):
        made.scaled("StatefulSet", name, "apps/v1", 1, owner=("Workspace", "w"))
        made.pods(name, "0", kind="StatefulSet")
    made.hpa("phi", "InferenceSet", "phi", KAITO)
    made.namespace = "replicaset"  # alone, beside a Deployment whose ReplicaSet it could be
    made.scaled("Deployment", "llm", "apps/v1", 1)
    made.pods("llm-5c", "a", **{"pod-template-hash": "5c"})
    made.scaled("ReplicaSet", "llm-7b", "apps/v1", 2)
    made.pods("llm-7b", "x", "y")
    made.hpa("llm", "Deployment", "llm", "apps/v1")
    made.hpa("llm-7b", "ReplicaSet", "llm-7b", "apps/v1")
    for made.namespace in ("refused", "granted"):
        made.scaled("Rollout", "m", ARGO, 2)
        made.pods("m-5c", "a", "b", **hashed)
        made.hpa("m", "Rollout", "m", ARGO)
    made.namespace = "unlisted"
    made.scaled("Deployment", "m", "apps/v1", 1)
    made.pods("m-5c", "a", **{"pod-template-hash": "5c"})
    made.va("m", "Deployment", "m")
    made.namespace = "mistakes"
    made.scaled("Deployment", "m", "apps/v1", 1)
    made.pods("m-5c", "a")
    made.va("va1", "Deployment", "m")
    made.va("va2", "Deployment", "m")
    made.va("lost", "Deployment", "nowhere")
    made.va("groups", "LeaderWorkerSet", "m", f"{LWS}/v1")
    made.va("unscalable", "LLMInferenceService", "svc", KSERVE)
    made.put("LLMInferenceService", "svc", KSERVE, {"replicas": 1})
    made.namespace = "twice"
    made.scaled("Deployment", "m", "apps/v1", 2)
    made.pods("m-5c", "a", "b")
    made.hpa("m", "Deployment", "m", "apps/v1")
    made.put("ScaledObject", "so", "keda.sh/v1alpha1", {"scaleTargetRef": {"name": "m"}})
    made.hpa("keda-hpa-so", "Deployment", "m", "apps/v1", owner=("ScaledObject", "so"))
    return made


NAMESPACES = "rollout,operator,replicaset,refused,granted,unlisted,mistakes,twice"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A session of all these namespaces, of 40 seconds."""
    access = AccessRules()
    access.deny("get", "rollouts/scale", "refused")
    access.deny("list", "deployments", "unlisted")
    made = cluster()

    def grow(rollout: Any) -> None:
        rollout["spec"]["replicas"] = 5

    async def watch(folder: Path) -> Watched:
        async with served(folder, made=made, access=access) as here:
            here.server.context.catalogue = Installed(CRD_GROUPS - {LWS})
            here.at(20.0, lambda: made.store.patch("Rollout", "granted", "m", grow))
            return await here.watch(40.0, namespace=NAMESPACES, interval=10.0)

    return asyncio.run(watch(tmp_path_factory.mktemp("kinds")))


def rows(seen: Watched, namespace: str) -> dict[str, VariantRow]:
    return {row.name: row for row in variants(seen.state) if row.namespace == namespace}


def pods(seen: Watched, namespace: str) -> dict[str, list[str]]:
    """Variant → names of its replicas."""
    names: dict[str, list[str]] = {}
    for row in replicas(seen.state):
        if row.namespace == namespace:
            names.setdefault(row.variant, []).append(name_of(row.pod))
    return names


def found(seen: Watched, *rules: str) -> list[Finding]:
    return [finding for finding in findings(seen.state) if finding.rule in rules]


def test_a_rollout_has_its_pods_where_its_deployment_has_the_same_name(seen: Watched) -> None:
    assert pods(seen, "rollout") == {"m": ["m-5c-a", "m-5c-b", "m-5c-c"]}
    row = rows(seen, "rollout")["m"]
    assert (row.target_kind, row.spec, row.ready, row.desired) == ("Rollout", 3, 3, 2)


def test_what_an_operator_makes_gives_way_to_what_is_scaled(seen: Watched) -> None:
    assert pods(seen, "operator") == {"phi": ["phi-0-0", "phi-1-0"]}
    row = rows(seen, "operator")["phi"]
    assert (row.target_kind, row.spec, row.ready) == ("InferenceSet", 2, 2)


def test_a_replica_set_that_stands_alone_keeps_its_pods(seen: Watched) -> None:
    assert pods(seen, "replicaset") == {"llm": ["llm-5c-a"], "llm-7b": ["llm-7b-x", "llm-7b-y"]}


def test_a_target_that_may_not_be_read_has_its_pods_and_delays_no_other(seen: Watched) -> None:
    unread, read = rows(seen, "refused")["m"], rows(seen, "granted")["m"]
    assert (unread.target_kind, unread.spec, unread.ready) == ("Rollout", None, None)
    assert pods(seen, "refused") == {"m": ["m-5c-a", "m-5c-b"]}
    assert (read.spec, read.ready) == (5, 2)
    states = {e.namespace: e.status for e in seen.of(ev.Source) if e.source == "targets"}
    assert {state for name, state in states.items() if name != "refused"} == {"ok"}
    right = next(f for f in found(seen, "missing-rights") if "scale targets" in f.title)
    assert (right.namespace, states["refused"]) == ("refused", "denied")


def test_pods_are_shown_where_their_workloads_may_not_be_listed(seen: Watched) -> None:
    assert pods(seen, "unlisted") == {"m": ["m-5c-a"]}
    row = rows(seen, "unlisted")["m"]
    assert (row.target_kind, row.spec, row.ready) == ("Deployment", None, None)
    assert [f for f in found(seen, "scale-target") if f.namespace == "unlisted"] == []


def test_targets_that_are_shared_or_missing_are_told_in_their_namespace(seen: Watched) -> None:
    assert [finding.headline for finding in found(seen, "scale-target")] == [
        "mistakes: VariantAutoscaling groups scales LeaderWorkerSet m, which is not there",
        "mistakes: VariantAutoscaling lost scales Deployment nowhere, which is not there",
        "mistakes: va1 and va2 have one target: Deployment m",
    ]


def test_what_is_there_and_cannot_be_scaled_is_told_as_that(seen: Watched) -> None:
    texts = [notice.text for notice in seen.of(ev.Notice) if notice.code == "no-scale"]
    assert texts == ["LLMInferenceService has no scale subresource: no autoscaler can scale one"]


def test_an_hpa_beside_one_of_keda_is_told_before_keda_says_what_it_made(seen: Watched) -> None:
    assert [finding.headline for finding in found(seen, "fighting")] == [
        "twice: ScaledObject so and HPA m both scale Deployment m"
    ]
