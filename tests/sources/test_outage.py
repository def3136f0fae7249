"""An API server that goes away, comes back without its rules of access, and works again."""

from pathlib import Path

from tests.cluster import served
from wvatui.core import events as ev
from wvatui.core.findings.over_time import found_over_time
from wvatui.core.queries.health.silences import silent_rows

AWAY, BACK, ALLOWED = 60.0, 80.0, 86.0
"""Seconds after the start of the session."""


async def test_all_sources_are_back_within_two_seconds_and_no_line_is_lost(tmp_path: Path) -> None:
    async with served(tmp_path) as here:
        start = here.cluster.timeline.start

        def goes_away() -> None:
            here.fault("503", "^/api", times=None, until=start + BACK)
            here.fault("403", "^/api", times=None, until=start + ALLOWED)
            here.server.context.streams.close_all()

        here.at(AWAY, goes_away)
        seen = await here.watch(120.0)
        written = here.written(here.leader)
    told = [event for event in seen.of(ev.Source) if event.at >= start + AWAY]
    last = {event.source: (event.status, event.at - start) for event in told}
    assert {status for status, _ in last.values()} == {"ok"}
    assert max(at for _, at in last.values()) <= ALLOWED + 2.0
    assert {"log", "pods", "workloads", "variants", "autoscalers", "events"} <= last.keys()
    got = seen.lines(here.leader)
    assert got == written[: len(got)]
    assert len(written) - len(got) <= 2, "written at the very end"
    found, state = found_over_time(seen.events)
    assert {each.finding.rule for each in found} == {"missing-rights"}
    assert max(each.until for each in found) < start + ALLOWED
    silent = {row.source: (row.since - start, row.until - start) for row in silent_rows(state)}
    assert silent.keys() == {"objects", "pods"}
    assert all(AWAY - 2.0 <= since < until <= ALLOWED + 2.0 for since, until in silent.values())
