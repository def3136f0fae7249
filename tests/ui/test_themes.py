"""Themes are complete and readable, and found wherever the program runs."""

from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual import constants
from textual.color import Color

from tests.ui.colour import contrast
from tests.ui.fake import LIVE, FakeSession, live, status
from wvatui.config import paths
from wvatui.errors import ConfigError
from wvatui.ui import theme
from wvatui.ui.app.app import WvatuiApp

GOOD = (theme.folders()[1] / "dark.toml").read_text("utf-8")


def test_there_is_a_dark_and_a_light_theme() -> None:
    assert {"dark", "light"} <= set(theme.available())
    assert theme.load("dark").theme.dark
    assert not theme.load("light").theme.dark
    assert theme.load().name == theme.DEFAULT


GROUNDS = ("background", "surface", "selection")
DRAWN_ONLY = ("gap",)
"""Colours of a chart that are not used for text."""
QUIET = ("border",)
"""Colours of rules between parts, which need not be visible."""


@pytest.mark.parametrize("name", theme.available())
def test_every_text_colour_of_every_theme_reads_wherever_it_is_drawn(name: str) -> None:
    colors = theme.load(name).colors
    for key in colors.keys() - {*GROUNDS, *DRAWN_ONLY, *QUIET}:
        for ground in GROUNDS:
            assert contrast(colors[key], colors[ground]) >= 4.5, (key, ground)


@pytest.mark.parametrize("name", theme.available())
def test_what_is_only_drawn_is_seen_on_its_background(name: str) -> None:
    colors = theme.load(name).colors
    for key in DRAWN_ONLY:
        for ground in ("background", "surface"):
            assert contrast(colors[key], colors[ground]) >= 3, (key, ground)


def test_the_high_contrast_theme_has_seven_to_one_and_rules_that_are_seen() -> None:
    colors = theme.load("contrast").colors
    for ground in GROUNDS:
        for key in colors.keys() - {*GROUNDS, *DRAWN_ONLY, *QUIET}:
            assert contrast(colors[key], colors[ground]) >= 7, (key, ground)
        for key in (*DRAWN_ONLY, *QUIET):
            assert contrast(colors[key], colors[ground]) >= 3, (key, ground)


def of_sixteen(palette: theme.Palette, key: str) -> int | None:
    """The number of a colour on a terminal that has 16."""
    colors = palette.in_sixteen().colors
    return Color.parse(colors[key]).rich_color.downgrade(ColorSystem.STANDARD).number


@pytest.mark.parametrize("name", theme.available())
def test_on_sixteen_colours_no_text_falls_into_its_ground(name: str) -> None:
    palette = theme.load(name)
    for key in palette.colors.keys() - {*GROUNDS, *QUIET}:
        for ground in GROUNDS[:2]:
            assert of_sixteen(palette, key) != of_sixteen(palette, ground), (key, ground)


@pytest.mark.parametrize("name", theme.available())
def test_on_sixteen_colours_no_line_has_the_colour_of_a_state_nor_of_another_line(
    name: str,
) -> None:
    palette = theme.load(name)
    lines = [f"s{number}" for number in range(1, theme.SERIES + 1)]
    numbers = [of_sixteen(palette, key) for key in (*lines, *theme.STATE)]
    assert len(set(numbers)) == len(numbers), numbers


