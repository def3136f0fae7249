"""Findings over a whole recording: how long each lasted, however seldom they were evaluated."""

from collections.abc import Iterator

from tests.findings.test_clearing import CAUSES, START
from wvatui.core import events as ev
from wvatui.core.findings.over_time import found_over_time


def _three_hours() -> Iterator[ev.Event]:
    """Three hours with a lasting cause, and a tick each 15 seconds."""
    [cause] = [each for each in CAUSES if each.rule == "pool-maximum"]
    yield from cause.base
    yield from cause.broken
    yield from (ev.Tick(at=START + 60.0 + 15.0 * n) for n in range(720))


def test_what_stays_is_found_once_also_by_looks_that_are_minutes_apart() -> None:
    for each_s in (15.0, 90.0):
        found, _ = found_over_time(_three_hours(), each_s)
        asking = [each for each in found if each.finding.rule == "pool-maximum"]
        assert len(asking) == 1, each_s
        assert asking[0].until - asking[0].since > 3600.0
