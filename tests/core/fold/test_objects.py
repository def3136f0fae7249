"""Objects in the fold: each kind has its own table, and a deletion removes only that object."""

from typing import Any

import msgspec
import pytest

from tests.core.canonical import canonical
from wvatui.core import events as ev
from wvatui.core.fold.fold import GONE_KEPT_S, fold
from wvatui.core.state.history import FULL_MINUTES
from wvatui.core.state.state import EMPTY, State


def hpa(name: str, namespace: str = "ns") -> ev.Autoscaler:
    return ev.Autoscaler(1.0, name=name, namespace=namespace)


def scaled(name: str, namespace: str = "ns") -> ev.ScaledObject:
    return ev.ScaledObject(1.0, name=name, namespace=namespace)


def lease(name: str, namespace: str = "ns") -> ev.Lease:
    return ev.Lease(1.0, name=name, namespace=namespace)


def config(name: str, namespace: str = "ns") -> ev.Config:
    return ev.Config(1.0, name=name, namespace=namespace)


def variant(name: str, namespace: str = "ns", source: str = "ScaledObject") -> ev.Variant:
    return ev.Variant(1.0, name=name, namespace=namespace, source=source)


def workload(name: str, namespace: str = "ns", kind: str = "Deployment") -> ev.Workload:
    return ev.Workload(1.0, name=name, namespace=namespace, kind=kind)


PLAIN: list[tuple[str, str, Any]] = [
    ("hpa", "hpas", hpa),
    ("keda", "scaled_objects", scaled),
    ("lease", "leases", lease),
    ("config", "configs", config),
]
"""(kind of the deletion, table of the State, function that makes such an object)."""
SOURCED: list[tuple[str, str, Any, tuple[str, str]]] = [
    ("variant", "variants", variant, ("ScaledObject", "VariantAutoscaling")),
    ("workload", "workloads", workload, ("Deployment", "LeaderWorkerSet")),
]
"""Like `PLAIN`, for tables that two kinds of objects share; the last item has these kinds."""


def deleted(kind: str, name: str = "a", *, at: float = 9.0, source: str = "") -> ev.Deleted:
    return ev.Deleted(at, kind=kind, name=name, namespace="ns", source=source)


def everything() -> list[ev.Event]:
    """One object of every kind, all with the same name."""
    return [*(make("a") for _, _, make in PLAIN), *(make("a") for _, _, make, _ in SOURCED)]


def tables(state: State) -> dict[str, int]:
    names = [table for _, table, _ in PLAIN] + [table for _, table, _, _ in SOURCED]
    return {name: len(getattr(state, name)) for name in names}


@pytest.mark.parametrize(("kind", "table", "make"), PLAIN)
def test_a_deleted_object_leaves_its_table_and_no_other(kind: str, table: str, make: Any) -> None:
    kept = [make("b"), make("a", "other")]
    state = fold(EMPTY, [*everything(), *kept, deleted(kind)])
    assert getattr(state, table) == {(each.namespace, each.name): each for each in kept}
    others = {name: count for name, count in tables(state).items() if name != table}
    assert set(others.values()) == {1}


@pytest.mark.parametrize(("kind", "table", "make", "sources"), SOURCED)
def test_a_deletion_that_names_the_object_kind_takes_that_kind_alone(
    kind: str, table: str, make: Any, sources: tuple[str, str]
) -> None:
    first, second = (make("a", "ns", source) for source in sources)
    kept = [second, make("b", "ns", sources[0]), make("a", "other", sources[0])]
    keys = {
        (sources[1], "ns", "a"): kept[0],
        (sources[0], "ns", "b"): kept[1],
        (sources[0], "other", "a"): kept[2],
    }
    state = fold(EMPTY, [*everything(), first, *kept, deleted(kind, source=sources[0])])
    assert getattr(state, table) == keys
    others = {name: count for name, count in tables(state).items() if name != table}
    assert set(others.values()) == {1}


@pytest.mark.parametrize(("kind", "table", "make", "sources"), SOURCED)
def test_a_deletion_that_names_no_object_kind_takes_every_one_of_the_name(
    kind: str, table: str, make: Any, sources: tuple[str, str]
) -> None:
    objects = [make(name, "ns", source) for name in ("a", "b") for source in sources]
    state = fold(EMPTY, [*objects, deleted(kind)])
    assert set(getattr(state, table)) == {(source, "ns", "b") for source in sources}


def test_the_newest_facts_of_an_object_replace_those_before_them() -> None:
    before = ev.Workload(1.0, kind="Deployment", name="a", namespace="ns", spec=1)
    after = ev.Workload(2.0, kind="Deployment", name="a", namespace="ns", spec=3)
    assert fold(EMPTY, [before, after]).workloads == {("Deployment", "ns", "a"): after}


