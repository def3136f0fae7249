"""`wvatui check`: its output and exit codes."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from tests.core.queries.few_pods import START
from tests.core.results.forms import SGLANG
from tests.fixtures import ROOT
from tests.ports import refusing
from tests.ui.terminal import Terminal, terminal
from wvatui.core import events as ev
from wvatui.core.events.codec import encode
from wvatui.sim.__main__ import kubeconfig, write_kubeconfig
from wvatui.sim.serve import launch
from wvatui.sources.objects.scaled_object import decode_scaled_object

RECORDING = ROOT / "recordings" / "stair-step-v2-hpa.jsonl"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("WVATUI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def checked(scenario: str, look: str, *flags: str) -> tuple[int, Any]:
    """The exit code and output of a check on a simulated cluster that has just started."""
    with launch(scenario=scenario, speed=60.0) as sim:
        done = run(
            "check",
            sim.namespace,
            "--kubeconfig",
            str(sim.kubeconfig),
            "--look",
            look,
            "-o",
            "json",
            *flags,
        )
    return done.code, json.loads(done.out)


def test_a_healthy_cluster_ends_with_0_and_says_what_was_looked_at() -> None:
    code, told = checked("steady", "60s")
    assert code == 0
    assert told["healthy"] is True
    assert told["findings"] == []
    assert told["variants"] == ["llm-d-sim/llama-8b-h100"]
    assert told["replicas"] == 1
    assert told["not_seen"] == []


def test_only_pods_with_the_labels_that_were_asked_for_are_looked_at() -> None:
    _, told = checked("steady", "20s", "-l", "app=somebody-else")
    assert (told["variants"], told["replicas"]) == (["llm-d-sim/llama-8b-h100"], 0)


def test_a_paused_scaler_ends_with_1_its_evidence_and_the_command_that_helps() -> None:
    code, told = checked("paused-scaler", "60s")
    assert code == 1
    [finding] = told["findings"]
    assert finding["rule"] == "paused-scaled-object"
    assert finding["severity"] == "blocked"
    assert finding["evidence"][0]["source"] == "annotation"
    assert "kubectl -n llm-d-sim annotate scaledobject llama-8b-h100" in finding["advice"]


@contextmanager
def on_terminal(home: Path, look: str) -> Iterator[tuple[str, Terminal]]:
    """A check on a terminal, of a cluster in which KEDA is paused; the first item is its
    namespace."""
    with launch(scenario="paused-scaler", speed=20.0) as sim:
        words = ("--kubeconfig", str(sim.kubeconfig), "--look", look)
        with terminal("check", sim.namespace, *words, home=home) as shown:
            yield sim.namespace, shown


def test_on_a_terminal_the_answer_so_far_is_drawn_over_by_the_whole_one(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "2m") as (namespace, shown):
        code, _ = shown.ends()
    so_far, _, last = shown.shown.decode().rpartition("\x1b[J")
    assert code == 1
    assert "... looking on until 2m" in so_far
    assert "looking on" not in last
    assert last.startswith(f"{namespace}: 1 blocked")
    assert "kubectl -n llm-d-sim annotate scaledobject llama-8b-h100" in last


def test_an_interrupted_look_leaves_what_was_found_and_ends_with_130(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "100h") as (_, shown):
        shown.until(b"is paused")
        shown.type(b"\x03")
        code, _ = shown.ends()
    last = shown.shown.decode().rpartition("\x1b[J")[2]
    assert code == 130
    assert "1 blocked" in last
    assert "looking on" not in last


def test_a_namespace_with_nothing_in_it_is_said_and_ends_with_1() -> None:
    with launch(scenario="steady", speed=20.0) as sim:
        done = run("check", "typo", "--kubeconfig", str(sim.kubeconfig), "--look", "5s")
    assert done.code == 1
    assert done.out.startswith("typo: nothing to check")


def test_a_file_with_nothing_to_check_is_no_healthy_one(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(SGLANG))
    done = run("check", str(report))
    assert (done.code, "this file: nothing to check: " in done.out) == (1, True), done.out
    assert json.loads(run("check", str(report), "-o", "json").out)["healthy"] is False


def test_an_unreachable_cluster_ends_with_3_and_one_line(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    with refusing() as port:
        content = kubeconfig(f"http://127.0.0.1:{port}", "", 1.0, "ns")
        del content["clusters"][0]["cluster"]["extensions"]
        write_kubeconfig(path, content)
        done = run("check", "ns", "--kubeconfig", str(path), "--look", "2s")
    assert done.code == 3
    assert done.out == ""


def test_a_recording_is_checked_from_end_to_end_or_at_one_moment() -> None:
    done = run("check", str(RECORDING), "-o", "json")
    told = json.loads(done.out)
    assert done.code == 0
    assert told["healthy"] is True
    assert told["findings"], "replicas wait for the window of the way down"
    assert {row["severity"] for row in told["findings"]} == {"waiting"}
    first = told["findings"][0]
    assert first["first_seen"] < first["last_seen"] <= told["at"]
    calm = run("check", str(RECORDING), "--at", "30s")
    assert calm.code == 0
    assert "nothing found" in calm.out


def test_advice_is_told_and_ends_with_0(tmp_path: Path) -> None:
    query = "max(llm_d_epp_flow_control_pool_saturation)"
    trigger = {"type": "prometheus", "metadata": {"query": query, "threshold": "0.7"}}
    scaled = decode_scaled_object(
        {
            "metadata": {"name": "qwen", "namespace": "ns"},
            "spec": {"scaleTargetRef": {"name": "qwen"}, "triggers": [trigger]},
        },
        START,
    )
    path = tmp_path / "one.jsonl"
    path.write_bytes(b"".join(encode(each) + b"\n" for each in (scaled, ev.Tick(START + 1))))
    done = run("check", str(path))
    assert done.code == 0
    assert "1 to consider" in done.out
    assert "i ADVICE  trigger" in done.out
    told = json.loads(run("check", str(path), "-o", "json").out)
    assert (told["healthy"], [row["severity"] for row in told["findings"]]) == (True, ["advice"])


def test_the_text_names_evidence_with_its_source_and_what_to_do() -> None:
    done = run("check", str(RECORDING))
    assert "WAITING" in done.out
    assert "    evidence  ScaleDownStabilized: " in done.out
    assert "[HPA/llama-8b-h100, status, " in done.out
    assert "    do        wait, or shorten" in done.out


def test_the_times_of_a_recording_are_those_of_its_clock_with_its_own_in_brackets() -> None:
    lines = run("check", str(RECORDING)).out.splitlines()
    when = next(line for line in lines if line.startswith("    when"))
    assert re.fullmatch(
        r"    when      \d\d:\d\d:\d\d to \d\d:\d\d:\d\d UTC \(T\+[0-9hms]+ to T\+[0-9hms]+\)", when
    )
    status = next(line for line in lines if "[HPA/llama-8b-h100, status" in line)
    assert re.search(r"status, \d\d:\d\d:\d\d\]$", status)
    assert not any("ago]" in line for line in lines)


def test_a_moment_of_a_cluster_cannot_be_asked_for() -> None:
    done = run("check", "ns", "--at", "1m")
    assert done.code == 2
    assert "--at is a moment of a recording" in done.err
