"""The command line of the program in a process of its own: pipes, help, completion."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.patience import MAIN
from tests.sources.fake_pods import vllm_page
from tests.sources.served_pages import serving
from tests.ui.terminal import terminal
from tests.verbs.program import Ended, environment, program
from wvatui.cli.main import LAST, SECTIONS, cli
from wvatui.cli.settings import doctor
from wvatui.core import events as ev
from wvatui.kube import credentials
from wvatui.recording import Writer
from wvatui.sim.serve import launch

AT = 1_788_249_600.0


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A session of a minute in the folder where sessions are kept."""
    folder = tmp_path / ".local" / "state" / "wvatui" / "sessions"
    folder.mkdir(parents=True)
    for number, label in enumerate(("older", "newer")):
        at = AT + 3600 * number
        header = ev.Header(at, started_at=at, recorded_at=at, namespace="ns", label=label)
        writer = Writer(folder / f"{label}.jsonl", header)
        workload = ev.Workload(at + 1, kind="Deployment", name="d", namespace="ns", spec=1, ready=1)
        writer.write(
            [
                workload,
                ev.Mark(at + 1, note="n"),
                *(ev.Tick(at + second) for second in range(2, 61)),
            ]
        )
        writer.close("quit", decisions=0)
    return folder / "newer.jsonl"


def wvatui(home: Path, *arguments: str, **how: str) -> Ended:
    """Run `wvatui ARGUMENTS` in the folder `home`."""
    folder = home / "here"
    folder.mkdir(exist_ok=True)
    return program(list(arguments), environment(home), folder, **how)


def settings(home: Path, text: str) -> None:
    """Write the configuration file of a user whose home is `home`."""
    config = home / ".config" / "wvatui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(text)


def made(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "here").iterdir())


