"""The answer of `wvatui explain -n`, compared with one bare GET of the HPAs by httpx, each in a
process of its own, against the simulated API server."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.compiled import KEEPS
from wvatui.kube.paths import AUTOSCALER
from wvatui.sim.serve import launch, write_kubeconfig

ROUNDS = 9
_GET = "import sys, httpx; httpx.get(sys.argv[1]).raise_for_status()"
_LIGHT = ("textual", "pandas")


def measure() -> list[dict[str, object]]:
    """Medians of nine runs of each, alternating."""
    with launch(scenario="hpa-only", speed=20.0) as sim, tempfile.TemporaryDirectory() as folder:
        # A cluster without a stepped clock, as a real one is.
        path, content = Path(folder) / "kubeconfig", json.loads(sim.kubeconfig.read_text())
        cluster = content["clusters"][0]["cluster"]
        del cluster["extensions"]
        write_kubeconfig(path, content)
        bare = ["-c", _GET, cluster["server"] + AUTOSCALER.path(sim.namespace)]
        look = ["-m", "wvatui", "explain", "-n", sim.namespace, "--kubeconfig", str(path)]
        times: dict[str, list[float]] = {"bare": [], "look": []}
        for number in range(ROUNDS + 1):
            for name, arguments in (("bare", bare), ("look", look)):
                took_s = _took_s(arguments)
                if number:  # the first run compiles
                    times[name].append(took_s)
        loaded = subprocess.run(
            [sys.executable, "-X", "importtime", *look],
            capture_output=True,
            text=True,
            check=True,
            env=KEEPS,
        ).stderr
    medians = {name: statistics.median(each) for name, each in times.items()}
    return [
        {
            "name": "explain -n beyond one bare GET of the HPAs",
            "value": round(medians["look"] - medians["bare"], 3),
            "unit": "s",
            "reach": 0.4,
            "bare_s": round(medians["bare"], 3),
        },
        {
            "name": "textual or pandas loaded by explain -n",
            "value": sum(f" {name}\n" in loaded for name in _LIGHT),
            "unit": "",
            "reach": 0,
        },
    ]


def _took_s(arguments: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True, env=KEEPS)
    return time.perf_counter() - begin
