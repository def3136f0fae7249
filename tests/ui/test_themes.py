"""Themes: complete, readable, found from wherever the program runs."""

from pathlib import Path

import pytest
from textual.color import Color

from wvatui.errors import ConfigError
from wvatui.ui import themes

GOOD = (themes.folders()[1] / "dark.toml").read_text("utf-8")


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio."""

    def luminance(text: str) -> float:
        parts = [c / 255 for c in Color.parse(text).rgb]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_there_is_a_dark_and_a_light_theme() -> None:
    assert {"dark", "light"} <= set(themes.available())
    assert themes.load("dark").theme.dark
    assert not themes.load("light").theme.dark
    assert themes.load().name == themes.DEFAULT


@pytest.mark.parametrize("name", themes.available())
def test_every_text_colour_of_every_theme_reads_on_its_background(name: str) -> None:
    colors = themes.load(name).colors
    grounds = [colors["background"], colors["surface"]]
    for key, color in colors.items():
        if key not in ("background", "surface", "border", "selection", "gap"):
            for ground in grounds:
                assert contrast(color, ground) >= 4.5, (name, key, ground)
    assert contrast(colors["muted"], colors["selection"]) >= 4.5


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
        themes.read(path)
    assert str(path) in caught.value.message
    assert named in caught.value.message
    assert "\n" not in caught.value.message


def test_a_theme_that_is_not_there_is_answered_with_those_that_are() -> None:
    for name in ("nope", "../pyproject", "/etc/passwd"):
        with pytest.raises(ConfigError) as caught:
            themes.load(name)
        assert "dark" in caught.value.hint


def test_a_wheel_has_its_themes_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "site-packages" / "wvatui" / "themes"
    inside.mkdir(parents=True)
    (inside / "only.toml").write_text(GOOD, "utf-8")
    fake_module = tmp_path / "site-packages" / "wvatui" / "ui" / "themes.py"
    monkeypatch.setattr(themes, "__file__", str(fake_module))
    assert themes.available() == ("only",)
    assert themes.load("only").title == "Dark"


def test_style_names_are_checked() -> None:
    palette = themes.load()
    assert palette.style("bold s3").bold
    assert palette.style("on").bgcolor is not None
    with pytest.raises(KeyError):
        palette.style("mauve")
