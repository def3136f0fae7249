"""Child processes: one place starts them, and they depend on no folder but wvatui's own."""

import ast
import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import syntax
from tests.fixtures import ROOT
from wvatui.host import child
from wvatui.host.child import Child

pytestmark = pytest.mark.new_interpreter

STARTS = {
    "subprocess": {"Popen", "run", "call", "check_call", "check_output", "getoutput"},
    "os": {"system", "popen", "fork", "forkpty", "startfile"},
    "sys": {"executable"},
}
MODULES = {"multiprocessing", "pty", "runpy", "webbrowser"}
ANYWHERE = ("create_subprocess_", "subprocess_", "ProcessPool", "posix_spawn", "execv", "spawn")
MENTIONED = re.compile(rf"\b(?:{'|'.join((*STARTS, *MODULES))})\b|{'|'.join(ANYWHERE)}")
"""Words without which a file starts no process, so that its tree needs no search."""


def starts(path: Path) -> set[str]:
    """The names in a source file that start a process, or name an interpreter."""
    found: set[str] = set()
    if not MENTIONED.search(syntax.text(path)):
        return found
    for node in syntax.nodes(path):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names if name.name.split(".")[0] in MODULES}
            case ast.ImportFrom(module=str(module), names=names):
                wanted = STARTS.get(module, set())
                found |= {name.name for name in names if name.name in wanted}
                found |= {module} if module.split(".")[0] in MODULES else set()
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in STARTS.get(
                module, ()
            ):
                found.add(f"{module}.{name}")
            case ast.Attribute(attr=name) | ast.Name(id=name) if name.startswith(ANYWHERE):
                found.add(name)
            case _:
                pass
    return found


def test_processes_are_started_in_one_place_and_a_kubeconfigs_plugin_by_its_reader() -> None:
    files = sorted((ROOT / "wvatui").rglob("*.py"))
    found = {path.relative_to(ROOT).as_posix(): named for path in files if (named := starts(path))}
    assert found == {
        "wvatui/host/child.py": {"subprocess.Popen", "create_subprocess_exec", "sys.executable"},
        # This module runs in a child already, and starts the user's own program.
        "wvatui/kube/exec_plugin.py": {"subprocess.run"},
    }


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module for a child, which prints its folder and its arguments."""
    (tmp_path / "told.py").write_text(
        "import os, sys\n"
        "def main(arguments):\n"
        "    print(os.getcwd(), *arguments, os.environ.get('KUBECONFIG'), sep='\\n')\n"
        "    return 7\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return "told"


def test_a_child_works_in_the_root_folder_and_hands_on_arguments_and_exit_code(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "one:/two:")
    with Child(module, ("a", "")).start(stdout=subprocess.PIPE) as process:
        said = process.communicate(timeout=120)[0].decode().splitlines()
    assert said == ["/", "a", "", f"{tmp_path}/one:/two:"]
    assert process.returncode == 7


async def test_a_child_of_an_event_loop_is_the_same(module: str) -> None:
    process = await Child(module, environment={"KUBECONFIG": "/x"}).run(stdout=subprocess.PIPE)
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    assert said.decode().split() == ["/", "/x"]
    assert process.returncode == 7


def test_a_child_imports_from_where_its_parent_does_and_not_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", ["", "somewhere", "/else"])
    monkeypatch.chdir(tmp_path)
    assert child._import_path() == [str(ROOT), f"{tmp_path}/somewhere", "/else"]
    monkeypatch.setattr(sys, "path", ["/else", str(ROOT)])
    assert child._import_path() == ["/else", str(ROOT)]


def test_a_relative_name_in_a_folder_that_is_gone_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert child.absolute("config") == "config"
    assert child.absolute("/config") == "/config"
    assert child.absolute("") == ""


async def test_a_child_that_is_tied_ends_with_the_other_end_of_its_input() -> None:
    process = await Child("tests.serving.endless", tied=True).run(stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"what is written does not matter\n")
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 120) == -signal.SIGTERM


def test_the_time_to_end_is_not_over_because_the_machine_stood_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    ended = OSError("ended")

    def end(code: int) -> None:
        assert code == 143
        raise ended

    monkeypatch.setattr(child, "time", SimpleNamespace(sleep=slept.append))
    monkeypatch.setattr(child, "signal", SimpleNamespace(SIGTERM=0))
    monkeypatch.setattr("os.read", lambda fd, count: b"")
    monkeypatch.setattr("os._exit", end)
    with pytest.raises(OSError, match="ended"):
        child._wait()
    assert sum(slept) == pytest.approx(child.END_S)
    assert max(slept) <= 0.1
