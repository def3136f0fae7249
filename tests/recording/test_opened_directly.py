"""Every verb that reads a run opens files of other tools, without an option for their format."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.analysis.runs.made import bundle
from tests.cli.cli import run
from tests.core.results.forms import FORMS
from tests.fixtures import FIXTURES
from tests.recording.saved import (
    HARNESS,
    HPA_CSV,
    HPA_EVENTS,
    HPA_META,
    SNAPSHOTS,
    answer,
    engine,
    objects,
    page,
)
from tests.small_logs import TARGETS, old_cycle
from tests.sweeps import ALL, sampled
from wvatui.analysis.report.pictures import drawing

STEPS = [15.0 * n for n in range(9)]


def files(folder: Path, **content: str) -> Path:
    """A folder with these files; two underscores in a name stand for its dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def pages() -> dict[str, str]:
    return {f"a_{at}__log": page(1 + at // 60, at) for at in (0, 60, 120)}


def harness(folder: Path) -> Path:
    raw = json.dumps(SNAPSHOTS)
    files(folder / "metrics", replica_status_timeseries__json=raw)
    report = FORMS["inference-perf, JSON"].text
    return files(folder, run_metadata__yaml=HARNESS, summary_lifecycle_metrics__json=report)


def packed(folder: Path) -> Path:
    files(folder / "raw", **pages())
    path = folder / "pages.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder / "raw", "raw")
    return path


def seed_run(folder: Path) -> Path:
    lines = [line for n, sizes in enumerate(TARGETS) for line in old_cycle(n, *sizes)]
    return files(
        folder, **{"wva-controller-logs__jsonl": "\n".join(lines) + "\n"}, monitor__log="monitor\n"
    )


SMALL: dict[str, Callable[[Path], Path]] = {
    "a run of the HPA experiments": lambda to: files(
        to,
        metrics__csv=HPA_CSV,
        metadata__json=HPA_META,
        **{"scaling-events__log": HPA_EVENTS},
    ),
    "a bundle": lambda to: files(to, bundle__json=json.dumps(bundle())) / "bundle.json",
    "a folder with a bundle": lambda to: files(to, bundle__json=json.dumps(bundle())),
    "saved ranges": lambda to: files(
        to,
        engines__json=json.dumps(answer(*engine("aaaaa", STEPS))),
        objects__json=json.dumps(answer(*objects(STEPS))),
    ),
    "a result folder": harness,
    "a folder of pages": lambda to: files(to, **pages()),
    "an archive of pages": packed,
    "a run of the first experiments": seed_run,
    "a report": lambda to: files(to, report=FORMS["benchmark report 0.2"].text) / "report",
}
RECORDED = (
    "hpa-runs-2025/*",
    "wva-2026/run-*",
    "vllm-metrics/*.tar.gz",
    "wva-experiments-2025/*-*",
    "guidellm/*.json",
    "benchmark-report/*.yaml",
    "job-logs/*",
)
"""Glob patterns of recorded data of each kind."""


def size(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    return sum(each.stat().st_size for each in [path, *path.rglob("*")] if each.is_file())


def by_size(kind: str) -> list[Path]:
    """The recorded data of a kind, the smallest first, and of one size in order of names."""
    return sorted(sorted(FIXTURES.glob(kind)), key=size)


BY_KIND = [[str(path.relative_to(FIXTURES)) for path in by_size(kind)] for kind in RECORDED]


def opens(path: Path, to: Path, *, report: bool = True) -> None:
    """Assert that each verb succeeds, prints something, and reports no error."""
    for words in (
        ("summary", str(path), "-o", "json"),
        ("replay", str(path), "--plain"),
        ("compare", str(path), str(path)),
    ):
        done = run(*words)
        assert (done.code, bool(done.out)) == (0, True), (words, done.err)
    if report:
        done = run("report", str(path), "-o", str(to))
        assert done.code == 0, done.err
        assert (to / "report.json").exists()


# Without pictures, which do not depend on the files that a run was read from.
@pytest.mark.parametrize("kind", SMALL)
def test_each_kind_opens_with_every_verb(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "can_draw", lambda: False)
    opens(SMALL[kind](tmp_path / "run"), tmp_path / "out", report=kind != "a bundle")


# The smallest of each kind, without its report, which takes longest; each kind above has one. An
# archive of pages is above, too, and the recorded ones are long.
@pytest.mark.parametrize(
    "name",
    sampled(
        [name for names in BY_KIND for name in names],
        [names[0] for names in BY_KIND if names and not names[0].startswith("vllm-metrics")],
    ),
)
def test_recorded_data_of_each_kind_opens_with_every_verb(tmp_path: Path, name: str) -> None:
    opens(FIXTURES / name, tmp_path / "out", report=ALL)


def test_a_page_of_one_moment_has_a_summary_and_nothing_to_compare(tmp_path: Path) -> None:
    path = files(tmp_path, page__prom=page(4, 0)) / "page.prom"
    assert run("summary", str(path)).code == 0
    for words in (("compare", str(path), str(path)), ("report", str(path), "-o", f"{tmp_path}/r")):
        done = run(*words)
        assert (done.code, done.out) == (2, "")
        assert "page.prom: tells of one moment alone" in done.err
        assert done.err.count("wvatui: ") == 1
        assert not (tmp_path / "r").exists()
