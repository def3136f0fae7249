"""Each format of report is recognised by its content and read correctly; faults are one line."""

import json
import time
from typing import Any

import pytest
import yaml

from tests.core.results.forms import (
    CLOCK,
    CSV_0_3,
    FORMS,
    SGLANG,
    VLLM,
    csv_0_4,
    lifecycle,
    report_0_1,
    report_0_2,
)
from tests.fixtures import shared
from wvatui.core.results import Spread, begins_a_report, read
from wvatui.core.results.notation import reduced


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_report_gives_the_values_that_stand_in_it(name: str) -> None:
    form = FORMS[name]
    said = read(form.text)
    assert said.dialect == form.dialect
    first = said.benchmarks[0]
    values = {field: getattr(first, field) for field in form.wants}
    told = {k: v.mean if isinstance(v, Spread) else v for k, v in values.items()}
    assert told == pytest.approx(form.wants)


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_known_by_how_it_begins(name: str) -> None:
    assert begins_a_report(FORMS[name].text.encode()[:4096])


@pytest.mark.parametrize("name", FORMS)
def test_what_a_recording_keeps_of_a_report_says_the_same(name: str) -> None:
    text, _ = reduced(FORMS[name].text)
    assert read(text) == read(FORMS[name].text)


def test_single_requests_are_left_out_of_what_is_kept() -> None:
    text, less = reduced(json.dumps(VLLM))
    assert less
    assert not {"ttfts", "start_times", "errors"} & set(json.loads(text))


