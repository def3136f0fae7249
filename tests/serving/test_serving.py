"""The verb `serve` from start to end: one recording, many viewers, and nothing left behind."""

import asyncio
import contextlib
import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.fixtures import ROOT
from tests.ports import refusing
from tests.serving.serving import RECORDING, browser, family, is_there, serving
from tests.sweeps import sampled
from tests.waiting import until
from wvatui.serving.viewer import Viewer
from wvatui.serving.wanted import Wanted

"""The promise is a second or two; a busy machine may take as long again."""


def recordings(home: Path) -> list[Path]:
    return list(home.glob(".local/state/wvatui/sessions/*.jsonl"))


def last(path: Path) -> dict[str, object]:
    line: dict[str, object] = json.loads(path.read_text().splitlines()[-1])
    return line


# Most tests end their server with SIGTERM, whose exit code a test below checks.
@pytest.mark.parametrize(
    ("number", "code"),
    sampled([(signal.SIGINT, 130), (signal.SIGTERM, 143)], [(signal.SIGINT, 130)]),
)
async def test_a_signal_ends_everything_and_the_recording_ends_well(
    tmp_path: Path, number: int, code: int
) -> None:
    async with serving("--demo", home=tmp_path) as server:
        url = await server.begins()
        async with browser(url) as one, browser(url) as two:
            await one.until("LIVE")
            await two.until("LIVE")
            everybody = family(server.process.pid)
            # The server, the recorder, the simulated cluster, and two viewers.
            assert len(everybody) >= 5
            assert await server.ends(number) == code
            assert [pid for pid in everybody if is_there(pid)] == []
            await one.closed()
        (path,) = recordings(tmp_path)
        assert last(path)["k"] == "footer"
        assert "Traceback" not in server.said
        assert f"{path}: " in server.said


async def test_even_a_killed_server_leaves_nobody_behind(tmp_path: Path) -> None:
    async with serving("--demo", home=tmp_path) as server:
        url = await server.begins()
        async with browser(url) as screen:
            await screen.until("LIVE")
            everybody = family(server.process.pid)
            server.process.send_signal(signal.SIGKILL)
            await until(lambda: not any(map(is_there, everybody)))
        (path,) = recordings(tmp_path)
        assert last(path)["k"] == "footer"


async def test_all_look_at_one_recording_which_goes_on_when_they_leave(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    async with serving("--demo", "--record", str(file), "--label", "wva", home=tmp_path) as server:
        url = await server.begins()
        async with browser(url) as one:
            await one.until("LIVE")
            async with browser(url) as two:
                await two.until("LIVE")
                # At the newest moment, the screen shows new data as it arrives.
                one.forget()
                two.forget()
                await until(lambda: b"T+" in one.shown and b"T+" in two.shown)
        size = file.stat().st_size
        await until(lambda: file.stat().st_size > size)
        assert recordings(tmp_path) == []
        assert json.loads(file.read_text().splitlines()[0])["label"] == "wva"
        assert await server.ends(signal.SIGTERM) == 143


async def test_without_a_recording_nothing_is_kept(tmp_path: Path) -> None:
    env = {"TMPDIR": str(tmp_path)}
    async with serving("--demo", "--no-record", home=tmp_path, env=env) as server:
        url = await server.begins()
        assert "nothing is kept" in server.said
        async with browser(url) as screen:
            await screen.until("LIVE")
        await server.ends(signal.SIGTERM)
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".jsonl"] == []


async def test_the_end_of_the_recording_is_the_end_of_the_server(tmp_path: Path) -> None:
    async with serving("--demo", "--duration", "60s", "--speed", "30", home=tmp_path) as server:
        await server.begins()
        assert await server.ends() == 0


async def test_settings_of_other_verbs_do_not_reach_the_processes(tmp_path: Path) -> None:
    config = tmp_path / ".config" / "wvatui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[replay]\nheadless = true\n[demo]\nno_record = true\n")
    env = {"WVATUI_PLAIN": "1", "WVATUI_AT": "0%", "WVATUI_PAUSED": "1"}
    async with serving("--demo", home=tmp_path, env=env) as server:
        async with browser(await server.begins()) as screen:
            await screen.until("LIVE")
        await server.ends(signal.SIGTERM)


