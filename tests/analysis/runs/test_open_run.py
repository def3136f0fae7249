"""Opening runs from recordings, logs, bundles and folders: load window, label, stages."""

import json
from pathlib import Path

import pytest

from tests.analysis.runs.made import BEGIN, bundle, written
from tests.cli.cli import run
from tests.fixtures import shared
from wvatui.analysis.runs.run import LoadWindow, open_run
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.core.queries.pods.polled import polled_session
from wvatui.core.queries.pods.replica_time import replica_time
from wvatui.core.queries.scaling.scaling import gap_windows
from wvatui.errors import RecordingError
from wvatui.recording import Writer


@pytest.mark.parametrize("indent", [None, 2])
def test_a_bundle_is_a_run_with_its_replicas_pods_queue_and_requests(
    tmp_path: Path, indent: int | None
) -> None:
    run = open_run(written(tmp_path, bundle(), indent=indent))
    state = run.state
    assert (run.name, run.label, run.repetition) == (tmp_path.name, "", 0)
    assert run.load == LoadWindow(BEGIN, None)  # it ends 5 s after the last sample
    assert run.until == BEGIN + 600.0
    ran = replica_time(state, run.since, run.until)
    assert (ran.seconds, ran.known_s, ran.most) == (180 + 60 * 2 + 300 * 3 + 60, 600.0, 3)
    [gap] = gap_windows(state)
    assert (gap.since - BEGIN, gap.until - gap.since, gap.lacking) == (120.0, 120.0, 2)
    assert (gap.wanted_by, gap.variant) == ("the spec", "llama-decode")
    assert polled_session(state).kv_peak == 0.9
    assert [len(looks) for looks in run.looks.values()] == [2, 1]
    assert [[look.queue for look in ring] for ring in state.epp.values()] == [[4.0]]
    [[reported]] = state.job_results.values()
    [measured] = reported.report.benchmarks
    assert (measured.ok, measured.failed, measured.until) == (3, 1, BEGIN + 44.0)
    assert (measured.ttft_ms.p50, measured.itl_ms.p99, measured.latency_ms.max) == (200, 13, 3000)
    assert run.notices == ("a check of its own failed: kv within [0,1]",)


@pytest.mark.parametrize(("kept", "count"), [(7, 0), (4, 1)])
def test_37_a_gap_that_is_not_over_at_the_end_is_shown_open(
    tmp_path: Path, kept: int, count: int
) -> None:
    data = bundle()
    data["replicas"] = data["replicas"][:kept]
    path = written(tmp_path, data)
    [gap] = gap_windows(open_run(path).state)
    assert gap.is_open == bool(count)
    told = json.loads(run("summary", str(path), "-o", "json").out)["scaling"]["lacking"]
    assert (told["n"], told["open"]) == (1, count)


def test_a_bundle_may_lack_whatever_it_lacks(tmp_path: Path) -> None:
    data = bundle(meta={"harness_start": "2026-09-01T00:00:00"}, requests=[], pods={}, system=None)
    run = open_run(written(tmp_path, data))
    assert run.load == LoadWindow(BEGIN, BEGIN + 600.0, known_by="nothing")
    assert run.looks == {}
    assert polled_session(run.state).kv_peak is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"meta": {"run": "x"}, "replicas": [', "cannot be read"),
        ('{"meta": {"run": "x"}, "replicas": []}', "neither replicas nor pods"),
        ('{"meta": [], "replicas": {}, "pods": 3}', "neither replicas nor pods"),
    ],
)
def test_a_bundle_that_says_nothing_is_refused_in_a_line(
    tmp_path: Path, content: str, words: str
) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(content)
    with pytest.raises(RecordingError, match=words):
        open_run(path)


def job(at: float, name: str, begins: float, lasts: float, status: str = "running") -> ev.Job:
    return ev.Job(
        BEGIN + at,
        name=name,
        namespace="ns",
        status=status,
        started_at=BEGIN + begins,
        stages=(ev.Stage(0.0, lasts, 2.0),),
    )


def recording(folder: Path, *events: ev.Event, name: str = "session.jsonl", **head: object) -> Path:
    path = folder / name
    header = ev.Header(BEGIN, started_at=BEGIN, namespace="ns", **head)  # type: ignore[arg-type]
    writer = Writer(path, header)
    writer.write([*events, ev.Tick(BEGIN + 300.0)])
    writer.close("quit")
    return path


def test_load_begins_behind_the_warm_up_and_ends_with_the_last_stage(tmp_path: Path) -> None:
    warm, real = job(1.0, "sharegpt-warmup", 10.0, 20.0), job(2.0, "high-20", 40.0, 60.0)
    recording(tmp_path, warm, real, label="wva", repetition=2)
    run = open_run(tmp_path)
    assert (run.label, run.repetition, run.path.name) == ("wva", 2, "session.jsonl")
    assert run.load == LoadWindow(BEGIN + 40.0, BEGIN + 100.0, warm_up_s=30.0)
    assert run.since == BEGIN + 40.0
    assert [stage.titles for stage in run.stages] == [("sharegpt-warmup",), ("high-20",)]


