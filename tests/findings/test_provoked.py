"""Rules provoked in simulated clusters are found over HTTP; healthy clusters have no findings.

`tests/sim/test_sights.py` checks the findings of each scenario as it is; the runs here need another
cluster or another way to watch. `test_clearing.py` provokes every rule with data.
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
"""The interval of scrapes in seconds, unless a run states another."""


async def watched(folder: Path, run: Run, **more: Any) -> tuple[Lasting, ...]:
    """All findings of a session of `run`."""
    async with served(folder, scenario=run.scenario, **run.cluster, **more) as here:
        request = {"namespace": here.cluster.namespace, "interval": SELDOM_S} | run.request
        seen = await here.watch(run.seconds, **request)
    return found(seen.events)


OTHER_RUNS = [run for run in RUNS if run not in plain(RUNS).values()]


# The older release, whose log is different; the interval of scrapes is only data to its rule.
@pytest.mark.parametrize(
    "run",
    sampled(OTHER_RUNS, [run for run in OTHER_RUNS if "wva" in run.cluster]),
    ids=lambda run: f"{run.scenario}-{run.rules[0]}",
)
async def test_what_is_provoked_is_found(tmp_path: Path, run: Run) -> None:
    holds_what_is_provoked(run, await watched(tmp_path, run))


OTHERS = [run for run in HEALTHY if run not in plain(HEALTHY).values()]


# The older release, whose log is different. The scaler and the interval of scrapes are only data to
# the rules; `tests/sim/test_sights.py` watches healthy scenarios as they are, also with KEDA.
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
