"""The rows of replicas."""

import pytest

from tests.core.folding import RECORDINGS
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.state.linking import state_links
from wvatui.core.state.state import EMPTY
from wvatui.core.structs import replace
from wvatui.recording import open_recording


@pytest.mark.parametrize(
    ("variant", "workload", "shown"),
    [("", "H100", "H100"), ("A100", "H100", "A100"), ("A100", "", "A100"), ("", "", "")],
)
def test_the_accelerator_is_the_variants_or_else_that_of_its_workload(
    variant: str, workload: str, shown: str
) -> None:
    state = fold(
        EMPTY,
        [
            ev.Variant(
                1.0,
                name="v",
                namespace="ns",
                source="VariantAutoscaling",
                target_kind="Deployment",
                target_name="d",
                accelerator=variant,
            ),
            ev.Workload(
                1.0,
                kind="Deployment",
                name="d",
                namespace="ns",
                selector={"app": "d"},
                accelerator=workload,
            ),
            ev.Pod(1.0, name="d-5f-x", namespace="ns", role="model", labels={"app": "d"}),
        ],
    )
    (row,) = replicas(state)
    assert (row.pod, row.accelerator) == ("d-5f-x", shown)


def test_the_accelerator_of_what_no_variant_declares_is_that_of_its_workload() -> None:
    state = fold(
        EMPTY,
        [
            ev.Workload(
                1.0,
                kind="Deployment",
                name="d",
                namespace="ns",
                selector={"app": "d"},
                accelerator="H100",
            ),
            ev.Pod(1.0, name="d-5f-x", namespace="ns", role="model", labels={"app": "d"}),
        ],
    )
    assert [row.accelerator for row in replicas(state)] == ["H100"]


def test_a_pod_is_a_row_from_its_first_list_on_and_unread_until_its_first_scrape() -> None:
    labels = {"app": "d"}
    listed = fold(
        EMPTY,
        [
            ev.Header(1.0, interval_s=2.0),
            ev.Workload(2.0, kind="Deployment", name="d", namespace="ns", selector=labels),
            ev.Pod(2.0, name="p", namespace="ns", role="model", labels=labels, ready=True),
        ],
    )
    assert [(row.pod, row.state) for row in replicas(listed)] == [("p", "unread")]
    refused = fold(listed, [ev.ScrapeFailure(3.0, pod="p", why="refused", text="no answer")])
    assert [row.state for row in replicas(refused)] == ["unreachable"]
    read = fold(listed, [ev.Scrape(3.0, pod="p", kv=0.0, waiting=0)])
    assert [row.state for row in replicas(read)] == ["ok"]


@pytest.mark.parametrize(
    ("kv", "waiting", "state", "full"),
    [
        (None, 1, "unknown: KV cache not measured", None),
        (0.2, None, "unknown: queue not measured", None),
        (None, None, "unknown: KV cache and queue not measured", None),
        (None, 50, "saturated", True),
        (0.95, None, "saturated", True),
        (0.2, 1, "ok", False),
    ],
)
def test_what_was_not_measured_is_not_below_its_threshold(
    kv: float | None, waiting: int | None, state: str, full: bool | None
) -> None:
    seen = fold(
        EMPTY,
        [
            ev.Header(1.0, interval_s=2.0),
            ev.Workload(
                2.0, kind="Deployment", name="d", namespace="ns", selector={"app": "d"}, spec=1
            ),
            ev.Pod(
                2.0,
                name="p",
                namespace="ns",
                role="model",
                labels={"app": "d"},
                ready=True,
                phase="Running",
            ),
            ev.Scrape(3.0, pod="p", running=1, kv=kv, waiting=waiting),
            ev.Tick(4.0),
        ],
    )
    (row,) = replicas(seen)
    assert (row.state, row.state_text, row.saturated) == (state.partition(":")[0], state, full)


def test_links_kept_from_the_state_before_are_those_that_would_be_made_anew() -> None:
    kept = 0
    for name in ("two-variants-keda.jsonl", "hpa-cpu-and-queue.jsonl"):
        events, state, before = list(open_recording(RECORDINGS / name).events()), EMPTY, ()
        for at in range(0, len(events), 20):
            state = fold(state, events[at : at + 20])
            links = state_links(state)
            assert links == state_links(state.apart())
            kept += links is before
            before = links
        assert any(link.hpa is not None for link in before)
    assert kept > 10


def test_links_are_those_of_the_state_from_which_a_fold_went_on() -> None:
    """A session that is shown from the middle again: the newest links are of a later State."""
    pod = ev.Pod(1.0, name="d-5f-x", namespace="ns", role="model", labels={"app": "d"})
    work = ev.Workload(
        1.0, kind="Deployment", name="d", namespace="ns", selector={"app": "d"}, spec=1
    )
    first = fold(EMPTY, [work, pod, ev.Tick(2.0)])
    later = fold(first, [replace(pod, name="d-5f-y"), ev.Tick(3.0)])
    assert [link.pods for link in state_links(later)] == [("d-5f-x", "d-5f-y")]
    again = fold(first, [ev.Tick(3.0)])
    assert [link.pods for link in state_links(again)] == [("d-5f-x",)]