def test_a_terminal_of_sixteen_colours_is_given_those_and_a_picture_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session, palette = FakeSession(live(), status(), LIVE), theme.load()
    for system, headless, expected in (
        ("standard", False, palette.in_sixteen()),
        ("standard", True, palette),
        ("truecolor", False, palette),
    ):
        monkeypatch.setattr(constants, "COLOR_SYSTEM", system)
        monkeypatch.setattr(WvatuiApp, "is_headless", headless)
        assert WvatuiApp(session).seen(palette) == expected


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('primary = "#6cb6ff"', 'primary = "blue-ish"'), "screen.primary"),
        (('muted = "#929dac"\n', ""), "screen.muted"),
        (("dark = true", 'dark = "yes"'), "dark"),
        (("[state]", "[states]"), "states"),
        (('"#4ac6d2", ', ""), "chart.series"),
        (('"#4ac6d2"', '"#4ac6dz"'), "chart.series[4]"),
        (("[chart]", "[chart"), "not a theme"),
        (('warn = "#e3b341"', 'warn = "#e3b341"\nblink = "#ffffff"'), "state.blink"),
    ],
)
def test_a_broken_theme_is_one_clear_error_naming_file_and_key(
    tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    assert change[0] in GOOD
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(*change, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        theme.read(path)
    assert str(path) in caught.value.message
    assert named in caught.value.message
    assert "\n" not in caught.value.message


def test_a_theme_that_is_not_there_is_answered_with_those_that_are() -> None:
    for name in ("nope", "../pyproject", "/etc/passwd"):
        with pytest.raises(ConfigError) as caught:
            theme.load(name)
        assert "dark" in caught.value.hint


def test_a_wheel_has_its_themes_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "site-packages" / "wvatui" / "themes"
    inside.mkdir(parents=True)
    (inside / "only.toml").write_text(GOOD, "utf-8")
    fake_module = tmp_path / "site-packages" / "wvatui" / "ui" / "theme" / "themes.py"
    monkeypatch.setattr(theme, "__file__", str(fake_module))
    assert theme.available() == ("only",)
    assert theme.load("only").title == "Dark"


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's own folder of themes."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = paths.user_themes()
    folder.mkdir(parents=True)
    return folder


def test_a_theme_of_ones_own_is_there_by_its_name(own: Path) -> None:
    (own / "mine.toml").write_text(GOOD.replace('title = "Dark"', 'title = "Mine"'), "utf-8")
    assert theme.load("mine").title == "Mine"
    (found,) = [one for one in theme.listing() if one.name == "mine"]
    assert (found.own, found.replaces, found.origin) == (True, False, "yours")


def test_a_theme_of_ones_own_wins_over_the_one_that_comes_with_it_and_says_so(own: Path) -> None:
    (own / "dark.toml").write_text(GOOD.replace('title = "Dark"', 'title = "Darker"'), "utf-8")
    assert theme.load().title == "Darker"
    (found,) = [one for one in theme.listing() if one.name == "dark"]
    assert found.replaces
    assert "in place of" in found.origin
    assert found.path == own / "dark.toml"


def test_a_broken_theme_of_ones_own_is_listed_with_its_error_and_skipped(own: Path) -> None:
    (own / "daru.toml").write_text(GOOD.replace('accent = "#d2a8ff"', "accent = 7"), "utf-8")
    (found,) = [one for one in theme.listing() if one.error]
    assert found.palette is None
    assert str(own / "daru.toml") in found.error
    assert "screen.accent" in found.error
    assert theme.after("dark").name == "dusk"
    with pytest.raises(ConfigError, match=r"screen\.accent"):
        theme.load("daru")


def test_going_on_from_theme_to_theme_comes_round() -> None:
    seen = [theme.DEFAULT]
    while (following := theme.after(seen[-1]).name) != theme.DEFAULT:
        seen.append(following)
    assert sorted(seen) == list(theme.available())


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"title = [" + b"[" * 5000, b"", b"dark = 1" + b"0" * 5000]
)
def test_whatever_lies_in_the_folder_it_is_an_error_and_no_crash(own: Path, content: bytes) -> None:
    (own / "odd.toml").write_bytes(content)
    (own / "folder.toml").mkdir()
    (own / "nowhere.toml").symlink_to(own / "gone")
    (found,) = [one for one in theme.listing() if one.error]
    assert found.name == "odd"
    assert "\n" not in found.error
    assert "folder" not in theme.available()


def test_style_names_are_checked() -> None:
    palette = theme.load()
    assert palette.style("bold s3").bold
    assert palette.style("on").bgcolor is not None
    with pytest.raises(KeyError):
        palette.style("mauve")
