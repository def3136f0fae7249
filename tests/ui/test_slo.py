"""Objectives on the screen: lines in charts, the share that met them, pods that miss them."""

import msgspec
import pytest

from tests.core.queries.few_pods import START, folded, look, namespace
from tests.ui.fake import live, replica
from tests.ui.view_models import texts, view_model
from wvatui.analysis.compare.asked import objectives
from wvatui.core import events as ev
from wvatui.core.queries.pods.window import attained
from wvatui.core.rows.views import LimitLine
from wvatui.ui.model.view_state import ViewState
from wvatui.ui.panels.load import stages
from wvatui.ui.panels.overview import charts, header
from wvatui.ui.panels.pods import pods

ASKED = ViewState(slo=objectives(["ttft_p95=500ms,itl_p95=80ms,error=1%"]))


def test_the_share_is_of_all_requests_of_all_pods_and_of_pods_that_are_gone() -> None:
    def observed(low: int, high: int) -> msgspec.Raw:
        return msgspec.Raw(b"[1,0.0,%d,%d,0]" % (low, high))

    looks = [
        look(name, at, ttft=observed(low * at, high * at))
        for at in (1, 51)
        for name, low, high in (("a", 9, 1), ("b", 0, 10))
    ]
    bounds = ev.Bounds(START, id=1, le=(0.5, 1.0))
    state = folded(*namespace("a", "b"), bounds, *looks, now=60)
    assert attained(state, "ttft", 500.0) == pytest.approx(0.45)
    assert attained(state, "ttft", 750.0) == pytest.approx(0.725)
    assert attained(state, "itl", 500.0) is None, "nothing was observed"


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_header_has_whole_shares_or_none(width: int) -> None:
    first = texts(header.lines(view_model(live(), view_state=ASKED), width, 2))[0]
    assert "97.1%" in first or width == 80
    assert ("90.0%" in first) == ("97.1%" in first)
    if width == 200:
        assert "✓ ttft_p95 500ms 97.1%" in first
        assert "✕ itl_p95 80ms 90.0%" in first
        assert "○ error –" in first, "pods do not tell it"


def test_a_chart_has_the_line_of_its_objective_and_no_other() -> None:
    vm = view_model(live(), view_state=ASKED)
    assert charts.view(vm, "ttft", 60).thresholds == (LimitLine("SLO p95", 500.0),)
    assert LimitLine("SLO p95", 80.0) in charts.view(vm, "pod_itl@a", 60).thresholds
    assert not any("SLO" in line.name for line in charts.view(vm, "kv", 60).thresholds)


def test_a_pod_that_misses_an_objective_has_a_sign() -> None:
    world = live()
    world.replicas = (replica(0, "ok", kv_ratio=0.5, ttft_p95_ms=900.0, itl_p95_ms=20.0),)
    row = texts(pods.lines(view_model(world, view_state=ASKED), 120, 6))[2]
    assert "!900ms" in row
    assert "!20" not in row


def test_a_stage_has_the_lowest_share_that_met_an_objective() -> None:
    world = live()
    assert world.stage_rows
    row = texts(stages.lines(view_model(world, view_state=ASKED), 130, 8))
    assert "SLO met" in row[1]
    assert all("✓ 97.1%" in line for line in row[2:] if line.strip())
    strict = ViewState(slo=objectives(["ttft_p99=500ms"]))
    assert "✕ 97.1%" in texts(stages.lines(view_model(world, view_state=strict), 130, 8))[2]
    assert "SLO met" not in texts(stages.lines(view_model(world), 130, 8))[1]