@pytest.mark.parametrize("more", [(), ("-o", "-")])
def test_a_table_goes_into_a_pipe_and_makes_no_file(
    recording: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    done = wvatui(tmp_path, "export", str(recording), "--table", "events", *more)
    assert done.code == 0, done.err
    rows = list(csv.DictReader(io.StringIO(done.out.decode())))
    assert rows
    assert set(rows[0]) >= {"time", "kind"}
    assert made(tmp_path) == []


def test_where_nothing_reads_a_table_is_a_file(recording: Path, tmp_path: Path) -> None:
    done = wvatui(tmp_path, "export", str(recording), "--table", "events", redirected=">/dev/null")
    assert (done.code, made(tmp_path)) == (0, ["newer-events.csv"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--table", "all", "-o", "-"), b"standard output takes one table"),
        (("--format", "csv", "-o", "-"), b"standard output takes one table"),
        (("--format", "parquet", "--table", "runs", "-o", "-"), b"Parquet is no text"),
    ],
)
def test_what_standard_output_cannot_take_is_refused_in_words(
    recording: Path, tmp_path: Path, arguments: tuple[str, ...], words: bytes
) -> None:
    done = wvatui(tmp_path, "export", str(recording), *arguments)
    assert (done.code, done.out, made(tmp_path)) == (2, b"", [])
    assert words in done.err


def test_a_run_as_json_and_a_snapshot_go_to_standard_output(
    recording: Path, tmp_path: Path
) -> None:
    done = wvatui(
        tmp_path, "export", str(recording), "--format", "json", "--table", "runs", "-o", "-"
    )
    assert [row["label"] for row in json.loads(done.out)] == ["newer"]
    assert wvatui(tmp_path, "export", str(recording), "-o", "-").out.startswith(b"time,")
    assert made(tmp_path) == []


def test_alone_it_names_the_first_steps_and_the_way_on(tmp_path: Path) -> None:
    done = wvatui(tmp_path)
    assert (done.code, done.err) == (0, b"")
    lines = done.out.decode().splitlines()
    assert [line.split()[1] for line in lines[:5]] == [
        "demo",
        "watch",
        "check",
        "replay",
        "compare",
    ]
    assert "wvatui --help" in lines[-1]


def test_help_has_every_verb_in_a_section_and_the_rare_ones_last(tmp_path: Path) -> None:
    text = wvatui(tmp_path, "--help").out.decode()
    places = [text.index(f"\n{title}:\n") for title, _ in SECTIONS]
    assert places == sorted(places)
    named = [line.split()[0] for line in text[places[0] :].splitlines() if line[:3].strip()[:1]]
    verbs = [name for name in named if name in cli.commands]
    assert sorted(verbs) == sorted(cli.commands)
    assert tuple(verbs[-len(LAST) :]) == LAST
    assert {name for _, names in SECTIONS for name in names} <= set(cli.commands)


def test_help_of_a_verb_is_its_own_help_and_a_wrong_one_names_the_nearest(tmp_path: Path) -> None:
    assert wvatui(tmp_path, "help", "coverage").out == wvatui(tmp_path, "coverage", "--help").out
    nested = wvatui(tmp_path, "help", "config", "validate")
    assert b"wvatui config validate" in nested.out
    wrong = wvatui(tmp_path, "help", "compre")
    assert (wrong.code, b"did you mean 'compare'" in wrong.err) == (2, True)
    assert wvatui(tmp_path, "version").out == wvatui(tmp_path, "--version").out
    settings(tmp_path, '[watch]\ninterval = "7s"\n')
    own = wvatui(tmp_path, "watch", "--help").out
    assert b"7s" in own
    assert wvatui(tmp_path, "help", "watch").out == own


ASKS = {
    "bash": 'eval "$(SCRIPT)"; COMP_WORDS=(wvatui compare --sl); COMP_CWORD=2;'
    ' _wvatui_completion "PROGRAM"; echo "${COMPREPLY[@]}"',
    "zsh": 'autoload -U compinit; compinit -u; eval "$(SCRIPT)"; whence -w _wvatui_completion',
    "fish": "SCRIPT | source; complete -C 'wvatui compare --sl'",
}


@pytest.mark.parametrize(
    ("shell", "answer"), [("bash", "--slo"), ("zsh", "function"), ("fish", "--slo")]
)
def test_a_shell_takes_the_script_and_completes(tmp_path: Path, shell: str, answer: str) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed")
    starter = tmp_path / "wvatui"
    starter.write_text(f'#!/bin/sh\nexec {sys.executable} -m wvatui "$@"\n')
    starter.chmod(0o700)
    asked = ASKS[shell].replace("SCRIPT", f"{starter} completion {shell}")
    asked = asked.replace("PROGRAM", str(starter))
    env = environment(tmp_path)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    done = subprocess.run([found, "-c", asked], env=env, cwd=ROOT, capture_output=True, timeout=120)
    assert answer in done.stdout.decode().split(), done.stderr


def test_watching_without_a_terminal_prints_lines(tmp_path: Path) -> None:
    done = wvatui(tmp_path, "watch", "ns", "--kubeconfig", "nowhere")
    assert done.err.splitlines()[0] == (
        b"no terminal here: one line per change instead of the screen"
    )
    assert done.code != 0
    assert b"--plain" not in done.err


def test_a_replay_without_a_terminal_prints_lines(recording: Path, tmp_path: Path) -> None:
    plain = wvatui(tmp_path, "replay", str(recording), "--plain")
    done = wvatui(tmp_path, "replay", str(recording))
    assert (done.code, done.out) == (0, plain.out)
    assert b"no terminal here" in done.err
    piped = wvatui(tmp_path, "replay", redirected=f"<{recording}")
    assert piped.out == plain.out


def test_a_replay_of_a_file_that_is_not_there_says_only_that(tmp_path: Path) -> None:
    done = wvatui(tmp_path, "replay", "nosuch.jsonl")
    assert (done.code, done.err) == (4, b"wvatui: nosuch.jsonl: No such file or directory\n")


def test_a_replay_without_a_file_offers_the_sessions(recording: Path, tmp_path: Path) -> None:
    with terminal("replay", home=tmp_path) as screen:
        screen.until(b"Which one?")
        assert screen.shown.index(b"newer.jsonl") < screen.shown.index(b"older.jsonl")
        screen.type(b"2\r")
        screen.until(b"REPLAY")
        screen.until(b"T+00:")
        screen.type(b"q")
        assert screen.ends()[0] == 0
    with terminal("replay", home=tmp_path) as screen:
        screen.until(b"Which one?")
        screen.type(b"7\r")
        assert screen.ends(120.0)[0] == 2
        assert b"'7' is none of them" in screen.shown
    with terminal("replay", home=tmp_path / "nobody") as screen:
        assert screen.ends(120.0)[0] == 2
        assert b"nothing is recorded yet" in screen.shown


def test_the_doctor_tells_what_is_amiss_and_works_without_a_cluster(tmp_path: Path) -> None:
    done = wvatui(tmp_path, "doctor", "-o", "json")
    assert done.code == 0, done.err
    rows = {row["what"]: row for row in json.loads(done.out)}
    assert rows["kubeconfig"]["state"] == "note"
    assert rows["sessions"]["state"] == "ok"
    assert rows["libraries"]["state"] == "ok"
    settings(tmp_path, '[watch]\nintervall = "2s"\n')
    wrong = wvatui(tmp_path, "doctor", "--kubeconfig", "nowhere")
    assert wrong.code == 1
    assert b"1 wrong: wvatui config validate" in wrong.out
    assert b"amiss: configuration, kubeconfig" in wrong.err


def test_the_doctor_looks_for_the_cluster_as_the_program_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "~/gone")
    [row] = doctor._cluster("", "", "", 1.0)
    assert (row.state, "$KUBECONFIG names ~/gone" in row.text) == ("amiss", True)
    (Path.home() / "here").write_text("{}")
    first, answer = doctor._cluster("~/here", "", "", 1.0)
    assert (first.state, first.text, answer.state) == ("ok", "~/here", "amiss")
    monkeypatch.delenv("KUBECONFIG")
    (tmp_path / "token").write_text("t0ken")
    monkeypatch.setattr(credentials, "ACCOUNT", tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    first, answer = doctor._cluster("", "", "", 1.0)
    assert "the account of the pod" in first.text
    assert answer.what == "answer"


def test_the_doctor_asks_for_rights_in_one_namespace_and_says_in_which(tmp_path: Path) -> None:
    with launch() as cluster:
        flags = ("--kubeconfig", str(cluster.kubeconfig), "-o", "json")
        done = wvatui(tmp_path, "doctor", "-n", f"{cluster.namespace},other", *flags)
    rows = {row["what"]: row["text"] for row in json.loads(done.out)}
    assert rows["context"].endswith(f", namespace {cluster.namespace}")
    assert rows["list pods"] == "granted"


def test_the_doctor_tells_what_characters_the_screen_is_drawn_with(tmp_path: Path) -> None:
    env = environment(tmp_path, LC_ALL="C", PYTHONUTF8="1")
    rows = json.loads(program(["doctor", "-o", "json"], env, tmp_path).out)
    [row] = [row for row in rows if row["what"] == "characters"]
    assert (row["state"], "drawn in ASCII" in row["text"]) == ("note", True)


def test_the_schema_knows_every_setting_and_no_other(tmp_path: Path) -> None:
    schema = json.loads(wvatui(tmp_path, "config", "schema").out)
    assert schema["additionalProperties"] is False
    settings = schema["properties"]
    assert settings["watch"]["properties"]["interval"]["type"] == ["string", "number"]
    assert settings["watch"]["properties"]["metrics"]["enum"] == ["proxy", "direct"]
    assert settings["allow_write"]["type"] == "boolean"
    assert "pods" in settings["ui"]["properties"]["columns"]["properties"]
    shown = json.loads(wvatui(tmp_path, "config", "show", "-o", "json").out)
    for name in (row["setting"] for row in shown):
        table, _, rest = name.partition(".")
        if not rest:
            assert name in settings, name
        elif table != "keys":
            assert rest.split(".")[0] in settings[table]["properties"], name


def test_what_the_program_does_is_written_down_where_it_is_asked_for(
    recording: Path, tmp_path: Path
) -> None:
    done = wvatui(tmp_path, "--log-file", "own.log", "-v", "summary", str(recording))
    assert done.code == 0, done.err
    kept = (tmp_path / "here" / "own.log").read_text()
    assert [line.split(": ", 1)[1] for line in kept.splitlines()] == [
        "wvatui 0.2.0: summary",
        "ended",
    ]
    assert (tmp_path / "here" / "own.log").stat().st_mode & 0o077 == 0
    assert b"wvatui 0.2.0: summary" in done.err
    nowhere = wvatui(tmp_path, "--log-file", "no/such/own.log", "summary", str(recording))
    assert (nowhere.code, b"cannot be written" in nowhere.err) == (2, True)
    full = wvatui(tmp_path, "--log-file", "/dev/full", "summary", str(recording))
    assert full.code == 0
    [line] = full.err.splitlines()
    assert line == b"wvatui: /dev/full: lines of the log are missing: No space left on device"


def test_on_a_terminal_the_program_speaks_until_its_screen_is_drawn(
    recording: Path, tmp_path: Path
) -> None:
    with terminal("-v", "summary", str(recording), home=tmp_path) as screen:
        assert screen.ends()[0] == 0
        assert b"wvatui 0.2.0: summary" in screen.shown
        assert screen.shown.rstrip().endswith(b": ended")
    with terminal("-v", "replay", str(recording), home=tmp_path) as screen:
        screen.until(b"REPLAY")
        screen.until(b"T+00:")
        screen.type(b"q")
        assert screen.ends()[0] == 0
        assert b"wvatui 0.2.0: replay" in screen.shown
        assert b": ended" not in screen.shown


def test_requests_are_written_down_without_credentials(tmp_path: Path) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9Pl"
    code = (
        "import logging, pathlib; from wvatui.host import own_log;"
        "own_log.keep(pathlib.Path('own.log'), aloud=False);"
        f"logging.getLogger('httpx').info('GET https://u:pass@host/?token={token}');"
        "own_log.failed(ValueError('\\x1b[31mBearer " + token + "'));"
        "own_log.note('-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADAN\\n-----END PRIVATE KEY-----')"
    )
    env = environment(tmp_path, TZ="Asia/Tokyo")
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True)
    kept = (tmp_path / "own.log").read_text()
    assert abs(datetime.fromisoformat(kept.split()[0]).timestamp() - time.time()) < 3600
    assert "MIIE" not in kept
    assert "GET https://" in kept
    assert "ValueError" in kept
    assert token not in kept
    assert "\x1b" not in kept


