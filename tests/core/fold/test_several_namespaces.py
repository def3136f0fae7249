"""A session of several namespaces: objects with the same name in two of them stay separate."""

import json
from dataclasses import replace

import pytest
from msgspec import structs

from tests.core.canonical import canonical
from tests.recording.test_namespaces import end, model, start
from wvatui.core import events as ev
from wvatui.core.events.codec import decode, encode
from wvatui.core.explain.cycle_detail import cycle_detail
from wvatui.core.explain.cycles import Explainer
from wvatui.core.explain.limits import thresholds
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.lines import rfc3339
from wvatui.core.log.facts import VariantInfo
from wvatui.core.queries.pods.pod_detail import pod_detail
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.queries.pods.replica_time import unit_costs
from wvatui.core.queries.session.variant_detail import variant_detail
from wvatui.core.queries.session.variant_rows import variants
from wvatui.core.rows.cycle_rows import cycles
from wvatui.core.state.scope import in_namespace, inhabited
from wvatui.core.state.state import EMPTY, State
from wvatui.recording.changes.narrowing import Narrowing

AT = "2026-09-01T08:00:10Z"
T0 = (rfc3339(AT) or 0.0) - 5.0
POD = "v-0"


def header(namespaces: str) -> ev.Header:
    return ev.Header(T0, started_at=T0, namespace=namespaces, interval_s=2.0)


def objects(where: str, desired: int) -> list[ev.Event]:
    """The objects of one scaled model server, with the same names in every namespace."""
    return [
        ev.Workload(
            T0,
            kind="StatefulSet",
            name="v",
            namespace=where,
            spec=desired,
            ready=1,
            selector={"app": "v"},
        ),
        ev.Variant(
            T0,
            name="v",
            namespace=where,
            source="VariantAutoscaling",
            model="m",
            target_kind="StatefulSet",
            target_name="v",
        ),
        ev.Autoscaler(
            T0,
            name="v",
            namespace=where,
            target_kind="StatefulSet",
            target_name="v",
            max=9,
            desired=desired,
        ),
        ev.Pod(
            T0,
            name=POD,
            namespace=where,
            role="model",
            phase="Running",
            ready=True,
            labels={"app": "v"},
            owner_kind="StatefulSet",
            owner_name="v",
            created_at=T0,
            ready_at=T0,
        ),
    ]


def polled(where: str, kv: float, *, several: bool = True) -> ev.Scrape:
    return ev.Scrape(T0 + 1.0, pod=f"{where}/{POD}" if several else POD, kv=kv, running=1)


def two(*more: ev.Event, namespaces: str = "a,b") -> list[ev.Event]:
    return [
        header(namespaces),
        *objects("a", 2),
        *objects("b", 5),
        polled("a", 0.2),
        polled("b", 0.9),
        *more,
        ev.Tick(T0 + 2.0),
    ]


def folded(*more: ev.Event, namespaces: str = "a,b") -> State:
    # As they are read from a recording.
    return fold(EMPTY, [decode(encode(event)) for event in two(*more, namespaces=namespaces)])


def log(*lines: str) -> list[ev.Event]:
    return [ev.Log(T0 + 5.0, line=line, pod="controller-x") for line in lines]


def cycle(a: tuple[int, int], b: tuple[int, int]) -> list[ev.Event]:
    """A cycle of a cluster-wide controller; `a` and `b`: (current, target) in each namespace."""
    lines = [*start(AT), *model(AT, "a", *a), *model(AT, "b", *b), *end(AT)]
    return log(*(line.replace("v-a-x", POD).replace("v-b-x", POD) for line in lines))


@pytest.mark.parametrize("namespaces", ["a,b", "*"])
def test_pods_of_one_name_keep_numbers_of_their_own(namespaces: str) -> None:
    state = folded(namespaces=namespaces)
    assert {(row.namespace, row.pod): row.kv_ratio for row in replicas(state)} == {
        ("a", "a/v-0"): 0.2,
        ("b", "b/v-0"): 0.9,
    }
    rows = {row.key: (row.desired, row.kv_max, row.serving) for row in variants(state)}
    assert rows == {"a/v": (2, 0.2, 1), "b/v": (5, 0.9, 1)}


