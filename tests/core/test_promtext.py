"""Reading a Prometheus page: the wanted samples, exactly, and nothing else."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures import shared
from wvatui.core import promtext

NAMES = ["x", "x_total", "x_total_seconds", "y:z", "y:zz"]
read = promtext.reader(NAMES)


def got(page: bytes) -> list[tuple[bytes, bytes, float]]:
    return [tuple(sample) for sample in read(page)]


def test_only_whole_names_match() -> None:
    page = b"x 1\nxx 2\nx_tota 3\nx_total 4\na_x 5\n x 6\ny:z 7\ny:zz 8\n"
    assert got(page) == [
        (b"x", b"", 1.0), (b"x_total", b"", 4.0), (b"y:z", b"", 7.0), (b"y:zz", b"", 8.0),
    ]  # fmt: skip


def test_labels_may_hold_braces_commas_quotes_and_newlines() -> None:
    page = b'x{a="}{,",b="say \\"hi\\" \\\\",c="two\\nlines",le="0.5"} 1 1700000000000\n'
    ((_, labels, value),) = got(page)
    assert value == 1.0
    assert promtext.label(labels, b"a") == b"}{,"
    assert promtext.label(labels, b"b") == b'say "hi" \\'
    assert promtext.label(labels, b"c") == b"two\nlines"
    assert promtext.label(labels, b"d") is None
    assert promtext.bound(labels) == b"0.5"


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


LABEL_VALUE = st.text(max_size=8)
NUMBER = st.one_of(
    st.floats(allow_nan=False), st.integers(-(10**9), 10**9), st.sampled_from([1e-05, 1e300])
)
SERIES = st.tuples(
    st.sampled_from(["x", "x_total", "other", "xx"]),
    st.dictionaries(st.sampled_from(["a", "le", "b_c"]), LABEL_VALUE, max_size=3),
    NUMBER,
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@settings(max_examples=300, deadline=None)
@given(st.lists(SERIES, max_size=8))
def test_what_is_read_is_what_the_reference_parser_reads(
    series: list[tuple[str, dict[str, str], float]],
) -> None:
    lines = []
    for name, labels, value in series:
        inside = ",".join(f'{k}="{escaped(v)}"' for k, v in labels.items())
        lines.append(f"{name}{{{inside}}} {value}" if labels else f"{name} {value}")
    mine = [
        (
            name.decode(),
            {
                key: (promtext.label(labels, key.encode()) or b"").decode()
                for key in ("a", "le", "b_c")
                if promtext.label(labels, key.encode()) is not None
            },
            value,
        )
        for name, labels, value in read(("\n".join(lines) + "\n").encode())
    ]
    wanted = [(n, labels, float(v)) for n, labels, v in series if n in ("x", "x_total")]
    assert mine == wanted


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(page: bytes) -> None:
    list(read(page + b"\nx{" + page + b"} 1\n"))


def test_a_real_page_agrees_with_the_reference_parser() -> None:
    page = shared("vllm-metrics/lifecycle-20260807.prom").read_bytes()
    theirs = [
        (sample.name, sample.value)
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
        if sample.name.startswith("vllm:e2e_request_latency_seconds_")
    ]
    names = {name for name, _ in theirs}
    mine = [(name.decode(), value) for name, _, value in promtext.reader(names)(page)]
    assert sorted(mine) == sorted(theirs)
    assert len(mine) == pytest.approx(25)
