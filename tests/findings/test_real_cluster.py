"""A real cluster with faults that were made on purpose: nothing is found outside of them."""

from tests.fixtures import shared
from wvatui.core.findings.over_time import found_over_time
from wvatui.recording import open_recording

CAUSES = (
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
"""What was done, in seconds of the recording: from, to, what."""
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
"""By rule: which of the causes may raise it."""


def test_each_stretch_of_each_finding_on_a_real_cluster_has_its_cause() -> None:
    recording = shared("real-cluster-2026/head-load-faults.jsonl.gz")
    found, state = found_over_time(open_recording(recording).events())
    unexplained = [
        (each.finding.rule, each.since - state.first_at, each.until - state.first_at)
        for each in found
        if not any(
            begun <= each.since - state.first_at and each.until - state.first_at <= ended
            for begun, ended, _ in (CAUSES[n] for n in CAUSED.get(each.finding.rule, ()))
        )
    ]
    assert unexplained == []
    assert {each.finding.rule for each in found} == CAUSED.keys()
    [waits] = [each.finding for each in found if "waits for the Lease" in each.finding.title]
    assert waits.until is not None
    assert 0.0 <= waits.until - state.first_at - 754.6 < 7.0, "it was taken at 754.6 s"