def test_without_the_mouse_the_terminal_keeps_it(recording: Path, tmp_path: Path) -> None:
    shown = {}
    for flags in ((), ("--no-mouse",)):
        with terminal("replay", str(recording), *flags, home=tmp_path) as screen:
            screen.until(b"REPLAY")
            screen.until(b"T+00:")
            screen.type(b"q")
            assert screen.ends()[0] == 0
            shown[flags] = screen.shown
    assert b"\x1b[?1003h" in shown[()]
    assert b"\x1b[?1003h" not in shown["--no-mouse",]


def test_colours_go_into_a_pipe_when_they_are_asked_for_and_nowhere_when_not(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")  # where it runs without a terminal
    assert b"\x1b[" in wvatui(tmp_path, "--color", "always", "themes").out
    for color in ("auto", "never"):
        assert b"\x1b[" not in wvatui(tmp_path, "--color", color, "themes").out
    with terminal("--color", "never", "replay", str(recording), home=tmp_path) as screen:
        screen.until(b"REPLAY")
        screen.until(b"T+00:")
        screen.type(b"q")
        assert screen.ends()[0] == 0
        colours = re.findall(rb"\x1b\[[0-9;]*38;2;(\d+);(\d+);(\d+)", screen.shown)
        assert all(len(set(one)) == 1 for one in colours)


def test_what_takes_a_while_says_on_standard_error_how_far_it_is(tmp_path: Path) -> None:
    spike = str(ROOT / "recordings" / "spike.jsonl")
    with terminal("whatif", spike, "--replicas", "2", "--loop", "open", home=tmp_path) as screen:
        assert screen.ends()[0] == 0
        assert re.search(rb"spike.jsonl: 1 row computed.*\r\x1b\[2Kspike.jsonl\r\n", screen.shown)
    with serving(vllm_page()) as engine:
        asked = ("check", "--endpoint", engine.url, "--look", "1s", "-o", "json")
        soon = "from wvatui.host.console import Progress\nProgress.AFTER_S = 0.0\n"
        with terminal(*asked, home=tmp_path, program=("-c", soon + MAIN)) as screen:
            assert screen.ends()[0] == 0
            assert b"check: looking, 0 s of 1 s" in screen.shown
            assert json.loads(screen.shown.rpartition(b"\x1b[2K")[2])["replicas"] == 1
