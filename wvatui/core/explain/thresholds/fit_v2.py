"""V2 thresholds that explain the decisions of a log, where no line states them.

Only v0.9.0-rc1 needs this: it logs neither thresholds nor required or spare capacity.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wvatui.core.decisions.given import Case
from wvatui.core.decisions.releases import ZEROES
from wvatui.core.explain.thresholds.costs import greatest_targets, within_targets
from wvatui.core.explain.wva_v2.recompute_v2 import recompute_v2
from wvatui.core.rules.wva.thresholds import V2_NAMES, Settings

_UPS = tuple(n / 20 for n in range(10, 25))
_DOWNS = tuple(n / 20 for n in range(6, 24))
_MOST_CASES = 40


@dataclass(frozen=True, slots=True)
class FittedV2:
    """scaleUpThreshold and scaleDownBoundary by their names in Limits, the span of each that fits
    equally well, and how many of `count` decisions they explain."""

    values: dict[str, float]
    spans: dict[str, tuple[float, float]]
    agreeing: int
    count: int


def fit_v2(cases: Sequence[Case]) -> FittedV2 | None:
    """The pair that explains most decisions; of equal ones, the nearest to the defaults.

    None: the log states them, nothing was decided, or no pair explains more than half.
    """
    needing = [case for case in cases if _needs(case)][-_MOST_CASES:]
    if not needing:
        return None
    top = greatest_targets(cases)
    wanted = [within_targets(case, top) for case in needing]
    scores = {
        (up, down): sum(_follows(case, up, down) for case in wanted)
        for up in _UPS
        for down in _DOWNS
        if down < up
    }
    most = max(scores.values())
    if 2 * most <= len(wanted):
        return None
    good = [pair for pair, score in scores.items() if score == most]
    default = Settings()
    best = min(
        good,
        key=lambda pair: (
            abs(pair[0] - default.scale_up_threshold) + abs(pair[1] - default.scale_down_boundary)
        ),
    )
    return FittedV2(
        values=dict(zip(V2_NAMES, best, strict=True)),
        spans={
            name: (min(pair[n] for pair in good), max(pair[n] for pair in good))
            for n, name in enumerate(V2_NAMES)
        },
        agreeing=most,
        count=len(wanted),
    )


def _needs(case: Case) -> bool:
    stated = any(r.scale_up_threshold or r.scale_down_boundary for r in case.results)
    decided = bool(case.results and case.outcomes) and not case.cuts
    return case.version == ZEROES and decided and not stated and case.configured is None


def _follows(case: Case, up: float, down: float) -> bool:
    settings = replace(Settings(), scale_up_threshold=up, scale_down_boundary=down)
    made = recompute_v2(case, settings)
    if made.missing:
        return False
    return all(made.targets.get(name) == o.target for name, o in case.outcomes.items())
