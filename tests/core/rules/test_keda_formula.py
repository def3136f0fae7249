"""Formulas of KEDA's scaling modifiers: what expr-lang computes, and what it refuses."""

import pytest

from wvatui.core.rules.cases.keda_cases import formula_driven
from wvatui.core.rules.cases.shapes import RecordedCase
from wvatui.core.rules.cases.verdict import NotModelled
from wvatui.core.rules.keda.keda_formula import FormulaError, NotComputed, compiled

VALUES = {"a": 3.0, "b": 5.0, "zero": 0.0}


def evaluate(formula: str, values: dict[str, float]) -> float | None:
    return compiled(formula, values).result(values)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("a + b * 2", 13.0),
        ("(a + b) / 2", 4.0),
        ("-a ** 2", -9.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("7 % 4 + 7 / 2", 6.5),
        ("a > 2 && b < 9 ? b : a", 5.0),
        ("a > 9 ? 1 : b > 4 ? 2 : 3", 2.0),
        ("not (a > b) ? 1 : 0", 1.0),
        ("!(a > b) ? 1 : 0", 1.0),
        ("1 < a < 4 ? 1 : 0", 1.0),
        ("4 < a < 9 ? 1 : 0", 0.0),
        ("if a > b {1} else if a == 3 {2} else {3}", 2.0),
        ("let x = a * 2; let y = b; x > y ? x : y", 6.0),
        ("max(a, b, 7) - min([a, b])", 4.0),
        ("sum([a, b]) / len([a, b])", 4.0),
        ("mean([a, b]) + median([1, 9, a])", 7.0),
        ("median(a, b)", 4.0),
        ("round(2.5) + ceil(0.1) + floor(0.9) + abs(-2)", 6.0),
        ("round(-2.5)", -3.0),
        ("int(3.9) + int(-3.9)", 0.0),
        ("zero > 0 ? a / zero : 1", 1.0),
        ("a ?? 1", 3.0),
        ("(a ?? 1) + b", 8.0),
        ("b + a ?? 1", 8.0),
        ("any([a, b], # > 4) ? 1 : 0", 1.0),
        ("all([a, b], {# > 4}) ? 1 : 0", 0.0),
        ("none([a, b], # > 9) ? 1 : 0", 1.0),
        ("one([a, b], # > 4) ? 1 : 0", 1.0),
        ("count([a, b, 9], # > 4)", 2.0),
        ("filter([a, b], # > 4) | sum()", 5.0),
        ("map([a, b], # * 2) | sum()", 16.0),
        ("sum([a, b], # + #index)", 9.0),
        ("reduce([a, b], #acc + #)", 8.0),
        ("reduce([a, b], #acc + #, 10)", 18.0),
        ("reduce([a, b, 1], #acc + #index)", 6.0),
        ("find([a, b], # < 9) ?? 0", 3.0),
        ("findLast([a, b], # < 9) ?? 0", 5.0),
        ("findIndex([a, b], # == 5 or # == -1) ?? 9", 1.0),
        ("sort([b, a])[0] + reverse([a, b])[-1]", 6.0),
        ("sort([a, b], 'desc')[0]", 5.0),
        ("sortBy([b, a], -#)[0]", 5.0),
        ("first([a, b]) + last([a, b])", 8.0),
        ("take([a, b], 1)[0]", 3.0),
        ("sortBy([a, b], #, 'desc')[0]", 5.0),
        # Only orders are chained: `==` takes what stands before it.
        ("a == b == false ? 1 : 0", 1.0),
        ("a < b == true ? 1 : 0", 1.0),
        ("len(groupBy([a, b, 9], # > 4)[true])", 2.0),
        ("{x: a, 'y': b,}.y + {(1 + 1): a}[2]", 8.0),
        ("({x: a}?.z ?? 7) + ({x: a}['x'])", 10.0),
        ("'x' in {x: a} ? len({x: a, y: b}) : 0", 2.0),
        ("len(keys({x: a})) + sum(values({x: a, y: b}))", 9.0),
        ("fromPairs([['x', a]]).x + toPairs({x: b})[0][1]", 8.0),
        ("get([a, b], 1) + (get([a, b], 9) ?? 1) + get({x: a}, 'x')", 9.0),
        ("'abc' matches '^a.c$' ? 1 : 0", 1.0),
        ("'abc' not matches 'd' ? 1 : 0", 1.0),
        ("len(split('a,b,c', ',')) + len(split('a,b,c', ',', 2)) + len(split('abc', ''))", 8.0),
        ("splitAfter('a,b', ',')[0] == 'a,' ? 1 : 0", 1.0),
        ("upper('a') + lower('B') == 'Ab' ? 1 : 0", 1.0),
        ("trim(' x ') + trim('-x-', '-') == 'xx' ? 1 : 0", 1.0),
        ("trimPrefix('xy', 'x') + trimSuffix('xy', 'y') == 'yx' ? 1 : 0", 1.0),
        ("replace('aXbX', 'X', '') + replace('XX', 'X', 'y', 1) == 'abyX' ? 1 : 0", 1.0),
        ("len(repeat('ab', 3)) + indexOf('abc', 'c') + lastIndexOf('aba', 'a')", 10.0),
        ("indexOf('a', 'z')", -1.0),
        ("hasPrefix('abc', 'ab') and hasSuffix('abc', 'bc') ? 1 : 0", 1.0),
        ("join(['a', 'b'], '-') + join(['c', 'd']) == 'a-bcd' ? 1 : 0", 1.0),
        ("fromJSON('[1, 2.5]')[1] + fromJSON('{\"x\": 1}').x", 3.5),
        ("len(toJSON([a, b]))", 12.0),
        ("fromBase64(toBase64('ab')) == 'ab' ? 1 : 0", 1.0),
        ("type(a) + type(1) + type('') == 'floatintstring' ? 1 : 0", 1.0),
        ("type([]) + type({}) + type(nil) == 'arraymapnil' ? 1 : 0", 1.0),
        ("'a\\tb' == 'a\t' + '\\x62' and 'ä' == '\\u00e4' ? 1 : 0", 1.0),
        ("bitushr(-1, 60)", 15.0),
        ("duration('90m') > duration('1h') ? 1 : 0", 1.0),
        ("(duration('90m') - duration('1h')).Minutes() + duration('1.5s').Milliseconds()", 1530.0),
        ("[a, b, 9][1:] | sum()", 14.0),
        ("[a, b, 9][:-1] | sum()", 8.0),
        ("uniq([a, a, b]) | len()", 2.0),
        ("flatten([[a], [b]]) | sum()", 8.0),
        ("concat([a], [b]) | sum()", 8.0),
        ("sum(1..3)", 6.0),
        ("a in [1, 2, 3] ? 1 : 0", 1.0),
        ("a not in 1..5 ? 1 : 0", 0.0),
        ("a | max(b)", 5.0),
        ("bitand(6, 3) + bitor(1, 2) + bitxor(1, 3) + bitshl(1, 2) + bitshr(8, 1)", 15.0),
        ("bitnot(0) + bitnand(7, 2)", 4.0),
        ("0x10 + 0b11 + 0o7 + 1_000 + 1e3 + .5", 2026.5),
        ("a /* c */ + b", 8.0),
        ('len("abc") + a', 6.0),
        ("float(string(a)) + float(toJSON(b))", 8.0),
        ('duration("1h30m").Minutes()', 90.0),
        ('"abc" contains "b" and "abc" startsWith "a" and "abc" endsWith "c" ? 1 : 0', 1.0),
        ("true == (a > 1) and nil != a ? 1 : 0", 1.0),
        ("let x = (1; 2); x", 2.0),
    ],
)
def test_formulas_compute_as_they_read(formula: str, value: float) -> None:
    assert evaluate(formula, VALUES) == value


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("", "not enough arguments"),
        ("a +", "unexpected"),
        ("(a", "')' expected"),
        ("a b", "unexpected 'b'"),
        ("a; b", "unexpected ';'"),
        ("let x = 1 x", "';' expected"),
        ("a ~ b", "cannot read '~ b)'"),
        ("q * 2", "unknown name q"),
        ("foo(a)", "unknown name foo"),
        ("a > b", "invalid argument for float (type bool)"),
        ("[a, b]", "invalid argument for float (type array)"),
        ("nil", "invalid argument for float (type nil)"),
        ('"x"', "invalid operation: float(x)"),
        ("max([])", "float(<nil>)"),
        ("find([a, b], # > 2)", "float(<nil>)"),
        ("max()", "not enough arguments to call max"),
        ("ceil(a, b)", "too many arguments to call ceil"),
        ("a % b", "% (mismatched types float64 and float64)"),
        ("a > 0 ? 7 : a % 2", "mismatched types"),
        ("[a] + 1", "mismatched types array and int"),
        ("a and b", "mismatched types"),
        ("a ? 1 : 2", "non-bool expression (type float64) used as condition"),
        ("count([a], # + 1)", "predicate should return boolean (got float64)"),
        ("sum(a, b)", "builtin sum takes only array (got float64)"),
        ("sum([true])", "cannot sum elements of type bool"),
        ("[a][b]", "can only be selected using an integer"),
        ("[a][3]", "index out of range"),
        ("let a = 1; a", "cannot redeclare a"),
        ("let max = 1; max", "cannot redeclare max"),
        ("a ?? 1 + b", "cannot be mixed"),
        ("any([a])", "any needs a predicate"),
        ("bitand(a, 1)", "invalid argument for bitand"),
        ("7 % 0", "integer divide by zero"),
        ("reduce([], #acc)", "reduce of empty array"),
        ("sum(1..9999999)", "memory budget exceeded"),
        ('duration("1x").Hours()', "invalid duration"),
        ("a // comment", "')' expected"),
        ("(" * 300 + "a" + ")" * 300, "nested too deep"),
        ("#", "unexpected '#'"),
        ("-[a]", "mismatched type array"),
        ("sort([a, true])[0]", "elements of several kinds"),
        ("len(fromBase64(first([a])))", "invalid argument for fromBase64 (type float64)"),
        ("len(repeat(first(['x']), first(['2'])))", "invalid argument for repeat (type string)"),
        ("len(repeat('x', -2))", "expected positive integer, got -2"),
        ("fromJSON('{')", "invalid JSON"),
        ("'a' matches '(' ? 1 : 0", "error parsing regexp"),
        ("{[a]: 1}", "a key of a map expected"),
        ("{([a]): 1}.x", "a array as the key of a map"),
        ("keys([a])", "invalid argument for keys (type array)"),
        ("fromPairs([a]).x", "fromPairs takes a list of pairs"),
        ("join([a])", "invalid argument for join"),
    ],
)
def test_a_formula_that_keda_refuses_says_why(formula: str, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        evaluate(formula, VALUES)
    assert words in str(caught.value)
    assert "is refused: " in str(caught.value)


def test_a_result_that_depends_on_the_time_is_not_computed_and_not_called_refused() -> None:
    with pytest.raises(NotComputed, match=r"now\(\) is not computed here$"):
        compiled("now().Hour() > 8 ? a : b", VALUES)
    with pytest.raises(NotModelled, match=r"now\(\) is not computed here"):
        formula_driven(
            RecordedCase(
                id="1",
                kind="formula_driven",
                input={"formula": "now().Hour() + a", "target": "1", "values_milli": {"a": 3000}},
            ),
            "v2.21.0",
        )


def test_a_formula_is_run_with_every_trigger_at_minus_1_before_it_is_admitted() -> None:
    with pytest.raises(FormulaError, match="is refused"):
        compiled("a == -1 ? [1][5] : a", ["a"])
    assert compiled("a == -2 ? [1][5] : a", ["a"]).result({"a": 4.0}) == 4.0


def test_a_trigger_that_cannot_be_read_is_nil() -> None:
    formula = compiled("a ?? b ?? 8", ["a", "b"])
    assert formula.result({"a": None, "b": 2.0}) == 2.0
    assert formula.result({"a": None, "b": None}) == 8.0
    assert compiled("a ?? b", ["a", "b"]).result({"a": None, "b": None}) is None
    for text in ("a + b", "max(a, b)", "a > b ? 1 : 2", "-a"):
        with pytest.raises(FormulaError, match="cannot be computed"):
            compiled(text, ["a", "b"]).result({"a": None, "b": 1.0})


def test_the_composite_is_cut_to_thousandths_and_a_division_by_zero_is_the_lowest_number() -> None:
    assert compiled("a / 3", ["a"]).milli({"a": 2.0}) == 666
    assert compiled("-a / 3", ["a"]).milli({"a": 2.0}) == -666
    assert compiled("a / 0", ["a"]).milli({"a": 2.0}) == -(2**63)
    assert compiled("a / a", ["a"]).milli({"a": 0.0}) == -(2**63)
    assert compiled("a ?? a", ["a"]).milli({"a": None}) is None


def test_powers_are_those_of_go() -> None:
    formula = compiled("a ** b", ["a", "b"])
    assert formula.result({"a": 10.0, "b": 400.0}) == float("inf")
    assert formula.result({"a": -10.0, "b": 401.0}) == float("-inf")
    assert formula.result({"a": 0.0, "b": -1.0}) == float("inf")
    nothing = formula.result({"a": -8.0, "b": 0.5})
    assert nothing is not None
    assert nothing != nothing
