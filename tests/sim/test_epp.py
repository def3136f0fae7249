"""The endpoint picker's page, as llm-d's inference scheduler writes it."""

import random
import re
import tarfile

from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import shared
from wvatui.core.events import Epp
from wvatui.core.metrics.scrape import read_epp
from wvatui.engine.engine import EngineModel, EngineProfile
from wvatui.engine.gateway import Gateway
from wvatui.engine.timeline import Timeline
from wvatui.sim.cluster import Cluster
from wvatui.sim.pods.programs import epp_page, saturation

START = 1_788_249_600.0


def loaded(requests: int) -> Gateway:
    timeline = Timeline(START)
    gateway = Gateway(timeline)
    for pod in ("pod-b", "pod-a"):
        profile = EngineProfile("H100", blocks=64, max_seqs=8)
        gateway.join(pod, EngineModel(profile, START, random.Random(1)))
    for _ in range(requests):
        gateway.send(200, 100, 0)
    timeline.run_until(START + 0.5)
    return gateway


def read(gateway: Gateway) -> Epp:
    text = epp_page(gateway, "pool", "org/model", START + 0.5, "ns")
    (event,) = read_epp(text, at=START + 0.5, pod="epp", took_ms=1)
    assert isinstance(event, Epp)
    return event


def test_the_page_says_what_the_pool_holds() -> None:
    gateway = loaded(12)
    event = read(gateway)
    engines = list(gateway.engines.values())
    assert event.ready_pods == 2
    assert event.queue == 0
    assert event.running == 12
    assert event.kv == sum(e.cache.ratio for e in engines) / 2
    assert event.pods_waiting == sum(len(e.waiting) for e in engines) / 2
    assert event.saturation == saturation(gateway)


def test_saturation_is_one_where_every_pod_is_at_a_threshold() -> None:
    assert saturation(loaded(0)) == 0.0
    assert 0 < saturation(loaded(2)) < 1
    assert saturation(loaded(60)) > 1


def test_a_pool_without_pods_holds_requests_back_and_is_full() -> None:
    gateway = Gateway(Timeline(START))
    for _ in range(4):
        gateway.send(10, 10, 0)
    event = read(gateway)
    assert (event.queue, event.ready_pods, event.saturation) == (4, 0, 1.0)


def test_the_page_of_a_cluster_is_served_by_its_picker_pod() -> None:
    cluster = Cluster(scenario="steady")
    cluster.timeline.run_until(cluster.timeline.start + 30)
    (pod,) = cluster.store.list("Pod", cluster.namespace, {"inferencepool": "llama-pool-epp"})
    name = pod["metadata"]["name"]
    answer = cluster.pages.fetch(cluster.namespace, name, 9090, "/metrics")
    assert answer is not None
    assert answer[0] == 200
    assert b'namespace="llm-d-sim",pod_name="llama-8b-h100-' in answer[2]
    other = cluster.pages.fetch(cluster.namespace, name, 9090, "/else")
    assert other is not None
    assert other[0] == 404


def shape(text: str) -> dict[str, tuple[str, str, frozenset[str]]]:
    """Family → (its HELP, its TYPE, the names of its labels)."""
    found = {}
    for family in text_string_to_metric_families(text):
        labels = frozenset(key for sample in family.samples for key in sample.labels)
        found[family.name] = (family.documentation, family.type, labels)
    return found


def test_names_texts_and_labels_are_those_of_a_real_picker() -> None:
    with tarfile.open(shared("vllm-metrics/staircase-20260803.tar.gz")) as archive:
        names = sorted(n for n in archive.getnames() if re.search(r"-epp-.*_metrics\.log$", n))
        member = archive.extractfile(names[len(names) // 2])
        assert member is not None
        page = member.read().decode()
    real = shape(page)
    ours = shape(epp_page(loaded(12), "pool", "org/model", START + 0.5, "ns").decode())
    # That recording's picker ran without flow control.
    compared = {n: row for n, row in ours.items() if "flow_control" not in n}
    assert len(compared) >= 8
    assert {name: real.get(name) for name in compared} == compared
