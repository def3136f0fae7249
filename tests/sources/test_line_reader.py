"""Cutting chunks of bytes into lines: any chunks, any length, any bytes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sweeps import examples
from wvatui.core.lines import LINE_LIMIT
from wvatui.sources.log.log_follower import LineReader


@settings(max_examples=examples(50))  # long texts take long to make
@given(st.lists(st.text().map(lambda t: t.replace("\n", "").rstrip("\r"))), st.data())
def test_chunks_cut_anywhere_even_inside_a_character_give_the_same_lines(
    texts: list[str], data: st.DataObject
) -> None:
    body = "".join(text + "\n" for text in texts).encode("utf-8", "replace")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    reader, lines, start = LineReader(), [], 0
    for cut in [*cuts, len(body)]:
        lines += reader.feed(body[start:cut])
        start = cut
    assert lines == LineReader().feed(body)
    assert len(lines) == len(texts)
    assert not reader.within_a_line


def test_a_line_of_two_megabytes_is_cut_with_its_count_and_the_next_is_whole() -> None:
    size = 2 * 1024 * 1024
    body = b"x" * size + b"\nnext\n"
    reader = LineReader()
    lines = [line for at in range(0, len(body), 8192) for line in reader.feed(body[at : at + 8192])]
    (text, cut), following = lines
    assert len(text) == LINE_LIMIT
    assert len(text) + cut == size
    assert following == ("next", 0)


def test_a_long_line_in_pieces_is_cut_on_a_whole_character() -> None:
    body = ("x" + "é" * LINE_LIMIT).encode()
    reader = LineReader()
    for at in range(0, len(body), 1024):
        assert reader.feed(body[at : at + 1024]) == []
    ((text, cut),) = reader.feed(b"\n")
    assert text == "x" + "é" * ((LINE_LIMIT - 1) // 2)
    assert cut == len(body) - len(text.encode())


def test_bytes_that_are_no_text_are_replaced_and_only_newlines_split() -> None:
    reader = LineReader()
    assert reader.feed("a\u2028b\x0cc\x85".encode() + b"\xff\n") == [("a\u2028b\x0cc\x85\ufffd", 0)]


def test_it_says_whether_a_line_is_unfinished() -> None:
    reader = LineReader()
    assert reader.feed(b"half") == []
    assert reader.within_a_line
    assert reader.feed(b" and half\n") == [("half and half", 0)]
    assert not reader.within_a_line
