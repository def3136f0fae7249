"""The line number of a key in a TOML file."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wvatui.config.toml_lines import line_of, locate

TEXT = '''\
# theme = "not this one"
theme = "dark"   # [watch]

[watch]
"interval" = "5s"
label = """
theme = "nor this"
[replay]
"""
record = 'a # b'
list = [
  "speed = 3",  # [
  "]",
]
[ ui . columns ]
pods = ["pod"]
ui.deep = {a = 1, b = 2}
[keys]
"view.freeze" = "f"
log.filter = "x"
[[many]]
one = 1
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("theme",), 2),
        (("watch",), 4),
        (("watch", "interval"), 5),
        (("watch", "label"), 6),
        (("watch", "record"), 10),
        (("watch", "list"), 11),
        (("ui", "columns"), 15),
        (("ui", "columns", "pods"), 16),
        (("ui", "columns", "ui", "deep"), 17),
        (("ui", "columns", "ui", "deep", "b"), 17),
        (("keys", "view.freeze"), 19),
        (("keys", "log", "filter"), 20),
        (("many",), 21),
        (("many", "one"), 22),
        (("replay",), 0),
        (("watch", "theme"), 4),
    ],
)
def test_a_key_stands_on_its_line(place: tuple[str, ...], line: int) -> None:
    tomllib.loads(TEXT)
    assert line_of(locate(TEXT), place) == line


def test_every_key_that_toml_reads_is_found() -> None:
    found = locate(TEXT)

    def walk(table: dict[str, Any], above: tuple[str, ...]) -> None:
        for name, value in table.items():
            assert line_of(found, (*above, name)), (above, name)
            if isinstance(value, dict):
                walk(value, (*above, name))

    walk(tomllib.loads(TEXT), ())


@given(st.text(alphabet="ab.=[]{}\"'#\\ \n", max_size=60))
def test_no_text_whatever_is_too_odd(text: str) -> None:
    for place, line in locate(text).items():
        assert place
        assert 1 <= line <= text.count("\n") + 1


def test_a_long_string_takes_no_long_time() -> None:
    assert locate('a = """' + '\\"' * 20_000 + '"""\nb = 1\n')[("b",)] == 2
    assert locate('a = """' + '"\\' * 20_000 + "\nb = 1\n") == {("a",): 1}
