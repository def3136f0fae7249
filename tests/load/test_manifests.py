"""Manifests of built-in profiles agree with the profile, and their scripts run."""

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.core.results.made import benchmark, report
from tests.fixtures import shared
from wvatui.core.events import Stage
from wvatui.core.queries.load.load_rows import bands, offered
from wvatui.core.results import read
from wvatui.load.profiles.commands import guidellm_form
from wvatui.load.profiles.manifests import (
    REPORT_VARIABLE,
    JobOwner,
    job,
    label,
    owned,
    script,
    unique_name,
)
from wvatui.load.profiles.profiles import PROFILES, Profile, by_name, fitted, peak_of
from wvatui.load.profiles.report import REPORT_SCRIPT
from wvatui.load.read.detect import is_load, plan_of
from wvatui.load.read.facts import job_facts
from wvatui.load.read.files import manifest as read_manifest
from wvatui.load.read.progress import JobLog, ReportedResult

OWNER = JobOwner("ns", "session-1", "x7k2p")
BY_NAME = [pytest.param(profile, id=profile.name) for profile in PROFILES]


def test_profiles_have_distinct_names_and_one_line_of_words() -> None:
    names = [profile.name for profile in PROFILES]
    assert len(set(names)) == len(names)
    assert all(profile.title and "\n" not in profile.title for profile in PROFILES)
    assert {p.tool for p in PROFILES} == {"guidellm", "vllm-bench", "inference-perf"}
    assert all(re.search(r":v\d", profile.image) for profile in PROFILES), "images are pinned"


@pytest.mark.parametrize("profile", BY_NAME)
def test_the_arguments_of_a_job_say_the_schedule_of_its_profile(profile: Profile) -> None:
    plan = plan_of(job(profile, "http://gw:80", "a/model", OWNER))
    assert (plan.tool, plan.image) == (profile.tool, profile.image)
    assert plan.stages == profile.stages
    assert (plan.target, plan.model) == ("http://gw:80", "a/model")


@pytest.mark.parametrize("image", ["v0.3.1", "v0.4.0", "v0.6.1", "v0.7.0", "v0.12", "latest", "1"])
@pytest.mark.parametrize("name", ["constant", "stair-step", "synchronous", "throughput"])
def test_each_release_of_guidellm_gets_the_command_that_it_knows(image: str, name: str) -> None:
    profile = replace(by_name(name), image=f"ghcr.io/vllm-project/guidellm:{image}")
    made = job(profile, "http://gw:80", "m", OWNER)
    text = made["spec"]["template"]["spec"]["containers"][0]["args"][0]
    old = image in ("v0.3.1", "v0.4.0", "v0.6.1")
    assert ("guidellm benchmark --target http://gw:80" in text) is old
    assert ("guidellm run --backend kind=openai_http,target=http://gw:80" in text) is not old
    assert ("--output-path" in text) is (image == "v0.3.1")
    plan = plan_of(made)
    assert plan.stages == profile.stages
    if name == "throughput":
        limit = {"name": "GUIDELLM__MAX_CONCURRENCY", "value": "64"}
        assert limit in made["spec"]["template"]["spec"]["containers"][0]["env"]


def test_an_image_by_digest_or_in_a_registry_with_a_port_is_taken_for_a_new_release() -> None:
    assert guidellm_form("reg.local:5000/guidellm") == "0.7"
    assert guidellm_form("reg.local:5000/guidellm:v0.5.2@sha256:abc") == "0.4"
    assert guidellm_form("guidellm@sha256:0.3") == "0.7"


def test_the_stair_step_offers_what_the_seeds_experiment_offered() -> None:
    profile = by_name("stair-step")
    found = job_facts(job(profile, "http://gw", "m", OWNER), 0.0)
    running = msgspec.structs.replace(found, status="running", started_at=0.0)
    points = offered(bands(running, 0.0, ("Job", "ns", "x", "")))
    assert points == ((0, 0.5), (600, 1.0), (1200, 1.5), (1800, 2.0), (3600, 0))
    assert (profile.peak, profile.duration_s) == (2.0, 3600.0)


def test_a_profile_is_fitted_by_scaling_its_shape() -> None:
    small = fitted(by_name("spike"), 11.0, 210.0)
    assert [(w.start_s, w.duration_s, w.rate) for w in small.waves] == [
        (0, 210, 1.0),
        (90, 60, 10.0),
    ]
    assert fitted(by_name("sharegpt-20"), 10.0, None).requests == 9000
    assert fitted(by_name("sharegpt-20"), None, 90.0).requests == 1800
    assert fitted(by_name("constant"), None, None) == by_name("constant")
    assert fitted(by_name("synchronous"), 3.0, 60.0).waves[0].rate is None
    assert peak_of(by_name("synchronous").waves) is None


@pytest.mark.parametrize("profile", BY_NAME)
def test_a_job_is_ours_by_its_labels_and_ends_its_own_life(profile: Profile) -> None:
    made = job(profile, "http://gw", "m", OWNER)
    labels = made["metadata"]["labels"]
    assert labels["app.kubernetes.io/managed-by"] == "wvatui"
    assert labels["wvatui/session"] == "session-1"
    assert made["spec"]["template"]["metadata"]["labels"] == labels
    assert made["spec"]["ttlSecondsAfterFinished"] == 600
    assert made["metadata"]["name"].endswith("-x7k2p")
    assert len(made["metadata"]["name"]) <= 63
    assert is_load(made)
    facts = job_facts(made, 5.0)
    assert (facts.source, facts.session, facts.profile) == ("wvatui", "session-1", profile.name)


