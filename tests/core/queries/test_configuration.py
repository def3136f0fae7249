"""The configuration of a session: a row per setting, by namespace where there are several."""

from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.session.configuration import configuration
from wvatui.core.state.state import EMPTY

AT = 1_788_249_600.0


def deployment(namespace: str, image: str) -> ev.Workload:
    return ev.Workload(AT, kind="Deployment", name="vllm", namespace=namespace, image=image)


def test_objects_of_one_name_in_two_namespaces_keep_their_settings() -> None:
    header = ev.Header(AT, started_at=AT, namespace="a,b")
    state = fold(EMPTY, [header, deployment("a", "x:1"), deployment("b", "x:2")])
    images = {(row[1], row[2]) for row in configuration(state) if row[0] == "image"}
    assert images == {("Deployment a/vllm", "x:1"), ("Deployment b/vllm", "x:2")}


def test_in_one_namespace_names_stand_alone() -> None:
    header = ev.Header(AT, started_at=AT, namespace="a")
    rows = configuration(fold(EMPTY, [header, deployment("a", "x:1")]))
    assert [row[1] for row in rows if row[0] == "image"] == ["Deployment vllm"]
