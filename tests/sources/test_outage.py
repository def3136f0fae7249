"""An API server that is away, comes back without its RBAC rules, and then works again."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import served
from tests.fixtures import shared
from tests.sweeps import sampled
from wvatui.core import events as ev
from wvatui.core.findings.over_time import found_over_time
from wvatui.core.fold.fold import fold
from wvatui.core.queries.health.health_rows import health
from wvatui.core.queries.health.silences import silent_rows
from wvatui.core.state.state import EMPTY
from wvatui.kube.answers import lacking
from wvatui.recording import open_recording

AWAY, BACK, ALLOWED = 40.0, 60.0, 66.0
"""The seconds after the start at which the server is away, back, and has its rules."""


# Connections are reset in the next test.
@pytest.mark.parametrize("kind", sampled(["503", "reset"], ["503"]))
async def test_all_sources_are_back_within_two_seconds_and_no_line_is_lost(
    tmp_path: Path, kind: str
) -> None:
    async with served(tmp_path) as here:
        start = here.cluster.timeline.start

        def goes_away() -> None:
            here.fault(kind, "^/api", times=None, until=start + BACK)
            here.fault("403", "^/api", times=None, until=start + ALLOWED)
            here.server.context.streams.close_all()

        here.at(AWAY, goes_away)
        seen = await here.watch(80.0)
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


async def test_the_restart_of_a_real_api_server_costs_seconds_and_not_a_minute(
    tmp_path: Path,
) -> None:
    case = shared("field-cases/api-restart-403") / "rec.jsonl.gz"
    told = [event for event in open_recording(case).events() if isinstance(event, ev.Source)]
    gone_at = next(event.at for event in told if event.text.endswith("connection reset"))
    refused = [event for event in told if event.status == "denied"]
    assert all(lacking(event.text) for event in refused)
    back_at = refused[0].at
    # Requests that came a second later were answered, as the RBAC rules were loaded.
    allowed_at = next(e.at for e in told if e.source == "variants" and e.at > back_at)
    slow_s = max(e.at for e in told if e.status == "denied") - allowed_at
    assert slow_s > 60.0, "as it was then"
    async with served(tmp_path) as here:
        start = here.cluster.timeline.start + 20.0

        def restarts() -> None:
            here.fault("reset", "^/api", times=None, until=start + back_at - gone_at)
            here.fault("403", "^/api", times=None, until=start + allowed_at - gone_at)
            here.server.context.streams.close_all()

        here.at(20.0, restarts)
        seen = await here.watch(35.0)
    after = [event for event in seen.of(ev.Source) if event.at >= start]
    assert "denied" in {event.status for event in after}
    last = {event.source: event for event in after}
    assert {event.status for event in last.values()} == {"ok"}
    assert max(event.at for event in last.values()) <= start + allowed_at - gone_at + 2.0


async def test_a_list_is_asked_for_again_when_a_busy_server_said_and_not_before(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as here:
        start = here.cluster.timeline.start
        here.fault("429", r"/deployments\?limit", retry_after_s=30)

        def goes_away() -> None:
            here.fault("503", "^/api", times=None, until=start + 20.0)
            here.server.context.streams.close_all()

        here.at(10.0, goes_away)
        seen = await here.watch(40.0, interval=10.0)
    told = [e for e in seen.of(ev.Source) if e.source == "workloads" and e.retry_at is not None]
    assert told[0].retry_at == start + 30.0
    (first, *_) = seen.of(ev.Workload)
    assert start + 30.0 <= first.at < start + 32.0
    assert seen.health("variants")[-1][0] == "ok", "what nobody held back is there sooner"
    assert min(event.at for event in seen.of(ev.Variant)) < start + 10.0


async def test_a_silent_connection_is_found_out_without_bookmarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wvatui.sim.api.reading.BOOKMARK_S", 1e9)
    async with served(tmp_path) as here:
        cluster = here.cluster
        start = cluster.timeline.start
        here.at(10.0, lambda: here.server.context.streams.cut("/deployments", "idle"))
        here.at(20.0, lambda: cluster.store.patch("Deployment", cluster.namespace, NAME, _to_five))
        seen = await here.watch(150.0, interval=30.0)
    grown = [event.at - start for event in seen.of(ev.Workload) if event.spec == 5]
    assert 20.0 < min(grown) <= 10.0 + 131.0


NAME = "llama-8b-h100"


def _to_five(deployment: dict[str, Any]) -> None:
    deployment["spec"]["replicas"] = 5


@pytest.mark.usefixtures("impatient")
async def test_one_list_that_is_never_answered_wakes_nobody_and_costs_no_stream(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as here:
        never = 10**9  # a fault that counts requests and strikes none
        logs = here.fault("split", r"/log\?", nth=never)
        watches = here.fault("split", "/variantautoscalings.*watch=true", nth=never)
        slow = here.fault("hang", r"/deployments\?limit", times=None)
        seen = await here.watch(120.0, interval=10.0, request_timeout=5.0)
        written = here.written(here.leader)
    assert seen.health("workloads")[-1][0] == "retrying"
    assert (logs.seen, watches.seen) == (1, 1)
    assert slow.hits <= 7, "each wait is twice the one before"
    assert len(written) - len(seen.lines(here.leader)) <= 12


async def test_47_a_source_of_metrics_that_refuses_is_stale_and_pods_are_polled_on(
    tmp_path: Path,
) -> None:
    """The gateway's page is refused for 40 s, and the controller's Prometheus from 60 s on."""
    async with served(tmp_path, scenario="prometheus-down") as here:
        start = here.cluster.timeline.start
        page = "/pods/llama-pool-epp-.*/proxy"
        here.at(60.0, lambda: here.fault("503", page, times=None, until=start + 100.0))
        seen = await here.watch(130.0, interval=5.0)
    while_away = fold(EMPTY, [event for event in seen.events if event.at <= start + 80.0])
    rows = {row.source: (row.level, row.age_s) for row in health(while_away)}
    assert rows["epp"] == ("bad", 25.0), "its last page came at 55 s"
    assert rows["pods"] == ("ok", 0.0)
    looks = [event.at - start for event in seen.of(ev.Epp)]
    assert [at for at in looks if 50.0 < at < 110.0] == [55.0, 100.0, 105.0]
    rounds = seen.of(ev.PollRound)
    assert {b.at - a.at for a, b in pairwise(rounds)} == {5.0}
    assert all(each.answered == each.pods for each in rounds)
    assert seen.state.totals.errors > 0, "the controller says that its queries fail"
