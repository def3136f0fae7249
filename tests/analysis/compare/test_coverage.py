"""Coverage: each row is tested with a run that supports it and with one that does not."""

import json
from pathlib import Path

import pytest

from tests.analysis.compare.test_compare import hpa_run
from tests.analysis.runs.made import BEGIN, bundle, written
from tests.analysis.runs.test_open_run import recording
from tests.cli.cli import run
from tests.core.explain.logs import MODEL, START
from tests.core.explain.turned import TURN_S, turned
from tests.fixtures import shared
from wvatui.analysis.compare.coverage import coverage, repeated
from wvatui.analysis.compare.measured import MeasuredRun
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev
from wvatui.recording import Writer


def words(path: Path, repetitions: int | None = None) -> dict[str, tuple[str, str]]:
    opened = open_run(path)
    rows = coverage(MeasuredRun(opened, opened.since, opened.until))
    rows += () if repetitions is None else (repeated(repetitions),)
    return {row.capability: (row.verdict, row.detail) for row in rows}


def test_a_run_of_an_hpa_says_what_it_supports(tmp_path: Path) -> None:
    told = words(hpa_run(tmp_path, "a", ahead_s=0.2), repetitions=1)
    assert told["Start of load known"] == ("PASS", "by jobs")
    assert told["Saturation reached"] == ("PASS", "n=19 of 25 by servers (KV 0.8, queue 5)")
    assert told["Scale-up present"] == ("PASS", "n=1 by spec")
    assert told["Scale-down present"] == ("FAIL", "n=0 by spec")
    assert told["Settled at the end"] == ("PASS", "last change 180 s before the end")
    assert told["Polls dense enough"][0] == "FAIL"
    assert told["Clocks agree"] == ("PASS", "this machine was ahead by 0.2 s")
    assert told["Latencies measured"] == ("PASS", "by servers")
    assert told["Queue of pods seen"] == ("PASS", "max=7")
    assert told["Repetitions for an interval"] == ("FAIL", "n=1: no interval")
    assert words(hpa_run(tmp_path, "b"), repetitions=2)["Repetitions for an interval"][0] == "PASS"


def test_a_sample_counts_as_saturated_by_the_threshold_of_its_time(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    header, *events = turned(0.6, 0.8)
    assert isinstance(header, ev.Header)
    writer = Writer(path, header)
    writer.write(events)
    writer.close("quit")
    steps = "(KV 0.6, queue 5; then KV 0.8, queue 5)"
    assert words(path)["Saturation reached"] == ("PASS", f"n=30 of 122 by servers {steps}")
    opened = open_run(path)
    late = MeasuredRun(opened, opened.since + TURN_S, opened.until)
    (limits,) = late.limits.values()
    assert (late.saturated(), [each.kv for each in limits]) == ({"servers": 0.0}, [0.8])


def test_each_replica_counts_as_saturated_by_the_thresholds_of_its_own_model(
    tmp_path: Path,
) -> None:
    data = {
        "default": "kvCacheThreshold: 0.6",
        "other": "model_id: b/other\nnamespace: ns\nkvCacheThreshold: 0.95",
    }
    where = {"name": "w", "namespace": "ns"}
    header, *events = turned(
        0.6,
        0.6,
        *(ev.Config(START + at, name="saturation", namespace="ns", data=data) for at in (-4, 296)),
        ev.Variant(
            START - 9, **where, source="VariantAutoscaling", model="b/other", target_name="w"
        ),
        ev.Workload(START - 9, kind="Deployment", **where, spec=1, selector={"app": "w"}),
        ev.Pod(
            START - 8, name="w-0", namespace="ns", role="model", ready=True, labels={"app": "w"}
        ),
        *(
            ev.Scrape(START + at, pod="w-0", kv=0.7, waiting=0, running=1)
            for at in range(0, 601, 10)
        ),
    )
    assert isinstance(header, ev.Header)
    writer = Writer(tmp_path / "session.jsonl", header)
    writer.write(events)
    writer.close("quit")
    limits = f"(b/other: KV 0.95, queue 5; {MODEL}: KV 0.6, queue 5)"
    told = words(tmp_path / "session.jsonl")["Saturation reached"]
    assert told == ("PASS", f"n=61 of 183 by servers {limits}")
    value = json.loads(run("coverage", str(tmp_path / "session.jsonl"), "-o", "json").out)
    assert value["saturation_threshold"] is None


def test_what_went_wrong_in_a_run_is_told(tmp_path: Path) -> None:
    def hpa(at: float, most: int) -> ev.Autoscaler:
        return ev.Autoscaler(BEGIN + at, name="h", namespace="ns", target_name="d", max=most)

    path = recording(
        tmp_path,
        ev.Scrape(BEGIN + 1.0, pod="p", running=1),
        hpa(2.0, 4),
        hpa(50.0, 8),
        ev.Gap(BEGIN + 60.0, source="log", since=BEGIN + 40.0, until=BEGIN + 60.0),
        ev.Scrape(BEGIN + 61.0, pod="p", running=1),
        ahead_s=9.0,
    )
    told = words(path)
    assert told["Configuration constant"] == ("FAIL", "Autoscaler h: max")
    assert told["No gap"][0] == "FAIL"
    assert told["Clocks agree"] == ("FAIL", "this machine was ahead by 9.0 s")
    assert told["Failures counted"] == ("FAIL", "no requests were counted")
    assert told["Scale-up present"] == ("NO DATA", "no replicas are known")


def test_the_verb_prints_the_rows_and_gives_them_as_json(tmp_path: Path) -> None:
    path = str(written(tmp_path, bundle()))
    done = run("coverage", path)
    assert done.code == 0
    assert "PASS     Per-request trace present    n=4" in done.out
    value = json.loads(run("coverage", path, "-o", "json").out)
    verdicts = [row["verdict"] for row in value["rows"]]
    assert (value["n_pass"], value["n_fail"]) == (verdicts.count("PASS"), verdicts.count("FAIL"))
    assert set(value["rows"][0]) == {"capability", "verdict", "detail"}


@pytest.mark.parametrize("name", ["run-20260810-080708-371", "run-20260810-092644-320"])
def test_the_recorded_bundles_have_the_coverage_that_their_extractor_wrote(name: str) -> None:
    folder = shared(f"wva-2026/{name}")
    theirs = {
        row["capability"]: row for row in json.loads((folder / "coverage.json").read_text())["rows"]
    }
    ours = words(folder)
    same = ours.keys() & theirs.keys()
    assert len(same) == 5
    assert {name: ours[name][0] for name in same} == {
        name: theirs[name]["verdict"] for name in same
    }
    assert ours["Signal completeness"][1] == theirs["Signal completeness"]["detail"]
    drains = theirs["Scale-down present"]["detail"].removeprefix("drain_events=")
    assert ours["Scale-down present"][1] == f"n={drains} by spec"
    pods = float(theirs["Queue (c) material"]["detail"].removeprefix("max="))
    assert ours["Queue of pods seen"] == ("PASS", f"max={pods:g}")
    # Their FAIL is that of a run without a trace of what the gateway held.
    unknown = theirs["Queue (a) material"]["detail"] == "no demand trace"
    assert ours["Queue of gateway seen"][0] == ("NO DATA" if unknown else "PASS")
