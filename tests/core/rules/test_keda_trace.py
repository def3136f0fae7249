"""The trace of a formula: its terms, the values inserted, and the branch taken."""

import pytest

from wvatui.core.rules.keda.expr.parser import parse
from wvatui.core.rules.keda.expr.tokens import FormulaError
from wvatui.core.rules.keda.expr.trace import text_of, traced

GUARD = (
    "let required = max(queue / 1, running / 16); required <= replicas ? required :"
    " max(required - (pending ?? 0), replicas)"
)


def test_names_that_let_gives_and_the_branch_are_told_with_their_values() -> None:
    values = {"queue": 2.0, "running": 74.0, "replicas": 3.0, "pending": None}
    assert traced(GUARD, values) == (
        "required = max(queue / 1, running / 16) = max(2 / 1, 74 / 16) = 4.625",
        "required <= replicas: 4.625 <= 3 is false",
        "max(required - (pending ?? 0), replicas) = max(4.625 - (nil ?? 0), 3) = 4.625",
    )
    assert traced(GUARD, values | {"replicas": 5.0})[1:] == (
        "required <= replicas: 4.625 <= 5 is true",
        "required = 4.625",
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("(a+b)*2", "(a + b) * 2"),
        ("a-(b-1)", "a - (b - 1)"),
        ("a - b - 1", "a - b - 1"),
        ("-(a+b)", "-(a + b)"),
        ("not (a > 1 and b > 2)", "not (a > 1 and b > 2)"),
        ("a ?? b", "a ?? b"),
        ("1 + (a ? b : 2)", "1 + (a ? b : 2)"),
        ("if a > 1 { b } else { 2 }", "a > 1 ? b : 2"),
        ("count([a, b], # > 1)", "count([a, b], # > 1)"),
        ("[a, b][0]", "[a, b][0]"),
        ("a in 1..3", "a in 1 .. 3"),
    ],
)
def test_what_is_written_reads_as_the_same_formula(text: str, written: str) -> None:
    assert text_of(parse(text)) == written
    assert parse(written) == parse(text)


def test_what_cannot_be_computed_is_an_error() -> None:
    with pytest.raises(FormulaError):
        traced("a + b", {"a": 1.0, "b": None})
    with pytest.raises(FormulaError):
        traced("a +", {"a": 1.0})
