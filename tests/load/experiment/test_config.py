"""Reading an experiment's file: all forms in use, and everything that can be wrong."""

from pathlib import Path

import pytest
import yaml

from tests.fixtures import shared
from tests.load.experiment.files import job, workload, write
from wvatui.errors import ConfigError
from wvatui.load.experiment.config import find_config, read_experiment
from wvatui.load.experiment.plan import ExperimentSettings, Reset

HPA_FORM = """
name: "moderate-load-hpa"
namespace: "ns"
deployment: "decode"
model_name: "m"
hpa:
  enabled: true
  manifest: "../../manifests/hpa.yaml"
jobs:
  - name: "phase-1"
    manifest: "../workloads/a.yaml"  # 10 req/s
    duration: 360
    start_delay: 0
  - name: "phase-2"
    manifest: "../workloads/a.yaml"
    duration: 360
    start_delay: 120
metrics:
  interval: 5
  prometheus:
    ttft:
      query: 'sum(rate(x{a="b"}[1m]))'
output:
  base_dir: "experiment-data"
  include_pod_logs: true
"""


def text(folder: Path, content: str) -> Path:
    """A file with `content`, beside workloads/a.yaml."""
    (folder / "workloads").mkdir(exist_ok=True)
    (folder / "configs").mkdir(exist_ok=True)
    (folder / "workloads" / "a.yaml").write_text(yaml.safe_dump(job("a")))
    path = folder / "configs" / "x.yaml"
    path.write_text(content)
    return path


def faults(folder: Path, content: str) -> list[str]:
    """The faults of a file with `content`, as messages without the folder's path."""
    with pytest.raises(ConfigError) as caught:
        read_experiment(text(folder, content))
    lines = caught.value.message.replace(f"{folder}/configs/", "").splitlines()
    return [line.strip() for line in (lines[1:] if len(lines) > 1 else lines)]


def lay_out(folder: Path) -> Path:
    """Copy the recorded configs and workloads in their original layout; returns the config
    folder."""
    configs = folder / "wva-experiments" / "experiment-configs"
    workloads = folder / "not_wva" / "workloads"
    for source, target in (("experiment-configs", configs), ("workloads", workloads)):
        target.mkdir(parents=True)
        for path in shared(source).iterdir():
            (target / path.name).write_bytes(path.read_bytes())
    return configs


def test_a_sequence_waits_for_its_jobs(tmp_path: Path) -> None:
    rows = [workload("warm", wait_completion=True), workload("high", duration=60)]
    found = read_experiment(write(tmp_path, rows, mode="capacity-based"))
    assert not found.parallel
    assert [(w.name, w.wait, w.duration_s) for w in found.workloads] == [
        ("warm", True, None),
        ("high", False, 60.0),
    ]
    assert found.workloads[0].manifest.name == "load-warm"
    assert (found.tail_s, found.on_failure, found.reset) == (300.0, "continue", None)
    assert found.warnings == ()


def test_start_delays_make_it_parallel(tmp_path: Path) -> None:
    rows = [workload("a", start_delay=0, duration="8m"), workload("b", start_delay=60, duration=5)]
    found = read_experiment(write(tmp_path, rows))
    assert found.parallel
    assert [(w.start_delay_s, w.duration_s) for w in found.workloads] == [(0, 480), (60, 5)]


def test_the_hpa_runners_own_form_is_read(tmp_path: Path) -> None:
    found = read_experiment(text(tmp_path, HPA_FORM))
    assert (found.mode, found.parallel, len(found.workloads)) == ("hpa", True, 2)
    assert found.workloads[1].manifest.name == "a"
    assert found.hpa_manifest == tmp_path / "configs" / "../../manifests/hpa.yaml"
    assert found.tail_s == 300
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("cooldown", "tail_s"),
    [
        ("{enabled: true, duration: 480}", 480),
        ("{enabled: false, duration: 480}", 0),
        ("{duration: 90}", 90),
    ],
)
def test_a_cooldown_is_what_is_recorded_after_the_load(
    tmp_path: Path, cooldown: str, tail_s: float
) -> None:
    assert read_experiment(text(tmp_path, f"{HPA_FORM}cooldown: {cooldown}\n")).tail_s == tail_s


