"""A job's log as it is followed: progress, start, reports; memory is bounded for any log."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.results.made import benchmark, report
from tests.fixtures import shared
from tests.sweeps import examples, sampled
from wvatui.core.results import read
from wvatui.load.profiles.report import marked
from wvatui.load.read.progress import (
    Began,
    JobLog,
    JobLogLine,
    LogFinding,
    LogTrouble,
    ReportedResult,
)
from wvatui.load.read.steps import ProgressStep

BLOCK = (
    "============ Serving Benchmark Result ============\n"
    "Successful requests:                     90\n"
    "==================================================\n"
)


def fed(data: bytes, size: int = 1 << 30, tool: str = "") -> tuple[JobLog, list[LogFinding]]:
    log = JobLog(tool)
    found: list[LogFinding] = []
    for at in range(0, len(data), size):
        found += log.feed(data[at : at + size])
    return log, found + log.finish()


def steps(found: list[LogFinding]) -> list[ProgressStep]:
    return [item for item in found if isinstance(item, ProgressStep)]


# Pieces of 7 bytes are also cut inside of characters.
@pytest.mark.parametrize("size", sampled([1, 7, 997, 16_384, 1 << 30], [7, 997, 16_384, 1 << 30]))
def test_a_recorded_log_gives_progress_and_its_result_however_it_is_cut(size: int) -> None:
    data = shared("job-logs/sharegpt-high-30.log").read_bytes()
    log, found = fed(data, size)
    (result,) = [item for item in found if isinstance(item, ReportedResult)]
    benchmarks = read(result.text).benchmarks
    assert (benchmarks[0].ok, benchmarks[0].failed) == (26867, 133)
    assert log.tool == "vllm-bench"
    assert log.step is not None
    assert (log.step.done, log.step.total) == (27000, 27000)
    lines = [item.text for item in found if isinstance(item, JobLogLine)]
    assert len(lines) == 41
    assert not any("%|" in line for line in lines)


def test_progress_is_shown_while_the_job_runs() -> None:
    data = shared("job-logs/sharegpt-high-30.log").read_bytes()
    cut = data.index(b"| 26870/27000") + 100
    log = JobLog()
    log.feed(data[:cut])
    assert log.step is not None
    assert (log.step.done, log.step.total) == (26870, 27000)
    assert log.step.rate is not None


def test_a_line_of_megabytes_costs_constant_memory() -> None:
    bar = "\r 10%|█         | 100/1000 [00:10<01:30, 10.0it/s]".encode() * 300
    log = JobLog()
    log.feed(bar)
    tracemalloc.start()
    for _ in range(60):
        assert len(log.feed(bar)) == 1
    log.feed(b"x" * 1_000_000)
    log.feed(b"x" * 1_000_000)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 100_000


def test_of_a_thousand_steps_in_one_chunk_only_the_newest_is_told() -> None:
    data = b"".join(b"\r  1%%|   | %d/1000 [00:10<01:30, 10.0it/s]" % n for n in range(1000))
    log = JobLog()
    found = log.feed(data + b"\r")
    assert [step.done for step in steps(found)] == [999]


def test_the_beginning_of_the_load_has_the_time_of_its_line() -> None:
    data = (
        b"2026-09-01T08:00:00.5Z Starting initial single prompt test run...\n"
        b"2026-09-01T08:00:16.5Z Starting main benchmark run...\n"
        b"2026-09-01T08:00:16.6Z Traffic request rate: 30.0\n"
    )
    _, found = fed(data)
    assert [item for item in found if isinstance(item, Began)] == [
        Began("vllm-bench", 1_788_249_616.5)
    ]
    assert found[0] == JobLogLine("Starting initial single prompt test run...", 1_788_249_600.5)


def test_bars_that_are_no_requests_are_no_progress() -> None:
    data = (
        b"tokenizer.json: 100%|##########| 3.51M/3.51M [00:00<00:00, 10.2MB/s]\n"
        b"Loading weights: 50%|#####     | 2/4 [00:03<00:03, 1.5s/it]\n"
        b" |          | 00:16 elapsed, 1752:57:43 remaining\n"
    )
    log, found = fed(data)
    assert steps(found) == []
    assert log.tool == ""


def test_the_stages_of_inference_perf_are_told() -> None:
    data = (
        b"2026-08-03 02:27:40,123 - inference_perf.loadgen - INFO - Stage 0 - run started\n"
        b"\rStage 0 progress:   0%|          | 0/1.0 [00:00<?, ?it/s]"
        b"\rStage 0 progress:  42%|####2     | 0.4166/1.0 [02:30<03:30, 360.11s/it]\r"
    )
    log = JobLog()
    found = log.feed(data)
    assert [i.tool for i in found if isinstance(i, Began)] == ["inference-perf"]
    found = log.feed(b"")
    assert log.step is not None
    assert (log.step.stage, log.step.ratio, log.step.done) == ("stage 0", 0.4166, None)
    log.feed(b"\nStage 0 - run completed\n")
    assert (log.step.stage, log.step.ratio) == ("stage 0", 1.0)
    log.feed(b"Stage 1 - run started\n")
    assert (log.step.stage, log.step.ratio) == ("stage 1", 0.0)


def test_a_row_of_guidellms_panel_gives_its_counts() -> None:
    row = (
        "│ \x1b[34m[17:03:04]\x1b[0m ⠋  62% constant@2.00 (running ) "
        "Req:    2.0 req/s,    0.65s Lat,     1.3 Conc,      46 Comp,       1 Inc,       3 Err │\n"
    )
    log, _ = fed(row.encode())
    step = log.step
    assert step is not None
    assert (step.tool, step.stage, step.ratio, step.rate) == (
        "guidellm",
        "constant@2.00",
        0.62,
        2.0,
    )
    assert (step.ok, step.failed, step.done) == (46, 3, 50)


def test_a_plain_line_of_guidellm_with_counts_is_progress() -> None:
    log, _ = fed(b"[30s] constant: 12 successful, 1 errored, 4 incomplete, 0.4 req/s\n")
    step = log.step
    assert step is not None
    assert (step.tool, step.ok, step.failed, step.done, step.rate) == ("guidellm", 12, 1, 17, 0.4)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 50, 1 << 20])
def test_a_report_between_markers_comes_out_as_it_went_in(ending: str, size: int) -> None:
    text = json.dumps(report("0.7", benchmark("constant", 7.0, "0.7", rate=2.0)))
    stamp = "2026-09-01T08:00:00Z "
    data = "".join(f"{stamp}{line}{ending}" for line in marked("guidellm", text.encode()))
    _, found = fed(f"{stamp}before{ending}{data}{stamp}after{ending}".encode(), size)
    (result,) = [item for item in found if isinstance(item, ReportedResult)]
    assert (result.tool, result.dialect) == ("guidellm", "guidellm-0.7+")
    assert read(result.text) == read(text)
    assert "sk-very-secret" not in result.text
    assert [item.text for item in found if isinstance(item, JobLogLine)] == ["before", "after"]


def test_a_report_that_is_damaged_cut_off_or_a_bomb_is_a_trouble_in_words() -> None:
    lines = list(marked("guidellm", b'{"benchmarks": []}'))
    for broken in (
        [lines[0], lines[1][:-16], lines[2]],
        [lines[0], lines[1].replace("kp", "kq", 1), lines[2]],
        [lines[0].replace(" 18 ", " 17 "), *lines[1:]],
        [lines[0].replace(" 18 ", " 19 "), *lines[1:]],
        [lines[0].replace(" 18 ", " 99999999 "), *lines[1:]],
        [lines[0], "*" * 20, lines[2]],
        lines[:2],
    ):
        _, found = fed(("\n".join(broken) + "\n").encode())
        assert [type(item) for item in found] == [LogTrouble], broken
        assert "report in the log" in str(found[0])


def test_a_report_that_never_ends_costs_bounded_memory() -> None:
    log = JobLog()
    log.feed(b"-----BEGIN WVATUI REPORT guidellm 100 abc-----\n")
    line = b"A" * 1000 + b"\n"
    tracemalloc.start()
    for _ in range(50):
        log.feed(line * 100)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 5_000_000
    assert log.feed(b"-----END WVATUI REPORT-----\n") == [
        LogTrouble("the report in the log is too large")
    ]


def test_a_block_is_a_report_and_stands_in_the_log_too() -> None:
    _, found = fed(f"x\n{BLOCK}y\n".encode())
    (result,) = [item for item in found if isinstance(item, ReportedResult)]
    assert read(result.text).benchmarks[0].ok == 90
    assert [item.text for item in found if isinstance(item, JobLogLine)][-1] == "y"


def test_the_tail_holds_the_last_lines_and_the_bar_where_it_stands() -> None:
    log = JobLog()
    log.feed(b"one\n\r 10%|#  | 1/10 [00:01<00:09, 1.0it/s]\r 20%|## | 2/10 [00:02<00:08, 1it/s]\r")
    assert log.tail == ("one", "20%|## | 2/10 [00:02<00:08, 1it/s]")
    log.feed(b"\nTraceback: \x1b[31mboom\x1b[0m [/nope]\n")
    assert log.tail == ("one", "Traceback: boom [/nope]")


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.sampled_from(
            [
                b"\r",
                b"\n",
                b"\r\n",
                b"word",
                b" 10%|#  | 1/10 [00:01<00:09, 1.0it/s]",
                b"-----BEGIN WVATUI REPORT t 5 abc-----",
                b"-----END WVATUI REPORT-----",
                b"2026-09-01T08:00:00Z ",
                BLOCK.encode(),
                b"\xff\xfe\x1b[31m",
                b"successful: 3",
            ]
        ),
        max_size=30,
    ),
    st.integers(1, 40),
)
def test_how_a_log_is_cut_into_chunks_changes_nothing_but_how_often_progress_is_told(
    pieces: list[bytes], size: int
) -> None:
    data = b"".join(pieces)
    whole, at_once = fed(data)
    cut, in_pieces = fed(data, size)
    assert [i for i in at_once if not isinstance(i, ProgressStep)] == [
        i for i in in_pieces if not isinstance(i, ProgressStep)
    ]
    assert whole.step == cut.step
    assert whole.tail == cut.tail
