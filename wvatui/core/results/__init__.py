"""Reports of load tools: which dialect a text is, and what it says.

Adding a dialect: one file here and one row in `PRINTED` or `JSON`. Reading never raises: what is
no report gives a `Report` without benchmarks, whose `problems` say why.
"""

from collections.abc import Callable
from typing import Any

from wvatui.core.results import bundle_requests, guidellm, inference_perf, vllm_block
from wvatui.core.results.loose import decode
from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread

__all__ = ["NOTHING", "Benchmark", "Report", "Spread", "read", "read_json"]

PRINTED: tuple[tuple[Callable[[str], bool], Callable[[str], Report]], ...] = (
    (vllm_block.sniff, vllm_block.read),
)
JSON: tuple[tuple[Callable[[Any], bool], Callable[[Any], Report]], ...] = (
    (guidellm.sniff, guidellm.read),
    (guidellm.sniff_files, guidellm.read_files),
    (inference_perf.sniff, inference_perf.read),
    (bundle_requests.sniff, bundle_requests.read),
)


def read(text: str) -> Report:
    """The report in `text`: a printed block, or JSON of any known dialect."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return read_json(decode(text))
        except ValueError as error:
            return Report(problems=(str(error),))
    for sniff, read_ in PRINTED:
        if sniff(text):
            return read_(text)
    return Report(problems=("not a report of a known load tool",))


def read_json(data: Any) -> Report:
    """The report in decoded JSON."""
    for sniff, read_ in JSON:
        if sniff(data):
            return read_(data)
    return Report(problems=("JSON, but not a report of a known load tool",))
