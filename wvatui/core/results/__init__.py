"""Reports of load tools: which dialect a text is, and what it says.

Adding a dialect: one file here, one row in `DIALECTS`. Reading never raises: what is no report
gives a `Report` without benchmarks, whose `problems` say why.
"""

from wvatui.core.results.shape import NOTHING, Benchmark, Report, Spread

__all__ = ["NOTHING", "Benchmark", "Report", "Spread", "read"]


def read(text: str) -> Report:
    """The report in `text`: a printed block or JSON of any known dialect."""
    return Report(problems=("not a report of a known load tool",))
