"""An interrupted log is joined without a line lost or repeated; an uncertain join is reported."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wvatui.sources.log.overlap import KEEP_S, Overlap

BASE = datetime(2026, 9, 1, 8, tzinfo=UTC).timestamp()


def line(seconds: float, text: str) -> str:
    at = datetime.fromtimestamp(BASE + seconds, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{int(seconds * 1000) % 1000:03d}000000Z {text}"


def kubelet(log: list[tuple[float, str]], since: float) -> list[str]:
    """The lines that a kubelet returns: all from the first one that is not before `since`."""
    first = next((i for i, (s, _) in enumerate(log) if BASE + s >= since), len(log))
    return [line(s, text) for s, text in log[first:]]


def new_of(overlap: Overlap, lines: list[str]) -> list[str]:
    return [text for text in lines if overlap.feed(text).new]


def reopened(overlap: Overlap) -> float:
    since = overlap.since()
    assert since is not None
    overlap.reopen(since)
    return since


log_lines = st.lists(
    st.tuples(st.integers(0, 2500), st.sampled_from("ab"), st.integers(-300, 0)), max_size=40
)


@given(log_lines, st.lists(st.integers(0, 40), max_size=6), st.data())
def test_any_log_cut_anywhere_comes_out_as_it_was_written(
    steps: list[tuple[int, str, int]], cuts: list[int], data: st.DataObject
) -> None:
    log: list[tuple[float, str]] = []
    clock = 1000
    for step, text, disorder in steps:
        clock += step if step % 3 else 0  # a third of the lines have the stamp of the one before
        log.append(((clock + (disorder if step % 5 == 0 else 0)) / 1000, text))
    overlap, out, written = Overlap(), [], 0
    for cut in sorted([*cuts, len(log)]):
        written = max(written, min(cut, len(log)))
        since = overlap.since()
        overlap.reopen(BASE if since is None else since)
        stream = kubelet(log[:written], BASE if since is None else since)
        if written < len(log):  # the stream may break before all lines were read
            stream = stream[: data.draw(st.integers(0, len(stream)))]
        for text in stream:
            fed = overlap.feed(text)
            assert fed.gap is None
            if fed.new:
                out.append(text)
    assert out == [line(s, text) for s, text in log]


def test_a_genuine_repeat_with_the_same_stamp_and_text_is_kept() -> None:
    overlap = Overlap()
    assert len(new_of(overlap, [line(1, "x"), line(1, "x")])) == 2
    reopened(overlap)
    assert new_of(overlap, [line(1, "x")] * 3) == [line(1, "x")]


def test_the_same_text_a_cycle_later_is_another_line() -> None:
    overlap = Overlap()
    new_of(overlap, [line(1, "cycle"), line(61, "cycle")])
    reopened(overlap)
    assert new_of(overlap, [line(61, "cycle"), line(121, "cycle")]) == [line(121, "cycle")]


def test_a_stream_that_does_not_show_the_last_line_again_follows_a_gap() -> None:
    overlap = Overlap()
    new_of(overlap, [line(1, "a"), line(2, "b")])
    reopened(overlap)
    fed = overlap.feed(line(9, "c"))
    assert fed.new
    assert fed.gap == (BASE + 2, BASE + 9)
    assert overlap.feed(line(10, "d")).gap is None


def test_a_log_that_rotated_between_seen_lines_is_still_joined() -> None:
    overlap = Overlap()
    new_of(overlap, [line(1, "a"), line(2, "b")])
    reopened(overlap)
    assert [overlap.feed(text) for text in (line(2, "b"), line(3, "c"))] == [
        (False, None),
        (True, None),
    ]


def test_a_server_that_ignores_the_wanted_time_does_not_double_the_log() -> None:
    overlap = Overlap()
    log = [line(s, "tick") for s in range(0, 100, 5)]
    new_of(overlap, log)
    reopened(overlap)
    assert new_of(overlap, [*log, line(101, "tick")]) == [line(101, "tick")]


def test_a_stream_that_shows_nothing_proves_and_disproves_nothing() -> None:
    overlap = Overlap()
    overlap.feed(line(1, "a"))
    reopened(overlap)
    assert not overlap.proven
    reopened(overlap)
    assert overlap.feed(line(1, "a")) == (False, None)
    assert overlap.proven


def test_after_another_container_the_first_line_is_new_and_tells_an_unproven_join() -> None:
    overlap = Overlap()
    overlap.feed(line(1, "started"))
    overlap.renew(proven=False)
    assert overlap.feed(line(4, "started")) == (True, (BASE + 1, BASE + 4))
    overlap.renew(proven=True)
    assert overlap.feed(line(4, "started")) == (True, None)


def test_a_line_without_a_stamp_belongs_to_the_line_before_it() -> None:
    overlap = Overlap()
    log = [line(1, "panic:"), "goroutine 1", "goroutine 1", line(2, "up")]
    assert new_of(overlap, log) == log
    reopened(overlap)
    assert new_of(overlap, [*log, "goroutine 1"]) == ["goroutine 1"]


def test_a_new_stream_reaches_two_whole_seconds_back_behind_the_newest_stamp() -> None:
    overlap = Overlap()
    assert (overlap.newest, overlap.since()) == (None, None)
    new_of(overlap, [line(9.7, "a"), line(9.2, "out of order")])
    assert overlap.newest == pytest.approx(BASE + 9.7)
    assert overlap.since() == BASE + 7


def test_a_new_line_with_the_newest_known_stamp_follows_no_gap() -> None:
    overlap = Overlap()
    overlap.feed(line(2, "b"))
    reopened(overlap)
    assert overlap.feed(line(2, "c")) == (True, None)
    assert overlap.feed(line(2, "b")) == (False, None)
    assert overlap.feed(line(3, "d")) == (True, None)


def test_a_line_out_of_order_behind_the_known_ones_is_new_however_old_its_stamp() -> None:
    overlap = Overlap()
    overlap.feed(line(9, "a"))
    assert reopened(overlap) == BASE + 7
    assert new_of(overlap, [line(9, "a"), line(3, "late")]) == [line(3, "late")]


def test_a_stream_begins_with_the_second_that_was_asked_for() -> None:
    early, asked = line(6.999, "early"), line(7, "asked")
    overlap = Overlap()
    overlap.feed(line(9, "a"))
    assert reopened(overlap) == BASE + 7
    assert new_of(overlap, [early, "its next line", asked]) == [asked]


def test_a_line_without_a_stamp_that_opens_a_stream_is_not_of_the_stream_before() -> None:
    overlap = Overlap()
    new_of(overlap, [line(9, "a"), line(3, "out of order")])
    reopened(overlap)
    assert overlap.feed("no stamp") == (True, None)
    first = Overlap()
    first.feed("no stamp")
    assert first.newest == 0.0


def test_another_container_shares_no_line_with_the_one_before_it() -> None:
    overlap = Overlap()
    overlap.feed(line(1, "started"))
    reopened(overlap)
    overlap.renew(proven=True)
    assert (overlap.newest, overlap.since(), overlap.proven) == (BASE + 1, BASE - 1, True)
    assert overlap.feed(line(1, "started")) == (True, None)


def test_another_container_whose_clock_is_behind_has_a_time_of_its_own() -> None:
    overlap = Overlap()
    overlap.feed(line(60, "last words"))
    overlap.renew(proven=False)
    assert overlap.feed(line(5, "up")) == (True, (BASE + 60, BASE + 60))
    assert (overlap.newest, overlap.since()) == (BASE + 5, BASE + 3)
    reopened(overlap)
    assert new_of(overlap, [line(5, "up"), line(6, "more")]) == [line(6, "more")]


def test_a_loss_before_the_first_line_of_all_is_no_gap() -> None:
    overlap = Overlap()
    overlap.renew(proven=False)
    assert overlap.feed(line(5, "up")) == (True, None)


@pytest.mark.parametrize(("seconds", "known"), [(10, True), (10.001, False)])
def test_lines_are_remembered_for_ten_seconds_of_the_log(seconds: float, known: bool) -> None:
    overlap = Overlap()
    new_of(overlap, [line(0, "a"), line(seconds, "b")])
    overlap.reopen(BASE)
    assert overlap.feed(line(0, "a")).new is not known


def test_memory_is_a_few_seconds_of_lines() -> None:
    overlap = Overlap()
    new_of(overlap, [line(s / 10, "x") for s in range(20_000)])
    assert len(overlap._seen) <= KEEP_S * 10 + 1
