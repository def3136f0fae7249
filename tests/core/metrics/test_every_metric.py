"""Every metric of the table finds its own values wherever it is shown; one that is added, too."""

import subprocess
import sys

import pytest

from tests.core.metrics import every_metric
from tests.core.queries.few_pods import START, folded, look, namespace
from wvatui.core.events import Scrape
from wvatui.core.metrics.scrape import METRICS, BoundsBook, read_page
from wvatui.core.queries.charts import charts as core_charts
from wvatui.core.queries.charts import heat
from wvatui.core.queries.pods import replica_rows
from wvatui.ui.panels.overview import charts
from wvatui.ui.views import latency

ADDING = """
import sys
import msgspec
from wvatui.core import events
from wvatui.core.events import pod_events
from wvatui.core.metrics import metrics_table as table
new = (
    table.Metric("swapped", "Swapped requests", "requests", "gauge", ("vllm:num_swapped",)),
    table.Metric("pace", "Pace of a step", "s", "gauge", ("vllm:step_seconds",), shown="mean"),
    table.Metric("spills", "Spills to disk", "blocks", "counter", ("vllm:spills_total",)),
    table.Metric("queued", "Time in the queue", "s", "histogram", ("vllm:queue_time_seconds",)),
)
table.METRICS = (*table.METRICS, *new)
table.BY_ID |= {metric.id: metric for metric in new}
fields = [
    ("swapped", int | None, None), ("pace", float | None, None), ("spills", int | None, None),
    ("queued", msgspec.Raw, pod_events.NO_HISTOGRAM),
]
pod_events.Scrape = msgspec.defstruct(
    "Scrape", fields, bases=(pod_events.Scrape,), frozen=True, tag="s", kw_only=True
)
events.Scrape = pod_events.Scrape
from tests.core.metrics import every_metric
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.ui.views import latency
page = b"vllm:num_requests_running 1\\nvllm:num_swapped 7\\nvllm:step_seconds 0.25\\n" \\
    b"vllm:step_seconds 0.75\\nvllm:spills_total 9\\n"
scrape = read_page(page, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())[-1]
found = [] if (scrape.swapped, scrape.pace, scrape.spills) == (7, 0.5, 9) else [repr(scrape)]
found += every_metric.astray(new)
found += [m.id for m in new if m.chart_name not in latency.ALL]
sys.exit("; ".join(found) or None)
"""


def test_every_metric_finds_its_own_values_in_its_charts_tables_and_minutes() -> None:
    assert every_metric.astray(METRICS) == []


def test_a_metric_that_is_added_to_the_table_draws_itself() -> None:
    added = subprocess.run([sys.executable, "-c", ADDING], capture_output=True, text=True)
    assert (added.stderr, added.returncode) == ("", 0)


def test_every_metric_with_a_chart_is_on_the_overview_or_the_latency_view() -> None:
    assert {m.chart_name for m in METRICS if m.chart_name} <= {*charts.ORDER, *latency.ALL}


def test_a_gauge_that_is_none_cannot_be_asked_for() -> None:
    history = every_metric.state().watched["a"].history
    with pytest.raises(KeyError):
        history.points("swapped", 0.0)
    with pytest.raises(AttributeError):
        _ = history.old[0].swapped_mean


# --- several engines in one pod

ENGINES = b"""\
vllm:num_requests_waiting{engine="0"} 3
vllm:num_requests_waiting{engine="1"} 4
vllm:kv_cache_usage_perc{engine="0"} 0.2
vllm:kv_cache_usage_perc{engine="1"} 0.4
vllm:num_requests_running{engine="0"} 8
vllm:num_requests_running{engine="1"} 9
"""


def scrape(page: bytes) -> Scrape:
    found = read_page(page, at=START + 1, pod="a", took_ms=1, bounds=BoundsBook())[-1]
    assert isinstance(found, Scrape)
    return found


def test_the_fullest_engine_is_judged_and_what_all_hold_is_shown() -> None:
    """WVA takes `max by (pod)` of the queue: a pod with 3 and 4 waiting is below a limit of 5."""
    both = scrape(ENGINES)
    assert (both.waiting, both.judged, both.kv, both.running) == (7, {"waiting": 4}, 0.4, 17)
    state = folded(*namespace("a"), both, now=2)
    (row,) = replica_rows.replicas(state)
    assert (row.waiting, row.saturated) == (7, False)
    chart = core_charts.chart(state, "waiting", since=START, until=START + 60, columns=60)
    assert chart.thresholds[0] == ("saturated at 5 in one engine, assumed", 5.0)
    assert chart.series[0].points[0][1] == 7
    strip = heat.heat(state, "waiting", START, START + 60, 1)
    assert (strip.rows[0].values, strip.rows[0].limit) == ((4,), 5.0)


def test_one_engine_of_two_over_the_limit_saturates_its_pod() -> None:
    state = folded(*namespace("a"), scrape(ENGINES.replace(b"} 4", b"} 5")), now=2)
    assert replica_rows.replicas(state)[0].saturated is True


def test_old_minutes_keep_what_is_judged() -> None:
    looks = [
        look("a", at, waiting=12 if at == 130 else 7, judged={"waiting": 6 if at == 130 else 4})
        for at in range(0, 9000, 10)
    ]
    state = folded(*namespace("a"), *looks, now=9000)
    minute = state.watched["a"].history.old[2]
    assert (minute.waiting_max, minute.waiting_judged_max) == (12, 6)
    strip = heat.heat(state, "waiting", START, START + 9000, 150)
    assert strip.rows[0].values[1:4] == (4, 6, 4)


def test_one_engine_alone_is_recorded_as_before() -> None:
    assert scrape(ENGINES.split(b'vllm:num_requests_waiting{engine="1"}')[0]).judged is None
