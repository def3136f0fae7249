"""An import from a Prometheus agrees with the session recorded at the same time."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run as cli
from tests.cluster import served
from tests.sources.fake_prometheus import FakePrometheus, serving
from tests.sources.scraped import SCRAPE_S, ScrapedSeries

FIRST_S, LENGTH_S = 5.0, 185.0
"""The first and the last scrape, seconds after the session begins."""


async def recorded(folder: Path) -> tuple[Path, ScrapedSeries, float]:
    """A session of a cluster that WVA scales, the series of a Prometheus, and when it began."""
    async with served(folder, scenario="stair-step", kube_state=True) as here:
        scraped = ScrapedSeries(here.cluster, FIRST_S)
        seen = await here.watch(LENGTH_S + 1.0, interval=5.0)
        return seen.path, scraped, here.cluster.timeline.start


def rows(*paths: Path) -> dict[str, list[Any]]:
    """The values of each row of `compare`."""
    done = cli("compare", *map(str, paths), "-o", "json")
    assert done.code == 0, done.err
    return {row["key"]: row["values"] for row in json.loads(done.out)["rows"]}


def summary(path: Path) -> dict[str, Any]:
    """The summary of a run."""
    return dict(json.loads(cli("summary", str(path), "-o", "json").out))


def test_compare_finds_an_import_and_the_recording_alike(tmp_path: Path) -> None:
    live, scraped, start = asyncio.run(recorded(tmp_path))
    imported = tmp_path / "imported.jsonl"
    with serving(FakePrometheus(scraped.series())) as prometheus:
        span = ("--from", f"{start:.0f}", "--to", f"{start + LENGTH_S:.0f}")
        done = cli("import", prometheus.url, "-n", "llm-d-sim", *span, "-o", str(imported))
    assert (done.code, "has nothing of" in done.err) == (0, False), done.err
    told = rows(live, imported)
    assert told["replicas_max"] == [3, 3]
    assert (told["ups"], told["downs"], told["error_ratio"]) == ([2, 2], [0, 0], [0, 0])
    length_s = LENGTH_S - FIRST_S
    # Two replicas came, each of which is seen a scrape late at most; so are the ends of a gap.
    late = 2 * SCRAPE_S / length_s
    direct, asked = told["replicas_avg"]
    assert direct - late <= asked <= direct
    direct, asked = told["gap_s"]
    assert asked == pytest.approx(direct, abs=2 * SCRAPE_S)
    assert told["boot_mean_s"] == [45.0, 45.0], "kube-state-metrics tells when, to the second"
    # Changes between two scrapes at the ends of the range are only in one of the two.
    share = 2 * SCRAPE_S / length_s
    latencies = [f"{name}_{q}_ms" for name in ("ttft", "itl", "e2e") for q in ("p50", "p95", "p99")]
    for key in ("kv_mean", "kv_peak", "requests_per_s", "output_tokens_per_s", *latencies):
        direct, asked = told[key]
        assert asked == pytest.approx(direct, rel=share), key
    numbers = [summary(path) for path in (live, imported)]
    assert [each["changes_by"] for each in numbers] == [{"hpa": {"up": 2, "down": 0}}] * 2
    tokens = [each["generation_tokens"] for each in numbers]
    assert tokens[1] == pytest.approx(tokens[0], rel=share)
    assert [each["replicas_by"] for each in numbers] == ["workloads"] * 2
