"""Scalers that were not watched for a while: what they did meanwhile is neither a mismatch nor the
work of somebody else."""

from collections.abc import Callable

import pytest

from tests.core.decisions.observed import START, decided, events_of, recorded, state_of, workload
from tests.core.decisions.watched import Watched, asked, behavior
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.events import Event
from wvatui.core.structs import replace

OBJECTS = (ev.Autoscaler, ev.ScaledObject, ev.Workload, ev.Pod, ev.KubeEvent)
SOURCES = ("autoscalers", "workloads")


def ok(at: float) -> list[Event]:
    return [ev.Source(at, source=name, status="ok") for name in SOURCES]


def with_outage(events: list[Event], since: float, until: float) -> list[Event]:
    """The API server does not answer for a while; then everything is listed anew."""
    there = [event for event in events if event.at < since]
    meanwhile = [event for event in events if since <= event.at < until]
    newest = {(type(e), e.namespace, e.name): e for e in meanwhile if isinstance(e, OBJECTS)}
    trouble = [ev.Source(since + 0.1, source=name, status="retrying") for name in SOURCES]
    listed = [replace(event, at=until) for event in newest.values()]
    later = [event for event in events if event.at >= until]
    return [*there, *trouble, *listed, *ok(until), *later]


def with_expired_watch(events: list[Event], since: float, until: float) -> list[Event]:
    """The machine sleeps; then the watch has expired, and everything is listed anew."""
    broken = with_outage(events, since, until)
    missed = [ev.Source(until, source=s, status="ok", missed_since=since) for s in SOURCES]
    kept = [each for each in broken if getattr(each, "status", "") != "retrying"]
    place = next(n for n, event in enumerate(kept) if event.at >= until)
    return [*kept[:place], *missed, *kept[place:]]


def with_full_disk(events: list[Event], since: float, until: float) -> list[Event]:
    """The recording could not be written for a while; it goes on with what changes after it."""
    gap = ev.Gap(until, source="recording", since=since, until=until, reason="no space")
    there = [event for event in events if event.at < since]
    return [*there, gap, *(event for event in events if event.at >= until)]


def with_lists_alone(events: list[Event], since: float, _until: float) -> list[Event]:
    """From then on the right to watch is missing: each kind is listed once a minute, on its own."""
    there = [event for event in events if event.at < since]
    denied = [ev.Source(since, source=name, status="denied") for name in SOURCES]
    later = [event for event in events if event.at >= since and not isinstance(event, OBJECTS)]
    for source, kinds, after in (
        ("autoscalers", (ev.Autoscaler, ev.ScaledObject), 5.0),
        ("workloads", (ev.Workload, ev.Pod), 45.0),
    ):
        at, past = since + after, since
        while at <= events[-1].at:
            missed = ev.Source(at, source=source, status="denied", missed_since=past)
            new = [e for e in events if isinstance(e, kinds) and past <= e.at < at]
            newest = {(type(e), e.namespace, e.name): replace(e, at=at) for e in new}
            later += [missed, *newest.values()]
            at, past = at + 60.0, at
    return [*there, *denied, *sorted(later, key=lambda event: event.at)]


def with_a_stopped_recorder(events: list[Event], since: float, until: float) -> list[Event]:
    """The recorder is stopped for a while: all that happened meanwhile comes at once."""
    there = [event for event in events if event.at < since]
    late = [e for e in events if since <= e.at < until and isinstance(e, OBJECTS)]
    later = [event for event in events if event.at >= until]
    return [*there, *(replace(event, at=until) for event in late), ev.Tick(until), *later]


@pytest.mark.parametrize(
    "breaks",
    [with_outage, with_expired_watch, with_full_disk, with_lists_alone, with_a_stopped_recorder],
)
@pytest.mark.parametrize("name", ["spike", "keda-queue", "hpa-cpu-and-queue", "burst-drain-v1"])
def test_no_decision_is_a_mismatch_or_somebody_elses_wherever_watching_was_interrupted(
    name: str, breaks: Callable[[list[Event], float, float], list[Event]]
) -> None:
    events = list(recorded(name))
    first, last = events[0].at, events[-1].at
    for length_s in (20.0, 100.0, 250.0):
        for part in range(8):
            since = first + 30.0 + (last - first - length_s - 60.0) * part / 8
            told = scaling_decisions(state_of(breaks(events, since, since + length_s)))
            wrong = [d for d in told if d.verdict == "mismatch" or d.decider == "hand"]
            assert wrong == [], (length_s, part, wrong[0].sentence)


def idle() -> list[Event]:
    """Six replicas go down to two, a replica each 30 s, from 45 s on."""
    watched = Watched(asked(behavior=behavior(down_s=0, down=("Pods", 1, 30))), replicas=6)
    for value in (6.0, 6.0, 6.0, *(2.0,) * 13):
        watched.look(value)
    return [*ok(START - 1.0), *events_of(watched.lines, made=True)]


def changes(told: list[ScalingDecision]) -> list[tuple[int | None, int | None, str]]:
    return [(d.before, d.after, d.verdict) for d in told if d.changes]


def test_a_change_that_was_missed_is_the_hpas_by_its_own_time_and_what_lacks_is_said() -> None:
    events = with_outage(idle(), START + 70.0, START + 122.0)
    assert decided(events, "hand") == []
    told = decided(events)
    soon = [*(event for event in events if event.at < START + 125.0), ev.Tick(START + 143.0)]
    assert changes(decided(soon)) == changes(told)[:2]
    assert changes(told) == [(6, 5, "agrees"), (5, 3, "unexplained"), (3, 2, "agrees")]
    missed = next(d for d in told if (d.before, d.after) == (5, 3))
    assert (missed.at, missed.seen_at) == (START + 105.0, START + 122.0)
    assert missed.sentence == (
        "5→3: h has set the scale, last at 02:08:25, while it was not watched, from 02:07:50"
        " to 02:08:42"
    )
    assert missed.missing == ("its looks from 02:07:50 to 02:08:42, when it was not watched",)


def test_a_change_while_nothing_was_watched_is_somebody_elses_where_the_hpa_made_none() -> None:
    watched = Watched(asked(behavior=behavior()))
    for _ in range(6):
        watched.look(1.0)
    quiet = [*ok(START - 1.0), *events_of(watched.lines, made=True)]
    changed = [*quiet[:-1], workload(50.0, 4), ev.Tick(START + 300.0)]
    events = with_outage(changed, START + 47.0, START + 58.0)
    (hand,) = decided(sorted(events, key=lambda event: event.at), "hand")
    assert (hand.before, hand.after) == (1, 4)


def test_looks_are_not_counted_while_nobody_watches() -> None:
    events = [event for event in idle() if event.at < START + 200.0]
    watched = [*events, ev.Tick(START + 600.0)]
    [*_, newest] = decided(watched)
    [*_, unwatched] = decided(
        [*events, ev.Source(START + 300.0, source="autoscalers", status="retrying"), watched[-1]]
    )
    assert newest.looks - unwatched.looks == 20


def test_changes_that_are_seen_while_another_kind_is_refused_were_not_missed() -> None:
    refused = ev.Source(START + 20.0, source="autoscalers", status="denied")
    events = sorted([*idle(), refused], key=lambda event: event.at)
    assert [d.certainty for d in decided(events)][-1] == "recomputed"
    assert changes(decided(events)) == changes(decided(idle()))