async def test_a_cluster_that_cannot_be_reached_is_one_line_and_its_exit_code(
    tmp_path: Path,
) -> None:
    with refusing() as port:
        file = tmp_path / "kubeconfig"
        file.write_text(
            "{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: "
            "{cluster: c, user: u}}], users: [{name: u, user: {token: t}}], clusters: "
            f"[{{name: c, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]}}"
        )
        async with serving("ns", "--kubeconfig", str(file), home=tmp_path) as server:
            assert await server.ends() == 3
            assert server.url == ""
            assert "Traceback" not in server.said


async def test_it_listens_on_this_machine_alone(tmp_path: Path) -> None:
    async with serving("--replay", str(RECORDING), home=tmp_path) as server:
        url = await server.begins()
        assert url.startswith("http://127.0.0.1:")
        assert "warning" not in server.said
        port = f"{int(url.rstrip('/').rpartition(':')[2]):04X}"
        tables = Path("/proc/net").glob("tcp*")  # without IPv6 there is one
        table = "".join(each.read_text() for each in tables if each.name in ("tcp", "tcp6"))
        listening = re.findall(rf"^\s*\d+: (\w+):{port} \w+:0000 0A", table, re.MULTILINE)
        assert listening == ["0100007F"]
        await server.ends(signal.SIGINT)


async def test_another_address_is_warned_of_in_words(tmp_path: Path) -> None:
    arguments = ("--replay", str(RECORDING), "--host", "0.0.0.0", "--allow-actions")
    async with serving(*arguments, home=tmp_path) as server:
        await server.begins()
        assert "warning: whoever can reach 0.0.0.0:" in server.said
        assert "write CSV files" in server.said
        await server.ends(signal.SIGTERM)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ns", "--demo", "--replay", "FILE"], 2, "one of NAMESPACE"),
        (["ns", "--replay", "FILE"], 2, "one of NAMESPACE"),
        (["--replay", "-"], 2, "has to be a file"),
        (["--replay", "nowhere.jsonl"], 4, "nowhere.jsonl"),
        (["--demo", "--record", "FILE"], 2, "exists already"),
        (["a", "-n", "b"], 2, "two namespaces"),
        (["--demo", "--max-viewers", "0"], 2, "--max-viewers"),
        (["--replay", "FILE", "--host", "no such host"], 2, "cannot listen on no such host"),
    ],
)
def test_what_cannot_be_is_said_at_once(arguments: list[str], code: int, words: str) -> None:
    named = [str(RECORDING) if word == "FILE" else word for word in arguments]
    done = run("serve", "--port", "0", *named)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_port_in_use_is_one_line_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--replay", str(RECORDING), "--port", str(taken.getsockname()[1]))
    assert done.code == 2
    assert "in use" in done.err
    assert "--port 0" in done.err


def test_without_textual_serve_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from wvatui import serving

    find = serving.importlib.util.find_spec
    monkeypatch.setattr(
        serving.importlib.util,
        "find_spec",
        lambda name: None if name == "textual_serve" else find(name),
    )
    done = run("serve", "--demo")
    assert done.code == 2
    assert "needs textual-serve" in done.err
    assert "pip install 'wvatui[serve]'" in done.err
    assert "Traceback" not in done.err


# The help names the verb's options, and a replay is what serving shows.
@pytest.mark.parametrize(
    "verb",
    sampled(
        ["--version", "serve --help", "summary FILE", "replay FILE --plain"],
        ["serve --help", "replay FILE --plain"],
    ),
)
def test_no_other_verb_loads_what_serving_needs(verb: str) -> None:
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print([m for m in ('aiohttp', 'textual_serve', 'jinja2',"
        " 'wvatui.serving') if m in sys.modules], file=sys.stderr))\n"
        "from wvatui.cli.main import main\nmain()\n"
    )
    small = str(ROOT / "recordings" / "paused-scaler.jsonl")
    args = [small if word == "FILE" else word for word in verb.split()]
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stderr.strip().endswith("[]")


async def test_a_screen_that_draws_nothing_ends_too_when_nobody_listens_any_more() -> None:
    wanted = Wanted(replay=RECORDING)
    child = wanted.viewer(RECORDING)
    browser = {**child.environment, "TEXTUAL_DRIVER": "wvatui.ui.shell.guard:BrowserDriver"}
    process = await dataclasses.replace(child, environment=browser).run(
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 30,  # bytes before a word, however often the screen is drawn until then
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(120):
            await process.stdout.readuntil(b"REPLAY")
            process.stdin.write(Viewer.encode_packet(b"D", b" "))
            await process.stdout.readuntil(b"paused")
            process.stdin.close()
            while await process.stdout.read(65_536):
                pass
            assert await process.wait() in (0, 143)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
