"""Initial settings of the screen: variables over the file over defaults; faults are reported."""

from pathlib import Path

import pytest

from wvatui.config.ui_settings import CLOCKS, PAGES, VIEWS, UiSettings, check_columns, load
from wvatui.errors import ConfigError, UsageError
from wvatui.ui import views

WHOLE = """\
[ui]
view = "pods"
window = "1h30m"
clock = "local"
theme = "light"

[ui.columns]
pods = ["pod", "kv"]

[keys]
"view.freeze" = "f"
log.filter = ["f3", "x"]
"app.quit" = []
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert load(path, {}) == UiSettings()


def test_everything_that_the_file_says_is_taken(path: Path) -> None:
    path.write_text(WHOLE)
    asked = load(path, {})
    assert (asked.view, asked.window_s, asked.clock) == ("pods", 5400.0, "local")
    assert asked.theme == "light"
    assert asked.columns == {"pods": ("pod", "kv")}
    assert asked.keys == {"view.freeze": ("f",), "log.filter": ("f3", "x"), "app.quit": ()}
    assert asked.places["keys.view.freeze"] == f"{path}:11"
    assert asked.places["keys.log.filter"] == f"{path}:12"
    assert asked.places["ui.columns.pods"] == f"{path}:8"


def test_a_variable_beats_the_file(path: Path) -> None:
    path.write_text(WHOLE)
    names = {"WVATUI_VIEW": "logs", "WVATUI_WINDOW": "10m", "WVATUI_CLOCK": "t+"}
    asked = load(path, names | {"WVATUI_THEME": "dark"})
    assert (asked.view, asked.window_s, asked.clock, asked.theme) == ("logs", 600.0, "t+", "dark")
    assert load(path, {"WVATUI_VIEW": ""}).view == "pods"


@pytest.mark.parametrize("name", ["WVATUI_VIEW", "WVATUI_WINDOW", "WVATUI_CLOCK"])
def test_a_wrong_variable_is_named(path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=name):
        load(path, {name: "sideways"})


@pytest.mark.parametrize("window", ["0", "90s", "1800", '"30m"', "0.5"])
def test_a_window_is_a_duration_or_seconds(path: Path, window: str) -> None:
    text = window if window[0] == '"' or window.replace(".", "").isdigit() else f'"{window}"'
    path.write_text(f"[ui]\nwindow = {text}\n")
    expected = {"0": 0, "90s": 90, "1800": 1800, '"30m"': 1800, "0.5": 0.5}[window]
    assert load(path, {}).window_s == expected


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[ui]\nview = 'podz'\n", 2, "view must be one of overview, pods"),
        ("[ui]\nview = 3\n", 2, "view must be a text in quotes, not 3"),
        ("[ui]\n\nclock = 'moon'\n", 3, r"clock must be one of utc, local, t\+"),
        ("[ui]\nwindow = 'soon'\n", 2, "'soon' is not a duration"),
        ("[ui]\nwindow = true\n", 2, "window must be a duration"),
        ("[ui]\nwindow = -3\n", 2, "is not a duration"),
        ("[ui]\nwindow = inf\n", 2, "is not a duration"),
        ("[ui]\ntheme = 4\n", 2, "theme must be a text in quotes, not 4"),
        ("[ui]\nviev = 'pods'\n", 2, "ui has no setting 'viev'"),
        ("ui = 3\n", 1, r"ui must be a table: \[ui\]"),
        ("keys = 'f'\n", 1, r"keys must be a table: \[keys\]"),
        ("[ui]\ncolumns = ['pod']\n", 2, r"columns must be a table: \[ui.columns\]"),
        ("[ui.columns]\npods = 'kv'\n", 2, "columns of pods must be a list"),
        ("[ui.columns]\npods = []\n", 2, "columns of pods must be a list"),
        ("[ui.columns]\n# all\npods = ['kv', 'pod', 'kv']\n", 3, "pods names 'kv' twice"),
        ("[keys]\n'view.freeze' = 3\n", 2, "view.freeze must be a key or a list of keys, not 3"),
        ("[keys]\nview.freeze = [3]\n", 2, "view.freeze must be a key or a list of keys"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_line(
    path: Path, text: str, line: int, words: str
) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        load(path, {})
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert "\n" not in caught.value.message


def test_columns_are_checked_against_the_tables_that_there_are(path: Path) -> None:
    path.write_text(WHOLE)
    asked = load(path, {})
    check_columns(asked, {"pods": ("kv", "pod", "state")})
    with pytest.raises(ConfigError, match=r"config.toml:8: pods has no column 'kv'") as caught:
        check_columns(asked, {"pods": ("kv_ratio", "pod")})
    assert "kv_ratio" in caught.value.hint
    with pytest.raises(ConfigError, match=r"config.toml:8: no table is called 'pods'"):
        check_columns(asked, {"pod": ("kv",)})


def test_every_view_is_a_file_and_every_file_a_view() -> None:
    files = {path.stem for path in Path(views.__file__).parent.glob("*.py")}
    assert set(VIEWS) == files - {"__init__", "charted", "detail", "beside"}
    assert [view.id for view in views.VIEWS] == list(VIEWS)
    assert [view.key for view in views.VIEWS if view.key] == ["1", "2", "3", "4", "5", "6"]
    assert {view.id for view in views.VIEWS if not view.key} == set(PAGES)


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_clock_can_be_asked_for(path: Path, clock: str) -> None:
    assert load(path, {"WVATUI_CLOCK": clock}).clock == clock
