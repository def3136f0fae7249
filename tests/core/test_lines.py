"""Bytes to lines, time stamps, and text that is safe for a terminal."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wvatui.core.lines import (
    clean,
    decode,
    forget_times,
    kubelet_time,
    rfc3339,
    split,
    told_apart,
)


def test_only_a_newline_ends_a_line() -> None:
    assert split("a\u2028b\x85c\x0cd\re\nf".encode()) == (["a\u2028b\x85c\x0cd\re".encode()], b"f")
    assert split(b"") == ([], b"")
    assert split(b"a\n\nb\n") == ([b"a", b"", b"b"], b"")


@given(st.lists(st.binary()), st.data())
def test_lines_do_not_depend_on_how_the_bytes_were_cut(pieces: list[bytes], data: object) -> None:
    whole, rest = split(b"".join(pieces))
    joined: list[bytes] = []
    left = b""
    for piece in pieces:
        lines, left = split(left + piece)
        joined += lines
    assert (joined, left) == (whole, rest)


def test_a_carriage_return_goes_and_bad_bytes_are_replaced_once() -> None:
    assert decode(b"abc\r") == ("abc", 0)
    assert decode(b"a\xff\xfeb") == ("a\ufffd\ufffdb", 0)
    assert decode("é→".encode()) == ("é→", 0)


def test_an_overlong_line_is_cut_between_characters_and_says_by_how_much() -> None:
    text, cut = decode("→→→→".encode(), limit=7)
    assert (text, cut) == ("→→", 6)
    assert decode(b"x" * 300_000)[1] == 300_000 - 262_144
    assert decode(b"\x80" * 20, limit=10)[1] in range(10, 14)


@given(st.binary(max_size=60), st.integers(0, 70))
def test_decoding_keeps_and_cuts_every_byte(raw: bytes, limit: int) -> None:
    text, cut = decode(raw, limit)
    kept = len(raw.removesuffix(b"\r")) - cut
    assert kept <= max(limit, 0) or cut == 0
    assert text == raw.removesuffix(b"\r")[:kept].decode("utf-8", "replace")


def test_the_kubelets_stamp_keeps_all_its_digits() -> None:
    at, stamp, rest = kubelet_time("2026-08-07T20:20:19.281752804Z 2026-08-07T20:20:19Z\tINFO")
    assert at == pytest.approx(1786134019.281752804)
    assert stamp == "2026-08-07T20:20:19.281752804Z"
    assert rest == "2026-08-07T20:20:19Z\tINFO"
    assert kubelet_time("2026-08-07T22:20:19.5+02:00 hello")[0] == 1786134019.5


@pytest.mark.parametrize(
    "line", ["", "hello", "2026-08-07T20:20:19Z\tINFO\tx y", "2026-99-07T20:20:19Z x", '{"a": 1}']
)
def test_a_line_without_a_stamp_stays_whole(line: str) -> None:
    assert kubelet_time(line) == (None, "", line)


def test_a_stamp_alone_is_an_empty_line() -> None:
    assert kubelet_time("2026-08-07T20:20:19.5Z") == (1786134019.5, "2026-08-07T20:20:19.5Z", "")


@pytest.mark.parametrize(
    "text",
    [
        "0000-00-00T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "10000-01-01T00:00:00Z",
    ],
)
def test_a_time_before_1970_or_after_2099_is_none(text: str) -> None:
    assert rfc3339(text) is None


@given(
    st.datetimes(
        min_value=dt.datetime(1971, 1, 1),  # noqa: DTZ001
        max_value=dt.datetime(2099, 12, 30),  # noqa: DTZ001
    ),
    st.integers(-14 * 60, 14 * 60),
)
def test_times_agree_with_the_calendar(moment: dt.datetime, offset_min: int) -> None:
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset_min)))
    assert rfc3339(aware.isoformat()) == pytest.approx(aware.timestamp(), abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "2026-08-07",
        "2026-13-07T20:20:19Z",
        "2026-08-07T25:20:19Z",
        "2026-08-07T20:20:19",
        "2026-08-07T20:20:19Z ",
        "２026-08-07T20:20:19Z",
        "2026-08-07T20:20:61Z",
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert rfc3339(text) is None


@given(st.text())
@example("\x1b[31mred\x1b[0m \x9b2J\x00\u202eevil\u2066 \ud800 a\tb\r\n")
def test_cleaned_text_holds_no_commands(text: str) -> None:
    shown = clean(text)
    for char in shown:
        assert char >= " "
        assert not 0x7F <= ord(char) <= 0x9F
        assert not 0xD800 <= ord(char) <= 0xDFFF
        assert char not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    assert clean(shown) == shown


def test_a_tab_becomes_spaces_and_escape_its_picture() -> None:
    assert clean("a\tb\x1b[1m\x00") == "a    b␛[1m␀"
    assert clean("plain → text") == "plain → text"


@pytest.mark.parametrize(
    "rest",
    [
        "00Z",
        "59Z",
        "60Z",
        "61Z",
        "07.5Z",
        "07.394Z",
        "07.123456789Z",
        "07.123456789012Z",
        "07.1234567890123Z",
        "07.Z",
        "07,5Z",
        "7Z",
        "+7Z",
        "07.+1Z",
        "07._1Z",
        "٠٧Z",
        "07",
        "07+02:00",
        "07.5-0130",
        "07z",
        "",
        "07Z ",
        "07.1.2Z",
    ],
)
def test_a_time_is_the_same_whether_its_minute_was_met_before_or_not(rest: str) -> None:
    text = f"2026-06-24T11:03:{rest}"
    forget_times()
    first = rfc3339(text)
    forget_times()
    assert rfc3339("2026-06-24T11:03:30.25Z") == 1782299010.25
    assert rfc3339(text) == first


def test_names_are_told_apart_by_the_words_in_which_they_differ() -> None:
    assert told_apart(["q-32b-l40s", "q-32b-h100"]) == {"q-32b-l40s": "l40s", "q-32b-h100": "h100"}
    assert told_apart(["alone-one"]) == {"alone-one": "alone-one"}
    assert told_apart(["a", "a-b"]) == {"a": "a", "a-b": "a-b"}
    assert told_apart(["q-a", "q-a-b"]) == {"q-a": "a", "q-a-b": "a-b"}
