"""Container logs: stamps, restarts, and positions that survive rotation."""

import pytest

from wvatui.engine.timeline import Timeline
from wvatui.sim.pods import logbook as module
from wvatui.sim.pods.logbook import LogBook

START = 1_788_249_600.0
PLACE = ("ns", "wva-0", "manager")


def test_a_line_is_stamped_with_the_present_in_nanoseconds() -> None:
    timeline = Timeline(START)
    book = LogBook(timeline)
    timeline.run_until(START + 1.25)
    book.append(*PLACE, "hello")
    (line,) = book.current(*PLACE).read()
    assert line.wire(True) == b"2026-09-01T08:00:01.250000000Z hello\n"
    assert line.wire(False) == b"hello\n"


def test_a_newline_inside_makes_two_lines() -> None:
    book = LogBook(Timeline(START))
    book.append(*PLACE, "one\ntwo")
    assert [line.text for line in book.current(*PLACE).read()] == [b"one", b"two"]


def test_bytes_that_are_no_utf8_are_written_as_they_were() -> None:
    book = LogBook(Timeline(START))
    book.append(*PLACE, b"caf\xc3".decode("utf-8", "surrogateescape"))
    assert book.current(*PLACE).read()[0].text == b"caf\xc3"


def test_a_restart_makes_the_log_so_far_the_previous_one() -> None:
    book = LogBook(Timeline(START))
    assert book.previous(*PLACE) is None
    book.append(*PLACE, "before")
    old = book.current(*PLACE)
    book.restart(*PLACE)
    book.append(*PLACE, "after")
    assert old.ended
    assert book.previous(*PLACE) is old
    assert [line.text for line in book.current(*PLACE).read()] == [b"after"]


def test_a_removed_pod_has_no_log_and_its_readers_end() -> None:
    book = LogBook(Timeline(START))
    book.append(*PLACE, "x")
    log = book.current(*PLACE)
    book.remove("ns", "wva-0")
    assert log.ended
    assert book.current(*PLACE).read() == []


def test_positions_stay_true_when_old_lines_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT_BYTES", 100)
    book = LogBook(Timeline(START))
    for number in range(50):
        book.append(*PLACE, f"line {number:04d}")
    log = book.current(*PLACE)
    assert log.end == 50
    assert [line.text for line in log.read(48)] == [b"line 0048", b"line 0049"]
    assert 0 < len(log.read()) <= 12


def test_who_listens_hears_of_each_line() -> None:
    book = LogBook(Timeline(START))
    heard: list[int] = []
    book.on_change(lambda: heard.append(book.current(*PLACE).end))
    book.append(*PLACE, "a")
    book.append(*PLACE, "b")
    assert heard == [1, 2]
