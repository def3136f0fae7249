"""Every metric of the table shows its own values everywhere, also one that is added."""

import subprocess
import sys

import pytest

from tests.core.metrics import every_metric
from tests.core.queries.few_pods import START, folded, look, namespace
from wvatui.core.events import Epp, Event, Scrape
from wvatui.core.metrics.metrics_table import EPP_METRICS, Metric
from wvatui.core.metrics.scrape import METRICS, BoundsBook, read_page
from wvatui.core.queries.charts import charts as core_charts
from wvatui.core.queries.charts import heat
from wvatui.core.queries.pods import replica_rows
from wvatui.core.rows.views import LimitLine
from wvatui.ui.panels.overview import charts
from wvatui.ui.views import latency

ADDING = """
import sys
import msgspec
from wvatui.core import events
from wvatui.core.events import pod_events
from wvatui.core.metrics import metrics_table as table
new = (
    table.Metric("tried_gauge", "Tried gauge", "requests", "gauge", ("vllm:tried_gauge",)),
    table.Metric("tried_pace", "Tried pace", "s", "gauge", ("vllm:tried_pace",), shown="mean"),
    table.Metric("tried_counter", "Tried counter", "blocks", "counter", ("vllm:tried_total",)),
    table.Metric("tried_time", "Tried time", "s", "histogram", ("vllm:tried_seconds",)),
)
table.METRICS = (*table.METRICS, *new)
table.BY_ID |= {metric.id: metric for metric in new}
fields = [
    ("tried_gauge", int | None, None),
    ("tried_pace", float | None, None),
    ("tried_counter", int | None, None),
    ("tried_time", msgspec.Raw, pod_events.NO_HISTOGRAM),
]
pod_events.Scrape = msgspec.defstruct(
    "Scrape", fields, bases=(pod_events.Scrape,), frozen=True, tag="s", kw_only=True
)
events.Scrape = pod_events.Scrape
from tests.core.metrics import every_metric
from wvatui.core.metrics.scrape import BoundsBook, read_page
from wvatui.ui.views import latency
page = b"vllm:num_requests_running 1\\nvllm:tried_gauge 7\\n" \\
    b'vllm:tried_pace{engine="0"} 0.25\\nvllm:tried_pace{engine="1"} 0.75\\n' \\
    b"vllm:tried_total 9\\n"
scrape = read_page(page, at=1.0, pod="p", took_ms=1, bounds=BoundsBook())[-1]
values = (scrape.tried_gauge, scrape.tried_pace, scrape.tried_counter)
found = [] if values == (7, 0.5, 9) else [repr(scrape)]
found += every_metric.astray(new)
found += [m.id for m in new if m.chart_name not in latency.ALL]
sys.exit("; ".join(found) or None)
"""


NO_METRICS = {"at", "pod", "took_ms", "bad", "judged", "ranks", "lora"}
"""Fields of a Scrape that are no metrics."""


@pytest.mark.parametrize(
    ("table", "event"),
    [(METRICS, Scrape), (EPP_METRICS, Epp)],
    ids=("METRICS and Scrape", "EPP_METRICS and Epp"),
)
def test_every_metric_has_a_field_and_every_field_a_metric(
    table: tuple[Metric, ...], event: type[Event]
) -> None:
    rows, fields = {m.id for m in table}, set(event.__struct_fields__) - NO_METRICS
    assert not rows - fields, (
        f"{event.__name__} in wvatui/core/events/pod_events.py lacks a field for each of the rows"
        f" {sorted(rows - fields)}"
    )
    assert not fields - rows, (
        "wvatui/core/metrics/metrics_table.py lacks a row for each of the fields"
        f" {sorted(fields - rows)} of {event.__name__}"
    )


def test_every_metric_finds_its_own_values_in_its_charts_tables_and_minutes() -> None:
    assert every_metric.astray(METRICS) == []


@pytest.mark.new_interpreter
def test_a_metric_that_is_added_to_the_table_draws_itself() -> None:
    added = subprocess.run([sys.executable, "-c", ADDING], capture_output=True, text=True)
    assert (added.stderr, added.returncode) == ("", 0), added.stderr


def test_every_metric_with_a_chart_is_on_the_overview_or_the_latency_view() -> None:
    assert {m.chart_name for m in METRICS if m.chart_name} <= {*charts.ORDER, *latency.ALL}


def test_a_gauge_that_is_none_cannot_be_asked_for() -> None:
    history = every_metric.state().watched["a"].history
    with pytest.raises(KeyError):
        history.points("no_such_gauge", 0.0)
    with pytest.raises(AttributeError):
        _ = history.old[0].no_such_gauge_mean


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
    assert chart.thresholds[0] == LimitLine("saturated, in one engine, assumed", 5.0)
    assert chart.series[0].points[0][1] == 7
    strip = heat.heat(state, "waiting", START, START + 60, 1)
    assert (strip.rows[0].values, strip.rows[0].limits) == ((4,), (5.0,))


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