HEARD: list[tuple[str, ev.Event]] = [
    ("log", ev.Log(7.0, line="x", stream="controller")),
    ("pods", ev.PollRound(7.0, pods=1, answered=1)),
    ("epp", ev.Epp(7.0, pod="p")),
    ("variants", ev.Variant(7.0, name="v", namespace="ns", source="ScaledObject")),
    ("workloads", ev.Workload(7.0, kind="Deployment", name="w", namespace="ns")),
    ("workloads", ev.Pod(7.0, name="p", namespace="ns", role="model")),
    ("controller", ev.Pod(7.0, name="p", namespace="ns", role="controller")),
    ("autoscalers", ev.Autoscaler(7.0, name="h", namespace="ns")),
    ("autoscalers", ev.ScaledObject(7.0, name="s", namespace="ns")),
    ("controller", ev.Lease(7.0, name="l", namespace="ns")),
    ("configmaps", ev.Config(7.0, name="c", namespace="ns")),
    ("events", ev.KubeEvent(7.0, name="e")),
    ("jobs", ev.Job(7.0, name="j", namespace="ns")),
    ("jobs", ev.JobProgress(7.0, name="j", namespace="ns")),
    ("jobs", ev.JobResult(7.0, name="j", namespace="ns")),
]


@pytest.mark.parametrize(("source", "event"), HEARD)
def test_every_delivery_says_when_its_source_was_last_heard(source: str, event: ev.Event) -> None:
    assert fold(EMPTY, [event]).heard == {source: 7.0}


def test_a_line_of_a_load_job_is_kept_by_its_pod_and_is_no_line_of_the_controller() -> None:
    line = ev.Log(1.0, line="50%", stream="job", pod="j-x")
    state = fold(EMPTY, [line])
    assert {pod: list(lines) for pod, lines in state.job_log.items()} == {"j-x": [line]}
    assert (state.log.total, dict(state.heard)) == (0, {})


def test_whoever_holds_the_lease_leads() -> None:
    state = fold(EMPTY, [ev.Lease(1.0, name="l", namespace="ns", holder="ctl-a_1")])
    assert state.leader == "ctl-a_1"


def test_what_is_told_once_is_kept_in_the_order_in_which_it_came() -> None:
    told: dict[str, ev.Event] = {
        "marks": ev.Mark(1.0, note="warm"),
        "gaps": ev.Gap(1.0, source="log", since=0.0, until=1.0),
        "notices": ev.Notice(1.0, code="resync"),
        "rounds": ev.PollRound(1.0, pods=2, answered=1),
        "kube_events": ev.KubeEvent(1.0, reason="Killing"),
    }
    state = fold(EMPTY, list(told.values()))
    assert {name: list(getattr(state, name)) for name in told} == {
        name: [event] for name, event in told.items()
    }


def test_looks_at_an_endpoint_picker_are_kept_by_its_pod() -> None:
    looks = [ev.Epp(at, pod=pod, queue=at) for at, pod in ((1.0, "a"), (2.0, "b"), (3.0, "a"))]
    state = fold(EMPTY, looks)
    assert {pod: list(ring) for pod, ring in state.epp.items()} == {
        "a": [looks[0], looks[2]],
        "b": [looks[1]],
    }


def test_failed_looks_are_counted_until_one_succeeds_and_the_engine_stays() -> None:
    engine = ev.Engine(1.0, pod="p", engine="vllm")
    first, second = (ev.ScrapeFailure(at, pod="p", why="refused") for at in (2.0, 3.0))
    failing = fold(EMPTY, [engine, first, second]).watched["p"]
    assert (failing.failure, failing.failures, failing.engine) == (second, 2, engine)
    moved = ev.Engine(3.5, pod="p", engine="vllm", port=8200)
    learned = fold(EMPTY, [first, second, moved]).watched["p"]
    assert (learned.failure, learned.failures, learned.engine) == (second, 2, moved)
    scraped = fold(EMPTY, [engine, first, second, ev.Scrape(4.0, pod="p", kv=0.5)]).watched["p"]
    assert (scraped.failure, scraped.failures, scraped.engine) == (None, 0, engine)
    assert [row.at for row in scraped.history] == [4.0]


def test_the_health_of_a_source_says_all_that_the_source_said() -> None:
    denied = ev.Source(
        2.0,
        source="log",
        status="denied",
        text="forbidden",
        retry_at=62.0,
        verb="get",
        resource="pods/log",
    )
    health = fold(EMPTY, [denied]).sources["log"]
    assert (health.source, health.status, health.text) == ("log", "denied", "forbidden")
    assert (health.retry_at, health.verb, health.resource) == (62.0, "get", "pods/log")
    assert (health.since, health.heard_at) == (2.0, None)


def test_events_of_a_later_version_are_counted_by_kind() -> None:
    later = [ev.Unknown(1.0, kind=kind, raw="{}") for kind in ("x", "y", "x")]
    assert fold(EMPTY, later).unknown_kinds == {"x": 2, "y": 1}


def test_the_experiment_that_runs_is_the_newest_word_on_it() -> None:
    told = [
        ev.Experiment(at, name="e", phase=phase) for at, phase in ((1.0, "load"), (2.0, "tail"))
    ]
    assert fold(EMPTY, told).experiment == told[1]


