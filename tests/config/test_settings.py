"""Settings: durations and sizes as people write them; a wrong file is one clear line."""

from pathlib import Path

import pytest

from wvatui.config.settings import Flag, default_map, duration_s, read_file, size_bytes
from wvatui.errors import ConfigError


def anything(value: object) -> str:
    return ""


def number(value: object) -> str:
    return "" if isinstance(value, int | float) else f"must be a number, not {value!r}"


VERBS = {
    "watch": {n: Flag(n, f"WVATUI_{n.upper()}", None, anything) for n in ("interval", "theme")},
    "replay": {
        "theme": Flag("theme", "WVATUI_THEME", None, anything),
        "speed": Flag("speed", "WVATUI_SPEED", 1.0, number),
    },
}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("30m", 1800),
        ("1h30m", 5400),
        ("12m30s", 750),
        ("500ms", 0.5),
        ("1.5h", 5400),
        (" 8m ", 480),
    ],
)
def test_a_duration_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5x", "-3s", "m", "1h 30m", "nan", "inf"])
def test_what_is_no_duration_is_said_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration_s(text)


@pytest.mark.parametrize(
    ("text", "count"), [("512", 512), ("1k", 1024), ("2.5M", 2621440), ("1GiB", 1 << 30)]
)
def test_a_size_is_read_in_powers_of_1024(text: str, count: int) -> None:
    assert size_bytes(text) == count


def test_a_verbs_own_table_beats_the_top_level(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\ninterval = "5s"\n[replay]\ntheme = "dark"\n')
    assert default_map(read_file(path), VERBS) == {
        "watch": {"theme": "light", "interval": "5s"},
        "replay": {"theme": "dark"},
    }


def test_the_theme_of_the_screens_table_is_every_verbs_unless_it_has_its_own(
    tmp_path: Path,
) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[ui]\ntheme = "light"\nview = "pods"\n[replay]\ntheme = "dark"\n')
    assert default_map(read_file(path), VERBS) == {
        "watch": {"theme": "light"},
        "replay": {"theme": "dark"},
    }


def test_a_wrong_word_is_answered_with_the_nearest_right_one(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for text, hint in (
        ("interwal = 3\n", "did you mean 'interval'?"),
        ("[repaly]\nspeed = 3\n", "did you mean 'replay'?"),
        ("[replay]\nspeeed = 3\n", "did you mean 'speed'?"),
        ("qqq = 3\n", "known are: interval, speed, theme"),
    ):
        path.write_text(text)
        with pytest.raises(ConfigError) as caught:
            default_map(read_file(path), VERBS)
        assert caught.value.hint == hint


def test_no_file_means_no_settings(tmp_path: Path) -> None:
    assert default_map(read_file(tmp_path / "none.toml"), VERBS) == {"watch": {}, "replay": {}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('theme = "x"\n\ninterwal = 3\n', "config.toml:3: unknown setting 'interwal'"),
        ("[wach]\ntheme = 'x'\n", r"config.toml:1: unknown table \[wach\]"),
        ("[watch]\nspeed = 3\n", "config.toml:2: watch has no setting 'speed'"),
        ("theme = \n", "config.toml:1: not valid TOML"),
        ("[replay]\n# fast\nspeed = 'fast'\n", "config.toml:3: speed must be a number, not 'fast'"),
        ("watch = 3\n", r"config.toml:1: watch must be a table: \[watch\]"),
    ],
)
def test_a_wrong_file_is_one_line_with_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        default_map(read_file(path), VERBS)
