"""The fields of a log line beside its message."""

import pytest

from wvatui.core.events import Log
from wvatui.core.fold.fold import fold
from wvatui.core.rows import log_rows
from wvatui.core.rows.log_rows import READ, field_words
from wvatui.core.state.state import EMPTY

STAMP = "2026-08-07T20:59:38.509775569Z "


def test_a_console_line_tells_its_fields_without_quotes() -> None:
    line = (
        STAMP + "2026-08-07T20:59:38Z\tINFO\tsaturation/engine.go:1621\tProcessing decision for VA"
        '\t{"variant": "ns/a", "action": "no-change", "current": 3, "ready": true, "x": null}'
    )
    assert field_words(line) == "variant=ns/a action=no-change current=3 ready=true x=null"
    assert field_words(line.removeprefix(STAMP)) == field_words(line)


def test_a_json_line_leaves_out_what_the_encoder_writes_and_the_error() -> None:
    line = (
        '{"level":"error","ts":"2026-08-07T20:59:38Z","logger":"x","caller":"a.go:1","msg":"no",'
        '"error":"boom","stacktrace":"a\\nb","name":"health probe","addr":"[::]:8081"}'
    )
    assert field_words(line) == "name=health probe addr=[::]:8081"


def test_what_all_lines_share_comes_last() -> None:
    line = 'T\tINFO\ta.go:1\tanalyzer-result\t{"modelID": "m", "namespace": "n", "util": 0.5}'
    assert field_words(line) == "util=0.5 modelID=m namespace=n"


def test_numbers_have_the_digits_that_one_reads() -> None:
    line = 'T\tINFO\tx\t{"util": 0.21050663959563662, "sc": 690208.7142857143, "n": 987033}'
    assert field_words(line) == "util=0.2105 sc=690209 n=987033"


def test_nested_values_are_short_and_not_endlessly_deep() -> None:
    line = 'T\tINFO\tx\t{"decisions": [{"name":"a","curr":3}], "deep": [[[[[[1]]]]]]}'
    assert field_words(line) == "decisions=[{name:a,curr:3}] deep=[[[[…]]]]"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "I0807 20:59:38.000000       1 leaderelection.go:257] attempting to acquire",
        'T\tINFO\tx\t{"cut": "in the mid',
        "{not json",
        "[1,2]",
        'T\tINFO\tx\t{"a": "\ud800"}',
        "{" + '"a":' + "[" * 5000,
        'T\tINFO\tx\t{"a": "' + "x" * READ + '"}',
    ],
)
def test_what_has_no_fields_or_is_no_object_says_nothing(line: str) -> None:
    assert field_words(line) == ""


def test_the_tail_carries_the_fields_and_a_filter_finds_what_stands_in_them() -> None:
    lines = [
        STAMP + "2026-08-07T20:59:38Z\tINFO\ta.go:1\tProcessing decision for VA"
        f'\t{{"variant": "ns/{name}", "target": 3, "x": "\\u001b[2J"}}'
        for name in ("alpha", "beta")
    ]
    state = fold(EMPTY, [Log(float(n), line=line) for n, line in enumerate(lines)])
    (row,) = log_rows.log_tail(state, 10, "variant.*BETA")
    assert row.text == "Processing decision for VA"
    assert row.fields == "variant=ns/beta target=3 x=␛[2J"
    (row,) = log_rows.log_tail(state, 10, "!beta")
    assert "alpha" in row.fields
