"""A wheel, an editable install and a bare checkout all find wvatui's data files."""

import json
import subprocess
import sys
import sysconfig
import venv
from itertools import product
from pathlib import Path

import pytest

from tests.sources.fake_pods import vllm_page
from tests.sources.served_pages import serving
from tests.sweeps import sampled
from wvatui.serving import web

pytestmark = pytest.mark.new_interpreter

ROOT = Path(__file__).resolve().parent.parent
OUTER = sysconfig.get_paths()["purelib"]
PROGRAM = """
from wvatui.config import paths
import wvatui
from wvatui.serving import web

print(wvatui.__file__)
print(sorted(p.name for p in paths.shipped('themes').glob('*.toml')))
print(sorted(p.name for p in paths.shipped('recordings').glob('*.jsonl*')))
print(len(web.static_files()), len(web.screen_page('', '')))
"""
VERBS = """
import json
import sys
from wvatui.cli.main import cli

for words in json.loads(sys.argv[1]):
    cli.main(words, standalone_mode=False)
    print('---')
"""
"""Calls several verbs in one interpreter, which imports the program once."""


def execute(*args: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(arg) for arg in args], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """The Python of an environment with the dependencies but without wvatui."""
    where = tmp_path / "env"
    venv.create(where, with_pip=False, symlinks=True)
    python = where / "bin" / "python"
    inside = sysconfig.get_path("purelib", "venv", {"base": str(where), "platbase": str(where)})
    # Paths added by a .pth file are not searched for .pth files: an editable install of wvatui
    # out there stays unseen.
    (Path(inside) / "dependencies.pth").write_text(OUTER + "\n")
    return python


def finds_its_files(python: Path, tmp_path: Path, inside: Path, entry: list[str | Path]) -> None:
    """Check that `python` imports wvatui from `inside`, with all its data files."""
    file, themes, recordings, page = execute(python, "-c", PROGRAM, cwd=tmp_path).splitlines()
    assert Path(file).resolve().is_relative_to(inside.resolve())
    assert themes == str(sorted(p.name for p in (ROOT / "themes").glob("*.toml")))
    assert recordings == str(sorted(p.name for p in (ROOT / "recordings").glob("*.jsonl*")))
    assert page == f"{len(web.static_files())} {len(web.screen_page('', ''))}"
    assert execute(*entry, "--version", cwd=tmp_path).startswith("wvatui ")


def finds_its_processes(tmp_path: Path, entry: list[str | Path]) -> None:
    # The simulated cluster and the credentials are other processes, which must find all of it, too.
    demo = ["demo", "--headless", "--no-record", "--duration", "5s"]
    assert "not recorded" in execute(*entry, *demo, cwd=tmp_path)


def install(python: Path, what: list[str | Path], tmp_path: Path) -> None:
    execute(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "--disable-pip-version-check",
        *what,
        cwd=tmp_path,
    )


def test_the_wheel_carries_everything_and_works_in_a_clean_environment(
    clean: Path, tmp_path: Path
) -> None:
    execute(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    (wheel,) = tmp_path.glob("wvatui-*.whl")
    install(clean, [wheel], tmp_path)
    program = clean.parent / "wvatui"
    finds_its_files(clean, tmp_path, tmp_path / "env", [program])
    finds_its_processes(tmp_path, [program])
    assert execute(clean.parent / "kubectl-wva", "--version", cwd=tmp_path).startswith("wvatui ")
    recording = min((tmp_path / "env").rglob("recordings/*.jsonl"), key=lambda p: p.stat().st_size)
    verbs = [["summary", str(recording)], ["explain", str(recording)]]
    verbs.append(["replay", str(recording), "--headless"])
    length, reasons, *replayed = execute(clean, "-c", VERBS, json.dumps(verbs), cwd=tmp_path).split(
        "---\n"
    )
    assert "length" in length
    assert reasons
    assert " decisions" in "".join(replayed)
    with serving(vllm_page()) as engine:
        brief = ["--headless", "--no-record", "--duration", "1s"]
        watched = execute(program, "watch", "--endpoint", engine.url, *brief, cwd=tmp_path)
    assert watched.startswith("not recorded: ")
    assert engine.asked


HOW = ("an editable install", "a bare checkout")


# `make` makes an editable install, in which all tests run. Other tests start processes from there;
# of a bare checkout, it is enough to see that it finds everything.
@pytest.mark.parametrize(
    ("how", "starts"), sampled(product(HOW, (True, False)), [("a bare checkout", False)])
)
def test_it_works_from_a_checkout(
    how: str, starts: bool, clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry: list[str | Path] = [clean, "-m", "wvatui"]
    if how == "a bare checkout":
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
    else:
        install(clean, ["-e", ROOT], tmp_path)
        entry = [clean.parent / "wvatui"]
    finds_its_files(clean, tmp_path, ROOT / "wvatui", entry)
    if starts:
        finds_its_processes(tmp_path, entry)
