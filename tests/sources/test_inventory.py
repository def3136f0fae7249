"""The inventory passes on relevant objects, once, also when their relevance is known late."""

import msgspec
import pytest

from wvatui.core import events as ev
from wvatui.core.label_selector import parse_selector
from wvatui.sources.inventory import Identity, Inventory, identity

AT = 1_788_249_600.0


@pytest.fixture
def told() -> list[ev.Event]:
    return []


@pytest.fixture
def book(told: list[ev.Event]) -> Inventory:
    made = Inventory(lambda: AT)
    made.emit = told.append
    return made


def put(book: Inventory, event: ev.Event) -> None:
    """Put an object, as it is now, into the inventory."""
    book.put_all([event], [])


def drop(book: Inventory, deleted: Identity) -> None:
    """Delete an object from the inventory."""
    book.put_all([], [deleted])


def pod(name: str, role: str = "", **more: object) -> ev.Pod:
    return ev.Pod(
        AT, name=name, namespace="ns", role=role, labels={"app": "d"}, phase="Running", **more
    )  # type: ignore[arg-type]


def workload(name: str = "d", kind: str = "Deployment") -> ev.Workload:
    return ev.Workload(AT, kind=kind, name=name, namespace="ns", selector={"app": "d"})


def variant(target: str = "d", kind: str = "Deployment") -> ev.Variant:
    return ev.Variant(
        AT,
        name="v",
        namespace="ns",
        source="VariantAutoscaling",
        target_kind=kind,
        target_name=target,
    )


def happening(kind: str, name: str) -> ev.KubeEvent:
    return ev.KubeEvent(AT, kind=kind, name=name, reason="Killing")


def test_a_pod_becomes_ours_when_its_workload_becomes_a_scale_target(
    book: Inventory, told: list[ev.Event]
) -> None:
    put(book, pod("d-1"))
    put(book, workload())
    assert told == []
    assert book.model_targets() == []
    put(book, variant())
    assert {type(event) for event in told} == {ev.Pod, ev.Workload, ev.Variant}
    (target,) = book.model_targets()
    assert (target.pod, target.workload) == ("d-1", "d")
    assert next(e for e in told if isinstance(e, ev.Pod)).role == "model"


def test_of_workloads_that_share_their_labels_only_the_declared_ones_pods_are_ours(
    book: Inventory, told: list[ev.Event]
) -> None:
    for name in ("a", "d"):
        put(book, workload(name))
        put(book, pod(f"{name}-5f-x", owner_kind="ReplicaSet", owner_name=f"{name}-5f"))
    put(book, variant())
    assert [(target.pod, target.workload) for target in book.model_targets()] == [("d-5f-x", "d")]
    assert [e.name for e in told if isinstance(e, ev.Workload | ev.Pod)] == ["d", "d-5f-x"]


def test_a_workload_that_serves_models_is_ours_before_it_has_a_pod(
    book: Inventory, told: list[ev.Event]
) -> None:
    book.template_role(workload("web"), "")
    book.template_role(workload(), "model")
    for name in ("web", "d"):
        put(book, workload(name))
    assert told == [workload()]


def test_a_workload_is_ours_when_one_of_its_pods_serves_models(
    book: Inventory, told: list[ev.Event]
) -> None:
    put(book, workload())
    put(book, pod("d-1"))
    assert told == []
    put(book, pod("d-2", "model"))
    assert {e.name for e in told if isinstance(e, ev.Workload | ev.Pod)} == {"d", "d-1", "d-2"}


@pytest.mark.parametrize("kind", [ev.Autoscaler, ev.ScaledObject])
def test_what_scales_is_told_when_what_it_scales_is_ours(
    book: Inventory, told: list[ev.Event], kind: type[ev.Autoscaler | ev.ScaledObject]
) -> None:
    for target in ("web", "d"):
        put(
            book,
            kind(
                AT, name=f"s-{target}", namespace="ns", target_kind="Deployment", target_name=target
            ),
        )
        put(book, workload(target))
    assert told == []
    put(book, variant())
    assert [e.name for e in told if isinstance(e, kind)] == ["s-d"]
    drop(book, identity(variant()))
    assert {e.name for e in told if isinstance(e, ev.Deleted)} == {"v", "d", "s-d"}


