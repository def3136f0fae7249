"""The examples, queries and the notebook in the library's documents are run unchanged."""

import contextlib
import doctest
import io
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from tests.fixtures import FIXTURES, ROOT
from wvatui.analysis.report.pictures import charting, drawing, figures

RECORDED = FIXTURES / "wva-experiments-2025" / "capacity-based-high-parallel-20251128-145238"

BURSTS = ROOT / "recordings" / "burst-drain-v1.jsonl"


@cache
def summary() -> dict[str, Any]:
    """The numbers of `wvatui summary` on `BURSTS`."""
    return dict(json.loads(run("summary", str(BURSTS), "-o", "json").out))


def test_every_example_of_the_document_gives_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # The report is written without pictures, which tests/analysis/report draws.
    blank = drawing.Picture('<svg viewBox="0 0 1 1"><defs></defs></svg>', b"")
    for module, name in ((charting, "draw"), (figures, "draw_waterfall")):
        monkeypatch.setattr(module, name, lambda *view: blank)
    failed, tried = doctest.testfile(str(ROOT / "docs" / "library.md"), module_relative=False)
    assert (failed, tried > 15) == (0, True)


def cells_run(recording: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The variables of the notebook after all its cells."""
    monkeypatch.chdir(ROOT / "docs")
    monkeypatch.setenv("WVATUI_RUN", str(recording))
    notebook = json.loads((ROOT / "docs" / "capacity-analysis.ipynb").read_text())
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                assert cell["outputs"] == []
                exec("".join(cell["source"]), names)
    return names | {"said": said.getvalue()}


def test_the_notebook_analyses_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = summary()
    names = cells_run(BURSTS, monkeypatch)
    assert "KV cache: peak 100.0%" in names["said"]
    assert names["advised"].loc["count", "scale_up"] == numbers["analyses"] > 0
    assert names["kv"]["mean"].between(0, 1).sum() > 100


@pytest.mark.skipif(not RECORDED.exists(), reason="recorded data not beside this checkout")
def test_the_notebook_redoes_the_recorded_capacity_analysis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = cells_run(RECORDED, monkeypatch)
    assert "KV cache: peak 99.6%" in names["said"]
    assert "queue: peak 122 requests in one pod" in names["said"]
    # The recorded analysis had counted each of 42 analyses four times (32 of 168, 24 of 168).
    assert names["advised"].to_dict() == {
        "scale_up": {"sum": 8, "count": 42},
        "scale_down_safe": {"sum": 6, "count": 42},
    }
    assert names["decided"].to_dict() == {"scale-up": 2, "scale-down": 2, "no-change": 1}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs in one folder."""
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("runs")
    for name in ("burst-drain-v1", "keda-queue"):
        recording = str(ROOT / "recordings" / f"{name}.jsonl")
        done = run("export", recording, "--format", "parquet", "-o", str(folder / "fleet"))
        assert done.code == 0, done.err
    return folder


def test_the_queries_over_many_runs_give_their_own_numbers(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.chdir(fleet)
    text = (ROOT / "docs" / "fleet-analysis.md").read_text()
    by_label, by_run = re.findall(r"^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    numbers = summary()
    rows = duckdb.sql(by_label).fetchall()
    assert ("wva", 1, round(numbers["cost"], 2), round(numbers["ttft_p99_ms"]), None) in rows
    assert "keda" not in {row[0] for row in rows}, "a run whose cost is not known is in no mean"
    told = {row[0]: row[2:] for row in duckdb.sql(by_run).fetchall()}
    assert set(told) == {"burst-drain-v1", "keda-queue"}
    assert all(0 < ratio < 1 and 0.5 < peak <= 1 for ratio, peak in told.values())


def test_the_columns_of_a_dataset_have_the_same_types_in_every_run(fleet: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    tables = sorted((fleet / "fleet").iterdir())
    assert len(tables) > 10
    for table in tables:
        schemas = [
            parquet.read_schema(path).remove_metadata() for path in table.glob("*/part.parquet")
        ]
        assert len(schemas) == 2
        assert schemas[0] == schemas[1], table.name


def test_without_pyarrow_parquet_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    recording = str(ROOT / "recordings" / "spike.jsonl")
    done = run("export", recording, "--format", "parquet", "-o", str(tmp_path / "fleet"))
    assert (done.code, done.out) == (2, "")
    assert "Parquet needs pyarrow" in done.err
    assert list(tmp_path.iterdir()) == []


def test_json_and_csv_hold_the_same_rows(tmp_path: Path) -> None:
    recording = str(ROOT / "recordings" / "keda-queue.jsonl")
    for form in ("json", "csv"):
        out = ("-o", str(tmp_path))
        assert run("export", recording, "--format", form, "--table", "decisions", *out).code == 0
    rows = json.loads((tmp_path / "keda-queue-decisions.json").read_text())
    text = (tmp_path / "keda-queue-decisions.csv").read_text()
    assert len(rows) == text.count("\n") - 1 > 3
    assert list(rows[0]) == text.splitlines()[0].split(",")
    assert rows[0]["held_until"] is None
    assert "" not in {value for row in rows for value in row.values()}
    assert {row["decider"] for row in rows} == {"hpa", "keda"}


def test_a_moment_is_no_part_of_a_run_for_other_programs(tmp_path: Path) -> None:
    recording = str(ROOT / "recordings" / "spike.jsonl")
    done = run("export", recording, "--format", "json", "--at", "1m", "-o", str(tmp_path))
    assert (done.code, "--at chooses nothing" in done.err) == (2, True)
