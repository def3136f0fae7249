"""The ScaledObjects of llm-d's guides, tried on a recording of a model behind a gateway."""

import pytest

from tests.core.metrics.held_series import HeldSeries
from tests.core.whatif.made import NAME, T0, recorded
from tests.core.whatif.manifests import keda
from tests.fixtures import FIXTURES, shared
from wvatui.core.metrics.promql.series import TimeSeries
from wvatui.core.whatif.alternative import Alternative
from wvatui.core.whatif.gateway import GatewayMoment
from wvatui.core.whatif.recorded.recorded import Recorded
from wvatui.core.whatif.trial import Trial
from wvatui.load.read import files

NAMES = sorted(path.stem for path in (FIXTURES / "hpa-keda/scaledobjects").glob("*.yaml")) or [""]


def gated(queue: float, running: float, until_s: int = 330) -> Recorded:
    """A recording of two replicas behind a gateway whose page shows queued requests throughout."""
    pool = {"queue": queue, "running": running, "saturation": 1.4, "kv": 0.9, "pods_waiting": 1.0}
    tokens = {"inflight_tokens": {f"{NAME}-0": 20_000.0, f"{NAME}-1": 30_000.0}}
    times = [T0 + 15.0 * n for n in range(32)]
    pages = HeldSeries(
        {
            "vllm:time_to_first_token_seconds_bucket": [
                TimeSeries({"le": le}, times, [count * n for n in range(32)])
                for le, count in (("1", 2.0), ("4", 10.0), ("+Inf", 10.0))
            ],
            "vllm:inter_token_latency_seconds_bucket": [],
        }
    )
    return recorded(
        [(0.0, [(0.9, 1.0), (0.9, 1.0)])],
        until_s=until_s,
        gateway=(GatewayMoment(T0, {**pool, **tokens}),),
        pages=pages,
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_scaled_object_of_the_guides_runs_behind_a_gateway(name: str) -> None:
    """Gateway queue 3 (target 1), 40 running (target 16), caches 1.8 (target 0.8): each trigger
    asks for three replicas, where there are two."""
    scaler = files.scaled_object(shared(f"hpa-keda/scaledobjects/{name}.yaml"))
    row = Trial(gated(3.0, 40.0), {}).row(Alternative(name, "scaler", scaler=scaler))
    if scaler.controller:
        assert (
            "no cycles of a controller"
            in Trial(gated(3.0, 40.0), {}).row(Alternative(name, "own", scaler=scaler)).impossible
        )
        return
    assert row.impossible == ""
    assert row.outcome is not None
    assert not any("no value" in note for note in row.outcome.notes)
    assert row.figures is not None
    # No pod and no endpoint here is called prefill or decode.
    assert (row.figures.peak >= 3) is ("-pd-" not in name)
    assert any("goes with nothing in this recording" in n for n in row.notes) is ("-pd-" in name)
    if name == "token-aware-pd-decode":
        return  # it reads pods alone
    bare = Trial(recorded([(0.0, [(0.5, 0.0)])], until_s=60), {}).row(
        Alternative(name, "scaler", scaler=scaler)
    )
    assert "which this recording does not hold; it holds kube_deployment_spec_" in bare.impossible


def test_a_query_on_the_gateway_scales_by_what_it_holds_back() -> None:
    """12 queued requests at a target of 3 give four replicas, which then have room for them."""
    scaler = keda('sum(llm_d_epp_flow_control_queue_size{service="epp"})', 3, high=8)
    row = Trial(gated(12.0, 40.0, until_s=480), {}).row(
        Alternative("KEDA", "scaler", scaler=scaler)
    )
    assert row.figures is not None
    assert row.figures.peak == 4
    assert row.outcome is not None
    assert [(d.at - T0, d.before, d.target) for d in row.outcome.decisions][:2] == [
        (0.0, 2, 4),
        (390.0, 4, 1),  # 90 s to boot, then five minutes after the last look that asked for four
    ]
