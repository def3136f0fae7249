"""A real Prometheus scrapes the simulated cluster; an import of it agrees with the recording."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.cli import run as cli
from wvatui.core.events import Scrape, Workload
from wvatui.recording import open_recording
from wvatui.sim.serve import launch

PROMETHEUS = shutil.which("prometheus")
SCRAPE_S = 1.0
LENGTH_S = 15.0
ANSWER_S = 120.0
"""The time allowed for an answer, in seconds; the machine may be busy."""


@contextmanager
def scraping(folder: Path) -> Iterator[str]:
    """The address of a Prometheus with the simulator's configuration, which scrapes each second and
    has begun to."""
    assert PROMETHEUS is not None
    config = json.loads((folder / "prometheus.json").read_text())
    config["global"]["scrape_interval"] = f"{SCRAPE_S:.0f}s"
    (folder / "prometheus.json").write_text(json.dumps(config))
    child, url = _started(folder)
    try:
        latest = time.monotonic() + 120.0
        names = "vllm:num_requests_running|kube_deployment_spec_replicas|wva_desired_replicas"
        names += "|inference_pool_ready_pods"
        while len(_result(url, f'count by (__name__) ({{__name__=~"{names}"}})')) < 4:
            if child.poll() is not None:
                told = (folder / "log").read_text()
                assert "address already in use" in told, told[-500:]
                child, url = _started(folder)  # another program took the port
            assert time.monotonic() < latest
            time.sleep(0.1)
        yield url
    finally:
        child.terminate()
        child.wait(120)


def _started(folder: Path) -> tuple["subprocess.Popen[bytes]", str]:
    """A Prometheus that is starting, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(PROMETHEUS), f"--config.file={folder / 'prometheus.json'}"]
    command += [f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log)
    return child, f"http://127.0.0.1:{port}"


def _result(url: str, query: str) -> list[dict[str, Any]]:
    """The series of an answer; empty while the server is not up yet."""
    params = {"query": query}
    try:
        answer = httpx.get(f"{url}/api/v1/query", params=params, timeout=ANSWER_S).json()
    except (httpx.HTTPError, ValueError):
        return []
    return list(answer.get("data", {}).get("result", ()))


@pytest.mark.skipif(PROMETHEUS is None, reason="no prometheus (Debian: apt-get install prometheus)")
def test_an_import_agrees_with_the_recording_within_a_scrape_interval(tmp_path: Path) -> None:
    live, imported = tmp_path / "live.jsonl", tmp_path / "imported.jsonl"
    way = ("--prometheus-config", str(tmp_path / "prometheus.json"))
    with launch(scenario="steady", speed=1.0, extra=way) as cluster, scraping(tmp_path) as url:
        ways = ("--kubeconfig", str(cluster.kubeconfig), "-n", "llm-d-sim", "--plain")
        length = ("--interval", "1s", "--duration", f"{LENGTH_S:.0f}s")
        assert cli("watch", *ways, *length, "--record", str(live)).code == 0
        span, widest_s = _same_time(url, live)
        done = cli("import", url, "-n", "llm-d-sim", *span, "-o", str(imported))
    assert done.code == 0, done.err
    assert "has nothing of" not in done.err
    assert done.err.count(f" series, every {SCRAPE_S:g} s") == 4, done.err
    compared = cli("compare", str(live), str(imported), "-o", "json")
    assert compared.code == 0, compared.err
    rows = {row["key"]: row["values"] for row in json.loads(compared.out)["rows"]}
    assert rows["replicas_avg"] == [1.0, 1.0]
    # Changes between two scrapes at the ends of the range are only in one of the two.
    share = 2 * (max(SCRAPE_S, widest_s) + 1.0) / LENGTH_S
    for key in ("kv_mean", "itl_p50_ms"):
        direct, asked = rows[key]
        assert asked == pytest.approx(direct, rel=share), key
    tokens = [json.loads(cli("summary", str(p), "-o", "json").out) for p in (live, imported)]
    direct, asked = (each["generation_tokens"] for each in tokens)
    assert asked == pytest.approx(direct, rel=share)


def _same_time(url: str, recording: Path) -> tuple[tuple[str, ...], float]:
    """The options for the range, on the server's clock, in which a counter went from its first to
    its last recorded value, and the longest time between two scrapes in it, in seconds.

    The range is found by a counter because simulated seconds take longer on a busy machine.
    """
    events = list(open_recording(recording).events())
    if any(isinstance(event, Workload) and (event.spec or 0) > 1 for event in events):
        pytest.skip("Prometheus was not up here before the cluster grew")
    looks = [event for event in events if isinstance(event, Scrape)]
    first, last = (looks[n].generation_tokens or 0 for n in (0, -1))
    samples, latest = _samples(url), time.monotonic() + 120.0
    while samples[-1][1] < last:
        assert time.monotonic() < latest
        time.sleep(0.1)
        samples = _samples(url)
    since = max((at for at, value in samples if value <= first), default=samples[0][0])
    until = min(at for at, value in samples if value >= last)
    times = [at for at, _ in samples if since <= at <= until]
    widest = max((b - a for a, b in pairwise(times)), default=LENGTH_S)
    if widest > 2.5 * SCRAPE_S:
        pytest.skip(f"Prometheus could not scrape each second here: nothing for {widest:.0f} s")
    return ("--from", f"{since:.3f}", "--to", f"{until + 0.001:.3f}"), widest


def _samples(url: str) -> list[tuple[float, float]]:
    """(time, tokens generated) of each scrape of the one engine."""
    (series,) = _result(url, "vllm:generation_tokens_total[10m]")
    return [(at, float(value)) for at, value in series["values"]]
