"""A real cluster with faults that were made on purpose: log lines raise nothing outside of them."""

from tests.fixtures import shared
from wvatui.core.findings.over_time import Lasting, found_over_time
from wvatui.recording import open_recording


def test_what_log_lines_raise_on_a_real_cluster_ends_with_its_cause() -> None:
    recording = shared("real-cluster-2026/head-load-faults.jsonl.gz")
    found, state = found_over_time(open_recording(recording).events())

    def of(rule: str) -> list[Lasting]:
        return [each for each in found if each.finding.rule == rule]

    assert of("label-mismatch") == [], "no gateway is there"
    refused = [e for e in of("missing-rights") if e.finding.severity == "blocked"]
    assert refused
    assert all(each.until - each.since <= 30.0 for each in refused)
    told = [e for e in of("metrics-missing") if e.finding.about == "controller/metrics"]
    assert all(each.until - state.first_at < 270.0 for each in told), "the first good cycle"
