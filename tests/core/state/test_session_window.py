"""What the log states about the time before a session is context, and is not counted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.folding import HEAD
from tests.fixtures import shared
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.explain.cycles import explained
from wvatui.core.fold.fold import fold
from wvatui.core.log.parser import parse
from wvatui.core.queries.health.health_detail import health_detail
from wvatui.core.queries.pods.kube_event_rows import kube_event_rows
from wvatui.core.queries.session.session_rows import decisions, totals
from wvatui.core.queries.session.session_rows import events as happened
from wvatui.core.state.session_window import SessionWindow, window_of
from wvatui.core.state.state import EMPTY, State
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.export.seed import controller_rows
from wvatui.export.tables import TABLES
from wvatui.recording import open_recording
from wvatui.session.line_mode import PlainLines

START = datetime(2026, 8, 18, 14, 30, tzinfo=UTC).timestamp()
V04 = """\
{"level":"INFO","ts":"2026-08-18T13:55:00.000Z","msg":"Operating in CAPACITY-ONLY mode"}
{"level":"INFO","ts":"2026-08-18T13:55:00.000Z","msg":"Processing model: modelID=m, variantCount=1"}
{"level":"INFO","ts":"2026-08-18T13:55:00.000Z","msg":"Processing decision: variant=a100, action=scale-up, current=5→target=6"}
{"level":"ERROR","ts":"2026-08-18T13:55:01.000Z","msg":"Failed to look","error":"nobody there"}
{"level":"INFO","ts":"2026-08-18T13:55:01.000Z","msg":"Words that no release of it has ever had: 7"}
{"level":"INFO","ts":"2026-08-18T13:55:30.000Z","msg":"Processing decision: variant=a100, action=scale-down, current=6→target=1"}
"""  # noqa: E501
LOGS = {"HEAD": HEAD, "v0.4": V04}
COUNTED = (
    "lines",
    "reconciles",
    "cycles",
    "raw_dec",
    "ups",
    "downs",
    "target_changes",
    "cur",
    "tgt_max",
    "pods",
    "kv",
    "kv_peak",
    "q_peak",
    "caps",
    "cap_ts",
    "analyses",
    "preds",
    "nis",
    "errs",
    "warn",
    "replica_s",
    "span",
    "unknown_lines",
    "unknown_templates",
    "dialects",
)
"""Keys of the summary in which a line of the log can count."""


def header(**more: str) -> ev.Header:
    return ev.Header(START, started_at=START, tool="wvatui", **more)  # type: ignore[arg-type]


def at_times(text: str, shift_s: float) -> list[str]:
    """The lines of a log with all times moved by `shift_s` seconds."""
    lines = []
    for line in text.splitlines():
        at = parse(line).at
        assert at is not None
        stamp = datetime.fromtimestamp(at, UTC)
        moved = stamp + timedelta(seconds=shift_s)
        old = [f"{stamp:%Y-%m-%dT%H:%M:%SZ}", f"{stamp:%Y-%m-%dT%H:%M:%S}.000Z"]
        for form in old:
            line = line.replace(form, f"{moved:%Y-%m-%dT%H:%M:%SZ}")
        lines.append(line)
    return lines


def session(history: list[str], lines: list[str]) -> State:
    """A session that reads `history` at its start, and then receives `lines`."""
    events: list[ev.Event] = [header(), ev.Tick(START)]
    events += [ev.Log(START + 0.5, line=line) for line in history]
    events += [ev.Log(max(START, parse(line).at or 0.0), line=line) for line in lines]
    return fold(EMPTY, [*events, ev.Tick(START + 120)])


def tables(state: State) -> dict[str, object]:
    """The CSV tables made from the controller's log."""
    made = {}
    for name in ("decisions", "cycles", "replicas"):
        table = TABLES[name]()
        table.end(state)
        # Earlier lines may state the namespace and model of a variant.
        made[name] = [row | {"namespace": "", "model": ""} for row in table.rows]
    return made