@pytest.mark.parametrize(("given", "tail_s"), [(0, 0), (120, 120), ("settled", None), ("2m", 120)])
def test_the_tail_is_as_long_as_asked_for(
    tmp_path: Path, given: object, tail_s: float | None
) -> None:
    file = write(tmp_path, [workload("a", wait_completion=True)], tail_seconds=given)
    assert read_experiment(file).tail_s == tail_s


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (True, Reset(1)),
        (3, Reset(3)),
        (False, None),
        ({"replicas": 2, "pause_seconds": 60}, Reset(2, pause_s=60)),
        ({"replicas": 2, "timeout_seconds": "5m"}, Reset(2, timeout_s=300)),
    ],
)
def test_a_reset_can_be_asked_for(tmp_path: Path, given: object, expected: Reset | None) -> None:
    file = write(tmp_path, [workload("a", wait_completion=True)], reset=given)
    assert read_experiment(file).reset == expected


def test_29_a_manifest_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    rows = [workload("a", wait_completion=True), workload("b", wait_completion=True, absent=True)]
    found = read_experiment(write(tmp_path, rows))
    assert [w.manifest.missing for w in found.workloads] == [False, True]
    (warning,) = found.warnings
    assert warning.endswith(
        "small.yaml:9: workloads.2.job_manifest: ../workloads/b.yaml: there is no such file; "
        "this workload is skipped"
    )


def test_a_key_that_nobody_reads_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, [workload("a", wait_completion=True)], tail_second=3)
    (warning,) = read_experiment(file).warnings
    assert "tail_second: not known here" in warning


def test_everything_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    content = """\
name: a/b
mode: fast
on_failure: explode
tail_seconds: -5
metrics: 5
workloads:
  - name: one
    job_manifest: ../workloads/a.yaml
  - name: one
    job_manifest: ../workloads/a.yaml
    wait_completion: perhaps
    timeout_seconds: soon
  - just text
"""
    assert faults(tmp_path, content) == [
        "x.yaml:1: name: 'a/b' cannot be the name of a folder",
        "x.yaml:2: mode: 'fast' is none of capacity-based, model-based, hybrid, hpa",
        "x.yaml:3: on_failure: 'explode' is none of continue, stop",
        "x.yaml:4: tail_seconds: -5 is not a possible number of seconds here",
        "x.yaml:5: metrics: a mapping is expected here",
        "x.yaml:7: workloads.1: say wait_completion: true, or a duration in seconds",
        "x.yaml:9: workloads.2.name: the name 'one' is taken already",
        "x.yaml:11: workloads.2.wait_completion: 'perhaps' is neither true nor false",
        "x.yaml:12: workloads.2.timeout_seconds: 'soon' is not a duration such as 90s, 30m or "
        "1h30m",
        "x.yaml:13: workloads.3: a workload is a mapping (name: …)",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "x.yaml:1: an experiment is one YAML mapping"),
        ("- a\n- b\n", "x.yaml:1: an experiment is one YAML mapping"),
        ("name: x\n---\nname: y\n", "x.yaml:1: an experiment is one YAML mapping"),
        ("name: x\nworkloads: [\n", "x.yaml:3:"),
        ("name: x\nname: y\n", "x.yaml:2: the key 'name' is given twice"),
        ("a: &a [*a]\n", "x.yaml:1: an alias contains itself"),
        ("name: x\n", "x.yaml:1: workloads: an experiment needs a list"),
        ("name: x\nworkloads: []\n", "x.yaml:2: workloads: an experiment needs a list"),
        (
            "name: x\nworkloads:\n"
            " - {name: a, duration: .inf, job_manifest: ../workloads/a.yaml}\n",
            "x.yaml:3: workloads.1.duration: inf is not a possible number",
        ),
        (
            "name: x\nworkloads:\n - {name: a, wait_completion: true}\n",
            "x.yaml:3: workloads.1.job_manifest: a workload needs the path",
        ),
        (
            "name: x\nworkloads:\n - {name: a, wait_completion: true, job_manifest: no.yaml}\n",
            "x.yaml:2: workloads: none of the job manifests is there",
        ),
        (
            "name: x\nworkloads:\n"
            " - {name: a, start_delay: 5, job_manifest: ../workloads/a.yaml}\n",
            "x.yaml:3: workloads.1: a workload with a start_delay needs a duration",
        ),
    ],
)
def test_a_file_that_is_no_experiment_is_one_line(tmp_path: Path, content: str, words: str) -> None:
    (line,) = faults(tmp_path, content)
    assert line.startswith(words)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("a: [\n", "bad.yaml:2: not valid YAML"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", "bad.yaml:2: kind Pod: only Job"),
        (
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: x}\n"
            "spec: {pipelineRef: {name: p}}\n",
            "bad.yaml:1: kind PipelineRun: a workload is a Job",
        ),
        (
            "apiVersion: batch/v1\nkind: Job\nmetadata: {}\n",
            "bad.yaml:3: Job without metadata.name",
        ),
        (
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\nspec: {template: {}}\n",
            "bad.yaml:4: Job without spec.template.spec.containers",
        ),
    ],
)
def test_a_manifest_that_is_none_is_told_with_its_own_line(
    tmp_path: Path, manifest: str, words: str
) -> None:
    content = "name: x\nworkloads:\n - {name: a, wait_completion: true, job_manifest: bad.yaml}\n"
    path = text(tmp_path, content)
    (path.parent / "bad.yaml").write_text(manifest)
    with pytest.raises(ConfigError) as caught:
        read_experiment(path)
    assert words in caught.value.message


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"name: x\ndescription: \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"x\.yaml:2: not UTF-8 text"):
        read_experiment(path)


