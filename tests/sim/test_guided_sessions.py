"""Sessions of clusters scaled by HPAs and KEDA are explained, reproduced, and have no false
finding.

Two run each time, one with KEDA and one with a bare HPA; `make sweeps` runs all.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cluster import Watched, served
from tests.sweeps import sampled
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.findings.finding import Finding
from wvatui.core.findings.over_time import EACH_S, found_over_time
from wvatui.core.queries.health.health_rows import health
from wvatui.core.whatif.recorded.reading import recorded
from wvatui.sim.scenarios.guided import GUIDED


class Row(NamedTuple):
    """A scenario, the seconds that are watched, and the correct findings."""

    scenario: str
    seconds: float
    found: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


ROWS = (
    Row("keda-queue", 480),
    Row("keda-epp", 480),
    Row("keda-queue-windows", 480),
    Row("keda-queue-guard", 480, advice=("formula-fallback",)),
    Row("keda-saturation", 480, advice=("pool-maximum",)),
    Row("keda-token-aware", 480),
    Row("keda-pd-disaggregated", 480),
    Row("keda-slo-aware", 480),
    Row("hpa-cpu-and-queue", 135),
    Row("hpa-only", 480),
    Row("keda-scale-to-zero", 1350),
    Row("keda-fallback", 600, ("scaled-object-state",)),
    Row("keda-paused-scale-in", 480, ("paused-scaled-object",)),
    Row("composite-below-zero", 165, ("max-reached",)),
)
OFTEN = ("composite-below-zero", "hpa-cpu-and-queue")
"""The sample: KEDA with an HPA, which has findings, and an HPA alone, which has none. It is enough
because tests/core/decisions and tests/findings test the other triggers, formulas and states."""


@pytest.mark.parametrize(
    "row",
    sampled(ROWS, [row for row in ROWS if row.scenario in OFTEN]),
    ids=lambda row: row.scenario,
)
async def test_everything_is_explained_and_reproduced_and_nothing_else_is_found(
    tmp_path: Path, row: Row
) -> None:
    async with served(tmp_path, scenario=row.scenario) as here:
        seen = await here.watch(duration_s=row.seconds, interval=7.5)
    state = seen.state
    decisions = scaling_decisions(state)
    assert any(each.changes for each in decisions)
    assert [each.sentence for each in decisions if each.verdict != "agrees"] == []
    for course in recorded(state):
        assert course.looked is not None
        assert course.looked.compared >= row.seconds / 15 - 2
        assert course.looked.differing == ()
    found, words = _found(seen)
    assert {each.rule for each in found if each.is_trouble} == set(row.found)
    assert {each.rule for each in found if each.severity == "advice"} == set(row.advice)
    assert "WVA" not in words
    assert {each.level for each in health(state)} <= {"ok", "off"}


def _found(seen: Watched) -> tuple[list[Finding], str]:
    """All findings, and all their texts as one string."""
    lasting, _ = found_over_time(seen.events, 2 * EACH_S)
    found = [each.finding for each in lasting]
    words = [f"{f.title} {f.advice} {' '.join(e.text for e in f.evidence)}" for f in found]
    return found, "\n".join(words)


def test_every_scenario_of_hpas_and_keda_has_a_row() -> None:
    assert {row.scenario for row in ROWS} == {"hpa-only", *(each.name for each in GUIDED)}