@pytest.mark.parametrize("name", [n for n in FORMS if "CSV" not in n and "printed" not in n])
def test_a_report_that_is_cut_off_is_one_line(name: str) -> None:
    text = FORMS[name].text
    said = read(text[: len(text) // 2].rstrip("}\n"))
    assert all("\n" not in problem for problem in said.problems)
    assert said.problems or said.benchmarks == ()


def test_every_row_of_a_result_file_is_a_benchmark() -> None:
    said = read(FORMS["vLLM, JSON lines"].text)
    assert [b.ok for b in said.benchmarks] == [90, 7]


def test_a_line_that_is_damaged_is_named() -> None:
    said = read(f'{json.dumps(SGLANG)}\n{{"completed": 3, "dur')
    assert said.benchmarks == ()
    assert said.problems[0].startswith("line 2: not whole JSON")


def test_a_ramp_of_the_rate_is_no_constant_rate() -> None:
    ramp = VLLM | {"ramp_up_strategy": "linear", "ramp_up_start_rps": 1, "request_rate": 5.0}
    (b,) = read(json.dumps(ramp)).benchmarks
    assert (b.strategy, b.rate) == ("ramp-up linear", None)


def test_a_time_that_counts_from_the_boot_of_a_machine_is_refused() -> None:
    said = read(json.dumps(lifecycle(start_time=1234.5, end_time=1254.5)))
    assert said.problems == ("5/s: its times are not of a clock (1234 s after 1970): not used",)
    (b,) = read(json.dumps(lifecycle(start_time=CLOCK, end_time=CLOCK + 20.5))).benchmarks
    assert (b.since, b.until, b.duration_s) == (CLOCK, CLOCK + 20.5, 20.0)


def test_times_of_the_whole_run_are_not_those_of_its_stage() -> None:
    whole = report_0_2("0.2.1")
    whole["run"]["time"]["end"] = "2025-11-24T16:30:00Z"
    said = read(json.dumps(whole))
    assert (said.benchmarks[0].since, said.benchmarks[0].duration_s) == (None, 20.0)
    assert "they are of the whole run and not used" in said.problems[0]


def test_a_report_that_ends_before_it_begins_has_no_times() -> None:
    odd = report_0_1()
    odd["metrics"]["time"]["stop"] = CLOCK - 3.0
    said = read(json.dumps(odd))
    assert said.problems == ("it ends before it begins: its times are not used",)
    assert said.benchmarks[0].since is None


def test_a_unit_that_is_another_one_is_missing_and_told() -> None:
    odd = report_0_2("0.2")
    latency = odd["results"]["request_performance"]["aggregate"]["latency"]
    latency["time_to_first_token"]["units"] = "fortnights"
    del latency["request_latency"]["units"]
    said = read(json.dumps(odd))
    assert not said.benchmarks[0].ttft_ms
    assert not said.benchmarks[0].latency_ms
    assert [p.split(",")[0] for p in said.problems] == [
        "time_to_first_token is in fortnights",
        "request_latency is in no unit",
    ]


@pytest.mark.parametrize("version", ["0.3", "1.0", None, 7])
def test_a_version_that_is_not_known_is_named(version: Any) -> None:
    said = read(json.dumps(report_0_2("0.2") | {"version": version}))
    assert said.benchmarks == ()
    assert said.problems[0].startswith(f"a benchmark report of version {version}: 0.1, 0.2, 0.2.1")


def test_a_newer_form_of_guidellm_is_read_and_told() -> None:
    data = json.loads(FORMS["GuideLLM, JSON"].text) | {"metadata": {"version": 3}}
    said = read(json.dumps(data))
    assert said.benchmarks[0].ok == 90
    assert said.problems == ("its form is 3, newer than 2: it is read as 2 is",)


def test_a_row_that_does_not_fit_under_the_names_is_told_and_left_out() -> None:
    for text in (CSV_0_3, csv_0_4()):
        last = text.rstrip().splitlines()[-1]
        said = read(f"{text.rstrip()}\n{last},7\n{last.replace('35.5', '[1,2]')}\n")
        assert len(said.benchmarks) == 1
        assert said.problems == tuple(
            f"row {n}: it does not fit under the names of the columns" for n in (2, 3)
        )


HOSTILE = {
    "names that multiply": "benchmarks: &a [1]\n"
    + "".join(f"x{n}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)),
    "a list that holds itself": "benchmarks: &a [*a]\n",
    "a tag of Python's": "benchmarks: !!python/object/apply:os.system ['true']\n",
    "two documents": "benchmarks: []\n---\nbenchmarks: []\n",
    "deep": "a: " + "[" * 3000,
    "odd bytes": "benchmarks: \x00\n",
    "an odd date": "benchmarks: 2025-99-99\n",
    "counts of text": json.dumps(lifecycle() | {"successes": "90", "failures": []}),
    "nothing but nan": '{"completed": NaN, "duration": NaN, "request_throughput": Infinity}',
    "null": '{"version": "0.1", "scenario": null, "metrics": null}',
    "lists": '{"version": "0.2", "scenario": [], "results": []}',
    "names that are no text": "completed: {}\nduration: 2\nrequest_throughput: .nan\n7: 1\n",
    "reports by a number": "a: {benchmarks: []}\n1: {benchmarks: []}\n",
    "lists in lists": "[" * 900 + "]" * 900,
    "a header alone": CSV_0_3.splitlines()[0],
    "three headers alone": "\r\n".join(csv_0_4().splitlines()[:2]),
    "an unclosed quote": 'Type,Run Id,Id,Name,"x',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_report_says_so_in_words_and_has_no_number(name: str) -> None:
    said = read(HOSTILE[name])
    assert all(b.ok is None and b.requests_per_s is None for b in said.benchmarks)
    assert said.problems
    assert all(p and "\n" not in p for p in said.problems)


def test_text_that_begins_otherwise_is_no_report() -> None:
    for text in (
        '{"level":"info","ts":"2025","msg":"benchmarks: 1"}\n',
        '{"k":"header","at":1}\n',
        "2025-12-09T17:03:04Z INFO benchmarks: 1\n",
        "apiVersion: v1\nkind: Job\n",
        "kind: ConfigMap\ndata: {stage_1: x}\n",
    ):
        assert not begins_a_report(text.encode())


def test_how_a_long_file_begins_is_looked_at_once() -> None:
    """The time to read a lock file with many `version:` lines was quadratic (63 s), now some ms."""
    head = b"{" + b'"version": "1.2.3.4.5",' * 2850
    begun = time.process_time()
    assert not begins_a_report(head)
    assert time.process_time() - begun < 2.0


@pytest.mark.parametrize("at", [-1.0, 1e300, float("inf")])
def test_a_time_of_no_century_is_none(at: float) -> None:
    whole = json.loads(FORMS["GuideLLM, JSON"].text)
    whole["benchmarks"][0]["start_time"] = at
    old = report_0_1()
    old["metrics"]["time"]["start"] = at
    for data in (whole, old, lifecycle(start_time=at)):
        assert read(json.dumps(data)).benchmarks[0].since is None


def test_the_yaml_of_a_recorded_report_says_what_its_json_says() -> None:
    path = shared("field-cases/report-01-guidellm-yaml/report-v0.3.yaml")
    as_yaml = read(path.read_text(encoding="utf-8"))
    assert as_yaml == read(shared("guidellm/report-v0.3.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", ["0_1", "0_2", "0_2_1"])
def test_the_published_benchmark_reports_are_read(version: str) -> None:
    text = shared(f"benchmark-report/br_v{version}_example.yaml").read_text(encoding="utf-8")
    said = read(text)
    assert said.dialect == f"benchmark-report-{version.replace('_', '.')}"
    first = said.benchmarks[0]
    if version == "0_1":
        assert (first.ok, first.failed, first.incomplete) == (31, 0, 1)
        assert round(first.requests_per_s or 0, 3) == 1.024
    else:
        assert (first.ok, first.failed, first.stage) == (500, 0, "stage 3 10/s")
        assert round(first.ttft_ms.p99 or 0, 3) == 50.295
        assert (said.tool, said.version, said.model) == (
            "inference-perf",
            "0.3.0",
            "Qwen/Qwen3-0.6B",
        )
    assert yaml.safe_load(text)["scenario"]
