"""Manifests and profiles written by users; every mistake is reported on one line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.cli import run as cli
from tests.fixtures import shared
from wvatui.core.events import Stage
from wvatui.errors import ConfigError
from wvatui.load.profiles.profiles import OwnManifest, Profile, Tokens, own_profiles
from wvatui.load.read import files
from wvatui.load.read.files import manifest, manifests

JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: load
spec:
  template:
    spec:
      containers: [{name: c, image: i}]
"""
RUN = """\
apiVersion: tekton.dev/v1beta1
kind: PipelineRun
metadata: {generateName: load-, namespace: pipelines}
spec: {pipelineRef: {name: p}}
"""


def written(folder: Path, text: str, name: str = "f.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_jobs_and_pipeline_runs_of_one_file_are_all_found(tmp_path: Path) -> None:
    path = written(tmp_path, f"# first\n---\n{JOB}---\n---\n{RUN}")
    job, run = manifests(path)
    assert (job.kind, job.name, job.namespace, job.line) == ("Job", "load", "", 3)
    assert (run.kind, run.name, run.namespace) == ("PipelineRun", "load", "pipelines")
    with pytest.raises(ConfigError, match=r"f\.yaml:13: a second PipelineRun: one is expected"):
        manifest(path)


def test_the_items_of_a_list_are_manifests_too(tmp_path: Path) -> None:
    items = "\n".join(f"  {line}" for line in JOB.splitlines())
    path = written(tmp_path, f"kind: List\napiVersion: v1\nitems:\n- {items.strip()}\n")
    assert manifest(path).name == "load"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "f.yaml: holds no manifest"),
        ("# nothing\n", "f.yaml: holds no manifest"),
        ("hello", "f.yaml:1: not a Kubernetes manifest"),
        ("a: [1\nb: 2\n", "f.yaml:2: not valid YAML"),
        ("a: 1\n\tb: 2\n", "f.yaml:2: not valid YAML"),
        ("kind: Job\n---\n- 1\n", "f.yaml:1: apiVersion None has no Job"),
        (JOB.replace("kind: Job", "kind: Deployment"), "f.yaml:2: kind Deployment: only Job and"),
        (JOB.replace("batch/v1", "v1"), "f.yaml:1: apiVersion v1 has no Job"),
        (JOB.replace("  name: load", "  labels: {}"), "f.yaml:3: Job without metadata.name"),
        (JOB.replace("containers:", "boxes:"), "f.yaml:7: Job without spec.template.spec.cont"),
        (JOB.partition("spec:")[0], "f.yaml:1: Job without spec"),
        (JOB + "kind: Job\n", "f.yaml:9: the key 'kind' is given twice"),
        ("a: &a [*a]\n", "f.yaml:1: an alias contains itself"),
        ("a: x\x00y\n", "f.yaml:1: not valid YAML: a control character"),
    ],
)
def test_every_mistake_is_one_line_with_file_and_line(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        manifests(written(tmp_path, text))
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 2


def test_a_file_that_is_not_there_or_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml: cannot be read: No such file"):
        manifests(tmp_path / "gone.yaml")
    (tmp_path / "x.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ConfigError, match=r"x\.png: not text"):
        manifests(tmp_path / "x.png")
    with pytest.raises(ConfigError, match="cannot be read"):
        manifests(tmp_path)


def test_aliases_that_multiply_are_refused_before_they_cost_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match="aliases multiply"):
        files.read(written(tmp_path, "\n".join(lines)))


def test_dates_stay_text_and_each_value_has_its_line(tmp_path: Path) -> None:
    text = "start: 2026-09-01\nloads:\n- name: a\n\n- name: b\n  rate: 5\n"
    (document,) = files.read(written(tmp_path, text))
    assert document.value["start"] == "2026-09-01"
    assert document.place("loads", 1, "rate").endswith("f.yaml:6")
    assert document.place("loads", 1, "missing", "deeper").endswith("f.yaml:5")
    assert document.place("nothing").endswith("f.yaml:1")


@given(st.text(max_size=60))
def test_any_text_is_documents_or_one_line_of_what_is_wrong(text: str) -> None:
    try:
        documents = files.parse(Path("f.yaml"), text)
    except ConfigError as error:
        documents, words = [], error.message
    else:
        words = "f.yaml"
    assert words.startswith("f.yaml")
    assert all(document.value is not None for document in documents)


def test_the_experiments_of_the_seed_are_read_with_the_lines_of_their_jobs() -> None:
    path = shared("experiment-configs") / "capacity-based-high-parallel.yaml"
    (document,) = files.read(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    for index, load in enumerate(document.value["workloads"]):
        line = int(document.place("workloads", index, "job_manifest").rpartition(":")[2])
        assert load["job_manifest"] in lines[line - 1]


CONFIG = """\
theme = "dark"

[profiles.mine]
like = "stair-step"
title = "ours"
rate = 4
duration = "10m"
prompt_tokens = 256
target = "http://gw:80"
model = "m"

[profiles."from file"]
manifest = "jobs/load.yaml"
"""


def test_profiles_of_the_users_own_change_a_built_in_one(tmp_path: Path) -> None:
    mine, file = own_profiles(written(tmp_path, CONFIG, "config.toml"))
    assert isinstance(mine, Profile)
    assert (mine.name, mine.title, mine.own, mine.target) == ("mine", "ours", True, "http://gw:80")
    assert (mine.peak, mine.duration_s, mine.prompt) == (4.0, 600.0, Tokens(256))
    assert mine.stages[1] == Stage(100.0, 500.0, 1.0, "step 2")
    assert file == OwnManifest("from file", "", tmp_path / "jobs" / "load.yaml")
    assert own_profiles(tmp_path / "none.toml") == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'like = "stair-step"',
            'like = "stair-stop"',
            "toml:4: profiles.mine: like is 'stair-stop'",
        ),
        ("rate = 4", "rate = -4", "toml:6: profiles.mine: rate is -4, requests per second"),
        ('duration = "10m"', 'duration = "soon"', "toml:7: profiles.mine: duration is 'soon', a d"),
        ("prompt_tokens = 256", 'prompt_tokens = "x"', "toml:8: profiles.mine: prompt_tokens is "),
        ('model = "m"', "model = 3", "toml:10: profiles.mine: model is 3, a text is expected"),
        ('title = "ours"', "colour = 1", "toml:5: profiles.mine has no setting 'colour'"),
        ('manifest = "jobs/load.yaml"', 'manifest = "x"\nrate = 3', "toml:14: profiles.from file"),
        ("[profiles.mine]", "profiles.mine = 3\n[other]", "toml:3: profiles.mine must be a table"),
        ("[profiles.mine]", "[profiles.mine", "toml:3: not valid TOML"),
    ],
)
def test_a_mistake_in_an_own_profile_is_one_line_with_its_place(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        own_profiles(written(tmp_path, CONFIG.replace(old, new), "config.toml"))
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_all_mistakes_in_profiles_are_told_by_the_check_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c" / "wvatui").mkdir(parents=True)
    text = CONFIG.replace("rate = 4", "rate = 0").replace('model = "m"', "modell = 1")
    written(tmp_path / "c" / "wvatui", text, "config.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    done = cli("config", "validate")
    assert done.code == 2
    assert "config.toml:6: profiles.mine: rate is 0" in done.err
    assert "config.toml:10: profiles.mine has no setting 'modell'" in done.err
    assert "did you mean 'model'?" in done.err


def test_profiles_in_the_configuration_file_disturb_no_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c" / "wvatui").mkdir(parents=True)
    written(tmp_path / "c" / "wvatui", CONFIG, "config.toml")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    assert cli("sessions").code == 0
    assert cli("config", "validate").code == 0
