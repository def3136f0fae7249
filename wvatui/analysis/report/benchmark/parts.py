"""Helpers for the parts of a benchmark report: omission, statistics, components."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from math import sqrt
from statistics import quantiles
from typing import Any

from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.core.lines import clean
from wvatui.core.state.linking import state_links
from wvatui.core.state.links import Link

UNKNOWN = "unknown"
"""Placeholder where the schema requires a text and none is known."""
OF_NO_VARIANT = "of no variant"
Part = dict[str, Any]


def known(parts: Mapping[str, Any]) -> Part:
    """The parts without those that are empty."""
    return {name: part for name, part in parts.items() if part not in (None, {}, [], "")}


def statistics(values: Sequence[float], units: str) -> Part:
    """All statistics that the schema names and that one sample or more gives; quantiles are
    interpolated linearly."""
    mean = sum(values) / len(values)
    made: Part = {"units": units, "mean": mean, "min": min(values), "max": max(values)}
    if len(values) > 1:
        ranks = quantiles(values, n=100, method="inclusive")
        made |= {f"p{rank}": ranks[rank - 1] for rank in (50, 90, 95, 99)}
        made["stddev"] = sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return made


def only(names: Iterable[str]) -> str:
    """The name, where all are the same; otherwise empty."""
    different = set(names)
    return different.pop() if len(different) == 1 else ""


def hash_of(configuration: Any) -> str:
    """A hash of a configuration: 32 hexadecimal digits, the same for equal configurations."""
    text = json.dumps(configuration, sort_keys=True)
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def served_by(m: MeasuredRun) -> dict[str, Link | None]:
    """Each serving component by label; None: that of polled pods without a variant."""
    links = state_links(m.run.state)
    named: dict[str, Link | None] = {clean(m.run.state.id_of(link)): link for link in links}
    return named | ({OF_NO_VARIANT: None} if seen_pods(m, None) else {})


def seen_pods(m: MeasuredRun, link: Link | None) -> tuple[str, ...]:
    """The pods of a variant, including those only seen by polling, which the name of its workload
    identifies. None: polled pods without a variant."""
    links = state_links(m.run.state)
    owners = {pod: each.key for each in links for pod in each.all_pods}
    begins = {each.key: each.workload.name if each.workload else each.name for each in links}
    # The longest name first, as one workload's name may begin with another's.
    for key, begin in sorted(begins.items(), key=lambda item: -len(item[1])):
        owners = {pod: key for pod in m.run.looks if pod.startswith(f"{begin}-")} | owners
    if link is None:
        return tuple(pod for pod in m.run.looks if pod not in owners)
    return tuple(pod for pod, key in owners.items() if key == link.key)
