"""Findings from the controller's log, which end when the log or an object shows the contrary."""

from datetime import UTC, datetime

import pytest

from tests.core.queries.few_pods import START, folded, namespace, pod
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.findings.finding import Finding

MODEL = "Qwen/Qwen3-32B"
REPLICA = "qwen-7d9f5c6b8-a"
FORBIDDEN = (
    'configmaps is forbidden: User "system:serviceaccount:wva:sa" cannot watch resource'
    ' "configmaps" in API group "" at the cluster scope'
)


def line(at: float, words: str, fields: str = "{}", level: str = "INFO") -> ev.Log:
    """A line of WVA HEAD's log, `at` seconds after the start."""
    stamp = datetime.fromtimestamp(START + at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    return ev.Log(START + at, line=f"{stamp}\t{level}\tsaturation/engine.go:1\t{words}\t{fields}")


def cycle(at: float, *between: ev.Log) -> list[ev.Event]:
    """The events of a cycle with the lines `between`."""
    return [
        line(at, "Grouped VAs by model", '{"modelCount": 1, "totalVAs": 1}'),
        *between,
        line(
            at + 0.8,
            "scaling-decision",
            f'{{"modelID": "{MODEL}", "namespace": "llm-d-sim", "decisions":'
            ' [{"name":"qwen","curr":2,"tgt":2,"action":"no-change"}]}',
        ),
        line(at + 1, "Optimization completed successfully", '{"mode": "saturation"}'),
    ]


def rule(name: str, *events: ev.Event, now: float = 60.0) -> list[Finding]:
    return [
        each
        for each in findings(folded(*namespace(REPLICA), *events, now=now))
        if each.rule == name
    ]


@pytest.mark.parametrize(
    "words",
    [
        "No saturation metrics available for model, skipping analysis",
        "Error querying Prometheus",
        "Pod missing KV cache metrics",
        "Metrics unavailable for VA",
    ],
)
def test_missing_metrics_end_with_the_next_cycle_that_does_not_miss_them(words: str) -> None:
    said = cycle(10, line(10.5, words, f'{{"modelID": "{MODEL}"}}'))
    assert rule("metrics-missing", *said, now=20)
    again = cycle(25, line(25.5, words, f'{{"modelID": "{MODEL}"}}'))
    assert rule("metrics-missing", *said, *again, now=30), "said again: it holds"
    assert not rule("metrics-missing", *said, *cycle(25), now=30)


def test_a_cycle_that_has_only_begun_takes_nothing_back() -> None:
    said = cycle(10, line(10.5, "No saturation metrics available for model, skipping analysis"))
    assert rule("metrics-missing", *said, cycle(25)[0], now=30)


def test_a_watch_that_was_forbidden_once_is_over_when_its_retry_is_not_refused() -> None:
    said = line(10, f"Failed to watch: {FORBIDDEN}", level="ERROR")
    assert rule("missing-rights", *cycle(8), said, now=12)
    assert rule("missing-rights", said, now=100), "nothing was heard since"
    assert not rule("missing-rights", said, *cycle(25), now=30)


def test_a_watch_that_is_refused_again_and_again_holds_for_as_long_as_a_retry_takes() -> None:
    said = [
        line(at, f"Failed to watch: {FORBIDDEN}", level="ERROR")
        for at in (1, 3, 6, 12, 25, 50, 100)
    ]
    cycles = [each for at in (101, 116, 131) for each in cycle(at)]
    [found] = rule("missing-rights", *said, *cycles, now=140)
    assert "(×7)" in found.evidence[0].text
    later = [each for at in (146, 161, 176) for each in cycle(at)]
    assert not rule("missing-rights", *said, *cycles, *later, now=180)


def test_the_advice_to_a_missing_right_is_the_command_that_gives_it() -> None:
    [found] = rule("missing-rights", line(10, f"Failed to watch: {FORBIDDEN}"), now=12)
    assert found.advice == (
        "give it the right: kubectl create clusterrole watch-configmaps --verb=get,list,watch"
        " --resource=configmaps && kubectl create clusterrolebinding watch-configmaps"
        " --clusterrole=watch-configmaps --serviceaccount=wva:sa"
    )


def test_an_event_that_tells_of_success_takes_back_the_one_that_told_of_a_refusal() -> None:
    refused = ev.KubeEvent(
        START + 5,
        type="Warning",
        reason="FailedRescale",
        kind="HorizontalPodAutoscaler",
        name="h",
        message=FORBIDDEN,
        last_at=START + 5,
    )
    good = ev.KubeEvent(
        START + 9,
        type="Normal",
        reason="SuccessfulRescale",
        kind="HorizontalPodAutoscaler",
        name="h",
        message="New size: 2",
        last_at=START + 9,
    )
    assert rule("missing-rights", refused, now=20)
    assert not rule("missing-rights", refused, good, now=20)


def _no_rate(*more: ev.Event) -> list[Finding]:
    """The findings after five minutes in which the controller lacks a rate in each cycle."""
    words = "Pod has engine metrics but no dispatch rate — possible pod/pod_name label mismatch"
    said = [
        each
        for at in range(10, 300, 15)
        for each in cycle(at, line(at + 0.5, words, f'{{"pod": "{REPLICA}"}}'))
    ]
    looks = [ev.Scrape(START + at, pod=REPLICA, kv=0.5, running=3) for at in range(0, 300, 5)]
    ready = pod(REPLICA, ready_at=START)
    return rule("label-mismatch", ready, *said, *looks, *more, now=299)


def _picker(running: float | None) -> list[ev.Event]:
    made = pod("epp-0", role="epp")
    return [made, *(ev.Epp(START + at, pod="epp-0", running=running) for at in range(0, 300, 5))]


def test_without_a_gateway_no_rate_is_missed() -> None:
    assert _no_rate() == []


def test_a_gateway_that_passes_requests_on_makes_a_missing_rate_a_fault() -> None:
    assert [found.severity for found in _no_rate(*_picker(3.0))] == ["blocked"]


def test_a_gateway_that_passes_nothing_on_has_no_rate_and_an_unread_one_may_have() -> None:
    assert _no_rate(*_picker(0.0)) == []
    assert [found.severity for found in _no_rate(*_picker(None))] == ["warning"]
