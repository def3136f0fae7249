"""Keys configured by the user: a new table, or messages of faults."""

import pytest
from textual.app import App
from textual.binding import Binding

from wvatui.errors import ConfigError
from wvatui.ui.keys import KEYS, Key
from wvatui.ui.rebinding import apply, display, keymap, named, wrong

SMALL = (
    Key("view.freeze", ("p",), "p", "freeze", "freeze"),
    Key("log.filter", ("slash",), "/", "filter", "filter"),
    Key("app.quit", ("q",), "q", "quit", "quit"),
    Key("app.leave", ("ctrl+c",), "ctrl+c", "leave at once", priority=True),
)


def test_nothing_asked_changes_nothing() -> None:
    assert apply(KEYS, {}) == KEYS


def test_a_key_that_is_given_replaces_the_old_one_everywhere() -> None:
    changed = {key.id: key for key in apply(SMALL, {"view.freeze": ("?",)})}
    assert (changed["view.freeze"].keys, changed["view.freeze"].shown) == (("question_mark",), "?")
    assert changed["view.freeze"].action == SMALL[0].action
    assert changed["log.filter"] is SMALL[1]


def test_several_keys_do_the_same_and_are_shown_while_there_is_room() -> None:
    (freeze, *_) = apply(SMALL, {"view.freeze": ("f", "F5", "f")})
    assert (freeze.keys, freeze.shown) == (("f", "f5"), "f f5")
    (freeze, *_) = apply(SMALL, {"view.freeze": ("ctrl+s", "pagedown")})
    assert freeze.shown == "ctrl+s"


def test_a_key_can_be_taken_away_with_its_row() -> None:
    assert [key.id for key in apply(SMALL, {"app.quit": ()})] == [
        "view.freeze",
        "log.filter",
        "app.leave",
    ]


def test_two_rows_can_change_places() -> None:
    changed = {
        key.id: key.shown for key in apply(SMALL, {"view.freeze": ("q",), "app.quit": ("p",)})
    }
    assert (changed["view.freeze"], changed["app.quit"]) == ("q", "p")


@pytest.mark.parametrize(
    ("overrides", "words", "hint"),
    [
        ({"view.freez": ("f",)}, "no key does 'view.freez'", "did you mean 'view.freeze'?"),
        ({"view.freeze": ("q",)}, "q is given to view.freeze and to app.quit", ""),
        ({"app.quit": ("/",)}, "/ is given to app.quit and to log.filter", ""),
        ({"view.freeze": ("slash",)}, "/ is given to view.freeze and to log.filter", ""),
        ({"view.freeze": ("contrl+f",)}, "view.freeze: 'contrl+f' is no key", "keys are written"),
        ({"view.freeze": ("",)}, "view.freeze: '' is no key", "keys are written"),
        ({"app.leave": ("ctrl+x",)}, "app.leave must keep ctrl+c", ""),
        ({"app.leave": ()}, "app.leave must keep ctrl+c", ""),
        ({"view.freeze": ("Ctrl+C",)}, "ctrl+c is given to view.freeze and to app.leave", ""),
    ],
)
def test_what_cannot_be_is_said(
    overrides: dict[str, tuple[str, ...]], words: str, hint: str
) -> None:
    places = {f"keys.{name}": f"/c/config.toml:{n}" for n, name in enumerate(overrides, 7)}
    with pytest.raises(ConfigError) as caught:
        apply(SMALL, overrides, places)
    assert caught.value.message.startswith(f"/c/config.toml:7: {words}")
    assert hint in caught.value.hint


def test_of_two_rows_that_want_one_key_the_later_line_is_told() -> None:
    asked = {"view.freeze": ("x",), "log.filter": ("x",)}
    places = {"keys.view.freeze": "c.toml:9", "keys.log.filter": "c.toml:4"}
    assert [name for name, _, _ in wrong(SMALL, asked, places)] == ["view.freeze"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    asked = {"view.freeze": ("q",), "nope": ("x",), "log.filter": ("hyperspace",)}
    assert {name for name, _, _ in wrong(SMALL, asked)} == set(asked)


def test_rows_that_share_a_key_by_intent_may_go_on_sharing_it() -> None:
    shared = (*SMALL, Key("table.open", ("p",), "p", "open"))
    assert apply(shared, {"app.quit": ("x",)})
    assert wrong(shared, {"log.filter": ("p",)})


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("f", "f", "f"),
        ("F", "F", "F"),
        ("shift+f", "F", "F"),
        ("?", "question_mark", "?"),
        ("<", "less_than_sign", "<"),
        ("less_than_sign", "less_than_sign", "<"),
        ("/", "slash", "/"),
        ("-", "minus", "-"),
        ("+", "plus", "+"),
        ("Ctrl++", "ctrl+plus", "ctrl++"),
        ("§", "section_sign", "§"),
        (",", "comma", ","),
        (" ", "space", "space"),
        ("Space", "space", "space"),
        ("esc", "escape", "esc"),
        ("PgUp", "pageup", "pgup"),
        ("F5", "f5", "f5"),
        ("Ctrl+S", "ctrl+s", "ctrl+s"),
        ("shift+ctrl+left", "ctrl+shift+left", "ctrl+shift+left"),
        ("é", "é", "é"),
        ("[", "left_square_bracket", "["),
    ],
)
def test_keys_are_read_as_people_write_them(text: str, name: str, shown: str) -> None:
    assert named(text) == name
    assert display(name) == shown


@pytest.mark.parametrize("text", ["", "ctrl+", "f99", "strg+s", "a b", "p,q", "qq", "<ignore>"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert named(text) == ""


def test_names_are_the_ones_that_textual_binds() -> None:
    for character in "!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~azAZ09":
        (binding,) = Binding.make_bindings([Binding(character, "x")])
        assert named(character) == binding.key
    for key in KEYS:
        assert tuple(map(named, key.keys)) == key.keys
        assert tuple(named(display(name)) for name in key.keys) == key.keys


async def test_textual_binds_what_was_asked_for_and_nothing_else() -> None:
    done: list[str] = []

    class Small(App[None]):
        BINDINGS = [
            Binding(",".join(key.keys), f"done('{key.id}')", id=key.id, priority=key.priority)
            for key in SMALL
        ]

        def action_done(self, what: str) -> None:
            done.append(what)

    asked = {"view.freeze": ("q", "?"), "app.quit": ("p",), "log.filter": ()}
    app = Small()
    async with app.run_test() as pilot:
        app.set_keymap(keymap(SMALL, apply(SMALL, asked)))
        await pilot.press("q", "question_mark", "p", "slash", "ctrl+c")
        await pilot.pause()
    assert done == ["view.freeze", "view.freeze", "app.quit", "app.leave"]
    assert keymap(SMALL, apply(SMALL, {})) == {}
