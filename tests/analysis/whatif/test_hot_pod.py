"""The finding of the HPA-versus-WVA benchmark, on a simulated cluster with a hot pod."""

import asyncio
import json
from pathlib import Path

from tests.analysis.whatif.test_manifests import REMARKED, written
from tests.cli.cli import run
from tests.cluster import served


async def recorded(folder: Path) -> Path:
    async with served(folder, scenario="hot-pod", wva="v0.4.2") as here:
        return (await here.watch(420.0, interval=15.0)).path


def test_on_a_hot_pod_an_hpa_by_averages_climbs_past_what_wva_needs(tmp_path: Path) -> None:
    recording = asyncio.run(recorded(tmp_path))
    hpa = str(written(tmp_path, REMARKED))
    done = run("whatif", str(recording), "--hpa", hpa, "--loop", "open", "-o", "json")
    (model,) = json.loads(done.out)["models"]
    rows = {row["alternative"]: row for row in model["rows"]}
    own, climbed = rows["own rule, recomputed"], rows["HPA object.yaml"]
    assert own["reproduced"]["same"] == own["reproduced"]["compared"] > 10
    assert own["figures"]["peak"] == 3
    assert climbed["figures"]["peak"] > 5
    assert climbed["figures"]["replica_minutes"] > own["figures"]["replica_minutes"] * 1.2
    seen = climbed["averages"]
    assert seen["waiting"] > 3.0 > seen["free_waiting"]
    assert seen["free"] < seen["replicas"]
    text = run("whatif", str(recording), "--hpa", hpa, "--loop", "both").out
    assert "WVA leaves the saturated ones out" in text
    # The report says that the simulated gateway does not keep sessions on one pod.
    assert "the simulator does not follow this recording" in text
