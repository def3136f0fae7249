"""The ports of a pod that may each serve an engine, and the declared place of its metrics."""

from typing import Any

import pytest

from wvatui.core import events as ev
from wvatui.sources.inventory import Inventory
from wvatui.sources.objects.pod import decode_pod

AT = 1_788_249_600.0
SHARED_LB = "--data-parallel-multi-port-external-lb"


def pod(*containers: dict[str, Any], **annotations: str) -> ev.Pod:
    named = {f"prometheus.io/{name}": value for name, value in annotations.items()}
    metadata = {"name": "p", "namespace": "ns", "annotations": named}
    return decode_pod({"metadata": metadata, "spec": {"containers": list(containers)}}, AT)


def container(*ports: int, image: str = "vllm/vllm-openai", args: tuple[str, ...] = ()) -> Any:
    declared = [{"containerPort": port} for port in ports]
    return {"name": image, "image": image, "ports": declared, "args": list(args)}


@pytest.mark.parametrize(
    ("containers", "groups"),
    [
        ([container(8000)], ()),
        ([container(8000, 5557)], ()),
        ([container(8000, 8001, 8002, 8003)], ((8000, 8001, 8002, 8003),)),
        ([container(8001, 8000, 9000)], ((8000, 8001),)),
        ([container(8000, image="routing-sidecar"), container(8001)], ()),
        ([container(8000), container(9000)], ((8000, 9000),)),
        ([container(8000, args=("--data-parallel-size", "2"))], ()),
        (
            [container(args=("--port=8200", "--data-parallel-size=3", SHARED_LB))],
            ((8200, 8201, 8202),),
        ),
        (
            [container(args=(f"vllm serve m --data-parallel-size 2 {SHARED_LB}",))],
            ((8000, 8001),),
        ),
        ([container(args=("--data-parallel-size", "999", SHARED_LB))], ()),
    ],
)
def test_ports_that_belong_together(containers: list[Any], groups: tuple[Any, ...]) -> None:
    assert pod(*containers).rank_ports == groups


def test_annotations_say_where_the_page_is() -> None:
    found = pod(container(8000), port="9400", path="/custom/metrics", scheme="HTTPS")
    assert (found.ports[0], found.metrics_path, found.metrics_scheme) == (
        9400,
        "/custom/metrics",
        "https",
    )
    assert pod(container(8000), path="stats").metrics_path == "/stats"


@pytest.mark.parametrize("path", ["/../../../secrets", "/a/../b", "", "/x#y", "/\n", "/ü"])
def test_a_path_that_leads_elsewhere_is_left_out(path: str) -> None:
    assert pod(container(8000), path=path).metrics_path == ""


@pytest.mark.parametrize("scheme", ["ftp", "", "file"])
def test_a_scheme_that_is_none_is_left_out(scheme: str) -> None:
    assert pod(container(8000), scheme=scheme).metrics_scheme == ""


# --- groups


def member(index: int, *args: str, group: str = "0") -> ev.Pod:
    labels = {
        "leaderworkerset.sigs.k8s.io/name": "g",
        "leaderworkerset.sigs.k8s.io/group-index": group,
        "leaderworkerset.sigs.k8s.io/worker-index": str(index),
        "llm-d.ai/model": "m",
    }
    name = f"g-{group}-{index}" if index else f"g-{group}"
    obj = {
        "metadata": {"name": name, "namespace": "ns", "labels": labels},
        "spec": {"containers": [container(8000, args=args)]},
        "status": {"phase": "Running", "podIP": "10.0.0.1"},
    }
    return decode_pod(obj, AT)


def test_the_workers_of_a_group_are_asked_with_their_leader_unless_they_only_help_it() -> None:
    book = Inventory(lambda: AT)
    book.emit = lambda event: None
    others = [member(0, group="1"), member(1, group="1")]
    book.put_all([member(0), member(1), member(2, "--headless"), *others], [])
    targets = {target.pod: [each.pod for each in target.group] for target in book.model_targets()}
    assert targets == {"g-0": ["g-0-1"], "g-1": ["g-1-1"]}
