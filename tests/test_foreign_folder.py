"""Started in a foreign folder, wvatui and its child processes run none of the code in it.

The folder has modules named like those of the standard library, of wvatui and of its dependencies.
Each writes a file when it is imported.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import pytest

from tests.cli.test_rules import every_kind, written
from tests.fixtures import ROOT
from tests.load.experiment.files import workload, write
from tests.recording.saved import HPA_CSV
from tests.serving.serving import browser, serving
from tests.sweeps import sampled
from tests.ui.terminal import terminal
from wvatui.cli.main import cli
from wvatui.sim.serve import RunningCluster, launch

pytestmark = pytest.mark.new_interpreter

LIMIT_S = 120.0
OURS = {"wvatui", "tests", "sitecustomize", "usercustomize", "themes", "recordings"}
NAMES = {*sys.stdlib_module_names, *packages_distributions(), *OURS}
WITH_CLUSTER = ("--kubeconfig", "kubeconfig", "-n", "llm-d-sim")
RUNS: dict[str, tuple[str, ...]] = {
    "watch": (*WITH_CLUSTER, "--headless", "--duration", "5s", "--record", "watched.jsonl"),
    "check": ("llm-d-sim", "--look", "5s"),
    "demo": ("--headless", "--duration", "10s", "--record", "demo.jsonl"),
    "run": ("configs/small.yaml", "--dry-run"),
    "load": ("constant", *WITH_CLUSTER, "--dry-run"),
    "replay": ("run.jsonl", "--plain"),
    "serve": ("--demo", "--port", "0", "--duration", "60s", "--speed", "60", "--record", "s.jsonl"),
    "export": ("run.jsonl",),
    "explain": ("run.jsonl",),
    "summary": ("run.jsonl",),
    "sessions": (),
    "mark": ("run.jsonl", "1m", "a note"),
    "relabel": ("run.jsonl", "hpa"),
    "estimate": ("--in-cluster", *WITH_CLUSTER, "--dry-run"),
    "rules verify": ("cases.json",),
    "whatif": ("run.jsonl",),
    "compare": ("run.jsonl", "run.jsonl"),
    "coverage": ("run.jsonl",),
    "import": ("metrics.csv", "-o", "imported.jsonl"),
    "report": ("run.jsonl", "-o", "report"),
    "themes": (),
    "completion": ("bash",),
    "config schema": (),
    "doctor": (*WITH_CLUSTER,),
    "help": ("replay",),
    "version": (),
    "config path": (),
    "config show": (),
    "config validate": (),
    "sim serve": ("--kubeconfig", "simulated", "--until-stdin-closes"),
}
"""Verb → its arguments. Paths are relative to the folder, as is $KUBECONFIG."""


def commands(command: click.Command, *before: str) -> list[str]:
    """All verbs of the program, as typed."""
    if not isinstance(command, click.Group):
        return [" ".join(before)]
    parts = sorted(command.commands.items())
    return [words for name, part in parts for words in commands(part, *before, name)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RunningCluster]:
    """A cluster whose kubeconfig names a credential plugin."""
    with launch(extra=("--tls", "--auth", "exec")) as running:
        yield running


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """The folder with a file for each module that was imported."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def foreign(tmp_path: Path, marks: Path) -> Path:
    """The foreign folder."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    for name in NAMES:
        mark = f"open({str(marks)!r} + '/' + __name__, 'w').close()\n"
        (folder / f"{name}.py").write_text(mark)
    shutil.copy(ROOT / "recordings" / "spike.jsonl", folder / "run.jsonl")
    (folder / "metrics.csv").write_text(HPA_CSV)
    write(folder, [workload("one", start_delay=0, duration=60)])
    Path(written(folder, *every_kind())).rename(folder / "cases.json")
    return folder


@pytest.fixture
def program(tmp_path: Path) -> str:
    """The path of a `wvatui` script as an installer writes it."""
    path = tmp_path / "bin" / "wvatui"
    path.parent.mkdir()
    path.write_text("import sys\nfrom wvatui.__main__ import main\nsys.exit(main())\n")
    return str(path)


def imported(marks: Path) -> list[str]:
    return sorted(path.name for path in marks.iterdir())


def test_every_verb_is_run_there() -> None:
    assert set(RUNS) == set(commands(cli))


# One verb is enough, because the import path is set before the program knows the verb; below,
# `serve` and `demo` start all kinds of processes, a credential plugin among them.
@pytest.mark.parametrize("verb", sampled(commands(cli), ["explain"]))
def test_no_verb_imports_from_the_current_folder(
    verb: str, foreign: Path, marks: Path, program: str, cluster: RunningCluster
) -> None:
    shutil.copy(cluster.kubeconfig, foreign / "kubeconfig")
    done = subprocess.run(
        [sys.executable, program, *verb.split(), *RUNS[verb]],
        cwd=foreign,
        env=os.environ | {"KUBECONFIG": "kubeconfig"},
        input="",
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert imported(marks) == []
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr


# The import path is set before there is a screen, and `serve` below starts screens.
@pytest.mark.sweep
@pytest.mark.parametrize("verb", ["watch", "demo", "replay"])
def test_no_screen_imports_from_the_current_folder(
    verb: str, foreign: Path, marks: Path, program: str, cluster: RunningCluster, tmp_path: Path
) -> None:
    shutil.copy(cluster.kubeconfig, foreign / "kubeconfig")
    more = {"watch": WITH_CLUSTER, "demo": (), "replay": ("run.jsonl",)}[verb]
    with terminal(verb, *more, home=Path.home(), program=(program,), folder=foreign) as screen:
        screen.until(b"Decisions", LIMIT_S)
        screen.type(b"q")
        assert screen.ends(LIMIT_S)[0] == 0
    assert imported(marks) == []


# The verb with most processes: a plugin, a recorder, the screens.
@pytest.mark.parametrize(
    "source",
    sampled(["--demo", "--replay run.jsonl", " ".join(WITH_CLUSTER)], [" ".join(WITH_CLUSTER)]),
)
async def test_no_process_of_serve_imports_from_the_current_folder(
    source: str,
    foreign: Path,
    marks: Path,
    program: str,
    cluster: RunningCluster,
    tmp_path: Path,
) -> None:
    shutil.copy(cluster.kubeconfig, foreign / "kubeconfig")
    home = Path.home()
    async with (
        serving(*source.split(), home=home, program=(program,), folder=foreign) as server,
        browser(await server.begins()) as screen,
    ):
        await screen.until("Decisions", LIMIT_S)
    assert imported(marks) == []


def test_as_a_module_it_imports_nothing_from_there_but_what_python_does_before_it(
    foreign: Path, marks: Path
) -> None:
    """`python -m` imports its own modules, and finds the named one, in the current folder."""
    listed = subprocess.run(
        [sys.executable, "-P", "-c", "import runpy, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in ("wvatui", *listed.stdout.split()):
        (foreign / f"{name}.py").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "wvatui", "demo", "--headless", "--duration", "5s", "--no-record"],
        cwd=foreign,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert imported(marks) == []
    assert done.returncode == 0, done.stderr


def test_a_module_of_that_folder_would_leave_its_mark(foreign: Path, marks: Path) -> None:
    subprocess.run([sys.executable, "-c", "import base64, kubernetes"], cwd=foreign, check=True)
    assert imported(marks) == ["base64", "kubernetes"]
