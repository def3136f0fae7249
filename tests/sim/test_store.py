"""The store numbers every change, keeps a window of history and never changes in place."""

import pytest

from wvatui.engine.timeline import Timeline
from wvatui.sim.store import Expired, Store

START = 1_788_249_600.0


@pytest.fixture
def store() -> Store:
    return Store(Timeline(START))


def deployment(name: str = "decode", replicas: int = 1, **labels: str) -> dict:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "ns", "labels": labels},
        "spec": {"replicas": replicas},
    }


def test_a_new_object_gets_what_an_api_server_gives_it(store: Store) -> None:
    made = store.apply(deployment())
    metadata = made["metadata"]
    assert metadata["resourceVersion"] == "1"
    assert metadata["generation"] == 1
    assert metadata["creationTimestamp"] == "2026-09-01T08:00:00Z"
    assert len(metadata["uid"]) == 36


def test_parts_that_its_maker_shared_change_apart(store: Store) -> None:
    labels = {"app": "decode"}
    given = deployment() | {"spec": {"selector": {"matchLabels": labels}}}
    given["metadata"]["labels"] = labels
    store.apply(given)
    store.patch("Deployment", "ns", "decode", lambda obj: obj["metadata"]["labels"].update(a="b"))
    kept = store.get("Deployment", "ns", "decode")
    assert kept is not None
    assert kept["metadata"]["labels"] == {"app": "decode", "a": "b"}
    assert kept["spec"]["selector"]["matchLabels"] == {"app": "decode"}


def test_two_stores_with_the_same_history_give_the_same_uids() -> None:
    first, second = Store(Timeline(START)), Store(Timeline(START))
    assert first.apply(deployment()) == second.apply(deployment())
    first.delete("Deployment", "ns", "decode")
    again = first.apply(deployment())
    assert again["metadata"]["uid"] != second.list("Deployment")[0]["metadata"]["uid"]


def test_each_change_raises_the_resource_version_by_one(store: Store) -> None:
    store.apply(deployment("a"))
    store.apply(deployment("b"))
    store.patch("Deployment", "ns", "a", lambda obj: obj["spec"].update(replicas=3))
    store.delete("Deployment", "ns", "b")
    assert store.resource_version == 4
    assert [(c.version, c.verb) for c in store.changes(0)] == [
        (1, "ADDED"),
        (2, "ADDED"),
        (3, "MODIFIED"),
        (4, "DELETED"),
    ]


def test_generation_rises_with_the_spec_and_not_with_the_status(store: Store) -> None:
    store.apply(deployment())
    store.patch("Deployment", "ns", "decode", lambda obj: obj.update(status={"replicas": 1}))
    assert store.get("Deployment", "ns", "decode")["metadata"]["generation"] == 1
    store.patch("Deployment", "ns", "decode", lambda obj: obj["spec"].update(replicas=2))
    assert store.get("Deployment", "ns", "decode")["metadata"]["generation"] == 2


def test_an_object_asked_to_go_has_a_new_generation(store: Store) -> None:
    store.apply({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "namespace": "ns"}})
    gone = store.patch(
        "Pod", "ns", "p", lambda obj: obj["metadata"].update(deletionTimestamp="soon")
    )
    assert gone["metadata"]["generation"] == 2


def test_a_change_that_changes_nothing_is_no_change(store: Store) -> None:
    made = store.apply(deployment())
    assert store.patch("Deployment", "ns", "decode", lambda obj: None) is made
    assert store.apply(deployment()) is made
    assert store.resource_version == 1


def test_what_was_read_stays_as_it_was_when_the_object_changes(store: Store) -> None:
    before = store.apply(deployment(replicas=1))
    store.patch("Deployment", "ns", "decode", lambda obj: obj["spec"].update(replicas=9))
    assert before["spec"]["replicas"] == 1
    assert store.changes(1)[0].before is before


def test_an_object_replaced_keeps_its_uid_and_its_birth(store: Store) -> None:
    before = store.apply(deployment())
    store.timeline.run_until(START + 60)
    after = store.apply(deployment(replicas=5))
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["creationTimestamp"] == before["metadata"]["creationTimestamp"]


def test_lists_are_sorted_and_selected_by_label(store: Store) -> None:
    store.apply(deployment("z", app="x"))
    store.apply(deployment("a", app="x"))
    store.apply(deployment("m", app="y"))
    names = [obj["metadata"]["name"] for obj in store.list("Deployment", "ns", {"app": "x"})]
    assert names == ["a", "z"]
    assert store.list("Deployment", "elsewhere") == []


def test_history_beyond_the_window_is_expired() -> None:
    store = Store(Timeline(START), history=10)
    for number in range(30):
        store.apply(deployment(f"d{number}"))
    with pytest.raises(Expired, match=r"too old resource version: 1 \(\d+\)"):
        store.changes(1)
    assert [change.version for change in store.changes(25)] == [26, 27, 28, 29, 30]
    store.forget_history()
    with pytest.raises(Expired):
        store.changes(29)
    assert store.changes(30) == []


def test_who_listens_hears_each_change_once(store: Store) -> None:
    heard: list[tuple[str, str]] = []
    store.on_change(lambda verb, obj: heard.append((verb, obj["metadata"]["name"])))
    store.apply(deployment())
    store.apply(deployment())
    store.delete("Deployment", "ns", "decode")
    assert heard == [("ADDED", "decode"), ("DELETED", "decode")]


def test_a_repeated_event_is_counted_and_forgotten_an_hour_after_its_last(store: Store) -> None:
    pod = store.apply(
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p", "namespace": "ns"}}
    )
    store.event(pod, "Warning", "Unhealthy", "Readiness probe failed", "kubelet")
    store.event(pod, "Normal", "Pulled", "Image pulled", "kubelet")
    store.timeline.run_until(START + 1800)
    store.event(pod, "Warning", "Unhealthy", "Readiness probe failed", "kubelet")
    unhealthy = next(e for e in store.list("Event", "ns") if e["reason"] == "Unhealthy")
    assert (unhealthy["count"], unhealthy["type"]) == (2, "Warning")
    assert unhealthy["firstTimestamp"] == "2026-09-01T08:00:00Z"
    assert unhealthy["lastTimestamp"] == "2026-09-01T08:30:00Z"
    assert unhealthy["involvedObject"]["uid"] == pod["metadata"]["uid"]
    store.timeline.run_until(START + 3700)
    assert [event["reason"] for event in store.list("Event", "ns")] == ["Unhealthy"]
    store.timeline.run_until(START + 5500)
    assert store.list("Event") == []


def test_a_name_is_made_from_its_beginning(store: Store) -> None:
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"generateName": "p-", "namespace": "n"}}
    first, second = store.apply(pod), store.apply(pod)
    assert first["metadata"]["name"].startswith("p-")
    assert first["metadata"]["name"] != second["metadata"]["name"]


def test_changing_what_is_not_there_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError):
        store.patch("Pod", "ns", "nope", lambda obj: None)
    with pytest.raises(KeyError):
        store.delete("Pod", "ns", "nope")