@pytest.mark.parametrize(("before", "name"), [("HEAD", "HEAD"), ("v0.4", "v0.4"), ("v0.4", "HEAD")])
def test_history_changes_no_number_of_a_session(before: str, name: str) -> None:
    own = at_times(LOGS[name], 2101.0)
    alone, after = session([], own), session(at_times(LOGS[before], 1800.0), own)
    expected, numbers = summary(alone, "s"), summary(after, "s")
    assert expected["cycles"]
    assert {k: numbers[k] for k in COUNTED} == {k: expected[k] for k in COUNTED}
    assert numbers["scaling"] == expected["scaling"]
    assert totals(after).decisions == totals(alone).decisions
    assert tables(after) == tables(alone)
    for mode in ("capacity-based", "model-based"):
        assert controller_rows(after, mode) == controller_rows(alone, mode)
    cycles = [(cycle.number, cycle.at) for cycle in explained(after)]
    assert cycles == [(cycle.number, cycle.at) for cycle in explained(alone)]
    assert not cycles or cycles[0][0] == 1
    rounds = [[r.at for r in one.rounds] for one in recorded(after)]
    assert rounds == [[r.at for r in one.rounds] for one in recorded(alone)]


@pytest.mark.parametrize("name", LOGS)
def test_a_session_in_which_the_controller_says_nothing_has_counted_nothing(name: str) -> None:
    numbers = summary(session(at_times(LOGS[name], 1800.0), []), "s")
    silent = summary(session([], []), "s")
    assert {k: numbers[k] for k in COUNTED} == {k: silent[k] for k in COUNTED}


@pytest.mark.parametrize(("name", "decided"), [("HEAD", 3), ("v0.4", 2)])
def test_what_is_from_before_the_session_is_still_there_to_be_looked_at(
    name: str, decided: int
) -> None:
    history = at_times(LOGS[name], 1800.0)
    state = session(history, at_times(HEAD, 2101.0))
    assert [entry.raw for entry in state.log][: len(history)] == history
    assert sum(row.at < START for row in decisions(state)) == decided
    assert sum(d.at < START for d in state.known_decisions) == decided
    assert not any(d.at < START for d in state.decisions)


@given(cut=st.integers(0, 11), batch=st.integers(1, 7))
def test_wherever_the_session_begins_what_it_counts_is_what_follows(cut: int, batch: int) -> None:
    lines = HEAD.splitlines()
    starts = [parse(line).at or 0.0 for line in lines]
    began = starts[cut] if cut < len(lines) else starts[-1] + 1.0
    head = ev.Header(began, started_at=began)
    events = [head, *(ev.Log(began + 1, line=line) for line in lines)]
    state = EMPTY
    for n in range(0, len(events), batch):
        state = fold(state, events[n : n + batch])
    own = [line for line, at in zip(lines, starts, strict=True) if at >= began]
    assert state.totals.lines == len(own)
    assert state.before.totals.lines == len(lines) - len(own)
    assert state.totals.errors == sum(
        '"error"' in line for line in own if '"level":"error"' in line
    )
    assert all(d.at >= began for d in state.decisions)
    assert all(d.at < began for d in state.before.decided)


def test_a_log_that_is_opened_alone_is_a_session_of_its_own() -> None:
    lines = at_times(HEAD, 0.0)
    at = parse(lines[0]).at or 0.0
    head = ev.Header(START, started_at=START, imported="controller.log")
    state = fold(EMPTY, [head, *(ev.Log(at, line=line) for line in lines)])
    assert state.totals.lines == len(lines)
    assert window_of(head) == SessionWindow(0.0, frozenset())


def test_a_later_part_of_a_recording_begins_where_the_session_did() -> None:
    part = ev.Header(START + 900, started_at=START, part=2)
    assert window_of(part).began == START


