"""The book passes on what concerns us, once, also when that turns out late."""

import msgspec
import pytest

from wvatui.core import events as ev
from wvatui.sources.book import Book, identity

AT = 1_788_249_600.0


@pytest.fixture
def told() -> list[ev.Event]:
    return []


@pytest.fixture
def book(told: list[ev.Event]) -> Book:
    made = Book(lambda: AT)
    made.emit = told.append
    return made


def pod(name: str, role: str = "", **more: object) -> ev.Pod:
    return ev.Pod(AT, name=name, namespace="ns", role=role, labels={"app": "d"}, phase="Running",
                  **more)  # type: ignore[arg-type] # fmt: skip


def workload() -> ev.Workload:
    return ev.Workload(AT, kind="Deployment", name="d", namespace="ns", selector={"app": "d"})


def variant() -> ev.Variant:
    return ev.Variant(AT, name="v", namespace="ns", source="VariantAutoscaling", target_name="d")


def test_a_pod_becomes_ours_when_its_workload_becomes_a_scale_target(
    book: Book, told: list[ev.Event]
) -> None:
    book.put(pod("d-1"))
    book.put(workload())
    assert told == []
    assert book.model_targets() == []
    book.put(variant())
    assert {type(event) for event in told} == {ev.Pod, ev.Workload, ev.Variant}
    (target,) = book.model_targets()
    assert (target.pod, target.workload) == ("d-1", "d")
    assert next(e for e in told if isinstance(e, ev.Pod)).role == "model"


def test_nothing_is_told_twice_and_a_change_is(book: Book, told: list[ev.Event]) -> None:
    one = pod("d-1", "model")
    book.put(one)
    book.put(msgspec.structs.replace(one, at=AT + 5))
    assert len(told) == 1
    book.put(msgspec.structs.replace(one, at=AT + 6, ready=True))
    assert len(told) == 2


def test_what_is_deleted_is_gone_once(book: Book, told: list[ev.Event]) -> None:
    one = pod("d-1", "model")
    book.put(one)
    book.drop(identity(one))
    book.drop(identity(one))
    assert told[1:] == [ev.Gone(AT, kind="pod", name="d-1", namespace="ns")]


def test_a_strangers_pod_is_never_told(book: Book, told: list[ev.Event]) -> None:
    book.put(pod("web-1"))
    book.put(workload())
    book.drop(identity(pod("web-1")))
    assert told == []


def test_a_kubernetes_event_waits_until_its_object_is_known_to_be_ours(
    book: Book, told: list[ev.Event]
) -> None:
    about = ev.Happening(AT, kind="Pod", name="d-1", reason="Scheduled")
    other = ev.Happening(AT, kind="Pod", name="web-1", reason="Scheduled")
    replica_set = ev.Happening(AT, kind="ReplicaSet", name="d-5f6b", reason="SuccessfulCreate")
    for event in (about, other, replica_set):
        book.hear(event)
    assert told == []
    book.put(workload())
    book.put(variant())
    book.put(pod("d-1"))
    assert [e for e in told if isinstance(e, ev.Happening)] == [replica_set, about]


def test_the_holder_of_the_lease_is_the_controller_to_follow(book: Book) -> None:
    book.controller_namespace = "wva"
    for name in ("ctl-a", "ctl-b"):
        book.put(ev.Pod(AT, name=name, namespace="wva", role="controller", phase="Running"))
    assert book.controllers().wanted == ("ctl-a", "ctl-b")
    book.put(ev.Lease(AT, name="72dd1cf1.llm-d.ai", namespace="wva", holder="ctl-b_1234-abc"))
    assert book.controllers().wanted == ("ctl-b",)
