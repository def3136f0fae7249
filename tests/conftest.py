"""Guards every test: no home directory, no proxy, no configuration of the person who runs it."""

import gc
import importlib
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures import ROOT
from tests.forking import FORKS, WORKS
from tests.sweeps import ALL, examples

for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    # Started in the background of a script, whose children ignore these: ours must not.
    if signal.getsignal(number) is signal.SIG_IGN:
        is_interrupt = number is signal.SIGINT
        signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)


# Hundreds of processes are started: each would compile all it imports anew. So would each worker.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection(session: pytest.Session) -> None:
    """Imports all test files, beginning with others in each worker.

    On a fresh checkout every file is compiled and its assertions are rewritten, which takes longer
    than all else in collecting. So each worker compiles its share and reads that of the others.
    """
    worker, workers = (os.environ.get(f"PYTEST_XDIST_WORKER{end}", "") for end in ("", "_COUNT"))
    if not worker or session.config.args != session.config.getini("testpaths"):
        return
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    first = len(files) * int(worker.removeprefix("gw")) // int(workers)
    for file in (*files[first:], *files[:first]):
        with suppress(Exception, pytest.skip.Exception):  # collecting it will say what is wrong
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def pytest_configure(config: pytest.Config) -> None:
    """Tells the process that prints only what it prints: of six messages for each test, three.

    A test that passed was set up and torn down as well, and nobody reads what it wrote. Asked for
    durations or a file of results, workers tell everything.
    """
    plugins = config.pluginmanager.get_plugins()
    worker = next((each for each in plugins if type(each).__name__ == "WorkerInteractor"), None)
    if worker is None or config.option.durations is not None or config.option.xmlpath:
        return
    send = worker.sendevent

    def sendevent(name: str, **more: Any) -> None:
        report = more["data"] if name == "testreport" else {"outcome": ""}
        passed = report["outcome"] == "passed"
        if name == "logstart" or (passed and report["when"] != "call"):
            return
        if passed:
            report["sections"] = []
        send(name, **more)

    worker.sendevent = sendevent


# The same examples each time, and as long as they take: machines differ.
settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


def pytest_itemcollected(item: pytest.Item) -> None:
    """In a sweep properties are tried on all of their examples."""
    if ALL and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker("sweep")


gc.disable()  # what collecting makes stays to the end


def pytest_collection_finish() -> None:
    """Spares the garbage collector the tests and modules from now on, and most of its rounds."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


if WORKS:
    subprocess._fork_exec = FORKS  # type: ignore[attr-defined]


def pytest_unconfigure() -> None:
    FORKS.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Spares programs that tests start their imports; see `tests/forking.py`."""
    FORKS.is_off = item.get_closest_marker("new_interpreter") is not None


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Empty homes. One that no test has written to, as nearly all have not, is the next test's,
    too: thousands of folders would have to be made and removed."""

    def homes() -> Iterator[Path]:
        folder = tmp_path_factory.mktemp("homes")
        for number in itertools.count():
            home = folder / str(number)
            home.mkdir()
            while not os.listdir(home):
                yield home

    return homes()


@pytest.fixture(autouse=True)
def _nobodys_home(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(next(_homes)))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "KUBECONFIG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in [n for n in os.environ if n.startswith("WVATUI_") and "TEST" not in n]:
        monkeypatch.delenv(name)