def test_a_recorded_run_counts_its_own_cycles_only() -> None:
    path = shared("field-cases/audit/history-in-run/session.jsonl.gz")
    state = fold(EMPTY, list(open_recording(path).events()))
    numbers = summary(state, path.name)
    assert (numbers["cycles"], numbers["span"], len(explained(state))) == (12, 330, 12)
    assert recorded(state)[0].until - recorded(state)[0].since == pytest.approx(360, abs=3)


def test_a_clock_that_is_set_back_below_the_start_takes_nothing_from_the_session() -> None:
    lines = [*at_times(V04, 2101.0), *at_times(V04, 1200.0)]
    events = [header(), *(ev.Log(START + n, line=line) for n, line in enumerate(lines, 1))]
    state = fold(EMPTY, events)
    assert (state.totals.lines, state.before.totals.lines) == (len(lines), 0)
    assert summary(state, "s")["cycles"] == 4


@pytest.mark.parametrize(("about_s", "restarts"), [(-30.0, 0), (30.0, 1), (None, 1)])
def test_a_restart_from_before_the_session_is_none_of_its_own(
    about_s: float | None, restarts: int
) -> None:
    about = None if about_s is None else START + about_s
    notice = ev.Notice(START + 40, source="log", code="restart", text="again", about=about)
    state = fold(EMPTY, [header(), notice])
    assert summary(state, "s")["restarts"] == restarts
    assert len(state.notices) == 1


@pytest.mark.parametrize(("ended_s", "stages"), [(-5.0, 0), (60.0, 1)])
def test_a_stage_of_load_that_ended_before_the_session_is_none_of_its_own(
    ended_s: float, stages: int
) -> None:
    job = ev.Job(
        START,
        kind="Job",
        namespace="ns",
        name="load",
        status="succeeded",
        started_at=START - 90,
        load_at=START - 90,
        ended_at=START + ended_s,
        stages=(ev.Stage(start_s=0.0, rate=4.0, duration_s=90.0 + ended_s),),
    )
    state = fold(EMPTY, [header(), job, ev.Tick(START + 120)])
    assert len(summary(state, "s")["stages"]) == stages


@pytest.mark.parametrize(("until_s", "gaps"), [(0.0, 0), (60.0, 1)])
def test_a_gap_that_was_over_before_the_session_is_none_of_its_own(
    until_s: float, gaps: int
) -> None:
    gap = ev.Gap(START + 1, source="pods", since=START - 90, until=START + until_s, reason="lost")
    state = fold(EMPTY, [header(), gap, ev.Tick(START + 120)])
    assert summary(state, "s")["gaps"] == gaps
    assert len(happened(state)) == gaps
    assert [row.context for row in health_detail(state).gaps] == [not gaps]


def test_what_happened_in_a_session_is_nothing_from_before_it() -> None:
    history, own = at_times(HEAD, 1800.0), at_times(HEAD, 2101.0)
    assert happened(session(history, own)) == happened(session([], own))
    assert {row.kind for row in happened(session([], own))} == {"decision", "error"}


@pytest.mark.parametrize(("last_s", "listed"), [(-600.0, 0), (30.0, 1)])
def test_an_event_of_kubernetes_happens_when_it_says_and_not_when_it_was_seen(
    last_s: float, listed: int
) -> None:
    told = ev.KubeEvent(START + 40, kind="Pod", name="p", reason="R", last_at=START + last_s)
    state = fold(EMPTY, [header(), told])
    assert [row.at for row in happened(state)] == [START + last_s] * listed
    (row,) = kube_event_rows(state, lambda kind, name: True)
    assert (row.at, row.context) == (START + last_s, not listed)


def test_a_session_as_lines_tells_no_decision_from_before_it() -> None:
    history, own = at_times(V04, 1800.0), at_times(HEAD, 2101.0)
    words = "\n".join(PlainLines().changes(session(history, own)))
    assert "decision scale-up 1→2" in words
    assert "decision scale-up 5→6" not in words
