"""A log has the same numbers in whatever order a tool wrote its lines."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures import shared
from tests.small_logs import TARGETS, new_cycle, old_cycle
from tests.sweeps import examples
from wvatui.analysis.summary import summary
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.lines import rfc3339
from wvatui.core.state.state import EMPTY, State
from wvatui.recording import open_recording

OLD = [old_cycle(minute, *pair) for minute, pair in enumerate(TARGETS)]
NEW = [new_cycle(minute, *pair) for minute, pair in enumerate(TARGETS)]
LOGS = {"old": OLD, "new": NEW}


def folded(lines: list[str]) -> State:
    data = io.BytesIO("".join(f"{line}\n" for line in lines).encode())
    return fold(EMPTY, list(open_recording(data).events()))


def numbers(lines: list[str]) -> dict[str, Any]:
    told = summary(folded(lines), "log")
    # One more event states that lines were reordered.
    return {key: told[key] for key in told if key not in ("out_of_order", "events")}


def flat(cycles: list[list[str]]) -> list[str]:
    return [line for cycle in cycles for line in cycle]


@cache
def in_order(build: str) -> dict[str, Any]:
    """The numbers of the log of one build as it was written."""
    return numbers(flat(LOGS[build]))


@settings(max_examples=examples(60))
@given(st.permutations(flat(OLD)))
def test_lines_in_any_order_give_the_numbers_of_the_log(lines: list[str]) -> None:
    assert numbers(lines) == in_order("old")


@settings(max_examples=examples(40))
@given(st.sampled_from(list(LOGS)), st.permutations(range(6)))
def test_blocks_in_any_order_give_the_numbers_of_the_log(build: str, order: list[int]) -> None:
    assert numbers(flat([LOGS[build][n] for n in order])) == in_order(build)


@pytest.mark.parametrize("build", LOGS)
def test_the_newest_line_first_gives_the_numbers_of_the_log(build: str) -> None:
    lines = flat(LOGS[build])
    assert numbers(lines[::-1]) == in_order(build)
    state = folded(lines[::-1])
    assert [entry.raw for entry in state.log] == lines
    assert state.header is not None
    assert state.header.out_of_order == len(lines) - 1


@pytest.mark.parametrize("log", [OLD, NEW], ids=["old", "new"])
@pytest.mark.parametrize("cycles", [1, 2, 3])
def test_few_cycles_with_the_newest_line_first_give_their_numbers(
    log: list[list[str]], cycles: int
) -> None:
    lines = flat(log[:cycles])
    assert numbers(lines[::-1]) == numbers(lines)
    assert [entry.raw for entry in folded(lines[::-1]).log] == lines
    assert [entry.raw for entry in folded(lines).log] == lines


@pytest.mark.parametrize("build", LOGS)
@pytest.mark.parametrize("turned", [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("swapped", [False, True])
def test_files_put_together_may_each_run_another_way(
    build: str, turned: tuple[bool, bool], swapped: bool
) -> None:
    halves = [flat(LOGS[build][:3]), flat(LOGS[build][3:])]
    files = [half[::-1] if back else half for half, back in zip(halves, turned, strict=True)]
    assert numbers(flat(files[::-1] if swapped else files)) == in_order(build)


def test_the_newest_entry_first_keeps_the_frames_of_each_stack_behind_their_error() -> None:
    entries = [entry for cycle in NEW for entry in (cycle[:1], cycle[1:2], cycle[2:7], cycle[7:])]
    state = folded(flat(entries[::-1]))
    assert [entry.raw for entry in state.log] == flat(NEW)


def test_a_kubelets_finer_stamps_put_lines_of_one_second_in_order() -> None:
    lines = [f"2026-09-01T08:0{n // 8}:10.{n % 8:03}Z {line}" for n, line in enumerate(flat(NEW))]
    scattered = lines[::3] + lines[2::3] + lines[1::3]
    assert [entry.raw for entry in folded(scattered).log] == lines


def test_two_pods_one_after_the_other_are_merged_by_time() -> None:
    mine, other = flat(OLD[::2]), flat(OLD[1::2])
    assert numbers(mine + other) == in_order("old")


def two_models(minute: int) -> list[str]:
    """A cycle of two models, all in one second: the second one begins after the first decision."""
    grouped, decided, *_ = new_cycle(minute, 1, 1)
    begins = grouped.replace("Grouped VAs by model", "Processing model (V2)")
    lines = [grouped]
    for name in "ab":
        model = f'"modelID": "{name}", "namespace": "team-a"'
        lines += [begins.replace('"modelCount": 1', model), decided.replace('"m1"', f'"{name}"')]
    return [*lines, *(f"{line} " for line in lines[1:])]


def test_logs_of_pods_that_overlap_keep_the_order_in_which_each_was_written() -> None:
    leader = [two_models(minute) for minute in range(6)]
    waits = "2026-09-01T08:0{}:30Z\tINFO\tmanager/internal.go:1\twaiting"
    standby = [[waits.format(minute)] * 9 for minute in range(6)]
    right = [line for n in range(6) for line in (*leader[n], *standby[n])]
    assert [entry.raw for entry in folded(flat(standby) + flat(leader)).log] == right


def test_threads_that_write_within_two_seconds_are_left_as_they_are() -> None:
    lines = flat(OLD)
    lines[2], lines[5] = lines[5], lines[2]
    state = folded(lines)
    assert [entry.raw for entry in state.log] == lines
    assert summary(state, "log")["out_of_order"] == 0
    assert not state.notices


def test_it_is_said_how_many_lines_were_put_in_order(tmp_path: Path) -> None:
    path = tmp_path / "swapped.log"
    path.write_text("\n".join(flat(OLD[3:]) + flat(OLD[:3])), encoding="utf-8")
    reader = open_recording(path)
    events = list(reader.events())
    words = "21 lines were not in order of time: put in order by their time stamps"
    assert reader.notices == [words]
    assert [event.text for event in events if isinstance(event, ev.Notice)] == [words]
    told = summary(fold(EMPTY, events), "log")
    assert told["out_of_order"] == 21
    assert (told["replica_s"], told["span"], told["length_s"]) == (660, 300, 300.12)


@pytest.mark.parametrize(
    ("name", "replica_s", "span"),
    [
        ("log-order/forward.log", 660, 300),
        ("log-order/newest-first.log", 660, 300),
        ("log-order/two-parts-swapped.log", 660, 300),
        ("log-order/clock-stepped-back-10min.log", 780, 540),
        ("log-04-newest-first/00-plain.log", 600, 300),
        ("log-04-newest-first/newest-first.log", 600, 300),
        ("log-04-newest-first/second-half-first.log", 600, 300),
    ],
)
def test_the_logs_that_people_have_give_the_numbers_of_their_order_of_time(
    name: str, replica_s: int, span: int
) -> None:
    events = list(open_recording(shared(f"field-cases/{name}")).events())
    told = summary(fold(EMPTY, events), name)
    assert (told["replica_s"], told["span"], told["length_s"]) == (replica_s, span, float(span))
    assert (told["out_of_order"] > 0) == (name.rpartition("/")[2][:1] not in "0f")


# A real log has no other order: those made above have all of them.
@pytest.mark.sweep
@pytest.mark.parametrize("share", range(3))
def test_every_real_log_gives_its_numbers_in_every_order(share: int) -> None:
    folder = shared("wva-experiments-2025")
    for path in sorted(folder.glob("*/wva-controller-logs.jsonl"))[5 * share :: 15]:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        half = len(lines) // 2
        plain = numbers(lines)
        for other in (lines[::-1], lines[half:] + lines[:half], lines[1::2] + lines[::2]):
            assert numbers(other) == plain, path


def lines_of(events: list[ev.Event]) -> list[str]:
    return [event.line for event in events if isinstance(event, ev.Log)]


def test_what_a_followed_log_holds_by_then_is_put_in_order_and_what_comes_late_is_said(
    tmp_path: Path,
) -> None:
    path = tmp_path / "grows.log"
    path.write_text("\n".join(flat(OLD[2:4])[::-1]) + "\n", encoding="utf-8")
    reader = open_recording(path, follow=True)
    first = list(reader.events())
    assert lines_of(first) == flat(OLD[2:4])
    assert isinstance(first[0], ev.Header)
    assert first[0].out_of_order == 13
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(flat([OLD[5], OLD[4]])) + "\n")
    more = reader.poll()
    assert lines_of(more) == flat(OLD[4:])
    assert [event.code for event in more if isinstance(event, ev.Notice)] == ["out-of-order"]
    assert len(reader.notices) == 1
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(flat(OLD[:1])) + "\n")
    late = reader.poll()
    assert lines_of(late) == flat(OLD[:1])
    [words] = [event.text for event in late if isinstance(event, ev.Notice)]
    assert words.startswith("lines came that are older than those before them")
    assert reader.notices[-1] == words
    reader.close()


def test_threads_of_a_followed_log_are_left_as_they_wrote(tmp_path: Path) -> None:
    path = tmp_path / "grows.log"
    lines = flat(OLD[:1])[:4][::-1]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    reader = open_recording(path, follow=True)
    assert lines_of(list(reader.events())) == lines
    assert reader.notices == []
    reader.close()


# --- the year of a line that names none -------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "header", "year"),
    [
        ("2026-12-31T23:00:00Z", "1231 22:59:59", "2026"),
        ("2027-01-01T00:00:05Z", "1231 23:59:59", "2026"),
        ("2026-12-31T23:59:58Z", "0101 00:00:01", "2027"),
        ("2027-01-01T00:00:05Z", "0101 00:00:04", "2027"),
        ("2028-02-29T12:00:00Z", "0229 11:59:59", "2028"),
    ],
)
def test_a_klog_line_is_of_the_year_in_which_it_is_nearest(
    seen: str, header: str, year: str
) -> None:
    at = rfc3339(seen)
    assert at is not None
    line = f"I{header}.000000       1 x.go:1] hello"
    state = fold(EMPTY, [ev.Log(at=at, line=line, stream="controller")])
    when = f"{year}-{header[:2]}-{header[2:4]}T{header[5:]}Z"
    assert state.log[0].at == rfc3339(when)
    assert state.totals.beyond == 0
    before = f'{{"level":"INFO","ts":"{seen}","msg":"Starting manager"}}'
    [entry] = [entry for entry in folded([before, line]).log if entry.kind == "klog"]
    assert entry.at == rfc3339(when)
