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
    "ui.columns.pods = ['kv']\n",
    "ui.columns.pods = ['kv']\na=1\nui.view='pods'\n",
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
    columns = expected["ui"].pop("columns")
    ui = expected.pop("ui") | ({"columns": columns} if columns else {})
    assert left == expected | ({"ui": ui} if ui else {}), "no empty table is left"
    assert not keep(file, PLACE, ())
    assert list(tmp_path.rglob("*")) == [file.parent, file]


def test_what_the_user_wrote_around_a_removed_setting_stays(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    for text in ("[ui]\n", "# a\n[ui] # b\n", "[ui.columns]\n# c\n", "[ui]\n[ui.columns] # d\n"):
        file.write_text(text)
        keep(file, PLACE, CHOSEN)
        keep(file, PLACE, ())
        assert all(line in file.read_text() for line in text.splitlines()), text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\nui = 3\n", "2: ui must be a table: [ui]"),
        ("[ui]\ncolumns = 'all'\n", "2: columns must be a table: [ui.columns]"),
        ("a = 1\nx = =\n", "2: not valid TOML: Invalid value (at line 2, column 5)"),
        ("x = [\n", " not valid TOML: Invalid value (at end of document)"),
        ("\xff", " cannot be read: 'utf-8' codec can't decode byte 0xff in position 0"),
        ("[ui.columns]\npods = 'ab'\n", "2: columns of pods must be a list such as"),
    ],
)
@pytest.mark.parametrize("value", [CHOSEN, ["a", "b"], []])
def test_a_file_with_a_mistake_stays_and_the_mistake_is_told_with_its_line(
    tmp_path: Path, text: str, said: str, value: list[str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError) as told:
        keep(file, PLACE, value)
    assert told.value.message.startswith(f"{file}:{said}")
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