@pytest.mark.parametrize("kind", [ev.Autoscaler, ev.ScaledObject])
def test_what_scales_and_is_managed_is_told_whatever_it_scales(
    book: Inventory, told: list[ev.Event], kind: type[ev.Autoscaler | ev.ScaledObject]
) -> None:
    managed = kind(AT, name="s", namespace="ns", target_name="d", managed=True)
    put(book, managed)
    assert told == [managed]


def test_what_waited_until_it_was_known_to_be_ours_is_told_as_of_then() -> None:
    now, told = [AT], list[ev.Event]()
    book = Inventory(lambda: now[0])
    book.emit = told.append
    put(book, workload())
    put(book, pod("d-1"))
    book.hear(happening("Pod", "d-1"))
    now[0] = AT + 7
    put(book, msgspec.structs.replace(variant(), at=AT + 7))
    assert len(told) == 4
    assert {event.at for event in told} == {AT + 7}
    now[0] = AT + 9
    book.hear(happening("Pod", "d-1"))
    drop(book, identity(pod("d-1")))
    assert [event.at for event in told[4:]] == [AT + 9, AT + 9]


def test_nothing_is_told_twice_and_a_change_is(book: Inventory, told: list[ev.Event]) -> None:
    one = pod("d-1", "model")
    put(book, one)
    put(book, msgspec.structs.replace(one, at=AT + 5))
    assert len(told) == 1
    put(book, msgspec.structs.replace(one, at=AT + 6, ready=True))
    assert len(told) == 2


def test_what_is_deleted_is_gone_once(book: Inventory, told: list[ev.Event]) -> None:
    one = pod("d-1", "model")
    put(book, one)
    drop(book, identity(one))
    drop(book, identity(one))
    assert told[1:] == [ev.Deleted(AT, kind="pod", name="d-1", namespace="ns")]


def test_a_strangers_pod_is_never_told(book: Inventory, told: list[ev.Event]) -> None:
    put(book, pod("web-1"))
    put(book, workload())
    drop(book, identity(pod("web-1")))
    assert told == []


def test_a_kubernetes_event_waits_until_its_object_is_known_to_be_ours(
    book: Inventory, told: list[ev.Event]
) -> None:
    about = ev.KubeEvent(AT, kind="Pod", name="d-1", reason="Scheduled")
    other = ev.KubeEvent(AT, kind="Pod", name="web-1", reason="Scheduled")
    replica_set = ev.KubeEvent(AT, kind="ReplicaSet", name="d-5f6b", reason="SuccessfulCreate")
    for event in (about, other, replica_set):
        book.hear(event)
    assert told == []
    put(book, workload())
    put(book, variant())
    put(book, pod("d-1"))
    assert [e for e in told if isinstance(e, ev.KubeEvent)] == [replica_set, about]


def test_kubernetes_events_of_what_becomes_ours_later_go_on_waiting(
    book: Inventory, told: list[ev.Event]
) -> None:
    late = happening("Pod", "d-1")
    book.hear(late)
    for n in range(4_000):  # as in an hour of a busy namespace, for which they are kept
        book.hear(happening("Pod", f"web-{n}"))
    put(book, pod("e-1", "model"))
    assert late not in told
    put(book, pod("d-1", "model"))
    assert [e for e in told if isinstance(e, ev.KubeEvent)] == [late]