def test_a_pod_that_goes_leaves_the_one_of_its_name_alone() -> None:
    state = folded(ev.Deleted(T0 + 1.5, kind="pod", name=POD, namespace="a"))
    assert set(state.gone) == {"a/v-0"}
    assert state.lifecycles["a/v-0"].gone_at == T0 + 1.5
    assert state.lifecycles["b/v-0"].gone_at is None
    assert {row.pod: row.state for row in replicas(state)} == {
        "a/v-0": "gone",
        "b/v-0": "saturated",
    }


def test_kubernetes_events_are_of_the_object_in_their_namespace() -> None:
    told = ev.KubeEvent(T0 + 1.0, kind="Pod", name=POD, reason="Unhealthy", namespace="b")
    scaled = structs.replace(told, kind="HorizontalPodAutoscaler", name="v")
    state = folded(told, scaled)
    assert pod_detail(state, "a/v-0").kube_events == ()
    assert [row.about for row in pod_detail(state, "b/v-0").kube_events] == ["Pod/b/v-0"]
    assert variant_detail(state, "a/v").kube_events == ()
    assert len(variant_detail(state, "b/v").kube_events) == 2
    narrowed = {where: in_namespace(state, where).kube_events for where in ("a", "b")}
    assert [len(narrowed[where]) for where in ("a", "b")] == [0, 2]
    assert {event.namespace for event in narrowed["b"]} == {"b"}


def test_a_controller_of_the_cluster_decides_for_each_namespace() -> None:
    state = folded(*cycle((1, 3), (20, 21)))
    assert {key: (d.current, d.target) for key, d in state.deciding.items()} == {
        ("a", "v"): (1, 3),
        ("b", "v"): (20, 21),
    }
    (row,) = cycles(state)
    assert [(d.namespace, d.target) for d in row.decisions] == [("a", 3), ("b", 21)]
    assert [row.target for row in variants(state)] == [3, 21]
    assert {name: ring[-1].value for name, ring in state.log_kv.items()} == {
        "a/v-0": pytest.approx(0.033),
        "b/v-0": pytest.approx(0.667),
    }
    assert len(cycles(state, variant="a/v")) == 1
    assert cycles(state, variant="c/v") == ()


def test_the_unit_cost_of_a_log_alone_is_that_of_the_namespace() -> None:
    state = fold(EMPTY, [header("a,b"), *cycle((1, 3), (20, 21)), ev.Tick(T0 + 6.0)])
    costs = {"a": 1.0, "b": 2.0}
    info = {f"{where}/v": VariantInfo(variant="v", cost=cost) for where, cost in costs.items()}
    assert unit_costs(replace(state, info=info)) == {(w, "v"): cost for w, cost in costs.items()}


def test_each_namespace_is_explained_by_its_own_lines() -> None:
    state = folded(*cycle((1, 3), (20, 21)))
    (explained,) = state.of_session.of(Explainer).cycles(state)
    cases = {one.case.namespace: one.case for one in explained.explanations}
    assert set(cases) == {"a", "b"}
    assert {where: case.outcomes["v"].target for where, case in cases.items()} == {"a": 3, "b": 21}
    assert {where: [r.pod for r in case.replicas] for where, case in cases.items()} == {
        "a": ["a/v-0"],
        "b": ["b/v-0"],
    }
    alone = fold(EMPTY, list(Narrowing("x", "a").take(two(*cycle((1, 3), (20, 21))))))
    (one,) = alone.of_session.of(Explainer).cycles(alone)
    assert one.sentence == next(
        e.sentence for e in explained.explanations if e.case.namespace == "a"
    )


def test_thresholds_are_those_of_the_namespace() -> None:
    config = ev.Config(
        T0,
        name="wva-saturation-scaling-config",
        namespace="b",
        data={"default": "kvCacheThreshold: 0.95\nqueueLengthThreshold: 5\n"},
    )
    full = structs.replace(polled("a", 0.9), at=T0 + 1.5)
    calm = structs.replace(polled("b", 0.9), at=T0 + 1.5, waiting=0)
    state = folded(config, full, calm)
    assert thresholds(state, "m", "b").kv == 0.95
    assert thresholds(state, "m", "a").kv == 0.8
    assert thresholds(in_namespace(state, "a"), "m").kv == 0.8
    assert thresholds(in_namespace(state, "b"), "m").kv == 0.95
    saturated = {row.pod: row.saturated for row in replicas(state)}
    assert saturated == {"a/v-0": True, "b/v-0": False}


