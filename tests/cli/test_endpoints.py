"""Verbs that watch engines without a cluster: `--endpoint`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.fixtures import ROOT
from tests.kube.certificates import Authority
from tests.ports import refusing
from tests.sources.fake_pods import vllm_page
from tests.sources.served_pages import Answer, serving
from tests.sources.virtual import virtual_wall
from wvatui.core import events as ev
from wvatui.core.fold.fold import fold
from wvatui.core.queries.pods.replica_rows import replicas
from wvatui.core.state.state import EMPTY
from wvatui.recording import open_recording

RANKS = b"".join(
    b"vllm:num_requests_running%(labels)s %(running)d\n"
    b"vllm:num_requests_waiting%(labels)s 0\n"
    b"vllm:kv_cache_usage_perc%(labels)s %(kv)s\n"
    % {
        b"labels": b'{engine="%d",model_name="org/m"}' % rank,
        b"running": 3 + rank,
        b"kv": b"0.%d" % (2 + rank),
    }
    for rank in range(2)
)


@pytest.fixture(autouse=True)
def _virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wvatui.clock.WallClock", virtual_wall)


def program(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, without a kubeconfig."""
    kept = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *args],
        cwd=ROOT,
        env=kept | {"HOME": "/nonexistent"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


PROGRAM = """
import atexit, sys
import wvatui.clock
from tests.sources.virtual import virtual_wall
from wvatui.cli.main import main
wvatui.clock.WallClock = virtual_wall
atexit.register(lambda: print("kubernetes" in sys.modules, file=sys.stderr))
main()
"""


@pytest.mark.new_interpreter
def test_engines_are_watched_without_kubeconfig_and_without_the_kubernetes_package(
    tmp_path: Path,
) -> None:
    file = tmp_path / "run.jsonl"
    with serving(vllm_page(running=4)) as blue, serving(RANKS) as green, refusing() as closed:
        red = f"red=http://127.0.0.1:{closed}"
        url = blue.url.replace("//", "//me:s3cret@")
        named = [f"--endpoint=blue={url}", f"--endpoint=green={green.url}", f"--endpoint={red}"]
        how = ["--plain", "--duration", "1s", "--interval", "0.2s", "--record", str(file)]
        log = tmp_path / "own.log"
        done = program("--log-file", str(log), "watch", *named, *how)
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("False\n")
    assert f"http://127.0.0.1:{closed}/metrics: connection refused" in done.stderr
    assert "blue ok kv 50% waiting 0" in done.stdout
    assert "red unreachable" in done.stdout
    assert "blue unread (not asked yet)" in done.stdout
    assert "decision" not in done.stderr, "nobody decides for them"
    everything = done.stdout + done.stderr + file.read_text() + log.read_text()
    assert "s3cret" not in everything
    assert {auth for _, auth in blue.asked} == {"Basic bWU6czNjcmV0"}
    assert {auth for _, auth in green.asked} == {""}

    state = fold(EMPTY, open_recording(file).events())
    rows = {row.pod: row for row in replicas(state)}
    assert {name: row.state for name, row in rows.items()} == {
        "blue": "ok",
        "green": "ok",
        "red": "unreachable",
    }
    assert rows["green"].engines == 2
    assert (rows["green"].model, rows["green"].running) == ("org/m", 7)
    assert rows["red"].kv_ratio is None


def test_where_nobody_answers_one_line_says_why_and_the_code_is_3() -> None:
    with refusing() as closed, serving() as server:
        server.answers["/metrics"] = Answer(b"<html>", kind="text/html")
        for url, words in (
            (f"http://127.0.0.1:{closed}", "connection refused"),
            (server.url, "is no engine's metrics page"),
            (f"{server.url}/nowhere", "404 at /nowhere"),
        ):
            for verb in (("watch", "--headless"), ("watch", "--plain"), ("check",)):
                done = run(*verb, "--endpoint", url, *["--no-record"] * (verb[0] == "watch"))
                assert done.code == 3
                assert words in done.err
                assert done.err.count("\n") == 2
                assert done.out == ""


def test_the_doctor_says_which_engines_answer() -> None:
    with refusing() as closed, serving(vllm_page()) as server:
        asked = ("--endpoint", f"blue={server.url}", "--endpoint", f"red=http://127.0.0.1:{closed}")
        done = run("doctor", *asked, "-o", "json")
    rows = {row["what"]: row for row in json.loads(done.out) if row["section"] == "engines"}
    assert {name: row["state"] for name, row in rows.items()} == {"blue": "ok", "red": "amiss"}
    assert "connection refused" in rows["red"]["text"]
    assert (done.code, "red" in done.err) == (1, True)
    assert not any(row["section"] == "cluster" for row in json.loads(done.out))


def test_the_doctor_says_which_engines_are_still_starting() -> None:
    with serving(vllm_page()) as server:
        server.answers |= {"/503": Answer(status=503), "/empty": Answer(b"# nothing yet\n")}
        asked = [f"--endpoint={path}={server.url}/{path}" for path in ("503", "empty")]
        done = run("doctor", *asked, "-o", "json")
    rows = {row["what"]: row for row in json.loads(done.out) if row["section"] == "engines"}
    assert {name: row["state"] for name, row in rows.items()} == {"503": "note", "empty": "note"}
    assert rows["503"]["text"].endswith("/503: it answers 503: the engine is not up yet")
    assert rows["empty"]["text"].endswith("/empty: it answers, but is not up yet")
    assert "503" not in done.err, "it is not amiss"


def test_a_token_is_read_from_its_file_and_sent(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("t0ken-of-mine\n")
    with serving(vllm_page()) as server:
        asked = ("--endpoint", server.url, "--token-file", str(token))
        done = run("check", *asked, "--look", "0.3s", "--interval", "0.1s", "-o", "json")
        assert done.code == 0, done.err
        assert {auth for _, auth in server.asked} == {"Bearer t0ken-of-mine"}
    answer = json.loads(done.out)
    assert (answer["replicas"], answer["variants"], answer["nothing_here"]) == (1, [], False)
    for text in ("two words\n", "t\u00f6ken\n"):
        token.write_text(text)
        done = run("check", *asked)
        assert done.code == 2
        assert "holds no token, which is one word" in done.err


def test_a_certificate_that_nobody_vouches_for_is_answered_with_what_to_do(tmp_path: Path) -> None:
    with serving(vllm_page(), Authority().server(tmp_path, "127.0.0.1")) as server:
        done = run("check", "--endpoint", server.url)
    assert "certificate verify failed" in done.err
    assert "--ca FILE names whom to trust" in done.err


def test_a_full_engine_is_no_healthy_one_and_is_called_by_its_endpoint() -> None:
    with serving(vllm_page(running=32, waiting=14, kv=0.98)) as server:
        asked = ("--endpoint", f"blue={server.url}", "--look", "1s", "--interval", "0.2s")
        done = run("check", *asked)
    assert done.code == 1, done.err
    headline, _, first, *_ = done.out.splitlines()
    assert headline == "blue: 1 to look at; looked at 1 engine for 1s"
    assert first.startswith("! WARNING  blue has been full for ")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--endpoint", "a:8000", "team-a"), "--endpoint asks no cluster: leave out team-a"),
        (("--endpoint", "a:8000", "-n", "team-a"), "leave out --namespace"),
        (("--endpoint", "a:8000", "-A"), "leave out --all-namespaces"),
        (("--endpoint", "a:8000", "-l", "app=m"), "leave out --selector"),
        (("--token-file", "x"), "--token-file goes with --endpoint"),
        (
            ("--endpoint", "a:8000", "--ca", "missing.pem"),
            "the certificate in missing.pem",
        ),
        (("--endpoints", "missing"), "missing: cannot be read"),
    ],
)
def test_flags_that_do_not_go_together_are_told(flags: tuple[str, ...], words: str) -> None:
    done = run("watch", "--headless", *flags)
    assert done.code == 2
    assert words in done.err


def test_a_namespace_on_the_command_line_goes_before_endpoints_of_a_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WVATUI_ENDPOINT", "blue=http://127.0.0.1:9 http://127.0.0.1:10")
    done = run("watch", "--headless", "--no-record")
    assert "http://127.0.0.1:9/metrics: connection refused" in done.err
    assert "1 more" in done.err
    done = run("watch", "team-a", "--headless", "--kubeconfig", str(tmp_path / "none"))
    assert "none" in done.err
    assert "127.0.0.1:9" not in done.err


def test_every_part_of_a_recording_opens_alone_and_names_the_engines() -> None:
    endpoint = ev.EngineEndpoint("blue", "http://box:8000/metrics")
    header = ev.Header(10.0, started_at=5.0, part=2, endpoints=(endpoint,))
    state = fold(EMPTY, [header, ev.Scrape(11.0, pod="blue", kv=0.5, waiting=0), ev.Tick(12.0)])
    assert [(row.pod, row.state) for row in replicas(state)] == [("blue", "ok")]
    from wvatui.session.live import known_objects

    assert not any(isinstance(event, ev.Pod) for event in known_objects(state))
