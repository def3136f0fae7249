"""Waits before retries: they grow up to a maximum, and are short again after a success."""

from wvatui.clock import Backoff


def waits(backoff: Backoff, count: int) -> list[float]:
    return [backoff.next() for _ in range(count)]


def test_waits_double_up_to_half_a_minute_and_stay_there() -> None:
    assert waits(Backoff(), 8) == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_the_longest_wait_is_the_one_that_was_asked_for() -> None:
    assert waits(Backoff(0.5, 3.0), 5) == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_what_worked_begins_with_the_shortest_wait_again() -> None:
    backoff = Backoff(0.5, 3.0)
    waits(backoff, 5)
    backoff.reset()
    assert waits(backoff, 3) == [0.5, 1.0, 2.0]
