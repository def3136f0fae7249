"""Files that wvatui writes are readable only by their owner, from the first moment on."""

import ast
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import syntax
from tests.cli.cli import run
from tests.fixtures import ROOT
from wvatui.host import private
from wvatui.load.make.launcher import BUILT_IN, read_recent, remember
from wvatui.load.make.order import Order
from wvatui.recording import open_recording
from wvatui.serving.wanted import Wanted
from wvatui.session.replay import ReplaySession

PACKAGE = ROOT / "wvatui"
OTHERS = {
    "host/private.py",
    "kube/kubeconfig.py",  # a renewed token goes into the user's own file, with the mode it has
    "sim/tls.py",
    "sim/__main__.py",  # the simulated cluster's, in its folder
}
"""Modules that may write files without `host/private.py`."""
WRITING = {"write_text", "write_bytes", "touch", "mkstemp", "NamedTemporaryFile", "to_csv", "chmod"}


@pytest.fixture(autouse=True)
def _open_to_all() -> Iterator[None]:
    """A umask of the user that makes files readable by all."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def writes(path: Path) -> list[str]:
    """The calls with which a module creates a file itself."""
    if not syntax.mentions(path, ("open", "O_CREAT", *WRITING)):
        return []
    opens_by_flags, found = syntax.mentions(path, ["O_CREAT"]), []
    for node in syntax.nodes(path):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name != "open" and name not in WRITING and not opens_by_flags:
            continue
        text = ast.unparse(node)
        opens = name == "open" and any(f"'{m}" in text for m in "wax")
        if opens or "O_CREAT" in text or (name in WRITING and "touch(at)" not in text):
            found.append(text)
    return found


def test_every_file_is_made_by_the_one_function_for_it() -> None:
    found = {str(path.relative_to(PACKAGE)): writes(path) for path in PACKAGE.rglob("*.py")}
    found = {name: calls for name, calls in found.items() if calls and name not in OTHERS}
    # pandas writes into what that function opened.
    assert found.pop("export/files.py")[0].startswith("frame.convert_dtypes().to_csv(file")
    assert found.pop("sim/api/server.py") == ["request.app[CLOCKWORK].touch()"]
    # A configuration file that the user has already keeps its mode.
    assert found.pop("config/toml_edit.py") == ["path.resolve().chmod(mode & 511)"]
    assert found == {}


def test_a_snapshot_and_tables_from_the_screen_are_private(tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_bytes((ROOT / "recordings/paused-scaler.jsonl").read_bytes())
    session = ReplaySession(open_recording(file), play=False)
    session.load()
    written = [session.snapshot(), *session.export_table("all")]
    assert len(written) > 10
    assert {mode(path) for path in written} == {0o600}


def test_exports_to_a_file_are_private_also_over_an_older_one(tmp_path: Path) -> None:
    file = str(ROOT / "recordings/paused-scaler.jsonl")
    older = tmp_path / "older.csv"
    older.write_text("x")
    older.chmod(0o644)
    assert run("export", file, "-o", str(older)).code == 0
    assert run("export", file, "--format", "seed", "-o", str(tmp_path / "seed.csv")).code == 0
    assert run("export", file, "--table", "pods", "-o", str(tmp_path / "out")).code == 0
    for path in (older, tmp_path / "seed.csv", tmp_path / "out/paused-scaler-pods.csv"):
        assert mode(path) == 0o600
        assert path.read_text().count("\n") > 1


def test_what_was_launched_last_is_private(tmp_path: Path) -> None:
    path = tmp_path / "state/wvatui/recent-loads.json"
    for target in ("http://a", "http://b"):
        remember(path, Order(BUILT_IN[0], target=target))
        assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert [one["target"] for one in read_recent(path)] == ["http://b", "http://a"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def test_a_file_is_private_before_anything_is_in_it(folder: Path) -> None:
    with private.writing(folder / "a") as file:
        assert [mode(path) for path in folder.iterdir()] == [0o600]
        file.write("x")
    assert [path.name for path in folder.iterdir()] == ["a"]
    os.close(private.opened(folder / "b", os.O_WRONLY))
    assert mode(folder / "b") == 0o600


def breaks_off(path: Path) -> None:
    with private.writing(path) as file:
        file.write("new")
        raise OSError(28, "no room")


def test_what_fails_half_way_leaves_what_was_there_and_names_the_file(folder: Path) -> None:
    path = folder / "a"
    private.write(path, "old")
    with pytest.raises(OSError, match="no room") as caught:
        breaks_off(path)
    assert caught.value.filename == str(path)
    assert [(one.name, one.read_text()) for one in folder.iterdir()] == [("a", "old")]
    with pytest.raises(OSError, match="nowhere") as caught:
        private.write(folder / "nowhere" / "a", "x")
    assert caught.value.filename == str(folder / "nowhere" / "a")


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    private.write(tmp_path / "link", "x")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "real").read_text()) == (True, "x")
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=private.write, args=(tmp_path / "pipe", "through"))
    writer.start()
    assert (tmp_path / "pipe").read_text() == "through"
    writer.join(120.0)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (["-o", "/dev/full"], 5),
        (["--format", "seed", "-o", "/dev/full"], 5),
        (["-o", "nowhere/x.csv"], 2),
        (["--table", "pods", "-o", "/dev/null/x"], 2),
    ],
)
def test_an_export_that_cannot_be_written_is_one_line_and_a_code(
    asked: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("export", str(ROOT / "recordings/paused-scaler.jsonl"), *asked)
    assert done.code == code
    assert done.err.count("\n") == 1
    assert "cannot be written" in done.err
    assert list(tmp_path.iterdir()) == []


# --- and without credentials, where that is asked for ----------------------------------------

LINE = "2026-06-24T11:03:26Z\tINFO\tengine.go:1\tProcessing decision for VA\t" + (
    '{"variant":"ns/a","action":"scale-up","current":1,"target":2,"token":"S3CR3T"}'
)


@pytest.mark.parametrize("redact", [False, True])
def test_a_log_is_exported_as_it_is_or_without_credentials(tmp_path: Path, redact: bool) -> None:
    log = tmp_path / "wva.log"
    log.write_text(f"{LINE}\n{LINE}\n")
    flag = ["--redact-log"] * redact
    run("export", str(log), "--table", "all", "-o", str(tmp_path / "out"), *flag)
    session = ReplaySession(open_recording(log, redact=redact), play=False)
    session.load()
    by_verb = (tmp_path / "out/wva-logs.csv").read_text()
    (on_screen,) = session.export_table("logs")
    assert by_verb == on_screen.read_text()
    assert ("S3CR3T" in by_verb) is not redact
    assert ("***" in by_verb) is redact
    assert ",2," in (tmp_path / "out/wva-decisions.csv").read_text()


@pytest.mark.parametrize("flag", [(), ("--redact-log",)])
def test_a_replay_shows_as_much_of_a_line(tmp_path: Path, flag: tuple[str, ...]) -> None:
    log = tmp_path / "wva.log"
    log.write_text(f"{LINE}\n")
    done = run("replay", str(log), "--plain", *flag)
    assert done.code == 0, done.err
    assert "1→2" in done.out


def test_the_flag_is_handed_to_those_who_look_at_a_served_recording() -> None:
    asked = {"redact_log": True}
    served = Wanted(replay=Path("a.jsonl"), watching=asked).viewer(Path("a.jsonl"))
    assert "--redact-log" in str(served)
    assert "--redact-log" in str(Wanted(namespace="ns", watching=asked).recorder(Path("a.jsonl")))
