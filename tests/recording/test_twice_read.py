"""A line that is repeated in a file, as where two logs overlap, counts once."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.cli import run
from tests.fixtures import shared
from tests.recording.enveloped import ENVELOPED
from tests.recording.test_time_order import LOGS, NEW, OLD, flat, folded
from tests.sweeps import examples
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.recording import open_recording

HANDLED = ("out_of_order", "repeated", "events", "envelope")
"""Keys of the summary about the handling of lines, not about their content."""


def numbers(lines: list[str]) -> dict[str, Any]:
    told = summary(folded(lines), "log")
    return {key: told[key] for key in told if key not in HANDLED}


@cache
def written_once(build: str) -> dict[str, Any]:
    """The numbers of the log of one build without a repeated line."""
    return numbers(flat(LOGS[build]))


@settings(max_examples=examples(40))
@given(
    st.sampled_from(list(LOGS)),
    st.integers(0, 4),
    st.integers(2, 6),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_two_files_that_overlap_give_the_numbers_of_the_whole_log(
    build: str, since: int, until: int, swapped: bool, turned: bool, second: bool
) -> None:
    # A single repeated cycle may also be two cycles of a controller at one moment.
    until = since if until == since + 1 else max(since, until)
    files = [flat(LOGS[build][:until]), flat(LOGS[build][since:])]
    files = [file[::-1] if turned else file for file in files]
    files = files[::-1] if swapped else files
    assert numbers(flat([*files, *[files[0]] * second])) == written_once(build)


@pytest.mark.parametrize("name", ["grep -Hn", "CRI", "Loki", "stern", "kubectl --timestamps"])
@pytest.mark.parametrize("mixed", ["alike", "of two tools"])
def test_files_in_envelopes_that_overlap_count_once(name: str, mixed: str, tmp_path: Path) -> None:
    wrap = ENVELOPED[name]
    path = tmp_path / "both.log"
    first = wrap if mixed == "alike" else ENVELOPED["indented"]
    path.write_text(first(flat(OLD[:4])) + wrap(flat(OLD[2:])), encoding="utf-8")
    told = json.loads(run("summary", str(path), "-o", "json").out)
    assert {key: told[key] for key in told if key not in (*HANDLED, "source", "longest_gap_s")} == {
        key: value for key, value in written_once("old").items() if key != "source"
    }
    assert told["repeated"] == 14


def test_a_file_of_one_message_counts_once_beside_the_whole_log() -> None:
    one = [line for line in flat(OLD) if "Processing decision" in line]
    assert numbers([*flat(OLD), *one, *one]) == written_once("old") == numbers([*one, *flat(OLD)])


def test_it_is_said_how_many_lines_were_there_again(tmp_path: Path) -> None:
    path = tmp_path / "doubled.log"
    path.write_text("\n".join(flat(OLD) * 2), encoding="utf-8")
    words = "42 lines stand in it again, as in logs that overlap: each was written once"
    events = list(open_recording(path).events())
    assert [event.text for event in events if isinstance(event, ev.Notice)] == [
        f"{words} and counts once"
    ]
    assert sum(isinstance(event, ev.Log) for event in events) == 42
    told = run("summary", str(path))
    assert "42 log lines (0 unknown, 42 more that were there again)" in told.out
    assert words in told.err


def test_a_log_that_says_a_line_twice_at_one_moment_said_it_twice() -> None:
    lines = [line for line in flat(OLD) for _ in range(2)]
    assert summary(folded(lines), "log")["lines"] == 84
    overlapping = lines + lines[24:]
    assert numbers(overlapping) == numbers(lines)


def test_two_pods_that_begin_alike_are_two() -> None:
    start = "2026-09-01T08:00:0{}Z\tINFO\tsetup\tStarting part {}"
    both = [start.format(n, n) for n in range(8)]
    waits = [f"2026-09-01T08:00:1{n}Z\tINFO\tsetup\tWaiting {n}" for n in range(3)]
    assert summary(folded([*both, *flat(NEW), *both, *waits]), "log")["lines"] == 8 + 48 + 8 + 3


def test_frames_of_stacks_that_were_collected_at_one_moment_are_each_of_their_own() -> None:
    at = "2026-09-01T09:00:00.5Z"
    collected = [line if line.startswith("2026") else f"{at} {line}" for line in flat(NEW)]
    assert summary(folded(collected), "log")["lines"] == len(collected)
    assert numbers(collected + collected[8:]) == numbers(collected)


def test_what_is_read_again_into_a_followed_log_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "grows.log"
    path.write_text("\n".join(flat(OLD[:3])) + "\n", encoding="utf-8")
    reader = open_recording(path, follow=True)
    events = list(reader.events())
    for part in (OLD[1:4], OLD[2:5], OLD[5:]):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(flat(part)) + "\n")
        events += reader.poll()
    assert [event.line for event in events if isinstance(event, ev.Log)] == flat(OLD)
    reader.close()
    told = [event.text for event in events if isinstance(event, ev.Notice)]
    assert [text.partition(" lines")[0] for text in told] == ["14", "28"]


# Parts of a real log overlap in no other way: those made above do in all.
@pytest.mark.sweep
@pytest.mark.parametrize("share", range(3))
def test_real_logs_hold_no_line_again_and_two_of_their_parts_count_once(share: int) -> None:
    folder = shared("wva-experiments-2025")
    for number, path in enumerate(sorted(folder.glob("*/wva-controller-logs.jsonl"))):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if number % 15 == 1 + 5 * share:
            third = len(lines) // 3
            whole = numbers(lines)
            assert whole["lines"] == len([line for line in lines if line.strip()])
            assert numbers(lines[: 2 * third] + lines[third:]) == whole, path
