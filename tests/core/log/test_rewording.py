"""The same messages in the words of another release: capacity, saturation, Saturation."""

import json

import pytest

from tests.each_row import each_row
from wvatui.core.log import facts as fc
from wvatui.core.log.anchors import ANCHORS, Drift
from wvatui.core.log.catalogue import FIELDS, ROWS, TEXT
from wvatui.core.log.parsed_line import ParsedLine
from wvatui.core.log.parser import parse
from wvatui.core.log.reading import REWORDED
from wvatui.core.log.row import CatalogueRow
from wvatui.core.log.versions import families_of

EXCHANGED = (
    ("capacity", "saturation"),
    ("Capacity", "Saturation"),
    ("Capacity", "saturation"),
    ("saturation", "Saturation"),
    ("Saturation", "saturation"),
    ("saturation", "capacity"),
    ("Saturation", "Capacity"),
)


def old(message: str) -> ParsedLine:
    return parse(json.dumps({"level": "INFO", "ts": "2025-12-18T10:07:12.394Z", "msg": message}))


def test_a_decision_is_one_in_the_words_of_either_time() -> None:
    words = "decision: variant=v, action=scale-up, current=1, target=2, reason=x"
    known = old(f"Applied capacity {words}")
    for line in (old(f"Applied saturation {words}"), old(f"applied Saturation {words}")):
        assert line.kind == "known"
        assert line.template == f"{known.template}{REWORDED}"
        assert line.facts == known.facts


def test_every_row_is_found_in_exchanged_words() -> None:
    rows = [row for row in ROWS if row.id[:2] in ("a/", "f/")]
    each_row(rows, is_found_in_exchanged_words, lambda row: row.id)


def is_found_in_exchanged_words(row: CatalogueRow) -> None:
    message = row.pattern.replace("{}", "x").replace("…", " and so on")
    if row.pattern.startswith("{}"):
        return  # in an error the text comes first, so words are looked up one by one
    for before, after in EXCHANGED:
        line = old(message.replace(before, after))
        assert line.kind == "known", (before, after)


def test_an_arbitration_names_its_target_by_either_word() -> None:
    for word in ("capacityTarget", "SaturationTarget", "saturationTarget"):
        line = old(
            f"Variant decision arbitratedvariantms-a-1current3{word}4"
            "modelBasedTarget2actionno-changetargetReplicas3reasonveto"
        )
        (fact,) = line.facts
        assert isinstance(fact, fc.LoggedTarget)
        assert (fact.variant, fact.current, fact.target) == ("ms-a-1", 3, 3)


def test_structured_lines_are_found_in_exchanged_words_too() -> None:
    raw = '2026-06-24T11:03:26Z\tINFO\ta.go:1\t{}\t{"modelID": "m", "totalReplicas": 2}'
    known = parse(raw.replace("{}", "Saturation analysis completed", 1))
    for words in ("saturation analysis completed", "Capacity analysis completed"):
        line = parse(raw.replace("{}", words, 1))
        assert line.kind == "known"
        assert line.template.startswith("b/analysis")
        assert line.facts == known.facts


def test_a_reworded_line_tells_no_release_and_is_still_an_anchor() -> None:
    line = old("capacity analysis completed: modelID=m, totalReplicas=1")
    assert line.template.partition("+")[0] in ANCHORS
    assert families_of(line.template) == frozenset()


def test_other_words_are_still_unknown() -> None:
    assert old("Headroom analysis finished: modelID=m").kind == "unknown"
    for table in (TEXT, FIELDS):
        assert table.match_reworded("") is None
        assert table.match_reworded("saturation") is None


def test_reworded_cycles_raise_no_alarm() -> None:
    drift = Drift()
    for number in range(12):
        at = f"2025-12-18T10:{number:02d}:12.394Z"
        for message in (
            "grouped VAs by model: modelCount=1, totalVAs=2",
            "saturation Analysis completed: modelID=m, totalReplicas=1",
            "Processing decision: variant=v, action=scale-up, current=1→target=2",
            "reconciliation completed successfully: mode=x, modelsProcessed=1, decisionsApplied=1",
        ):
            drift.feed(parse(json.dumps({"level": "INFO", "ts": at, "msg": message})))
    assert drift.recognised == drift.lines
    assert drift.alarm == ""


@pytest.mark.parametrize(
    "message",
    [
        "Invalid allocation: NumReplicas must be positive, got 0",
        "Keeping existing parameters in status for variant a/b: alpha=1, beta=2, gamma=3, delta=4",
        "No valid parameters found in status for variant a/b, attempting to use spec parameters",
        "Failed to find perf data in SystemData for variant a: x. Trying new initial parameters.",
        "Failed to tune server, keeping original params for variant a, server b - error: x",
        "Created new tunerservera:nsinitState[1 2 3 4]expected observations[1000 10]",
        "Tuning is disabled, skipping parameter tuning",
    ],
)
def test_the_tuners_rarer_lines_are_known(message: str) -> None:
    assert old(message).kind == "known"
