"""The metrics page of a WVA controller, with the target of each variant.

Source: WVA internal/metrics/metrics.go (`inferno_` to v0.4, `wva_` since). The port is that of a
controller with `--metrics-bind-address=:8080 --metrics-secure=false`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from wvatui.sim.pods.exposition import CONTENT_TYPE, PodPage, go_number, head

CONTROLLER_PORT = 8080


class VariantGauges(NamedTuple):
    """The replicas of one variant, as last emitted."""

    variant: str
    namespace: str
    accelerator: str
    desired: float
    current: float


_FAMILIES: dict[str, tuple[str, Callable[[VariantGauges], float]]] = {
    "desired_replicas": ("Desired number of replicas", lambda row: row.desired),
    "current_replicas": ("Current number of replicas", lambda row: row.current),
    "desired_ratio": ("Desired to current replicas", lambda row: row.desired / (row.current or 1)),
}


def decision_page(prefix: str, rows: Iterable[VariantGauges]) -> PodPage:
    """The present page. `prefix`: `wva` or `inferno`; without rows it is empty, as for a controller
    that does not lead."""
    lines: list[str] = []
    ordered = sorted(rows)
    for metric, (text, value) in _FAMILIES.items() if ordered else ():
        name = f"{prefix}_{metric}"
        lines += head(name, f"{text} for each variant", "gauge")
        for row in ordered:
            labels = (
                f'accelerator_type="{row.accelerator}",namespace="{row.namespace}",'
                f'variant_name="{row.variant}"'
            )
            lines.append(f"{name}{{{labels}}} {go_number(value(row))}")
    return (200, CONTENT_TYPE, "".join(f"{line}\n" for line in lines).encode())
