"""Reading a Prometheus page: the wanted samples, exactly, and nothing else."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import shared
from tests.sweeps import examples
from wvatui.core.metrics import promtext

NAMES = ["x", "x_total", "x_total_seconds", "y:z", "y:zz"]
read = promtext.reader(NAMES)


def got(page: bytes) -> list[tuple[bytes, bytes, float]]:
    return [tuple(sample) for sample in read(page)]


def test_only_whole_names_match() -> None:
    page = b"x 1\nxx 2\nx_tota 3\nx_total 4\na_x 5\n x 6\ny:z 7\ny:zz 8\n"
    assert got(page) == [
        (b"x", b"", 1.0),
        (b"x_total", b"", 4.0),
        (b"y:z", b"", 7.0),
        (b"y:zz", b"", 8.0),
    ]


def test_labels_may_hold_braces_commas_quotes_and_newlines() -> None:
    page = b'x{a="}{,",b="say \\"hi\\" \\\\",c="two\\nlines",le="0.5"} 1 1700000000000\n'
    ((_, labels, value),) = got(page)
    assert value == 1.0
    assert promtext.label(labels, b"a") == b"}{,"
    assert promtext.label(labels, b"b") == b'say "hi" \\'
    assert promtext.label(labels, b"c") == b"two\nlines"
    assert promtext.label(labels, b"d") is None
    assert promtext.bound(labels) == b"0.5"


def test_names_of_labels_and_metrics_may_be_quoted() -> None:
    page = b'x{"a.b"="c","le"="2",b="d"} 1\n{"x_total", "a b"="}",b="e"} 2\n{"x"} 3\n{"x 4"} 5\n'
    first, second, third = got(page)
    assert [sample[::2] for sample in (first, second, third)] == [
        (b"x", 1.0),
        (b"x_total", 2.0),
        (b"x", 3.0),
    ]
    assert promtext.label(first[1], b"b") == b"d"
    assert promtext.bound(first[1]) == b"2"
    assert promtext.all_labels(second[1]) == {b"a b": b"}", b"b": b"e"}


def test_a_bound_is_not_taken_from_another_label() -> None:
    ((_, labels, _),) = got(b'x{role="a,le=\\"9\\"",le="2"} 1\n')
    assert promtext.bound(labels) == b"2"
    ((_, labels, _),) = got(b'x{role="9"} 1\n')
    assert promtext.bound(labels) is None


def test_comments_exemplars_and_carriage_returns_are_passed_over() -> None:
    page = b'# HELP x help\r\n# TYPE x counter\r\nx{a="1"} 5 # {trace_id="t"} 0.5 1.0\r\n'
    assert [sample[2] for sample in got(page)] == [5.0]


def test_nan_and_infinity_are_samples_and_words_are_not() -> None:
    values = [value for _, _, value in got(b"x NaN\nx +Inf\nx -Inf\nx 1e-05\nx many\nx\n")]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 1e-05]


def test_a_page_cut_inside_a_number_gives_no_half_number() -> None:
    assert got(b"x 1\nx_total 12345") == [(b"x", b"", 1.0)]
    assert got(b"") == got(b"x 1") == []


def test_of_a_cut_page_the_last_family_is_left_out() -> None:
    page = b'# TYPE x gauge\nx 1\n# TYPE x_total counter\nx_total{a="1"} 5\nx_total{a="2'
    assert got(page) == [(b"x", b"", 1.0)]
    assert len(got(page + b'"} 6\n')) == 3
    assert got(b"x 1\n# EOF") == [(b"x", b"", 1.0)]


def test_spaces_stand_where_the_format_allows_them() -> None:
    for line in (b'x {a="1"} 5', b'x{a="1"}\t5', b'x{ a = "1" , }  5 17', b'x{a="1"}5'):
        ((_, labels, value),) = got(line + b"\n")
        assert (promtext.label(labels, b"a"), value) == (b"1", 5.0)


def test_a_quote_that_is_never_closed_does_not_take_for_ever() -> None:
    for page in (b'x{" a="' + b"z" * 50_000 + b"} 1\n", b'x{a="' + b'\\"' * 50_000 + b"} 1\n"):
        for _, labels, _ in got(page):
            assert promtext.label(labels, b"nothing") is None


# --- against the reference parser

TEXT = st.text(max_size=8)
NUMBER = st.one_of(
    st.floats().map(repr),
    st.integers(-(10**18), 10**18).map(str),
    st.sampled_from(["NaN", "+Inf", "-Inf", "1e-05", "1.5E+10", "+3", "0x"]),
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@st.composite
def sample_lines(draw: st.DrawFn) -> str:
    labels = draw(st.dictionaries(st.sampled_from(["a", "le", "b_c"]), TEXT, max_size=3))
    pairs = ",".join(f'{key}="{escaped(value)}"' for key, value in labels.items())
    if labels and draw(st.booleans()):
        pairs += ","
    name = draw(st.sampled_from(["x", "x_total", "y:z", "other", "xx", "x_created"]))
    stamp = draw(st.sampled_from(["", " 1700000000000"]))
    space = draw(st.sampled_from([" ", "  ", "\t"]))
    return f"{name}{{{pairs}}}{space}{draw(NUMBER)}{stamp}" if pairs else f"{name}{space}1{stamp}"


COMMENTS = st.sampled_from(
    ["# HELP x_total What x{a} 5 is.", "# TYPE x gauge", "# x 5", "", "# EOF"]
)


@settings(max_examples=examples(300))
@given(st.lists(st.one_of(sample_lines(), COMMENTS), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_is_read_is_what_the_reference_parser_reads(lines: list[str], end: str) -> None:
    # The reference parser rejects a whole page for one bad number, so it gets none.
    readable = [line for line in lines if "0x" not in line.split()]
    page = "".join(line + "\n" for line in readable)
    theirs = [
        (sample.name, {k: sample.labels.get(k) for k in ("a", "le", "b_c")}, float(sample.value))
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name in NAMES
    ]
    mine = [
        (name.decode(), {k: decoded(labels, k) for k in ("a", "le", "b_c")}, value)
        for name, labels, value in read("".join(line + end for line in lines).encode())
    ]
    assert sorted(map(repr, mine)) == sorted(map(repr, theirs))


def decoded(labels: bytes, name: str) -> str | None:
    found = promtext.label(labels, name.encode())
    if name == "le":
        quick = promtext.bound(labels)
        assert quick is None or "\\" in repr(quick) or quick == found
    return None if found is None else found.decode()


@settings(max_examples=examples(200))
@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(page: bytes) -> None:
    list(read(page + b"\nx{" + page + b"} 1\n"))


def test_a_real_page_agrees_with_the_reference_parser() -> None:
    page = shared("vllm-metrics/lifecycle-20260807.prom").read_bytes()
    theirs = [
        (sample.name, sample.value)
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    ]
    mine = [(s.name.decode(), s.value) for s in promtext.reader({n for n, _ in theirs})(page)]
    assert sorted(mine) == sorted(theirs)
    assert len(mine) > 450
