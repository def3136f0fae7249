"""`wvatui themes`: a preview of every theme, or only its name."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.cli import run
from tests.ui.terminal import terminal
from wvatui.config import paths
from wvatui.ui import theme
from wvatui.ui.app.preview import STATES, lines
from wvatui.ui.draw.line import text_of, width_of
from wvatui.ui.draw.symbols import ASCII, UNICODE

ESCAPE = re.compile(rb"\x1b\[[0-9;]*m")


def on_a_terminal(home: Path, **env: str) -> bytes:
    with terminal("themes", home=home, env=env) as screen:
        assert screen.ends()[0] == 0
        return screen.shown


def test_where_there_is_no_terminal_it_is_one_name_a_line() -> None:
    done = run("themes")
    assert done.out.splitlines() == list(theme.available())
    assert done.err == ""


def test_on_a_terminal_every_theme_is_drawn_in_its_colours(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, COLORTERM="truecolor")
    text = ESCAPE.sub(b"", shown).decode()
    for name in theme.available():
        palette = theme.load(name)
        assert f"{name}  {palette.title}  comes with wvatui" in text
        for key in ("background", "ok", "bad", "s1", "s8"):
            red, green, blue = (int(palette.colors[key][i : i + 2], 16) for i in (1, 3, 5))
            assert f"8;2;{red};{green};{blue}".encode() in shown, (name, key)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_a_terminal_gets_names(tmp_path: Path, env: dict[str, str]) -> None:
    shown = on_a_terminal(tmp_path, **env)
    assert b"\x1b" not in shown
    assert shown.decode().split() == list(theme.available())


def test_a_terminal_of_sixteen_colours_gets_no_others(tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, TERM="xterm", COLORTERM="")
    assert b"\x1b[" in shown
    assert b"8;2;" not in shown
    assert b"8;5;" not in shown


@pytest.mark.parametrize("width", [20, 60, 76])
@pytest.mark.parametrize("symbols", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_a_preview_tells_states_by_sign_and_word_and_fits(symbols: object, width: int) -> None:
    (found,) = [one for one in theme.listing() if one.name == "dark"]
    drawn = lines(found, symbols, width)  # type: ignore[arg-type]
    assert [width_of(line) for line in drawn] == [width] * 4
    text = "\n".join(map(text_of, drawn))
    assert symbols is UNICODE or text.isascii()
    if width == 76:
        for state in STATES:
            assert f"{symbols.replica[state]} {state}" in text  # type: ignore[attr-defined]
        for number in range(1, theme.SERIES + 1):
            assert str(number) in text


def test_ones_own_theme_is_told_as_such_and_a_broken_one_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = paths.user_themes()
    own.mkdir(parents=True)
    good = (paths.shipped("themes") / "dark.toml").read_text("utf-8")
    (own / "light.toml").write_text(good, "utf-8")
    (own / "torn.toml").write_text(good.replace("muted", "mooted"), "utf-8")
    done = run("themes")
    assert done.code == 0
    assert "torn" not in done.out.split()
    assert done.err.count("\n") == 1
    assert f"{own / 'torn.toml'}: screen.mooted" in done.err
    rows = {row["name"]: row for row in json.loads(run("themes", "-o", "json").out)}
    assert (rows["light"]["own"], rows["light"]["replaces"]) == (True, True)
    assert (rows["dark"]["own"], rows["dark"]["colors"]["ok"]) == (False, "#57c98a")
    assert rows["torn"]["colors"] == {}
    assert "screen.mooted" in rows["torn"]["error"]


def test_a_title_of_others_moves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    own = paths.user_themes()
    own.mkdir(parents=True)
    good = (paths.shipped("themes") / "dark.toml").read_text("utf-8")
    (own / "x.toml").write_text(good.replace('"Dark"', r'"\u001b[2Jowned"'), "utf-8")
    shown = on_a_terminal(tmp_path)
    assert b"owned" in shown
    assert b"\x1b[2J" not in shown
