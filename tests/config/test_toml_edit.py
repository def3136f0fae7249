"""One setting of the configuration file is changed, and everything else stays as it was."""

import tomllib
from pathlib import Path

import pytest

from wvatui.config.toml_edit import keep
from wvatui.errors import ConfigError, UsageError, WvatuiError

PLACE = ("ui", "columns", "pods")
CHOSEN = ["pod", "kv"]
FILES = (
    "",
    "a = 1\n",
    "[ui]\nview='pods' # mine\n\n[keys]\n'x.y'='b'\n",
    "[ui.columns]\n# these\npods = [\n 'kv', # used\n 'pod']\nvariants=['kv']\n[keys]\n",
    "ui.columns.pods = ['kv']\nui.view='pods'\n",
    "[ui]\ncolumns = {pods=['kv'], variants=['kv']}\n",
    "# é\r\n[ui]\r\nview='pods'\r\n",
)


@pytest.mark.parametrize("text", FILES)
def test_a_setting_is_kept_and_removed_and_nothing_else_changes(tmp_path: Path, text: str) -> None:
    file = tmp_path / "wvatui" / "config.toml"
    if text:
        file.parent.mkdir()
        file.write_bytes(text.encode())
        file.chmod(0o640)
    assert keep(file, PLACE, CHOSEN)
    changed = file.read_bytes().decode()
    expected = tomllib.loads(text)
    expected.setdefault("ui", {}).setdefault("columns", {})["pods"] = CHOSEN
    assert tomllib.loads(changed) == expected
    kept = [line for line in text.splitlines(keepends=True) if line[:1] in ("#", "[")]
    assert all(line in changed for line in kept)
    assert file.stat().st_mode & 0o777 == (0o640 if text else 0o600)
    assert not keep(file, PLACE, CHOSEN), "nothing to change"
    assert keep(file, PLACE, ())
    del expected["ui"]["columns"]["pods"]
    left = tomllib.loads(file.read_bytes().decode())
    left["ui"].setdefault("columns", {})
    assert left == expected
    assert not keep(file, PLACE, ())
    assert list(tmp_path.rglob("*")) == [file.parent, file]


@pytest.mark.parametrize("text", ["ui = 3\n", "[ui]\ncolumns = 'all'\n", "x = [\n", "\xff"])
def test_a_file_that_cannot_be_changed_is_named_and_stays(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as told:
        keep(file, PLACE, CHOSEN)
    assert told.value.message == f"{file}: [ui.columns] cannot be changed"
    assert file.read_bytes() == text.encode("latin-1")


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    real.write_text("a = 1\n")
    link.symlink_to(real)
    keep(link, PLACE, CHOSEN)
    assert link.is_symlink()
    assert tomllib.loads(real.read_text())["ui"] == {"columns": {"pods": CHOSEN}}


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        keep(tmp_path, PLACE, CHOSEN)
    below_a_file = tmp_path / "file"
    below_a_file.touch()
    with pytest.raises(WvatuiError, match="cannot be written"):
        keep(below_a_file / "config.toml", PLACE, CHOSEN)
