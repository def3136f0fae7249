"""The pictures in the documents show the present screen; `make pictures` redraws them."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.picture import LIVE, PICTURES
from tests.ui.fake import live
from tests.ui.view_models import view_model
from wvatui.ui.panels.overview import footer

DOCS = Path(__file__).resolve().parents[2] / "docs"
ELSEWHERE = {"calibration"}
"""Pictures that show no screen: `make calibration` draws this one."""
STALE = "run `make pictures`"


def hints(svg: str) -> set[tuple[str, str]]:
    """(key, word) of each hint in the last line of a picture."""
    found = re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    lowest = max(float(y) for _, y, _ in found)
    line = sorted((float(x), html.unescape(text)) for x, y, text in found if float(y) == lowest)
    pairs: list[tuple[str, str]] = []
    for _, text in line:
        if text.startswith(" "):
            key, word = pairs.pop()
            pairs.append((key, word + text.strip()))
        elif pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0] + text, "")
        else:
            pairs.append((text, ""))
    return set(pairs)


def hints_of_today() -> set[tuple[str, str]]:
    """(key, word) of each hint of a present live screen, without a duration and without load."""
    (line,) = footer.lines(view_model(replace(live(), jobs=(), stages=())), 400, 1)
    spans = [text.strip() for text, _ in line[1:]]
    return set(zip(spans[::2], spans[1::2], strict=True))


def picture(name: str) -> str:
    return (DOCS / f"{name}.svg").read_text(encoding="utf-8")


def test_every_picture_has_its_row_and_every_row_its_picture() -> None:
    assert {file.stem for file in DOCS.glob("*.svg")} == {*PICTURES, *ELSEWHERE}


@pytest.mark.parametrize("name", sorted(set(PICTURES) - {LIVE}))
def test_a_picture_of_a_recording_is_what_is_drawn_today(name: str) -> None:
    assert PICTURES[name]() == picture(name), STALE


def test_the_picture_of_a_live_screen_names_the_keys_and_views_of_today() -> None:
    shown = hints(picture(LIVE))
    assert ("1-5", "views") in shown, STALE
    assert shown - hints_of_today() == set(), STALE
    assert len(shown) >= 8


@pytest.mark.parametrize(("old", "new"), [(">1-5<", ">1-7<"), ("> enlarge<", "> zoom<")])
def test_a_picture_of_another_time_is_found(old: str, new: str) -> None:
    svg = picture(LIVE)
    assert old in svg
    shown = hints(svg.replace(old, new))
    assert shown - hints_of_today()
