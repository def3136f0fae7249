"""Each rule is provoked in the simulated cluster and found there over HTTP; healthy ones are clean.

Scenarios as they are, each watched once, are looked at in `tests/sim/test_sights.py`; what is here
needs another cluster or another way to watch. Every rule is provoked by data in `test_clearing.py`.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.cluster import served
from tests.findings.provoked import (
    HEALTHY,
    RUNS,
    Run,
    found,
    holds_no_trouble,
    holds_what_is_provoked,
    plain,
)
from tests.sweeps import sampled
from wvatui.core.findings.over_time import Lasting
from wvatui.sim.api.context import AccessRules

SELDOM_S = 10.0
"""Between two rounds of scrapes, where a run does not say."""


async def watched(folder: Path, run: Run, **more: Any) -> tuple[Lasting, ...]:
    """Everything that is found in a watch of `run`."""
    async with served(folder, scenario=run.scenario, **run.cluster, **more) as here:
        request = {"namespace": here.cluster.namespace, "interval": SELDOM_S} | run.request
        seen = await here.watch(run.seconds, **request)
    return found(seen.events)


@pytest.mark.parametrize(
    "run",
    [run for run in RUNS if run not in plain(RUNS).values()],
    ids=lambda run: f"{run.scenario}-{run.rules[0]}",
)
async def test_what_is_provoked_is_found(tmp_path: Path, run: Run) -> None:
    holds_what_is_provoked(run, await watched(tmp_path, run))


OTHERS = [run for run in HEALTHY if run not in plain(HEALTHY).values()]


# The older release, whose log is another. How often pods are asked and what scales them is data to
# the rules; healthy scenarios as they are, KEDA's too, are watched in `tests/sim/test_sights.py`.
@pytest.mark.parametrize(
    "run",
    sampled(OTHERS, [run for run in OTHERS if "wva" in run.cluster]),
    ids=lambda run: f"{run.scenario}-{run.cluster}",
)
async def test_a_healthy_cluster_raises_no_alarm(tmp_path: Path, run: Run) -> None:
    holds_no_trouble(await watched(tmp_path, run))


async def test_rights_that_are_missing_are_found(tmp_path: Path) -> None:
    access = AccessRules()
    access.deny("list", "horizontalpodautoscalers.autoscaling")
    lasting = await watched(tmp_path, Run("steady", 30, ()), access=access)
    titles = [each.finding.title for each in lasting if each.finding.rule == "missing-rights"]
    assert titles
    assert "horizontalpodautoscalers" in titles[0]
