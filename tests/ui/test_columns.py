"""The columns of a table, chosen on the screen and kept for later sessions."""

import tomllib

import pytest

from tests.ui.running import Running, paste, running
from wvatui.config import paths, ui_settings


async def _columns(run: Running, text: str, said: str) -> str:
    await run.press("colon")
    paste(run.app, f"columns {text}".rstrip())
    await run.press("enter")
    await run.says(said)
    await run.drawn()
    return run.panel("pods").splitlines()[1]


async def test_chosen_columns_are_shown_and_kept_in_the_configuration_file() -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.write_text('[ui]\nview = "pods"  # first\n')
    async with running(size=(120, 40)) as run:
        await run.press("2")
        every = run.panel("pods").splitlines()[1]
        heads = await _columns(run, "pod, kv waiting", "columns of pods kept in /")
        assert heads.split() == ["pod", "KV", "cache", "waiting"]
        assert ui_settings.load().columns == {"pods": ("pod", "kv", "waiting")}
        assert (await _columns(run, "-waiting", "columns of pods kept")).split()[-1] != "waiting"
        await _columns(run, "-pod -kv", "one column must stay")
        assert ui_settings.load().columns == {"pods": ("pod", "kv")}
        assert await _columns(run, "", "all columns of pods kept") == every
    assert tomllib.loads(file.read_text()) == {"ui": {"view": "pods"}}
    assert "# first" in file.read_text()


async def test_what_cannot_be_kept_holds_for_the_session_and_says_why() -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    async with running(size=(120, 40)) as run:
        file.write_text("ui = [\n")
        await run.press("2")
        heads = await _columns(run, "pod", "columns of pods for this session: /")
        assert heads.split() == ["pod"]
        assert file.read_text() == "ui = [\n"


async def test_a_viewer_in_a_browser_does_not_change_the_file_of_who_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(size=(120, 40)) as run:
        await run.press("2")
        monkeypatch.setattr(type(run.app), "is_web", True)
        await _columns(run, "pod", "columns of pods for this session")
    assert not paths.config_file().exists()
