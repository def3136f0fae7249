"""A sum of which a part is not known is unknown, or says "at least"."""

import json

import pytest

from tests.core.fold.test_several_namespaces import AT, SOLVED, cycles, folded, log
from tests.core.queries import few_pods
from tests.core.queries.few_pods import START, look, namespace
from tests.core.queries.test_results_rows import report, session
from tests.core.results.made import benchmark
from wvatui.core import events as ev
from wvatui.core.findings.finding_rows import findings
from wvatui.core.queries.health.health_rows import health
from wvatui.core.queries.load import load_rows
from wvatui.core.structs import replace
from wvatui.core.sums import whole_sum


def test_a_sum_is_known_where_all_of_its_parts_are() -> None:
    assert whole_sum((1, 2)) == 3
    assert whole_sum((1, None, 2)) is None
    assert whole_sum(()) is None


def test_arrivals_of_all_variants_are_unknown_where_those_of_one_are() -> None:
    def arrive(rate: str) -> float | None:
        solved = SOLVED.format("a", 60) + SOLVED.format("b", "R").replace("rate=R", rate)
        said = [
            "Operating in MODEL-ONLY mode: model-based optimization only",
            "Grouped VAs by model: modelCount=1, totalVAs=2",
            f"Optimization solution - system: Solution: \n{solved}",
        ]
        lines = [json.dumps({"level": "info", "ts": AT, "msg": message}) for message in said]
        [row] = cycles(folded(*log(*lines)))
        return row.arrivals_per_min

    assert arrive("rate=30") == 90.0
    assert arrive("rate=0") == 60.0
    assert arrive("rate=NaN") is None


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        ((9, 9), ", 18 requests waiting"),
        ((9, None), ", at least 9 requests waiting"),
        ((None, None), ""),
    ],
)
def test_requests_that_wait_at_the_maximum_are_those_that_were_measured(
    waiting: tuple[int | None, int | None], words: str
) -> None:
    header, work, variant, hpa, *pods = namespace("qwen-7d9f5c6b8-a", "qwen-7d9f5c6b8-b")
    assert isinstance(hpa, ev.Autoscaler)
    looks = [
        look(f"qwen-7d9f5c6b8-{name}", at, 0.95, waiting=count)
        for at in range(0, 20, 2)
        for name, count in zip("ab", waiting, strict=True)
    ]
    at_most = replace(hpa, max=2, conditions=())
    state = few_pods.folded(header, work, variant, at_most, *pods, *looks, now=20)
    [found] = [each for each in findings(state) if each.rule == "max-reached"]
    [text] = [fact.text for fact in found.evidence if "saturated" in fact.text]
    assert text == f"2 of 2 replicas saturated{words}, KV cache 95% in the mean"


def test_a_gateway_of_which_one_picker_lacks_a_number_holds_at_least_that_of_the_others() -> None:
    pickers = [
        ev.Epp(START + 1, pod="e0", queue=3.0, running=2.0),
        ev.Epp(START + 1, pod="e1", running=1.0),
    ]
    source = ev.Source(START, source="epp", status="ok")
    state = few_pods.folded(*namespace("a"), source, *pickers, now=2)
    [row] = [row for row in health(state) if row.source == "epp"]
    assert row.text == "gateway queue at least 3, in flight 3"


def test_a_job_has_no_count_of_benchmarks_of_which_one_lacks_it() -> None:
    lacking = benchmark("constant", 30.0, "0.7", rate=4.0)
    del lacking["metrics"]["request_totals"]
    state = session(
        ev.JobResult(
            1080.0,
            name="j",
            namespace="ns",
            tool="guidellm",
            report=json.dumps(report("0.7", lacking)),
        )
    )
    (row,) = load_rows.jobs(state)
    assert (row.ok, row.failed, row.results) == (None, None, 2)
