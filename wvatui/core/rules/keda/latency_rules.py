"""llm-d's signal of latency relative to its targets, by which its SLO-aware ScaledObject scales.

Source: llm-d guides/workload-autoscaling/README.slo-aware.md and its prometheus-rule.yaml.
"""

from collections.abc import Sequence

from wvatui.core.metrics.promql.parser import parse
from wvatui.core.metrics.promql.recording_rules import RecordingRules

GATEWAY_TTFT = ("llm_d_epp_request_predicted_ttft_seconds", "llm_d_epp_request_ttft_seconds")
GATEWAY_TPOT = (
    "llm_d_epp_request_predicted_tpot_seconds",
    "llm_d_epp_request_streaming_tpot_seconds",
)
"""Histograms of the EPP; predicted latencies take precedence over measured ones."""
_P90 = "(histogram_quantile(0.9, sum by (le) (rate({}_bucket[1m]))) >= 0)"


def latency_rules(
    ttft: Sequence[str] = GATEWAY_TTFT, tpot: Sequence[str] = GATEWAY_TPOT, factor: str = "1"
) -> RecordingRules:
    """The rules for `epp:saturation:smoothed` and its parts, over these histograms (seconds).

    The P90 of TTFT over 3 s and of TPOT over 0.1 s, the larger of both times `factor`, at most 2,
    as a mean over 45 s; without traffic 0.
    """
    first, following = (
        f"{' or '.join(_P90.format(name) for name in names)} or vector(0)" for names in (ttft, tpot)
    )
    larger = (
        "(epp:latency_ttft_p90:seconds / 3 > epp:latency_tpot_p90:seconds / 0.1)"
        " or epp:latency_tpot_p90:seconds / 0.1"
    )
    queries = {
        "epp:latency_ttft_p90:seconds": first,
        "epp:latency_tpot_p90:seconds": following,
        "epp:saturation:raw": f"({larger}) * {factor}",
        "epp:saturation:clamped": "clamp_max(epp:saturation:raw, 2)",
        "epp:saturation:smoothed": "avg_over_time(epp:saturation:clamped[45s])",
    }
    return RecordingRules({name: parse(query) for name, query in queries.items()})
