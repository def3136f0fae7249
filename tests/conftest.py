"""Keeps every test from the home directory, proxies and configuration of whoever runs it."""

import gc
import importlib
import itertools
import os
import signal
import subprocess
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
    # In the background of a script children ignore these signals; those of the tests must not.
    if signal.getsignal(number) is signal.SIG_IGN:
        is_interrupt = number is signal.SIGINT
        signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)


def pytest_collection(session: pytest.Session) -> None:
    """Imports all test files, starting at a different one in each worker.

    On a fresh checkout, compiling the files and rewriting their assertions takes most of the time
    of collection. So each worker compiles its share and reads the results of the others.
    """
    worker, workers = (os.environ.get(f"PYTEST_XDIST_WORKER{end}", "") for end in ("", "_COUNT"))
    if not worker or session.config.args != session.config.getini("testpaths"):
        return
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    first = len(files) * int(worker.removeprefix("gw")) // int(workers)
    for file in (*files[first:], *files[:first]):
        with suppress(Exception, pytest.skip.Exception):  # collection reports the error
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def pytest_configure(config: pytest.Config) -> None:
    """Reduces the messages of a worker to those that are printed: from six to three per test.

    Set-up, tear-down and output of a test that passed are of no interest. With `--durations` or
    `--junitxml` workers send everything.
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


# The same examples each time, without a deadline, since machines differ in speed.
settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks properties (hypothesis) as part of a sweep, which tries all of their examples."""
    if ALL and getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
        item.add_marker("sweep")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves tests that are marked `sweep` as a whole to `make sweeps`."""
    if not ALL:
        items[:] = [item for item in items if item.get_closest_marker("sweep") is None]


gc.disable()  # the objects made by collection live to the end


def pytest_collection_finish() -> None:
    """Exempts tests and modules from garbage collection from now on, and makes it rarer."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


if WORKS:
    subprocess._fork_exec = FORKS  # type: ignore[attr-defined]


def pytest_unconfigure() -> None:
    FORKS.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lets a test's programs be forked unless it needs new interpreters; see `tests/forking.py`."""
    FORKS.is_off = item.get_closest_marker("new_interpreter") is not None


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Empty home directories. The next test reuses one that is still empty, as nearly all are,
    which saves making and removing thousands of folders."""

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
