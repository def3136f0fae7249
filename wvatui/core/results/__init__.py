"""Reports of load tools: recognises the form of a text and reads its benchmarks.

To add a form, add one file here, one row in `PRINTED` or `DATA`, and its start in `BEGINNINGS`.
Reading never raises: any other text gives a `Report` without benchmarks, whose `problems` say why.
"""

import re
from collections.abc import Callable
from typing import Any

from wvatui.core.results import (
    benchmark_report,
    bundle_requests,
    guidellm,
    guidellm_csv,
    inference_perf,
    serving,
    vllm_block,
)
from wvatui.core.results.notation import decoded, is_data
from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread

__all__ = ["NOTHING", "Benchmark", "Report", "Spread", "begins_a_report", "read", "read_data"]

PRINTED: tuple[tuple[Callable[[str], bool], Callable[[str], Report]], ...] = (
    (guidellm_csv.sniff, guidellm_csv.read),
    (vllm_block.sniff, vllm_block.read),
)
DATA: tuple[tuple[Callable[[Any], bool], Callable[[Any], Report]], ...] = (
    (guidellm.sniff, guidellm.read),
    (guidellm.sniff_files, guidellm.read_files),
    (inference_perf.sniff, inference_perf.read),
    (serving.sniff, serving.read),
    (benchmark_report.sniff, benchmark_report.read),
    (bundle_requests.sniff, bundle_requests.read),
)
NO_REPORT = "not a report of a known load tool"


def read(text: str) -> Report:
    """The report in `text`: a printed block, CSV, or JSON or YAML of any known form."""
    text = text.lstrip("\ufeff")
    if text.lstrip()[:1] not in ("{", "["):
        for sniff, read_ in PRINTED:
            if sniff(text):
                return read_(text)
        if not is_data(text):
            return Report(problems=(NO_REPORT,))
    try:
        return read_data(decoded(text))
    except ValueError as error:
        return Report(problems=(str(error),))


def read_data(data: Any) -> Report:
    """The report in decoded JSON or YAML."""
    for sniff, read_ in DATA:
        if sniff(data):
            return read_(data)
    kind = "JSON or YAML, but " if isinstance(data, dict | list) else ""
    return Report(problems=(f"{kind}{NO_REPORT}",))


_LOG_LINE = re.compile(
    rb'\s*\[?\s*\{\s*"(?:level|ts|time|timestamp|@timestamp|msg|message|severity|logger|log|kind|k)"'
)
_DATA_HEAD = re.compile(
    rb'"?\b(?:benchmarks|load_summary|benchmark_time_seconds|request_performance|request_throughput'
    rb'|(?:summary|stage_\d+)_lifecycle_metrics(?:\.json|\.ya?ml)?|guidellm_version)"?\s*:'
)
_VERSION = re.compile(rb'\bversion"?\s*:\s*["\']?\d')
_SCENARIO = re.compile(rb'\bscenario"?\s*:')
_SCENARIO_PART = re.compile(rb'\b(?:host|stack|load|platform)"?\s*:')
_PRINTED_HEAD = re.compile(
    rb"=+ Serving Benchmark Result =+|Starting initial single prompt test run"
    rb"|Namespace\(subparser='bench'|benchmark_args=|(?m:^Starting main benchmark run)"
)


def begins_a_report(head: bytes) -> bool:
    """Whether a file that begins with `head` is a report; cheap, and more certain than its name."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((guidellm_csv.OLD.encode(), guidellm_csv.NEW.encode())):
        return True
    if _PRINTED_HEAD.search(head):
        return True
    if _LOG_LINE.match(head) or not is_data(head[:4096].decode("utf-8", "replace")):
        return False
    return (
        _DATA_HEAD.search(head) is not None
        or _stand_in_turn(head, _VERSION, _SCENARIO)
        or _stand_in_turn(head, _SCENARIO, _SCENARIO_PART)
    )


def _stand_in_turn(head: bytes, first: re.Pattern[bytes], second: re.Pattern[bytes]) -> bool:
    match = first.search(head)
    return match is not None and second.search(head, match.end()) is not None
