"""The whole program on a real terminal: its start, and that it always ends properly."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.fixtures import ROOT
from tests.ports import refusing
from tests.sweeps import sampled
from tests.ui.terminal import terminal

RECORDING = ROOT / "recordings" / "spike.jsonl"
"""The promise is one second; a busy machine may take as long again."""


def kubeconfig(folder: Path, server: str) -> str:
    path = folder / "kubeconfig"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "ns"}}],
    }
    path.write_text(yaml.safe_dump(content))
    return str(path)


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


# With q it ends in the same way, as in other tests here.
@pytest.mark.parametrize(("key", "code"), sampled([(b"\x03", 130), (b"q", 0)], [(b"\x03", 130)]))
def test_it_does_not_wait_for_an_api_that_never_answers(
    tmp_path: Path, silent: str, key: bytes, code: int
) -> None:
    file = kubeconfig(tmp_path, silent)
    words = ("watch", "ns", "--kubeconfig", file, "--request-timeout", "300")
    with terminal(*words, home=tmp_path) as screen:
        screen.until(b"recording ")
        screen.type(key)
        assert screen.ends()[0] == code
        assert screen.restored
        assert b"recorded in" in screen.last_words
        assert screen.last_words.count(b"\n") == 1


def test_a_refused_connection_is_told_on_the_screen_which_stays(tmp_path: Path) -> None:
    with refusing() as port:
        file = kubeconfig(tmp_path, f"http://127.0.0.1:{port}")
        with terminal("watch", "ns", "--kubeconfig", file, home=tmp_path, size=(120, 40)) as screen:
            screen.until(b"refused")
            screen.type(b"q")
            assert screen.ends()[0] == 0


def test_a_context_that_is_none_gives_the_terminal_back_and_one_line(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    arguments = ("watch", "ns", "--kubeconfig", file, "--context", "nowhere")
    with terminal(*arguments, home=tmp_path) as screen:
        assert screen.ends()[0] == 2
        assert screen.restored
        assert b"nowhere" in screen.last_words
        assert b"Traceback" not in screen.shown


def test_a_recording_on_standard_input_leaves_the_keys_to_the_terminal(tmp_path: Path) -> None:
    with (
        RECORDING.open("rb") as file,
        terminal("replay", "-", home=tmp_path, stdin=file.fileno()) as screen,
    ):
        screen.until(b"REPLAY")
        screen.until(b"standard input")
        screen.type(b"q")
        assert screen.ends()[0] == 0
        assert screen.restored


def test_a_pipe_that_stays_open_does_not_hold_the_screen(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, RECORDING.read_bytes()[:30_000])
        with terminal("replay", "-", home=tmp_path, stdin=reading) as screen:
            screen.until(b"REPLAY")
            screen.type(b"\x03")
            assert screen.ends()[0] == 130
    finally:
        os.close(reading)
        os.close(writing)


def test_a_crash_gives_the_terminal_back_and_tells_no_locals(tmp_path: Path) -> None:
    program = (
        "-c",
        "import sys\n"
        "from wvatui.ui.widgets.stage import StageWidget\n"
        "def broken(self, vm):\n"
        "    secret = 'token-very-secret'\n"
        "    raise KeyError('rung')\n"
        "StageWidget.draw = broken\n"
        "from wvatui.cli.main import main\n"
        "sys.exit(main())\n",
    )
    with terminal("replay", str(RECORDING), home=tmp_path, program=program) as screen:
        assert screen.ends()[0] == 1
        assert screen.restored
        assert b"KeyError" in screen.last_words
        assert b"spike.jsonl" in screen.last_words
        assert screen.last_words.count(b"\n") == 1
        assert b"token-very-secret" not in screen.shown


# One theme, since none of its colours is written. `test_themes.py` and `test_colorblind.py` look at
# all.
@pytest.mark.parametrize("theme", sampled(["dark", "colorblind"], ["colorblind"]))
def test_without_unicode_and_colours_it_writes_neither(tmp_path: Path, theme: str) -> None:
    plain = {"LC_ALL": "C", "NO_COLOR": "1", "WVATUI_THEME": theme}
    with terminal("replay", str(RECORDING), "--at", "50%", home=tmp_path, env=plain) as screen:
        screen.until(b"Decisions")
        screen.type(b"q")
        assert screen.ends()[0] == 0
        assert screen.shown.isascii()


# The default theme; that all have sixteen colours for all styles, `test_themes.py` tells.
@pytest.mark.parametrize("theme", sampled(["dark", "colorblind", "contrast"], ["dark"]))
def test_a_terminal_of_sixteen_colours_gets_no_others(tmp_path: Path, theme: str) -> None:
    few = {"TERM": "xterm", "COLORTERM": "", "WVATUI_THEME": theme}
    with terminal("replay", str(RECORDING), "--at", "50%", home=tmp_path, env=few) as screen:
        screen.until(b"Decisions")
        screen.type(b"q")
        assert screen.ends()[0] == 0
        assert b"38;2;" not in screen.shown
        assert b"48;2;" not in screen.shown


def test_the_name_is_there_before_the_screen_and_leaves_with_an_error(tmp_path: Path) -> None:
    with terminal("replay", str(tmp_path / "no-such.jsonl"), home=tmp_path) as screen:
        assert screen.ends()[0] == 4
        assert b"no-such.jsonl" in screen.shown.partition(b"\x1b[?1049l")[0]
        assert screen.restored
        assert b"No such file" in screen.last_words


def test_what_was_typed_as_a_name_is_never_a_control_sequence(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    with terminal("watch", "a\x1b]0;b\x07", "--kubeconfig", file, home=tmp_path) as screen:
        screen.until(b"LIVE")
        assert b"\x1b]0;b" not in screen.shown
        screen.type(b"\x03")
        assert screen.ends()[0] in (130, 2)
        assert screen.restored


def test_ctrl_c_leaves_before_the_screen_has_come(tmp_path: Path, silent: str) -> None:
    file = kubeconfig(tmp_path, silent)
    with terminal("watch", "ns", "--kubeconfig", file, home=tmp_path) as screen:
        screen.until(b"connecting")
        screen.type(b"\x03")
        assert screen.ends()[0] == 130
        assert screen.restored
        assert b"Traceback" not in screen.shown


def test_the_file_says_how_the_screen_begins(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "wvatui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[ui]\nclock = "t+"\n[keys]\n"app.quit" = "x"\n')
    with terminal("replay", str(RECORDING), "--at", "50%", home=tmp_path) as screen:
        screen.until(b"Controller log")
        screen.until(b" T+06:00 ")  # as in the decision feed: the header always has both
        screen.type(b"qx")  # q no longer does anything
        assert screen.ends()[0] == 0


def test_a_wrong_file_is_told_before_the_screen(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "wvatui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[keys]\n"view.freeze" = "q"\n')
    with terminal("replay", str(RECORDING), home=tmp_path) as screen:
        assert screen.ends()[0] == 2
        assert screen.restored
        assert b"config.toml:2" in screen.last_words


def test_a_command_that_comes_in_one_burst_is_text_and_no_keys(tmp_path: Path) -> None:
    with terminal("replay", str(RECORDING), "--paused", home=tmp_path) as screen:
        screen.until(b"Controller log")
        screen.type(b":seek 6m\r")
        screen.until(b"T+06:00")
        screen.type(b"q")
        assert screen.ends()[0] == 0


STREAMS = ["2>/dev/null", "2>&-", ">/dev/null", ">&-"]


# Each stream once, and each way of it being no terminal.
@pytest.mark.parametrize("stream", sampled(STREAMS, ["2>/dev/null", ">&-"]))
def test_where_nobody_would_see_a_screen_there_are_lines(tmp_path: Path, stream: str) -> None:
    rows = RECORDING.read_bytes().splitlines(keepends=True)
    begin = tmp_path / "begin.jsonl"
    begin.write_bytes(b"".join([*rows[:300], rows[-1]]))
    script = f'exec "$@" {stream}'
    shell = f"import os, sys; os.execlp('sh', 'sh', '-c', {script!r}, 'sh', *sys.argv[1:])"
    words = (sys.executable, "-m", "wvatui", "replay", str(begin))
    with terminal(*words, home=tmp_path, program=("-c", shell)) as screen:
        assert screen.ends(120.0)[0] == 0
        assert b"\x1b[?1003h" not in screen.shown
        said = b"no terminal here: one line per change" if stream.startswith(">") else b" replicas "
        assert said in screen.shown