def test_without_a_load_job_load_begins_with_the_first_request_of_a_server(tmp_path: Path) -> None:
    looks = [
        ev.Scrape(BEGIN + at, pod="p", running=running)
        for at, running in ((10.0, 0), (20.0, 3), (30.0, 1), (40.0, 0))
    ]
    run = open_run(str(recording(tmp_path, *looks, autoscaler="hpa")))
    assert run.load == LoadWindow(BEGIN + 20.0, BEGIN + 30.0, known_by="servers")
    assert run.label == "hpa"


def test_a_folder_with_one_recording_in_parts_is_that_recording(tmp_path: Path) -> None:
    ends = {"a.jsonl": "a.2.jsonl", "a.2.jsonl": ""}
    for part, (name, following) in enumerate(ends.items(), 1):
        lines = [
            ev.Header(BEGIN, session="s", part=part, previous="a.jsonl" if part > 1 else ""),
            ev.Mark(BEGIN + part, note=name),
            ev.Footer(BEGIN + 2 * part, next=following),
        ]
        (tmp_path / name).write_bytes(b"".join(encode(line) + b"\n" for line in lines))
    opened = open_run(tmp_path)
    assert opened.path.name == "a.jsonl"
    assert [mark.note for mark in opened.state.marks] == list(ends)
    done = run("summary", str(tmp_path))
    assert (done.code, "goes on" in done.err) == (0, False)
    recording(tmp_path, name="other.jsonl")
    with pytest.raises(RecordingError, match="a folder with 2 recordings"):
        open_run(tmp_path)


def test_what_if_says_what_a_bundle_lacks_for_it(tmp_path: Path) -> None:
    done = run("whatif", str(written(tmp_path, bundle())), "--replicas", "2")
    assert done.code == 4
    assert "neither the pods of each variant nor a controller's cycles are in it" in done.err


def test_a_folder_is_opened_by_its_recording_and_refused_without_one(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="without a recording"):
        open_run(tmp_path)
    (tmp_path / "metrics.csv").write_text("timestamp\n")
    recording(tmp_path, name="a.jsonl")
    assert open_run(tmp_path).path.name == "a.jsonl"
    recording(tmp_path, name="b.jsonl")
    with pytest.raises(RecordingError, match="2 recordings"):
        open_run(tmp_path)


def test_a_log_of_several_namespaces_is_no_run_until_one_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "controller.log"
    path.write_text(
        "".join(
            json.dumps(
                {
                    "level": "info",
                    "ts": BEGIN + at,
                    "msg": "scaling-decision",
                    "modelID": "m",
                    "namespace": namespace,
                    "decisions": [{"name": "v", "curr": 1, "tgt": 2, "action": "scale-up"}],
                }
            )
            + "\n"
            for at, namespace in ((0.0, "a"), (1.0, "b"))
        )
    )
    with pytest.raises(RecordingError, match="speaks of a, b"):
        open_run(path)
    assert open_run(path, namespace="b").load.known_by == "nothing"


def test_37_gap_windows_of_the_recorded_bundles_are_those_that_were_measured_by_hand() -> None:
    """`test_37_and_38` in test_compare.py checks the loaded run's, with its boots."""
    whole = open_run(shared("wva-2026/run-20260810-080708-371"))
    windows = gap_windows(whole.state)
    assert [(gap.since - whole.load.since, gap.until - gap.since) for gap in windows] == [
        (458, 346)
    ]
    dwell = open_run(shared("wva-2026/run-20260810-092644-320/bundle.json"))
    lengths = [gap.until - gap.since for gap in reversed(gap_windows(dwell.state))]
    assert lengths == [341, 95, 85, 63, 94]


def test_38_replicas_of_the_recorded_bundle_are_weighted_by_time() -> None:
    run = open_run(shared("wva-2026/run-20260810-080708-371"))
    ran = replica_time(run.state, run.since, run.until)
    assert (ran.seconds, ran.most) == (2910.0, 8)
    assert ran.mean == pytest.approx(2.2558, abs=1e-4)
    [ring] = run.state.ladder.values()
    assert max(rung.spec or 0 for rung in ring) == 9


def test_a_folder_of_the_older_scripts_is_a_run_of_its_log() -> None:
    run = open_run(shared("wva-experiments-2025/capacity-based-high-parallel-20251128-145238"))
    assert run.name.startswith("capacity-based-high-parallel")
    assert run.until - run.since == pytest.approx(1232, abs=1)


def test_a_run_in_the_working_folder_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording(tmp_path, ev.Tick(BEGIN + 1.0))
    monkeypatch.chdir(tmp_path)
    assert open_run(".").name == tmp_path.name
