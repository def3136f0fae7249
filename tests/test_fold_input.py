"""The recording of the benchmarks is one that a session could have written."""

from pathlib import Path

import msgspec

from bench.fold_input import _Poll, _scenario, _Watch, record
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.core.queries.session import session_rows
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording
from wvatui.sim.cluster import Cluster


def test_what_is_taken_from_engines_is_what_their_pages_say() -> None:
    cluster = Cluster(scenario=_scenario(14, give=1))
    watch, poll = _Watch(cluster), _Poll(cluster)
    bounds, compared = BoundsBook(), 0
    for second in (30, 90):
        now = cluster.timeline.start + second
        cluster.timeline.run_until(now)
        targets = watch.book.model_targets()
        for event in poll.models(now, targets):
            if not isinstance(event, ev.Scrape):
                continue
            page = cluster.pages.fetch(cluster.namespace, event.pod, 8000, "/metrics")
            assert page is not None
            read = read_page(page[2], at=now, pod=event.pod, took_ms=9, bounds=bounds, port=8000)
            (scrape,) = [found for found in read if isinstance(found, ev.Scrape)]
            assert msgspec.json.encode(scrape) == msgspec.json.encode(event)
            compared += 1
    assert compared >= 28


def test_the_recording_opens_whole_and_has_pods_decisions_and_changes(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    record(path, pods=14, interval_s=2.0, seconds=300)
    recording = open_recording(path)
    events = list(recording.events())
    state = fold(EMPTY, events)
    assert not recording.notices
    kinds = {type(event) for event in events}
    assert {
        ev.Header,
        ev.Footer,
        ev.Tick,
        ev.Log,
        ev.Bounds,
        ev.Scrape,
        ev.Engine,
        ev.PollRound,
        ev.Epp,
        ev.Variant,
        ev.Workload,
        ev.Pod,
        ev.Autoscaler,
        ev.Lease,
        ev.Config,
        ev.Source,
    } <= kinds
    rounds = [event for event in events if isinstance(event, ev.PollRound)]
    assert len(rounds) == 150
    assert max(event.pods for event in rounds) >= 14
    scraped = {event.pod for event in events if isinstance(event, ev.Scrape)}
    assert scraped == {
        event.name
        for event in events
        if isinstance(event, ev.Pod) and event.role == "model" and event.ready
    }
    assert session_rows.decisions(state)
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_the_same_recording_is_made_twice(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.jsonl"
        record(path, pods=4, interval_s=2.0, seconds=120)
        made.append(path.read_bytes())
    assert made[0] == made[1]
