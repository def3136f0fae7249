"""Sessions of a process of its own, against the small API server of the field cases."""

import importlib.util
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.cli.cli import run
from tests.fixtures import shared
from tests.verbs.program import environment
from wvatui.core.events import Log
from wvatui.recording import open_recording

WITHIN_S = 120.0


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ten_minutes_of_history_count_nowhere_in_the_session_that_read_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A scenario changes `sys.path` to find its server's modules, and the server leaves the
    # kubeconfig to be closed by the garbage collector.
    monkeypatch.setattr(sys, "path", [*sys.path])
    scenario = shared("field-cases/history-before-session/scenario.py")
    kubeconfig, recording = tmp_path / "kubeconfig", tmp_path / "r.jsonl"
    api, server = module(shared("field-cases/_server/fake.py")).serve(scenario, str(kubeconfig))
    words = ["watch", "ns", "--headless", "--record", str(recording)]
    watching = subprocess.Popen(
        [sys.executable, "-m", "wvatui", *words],
        env=environment(tmp_path, KUBECONFIG=str(kubeconfig)),
        stdout=subprocess.DEVNULL,
    )

    def lines() -> int:
        return recording.read_text().count("scaling-decision") if recording.exists() else 0

    try:
        until(lambda: lines() == 19)
        read_at = int(time.time())
        until(lambda: time.time() >= read_at + 2)  # lines are stamped to the second
        _, happens = api.mod.TIMELINE[0]
        happens(api)
        until(lambda: lines() == 20)
        watching.send_signal(signal.SIGINT)
        watching.wait(WITHIN_S)
    finally:
        watching.kill()
        watching.wait()
        server.shutdown()
        server.server_close()
    numbers = json.loads(run("summary", str(recording), "-o", "json").out)
    assert (numbers["cycles"], numbers["ups"], numbers["downs"]) == (1, 0, 0)
    assert (numbers["cur"], numbers["tgt_max"], numbers["target_changes"]) == ([1, 1], 1, 0)
    assert (numbers["replicas_avg"], numbers["replicas_max"]) == (1.0, 1)
    assert (numbers["replica_s"], numbers["span"]) == (0, 0)
    # One replica throughout: the same seconds, but rounded to tenths and to thousandths.
    assert numbers["replica_seconds"] == pytest.approx(numbers["span_s"], abs=0.051)
    assert numbers["span_s"] <= numbers["length_s"]
    assert (numbers["errs"], numbers["gaps"], numbers["restarts"]) == (0, 0, 0)
    share = json.loads(run("explain", str(recording), "--summary", "-o", "json").out)
    assert share["cycles"] == 1
    seed = run("export", str(recording), "--format", "seed").out
    assert seed.count("scaling_decision") == 1
    assert "5→1" not in run("replay", str(recording), "--plain").out
    kept = [event for event in open_recording(recording).events() if isinstance(event, Log)]
    assert len(kept) == 20
