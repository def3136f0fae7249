"""The library: its public names, its data frames, and that these agree with the verbs."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import wvatui
from tests.cli.cli import run as verb
from tests.core.folding import RECORDINGS
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.export.column_kinds import kind_of
from wvatui.export.frames import DTYPES, frames, typed
from wvatui.export.stamp import iso
from wvatui.export.tables import TABLES
from wvatui.recording import open_recording

PAUSED = RECORDINGS / "paused-scaler.jsonl"
"""The shortest recording with decisions of WVA."""
STUB = Path(wvatui.__file__).with_suffix(".pyi")


@pytest.fixture(scope="module")
def paused() -> wvatui.RunFrames:
    return wvatui.open(PAUSED)


def test_what_is_public_stays_public() -> None:
    public = {"RunFrames", "WvatuiError", "__version__", "compare", "open", "report"}
    assert set(wvatui.__all__) >= public
    names = {name for name in dir(wvatui.RunFrames) if not name.startswith("_")}
    assert names >= {
        *("pods", "replicas", "decisions", "cycles", "metrics", "events", "load", "stages"),
        *("results", "table", "at", "explain", "whatif", "findings", "summary", "name", "label"),
        *("repetition", "path", "notices", "started_at", "duration_s"),
    }
    for name in wvatui.__all__:
        assert getattr(wvatui, name) is not None
        assert name in dir(wvatui)
        assert f" {name}\n" in STUB.read_text() or f"{name}:" in STUB.read_text()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        wvatui.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_loads_nothing_and_using_it_no_screen() -> None:
    code = (
        "import sys; before = set(sys.modules); import wvatui; "
        "print(sorted(n for n in set(sys.modules) - before if n.startswith('wvatui.'))); "
        f"run = wvatui.open({str(PAUSED)!r}); run.pods; "
        "print(sorted({n.partition('.')[0] for n in sys.modules} "
        "& {'textual', 'rich', 'click', 'kubernetes', 'httpx', 'aiohttp', 'plotext', 'pyarrow'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert first == "[]"
    assert set(eval(second)) <= {"pyarrow"}, "pandas loads it where it is installed"


def test_a_column_is_typed_by_its_name_also_where_it_is_empty() -> None:
    kinds = {
        ("stages", "waiting_mean"): "number",
        ("stages", "pods"): "whole",
        ("results", "since"): "time",
        ("results", "client_ttft_p95_ms"): "number",
        ("results", "requests_per_s"): "number",
        ("load", "target"): "text",
        ("replicas", "target"): "whole",
        ("gateway", "running"): "number",
        ("scrapes", "ttft_count"): "whole",
        ("scrapes", "kv_ratio"): "number",
        ("lacking", "is_open"): "flag",
        ("runs", "cost"): "number",
        ("decisions", "held_until"): "time",
    }
    assert {key: kind_of(*key) for key in kinds} == kinds


@pytest.mark.parametrize("recording", ["paused-scaler", "keda-queue"])
def test_a_frame_holds_the_values_of_the_exported_rows_with_the_same_types_in_every_run(
    recording: str,
) -> None:
    run = wvatui.open(RECORDINGS / f"{recording}.jsonl")
    plain = frames(open_recording(run.path))
    assert set(plain) == set(TABLES)
    for name, rows in plain.items():
        frame = run.table(name)
        empty = typed(name, [], rows.columns)
        assert frame.dtypes.to_dict() == empty.dtypes.to_dict(), name
        assert str(frame.index.dtype) == str(empty.index.dtype) == DTYPES["time"]
        assert len(frame) == len(rows)
        for column in frame.columns:
            known = [value for value in rows[column] if value is not None and value == value]
            known = [value for value in known if value != ""]
            values = frame[column].dropna().tolist()
            if kind_of(name, column) != "time":
                assert values == known, (name, column)
            assert len(values) == len(known), (name, column)
        times = [iso(None if at is pd.NaT else at.timestamp()) for at in frame.index]
        assert times == [time if isinstance(time, str) else "" for time in rows["time"]], name


def test_what_was_not_measured_is_missing_and_never_zero(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    events = [
        ev.Header(10.0, started_at=10.0, namespace="ns"),
        ev.Pod(10.0, name="p", namespace="ns", phase="Running", role="model"),
        ev.Scrape(12.0, pod="p", running=3),
        ev.PollRound(12.0, pods=1, answered=1),
        ev.Tick(13.0),
    ]
    path.write_bytes(b"".join(encode(event) + b"\n" for event in events))
    run = wvatui.open(str(path))
    (look,) = run.metrics.to_dict("records")
    assert look["running"] == 3
    assert pd.isna(look["waiting"])
    assert pd.isna(look["kv_ratio"])
    assert run.stages.empty
    assert run.summary["replica_seconds"] is None


def test_a_moment_is_the_one_that_the_verb_exports(paused: wvatui.RunFrames) -> None:
    told = csv.DictReader(io.StringIO(verb("export", str(PAUSED), "--at", "5m").out))
    frame = paused.at("5m")
    for row, (_, values) in zip(told, frame.iterrows(), strict=True):
        for column in ("kv_ratio", "running", "ttft_p95_ms", "target", "ready"):
            value = values[column]
            assert float(row[column]) == value if row[column] else pd.isna(value), column
        assert row["pod"] == ("" if pd.isna(values["pod"]) else values["pod"])
        words = {"true": "1", "false": "0"}
        assert words.get(row["saturated"], row["saturated"]) == str(values["saturated"])


def test_explanations_and_alternatives_are_those_of_the_verbs(paused: wvatui.RunFrames) -> None:
    told = json.loads(verb("explain", str(PAUSED), "--summary", "-o", "json").out)
    explained = paused.explain()
    assert len(explained) == told["decisions"]
    assert (explained["verdict"] == "agrees").sum() == told["explained"]
    cycle = json.loads(verb("explain", str(PAUSED), "--at", "5m", "-o", "json").out)
    assert paused.explain("5m")["sentence"] in json.dumps(cycle, ensure_ascii=False)
    asked = ("--replicas", "2", "--loop", "open", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(verb("whatif", str(PAUSED), *asked).out)))
    tried = paused.whatif("replicas 2", loop="open").reset_index()
    assert tried["alternative"].tolist() == [row["alternative"] for row in rows]
    assert tried["cost"].tolist() == [float(row["cost"]) for row in rows]
    checked = json.loads(verb("check", str(PAUSED), "-o", "json").out)["findings"]
    assert paused.findings["title"].tolist() == [row["title"] for row in checked]
    numbers = json.loads(verb("summary", str(PAUSED), "-o", "json").out)
    assert paused.summary["replica_seconds"] == numbers["replica_seconds"]


def test_a_comparison_holds_the_numbers_of_the_verb() -> None:
    one = wvatui.open(RECORDINGS / "hpa-cpu-and-queue.jsonl")
    other = RECORDINGS / "keda-queue.jsonl"
    frame = wvatui.compare([one, other], slo=["ttft_p95=30s"], cost=["5"])
    arguments = ("--slo", "ttft_p95=30s", "--cost", "5", "-o", "csv")
    told = verb("compare", str(one.path), str(other), *arguments)
    assert told.code == 0, told.err
    rows = list(csv.DictReader(io.StringIO(told.out)))
    keys = [(row["key"], row["group"]) for row in rows if not row["stage"] and row["unit"]]
    assert set(keys) <= set(frame.index)
    for row in rows:
        value = frame.loc[(row["key"], row["group"]), "value"]
        assert (row["value"] == "") == bool(pd.isna(value)), row
        assert not row["value"] or float(row["value"]) == value
    by_summary = one.summary["replica_seconds"]
    assert wvatui.compare([one, other], slo="ttft_p95=30s", cost="5").equals(frame)
    whole = wvatui.compare([one, other], whole=True)
    assert whole.loc[("replica_seconds", "hpa"), "value"] == pytest.approx(by_summary)
    with pytest.raises(wvatui.WvatuiError, match="two runs"):
        wvatui.compare([one])
    with pytest.raises(wvatui.WvatuiError, match="group_by='x': known are label"):
        wvatui.compare([one, other], group_by="x")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda run: run.table("nothing"), "there is no table 'nothing'"),
        (lambda run: run.at("99m"), "99m: that is after the end"),
        (lambda run: run.explain("soon"), "'soon' is not a moment"),
        (lambda run: run.whatif("nothing"), "'nothing' is no alternative"),
        (lambda run: run.whatif("replicas 2", model="x"), "there is no such model"),
        (lambda run: wvatui.open("/nowhere/run.jsonl"), "/nowhere/run.jsonl: No such file"),
    ],
)
def test_what_cannot_be_answered_is_one_clear_line(
    paused: wvatui.RunFrames, ask: object, said: str
) -> None:
    with pytest.raises(wvatui.WvatuiError, match=said):
        ask(paused)  # type: ignore[operator]


def test_a_frame_that_is_changed_changes_no_other(paused: wvatui.RunFrames) -> None:
    first = paused.pods
    first["kv_ratio"] = 7.0
    assert paused.pods["kv_ratio"].max() <= 1.0
