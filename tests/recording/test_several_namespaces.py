"""A recording of several namespaces: what is exported of it, and each of its parts alone."""

import csv
import io
from collections import Counter
from pathlib import Path

from tests.core.canonical import canonical
from tests.core.fold.test_several_namespaces import T0, cycle, folded, two
from wvatui.analysis.summary import mixed, summary
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.export.frames import frames
from wvatui.export.snapshot import snapshot_csv
from wvatui.recording.changes.narrowing import Narrowing
from wvatui.recording.library import default_recording
from wvatui.session.live import known_objects


class Recorded:
    """The events of a recording, as exports read them."""

    def batches(self, count: int) -> list[list[ev.Event]]:
        return [two(ev.PollRound(T0 + 1.5, pods=2, answered=2), *cycle((1, 3), (20, 21)))]


def test_tables_have_bare_pods_and_their_namespace() -> None:
    tables = frames(Recorded())
    for name in ("pods", "scrapes"):
        rows = tables[name]
        pairs = set(zip(rows["namespace"], rows["pod"], strict=True))
        assert pairs == {("a", "v-0"), ("b", "v-0")}, name
    assert sorted(tables["cycles"]["namespace"]) == ["a", "b"]
    assert list(tables["scrapes"].columns)[-1] == "namespace"
    assert set(tables["logs"]["namespace"]) == {"", "a", "b"}


def test_a_snapshot_has_bare_pods_and_their_namespace() -> None:
    rows = list(csv.DictReader(io.StringIO(snapshot_csv(folded()))))
    assert Counter((row["namespace"], row["pod"]) for row in rows) == Counter(
        [("a", ""), ("a", "v-0"), ("b", ""), ("b", "v-0")]
    )


def test_totals_are_told_namespace_by_namespace_and_never_added_up() -> None:
    events = two(*cycle((1, 3), (20, 21)))
    parts = [
        summary(fold(EMPTY, list(Narrowing("x", where).take(events))), "x") for where in ("a", "b")
    ]
    whole = mixed(summary(fold(EMPTY, events), "x"), parts)
    assert whole["namespaces"] == ["a", "b"]
    assert whole["ups"] is None
    assert {where: part["tgt_max"] for where, part in whole["by_namespace"].items()} == {
        "a": 3,
        "b": 21,
    }


def objects_of(state: State) -> bytes:
    """The objects of a State, without metrics and log, in a canonical form."""
    return canonical(fold(EMPTY, [state.header, *known_objects(state)]))  # type: ignore[list-item]


def test_a_later_part_begins_with_objects_of_every_namespace() -> None:
    gone = ev.Deleted(T0 + 1.5, kind="pod", name="v-0", namespace="a")
    health = ev.Source(
        T0 + 1.0, source="workloads", status="ok", kinds=("Deployment",), namespace="b"
    )
    state = folded(gone, health)
    events = list(known_objects(state))
    # Objects have the names that Kubernetes gives them, as in the first part.
    assert {(e.namespace, e.name) for e in events if isinstance(e, ev.Pod)} == {
        ("a", "v-0"),
        ("b", "v-0"),
    }
    again = fold(EMPTY, [state.header, *events])  # type: ignore[list-item]
    assert set(again.pods) == set(state.pods)
    assert set(again.gone) == {"a/v-0"}
    assert again.sources["b/workloads"].kinds == ("Deployment",)
    assert objects_of(again) == objects_of(state)


def test_a_recording_is_called_by_what_was_watched(tmp_path: Path) -> None:
    def name(namespaces: str) -> str:
        header = ev.Header(T0, started_at=T0, namespace=namespaces)
        return default_recording(header, tmp_path).name

    assert name("a,b").endswith("-a+b.jsonl")
    assert name("*").endswith("-all-namespaces.jsonl")
    assert name(",".join(f"team-{n}" for n in range(90))).endswith("-team-0+89.jsonl")


def test_a_recording_without_a_cluster_is_called_by_the_host_of_its_endpoints(
    tmp_path: Path,
) -> None:
    def name(*urls: str) -> str:
        endpoints = tuple(ev.EngineEndpoint(f"e{n}", url) for n, url in enumerate(urls))
        header = ev.Header(T0, started_at=T0, endpoints=endpoints)
        return default_recording(header, tmp_path).name

    assert name("http://gpu-box:8000/metrics").endswith("-gpu-box.jsonl")
    assert name("http://gpu-box:8000/m", "http://gpu-box:8001/m").endswith("-gpu-box.jsonl")
    assert name("http://a:8000/metrics", "http://b:8000/metrics").endswith("-endpoints.jsonl")
    assert name("http://[fe80::1]:8000/metrics").endswith("-fe80_1.jsonl")
