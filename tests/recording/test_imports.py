"""Files of other tools open as sessions, with what they contain and nothing else."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run as cli
from tests.core.results.forms import FORMS, lifecycle
from tests.fixtures import shared
from tests.recording.saved import (
    HARNESS,
    HPA_CSV,
    HPA_EVENTS,
    HPA_HEAD,
    HPA_META,
    POD,
    SNAPSHOTS,
    T0,
    answer,
    engine,
    objects,
    page,
    series,
)
from wvatui.analysis.load_results import results
from wvatui.analysis.runs.run import open_run
from wvatui.core import events as ev
from wvatui.core.decisions.scalers.followed import scaling_decisions
from wvatui.core.fold.fold import fold
from wvatui.core.state.state import EMPTY, State
from wvatui.errors import RecordingError
from wvatui.recording import open_recording
from wvatui.recording.imports.source import ImportSource

STEPS = [15.0 * n for n in range(13)]


def put(folder: Path, files: dict[str, Any]) -> Path:
    """Write `files` into `folder`; values that are no text are written as JSON."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return folder


def opened(path: Path) -> tuple[Sequence[ev.Event], State, list[str]]:
    reader = open_recording(path)
    events = list(reader.events())
    return events, fold(EMPTY, events), reader.notices


def of(kind: type[Any], events: Iterable[ev.Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


# --- saved answers of Prometheus


def test_saved_series_are_looks_with_counters_and_whole_histograms(tmp_path: Path) -> None:
    path = put(tmp_path, {"a.json": answer(*engine("aaaaa", STEPS))}) / "a.json"
    events, state, notices = opened(path)
    looks = of(ev.Scrape, events)
    assert [round(look.at - T0) for look in looks] == [round(at) for at in STEPS]
    assert (looks[3].pod, looks[3].kv, looks[3].waiting) == (f"{POD}aaaaa", pytest.approx(0.15), 3)
    assert looks[3].success == {"stop": 3}
    assert json.loads(bytes(looks[4].ttft)) == [0, 0.8, 0, 4, 0]
    assert state.header is not None
    assert (state.header.imported, state.header.namespace) == ("a.json", "ns")
    assert state.header.interval_s == 15.0
    assert state.watched[f"{POD}aaaaa"].engine is not None
    assert notices == []


def test_a_gap_of_the_series_stays_a_gap(tmp_path: Path) -> None:
    there = [at for at in STEPS if not 45 <= at <= 105]
    path = put(tmp_path, {"a.json": answer(*engine("aaaaa", there))}) / "a.json"
    looks = of(ev.Scrape, opened(path)[0])
    assert [round(look.at - T0) for look in looks] == [0, 15, 30, 120, 135, 150, 165, 180]


def test_series_of_several_files_with_other_begins_are_one_look(tmp_path: Path) -> None:
    kv, *others = engine("aaaaa", STEPS)
    late = [{**s, "values": [[t + 4.0, v] for t, v in s["values"]]} for s in others]
    folder = put(tmp_path / "ranges", {"kv.json": answer(kv), "rest.json": answer(*late)})
    looks = of(ev.Scrape, opened(folder)[0])
    assert len(looks) == len(STEPS)
    assert all(look.kv is not None and look.waiting is not None for look in looks)


def test_series_half_a_step_apart_are_looks_of_their_own_each(tmp_path: Path) -> None:
    kv, *others = engine("aaaaa", STEPS)
    late = [{**s, "values": [[t + 7.5, v] for t, v in s["values"]]} for s in others]
    looks = of(ev.Scrape, opened(put(tmp_path, {"a.json": answer(kv, *late)}) / "a.json")[0])
    assert [look.waiting for look in looks] == [None, *range(13)]


@pytest.mark.parametrize("label", ["prometheus_replica", "job", ""])
def test_a_series_that_was_saved_twice_counts_once(tmp_path: Path, label: str) -> None:
    own = engine("aaaaa", STEPS)
    restarts = series(
        "kube_pod_container_status_restarts_total",
        {"exported_pod": f"{POD}aaaaa", "container": "vllm"},
        [(at, 2) for at in STEPS],
    )
    again = [{**s, "metric": s["metric"] | ({label: "b"} if label else {})} for s in own]
    files = {"a.json": answer(*own, restarts), "b.json": answer(*again, restarts)}
    events = opened(put(tmp_path / "ranges", files))[0]
    assert [look.waiting for look in of(ev.Scrape, events)] == list(range(13))
    assert of(ev.Scrape, events)[4].success == {"stop": 4}
    assert [pod.restarts for pod in of(ev.Pod, events)] == [2]


def test_of_two_replicas_of_prometheus_a_look_has_the_time_of_its_numbers(tmp_path: Path) -> None:
    def by(replica: str, times: list[float]) -> Any:
        own = {"pod": f"{POD}aaaaa", "prometheus_replica": replica}
        return series("vllm:num_requests_waiting", own, [(at, round(at)) for at in times])

    first = [15.0 * n for n in range(20) if not 6 < n < 10]
    made = answer(by("a", first), by("b", [7.0 + 15.0 * n for n in range(20)]))
    looks = of(ev.Scrape, opened(put(tmp_path, {"a.json": made}) / "a.json")[0])
    assert {look.waiting == round(look.at - T0) for look in looks} == {True}
    assert len(looks) == 20


def test_two_engines_of_one_host_without_pods_are_two(tmp_path: Path) -> None:
    made = []
    for port in (8000, 8001):
        for each in engine("aaaaa", STEPS):
            labels = {k: v for k, v in each["metric"].items() if k != "pod"}
            made.append({**each, "metric": labels | {"instance": f"localhost:{port}"}})
    looks = of(ev.Scrape, opened(put(tmp_path, {"a.json": answer(*made)}) / "a.json")[0])
    assert {look.pod for look in looks} == {"localhost:8000", "localhost:8001"}
    assert max(look.waiting for look in looks) == 12


@pytest.mark.parametrize("values", [[], ["NaN"], ["+Inf"], ["1e300"]])
def test_samples_of_objects_that_are_no_numbers_are_left_out(
    tmp_path: Path, values: list[str]
) -> None:
    points = [(float(n), value) for n, value in enumerate(values)]
    odd = [
        series("kube_pod_status_ready", {"pod": f"{POD}bbbbb", "condition": "true"}, points),
        series("kube_pod_created", {"pod": f"{POD}bbbbb"}, points),
        series("kube_pod_status_ready_time", {"pod": f"{POD}bbbbb"}, points),
        series("kube_deployment_spec_replicas", {"deployment": "llama"}, points),
        series(
            "kube_pod_container_status_restarts_total",
            {"exported_pod": f"{POD}bbbbb", "container": "vllm"},
            points,
        ),
    ]
    path = put(tmp_path, {"a.json": answer(*engine("aaaaa", STEPS), *odd)}) / "a.json"
    assert all(each.spec is None for each in of(ev.Workload, opened(path)[0]))
    pods = of(ev.Pod, opened(path)[0])
    assert all((each.created_at, each.ready_at, each.restarts) == (None, None, 0) for each in pods)


@pytest.mark.parametrize("form", ["list", "by name", "lines", "packed"])
def test_several_answers_in_one_file_are_read(tmp_path: Path, form: str) -> None:
    parts = [answer(each) for each in engine("aaaaa", STEPS)]
    path = tmp_path / "ranges.json"
    text = {
        "list": json.dumps(parts),
        "by name": json.dumps({f"query {n}": part for n, part in enumerate(parts)}),
        "lines": "".join(json.dumps(part) + "\n" for part in parts),
    }.get(form, "")
    path.write_text(text)
    if form == "packed":
        path = archive(tmp_path, {f"{n}.json": json.dumps(p) for n, p in enumerate(parts)})
    looks = of(ev.Scrape, opened(path)[0])
    assert [look.waiting for look in looks] == list(range(13))


def archive(folder: Path, files: dict[str, str]) -> Path:
    """Write a compressed archive of `files`."""
    path = folder / "run.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            entry.mtime = int(T0)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_what_exporters_tell_becomes_the_objects_that_it_is_about(tmp_path: Path) -> None:
    made = answer(*engine("aaaaa", STEPS), *objects(STEPS))
    run = open_run(put(tmp_path, {"a.json": made}) / "a.json")
    ladder = [
        (round(s.at - T0), s.desired, s.spec, s.ready) for s in run.state.ladder["ns", "llama"]
    ]
    assert [step for step in ladder if step[0] in (0, 45, 60, 120)] == [
        (0, 1, 1, 1),
        (45, 3, 1, 1),
        (60, 3, 3, 1),
        (120, 3, 3, 3),
    ]
    (hpa,) = run.state.hpas.values()
    assert (hpa.max, hpa.target_name) == (5, "llama")
    variant = run.state.variants["VariantAutoscaling", "ns", "llama"]
    assert (variant.desired, variant.accelerator) == (3, "H100")
    assert f"{POD}bbbbb" in run.state.pods
    assert not any("coredns" in name for name in run.state.pods)


def test_how_long_a_pod_took_to_become_ready_is_known_between_scrapes(tmp_path: Path) -> None:
    own = {"exported_pod": f"{POD}bbbbb", "pod": "ksm-0"}
    made = [
        series("kube_pod_created", own, [(at, T0 + 20.0) for at in STEPS[2:]]),
        series("kube_pod_status_ready", own | {"condition": "true"}, [(at, 1) for at in STEPS[5:]]),
        series("kube_pod_status_scheduled_time", own, [(at, T0 + 21.0) for at in STEPS[2:]]),
        series("kube_pod_status_ready_time", own, [(at, T0 + 62.0) for at in STEPS[5:]]),
    ]
    path = put(tmp_path, {"a.json": answer(*engine("bbbbb", STEPS), *made)}) / "a.json"
    state = opened(path)[1]
    boot = state.lifecycles[f"{POD}bbbbb"]
    assert (boot.created_at, boot.scheduled_at, boot.ready_at) == (T0 + 20, T0 + 21, T0 + 62)


@pytest.mark.parametrize(("current", "by"), [(1, "hpa"), (3, "hpa"), (None, "hand")])
def test_a_change_between_two_scrapes_is_of_the_hpa_that_wanted_it(
    tmp_path: Path, current: int | None, by: str
) -> None:
    """`current`: `currentReplicas` of the HPA at the scrape that shows the change; None: the HPA
    never wanted another size."""
    hpa = {"horizontalpodautoscaler": "llama-hpa", "pod": "ksm-0"}
    scaled = {"scaletargetref_kind": "Deployment", "scaletargetref_name": "llama"}
    status = "kube_horizontalpodautoscaler_status"

    def stepped(name: str, after: int, labels: dict[str, str] = hpa) -> Any:
        return series(name, labels, [(at, 1 if at < 60 else after) for at in STEPS])

    made = [
        stepped("kube_deployment_spec_replicas", 3, {"deployment": "llama", "pod": "ksm-0"}),
        stepped("kube_horizontalpodautoscaler_info", 1, hpa | scaled),
        stepped("kube_horizontalpodautoscaler_spec_max_replicas", 1),
        stepped(f"{status}_current_replicas", current or 1),
        stepped(f"{status}_desired_replicas", 3 if current else 1),
    ]
    path = put(tmp_path, {"a.json": answer(*engine("aaaaa", STEPS), *made)}) / "a.json"
    numbers = json.loads(cli("summary", str(path), "-o", "json").out)
    assert numbers["changes_by"] == {by: {"up": 1, "down": 0}}
    words = f"1 up, 0 down, {'by hand' if by == 'hand' else 'by HPA'}\n"
    assert words in cli("summary", str(path)).out
    assert "InvalidMetricSourceType" not in cli("explain", str(path)).out


def test_an_endpoint_picker_is_no_replica_of_a_model(tmp_path: Path) -> None:
    picker = {"pod": "pool-epp-5f7c-x2x2x"}
    waiting = series("llm_d_epp_average_queue_size", picker, [(at, 1) for at in STEPS])
    own = {"deployment": "pool-epp", "pod": "ksm-0"}
    ready = series("kube_deployment_status_replicas_ready", own, [(at, 1) for at in STEPS])
    up = series(
        "kube_pod_status_ready",
        {"exported_pod": "pool-epp-5f7c-x2x2x", "pod": "ksm-0", "condition": "true"},
        [(at, 1) for at in STEPS],
    )
    made = answer(*engine("aaaaa", STEPS), *objects(STEPS), waiting, ready, up)
    events, state, notices = opened(put(tmp_path, {"a.json": made}) / "a.json")
    assert {work.name for work in of(ev.Workload, events)} == {"llama"}
    assert set(state.pods) == {f"{POD}aaaaa", f"{POD}bbbbb"}
    assert len(of(ev.Epp, events)) == len(STEPS)
    assert notices == ["1 workload serves no model: left out: pool-epp"]


def test_a_workload_of_which_no_engine_tells_is_kept_where_none_is_known(tmp_path: Path) -> None:
    own = {"deployment": "llama", "pod": "ksm-0"}
    ready = series("kube_deployment_status_replicas_ready", own, [(at, 1) for at in STEPS])
    nameless = engine("aaaaa", STEPS)
    for each in nameless:
        del each["metric"]["pod"]
    made = answer(*nameless, ready)
    events, _, notices = opened(put(tmp_path, {"a.json": made}) / "a.json")
    assert {work.name for work in of(ev.Workload, events)} == {"llama"}
    assert notices == []


def test_labels_of_any_text_are_read_as_they_are(tmp_path: Path) -> None:
    name = 'modèle "q" \\ \n\t'
    made = answer(*engine("aaaaa", STEPS)) | {"warnings": None}
    for each in made["data"]["result"]:
        each["metric"] = {"k8s.pod.name": "x"} | each["metric"] | {"model_name": name}
    events = opened(put(tmp_path, {"a.json": made}) / "a.json")[0]
    assert {each.model for each in of(ev.Engine, events)} == {name}
    assert {look.ttft is None for look in of(ev.Scrape, events)} == {False}


def test_results_of_functions_and_metrics_that_are_not_read_are_told(tmp_path: Path) -> None:
    rate = {"metric": {"pod": "x"}, "values": [[T0, "1"]]}
    made = answer(*engine("aaaaa", STEPS), rate, series("go_goroutines", {}, [(0, 7)]))
    notices = opened(put(tmp_path, {"a.json": made}) / "a.json")[2]
    assert notices == [
        "1 series has no metric's name, as results of functions have none, or no readable time:"
        " left out",
        "1 metric is not read: go_goroutines",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"status":"error","errorType":"x","error":"query\\ntimed out","data":{"resultType":'
            '"matrix"}}',
            "Prometheus refused: query",
        ),
        ('{"status":"success","data":{"resultType":"matrix","result":[{"metric":', "not a whole"),
        ('{"status":"success","data":{"resultType":"matrix","result":7}}', "not an answer"),
        ('{"status":"success","data":{"resultType":"matrix","result":[]}}', "nothing in it has"),
        (
            '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":'
            '"vllm:x"},"values":[[1e999,"1"]]}]}}',
            "nothing in it has a time|not an answer",
        ),
    ],
)
def test_a_damaged_answer_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = put(tmp_path, {"a.json": text}) / "a.json"
    with pytest.raises(RecordingError, match=words) as refused:
        opened(path)
    assert "\n" not in refused.value.message


# --- metrics pages


def test_saved_pages_are_looks_at_their_times(tmp_path: Path) -> None:
    files = {
        "metrics/raw/a-1_x.log": page(1, 0),
        "metrics/raw/a-1_y.log": page(2, 15),
        "metrics/raw/b-2_1764000030_metrics.log": page(3, 0, stamped=False),
        "metrics/raw/c-3_1764000045_metrics.log": "# Timestamp: 2025-11-24T16:00:45Z\n# Pod: c-3\n",
        "notes.txt": "not a page",
    }
    events, _, notices = opened(put(tmp_path / "run", files))
    looks = [(s.pod, round(s.at - T0), s.running) for s in of(ev.Scrape, events)]
    assert looks == [("a-1", 0, 1), ("a-1", 15, 2), ("b-2", 30, 3)]
    (starting,) = of(ev.ScrapeFailure, events)
    assert (starting.pod, starting.why, starting.at) == ("c-3", "starting", T0 + 45)
    assert notices == []
    packed = archive(tmp_path, files)
    assert of(ev.Scrape, opened(packed)[0]) == of(ev.Scrape, events)


def test_a_saved_page_may_quote_its_names_as_prometheus_3_does(tmp_path: Path) -> None:
    name = '{"vllm:num_requests_running","k8s.pod"="x","model_name"="llama"}'
    stamp, pod = "# Timestamp: 2025-11-24T16:00:00Z\n", "# Pod: a-1\n"
    files = {"x.log": f"{stamp}{pod}{name} 4\n", "y.prom": f"{name} 4\n"}
    events, _, _ = opened(put(tmp_path / "run", files))
    assert [look.running for look in of(ev.Scrape, events)] == [4, 4]
    assert {engine.model for engine in of(ev.Engine, events)} == {"llama"}
    assert of(ev.ScrapeFailure, events) == []


def test_a_page_without_a_time_has_that_of_its_file_and_says_so(tmp_path: Path) -> None:
    path = archive(tmp_path, {"pod-7.prom": page(4, 0, stamped=False)})
    events, _, notices = opened(path)
    assert [(s.pod, s.at) for s in of(ev.Scrape, events)] == [("pod-7", T0)]
    assert notices == ["pod-7.prom: without a time: that at which the file was written is taken"]


@pytest.mark.parametrize(
    ("stamp", "at", "is_told"),
    [
        ("2025-11-24T18:00:00.5+02:00", 0.5, False),
        ("2025-11-24 18:00:00,250 +0200", 0.25, False),
        ("2025-11-24T16:00:00", 0.0, True),
        ("0001-01-01T00:00:00Z", 30.0, False),
    ],
)
def test_a_page_has_the_time_of_its_first_lines_in_their_zone(
    tmp_path: Path, stamp: str, at: float, is_told: bool
) -> None:
    text = f"# Timestamp: {stamp}\n# Pod: a\x1b-1\n{page(1, 0, stamped=False)}"
    path = put(tmp_path, {"p_1764000030.log": text}) / "p_1764000030.log"
    events, _, notices = opened(path)
    assert [(look.pod, look.at - T0) for look in of(ev.Scrape, events)] == [("a␛-1", at)]
    assert any("taken for UTC" in notice for notice in notices) is is_told


# --- runs of the HPA experiments


def hpa_run(folder: Path) -> Path:
    files = {"metrics.csv": HPA_CSV, "scaling-events.log": HPA_EVENTS, "metadata.json": HPA_META}
    return put(folder / "hpa-run", files)


def test_an_hpa_run_opens_with_its_replicas_wishes_and_metrics(tmp_path: Path) -> None:
    run = open_run(hpa_run(tmp_path))
    rungs = [
        (round(s.at - T0), s.desired, s.ready, s.current) for s in run.state.ladder["ns", "llama"]
    ]
    assert rungs == [(0, 1, None, 1), (21, 3, None, 1), (42, 3, None, 3), (63, 2, None, 3)]
    assert run.label == "hpa"
    assert run.notices == (
        "times without a zone are taken for UTC (`wvatui import --tz ZONE`: another one)",
        "1 of 4 values of num_requests_waiting is left out: 60250 is 60250m of which the monitor"
        " drops the unit",
    )
    looks = [look.hpa.metrics for look in run.state.hpa_looks["ns", "llama-hpa"]]
    waiting, kv = zip(*looks, strict=True)
    assert [m.current for m in waiting] == [0.0, 60.0, None, 0.5]
    assert [(m.target, m.current) for m in kv] == [(0.5, 0.1), (0.5, 0.7), (0.5, None), (0.5, 0.2)]
    assert [notice.code for notice in run.state.notices].count("scale-up") == 1
    told = [decision.sentence for decision in scaling_decisions(run.state)]
    assert told
    assert all("current and the desired replicas of one status" in text for text in told)


def test_two_hpa_runs_are_of_their_own_workloads(tmp_path: Path) -> None:
    other = HPA_META.replace("llama", "qwen")
    folder = put(
        tmp_path / "runs",
        {
            "a/metrics.csv": HPA_CSV,
            "a/metadata.json": HPA_META,
            "b/metrics.csv": HPA_CSV.replace(" 16:", " 18:"),
            "b/metadata.json": other,
        },
    )
    sights = of(ev.Autoscaler, opened(folder)[0])
    assert [(s.name, s.target_name, s.at < T0 + 3600.0) for s in sights] == [
        *[("llama-hpa", "llama", True)] * 4,
        *[("qwen-hpa", "qwen", False)] * 4,
    ]


def test_an_hpa_run_says_nothing_of_latencies_that_were_not_read(tmp_path: Path) -> None:
    done = cli("summary", str(hpa_run(tmp_path)), "-o", "json")
    numbers = json.loads(done.out)
    assert (done.code, numbers["changes_by"]) == (0, {"hpa": {"up": 1, "down": 1}})
    assert (numbers["replicas_max"], numbers["replicas_by"]) == (3, "scaler")
    assert [numbers[f"{n}_p99_ms"] for n in ("ttft", "itl", "e2e")] == [None] * 3
    assert done.err.count("are taken for UTC") == 1


def test_41_the_recorded_hpa_run_gives_its_samples_and_changes() -> None:
    folder = shared("hpa-runs-2025/moderate-load-hpa-20251124-161753")
    events, _, notices = opened(folder)
    assert sum("taken for UTC" in notice for notice in notices) == 1
    assert notices[0].startswith("times without a zone")
    sights = of(ev.Autoscaler, events)
    assert (len(sights), max(sight.current for sight in sights)) == (47, 10)
    waiting, kv = zip(*(sight.metrics for sight in sights), strict=True)
    assert sum((m.current or 0) > 20 for m in waiting) == 4
    assert sum((m.current or 0) > 0.5 for m in kv) == 8
    codes = [notice.code for notice in of(ev.Notice, events)]
    assert (codes.count("scale-up"), codes.count("scale-down")) == (1, 7)


def test_a_time_of_no_century_is_left_out_and_told(tmp_path: Path) -> None:
    rows = "1764000000,1,1,0\n1764000021000,1,3,60\n"
    text = HPA_HEAD.replace("timestamp", "epoch") + rows
    events, _, notices = opened(put(tmp_path, {"m.csv": text}) / "m.csv")
    assert [sight.at for sight in of(ev.Autoscaler, events)] == [T0]
    assert "1 time is not of 1970 to 2099: left out" in notices


@pytest.mark.parametrize("name", ["metrics.csv", "scaling-events.log"])
def test_a_damaged_row_of_an_hpa_run_costs_only_itself(tmp_path: Path, name: str) -> None:
    folder = hpa_run(tmp_path)
    path = folder / name
    path.write_text(path.read_text() + "2025-99-99 16:09:00,x,y,,,,,,,,\n[never] SCALE UP\n\x00")
    assert len(of(ev.Autoscaler, opened(folder)[0])) == 4


# --- a benchmark's folder, reports


def test_a_harness_folder_is_one_run_with_its_load_replicas_and_pages(tmp_path: Path) -> None:
    stage = lifecycle()
    folder = put(
        tmp_path / "results",
        {
            "run_metadata.yaml": HARNESS,
            "stage_0_lifecycle_metrics.json": stage,
            "stage_1_lifecycle_metrics.json": stage,
            "summary_lifecycle_metrics.json": stage,
            "benchmark_report_v0.2,_stage_0.yaml": FORMS["benchmark report 0.2"].text,
            "metrics/processed/replica_status_timeseries.json": SNAPSHOTS,
            f"metrics/raw/{POD}aaaaa_1764000015_metrics.log": page(2, 15, stamped=False),
        },
    )
    run = open_run(folder)
    (job,) = run.state.jobs.values()
    assert (job.title, job.model, job.tool, job.namespace) == (
        "stairs",
        "llama",
        "inference-perf",
        "ns",
    )
    assert (job.started_at, job.ended_at) == (T0, T0 + 120.0)
    assert [row["stage"] for row in results(run.state)] == ["stage 0 5/s", "stage 1 5/s"]
    assert all(row["since"] is None for row in results(run.state))
    rungs = [(round(s.at - T0), s.spec, s.ready) for s in run.state.ladder["ns", "llama"]]
    assert rungs[-1] == (120, 2, 2)
    assert [round(look.at - T0) for look in run.looks[f"{POD}aaaaa"]] == [15]
    assert any("says what the tool's own report says" in notice for notice in run.notices)


def test_each_of_several_runs_has_the_time_and_the_model_of_its_own_harness(tmp_path: Path) -> None:
    of_b = HARNESS.replace("T16", "T18").replace("llama", "other")
    report = json.loads(FORMS["vLLM, JSON"].text) | {"model_id": None}
    files = {"a/run_metadata.yaml": HARNESS, "a/r.json": report, "b/run_metadata.yaml": of_b}
    folder = put(tmp_path / "runs", files | {"b/deep/r.json": report, "c/r.json": report})
    _, state, notices = opened(folder)
    jobs = [(j.name, j.model, round((j.started_at or 0.0) - T0)) for j in state.jobs.values()]
    assert jobs[:2] == [("r", "llama", 0), ("b/deep/r", "other", 7200)]
    assert jobs[2][0] == "c/r"
    assert jobs[2][2] > 7200
    assert [notice.partition("when it ran: ")[2] for notice in notices] == [
        "the time that the harness names is taken",
        "the time at which the file was written is taken as its end",
    ]


def test_a_benchmark_report_of_another_run_is_kept(tmp_path: Path) -> None:
    files = {
        "a/r.json": FORMS["vLLM, JSON"].text,
        "b/benchmark_report.yaml": FORMS["benchmark report 0.2"].text,
    }
    _, state, notices = opened(put(tmp_path / "runs", files))
    assert {job.name for job in state.jobs.values()} == {"r", "benchmark_report"}
    assert not any("left out" in notice for notice in notices)


@pytest.mark.parametrize("packed", [False, True])
def test_runs_of_one_name_that_are_imported_together_stay_apart(
    tmp_path: Path, packed: bool
) -> None:
    sources = []
    for ok, place in ((90, "x"), (7, "y")):
        stage = lifecycle()
        stage["successes"]["count"] = ok
        (tmp_path / place).mkdir()
        files = {f"run/stage_{n}_lifecycle_metrics.json": json.dumps(stage) for n in (0, 1)}
        put(tmp_path / place, files)
        sources.append(archive(tmp_path / place, files) if packed else tmp_path / place / "run")
    output = tmp_path / "both.jsonl"
    assert cli("import", *map(str, sources), "-o", str(output)).code == 0
    assert sorted(row["ok"] for row in results(opened(output)[1])) == [7, 7, 90, 90]


def test_a_packed_file_of_a_folder_that_is_cut_off_is_told(tmp_path: Path) -> None:
    folder = hpa_run(tmp_path)
    rows = "".join(f"2025-11-24 17:{n // 60:02d}:{n % 60:02d},1,{n % 3},{n}\n" for n in range(3600))
    (folder / "metrics.csv").unlink()
    packed = gzip.compress((HPA_HEAD + rows).encode())
    (folder / "metrics.csv.gz").write_bytes(packed[: len(packed) // 2])
    events, _, notices = opened(folder)
    assert 0 < len(of(ev.Autoscaler, events)) < 3600
    assert "metrics.csv.gz: the compressed file is cut off, read up to there" in notices


def test_a_folder_of_archives_opens(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    archive(tmp_path / "runs", {"r.json": FORMS["vLLM, JSON"].text})
    assert [row["ok"] for row in results(opened(tmp_path / "runs")[1])] == [90]


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_report_opens_as_load_and_result(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, {"report": FORMS[name].text}) / "report"
    _, state, notices = opened(path)
    rows = results(state)
    wants = {k: v for k, v in FORMS[name].wants.items() if not k.startswith(("since", "until"))}
    told = {k: v["mean"] if isinstance(v := rows[0].get(k), dict) else v for k in wants}
    wants.pop("concurrency_max", None), wants.pop("concurrency", None)
    assert {k: told[k] for k in wants} == pytest.approx(wants)
    is_dated = any(b.since for r in state.job_results.values() for b in r[-1].report.benchmarks)
    assert any("does not say when it ran" in notice for notice in notices) is not is_dated


def test_summary_tells_a_report_in_numbers(tmp_path: Path) -> None:
    path = put(tmp_path, {"r.json": FORMS["inference-perf, JSON"].text}) / "r.json"
    done = cli("summary", str(path), "-o", "json")
    (row,) = json.loads(done.out)["results"]
    assert (done.code, row["ok"], row["failed"], row["in_flight"]) == (0, 90, 10, 6.75)
    assert row["ttft_ms"]["mean"] == 35.5
    text = cli("summary", str(path)).out
    assert "90/10    20.0    4.5      6.75" in text
    assert "wording" not in text


def test_a_report_that_is_cut_off_ends_with_code_4(tmp_path: Path) -> None:
    text = FORMS["inference-perf, JSON"].text
    path = put(tmp_path, {"r.json": text[: len(text) // 2]}) / "r.json"
    done = cli("summary", str(path))
    assert (done.code, done.out) == (4, "")
    assert "r.json: not whole JSON" in done.err
    assert done.err.count("\n") == 1


# --- the verb


def test_import_writes_a_recording_that_opens_alike(tmp_path: Path) -> None:
    folder, output = hpa_run(tmp_path), tmp_path / "out.jsonl"
    done = cli("import", str(folder), "-o", str(output), "--tz", "+01:00", "--label", "mine")
    assert (done.code, done.out) == (0, "")
    assert "taken for UTC" not in done.err
    events, state, notices = opened(output)
    assert notices == []
    assert state.header is not None
    assert (state.header.label, state.header.imported) == ("mine", "hpa-run")
    assert of(ev.Autoscaler, events)[0].at == T0 - 3600.0
    made_of = of(ev.Notice, events)[0]
    assert made_of.text.startswith("imported from hpa-run: file of an HPA run: metadata.json")
    again = cli("import", str(folder), "-o", str(output))
    assert again.code == 2
    assert "out.jsonl" in again.err


def test_import_takes_several_files_and_only_the_kind_that_is_named(tmp_path: Path) -> None:
    put(tmp_path, {"a.json": answer(*engine("aaaaa", STEPS)), "p_1764000000.prom": page(1, 0)})
    names = [str(tmp_path / "a.json"), str(tmp_path / "p_1764000000.prom")]
    for kind, pods in ((), {f"{POD}aaaaa", "a-1"}), (("pages",), {"a-1"}):
        output = tmp_path / f"{len(pods)}.jsonl"
        assert cli("import", *kind, *names, "-o", str(output)).code == 0
        assert {look.pod for look in of(ev.Scrape, opened(output)[0])} == pods


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("{there}", "--tz", "Mars/Base"), 2, "--tz Mars/Base: no such zone"),
        (("{there}", "--tz", "+02:99"), 2, "--tz +02:99: no such zone"),
        (("{there}/gone",), 2, "gone: no such file or folder"),
        (("pages", "{there}"), 4, "nothing in it is of the kind metrics page"),
        (("prometheus",), 2, "name the file or folder to import"),
        (("{there}/odd.txt",), 4, "nothing in it is known here"),
    ],
)
def test_what_cannot_be_imported_is_one_line_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    folder = put(hpa_run(tmp_path), {"odd.txt": "nothing"})
    output = tmp_path / "out.jsonl"
    done = cli("import", *(a.format(there=folder) for a in arguments), "-o", str(output))
    assert (done.code, output.exists()) == (code, False)
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told_by_the_code_5(tmp_path: Path) -> None:
    done = cli("import", str(hpa_run(tmp_path)), "-o", "/dev/full")
    assert (done.code, "No space left on device" in done.err) == (5, True)


def test_a_damaged_archive_is_one_line(tmp_path: Path) -> None:
    path = archive(tmp_path, {"a.json": json.dumps(answer(*engine("aaaaa", STEPS)))})
    plain = tmp_path / "cut.tar"
    plain.write_bytes(gzip.decompress(path.read_bytes())[:1500])
    with pytest.raises(RecordingError, match=r"damaged archive|not a whole"):
        opened(plain)


@pytest.mark.parametrize("more", [0, 100])
def test_an_archive_that_ends_before_its_second_run_is_not_taken_for_whole(
    tmp_path: Path, more: int
) -> None:
    made = json.dumps(answer(*engine("aaaaa", STEPS)))
    path = archive(tmp_path, {"a.json": made, "b.json": made})
    plain = gzip.decompress(path.read_bytes())
    folder = tmp_path / "runs"
    folder.mkdir()
    packed = gzip.compress(plain[: plain.index(b"b.json") + more])
    (folder / "run.tar.gz").write_bytes(packed[:-8])
    if more:
        with pytest.raises(RecordingError, match="damaged archive: unexpected end of data"):
            opened(folder)
    else:
        told = "run.tar.gz: the compressed file is cut off, read up to there"
        assert told in opened(folder)[2]


@pytest.mark.parametrize("name", ["runs/night", "runs/night/", "night"])
def test_a_notice_does_not_repeat_the_name_of_the_source_that_stands_before_it(name: str) -> None:
    source = ImportSource(name)
    for words in ("night: cut off", "cut off", "nightly: cut off", "a night: cut off"):
        source.notice(words)
    assert source.notices == ["cut off", "nightly: cut off", "a night: cut off"]
