"""The thresholds that held in a cycle, each with where that is known from.

What a cycle states counts first, then what its numbers determine, then what is known of the
controller's configuration; that it may have been otherwise then is said.
"""

from wvatui.core import facts as fc
from wvatui.core.cycle_views import LimitRow
from wvatui.core.limits import thresholds
from wvatui.core.lines import clean
from wvatui.core.state import Analysed, Cycle, State

STATED = "stated in this cycle"
FOLLOWS = "follows from this cycle"

_V1 = (
    ("KV saturated at", "kv_ratio", "ratio"),
    ("queue saturated at", "queue", "requests"),
    ("up when spare KV below", "kv_trigger", "ratio"),
    ("up when spare queue below", "queue_trigger", "requests"),
)
_V2 = (
    ("up when used above", "scale_up", "ratio"),
    ("down when used below", "scale_down", "ratio"),
)


def limits_then(state: State, cycle: Cycle, facts: tuple[fc.Fact, ...]) -> tuple[LimitRow, ...]:
    """The thresholds of the analyses of `cycle`; none where it has no analysis."""
    rows: dict[LimitRow, None] = {}
    for analysed in cycle.analyses:
        told = _told(cycle, analysed, facts)
        known = thresholds(state, analysed.model)
        source = _source(state, cycle, known.source)
        for title, name, unit in _V1 if analysed.v1 is not None else _V2:
            value, where = told.get(name, (getattr(known, name), source))
            rows[LimitRow(title, value, unit, clean(where))] = None
    return tuple(rows)


def _told(
    cycle: Cycle, analysed: Analysed, facts: tuple[fc.Fact, ...]
) -> dict[str, tuple[float, str]]:
    """What the cycle itself says of thresholds: (value, where from) by name."""
    told: dict[str, tuple[float, str]] = {}

    def tell(name: str, value: float | None, where: str) -> None:
        if value is not None:
            told[name] = (value, where)

    v1, v2 = analysed.v1, analysed.v2
    if v2 is not None:
        tell("scale_up", v2.scale_up_threshold, STATED)
        tell("scale_down", v2.scale_down_boundary, STATED)
    if v1 is not None:
        for fact in facts:
            if isinstance(fact, fc.ScaleDownUnsafe):
                tell("kv_trigger", fact.kv_trigger, STATED)
                tell("queue_trigger", fact.queue_trigger, STATED)
        kv, queue = cycle.kv, cycle.waiting
        # threshold = mean spare + mean use, where no replica was left out as saturated.
        if v1.total and v1.total == v1.non_saturated:
            if v1.spare_kv is not None and len(kv) == v1.total:
                tell("kv_ratio", round(v1.spare_kv + sum(kv.values()) / v1.total, 2), FOLLOWS)
            if v1.spare_queue is not None and len(queue) == v1.total:
                tell("queue", round(v1.spare_queue + sum(queue.values()) / v1.total, 1), FOLLOWS)
    return told


def _source(state: State, cycle: Cycle, source: str) -> str:
    if source != "configmap":
        return source
    newest = max((config.at for config in state.configs.values()), default=0.0)
    return "ConfigMap" if newest <= cycle.at else "ConfigMap, read later"