@pytest.mark.parametrize(
    ("maker", "kind", "name", "ours"),
    [
        ("Deployment", "ReplicaSet", "d-5f6b", True),
        ("Deployment", "ReplicaSet", "web-5f6b", False),
        ("Deployment", "Pod", "d-5f6b-x2x4z", True),  # which is gone, or not known yet
        ("Deployment", "Pod", "web-5f6b-x2x4z", False),
        ("Deployment", "StatefulSet", "d", False),
        ("Deployment", "Job", "d", False),
        ("LeaderWorkerSet", "StatefulSet", "d", True),
        ("LeaderWorkerSet", "StatefulSet", "d-1", True),  # the workers of a group
        ("LeaderWorkerSet", "StatefulSet", "d-big", False),
        ("LeaderWorkerSet", "StatefulSet", "web-1", False),
        ("LeaderWorkerSet", "ReplicaSet", "d-5f6b", False),
    ],
)
def test_a_kubernetes_event_of_what_a_workload_of_ours_makes_is_told(
    book: Inventory, told: list[ev.Event], maker: str, kind: str, name: str, ours: bool
) -> None:
    put(book, workload(kind=maker))
    put(book, variant(kind=maker))
    del told[:]
    book.hear(happening(kind, name))
    assert told == ([happening(kind, name)] if ours else [])


@pytest.mark.parametrize("name", ["big-2", "big-2-1"])
def test_a_leader_worker_set_may_be_called_like_a_group(
    book: Inventory, told: list[ev.Event], name: str
) -> None:
    put(book, workload("big-2", "LeaderWorkerSet"))
    put(book, variant("big-2", "LeaderWorkerSet"))
    book.hear(happening("StatefulSet", name))
    assert told[-1] == happening("StatefulSet", name)


def test_the_holder_of_the_lease_is_the_controller_to_follow(book: Inventory) -> None:
    book.controller_namespace = "wva"
    for name in ("ctl-a", "ctl-b"):
        put(book, ev.Pod(AT, name=name, namespace="wva", role="controller", phase="Running"))
    assert book.controllers().wanted == ("ctl-a", "ctl-b")
    put(book, ev.Lease(AT, name="72dd1cf1.llm-d.ai", namespace="wva", holder="ctl-b_1234-abc"))
    assert book.controllers().wanted == ("ctl-b",)


def lease(holder: str, namespace: str = "wva", name: str = "72dd1cf1.llm-d.ai") -> ev.Lease:
    return ev.Lease(AT, name=name, namespace=namespace, holder=f"{holder}_1234-abc")


@pytest.mark.parametrize(
    ("leases", "holder"),
    [
        ([lease("ctl-b", "elsewhere")], "ctl-b"),
        ([lease("other", "elsewhere")], ""),
        ([lease("gone"), lease("ctl-b", "elsewhere")], "ctl-b"),  # left over in its old namespace
        ([lease("ctl-b", "elsewhere"), lease("gone")], "ctl-b"),
        ([lease("gone")], "gone"),  # its pod may not be known yet
        ([ev.Lease(AT, name="72dd1cf1.llm-d.ai", namespace="wva")], ""),
    ],
)
def test_a_lease_that_is_kept_elsewhere_counts_when_a_pod_of_the_controller_holds_it(
    book: Inventory, leases: list[ev.Lease], holder: str
) -> None:
    book.controller_namespace = "wva"
    for name in ("ctl-a", "ctl-b"):
        put(book, ev.Pod(AT, name=name, namespace="wva", role="controller", phase="Running"))
    for one in leases:
        put(book, one)
    assert book.controllers().holder == holder


def test_of_model_pods_only_those_that_a_selector_picks_are_told_and_polled(
    told: list[ev.Event],
) -> None:
    book = Inventory(lambda: AT, selector=parse_selector("tier=blue,!old") or ())
    book.emit = told.append
    labels = {
        "blue": {"tier": "blue"},
        "old": {"tier": "blue", "old": ""},
        "green": {"tier": "green"},
    }
    for name, own in labels.items():
        made = msgspec.structs.replace(pod(f"d-{name}"), labels={"app": "d", **own})
        put(book, made)
        put(book, msgspec.structs.replace(made, name=f"m-{name}", role="model", labels=own))
    put(book, msgspec.structs.replace(pod("manager", "controller"), labels={}))
    put(book, workload())
    put(book, variant())
    assert [target.pod for target in book.model_targets()] == ["d-blue", "m-blue"]
    names = {event.name for event in told if isinstance(event, ev.Pod)}
    assert names == {"d-blue", "m-blue", "manager"}
