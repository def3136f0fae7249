"""How KEDA's prometheus scaler turns the answer to its query into a value.

Source: KEDA v2.21.0 pkg/scalers/prometheus_scaler.go ExecutePromQuery.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PrometheusQuery:
    """A trigger's query. `empty_is_zero`: no element, NaN and infinity count as 0
    (`ignoreNullValues`, by default true)."""

    text: str
    empty_is_zero: bool = True

    def read(self, values: Sequence[float]) -> float:
        """The trigger's value, from the values of the answer's elements. Raises ValueError where
        KEDA treats the answer as an error."""
        if len(values) > 1:
            raise ValueError(f"the query gives {len(values)} series, and KEDA wants one")
        value = values[0] if values else math.nan
        if math.isfinite(value):
            return value
        if self.empty_is_zero:
            return 0.0
        raise ValueError("the query gives nothing" if not values else f"the query gives {value}")


def prometheus_query(trigger: Mapping[str, Any]) -> PrometheusQuery | None:
    """The query of a trigger of a ScaledObject; None: it is of another type, or has none."""
    metadata = trigger.get("metadata")
    if trigger.get("type") != "prometheus" or not isinstance(metadata, Mapping):
        return None
    text = metadata.get("query")
    if not isinstance(text, str) or not text.strip():
        return None
    ignored = str(metadata.get("ignoreNullValues") or "true").lower()
    return PrometheusQuery(text.strip(), ignored != "false")
