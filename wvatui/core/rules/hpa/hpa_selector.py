"""Whether an HPA may count its target's pods: it needs a valid selector of its own."""

import re
from collections.abc import Sequence
from functools import lru_cache

from wvatui.core.rules.hpa.hpa_conditions import HpaCondition, HpaEvent, inactive
from wvatui.core.rules.hpa.hpa_versions import HpaRelease

_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")
_TOKEN = re.compile(r"\s*(==|!=|=|!|>|<|,|\(|\)|[^\s=!<>,()]+)")


def selector_error(
    selector: str | None, shared_with: Sequence[str], release: HpaRelease
) -> tuple[HpaCondition, HpaEvent] | None:
    """Why the pods are not counted, as condition and event state it; None: they may be counted.

    Source: Kubernetes horizontal.go validateAndParseSelector.
    """
    if not selector:
        missing = "the HPA target's scale is missing a selector"
        event = HpaEvent("Warning", "SelectorRequired", "selector is required")
        return inactive("InvalidSelector", missing), event
    error = unreadable(selector)
    if error:
        text = "couldn't convert selector into a corresponding internal selector object: " + error
        return inactive("InvalidSelector", text), HpaEvent("Warning", "InvalidSelector", text)
    if len(shared_with) > 1:
        names = f"[{' '.join(shared_with)}]"
        text = release.shared.format(selector=selector, hpas=names)
        return inactive("AmbiguousSelector", text), HpaEvent("Warning", "AmbiguousSelector", text)
    return None


@lru_cache(maxsize=256)
def unreadable(selector: str) -> str:
    """Why a label selector cannot be parsed; empty: it can.

    Source: Kubernetes apimachinery pkg/labels/selector.go parseOperator.
    """
    for requirement in re.split(r",(?![^(]*\))", selector):
        words = _TOKEN.findall(requirement)
        if words and words[0] == "!":
            words = words[1:]
        if len(words) > 1 and words[1] not in (*_OPERATORS, ">", "<"):
            expected = ", ".join(_OPERATORS)
            return f"unable to parse requirement: found '{words[1]}', expected: {expected}"
    return ""
