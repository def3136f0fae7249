"""A wheel, an editable install and a bare checkout all find wvatui's data files."""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.sources.fake_pods import vllm_page
from tests.sources.served_pages import serving
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


def check(python: Path, tmp_path: Path, inside: Path, entry: list[str | Path]) -> None:
    """Check everything that an installed wvatui must fulfil."""
    file, themes, recordings, page = execute(python, "-c", PROGRAM, cwd=tmp_path).splitlines()
    assert Path(file).resolve().is_relative_to(inside.resolve())
    assert themes == str(sorted(p.name for p in (ROOT / "themes").glob("*.toml")))
    assert recordings == str(sorted(p.name for p in (ROOT / "recordings").glob("*.jsonl*")))
    assert page == f"{len(web.static_files())} {len(web.screen_page('', ''))}"
    assert execute(*entry, "--version", cwd=tmp_path).startswith("wvatui ")
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
    check(clean, tmp_path, tmp_path / "env", [clean.parent / "wvatui"])
    assert execute(clean.parent / "kubectl-wva", "--version", cwd=tmp_path).startswith("wvatui ")
    program = clean.parent / "wvatui"
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


def test_an_editable_install_works(clean: Path, tmp_path: Path) -> None:
    install(clean, ["-e", ROOT], tmp_path)
    check(clean, tmp_path, ROOT / "wvatui", [clean.parent / "wvatui"])


def test_a_bare_checkout_works_as_a_module(
    clean: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    check(clean, tmp_path, ROOT / "wvatui", [clean, "-m", "wvatui"])