@pytest.mark.parametrize("number", range(19))
def test_the_seeds_manifests_are_understood_and_stay_as_they_are_written(number: int) -> None:
    path = sorted(shared("workloads").glob("*.yaml"))[number]
    found = read_manifest(path)
    plan = plan_of(found.manifest)
    assert (plan.tool, plan.model) == ("vllm-bench", "unsloth/Meta-Llama-3.1-8B")
    assert len(plan.stages) == 1
    assert plan.stages[0].rate is not None
    assert plan.requests == round(plan.stages[0].rate * (plan.stages[0].duration_s or 0))
    made = owned(found.manifest, OWNER)
    assert made["metadata"]["name"] == f"{found.name}-x7k2p"
    assert made["metadata"]["labels"].items() >= found.manifest["metadata"]["labels"].items()
    before = found.manifest["spec"]["template"]["spec"]
    assert made["spec"]["template"]["spec"] == before
    assert "ttlSecondsAfterFinished" not in found.manifest["spec"], "the original is not touched"


def test_the_high_parallel_experiment_offers_20_50_65_45_15() -> None:
    folder = shared("workloads")
    found = []
    for name, start in (("high-20", 0), ("high-30", 120), ("moderate-15", 240)):
        made = read_manifest(folder / f"sharegpt-load-job-{name}.yaml").manifest
        stages = plan_of(made).stages
        facts = job_facts(made, float(start))
        running = msgspec.structs.replace(
            facts, status="running", started_at=float(start), stages=stages
        )
        found += bands(running, 0.0, ("Job", "ns", name, ""))
    assert offered(found) == (
        (0, 20),
        (120, 50),
        (240, 65),
        (900, 45),
        (1020, 15),
        (1140, 0),
    )


def test_a_generated_name_of_a_pipeline_run_is_left_to_the_cluster() -> None:
    run = {
        "apiVersion": "tekton.dev/v1",
        "kind": "PipelineRun",
        "metadata": {"generateName": "load-"},
        "spec": {"pipelineRef": {"name": "p"}},
    }
    made = owned(run, OWNER)
    assert made["metadata"]["generateName"] == "load-"
    assert "name" not in made["metadata"]
    assert made["spec"] == run["spec"]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a", "a-x7k2p"),
        ("Load_Job.1", "load-job-1-x7k2p"),
        ("-", "load-x7k2p"),
        ("y" * 80, "y" * 57 + "-x7k2p"),
    ],
)
def test_names_are_valid_and_end_in_the_suffix(name: str, made: str) -> None:
    assert unique_name(name, "x7k2p") == made
    assert label("a b/c") == "a-b-c"


FAKE = """\
#!/bin/sh
sleep 0.3  # as a tool that works: the report must not be printed before
case "$*" in *rate=13*) echo broken >&2; exit 3;; esac
for word in "$@"; do
  case "$word" in kind=json,path=*) cp "$REPORT" "${word#kind=json,path=}";; esac
done
"""


def run_script(profile: Profile, folder: Path) -> tuple[int, bytes]:
    """Run the job's script in a real shell, with a fake GuideLLM that writes a report at once.

    Returns the exit code and the output.
    """
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/guidellm").write_text(FAKE)
    (folder / "bin/guidellm").chmod(0o755)
    made = report("0.7", benchmark("constant", 7.0, "0.7", rate=2.0))
    (folder / "made.json").write_text(json.dumps(made))
    text = script(profile, "http://gw:80", "m").replace("/tmp/wvatui", str(folder / "out"))
    env = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "REPORT": str(folder / "made.json"),
        REPORT_VARIABLE: REPORT_SCRIPT.replace("/tmp/wvatui", str(folder / "out")),
    }
    done = subprocess.run(["/bin/sh", "-c", text], env=env, capture_output=True, timeout=120)
    return done.returncode, done.stdout


def test_the_script_of_a_job_runs_its_waves_and_ends_with_their_reports(tmp_path: Path) -> None:
    profile = fitted(by_name("spike"), 2.0, 1e-3)
    code, log = run_script(profile, tmp_path)
    (found,) = [item for item in JobLog().feed(log) if isinstance(item, ReportedResult)]
    assert code == 0
    assert [b.stage for b in read(found.text).benchmarks] == [
        "1-base: constant 2/s",
        "2-spike: constant 2/s",
    ]
    assert (found.tool, found.dialect) == ("guidellm", "guidellm-0.7+")
    assert b"sk-very-secret" not in log


def test_a_tool_that_fails_fails_the_job_but_what_there_is_is_reported(tmp_path: Path) -> None:
    profile = fitted(by_name("constant"), 13.0, 1e-3)
    code, log = run_script(profile, tmp_path / "one")
    assert code != 0
    assert b"wvatui: no report" in log
    code, log = run_script(fitted(by_name("constant"), 2.0, 1e-3), tmp_path / "two")
    assert code == 0
    assert b"END WVATUI REPORT" in log


def test_stages_are_named_by_their_waves_only_where_they_have_names() -> None:
    plan = plan_of(job(by_name("chatbot_synthetic"), "http://gw", "m", OWNER))
    assert plan.stages[1] == Stage(120.0, 120.0, 2.0)
    plan = plan_of(job(by_name("burst-drain"), "http://gw", "m", OWNER))
    assert [stage.name for stage in plan.stages] == ["burst 1", "burst 2", "burst 3"]
