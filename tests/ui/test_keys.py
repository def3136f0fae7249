"""The table of keys."""

from dataclasses import replace
from itertools import combinations

import pytest

from tests.ui.fake import LIVE, REPLAY, UNRECORDED
from wvatui.ui.app.app import WvatuiApp
from wvatui.ui.dialogs.text import help_lines
from wvatui.ui.draw.line import text_of
from wvatui.ui.draw.symbols import UNICODE
from wvatui.ui.keys import KEYS, Key, bindings, by_action, usable


def test_no_two_rows_share_a_key_or_an_id() -> None:
    for one, other in combinations(KEYS, 2):
        assert not set(one.keys) & set(other.keys), (one.id, other.id)
        assert one.id != other.id
        assert one.call != other.call


@pytest.mark.parametrize("key", KEYS, ids=lambda k: k.id)
def test_every_key_has_its_action_and_is_in_the_help(key: Key) -> None:
    assert callable(getattr(WvatuiApp, f"action_{key.action}"))
    assert by_action(key.action, key.argument) is key
    for capabilities in (LIVE, REPLAY):
        rows = [text_of(line).strip() for line in help_lines(capabilities, UNICODE)]
        told = [row for row in rows if row.startswith(f"{key.shown} ")]
        assert any(row[len(key.shown) :].strip().startswith(key.title) for row in told)


def test_the_keys_the_issue_names_are_there() -> None:
    shown = {key.shown for key in KEYS}
    assert {"?", "q", "p", "m", "e", "/", "space", "[", "]", ",", ".", "<", ">", "g"} <= shown


def test_ctrl_c_is_a_priority_binding_and_nothing_else_is() -> None:
    assert [b.key for b in bindings() if b.priority] == ["ctrl+c"]


def test_a_mark_in_a_replay_that_writes_nothing_needs_one_that_may() -> None:
    [mark] = [key for key in KEYS if key.id == "session.mark"]
    assert not mark.usable(replace(REPLAY, can_write=False))
    assert "may be written" in mark.needs


def test_keys_are_usable_by_what_the_session_can_do() -> None:
    live, replay, unrecorded = ({k.id for k in usable(c)} for c in (LIVE, REPLAY, UNRECORDED))
    assert "session.retry" in live - replay
    assert "session.mark" in live & replay - unrecorded
    assert "replay.goto" in (replay & live) - unrecorded
    assert {
        "app.quit",
        "app.leave",
        "help.help",
        "view.freeze",
        "session.snapshot",
    } <= live & replay
