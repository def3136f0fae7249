"""Findings that repeat, or that are the same for several pods, are reported once."""

from tests.core.queries.few_pods import START, folded, namespace, pod
from tests.findings.test_complaints import line, rule
from wvatui.analysis.summary import summary
from wvatui.cli.recorded.summary import _trouble_lines
from wvatui.core import events as ev
from wvatui.core.queries.session.session_rows import events
from wvatui.session.base import JUMPED

NAMES = [f"qwen-7d9f5c6b8-{letter}" for letter in "bcdef"]
LISTING = "Error while listing annotation-sourced variants (non-fatal)"


def missed(
    name: str, why: str = "error", text: str = "the API server does not answer"
) -> list[ev.Event]:
    """A ready replica with three failed scrapes."""
    ready = pod(name, ready_at=START)
    misses = (ev.ScrapeFailure(START + 90 + n, pod=name, why=why, text=text) for n in range(3))
    return [ready, *misses]


def test_replicas_whose_pages_fail_alike_are_one_finding() -> None:
    [found] = rule("metrics-missing", *(e for name in NAMES for e in missed(name)), now=100)
    assert (
        found.title
        == "5 replicas are ready and their metrics cannot be read: the API server does not answer"
    )
    assert found.variant == "qwen"
    assert {fact.about for fact in found.evidence} == {f"Pod/{name}" for name in NAMES[:4]}


def test_one_replica_is_called_by_its_name_and_other_causes_are_other_findings() -> None:
    found = rule("metrics-missing", *missed(NAMES[0]), *missed(NAMES[1], "tls"), now=100)
    assert sorted(each.title for each in found) == [
        f"{NAMES[0]} is ready and its metrics cannot be read: the API server does not answer",
        f"{NAMES[1]} is ready and its metrics cannot be read: what answers does not speak http",
    ]


def test_pages_that_fail_alike_but_for_their_addresses_are_one_finding() -> None:
    texts = [f"dial tcp 10.1.2.{n}:8000: connect: no route to host ({NAMES[n]})" for n in range(3)]
    misses = [e for name, text in zip(NAMES, texts, strict=False) for e in missed(name, text=text)]
    [found] = rule("metrics-missing", *misses, now=100)
    assert found.title == (
        "3 replicas are ready and their metrics cannot be read:"
        " dial tcp 10.1.2.0:8000: connect: no route to host (POD)"
    )


def test_different_errors_are_different_findings_and_each_says_what_it_was() -> None:
    first, second = missed(NAMES[0], text="HTTP 500"), missed(NAMES[1], text="")
    titles = sorted(each.title for each in rule("metrics-missing", *first, *second, now=100))
    assert titles == [
        f"{NAMES[0]} is ready and its metrics cannot be read: HTTP 500",
        f"{NAMES[1]} is ready and its metrics cannot be read: error, and nothing says more",
    ]


def errors(words: str, *ats: float) -> list[ev.Log]:
    return [line(at, words, level="ERROR") for at in ats]


def test_an_error_that_is_repeated_is_one_mark_with_how_often() -> None:
    said = errors("Failed to watch", 10, 40, 70, 600)
    rows = events(folded(*namespace(), *said, now=700), frozenset({"error"}))
    assert [(row.at - START, row.text) for row in rows] == [
        (10, "Failed to watch ×3"),
        (600, "Failed to watch"),
    ]


def test_an_error_that_the_release_calls_non_fatal_is_no_mark_and_no_error_of_a_cycle() -> None:
    begin = line(9, "Grouped VAs by model", '{"modelCount": 1, "totalVAs": 1}')
    state = folded(*namespace(), begin, *errors(LISTING, 10, 40, 70), now=80)
    assert [row for row in events(state, JUMPED) if row.kind != "decision"] == []
    [row] = [row for row in events(state) if row.kind == "non-fatal"]
    assert row.text == f"{LISTING} ×3"
    assert state.cycle is not None
    assert state.cycle.errors == 0


def test_a_summary_tells_each_error_once_with_how_often() -> None:
    said = [*errors("Failed to watch", 5), *errors(LISTING, 10, 40, 70)]
    numbers = summary(folded(*namespace(), *said, now=80), "x")
    assert numbers["errs"] == 4
    assert numbers["error_messages"] == {LISTING: 3, "Failed to watch": 1}
    assert [text.split(None, 1)[1] for text in _trouble_lines(numbers)[1:]] == [
        f"{LISTING} ×3",
        "Failed to watch",
    ]
