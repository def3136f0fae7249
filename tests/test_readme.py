"""Statements of the README, and of the pages that it links to, are correct."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import syntax
from tests.cli.cli import run
from tests.sources.fake_pods import vllm_page
from tests.sources.served_pages import serving
from wvatui.cli.main import cli
from wvatui.export.snapshot import COLUMNS
from wvatui.export.tables import TABLES
from wvatui.sim.serve import launch

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


README = text_of(ROOT / "README.md")
COMMANDS = text_of(DOCS / "commands.md")
SCREEN = text_of(DOCS / "screen.md")
CONFIGURATION = text_of(DOCS / "configuration.md")
RECORDING = text_of(DOCS / "recording.md")
SECURITY = text_of(DOCS / "security.md")


def test_it_is_short() -> None:
    assert len(README.split()) <= 1000


def test_the_index_of_the_documents_names_each_once() -> None:
    named = re.findall(r"\]\(([\w./-]+)\)", text_of(DOCS / "README.md"))
    pages = [*DOCS.glob("*.md"), *DOCS.glob("*.ipynb")]
    assert sorted(named) == sorted(file.name for file in pages if file.name != "README.md")


def test_every_file_it_names_is_there() -> None:
    named = re.findall(r"\]\(([\w./-]+)\)", README) + re.findall(r"recordings/[\w.-]+", README)
    assert named
    for name in named:
        assert (ROOT / name).exists(), name


def test_every_verb_it_names_exists_and_every_verb_is_named() -> None:
    named = set(re.findall(r"^\| `wvatui (\w+)", COMMANDS, re.MULTILINE))
    assert named == set(cli.commands), (
        "the table of verbs in docs/commands.md needs a row for each verb"
    )


def test_its_keys_are_those_of_the_one_table() -> None:
    from bench.keytable import BEGIN, END, markdown

    assert SCREEN.partition(BEGIN)[2].partition(END)[0] == markdown(), "run `make docs`"


def test_its_views_are_those_of_the_screen() -> None:
    from wvatui.ui.views import VIEWS

    named = re.findall(r"^\| `(\d)` \| (\w+)(?: \w+)? \|", SCREEN, re.MULTILINE)
    assert named == [(view.key, view.title.split()[0]) for view in VIEWS if view.key]


def test_its_configuration_is_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", CONFIGURATION, re.MULTILINE | re.DOTALL)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "wvatui").mkdir()
    (tmp_path / "wvatui" / "config.toml").write_text(text)
    done = run("config", "validate")
    assert done.code == 0, done.err


def test_every_theme_it_names_is_there_and_every_theme_is_named() -> None:
    words = CONFIGURATION.partition("Themes: ")[2].partition("measured")[0]
    named = set(re.findall(r"`(\w+)`", words))
    assert named == {file.stem for file in (ROOT / "themes").glob("*.toml")}


EXAMPLES = re.findall(r"^\$ (.*?)(?: {2,}#.*)?$", README, re.MULTILINE)
BRIEF = {"watch": ("--plain", "--duration", "1s"), "demo": ("--plain", "--duration", "5s")}
"""Options that shorten examples which would not end."""


@pytest.fixture(scope="module")
def kubeconfig() -> Iterator[Path]:
    with launch(scenario="keda-queue", speed=20.0) as cluster:
        yield cluster.kubeconfig


def test_its_examples_are_those_that_are_run() -> None:
    assert len(EXAMPLES) >= 9
    assert [line for line in EXAMPLES if not line.startswith("wvatui ")] == ["pipx install ."]


@pytest.mark.parametrize("line", [line for line in EXAMPLES if line.startswith("wvatui ")])
def test_its_examples_run(
    line: str, kubeconfig: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    with serving(vllm_page()) as engine:
        line = line.replace("http://gpu-box:8000", engine.url)
        words = line.replace("llm-d-inference", "llm-d-sim").split()[1:]
        done = run(*(word.strip("'") for word in words), *BRIEF.get(words[0], ()))
    # 1: a check found a problem, or a verdict of `compare` is FAIL.
    assert done.code in ((0, 1) if words[0] in ("check", "compare") else (0,)), done.err
    assert done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "line", re.findall(r"^wvatui (?:export|summary|explain|check) .*?$", RECORDING, re.MULTILINE)
)
def test_the_examples_of_the_bundled_recordings_run(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    done = run(*line.partition("#")[0].split()[1:])
    assert done.code == 0, done.err
    assert done.out


def test_the_columns_of_the_snapshot_are_the_promised_ones_in_order() -> None:
    promised = (
        "time,t_plus_s,level,namespace,model,variant,accelerator,pod,state,kv_ratio,running,"
        "waiting,ttft_p95_ms,itl_p95_ms,saturated,target,action,decision_age_s,desired,spec,"
        "ready,serving,sample_age_s,source,target_kind"
    )
    assert ",".join(COLUMNS).startswith(promised)
    assert {"replicas", "pods", "decisions", "cycles", "scrapes", "logs", "events"} <= set(TABLES)


def test_the_recordings_are_small_and_replay_without_a_complaint() -> None:
    files = sorted((ROOT / "recordings").glob("*.jsonl"))
    assert 3 <= len(files) <= 7
    for file in files:
        assert file.stat().st_size < 2_000_000
        done = run("replay", str(file), "--headless")
        assert done.code == 0
        assert done.err.count("\n") == 1
        assert re.search(r"[1-9]\d* up", done.err)


def test_python_dash_m_works() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wvatui", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("wvatui ")


# --- the paragraph on security ------------------------------------------------------------


def modules_with(pattern: str) -> set[str]:
    """Modules, without the simulated cluster, whose code matches `pattern`."""
    package = ROOT / "wvatui"
    found = set()
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        if not name.startswith("sim/") and re.search(pattern, syntax.text(path)):
            found.add(name)
    return found


def test_it_tells_what_watching_may_do_and_what_it_never_asks_for() -> None:
    import yaml

    documents = yaml.safe_load_all((ROOT / "deploy/role.yaml").read_text(encoding="utf-8"))
    rules = [rule for doc in documents for rule in doc.get("rules", ())]
    verbs = sorted({verb for rule in rules for verb in rule["verbs"]})
    assert re.findall(r"`(\w+)`", SECURITY.partition("takes ")[2])[:3] == verbs
    assert set(re.findall(r"\]\(\.\./(deploy/[\w.-]+)\)", SECURITY)) == {
        f"deploy/{path.name}" for path in (ROOT / "deploy").iterdir()
    }
    roles = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "deploy").iterdir())
    for never in ("secrets", "pods/exec", "pods/attach", "pods/portforward"):
        assert never not in roles
    never_asked = r"/exec\b|/attach\b|portforward|(?<!/var/run)[\"'/]secrets[\"'/]"
    # It creates the Secrets of the user's own file, and reads none.
    assert modules_with(never_asked) == {"load/make/beside.py"}


def test_only_what_launches_load_writes_to_a_cluster() -> None:
    writing = modules_with(r"client\.(?:post_json|patch_json|delete)\(")
    assert writing == {
        "load/make/jobs.py",
        "load/make/objects.py",
        "load/make/scalers.py",
        "load/experiment/scaling.py",
        "load/make/beside.py",  # dry runs
        "load/experiment/replicas.py",
        "kube/clock_server.py",  # the clock of a simulated cluster, on this machine
        "kube/rights.py",  # asks what it may do, which changes nothing
    }
    flags = {name: {one.name for one in verb.params} for name, verb in cli.commands.items()}
    assert {name for name in flags if flags[name] & {"allow_write", "yes"}} == {
        "sessions",  # --prune asks before it deletes recordings
        "watch",
        "load",
        "run",
        "estimate",
    }


def test_only_logs_of_the_controller_and_of_load_are_read_by_themselves() -> None:
    assert modules_with(r"/log[\"']") == {
        "sources/log/log_follower.py",
        "sources/log/pod_reader.py",  # of an open pod, when it is asked for; recorded nowhere
        "load/read/job_log.py",
        "load/experiment/checks.py",
    }
    followed = modules_with(r"import .*\b(?:LogFollower|follow_log)\b")
    assert followed == {
        "sources/log/controller_log.py",
        "sources/log/pod_reader.py",
        "sources/found_logs.py",
        "load/make/jobs.py",
    }


def test_it_starts_itself_alone_and_connects_and_listens_where_it_says() -> None:
    starts = (
        r"\b(?:Popen|create_subprocess_\w+|os\.(?:system|popen|exec\w*|spawn\w*|posix_spawn))\("
    )
    starts += r"|subprocess\.(?:run|call|check_\w+)\(|click\.launch\(|webbrowser"
    assert modules_with(starts) == {
        "host/child.py",
        "kube/exec_plugin.py",  # a program that the kubeconfig names
        "cli/recorded/report.py",  # the browser, for --open
    }
    connects = r"httpx\.(?:Async)?(?:Client|HTTPTransport)\(|urlopen|ClientSession"
    connects += r"|create_connection"
    assert modules_with(connects) == {
        "kube/transport.py",
        "kube/clock_server.py",
        "sources/pods/page_fetch.py",
        "sources/prometheus/client.py",
    }
    assert modules_with(r"create_server\(|start_server\(|TCPSite\(") == {"serving/server.py"}
    defaults = {one.name: one.default for one in cli.commands["serve"].params}
    assert f"`{defaults['host']}:{defaults['port']}`" in SECURITY
    simulated = (ROOT / "wvatui/sim/api/server.py").read_text(encoding="utf-8")
    assert re.findall(r"TCPSite\(\w+, ([^,]+),", simulated) == ['"127.0.0.1"']
