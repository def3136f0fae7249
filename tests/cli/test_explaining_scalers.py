"""`explain` on recordings scaled by an HPA or KEDA: sentences, arithmetic, the share explained."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from tests.core.decisions.observed import START, events_of, state_of
from tests.core.decisions.watched import Watched, asked, behavior
from wvatui.cli.explain_recorded import change_line
from wvatui.core import events as ev
from wvatui.core import structs
from wvatui.core.decisions.scaling_decision import ScalingDecision
from wvatui.core.queries.session.variant_rows import variants
from wvatui.export.seed import CAPACITY, seed_csv
from wvatui.export.stamp import iso
from wvatui.recording import open_recording
from wvatui.recording.writer import Writer


@pytest.fixture
def scaled(tmp_path: Path) -> Path:
    """A recording: 1→3 at 30 s, held at 3 for a minute from 60 s on, then down to 1."""
    watched = Watched(asked(behavior=behavior(down_s=60)))
    for value in (1, 1, 3, 3, 0, 0, 0, 0, 0):
        watched.look(value)
    return recorded(tmp_path / "hpa.jsonl", events_of(watched.lines, made=True))


def recorded(path: Path, events: Sequence[ev.Event]) -> Path:
    writer = Writer(path, ev.Header(START - 30.0, started_at=START - 30.0, namespace="ns"))
    writer.write(list(events))
    writer.close("quit")
    return path


def data(*words: str) -> Any:
    result = run("explain", *words, "-o", "json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_the_share_counts_decisions_of_an_hpa_and_leaves_the_cycles_wvas(scaled: Path) -> None:
    share = data(str(scaled), "--summary")
    assert share["cycles"] == 0
    assert share["decisions"] == share["explained"] == share["by_decider"]["hpa"]["decisions"] > 3
    assert (share["mismatched"], share["unexplained"], share["share"]) == (0, 0, 1.0)
    assert f"{share['decisions']} of {share['decisions']} decisions explained (100.0%)" in (
        run("explain", str(scaled), "--summary").out
    )


def test_a_lie_planted_in_a_status_is_a_mismatch_with_both_sides(
    scaled: Path, tmp_path: Path
) -> None:
    path = tmp_path / "lied.jsonl"
    path.write_text(scaled.read_text().replace("ScaleDownStabilized", "ReadyForNewScale"))
    share = data(str(path), "--summary")
    assert share["mismatched"] == 1
    (wrong,) = share["mismatched_decisions"]
    assert "recomputed ScaleDownStabilized, seen ReadyForNewScale" in wrong["differs"][0]


def test_changes_are_told_a_line_each_with_what_holds_and_until_when(scaled: Path) -> None:
    lines = run("explain", str(scaled)).out.splitlines()
    told = [line.split("Z  ")[1].split(": ")[1] for line in lines[:-1]]
    assert told == ["1→3", "stays at 3", "3→1", "stays at 1"]
    assert "the highest recommendation of the last 60 s is 3, until " in lines[1]
    # 1→3 at 30 s; the looks at 60, 75 and 90 s wanted less, and 3→1 came at 105 s.
    assert lines[1].endswith(f" (3 looks; values of the last, {iso(START + 90.0)[11:19]})")
    assert all(line.startswith("=") for line in lines[:-1])


def test_looks_that_are_one_line_say_how_many_they_are_and_when_the_last_was() -> None:
    folded = ScalingDecision(START, START + 75.0, "hpa", "ns", "v", 3, 1, 3, looks=6)
    assert change_line(folded).endswith(
        f" (6 looks; values of the last, {iso(START + 75.0)[11:19]})"
    )


def test_a_moment_tells_the_arithmetic_of_what_stood_then_and_nothing_later(scaled: Path) -> None:
    told = data(str(scaled), "--at", "1m40s")
    (decision,) = told["decisions"]
    assert (decision["from"], decision["wanted"], decision["to"]) == (3, 0, 3)
    assert decision["held"][0]["by"] == "window"
    assert decision["inputs"][0]["source"] == "status.currentMetrics"
    text = run("explain", str(scaled), "--at", "1m40s").out
    assert "queue: 0 a replica, target 1, wants 0" in text or "queue: 0 in all" in text
    assert "=   size, conditions and events as recomputed" in text


def test_what_an_older_recording_lacks_is_named(scaled: Path, tmp_path: Path) -> None:
    bare = [
        structs.replace(event, asked=(), shown=(), conditions=event.conditions[:1])
        if isinstance(event, ev.Autoscaler)
        else event
        for event in _events(scaled)
    ]
    share = data(str(recorded(tmp_path / "old.jsonl", bare)), "--summary")
    assert share["unexplained"] == share["decisions"] > 0
    assert "types and selectors of its metrics" in share["unexplained_decisions"][0]["missing"][0]


def _events(path: Path) -> list[ev.Event]:
    events = list(open_recording(path).events())
    return [event for event in events if not isinstance(event, ev.Header | ev.Footer)]


def test_a_cycle_is_asked_of_a_session_without_a_controllers_log(scaled: Path) -> None:
    result = run("explain", str(scaled), "--cycle", "1")
    assert result.code == 2
    assert "no controller's log is in the file; use --at" in result.err


def test_the_summary_counts_each_change_once_and_names_who_made_it(scaled: Path) -> None:
    result = run("summary", str(scaled), "-o", "json")
    numbers = json.loads(result.out)
    assert (numbers["changes_up"], numbers["changes_down"]) == (1, 1)
    assert numbers["changes_by"] == {"hpa": {"up": 1, "down": 1}}
    assert "changes          1 up, 1 down, by HPA" in run("summary", str(scaled)).out


def test_looks_that_a_state_no_longer_keeps_are_counted_too(
    scaled: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def counted(name: str) -> tuple[Any, ...]:
        summary = json.loads(run("summary", str(scaled), "-o", "json").out)
        run("export", str(scaled), "--table", "decisions", "-o", str(tmp_path / name))
        table = next((tmp_path / name).iterdir()).read_text("utf-8")
        share = data(str(scaled), "--summary")["decisions"]
        return share, summary["changes_by"], summary["gaps_by_kind"], table

    whole = counted("whole")
    monkeypatch.setattr("wvatui.core.state.building.builder.LOOKS_KEPT", 4)
    monkeypatch.setattr("wvatui.core.fold.fold.AT_ONCE", 2)
    assert counted("few") == whole


def test_a_decision_of_an_hpa_is_one_in_the_variants_row_and_in_the_seed_runs_table(
    scaled: Path,
) -> None:
    declared = ev.Variant(
        START,
        source="HorizontalPodAutoscaler",
        name="llama",
        namespace="ns",
        target_kind="Deployment",
        target_name="d",
    )
    state = state_of([declared, *open_recording(scaled).events()])
    (row,) = variants(state)
    assert (row.target, row.action) == (None, "held")
    assert row.reason.startswith("HPA: queue wants 0 at 0 a replica, target 1")
    assert row.decision_age_s is not None
    table = csv.DictReader(io.StringIO("".join(seed_csv(open_recording(scaled), CAPACITY))))
    made = [r for r in table if r["event_type"] == "scaling_decision"]
    assert [(r["action"], r["current_replicas"], r["target_replicas"]) for r in made] == [
        ("scale-up", "1", "3"),
        ("scale-down", "3", "1"),
    ]