def without_target(where: str) -> ev.Variant:
    return ev.Variant(
        T0 + 1.0,
        name="w",
        namespace=where,
        source="VariantAutoscaling",
        model="m",
        target_kind="StatefulSet",
        target_name="w",
    )


def test_findings_say_in_which_namespace_they_are() -> None:
    health = [
        ev.Source(T0 + 1.0, source="workloads", status="ok", kinds=("StatefulSet",), namespace="b"),
        ev.Source(T0 + 1.0, source="workloads", status="denied", text="no", namespace="a"),
    ]
    found = findings(folded(without_target("a"), without_target("b"), *health))
    places = {each.about: each.namespace for each in found}
    assert places["VariantAutoscaling/b/w"] == "b"
    assert places["source/a/workloads"] == "a"
    # An object that may not be read does not count as missing.
    assert "VariantAutoscaling/a/w" not in places


def test_a_state_narrowed_to_a_namespace_holds_nothing_of_the_other() -> None:
    state = folded(*cycle((1, 3), (20, 21)))
    assert inhabited(state) == ("a", "b")
    alone = in_namespace(state, "b")
    assert [row.key for row in variants(alone)] == ["b/v"]
    assert [row.pod for row in replicas(alone)] == ["b/v-0"]
    assert [d.target for d in alone.decisions] == [21]
    assert alone.namespaces == ("b",)
    assert in_namespace(state, "b") is alone
    assert in_namespace(state, "") is state


SOLVED = (
    "s=v:{}; c=Premium; m=m; rate={}; sol=1, sat=false, alloc={{acc=H100; numRep=1; maxBatch=4;"
    " cost=100, val=0, itl=7.5, ttft=20, rho=0, maxRPM=90}}; slo-itl=10, slo-ttft=1000\n"
)


def test_requests_that_arrive_in_one_namespace_are_none_of_another() -> None:
    solved = "".join(SOLVED.format(*each) for each in (("a", 60), ("b", 30)))
    said = [
        "Operating in MODEL-ONLY mode: model-based optimization only",
        "Grouped VAs by model: modelCount=1, totalVAs=2",
        f"Optimization solution - system: Solution: \n{solved}",
    ]
    lines = [json.dumps({"level": "info", "ts": AT, "msg": message}) for message in said]

    def arrive(state: State) -> float | None:
        [row] = cycles(state)
        return row.arrivals_per_min

    state = folded(*log(*lines))
    assert arrive(state) == 90.0
    assert [arrive(in_namespace(state, name)) for name in ("a", "b")] == [60.0, 30.0]


def test_a_recording_of_two_narrowed_to_one_is_what_a_session_of_that_one_gives() -> None:
    events = two(*cycle((1, 3), (20, 21)))
    alone = fold(EMPTY, list(Narrowing("x", "b").take(events)))
    one = [
        header("b"),
        *objects("b", 5),
        polled("b", 0.9, several=False),
        *cycle((1, 3), (20, 21)),
        ev.Tick(T0 + 2.0),
    ]
    assert canonical(replace(alone, events=0)) == canonical(replace(fold(EMPTY, one), events=0))


def test_a_session_of_one_namespace_names_pods_as_ever() -> None:
    state = fold(
        EMPTY, [header("a"), *objects("a", 2), polled("a", 0.2, several=False), ev.Tick(T0 + 2.0)]
    )
    assert set(state.pods) == set(state.watched) == {POD}
    assert [row.pod for row in replicas(state)] == [POD]


def test_a_cycle_of_one_namespace_has_no_analysis_of_another() -> None:
    state = folded(*cycle((1, 3), (20, 21)))
    [row] = cycles(state)
    assert len(row.analyses) == 2
    for name in ("a", "b"):
        alone = in_namespace(state, name)
        [own] = cycles(alone)
        assert len(own.analyses) == 1, name
        detail = cycle_detail(alone, own.at)
        assert detail is not None
        assert detail.row.analyses == own.analyses