def test_a_recording_that_goes_on_in_another_file_has_not_ended() -> None:
    rotated = ev.Footer(1.0, reason="rotated", next="run.2.jsonl")
    ended = ev.Footer(2.0, reason="quit")
    assert fold(EMPTY, [rotated]).footer is None
    assert fold(EMPTY, [ended]).footer == ended
    assert fold(EMPTY, [ended, rotated]).footer is None


def test_a_session_begins_when_its_header_says_or_else_with_its_first_header_or_tick() -> None:
    started = ev.Header(50.0, started_at=40.0)
    assert fold(EMPTY, [started, ev.Tick(60.0)]).first_at == 40.0
    assert fold(EMPTY, [ev.Header(50.0), ev.Tick(60.0)]).first_at == 50.0
    assert fold(EMPTY, [ev.Tick(60.0), ev.Tick(61.0)]).first_at == 60.0
    assert fold(EMPTY, [ev.Tick(60.0), started]).first_at == 60.0


def test_an_event_from_before_does_not_turn_the_clock_back() -> None:
    state = fold(EMPTY, [ev.Tick(60.0), ev.Mark(50.0, note="late")])
    assert (state.now, state.events) == (60.0, 2)
    assert fold(state, [ev.Mark(55.0, note="later still")]).now == 60.0


def test_scrapes_are_summed_up_by_the_bounds_of_their_own_time() -> None:
    """Bounds that follow a scrape do not change its values, in one batch or in two."""

    def scrape(at: float, count: int) -> ev.Scrape:
        return ev.Scrape(at, pod="p", ttft=msgspec.Raw(f"[1,{count},{count},0]".encode()))

    late = 60.0 * (FULL_MINUTES + 2)
    early = [ev.Bounds(1.0, id=1, le=(2.0,)), scrape(2.0, 0), scrape(50.0, 9), scrape(late, 9)]
    later = ev.Bounds(late, id=1, le=(8.0,))
    state = fold(EMPTY, [*early, later])
    assert state.bounds == {1: (8.0,)}
    (minute,) = state.watched["p"].history.old
    assert minute.ttft_p95_ms is not None
    assert minute.ttft_p95_ms <= 2_000.0
    assert canonical(fold(fold(EMPTY, early), [later])) == canonical(state)


def test_a_deleted_pod_is_kept_for_two_hours_and_not_a_moment_longer() -> None:
    pods = [ev.Pod(1.0, name=name, namespace="ns") for name in ("a", "b", "c")]
    early = [deleted("pod", "a", at=10.0), deleted("pod", "b", at=11.0)]
    late = deleted("pod", "c", at=11.0 + GONE_KEPT_S)
    state = fold(EMPTY, [*pods, *early, late])
    assert GONE_KEPT_S == 7_200.0
    assert state.gone == {"b": 11.0, "c": 11.0 + GONE_KEPT_S}
    assert set(state.pods) == {"b", "c"}


def test_each_tick_notes_the_rungs_of_every_variant_where_one_changed() -> None:
    def target(at: float, ready: int) -> ev.Workload:
        return ev.Workload(at, kind="Deployment", name="d", namespace="ns", spec=2, ready=ready)

    source = "VariantAutoscaling"
    owner = ev.Variant(1.0, name="v", namespace="ns", source=source, target_name="d")
    told = [owner, target(2.0, 1), ev.Tick(3.0), ev.Tick(4.0), target(5.0, 2), ev.Tick(6.0)]
    rungs = fold(EMPTY, told).ladder["ns", "v"]
    assert [(each.at, each.spec, each.ready) for each in rungs] == [(3.0, 2, 1), (6.0, 2, 2)]


@pytest.mark.parametrize("told", [ev.Engine(2.0, pod="a"), ev.ScrapeFailure(2.0, pod="a", why="x")])
@pytest.mark.parametrize(("imported", "names"), [("run", ["a"]), ("", [])])
def test_pages_alone_make_a_pod_of_what_was_imported(
    told: ev.Event, imported: str, names: list[str]
) -> None:
    state = fold(EMPTY, [ev.Header(1.0, imported=imported, namespace="ns"), told])
    assert list(state.pods) == names
    assert [(pod.namespace, pod.role, pod.phase) for pod in state.pods.values()] == [
        ("ns", "model", "Unknown")
    ] * len(names)


def test_pages_tell_nothing_new_of_a_pod_with_an_object_or_of_one_that_is_gone() -> None:
    pod = ev.Pod(2.0, name="a", namespace="ns", role="model", ready=True, phase="Running")
    head = ev.Header(1.0, imported="run", namespace="ns")
    state = fold(EMPTY, [head, pod, ev.Engine(3.0, pod="a")])
    assert state.pods["a"] is pod
    gone = ev.Deleted(4.0, kind="pod", name="a", namespace="ns")
    assert fold(state, [gone, ev.Engine(5.0, pod="a")]).pods["a"] is pod


def test_pods_of_pages_are_of_their_namespaces() -> None:
    head = ev.Header(1.0, imported="run", namespace="x,y")
    state = fold(EMPTY, [head, ev.Engine(2.0, pod="y/a")])
    assert [(name, pod.namespace) for name, pod in state.pods.items()] == [("y/a", "y")]
