"""A controller with a wrong clock: its decisions during the session belong to the session, at the
session's time; earlier ones do not."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.findings import findings
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.session.headless import odd

START = 1_788_249_600.0
SIZES = (1, 1, 2, 4, 4, 3, 3)
BEFORE, LIVE = range(-590, 0, 60), range(10, 400, 60)
"""Times of cycles in seconds from T+0, before and during the session."""


def cycle(at: float, off_s: float, current: int, target: int) -> list[str]:
    stamp = f"{datetime.fromtimestamp(at + off_s, UTC):%Y-%m-%dT%H:%M:%S}Z"
    action = "no-change" if current == target else "scale-up" if target > current else "scale-down"
    return [
        f'{stamp}\tINFO\tsaturation/engine.go:379\tGrouped VAs by model\t{{"modelCount": 1}}',
        f"{stamp}\tINFO\tsaturation/engine_v2.go:744\tscaling-decision\t"
        f'{{"modelID": "m", "namespace": "ns", "decisions": [{{"name":"v","curr":{current},'
        f'"tgt":{target},"action":"{action}"}}]}}',
    ]


def watched(off_s: float, *, lease: bool, busy: bool = False) -> Iterable[ev.Event]:
    """A session whose controller's clock is `off_s` ahead, or behind if it is negative."""
    yield ev.Header(START, started_at=START, namespace="ns", tool="wvatui")
    events: list[ev.Event] = [ev.Tick(START + at) for at in range(0, 401, 5)]
    if lease:
        events += [
            ev.Lease(START + at + 0.2, name="l", namespace="s", holder="ctl_1f", renewed_at=renewed)
            for at in range(0, 401, 2)
            for renewed in [START + at + off_s]
        ]
    lines = [(START + 0.5, line) for at in BEFORE for line in cycle(START + at, off_s, 9, 9)]
    sizes = zip(LIVE, SIZES, (*SIZES[1:], 3), strict=True)
    for at, current, target in sizes:
        lines += [(START + at + 0.1, ln) for ln in cycle(START + at, off_s, current, target)]
    events += [ev.Log(at, line=line, stream="controller", pod="ctl") for at, line in lines]
    yield from sorted(events, key=lambda event: event.at)


def numbers(state: State) -> dict[str, object]:
    told = summary(state, "live")
    return {key: told[key] for key in told if key not in ("events",)}


@pytest.mark.parametrize("off_s", [-3_000.0, -300.0, -15.0, 15.0, 300.0])
def test_a_controller_whose_clock_is_off_gives_the_numbers_of_one_whose_clock_is_right(
    off_s: float,
) -> None:
    right, off = (fold(EMPTY, watched(by, lease=True)) for by in (0.0, off_s))
    assert numbers(off) == numbers(right)
    assert (numbers(off)["cycles"], numbers(off)["cur"]) == (7, [1, 4])
    assert [d.at for d in off.newest_decisions] == [START + 370]
    assert off.before.totals.lines == right.before.totals.lines == 20
    assert right.totals.clocks_off == {}
    assert off.totals.clocks_off == {"ctl": off_s}


@pytest.mark.parametrize("off_s", [-3_000.0, -300.0])
def test_without_a_lease_lines_that_come_after_a_pause_tell_that_a_clock_is_behind(
    off_s: float,
) -> None:
    right, off = (fold(EMPTY, watched(by, lease=False)) for by in (0.0, off_s))
    assert numbers(off) == numbers(right)
    assert off.totals.clocks_off == {"ctl": off_s}


def test_a_clock_that_is_off_is_told() -> None:
    state = fold(EMPTY, watched(-300.0, lease=True))
    words = "the controller's clock is 300 s behind the cluster's"
    assert [f.rule for f in findings(state) if words in f.title] == ["clock-skew"]
    assert any("the clock of ctl is 300 s behind" in line for line in odd((), state))


def test_the_clock_of_a_controller_that_is_gone_is_no_matter_any_more() -> None:
    events = list(watched(-300.0, lease=True))
    end = max(event.at for event in events)
    pods = [ev.Pod(START, namespace="sys", name="ctl", role="controller")]
    assert [f.rule for f in findings(fold(EMPTY, [*events, *pods])) if "300 s" in f.title]
    after = [
        ev.Pod(end + 1, namespace="sys", name="ctl2", role="controller"),
        ev.Deleted(end + 2, kind="pod", namespace="sys", name="ctl"),
    ]
    state = fold(EMPTY, [*events, *pods, *after])
    assert [f.rule for f in findings(state) if "300 s" in f.title] == []


def test_a_log_that_was_cut_off_for_a_while_is_of_no_other_clock() -> None:
    events = list(watched(0.0, lease=False))
    late = [
        ev.Log(
            max(event.at, START + 200) if event.at < START + 200 else event.at,
            line=event.line,
            stream=event.stream,
            pod=event.pod,
        )
        if isinstance(event, ev.Log) and event.at > START + 20
        else event
        for event in events
    ]
    state = fold(EMPTY, sorted(late, key=lambda event: event.at))
    assert state.totals.clocks_off == {}
    assert numbers(state) == numbers(fold(EMPTY, events))