def test_a_bare_name_is_looked_for_among_the_configs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "experiment-configs").mkdir()
    (tmp_path / "experiment-configs" / "high.yaml").write_text("name: x\n")
    monkeypatch.chdir(tmp_path)
    assert find_config("high") == Path("experiment-configs/high.yaml")
    with pytest.raises(ConfigError) as caught:
        find_config("low")
    assert caught.value.hint == "in experiment-configs/: high"


def recorded(folder: Path) -> dict[str, ExperimentSettings]:
    return {path.stem: read_experiment(path) for path in sorted(lay_out(folder).iterdir())}


def test_the_recorded_experiments_are_read_unchanged(tmp_path: Path) -> None:
    found = recorded(tmp_path)
    assert len(found) == 15
    for name, experiment in found.items():
        assert experiment.warnings == (), name
        assert not any(one.manifest.missing for one in experiment.workloads)
        assert (
            experiment.mode
            == name.partition("-multi")[0]
            .removesuffix("-parallel")
            .partition("-high")[0]
            .partition("-moderate")[0]
            .partition("-smooth")[0]
        )
        assert experiment.parallel == ("parallel" in name or "smooth" in name)


@pytest.mark.parametrize(
    "run", ["high-load-hpa-20251124-155733", "moderate-load-hpa-extended-20251210-132157"]
)
def test_the_recorded_hpa_experiments_are_read(tmp_path: Path, run: str) -> None:
    lay_out(tmp_path)
    folder = tmp_path / "not_wva" / "new-experiments" / "experiment-configs"
    folder.mkdir(parents=True)
    source = shared(f"hpa-runs-2025/{run}") / "experiment-config.yaml"
    (folder / "hpa.yaml").write_bytes(source.read_bytes())
    found = read_experiment(folder / "hpa.yaml")
    assert (found.mode, found.parallel) == ("hpa", True)
    assert found.warnings == ()
