"""Real clusters with deliberate faults: there are no findings outside of these faults."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.fixtures import shared
from wvatui.core.findings.over_time import Lasting, found_over_time
from wvatui.recording import open_recording

Causes = Sequence[tuple[float, float, str]]
"""(from, to, what was done), in seconds of a recording."""
CAUSES: Causes = (
    (59.3, 83.3, "the controller is deleted, and another one starts"),
    (229.8, 235.4, "another controller is deleted, and another one starts"),
    (527.5, 540.0, "the API server starts and has not read its rules of access"),
    (562.0, 655.0, "the load falls: the way down has its window of 60 s"),
    (656.7, 685.0, "the API server was paused: the Lease and the nodes were lost, WVA restarts"),
    (657.0, 727.5, "the nodes are taken for lost until their kubelets report again"),
    (671.7, 792.0, "the replicas go down, one in 15 s"),
    (686.5, 761.6, "the controller is killed; the next one waits for its Lease, then emits"),
    (800.0, 868.0, "rights are revoked and given back"),
    (828.0, 898.5, "the token is changed, and a new one comes"),
)
CAUSED = {
    "controller-not-leader": (0, 1, 4, 7),
    "controller-silent": (4,),
    "failing-probes": (5,),
    "missing-rights": (2, 8, 9),
    "stabilising": (3,),
    "policy-limit": (6,),
    "scaling-inactive": (7,),
    "unknown-metric": (7,),
}
"""Rule → indices of the causes that may raise it."""


def found(name: str, causes: Causes, caused: Mapping[str, Sequence[int]]) -> tuple[Lasting, ...]:
    """All findings of a recording, with times in seconds of the recording.

    Asserts that each is within one of the causes that `caused` allows for its rule.
    """
    lasting, state = found_over_time(open_recording(shared(f"real-cluster-2026/{name}")).events())
    began = state.first_at
    stretches = [
        Lasting(
            replace(each.finding, until=each.finding.until and each.finding.until - began),
            each.since - began,
            each.until - began,
        )
        for each in lasting
    ]
    unexplained = [
        (each.finding.rule, each.since, each.until)
        for each in stretches
        if not any(
            begun <= each.since and each.until <= ended
            for begun, ended, _ in (causes[n] for n in caused.get(each.finding.rule, ()))
        )
    ]
    assert unexplained == []
    assert {each.finding.rule for each in stretches} == caused.keys()
    return tuple(stretches)


def test_each_stretch_of_each_finding_on_a_real_cluster_has_its_cause() -> None:
    stretches = found("head-load-faults.jsonl.gz", CAUSES, CAUSED)
    [waits] = [each for each in stretches if "waits for the Lease" in each.finding.title]
    assert waits.finding.until is not None
    assert 0.0 <= waits.finding.until - 754.6 < 7.0, "it was taken at 754.6 s"


KEDA_CAUSES: Causes = (
    (52.0, 82.0, "the load rises: 1 to 2 to 4 to 6, at most doubled each 15 s"),
    (82.0, 262.0, "the load wants more than the maximum of 6"),
    (262.0, 308.0, "the load falls: the way down has its window of 60 s"),
    (308.0, 428.0, "the replicas go down, one in 30 s"),
    (397.0, 488.5, "Prometheus is away: the fallback of 2 is served"),
    (488.0, 532.0, "Prometheus is back, and wants less: the window again"),
    (626.0, 670.0, "a second load falls: the window"),
    (670.0, 702.0, "its replicas go down"),
)
KEDA_CAUSED = {
    "policy-limit": (0, 3, 7),
    "max-reached": (1,),
    "stabilising": (2, 5, 6),
    "scaled-object-state": (4,),
}
"""Rule → indices of causes. A missing right to Leases is no finding, as WVA is not installed."""


def test_a_real_keda_whose_prometheus_goes_away_misses_no_server_of_metrics() -> None:
    found("keda-queue.jsonl.gz", KEDA_CAUSES, KEDA_CAUSED)
