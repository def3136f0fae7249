"""Signals at any moment of a session: the terminal is restored, and the exit code names the
signal."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.patience import MAIN, PATIENT
from tests.sweeps import sampled, sampled_ways
from tests.ui.terminal import Terminal, terminal
from wvatui.host import signals
from wvatui.sim.serve import launch

RECORDING = str(ROOT / "recordings" / "spike.jsonl")
LIMIT_S = 120.0
ENDS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "SIGQUIT": -signal.SIGQUIT}
STRIKE = """
import os, signal, sys
_, moment, *numbers = sys.argv.pop(1).split()
def strike():
    for number in numbers:
        os.kill(os.getpid(), getattr(signal, number))
"""
AT_A_CALL = """
import importlib
module, names = moment.split(":")
*path, name = names.split(".")
owner = importlib.import_module(module)
for part in path:
    owner = getattr(owner, part)
real = getattr(owner, name)
def struck(*given, **named):
    strike()
    return real(*given, **named)
setattr(owner, name, struck)
"""
AT_AN_IMPORT = """
class Strike:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            sys.meta_path.remove(self)
            strike()
sys.meta_path.insert(0, Strike())
"""
NOHUP = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
MOMENTS = (
    "wvatui.cli.main",
    "wvatui.ui.app.start",
    "textual.app",
    "wvatui.ui.app.start:_show",
    "wvatui.host.signals:heard",
    "textual.drivers.linux_driver",
    "wvatui.host.console:end_splash",
)


def struck(moment: str, *numbers: str) -> tuple[str, ...]:
    """A program that runs wvatui, and sends itself the signals `numbers` at `moment`: the import of
    a module, or the call of a function (module:function)."""
    program = STRIKE + (AT_A_CALL + PATIENT if ":" in moment else AT_AN_IMPORT) + MAIN
    return "-c", program, " ".join(("at", moment, *numbers))


def is_restored(screen: Terminal) -> bool:
    return screen.restored or b"\x1b[?1049h" not in screen.shown


# Each signal at one moment: signals differ only in their numbers, and all four are sent while the
# screen is shown. Two of the imports are left out, which are between the first and the last.
@pytest.mark.parametrize(
    ("moment", "number"),
    sampled(
        product(MOMENTS, ENDS),
        [
            ("wvatui.cli.main", "SIGINT"),
            ("wvatui.ui.app.start:_show", "SIGQUIT"),
            ("wvatui.host.signals:heard", "SIGINT"),
            ("textual.drivers.linux_driver", "SIGTERM"),
            ("wvatui.host.console:end_splash", "SIGHUP"),
        ],
    ),
)
def test_a_signal_during_the_start_leaves_the_terminal_as_it_was(
    tmp_path: Path, moment: str, number: str
) -> None:
    with terminal("replay", RECORDING, home=tmp_path, program=struck(moment, number)) as screen:
        assert screen.ends(LIMIT_S)[0] == ENDS[number]
        assert is_restored(screen)
        assert b"Traceback" not in screen.shown
        assert b"ignored in" not in screen.shown


@pytest.mark.parametrize("number", ENDS)
def test_a_signal_while_it_is_shown_gives_the_terminal_back(tmp_path: Path, number: str) -> None:
    with terminal("replay", RECORDING, "--paused", home=tmp_path) as screen:
        screen.until(b"Decisions", LIMIT_S)
        screen.process.send_signal(getattr(signal, number))
        assert screen.ends(LIMIT_S)[0] == ENDS[number]
        assert screen.restored
        assert b"Traceback" not in screen.shown


@pytest.mark.parametrize(
    "moment",
    ["wvatui.ui.app.start:_end", "wvatui.ui.app.start:_last_words", "wvatui.host.console:finish"],
)
def test_ctrl_c_again_is_130_whenever_it_comes(tmp_path: Path, moment: str) -> None:
    program = struck(moment, "SIGINT", "SIGINT")
    with terminal("replay", RECORDING, "--paused", home=tmp_path, program=program) as screen:
        screen.until(b"Decisions", LIMIT_S)
        screen.type(b"\x03")
        assert screen.ends(LIMIT_S)[0] == 130
        assert screen.restored
        assert b"Traceback" not in screen.shown


def test_a_screen_that_was_stopped_goes_on_and_gives_the_terminal_back(tmp_path: Path) -> None:
    with terminal("replay", RECORDING, "--paused", home=tmp_path) as screen:
        screen.until(b"Decisions", LIMIT_S)
        for _ in range(2):
            screen.process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, screen.process.pid, os.WSTOPPED)
            screen.read(0.0)
            before = len(screen.shown)
            screen.process.send_signal(signal.SIGCONT)
            screen.until(b"Decisions", LIMIT_S, after=before)
        screen.type(b"q")
        assert screen.ends(LIMIT_S)[0] == 0
        assert screen.restored


@pytest.mark.parametrize("number", ["SIGCONT", "SIGTSTP"])
def test_a_job_that_goes_on_after_its_screen_shows_none_again(tmp_path: Path, number: str) -> None:
    program = struck("wvatui.ui.app.start:_last_words", number)
    with terminal("replay", RECORDING, "--paused", home=tmp_path, program=program) as screen:
        screen.until(b"Decisions", LIMIT_S)
        screen.type(b"q")
        if number == "SIGTSTP":
            os.waitid(os.P_PID, screen.process.pid, os.WSTOPPED)
            screen.process.send_signal(signal.SIGCONT)
        assert screen.ends(LIMIT_S)[0] == 0
        assert screen.restored
        assert b"Traceback" not in screen.shown


def test_ctrl_c_twice_in_one_burst_is_130(tmp_path: Path) -> None:
    with terminal("demo", "--no-record", home=tmp_path) as screen:
        screen.until(b"Decisions", LIMIT_S)
        screen.type(b"\x03\x03")
        assert screen.ends(LIMIT_S)[0] == 130
        assert screen.restored


def test_the_last_words_are_said_although_a_signal_comes_before_them(tmp_path: Path) -> None:
    file = tmp_path / "demo.jsonl"
    program = struck("wvatui.ui.app.start:_last_words", "SIGINT")
    with terminal("demo", f"--record={file}", home=tmp_path, program=program) as screen:
        screen.until(b"llama-8b-h100", LIMIT_S)
        screen.type(b"\x03")
        assert screen.ends(LIMIT_S)[0] == 130
        assert b"recorded in " in screen.last_words


# --- without a screen ---------------------------------------------------------------------


@contextmanager
def started(
    *arguments: str, program: tuple[str, ...] = ("-m", "wvatui")
) -> Iterator["subprocess.Popen[bytes]"]:
    """Runs the program without a terminal; it is ended with the block at the latest."""
    with subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


# Each signal at one moment, as with a screen.
@pytest.mark.parametrize(
    ("moment", "number"),
    sampled_ways(
        ["wvatui.cli.main", "wvatui.cli.cluster.demo:opening", "wvatui.kube.auth:CredentialChild"],
        ENDS,
    ),
)
def test_without_a_screen_a_signal_during_the_start_is_its_exit_code(
    moment: str, number: str
) -> None:
    arguments = ("demo", "--headless", "--no-record", "--duration", "100h")
    with started(*arguments, program=struck(moment, number)) as process:
        _, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == ENDS[number]
        assert b"Traceback" not in err


def test_a_terminal_that_is_closed_ends_a_headless_session_with_129(tmp_path: Path) -> None:
    file = tmp_path / "demo.jsonl"
    with terminal(
        "demo", "--headless", "--duration", "1000h", f"--record={file}", home=tmp_path
    ) as screen:
        while not file.exists() or file.stat().st_size < 10_000:
            assert screen.process.poll() is None
            screen.read(0.05)
        screen.hang_up()
        assert screen.process.wait(LIMIT_S) == 129
    assert b'"k":"footer"' in file.read_bytes().splitlines()[-1]


def test_who_started_it_with_nohup_is_not_ended_by_the_terminal() -> None:
    how, text, moment = struck("wvatui.session.headless:run_headless", "SIGHUP")
    arguments = (moment, "demo", "--headless", "--no-record", "--duration", "20s")
    with started(*arguments, program=(how, NOHUP + text)) as process:
        process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0


def test_a_screen_started_with_nohup_ends_with_its_terminal(tmp_path: Path) -> None:
    file = tmp_path / "demo.jsonl"
    program = ("-c", NOHUP + PATIENT + MAIN)
    with terminal("demo", f"--record={file}", home=tmp_path, program=program) as screen:
        screen.until(b"Decisions")
        while not file.exists() or file.stat().st_size < 10_000:
            assert screen.process.poll() is None
            screen.read(0.05)
        screen.hang_up()
        assert screen.process.wait(LIMIT_S) == 129
    assert b'"k":"footer"' in file.read_bytes().splitlines()[-1]


# All end it by the same exception, whose exit code is tested above.
@pytest.mark.parametrize("number", sampled(["SIGINT", "SIGTERM", "SIGHUP"], ["SIGINT"]))
def test_a_signal_in_a_short_look_at_a_cluster_ends_it_without_a_traceback(number: str) -> None:
    with launch() as cluster:
        arguments = ("check", cluster.namespace, "--kubeconfig", str(cluster.kubeconfig))
        program = struck("wvatui.sources.wiring:cluster_sources", number)
        with started(*arguments, "--look", "100h", program=program) as process:
            out, err = process.communicate(timeout=LIMIT_S)
            assert (process.returncode, out, err) == (ENDS[number], b"", b"")


# --- the parts ----------------------------------------------------------------------------


@pytest.fixture
def _kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in signals.CODES}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_kept")
def test_after_a_loop_signals_do_what_they_did_before_it() -> None:
    signals.end_by_exception()
    before = [signal.getsignal(number) for number in signals.CODES]
    heard: list[int] = []

    async def listen() -> None:
        with signals.heard(heard.append):
            os.kill(os.getpid(), signal.SIGHUP)
            while not heard:
                await asyncio.sleep(0)

    asyncio.run(listen())
    assert heard == [129]
    assert [signal.getsignal(number) for number in signals.CODES] == before
    with pytest.raises(signals.Ended) as ended:
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.code == 143


@pytest.mark.usefixtures("_kept")
def test_work_that_a_signal_cancels_is_finished_first() -> None:
    steps: list[str] = []

    async def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.sleep(LIMIT_S)
        finally:
            await asyncio.sleep(0)
            steps.append("closed")

    with pytest.raises(signals.Ended) as ended:
        signals.run(work())
    assert (ended.value.code, steps) == (130, ["closed"])
