"""`wvatui config`: the file, every setting with its source, and all faults."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.cli import run
from wvatui.cli.main import cli
from wvatui.cli.params import of_verbs
from wvatui.config import paths


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The configuration file, not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = paths.config_file()
    path.parent.mkdir(parents=True)
    return path


def settings() -> dict[str, Any]:
    return {row["setting"]: row for row in json.loads(run("config", "show", "-o", "json").out)}


def test_path_prints_which_file_is_read_also_when_there_is_none(file: Path) -> None:
    done = run("config", "path")
    assert (done.code, done.out) == (0, f"{file}\n")


def test_show_has_every_flag_of_every_verb(file: Path) -> None:
    rows = settings()
    for verb, flags in of_verbs(cli).items():
        for name in flags:
            assert name in rows or f"{verb}.{name}" in rows, (verb, name)
    assert {row["from"] for row in rows.values()} == {"default"}
    assert rows["interval"]["value"] == "2s"
    assert rows["demo.speed"]["value"] == 20.0
    assert rows["keys.view.freeze"]["value"] == ["p"]
    assert rows["ui.view"]["value"] == "overview"


def test_show_says_where_a_value_comes_from(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(
        'interval = "5s"\n[demo]\ninterval = "1s"\n[ui]\ntheme = "light"\nclock = "local"\n'
        'view = "pods"\n[ui.columns]\nvariants = ["kv"]\n[keys]\nview.freeze = "f"\n'
    )
    monkeypatch.setenv("WVATUI_LABEL", "wva")
    monkeypatch.setenv("WVATUI_VIEW", "logs")
    rows = settings()
    told = {
        name: (rows[name]["value"], rows[name]["from"], rows[name]["place"])
        for name in (
            "watch.interval",
            "demo.interval",
            "theme",
            "label",
            "ui.clock",
            "ui.view",
            "ui.window",
            "ui.columns.variants",
            "keys.view.freeze",
        )
    }
    assert told == {
        "watch.interval": ("5s", "file", f"{file}:1"),
        "demo.interval": ("1s", "file", f"{file}:3"),
        "theme": ("light", "file", f"{file}:5"),
        "label": ("wva", "environment", "WVATUI_LABEL"),
        "ui.clock": ("local", "file", f"{file}:6"),
        "ui.view": ("logs", "environment", "WVATUI_VIEW"),
        "ui.window": ("0", "default", ""),
        "ui.columns.variants": (["kv"], "file", f"{file}:9"),
        "keys.view.freeze": ("f", "file", f"{file}:11"),
    }
    text = run("config", "show").out.splitlines()
    assert text[0].split() == ["SETTING", "VALUE", "FROM"]
    assert ["theme", '"light"', f"{file}:5"] in [line.split() for line in text]


def test_show_tells_what_is_wrong_too_and_exits_2(file: Path) -> None:
    file.write_text('label = "x"\nlabbel = "y"\nui = 3\n')
    done = run("config", "show")
    assert done.code == 2
    assert '"x"' in done.out
    assert f"{file}:2: unknown setting 'labbel'" in done.err


def test_what_show_says_is_what_the_verb_gets(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("wvatui.cli.live.watch", lambda request, *_: asked.append(request) or 0)
    file.write_text('interval = "5s"\nno_record = true\n[ui]\ntheme = "sand"\n')
    monkeypatch.setenv("WVATUI_LABEL", "wva")
    assert run("watch", "ns").code == 0
    (request,) = asked
    assert (request.interval, request.no_record, request.theme) == (5.0, True, "sand")
    assert request.label == "wva"


def test_no_file_and_a_right_file_are_right(file: Path) -> None:
    done = run("config", "validate")
    assert (done.code, done.out) == (0, "")
    assert "no such file" in done.err
    file.write_text(
        'theme = "dusk"\ninterval = 3\nmax_size = "100M"\n[replay]\nspeed = 0\n'
        '[ui]\nview = "logs"\n[keys]\n"view.freeze" = ["f", "F5"]\n'
    )
    done = run("config", "validate")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"{file}: all right\n"


def test_validate_tells_all_that_is_wrong_in_the_order_of_the_lines(file: Path) -> None:
    file.write_text(
        'theme = "dusky"\n'
        "no_record = 'yes'\n"
        "interval = 'often'\n"
        "label = 3\n"
        "repetition = 1.5\n"
        "metrics = 'carrier pigeon'\n"
        "[ui]\n"
        "clock = 'moon'\n"
        "[wach]\n"
        "[replay]\n"
        "sped = 3\n"
        "[keys]\n"
        '"view.frieze" = "f"\n'
        '"view.freeze" = 3\n'
    )
    done = run("config", "validate")
    assert (done.code, done.out) == (2, "")
    told = [line for line in done.err.splitlines() if line.startswith(str(file))]
    assert [line.removeprefix(f"{file}:").partition(":")[0] for line in told] == [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "8",
        "9",
        "11",
        "13",
        "14",
    ]
    assert "no_record must be true or false, not 'yes'" in done.err
    assert "'often' is not a duration" in done.err
    assert "repetition must be a whole number, not 1.5" in done.err
    assert "'proxy', 'direct'" in done.err
    assert "did you mean 'watch'?" in done.err
    assert "did you mean 'speed'?" in done.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('theme = "dusky"\n', "1: theme: no theme named 'dusky'"),
        ('[ui]\ntheme = "dusky"\n', "2: theme: no theme named 'dusky'"),
        ('[keys]\n"view.freez" = "f"\n', "2: no key does 'view.freez'"),
        ('[keys]\n"app.quit" = "x"\n"view.freeze" = "x"\n', "3: x is given to view.freeze"),
        ('[keys]\n\n"view.freeze" = "q"\n', "3: q is given to view.freeze and to app.quit"),
        ('[keys]\n"view.freeze" = "kaboom"\n', "2: view.freeze: 'kaboom' is no key"),
        ("[keys]\n'app.leave' = 'x'\n", "2: app.leave must keep ctrl+c"),
        ('[ui.columns]\npods = ["colour"]\n', "2: pods has no column 'colour'"),
        ("[ui.columns]\nvariant = ['name']\n", "2: no table is called 'variant'"),
        ("[ui\n", "1: not valid TOML"),
        ('a = "\\u001b[31m"\n', "1: unknown setting 'a'"),
        ('"\\u001b[31m" = 3\n', "1: unknown setting '"),
        ("speed = 0\n", "1: speed 0.0 is not from 0.1 to 1000"),
    ],
)
def test_validate_names_file_and_line(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    done = run("config", "validate")
    assert done.code == 2
    assert f"{file}:{told}" in done.err
    assert "\x1b" not in done.err
    assert "Traceback" not in done.err


def test_a_broken_theme_of_ones_own_is_named_where_it_is_asked_for(file: Path) -> None:
    file.write_text('theme = "mine"\n')
    paths.user_themes().mkdir()
    (paths.user_themes() / "mine.toml").write_text("dark = true\n")
    done = run("config", "validate")
    assert done.code == 2
    assert f"{file}:1: theme: {paths.user_themes() / 'mine.toml'}: [screen]: missing" in done.err


def test_a_file_that_is_none_is_one_line(file: Path) -> None:
    file.mkdir()
    for verb in ("validate", "show"):
        done = run("config", verb)
        assert done.code == 2
        assert "cannot be read" in done.err
        assert done.err.count("\n") == 1
    assert run("config", "path").code == 0


def test_a_wrong_type_stops_every_verb_with_file_and_line(file: Path, tmp_path: Path) -> None:
    file.write_text("\n[watch]\nno_record = 'no'\n")
    done = run("summary", str(tmp_path / "x.log"))
    assert done.code == 2
    assert f"{file}:3: no_record must be true or false, not 'no'" in done.err


def test_the_files_of_several_verbs_of_one_group_reach_them(file: Path) -> None:
    file.write_text('[config]\noutput = "json"\n')
    assert json.loads(run("config", "show").out)
